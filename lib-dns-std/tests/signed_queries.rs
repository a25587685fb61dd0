//! `zdns query` with keys, transfers and TLS: against named and knotd, and beside dig.

#[path = "peers/harness.rs"]
mod harness;

use harness::{Program, Server, find_or_skip, free_port};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

/// HMAC-SHA-256, cut, to BIND.
const CUT: &str = "hmac-sha256-128";
/// The algorithms that the peers know, but for HMAC-MD5, with which we sign no request.
const ALGORITHMS: [&str; 5] = [
    "hmac-sha1",
    "hmac-sha224",
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
];
const SECRET: &str = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";
/// Enough records for several messages.
const HOSTS: usize = 3000;

fn zone() -> String {
    let mut text =
        "$TTL 300\n@ SOA ns.test. admin.test. 7 3600 900 604800 300\n@ NS ns\n".to_owned();
    text += "ns A 127.0.0.1\n";
    for number in 0..HOSTS {
        let (high, low) = (number / 256, number % 256);
        let _ = writeln!(text, "host{number} A 10.0.{high}.{low}");
    }
    text
}

fn start_named() -> Option<Server> {
    let program = Program::Named;
    let algorithms = ALGORITHMS.into_iter().chain(["hmac-md5", CUT]);
    let names = algorithms.map(|algorithm| (format!("{algorithm}.key"), algorithm));
    let names: Vec<(String, &str)> = names.collect();
    let keys = names
        .iter()
        .map(|(name, algorithm)| (&**name, *algorithm, SECRET));
    let allowed = names.iter().map(|(name, _)| format!("key {name}; "));
    let allowed: String = allowed.collect();
    let mut files = vec![("test.zone".to_owned(), zone())];
    for file in ["cert", "other"] {
        let made = rcgen::generate_simple_self_signed(["ns.test".to_owned()]).unwrap();
        files.push((format!("{file}.pem"), made.cert.pem()));
        files.push((format!("{file}.private"), made.signing_key.serialize_pem()));
    }
    let tls_port = free_port().unwrap().port();
    files.push(("tls.port".to_owned(), tls_port.to_string()));
    let options = format!(
        "listen-on port {tls_port} tls local {{ 127.0.0.1; }}; notify no;
    allow-transfer {{ {allowed} }}; allow-update {{ {allowed} }};"
    );
    let configuration = program.keys(keys)
        + "tls local { cert-file \"HOME/cert.pem\"; key-file \"HOME/cert.private\"; };\n"
        + &program.head(&options)
        + "zone \"test\" { type primary; file \"test.zone\"; };\n";
    let files = files.iter().map(|(file, text)| (&**file, &**text));
    let server = Server::other_anywhere(program, &files.collect::<Vec<_>>(), &configuration)?;
    server.wait_for_log("all zones loaded");
    Some(server)
}

fn start_knotd() -> Option<Server> {
    let program = Program::Knotd;
    let names = ALGORITHMS.map(|algorithm| format!("{algorithm}.key"));
    let keys = names.iter().zip(ALGORITHMS);
    let keys = keys.map(|(name, algorithm)| (&**name, algorithm, SECRET));
    let configuration = program.head("")
        + &program.keys(keys)
        + &format!(
            r#"acl:
  - id: all
    key: [{}]
    action: [transfer, update]
zone:
  - domain: test
    storage: "HOME"
    file: test.zone
    acl: all
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
"#,
            names.join(", ")
        );
    let server = Server::other_anywhere(program, &[("test.zone", &zone())], &configuration)?;
    server.wait_for_log("loaded, serial");
    Some(server)
}

fn key(algorithm: &str, secret: &str) -> String {
    format!("{algorithm}:{algorithm}.key:{secret}")
}

fn zdns(peer: &Server, line: &str) -> Output {
    run(
        Path::new(env!("CARGO_BIN_EXE_zdns")),
        &["query"],
        peer,
        line,
    )
}

