//! `zdns zone check` beside the checkers of other servers, on good and on bad zone files.

#[path = "peers/harness.rs"]
mod harness;

use harness::find_or_skip;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that checks zone files.
struct Checker {
    program: &'static str,
    arguments: &'static [&'static str],
    /// Does it look at what a zone means, too?
    meaning: bool,
}

const CHECKERS: [Checker; 4] = [
    Checker {
        program: "named-checkzone",
        arguments: &["-q", "-i", "local", "example."],
        meaning: true,
    },
    Checker {
        program: "kzonecheck",
        arguments: &["-o", "example."],
        meaning: true,
    },
    Checker {
        program: "nsd-checkzone",
        arguments: &["example."],
        meaning: false,
    },
    Checker {
        program: "ldns-read-zone",
        arguments: &[],
        meaning: false,
    },
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Good,
    /// The text breaks a rule.
    BadText,
    /// The text is right, but the zone makes no sense.
    BadMeaning,
}

/// Where the zone of a case stands.
#[derive(Clone, Copy)]
enum Place {
    /// Behind an apex that is right.
    Behind,
    /// All of it is in the case.
    Whole,
}

struct Case {
    verdict: Verdict,
    place: Place,
    zone: &'static str,
}

const APEX: &str =
    "$ORIGIN example.\n$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n";

/// Stands for a string that is an octet too long.
const LONG: &str = "LONG";

const fn case(verdict: Verdict, zone: &'static str) -> Case {
    Case {
        verdict,
        place: Place::Behind,
        zone,
    }
}

const fn whole(verdict: Verdict, zone: &'static str) -> Case {
    Case {
        verdict,
        place: Place::Whole,
        zone,
    }
}

impl Case {
    fn text(&self) -> String {
        let zone = self.zone.replace(LONG, &"x".repeat(256));
        match self.place {
            Place::Behind => format!("{APEX}{zone}\n"),
            Place::Whole => zone,
        }
    }
}

