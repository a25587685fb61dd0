//! What one NSEC or NSEC3 record says of a name (RFC 4035 5.4, RFC 5155 8, RFC 6840 4).
//!
//! Nothing here looks at signatures: whoever asks has validated the record, and knows its zone.

use super::HASH_LEN;
use crate::name::Name;
use crate::rr_data::codec::TypeBitmap;
use crate::rr_data::{Nsec, Type};

/// What an NSEC record says of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NsecSays<'r> {
    /// Nothing that counts: the name is elsewhere in the zone, in another zone, or below a cut or a DNAME record.
    Nothing,
    /// The name has these types.
    Types(TypeBitmap<'r>),
    /// The name has no records, but names below it have.
    EmptyNonTerminal,
    /// There is no such name. The deepest of those above it that there are has so many labels; a wildcard below that stands in
    /// for the name, if there is one.
    NoName {
        /// Labels of the closest encloser.
        encloser_labels: usize,
    },
}

/// What the NSEC record at `owner`, of the zone `zone`, says of `name`.
///
/// ```
/// use lib_dns_core::dnssec::{NsecSays, nsec_says};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::{Nsec, codec::TypeBitmap};
/// let name = |text| NameBuf::from_text(text).unwrap();
/// let (zone, owner, next) = (name("z."), name("b.z."), name("x.y.z."));
/// let record = Nsec { next: next.as_name(), types: TypeBitmap::from_octets(&[0, 1, 0x40])? };
/// let says = |of| nsec_says(&zone.as_name(), &owner.as_name(), &record, &name(of).as_name());
/// assert_eq!(says("b.z."), NsecSays::Types(record.types));
/// assert_eq!(says("a.c.z."), NsecSays::NoName { encloser_labels: 1 });
/// assert_eq!(says("y.z."), NsecSays::EmptyNonTerminal);
/// assert_eq!(says("z.z."), NsecSays::Nothing);
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
pub fn nsec_says<'r>(
    zone: &Name<'_>,
    owner: &Name<'_>,
    record: &Nsec<'r>,
    name: &Name<'_>,
) -> NsecSays<'r> {
    let is_of_zone = [owner, &record.next, name]
        .iter()
        .all(|name| name.is_at_or_below(zone));
    if !is_of_zone {
        return NsecSays::Nothing;
    }
    if name == owner {
        return NsecSays::Types(record.types);
    }
    // The last record of a zone leads back to its apex.
    let is_last = record.next == *zone;
    let is_hidden = name.is_below(owner) && hides_below(&record.types);
    if name < owner || (*name >= record.next && !is_last) || is_hidden {
        return NsecSays::Nothing;
    }
    if record.next.is_below(name) {
        return NsecSays::EmptyNonTerminal;
    }
    let shared = |other: &Name<'_>| name.common_ancestor(other).label_count();
    NsecSays::NoName {
        encloser_labels: shared(owner).max(shared(&record.next)),
    }
}

/// Where a hash stands to an NSEC3 record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HashPlace {
    /// It is the hash of the record's owner.
    Matched,
    /// It is between the record's owner and the next hash: no name of the zone has it.
    Covered,
    /// Elsewhere.
    Elsewhere,
}

impl HashPlace {
    /// Where `hash` stands to a record at the hash `owner`, after which `next` comes; the last record of a zone leads back to
    /// the first.
    pub fn of(hash: &[u8; HASH_LEN], owner: &[u8; HASH_LEN], next: &[u8]) -> Self {
        let (is_behind, is_before) = (hash > owner, hash.as_slice() < next);
        let is_last = next <= owner.as_slice();
        match () {
            () if hash == owner => Self::Matched,
            () if is_last && (is_behind || is_before) => Self::Covered,
            () if is_behind && is_before => Self::Covered,
            () => Self::Elsewhere,
        }
    }
}

/// Do the types at a name say that names below it are not the zone's own, or do not exist: a cut, or a DNAME record (RFC 6840
/// 4.1)?
pub fn hides_below(types: &TypeBitmap<'_>) -> bool {
    types.contains(Type::DNAME) || is_cut(types)
}

/// Do the types at a name, as the record at the name lists them, prove that it lacks a type, and that no alias stands in its
/// place?
///
/// At a cut the parent speaks for DS alone, and the zone below for all else (RFC 6840 4.1, RFC 4035 5.2). Types that only
/// queries have are never lacking.
///
/// ```
/// use lib_dns_core::dnssec::proves_lack_of;
/// use lib_dns_core::rr_data::{Type, codec::TypeBitmap};
/// let cut = TypeBitmap::from_octets(&[0, 1, 0x20])?; // NS
/// assert!(proves_lack_of(&cut, Type::DS));
/// assert!(!proves_lack_of(&cut, Type::A));
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
pub fn proves_lack_of(types: &TypeBitmap<'_>, rtype: Type) -> bool {
    if rtype.is_meta() || types.contains(rtype) || types.contains(Type::CNAME) {
        return false;
    }
    match rtype == Type::DS {
        true => !types.contains(Type::SOA),
        false => !is_cut(types),
    }
}