fn run(program: &Path, first: &[&str], peer: &Server, line: &str) -> Output {
    let port = peer.address.port().to_string();
    Command::new(program)
        .env("HOME", "/nonexistent")
        .env("TZ", "UTC")
        .args(first)
        .args(["@127.0.0.1", "-p", &port])
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Every algorithm, both servers: a signed answer over UDP and TCP, AXFR, IXFR; and a wrong secret, a key that
/// the server does not know, and none at all.
#[test]
fn each_algorithm_with_each_server() {
    for peer in [start_named(), start_knotd()].into_iter().flatten() {
        for algorithm in ALGORITHMS {
            let right = key(algorithm, SECRET);
            for flags in ["", "+tcp"] {
                let output = zdns(&peer, &format!("-y {right} test SOA {flags}"));
                let told = text(&output.stdout);
                assert_eq!(output.status.code(), Some(0));
                assert!(told.contains("status: NOERROR"), "{algorithm}: {told}");
                assert!(told.contains(";; TSIG PSEUDOSECTION:"), "{told}");
                assert!(!told.contains("verify"), "{algorithm}: {told}");
                assert!(!told.contains("WARNING -- "), "{algorithm}: {told}");
            }
            let output = zdns(&peer, &format!("-y {right} test AXFR"));
            let told = text(&output.stdout);
            let size = format!(";; XFR size: {} records", HOSTS + 4);
            assert!(told.contains(&size), "{algorithm}: {told} {output:?}");
            let hosts = told.lines().filter(|line| line.starts_with("host"));
            assert_eq!(hosts.count(), HOSTS);
            let output = zdns(&peer, &format!("-y {right} test IXFR=7"));
            let told = text(&output.stdout);
            assert!(told.contains(";; XFR size: 1 records"), "{told} {output:?}");

            let wrong = key(algorithm, "AAAA");
            let unknown = format!("{algorithm}:nobody:{SECRET}");
            for (key, error) in [(wrong, "BADSIG"), (unknown, "BADKEY")] {
                let output = zdns(&peer, &format!("-y {key} test SOA"));
                let told = text(&output.stdout);
                assert!(told.contains("status: NOTAUTH"), "{told}");
                let words = format!("the server refuses the signature: NOTAUTH, {error}");
                assert!(told.contains(&words), "{told}");
                let output = zdns(&peer, &format!("-y {key} test AXFR"));
                assert!(text(&output.stdout).ends_with("; Transfer failed.\n"));
                assert!(text(&output.stderr).contains(error), "{output:?}");
            }
        }
        let output = zdns(&peer, "test AXFR");
        let told = text(&output.stdout);
        assert!(told.ends_with("; Transfer failed.\n"), "{told}");
        assert!(!told.contains("host1"));
    }
}

#[test]
fn macs_are_cut_as_bind_cuts_them() {
    let Some(peer) = start_named() else { return };
    let file = peer.home().join("cut.key");
    let clause = format!("key \"{CUT}.key\" {{ algorithm {CUT}; secret \"{SECRET}\"; }};\n");
    std::fs::write(&file, clause).unwrap();
    for key in [
        format!("-y {}", key(CUT, SECRET)),
        format!("-k {}", file.display()),
    ] {
        let told = text(&zdns(&peer, &format!("{key} test SOA")).stdout);
        assert!(told.contains("status: NOERROR"), "{told}");
        // Sixteen octets of hmac-sha256.
        assert!(
            told.contains("hmac-sha256. ") && told.contains(" 300 16 "),
            "{told}"
        );
        assert!(!told.contains("verify"), "{told}");
        let output = zdns(&peer, &format!("{key} test AXFR"));
        assert!(text(&output.stdout).contains("host1"), "{output:?}");
    }
}

#[test]
fn a_key_file_of_tsig_keygen() {
    let Some(peer) = start_named() else { return };
    let Some(keygen) = find_or_skip("tsig-keygen") else {
        return;
    };
    let made = Command::new(keygen)
        .args(["-a", "hmac-sha384", "hmac-sha384.key"])
        .output();
    let clause = text(&made.unwrap().stdout);
    let secret = clause.split('"').nth(3).unwrap();
    let file = peer.home().join("made.key");
    std::fs::write(&file, clause.replace(secret, SECRET)).unwrap();
    let line = format!("-k {} test SOA", file.display());
    let told = text(&zdns(&peer, &line).stdout);
    assert!(
        told.contains("status: NOERROR") && told.contains("TSIG PSEUDOSECTION"),
        "{told}"
    );
    assert!(!told.contains("verify"), "{told}");
    // And the secret that tsig-keygen has made is not that of the server.
    std::fs::write(&file, clause).unwrap();
    let told = text(&zdns(&peer, &line).stdout);
    assert!(told.contains("BADSIG"), "{told}");
}

#[test]
fn what_is_wrong_with_a_key_is_told_without_showing_it() {
    let zdns = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["query", "-r"])
            .args(line.split_whitespace())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        text(&output.stderr)
    };
    for line in [
        "-y hmac-sha3:k:c2VjcmV0c2VjcmV0 test",
        "-y k:c2VjcmV0c2VjcmV0! test",
        "-y c2VjcmV0c2VjcmV0 test",
        "-y hmac-md5:k:c2VjcmV0c2VjcmV0 test",
        "-k /nonexistent test",
    ] {
        let told = zdns(line);
        assert!(
            told.starts_with("zdns: -y: ") || told.contains("/nonexistent"),
            "{told}"
        );
        assert!(!told.contains("c2VjcmV0"), "{told}");
    }
}