const CASES: &[Case] = {
    use Verdict::{BadMeaning, BadText, Good};
    &[
        // How entries are written (RFC 1035 5.1).
        case(Good, ""),
        case(Good, "a 1h30m IN A 192.0.2.1\n IN 7 A 192.0.2.2"),
        case(
            Good,
            "a TXT ( \"x;y\" ; comment\n z )\n\\097\\.b A 192.0.2.1",
        ),
        case(Good, "a A 192.0.2.1 ; no end of line behind"),
        case(Good, "; a comment\n\n   \n\t; another\na A 192.0.2.1"),
        case(Good, "a in a 192.0.2.1\nb In TxT x"),
        case(Good, "a A 192.0.2.1\n\tTXT tab\n  AAAA ::1"),
        case(Good, "a (\n300 IN\n A\n 192.0.2.1 )"),
        case(
            Good,
            "$TTL 1d\na A 192.0.2.1\n$TTL 1w2d3h4m5s\nb A 192.0.2.1",
        ),
        case(Good, RELATIVE_ORIGIN),
        case(Good, "a 0 A 192.0.2.1\nb 2147483647 A 192.0.2.1"),
        case(Good, "\\@ A 192.0.2.1\na\\ b TXT x\n\\(\\) A 192.0.2.1"),
        case(Good, "a TXT \"\" \"with \\\"quotes\\\"\" \\059 a\\\\b"),
        case(Good, GENERATED),
        whole(Good, OTHER_LINE_ENDS),
        whole(
            Good,
            "example. 300 IN SOA ns1.example. admin.example. (1\n2\n3\n4\n5)\nexample. 300 IN NS ns1.example.\nns1.example. 300 IN A 192.0.2.1",
        ),
        // Data.
        case(Good, "a TYPE65280 \\# 2 0A0B\nb TYPE1 \\# 4 C0000201"),
        case(Good, "a MX 0 .\nb SRV 0 0 0 ."),
        case(
            Good,
            "a CAA 0 issue \"ca.example\"\nb SSHFP 1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac",
        ),
        case(Good, "a HTTPS 1 . alpn=h2,h3 port=8443\nb SVCB 0 a"),
        case(
            Good,
            "a LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
        ),
        case(
            Good,
            "a NAPTR 100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp\n_sip._udp SRV 1 2 5060 ns1",
        ),
        case(
            Good,
            "a TLSA 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
        ),
        case(
            Good,
            "a EUI48 00-00-5e-00-53-2a\nb EUI64 00-00-5e-ef-10-00-00-2a\nc URI 10 1 \"ftp://a.example/b\"",
        ),
        case(
            Good,
            "a DS 60485 8 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a\na NS ns1",
        ),
        // What zones mean.
        case(
            Good,
            "sub NS ns.sub\nns.sub A 192.0.2.9\n*.w MX 10 ns1\nr PTR .",
        ),
        case(Good, "d DNAME other.test.\na.b.c A 192.0.2.1"),
        case(Good, "a A 192.0.2.1\na A 192.0.2.2\nA AAAA ::1"),
        // Bad text.
        case(BadText, "a A 192.0.2.256"),
        case(BadText, "a A 192.0.2"),
        case(BadText, "a A"),
        case(BadText, "a A 192.0.2.1 extra"),
        case(BadText, "a AAAA fd00:mesh:1::5"),
        case(BadText, "a AAAA 1:2:3:4:5:6:7:8:9"),
        case(BadText, "a AAAA 1::2::3"),
        case(BadText, "a NOTYPE x"),
        case(BadText, "a IN"),
        case(BadText, "a MX mail"),
        case(BadText, "a MX 65536 mail"),
        case(BadText, "a MX -1 mail"),
        case(BadText, "a SRV 1 2 mail"),
        case(BadText, "a TXT \"never closed"),
        case(BadText, "a TXT ( never closed"),
        case(BadText, "a TXT closed )"),
        case(BadText, "a TXT"),
        case(BadText, "a TYPE65280 \\# 3 0A0B"),
        case(BadText, "a TYPE65280 \\# 1 0A0B"),
        case(BadText, "a TYPE65280 \\# 2 0A0G"),
        case(BadText, "a TYPE65280 0A0B"),
        case(BadText, "a A \\# 3 C00002"),
        case(BadText, "a TYPE65536 \\# 0"),
        case(
            BadText,
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx A 192.0.2.1",
        ),
        case(BadText, "a TXT LONG"),
        case(BadText, "a..b A 192.0.2.1"),
        case(BadText, ".a A 192.0.2.1"),
        case(BadText, "\\256 A 192.0.2.1"),
        case(BadText, "a\\25 A 192.0.2.1"),
        case(BadText, "a 99999999999 A 192.0.2.1"),
        case(BadText, "a 1x A 192.0.2.1"),
        case(BadText, "$TTL\na A 192.0.2.1"),
        case(BadText, "$TTL never\na A 192.0.2.1"),
        case(BadText, "$ORIGIN\na A 192.0.2.1"),
        case(BadText, "$ORIGIN a..b\na A 192.0.2.1"),
        case(BadText, "$UNKNOWN x\na A 192.0.2.1"),
        case(BadText, "$INCLUDE nothing-of-this-name.zone"),
        case(BadText, "$INCLUDE"),
        case(BadText, "$GENERATE 3-1 a$ A 192.0.2.$"),
        case(BadText, "$GENERATE 1-300 a$ A 192.0.2.$"),
        case(BadText, "$GENERATE x a$ A 192.0.2.$"),
        case(BadText, SHORT_DIGEST),
        case(BadText, "a DS 60485 8 2 nothex"),
        case(BadText, "a DNSKEY 256 3 8 !!!"),
        case(BadText, "a CAA 256 issue x"),
        case(BadText, "a LOC 91 0 0 N 4 53 32 E 0m"),
        case(BadText, "a EUI48 00-00-5e-00-53"),
        case(BadText, "a HTTPS 1 . port=99999"),
        case(BadText, "a SVCB 1 . alpn=h2 alpn=h3"),
        case(BadText, "a SVCB 1 . mandatory=port"),
        case(BadText, "a CH TXT x"),
        case(BadText, "a OPT \\# 0"),
        case(BadText, "a SSHFP 1 1 xyz"),
        // Bad zones.
        case(BadMeaning, "a CNAME ns1\na A 192.0.2.1"),
        case(BadMeaning, "a CNAME ns1\na CNAME ns2"),
        case(BadMeaning, "sub NS ns.sub"),
        case(BadMeaning, "d DNAME a.test.\nd DNAME b.test."),
        case(BadMeaning, "a.other. A 192.0.2.1"),
        case(BadMeaning, "sub SOA ns1 admin 1 2 3 4 5"),
        case(BadMeaning, "@ SOA ns1 admin 2 2 3 4 5"),
        case(BadMeaning, "@ CNAME ns1"),
        whole(
            BadMeaning,
            "$ORIGIN example.\n@ 300 SOA ns1 admin 1 2 3 4 5\nns1 300 A 192.0.2.1\n",
        ),
        whole(
            BadMeaning,
            "$ORIGIN example.\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n",
        ),
        whole(
            BadMeaning,
            "$ORIGIN example.\n@ 300 SOA ns1 admin 1 2 3 4 5\n@ 300 NS ns1\n",
        ),
        whole(
            BadMeaning,
            "$ORIGIN example.\n@ 300 SOA ns1 admin 1 2 3 4 5\n@ 300 NS ns1\nns1 300 CNAME a\na 300 A 192.0.2.1\n",
        ),
        whole(BadMeaning, ""),
    ]
};

