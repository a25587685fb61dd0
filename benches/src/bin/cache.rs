//! What the cache costs: instructions of a lookup and of an insertion, and the room that it takes.
//!
//! `cache` prints one line for each kind of lookup, in a cache of 2,000 RRsets and 500 negative answers, and then the
//! bytes of two caches: that of a small device, and 1,000 negative answers with short names. With `--check` it ends with
//! status 1 if a hit or the negative answers exceed their limits.

use lib_dns_benches::instructions::{COUNTED_RUN, counted_run_of, of_jobs};
use lib_dns_benches::job::Round;
use lib_dns_core::cache::{
    Cache, CacheSettings, HashKey, Lookup, Missing, NegativeSlot, NewDenial, NewProof, NewRrset,
    PositiveSlot, ProofSlot, Proofs, Proved, Rank, Source, Storage, WitnessSlot,
};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::{RrSet, Serial};
use std::hint::black_box;
use std::process::ExitCode;

/// What a positive hit costs less than, in instructions.
const HIT_LIMIT: u64 = 300;
/// The most bytes of 1,000 negative answers with short names.
const NEGATIVE_LIMIT: usize = 65_536;
/// Octets of a short name in wire form.
const SHORT: usize = 32;

type Measured =
    Cache<Vec<PositiveSlot>, Vec<u8>, Vec<NegativeSlot<SHORT>>, Vec<WitnessSlot>, SHORT>;

