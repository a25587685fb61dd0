//! Keys of each algorithm: what they sign verifies, what they did not sign does not, and no text shows them
//! but the ones that must.

use super::key_pair::KeyPair;
use super::*;
use lib_dns_core::code_points::SecurityAlgorithm as Algorithm;
use lib_dns_core::crypto::{MacAlgorithm, SignatureVerifier, Signer, SignerError, Verdict};
use lib_dns_core::name::NameBuf;

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::RSASHA256,
    Algorithm::RSASHA512,
    Algorithm::ECDSAP256SHA256,
    Algorithm::ECDSAP384SHA384,
    Algorithm::ED25519,
    Algorithm::MLDSA44,
];

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

fn generate(algorithm: Algorithm, role: KeyRole) -> ZoneKey {
    ZoneKey::generate(&name("Mesh.example.").as_name(), algorithm, role, None).unwrap()
}

fn sign(key: &ZoneKey, parts: &[&[u8]]) -> Vec<u8> {
    let mut signature = vec![0; key.signature_len()];
    let len = key.sign(parts, &mut signature).unwrap();
    assert_eq!(len, signature.len());
    signature
}

fn verify(key: &ZoneKey, message: &[u8], signature: &[u8]) -> Verdict {
    let (algorithm, public_key) = (key.algorithm(), key.public_key());
    SystemVerifier::default().verify(algorithm, public_key, &[message], signature)
}

#[test]
fn what_each_algorithm_signs_verifies_and_nothing_else_does() {
    for algorithm in ALGORITHMS {
        let key = generate(algorithm, KeyRole::Zsk);
        let signature = sign(&key, &[b"a ", b"", b"mess", b"age"]);
        assert_eq!(verify(&key, b"a message", &signature), Verdict::Valid);
        assert_eq!(verify(&key, b"a massage", &signature), Verdict::Invalid);
        let other = generate(algorithm, KeyRole::Zsk);
        assert_eq!(verify(&other, b"a message", &signature), Verdict::Invalid);
        for at in [0, signature.len() / 2, signature.len() - 1] {
            let mut bent = signature.clone();
            bent[at] ^= 1;
            assert_eq!(verify(&key, b"a message", &bent), Verdict::Invalid);
        }
        let mut room = vec![0; signature.len() - 1];
        assert_eq!(key.sign(&[b"x"], &mut room), Err(SignerError::NoRoom));
    }
}

#[test]
fn lengths_are_looked_at_before_anything_else() {
    for algorithm in ALGORITHMS {
        let key = generate(algorithm, KeyRole::Zsk);
        let signature = sign(&key, &[b"message"]);
        let longer = [&signature[..], &[0]].concat();
        let shorter = &signature[..signature.len() - 1];
        for bad in [&longer[..], shorter, &[], &vec![0; signature.len()]] {
            assert_eq!(
                verify(&key, b"message", bad),
                Verdict::Invalid,
                "{algorithm}"
            );
        }
        let public_key = key.public_key();
        let longer = [public_key, &[0]].concat();
        for bad in [
            &longer[..],
            &public_key[1..],
            &public_key[..public_key.len() - 1],
            &[],
        ] {
            let verdict =
                SystemVerifier::default().verify(algorithm, bad, &[b"message"], &signature);
            assert_ne!(verdict, Verdict::Valid, "{algorithm}");
        }
        let zeros = vec![0; public_key.len()];
        let verdict =
            SystemVerifier::default().verify(algorithm, &zeros, &[b"message"], &signature);
        assert_ne!(verdict, Verdict::Valid, "{algorithm}");
    }
}

/// The predecessor took any 2592 octets for the signature of 32.
#[test]
fn a_long_enough_octet_string_is_no_signature() {
    for algorithm in ALGORITHMS {
        let key = generate(algorithm, KeyRole::Zsk);
        assert_eq!(verify(&key, &[7; 32], &[1; 2592]), Verdict::Invalid);
        assert_eq!(verify(&key, &[7; 32], &[1; 2420]), Verdict::Invalid);
    }
}

