//! `zdns zone check|format|diff` as a user meets them, and beside the checkers of other servers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of this test alone, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("zdns-zone-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in a temporary directory is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn zdns(arguments: &[&str], files: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zdns"))
        .arg("zone")
        .args(arguments)
        .args(files)
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

const GOOD: &str = "$ORIGIN example.
$TTL 1h
@ SOA ns1 admin ( 1 2 3
 4 5 ) ; over lines
 NS ns1
 NS ns2
ns1 A 192.0.2.1
ns2 5m AAAA 2001:db8::1
www CNAME ns1
a\\.b TXT \"q;(\" w\\\"x \\065
sub NS ns.sub
ns.sub A 192.0.2.3
_sip._udp SRV 1 2 5060 ns1
unknown TYPE65280 \\# 3 ( 0A 0b
 0C )
$GENERATE 1-3 host$ A 192.0.2.$
";

#[test]
fn check_tells_errors_and_warnings_apart_and_where() {
    let folder = Folder::new("check");
    let good = folder.file("good.zone", GOOD);
    let output = zdns(&["check"], &[&good]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).ends_with("ok: 14 records, 0 errors, 0 warnings\n"));

    let bad = GOOD
        .replace("ns1 A 192.0.2.1", "ns1 A 192.0.2.256")
        .replace("2001:db8::1", "2001:mesh::1");
    let bad = folder.file("bad.zone", &bad);
    let output = zdns(&["check", "-q"], &[&good, &bad]);
    assert_eq!(output.status.code(), Some(1));
    let path = bad.display();
    assert_eq!(
        text(&output.stderr),
        format!(
            "{path}:7:7: error: expected an IPv4 address: '192.0.2.256'\n\
             {path}:8:13: error: expected an IPv6 address: '2001:mesh::1'\n"
        )
    );

    let lost = GOOD
        .replace("ns.sub A", "nothing A")
        .replace("5060 ns1", "5060 gone")
        .replace("www CNAME ns1", "www MX 1 alias\nalias CNAME ns1");
    let lost = folder.file("lost.zone", &lost);
    let output = zdns(&["check"], &[&lost]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    for line in [
        "error: missing glue: sub.example. NS ns.sub.example. has no address",
        "warning: no address: _sip._udp.example. SRV leads to gone.example.",
        "warning: www.example. MX leads to alias.example., which is a CNAME",
        "not ok: 15 records, 1 errors, 2 warnings",
    ] {
        assert!(told.contains(line), "{line} is not in:\n{told}");
    }

    let output = zdns(&["check", "--json"], &[&lost]);
    let json = text(&output.stdout);
    assert!(json.contains("\"severity\":\"error\",\"problem\":\"missing glue: sub"));
    assert_eq!(json.matches("\"severity\":\"warning\"").count(), 2);

    let output = zdns(&["check"], &[Path::new("/nonexistent.zone")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(zdns(&["check"], &[]).status.code(), Some(2));
}

#[test]
fn formatted_text_is_the_same_zone_and_formats_as_itself() {
    let folder = Folder::new("format");
    let good = folder.file("good.zone", GOOD);
    for form in [&["format"][..], &["format", "--one-line"]] {
        let output = zdns(form, &[&good]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let formatted = folder.file("formatted.zone", &text(&output.stdout));
        let difference = zdns(&["diff"], &[&good, &formatted]);
        assert_eq!(text(&difference.stdout), "");
        assert_eq!(difference.status.code(), Some(0));
        let again = zdns(form, &[&formatted]);
        assert_eq!(text(&again.stdout), text(&output.stdout));
    }
    let bad = folder.file("bad.zone", "$ORIGIN example.\n@ 1 SOA a b 1 2 3 4\n");
    let output = zdns(&["format"], &[&bad]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

#[test]
fn diff_names_each_record_that_differs() {
    let folder = Folder::new("diff");
    let old = folder.file("old.zone", GOOD);
    let changed = GOOD
        .replace("( 1 2 3", "( 2 2 3")
        .replace("ns1 A 192.0.2.1", "NS1 A 192.0.2.9\n 2h TXT new");
    let new = folder.file("new.zone", &changed);
    let output = zdns(&["diff", "--ignore-soa"], &[&old, &new]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stdout),
        "- ns1.example. 3600 IN A 192.0.2.1\n\
         + NS1.example. 3600 IN A 192.0.2.9\n\
         + NS1.example. 7200 IN TXT \"new\"\n"
    );
    let output = zdns(&["diff"], &[&old, &new]);
    assert_eq!(text(&output.stdout).lines().count(), 5);
    let output = zdns(&["diff"], &[&old, Path::new("/nonexistent.zone")]);
    assert_eq!(output.status.code(), Some(2));
}

/// A program that checks zone files.
struct Checker {
    program: &'static str,
    arguments: fn(&Path) -> Vec<String>,
    /// Does it look at what a zone means, too?
    meaning: bool,
}

const CHECKERS: [Checker; 3] = [
    Checker {
        program: "named-checkzone",
        arguments: |file| arguments(&["-q", "-i", "local", "example."], file),
        meaning: true,
    },
    Checker {
        program: "kzonecheck",
        arguments: |file| arguments(&["-o", "example."], file),
        meaning: true,
    },
    Checker {
        program: "ldns-read-zone",
        arguments: |file| arguments(&[], file),
        meaning: false,
    },
];

fn arguments(fixed: &[&str], file: &Path) -> Vec<String> {
    let fixed = fixed.iter().map(|argument| (*argument).to_owned());
    fixed.chain([file.display().to_string()]).collect()
}

/// Debian keeps servers' tools out of an ordinary user's PATH.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut files = folders.map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Verdict {
    Good,
    /// The text breaks a rule.
    BadText,
    /// The text is right, but the zone makes no sense.
    BadMeaning,
}

/// Where a checker is known to judge otherwise, by a part of the zone, and why we do not follow it.
const EXCEPTIONS: [(&str, &str, &str); 6] = [
    (
        "ldns-read-zone",
        " IN 7 A",
        "RFC 1035 5.1: TTL and class in either order",
    ),
    (
        "kzonecheck",
        "\r\n",
        "text that was written on other systems is common",
    ),
    ("ldns-read-zone", "65536", "RFC 1035 3.3.9: 16 bits"),
    (
        "ldns-read-zone",
        "never closed",
        "what is open at the end may have lost its end",
    ),
    (
        "kzonecheck",
        "TXT xxx",
        "RFC 1035 3.3: a string has at most 255 octets; nothing is cut silently",
    ),
    (
        "named-checkzone",
        "NS ns.sub\n",
        "RFC 1034 4.2.1: a server below the cut needs glue",
    ),
];

fn is_exception(program: &str, zone: &str) -> bool {
    let mut exceptions = EXCEPTIONS.iter();
    exceptions.any(|(who, part, _)| *who == program && zone.contains(part))
}

#[test]
fn other_checkers_agree_on_good_and_bad_zones() {
    use Verdict::{BadMeaning, BadText, Good};
    let plain =
        "$ORIGIN example.\n$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n";
    let with = |entries: &str| format!("{plain}{entries}\n");
    let cases = [
        (Good, plain.to_owned()),
        (Good, with("a 1h30m IN A 192.0.2.1\n IN 7 A 192.0.2.2")),
        (
            Good,
            with("a TXT ( \"x;y\" ; comment\n z )\n\\097\\.b A 192.0.2.1"),
        ),
        (Good, with("a TYPE65280 \\# 2 0A0B\nb TYPE1 \\# 4 C0000201")),
        (
            Good,
            with("sub NS ns.sub\nns.sub A 192.0.2.9\n*.w MX 10 ns1\nr PTR ."),
        ),
        (Good, plain.replace('\n', "\r\n")),
        (Good, with("last A 192.0.2.7").trim_end().to_owned()),
        (BadText, with("a A 192.0.2.256")),
        (BadText, with("a A 192.0.2.1 extra")),
        (BadText, with("a AAAA fd00:mesh:1::5")),
        (BadText, with("a NOTYPE x")),
        (BadText, with("a MX mail")),
        (BadText, with("a MX 65536 mail")),
        (BadText, with("a TXT \"never closed")),
        (BadText, with("a TXT ( never closed")),
        (BadText, with("a TYPE65280 \\# 3 0A0B")),
        (BadText, with(&format!("{} A 192.0.2.1", "x".repeat(64)))),
        (BadText, with(&format!("a TXT {}", "x".repeat(256)))),
        (BadMeaning, with("a CNAME ns1\na A 192.0.2.1")),
        (BadMeaning, with("a CNAME ns1\na CNAME ns2")),
        (BadMeaning, plain.replace("@ NS ns1\n", "")),
        (BadMeaning, plain.replace("@ SOA ns1 admin 1 2 3 4 5\n", "")),
        (BadMeaning, plain.replace("ns1 A 192.0.2.1\n", "")),
        (BadMeaning, with("sub NS ns.sub")),
    ];
    let folder = Folder::new("agreement");
    let checkers = CHECKERS.map(|checker| {
        let found = find(checker.program);
        if found.is_none() {
            println!("not compared with {}: it is not installed", checker.program);
            let ci = env::var_os("CI").is_some_and(|value| value == "true");
            assert!(!ci, "CI compares with all of them");
        }
        (found, checker)
    });
    let mut disagreements = Vec::new();
    for (index, (verdict, zone)) in cases.iter().enumerate() {
        let file = folder.file(&format!("{index}.zone"), zone);
        let ours = zdns(&["check"], &[&file]);
        assert_eq!(
            ours.status.success(),
            *verdict == Good,
            "zdns on\n{zone}\n{}",
            text(&ours.stderr)
        );
        for (program, checker) in &checkers {
            let Some(program) = program else { continue };
            let out_of_scope = *verdict == BadMeaning && !checker.meaning;
            if out_of_scope || is_exception(checker.program, zone) {
                continue;
            }
            let theirs = Command::new(program)
                .args((checker.arguments)(&file))
                .output();
            if theirs.unwrap().status.success() != (*verdict == Good) {
                disagreements.push(format!(
                    "{} on a {verdict:?} zone:\n{zone}",
                    checker.program
                ));
            }
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}