/// Each line asked of both programs prints the same, but for what differs from one run to the next.
#[test]
fn it_prints_what_dig_prints() {
    let (Some(peer), Some(dig)) = (start_named(), find_or_skip("dig")) else {
        return;
    };
    let right = key("hmac-sha256", SECRET);
    let long = key("hmac-sha512", SECRET);
    let wrong = key("hmac-sha256", "AAAA");
    for line in [
        format!("-y {right} test SOA"),
        format!("-y {right} test SOA +noedns +multiline"),
        format!("-y {long} test SOA +noedns +multiline"),
        format!("-y {long} host1.test +tcp"),
        format!("-y {long} host1.test +yaml"),
        format!("-y {right} host1.test +qr"),
        format!("-y {right} test AXFR"),
        format!("-y {long} test AXFR +multiline"),
        format!("-y {right} test AXFR +noall +answer"),
        format!("-y {right} test AXFR +short"),
        format!("-y {right} test AXFR +nocomments +qr"),
        format!("-y {right} test IXFR=6"),
        format!("-y {right} test IXFR=7 +qr"),
        "test AXFR".to_owned(),
        "test AXFR +short".to_owned(),
        "elsewhere.test AXFR".to_owned(),
        format!("-y {wrong} test SOA"),
        format!("-y {wrong} test AXFR"),
        format!("-y hmac-sha256:nobody:{SECRET} test SOA"),
    ] {
        let ours = zdns(&peer, &line);
        let theirs = run(&dig, &[], &peer, &line);
        let (our_lines, their_lines) = (lasting(&ours.stdout), lasting(&theirs.stdout));
        assert_eq!(our_lines, their_lines, "{line}\n{}", text(&ours.stderr));
        assert_eq!(ours.status.code(), theirs.status.code(), "{line}");
    }
}

/// What changed between two versions, by an update of ours.
#[test]
fn differences_are_transferred() {
    let Some(peer) = start_named() else { return };
    let right = key("hmac-sha512", SECRET);
    let script = format!(
        "server 127.0.0.1 {}\nzone test\nadd new.test 60 A 192.0.2.1\ndel host7.test A\nsend\n",
        peer.address.port()
    );
    let file = peer.home().join("script");
    std::fs::write(&file, script).unwrap();
    let updated = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .args(["update", "-y", &right])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(updated.status.code(), Some(0), "{updated:?}");
    let line = format!("-y {right} test IXFR=7");
    let output = zdns(&peer, &line);
    let told = text(&output.stdout);
    let rows: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("\tIN\t"))
        .collect();
    let [newest, old, gone, new, come, last] = rows[..] else {
        panic!("{told} {}", text(&output.stderr));
    };
    for (soa, serial) in [(newest, " 8 "), (old, " 7 "), (new, " 8 "), (last, " 8 ")] {
        assert!(soa.contains("SOA") && soa.contains(serial), "{told}");
    }
    assert!(
        gone.starts_with("host7.test.") && come.starts_with("new.test."),
        "{told}"
    );
    assert!(
        told.contains(";; XFR size: 6 records (messages 1, "),
        "{told}"
    );
    if let Some(dig) = find_or_skip("dig") {
        let theirs = run(&dig, &[], &peer, &line);
        assert_eq!(lasting(&output.stdout), lasting(&theirs.stdout));
    }
}

