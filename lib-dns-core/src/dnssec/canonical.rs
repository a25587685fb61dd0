//! RRsets in canonical form (RFC 4034 6).

use crate::code_points::Class;
use crate::name::{Name, NameBuf};
use crate::rr_data::{RData, Rrsig, Type, WriteData};
use crate::wire::{Form, Part, WriteError, Writer};
use crate::zone::RrSet;
use core::fmt;

/// Where the data of one record stands in the octets lent to a [`CanonicalRrset`].
#[derive(Clone, Copy, Default, Debug)]
pub struct Place {
    start: u32,
    len: u16,
}

impl Place {
    fn of<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        let rest = data.get(self.start as usize..).unwrap_or_default();
        rest.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// An RRset in canonical form: the owner and the names in the data in lower case where RFC 4034 6.2 and
/// RFC 6840 5.1 say so, the records sorted by their data, none of them twice.
///
/// It stands in room that the caller lends: octets for the data and for what is signed, which together
/// need about twice what the RRset has in a message, and a [`Place`] for each record.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::dnssec::{CanonicalRrset, Place};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::zone::RrSet;
/// let owner = NameBuf::from_text("Host.example.")?;
/// let packed = [0, 4, 192, 0, 2, 9, 0, 4, 192, 0, 2, 1, 0, 4, 192, 0, 2, 9];
/// let rrset = RrSet::new(Type::A, 300, &packed);
/// let (mut octets, mut places) = ([0; 512], [Place::default(); 4]);
/// let canonical =
///     CanonicalRrset::new(&owner.as_name(), Class::IN, &rrset, &mut octets, &mut places)?;
/// assert_eq!(canonical.records().collect::<Vec<_>>(), [[192, 0, 2, 1], [192, 0, 2, 9]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CanonicalRrset<'s> {
    owner: NameBuf,
    rtype: Type,
    class: Class,
    ttl: u32,
    places: &'s [Place],
    data: &'s [u8],
    /// For what is signed.
    room: &'s mut [u8],
}

impl<'s> CanonicalRrset<'s> {
    /// Puts an RRset in canonical form. Data that does not read as its type is taken as it is.
    ///
    /// # Errors
    /// If the room is too small.
    pub fn new(
        owner: &Name<'_>,
        class: Class,
        rrset: &RrSet<'_>,
        octets: &'s mut [u8],
        places: &'s mut [Place],
    ) -> Result<Self, CanonicalError> {
        let mut writer = Writer::<0>::new(octets, Form::Canonical);
        let mut count = 0usize;
        for data in rrset.records() {
            let place = places
                .get_mut(count)
                .ok_or(CanonicalError::TooManyRecords)?;
            let start = writer.len();
            write_canonical(class, rrset.rtype, data, &mut writer)?;
            let len = u16::try_from(writer.len().saturating_sub(start));
            *place = Place {
                start: u32::try_from(start).map_err(|_| CanonicalError::NoRoom)?,
                len: len.map_err(|_| CanonicalError::NoRoom)?,
            };
            count = count.saturating_add(1);
        }
        let used = writer.len();
        let (data, room) = octets
            .split_at_mut_checked(used)
            .ok_or(CanonicalError::NoRoom)?;
        let data = &*data;
        let places = places.get_mut(..count).unwrap_or_default();
        let kept = sort_and_part(places, data);
        Ok(Self {
            owner: NameBuf::from(*owner).to_lowercase(),
            rtype: rrset.rtype,
            class,
            ttl: rrset.ttl,
            places: places.get(..kept).unwrap_or_default(),
            data,
            room,
        })
    }

