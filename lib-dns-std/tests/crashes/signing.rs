//! Kills of a server that signs: whatever it had come to, the zone that it serves after is whole, and all its
//! signatures hold.

use crate::checkers::assert_verified;
use crate::client::whole_zone_of;
use crate::dice::Dice;
use crate::kills;
use crate::server::Server;
use crate::updates::{PRIMARY, kill_in_a_stream_of_updates};
use crate::zone::{APEX, SERIAL, name, text};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::{KeyEvent, KeyRole};
use lib_dns_core::rr_data::{RecordType, Rrsig, Type};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::ZoneLayout;
use lib_dns_std::keyring::{Keyring, SystemVerifier, ZoneKey};
use lib_dns_std::signing::verify_zone;
use lib_dns_std::zone::Zone;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Names with addresses: enough that signing them takes a while.
const HOSTS: u32 = 500;

/// The zone with many names, so that most of the time is the signing.
pub(crate) fn long_text() -> String {
    let mut text = text();
    for number in 0..HOSTS {
        let _ = writeln!(text, "host{number} A 192.0.2.{}", number % 256);
    }
    text
}

pub(crate) fn unix_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// Makes keys of the zone that have signed for a day.
pub(crate) fn make_keys(folder: &Path, roles: &[KeyRole]) {
    fs::create_dir_all(folder).unwrap();
    let mut keyring = Keyring::open(folder).unwrap();
    let since = unix_time() - 86_400;
    for role in roles {
        let prepare = |key: &mut ZoneKey| {
            for event in [KeyEvent::Publish, KeyEvent::Activate] {
                key.timing_mut().set(event, Some(since));
            }
        };
        let algorithm = SecurityAlgorithm::ED25519;
        let apex = name(APEX);
        keyring
            .generate(&apex.as_name(), algorithm, *role, None, prepare)
            .unwrap();
    }
}

/// A server with keys, that is to sign the zone.
fn server(zone: &str, roles: &[KeyRole]) -> Server {
    let server = Server::new(&[("example.zone", zone)], "");
    server.configure(&signed(3600));
    make_keys(&server.keys(), roles);
    server
}

fn signed(dnskey_ttl: u32) -> String {
    format!("{PRIMARY}sign = {{ keys = \"keys\", dnskey-ttl = {dnskey_ttl} }}\n")
}

/// All signatures must hold, and nothing be unsigned.
#[track_caller]
fn assert_signed(zone: &Zone) {
    let report = verify_zone(zone, &SystemVerifier::default(), unix_time());
    let faults: Vec<String> = report.faults().take(5).map(ToString::to_string).collect();
    assert!(report.is_good(), "{faults:#?}");
}

/// What is in the zone, but for what signing makes.
fn content(zone: &Zone) -> BTreeSet<String> {
    let made = [
        Type::SOA,
        Type::RRSIG,
        Type::NSEC,
        Type::DNSKEY,
        Type::CDS,
        Type::CDNSKEY,
    ];
    let records = zone
        .records()
        .filter(|record| !made.contains(&record.rtype));
    let lines =
        records.map(|record| format!("{} {} {:?}", record.owner, record.rtype, record.data));
    lines.collect()
}

/// Other programs look at it too.
fn assert_verified_by_others(address: SocketAddr) {
    let mut text = String::new();
    let zone = whole_zone_of(address);
    zone.write_text(ZoneLayout::OneLine, &mut text).unwrap();
    assert_verified("what is left after all kills", &text);
}

/// A moment in a span, or a little after it.
pub(crate) fn moment(dice: &mut Dice, span: Duration) -> Duration {
    span.mul_f64(dice.below(1_250) as f64 / 1000.0)
}

