//! Data that is names, with numbers before and behind them.

use super::Codec;
use crate::wire::{Part, Reader, WriteError, Writer};

/// What data looks like that is some octets, some names, and some octets again: that of most types of RFC 1035, and of
/// a few that came after. One piece of code copies them all, where a codec for each type would take much more.
///
/// ```
/// use lib_dns_core::rr_data::{NameFields, RecordType, Srv};
/// use lib_dns_core::wire::{Form, Reader, Writer};
/// // A service, whose target is compressed, in a message that holds `a.` at octet 12.
/// let message = b"\0\0\0\0\0\0\0\0\0\0\0\0\x01a\0\0\x0a\0\x64\x16\x33\xc0\x0c";
/// let mut data = Reader::within(message, 15, message.len());
/// let mut octets = [0; 16];
/// let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
/// Srv::NAMES.ok_or("it is no such data")?.copy(&mut data, &mut writer)?;
/// assert_eq!(writer.written(), b"\0\x0a\0\x64\x16\x33\x01a\0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameFields {
    before: u8,
    names: u8,
    behind: u8,
    /// May a message compress them?
    compressible: bool,
}

/// What a codec says of its field.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Field {
    len: usize,
    accepts_pointers: bool,
    compressible: bool,
}

impl Field {
    #[doc(hidden)]
    pub const fn of<C: Codec>() -> Self {
        Self {
            len: C::LEN,
            accepts_pointers: C::ACCEPTS_POINTERS,
            compressible: C::COMPRESSIBLE,
        }
    }
}

impl NameFields {
    /// What some fields look like, if they are of a fixed length or names that may be compressed in what is read.
    #[doc(hidden)]
    pub const fn of(fields: &[Field]) -> Option<Self> {
        let mut all = Self {
            before: 0,
            names: 0,
            behind: 0,
            compressible: false,
        };
        let mut rest = fields;
        while let [field, tail @ ..] = rest {
            rest = tail;
            if field.accepts_pointers {
                if all.behind > 0 || all.names > 0 && all.compressible != field.compressible {
                    return None;
                }
                all.names = all.names.wrapping_add(1);
                all.compressible = field.compressible;
            } else if field.len == 0 || field.len > 32 {
                return None;
            } else if all.names == 0 {
                all.before = all.before.wrapping_add(field.len as u8);
            } else {
                all.behind = all.behind.wrapping_add(field.len as u8);
            }
        }
        Some(all)
    }

    /// Copies the data, all of the reader's window, in the writer's form.
    ///
    /// # Errors
    /// If it is no such data, or there is no room.
    pub fn copy<const N: usize>(
        self,
        reader: &mut Reader<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(reader.octets(usize::from(self.before), Part::RecordData)?)?;
        for _ in 0..self.names {
            let name = reader.name()?;
            if self.compressible {
                writer.compressible_name(&name)?;
            } else {
                writer.uncompressed_name(&name)?;
            }
        }
        writer.put(reader.octets(usize::from(self.behind), Part::RecordData)?)?;
        Ok(reader.close(Part::RecordData)?)
    }
}