/// With a key of small order, R the identity and S zero, the equation holds for every message.
#[test]
fn weak_ed25519_keys_sign_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let signature = [&identity[..], &[0; 32]].concat();
    let plain = ed25519_dalek::VerifyingKey::from_bytes(&identity).unwrap();
    let parsed = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    assert!(
        ed25519_dalek::Verifier::verify(&plain, b"anything", &parsed).is_ok(),
        "the trap is one"
    );
    let verdict =
        SystemVerifier::default().verify(Algorithm::ED25519, &identity, &[b"anything"], &signature);
    assert_eq!(verdict, Verdict::Invalid);
    let dnskey = [&[1, 1, 3, 15][..], &identity].concat();
    let error = ZoneKey::from_dnskey(&name("example.").as_name(), &dnskey).unwrap_err();
    assert!(error.to_string().contains("weak"), "{error}");
}

#[test]
fn what_is_not_known_is_unverifiable() {
    let verifier = SystemVerifier::default();
    let one = |algorithm, key: &[u8]| verifier.verify(algorithm, key, &[b"x"], &[0; 64]);
    for algorithm in [
        Algorithm(0),
        Algorithm::RSASHA1,
        Algorithm::ED448,
        Algorithm(200),
    ] {
        assert_eq!(one(algorithm, &[1; 32]), Verdict::Unverifiable);
    }
    let short_rsa = [&[1, 3][..], &[0xff; 64]].concat();
    assert_eq!(one(Algorithm::RSASHA256, &short_rsa), Verdict::Unverifiable);
    let long_rsa = [&[1, 3][..], &[0xff; 513]].concat();
    assert_eq!(one(Algorithm::RSASHA256, &long_rsa), Verdict::Unverifiable);
}

/// Both libraries sign alike, so it does not matter which does.
#[test]
fn ed25519_signatures_are_those_of_the_other_library() {
    for seed in 0..16u8 {
        let seed = [seed; 32];
        let key = ZoneKey::from_seed(
            &name("example.").as_name(),
            Algorithm::ED25519,
            KeyRole::Csk,
            &seed,
        );
        let key = key.unwrap();
        let other = ed25519_dalek::SigningKey::from_bytes(&seed);
        assert_eq!(key.public_key(), other.verifying_key().as_bytes());
        let signature = ed25519_dalek::Signer::sign(&other, b"message");
        assert_eq!(sign(&key, &[b"mess", b"age"]), signature.to_bytes());
    }
}

