//! Laws that every row of the table keeps, walked from the table itself.

use super::*;
use crate::code_points::Class;
use crate::text::{Layout, Printer, TextErrorKind, Tokens};
use crate::wire::{Form, Reader, Writer};
use std::string::String;
use std::vec::Vec;

fn scan(info: &TypeInfo, text: &str) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    (info.scan)(&mut tokens, &mut writer).unwrap_or_else(|error| panic!("{text}: {error}"));
    tokens.finish().unwrap();
    writer.written().to_vec()
}

fn show(rtype: Type, octets: &[u8]) -> String {
    show_in(Class::IN, rtype, octets)
}

fn show_in(class: Class, rtype: Type, octets: &[u8]) -> String {
    let mut text = String::new();
    let mut printer = Printer::new(&mut text, Layout::OneLine);
    let shown = KnownTypes::CORE.show(class, rtype, &Reader::new(octets), &mut printer);
    shown.and_then(|()| printer.finish()).unwrap();
    text
}

fn copy(info: &TypeInfo, octets: &[u8], form: Form) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, form);
    (info.copy)(&mut Reader::new(octets), &mut writer).unwrap();
    writer.written().to_vec()
}

#[test]
fn every_row_is_reachable_in_wire_text_canonical_and_docs() {
    for info in RData::TYPES {
        assert_eq!(
            Type::from_mnemonic(info.mnemonic.as_bytes()),
            Some(info.rtype)
        );
        assert!(!info.summary.is_empty() && !info.reference.is_empty());
        assert!(!info.fields.is_empty() && !info.examples.is_empty());
        for example in info.examples {
            let octets = scan(info, example);
            assert_eq!(show(info.rtype, &octets), *example);
            let data = RData::read(Class::IN, info.rtype, &mut Reader::new(&octets)).unwrap();
            assert!(!matches!(data, RData::Opaque(_)), "{}", info.mnemonic);
            assert_eq!(data.rtype(), info.rtype);
            assert_eq!(copy(info, &octets, Form::Plain), octets);
            let canonical = copy(info, &octets, Form::Canonical);
            assert_eq!(canonical.len(), octets.len());
            assert_eq!(copy(info, &canonical, Form::Canonical), canonical);
        }
    }
}

/// Every type that had a published format in November 2026, and those of the mesh. A later one needs a row
/// only, no place in this list.
#[test]
fn the_table_has_all_types() {
    let all = "A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP \
               NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK \
               OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP \
               NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS DSYNC SPF NID L32 L64 \
               LP EUI48 EUI64 TKEY TSIG URI CAA AVC DOA AMTRELAY RESINFO WALLET TA DLV MESH ZK ID DAO \
               ECON CONTENT MULTISIG PQS WEB4 WEB4CONTENT WEB4OWNER WEB4DHT WEB4MESH";
    for mnemonic in all.split(' ') {
        let info = TypeInfo::of_mnemonic(mnemonic.as_bytes());
        assert_eq!(info.map(|info| info.mnemonic), Some(mnemonic));
    }
}

#[test]
fn the_contributors_example_is_a_row_of_the_table() {
    let contributing = include_str!("../../../CONTRIBUTING.md");
    let (_, section) = contributing.split_once("## Adding a record type").unwrap();
    let (_, example) = section.split_once("```rust\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert!(example.lines().count() > 3);
    let row = example.lines().map(|line| std::format!("        {line}\n"));
    assert!(include_str!("table.rs").contains(&row.collect::<String>()));
}

#[test]
fn numbers_and_mnemonics_stand_once_and_in_order() {
    for pair in RData::TYPES.windows(2) {
        assert!(pair[0].rtype < pair[1].rtype, "{}", pair[1].mnemonic);
    }
}

#[test]
fn cut_or_mutated_data_is_refused_or_reads_as_something_but_never_panics() {
    for info in RData::TYPES {
        for example in info.examples {
            let octets = scan(info, example);
            for cut in 0..octets.len() {
                let _ = RData::read(Class::IN, info.rtype, &mut Reader::new(&octets[..cut]));
                for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
                    let mut mutated = octets.clone();
                    mutated[cut] = value;
                    if let Ok(data) = RData::read(Class::IN, info.rtype, &mut Reader::new(&mutated))
                    {
                        let mut buffer = [0; 1024];
                        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
                        data.write(&mut writer).unwrap();
                    }
                }
            }
        }
    }
}

