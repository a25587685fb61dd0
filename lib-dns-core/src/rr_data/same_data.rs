//! Equality of record data.

use super::Type;
use crate::name::MAX_NAME_LEN;
use crate::wire::{Form, Reader, Writer};

/// The most octets that stand before the end of the last name of which the canonical form folds the case.
/// NAPTR has the most: two numbers, three strings and a name (RFC 3403 4.1).
const MAX_FOLDED: usize = 4 + 3 * 256 + MAX_NAME_LEN;

/// Is it the same data? Both stand in plain form, and the case of names in it does not count where the
/// canonical form folds it (RFC 4034 6.2, RFC 6840 5.1).
///
/// ```
/// use lib_dns_core::rr_data::{Type, same_data};
/// assert!(same_data(Type::NS, b"\x02ns\x03Foo\0", b"\x02NS\x03foo\0"));
/// assert!(!same_data(Type::TXT, b"\x02ns", b"\x02NS"));
/// ```
pub fn same_data(rtype: Type, a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    if !a.eq_ignore_ascii_case(b) {
        return false;
    }
    let Some(info) = rtype.info() else {
        return false;
    };
    let (mut folded_a, mut folded_b) = ([0; MAX_FOLDED], [0; MAX_FOLDED]);
    // Field by field: where the room ends, all names have been written, and the rest is as it stands.
    let fold = |data: &[u8], room: &mut [u8]| {
        let mut writer = Writer::<0>::new(room, Form::Canonical);
        let _ = (info.copy)(&mut Reader::new(data), &mut writer);
        writer.len()
    };
    let (end_a, end_b) = (fold(a, &mut folded_a), fold(b, &mut folded_b));
    folded_a.get(..end_a) == folded_b.get(..end_b) && a.get(end_a..) == b.get(end_b..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn case_counts_outside_of_names() {
        let soa = |name: &[u8]| [name, name, &[b'A'; 20][..]].concat();
        assert!(same_data(Type::SOA, &soa(b"\x01a\0"), &soa(b"\x01A\0")));
        let other = [b"\x01a\0\x01a\0".as_slice(), &[b'a'; 20]].concat();
        assert!(!same_data(Type::SOA, &soa(b"\x01a\0"), &other));
        assert!(!same_data(Type(65_400), b"a", b"A"));
        assert!(same_data(Type(65_400), b"a", b"a"));
        assert!(!same_data(Type::A, &[1, 2, 3, 4], &[1, 2, 3, 5]));
    }

    #[test]
    fn what_stands_behind_the_last_name_may_be_long() {
        let signature = |signer: &[u8], last: u8| -> Vec<u8> {
            let mut data = [&[0; 18][..], signer, &[b'x'; 3000]].concat();
            data.push(last);
            data
        };
        let (lower, upper) = (b"\x07example\0", b"\x07EXAMPLE\0");
        assert!(same_data(
            Type::SIG,
            &signature(lower, b'x'),
            &signature(upper, b'x')
        ));
        assert!(!same_data(
            Type::SIG,
            &signature(lower, b'x'),
            &signature(upper, b'X')
        ));
    }

    #[test]
    fn lengths_are_no_letters() {
        // A string of 65 octets, and one of 97: their lengths read as `A` and `a`.
        let mut long = Vec::from([b'A']);
        long.extend([b'x'; 97]);
        let mut longer = Vec::from([b'a']);
        longer.extend([b'x'; 97]);
        assert!(!same_data(Type::TXT, &long, &longer));
    }
}
