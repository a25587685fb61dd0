//! Type bitmaps (RFC 4034 4.1.2).

use super::dnssec::type_of;
use super::{Codec, DataTokens, show_list};
use crate::rr_data::Type;
use crate::text::TextError;
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// The types of a name, in windows of 256, to the end of the data. It may be empty: an NSEC3 of an
/// empty non-terminal has none.
#[derive(Clone, Copy, Debug)]
pub enum TypeBitmaps {}

/// A validated set of types as it stands on the wire.
///
/// ```
/// use lib_dns_core::rr_data::{Type, codec::TypeBitmap};
/// let types = TypeBitmap::from_octets(&[0, 1, 0x62])?;
/// assert!(types.contains(Type::NS) && !types.contains(Type::MX));
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeBitmap<'a>(&'a [u8]);

impl<'a> TypeBitmap<'a> {
    /// Validates octets: windows rise, have 1 to 32 octets each, and none ends in a zero octet.
    ///
    /// # Errors
    /// If one of these rules is broken.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, WireError> {
        TypeBitmaps::read(&mut Reader::new(octets))
    }

    /// The wire form.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Windows and their octets.
    fn windows(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (&[window, len], tail) = rest.split_first_chunk::<2>()?;
            let (octets, tail) = tail.split_at_checked(usize::from(len))?;
            rest = tail;
            Some((window, octets))
        })
    }

    /// Is the type in the set?
    pub fn contains(&self, rtype: Type) -> bool {
        let [high, low] = rtype.0.to_be_bytes();
        let Some((_, octets)) = self.windows().find(|(window, _)| *window == high) else {
            return false;
        };
        let octet = octets.get(usize::from(low >> 3)).copied().unwrap_or(0);
        octet & (0x80 >> (low & 7)) != 0
    }

    /// The types in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Type> + use<'a> {
        self.windows().flat_map(|(window, octets)| {
            let bits = (0..=u8::MAX).take(octets.len().saturating_mul(8));
            bits.filter_map(move |low| {
                let octet = octets.get(usize::from(low >> 3))?;
                let set = octet & (0x80 >> (low & 7)) != 0;
                set.then_some(Type(u16::from_be_bytes([window, low])))
            })
        })
    }
}

/// Writes the set of some types, which may come in any order and more than once: one pass over them for
/// each window that there is.
///
/// ```
/// use lib_dns_core::rr_data::{Type, codec::write_types};
/// use lib_dns_core::wire::{Form, Writer};
/// let mut octets = [0; 8];
/// let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
/// write_types([Type::SOA, Type::A, Type::NS].into_iter(), &mut writer)?;
/// assert_eq!(writer.written(), [0, 1, 0x62]);
/// # Ok::<(), lib_dns_core::wire::WriteError>(())
/// ```
///
/// # Errors
/// If there is no room.
pub fn write_types<const N: usize>(
    types: impl Iterator<Item = Type> + Clone,
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError> {
    let mut after = None;
    loop {
        let mut window = Window::behind(after);
        types.clone().for_each(|rtype| window.take(rtype));
        match window.write(writer)? {
            Some(number) => after = Some(number),
            None => return Ok(()),
        }
    }
}

/// The lowest window behind another one that any type is in.
struct Window {
    after: Option<u8>,
    number: Option<u8>,
    bits: [u8; 32],
    len: usize,
}

impl Window {
    fn behind(after: Option<u8>) -> Self {
        Self {
            after,
            number: None,
            bits: [0; 32],
            len: 0,
        }
    }

    /// Takes a type, if it is in the window or in a lower one, which then is the window.
    fn take(&mut self, rtype: Type) {
        let [high, low] = rtype.0.to_be_bytes();
        if self.after.is_some_and(|after| high <= after)
            || self.number.is_some_and(|number| high > number)
        {
            return;
        }
        if self.number != Some(high) {
            (self.number, self.bits, self.len) = (Some(high), [0; 32], 0);
        }
        let place = usize::from(low >> 3);
        if let Some(octet) = self.bits.get_mut(place) {
            *octet |= 0x80 >> (low & 7);
        }
        self.len = self.len.max(place.wrapping_add(1));
    }

    /// Writes the window, unless no type was in one; says which it is.
    fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<Option<u8>, WriteError> {
        if let Some(number) = self.number {
            writer.u8(number)?;
            writer.u8(self.len as u8)?;
            writer.put(self.bits.get(..self.len).unwrap_or_default())?;
        }
        Ok(self.number)
    }
}

impl fmt::Debug for TypeBitmap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Codec for TypeBitmaps {
    type Value<'a> = TypeBitmap<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<TypeBitmap<'a>, WireError> {
        let octets = reader.peek();
        let mut lowest = 0;
        while !reader.is_empty() {
            let window = reader.u8(Part::TypeBitmap)?;
            if u16::from(window) < lowest {
                return Err(reader.error(WireErrorKind::BadOrder(Part::TypeBitmap)));
            }
            lowest = u16::from(window).wrapping_add(1);
            let len = reader.u8(Part::TypeBitmap)?;
            let bits = reader.octets(usize::from(len), Part::TypeBitmap)?;
            if len > 32 || matches!(bits, [] | [.., 0]) {
                return Err(reader.error(WireErrorKind::BadValue(Part::TypeBitmap)));
            }
        }
        Ok(TypeBitmap(octets))
    }

    fn write<const N: usize>(
        value: TypeBitmap<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    /// One pass over the tokens for each window that there is, so that any order is read without
    /// room for all types.
    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mut after = None;
        loop {
            let mut pass = tokens.clone();
            let mut window = Window::behind(after);
            while let Some(token) = pass.next()? {
                window.take(type_of(&token)?);
            }
            let written = window.write(writer);
            let Some(number) = written.map_err(|error| tokens.unwritable(error))? else {
                *tokens = pass;
                return Ok(());
            };
            after = Some(number);
        }
    }

    fn is_shown(value: TypeBitmap<'_>) -> bool {
        !value.0.is_empty()
    }

    fn show(value: TypeBitmap<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter(), " ", out)
    }
}