/// RFC 8080 6.1: the first example's key and tag.
#[test]
fn keys_have_the_tags_of_their_documents() {
    let text = "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n\
                PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n";
    let public =
        "example.com. 3600 IN DNSKEY 257 3 15 (\n l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )";
    let key = ZoneKey::from_bind(public, Some(text)).unwrap();
    assert_eq!((key.tag(), key.ttl()), (3613, Some(3600)));
    assert_eq!(key.role(), KeyRole::Ksk);

    // draft-westerbaan-dnssec-mldsa: the seed 00 to 1f.
    let seed: Vec<u8> = (0..32).collect();
    let owner = name("example.com.");
    let key = ZoneKey::from_seed(&owner.as_name(), Algorithm::MLDSA44, KeyRole::Ksk, &seed);
    let key = key.unwrap();
    assert_eq!(key.public_key().len(), 1312);
    assert_eq!(key.tag(), 59_829);
    assert_eq!(key.file_stem(), "Kexample.com.+018+59829");
    let private = key.to_bind_private();
    assert!(private.contains(
        "Algorithm: 18 (MLDSA44)\nPrivateKey: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    ));
}

#[test]
fn each_key_survives_each_format() {
    for algorithm in ALGORITHMS {
        for role in [KeyRole::Zsk, KeyRole::Ksk] {
            let mut key = generate(algorithm, role);
            key.set_ttl(Some(300));
            for (event, time) in KeyEvent::ALL.into_iter().zip(1_000_000_000..) {
                key.timing_mut().set(event, Some(time));
            }
            let (public, private) = (key.to_bind_public(), key.to_bind_private());
            let again = ZoneKey::from_bind(&public, Some(&private)).unwrap();
            assert_eq!(again.dnskey_data(), key.dnskey_data());
            assert_eq!(again.timing(), key.timing());
            assert_eq!(again.owner(), key.owner());
            assert_eq!(*again.to_bind_private(), *private);
            assert_eq!(again.to_bind_public(), public);

            let public_only = ZoneKey::from_bind(&public, None).unwrap();
            assert_eq!(public_only.timing(), key.timing());
            assert!(!public_only.can_sign());
            assert_eq!(public_only.sign(&[], &mut []), Err(SignerError::Failed));

            let pem = key.to_pem().unwrap();
            let again = ZoneKey::from_pem(&key.owner(), Some(algorithm), role, &pem).unwrap();
            assert_eq!(again.dnskey_data(), key.dnskey_data());
            assert_eq!(*again.to_pem().unwrap(), *pem);
        }
    }
}

#[test]
fn keys_that_do_not_belong_together_are_refused() {
    let (one, other) = (
        generate(Algorithm::ED25519, KeyRole::Zsk),
        generate(Algorithm::ED25519, KeyRole::Zsk),
    );
    let error = ZoneKey::from_bind(&one.to_bind_public(), Some(&other.to_bind_private()));
    assert!(matches!(error.unwrap_err().problem, KeyProblem::NotAPair));
    let other_algorithm = one.to_bind_public().replace(" 3 15 ", " 3 17 ");
    let error = ZoneKey::from_bind(&other_algorithm, Some(&one.to_bind_private()));
    assert!(matches!(error.unwrap_err().problem, KeyProblem::NotAPair));
}

#[test]
fn bad_private_keys_are_told_with_their_line_and_without_their_content() {
    let head = "Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\n";
    let read = |text: &str| bind_files::read_private(text).map(|_| ());
    for (text, told) in [
        ("", "line 1: no private key of format v1.2 or v1.3"),
        (
            "Private-key-format: v2.0\n",
            "line 1: no private key of format v1.2 or v1.3",
        ),
        (
            "Private-key-format: v1.3\nPrivateKey: AAAA",
            "the algorithm is missing",
        ),
        (
            "Private-key-format: v1.3\nAlgorithm: x",
            "line 2: expected the number of an algorithm",
        ),
        (
            "Private-key-format: v1.3\nAlgorithm: 300",
            "line 2: expected the number of an algorithm",
        ),
        (&format!("{head}nothing"), "line 3: a line is 'Word: value'"),
        (
            &format!("{head}PrivateKey: U0VDUkVU*"),
            "line 3: expected base64",
        ),
        (
            &format!("{head}PrivateKey: U0VDUkVU"),
            "an Ed25519 private key has 32 octets",
        ),
        (
            &format!("{head}Publish: 2026"),
            "line 3: a time has fourteen digits: YYYYMMDDHHmmSS",
        ),
        (
            &format!("{head}Modulus: AAAA"),
            "a number of the RSA key is missing",
        ),
        (
            &format!("{head}Modulus: AAAA\nPrivateKey: AAAA"),
            "a private key of two kinds",
        ),
        (
            &format!("{head}Publish: 20260101000000\nPublish: 20260101000000"),
            "line 4: a word is there twice",
        ),
        (
            &format!("{head}Label: x"),
            "line 3: a key in a hardware module, which cannot be used here",
        ),
        (
            "Private-key-format: v1.3\nAlgorithm: 16\nPrivateKey: AAAA",
            "keys of algorithm ED448 cannot be used here",
        ),
        (
            "Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: AAAA",
            "the private key is no number below the curve's order",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), told, "{text}");
    }
    for (text, told) in [
        ("", "the DNSKEY record is missing"),
        (
            "; Publish: x\n",
            "line 1: a time has fourteen digits: YYYYMMDDHHmmSS",
        ),
        (
            "example. IN A 192.0.2.1\n",
            "line 1: no DNSKEY or KEY record of class IN",
        ),
        (
            "\n\nexample. IN DNSKEY 257 3 15 AAAA\n",
            "line 3: an Ed25519 key has 32 octets",
        ),
        (
            "example. DNSKEY 1 3 15 AAAA\n",
            "line 1: no key of a zone: flag 256 is not set",
        ),
        (
            "example. DNSKEY 257 3 200 AAAA\nexample. DNSKEY 257 3 200 AAAA\n",
            "line 2: the DNSKEY record is there twice",
        ),
        ("example. DNSKEY 257 3 200\n", "line 1: "),
    ] {
        let error = ZoneKey::from_bind(text, None).unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}: {error}");
    }
}

