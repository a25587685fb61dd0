//! What changes between two versions of a zone.

use super::{Serial, StoredRecord};
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WireError, WireErrorKind};
use core::fmt;

/// Records in plain form, one behind the other, each of them read once without an error.
///
/// What comes from elsewhere is checked by [`StoredRecords::from_bytes`]; walking it cannot fail after.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredRecords<'a>(&'a [u8]);

impl<'a> StoredRecords<'a> {
    /// Looks through records.
    ///
    /// # Errors
    /// If a record is cut off or its owner is no name in plain form, or there are 4 GiB of records or
    /// more. The data is not looked into.
    pub fn from_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        if reader.remaining() != octets.len() {
            return Err(reader.error(WireErrorKind::Truncated(Part::Zone)));
        }
        while !reader.is_empty() {
            StoredRecord::read(&mut reader)?;
        }
        Ok(Self(octets))
    }

    /// The octets of all records.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Is there no record?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = StoredRecord<'a>> + Clone + use<'a> {
        let mut reader = Reader::new(self.0);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            StoredRecord::read(&mut reader).ok()
        })
    }
}

impl fmt::Debug for StoredRecords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What leads from one version of a zone to a later one.
///
/// It has the form in which IXFR sends it (RFC 1995 4), in plain form: the old SOA record, the records that
/// go, the new SOA record, the records that come. Journals keep these octets and transfers send them.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::wire::{Form, Writer};
/// use lib_dns_core::zone::{Difference, Serial, StoredRecord};
/// let apex = NameBuf::from_text("sovereign.")?;
/// let soa = |serial: u8| {
///     let mut data = *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
///     data[5] = serial;
///     data
/// };
/// let mut octets = [0; 256];
/// let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
/// let (old, new) = (soa(1), soa(2));
/// for (rtype, data) in [(Type::SOA, &old[..]), (Type::SOA, &new[..]), (Type::A, &[10, 42, 0, 1])] {
///     let record = StoredRecord { owner: apex.as_name(), rtype, class: Class::IN, ttl: 60, data };
///     record.write(&mut writer)?;
/// }
/// let difference = Difference::from_bytes(writer.written())?;
/// assert_eq!((difference.from_serial(), difference.to_serial()), (Serial(1), Serial(2)));
/// assert!(difference.deleted().is_empty());
/// assert_eq!(difference.added().iter().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference<'a> {
    octets: &'a [u8],
    old_soa: StoredRecord<'a>,
    deleted: StoredRecords<'a>,
    new_soa: StoredRecord<'a>,
    added: StoredRecords<'a>,
    from: Serial,
    to: Serial,
}

impl<'a> Difference<'a> {
    /// Reads what [`Difference::as_bytes`] gave.
    ///
    /// # Errors
    /// If a record is cut off, the first is no SOA record, or there are not exactly two SOA records.
    pub fn from_bytes(octets: &'a [u8]) -> Result<Self, DifferenceError> {
        let mut reader = Reader::new(octets);
        let soa = |reader: &mut Reader<'a>| {
            let record = StoredRecord::read(reader)?;
            let serial = record.soa_serial().ok_or(DifferenceError::NoSoa)?;
            Ok::<_, DifferenceError>((record, serial))
        };
        let (old_soa, from) = soa(&mut reader)?;
        let first = reader.offset();
        // Where the new SOA record starts.
        let middle = loop {
            let at = reader.offset();
            if reader.is_empty() {
                return Err(DifferenceError::NoSoa);
            }
            if StoredRecord::read(&mut reader)?.rtype == Type::SOA {
                break at;
            }
        };
        let mut reader = Reader::within(octets, middle, octets.len());
        let (new_soa, to) = soa(&mut reader)?;
        let added = StoredRecords::from_bytes(reader.peek())?;
        if added.iter().any(|record| record.rtype == Type::SOA) {
            return Err(DifferenceError::ThirdSoa);
        }
        Ok(Self {
            octets,
            old_soa,
            deleted: StoredRecords(octets.get(first..middle).unwrap_or_default()),
            new_soa,
            added,
            from,
            to,
        })
    }

    /// The octets of all records.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// The version that it starts from.
    #[inline]
    pub fn from_serial(&self) -> Serial {
        self.from
    }

    /// The version that it leads to.
    #[inline]
    pub fn to_serial(&self) -> Serial {
        self.to
    }

    /// The SOA record that goes.
    #[inline]
    pub fn old_soa(&self) -> StoredRecord<'a> {
        self.old_soa
    }

    /// The records that go, without the SOA record.
    #[inline]
    pub fn deleted(&self) -> StoredRecords<'a> {
        self.deleted
    }

    /// The SOA record that comes.
    #[inline]
    pub fn new_soa(&self) -> StoredRecord<'a> {
        self.new_soa
    }

    /// The records that come, without the SOA record.
    #[inline]
    pub fn added(&self) -> StoredRecords<'a> {
        self.added
    }
}

