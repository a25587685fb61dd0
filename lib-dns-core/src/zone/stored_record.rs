//! A record in plain form.

use super::Serial;
use crate::code_points::Class;
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WireError, WriteError, Writer};

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
