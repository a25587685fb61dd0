//! The mesh's own types: layouts by hand, and what is refused.

use super::*;

const NODE: [u8; 32] = *b"\x7f\x3a\x8b\x2c0123456789abcdefghijklmnop\xff\xfe";
const NODE_TEXT: &str = "7F3A8B2C303132333435363738396162636465666768696A6B6C6D6E6F70FFFE";

fn scan_text(rtype: Type, text: &str) -> Vec<u8> {
    scan(rtype.info().unwrap(), text)
}

fn is_read(rtype: Type, octets: &[u8]) -> bool {
    RData::read(Class::IN, rtype, &mut Reader::new(octets)).is_ok()
}

/// Text and octets are each other's form.
#[track_caller]
fn same(rtype: Type, text: &str, octets: &[u8]) {
    assert_eq!(scan_text(rtype, text), octets, "{text}");
    assert_eq!(show(rtype, octets), text);
}

#[test]
fn mesh_types_have_their_numbers() {
    let mnemonics = "MESH ZK ID DAO ECON CONTENT MULTISIG PQS WEB4 WEB4CONTENT WEB4OWNER WEB4DHT \
                     WEB4MESH";
    let numbers = 65344..=65356;
    assert_eq!(mnemonics.split(' ').count(), numbers.clone().count());
    for (mnemonic, number) in mnemonics.split(' ').zip(numbers) {
        let info = Type(number).info().unwrap();
        assert_eq!(info.mnemonic, mnemonic);
    }
}

#[test]
fn endpoints_have_their_layout() {
    let ends = [
        (
            "ipv4 quic 10.42.1.5:9333",
            &b"\x01\x03\x24\x75\x0a\x2a\x01\x05"[..],
        ),
        (
            "ipv6 transport77 [fd00::5]:53",
            b"\x02\x4d\0\x35\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05",
        ),
        (
            "ble random c0-00-5e-00-53-2a",
            b"\x03\x01\xc0\x00\x5e\x00\x53\x2a",
        ),
        ("lora 0000002A 7F3A8B2C", b"\x04\0\0\0\x2a\x7f\x3a\x8b\x2c"),
        ("key 15 AQID", b"\x05\x0f\x01\x02\x03"),
        ("endpoint0 \\# 0", b"\0"),
        ("endpoint255 \\# 3 CAFE00", b"\xff\xca\xfe\0"),
    ];
    for (text, octets) in ends {
        let wire = [&NODE[..], b"\0\x01\x01\0", octets].concat();
        same(Type::MESH, &std::format!("{NODE_TEXT} 1 256 {text}"), &wire);
        let wire = [b"\x04zhtp", &NODE[..], b"\0\x01\x01\0", octets].concat();
        let text = std::format!("\"zhtp\" {NODE_TEXT} 1 256 {text}");
        same(Type::WEB4MESH, &text, &wire);
    }
}

#[test]
fn endpoints_of_a_known_kind_must_have_its_length() {
    let head = [&NODE[..], b"\0\x01\0\0"].concat();
    for bad in [
        &b""[..],
        b"\x01\x03\x24\x75\x0a\x2a\x01",
        b"\x01\x03\x24\x75\x0a\x2a\x01\x05\0",
        b"\x02\x03\x24\x75\x0a\x2a\x01\x05",
        b"\x03\x01\xc0\x00\x5e\x00\x53",
        b"\x03\x01\xc0\x00\x5e\x00\x53\x2a\0",
        b"\x04\0\0\0\x2a\x7f\x3a\x8b",
        b"\x04\0\0\0\x2a\x7f\x3a\x8b\x2c\0",
        b"\x05\x0f",
        b"\x05",
    ] {
        assert!(!is_read(Type::MESH, &[&head, bad].concat()), "{bad:?}");
    }
    assert!(!is_read(Type::MESH, &NODE[1..]));
}

#[test]
fn endpoints_in_text_are_refused_with_what_is_wrong() {
    let why = |text: &str| refused(Type::MESH, &std::format!("{NODE_TEXT} 1 0 {text}"));
    for (text, what) in [
        ("10.42.1.5:9333", "a kind of endpoint"),
        ("ipv4 10.42.1.5:9333", "a transport"),
        ("ipv4 quic 10.mesh.1.5:9333", "as 192.0.2.1:53"),
        ("ipv4 quic 10.42.1.5", "as 192.0.2.1:53"),
        ("ipv4 quic 10.42.1.5:65536", "as 192.0.2.1:53"),
        ("ipv6 quic fd00::5:9333", "as [2001:db8::1]:53"),
        ("ipv6 quic [fd00:mesh:1::5]:9333", "as [2001:db8::1]:53"),
        ("ble c0-00-5e-00-53-2a", "kind of address"),
        ("ble random c0-00-5e-00-53", "six pairs"),
        ("lora 2A 7F3A8B2C", "8 hexadecimal digits"),
        ("lora 0000002A 7F3A8B2C00", "8 hexadecimal digits"),
        ("key 15", "base64"),
        ("endpoint9 CAFE", "\\#"),
        ("endpoint256 \\# 0", "a kind of endpoint"),
    ] {
        assert!(why(text).contains(what), "{text}: {}", why(text));
    }
    let short = &NODE_TEXT[2..];
    assert!(refused(Type::MESH, short).contains("64 hexadecimal digits"));
    let long = std::format!("{NODE_TEXT}00");
    assert!(refused(Type::MESH, &long).contains("64 hexadecimal digits"));
}