/// Why octets are no [`Difference`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DifferenceError {
    /// A record is cut off or broken.
    Record(WireError),
    /// An SOA record is missing, or is none.
    NoSoa,
    /// There is a third SOA record.
    ThirdSoa,
}

impl From<WireError> for DifferenceError {
    fn from(error: WireError) -> Self {
        Self::Record(error)
    }
}

impl fmt::Display for DifferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => write!(f, "bad record: {error}"),
            Self::NoSoa => f.write_str("no SOA record where one must stand"),
            Self::ThirdSoa => f.write_str("a third SOA record"),
        }
    }
}

impl core::error::Error for DifferenceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_points::Class;
    use crate::name::NameBuf;
    use crate::wire::{Form, Writer};
    use std::vec::Vec;

    /// Records of a zone, SOA records by their serial and addresses by their last octet.
    fn octets(records: &[(Type, u8)]) -> Vec<u8> {
        let apex = NameBuf::from_text("a.example.").unwrap();
        let mut buffer = [0; 512];
        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
        for (rtype, number) in records {
            let mut soa = [0; 22];
            soa[5] = *number;
            let address = [10, 0, 0, *number];
            let record = StoredRecord {
                owner: apex.as_name(),
                rtype: *rtype,
                class: Class::IN,
                ttl: 1,
                data: if *rtype == Type::SOA { &soa } else { &address },
            };
            record.write(&mut writer).unwrap();
        }
        writer.written().to_vec()
    }

    #[test]
    fn the_second_soa_record_parts_what_goes_from_what_comes() {
        let records = [
            (Type::SOA, 3),
            (Type::A, 1),
            (Type::A, 2),
            (Type::SOA, 5),
            (Type::A, 3),
        ];
        let octets = octets(&records);
        let difference = Difference::from_bytes(&octets).unwrap();
        assert_eq!(difference.from_serial(), Serial(3));
        assert_eq!(difference.to_serial(), Serial(5));
        assert_eq!(difference.deleted().iter().count(), 2);
        assert_eq!(
            difference.added().iter().next().unwrap().data,
            [10, 0, 0, 3]
        );
    }

    #[test]
    fn soa_records_are_counted() {
        let bad = |records: &[(Type, u8)]| Difference::from_bytes(&octets(records)).unwrap_err();
        assert_eq!(bad(&[(Type::SOA, 1)]), DifferenceError::NoSoa);
        assert_eq!(
            bad(&[(Type::A, 1), (Type::SOA, 1), (Type::SOA, 2)]),
            DifferenceError::NoSoa
        );
        assert_eq!(
            bad(&[(Type::SOA, 1), (Type::SOA, 2), (Type::SOA, 3)]),
            DifferenceError::ThirdSoa
        );
        let empty = Difference::from_bytes(&[]);
        assert!(matches!(empty, Err(DifferenceError::Record(_))));
    }
}
