//! The times of SOA, LOC, APL and the gateways of IPSECKEY and AMTRELAY: what each rule of their text and octets takes and refuses.

use super::{scan, show};
use crate::code_points::Class;
use crate::rr_data::{RData, Type, TypeInfo};
use crate::text::Tokens;
use crate::wire::{Form, Reader, Writer};

fn info(mnemonic: &str) -> &'static TypeInfo {
    TypeInfo::of_mnemonic(mnemonic.as_bytes()).unwrap()
}

/// Text, the octets that it means, and the text that we print for them.
#[track_caller]
fn assert_reads(mnemonic: &str, text: &str, octets: &[u8], shown: &str) {
    assert_eq!(scan(info(mnemonic), text), octets, "{text}");
    assert_eq!(show(info(mnemonic).rtype, octets), shown, "{text}");
    assert_eq!(scan(info(mnemonic), shown), octets, "{shown}");
}

fn takes_text(mnemonic: &str, text: &str) -> bool {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = super::DataTokens::new(Tokens::new(text.as_bytes()), None);
    (info(mnemonic).scan)(&mut tokens, &mut writer).is_ok() && tokens.finish().is_ok()
}

fn takes_octets(rtype: Type, octets: &[u8]) -> bool {
    let mut reader = Reader::new(octets);
    RData::read(Class::IN, rtype, &mut reader).is_ok() && reader.is_empty()
}

#[test]
fn times_of_soa() {
    let octets = |times: [u32; 4]| {
        let words = times.map(u32::to_be_bytes);
        [&[0, 0, 0, 0, 0, 7][..], &words.concat()].concat()
    };
    assert_reads(
        "SOA",
        ". . 7 1h 15M 1w2d 5m30s",
        &octets([3_600, 900, 777_600, 330]),
        ". . 7 3600 900 777600 330",
    );
    let longest = octets([u32::MAX, 0, 2_147_483_648, 1]);
    assert_reads(
        "SOA",
        ". . 7 4294967295 0 2147483648 1",
        &longest,
        ". . 7 4294967295 0 2147483648 1",
    );
    // The serial is no time.
    for bad in [
        ". . 1h 1 1 1 1",
        ". . 7 4294967296 1 1 1",
        ". . 7 7102w 1 1 1",
        ". . 7 1h1 1 1 1",
    ] {
        assert!(!takes_text("SOA", bad), "{bad}");
    }
}

#[test]
fn locations() {
    // RFC 1876 4: what is not given has its default.
    let centre = 1u32 << 31;
    let octets = |sizes: [u8; 3], latitude: u32, longitude: u32, altitude: u32| {
        let words = [latitude, longitude, altitude].map(u32::to_be_bytes);
        [&[0][..], &sizes, &words.concat()].concat()
    };
    let usual = [0x12, 0x16, 0x13];
    assert_reads(
        "LOC",
        "42 21 54 N 71 06 18 W -24m 30m",
        &octets(
            [0x33, 0x16, 0x13],
            centre + 152_514_000,
            centre - 255_978_000,
            10_000_000 - 2_400,
        ),
        "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
    );
    assert_reads(
        "LOC",
        "0 S 0 0 0.001 E 0",
        &octets(usual, centre, centre + 1, 10_000_000),
        "0 0 0.000 N 0 0 0.001 E 0.00m 1m 10000m 10m",
    );
    // The edges: poles, the date line, the lowest and the highest altitude, the smallest and the greatest size.
    assert_reads(
        "LOC",
        "90 N 180 W -100000.00m 0m 0.01m 90000000.00m",
        &octets(
            [0, 0x10, 0x99],
            centre + 324_000_000,
            centre - 648_000_000,
            0,
        ),
        "90 0 0.000 N 180 0 0.000 W -100000.00m 0m 0.01m 90000000m",
    );
    assert!(takes_text("LOC", "1 N 1 E 42849672.95m"));
    for wrong in [
        "91 N 0 E 0m",
        "90 0 0.001 N 0 E 0m",
        "0 N 180 0 0.001 E 0m",
        "1 60 N 0 E 0m",
        "1 0 60 N 0 E 0m",
        "1 0 0.0001 N 0 E 0m",
        "1 E 1 N 0m",
        "1 N 1 E",
        "1 N 1 E -100000.01m",
        "1 N 1 E 42849672.96m",
        "1 N 1 E 0m 90000000000m",
        "1 N 1 E 0m 1m 1m 1m 1m",
    ] {
        assert!(!takes_text("LOC", wrong), "{wrong}");
    }
    let good = octets(usual, centre, centre, 0);
    assert!(takes_octets(Type::LOC, &good));
    // Another version, sizes without a digit or with too great a power, angles beyond the poles and the date line.
    for wrong in [
        [&[1][..], &good[1..]].concat(),
        octets([0x01, 0x10, 0xa0], centre, centre, 0),
        octets([0x1a, 0x10, 0x10], centre, centre, 0),
        octets(usual, centre + 324_000_001, centre, 0),
        octets(usual, centre, centre - 648_000_001, 0),
        good[..15].to_vec(),
        [&good[..], &[0]].concat(),
    ] {
        assert!(!takes_octets(Type::LOC, &wrong), "{wrong:02x?}");
    }
}