    /// The owner, in lower case.
    pub fn owner(&self) -> Name<'_> {
        self.owner.as_name()
    }

    /// The type.
    pub fn rtype(&self) -> Type {
        self.rtype
    }

    /// The class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Seconds for which it may be cached.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// The data of its records, in order.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.places.iter().map(|place| place.of(self.data))
    }

    /// What a signature with these fields is made over (RFC 4034 3.1.8.1): the fields, then every record
    /// with the TTL that they name. Where they have fewer labels than the owner, the records are those
    /// of the wildcard that it came from (RFC 4035 5.3.2).
    ///
    /// # Errors
    /// If the room is too small, or the fields have more labels than the owner.
    pub fn signed_data(&mut self, fields: &Rrsig<'_>) -> Result<&[u8], CanonicalError> {
        let owner = self.owner.as_name();
        let labels = super::rrsig_labels(&owner);
        let wildcard = if fields.labels == labels {
            None
        } else if fields.labels < labels {
            let encloser = owner.ancestor(usize::from(fields.labels));
            Some(
                encloser
                    .wildcard_below()
                    .ok_or(CanonicalError::TooManyLabels)?,
            )
        } else {
            return Err(CanonicalError::TooManyLabels);
        };
        let mut writer = Writer::<0>::new(self.room, Form::Canonical);
        Rrsig {
            signature: &[],
            ..*fields
        }
        .write(&mut writer)?;
        let owner = wildcard.as_ref().map_or(owner, |name| name.as_name());
        for place in self.places {
            write_head(
                &owner,
                self.rtype,
                self.class,
                fields.original_ttl,
                &mut writer,
            )?;
            let length = writer.open_length()?;
            writer.put(place.of(self.data))?;
            writer.close_length(length, Part::RecordData)?;
        }
        Ok(writer.into_written())
    }

    /// Hands the records over one by one as they stand in canonical form (RFC 4034 6.2), with the TTL of
    /// the RRset: what stands before the data, and the data. Records that `keep` is not true of are left
    /// out.
    pub(super) fn each_record(
        &self,
        keep: impl Fn(&[u8]) -> bool,
        mut take: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), CanonicalError> {
        let mut head = [0; crate::name::MAX_NAME_LEN + 10];
        for data in self.records().filter(|data| keep(data)) {
            let mut writer = Writer::<0>::new(&mut head, Form::Canonical);
            write_head(
                &self.owner.as_name(),
                self.rtype,
                self.class,
                self.ttl,
                &mut writer,
            )?;
            writer.u16(data.len() as u16)?;
            take(writer.written(), data);
        }
        Ok(())
    }
}

fn write_head(
    owner: &Name<'_>,
    rtype: Type,
    class: Class,
    ttl: u32,
    writer: &mut Writer<'_, 0>,
) -> Result<(), WriteError> {
    writer.uncompressed_name(owner)?;
    writer.u16(rtype.0)?;
    writer.u16(class.0)?;
    writer.u32(ttl)
}

/// Sorts records by their data (RFC 4034 6.3) and brings those that differ to the front; says how many.
fn sort_and_part(places: &mut [Place], data: &[u8]) -> usize {
    if places.len() > 1 {
        places.sort_unstable_by(|a, b| a.of(data).cmp(b.of(data)));
    }
    let mut kept = 0usize;
    for index in 0..places.len() {
        let Some(place) = places.get(index).copied() else {
            break;
        };
        let last = kept.checked_sub(1).and_then(|last| places.get(last));
        if last.is_some_and(|last| last.of(data) == place.of(data)) {
            continue;
        }
        if let Some(slot) = places.get_mut(kept) {
            *slot = place;
        }
        kept = kept.saturating_add(1);
    }
    kept
}

/// Writes stored data in canonical form (RFC 4034 6.2); the writer has that form. What does not read as
/// its type has no names, and is written as it is.
///
/// # Errors
/// If there is no room.
pub fn write_canonical<const N: usize>(
    class: Class,
    rtype: Type,
    stored: &[u8],
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError> {
    let mark = writer.mark();
    match RData::write_stored(class, rtype, stored, writer) {
        Ok(()) => Ok(()),
        Err(WriteError::NoRoom) => Err(WriteError::NoRoom),
        Err(_) => {
            writer.rewind(mark);
            writer.put(stored)
        }
    }
}

/// Why an RRset could not be put in canonical form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CanonicalError {
    /// The octets lent are too few.
    NoRoom,
    /// The places lent are fewer than the records.
    TooManyRecords,
    /// The signature has more labels than the owner (RFC 4035 5.3.1).
    TooManyLabels,
}

impl From<WriteError> for CanonicalError {
    fn from(_: WriteError) -> Self {
        Self::NoRoom
    }
}

