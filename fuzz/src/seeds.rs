//! Seeds that are made instead of caught: known attacks on parsers of DNS.

use super::message_seeds;
use lib_dns_core::code_points::{Class, DaoKey, EconKey, EndpointKind, ProofSystem, Web4Key};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::RData;

/// The targets that have seeds here.
pub const TARGETS: [&str; 15] = [
    "answer",
    "cache",
    "edns",
    "ixfr",
    "key_files",
    "message",
    "name",
    "node",
    "rebuild",
    "recovery",
    "resolve",
    "tsig",
    "update_control",
    "zone_image",
    "zone_text",
];

/// The seeds of a target, each with a file name.
pub fn made_for(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "answer" => queries(),
        "cache" => super::operations::seeds(1500),
        "edns" => message_seeds::options()
            .map(|(name, octets)| seed(name, octets))
            .to_vec(),
        "ixfr" => super::ixfr::seeds()
            .into_iter()
            .map(|(name, octets)| seed(name, octets))
            .collect(),
        "key_files" => super::key_files::seeds()
            .into_iter()
            .map(|(name, text)| seed(name, text))
            .collect(),
        "message" | "rebuild" => message_seeds::all(),
        "name" => names(),
        "node" | "recovery" | "resolve" | "update_control" => super::operations::seeds(1000),
        "tsig" => super::tsig::seeds(),
        "zone_image" => super::zone_image::seeds()
            .into_iter()
            .map(|(name, octets)| seed(name, octets))
            .collect(),
        "zone_text" => zone_texts(),
        _ => Vec::new(),
    }
}

/// All files that code makes, each with its path in the fuzz crate: the seeds, and a dictionary.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let seeds = TARGETS.into_iter().flat_map(|target| {
        let made = made_for(target).into_iter();
        made.map(move |(name, octets)| (format!("seeds/{target}/{name}"), octets))
    });
    let words = words_of_zone_text().into_bytes();
    seeds
        .chain([("zone_text.dict".to_owned(), words)])
        .collect()
}

fn seed(name: impl Into<String>, octets: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.into(), octets.as_ref().to_vec())
}

/// A message of `octets` behind a header of zeros, whose name starts at `at`.
fn name_in_message(at: u8, octets: &[u8]) -> Vec<u8> {
    [&[at], &[0; 12][..], octets].concat()
}

