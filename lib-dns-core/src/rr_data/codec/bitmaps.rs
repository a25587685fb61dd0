//! Sets as one bitmap: the types of NXT, and ports.

use super::dnssec::type_of;
use super::{Codec, DataTokens, show_list};
use crate::rr_data::Type;
use crate::text::{TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// The numbers whose bits are set, the highest bit of the first octet being 0.
fn set_bits(octets: &[u8]) -> impl Iterator<Item = u16> {
    octets.iter().zip(0u16..).flat_map(|(octet, at)| {
        (0..8u16)
            .filter(move |bit| 0x80u8.wrapping_shr(u32::from(*bit)) & octet != 0)
            .map(move |bit| at << 3 | bit)
    })
}

fn is_set(octets: &[u8], number: u16) -> bool {
    let octet = octets.get(usize::from(number >> 3)).copied();
    octet.unwrap_or_default() & bit(number) != 0
}

fn bit(number: u16) -> u8 {
    0x80u8.wrapping_shr(u32::from(number & 7))
}

/// Without the zero octets at the end.
fn trimmed(mut octets: &[u8]) -> &[u8] {
    while let [front @ .., 0] = octets {
        octets = front;
    }
    octets
}

/// The types below 128 that a name has, one bitmap to the end of the data: NXT (RFC 2535 5.2).
#[derive(Clone, Copy, Debug)]
pub enum LowTypeBitmap {}

/// A set of record types below 128, as it stands on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LowTypeSet<'a>(&'a [u8]);

impl<'a> LowTypeSet<'a> {
    /// Is the type in the set?
    pub fn contains(&self, rtype: Type) -> bool {
        is_set(self.0, rtype.0)
    }

    /// The types, by number.
    pub fn iter(&self) -> impl Iterator<Item = Type> + use<'a> {
        set_bits(self.0).map(Type)
    }
}

impl fmt::Debug for LowTypeSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Codec for LowTypeBitmap {
    type Value<'a> = LowTypeSet<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<LowTypeSet<'a>, WireError> {
        let octets = reader.take_rest();
        let other_format = octets.first().is_some_and(|octet| octet & 0x80 != 0);
        if octets.len() > 16 || octets.last() == Some(&0) || other_format {
            return Err(reader.error(WireErrorKind::BadValue(Part::TypeBitmap)));
        }
        Ok(LowTypeSet(octets))
    }

    fn write<const N: usize>(
        value: LowTypeSet<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mut bits = [0u8; 16];
        while let Some(token) = tokens.next()? {
            let rtype = type_of(&token)?.0;
            let octet = bits.get_mut(usize::from(rtype >> 3)).filter(|_| rtype > 0);
            let octet = octet.ok_or_else(|| {
                token.error(TextErrorKind::Invalid("NXT holds only types from 1 to 127"))
            })?;
            *octet |= bit(rtype);
        }
        writer
            .put(trimmed(&bits))
            .map_err(|error| tokens.unwritable(error))
    }

    fn is_shown(value: LowTypeSet<'_>) -> bool {
        !value.0.is_empty()
    }

    fn show(value: LowTypeSet<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter(), " ", out)
    }
}

/// The ports of WKS (RFC 1035 3.4.2), one bitmap to the end of the data; numbers in text.
#[derive(Clone, Copy, Debug)]
pub enum PortBitmap {}

/// A set of ports, as it stands on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PortSet<'a>(&'a [u8]);

impl<'a> PortSet<'a> {
    /// Is the port in the set?
    pub fn contains(&self, port: u16) -> bool {
        is_set(self.0, port)
    }

    /// The ports, from the lowest.
    pub fn iter(&self) -> impl Iterator<Item = u16> + use<'a> {
        set_bits(self.0)
    }
}

impl fmt::Debug for PortSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Codec for PortBitmap {
    type Value<'a> = PortSet<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<PortSet<'a>, WireError> {
        let octets = reader.take_rest();
        // Text cannot say what zero octets at the end would, so they are no data.
        if octets.len() > 8192 || octets.last() == Some(&0) {
            return Err(reader.error(WireErrorKind::BadValue(Part::RecordData)));
        }
        Ok(PortSet(octets))
    }

    fn write<const N: usize>(
        value: PortSet<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mut pass = tokens.clone();
        let mut len = 0usize;
        while let Some(token) = pass.next()? {
            let port = token.number(u64::from(u16::MAX))? as usize;
            len = len.max((port >> 3).wrapping_add(1));
        }
        let full = tokens.error(TextErrorKind::DataTooLong);
        let bits = writer.room_mut().get_mut(..len).ok_or(full)?;
        bits.fill(0);
        while let Some(token) = tokens.next()? {
            let port = token.number(u64::from(u16::MAX))? as u16;
            if let Some(octet) = bits.get_mut(usize::from(port >> 3)) {
                *octet |= bit(port);
            }
        }
        writer.advance(len);
        Ok(())
    }

    fn is_shown(value: PortSet<'_>) -> bool {
        !value.0.is_empty()
    }

    fn show(value: PortSet<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter(), " ", out)
    }
}
