//! Reading octets from a window of a message.

use super::{Part, WireError, WireErrorKind};
use crate::name::Name;

/// Reads a window of a message from front to back.
///
/// ```
/// use lib_dns_core::wire::{Part, Reader};
/// let mut reader = Reader::new(&[0, 3, 1, 2, 3, 9]);
/// let len = reader.u16(Part::Field)?;
/// let mut window = reader.window(usize::from(len), Part::Field)?;
/// assert_eq!(window.u8(Part::Field)?, 1);
/// assert!(window.close(Part::Field).is_err(), "two octets are left over");
/// assert_eq!(reader.remaining(), 1);
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The message up to the end of the window: names point back, never beyond it.
    message: &'a [u8],
    /// The end of `message` that is still to be read.
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads all of `message`, which names may point into.
    #[inline]
    pub fn new(message: &'a [u8]) -> Self {
        Self {
            message,
            rest: message,
        }
    }

    /// Reads octets `start..end` of a message; an impossible window is empty.
    #[inline]
    pub fn within(message: &'a [u8], start: usize, end: usize) -> Self {
        let message = message.get(..end).unwrap_or_default();
        Self {
            message,
            rest: message.get(start..).unwrap_or_default(),
        }
    }

    /// The offset in the message of the next octet.
    #[inline]
    pub fn offset(&self) -> usize {
        self.message.len().wrapping_sub(self.rest.len())
    }

    /// Octets left in the window.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Is the window used up?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The octets left, without reading them.
    #[inline]
    pub fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// An error at the next octet.
    #[cold]
    pub fn error(&self, kind: WireErrorKind) -> WireError {
        WireError::new(kind, self.offset())
    }

    /// Reads `N` octets.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self, part: Part) -> Result<[u8; N], WireError> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(self.error(WireErrorKind::Truncated(part))),
        }
    }

    /// Reads one octet.
    ///
    /// # Errors
    /// If none is left.
    #[inline]
    pub fn u8(&mut self, part: Part) -> Result<u8, WireError> {
        self.array::<1>(part).map(|[octet]| octet)
    }

    /// Reads a 16-bit number, high octet first, as all that follow.
    ///
    /// # Errors
    /// If fewer octets are left.
    #[inline]
    pub fn u16(&mut self, part: Part) -> Result<u16, WireError> {
        self.array(part).map(u16::from_be_bytes)
    }

    /// Reads a 32-bit number.
    ///
    /// # Errors
    /// If fewer octets are left.
    #[inline]
    pub fn u32(&mut self, part: Part) -> Result<u32, WireError> {
        self.array(part).map(u32::from_be_bytes)
    }

    /// Reads a 48-bit number.
    ///
    /// # Errors
    /// If fewer octets are left.
    #[inline]
    pub fn u48(&mut self, part: Part) -> Result<u64, WireError> {
        let [a, b, c, d, e, f] = self.array::<6>(part)?;
        Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// Reads a 64-bit number.
    ///
    /// # Errors
    /// If fewer octets are left.
    #[inline]
    pub fn u64(&mut self, part: Part) -> Result<u64, WireError> {
        self.array(part).map(u64::from_be_bytes)
    }

    /// Reads `len` octets.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline]
    pub fn octets(&mut self, len: usize, part: Part) -> Result<&'a [u8], WireError> {
        match self.rest.split_at_checked(len) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(self.error(WireErrorKind::Truncated(part))),
        }
    }

    /// Reads all that is left.
    #[inline]
    pub fn take_rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// Lends a window of the next `len` octets and steps over them.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline]
    pub fn window(&mut self, len: usize, part: Part) -> Result<Self, WireError> {
        let end = self.offset().wrapping_add(len);
        match (self.message.get(..end), self.rest.split_at_checked(len)) {
            (Some(message), Some((rest, tail))) => {
                self.rest = tail;
                Ok(Self { message, rest })
            }
            _ => Err(self.error(WireErrorKind::Truncated(part))),
        }
    }

    /// The items of the window, one after the other. For what was read once without an error: an error
    /// ends the walk.
    #[inline]
    pub(crate) fn each<T>(
        mut self,
        read: impl Fn(&mut Self) -> Result<T, WireError>,
    ) -> impl Iterator<Item = T> {
        core::iter::from_fn(move || {
            if self.is_empty() {
                return None;
            }
            read(&mut self).ok()
        })
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`WireErrorKind::Leftover`] otherwise.
    #[inline]
    pub fn close(&self, part: Part) -> Result<(), WireError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.error(WireErrorKind::Leftover(part)))
        }
    }

    /// Reads a name that may be compressed.
    ///
    /// # Errors
    /// If it breaks a rule of RFC 1035 3.1 or 4.1.4.
    #[inline]
    pub fn name(&mut self) -> Result<Name<'a>, WireError> {
        let (name, next) = Name::from_message(self.message, self.offset())?;
        self.rest = self.message.get(next..).unwrap_or_default();
        Ok(name)
    }

    /// Reads a name where compression is forbidden.
    ///
    /// # Errors
    /// If it breaks a rule of RFC 1035 3.1 or holds a pointer.
    #[inline]
    pub fn flat_name(&mut self) -> Result<Name<'a>, WireError> {
        match Name::split_flat(self.rest) {
            Ok((name, len)) => {
                self.rest = self.rest.get(len..).unwrap_or_default();
                Ok(name)
            }
            Err(error) => {
                let at = self.offset().wrapping_add(usize::from(error.at));
                Err(WireError::new(WireErrorKind::Name(error.kind), at))
            }
        }
    }

    /// Steps over a name that may be compressed without following its pointers.
    ///
    /// # Errors
    /// If it is cut off or holds an unknown label type.
    #[inline]
    pub fn skip_name(&mut self) -> Result<(), WireError> {
        let mut rest = self.rest;
        while let Some((&octet, tail)) = rest.split_first() {
            rest = match octet {
                0 => {
                    self.rest = tail;
                    return Ok(());
                }
                1..=63 => match tail.get(usize::from(octet)..) {
                    Some(tail) => tail,
                    None => break,
                },
                0xc0.. => match tail.get(1..) {
                    Some(tail) => {
                        self.rest = tail;
                        return Ok(());
                    }
                    None => break,
                },
                _ => {
                    let kind = crate::name::NameErrorKind::BadLabelType;
                    return Err(self.error(WireErrorKind::Name(kind)));
                }
            };
        }
        Err(self.error(WireErrorKind::Name(crate::name::NameErrorKind::Truncated)))
    }
}
