//! Both sides are ours.

use crate::content::{address, assert_same, text_of};
use crate::harness::free_port;
use crate::keys::{self, ALGORITHMS};
use crate::ours::{EXPIRES_IN, Ours};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::TsigError;
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{ConsumerError, Limits, Reply, SoaAnswerError};
use lib_dns_core::zone::{Difference, Serial};
use lib_dns_std::transfer::{Fetch, FetchError, FetchFault, FetchSettings, Fetched, News, Primary};
use lib_dns_std::zone::Zone;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

const ZONE: &str = "copied.example.";

pub(crate) fn fetch(apex: &str, primary: Primary) -> Fetch {
    let apex = NameBuf::from_text(apex).unwrap();
    let mut fetch = Fetch::new(&apex.as_name(), Class::IN, primary);
    fetch.settings.message = Duration::from_secs(20);
    fetch
}

pub(crate) fn run(fetch: &Fetch) -> Result<News, FetchError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(fetch.run())
}

/// The whole zone.
#[track_caller]
pub(crate) fn whole(news: Result<News, FetchError>) -> Zone {
    match news.unwrap_or_else(|error| panic!("{error}")).fetched {
        Fetched::Whole(zone, _) => *zone,
        other => panic!("{other:?}"),
    }
}

/// The zone after the differences.
#[track_caller]
pub(crate) fn applied(zone: &Zone, news: Result<News, FetchError>) -> Zone {
    match news.unwrap_or_else(|error| panic!("{error}")).fetched {
        Fetched::Incremental(differences) => {
            differences.iter().fold(zone.clone(), |zone, octets| {
                let difference = Difference::from_bytes(octets).unwrap();
                zone.apply(&difference).unwrap()
            })
        }
        other => panic!("{other:?}"),
    }
}

/// Replaces an address, adds one and deletes one.
pub(crate) fn change(ours: &Ours, apex: &str, number: u8) {
    let name = |label: &str| NameBuf::from_text(&format!("{label}.{apex}")).unwrap();
    ours.change(apex, |zone, change| {
        let new = name(&format!("new{number}"));
        change
            .add(&address(&new.as_name(), &[10, 9, 9, number]))
            .unwrap();
        let old = name(&format!("host{number}"));
        for record in zone.records().filter(|record| record.owner == old) {
            change.delete(&record).unwrap();
        }
    });
}

#[test]
fn a_zone_arrives_and_follows() {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    let all = fetch(ZONE, Primary::at(ours.address));
    let news = run(&all).unwrap();
    assert_eq!(news.messages, 1);
    let copy = whole(Ok(news));
    assert_same(&copy, &ours.zone(ZONE), "AXFR");

    let next = all.clone().with_version(copy.serial());
    assert!(matches!(run(&next).unwrap().fetched, Fetched::UpToDate));
    let unasked = Fetch {
        looks_first: false,
        ..next.clone()
    };
    assert!(matches!(run(&unasked).unwrap().fetched, Fetched::UpToDate));

    for number in 1..=3 {
        change(&ours, ZONE, number);
    }
    for fetch in [&next, &unasked] {
        let news = run(fetch).unwrap();
        assert_eq!(news.serial, ours.zone(ZONE).serial());
        let followed = applied(&copy, Ok(news));
        assert_same(&followed, &ours.zone(ZONE), "IXFR");
    }
    ours.forget_history();
    assert_same(
        &whole(run(&next)),
        &ours.zone(ZONE),
        "AXFR in answer to IXFR",
    );
}

#[test]
fn few_changes_fit_a_datagram_and_many_come_over_a_stream() {
    let key = || keys::key("transfer.key.", MacAlgorithm::HmacSha256);
    let ours = Ours::serve(&[text_of(ZONE)], vec![key()], None);
    let copy = ours.zone(ZONE);
    let primary = Primary::at(ours.address).with_key(Arc::new(key()));
    let mut next = fetch(ZONE, primary).with_version(copy.serial());
    next.settings.incremental_by_datagram = true;
    let news = run(&next).unwrap();
    assert!(matches!(news.fetched, Fetched::UpToDate));
    assert_eq!(news.expire, Some(EXPIRES_IN));
    change(&ours, ZONE, 1);
    let news = run(&next).unwrap();
    assert_eq!(news.expire, Some(EXPIRES_IN));
    assert_same(&applied(&copy, Ok(news)), &ours.zone(ZONE), "IXFR over UDP");
    assert_eq!(ours.replies_over_streams(), []);
    for number in 2..20 {
        change(&ours, ZONE, number);
    }
    assert_same(
        &applied(&copy, run(&next)),
        &ours.zone(ZONE),
        "IXFR over TCP",
    );
    assert_eq!(ours.replies_over_streams(), [Reply::Incremental]);
}

