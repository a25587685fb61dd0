//! Dynamic updates: a message of any octets, put to a fixed zone. Whatever it does, it does to each keeper of
//! changes alike, the change fits the zone, and what comes out is still a zone.

use lib_dns_core::answer::{Request, Settings, Transport, Verdict};
use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::Message;
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::update::{
    ChangeList, Grant, Outcome, Requester, Terms, TypeLimit, Update, UpdateError, Who,
};
use lib_dns_core::zone::{SerialPolicy, StoredRecord, ZoneLookup, ZoneNode};
use lib_dns_std::zone::{Change, Loader, Zone};
use std::path::Path;
use std::sync::OnceLock;

const TEXT: &str = "\
$ORIGIN example.
$TTL 300
@ SOA ns1 admin 4294967295 3600 900 604800 60
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
a A 192.0.2.10
a TXT one
b CNAME a
b.c A 192.0.2.11
d DNAME a
e NS ns1
f WKS 192.0.2.9 6 25
g MX 10 A
";

/// Everybody may do everything, but have only so many addresses.
const TYPES: [TypeLimit; 2] = [
    TypeLimit {
        rtype: Type::A,
        most: Some(3),
    },
    TypeLimit {
        rtype: Type::ANY,
        most: None,
    },
];

fn sorted<'a>(records: impl Iterator<Item = StoredRecord<'a>>) -> Vec<String> {
    let mut records = records
        .map(|record| format!("{record:?}"))
        .collect::<Vec<_>>();
    records.sort();
    records
}

/// Runs the target.
pub fn run(octets: &[u8]) {
    static ZONE: OnceLock<Zone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| {
        let loaded = Loader::new().load_text(Path::new("zone"), TEXT.as_bytes());
        loaded.unwrap().zone
    });
    let Ok(message) = Message::from_bytes(octets) else {
        return;
    };
    let Ok(update) = Update::read(&message) else {
        return;
    };
    let requester = Requester {
        identity: None,
        address: "127.0.0.1".parse().unwrap(),
    };
    let grants = [Grant {
        types: &TYPES,
        ..Grant::to(Who::Anyone)
    }];
    let terms = Terms {
        grants: &grants,
        serial: SerialPolicy::Increment,
        now: 0,
    };
    let mut scratch = vec![0; 65_535];
    let mut change = Change::new();
    let outcome = update.apply(zone, &requester, &terms, &mut change, &mut scratch);

    // The other keeper notes the same. It is slow, so it takes short messages only.
    if octets.len() < 2000 {
        let mut room = vec![0; 1 << 18];
        let mut list = ChangeList::new(&mut room);
        let again = update.apply(zone, &requester, &terms, &mut list, &mut scratch);
        match (&outcome, &again) {
            (Ok(ours), Ok(other)) => {
                assert_eq!(ours, other);
                assert_eq!(sorted(change.deleted()), sorted(list.goes()));
                assert_eq!(sorted(change.added()), sorted(list.comes()));
            }
            (Err(ours), Err(other)) => assert_eq!(ours.rcode(), other.rcode()),
            _ => panic!("{outcome:?}, but {again:?}"),
        }
    }
    let rcode = outcome.as_ref().err().map(UpdateError::rcode);
    match outcome {
        Ok(Outcome::Changed(serial)) => check(zone, &change, serial),
        Ok(Outcome::Unchanged) => assert!(change.is_empty()),
        Err(_) => {}
    }
    let mut out = [0; 1024];
    let verdict = Verdict::of(rcode.unwrap_or(Rcode::NOERROR));
    let request = Request::read(octets).unwrap();
    let settings = Settings::default();
    let len = request
        .refuse(verdict, &settings, Transport::Stream, 0, &mut out)
        .unwrap();
    assert_eq!(Message::from_bytes(&out[..len]).unwrap().id(), message.id());
}

fn check(zone: &Zone, change: &Change, serial: lib_dns_core::zone::Serial) {
    let mut octets = Vec::new();
    let difference = change.difference(&mut octets).unwrap();
    let next = zone.apply(&difference).unwrap();
    assert_eq!(next.serial(), serial);
    assert!(serial.is_newer_than(zone.serial()));
    let apex = next.get(&next.apex()).unwrap();
    assert_eq!(apex.rrset(Type::SOA).unwrap().records().count(), 1);
    assert!(apex.rrset(Type::NS).unwrap().records().count() >= 1);
    for node in next.nodes() {
        if let Some(alias) = node.rrset(Type::CNAME) {
            assert_eq!(alias.records().count(), 1);
            assert!(
                node.rrsets().all(|other| {
                    other.rtype == Type::CNAME || other.rtype.may_be_beside_cname()
                })
            );
        }
        if let Some(addresses) = node.rrset(Type::A) {
            assert!(addresses.records().count() <= 3);
        }
    }
}
