//! Key files of every format: what is read is written and reads as the same again, and errors do not repeat
//! what stood there.
//!
//! A zero octet parts a public from a private file.

use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::Signer;
use lib_dns_core::name::NameBuf;
use lib_dns_std::keyring::{KeyError, KeyRole, TsigSecret, ZoneKey};

/// Runs the target.
pub fn run(data: &[u8]) {
    let _ = told(ZoneKey::read_dnskeys(data, None));
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (public, private) = match text.split_once('\0') {
        Some((public, private)) => (public, Some(private)),
        None => (text, None),
    };
    for private in [None, private] {
        if let Some(key) = told(ZoneKey::from_bind(public, private)) {
            check_zone_key(&key);
        }
    }
    let owner = NameBuf::from_text("example.").unwrap();
    for algorithm in [None, Some(SecurityAlgorithm::RSASHA512)] {
        if let Some(key) = told(ZoneKey::from_pem(
            &owner.as_name(),
            algorithm,
            KeyRole::Csk,
            text,
        )) {
            check_zone_key(&key);
        }
    }
    for key in told(TsigSecret::read_all(text)).unwrap_or_default() {
        for written in [key.to_clause(), key.to_yaml(), key.to_text()] {
            let again = TsigSecret::read_all(&written);
            let again = again.unwrap_or_else(|error| panic!("{}: {error}", *written));
            let [again] = &again[..] else {
                panic!("{}: {} keys", *written, again.len());
            };
            assert_eq!(again.name(), key.name());
            assert_eq!(again.algorithm(), key.algorithm());
            assert_eq!(again.secret(), key.secret());
        }
    }
}

/// Errors print.
fn told<T>(read: Result<T, KeyError>) -> Option<T> {
    read.map_err(|error| assert!(!error.to_string().is_empty()))
        .ok()
}

fn check_zone_key(key: &ZoneKey) {
    let (public, private) = (key.to_bind_public(), key.to_bind_private());
    let again = ZoneKey::from_bind(&public, Some(&private));
    let again = again.unwrap_or_else(|error| panic!("{public}: {error}"));
    assert_eq!(again.owner(), key.owner());
    assert_eq!(again.dnskey_data(), key.dnskey_data());
    assert_eq!(again.timing(), key.timing());
    assert_eq!(again.can_sign(), key.can_sign());
    if let Ok(pem) = key.to_pem() {
        let algorithm = Some(key.algorithm());
        let again = ZoneKey::from_pem(&key.owner(), algorithm, key.role(), &pem);
        let again = again.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.public_key(), key.public_key());
    }
}

/// Keys of each algorithm that can be made from a seed, in each format.
pub(super) fn seeds() -> Vec<(String, String)> {
    let mut seeds = Vec::new();
    let owner = NameBuf::from_text("mesh.example.").unwrap();
    for algorithm in [
        SecurityAlgorithm::ECDSAP256SHA256,
        SecurityAlgorithm::ECDSAP384SHA384,
        SecurityAlgorithm::ED25519,
        SecurityAlgorithm::MLDSA44,
    ] {
        let seed = [7; 32];
        let key = ZoneKey::from_seed(&owner.as_name(), algorithm, KeyRole::Ksk, &seed);
        let mut key = key.unwrap();
        for (event, time) in lib_dns_std::keyring::KeyEvent::ALL
            .into_iter()
            .zip(1_700_000_000..)
        {
            key.timing_mut().set(event, Some(time));
        }
        let pair = format!("{}\0{}", key.to_bind_public(), *key.to_bind_private());
        seeds.push((format!("bind-{}", algorithm.0), pair));
        seeds.push((
            format!("pem-{}", algorithm.0),
            key.to_pem().unwrap().to_string(),
        ));
    }
    let secret = TsigSecret::from_text("hmac-sha512:mesh-transfer:AAECAwQFBgcICQoLDA0ODw==");
    let secret = secret.unwrap();
    seeds.push(("clause".to_owned(), secret.to_clause().to_string()));
    seeds.push(("yaml".to_owned(), secret.to_yaml().to_string()));
    seeds.push(("line".to_owned(), secret.to_text().to_string()));
    seeds.push((
        "clauses-among-others".to_owned(),
        "/* x */ options { allow { key \"a\"; }; }; // y\nkey \"a\" { secret AAAA; }; # z\nkey b. \
         { algorithm hmac-sha256-128; secret \"AAAA\"; };\nnsupdate -k <keyfile>\n"
            .to_owned(),
    ));
    seeds.push(("deep".to_owned(), "{".repeat(4000)));
    seeds.push((
        "pem-lengths".to_owned(),
        "-----BEGIN PRIVATE KEY-----\nMIT/////AgEAMAUGAytlcAQiBCA=\n-----END PRIVATE KEY-----\n"
            .to_owned(),
    ));
    seeds
}
