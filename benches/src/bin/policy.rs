//! How many instructions the mesh's rules take: a decision between two answers, and what a node does with an update that it
//! hears.
//!
//! `policy` prints one line for each, and fails if one takes more than it may.

use lib_dns_benches::instructions::{COUNTED_RUN, counted_run_of, of_jobs};
use lib_dns_benches::job::Round;
use lib_dns_core::crypto::Verdict;
use lib_dns_core::policy::conflict::{
    Claim, ConflictSettings, Contender, SignatureTimes, decide, settle,
};
use lib_dns_core::policy::merge::{Claims, Content, Version};
use lib_dns_core::policy::update_control::{
    SeenSlot, UpdateControlConfig, UpdateReceiver, WatchedZone,
};
use lib_dns_core::policy::{NodeId, OwnerId};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use std::hint::black_box;
use std::process::ExitCode;

const NOW: u32 = 1_768_608_000;

const CLAIM: Claim = Claim {
    serial: Serial(7),
    signature: Some(SignatureTimes {
        signed: NOW - 100,
        expires: NOW + 1000,
    }),
    latency: 12,
    reputation: 50,
    node: NodeId([1; 32]),
};

const CONTENDER: Contender = Contender {
    claim: CLAIM,
    owner: OwnerId([1; 32]),
    verdict: Verdict::Valid,
    digest: [1; 32],
};

/// What is measured, in words, and how many instructions it may take.
const JOBS: [(&str, u64); 5] = [
    ("decision by rule 1", 300),
    ("decision by rule 5", 300),
    ("two answers of two owners", 300),
    ("version into a merge", 300),
    ("update heard a second time", 600),
];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COUNTED_RUN) {
        counted_run_of(rounds());
        return ExitCode::SUCCESS;
    }
    match of_jobs(JOBS.len(), std::iter::empty()) {
        Ok(counts) => {
            let mut is_within = true;
            for ((what, most), count) in JOBS.iter().zip(counts) {
                let verdict = if count <= *most { "" } else { "  TOO MANY" };
                println!("{what:<28} {count:>7} instructions, at most {most}{verdict}");
                is_within &= count <= *most;
            }
            match is_within {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("policy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn rounds() -> [Round; JOBS.len()] {
    let newer = Claim {
        serial: Serial(8),
        ..CLAIM
    };
    let mut last = [1; 32];
    last[31] = 2;
    let higher = Claim {
        node: NodeId(last),
        ..CLAIM
    };
    let other = Contender {
        owner: OwnerId(last),
        digest: [2; 32],
        ..CONTENDER
    };
    let version = |owner| Version {
        owner: OwnerId([owner; 32]),
        signed: 1000,
        expires: 9000,
        content: Content::Present([7; 32]),
    };
    let mut claims = Claims::new([None; 4]);
    let mut count = 0;
    let slots = ([WatchedZone::default(); 8], [SeenSlot::default(); 16]);
    let mut receiver = UpdateReceiver::new(slots.0, slots.1, UpdateControlConfig::default());
    receiver.watch(5u8, Some(Serial(1)));
    receiver.hear(Timestamp::ZERO, 0, 5, Serial(2));
    [
        decision(newer),
        decision(higher),
        Box::new(move || {
            let contenders = (black_box(&CONTENDER), black_box(&other));
            let settled = settle(
                contenders.0,
                contenders.1,
                black_box(NOW),
                ConflictSettings::default(),
            );
            let _ = black_box(settled);
        }),
        Box::new(move || {
            count += 1;
            let mut version = version(count as u8 % 4);
            version.signed += count;
            let _ = black_box(claims.merge(black_box(version)));
        }),
        Box::new(move || {
            black_box(receiver.hear(Timestamp::ZERO, black_box(0), 5, black_box(Serial(2))));
        }),
    ]
}

fn decision(other: Claim) -> Round {
    Box::new(move || {
        let claims = (black_box(&CLAIM), black_box(&other));
        black_box(decide(
            claims.0,
            claims.1,
            black_box(NOW),
            ConflictSettings::default(),
        ));
    })
}