#[test]
fn digests_are_multihashes_of_the_length_of_their_algorithm() {
    let digits = "ab".repeat(32);
    let wire = [&b"\x12\x20"[..], &[0xab; 32]].concat();
    let text = std::format!("sha2-256:{}", digits.to_uppercase());
    same(Type::CONTENT, &text, &wire);
    same(Type::CONTENT, "hash127:00", b"\x7f\x01\0");
    for bad in [
        &b"\x12\x02\xab\xab"[..],
        b"\x7f\0",
        b"\x80\x01\0",
        b"\x7f\x02\0",
        b"\x7f\x01\0\0",
        b"\x7f",
    ] {
        assert!(!is_read(Type::CONTENT, bad), "{bad:?}");
    }
    let over = [&b"\x7f\x80"[..], &[0; 128]].concat();
    assert!(!is_read(Type::CONTENT, &over));
    for bad in ["sha2-256:AB", "hash128:AB", "hash9:"] {
        assert!(refused(Type::CONTENT, bad).contains("as its algorithm"));
    }
    let over = std::format!("hash9:{}", "ab".repeat(128));
    assert!(refused(Type::CONTENT, &over).contains("as its algorithm"));
    assert!(refused(Type::CONTENT, "sha2-256").contains("a digest"));
    assert!(refused(Type::CONTENT, "hash9:ABC").contains("odd number"));
}

#[test]
fn signers_are_sorted_when_scanned_and_in_order_when_read() {
    let sorted = b"\x02\x07\x01\x05\x08\x01\x04\x08\x02\x04\x04";
    let text = "2 hash7:05 hash8:04 hash8:0404";
    same(Type::MULTISIG, text, sorted);
    assert_eq!(
        scan_text(Type::MULTISIG, "2 hash8:0404 hash7:05 hash8:04"),
        sorted
    );
    for bad in [
        &b"\x01"[..],
        b"\0\x07\x01\x05",
        b"\x02\x07\x01\x05",
        b"\x01\x08\x01\x05\x07\x01\x05",
        b"\x01\x07\x01\x05\x07\x01\x05",
        b"\x01\x07\x01\x05\x07",
        b"",
    ] {
        assert!(!is_read(Type::MULTISIG, bad), "{bad:?}");
    }
    assert!(refused(Type::MULTISIG, "1 hash7:05 hash7:05").contains("twice"));
    for bad in ["0 hash7:05", "2 hash7:05", "1"] {
        assert!(refused(Type::MULTISIG, bad).contains("threshold"), "{bad}");
    }
}

#[test]
fn signers_are_at_most_255() {
    let list = |count: usize| {
        (0..count).fold(String::from("1"), |text, signer| {
            text + &std::format!(" hash9:{signer:04x}")
        })
    };
    assert!(refused(Type::MULTISIG, &list(256)).contains("255"));
    let most = (0..255u16).fold(std::vec![255], |mut wire, signer| {
        wire.extend_from_slice(&[9, 2]);
        wire.extend_from_slice(&signer.to_be_bytes());
        wire
    });
    assert!(is_read(Type::MULTISIG, &most));
    let over = [&most[..], &[9, 2, 1, 0]].concat();
    assert!(!is_read(Type::MULTISIG, &over));
}

#[test]
fn proofs_have_their_layout() {
    same(
        Type::ZK,
        "groth16 AQID q83v",
        b"\x01\0\x03\x01\x02\x03\xab\xcd\xef",
    );
    same(Type::ZK, "proof0 - AA==", b"\0\0\0\0");
    for bad in [&b"\x01\0\x03\x01\x02\x03"[..], b"\x01\0\x03\x01", b"\x01\0"] {
        assert!(!is_read(Type::ZK, bad), "{bad:?}");
    }
    assert!(refused(Type::ZK, "groth17 - AA==").contains("a proof system"));
    assert!(refused(Type::ZK, "groth16 AQI").contains("base64"));
    assert!(refused(Type::ZK, "groth16 AQID").contains("base64"));
    same(
        Type::WEB4OWNER,
        "hash9:CAFE plonky2 - AA==",
        b"\x09\x02\xca\xfe\x03\0\0\0",
    );
}

