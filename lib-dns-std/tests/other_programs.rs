//! What `dig`, `kdig`, `drill` and `delv` make of our answers: the cases that a release of a name server tests.

#[path = "peers/harness.rs"]
mod harness;

use harness::output_or_skip;
use lib_dns_core::answer;
use lib_dns_core::messages::{EdnsHeader, EdnsOption, Flags, Message, MessageBuilder};
use lib_dns_std::server::{Answer, Authority, Bound, Client, Respond, Running, Settings};
use lib_dns_std::zone::ZoneStore;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

fn start(respond: impl Respond) -> (Running, SocketAddr) {
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
    let address = bound.addresses().next().unwrap();
    (bound.start(respond).unwrap(), address)
}

fn zone_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/zones")
        .join(name)
}

/// Serves the example zones, signed ones among them.
fn serve_examples() -> (Running, SocketAddr) {
    let files = ["sovereign.zone", "signed-nsec.zone", "signed-nsec3.zone"].map(zone_file);
    let (store, _) = ZoneStore::open(&files).unwrap();
    let settings = answer::Settings {
        identity: Some(b"node-7"),
        version: Some(b"zdns"),
        ..answer::Settings::default()
    };
    start(Authority::new(&store, settings))
}

/// What a program prints; `None` if it is missing, which CI does not let pass.
fn output(program: &str, address: SocketAddr, line: &str) -> Option<String> {
    let port = address.port().to_string();
    let mut command = Command::new(program);
    command.env("HOME", "/nonexistent").args(["-p", &port]);
    command.args(line.split_whitespace()).arg("@127.0.0.1");
    let output = output_or_skip(&mut command)?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).replace(['\t', ' '], " "))
}

/// With one blank between words.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ") + "\n"
    });
    lines.collect()
}

/// What is asked, and what the answer must say.
struct Case {
    what: &'static str,
    line: &'static str,
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        what: "data",
        line: "host.nsec.example A",
        says: &["NOERROR", " aa", "host.nsec.example. 300 IN A 10.42.1.5"],
    },
    Case {
        what: "alias",
        line: "www.nsec.example AAAA",
        says: &[
            "www.nsec.example. 300 IN CNAME host.nsec.example.",
            "host.nsec.example. 300 IN AAAA fd00:6d65:7368:1::5",
        ],
    },
    Case {
        what: "DNAME",
        line: "x.old.nsec.example A",
        says: &[
            "old.nsec.example. 300 IN DNAME new.nsec.example.",
            "x.old.nsec.example. 300 IN CNAME x.new.nsec.example.",
            "x.new.nsec.example. 300 IN A 10.42.2.1",
        ],
    },
    Case {
        what: "no such name",
        line: "nothing.nsec.example A",
        says: &[
            "NXDOMAIN",
            " aa",
            "nsec.example. 300 IN SOA ns1.nsec.example.",
        ],
    },
    Case {
        what: "no data",
        line: "host.nsec.example TXT",
        says: &[
            "NOERROR",
            " aa",
            "nsec.example. 300 IN SOA ns1.nsec.example.",
        ],
    },
    Case {
        what: "empty non-terminal",
        line: "empty.nsec.example A",
        says: &[
            "NOERROR",
            " aa",
            "nsec.example. 300 IN SOA ns1.nsec.example.",
        ],
    },
    Case {
        what: "wildcard",
        line: "some.wild.nsec.example TXT",
        says: &["some.wild.nsec.example. 300 IN TXT \"any name below wild\""],
    },
    Case {
        what: "referral",
        line: "host.insecure.nsec.example A",
        says: &[
            "NOERROR",
            "insecure.nsec.example. 300 IN NS ns1.insecure.nsec.example.",
            "ns1.insecure.nsec.example. 300 IN A 10.42.5.1",
        ],
    },
    Case {
        what: "service",
        line: "_zhtp._quic.alice.sovereign SRV",
        says: &[
            "SRV 10 100 9333 alice.sovereign.",
            "alice.sovereign. 300 IN A 10.42.1.5",
        ],
    },
    Case {
        what: "not ours",
        line: "www.example.net A",
        says: &["REFUSED"],
    },
];

