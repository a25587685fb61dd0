use super::*;
use crate::messages::{EdnsHeader, Flags, Message, MessageBuilder};
use crate::wire::{Form, Part, WriteError, Writer};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// The value of an option or item as it is written again, and printed, if it can be read.
type Reread = Option<(Vec<u8>, String)>;

fn reread_option(code: u16, octets: &[u8]) -> Reread {
    let code = OptionCode(code);
    let mut buffer = std::vec![0; octets.len() + 64];
    let mut builder = MessageBuilder::<0>::new(&mut buffer, 1, Flags::default()).unwrap();
    let option = EdnsOption::Opaque { code, octets };
    builder.edns(&EdnsHeader::default(), &[option]).unwrap();
    let message = Message::from_bytes(builder.finish()).unwrap();
    let raw = message.edns().unwrap().option(code).unwrap();
    let Ok(option) = raw.read() else {
        let text = raw.to_string();
        assert!(text.ends_with(']'), "{text}");
        return None;
    };
    assert_eq!(option.code(), code);
    assert_eq!(raw.to_string(), option.to_string());
    let mut buffer = std::vec![0; octets.len() + 4];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Message);
    option.write(&mut writer).unwrap();
    let (head, value) = writer.written().split_at(4);
    assert_eq!(head[..2], code.0.to_be_bytes());
    assert_eq!(
        usize::from(u16::from_be_bytes([head[2], head[3]])),
        value.len()
    );
    Some((value.to_vec(), option.to_string()))
}

fn reread_item(kind: u8, octets: &[u8]) -> Reread {
    let mut list = std::vec![kind, u8::try_from(octets.len()).unwrap()];
    list.extend_from_slice(octets);
    let items = ZdnsItems::from_bytes(&list).ok()?;
    let mut all = items.iter();
    let item = all.next().unwrap();
    assert!(all.next().is_none());
    assert_eq!(item.code(), ItemKind(kind));
    let mut buffer = std::vec![0; list.len()];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    item.write(&mut writer).unwrap();
    assert_eq!(writer.written()[..2], list[..2]);
    Some((writer.written()[2..].to_vec(), item.to_string()))
}

/// What every row owes: its examples go round and print as the table says; whatever is cut off or changed
/// is refused, or goes round as well.
fn check_rows<C: Copy + core::fmt::Debug>(
    rows: &[OptionInfo<C>],
    reread: impl Fn(C, &[u8]) -> Reread,
) {
    let mut state = 0x9e37_79b9_u32;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for row in rows {
        assert!(!row.summary.is_empty() && !row.reference.is_empty());
        for (octets, text) in row.examples {
            let (again, printed) = reread(row.code, octets).unwrap_or_else(|| panic!("{row:?}"));
            assert_eq!(
                (&again[..], &printed[..]),
                (*octets, *text),
                "{:?}",
                row.code
            );
            let unharmed = |changed: &[u8]| {
                if let Some((again, _)) = reread(row.code, changed) {
                    assert_eq!(again, changed, "{:?}", row.code);
                }
            };
            for cut in 0..octets.len() {
                unharmed(&octets[..cut]);
            }
            for _ in 0..2000 {
                let mut changed = octets.to_vec();
                for _ in 0..1 + random() % 3 {
                    let at = random() as usize % (changed.len() + 1);
                    match changed.get_mut(at) {
                        Some(octet) if random() % 4 != 0 => *octet = random() as u8,
                        Some(_) => drop(changed.remove(at)),
                        None => changed.push(random() as u8),
                    }
                }
                unharmed(&changed);
            }
        }
    }
}

#[test]
fn every_option_of_the_table_goes_round_and_prints() {
    check_rows(EdnsOption::TABLE, |code, octets| {
        reread_option(code.0, octets)
    });
}

#[test]
fn every_item_of_the_table_goes_round_and_prints() {
    check_rows(ZdnsItem::TABLE, |kind, octets| reread_item(kind.0, octets));
}

#[test]
fn a_row_has_a_number_and_a_mnemonic_of_its_own() {
    for (index, row) in EdnsOption::TABLE.iter().enumerate() {
        let later = &EdnsOption::TABLE[index + 1..];
        assert!(
            later.iter().all(|other| row.code < other.code),
            "{:?}",
            row.code
        );
        let mnemonic = row.code.mnemonic().unwrap();
        assert_eq!(
            OptionCode::from_mnemonic(mnemonic.as_bytes()),
            Some(row.code)
        );
    }
}

#[test]
fn what_is_not_in_the_table_is_carried() {
    for code in 0..=u16::MAX {
        if OptionCode(code).mnemonic().is_none() {
            let text = format!("OPT={code}: 01 02 (\"..\")");
            assert_eq!(
                reread_option(code, b"\x01\x02"),
                Some((b"\x01\x02".to_vec(), text))
            );
        }
    }
    assert_eq!(
        reread_item(9, b"z"),
        Some((b"z".to_vec(), "9=7a".to_string()))
    );
}

#[test]
fn the_parts_of_a_cookie_are_read() {
    let text = b"\x01\0\0\0\x5c\xf7\x9f\x11\x1f\x81\x30\xc3\xee\xe2\x94\x80";
    let mut cookie = Cookie {
        client: [1; 8],
        server: text,
    };
    let read = cookie.interoperable().unwrap();
    assert_eq!(
        (read.timestamp, read.hash),
        (1_559_731_985, text.last_chunk().unwrap())
    );
    cookie.server = &text[..15];
    assert_eq!(cookie.interoperable(), None);
    cookie.server = &[2; 16];
    assert_eq!(cookie.interoperable(), None);
}

#[test]
fn malformed_items_are_refused() {
    for bad in [
        &b"\x00\x01\x00"[..],
        b"\x01\x01\x00",
        b"\x02\x00",
        b"\x03\x02\x03\x02",
        b"\x05\x02\x00\x00",
        b"\x09\x05a",
    ] {
        assert!(ZdnsItems::from_bytes(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn an_item_too_long_is_not_begun() {
    let mut buffer = [0; 512];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let item = ZdnsItem::from(Partition { id: &[7; 256] });
    assert_eq!(
        item.write(&mut writer),
        Err(WriteError::TooLong(Part::Item))
    );
    assert!(writer.is_empty());
}

#[test]
fn malformed_options_are_told_when_they_are_read() {
    for (code, octets) in [
        (OptionCode::COOKIE, &[0; 9][..]),
        (OptionCode::COOKIE, &[0; 41]),
        (OptionCode::ECS, &[0, 1, 33, 0, 1, 1, 1, 1, 1]),
        (OptionCode::ECS, &[0, 1, 20, 0, 192, 0, 33]),
        (OptionCode::ECS, &[0, 1, 24, 0, 192]),
        (OptionCode::KEY_TAG, &[1]),
        (OptionCode::EXPIRE, &[1]),
        (OptionCode::EDE, &[1]),
    ] {
        assert_eq!(reread_option(code.0, octets), None, "{code} {octets:?}");
    }
}