fn names() -> Vec<(String, Vec<u8>)> {
    let label_of_63 = [&[63][..], &[b'a'; 63]].concat();
    let mut chain = vec![0];
    for at in 12..100u8 {
        chain.extend([0xc0, if at == 12 { 12 } else { 13 + (at - 13) * 2 }]);
    }
    vec![
        seed(
            "plain",
            name_in_message(12, b"\x03www\x07example\x00\x03WWW\xc0\x10"),
        ),
        seed(
            "compressed",
            name_in_message(25, b"\x03www\x07example\x00\x04mail\xc0\x10\xc0\x19"),
        ),
        seed("pointer-to-itself", name_in_message(12, b"\xc0\x0c")),
        seed(
            "pointers-to-each-other",
            name_in_message(14, b"\xc0\x0e\xc0\x0c"),
        ),
        seed("pointer-forward", name_in_message(12, b"\xc0\x0e\x00")),
        seed(
            "pointer-into-its-own-run",
            name_in_message(12, b"\x01a\xc0\x0c"),
        ),
        seed(
            "pointer-into-the-header",
            name_in_message(13, b"\x00\xc0\x04"),
        ),
        seed(
            "run-into-the-next",
            name_in_message(16, b"\x05abc\x01x\xc0\x0c"),
        ),
        seed("chain-of-pointers", name_in_message(99, &chain)),
        seed(
            "300-octets",
            name_in_message(12, &[label_of_63.repeat(4), vec![43; 44], vec![0]].concat()),
        ),
        seed(
            "255-octets",
            name_in_message(
                12,
                &[label_of_63.repeat(3), vec![61; 62], vec![0, 0xc0, 12]].concat(),
            ),
        ),
        seed("label-types", name_in_message(12, b"\x40a\x80a")),
        seed("cut", name_in_message(12, b"\x05abc")),
        seed(
            "odd-octets",
            name_in_message(
                12,
                b"\x05a\x00\x01.\xff\x01*\x00\x05A\x00\x01.\xff\x01*\x00",
            ),
        ),
        seed("text", b"www.example."),
        seed("text-of-escapes", br#"xa\.b.c\032d\001.\@.\"\;"#),
        seed("text-of-bad-escapes", br"xa\300.b\25"),
        seed("text-of-empty-labels", b"xa..b"),
        seed(
            "text-too-long",
            [vec![b'x'], b"abcdefg.".repeat(33)].concat(),
        ),
    ]
}

/// Text behind the length of the pieces in which it is read.
fn text(piece: u8, text: impl AsRef<[u8]>) -> Vec<u8> {
    [&[piece], text.as_ref()].concat()
}

fn zone_texts() -> Vec<(String, Vec<u8>)> {
    let mut seeds = vec![
        seed(
            "sovereign",
            text(200, include_bytes!("../../examples/zones/sovereign.zone")),
        ),
        seed(
            "mesh",
            text(200, include_bytes!("../../examples/zones/mesh.zone")),
        ),
        seed(
            "left-out",
            text(
                1,
                "$TTL 1h30m\n@ SOA a b 1 2 3 4 5\n NS a\n\n\tIN 5 A 192.0.2.1\nx 2D IN A 192.0.2.2\n",
            ),
        ),
        seed(
            "origins",
            text(
                3,
                "$ORIGIN a.\nb 1 NS c\n$ORIGIN d\n@ 1 NS @\ne. 1 NS f\\.g\n",
            ),
        ),
        seed(
            "include",
            text(
                7,
                "$INCLUDE file.zone\n$INCLUDE \"a b\" sub\nx 1 A 192.0.2.1\n",
            ),
        ),
        seed(
            "generate",
            text(
                9,
                "$TTL 1\n$GENERATE 0-20/5 h${0,3,x} A 192.0.2.$\n$GENERATE 1-3 \\$$ TXT \"${-1}\"\n",
            ),
        ),
        seed(
            "generate-too-many",
            text(255, "$GENERATE 0-4294967295 a 1 A 192.0.2.1\n"),
        ),
        seed(
            "parentheses",
            text(2, "a 1 ( MX ; x\n 10 ( m ) )\nb 1 TXT \"(\" ; )\n"),
        ),
        seed(
            "parentheses-too-deep",
            text(50, ["(".repeat(20), ")".repeat(20)].concat()),
        ),
        seed(
            "strings",
            text(
                11,
                "a 1 TXT \"\" \"a b\" c\\ d \"\\\"\\\\\" \\000\\255 \"e;\"\n",
            ),
        ),
        seed(
            "string-over-255",
            text(64, ["a 1 TXT ", &"x".repeat(256), "\n"].concat()),
        ),
        seed(
            "escaped-line-end",
            text(4, "a 1 TXT \"b\\\nc\"\na\\\n 1 A 192.0.2.1\n"),
        ),
        seed(
            "crlf-and-no-final-newline",
            text(5, "a 1 A 192.0.2.1\r\nb 1 A 192.0.2.2"),
        ),
        seed("byte-order-mark", text(6, "\u{feff}a 1 A 192.0.2.1\n")),
        seed("unclosed", text(8, "a 1 TXT \"b\nc 1 A ( 192.0.2.1\n")),
        seed(
            "generic-data",
            text(
                10,
                "a 1 TYPE65280 \\# 3 c0 FF ee\na 1 A \\# 4 C0000201\na 1 TYPE1 192.0.2.1\na 1 CLASS1 A \\# 3 c00002\n",
            ),
        ),
        seed(
            "ttl-too-large",
            text(
                12,
                "a 4294967296 A 192.0.2.1\na 2147483648 A 192.0.2.1\na 99999w A 192.0.2.1\n",
            ),
        ),
    ];
    for info in RData::TYPES {
        let lines = info
            .examples
            .iter()
            .map(|data| format!("a 1 {} {data}\n", info.mnemonic));
        seeds.push(seed(
            format!("type-{}", info.mnemonic),
            text(40, lines.collect::<String>()),
        ));
    }
    seeds
}

/// Words that the fuzzer puts into zone text, in the form of libFuzzer's dictionaries.
pub fn words_of_zone_text() -> String {
    let types = RData::TYPES.iter().map(|info| info.mnemonic);
    let classes = Class::ASSIGNED.iter().map(|(_, mnemonic)| *mnemonic);
    let others = [
        "$ORIGIN",
        "$TTL",
        "$INCLUDE",
        "$GENERATE",
        "@",
        "TYPE65280",
        "CLASS1",
        "\\\\#",
        "\\\"",
        "\\x0a",
        "\\x0d\\x0a",
        "; ",
        " ( ",
        " ) ",
        "\\\\000",
        "\\\\.",
        "1h30m",
        "2147483647",
        "example.",
        "192.0.2.1",
        "2001:db8::1",
        "${0,3,d}",
        "20261123000000",
        "alpn=h2,h3",
        "key65280=\\\"x\\\"",
        "sha2-256:",
        "[2001:db8::1]:53",
        "share=\\\"7000 a.\\\"",
        "item200=CAFE",
    ];
    let endpoints = EndpointKind::ASSIGNED.iter().map(|(_, name)| *name);
    let proofs = ProofSystem::ASSIGNED.iter().map(|(_, name)| *name);
    let economy = EconKey::ASSIGNED.iter().map(|(_, name)| *name);
    let decisions = DaoKey::ASSIGNED.iter().map(|(_, name)| *name);
    let registrations = Web4Key::ASSIGNED.iter().map(|(_, name)| *name);
    types
        .chain(classes)
        .chain(endpoints)
        .chain(proofs)
        .chain(economy)
        .chain(decisions)
        .chain(registrations)
        .chain(others)
        .map(|word| format!("\"{word}\"\n"))
        .collect()
}

/// Queries, plain and with OPT, for names that make each kind of answer.
fn queries() -> Vec<(String, Vec<u8>)> {
    const NAMES: [&str; 12] = [
        "alice.sovereign.",
        "_zhtp._quic.alice.sovereign.",
        "none.sovereign.",
        "www.nsec.example.",
        "none.nsec.example.",
        "www.nsec3.example.",
        "none.nsec3.example.",
        "x.in-domain.delegation.test.",
        "secure.delegation.test.",
        "a.b.dname.test.",
        "host1.wildcard.test.",
        "version.bind.",
    ];
    let mut seeds = message_seeds::all();
    for name in NAMES {
        let owner = NameBuf::from_text(name).unwrap_or_default();
        let mut query = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0".to_vec();
        query.extend(owner.as_bytes());
        query.extend(if name == "version.bind." {
            [0, 16, 0, 3]
        } else {
            [0, 255, 0, 1]
        });
        seeds.push(seed(name, &query));
        query[11] = 1;
        query.extend(b"\0\0\x29\x04\xd0\0\0\x80\0\0\x04\0\x03\0\0");
        seeds.push(seed(format!("{name}signed"), query));
    }
    seeds
}