impl fmt::Display for CanonicalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "no room for the RRset in canonical form",
            Self::TooManyRecords => "more records than there are places to sort them in",
            Self::TooManyLabels => "the signature has more labels than the owner",
        })
    }
}

impl core::error::Error for CanonicalError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_points::SecurityAlgorithm;
    use std::vec::Vec;

    fn packed(records: &[&[u8]]) -> Vec<u8> {
        let mut packed = Vec::new();
        for data in records {
            packed.extend((data.len() as u16).to_be_bytes());
            packed.extend_from_slice(data);
        }
        packed
    }

    #[test]
    fn names_are_folded_where_the_type_says_so() {
        let owner = NameBuf::from_text("A.Example.").unwrap();
        let (mut octets, mut places) = ([0; 512], [Place::default(); 4]);
        for (rtype, data, canonical) in [
            (Type::MX, &b"\0\x0a\x01M\0"[..], &b"\0\x0a\x01m\0"[..]),
            (Type::NSEC, b"\x01M\0\0\x01\x40", b"\x01M\0\0\x01\x40"),
            (Type::TXT, b"\x01M", b"\x01M"),
            // No such data, so taken as it is.
            (Type::MX, b"\0\x0a\x01M", b"\0\x0a\x01M"),
        ] {
            let packed = packed(&[data]);
            let rrset = RrSet::new(rtype, 1, &packed);
            let name = owner.as_name();
            let rrset =
                CanonicalRrset::new(&name, Class::IN, &rrset, &mut octets, &mut places).unwrap();
            assert_eq!(rrset.records().next().unwrap(), canonical);
            assert_eq!(rrset.owner().as_flat(), Some(&b"\x01a\x07example\0"[..]));
        }
    }

    #[test]
    fn records_are_sorted_as_octets_and_kept_once() {
        let owner = NameBuf::from_text("example.").unwrap();
        let packed = packed(&[b"b", b"ab", b"a", b"", b"b", b"a\0"]);
        let rrset = RrSet::new(Type(65400), 1, &packed);
        let (mut octets, mut places) = ([0; 64], [Place::default(); 6]);
        let name = owner.as_name();
        let sorted = CanonicalRrset::new(&name, Class::IN, &rrset, &mut octets, &mut places);
        let sorted = sorted.unwrap();
        let records: Vec<_> = sorted.records().collect();
        assert_eq!(records, [&b""[..], b"a", b"a\0", b"ab", b"b"]);
        let few = CanonicalRrset::new(&name, Class::IN, &rrset, &mut octets, &mut places[..5]);
        assert_eq!(few.err(), Some(CanonicalError::TooManyRecords));
        let small = CanonicalRrset::new(&name, Class::IN, &rrset, &mut octets[..5], &mut places);
        assert_eq!(small.err(), Some(CanonicalError::NoRoom));
    }

    #[test]
    fn fewer_labels_sign_the_wildcard() {
        let owner = NameBuf::from_text("a.b.Example.").unwrap();
        let packed = packed(&[&[192, 0, 2, 1]]);
        let rrset = RrSet::new(Type::A, 60, &packed);
        let (mut octets, mut places) = ([0; 512], [Place::default(); 1]);
        let name = owner.as_name();
        let mut rrset =
            CanonicalRrset::new(&name, Class::IN, &rrset, &mut octets, &mut places).unwrap();
        let signer = NameBuf::from_text("Example.").unwrap();
        let mut fields = Rrsig {
            type_covered: Type::A,
            algorithm: SecurityAlgorithm::ED25519,
            labels: 1,
            original_ttl: 300,
            expiration: 2,
            inception: 1,
            key_tag: 3,
            signer: signer.as_name(),
            signature: b"not signed",
        };
        let signed = rrset.signed_data(&fields).unwrap();
        let record = b"\x01*\x07example\0\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02\x01";
        assert_eq!(
            &signed[..20],
            b"\0\x01\x0f\x01\0\0\x01\x2c\0\0\0\x02\0\0\0\x01\0\x03\x07e"
        );
        assert_eq!(&signed[27..], record);
        fields.labels = 4;
        let error = rrset.signed_data(&fields).unwrap_err();
        assert_eq!(error, CanonicalError::TooManyLabels);
    }
}