#[test]
fn every_program_reads_every_kind_of_answer() {
    let (running, address) = serve_examples();
    for (program, tcp) in [("dig", "+tcp"), ("kdig", "+tcp"), ("drill", "-t")] {
        for case in CASES {
            for transport in ["", tcp] {
                let line = format!("{transport} {}", case.line);
                let Some(text) = output(program, address, &line) else {
                    continue;
                };
                let text = squeezed(&text);
                for words in case.says {
                    assert!(text.contains(words), "{program}, {}: {text}", case.what);
                }
            }
        }
    }
    running.stop();
}

#[test]
fn programs_that_want_signatures_get_them() {
    let (running, address) = serve_examples();
    for (program, dnssec) in [("dig", "+dnssec"), ("kdig", "+dnssec"), ("drill", "-D")] {
        for (line, says) in [
            ("host.nsec.example A", "IN RRSIG A 13 3 300"),
            ("nothing.nsec.example A", "IN NSEC "),
            ("nothing.nsec3.example A", "IN NSEC3 1 0 0 "),
            ("secure.nsec.example DS", "IN RRSIG DS 13 3 300"),
            ("host.insecure.nsec.example A", "IN NSEC "),
            ("some.wild.nsec.example TXT", "IN RRSIG TXT 13 3 300"),
        ] {
            if let Some(text) = output(program, address, &format!("{dnssec} {line}")) {
                assert!(squeezed(&text).contains(says), "{program} {line}: {text}");
            }
        }
    }
    running.stop();
}

/// The line of a trust anchor file for the key that signs the keys of a zone file.
fn trust_anchor(file: &str) -> String {
    let text = std::fs::read_to_string(zone_file(file)).unwrap();
    let key = text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.windows(2).position(|two| two == ["DNSKEY", "257"])?;
        let (owner, algorithm, key) = (words[0], words[at + 3], words[at + 4..].concat());
        Some(format!(
            "\"{owner}\" static-key 257 3 {algorithm} \"{key}\";"
        ))
    });
    format!("trust-anchors {{ {} }};\n", key.unwrap())
}

