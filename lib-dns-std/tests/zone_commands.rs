//! `zdns zone check|format|diff|compile` as a user meets them.

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
    let path = lost.display();
    assert_eq!(
        text(&output.stderr),
        format!(
            "{path}:14: warning: no address: _sip._udp.example. SRV leads to gone.example.\n\
             {path}:12: error: missing glue: sub.example. NS ns.sub.example. has no address\n\
             {path}:9: warning: www.example. MX leads to alias.example., which is a CNAME\n\
             {path}: not ok: 15 records, 1 errors, 2 warnings\n"
        )
    );

    let output = zdns(&["check", "--json"], &[&lost]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json[0]["warnings"], 2);
    let errors = json[0]["findings"].as_array().unwrap().iter();
    let mut errors = errors.filter(|finding| finding["severity"] == "error");
    let error = errors.next().unwrap();
    assert_eq!((&error["line"], &error["column"]), (&12.into(), &0.into()));
    assert_eq!(error["file"], path.to_string());
    let problem = error["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("missing glue: sub.example."),
        "{problem}"
    );
    assert!(errors.next().is_none());

    let output = zdns(&["check"], &[Path::new("/nonexistent.zone")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(zdns(&["check"], &[]).status.code(), Some(2));
}

/// What `check --json` finds: file, line and problem of each.
fn findings(arguments: &[&str], file: &Path) -> Vec<(String, u64, String)> {
    let output = zdns(&[&["check", "--json"], arguments].concat(), &[file]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = json[0]["findings"].as_array().unwrap().iter();
    let found = found.map(|finding| {
        let words = |key: &str| finding[key].as_str().unwrap().to_owned();
        let line = finding["line"].as_u64().unwrap();
        (words("file"), line, words("problem"))
    });
    found.collect()
}

#[test]
fn findings_name_the_included_file() {
    let folder = Folder::new("include");
    let part = folder.file("part.inc", "mail MX 1 (\n gone1 )\n\nmail MX 2 gone2\n");
    let whole = "$ORIGIN example.\n$TTL 1h\n@ SOA ns1 a 1 2 3 4 5\n  NS ns1\nmail MX 3 gone3\n\
                 $INCLUDE part.inc\nns1 A 192.0.2.1\nmail MX 4 gone4\n";
    let whole = folder.file("whole.zone", whole);
    let found = findings(&[], &whole);
    let expected = [(&whole, 5, 3), (&part, 1, 1), (&part, 4, 2), (&whole, 8, 4)];
    let expected = expected.map(|(file, line, number)| {
        let problem = format!("no address: mail.example. MX leads to gone{number}.example.");
        (file.display().to_string(), line, problem)
    });
    assert_eq!(found, expected);
}

/// A chain of ten included files is taken, and one of eleven is refused where the eleventh is named.
#[test]
fn includes_are_ten_deep_at_most() {
    let folder = Folder::new("depth");
    let whole = "$ORIGIN example.\n$TTL 1h\n@ SOA ns1 a 1 2 3 4 5\n  NS ns1\nns1 A 192.0.2.1\n$INCLUDE 1.inc\n";
    let whole = folder.file("whole.zone", whole);
    for depth in 1..10 {
        let text = format!("d{depth} A 192.0.2.1\n$INCLUDE {}.inc\n", depth + 1);
        folder.file(&format!("{depth}.inc"), &text);
    }
    let last = folder.file("10.inc", "d10 A 192.0.2.1\n");
    let output = zdns(&["check"], &[&whole]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).ends_with("ok: 13 records, 0 errors, 0 warnings\n"));

    folder.file("10.inc", "d10 A 192.0.2.1\n$INCLUDE 11.inc\n");
    folder.file("11.inc", "d11 A 192.0.2.1\n");
    let problem = "$INCLUDE nested more than 10 deep".to_owned();
    let expected = [(last.display().to_string(), 2, problem)];
    assert_eq!(findings(&[], &whole), expected);
}

/// Each signature of a zone with NSEC3 has expired, and each is found where it stands, though the file has
/// them in another order than the zone.
#[test]
fn each_signature_is_found_in_its_line() {
    let folder = Folder::new("lines");
    let signed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/zones/signed-nsec3.zone");
    let formatted = text(&zdns(&["format", "--one-line"], &[&signed]).stdout);
    let mut lines: Vec<&str> = formatted.lines().collect();
    lines.reverse();
    let file = folder.file("reversed.zone", &(lines.join("\n") + "\n"));
    let mut left: Vec<(u64, String)> = Vec::new();
    for (number, line) in (1..).zip(&lines) {
        let words: Vec<&str> = line.split(' ').collect();
        if let [owner, _, _, "RRSIG", covered, ..] = words[..] {
            left.push((
                number,
                format!("signature has expired: {owner} RRSIG {covered}"),
            ));
        }
    }
    let mut found: Vec<(u64, String)> = Vec::new();
    for (name, line, problem) in findings(&["--time", "4000000000"], &file) {
        assert_eq!(name, file.display().to_string());
        found.push((line, problem));
    }
    found.sort();
    left.sort();
    assert!(left.len() > 30 && left.iter().any(|(_, problem)| problem.ends_with(" NSEC3")));
    assert_eq!(found, left);
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

#[test]
fn compile_makes_an_image_that_stands_for_the_file() {
    let folder = Folder::new("compile");
    let good = folder.file("good.zone", GOOD);
    let image = folder.0.join("good.image");
    let output = zdns(&["compile", "--output"], &[&image, &good]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let octets = fs::read(&image).unwrap();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&octets);
    let hash: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(
        text(&output.stdout),
        format!(
            "example. serial 1: 14 records, {} octets, SHA-256 {hash}\n",
            octets.len()
        )
    );
    let output = zdns(&["compile", "--json", "--output"], &[&image, &good]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["records"], 14);
    assert_eq!(json["sha256"], hash);
    assert_eq!(json["octets"], octets.len());

    let formatted = |file: &Path| {
        let output = zdns(&["format"], &[file]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(formatted(&image), formatted(&good));
    assert_eq!(zdns(&["diff"], &[&image, &good]).status.code(), Some(0));
    let output = zdns(&["check"], &[&image]);
    assert!(text(&output.stderr).ends_with("ok: 14 records, 0 errors, 0 warnings\n"));

    // What is refused leaves the image that was there.
    let lost = folder.file("lost.zone", &GOOD.replace("ns.sub A", "nothing A"));
    let output = zdns(&["compile", "--output"], &[&image, &lost]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("missing glue"));
    assert_eq!(fs::read(&image).unwrap(), octets);
    let nowhere = folder.0.join("nowhere/good.image");
    let output = zdns(&["compile", "--output"], &[&nowhere, &good]);
    assert_eq!(output.status.code(), Some(71));

    let spoilt = folder.0.join("spoilt.image");
    let mut octets = octets;
    *octets.last_mut().unwrap() ^= 1;
    fs::write(&spoilt, octets).unwrap();
    let output = zdns(&["format"], &[&spoilt]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        format!(
            "{}: error: page 0 of the zone image is not as it was written\n",
            spoilt.display()
        )
    );
}

/// What the firmware examples answer from.
#[test]
fn the_image_of_the_firmware_is_what_compile_makes_now() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let folder = Folder::new("compile-firmware");
    let image = folder.0.join("sovereign.image");
    let zone = examples.join("zones/sovereign.zone");
    let output = zdns(&["compile", "--output"], &[&image, &zone]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let committed = fs::read(examples.join("firmware/zones/sovereign.image"));
    let is_current = fs::read(&image).unwrap() == committed.unwrap();
    let command = "zdns zone compile examples/zones/sovereign.zone --output examples/firmware/zones/sovereign.image";
    assert!(is_current, "it is stale; to make it anew: {command}");
}