#[test]
fn canonical_form_folds_the_names_that_the_rfcs_name() {
    let fold = |rtype: Type, text: &str| {
        let info = rtype.info().unwrap();
        show(rtype, &copy(info, &scan(info, text), Form::Canonical))
    };
    assert_eq!(fold(Type::CNAME, "Host.Example."), "host.example.");
    assert_eq!(
        fold(Type::SRV, "1 2 3 Host.Example."),
        "1 2 3 host.example."
    );
    assert_eq!(fold(Type::TXT, "\"Kept\""), "\"Kept\"");
}

#[test]
fn unknown_types_are_carried() {
    assert_eq!(show(Type(65280), &[0xca, 0xfe]), "\\# 2 CAFE");
    assert_eq!(show(Type(65280), &[]), "\\# 0");
    assert_eq!(Type::from_mnemonic(b"type65280"), Some(Type(65280)));
    assert_eq!(Type::from_mnemonic(b"TYPE65536"), None);
}

/// Scans, and gives what is wrong as text.
fn refused(rtype: Type, text: &str) -> String {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    match (rtype.info().unwrap().scan)(&mut tokens, &mut writer) {
        Ok(()) => panic!("{text} was read"),
        Err(error) => std::format!("{error}"),
    }
}

#[test]
fn times_are_dates_that_exist() {
    let time = |text: &str| {
        let rrsig = std::format!("A 15 1 1 {text} 0 1 a. AAAA");
        show(Type::RRSIG, &scan(Type::RRSIG.info().unwrap(), &rrsig))
    };
    assert!(time("20240229235959").contains(" 20240229235959 19700101000000 "));
    assert!(time("4294967295").contains(" 21060207062815 "));
    assert!(time("21060207062816").contains(" 19700101000000 19700101000000 "));
    for bad in [
        "20230229000000",
        "20240431000000",
        "19691231235959",
        "20241301000000",
        "20240101240000",
        "2024010100000x",
    ] {
        let rrsig = std::format!("A 15 1 1 {bad} 0 1 a. AAAA");
        assert!(refused(Type::RRSIG, &rrsig).contains("time"), "{bad}");
    }
}

#[test]
fn bitmaps_are_sorted_when_scanned_and_strict_when_read() {
    let nsec = scan(Type::NSEC.info().unwrap(), "a. TYPE65280 TXT A TXT TYPE256");
    assert_eq!(&nsec[3..], b"\x00\x03\x40\x00\x80\x01\x01\x80\xff\x01\x80");
    assert_eq!(show(Type::NSEC, &nsec), "a. A TXT URI TYPE65280");
    for bad in [
        &b"\0\0"[..],
        b"\0\x01\0",
        b"\0\x02\x40\0",
        b"\0\x21",
        b"\x01\x01\x80\0\x01\x40",
        b"\0\x01\x40\0\x01\x40",
        b"\0",
        b"\0\x02\x40",
    ] {
        assert!(codec::TypeBitmap::from_octets(bad).is_err(), "{bad:?}");
    }
    assert!(refused(Type::NSEC, "a. A NOSUCHTYPE").contains("NOSUCHTYPE"));
}

#[test]
fn names_that_must_not_be_compressed_are_refused_when_they_are() {
    let mut message = b"\x01a\0".to_vec();
    message.splice(0..0, [0; 12]);
    message.extend_from_slice(b"\xc0\x0c\0\x01\x40");
    let read = |rtype| {
        RData::read(
            Class::IN,
            rtype,
            &mut Reader::within(&message, 15, message.len()),
        )
    };
    assert!(read(Type::NSEC).is_err());
    assert!(
        RData::read(
            Class::IN,
            Type::CNAME,
            &mut Reader::within(&message, 15, 17)
        )
        .is_ok()
    );
}