#[test]
fn a_zone_of_many_messages_arrives() {
    let more = (0..20_000)
        .map(|number| format!("more{number} TXT \"some text to fill messages {number}\"\n"))
        .collect::<String>();
    let key = || keys::key("transfer.key.", MacAlgorithm::HmacSha256);
    let ours = Ours::serve(&[text_of(ZONE) + &more], vec![key()], None);
    let primary = Primary::at(ours.address).with_key(Arc::new(key()));
    let news = run(&fetch(ZONE, primary)).unwrap();
    assert!(news.messages > 10, "{}", news.messages);
    assert_same(&whole(Ok(news)), &ours.zone(ZONE), "AXFR");
}

#[test]
fn keys_of_every_algorithm_do() {
    let cut = [
        ("hmac-sha256-128", MacAlgorithm::HmacSha256Cut128),
        ("hmac-sha384-192", MacAlgorithm::HmacSha384Cut192),
        ("hmac-sha512-256", MacAlgorithm::HmacSha512Cut256),
    ];
    for (name, algorithm) in ALGORITHMS.into_iter().chain(cut) {
        let key = || keys::key("transfer.key.", algorithm);
        let ours = Ours::serve(&[text_of(ZONE)], vec![key()], None);
        let all = fetch(ZONE, Primary::at(ours.address).with_key(Arc::new(key())));
        let copy = whole(run(&all));
        change(&ours, ZONE, 1);
        let next = all.with_version(copy.serial());
        assert_same(&applied(&copy, run(&next)), &ours.zone(ZONE), name);
    }
}

#[test]
fn wrong_and_missing_keys_bring_nothing() {
    let algorithm = MacAlgorithm::HmacSha256;
    let ours = Ours::serve(
        &[text_of(ZONE)],
        vec![keys::key("transfer.key.", algorithm)],
        None,
    );
    let fault = |key, version: Option<Serial>| {
        let primary = Primary {
            key,
            ..Primary::at(ours.address)
        };
        let fetch = Fetch {
            version,
            ..fetch(ZONE, primary)
        };
        run(&fetch).unwrap_err()
    };
    let wrong = [
        keys::with_secret(
            "transfer.key.",
            algorithm,
            b"another secret of thirty-two o..",
        ),
        keys::key("other.key.", algorithm),
        keys::key("transfer.key.", MacAlgorithm::HmacSha512),
    ];
    for key in wrong {
        let key = Arc::new(key);
        for version in [None, Some(Serial(1))] {
            let error = fault(Some(Arc::clone(&key)), version);
            assert!(
                matches!(error.fault, FetchFault::Tsig(TsigError::Refused(_))),
                "{error}"
            );
        }
    }
    let error = fault(None, None);
    let refused = ConsumerError::Refused(Rcode::REFUSED);
    assert!(
        matches!(error.fault, FetchFault::Answer(error) if error == refused),
        "{error}"
    );
}

#[test]
fn an_unsigned_answer_to_a_signed_request_is_none() {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    let key = Arc::new(keys::key("transfer.key.", MacAlgorithm::HmacSha256));
    let error = run(&fetch(ZONE, Primary::at(ours.address).with_key(key))).unwrap_err();
    assert!(matches!(error.fault, FetchFault::Tsig(_)), "{error}");
}

#[test]
fn a_zone_that_is_not_there_is_told() {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    let primary = || Primary::at(ours.address);
    let error = run(&fetch("other.example.", primary())).unwrap_err();
    assert_eq!(error.doing, "AXFR over TCP");
    let refused = ConsumerError::Refused(Rcode::NOTAUTH);
    assert!(
        matches!(error.fault, FetchFault::Answer(error) if error == refused),
        "{error}"
    );
    let look = fetch("other.example.", primary()).with_version(Serial(1));
    let error = run(&look).unwrap_err();
    let refused = SoaAnswerError::Refused(Rcode::REFUSED);
    assert!(
        matches!(error.fault, FetchFault::Soa(error) if error == refused),
        "{error}"
    );
}

