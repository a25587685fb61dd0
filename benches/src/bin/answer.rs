//! How many instructions an answer takes: from the octets of a query to those of the response, with the
//! zone at hand. What the sockets cost is not in it.
//!
//! `answer` prints one line for each kind of query, asked of the example zones.

use lib_dns_benches::instructions::{COUNTED_RUN, counted_run_of, of_jobs};
use lib_dns_benches::job::Round;
use lib_dns_core::answer::{self, Settings, Transport};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_std::hash::RustCryptoSha1;
use lib_dns_std::zone::{Loader, ZoneStore};
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

/// What is asked, in words, and the query: whether DNSSEC records are wanted, a name, a type.
const QUERIES: [(&str, bool, &str, Type); 12] = [
    ("data", false, "host.nsec.example.", Type::A),
    ("data behind an alias", false, "www.nsec.example.", Type::A),
    ("data by DNAME", false, "x.old.nsec.example.", Type::A),
    (
        "service with addresses",
        false,
        "_zhtp._quic.host.nsec.example.",
        Type::SRV,
    ),
    ("wildcard", false, "any.wild.nsec.example.", Type::TXT),
    ("no data", false, "host.nsec.example.", Type::MX),
    ("name error", false, "none.nsec.example.", Type::A),
    ("referral", false, "www.insecure.nsec.example.", Type::A),
    ("signed data", true, "host.nsec.example.", Type::A),
    ("name error, NSEC", true, "none.nsec.example.", Type::A),
    ("name error, NSEC3", true, "none.nsec3.example.", Type::A),
    ("signed referral", true, "www.secure.nsec.example.", Type::A),
];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COUNTED_RUN) {
        counted_run_of(
            QUERIES
                .iter()
                .map(|(_, dnssec_ok, name, qtype)| round(*dnssec_ok, name, *qtype)),
        );
        return ExitCode::SUCCESS;
    }
    match of_jobs(QUERIES.len(), std::iter::empty()) {
        Ok(counts) => {
            for ((what, ..), count) in QUERIES.iter().zip(counts) {
                println!("{what:<24} {count:>7} instructions");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("answer: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers one query over UDP.
fn round(dnssec_ok: bool, name: &str, qtype: Type) -> Round {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/zones");
    let store = ZoneStore::new();
    for file in ["signed-nsec.zone", "signed-nsec3.zone"] {
        let loaded = Loader::new().load(examples.join(file));
        store.replace(loaded.expect("an example zone loads").zone);
    }
    let query = query(dnssec_ok, name, qtype);
    let (mut reader, mut out) = (store.reader(), vec![0; 1232]);
    Box::new(move || {
        // The reader sees the store's zones as long as the store is there.
        let _ = &store;
        let (zones, settings) = (reader.current(), Settings::default());
        let query = black_box(&query);
        let length = answer::respond(
            zones,
            &settings,
            &RustCryptoSha1,
            query,
            Transport::Udp,
            &mut out,
        );
        assert!(black_box(length).is_some());
    })
}

fn query(dnssec_ok: bool, name: &str, qtype: Type) -> Vec<u8> {
    let name = NameBuf::from_text(name).expect("a name of the list");
    let mut query = b"\x12\x34\0\0\0\x01\0\0\0\0\0\x01".to_vec();
    query.extend(name.as_bytes());
    query.extend(qtype.0.to_be_bytes());
    query.extend(b"\0\x01\0\0\x29\x04\xd0\0\0");
    query.extend([u8::from(dnssec_ok) << 7, 0, 0, 0]);
    query
}