/// Where a checker is known to judge a case otherwise, and why we do not follow.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "ldns-read-zone",
        "a 1h30m IN A 192.0.2.1\n IN 7 A 192.0.2.2",
        "RFC 1035 5.1: TTL and class in either order",
    ),
    ("kzonecheck", RELATIVE_ORIGIN, RELATIVE),
    ("nsd-checkzone", RELATIVE_ORIGIN, RELATIVE),
    ("kzonecheck", GENERATED, "it knows no $GENERATE"),
    ("nsd-checkzone", GENERATED, "it knows no $GENERATE"),
    ("ldns-read-zone", GENERATED, "it knows no $GENERATE"),
    (
        "kzonecheck",
        OTHER_LINE_ENDS,
        "text that was written on other systems is common",
    ),
    ("nsd-checkzone", "a MX 65536 mail", SIXTEEN_BITS),
    ("ldns-read-zone", "a MX 65536 mail", SIXTEEN_BITS),
    ("nsd-checkzone", "a MX -1 mail", SIXTEEN_BITS),
    ("ldns-read-zone", "a MX -1 mail", SIXTEEN_BITS),
    ("ldns-read-zone", "a TXT \"never closed", UNFINISHED),
    ("nsd-checkzone", "a TXT ( never closed", UNFINISHED),
    ("ldns-read-zone", "a TXT ( never closed", UNFINISHED),
    ("ldns-read-zone", "a TXT closed )", UNFINISHED),
    ("nsd-checkzone", "a TYPE65280 \\# 3 0A0B", GENERIC),
    ("nsd-checkzone", "a TYPE65280 \\# 1 0A0B", GENERIC),
    ("ldns-read-zone", "a TYPE65280 \\# 2 0A0G", GENERIC),
    (
        "kzonecheck",
        "a A \\# 3 C00002",
        "RFC 3597 5: data of a known type must be such data",
    ),
    (
        "ldns-read-zone",
        "a TYPE65536 \\# 0",
        "RFC 1035 3.2.1: a type has 16 bits",
    ),
    (
        "kzonecheck",
        "a TXT LONG",
        "RFC 1035 3.3: a string has at most 255 octets, and none is cut in two silently",
    ),
    ("kzonecheck", "\\256 A 192.0.2.1", ESCAPE),
    ("nsd-checkzone", "\\256 A 192.0.2.1", ESCAPE),
    ("nsd-checkzone", "a\\25 A 192.0.2.1", ESCAPE),
    ("nsd-checkzone", "a 99999999999 A 192.0.2.1", TIME_TO_LIVE),
    ("ldns-read-zone", "a 99999999999 A 192.0.2.1", TIME_TO_LIVE),
    ("ldns-read-zone", "a 1x A 192.0.2.1", TIME_TO_LIVE),
    ("ldns-read-zone", "$TTL never\na A 192.0.2.1", TIME_TO_LIVE),
    (
        "ldns-read-zone",
        "$UNKNOWN x\na A 192.0.2.1",
        "RFC 1035 5.1: $ starts a control entry",
    ),
    ("nsd-checkzone", SHORT_DIGEST, DIGEST),
    ("ldns-read-zone", SHORT_DIGEST, DIGEST),
    (
        "nsd-checkzone",
        "a CAA 256 issue x",
        "RFC 8659 4.1: flags have 8 bits",
    ),
    (
        "nsd-checkzone",
        "a LOC 91 0 0 N 4 53 32 E 0m",
        "RFC 1876 3: 90 degrees are the pole",
    ),
    (
        "ldns-read-zone",
        "a LOC 91 0 0 N 4 53 32 E 0m",
        "RFC 1876 3: 90 degrees are the pole",
    ),
    ("ldns-read-zone", "a HTTPS 1 . port=99999", SIXTEEN_BITS),
    (
        "ldns-read-zone",
        "a SVCB 1 . alpn=h2 alpn=h3",
        "RFC 9460 2.1: a key stands once",
    ),
    (
        "ldns-read-zone",
        "a SVCB 1 . mandatory=port",
        "RFC 9460 8: what is mandatory must be there",
    ),
    (
        "ldns-read-zone",
        "a CH TXT x",
        "RFC 1035 5.2: a zone has one class",
    ),
    ("nsd-checkzone", "a OPT \\# 0", META),
    ("ldns-read-zone", "a OPT \\# 0", META),
    (
        "named-checkzone",
        "sub NS ns.sub",
        "RFC 1034 4.2.1: a server below the cut needs glue",
    ),
    ("named-checkzone", "a.other. A 192.0.2.1", OUT_OF_ZONE),
    ("kzonecheck", "a.other. A 192.0.2.1", OUT_OF_ZONE),
    ("kzonecheck", "sub SOA ns1 admin 1 2 3 4 5", ONE_SOA),
    ("kzonecheck", "@ SOA ns1 admin 2 2 3 4 5", ONE_SOA),
];