/// Over TLS, with and without a check of the certificate, and transfers too.
#[test]
fn tls_checks_the_certificate_if_it_is_told_to() {
    let Some(peer) = start_named() else { return };
    let tls = |line: &str| {
        let port = std::fs::read_to_string(peer.home().join("tls.port")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .env("HOME", "/nonexistent")
            .args(["query", "@127.0.0.1", "-p", &port, "+tries=1"])
            .args(line.split_whitespace())
            .output()
            .unwrap();
        (output.status.code(), text(&output.stdout))
    };
    let right = key("hmac-sha256", SECRET);
    let certificate = peer.home().join("cert.pem");
    let certificate = certificate.display();
    for flags in [
        "+tls".to_owned(),
        format!("+tls-ca={certificate} +tls-hostname=ns.test"),
        format!("-y {right} +tls"),
    ] {
        let (status, told) = tls(&format!("{flags} host1.test"));
        assert_eq!(status, Some(0), "{flags}: {told}");
        assert!(
            told.contains("host1.test.\t\t300\tIN\tA\t10.0.0.1\n"),
            "{told}"
        );
        assert!(told.contains("(127.0.0.1) (TLS)\n"), "{told}");
    }
    let (status, told) = tls(&format!("-y {right} +tls test AXFR"));
    assert_eq!(status, Some(0));
    assert!(
        told.contains(&format!(";; XFR size: {} records", HOSTS + 4)),
        "{told}"
    );
    // Another name than the certificate's, and a certificate that is none of those trusted.
    for flags in [
        format!("+tls-ca={certificate} +tls-hostname=other.test"),
        format!("+tls-ca={certificate}"),
        format!("+tls-ca={}", peer.home().join("other.pem").display()),
    ] {
        let (status, told) = tls(&format!("{flags} host1.test"));
        assert_eq!(status, Some(9), "{flags}: {told}");
        assert!(told.contains("no reply from the server: ") && !told.contains("10.0.0.1"));
    }
    let (status, _) = tls("+tls-ca=/nonexistent host1.test");
    assert_eq!(status, Some(10));
}

/// What a run prints, but for the name of the program, ids, cookies, times and MACs. Why a signature is not
/// believed we say in other words, and at another place.
fn lasting(stdout: &[u8]) -> Vec<String> {
    let text = text(stdout);
    let lines = text.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.starts_with(";; Couldn't verify signature: "));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match &words[..] {
                [";", "<<>>", ..] => line
                    .split_once(" <<>> ")
                    .map_or("", |(_, rest)| rest)
                    .split_once(" <<>> ")
                    .map_or("", |(_, rest)| rest)
                    .to_owned(),
                [owner, "0", "ANY", "TSIG", algorithm, _, fudge, len, ..] => {
                    format!("{owner} TSIG {algorithm} {fudge} {len}")
                }
                // The MAC, over several lines.
                [.., ")", _, "NOERROR", "0"] => "MAC".to_owned(),
                [one] if line.starts_with("\t\t\t\t") && one.len() == 44 => "MAC".to_owned(),
                ["-", quoted, "0", "ANY", "TSIG", ..] => format!("- {quoted} TSIG"),
                _ => {
                    let masks = [
                        ", id: ",
                        " id: ",
                        "COOKIE: ",
                        "_time: !!timestamp ",
                        "WHEN: ",
                        "Query time: ",
                    ];
                    let mut line = line.to_owned();
                    for mask in masks {
                        if let Some((head, _)) = line.split_once(mask) {
                            line = format!("{head}{mask}…");
                        }
                    }
                    line
                }
            }
        })
        .collect()
}
