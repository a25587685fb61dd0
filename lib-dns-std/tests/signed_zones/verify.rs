//! Our check of signed zones: it takes what others sign, and finds whatever is wrong.

use super::dice::Dice;
use super::harness::output_or_skip;
use super::world::{EVERYTHING, load, print};
use super::{all_denials, now, one_key, two_keys};
use lib_dns_core::dnssec::{SignatureFault, ZoneHash};
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Base16;
use lib_dns_core::wire::{Form, Reader, Writer};
use lib_dns_core::zone::ZoneNode;
use lib_dns_std::keyring::SystemVerifier;
use lib_dns_std::signing::{
    DenialPolicy, SignedZoneProblem, SigningPolicy, ZoneSigner, verify_zone,
};
use lib_dns_std::zone::{Loader, Zone};
use std::fs;
use std::path::Path;
use std::process::Command;

fn signed(denial: DenialPolicy) -> Zone {
    let policy = SigningPolicy {
        denial,
        zonemd: vec![ZoneHash::Sha384],
        ..SigningPolicy::default()
    };
    let signer = ZoneSigner::new(two_keys(), policy).unwrap();
    signer.sign(&load(EVERYTHING), now()).unwrap()
}

#[track_caller]
fn assert_good(name: &str, zone: &Zone, time: u64) {
    let report = verify_zone(zone, &SystemVerifier::default(), time);
    let faults: Vec<_> = report.faults().map(ToString::to_string).collect();
    assert!(report.is_good(), "{name}: {faults:#?}");
    assert!(report.signature_count() > 10, "{name}");
}

#[test]
fn what_we_sign_is_good_as_long_as_it_lasts() {
    for (name, denial) in all_denials() {
        let policy = SigningPolicy {
            denial: denial.clone(),
            ..SigningPolicy::default()
        };
        let single = ZoneSigner::new(one_key(), policy).unwrap();
        assert_good(name, &single.sign(&load(EVERYTHING), now()).unwrap(), now());
        let zone = signed(denial);
        assert_good(name, &zone, now());
        let report = verify_zone(&zone, &SystemVerifier::default(), now());
        let first = u64::from(report.first_expiration().unwrap());
        let at = |time| {
            let report = verify_zone(&zone, &SystemVerifier::default(), time);
            let mut faults = report.faults();
            faults.next().map(|fault| fault.problem)
        };
        assert_eq!(at(first), None);
        let expired = SignedZoneProblem::Signature(SignatureFault::Expired);
        assert_eq!(at(first + 1), Some(expired));
        let early = SignedZoneProblem::Signature(SignatureFault::NotYetValid);
        assert_eq!(at(now() - 4000), Some(early));
    }
}

/// A record of a zone: its line in a zone file, with the data as octets.
struct Record {
    owner: String,
    ttl: u32,
    rtype: Type,
    data: Vec<u8>,
}

fn records(zone: &Zone) -> Vec<Record> {
    let mut records = Vec::new();
    for node in zone.nodes().chain(zone.hashed_nodes()) {
        let signatures = node.all_signatures().map(|(_, set)| set);
        for set in node.rrsets().chain(signatures) {
            records.extend(set.records().map(|data| Record {
                owner: node.owner().to_string(),
                ttl: set.ttl,
                rtype: set.rtype,
                data: data.to_vec(),
            }));
        }
    }
    records
}

fn text(records: &[Record]) -> String {
    let line = |record: &Record| {
        let Record {
            owner,
            ttl,
            rtype,
            data,
        } = record;
        format!(
            "{owner} {ttl} IN {rtype} \\# {} {}\n",
            data.len(),
            Base16(data)
        )
    };
    records.iter().map(line).collect()
}

