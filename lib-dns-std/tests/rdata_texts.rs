//! The text of data read by us, by BIND and by ldns: the same octets must come of it, type by type.

#[path = "peers/harness.rs"]
mod harness;

use harness::{find_or_skip, output_with};
use lib_dns_core::rr_data::{DataTokens, RData, TypeInfo};
use lib_dns_core::text::Tokens;
use lib_dns_core::wire::{Form, Writer};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

/// Texts beside the examples of the table: other ways to write the same, and what has several forms.
const MORE: &[(&str, &str)] = &[
    ("AAAA", "::ffff:192.0.2.1"),
    ("AAAA", "1:2:3:4:5:6:192.0.2.1"),
    ("AAAA", "0:0:0:0:0:0:0:0"),
    ("TXT", "unquoted"),
    ("TXT", r#""a\"b" "\000\255""#),
    ("TXT", r#"a\ b \"x\""#),
    ("TXT", r#""" """#),
    ("TXT", r#""semi;colon" "back\\slash""#),
    ("SOA", "ns.example. admin.example. 7 1h 15m 1W 1d12h"),
    ("MX", "0 ."),
    ("MX", r"65535 a\.b.Example."),
    ("NS", r"\000\255\@\(.example."),
    ("HINFO", "PDP-11 UNIX"),
    ("WKS", "192.0.2.1 17 53"),
    ("LOC", "52 N 4 E 10m"),
    (
        "LOC",
        "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
    ),
    (
        "LOC",
        "0 0 0.001 S 0 0 0.001 W 42849672.95m 90000000m 0m 1m",
    ),
    ("SRV", "0 0 0 ."),
    (
        "NAPTR",
        r#"100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.example."#,
    ),
    ("NAPTR", r#"0 0 "" "" "!^(.*)$!\\1!" ."#),
    ("CERT", "PGP 0 0 AQID"),
    ("CERT", "65535 1 RSASHA256 AQ ID"),
    (
        "DS",
        "1 RSASHA256 2 00112233445566778899AABBCCDDEEFF 00112233445566778899aabbccddeeff",
    ),
    ("CDS", "0 0 0 00"),
    ("DNSKEY", "257 3 8 AQ ID BA=="),
    (
        "DNSKEY",
        "256 3 ED25519 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
    ),
    ("CDNSKEY", "0 3 0 AA=="),
    (
        "RRSIG",
        "A 8 2 300 20260101000000 20250101000000 1 Example. AQID",
    ),
    ("RRSIG", "A 8 2 300 1767225600 1735689600 1 example. AQID"),
    (
        "RRSIG",
        "TYPE65280 ED25519 2 300 20260101000000 20250101000000 65535 example. AQ ID",
    ),
    ("NSEC", "a.example. A TYPE65534 TYPE256 TYPE255 NSEC"),
    (
        "NSEC3",
        "1 1 10 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG",
    ),
    ("NSEC3", "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR"),
    ("NSEC3PARAM", "1 0 0 -"),
    (
        "TLSA",
        "3 1 1 00112233445566778899AABBCCDDEEFF 00112233445566778899aabbccddeeff",
    ),
    ("SMIMEA", "0 0 0 AB cd"),
    (
        "SSHFP",
        "4 2 00112233445566778899AABBCCDDEEFF 00112233445566778899aabbccddeeff",
    ),
    ("IPSECKEY", "10 0 2 . AQID"),
    ("IPSECKEY", "10 1 2 192.0.2.1 AQ ID"),
    ("IPSECKEY", "10 2 2 2001:db8::1 AQID"),
    ("IPSECKEY", "10 3 2 Gw.example. AQID"),
    (
        "HIP",
        "2 200100107B1A74DF365639CC39F1D578 AQID rvs1.example. Rvs2.example.",
    ),
    ("SVCB", "1 . port=53 alpn=h2,h3"),
    ("SVCB", "0 alias.Example."),
    (
        "SVCB",
        r#"1 . alpn="h2,h3" no-default-alpn ipv4hint=192.0.2.1,192.0.2.2 ech=AQID ipv6hint=2001:db8::1"#,
    ),
    ("SVCB", "1 . mandatory=port,alpn alpn=h2 port=443"),
    ("SVCB", r#"1 . key667="hello\210qoo""#),
    ("SVCB", "1 . key667=hello"),
    ("SVCB", r#"16 foo.example. alpn="f\\\\oo\\,bar,h2""#),
    ("SVCB", r"16 foo.example. alpn=f\\\092oo\092,bar,h2"),
    ("SVCB", r#"1 . alpn=h2 dohpath="/dns-query{?dns}""#),
    ("HTTPS", r#"1 . ipv6hint="2001:db8::1,2001:db8::2""#),
    ("CAA", r#"0 issue "ca.example; a=b""#),
    ("CAA", "128 tbs Unknown"),
    ("CAA", "0 iodef mailto:x@example.com"),
    ("URI", r#"10 1 "ftp://ftp1.example.com/public;x""#),
    ("APL", "1:192.168.32.0/21 !1:192.168.38.0/28"),
    ("APL", "2:FF00:0:0:0:0:0:0:0/8 1:0.0.0.0/0"),
    ("APL", "1:0.0.0.0/32"),
    ("EUI48", "00-00-5E-00-53-2A"),
    ("EUI64", "00-00-5E-EF-10-00-00-2A"),
    ("NID", "10 0014:4fff:ff20:ee64"),
    ("L32", "10 10.1.2.0"),
    ("L64", "10 2001:0DB8:1140:1000"),
    ("CSYNC", "66 3 A NS AAAA"),
    ("OPENPGPKEY", "AQ ID"),
    ("DHCID", "AAIBY2/AuCccgoJbsaxcQc9T UapptP69lOjxfNuVAA2kjEA="),
    ("GPOS", "-32.6882 116.8652 10.0"),
    ("ISDN", "150862028003217"),
    ("ISDN", r#""150862028003217" "004""#),
    ("NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00"),
    ("EID", "E3 2C 6F 78"),
    ("NIMLOC", "32251A030067"),
    (
        "SOA",
        r"ns1.example. a\.b.example. 4294967295 3600 900 604800 0",
    ),
    (
        "SIG",
        "A 8 2 300 20260101000000 20250101000000 1 Example. AQID",
    ),
    (
        "ZONEMD",
        "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE 7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE",
    ),
];

/// What another program reads in its own way, and why we do not.
struct Excuse {
    program: &'static str,
    mnemonic: &'static str,
    /// The text, or nothing for all of the type.
    text: &'static str,
    #[allow(dead_code, reason = "for those who read the list")]
    reason: &'static str,
}

const fn excuse(mnemonic: &'static str, text: &'static str, reason: &'static str) -> Excuse {
    Excuse {
        program: "ldns-read-zone",
        mnemonic,
        text,
        reason,
    }
}

const EXCUSES: &[Excuse] = &[
    excuse("NSAP-PTR", "", "RFC 1706 6: a name, not a string"),
    excuse(
        "ATMA",
        "",
        "ATM Forum, 2.1: the format stands before the address",
    ),
    excuse(
        "KEY",
        "49152 3 0",
        "RFC 2535 3.1.2, 7.1: without a key there is none to write",
    ),
    excuse(
        "IPSECKEY",
        "10 1 2 192.0.2.1 AQ ID",
        "RFC 4025 3.1: blanks may stand in base64",
    ),
    excuse(
        "CAA",
        "128 tbs Unknown",
        "RFC 8659 4.1.1: quotes are needed for blanks only",
    ),
    excuse(
        "CAA",
        "0 iodef mailto:x@example.com",
        "RFC 8659 4.1.1: as above",
    ),
    excuse(
        "SVCB",
        r#"16 foo.example. alpn="f\\\\oo\\,bar,h2""#,
        "RFC 9460 A.1, D.2: the list's escapes are within the string's",
    ),
    excuse(
        "SVCB",
        r"16 foo.example. alpn=f\\\092oo\092,bar,h2",
        "RFC 9460 A.1, D.2: as above",
    ),
];

/// All texts, each with its type.
fn texts() -> Vec<(&'static TypeInfo, &'static str)> {
    let rows = RData::TYPES.iter();
    let examples = rows.flat_map(|info| info.examples.iter().map(move |text| (info, *text)));
    let more = MORE.iter().map(|(mnemonic, text)| {
        let info = TypeInfo::of_mnemonic(mnemonic.as_bytes()).expect("a type of the table");
        (info, *text)
    });
    // What stands in messages only has no text elsewhere.
    examples
        .chain(more)
        .filter(|(info, _)| !info.rtype.is_meta())
        .collect()
}

/// The octets that we make of a text.
fn ours(info: &TypeInfo, text: &str) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    let scanned = (info.scan)(&mut tokens, &mut writer);
    scanned.unwrap_or_else(|error| panic!("{} {text}: {error}", info.mnemonic));
    tokens.finish().unwrap();
    writer.written().to_vec()
}

/// The octets of a line that a program prints as `\# length octets` (RFC 3597 5); `None` if it prints none.
fn octets_of(said: &str) -> Option<Vec<u8>> {
    let (_, generic) = said.split_once("\\# ")?;
    let mut words = generic.split_whitespace();
    let length: usize = words.next()?.parse().ok()?;
    let digits: String = words.take_while(|word| !word.starts_with(';')).collect();
    let pairs = digits.as_bytes().chunks(2);
    let octets = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let octets: Vec<u8> = octets.collect::<Option<_>>()?;
    (octets.len() == length).then_some(octets)
}

/// Holds what a program makes of all texts against what we make of them.
fn compare(
    program: &str,
    knows: impl Fn(&TypeInfo) -> bool,
    read: impl Fn(&TypeInfo, &str) -> (Option<Vec<u8>>, String),
) {
    let (mut differences, mut compared) = (String::new(), BTreeSet::new());
    for (info, text) in texts() {
        if !knows(info) {
            continue;
        }
        let is_excused = EXCUSES.iter().any(|excuse| {
            excuse.program == program
                && excuse.mnemonic == info.mnemonic
                && (excuse.text.is_empty() || excuse.text == text)
        });
        if is_excused {
            continue;
        }
        let ours = ours(info, text);
        let (theirs, said) = read(info, text);
        if theirs.as_ref() != Some(&ours) {
            let _ = writeln!(
                differences,
                "{} {text}\n  ours:   {ours:02x?}\n  theirs: {}",
                info.mnemonic,
                said.trim()
            );
        }
        compared.insert(info.rtype.0);
    }
    assert!(differences.is_empty(), "{program}:\n{differences}");
    println!("{program}: {} types", compared.len());
    assert!(compared.len() > 60, "{program}: {compared:?}");
}

#[test]
fn bind_reads_the_same() {
    let program = "named-rrchecker";
    if find_or_skip(program).is_none() {
        return;
    }
    let list = output_with(Command::new(program).arg("-T"), "").unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let known: BTreeSet<&str> = list.split_whitespace().collect();
    compare(
        program,
        |info| known.contains(info.mnemonic),
        |info, text| {
            let line = format!("IN {} {text}\n", info.mnemonic);
            let output = output_with(Command::new(program).arg("-u"), &line).unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            (octets_of(&said), said)
        },
    );
}

/// Types that ldns of Debian 12 does not know, or cannot read the text of.
const NOT_IN_LDNS: &[&str] = &[
    "NXT", "A6", "SINK", "NINFO", "RKEY", "DSYNC", "AVC", "DOA", "AMTRELAY", "RESINFO", "WALLET",
    "TA",
];

#[test]
fn ldns_reads_the_same() {
    let program = "ldns-read-zone";
    if find_or_skip(program).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.zone");
    compare(
        program,
        |info| info.rtype.0 < 65_280 && !NOT_IN_LDNS.contains(&info.mnemonic),
        |info, text| {
            let line = format!("r.example. 300 IN {} {text}\n", info.mnemonic);
            fs::write(&file, line).unwrap();
            let mut command = Command::new(program);
            // All but one type that is not there.
            command.args(["-U", "TYPE0"]).arg(&file);
            let output = output_with(&mut command, "").unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            (octets_of(&said), said)
        },
    );
}