#[test]
fn canonical_form_keeps_the_case_of_next_names_and_folds_that_of_signers() {
    let canonical = |rtype: Type| {
        let info = rtype.info().unwrap();
        let octets = scan(info, info.examples[0]);
        (octets.clone(), copy(info, &octets, Form::Canonical))
    };
    let (plain, folded) = canonical(Type::NSEC);
    assert_eq!(plain, folded);
    let (plain, folded) = canonical(Type::RRSIG);
    assert_ne!(plain, folded);
    assert!(show(Type::RRSIG, &folded).contains(" signer.example. "));
}

#[test]
fn types_without_data_have_names() {
    for (number, mnemonic) in [
        (128, "NXNAME"),
        (251, "IXFR"),
        (252, "AXFR"),
        (253, "MAILB"),
        (254, "MAILA"),
        (255, "ANY"),
    ] {
        assert_eq!(std::format!("{}", Type(number)), mnemonic);
        assert_eq!(Type::from_mnemonic(mnemonic.as_bytes()), Some(Type(number)));
        assert!(Type(number).info().is_none());
    }
    let nsec = scan(Type::NSEC.info().unwrap(), "\\000.a. RRSIG NSEC NXNAME");
    assert!(show(Type::NSEC, &nsec).ends_with(" RRSIG NSEC NXNAME"));
}

#[test]
fn lengths_in_text_must_be_those_of_the_data() {
    assert!(refused(Type::TSIG, "a. 1 300 4 AQID 1 NOERROR 0").contains("length"));
    assert!(refused(Type::TSIG, "a. 281474976710656 300 0 1 NOERROR 0").contains("too large"));
    assert!(refused(Type::NULL, r"\# 2 CA").contains("2 octets"));
    assert!(refused(Type::NXT, "a. TYPE128").contains("127"));
    assert!(refused(Type::A6, "129 :: a.").contains("128"));
    assert!(refused(Type::NSAP, "0x").contains("0x"));
}

#[test]
fn hip_data_is_that_of_rfc_8005() {
    let info = Type::HIP.info().unwrap();
    let octets = scan(info, "2 2001 AwEAAQ== Rvs.example.");
    assert_eq!(
        octets,
        b"\x02\x02\0\x04\x20\x01\x03\x01\0\x01\x03Rvs\x07example\0"
    );
    // No list of names to fold has it (RFC 4034 6.2, RFC 6840 5.1).
    assert_eq!(copy(info, &octets, Form::Canonical), octets);
    for bad in [
        &b"\0\x02\0\x01\xaa"[..],
        b"\x01\x02\0\0\xaa",
        b"\x02\x02\0\x01\xaa\xbb",
        b"\x01\x02\0\x01\xaa\xbb\xc0\x00",
        b"\x01\x02\0\x01\xaa\xbb\x01a",
    ] {
        assert!(RData::read(Class::IN, Type::HIP, &mut Reader::new(bad)).is_err());
    }
    assert!(refused(Type::HIP, "2 200 AQ==").contains("odd number"));
    assert!(refused(Type::HIP, "2 \"\" AQ==").contains("tag"));
    assert!(refused(Type::HIP, "2 20 \"\"").contains("key"));
    let long = std::format!("2 {} AQ==", "ab".repeat(256));
    assert!(refused(Type::HIP, &long).contains("255"));
}

#[test]
fn discovery_bit_and_kind_of_relay_share_an_octet() {
    let info = Type::AMTRELAY.info().unwrap();
    assert_eq!(
        scan(info, "10 1 1 203.0.113.15"),
        [10, 0x81, 203, 0, 113, 15]
    );
    assert_eq!(scan(info, "10 0 0 ."), [10, 0]);
    // A kind without a meaning is carried.
    assert_eq!(show(Type::AMTRELAY, &[10, 0xff, 1]), "\\# 3 0AFF01");
    for bad in [&[10, 1, 1, 2, 3][..], &[10, 0x80, 0], &[10, 3, 0xc0, 0]] {
        assert!(RData::read(Class::IN, Type::AMTRELAY, &mut Reader::new(bad)).is_err());
    }
    assert!(refused(Type::AMTRELAY, "10 2 0 .").contains("at most 1"));
    assert!(refused(Type::AMTRELAY, "10 0 4 .").contains("at most 3"));
    assert!(refused(Type::AMTRELAY, "10 0 0 a.").contains("dot"));
}

