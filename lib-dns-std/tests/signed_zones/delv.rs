//! Answers and denials from zones that we sign, validated by delv: after the first signing and after updates.

use super::harness::output_or_skip;
use super::updates::{apply, record};
use super::world::{EVERYTHING, load};
use super::{all_denials, now, two_keys};
use lib_dns_core::answer;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Base64;
use lib_dns_std::server::{Authority, Bound, Settings};
use lib_dns_std::signing::{SigningPolicy, ZoneSigner};
use lib_dns_std::zone::{Change, ZoneStore};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// What delv says of a question; `None` if it is missing, which CI does not let pass.
fn ask(address: SocketAddr, anchor: &Path, question: &str) -> Option<String> {
    let mut command = Command::new("delv");
    command.env("HOME", "/nonexistent").arg("-a").arg(anchor);
    command.args([
        "+root=example",
        "@127.0.0.1",
        "-p",
        &address.port().to_string(),
    ]);
    let output = output_or_skip(command.args(question.split(' ')))?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

const DATA: &str = "; fully validated";
const DENIED: &str = "; negative response, fully validated";

#[test]
fn delv_validates_answers_and_denials() {
    for (name, denial) in all_denials() {
        let policy = SigningPolicy {
            denial,
            ..SigningPolicy::default()
        };
        let signer = ZoneSigner::new(two_keys(), policy).unwrap();
        let zone = signer.sign(&load(EVERYTHING), now()).unwrap();
        let keys = signer.keys();
        let key = keys.iter().find(|key| key.uses().signs_keys).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let anchor = folder.path().join("anchor");
        let text = Base64(&key.dnskey()[4..]);
        let text = format!("trust-anchors {{ example. static-key 257 3 15 \"{text}\"; }};\n");
        fs::write(&anchor, text).unwrap();

        let store = ZoneStore::new();
        store.replace(zone.clone());
        let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
        let address = bound.addresses().next().unwrap();
        let authority = Authority::new(&store, answer::Settings::default());
        let running = bound.start(authority).unwrap();
        // What lies in an opted-out span is not proved not to be there (RFC 5155 9.2): such answers are right,
        // but not secure.
        let opts_out = name.contains("opt-out");
        let assert_says = |wanted: &[(&str, &str)]| {
            for (question, says) in wanted {
                if let Some(text) = ask(address, &anchor, question) {
                    let insecure = ["; unsigned answer", "; negative response, unsigned answer"];
                    // Of these, the proof takes a span.
                    let spans =
                        *says == DENIED || question.contains("some.") || question.contains("any.");
                    let is_insecure =
                        opts_out && spans && insecure.iter().any(|says| text.contains(says));
                    assert!(
                        text.contains(says) || is_insecure,
                        "{name}, {question}: {text}"
                    );
                }
            }
        };
        assert_says(&[
            ("-t A host.example", DATA),
            ("-t HTTPS host.example", DATA),
            ("-t A x.old.example", DATA),
            ("-t TXT some.wild.example", DATA),
            ("-t A any.alias.example", DATA),
            ("-t TYPE65300 unknown.example", DATA),
            ("-t DS secure.example", DATA),
            ("-t A nothing.example", DENIED),
            ("-t A none.mixed.example", DENIED),
            ("-t MX host.example", DENIED),
            ("-t A some.wild.example", DENIED),
            ("-t A below.empty.example", DENIED),
            ("-t DS insecure.example", DENIED),
        ]);

        // A name comes, one goes with the empty non-terminals above it, and a cut gets and loses its DS.
        let owner = |text: &str| NameBuf::from_text(text).unwrap();
        let (new, gone) = (
            owner("new.below.example."),
            owner("a.b.below.empty.example."),
        );
        let (cut, digest) = (
            owner("insecure.example."),
            [[0, 1, 15, 2].as_slice(), &[7; 32]].concat(),
        );
        let mut change = Change::new();
        let mut add = |owner, rtype, data| change.add(&record(owner, rtype, 300, data)).unwrap();
        add(&new, Type::A, &[10, 0, 0, 9]);
        add(&cut, Type::DS, &digest);
        change
            .delete(&record(&gone, Type::A, 300, &[10, 42, 4, 1]))
            .unwrap();
        signer.complete(&zone, &mut change, now()).unwrap();
        store.replace(apply(&zone, &change));
        assert_says(&[
            ("-t A new.below.example", DATA),
            ("-t TXT new.below.example", DENIED),
            ("-t A below.example", DENIED),
            ("-t A a.b.below.empty.example", DENIED),
            ("-t A empty.example", DENIED),
            ("-t DS insecure.example", DATA),
            ("-t A host.example", DATA),
        ]);
        running.stop();
    }
}
