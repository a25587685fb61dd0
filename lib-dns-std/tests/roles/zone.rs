//! The zone that travels, and what a server has of it.

use crate::harness::comes_true;
use crate::{KEY, SECRET, ZONE};
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::TsigKey;
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RData, Type};
use lib_dns_core::text::Base64Decoder;
use lib_dns_std::mac::RustCryptoMac;
use lib_dns_std::transfer::{Fetch, Fetched, Primary};
use lib_dns_std::zone::{Loader, Zone};
use std::fmt::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

/// A version of the zone: from one to the next, records come, go and change.
pub(crate) fn text(serial: u32) -> String {
    let mut text = format!(
        "$ORIGIN {ZONE}\n$TTL 300\n\
         @ SOA ns1 admin {serial} 3600 600 86400 60\n\
         @ NS ns1\n@ NS ns2\n@ MX 10 mail\n\
         ns1 A 10.42.0.1\nns2 AAAA fd00::2\n\
         *.wild TXT \"of version {serial}\"\n\
         cut NS ns1.cut\nns1.cut A 10.42.9.9\n\
         alias CNAME host{serial}\n_zhtp._tcp SRV 10 5 9333 host{serial}\n\
         long TXT ( \"{}\" \"{}\" )\n",
        "x".repeat(200),
        "y".repeat(200),
    );
    for number in 0..40 {
        let host = number + serial;
        let _ = writeln!(text, "host{host} {} A 10.42.1.{number}", 60 + number);
    }
    text
}

/// The serial that a server tells, if it answers with authority.
pub(crate) fn serial_at(address: SocketAddr) -> Option<u32> {
    serial_of(ZONE, address)
}

/// The same for another zone.
pub(crate) fn serial_of(zone: &str, address: SocketAddr) -> Option<u32> {
    let zone = NameBuf::from_text(zone).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    let patience = Some(Duration::from_secs(1));
    socket.set_read_timeout(patience).unwrap();
    let mut query = [0; 512];
    let mut builder = MessageBuilder::<4>::new(&mut query, 7, Flags::default()).unwrap();
    let (name, class) = (zone.as_name(), Class::IN);
    builder.question(&name, Type::SOA, class).unwrap();
    socket.send(builder.finish()).ok()?;
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).ok()?;
    let message = Message::from_bytes(&answer[..length]).ok()?;
    let record = message.section(Section::Answer).next()?.ok()?;
    match record.data().ok()? {
        RData::Soa(soa) if message.flags().authoritative() => Some(soa.serial),
        _ => None,
    }
}

/// Waits until a server has this version.
#[track_caller]
pub(crate) fn wait_for_serial(address: SocketAddr, serial: u32, logs: impl Fn() -> String) {
    wait_for_serial_of(ZONE, address, serial, logs);
}

/// The same for another zone.
#[track_caller]
pub(crate) fn wait_for_serial_of(
    zone: &str,
    address: SocketAddr,
    serial: u32,
    logs: impl Fn() -> String,
) {
    assert!(
        comes_true(|| serial_of(zone, address) == Some(serial)),
        "serial {serial} of {zone} did not come to {address}, which has {:?}:\n{}",
        serial_of(zone, address),
        logs()
    );
}

/// Waits until another program has this version, and compares all of it. NSD's old process may still take
/// connections for a moment after the new one has begun to answer.
#[track_caller]
pub(crate) fn wait_for_content(address: SocketAddr, serial: u32, logs: impl Fn() -> String) {
    wait_for_serial(address, serial, &logs);
    let expected = content(serial);
    let mut found = content_at(address);
    comes_true(|| {
        let is_old = found != expected;
        if is_old {
            found = content_at(address);
        }
        !is_old
    });
    assert_eq!(found, expected, "{}", logs());
}

/// All records that a server hands out, in a form that compares.
pub(crate) fn content_of(primary: Primary) -> Vec<String> {
    let name = NameBuf::from_text(ZONE).unwrap();
    let fetch = Fetch::new(&name.as_name(), Class::IN, primary);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let news = runtime.block_on(fetch.run());
    let news = news.unwrap_or_else(|error| panic!("{error}"));
    let Fetched::Whole(zone, _) = news.fetched else {
        panic!("{:?}", news.fetched);
    };
    lines_of(&zone)
}

fn lines_of(zone: &Zone) -> Vec<String> {
    let records = zone.records();
    let mut lines: Vec<String> = records
        .map(|record| {
            let owner = NameBuf::from(record.owner).to_lowercase();
            let (rtype, ttl, data) = (record.rtype, record.ttl, record.data);
            format!("{owner} {ttl} {rtype} {data:02x?}")
        })
        .collect();
    lines.sort();
    lines
}

/// The server at an address, with the key.
pub(crate) fn with_key(address: SocketAddr) -> Primary {
    let mut decoder = Base64Decoder::default();
    let secret: Vec<u8> = SECRET
        .bytes()
        .filter_map(|octet| decoder.push(octet).unwrap())
        .collect();
    let name = NameBuf::from_text(KEY).unwrap();
    let algorithm = MacAlgorithm::HmacSha256;
    let key = TsigKey::new(RustCryptoMac, &name.as_name(), algorithm, &secret).unwrap();
    Primary::at(address).with_key(Arc::new(key))
}

/// What a server hands out under the key.
pub(crate) fn content_at(address: SocketAddr) -> Vec<String> {
    content_of(with_key(address))
}

/// What the zone should have in this version.
pub(crate) fn content(serial: u32) -> Vec<String> {
    let loaded = Loader::new().load_text("expected".as_ref(), text(serial).as_bytes());
    lines_of(&loaded.unwrap().zone)
}
