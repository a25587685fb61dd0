//! A record in plain form.

use super::Serial;
use crate::code_points::Class;
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WireError, WriteError, Writer};

/// Octets of a record between its owner and its data (RFC 1035 3.2.1): type, class, TTL and length.
const FIXED_LEN: usize = 10;

/// A record as zones, journals and changes hold it: the names in it are not compressed and keep their
/// case.
///
/// It reads and writes the form that records have in a message (RFC 1035 3.2.1), without compression, so
/// that a row of them needs nothing between.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::wire::{Form, Reader, Writer};
/// use lib_dns_core::zone::StoredRecord;
/// let owner = NameBuf::from_text("alice.sovereign.")?;
/// let record = StoredRecord {
///     owner: owner.as_name(),
///     rtype: Type::A,
///     class: Class::IN,
///     ttl: 300,
///     data: &[192, 0, 2, 1],
/// };
/// let mut octets = [0; 64];
/// let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
/// record.write(&mut writer)?;
/// let mut reader = Reader::new(writer.written());
/// assert_eq!(StoredRecord::read(&mut reader)?, record);
/// assert!(reader.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoredRecord<'a> {
    /// The owner.
    pub owner: Name<'a>,
    /// The type.
    pub rtype: Type,
    /// The class.
    pub class: Class,
    /// Seconds for which it may be cached.
    pub ttl: u32,
    /// The data in plain form.
    pub data: &'a [u8],
}

impl<'a> StoredRecord<'a> {
    /// Reads a record. The data is not looked into.
    ///
    /// # Errors
    /// If it is cut off, or the owner is no name or is compressed.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let owner = reader.flat_name()?;
        let rtype = Type(reader.u16(Part::Record)?);
        let class = Class(reader.u16(Part::Record)?);
        let ttl = reader.u32(Part::Record)?;
        let length = reader.u16(Part::Record)?;
        let data = reader.octets(usize::from(length), Part::RecordData)?;
        Ok(Self {
            owner,
            rtype,
            class,
            ttl,
            data,
        })
    }

    /// Writes the record.
    ///
    /// # Errors
    /// If there is no room, or the data is longer than a record can hold.
    pub fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.uncompressed_name(&self.owner)?;
        writer.u16(self.rtype.0)?;
        writer.u16(self.class.0)?;
        writer.u32(self.ttl)?;
        let length = writer.open_length()?;
        writer.put(self.data)?;
        writer.close_length(length, Part::RecordData)
    }

    /// Octets of the record in plain form.
    pub fn wire_len(&self) -> usize {
        FIXED_LEN
            .saturating_add(self.owner.wire_len())
            .saturating_add(self.data.len())
    }

    /// Writes the record behind what is in `octets`.
    ///
    /// # Errors
    /// If its data is longer than a record can hold; then nothing is written.
    #[cfg(any(test, feature = "alloc"))]
    pub fn append_to(&self, octets: &mut alloc::vec::Vec<u8>) -> Result<(), WriteError> {
        let before = octets.len();
        octets.resize(before.saturating_add(self.wire_len()), 0);
        let room = octets.get_mut(before..).unwrap_or_default();
        let mut writer = Writer::<0>::new(room, crate::wire::Form::Plain);
        let written = self.write(&mut writer);
        if written.is_err() {
            octets.truncate(before);
        }
        written
    }

    /// The serial, if it is an SOA record (RFC 1035 3.3.13).
    pub fn soa_serial(&self) -> Option<Serial> {
        if self.rtype != Type::SOA {
            return None;
        }
        soa_serial(self.data)
    }
}

/// The serial in SOA data that stands in plain form.
pub fn soa_serial(data: &[u8]) -> Option<Serial> {
    let mut reader = Reader::new(data);
    reader.flat_name().ok()?;
    reader.flat_name().ok()?;
    reader.u32(Part::RecordData).ok().map(Serial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Form;

    #[test]
    fn records_are_appended_whole_or_not_at_all() {
        let record = |data| StoredRecord {
            owner: Name::ROOT,
            rtype: Type::NULL,
            class: Class::IN,
            ttl: 1,
            data,
        };
        let mut octets = std::vec![7];
        record(b"ab").append_to(&mut octets).unwrap();
        assert_eq!(octets.len(), 1 + record(b"ab").wire_len());
        assert_eq!(
            StoredRecord::read(&mut Reader::new(&octets[1..])),
            Ok(record(b"ab"))
        );
        let before = octets.clone();
        let long = std::vec![0; 65_536];
        assert!(record(&long).append_to(&mut octets).is_err());
        assert_eq!(octets, before);
    }

    #[test]
    fn every_cut_is_an_error() {
        let name = crate::name::NameBuf::from_text("a.example.").unwrap();
        let record = StoredRecord {
            owner: name.as_name(),
            rtype: Type::TXT,
            class: Class::IN,
            ttl: 1,
            data: b"\x03abc",
        };
        let mut octets = [0; 64];
        let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
        record.write(&mut writer).unwrap();
        let whole = writer.written();
        for end in 0..whole.len() {
            assert!(StoredRecord::read(&mut Reader::new(&whole[..end])).is_err());
        }
        assert_eq!(record.soa_serial(), None);
    }

    #[test]
    fn the_serial_stands_behind_two_names() {
        let data = b"\x01a\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(soa_serial(data), Some(Serial(7)));
        assert_eq!(soa_serial(&data[..7]), None);
    }
}