#[test]
fn too_much_is_refused() {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    for limits in [
        Limits {
            records: 100,
            ..Limits::default()
        },
        Limits {
            octets: 1000,
            ..Limits::default()
        },
    ] {
        let mut fetch = fetch(ZONE, Primary::at(ours.address));
        fetch.settings = FetchSettings {
            limits,
            ..fetch.settings
        };
        let error = run(&fetch).unwrap_err();
        let too_much = [ConsumerError::TooManyRecords, ConsumerError::TooManyOctets];
        assert!(
            matches!(&error.fault, FetchFault::Answer(error) if too_much.contains(error)),
            "{error}"
        );
    }
}

/// A server that sends these octets of an answer to whatever it is asked over TCP, then waits or hangs up.
fn broken_server(sends: Vec<u8>, hangs_up: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = [0; 512];
            let read = stream.read(&mut request).unwrap_or(0);
            if read < 4 {
                continue;
            }
            let mut sends = sends.clone();
            // The id of the request.
            if let Some(id) = sends.get_mut(2..4) {
                id.copy_from_slice(&request[2..4]);
            }
            let _ = stream.write_all(&sends);
            if !hangs_up {
                std::thread::sleep(Duration::from_secs(30));
            }
        }
    });
    address
}

/// The answer to AXFR, with its length.
fn framed_answer() -> Vec<u8> {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    let mut stream = std::net::TcpStream::connect(ours.address).unwrap();
    let mut buffer = [0; 512];
    let apex = NameBuf::from_text(ZONE).unwrap();
    let wanted = lib_dns_core::transfer::Wanted::Whole;
    let request = lib_dns_core::transfer::TransferRequest::write(
        &mut buffer,
        1,
        &apex.as_name(),
        Class::IN,
        wanted,
    );
    let request = request.unwrap();
    let head = (request.len() as u16).to_be_bytes();
    stream.write_all(&[&head[..], request].concat()).unwrap();
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes(head))];
    stream.read_exact(&mut message).unwrap();
    [&head[..], &message].concat()
}

#[test]
fn an_answer_that_is_cut_off_brings_nothing() {
    let answer = framed_answer();
    let good = broken_server(answer.clone(), true);
    assert_eq!(
        whole(run(&fetch(ZONE, Primary::at(good)))).record_count(),
        316
    );
    for len in [0, 1, 2, 20, answer.len() / 2, answer.len() - 1] {
        let address = broken_server(answer[..len].to_vec(), true);
        let error = run(&fetch(ZONE, Primary::at(address))).unwrap_err();
        assert!(
            matches!(error.fault, FetchFault::Closed | FetchFault::Io(_)),
            "{error}"
        );
        let address = broken_server(answer[..len].to_vec(), false);
        let mut slow = fetch(ZONE, Primary::at(address));
        slow.settings.message = Duration::from_millis(50);
        let error = run(&slow).unwrap_err();
        assert!(matches!(error.fault, FetchFault::TimedOut), "{error}");
    }
}

#[test]
fn a_server_that_is_silent_over_udp_is_asked_over_tcp() {
    let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), None);
    // A port with a socket that never answers, and TCP that leads to our server.
    let address = free_port().unwrap();
    let _silent = UdpSocket::bind(address).unwrap();
    let listener = TcpListener::bind(address).unwrap();
    let real = ours.address;
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let onward = std::net::TcpStream::connect(real).unwrap();
            let (mut a, mut b) = (stream.try_clone().unwrap(), onward.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut a, &mut b));
            let (mut a, mut b) = (onward, stream);
            std::thread::spawn(move || std::io::copy(&mut a, &mut b));
        }
    });
    let mut look = fetch(ZONE, Primary::at(address)).with_version(ours.zone(ZONE).serial());
    look.settings.datagram = Duration::from_millis(20);
    assert!(matches!(run(&look).unwrap().fetched, Fetched::UpToDate));
}

#[test]
fn nobody_there_is_told() {
    let address = free_port().unwrap();
    let error = run(&fetch(ZONE, Primary::at(address))).unwrap_err();
    assert!(matches!(error.fault, FetchFault::Connect(_)), "{error}");
    assert_eq!(error.zone.to_string(), ZONE);
}
