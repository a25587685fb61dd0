//! Answers: a query of any octets, put to fixed zones. What comes back is a whole response to it, never
//! longer than the asker takes.

use super::map_zone::{MapZones, NotSha1};
use lib_dns_core::answer::{self, Settings, Transport};
use lib_dns_core::messages::{Header, Message};
use std::sync::OnceLock;

/// Signed with NSEC and NSEC3, and one for each thing that makes an answer hard.
const ZONES: [&[u8]; 8] = [
    include_bytes!("../../examples/zones/sovereign.zone"),
    include_bytes!("../../examples/zones/signed-nsec.zone"),
    include_bytes!("../../examples/zones/signed-nsec3.zone"),
    include_bytes!("../../lib-dns-std/tests/differential/zones/plain/cname.test.zone"),
    include_bytes!("../../lib-dns-std/tests/differential/zones/plain/delegation.test.zone"),
    include_bytes!("../../lib-dns-std/tests/differential/zones/plain/dname.test.zone"),
    include_bytes!("../../lib-dns-std/tests/differential/zones/plain/ent.test.zone"),
    include_bytes!("../../lib-dns-std/tests/differential/zones/plain/wildcard.test.zone"),
];

/// Runs the target.
pub fn run(query: &[u8]) {
    static ZONES_READ: OnceLock<MapZones> = OnceLock::new();
    let zones = ZONES_READ.get_or_init(|| MapZones::read(&ZONES));
    let settings = Settings {
        identity: Some(b"fuzz"),
        version: Some(b"0"),
        ..Settings::default()
    };
    let mut room = vec![0; 65_535];
    for transport in [Transport::Udp, Transport::Stream] {
        let len = answer::respond(zones, &settings, &NotSha1, query, transport, &mut room);
        if let Some(len) = len {
            check(
                query,
                &room[..len],
                transport,
                usize::from(settings.udp_size),
            );
        }
        // With hardly any room it says less, or nothing.
        let mut little = vec![0; query.len() % 100];
        let len = answer::respond(zones, &settings, &NotSha1, query, transport, &mut little);
        if let Some(len) = len {
            Message::from_bytes(&little[..len]).unwrap();
        }
    }
}

fn check(query: &[u8], response: &[u8], transport: Transport, most: usize) {
    let asked = Header::read(query).unwrap();
    assert!(!asked.flags.response(), "a response was answered");
    let message = Message::from_bytes(response).unwrap();
    message.check().unwrap();
    assert!(message.flags().response());
    assert_eq!(message.id(), asked.id);
    assert_eq!(message.flags().opcode(), asked.flags.opcode());

    let edns = Message::from_bytes(query)
        .ok()
        .and_then(|query| query.edns());
    let taken = edns.map_or(512, |edns| usize::from(edns.udp_size).max(512));
    match transport {
        Transport::Udp => assert!(
            response.len() <= taken.min(most),
            "{} octets",
            response.len()
        ),
        Transport::Stream => assert!(!message.flags().truncated() || response.len() > 60_000),
    }
}
