//! The core allocates nothing, nor do lookups in zones, counted call by call.

use lib_dns_benches::allocations::{self, Allocations, CountingAllocator};
use lib_dns_benches::content::SAMPLES;
use lib_dns_benches::job::{Job, Task};
use lib_dns_benches::peers;
use lib_dns_core::answer::{self, Settings, Transport};
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{MAX_SCRATCH_LEN, Scanner, Step, ZoneLookup, ZoneNode, ZoneSet};
use lib_dns_std::hash::RustCryptoSha1;
use lib_dns_std::mac::RustCryptoMac;
use lib_dns_std::zone::{Loader, ZoneStore};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const NOTHING: Allocations = Allocations {
    calls: 0,
    octets: 0,
};

#[track_caller]
fn assert_none(mut round: impl FnMut()) {
    let counted = allocations::of_round(&mut round).expect("the counting allocator is in use");
    assert_eq!(counted, NOTHING);
}

#[test]
fn the_count_sees_an_allocation() {
    let mut round = || drop(black_box(vec![1u8, 2, 3]));
    let counted = allocations::of_round(&mut round).unwrap();
    assert_eq!((counted.calls, counted.octets), (1, 3));
}

/// Read with all names and data, checked, and built.
#[test]
fn messages_allocate_nothing() {
    let ours = peers::by_name(peers::OURS).expect("it is among them");
    for task in Task::all() {
        let (_, mut round) = Job { peer: ours, task }.prepare().expect("ours can do all");
        assert_none(&mut *round);
    }
    for sample in SAMPLES {
        assert_none(|| {
            let checked = Message::from_bytes(sample.octets).map(|message| message.check());
            black_box(checked.is_ok_and(|checked| checked.is_ok()));
        });
    }
}

/// Signed and verified as a request, as a response and as a stream, and refused.
#[test]
fn shared_keys_allocate_nothing() {
    let name = NameBuf::from_text("transfer.example.").unwrap();
    let stamp = Stamp::at(1_767_225_600);
    for algorithm in [MacAlgorithm::HmacSha256, MacAlgorithm::HmacSha512] {
        let key = TsigKey::new(RustCryptoMac, &name.as_name(), algorithm, &[7; 32]).unwrap();
        let keys = std::slice::from_ref(&key);
        for sample in SAMPLES {
            let plain = sample.octets;
            let mut buffer = [0; 2048];
            let mut answer = [0; 2048];
            assert_none(|| {
                buffer[..plain.len()].copy_from_slice(plain);
                answer[..plain.len()].copy_from_slice(plain);
                let signed = sign_request(&key, &mut buffer, plain.len(), &stamp);
                let (len, verifier) = signed.unwrap();
                let request = Message::from_bytes(&buffer[..len]).unwrap();
                let Ok(Some(signer)) = verify_request(&request, keys, stamp.time) else {
                    panic!("what is signed verifies");
                };
                let mut signer = signer.into_stream();
                let len = signer.sign(&mut answer, plain.len(), &stamp).unwrap();
                let response = Message::from_bytes(&answer[..len]).unwrap();
                let mut verifier = verifier.into_stream();
                assert!(verifier.verify(&response, stamp.time).is_ok());
                let Err(refusal) = verify_request(&request, keys, 0) else {
                    panic!("that is too early");
                };
                assert!(black_box(refusal.respond(&request, 0, &mut answer)).is_ok());
            });
        }
    }
}

/// Whole and piece by piece, errors and generated records included.
#[test]
fn scanning_a_zone_allocates_nothing() {
    let mut scratch = vec![0; 2 * MAX_SCRATCH_LEN];
    for (text, records) in [
        (
            &include_bytes!("../../examples/zones/sovereign.zone")[..],
            15,
        ),
        (
            b"$ORIGIN test.\n$TTL 1\n$GENERATE 1-50 h$ A 192.0.2.$\nx A nonsense\ny TXT \"z",
            50,
        ),
    ] {
        for piece in [text.len(), 100] {
            let mut found = 0;
            assert_none(|| found = scan(text, piece, &mut scratch));
            assert!(found >= records, "{found} records");
        }
    }
}

