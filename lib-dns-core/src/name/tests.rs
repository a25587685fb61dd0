//! Laws of names, and the faults that others shipped.

use super::*;
use crate::text::TextErrorKind;
use core::cmp::Ordering;
use proptest::prelude::*;
use std::hash::{BuildHasher, RandomState};
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

/// A message of `octets` behind a header of zeros.
fn message(octets: &[u8]) -> Vec<u8> {
    [&[0u8; 12][..], octets].concat()
}

#[test]
fn a_name_is_24_bytes() {
    assert_eq!(size_of::<Name<'_>>(), 24);
    assert_eq!(size_of::<Option<Name<'_>>>(), 24);
}

#[test]
fn reads_compressed_names() {
    let octets = message(b"\x03www\x07example\x00\x04mail\xc0\x10\xc0\x19\xc0\x1f");
    let read = |at| Name::from_message(&octets, at).unwrap();
    assert_eq!(read(12).0, name("www.example."));
    assert_eq!(read(12).1, 25);
    let (mail, next) = read(25);
    assert_eq!((mail.to_string(), next), ("mail.example.".into(), 32));
    assert!(mail.as_flat().is_none());
    // A pointer to a compressed name, and a pointer to a pointer.
    assert_eq!(read(32), (mail, 34));
    let mut flat = [0; 255];
    assert_eq!(
        mail.copy_flat(&mut flat).unwrap(),
        b"\x04mail\x07example\x00"
    );
    assert_eq!(
        mail.parent().unwrap().as_flat(),
        Some(&b"\x07example\x00"[..])
    );
    assert_eq!(mail.ancestor(0), Name::ROOT);
}

#[test]
fn bad_pointers_are_refused_and_cannot_loop() {
    let kind = |octets: &[u8], at: usize| {
        let octets = message(octets);
        Name::from_message(&octets, at)
            .map(|_| ())
            .map_err(|error| error.kind)
    };
    // To itself, forward, into its own run, into the header, and two that point at each other.
    assert_eq!(kind(b"\xc0\x0c", 12), Err(NameErrorKind::BadPointer));
    assert_eq!(kind(b"\xc0\x0e\x00", 12), Err(NameErrorKind::BadPointer));
    assert_eq!(kind(b"\x01a\xc0\x0c", 12), Err(NameErrorKind::BadPointer));
    assert_eq!(kind(b"\x00\xc0\x04", 13), Err(NameErrorKind::BadPointer));
    assert_eq!(
        kind(b"\xc0\x0e\xc0\x0c", 14),
        Err(NameErrorKind::BadPointer)
    );
    // A run may not reach into the run that pointed to it.
    assert_eq!(
        kind(b"\x05abc\x01x\xc0\x0c", 16),
        Err(NameErrorKind::Truncated)
    );
    assert_eq!(kind(b"\xc0", 12), Err(NameErrorKind::Truncated));
    assert_eq!(kind(b"\x40a", 12), Err(NameErrorKind::BadLabelType));
    assert_eq!(kind(b"\x80a", 12), Err(NameErrorKind::BadLabelType));
    assert_eq!(kind(b"\x05abc", 12), Err(NameErrorKind::Truncated));
    assert_eq!(kind(b"", 12), Err(NameErrorKind::Truncated));
    assert_eq!(kind(b"", 70_000), Err(NameErrorKind::Truncated));
}

#[test]
fn a_long_chain_of_pointers_is_refused() {
    let mut octets = message(b"\x00");
    for _ in 0..200 {
        let target = (octets.len() - 2).max(12) as u16 | 0xc000;
        octets.extend(target.to_be_bytes());
    }
    let at = octets.len() - 2;
    let error = Name::from_message(&octets, at).unwrap_err();
    assert_eq!(error.kind, NameErrorKind::BadPointer);
}

#[test]
fn names_over_255_octets_fail_on_wire_text_and_append() {
    let long = [b"\x3f".as_slice(), &[b'a'; 63]].concat();
    let mut wire = long.repeat(4);
    wire.push(0);
    assert_eq!(
        Name::from_wire(&wire).unwrap_err().kind,
        NameErrorKind::TooLong
    );
    let octets = message(&wire);
    let error = Name::from_message(&octets, 12).unwrap_err();
    assert_eq!(error.kind, NameErrorKind::TooLong);

    // 3 labels of 63 and one of 61 make exactly 255.
    let text = [
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(61),
    ]
    .join(".");
    assert_eq!(name(&text).as_name().wire_len(), 255);
    assert_eq!(name(&text).as_name().to_string().len(), 254);
    let error = NameBuf::from_text(&(text.clone() + "d")).unwrap_err();
    assert_eq!(error.kind, TextErrorKind::NameTooLong);
    let error = NameBuf::from_text(&"a".repeat(64)).unwrap_err();
    assert_eq!(error.kind, TextErrorKind::LabelTooLong);

    let mut builder = NameBuilder::new();
    builder.push_label(b"x").unwrap();
    let error = builder.finish(&name(&text).as_name()).unwrap_err();
    assert_eq!(error.kind, NameErrorKind::TooLong);
}

#[test]
fn text_with_escapes_reads_and_prints() {
    assert_eq!(name(r"a\.b.c\032d\001.").as_name().label_count(), 2);
    assert_eq!(name(r"a\.b.c\032d\001.").to_string(), r"a\.b.c\032d\001.");
    assert_eq!(name(".").to_string(), ".");
    assert_eq!(name("example").to_string(), "example.");
    for (text, kind) in [
        ("a..b", TextErrorKind::EmptyLabel),
        (".a", TextErrorKind::EmptyLabel),
        (r"a\300", TextErrorKind::BadEscape),
        ("", TextErrorKind::Missing("a name")),
        ("a b", TextErrorKind::TrailingToken),
    ] {
        assert_eq!(NameBuf::from_text(text).unwrap_err().kind, kind, "{text}");
    }
}

#[test]
fn relatives() {
    let www = name("www.Example.com.");
    let www = www.as_name();
    assert!(www.is_at_or_below(&name("example.COM").as_name()));
    assert!(www.is_at_or_below(&Name::ROOT));
    assert!(!www.is_below(&www) && www.is_at_or_below(&www));
    assert!(!www.is_at_or_below(&name("xample.com").as_name()));
    assert_eq!(
        www.common_ancestor(&name("mail.example.com").as_name()),
        name("example.com")
    );
    assert_eq!(
        www.common_ancestor(&name("example.org").as_name()),
        Name::ROOT
    );
    // Equal labels that are not next to the root do not count.
    assert_eq!(
        www.common_ancestor(&name("www.example.org").as_name()),
        Name::ROOT
    );
    assert!(name("*.a").as_name().is_wildcard() && !name("a.*").as_name().is_wildcard());
}

#[test]
fn the_order_of_rfc_4034() {
    let ordered = [
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        r"\001.z.example.",
        "*.z.example.",
        r"\200.z.example.",
    ];
    for pair in ordered.windows(2) {
        assert_eq!(
            name(pair[0]).cmp(&name(pair[1])),
            Ordering::Less,
            "{pair:?}"
        );
    }
}

fn labels() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let octet = prop_oneof![
        Just(b'a'),
        Just(b'A'),
        Just(0u8),
        Just(1u8),
        Just(b'.'),
        any::<u8>()
    ];
    let label = prop::collection::vec(octet, 1..=5);
    prop::collection::vec(label, 0..=8)
}

fn build(labels: &[Vec<u8>]) -> NameBuf {
    let mut builder = NameBuilder::new();
    for label in labels {
        builder.push_label(label).unwrap();
    }
    builder.finish(&Name::ROOT).unwrap()
}

/// The order, written as RFC 4034 6.1 says it.
fn naive_order(a: &[Vec<u8>], b: &[Vec<u8>]) -> Ordering {
    let fold = |labels: &[Vec<u8>]| -> Vec<Vec<u8>> {
        labels
            .iter()
            .rev()
            .map(|label| label.to_ascii_lowercase())
            .collect()
    };
    fold(a).cmp(&fold(b))
}

proptest! {
    #[test]
    fn text_round_trips(labels in labels()) {
        let name = build(&labels);
        let text: String = name.to_string();
        let back = NameBuf::from_text(&text).unwrap();
        prop_assert_eq!(back.as_bytes(), name.as_bytes());
    }

    #[test]
    fn order_hash_and_keys_agree_with_the_definition(a in labels(), b in labels()) {
        let (x, y) = (build(&a), build(&b));
        let order = naive_order(&a, &b);
        prop_assert_eq!(x.cmp(&y), order);
        prop_assert_eq!(x == y, order == Ordering::Equal);
        let (kx, ky) = (CanonicalKey::new(&x.as_name()), CanonicalKey::new(&y.as_name()));
        prop_assert_eq!(kx.as_bytes().cmp(ky.as_bytes()), order);
        if x == y {
            let state = RandomState::new();
            prop_assert_eq!(state.hash_one(x), state.hash_one(y));
        }
        let below = kx.as_bytes().starts_with(ky.as_bytes());
        prop_assert_eq!(x.as_name().is_at_or_below(&y.as_name()), below);
    }

    #[test]
    fn ancestors_are_suffixes(labels in labels(), keep in 0usize..10) {
        let name = build(&labels);
        let kept = labels.len().min(keep);
        prop_assert_eq!(name.as_name().ancestor(keep), build(&labels[labels.len() - kept..]));
    }

    #[test]
    fn compressed_and_flat_names_are_equal(labels in labels(), cut in 0usize..9) {
        // The tail stands first; the name points to it.
        let cut = cut.min(labels.len());
        let tail = build(&labels[cut..]);
        let mut octets = message(tail.as_bytes());
        let at = octets.len();
        for label in &labels[..cut] {
            octets.push(label.len() as u8);
            octets.extend(label);
        }
        octets.extend([0xc0, 12]);
        let (name, next) = Name::from_message(&octets, at).unwrap();
        prop_assert_eq!(next, octets.len());
        prop_assert_eq!(name, build(&labels));
        prop_assert_eq!(name.wire_len(), build(&labels).as_bytes().len());
        for keep in 0..=labels.len() {
            let expected = build(&labels[labels.len() - keep..]);
            prop_assert_eq!(name.ancestor(keep), expected);
            prop_assert_eq!(NameBuf::from(name.ancestor(keep)), expected);
        }
        prop_assert_eq!(
            name.labels().map(<[u8]>::to_vec).collect::<Vec<_>>(),
            build(&labels).as_name().labels().map(<[u8]>::to_vec).collect::<Vec<_>>()
        );
    }

    #[test]
    fn random_octets_never_loop_or_overrun(octets: Vec<u8>, at in 0usize..64) {
        let octets = message(&octets);
        if let Ok((name, next)) = Name::from_message(&octets, at) {
            prop_assert!(next <= octets.len());
            let len: usize = name.labels().map(|label| label.len() + 1).sum();
            prop_assert_eq!(len + 1, name.wire_len());
        }
        let _ = vec![Name::split_flat(&octets)];
    }
}