#[test]
fn identities_have_their_layout() {
    same(Type::ID, "signature 15 AQID", b"\x01\x0f\x01\x02\x03");
    same(Type::ID, "method0 200 AA==", b"\0\xc8\0");
    assert_eq!(scan_text(Type::ID, "1 ED25519 AQ== "), b"\x01\x0f\x01");
    assert!(!is_read(Type::ID, b"\x01\x0f"));
    assert!(refused(Type::ID, "signature 15").contains("base64"));
}

#[test]
fn owner_signatures_are_in_the_shape_of_rrsig() {
    let text = "MESH 15 2 300 20460101000000 20260117120000 59829 Alice.sovereign. AQID";
    let wire = scan_text(Type::PQS, text);
    assert_eq!(wire, scan_text(Type::RRSIG, text));
    assert_eq!(&wire[..4], b"\xff\x40\x0f\x02");
    // Whoever does not know the type signs it as it is, so it is never folded (RFC 3597 7).
    let info = Type::PQS.info().unwrap();
    assert_eq!(copy(info, &wire, Form::Canonical), wire);
}

#[test]
fn paths_start_at_the_root() {
    same(
        Type::WEB4CONTENT,
        "\"/a b\" hash9:CAFE",
        b"\x04/a b\x09\x02\xca\xfe",
    );
    assert!(!is_read(Type::WEB4CONTENT, b"\x01a\x09\x02\xca\xfe"));
    assert!(!is_read(Type::WEB4CONTENT, b"\0\x09\x02\xca\xfe"));
    assert!(refused(Type::WEB4CONTENT, "index.html hash9:CAFE").contains("starts with /"));
    assert!(refused(Type::WEB4CONTENT, "\"\" hash9:CAFE").contains("starts with /"));
    let long = std::format!("/{} hash9:CAFE", "a".repeat(255));
    assert!(refused(Type::WEB4CONTENT, &long).contains("255"));
    assert_eq!(
        scan_text(Type::WEB4CONTENT, r"\047a hash9:CA"),
        b"\x02/a\x09\x01\xca"
    );
}

#[test]
fn content_nodes_have_their_layout() {
    let wire = [b"\0\x0a", &NODE[..], b"\x05Node1\x09sovereign\0"].concat();
    let text = std::format!("10 {NODE_TEXT} Node1.sovereign.");
    same(Type::WEB4DHT, &text, &wire);
    let info = Type::WEB4DHT.info().unwrap();
    assert_eq!(copy(info, &wire, Form::Canonical), wire);
    assert!(!is_read(Type::WEB4DHT, &wire[..wire.len() - 1]));
}

/// Whoever does not know a type copies and signs its data as it is (RFC 3597 4, 7).
#[test]
fn names_in_mesh_types_are_neither_folded_nor_compressed() {
    for info in RData::TYPES.iter().filter(|info| info.rtype.0 >= 65344) {
        assert!(!info.accepts_pointers, "{}", info.mnemonic);
        for example in info.examples {
            let octets = scan(info, example);
            assert_eq!(copy(info, &octets, Form::Canonical), octets);
            let mut buffer = [0; 1024];
            let mut writer = Writer::<8>::new(&mut buffer, Form::Message);
            let data = RData::read(Class::IN, info.rtype, &mut Reader::new(&octets)).unwrap();
            data.write(&mut writer).unwrap();
            data.write(&mut writer).unwrap();
            assert_eq!(writer.written(), [&octets[..], &octets].concat());
        }
    }
}

/// The codecs' law from the other side: whatever is read stands in text that scans to the same octets.
#[test]
fn what_is_read_can_be_written_as_text() {
    let mut read = 0;
    for info in RData::TYPES.iter().filter(|info| info.rtype.0 >= 65344) {
        for example in info.examples {
            let octets = scan(info, example);
            for at in 0..octets.len() {
                for value in [
                    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x22, 0x3b, 0x3d, 0x5c, 0x7f, 0xff,
                ] {
                    let mut mutated = octets.clone();
                    mutated[at] = value;
                    if is_read(info.rtype, &mutated) {
                        let text = show(info.rtype, &mutated);
                        assert_eq!(scan(info, &text), mutated, "{} {text}", info.mnemonic);
                        read += 1;
                    }
                }
                let cut = &octets[..at];
                if is_read(info.rtype, cut) {
                    assert_eq!(scan(info, &show(info.rtype, cut)), cut);
                }
            }
        }
    }
    assert!(read > 10_000, "{read}");
}