#[test]
fn delv_validates_what_we_serve_from_a_trust_anchor() {
    let (running, address) = serve_examples();
    let folder = std::env::temp_dir().join(format!("zdns-delv-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for zone in ["nsec", "nsec3"] {
        let anchor = folder.join(zone);
        std::fs::write(&anchor, trust_anchor(&format!("signed-{zone}.zone"))).unwrap();
        let ask = |line: &str| {
            let anchor = anchor.display();
            let line = format!("-a {anchor} +root={zone}.example {line}.{zone}.example");
            let reversed: Vec<&str> = line.split_whitespace().collect();
            output("delv", address, &reversed.join(" "))
        };
        for (line, says) in [
            ("-t A host", "; fully validated"),
            ("-t AAAA www", "; fully validated"),
            ("-t A x.old", "; fully validated"),
            ("-t TXT some.wild", "; fully validated"),
            ("+tcp -t HTTPS host", "; fully validated"),
            ("-t A nothing", "; negative response, fully validated"),
            ("-t TXT host", "; negative response, fully validated"),
            ("-t A empty", "; negative response, fully validated"),
            ("-t DS insecure", "; negative response, fully validated"),
            ("-t DS secure", "; fully validated"),
        ] {
            if let Some(text) = ask(line) {
                assert!(text.contains(says), "{zone} {line}: {text}");
            }
        }
    }
    // The check can also say no: the key of the one zone is none of the other's.
    let wrong = trust_anchor("signed-nsec3.zone").replace("nsec3.example.", "nsec.example.");
    let anchor = folder.join("wrong");
    std::fs::write(&anchor, wrong).unwrap();
    let line = format!(
        "-a {} +root=nsec.example -t A host.nsec.example",
        anchor.display()
    );
    if let Some(text) = output("delv", address, &line) {
        assert!(!text.contains("fully validated"), "{text}");
    }
    let _ = std::fs::remove_dir_all(&folder);
    running.stop();
}

#[test]
fn programs_come_back_over_tcp_for_what_was_cut() {
    let (running, address) = serve_examples();
    for (program, line) in [
        ("dig", "+bufsize=512 +dnssec nsec.example ANY"),
        ("kdig", "+bufsize=512 +dnssec nsec.example DNSKEY"),
        ("drill", "-b 512 -D nsec.example DNSKEY"),
        ("dig", "+bufsize=512 +dnssec nsec.example DNSKEY"),
    ] {
        if let Some(text) = output(program, address, line) {
            assert!(text.contains("RRSIG"), "{program} {line}: {text}");
        }
    }
    if let Some(text) = output(
        "dig",
        address,
        "+bufsize=512 +dnssec +ignore nothing.nsec3.example A",
    ) {
        assert!(text.contains("flags: qr aa tc"), "{text}");
    }
    if let Some(text) = output(
        "dig",
        address,
        "+bufsize=512 +dnssec nothing.nsec3.example A",
    ) {
        assert!(
            text.contains(";; Truncated, retrying in TCP mode."),
            "{text}"
        );
        assert!(text.contains("(TCP)"), "{text}");
    }
    running.stop();
}

#[test]
fn programs_learn_who_we_are() {
    let (running, address) = serve_examples();
    for (program, line, says) in [
        ("dig", "version.bind CH TXT +short", "\"zdns\""),
        ("kdig", "id.server CH TXT +short", "\"node-7\""),
        ("drill", "hostname.bind CH TXT", "\"node-7\""),
        ("dig", "alice.sovereign +nsid", "(\"node-7\")"),
        ("kdig", "alice.sovereign +nsid", "node-7"),
    ] {
        if let Some(text) = output(program, address, line) {
            assert!(text.contains(says), "{program} {line}: {text}");
        }
    }
    running.stop();
}

/// Answers with the option whose number in the table, and number among its examples, the name says.
#[derive(Clone)]
struct Options;

impl Respond for Options {
    type Held = std::convert::Infallible;

    fn respond(&mut self, query: &[u8], _: &Client, out: &mut [u8]) -> Answer {
        Self::answer(query, out).into()
    }
}

impl Options {
    fn answer(query: &[u8], out: &mut [u8]) -> Option<usize> {
        let query = Message::from_bytes(query).ok()?;
        let question = query.question()?;
        let mut numbers = question.name.labels().map_while(|label| {
            let digits = std::str::from_utf8(label).ok()?;
            digits.parse::<usize>().ok()
        });
        let row = EdnsOption::TABLE.get(numbers.next()?)?;
        let (octets, _) = row.examples.get(numbers.next()?)?;
        let flags = Flags::default().with_response(true);
        let mut builder = MessageBuilder::<4>::new(out, query.id(), flags).ok()?;
        builder
            .question(&question.name, question.qtype, question.qclass)
            .ok()?;
        let code = row.code;
        let option = EdnsOption::Opaque { code, octets };
        builder.edns(&EdnsHeader::default(), &[option]).ok()?;
        Some(builder.finish().len())
    }
}

#[test]
fn options_are_printed_as_dig_prints_them() {
    let (running, address) = start(Options);
    let mut compared = 0;
    for (row, option) in EdnsOption::TABLE.iter().enumerate() {
        for (example, (_, text)) in option.examples.iter().enumerate() {
            let line = format!("+nocookie {row}.{example}.test");
            let Some(theirs) = output("dig", address, &line) else {
                return;
            };
            // What is no text is no message for it.
            if theirs.contains("malformed OPT option") {
                continue;
            }
            let mut lines = theirs.lines();
            let found = lines.find(|line| line.starts_with("; EDNS: "));
            assert!(found.is_some(), "{theirs}");
            let told = lines.next().unwrap();
            // Options that are younger than Debian's dig.
            if told.starts_with("; OPT=") {
                continue;
            }
            compared += 1;
            assert_eq!(told, format!("; {text}"));
        }
    }
    assert!(compared >= 15, "{compared}");
    running.stop();
}
