//! The twelve octets before everything else.

use crate::code_points::{HEADER_LEN, Opcode, Rcode};
use crate::wire::{Part, WireError, WireErrorKind};
use core::fmt;

/// The second 16 bits of a header: flags, opcode and the low four bits of the rcode
/// (RFC 1035 4.1.1, RFC 4035 3).
///
/// ```
/// use lib_dns_core::code_points::Rcode;
/// use lib_dns_core::messages::Flags;
/// let flags = Flags::default().with_response(true).with_rcode(Rcode::NXDOMAIN);
/// assert_eq!(flags.0, 0x8003);
/// assert_eq!(flags.to_string(), "qr");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flags(pub u16);

macro_rules! flag {
    ($($(#[doc = $doc:literal])+ $get:ident $with:ident = $mask:literal $word:literal;)+) => {
        impl Flags {
            $(
                $(#[doc = $doc])+
                #[inline]
                pub const fn $get(self) -> bool {
                    self.0 & $mask != 0
                }

                #[doc = concat!("These flags with `", $word, "` set or not.")]
                #[must_use]
                #[inline]
                pub const fn $with(self, on: bool) -> Self {
                    Self(if on { self.0 | $mask } else { self.0 & !$mask })
                }
            )+

            /// Masks and the words that `dig` prints for them.
            const WORDS: &'static [(u16, &'static str)] = &[$(($mask, $word)),+];
        }
    };
}

flag! {
    /// QR: is it a response?
    response with_response = 0x8000 "qr";
    /// AA: does the answer come from an authority for the name?
    authoritative with_authoritative = 0x0400 "aa";
    /// TC: was something cut off for lack of room?
    truncated with_truncated = 0x0200 "tc";
    /// RD: should the server ask others?
    recursion_desired with_recursion_desired = 0x0100 "rd";
    /// RA: would the server ask others?
    recursion_available with_recursion_available = 0x0080 "ra";
    /// AD: were all data validated (RFC 4035 3.2.3)?
    authentic_data with_authentic_data = 0x0020 "ad";
    /// CD: should the server leave validation to the client (RFC 4035 3.2.2)?
    checking_disabled with_checking_disabled = 0x0010 "cd";
}

impl Flags {
    /// What the message asks for.
    #[inline]
    pub const fn opcode(self) -> Opcode {
        Opcode((self.0 >> 11) as u8 & 0x0f)
    }

    /// These flags with another opcode; of it only the low four bits count.
    #[must_use]
    pub const fn with_opcode(self, opcode: Opcode) -> Self {
        Self(self.0 & !0x7800 | (opcode.0 as u16 & 0x0f) << 11)
    }

    /// The low four bits of the rcode; EDNS has the others.
    #[inline]
    pub const fn rcode(self) -> Rcode {
        Rcode(self.0 & 0x0f)
    }

    /// These flags with another rcode, of which the low four bits fit here.
    #[must_use]
    #[inline]
    pub const fn with_rcode(self, rcode: Rcode) -> Self {
        Self(self.0 & !0x0f | rcode.0 & 0x0f)
    }
}

/// The words of `dig`, a blank between them.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blank = "";
        for (mask, word) in Self::WORDS {
            if self.0 & mask != 0 {
                write!(f, "{blank}{word}")?;
                blank = " ";
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [{self}]", self.opcode(), self.rcode())
    }
}

/// A message's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// Ties a response to its query.
    pub id: u16,
    /// Flags, opcode and rcode.
    pub flags: Flags,
    /// Questions, and records of the answer, authority and additional sections.
    pub counts: [u16; 4],
}

impl Header {
    /// Reads the header alone, also of a message that is otherwise broken: enough to say FORMERR.
    ///
    /// # Errors
    /// If there are fewer than twelve octets.
    #[inline]
    pub fn read(octets: &[u8]) -> Result<Self, WireError> {
        Self::octets(octets).map(Self::of)
    }

    /// The octets of a header alone.
    #[inline]
    pub(super) fn octets(octets: &[u8]) -> Result<&[u8; HEADER_LEN], WireError> {
        octets.first_chunk().ok_or_else(|| {
            let kind = WireErrorKind::Truncated(Part::Header);
            WireError::new(kind, octets.len())
        })
    }

    #[inline]
    pub(super) fn of(octets: &[u8; HEADER_LEN]) -> Self {
        let [id, flags, counts @ ..] = numbers(octets);
        Self {
            id,
            flags: Flags(flags),
            counts,
        }
    }
}

/// The header's six 16-bit numbers (RFC 1035 4.1.1).
#[inline(always)]
fn numbers(octets: &[u8; HEADER_LEN]) -> [u16; 6] {
    let mut numbers = [0; 6];
    let (pairs, _) = octets.as_chunks();
    for (number, pair) in numbers.iter_mut().zip(pairs) {
        *number = u16::from_be_bytes(*pair);
    }
    numbers
}