/// Reads a text in pieces and counts its records.
fn scan(text: &[u8], piece: usize, scratch: &mut [u8]) -> usize {
    let mut scanner = Scanner::new(Class::IN, None);
    let (mut start, mut end) = (0, piece.min(text.len()));
    let mut records = 0;
    loop {
        let mut rest = &text[start..end];
        let step = scanner.next(&mut rest, end == text.len(), scratch);
        start = end - rest.len();
        match step {
            Ok(Step::Record(record)) => {
                black_box(record);
                records += 1;
            }
            Ok(Step::More) => end = text.len().min(end + piece),
            Ok(Step::End) => return records,
            Ok(Step::Include(_)) => {}
            Err(error) => {
                black_box(error);
            }
        }
    }
}

/// From the snapshot of the store to the node, or to the proof that there is none.
#[test]
fn looking_into_a_zone_allocates_nothing() {
    let mut text = "$ORIGIN test.\n$TTL 1\n@ SOA a b 1 2 3 4 5\n@ NS a\n".to_owned();
    for number in 0..1000 {
        writeln!(text, "a{number}.b A 192.0.2.1\ncut{number} NS x").unwrap();
    }
    let loaded = Loader::new().load_text(Path::new("test"), text.as_bytes());
    let store = ZoneStore::new();
    store.replace(loaded.unwrap().zone);
    let mut reader = store.reader();
    for name in ["a500.b.test.", "b.test.", "nx.b.test.", "x.cut7.test.", "."] {
        let name = NameBuf::from_text(name).unwrap();
        let name = name.as_name();
        assert_none(|| {
            let zone = black_box(reader.current().deepest(&name, Class::IN));
            if let Some(zone) = zone {
                black_box(zone.find(&name));
                black_box(zone.nsec_at_or_before(&name));
                black_box(zone.nsec3_at_or_before(&[7; 20]));
            }
        });
    }
}

/// For the names of zones plain and signed, for names that are not there, with and without room.
#[test]
fn answering_allocates_nothing() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = |folder: &str| {
        let entries = std::fs::read_dir(repository.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let store = ZoneStore::new();
    let mut queries = Vec::new();
    let zones = files("examples/zones").chain(files("lib-dns-std/tests/differential/zones/plain"));
    for file in zones.filter(|file| file.extension().is_some_and(|ending| ending == "zone")) {
        let loaded = Loader::new().load(&file);
        let zone = loaded.unwrap_or_else(|error| panic!("{error}")).zone;
        for node in zone.nodes().take(40) {
            let owner = NameBuf::from(node.owner());
            queries
                .extend([Type::A, Type::NS, Type::DS, Type::ANY].map(|rtype| query(&owner, rtype)));
            if let Ok(below) = NameBuf::from_text(&format!("none.{owner}")) {
                queries.push(query(&below, Type::A));
            }
        }
        store.replace(zone);
    }

    let mut reader = store.reader();
    let mut room = vec![0; 65_535];
    for query in &queries {
        for (transport, len) in [
            (Transport::Udp, 65_535),
            (Transport::Stream, 65_535),
            (Transport::Stream, 300),
        ] {
            let mut response = None;
            assert_none(|| {
                let out = &mut room[..len];
                let settings = Settings::default();
                let zones = reader.current();
                let sha1 = &RustCryptoSha1;
                response = answer::respond(zones, &settings, sha1, query, transport, out);
            });
            assert!(response.is_some(), "{query:02x?}");
        }
    }
    assert!(queries.len() > 1_000, "{} queries", queries.len());
}

/// A query with EDNS that asks for DNSSEC records.
fn query(name: &NameBuf, rtype: Type) -> Vec<u8> {
    let mut query = b"\x12\x34\0\0\0\x01\0\0\0\0\0\x01".to_vec();
    query.extend(name.as_bytes());
    query.extend(rtype.0.to_be_bytes());
    query.extend(b"\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0");
    query
}