#[test]
fn bad_pem_is_refused() {
    let key = generate(Algorithm::ED25519, KeyRole::Zsk);
    let pem = key.to_pem().unwrap();
    let owner = name("example.");
    let read = |text: &str| ZoneKey::from_pem(&owner.as_name(), None, KeyRole::Zsk, text);
    assert!(read(&pem).is_ok());
    for (text, told) in [
        (String::new(), "is missing"),
        (
            pem.replace("BEGIN PRIVATE", "BEGIN EC PRIVATE"),
            "openssl pkcs8",
        ),
        (
            pem.replace("END", "UND"),
            "-----END PRIVATE KEY----- is missing",
        ),
        (pem.replacen("MC", "MD", 1), "no unencrypted PKCS#8"),
        (pem.replacen('\n', "\nAAAA", 1), "no unencrypted PKCS#8"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
    let wrong = ZoneKey::from_pem(
        &owner.as_name(),
        Some(Algorithm::MLDSA44),
        KeyRole::Zsk,
        &pem,
    );
    assert!(wrong.unwrap_err().to_string().contains("another algorithm"));
}

#[test]
fn debug_and_errors_show_no_secret() {
    let key = generate(Algorithm::ED25519, KeyRole::Csk);
    let private = key.to_bind_private();
    let (_, secret) = private.split_once("PrivateKey: ").unwrap();
    let secret = secret.lines().next().unwrap();
    let shown = format!("{key:?} {:?}", Key::Zone(key.clone()));
    assert!(shown.contains("tag") && !shown.contains(secret), "{shown}");
    let octets = secret_text::decode(secret).unwrap();
    assert!(!shown.contains(&format!("{:?}", &octets[..4])));

    let tsig = TsigSecret::generate(&name("k").as_name(), MacAlgorithm::HmacSha512).unwrap();
    let shown = format!("{tsig:?}");
    assert!(!shown.contains(&*tsig.secret_text()), "{shown}");
    assert!(!shown.contains(&format!("{:?}", &tsig.secret()[..4])));

    let text = format!("key k {{ secret \"{secret}*\"; }};");
    let error = TsigSecret::read_all(&text).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(&secret[..8]), "{shown}");
    let text = format!("Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: {secret}*\n");
    let error = bind_files::read_private(&text).map(|_| ()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&secret[..8]));
}

#[test]
fn tsig_keys_read_back_from_each_format() {
    for algorithm in MacAlgorithm::ALL {
        let made = TsigSecret::generate(&name("Mesh.Transfer.").as_name(), *algorithm);
        if *algorithm == MacAlgorithm::GssTsig {
            assert!(made.is_err());
            continue;
        }
        let key = made.unwrap();
        assert!(key.secret().len() >= algorithm.mac_len());
        assert_eq!(key.min_mac_len(), algorithm.mac_len());
        for text in [key.to_clause(), key.to_yaml(), key.to_text()] {
            let again = TsigSecret::read_all(&text).unwrap();
            let [again] = &again[..] else {
                panic!("{} keys", again.len());
            };
            assert_eq!(again.name(), key.name());
            assert_eq!(again.algorithm(), *algorithm);
            assert_eq!(again.secret(), key.secret());
        }
        let least = algorithm.least_mac_len();
        assert_eq!(key.with_min_mac_len(1).min_mac_len(), least);
    }
    assert!(TsigSecret::read_all("").is_err());
    assert!(TsigSecret::from_text("hmac-sha256:a:").is_err());
    assert!(TsigSecret::from_text("AAAA").is_err());
    // What one of the formats cannot hold.
    for name in ["a#b", "a\\;b", "a{", "a\\\"b", "a b", "a@"] {
        assert!(
            TsigSecret::from_text(&format!("{name}:AAAA")).is_err(),
            "{name}"
        );
    }
    let default = TsigSecret::from_text("name:AAAA").unwrap();
    assert_eq!(default.algorithm(), MacAlgorithm::HmacSha256);
    let owner = name("k");
    assert!(TsigSecret::new(&owner.as_name(), MacAlgorithm::HmacSha1, &[0; 513]).is_err());
}

