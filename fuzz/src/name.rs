//! Names: two are read from a message and one from text, and all that can be asked of them is compared
//! with a naive reading.
//!
//! The first octet of an input says at which offset of the others the first name starts.

use super::naive_name::{self, Labels};
use lib_dns_core::name::{CanonicalKey, InlineName, Name, NameBuf};
use lib_dns_core::wire::{Form, Reader, Writer};
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Runs the target.
pub fn run(data: &[u8]) {
    let Some((&at, message)) = data.split_first() else {
        return;
    };
    let first = read(message, usize::from(at));
    let second = first.as_ref().and_then(|(.., next)| read(message, *next));
    for found in [&first, &second].into_iter().flatten() {
        check_alone(&found.0, &found.1);
    }
    if let (Some(first), Some(second)) = (&first, &second) {
        check_pair((&first.0, &first.1), (&second.0, &second.1));
        check_compression(&first.0, &second.0);
    }
    check_flat(message);
    check_text(message);
}

/// Reads a name both ways; they must agree on whether it is one.
fn read(message: &[u8], at: usize) -> Option<(Name<'_>, Labels, usize)> {
    let ours = Name::from_message(message, at);
    let naive = naive_name::from_message(message, at);
    match (ours, naive) {
        (Ok((name, next)), Some((labels, naive_next))) => {
            assert_eq!(next, naive_next);
            let mut reader = Reader::new(message);
            reader.octets(at, lib_dns_core::wire::Part::Field).unwrap();
            let mut skipping = reader;
            assert_eq!(reader.name().unwrap(), name);
            skipping.skip_name().unwrap();
            assert_eq!((reader.offset(), skipping.offset()), (next, next));
            Some((name, labels, next))
        }
        (Err(_), None) => None,
        (ours, naive) => panic!("{ours:?}, naively {naive:?}"),
    }
}

fn check_alone(name: &Name<'_>, labels: &Labels) {
    let wire = naive_name::to_wire(labels);
    assert_eq!(name.labels().collect::<Vec<_>>(), *labels);
    assert_eq!(name.label_count(), labels.len());
    assert_eq!(name.wire_len(), wire.len());
    assert_eq!(name.is_root(), labels.is_empty());
    assert_eq!(
        name.is_wildcard(),
        labels.first().is_some_and(|label| label == b"*")
    );
    assert!(name.as_flat().is_none_or(|flat| flat == wire));
    assert_eq!(name.copy_flat(&mut [0; 255]).unwrap(), wire);
    assert!(name.copy_flat(&mut vec![0; wire.len() - 1]).is_none());
    assert_eq!(Name::from_wire(&wire).unwrap(), *name);

    let owned = NameBuf::from(*name);
    assert_eq!(owned.as_bytes(), wire);
    assert_eq!(owned.to_lowercase().as_bytes(), wire.to_ascii_lowercase());
    assert_eq!(InlineName::<20>::copy_of(name).is_ok(), wire.len() <= 20);

    let text = name.to_string();
    assert!(text.is_ascii() && naive_name::is_word(text.as_bytes()));
    assert_eq!(NameBuf::from_text(&text).unwrap().as_bytes(), wire);
    assert_eq!(
        naive_name::from_word(text.as_bytes()).as_ref(),
        Some(labels)
    );

    for keep in 0..=labels.len() + 1 {
        let suffix = &labels[labels.len().saturating_sub(keep)..];
        let ancestor = name.ancestor(keep);
        assert_eq!(
            NameBuf::from(ancestor).as_bytes(),
            naive_name::to_wire(&suffix.to_vec())
        );
        assert_eq!((ancestor.label_count(), ancestor.wire_len()), {
            (suffix.len(), naive_name::wire_len(&suffix.to_vec()))
        });
        assert!(name.is_at_or_below(&ancestor));
        assert_eq!(name.is_below(&ancestor), suffix.len() < labels.len());
    }
    assert_eq!(name.parent().is_some(), !labels.is_empty());
}

fn check_pair(first: (&Name<'_>, &Labels), second: (&Name<'_>, &Labels)) {
    let ((a, a_labels), (b, b_labels)) = (first, second);
    let order = naive_name::order(a_labels, b_labels);
    assert_eq!((a.cmp(b), b.cmp(a)), (order, order.reverse()));
    assert_eq!(a == b, order == Ordering::Equal);
    let (a_key, b_key) = (CanonicalKey::new(a), CanonicalKey::new(b));
    assert_eq!(a_key.as_bytes().cmp(b_key.as_bytes()), order);
    if a == b {
        assert_eq!(hash(a), hash(b));
    }

    let common = naive_name::common_labels(a_labels, b_labels);
    assert_eq!(a.common_ancestor(b).label_count(), common);
    assert_eq!(a.common_ancestor(b), b.common_ancestor(a));
    assert_eq!(a.is_at_or_below(b), common == b_labels.len());
    assert_eq!(
        a.is_at_or_below(b),
        a_key.as_bytes().starts_with(b_key.as_bytes())
    );
}

fn hash(name: &Name<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// What is written with compression reads as what it was, case included, also after going back.
fn check_compression(a: &Name<'_>, b: &Name<'_>) {
    let mut buffer = [0; 1200];
    let mut writer = Writer::<8>::new(&mut buffer, Form::Message);
    writer.put(&[0; 12]).unwrap();
    writer.compressible_name(a).unwrap();
    let mark = writer.mark();
    writer.compressible_name(b).unwrap();
    writer.rewind(mark);
    let names = [b, a, b];
    for name in names {
        writer.compressible_name(name).unwrap();
    }
    let written = writer.into_written();
    let mut at = 12;
    for name in [a].into_iter().chain(names) {
        let (back, next) = Name::from_message(written, at).unwrap();
        assert_eq!(
            NameBuf::from(back).as_bytes(),
            NameBuf::from(*name).as_bytes()
        );
        at = next;
    }
    assert_eq!(at, written.len());
}

fn check_flat(octets: &[u8]) {
    let ours = Name::split_flat(octets).ok();
    let naive = naive_name::from_message(octets, 0);
    // Without a pointer, both see the same name.
    let naive = naive.filter(|(labels, next)| naive_name::wire_len(labels) == *next);
    assert_eq!(
        ours.map(|(name, next)| (NameBuf::from(name).as_bytes().to_vec(), next)),
        { naive.map(|(labels, next)| (naive_name::to_wire(&labels), next)) }
    );
}

fn check_text(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    let ours = NameBuf::from_text(text);
    if naive_name::is_word(octets) {
        let naive = naive_name::from_word(octets).map(|labels| naive_name::to_wire(&labels));
        assert_eq!(ours.ok().map(|name| name.as_bytes().to_vec()), naive);
    }
}