const RELATIVE: &str = "RFC 1035 5.1: any domain name may be relative";
const SIXTEEN_BITS: &str = "RFC 1035 3.3.9, RFC 9460 7.2: 16 bits";
const UNFINISHED: &str = "what is open at the end may have lost its end";
const GENERIC: &str = "RFC 3597 5: as many octets as are told, in hexadecimal digits";
const ESCAPE: &str = "RFC 1035 5.1: three digits, of an octet";
const TIME_TO_LIVE: &str = "RFC 2181 8: a number of 31 bits, or its units";
const DIGEST: &str = "RFC 4509 2.2: SHA-256 has 32 octets";
const META: &str = "RFC 6891 6.1.1: it stands in messages only";
const OUT_OF_ZONE: &str = "RFC 1034 4.2.1: it would be left out silently";
const ONE_SOA: &str = "RFC 1035 5.2: one SOA record, at the top";

const RELATIVE_ORIGIN: &str = "$ORIGIN sub\na A 192.0.2.1\n$ORIGIN example.\nb A 192.0.2.1";
const GENERATED: &str = "$GENERATE 1-3 host$ A 192.0.2.$\n$GENERATE 0-4/2 n${0,3,d} CNAME host1";
const OTHER_LINE_ENDS: &str =
    "$ORIGIN example.\r\n$TTL 300\r\n@ SOA ns1 admin 1 2 3 4 5\r\n@ NS ns1\r\nns1 A 192.0.2.1\r\n";
const SHORT_DIGEST: &str = "a DS 60485 8 2 d4b7d520\na NS ns1";

/// A folder of this test alone, removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in a temporary directory is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_accepted(program: &Path, arguments: &[&str], file: &Path) -> (bool, String) {
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(file).output().unwrap();
    let told = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

#[test]
fn other_checkers_agree_on_good_and_bad_zones() {
    let folder = Folder(env::temp_dir().join(format!("zdns-checkers-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let checkers = CHECKERS.map(|checker| (find_or_skip(checker.program), checker));
    let mut disagreements = Vec::new();
    for (index, case) in CASES.iter().enumerate() {
        let zone = case.text();
        let file = folder.0.join(format!("{index}.zone"));
        fs::write(&file, &zone).unwrap();
        let good = case.verdict == Verdict::Good;
        let ours = Path::new(env!("CARGO_BIN_EXE_zdns"));
        let (accepted, told) = is_accepted(ours, &["zone", "check"], &file);
        if accepted != good {
            disagreements.push(format!("zdns on a {:?} zone:\n{zone}{told}", case.verdict));
        }
        for (program, checker) in &checkers {
            let Some(program) = program else { continue };
            if case.verdict == Verdict::BadMeaning && !checker.meaning {
                continue;
            }
            let is_this = |(who, zone, _): &&(&str, &str, &str)| {
                *who == checker.program && *zone == case.zone
            };
            let listed = EXCEPTIONS.iter().any(|exception| is_this(&exception));
            let (accepted, told) = is_accepted(program, checker.arguments, &file);
            // An exception that no longer is one must go, too.
            if (accepted == good) == listed {
                let verdict = case.verdict;
                disagreements.push(format!(
                    "{} on a {verdict:?} zone:\n{zone}{told}",
                    checker.program
                ));
            }
        }
    }
    assert!(
        disagreements.is_empty(),
        "{}",
        disagreements.join("\n---\n")
    );
}