#[test]
fn a_keyring_verifies_what_its_keys_signed() {
    use lib_dns_core::messages::tsig::{Stamp, TsigKeys, sign_request, verify_request};
    use lib_dns_core::messages::{Flags, Message, MessageBuilder};
    let mut keyring = Keyring::new();
    let owner = name("transfer.");
    let secret = TsigSecret::generate(&owner.as_name(), MacAlgorithm::HmacSha256).unwrap();
    let (key, text) = (secret.to_tsig_key(), secret.to_text());
    keyring.add(secret).unwrap();
    assert!(keyring.add(TsigSecret::from_text(&text).unwrap()).is_err());
    keyring
        .add(TsigSecret::from_text("hmac-md5:old:AAAA").unwrap())
        .unwrap();
    let mut buffer = [0; 512];
    let message = MessageBuilder::<4>::new(&mut buffer, 7, Flags::default()).unwrap();
    let len = message.finish().len();
    let (len, _) = sign_request(&key, &mut buffer, len, &Stamp::at(1_000)).unwrap();
    let request = Message::from_bytes(&buffer[..len]).unwrap();
    assert!(matches!(
        verify_request(&request, &keyring, 1_000),
        Ok(Some(_))
    ));
    assert!(verify_request(&request, &Keyring::new(), 1_000).is_err());
    let found = (&keyring).find(&name("old.").as_name(), MacAlgorithm::HmacMd5);
    assert!(found.is_none());
}

#[test]
fn rsa_keys_have_the_sizes_that_were_asked_for() {
    let key = KeyPair::generate(Algorithm::RSASHA256, Some(3072)).unwrap();
    assert_eq!(key.signature_len(), 384);
    for bits in [1024, 2047, 8192] {
        assert!(KeyPair::generate(Algorithm::RSASHA256, Some(bits)).is_err());
    }
    assert!(KeyPair::generate(Algorithm::ED25519, Some(256)).is_err());
    assert!(KeyPair::generate(Algorithm::RSASHA1, None).is_err());
}

