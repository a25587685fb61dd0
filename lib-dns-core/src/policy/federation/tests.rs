use super::*;
use crate::policy::scope::{InternetAccess, Layer, Refusal, ScopePattern, Scopes, ZoneClass};
use std::string::{String, ToString};
use std::vec::Vec;

/// Keys of 32 octets, all alike.
const ONES: &str = "ED25519:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWOS: &str = "15:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

fn trust(text: &str) -> Result<TrustRecord<'static>, FederationError> {
    let buffer = Vec::leak(std::vec![0; MAX_TEXT_LEN]);
    TrustRecord::read([text.as_bytes()], buffer)
}

fn key(text: &str) -> Result<MeshKey<'static>, FederationError> {
    let buffer = Vec::leak(std::vec![0; MAX_TEXT_LEN]);
    federation_key([text.as_bytes()], buffer)
}

fn side(own: &str, trusted: &str, since: u32, scope: &str) -> Side<'static> {
    Side {
        key: key(&std::format!("pubkey={own}")).unwrap(),
        trust: trust(&std::format!("key={trusted},since={since},scope={scope}")).unwrap(),
    }
}

fn shown(zones: impl Iterator<Item = NameBuf>) -> Vec<String> {
    zones.map(|zone| zone.as_name().to_string()).collect()
}

#[test]
fn rule_16_2_the_key_of_a_mesh_is_read() {
    let read = key(&std::format!("pubkey={ONES}")).unwrap();
    assert_eq!(read.algorithm, SecurityAlgorithm::ED25519);
    assert!(read.octets().eq([1; 32]));
    assert_ne!(read, key(&std::format!("PubKey={TWOS}")).unwrap());
    // A long key stands in several strings.
    let long = crate::text::Base64(&[7; 1312]).to_string();
    let text = std::format!("pubkey=MLDSA44:{long}");
    let mut buffer = [0; MAX_TEXT_LEN];
    let read = federation_key(text.as_bytes().chunks(255), &mut buffer).unwrap();
    assert!(read.octets().eq([7; 1312]));
}

#[test]
fn rule_16_2_a_trust_record_is_read() {
    let text = std::format!("scope=fed.sovereign. x.sovereign.,key={ONES},since=20260117000000");
    let read = trust(&text).unwrap();
    assert_eq!(read.since, 1_768_608_000);
    assert_eq!(shown(read.scope()), ["fed.sovereign.", "x.sovereign."]);
    let seconds = trust(&text.replace("20260117000000", "1768608000")).unwrap();
    assert_eq!(seconds, read);
}

#[test]
fn rule_16_2_what_cannot_be_read_is_no_trust() {
    use FederationError::*;
    let good = std::format!("key={ONES},since=1,scope=a.");
    assert!(trust(&good).is_ok());
    for (text, error, says) in [
        (String::new(), NoField { field: 1 }, "field 1 has no '='"),
        (
            good.replace(",since", ",,since"),
            NoField { field: 2 },
            "field 2",
        ),
        (
            good.replace("since", "sinse"),
            UnknownField { field: 2 },
            "field 2 is none",
        ),
        (
            std::format!("{good},since=2"),
            Repeated("since"),
            "'since=' stands twice",
        ),
        (
            std::format!("key={ONES},scope=a."),
            Missing("since"),
            "'since=' is missing",
        ),
        (
            good.replace("ED25519:", ""),
            Algorithm,
            "an algorithm and a colon",
        ),
        (good.replace("ED25519", "ROT13"), Algorithm, "ED25519:"),
        (good.replace("AQE=", "AQF="), Base64, "no base64"),
        (good.replace("AQE=", "A!E="), Base64, "no base64"),
        (
            good.replace("AQE=", ""),
            KeyLength { expected: 32 },
            "has 32 octets",
        ),
        ("key=13:,since=1,scope=a.".to_string(), Base64, "no base64"),
        (
            good.replace("since=1", "since=20261317000000"),
            Time,
            "no time",
        ),
        (
            good.replace("since=1", "since=soon"),
            Time,
            "20260117000000",
        ),
        (good.replace("since=1", "since=4294967296"), Time, "no time"),
        (
            good.replace("scope=a.", "scope="),
            Scope { name: 1 },
            "name 1",
        ),
        (
            good.replace("scope=a.", "scope=."),
            Scope { name: 1 },
            "is no zone",
        ),
        (
            good.replace("scope=a.", "scope=a. b"),
            Scope { name: 2 },
            "name 2",
        ),
        (
            good.replace("scope=a.", "scope=a.  b."),
            Scope { name: 2 },
            "name 2",
        ),
        (
            good.replace("a.", &"a. ".repeat(70)),
            Scope { name: 65 },
            "name 65",
        ),
        ("x".repeat(MAX_TEXT_LEN + 1), TooLong, "4096 octets"),
    ] {
        assert_eq!(trust(&text), Err(error), "{text}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let mut small = [0; 10];
    assert_eq!(
        TrustRecord::read([good.as_bytes()], &mut small),
        Err(TooLong)
    );
}

#[test]
fn rule_16_2_trust_is_mutual_and_from_a_time_on() {
    let mesh = NameBuf::from_text("meshb.sovereign.").unwrap();
    let is_mutual = |ours: &Side<'_>, theirs: &Side<'_>| {
        agree(mesh.as_name(), ours, theirs, &[], 100).is_mutual
    };
    let ours = side(ONES, TWOS, 100, "a.");
    assert!(is_mutual(&ours, &side(TWOS, ONES, 100, "a.")));
    assert!(
        !is_mutual(&ours, &side(TWOS, TWOS, 100, "a.")),
        "they trust another key"
    );
    assert!(
        !is_mutual(&ours, &side(ONES, ONES, 100, "a.")),
        "they sign with another key"
    );
    assert!(!is_mutual(&ours, &side(TWOS, ONES, 101, "a.")), "not yet");
}

#[test]
fn rule_16_2_only_what_both_share_is_asked_for_across() {
    let ours = side(
        ONES,
        TWOS,
        0,
        "fed.sovereign. own.sovereign. wide.sovereign.",
    );
    let theirs = side(
        TWOS,
        ONES,
        0,
        "FED.sovereign. x.wide.sovereign. other.sovereign.",
    );
    let shared: Vec<_> = shared_zones(&ours.trust, &theirs.trust).collect();
    let zones: Vec<_> = shared.iter().map(NameBuf::as_name).collect();
    assert_eq!(
        shown(shared.iter().copied()),
        ["fed.sovereign.", "x.wide.sovereign."]
    );

    let [mesh, sovereign] =
        ["meshb.sovereign.", "sovereign."].map(|name| NameBuf::from_text(name).unwrap());
    let federation = agree(mesh.as_name(), &ours, &theirs, &zones, 0);
    let patterns = [ScopePattern {
        suffix: sovereign.as_name(),
        class: ZoneClass::Federated,
    }];
    let names = [sovereign.as_name()];
    let scopes = Scopes {
        mesh_names: &names,
        patterns: &patterns,
        federations: &[],
        internet: InternetAccess::NotConfigured,
    };
    let permit = |asked: &str| {
        let asked = NameBuf::from_text(asked).unwrap();
        scopes
            .permit(asked.as_name(), None, Layer::Federation(federation))
            .map(|_| ())
    };
    assert_eq!(permit("a.fed.sovereign."), Ok(()));
    assert_eq!(permit("a.x.wide.sovereign."), Ok(()));
    for alone in ["a.wide.sovereign.", "own.sovereign.", "other.sovereign."] {
        assert_eq!(permit(alone), Err(Refusal::ZoneNotShared), "{alone}");
    }
}
