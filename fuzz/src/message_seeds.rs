//! Messages as seeds: real ones, one for each record type, and attacks.

use lib_dns_core::rr_data::{DataTokens, RData, TypeInfo};
use lib_dns_core::text::Tokens;
use lib_dns_core::wire::{Form, Writer};

/// A seed's file name and octets.
pub type Seed = (String, Vec<u8>);

/// `www.example. A IN`, at offset 12.
const QUESTION: &[u8] = b"\x03www\x07example\x00\x00\x01\x00\x01";

/// An OPT record's owner and type, the UDP size 1232, and version 0 with DO.
const OPT: &[u8] = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00";

/// Every message.
pub fn all() -> Vec<Seed> {
    let mut seeds = vec![
        seed(
            "query-with-cookie",
            include_bytes!("../../benches/data/a.bin"),
        ),
        seed("response", include_bytes!("../../benches/data/b.bin")),
        seed(
            "signed-response",
            include_bytes!("../../benches/data/c.bin"),
        ),
        seed(
            "self-pointer",
            b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01",
        ),
        seed(
            "edns-length-0xfffe",
            message([1, 0, 0, 1], &[OPT, b"\xff\xfe\x00\x0a\xff\xfe"].concat()),
        ),
        seed(
            "option-length-0xfffe",
            message([1, 0, 0, 1], &[OPT, b"\x00\x04\x00\x0a\xff\xfe"].concat()),
        ),
        seed(
            "opt-twice",
            message([1, 0, 0, 2], &[OPT, b"\x00\x00", OPT, b"\x00\x00"].concat()),
        ),
        seed(
            "opt-in-the-answer",
            message([1, 1, 0, 0], &[OPT, b"\x00\x00"].concat()),
        ),
        seed(
            "opt-below-the-root",
            message([1, 0, 0, 1], &[b"\x01a", OPT, b"\x00\x00"].concat()),
        ),
        seed(
            "opt-with-a-high-rcode",
            message(
                [1, 0, 0, 1],
                b"\x00\x00\x29\x04\xd0\x01\x00\x80\x00\x00\x00",
            ),
        ),
        seed(
            "tsig-not-last",
            message(
                [1, 0, 0, 2],
                &[&record(250, &[0; 26])[..], &record(1, &[192, 0, 2, 1])].concat(),
            ),
        ),
        seed("counts-without-records", message([65535; 4], b"")),
        seed("octets-left-over", message([1, 0, 0, 0], b"\x00")),
        seed(
            "data-cut",
            message(
                [1, 1, 0, 0],
                b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x01\x00\x09\x03abc",
            ),
        ),
        seed(
            "data-left-over",
            message([1, 1, 0, 0], &record(1, &[192, 0, 2, 1, 0])),
        ),
        seed(
            "ttl-with-the-high-bit",
            message(
                [1, 1, 0, 0],
                b"\xc0\x0c\x00\x01\x00\x01\xff\xff\xff\xff\x00\x04\xc0\x00\x02\x01",
            ),
        ),
        seed(
            "update-without-data",
            message(
                [1, 1, 0, 0],
                b"\xc0\x0c\x00\x01\x00\xff\x00\x00\x00\x00\x00\x00",
            ),
        ),
        seed(
            "srv-with-a-pointer",
            message(
                [1, 1, 0, 0],
                &record(33, b"\x00\x01\x00\x02\x00\x03\xc0\x0c"),
            ),
        ),
        seed("header-alone", [0; 12]),
        seed("header-cut", [0; 11]),
        seed(
            "status-query",
            b"\x00\x01\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        ),
        seed(
            "response-as-query",
            b"\x00\x01\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01",
        ),
    ];
    for info in RData::TYPES {
        let records: Vec<_> = data_of(info)
            .iter()
            .map(|data| record(info.rtype.0, data))
            .collect();
        let octets = message([1, records.len() as u16, 0, 0], &records.concat());
        seeds.push(seed(format!("type-{}", info.mnemonic), octets));
    }
    for (name, options) in options() {
        let len = (options.len() as u16).to_be_bytes();
        seeds.push(seed(
            format!("option-{name}"),
            message([1, 0, 0, 1], &[OPT, &len, options].concat()),
        ));
    }
    seeds
}

/// The data of OPT records: options of all kinds, and such that are none.
pub fn options() -> [(&'static str, &'static [u8]); 18] {
    [
        ("nsid", b"\x00\x03\x00\x03abc"),
        (
            "dau-dhu-n3u",
            b"\x00\x05\x00\x02\x08\x0d\x00\x06\x00\x01\x02\x00\x07\x00\x01\x01",
        ),
        ("subnet", b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\x00\x02"),
        ("subnet-too-long", b"\x00\x08\x00\x05\x00\x01\xff\xff\x01"),
        ("expire", b"\x00\x09\x00\x04\x00\x00\x0e\x10"),
        ("cookie", b"\x00\x0a\x00\x1012345678abcdefgh"),
        ("cookie-too-short", b"\x00\x0a\x00\x07\x31234567"),
        ("keepalive", b"\x00\x0b\x00\x02\x00\x64\x00\x0b\x00\x00"),
        ("padding", b"\x00\x0c\x00\x04\x00\x00\x00\x01"),
        ("chain", b"\x00\x0d\x00\x09\x07example\x00"),
        ("key-tag", b"\x00\x0e\x00\x04\x4f\x66\x99\x3c"),
        ("key-tag-odd", b"\x00\x0e\x00\x03\x4f\x66\x99"),
        ("extended-error", b"\x00\x0f\x00\x07\x00\x03stale"),
        ("report-channel", b"\x00\x12\x00\x09\x07example\x00"),
        (
            "zone-version",
            b"\x00\x13\x00\x06\x01\x00\x00\x00\x00\x01\x00\x13\x00\x00",
        ),
        (
            "further-types",
            b"\x00\x14\x00\x04\x00\x01\x00\x1c\x00\x02\x00\x08\x00\x00\x00\x01\x00\x00\x00\x02",
        ),
        (
            "zdns",
            b"\xff\x49\x00\x00\xff\x49\x00\x05\x01\x00\x01\x01\x00",
        ),
        ("unknown-and-cut", b"\xfe\x00\x00\x01x\x00\x03\x00\x09abc"),
    ]
}

fn seed(name: impl Into<String>, octets: impl AsRef<[u8]>) -> Seed {
    (name.into(), octets.as_ref().to_vec())
}

/// A response with one question and these counts.
fn message(counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
    let mut octets = b"\x01\x00\x84\x00".to_vec();
    for count in counts {
        octets.extend(count.to_be_bytes());
    }
    octets.extend(QUESTION);
    octets.extend(rest);
    octets
}

/// A record of the name that is asked for.
fn record(rtype: u16, data: &[u8]) -> Vec<u8> {
    let mut octets = b"\xc0\x0c".to_vec();
    octets.extend(rtype.to_be_bytes());
    octets.extend([0, 1, 0, 0, 1, 44]);
    octets.extend((data.len() as u16).to_be_bytes());
    octets.extend(data);
    octets
}

/// What the examples of the table are on the wire.
fn data_of(info: &TypeInfo) -> Vec<Vec<u8>> {
    let scan = |text: &&str| {
        let mut buffer = [0; 4096];
        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
        let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
        (info.scan)(&mut tokens, &mut writer).ok()?;
        Some(writer.written().to_vec())
    };
    info.examples.iter().filter_map(scan).collect()
}