mod folders {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn mode(file: &std::path::Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_folder_keeps_what_is_added_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut keyring = Keyring::open(folder.path()).unwrap();
        let zone = name("mesh.example.");
        let key = keyring
            .generate(
                &zone.as_name(),
                Algorithm::ED25519,
                KeyRole::Csk,
                None,
                |key| {
                    key.timing_mut().set(KeyEvent::Publish, Some(1));
                },
            )
            .unwrap();
        let tsig = TsigSecret::generate(&name("a/b.").as_name(), MacAlgorithm::HmacSha256);
        keyring.add(tsig.unwrap()).unwrap();
        let again = keyring.add(key.clone()).unwrap_err();
        assert!(matches!(again.problem, KeyProblem::Exists));

        let private = folder.path().join(key.file_stem() + ".private");
        assert_eq!(mode(&private), 0o600);
        assert_eq!(mode(&private.with_extension("key")), 0o644);
        assert_eq!(mode(&folder.path().join("a%2Fb.tsig")), 0o600);

        let mut again = Keyring::open(folder.path()).unwrap();
        let [found] = again.zone_keys(&zone.as_name()) else {
            panic!("{again:?}");
        };
        let mut found = found.clone();
        assert_eq!(found.dnskey_data(), key.dnskey_data());
        assert_eq!((found.role(), found.can_sign()), (KeyRole::Csk, true));
        assert_eq!(found.timing(), key.timing());
        assert_eq!(again.tsig_keys().count(), 1);
        assert!(again.tsig(&name("A/B.").as_name()).is_some());
        assert!(again.warnings().is_empty());

        found.timing_mut().set(KeyEvent::Inactive, Some(99));
        again.update(found).unwrap();
        let again = Keyring::open(folder.path()).unwrap();
        let timing = again.zone_keys(&zone.as_name())[0].timing();
        assert_eq!(timing.get(KeyEvent::Inactive), Some(99));
        let unfinished = fs::read_dir(folder.path()).unwrap();
        let unfinished = unfinished.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with('.')
        });
        assert_eq!(unfinished.count(), 0);
    }

    #[test]
    fn what_others_may_read_is_left_aside_with_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let mut keyring = Keyring::open(folder.path()).unwrap();
        let key = generate(Algorithm::ED25519, KeyRole::Zsk);
        keyring.add(key.clone()).unwrap();
        let tsig = TsigSecret::generate(&name("k").as_name(), MacAlgorithm::HmacSha256);
        keyring.add(tsig.unwrap()).unwrap();
        let private = folder.path().join(key.file_stem() + ".private");
        for file in [private, folder.path().join("k.tsig")] {
            fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
        }
        let keyring = Keyring::open(folder.path()).unwrap();
        assert!(!keyring.zone_keys(&key.owner())[0].can_sign());
        assert_eq!(keyring.tsig_keys().count(), 0);
        let told: Vec<_> = keyring.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].contains("0640") && told[0].contains("chmod 600"),
            "{told:?}"
        );
    }

    #[test]
    fn what_cannot_be_written_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).unwrap();
        let mut keyring = Keyring::open(&gone).unwrap();
        fs::remove_dir(&gone).unwrap();
        let key = generate(Algorithm::ED25519, KeyRole::Zsk);
        assert!(keyring.add(key.clone()).is_err());
        assert!(keyring.zone_keys(&key.owner()).is_empty());
        let tsig = TsigSecret::generate(&name("k").as_name(), MacAlgorithm::HmacSha256);
        assert!(keyring.add(tsig.unwrap()).is_err());
        assert_eq!(keyring.tsig_keys().count(), 0);
    }

    #[test]
    fn a_bad_file_is_told_by_name_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Kbad.+015+00001.key");
        fs::write(&file, "\nbad. IN DNSKEY 257 3 15 ****\n").unwrap();
        let error = Keyring::open(folder.path()).unwrap_err().to_string();
        assert_eq!(error, format!("{}:2: expected base64", file.display()));
        fs::write(&file, vec![b' '; 300_000]).unwrap();
        let error = Keyring::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("longer than 262144 octets"), "{error}");
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(Keyring::open(folder.path()).is_err());
        assert!(Keyring::open(folder.path().join("none")).is_err());
    }
}

/// Keys that sign messages stand in KEY records, and need not be those of a zone.
#[test]
fn keys_of_hosts_are_read_from_key_records() {
    let key = "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
    let read =
        |rtype: &str| ZoneKey::from_bind(&format!("h.test. IN {rtype} 512 3 15 {key}\n"), None);
    let key = read("KEY").unwrap();
    assert_eq!((key.flags(), key.algorithm()), (512, Algorithm::ED25519));
    let again = ZoneKey::from_bind(&key.to_bind_public(), None).unwrap();
    assert_eq!(again.dnskey_data(), key.dnskey_data());
    assert!(again.signs_messages_only() && !again.uses_at(0).published);
    assert!(Keyring::new().add(key).is_err());
    let error = read("DNSKEY").unwrap_err().to_string();
    assert!(error.contains("flag 256 is not set"), "{error}");
}