/// What is measured, in words, and how to make ready for it.
type Task = (&'static str, fn() -> Round);

const TASKS: [Task; 8] = [
    ("hit, 17-octet name", || {
        lookup("host7.sovereign.", Type::A, true)
    }),
    ("hit, 38-octet name", || {
        lookup("host7.a-long-label.and-more.sovereign.", Type::A, true)
    }),
    ("negative hit", || {
        lookup("none7.sovereign.", Type::A, false)
    }),
    ("miss", || lookup("missing.sovereign.", Type::A, false)),
    ("miss, denied by NSEC of 512", denied),
    ("insert an RRset", insert),
    ("insert a negative answer", deny),
    ("contest an RRset", contest),
];

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some(COUNTED_RUN) {
        counted_run_of(TASKS.iter().map(|(_, task)| task()));
        return ExitCode::SUCCESS;
    }
    let is_check = argument.as_deref() == Some("--check");
    let mut is_kept = true;
    match of_jobs(TASKS.len(), std::iter::empty()) {
        Ok(counts) => {
            for ((what, _), count) in TASKS.iter().zip(counts) {
                println!("{what:<28} {count:>7} instructions");
                is_kept &= !what.starts_with("hit") || count < HIT_LIMIT;
            }
            println!("a hit is to cost less than {HIT_LIMIT} instructions");
        }
        Err(error) => {
            eprintln!("cache: {error}");
            return ExitCode::FAILURE;
        }
    }
    let device = size_of::<
        Cache<[PositiveSlot; 16], [u8; 1024], [NegativeSlot<SHORT>; 16], [WitnessSlot; 2], SHORT>,
    >();
    let negative = size_of::<
        Cache<[PositiveSlot; 0], [u8; 0], [NegativeSlot<SHORT>; 1000], [WitnessSlot; 16], SHORT>,
    >();
    println!("16 RRsets in 1 KiB, 16 negative answers: {device} bytes");
    println!("1000 negative answers, names of {SHORT} octets, 16 witnesses: {negative} bytes");
    println!(
        "a slot: RRset {} bytes and its octets, negative answer {}, witness {}",
        size_of::<PositiveSlot>(),
        size_of::<NegativeSlot<SHORT>>(),
        size_of::<WitnessSlot>(),
    );
    is_kept &= negative <= NEGATIVE_LIMIT;
    if is_check && !is_kept {
        eprintln!(
            "cache: a hit may cost less than {HIT_LIMIT} instructions, and the negative answers take {NEGATIVE_LIMIT} bytes"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

const NOW: Timestamp = Timestamp::from_secs(1000);

const METADATA: NegativeMetadata = NegativeMetadata {
    responding_node: NodeId([7; 32]),
    partition: None,
    coverage: AuthorityCoverage::NONE,
};

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).expect("a name")
}

/// 2,000 RRsets and 500 negative answers.
fn filled() -> Measured {
    let storage = Storage {
        positive: vec![PositiveSlot::EMPTY; 8192],
        octets: vec![0; 1 << 20],
        negative: vec![NegativeSlot::EMPTY; 1000],
        witnesses: vec![WitnessSlot::EMPTY; 16],
    };
    let mut cache = Cache::new(
        storage,
        HashKey([0x0123_4567_89ab_cdef, 0xfedc_ba98]),
        CacheSettings::default(),
    );
    let zone = name("sovereign.");
    for number in 0..1000 {
        for host in [
            format!("host{number}.sovereign."),
            format!("host{number}.a-long-label.and-more.sovereign."),
        ] {
            put(&mut cache, &name(&host), &zone);
        }
    }
    for number in 0..500 {
        absent(
            &mut cache,
            &name(&format!("none{number}.sovereign.")),
            &zone,
        );
    }
    cache
}

fn put(cache: &mut Measured, owner: &NameBuf, zone: &NameBuf) {
    let rrset = RrSet::new(Type::A, 3600, &[0, 4, 192, 0, 2, 1]);
    let new = NewRrset {
        signature_until: Some(Timestamp::from_secs(1_000_000)),
        ..NewRrset::new(
            owner.as_name(),
            rrset,
            Rank::AuthoritativeAnswer,
            zone.as_name(),
        )
    };
    black_box(cache.insert(NOW, black_box(&new)));
}

fn absent(cache: &mut Measured, owner: &NameBuf, zone: &NameBuf) {
    let new = NewDenial {
        name: owner.as_name(),
        class: Class::IN,
        missing: Missing::Name,
        zone: zone.as_name(),
        soa_minimum: 3600,
        soa_ttl: 3600,
        positive_ttl: None,
        bailiwick: zone.as_name(),
        absence: Absence::Opinion,
        owner: None,
        in_class_a_zone: false,
        metadata: &METADATA,
        source: Source(1),
    };
    black_box(cache.deny(NOW, black_box(&new)));
}

fn lookup(asked: &'static str, rtype: Type, is_hit: bool) -> Round {
    let (mut cache, asked) = (filled(), name(asked));
    Box::new(move || {
        let found = cache.lookup(NOW, black_box(&asked.as_name()), rtype);
        assert_eq!(matches!(black_box(found), Lookup::Hit(_)), is_hit);
    })
}

/// A zone of 512 names, and a question for one between them.
fn denied() -> Round {
    let zone = name("sovereign.");
    let storage = Storage {
        positive: vec![PositiveSlot::EMPTY; 8192],
        octets: vec![0; 1 << 20],
        negative: vec![NegativeSlot::<SHORT>::EMPTY; 1000],
        witnesses: vec![WitnessSlot::EMPTY; 16],
    };
    let proofs = Proofs::new(vec![ProofSlot::<96>::EMPTY; 512]);
    let key = HashKey([0x0123_4567_89ab_cdef, 0xfedc_ba98]);
    let mut cache = Cache::with_proofs(storage, proofs, key, CacheSettings::default());
    let owner = |number| match number {
        0 | 512 => zone,
        _ => name(&format!("host{number:03}.sovereign.")),
    };
    for number in 0..512 {
        let (here, next) = (owner(number), owner(number + 1));
        // SOA and NS at the apex, A elsewhere.
        let types: &[u8] = if number == 0 {
            &[0, 1, 0x22]
        } else {
            &[0, 1, 0x40]
        };
        let data = [next.as_bytes(), types].concat();
        let packed = [&(data.len() as u16).to_be_bytes()[..], &data].concat();
        let new = NewProof {
            owner: here.as_name(),
            class: Class::IN,
            rrset: RrSet::new(Type::NSEC, 3600, &packed),
            zone: zone.as_name(),
            version: Serial(7),
            signature_until: Timestamp::from_secs(1_000_000),
            soa_minimum: 3600,
            soa_ttl: 3600,
            metadata: &METADATA,
        };
        assert_eq!(cache.prove(NOW, &new), Proved::Kept { ttl: 60 });
    }
    let asked = name("host300a.sovereign.");
    Box::new(move || {
        let found = cache.lookup(NOW, black_box(&asked.as_name()), Type::A);
        assert!(matches!(black_box(found), Lookup::Negative(_)));
    })
}

fn insert() -> Round {
    let (mut cache, zone, owner) = (filled(), name("sovereign."), name("new.sovereign."));
    Box::new(move || put(&mut cache, &owner, &zone))
}

fn deny() -> Round {
    let (mut cache, zone, owner) = (filled(), name("sovereign."), name("new.sovereign."));
    Box::new(move || absent(&mut cache, &owner, &zone))
}

fn contest() -> Round {
    let (mut cache, zone, owner) = (filled(), name("sovereign."), name("host7.sovereign."));
    Box::new(move || absent(&mut cache, &owner, &zone))
}