#[test]
fn a_first_signing_is_done_or_done_again() {
    let mut dice = Dice(0x4035);
    let mut server = server(&long_text(), &[KeyRole::Csk]);
    let begun = Instant::now();
    server.start();
    let span = begun.elapsed();
    let expected = content(&whole_zone_of(server.address));
    assert_eq!(expected.len() as u32, HOSTS + 2);
    let mut with_journal = 0;
    for kill in 0..kills() {
        server.kill();
        fs::remove_dir_all(server.state()).unwrap();
        server.begin();
        thread::sleep(moment(&mut dice, span));
        server.kill();
        if server.state().join("zones.redb").exists() {
            with_journal += 1;
            server.verify_journal();
        }
        server.start();
        let zone = whole_zone_of(server.address);
        assert_eq!(zone.serial().0, SERIAL + 1, "kill {kill}");
        assert_signed(&zone);
        assert_eq!(content(&zone), expected, "kill {kill}");
    }
    assert_verified_by_others(server.address);
    println!(
        "{} kills, {with_journal} of them after the journal was there",
        kills()
    );
}

/// Has one of the two zone-signing keys sign, and tells its tag.
fn use_key(folder: &Path, which: usize) -> u16 {
    let mut keyring = Keyring::open(folder).unwrap();
    let apex = name(APEX);
    let keys: Vec<ZoneKey> = keyring.zone_keys(&apex.as_name()).to_vec();
    let zone_keys = keys.into_iter().filter(|key| key.role() == KeyRole::Zsk);
    let mut tag = None;
    for (index, mut key) in zone_keys.enumerate() {
        let is_it = index == which;
        let end = (!is_it).then(|| unix_time() - 10);
        key.timing_mut().set(KeyEvent::Inactive, end);
        if is_it {
            tag = Some(key.tag());
        }
        keyring.update(key).unwrap();
    }
    tag.unwrap()
}

/// The tags of the keys that have signed what is not theirs.
fn signers_of_data(zone: &Zone) -> BTreeSet<u16> {
    let nodes = zone.nodes();
    let sets = nodes.flat_map(|node| node.all_signatures().collect::<Vec<_>>());
    let of_data =
        sets.filter(|(covered, _)| !matches!(*covered, Type::DNSKEY | Type::CDS | Type::CDNSKEY));
    of_data
        .flat_map(|(_, set)| set.records().map(<[u8]>::to_vec).collect::<Vec<_>>())
        .map(|data| Rrsig::read(&mut Reader::new(&data)).unwrap().key_tag)
        .collect()
}

#[test]
fn signing_anew_is_done_or_done_again() {
    let mut dice = Dice(0x4641);
    let mut server = server(&long_text(), &[KeyRole::Ksk, KeyRole::Zsk, KeyRole::Zsk]);
    let keys = server.keys();
    use_key(&keys, 0);
    server.start();
    let expected = content(&whole_zone_of(server.address));
    server.kill();
    use_key(&keys, 1);
    let begun = Instant::now();
    server.start();
    let span = begun.elapsed();
    let mut serial = SERIAL + 2;
    for kill in 0..kills() {
        assert_eq!(
            whole_zone_of(server.address).serial().0,
            serial,
            "kill {kill}"
        );
        // Now while it starts, now while it serves.
        if kill % 2 == 0 {
            server.kill();
        }
        let tag = use_key(&keys, kill % 2);
        server.configure(&signed(3600 + kill as u32));
        if kill % 2 == 0 {
            server.begin();
        } else {
            server.hang_up();
        }
        thread::sleep(moment(&mut dice, span));
        server.kill();
        server.verify_journal();
        server.start();
        let zone = whole_zone_of(server.address);
        serial += 1;
        assert_eq!(zone.serial().0, serial, "kill {kill}");
        assert_signed(&zone);
        assert_eq!(signers_of_data(&zone), BTreeSet::from([tag]), "kill {kill}");
        assert_eq!(content(&zone), expected, "kill {kill}");
    }
    assert_verified_by_others(server.address);
    println!("{} kills, the last version is {serial}", kills());
}

#[test]
fn signed_changes_outlive_a_kill() {
    let mut server = server(&text(), &[KeyRole::Ksk, KeyRole::Zsk]);
    server.start();
    // The file's version, and one more with signatures.
    let first = SERIAL + 1;
    let done = kill_in_a_stream_of_updates(&mut server, first, &mut Dice(0x2136), |address| {
        assert_signed(&whole_zone_of(address));
    });
    assert_verified_by_others(server.address);
    println!("{} kills, {done} changes", kills());
}
