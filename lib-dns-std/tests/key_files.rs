//! Keys of other programs read here, and ours read there: BIND's and Knot's tools say the same of them.

#[path = "peers/harness.rs"]
mod harness;

use harness::output_or_skip;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::{MacAlgorithm, SignatureVerifier, Signer, Verdict};
use lib_dns_core::dnssec::{DsDigest, ds_data};
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Base16;
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::keyring::{KeyEvent, KeyRole, Keyring, SystemVerifier, TsigSecret, ZoneKey};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The algorithms that BIND 9.18 and Knot 3.2 know.
const ALGORITHMS: [SecurityAlgorithm; 5] = [
    SecurityAlgorithm::RSASHA256,
    SecurityAlgorithm::RSASHA512,
    SecurityAlgorithm::ECDSAP256SHA256,
    SecurityAlgorithm::ECDSAP384SHA384,
    SecurityAlgorithm::ED25519,
];

/// What a program prints, which must go well; `None` if it is missing, which CI does not let pass.
fn output(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    let output = output_or_skip(&mut command)?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {told}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn apex() -> NameBuf {
    NameBuf::from_text("mesh.example.").unwrap()
}

/// The key signs, and its signature is its own.
fn assert_signs(key: &ZoneKey) {
    let mut signature = vec![0; key.signature_len()];
    key.sign(&[b"message"], &mut signature).unwrap();
    let verdict = SystemVerifier::default().verify(
        key.algorithm(),
        key.public_key(),
        &[b"message"],
        &signature,
    );
    assert_eq!(verdict, Verdict::Valid, "{key:?}");
}

fn ds_line(key: &ZoneKey, digest: DsDigest) -> String {
    let mut data = [0; 64];
    let len = ds_data(
        &RustCryptoDigest,
        &key.owner(),
        key.dnskey_data(),
        digest,
        &mut data,
    );
    let (head, digest) = data[..len.unwrap()].split_at(4);
    format!(
        "{} IN DS {} {} {} {}",
        key.owner(),
        u16::from_be_bytes([head[0], head[1]]),
        head[2],
        head[3],
        Base16(digest)
    )
}

#[test]
fn keys_of_dnssec_keygen_are_read_with_their_times() {
    let folder = TempDir::new().unwrap();
    for algorithm in ALGORITHMS {
        let mnemonic = algorithm.to_string();
        let times = ["-P", "+1d", "-A", "+2d", "-I", "+30d", "-D", "+40d"];
        let sync = ["-Psync", "+3d", "-Dsync", "+39d", "-L", "3600"];
        let sizes: &[&str] = if mnemonic.starts_with("RSA") {
            &["-b", "2048"]
        } else {
            &[]
        };
        let rest = ["-q", "-f", "KSK", "-a", &mnemonic, "mesh.example"];
        let arguments = [&times[..], &sync, sizes, &rest].concat();
        let Some(printed) = output(folder.path(), "dnssec-keygen", &arguments) else {
            return;
        };
        let stem = printed.trim();
        let read = |ending: &str| {
            fs::read_to_string(folder.path().join(format!("{stem}{ending}"))).unwrap()
        };
        let (public, private) = (read(".key"), read(".private"));
        let key = ZoneKey::from_bind(&public, Some(&private)).unwrap();
        assert_eq!(key.file_stem(), stem);
        assert_eq!(key.ttl(), Some(3600));
        assert_eq!(key.role(), KeyRole::Ksk);
        assert_signs(&key);
        let created = key.timing().get(KeyEvent::Created).unwrap();
        for (event, days) in [
            (KeyEvent::Publish, 1),
            (KeyEvent::Activate, 2),
            (KeyEvent::Inactive, 30),
            (KeyEvent::Delete, 40),
            (KeyEvent::SyncPublish, 3),
            (KeyEvent::SyncDelete, 39),
        ] {
            let time = key.timing().get(event).unwrap();
            assert_eq!(time, created + days * 86_400, "{event:?}");
        }
        // Written again it is the same to the letter, but for blanks within the public key.
        assert_eq!(*key.to_bind_private(), private);
        assert_eq!(unbroken(&key.to_bind_public()), unbroken(&public));
        let ds = output(folder.path(), "dnssec-dsfromkey", &["-2", stem]).unwrap();
        assert_eq!(ds.trim(), ds_line(&key, DsDigest::Sha256));
    }
    let keyring = Keyring::open(folder.path()).unwrap();
    assert_eq!(keyring.zone_keys(&apex().as_name()).len(), ALGORITHMS.len());
    assert!(keyring.all_zone_keys().all(ZoneKey::can_sign));
}

/// Without the blanks that BIND puts into a public key.
fn unbroken(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("DNSKEY ") {
        Some((head, data)) if !line.starts_with(';') => {
            let mut words = data.split_whitespace();
            let numbers: Vec<_> = words.by_ref().take(3).collect();
            let key: String = words.collect();
            format!("{head}DNSKEY {} {key}\n", numbers.join(" "))
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn bind_signs_with_our_keys() {
    let folder = TempDir::new().unwrap();
    let zone = "$TTL 300\n@ SOA ns admin 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    fs::write(folder.path().join("zone"), zone).unwrap();
    for algorithm in ALGORITHMS {
        let keys = folder.path().join(format!("keys-{}", algorithm.0));
        fs::create_dir(&keys).unwrap();
        let mut keyring = Keyring::open(&keys).unwrap();
        for role in [KeyRole::Ksk, KeyRole::Zsk] {
            let key = keyring
                .generate(&apex().as_name(), algorithm, role, None, |key| {
                    for event in [KeyEvent::Created, KeyEvent::Publish, KeyEvent::Activate] {
                        key.timing_mut().set(event, Some(1_700_000_000));
                    }
                })
                .unwrap();
            for (option, digest) in [("-2", DsDigest::Sha256), ("-aSHA-384", DsDigest::Sha384)] {
                let arguments = ["-A", option, &key.file_stem()];
                let Some(ds) = output(&keys, "dnssec-dsfromkey", &arguments) else {
                    return;
                };
                assert_eq!(ds.trim(), ds_line(&key, digest));
            }
        }
        let keys = keys.to_str().unwrap();
        let arguments = [
            "-q",
            "-S",
            "-K",
            keys,
            "-d",
            keys,
            "-o",
            "mesh.example",
            "-f",
            "signed",
            "zone",
        ];
        output(folder.path(), "dnssec-signzone", &arguments);
        let arguments = ["-q", "-o", "mesh.example", "signed"];
        output(folder.path(), "dnssec-verify", &arguments);
    }
}

/// BIND's tools know no algorithm 18, so this is OpenSSL's word where it knows ML-DSA; the tag is that of
/// draft-westerbaan-dnssec-mldsa.
#[test]
fn an_ml_dsa_key_is_that_of_the_draft() {
    let seed: Vec<u8> = (0..32).collect();
    let (owner, algorithm) = (apex(), SecurityAlgorithm::MLDSA44);
    let key = ZoneKey::from_seed(&owner.as_name(), algorithm, KeyRole::Ksk, &seed).unwrap();
    assert_eq!(key.tag(), 59_829);
    assert_signs(&key);
}

#[test]
fn knot_imports_our_keys_and_we_take_its_key_store() {
    let folder = TempDir::new().unwrap();
    let base = folder.path().join("kasp");
    fs::create_dir(&base).unwrap();
    let base = base.to_str().unwrap();
    // A store has a key once.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let other = other.to_str().unwrap();
    let ours = folder.path().join("ours");
    fs::create_dir(&ours).unwrap();
    let mut keyring = Keyring::open(&ours).unwrap();
    for algorithm in ALGORITHMS {
        let key = keyring
            .generate(&apex().as_name(), algorithm, KeyRole::Ksk, None, |key| {
                for event in [KeyEvent::Created, KeyEvent::Publish, KeyEvent::Activate] {
                    key.timing_mut().set(event, Some(1_700_000_000));
                }
            })
            .unwrap();
        let file = ours.join(key.file_stem() + ".private");
        let file = file.to_str().unwrap();
        let import = ["-D", base, "mesh.example.", "import-bind", file];
        let Some(id) = output(folder.path(), "keymgr", &import) else {
            return;
        };
        let id = id.lines().next().unwrap().trim();
        let ds = output(
            folder.path(),
            "keymgr",
            &["-D", base, "mesh.example.", "ds", id],
        )
        .unwrap();
        let ds: Vec<_> = ds.split_whitespace().collect();
        let tag = key.tag().to_string();
        assert!(ds.contains(&tag.as_str()), "{ds:?} has no tag {tag}");
        for digest in [DsDigest::Sha256, DsDigest::Sha384] {
            let line = ds_line(&key, digest).to_lowercase();
            let hash = line.split_whitespace().last().unwrap().to_owned();
            assert!(ds.contains(&hash.as_str()), "{ds:?} has no {hash}");
        }
        // Knot's own form of it, out of its store.
        let pem = fs::read_to_string(Path::new(base).join("keys").join(format!("{id}.pem")));
        let (owner, role) = (apex(), KeyRole::Ksk);
        let again = ZoneKey::from_pem(&owner.as_name(), Some(algorithm), role, &pem.unwrap());
        assert_eq!(again.unwrap().dnskey_data(), key.dnskey_data());
        // And ours, into it.
        let pem = folder.path().join(format!("{}.pem", algorithm.0));
        fs::write(&pem, key.to_pem().unwrap().as_bytes()).unwrap();
        let attribute = format!("algorithm={}", algorithm.0);
        let import = [
            "-D",
            other,
            "other.example.",
            "import-pem",
            pem.to_str().unwrap(),
        ];
        let import = [&import[..], &[&attribute, "ksk=yes"]].concat();
        let id = output(folder.path(), "keymgr", &import).unwrap();
        let id = id.lines().next().unwrap().trim();
        let shown = ["-D", other, "other.example.", "dnskey", id];
        let shown = output(folder.path(), "keymgr", &shown).unwrap();
        let public = shown.split_whitespace().last().unwrap();
        assert!(key.to_bind_public().contains(public), "{shown}");
    }
    let made = [
        "-D",
        base,
        "made.example.",
        "generate",
        "algorithm=ed25519",
        "ksk=yes",
    ];
    let id = output(folder.path(), "keymgr", &made).unwrap();
    let id = id.lines().next().unwrap().trim();
    let pem = fs::read_to_string(Path::new(base).join("keys").join(format!("{id}.pem")));
    let owner = NameBuf::from_text("made.example.").unwrap();
    let key = ZoneKey::from_pem(&owner.as_name(), None, KeyRole::Ksk, &pem.unwrap()).unwrap();
    let shown = ["-D", base, "made.example.", "dnskey", id];
    let shown = output(folder.path(), "keymgr", &shown).unwrap();
    let public = ZoneKey::from_bind(&shown, None).unwrap();
    assert_eq!(key.dnskey_data(), public.dnskey_data());
}

#[test]
fn tsig_keys_of_the_generators_are_read_and_ours_are_taken() {
    let folder = TempDir::new().unwrap();
    let mut configuration = String::new();
    for algorithm in MacAlgorithm::ALL {
        let mnemonic = algorithm.mnemonic();
        // GSS-TSIG has no secrets; the generators make no keys that cut their MACs.
        if *algorithm == MacAlgorithm::GssTsig || mnemonic.matches('-').count() > 1 {
            continue;
        }
        let arguments = ["-a", mnemonic, "transfer.key"];
        let ddns = ["-a", mnemonic, "-k", "transfer.key", "-z", "mesh.example"];
        let keymgr = ["-t", "transfer.key", mnemonic];
        for (program, arguments) in [
            ("tsig-keygen", &arguments[..]),
            ("ddns-confgen", &ddns[..]),
            ("keymgr", &keymgr[..]),
        ] {
            let Some(printed) = output(folder.path(), program, arguments) else {
                continue;
            };
            let keys = TsigSecret::read_all(&printed).unwrap();
            assert_eq!(keys.len(), 1, "{program}");
            assert_eq!(keys[0].name().to_string(), "transfer.key.");
            assert_eq!(keys[0].algorithm(), *algorithm);
            assert!(printed.contains(keys[0].to_text().rsplit(':').next().unwrap()));
            if program == "tsig-keygen" {
                assert_eq!(*keys[0].to_clause(), printed);
            }
            if program == "keymgr" {
                assert_eq!(
                    format!("# {}\n{}", *keys[0].to_text(), *keys[0].to_yaml()),
                    printed
                );
            }
        }
        let name = NameBuf::from_text(&format!("ours-{mnemonic}")).unwrap();
        let ours = TsigSecret::generate(&name.as_name(), *algorithm).unwrap();
        configuration.push_str(&ours.to_clause());
    }
    fs::write(folder.path().join("named.conf"), configuration).unwrap();
    output(folder.path(), "named-checkconf", &["named.conf"]);
    let name = NameBuf::from_text("ours").unwrap();
    let ours = TsigSecret::generate(&name.as_name(), MacAlgorithm::HmacSha256).unwrap();
    fs::write(folder.path().join("knot.conf"), ours.to_yaml().as_bytes()).unwrap();
    output(folder.path(), "knotc", &["-c", "knot.conf", "conf-check"]);
}

/// What OpenSSL signs, which shares no code with us: RSA with each hash, and with short keys.
#[test]
fn signatures_of_openssl_verify() {
    let folder = TempDir::new().unwrap();
    let (at, path) = (folder.path(), |name: &str| folder.path().join(name));
    fs::write(path("message"), b"message").unwrap();
    for bits in [1024, 2048, 4096] {
        let size = format!("rsa_keygen_bits:{bits}");
        let make = [
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            &size,
            "-out",
            "key.pem",
        ];
        if output(at, "openssl", &make).is_none() {
            return;
        }
        let modulus = ["rsa", "-in", "key.pem", "-noout", "-modulus"];
        let modulus = output(at, "openssl", &modulus).unwrap();
        let modulus = modulus.trim().strip_prefix("Modulus=").unwrap();
        let octets = (0..modulus.len()).step_by(2);
        let modulus = octets.map(|at| u8::from_str_radix(&modulus[at..at + 2], 16).unwrap());
        // The exponent of every key that OpenSSL makes is 65537.
        let public_key: Vec<u8> = [3, 1, 0, 1].into_iter().chain(modulus).collect();
        for (algorithm, hash) in [
            (SecurityAlgorithm::RSASHA1, "-sha1"),
            (SecurityAlgorithm::RSASHA1_NSEC3_SHA1, "-sha1"),
            (SecurityAlgorithm::RSASHA256, "-sha256"),
            (SecurityAlgorithm::RSASHA512, "-sha512"),
        ] {
            let sign = [
                "dgst",
                hash,
                "-sign",
                "key.pem",
                "-out",
                "signature",
                "message",
            ];
            output(at, "openssl", &sign).unwrap();
            let signature = fs::read(path("signature")).unwrap();
            let judge = |verifier: SystemVerifier, message: &[u8]| {
                verifier.verify(algorithm, &public_key, &[message], &signature)
            };
            let with_sha1 = SystemVerifier::default().with_sha1(true);
            assert_eq!(
                judge(with_sha1, b"message"),
                Verdict::Valid,
                "{algorithm} {bits}"
            );
            assert_eq!(
                judge(with_sha1, b"massage"),
                Verdict::Invalid,
                "{algorithm} {bits}"
            );
            let without = if hash == "-sha1" {
                Verdict::Unverifiable
            } else {
                Verdict::Valid
            };
            assert_eq!(judge(SystemVerifier::default(), b"message"), without);
        }
    }
}

/// Its private keys are read, and what they sign here it verifies.
#[test]
fn openssl_and_we_share_keys() {
    let folder = TempDir::new().unwrap();
    let (at, path) = (folder.path(), |name: &str| folder.path().join(name));
    fs::write(path("message"), b"message").unwrap();
    for (algorithm, arguments) in [
        (SecurityAlgorithm::ED25519, &["ED25519"][..]),
        (
            SecurityAlgorithm::RSASHA256,
            &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ),
        (
            SecurityAlgorithm::ECDSAP256SHA256,
            &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ),
        (
            SecurityAlgorithm::ECDSAP384SHA384,
            &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ),
    ] {
        let make = [&["genpkey", "-out", "key.pem", "-algorithm"][..], arguments].concat();
        if output(at, "openssl", &make).is_none() {
            return;
        }
        let pem = fs::read_to_string(path("key.pem")).unwrap();
        let key = ZoneKey::from_pem(&apex().as_name(), None, KeyRole::Csk, &pem).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_signs(&key);
        // Ours are the same key to it.
        fs::write(path("ours.pem"), key.to_pem().unwrap().as_bytes()).unwrap();
        let public = |file| output(at, "openssl", &["pkey", "-pubout", "-in", file]).unwrap();
        assert_eq!(public("ours.pem"), public("key.pem"));
        if algorithm == SecurityAlgorithm::RSASHA256 {
            fs::write(path("public.pem"), public("ours.pem")).unwrap();
            let mut signature = vec![0; key.signature_len()];
            key.sign(&[b"mess", b"age"], &mut signature).unwrap();
            fs::write(path("signature"), signature).unwrap();
            let verify = [
                "dgst",
                "-sha256",
                "-verify",
                "public.pem",
                "-signature",
                "signature",
            ];
            let told = output(at, "openssl", &[&verify[..], &["message"]].concat());
            assert_eq!(told.unwrap().trim(), "Verified OK");
        }
    }
}