fn canonical(rtype: Type, data: &[u8]) -> Option<Vec<u8>> {
    let mut octets = vec![0; data.len()];
    let mut writer = Writer::<0>::new(&mut octets, Form::Canonical);
    match rtype.info() {
        Some(info) => (info.copy)(&mut Reader::new(data), &mut writer).ok()?,
        None => writer.put(data).ok()?,
    }
    Some(writer.written().to_vec())
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let mut dice = Dice(11);
    for (name, denial) in all_denials() {
        let zone = signed(denial);
        let mut flipped = 0;
        for _ in 0..30 {
            let mut records = records(&zone);
            let index = dice.below(records.len());
            let record = &mut records[index];
            // Of one record of an RRset alone a TTL cannot differ, so only data is changed.
            let bit = dice.below(8 * record.data.len().max(1));
            let before = record.data.clone();
            if before.is_empty() {
                continue;
            }
            record.data[bit / 8] ^= 0x80 >> (bit % 8);
            let rtype = record.rtype;
            // Case means nothing in most names.
            if canonical(rtype, &record.data) == canonical(rtype, &before) {
                continue;
            }
            flipped += 1;
            let what = format!("{name}: {} {rtype}, bit {bit}", record.owner);
            let loaded = Loader::new().load_text(Path::new("text"), text(&records).as_bytes());
            if let Ok(loaded) = loaded {
                let report = verify_zone(&loaded.zone, &SystemVerifier::default(), now());
                assert!(!report.is_good(), "{what}");
            }
        }
        assert!(flipped > 20, "{flipped}");
    }
}

#[test]
fn a_record_that_is_missing_or_too_many_is_found() {
    for (name, denial) in all_denials() {
        let zone = signed(denial);
        for index in (0..records(&zone).len()).step_by(5) {
            let mut records = records(&zone);
            let gone = records.remove(index);
            let loaded = Loader::new().load_text(Path::new("text"), text(&records).as_bytes());
            if let Ok(loaded) = loaded {
                let report = verify_zone(&loaded.zone, &SystemVerifier::default(), now());
                let Record { owner, rtype, .. } = gone;
                // The digest is no more than a second lock: without it, the zone is whole.
                let is_digest =
                    rtype == Type::ZONEMD || owner == "example." && rtype == Type::RRSIG;
                assert!(!report.is_good() || is_digest, "{name}: {owner} {rtype}");
            }
        }
        let with = |line: &str| {
            let zone = load(&format!("{}{line}\n", print(&zone)));
            verify_zone(&zone, &SystemVerifier::default(), now()).is_good()
        };
        assert!(with("; nothing"));
        assert!(!with("new.example. 300 IN A 10.0.0.1"), "{name}");
        assert!(!with("ns9.insecure.example. 300 IN A 10.0.0.1"), "{name}");
    }
}

/// Signs the zone with another program, in a folder with keys of its own; `None` if it is missing.
fn sign_elsewhere(program: &str, nsec3: bool) -> Option<Zone> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("example.zone");
    fs::write(&file, EVERYTHING).unwrap();
    let signed = folder.join("signed");
    let mut command = Command::new(program);
    command.current_dir(folder);
    match program {
        "dnssec-signzone" => {
            for flags in [&["-f", "KSK"][..], &[]] {
                let arguments = [&["-q", "-a", "ECDSAP256SHA256"], flags].concat();
                let mut keygen = Command::new("dnssec-keygen");
                let keygen = keygen.current_dir(folder).args(arguments).arg("example.");
                let output = output_or_skip(keygen)?;
                assert!(output.status.success());
            }
            command.args(["-S", "-q", "-o", "example.", "-f", "signed", "-O", "full"]);
            command.args(if nsec3 {
                &["-3", "-", "-H", "0"][..]
            } else {
                &[]
            });
            command.arg("example.zone");
        }
        _ => {
            let config = format!(
                "server:\n  rundir: {0}\ndatabase:\n  storage: {0}\npolicy:\n  - id: p\n    \
                 algorithm: ed25519\n    single-type-signing: on\n    nsec3: {1}\n    nsec3-iterations: 0\n    \
                 nsec3-salt-length: 0\ntemplate:\n  - id: default\n    storage: {0}\nzone:\n  - domain: example.\n    \
                 file: example.zone\n    dnssec-signing: on\n    dnssec-policy: p\n    zonemd-generate: zonemd-sha384\n",
                folder.display(),
                if nsec3 { "on" } else { "off" },
            );
            fs::write(folder.join("knot.conf"), config).unwrap();
            command.args(["-c", "knot.conf", "-o", "out", "example."]);
        }
    }
    let output = output_or_skip(&mut command)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {told}");
    let signed = if signed.exists() {
        signed
    } else {
        folder.join("out/example.zone")
    };
    let loaded = Loader::new().load(signed);
    Some(loaded.unwrap_or_else(|findings| panic!("{findings}")).zone)
}

#[test]
fn what_others_sign_is_good() {
    for program in ["dnssec-signzone", "kzonesign"] {
        for nsec3 in [false, true] {
            if let Some(zone) = sign_elsewhere(program, nsec3) {
                assert_good(&format!("{program}, NSEC3 {nsec3}"), &zone, now());
            }
        }
    }
}
