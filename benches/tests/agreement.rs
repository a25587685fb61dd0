//! All libraries are asked for the same work, and do it.

use hickory_proto::op::Message as HickoryMessage;
use lib_dns_benches::Seen;
use lib_dns_benches::content::{BUILT, SAMPLES, ZONE};
use lib_dns_benches::job::{Job, Outcome, Task};
use lib_dns_benches::peers::{self, BUILD_ROOM};

/// What is in messages (a), (b) and (c), counted by hand.
const EXPECTED: [Seen; 3] = [
    Seen {
        questions: 1,
        records: 1,
        labels: 4,
        label_octets: 17,
        data_octets: 8,
        ttls: 0,
        opaque: 0,
    },
    Seen {
        questions: 1,
        records: 10,
        labels: 38,
        label_octets: 166,
        data_octets: 6 * 4,
        ttls: 300 + 4 * 60 + 4 * 86400,
        opaque: 0,
    },
    Seen {
        questions: 1,
        records: 12,
        labels: 30,
        label_octets: 12 * 10 + 6 * 32,
        data_octets: 2 * 64 + 5 * 64 + 3 * 20,
        ttls: 11 * 3600,
        opaque: 0,
    },
];

/// What a library cannot do. Listed, so that it is noticed when a new version can.
enum Gap {
    /// So many records or options remain raw octets.
    Opaque(u32),
    Fails,
}

const GAPS: &[(&str, &str, Gap)] = &[
    ("hickory-proto", "parse_a", Gap::Opaque(1)),
    ("simple-dns", "parse_a", Gap::Opaque(1)),
    ("simple-dns", "parse_c", Gap::Opaque(3)),
    ("dns-parser", "parse_a", Gap::Opaque(1)),
    ("dns-parser", "parse_c", Gap::Fails),
    ("dns-parser", "build_b", Gap::Fails),
];

fn gap(job: Job) -> Option<&'static Gap> {
    let task = job.task.to_string();
    let gap = GAPS
        .iter()
        .find(|(peer, of, _)| *peer == job.peer.name && *of == task);
    gap.map(|(_, _, gap)| gap)
}

#[test]
fn every_library_sees_the_same() {
    for (sample, expected) in SAMPLES.iter().zip(EXPECTED) {
        for peer in peers::ALL {
            let job = Job {
                peer,
                task: Task::Parse(sample),
            };
            let at = format!("{} {}", peer.name, job.task);
            let mut expected = expected;
            match gap(job) {
                Some(Gap::Fails) => {
                    assert!(job.prepare().is_err(), "{at} works now");
                    continue;
                }
                Some(Gap::Opaque(opaque)) => expected.opaque = *opaque,
                None => {}
            }
            let (outcome, _) = job
                .prepare()
                .unwrap_or_else(|e| panic!("{at}: {}", e.reason()));
            let Outcome::Read(work) = outcome else {
                panic!("{at}: nothing was read")
            };
            let mut seen = work.seen();
            if expected.opaque > 0 {
                // What is opaque has no typed octets to count.
                seen.data_octets = expected.data_octets;
            }
            assert_eq!(seen, expected, "{at}");
        }
    }
}

#[test]
fn who_scans_finds_all_records() {
    for peer in peers::ALL.iter().filter(|peer| peer.scan.is_some()) {
        let job = Job {
            peer,
            task: Task::Scan,
        };
        let outcome = job.prepare().map(|(outcome, _)| outcome);
        assert_eq!(outcome, Ok(Outcome::Scanned(ZONE.records)), "{}", peer.name);
    }
}

#[test]
fn every_library_builds_the_same() {
    for peer in peers::ALL {
        let job = Job {
            peer,
            task: Task::Build,
        };
        if let Some(Gap::Fails) = gap(job) {
            assert!(job.prepare().is_err(), "{} builds now", peer.name);
            continue;
        }
        let built = build(peer);
        assert_eq!(listing(&built), listing(BUILT.octets), "{}", peer.name);
        // Two judges, so that none judges itself alone.
        let read = |octets| HickoryMessage::from_vec(octets).unwrap();
        assert_eq!(read(&built), read(BUILT.octets), "{}", peer.name);
    }
}

#[test]
fn building_again_gives_the_same() {
    for peer in peers::ALL {
        let Ok(mut build) = (peer.prepare_build)() else {
            continue;
        };
        let mut first = [0; BUILD_ROOM];
        let mut second = [0xff; BUILD_ROOM];
        let first_end = build(&mut first).unwrap();
        let second_end = build(&mut second).unwrap();
        assert_eq!(first[..first_end], second[..second_end], "{}", peer.name);
    }
}

fn build(peer: &peers::Peer) -> Vec<u8> {
    let mut build = (peer.prepare_build)().unwrap();
    let mut buffer = vec![0; BUILD_ROOM];
    let end = build(&mut buffer).unwrap();
    buffer.truncate(end);
    buffer
}

/// The whole message as lines of text: header, question, and the records of each section. The OPT
/// record goes last, since its place in the additional section means nothing.
fn listing(octets: &[u8]) -> Vec<String> {
    use domain::base::{Message, ParsedName, iana::Rtype};
    use domain::rdata::AllRecordData;

    let message = Message::from_slice(octets).unwrap();
    let header = message.header();
    let mut lines = vec![format!(
        "{} {} {}",
        header.id(),
        header.flags(),
        header.rcode()
    )];
    lines.extend(
        message
            .question()
            .map(|question| question.unwrap().to_string()),
    );
    let mut opt = Vec::new();
    for item in message.iter() {
        let (record, section) = item.unwrap();
        let is_opt = record.rtype() == Rtype::OPT;
        let record = record
            .into_any_record::<AllRecordData<_, ParsedName<_>>>()
            .unwrap();
        let line = format!("{section:?} {record:?}");
        if is_opt { &mut opt } else { &mut lines }.push(line);
    }
    lines.extend(opt);
    lines
}
