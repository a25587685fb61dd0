//! EDNS (RFC 6891): the OPT record.

use super::{EdnsOption, OptionCode};
use crate::code_points::DNSSEC_OK;
use crate::wire::{Part, Reader, WireError};
use core::fmt;

/// What an OPT record says.
#[derive(Clone, Copy, Debug)]
pub struct Edns<'a> {
    /// The largest UDP message that the sender takes (octets).
    pub udp_size: u16,
    /// The high eight bits of the rcode.
    pub extended_rcode: u8,
    /// The version; there is 0 only.
    pub version: u8,
    /// All sixteen flags.
    pub flags: u16,
    options: Reader<'a>,
}

impl<'a> Edns<'a> {
    /// Checks the lengths of options.
    #[inline]
    pub(super) fn check(mut options: Reader<'_>) -> Result<(), WireError> {
        while !options.is_empty() {
            next_option(&mut options)?;
        }
        Ok(())
    }

    /// Reads what follows the owner of an OPT record that was found before: the fields that mean something
    /// else in other records.
    #[inline]
    pub(super) fn read(mut record: Reader<'a>) -> Self {
        let fixed = record.octets(10, Part::Record).unwrap_or_default();
        let fixed = fixed.first_chunk::<10>().unwrap_or(&[0; 10]);
        let [_, _, c1, c0, extended_rcode, version, high, low, d1, d0] = fixed;
        let len = usize::from(u16::from_be_bytes([*d1, *d0]));
        Self {
            udp_size: u16::from_be_bytes([*c1, *c0]),
            extended_rcode: *extended_rcode,
            version: *version,
            flags: u16::from_be_bytes([*high, *low]),
            options: record.window(len, Part::RecordData).unwrap_or(record),
        }
    }

    /// DO: does the sender want DNSSEC records (RFC 3225)?
    #[inline]
    pub fn dnssec_ok(&self) -> bool {
        self.flags & DNSSEC_OK != 0
    }

    /// The options in order, unread.
    #[inline]
    pub fn options(&self) -> impl Iterator<Item = RawOption<'a>> + use<'a> {
        self.options.each(next_option)
    }

    /// The first option of a code, unread.
    #[inline]
    pub fn option(&self, code: OptionCode) -> Option<RawOption<'a>> {
        self.options().find(|option| option.code == code)
    }
}

#[inline]
fn next_option<'a>(reader: &mut Reader<'a>) -> Result<RawOption<'a>, WireError> {
    let head = reader.u32(Part::Option)?;
    let (code, len) = (OptionCode((head >> 16) as u16), head as u16);
    let data = reader.window(usize::from(len), Part::Option)?;
    Ok(RawOption { code, data })
}

/// An option whose value was not looked at yet.
#[derive(Clone, Copy, Debug)]
pub struct RawOption<'a> {
    /// Which option.
    pub code: OptionCode,
    data: Reader<'a>,
}

impl<'a> RawOption<'a> {
    /// The value's octets.
    #[inline]
    pub fn octets(&self) -> &'a [u8] {
        self.data.peek()
    }

    /// Reads the value.
    ///
    /// # Errors
    /// If it is no value of this option. The RFCs ask for FORMERR for some options only; who does not
    /// care for an option does not read it.
    #[inline]
    pub fn read(&self) -> Result<EdnsOption<'a>, WireError> {
        let mut reader = self.data;
        let option = EdnsOption::read_value(self.code, &mut reader)?;
        reader.close(Part::Option)?;
        Ok(option)
    }
}

/// An option that reads as what it should be, else its octets.
impl fmt::Display for RawOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read() {
            Ok(option) => fmt::Display::fmt(&option, f),
            Err(error) => {
                let (code, octets) = (self.code, self.octets());
                write!(f, "{code}:")?;
                EdnsOption::Opaque { code, octets }.show_value(f)?;
                write!(f, " [{}]", error.kind)
            }
        }
    }
}
