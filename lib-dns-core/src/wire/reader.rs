//! Reading octets from a window of a message.

use super::{Part, WireError, WireErrorKind};
use crate::name::{LABEL_END, Name, NameErrorKind, POINTER_MARK};

/// The most octets that one reader sees: what its position can count. No message has as many.
const LONGEST: usize = u32::MAX as usize;

/// What is left where nothing is. Seldom needed: a function of its own, so that others branch to it.
#[cold]
fn nothing<'a>() -> &'a [u8] {
    &[]
}

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
    /// Where in `message` the next octet stands, at most at its end. Narrower than an index, so that no sum
    /// with the length of a field can overflow and be asked about.
    at: u32,
}

impl<'a> Reader<'a> {
    /// Reads all of `message`, which names may point into. Of more than 4 GiB less one octet, the rest is
    /// not seen.
    #[inline]
    pub fn new(message: &'a [u8]) -> Self {
        Self {
            message: message.get(..LONGEST).unwrap_or(message),
            at: 0,
        }
    }

    /// Reads octets `start..end` of a message; an impossible window is empty.
    #[inline]
    pub fn within(message: &'a [u8], start: usize, end: usize) -> Self {
        match message.get(..end) {
            Some(message) if start <= end && end <= LONGEST => Self {
                message,
                at: start as u32,
            },
            _ => Self::new(&[]),
        }
    }

    /// Goes on where another reader was split.
    #[doc(hidden)]
    #[inline]
    pub fn resume(message: &'a [u8], at: u32) -> Self {
        Self { message, at }
    }

    /// The message up to the end of the window and the offset of the next octet, to go on elsewhere; the
    /// window is used up then.
    #[doc(hidden)]
    #[inline]
    pub fn split(&mut self) -> (&'a [u8], u32) {
        let at = self.at;
        self.at = self.message.len() as u32;
        (self.message, at)
    }

    /// The offset in the message of the next octet.
    #[inline]
    pub fn offset(&self) -> usize {
        self.at as usize
    }

    /// Octets left in the window.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.message.len().wrapping_sub(self.offset())
    }

    /// Is the window used up?
    #[inline]
    pub fn is_empty(&self) -> bool {
        // The longest message fits 32 bits.
        self.at >= self.message.len() as u32
    }

    /// The octets left, without reading them.
    #[inline]
    pub fn peek(&self) -> &'a [u8] {
        match self.message.get(self.offset()..) {
            Some(rest) => rest,
            None => nothing(),
        }
    }

    /// An error at the next octet.
    #[cold]
    pub fn error(&self, kind: WireErrorKind) -> WireError {
        WireError::new(kind, self.offset())
    }

    /// Steps over the next `len` octets and hands them back.
    #[inline]
    fn step(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.offset().checked_add(len)?;
        let octets = self.message.get(self.offset()..end)?;
        self.at = end as u32;
        Some(octets)
    }

    /// Reads `N` octets.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self, part: Part) -> Result<[u8; N], WireError> {
        match self.step(N).and_then(<[u8]>::first_chunk) {
            Some(octets) => Ok(*octets),
            None => Err(self.error(WireErrorKind::Truncated(part))),
        }
    }

    /// Reads one octet.
    ///
    /// # Errors
    /// If none is left.
    #[inline]
    pub fn u8(&mut self, part: Part) -> Result<u8, WireError> {
        match self.message.get(self.offset()) {
            Some(octet) => {
                self.at = self.at.wrapping_add(1);
                Ok(*octet)
            }
            None => Err(self.error(WireErrorKind::Truncated(part))),
        }
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
        match self.step(len) {
            Some(octets) => Ok(octets),
            None => Err(self.error(WireErrorKind::Truncated(part))),
        }
    }

    /// Reads all that is left.
    #[inline]
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.peek();
        self.at = self.message.len() as u32;
        rest
    }

    /// Lends a window of the next `len` octets and steps over them.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline]
    pub fn window(&mut self, len: usize, part: Part) -> Result<Self, WireError> {
        let at = self.at;
        let end = self.offset().checked_add(len);
        match end.and_then(|end| self.message.get(..end)) {
            Some(message) => {
                self.at = message.len() as u32;
                Ok(Self { message, at })
            }
            None => Err(self.error(WireErrorKind::Truncated(part))),
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
        if self.is_empty() {
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
        self.at = next as u32;
        Ok(name)
    }

    /// Reads a name where compression is forbidden.
    ///
    /// # Errors
    /// If it breaks a rule of RFC 1035 3.1 or holds a pointer.
    #[inline]
    pub fn flat_name(&mut self) -> Result<Name<'a>, WireError> {
        match Name::split_flat(self.peek()) {
            Ok((name, len)) => {
                self.at = self.at.wrapping_add(len as u32);
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
        let end = self.after_labels()?;
        if end as usize > self.message.len() {
            return Err(self.error(WireErrorKind::Name(NameErrorKind::Truncated)));
        }
        self.at = end;
        Ok(())
    }

    /// Steps over a name, as [`Reader::skip_name`] does, and reads the `N` octets that follow it.
    #[inline(always)]
    pub(crate) fn array_after_name<const N: usize>(
        &mut self,
        part: Part,
    ) -> Result<&'a [u8; N], WireError> {
        let at = self.offset();
        // Most names are a pointer: one comparison is for it and for what follows.
        let (end, octets) = match self.message.get(at..at.wrapping_add(2).wrapping_add(N)) {
            Some(octets @ [(POINTER_MARK..), ..]) => (at.wrapping_add(2).wrapping_add(N), octets),
            // OPT has the root.
            Some([0, octets @ .., _]) => (at.wrapping_add(1).wrapping_add(N), octets),
            _ => {
                let start = self.after_labels()? as usize;
                let end = start.wrapping_add(N);
                (end, self.message.get(start..end).unwrap_or_default())
            }
        };
        let Some(octets) = octets.last_chunk() else {
            return Err(self.error(WireErrorKind::Truncated(part)));
        };
        self.at = end as u32;
        Ok(octets)
    }

    /// Where the name ends whose labels start here, or would end if the octets did not before.
    #[inline]
    fn after_labels(&self) -> Result<u32, WireError> {
        let mut at = self.offset();
        while let Some(&octet) = self.message.get(at) {
            at = match octet {
                0 => return Ok(at.wrapping_add(1) as u32),
                1..LABEL_END => at.wrapping_add(1).wrapping_add(usize::from(octet)),
                POINTER_MARK.. => return Ok(at.wrapping_add(2) as u32),
                _ => return Err(self.error(WireErrorKind::Name(NameErrorKind::BadLabelType))),
            };
        }
        Err(self.error(WireErrorKind::Name(NameErrorKind::Truncated)))
    }
}