fn is_cut(types: &TypeBitmap<'_>) -> bool {
    types.contains(Type::NS) && !types.contains(Type::SOA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuf;
    use crate::wire::{Form, Writer};
    use std::vec::Vec;

    fn name(text: &str) -> NameBuf {
        NameBuf::from_text(text).unwrap()
    }

    fn bitmap(types: &[Type]) -> Vec<u8> {
        let mut octets = [0; 64];
        let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
        crate::rr_data::codec::write_types(types.iter().copied(), &mut writer).unwrap();
        writer.written().to_vec()
    }

    /// What a record of the zone `z.` says.
    fn says(owner: &str, next: &str, types: &[Type], of: &str) -> Option<&'static str> {
        let (owner, next, bitmap) = (name(owner), name(next), bitmap(types));
        let record = Nsec {
            next: next.as_name(),
            types: TypeBitmap::from_octets(&bitmap).unwrap(),
        };
        let of = name(of);
        match nsec_says(
            &name("z.").as_name(),
            &owner.as_name(),
            &record,
            &of.as_name(),
        ) {
            NsecSays::Nothing => None,
            NsecSays::Types(_) => Some("types"),
            NsecSays::EmptyNonTerminal => Some("empty"),
            NsecSays::NoName { encloser_labels: 1 } => Some("none below z."),
            NsecSays::NoName { .. } => Some("none deeper down"),
        }
    }

    #[test]
    fn rfc_4035_5_4_names_between_do_not_exist() {
        let none = Some("none below z.");
        assert_eq!(says("b.z.", "d.z.", &[Type::A], "c.z."), none);
        assert_eq!(says("b.z.", "d.z.", &[Type::A], "B.z."), Some("types"));
        for outside in ["a.z.", "d.z.", "e.z.", "z.", "c.y.", "."] {
            assert_eq!(says("b.z.", "d.z.", &[Type::A], outside), None, "{outside}");
        }
        // The last one leads round to the apex, and no further.
        assert_eq!(says("b.z.", "z.", &[Type::A], "zz.z."), none);
        assert_eq!(says("b.z.", "z.", &[Type::A], "a.z."), None);
        assert_eq!(says("b.z.", "z.", &[Type::A], "zz.zz."), None);
        // A record whose next name is another zone's is of no use.
        assert_eq!(says("b.z.", "d.y.", &[Type::A], "c.z."), None);
    }

    #[test]
    fn rfc_4592_closest_enclosers_come_from_both_ends() {
        let deeper = Some("none deeper down");
        assert_eq!(says("b.z.", "d.z.", &[Type::A], "x.b.z."), deeper);
        assert_eq!(says("b.z.", "h.d.z.", &[Type::A], "c.d.z."), deeper);
        assert_eq!(says("b.z.", "h.d.z.", &[Type::A], "d.z."), Some("empty"));
    }

    #[test]
    fn rfc_6840_4_1_nothing_is_said_of_what_is_below_a_cut_or_a_dname() {
        for types in [&[Type::NS][..], &[Type::NS, Type::DS], &[Type::DNAME]] {
            assert_eq!(says("b.z.", "d.z.", types, "x.b.z."), None);
            let beside = Some("none below z.");
            assert_eq!(says("b.z.", "d.z.", types, "c.z."), beside);
        }
        // The apex has NS records, and is no cut.
        let apex = [Type::NS, Type::SOA];
        assert_eq!(says("z.", "d.z.", &apex, "c.z."), Some("none below z."));
    }

    #[test]
    fn rfc_6840_4_1_who_speaks_for_which_types() {
        let lacks = |types: &[Type], rtype| {
            let octets = bitmap(types);
            proves_lack_of(&TypeBitmap::from_octets(&octets).unwrap(), rtype)
        };
        assert!(lacks(&[Type::A], Type::TXT) && !lacks(&[Type::A], Type::A));
        assert!(!lacks(&[Type::CNAME], Type::TXT) && !lacks(&[Type::CNAME], Type::CNAME));
        // At a cut the parent denies DS, the child all else.
        let (parent, child) = ([Type::NS], [Type::NS, Type::SOA]);
        assert!(lacks(&parent, Type::DS) && !lacks(&parent, Type::A));
        assert!(!lacks(&child, Type::DS) && lacks(&child, Type::A));
        assert!(!lacks(&[Type::NS, Type::DS], Type::DS));
        // ANY is no type that a name might lack.
        assert!(!lacks(&[], Type::ANY) && lacks(&[], Type::A));
    }

    #[test]
    fn rfc_5155_8_hashes_match_or_are_covered() {
        let hash = |octet| [octet; HASH_LEN];
        let place = |of, owner, next| HashPlace::of(&hash(of), &hash(owner), &hash(next));
        assert_eq!(place(5, 5, 7), HashPlace::Matched);
        assert_eq!(place(6, 5, 7), HashPlace::Covered);
        assert_eq!(place(7, 5, 7), HashPlace::Elsewhere);
        assert_eq!(place(4, 5, 7), HashPlace::Elsewhere);
        // Round the end.
        assert_eq!(place(8, 7, 2), HashPlace::Covered);
        assert_eq!(place(1, 7, 2), HashPlace::Covered);
        assert_eq!(place(2, 7, 2), HashPlace::Elsewhere);
        assert_eq!(place(5, 7, 2), HashPlace::Elsewhere);
        // A zone of one name.
        assert_eq!(place(8, 7, 7), HashPlace::Covered);
        assert_eq!(place(1, 7, 7), HashPlace::Covered);
    }
}
