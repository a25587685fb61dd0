//! ECON, DAO and WEB4: layouts by hand, and what is refused.

use super::*;
use crate::code_points::{DaoKey, EconKey};
use codec::ItemValue;

/// Scans; the text that is shown is the same.
#[track_caller]
fn same(rtype: Type, text: &str, octets: &[u8]) {
    assert_eq!(scan(rtype.info().unwrap(), text), octets, "{text}");
    assert_eq!(show(rtype, octets), text);
}

fn is_read(rtype: Type, octets: &[u8]) -> bool {
    RData::read(Class::IN, rtype, &mut Reader::new(octets)).is_ok()
}

#[test]
fn each_form_of_value_has_its_layout() {
    same(
        Type::DAO,
        "1 title=\"a \\\"b\\\"\"",
        b"\x01\0\x01\0\x05a \"b\"",
    );
    same(Type::DAO, "1 title=\"\"", b"\x01\0\x01\0\0");
    same(
        Type::DAO,
        "1 title=\"\\195\\164\"",
        b"\x01\0\x01\0\x02\xc3\xa4",
    );
    same(
        Type::DAO,
        "1 charter=hash9:CAFE quorum=10000",
        b"\x01\0\x02\0\x04\x09\x02\xca\xfe\0\x03\0\x02\x27\x10",
    );
    same(
        Type::DAO,
        "1 voting-period=604800 treasury=T\\;x.",
        b"\x01\0\x05\0\x08\0\0\0\0\0\x09\x3a\x80\0\x08\0\x05\x03T;x\0",
    );
    same(
        Type::ECON,
        "1 share=\"10000 a\\\"\\(.\" fee-proof=\"groth16 AQID\"",
        b"\x01\0\x07\0\x07\x27\x10\x03a\"(\0\0\x08\0\x04\x01\x01\x02\x03",
    );
    same(
        Type::WEB4,
        "1 expires=20270117120000",
        b"\x01\0\x05\0\x04\x6b\x4c\xad\x40",
    );
}

#[test]
fn items_that_are_not_known_are_carried() {
    same(
        Type::ECON,
        "1 item0= item4660=CAFE item4660=00",
        b"\x01\0\0\0\0\x12\x34\0\x02\xca\xfe\x12\x34\0\x01\0",
    );
    // Of another version no key is known.
    same(
        Type::ECON,
        "2 item1=FF item1=",
        b"\x02\0\x01\0\x01\xff\0\x01\0\0",
    );
    same(Type::WEB4, "0", b"\0");
    assert!(refused(Type::ECON, "2 unit=00").contains("a known item"));
}

#[test]
fn values_are_typed() {
    let info = Type::ECON.info().unwrap();
    let text = "1 share=\"3000 b.\" share=\"2500 a.\" decimals=8 item99=00";
    let octets = scan(info, text);
    let econ: Econ<'_> = RecordType::read(&mut Reader::new(&octets)).unwrap();
    assert_eq!(econ.items.version(), 1);
    assert_eq!(
        econ.items.get(EconKey::DECIMALS),
        Some(ItemValue::Number(8))
    );
    assert_eq!(econ.items.get(EconKey::UNIT), None);
    let shares = econ.items.iter().filter_map(|item| match item.value {
        ItemValue::Share { basis_points, .. } => Some(basis_points),
        _ => None,
    });
    assert_eq!(shares.collect::<Vec<_>>(), [3000, 2500]);
    assert_eq!(
        econ.items.get(EconKey(99)),
        Some(ItemValue::Opaque(&[0][..]))
    );
    let octets = scan(Type::DAO.info().unwrap(), "1 approval=6667");
    let dao: Dao<'_> = RecordType::read(&mut Reader::new(&octets)).unwrap();
    assert_eq!(
        dao.items.get(DaoKey::APPROVAL),
        Some(ItemValue::BasisPoints(6667))
    );
}

#[test]
fn items_are_sorted_when_scanned_and_in_order_when_read() {
    let sorted = scan(
        Type::ECON.info().unwrap(),
        "1 item9=00 share=\"1 b.\" decimals=2 share=\"2 a.\" unit=x",
    );
    assert_eq!(
        show(Type::ECON, &sorted),
        "1 unit=\"x\" decimals=2 share=\"1 b.\" share=\"2 a.\" item9=00"
    );
    assert!(is_read(Type::ECON, b"\x02\0\x01\0\0\0\x01\0\0"));
    for bad in [
        // A falling key, known or not; a key that may stand once.
        &b"\x01\0\x02\0\x08\0\0\0\0\0\0\0\0\0\x01\0\0"[..],
        b"\x02\0\x02\0\0\0\x01\0\0",
        b"\x01\0\x01\0\0\0\x01\0\0",
    ] {
        assert!(!is_read(Type::ECON, bad), "{bad:?}");
    }
}