#[test]
fn formats_of_one_class_are_opaque_in_others() {
    let read = |class, rtype, octets| {
        let read = RData::read(class, rtype, &mut Reader::new(octets));
        read.map(|data| !matches!(data, RData::Opaque(_))).ok()
    };
    let address = b"\xc0\0\x02\x01";
    assert_eq!(read(Class::IN, Type::A, address), Some(true));
    assert_eq!(read(Class::CH, Type::A, address), Some(false));
    assert_eq!(read(Class::CH, Type::A, b"\x01a\0\0\x01"), Some(false));
    assert_eq!(read(Class::CH, Type::TXT, b"\x01a"), Some(true));
    assert_eq!(read(Class::HS, Type::SRV, b""), Some(false));
    // An UPDATE that takes a record away names its data.
    assert_eq!(read(Class::NONE, Type::A, address), Some(true));
    assert_eq!(read(Class::NONE, Type::A, b"\xc0"), None);
    for class in [Class::ANY, Class::NONE] {
        assert_eq!(read(class, Type::A, b""), Some(false));
        assert_eq!(read(class, Type::NS, b""), Some(false));
        assert_eq!(read(class, Type::OPT, b""), Some(true));
    }
    assert_eq!(read(Class::IN, Type::NS, b""), None);

    assert_eq!(show_in(Class::CH, Type::A, address), "\\# 4 C0000201");
    assert_eq!(show_in(Class::IN, Type::A, &address[..3]), "\\# 3 C00002");
    assert_eq!(show_in(Class::ANY, Type::APL, b""), "\\# 0");
    assert_eq!(show_in(Class::IN, Type::APL, b""), "");
}

#[test]
fn every_type_is_read_from_text_in_its_form_and_as_octets() {
    let scan_in = |class, rtype, text: &str| {
        let mut buffer = [0; 64];
        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
        let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
        RData::scan(class, rtype, &mut tokens, &mut writer)?;
        tokens.finish()?;
        Ok::<_, crate::text::TextError>(writer.written().to_vec())
    };
    let address = b"\xc0\0\x02\x01";
    assert_eq!(scan_in(Class::IN, Type::A, "192.0.2.1").unwrap(), address);
    for class in [Class::IN, Class::CH] {
        let scanned = scan_in(class, Type::A, "\\# 4 C0 (\n 0002) 01 ; four");
        assert_eq!(scanned.unwrap(), address);
    }
    let refused = |class, rtype, text| scan_in(class, rtype, text).unwrap_err().kind;
    let own_form = refused(Class::CH, Type::A, "192.0.2.1");
    assert!(matches!(own_form, TextErrorKind::Expected(_)));
    let too_short = refused(Class::IN, Type::A, "\\# 3 C00002");
    assert_eq!(too_short, TextErrorKind::NotOfThisType);
    assert_eq!(
        scan_in(Class::CH, Type::A, "\\# 3 C00002").unwrap(),
        address[..3]
    );
    let unknown = refused(Class::IN, Type(65280), "3");
    assert!(matches!(unknown, TextErrorKind::Expected(_)));
}

#[test]
fn octets_in_text_hold_no_compressed_names() {
    // The second name of the SOA points into the first.
    let soa = "\\# 39 0D 61616161616161616161616161 01 61 00 C00E 00000001 00000002 00000003 00000004 00000005";
    let mut buffer = [0; 256];
    for (room, kind) in [
        (256, TextErrorKind::NotOfThisType),
        (40, TextErrorKind::DataTooLong),
    ] {
        let mut writer = Writer::<0>::new(&mut buffer[..room], Form::Plain);
        let mut tokens = DataTokens::new(Tokens::new(soa.as_bytes()), None);
        let scanned = RData::scan(Class::IN, Type::SOA, &mut tokens, &mut writer);
        assert_eq!(scanned.map_err(|error| error.kind), Err(kind));
    }
}

mod laws;
mod mesh;
mod mesh_items;
mod structured;