#[test]
fn address_prefixes() {
    // RFC 3123 4 and 5: zero octets at the end are left out, and there may be no prefix at all.
    assert_reads(
        "APL",
        "1:192.168.32.0/21 !1:192.168.38.0/28",
        b"\0\x01\x15\x03\xc0\xa8\x20\0\x01\x1c\x83\xc0\xa8\x26",
        "1:192.168.32.0/21 !1:192.168.38.0/28",
    );
    assert_reads(
        "APL",
        "2:FF00:0:0:0:0:0:0:0/8 1:0.0.0.0/0",
        b"\0\x02\x08\x01\xff\0\x01\0\0",
        "2:ff00::/8 1:0.0.0.0/0",
    );
    assert_eq!(scan(info("APL"), ""), b"");
    for wrong in [
        "192.0.2.0/24",
        "1:192.0.2.0",
        "1:192.0.2.0/33",
        "2:2001:db8::/129",
        "1:2001:db8::/32",
        "3:192.0.2.0/24",
        "!!1:192.0.2.0/24",
        "1:192.0.2.0/-1",
    ] {
        assert!(!takes_text("APL", wrong), "{wrong}");
    }
    // A zero octet at the end, too many octets, too many bits, and an address that is cut off.
    for wrong in [
        &b"\0\x01\x18\x04\xc0\0\x02\0"[..],
        b"\0\x01\x18\x05\xc0\0\x02\x01\x01",
        b"\0\x01\x21\x03\xc0\0\x02",
        b"\0\x02\x81\x01\xff",
        b"\0\x01\x18\x03\xc0\0",
        b"\0\x01\x18",
    ] {
        assert!(!takes_octets(Type::APL, wrong), "{wrong:02x?}");
    }
}

#[test]
fn gateways() {
    for (gateway, octets) in [
        ("0 2 .", &b"\0\x02"[..]),
        ("1 2 192.0.2.38", b"\x01\x02\xc0\0\x02\x26"),
        (
            "2 2 2001:db8::2",
            b"\x02\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02",
        ),
        ("3 2 Gw.example.", b"\x03\x02\x02Gw\x07example\0"),
    ] {
        // RFC 4025 3: the precedence before it, the key behind it.
        let ipseckey = [&[10], octets, &[1, 2, 3]].concat();
        let text = std::format!("10 {gateway} AQID");
        assert_reads("IPSECKEY", &text, &ipseckey, &text);
        // RFC 8777 4.3: precedence, D bit, kind.
        let (kind, place) = (octets[0], gateway.split(' ').nth(2).unwrap());
        for optional in [0, 1] {
            let amtrelay = [&[10, optional << 7 | kind], &octets[2..]].concat();
            let text = std::format!("10 {optional} {kind} {place}");
            assert_reads("AMTRELAY", &text, &amtrelay, &text);
        }
    }
    for wrong in [
        "10 4 2 . AQID",
        "10 0 2 192.0.2.38 AQID",
        "10 1 2 . AQID",
        "10 1 2 2001:db8::2 AQID",
        "10 2 2 192.0.2.38 AQID",
        "10 1 256 192.0.2.38 AQID",
    ] {
        assert!(!takes_text("IPSECKEY", wrong), "{wrong}");
    }
    for wrong in ["10 2 1 192.0.2.1", "10 0 4 x", "10 0 0 192.0.2.1", "10 0 1"] {
        assert!(!takes_text("AMTRELAY", wrong), "{wrong}");
    }
    // Where the key starts cannot be known behind a gateway of an unknown kind; an address may not be cut off, and a
    // name not be compressed.
    for wrong in [
        &b"\x0a\x04\x02\x01"[..],
        b"\x0a\x01\x02\xc0\0\x02",
        b"\x0a\x02\x02\xc0\0\x02\x01",
        b"\x0a\x03\x02\xc0\0",
    ] {
        assert!(!takes_octets(Type::IPSECKEY, wrong), "{wrong:02x?}");
    }
    // A relay of an unknown kind is carried (RFC 8777 4.2.3), and has no text but that of RFC 3597.
    assert!(takes_octets(Type::AMTRELAY, b"\x0a\x84\x01\x02"));
    assert_eq!(show(Type::AMTRELAY, b"\x0a\x84\x01\x02"), "\\# 4 0A840102");
    assert!(!takes_octets(Type::AMTRELAY, b"\x0a\x01\xc0\0\x02"));
    assert!(!takes_octets(Type::AMTRELAY, b"\x0a"));
}