#[test]
fn values_that_are_not_of_their_form_are_refused() {
    for bad in [
        &b""[..],
        b"\x01\0",
        b"\x01\0\x01\0",
        b"\x01\0\x01\0\x01",
        // Text that is no UTF-8, a number too short or too long, a name that is cut or followed.
        b"\x01\0\x01\0\x01\xff",
        b"\x01\0\x02\0\x07\0\0\0\0\0\0\0",
        b"\x01\0\x02\0\x09\0\0\0\0\0\0\0\0\0",
        b"\x01\0\x07\0\x03\0\x01\x01",
        b"\x01\0\x07\0\x04\0\x01\0\0",
        b"\x01\0\x07\0\x04\0\x01\xc0\0",
        // Over all of it, at once and together.
        b"\x01\0\x07\0\x03\x27\x11\0",
        b"\x01\0\x07\0\x03\x27\x10\0\0\x07\0\x03\0\x01\0",
        // No proof.
        b"\x01\0\x08\0\x01\x01",
    ] {
        assert!(!is_read(Type::ECON, bad), "{bad:?}");
    }
    assert!(!is_read(Type::DAO, b"\x01\0\x03\0\x02\x27\x11"));
    assert!(!is_read(Type::DAO, b"\x01\0\x02\0\x04\x12\x02\xca\xfe"));
}

#[test]
fn text_is_refused_with_what_is_wrong() {
    for (text, what) in [
        ("", "a version"),
        ("256", "at most 255"),
        ("1 decimals", "as key=value"),
        ("1 \"decimals=1\"", "as key=value"),
        ("1 decimal=1", "as key=value"),
        ("1 2=1", "as key=value"),
        ("1 decimals=", "a number"),
        ("1 decimals=1.5", "a number"),
        ("1 decimals=-1", "a number"),
        ("1 decimals=\"1 2\"", "unexpected token"),
        ("1 decimals=18446744073709551616", "too large"),
        ("1 decimals=1 decimals=2", "twice"),
        ("1 share=\"10001 a.\"", "at most 10000"),
        ("1 share=\"10000 a.\" share=\"1 b.\"", "10000 together"),
        ("1 share=5000", "a name"),
        ("1 share=\"5000 a\"", "no origin"),
        ("1 share=\"5000 a.;b\"", "words"),
        ("1 share=\"( 5000 a.\"", "words"),
        ("1 fee-proof=groth16", "base64"),
        ("1 unit=\"\\255\"", "UTF-8"),
        ("1 item99=CAF", "odd number"),
        ("1 item99=xy", "hexadecimal"),
        ("1 item65536=00", "as key=value"),
    ] {
        let why = refused(Type::ECON, text);
        assert!(why.contains(what), "{text}: {why}");
    }
    // The column is that of the value.
    assert!(refused(Type::ECON, "1 unit=x decimals=y").starts_with("1:19:"));
    assert!(refused(Type::ECON, "1 share=\"x a.\"").starts_with("1:10:"));
    let many = (0..256).fold(String::from("1"), |text, key| {
        text + &std::format!(" item{}=", key + 100)
    });
    assert!(refused(Type::ECON, &many).contains("255 items"));
    let long = std::format!("1 item99={}", "00".repeat(1200));
    assert!(refused(Type::ECON, &long).contains("too long"));
}

#[test]
fn relative_names_in_items_end_in_the_origin() {
    let origin = crate::name::NameBuf::from_text("sovereign.").unwrap();
    let mut buffer = [0; 64];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let text = b"1 share=\"7000 treasury\"";
    let mut tokens = DataTokens::new(Tokens::new(text), Some(origin.as_name()));
    RData::scan(Class::IN, Type::ECON, &mut tokens, &mut writer).unwrap();
    assert_eq!(
        show(Type::ECON, writer.written()),
        "1 share=\"7000 treasury.sovereign.\""
    );
}

#[test]
fn items_too_long_for_a_token_stand_in_generic_form() {
    let mut octets = b"\x01\0\x01\x40\0".to_vec();
    octets.resize(5 + 0x4000, 1);
    assert!(show(Type::DAO, &octets).starts_with("\\# 16389 01000140"));
    octets.pop();
    octets[3..5].copy_from_slice(&0x3fffu16.to_be_bytes());
    let text = show(Type::DAO, &octets);
    assert!(text.starts_with("\\# "), "the key stands in the token too");
}

#[test]
fn fields_too_long_for_a_token_stand_in_generic_form() {
    let long = [&b"\x01\xe0\0"[..], &[7; 0xe000], b"\x01"].concat();
    assert!(show(Type::ZK, &long).starts_with("\\# 57348 01E000"));
    let long = [&b"\x01\x02\xe0\0\xaa"[..], &[7; 0xe000]].concat();
    assert!(show(Type::HIP, &long).starts_with("\\# 57349 0102E000AA"));
}
