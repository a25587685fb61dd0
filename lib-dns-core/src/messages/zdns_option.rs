//! The ZDNS option (65353): what a mesh node says about its answer.
//!
//! A list of items, each a type (8 bits), a length (8 bits) and a value. It is sent only to those who
//! sent it; in a query it is empty and says "I understand this". The same state is always told in
//! standard terms too (extended DNS errors, NSID), so that ordinary tools miss nothing.

use crate::name::Name;
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// States of an answer; bits without a name are carried.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ZdnsFlags(pub u16);

macro_rules! states {
    ($($(#[doc = $doc:literal])+ $constant:ident = $bit:literal $word:literal),+ $(,)?) => {
        impl ZdnsFlags {
            $( $(#[doc = $doc])+ pub const $constant: Self = Self(1 << $bit); )+

            /// Every bit with a name.
            pub const ASSIGNED: &'static [(Self, &'static str)] =
                &[$((Self(1 << $bit), $word)),+];
        }
    };
}

states! {
    /// The data outlived its TTL.
    STALE = 0 "stale",
    /// Several owners claim the name.
    CONTESTED = 1 "contested",
    /// Some authorities could not be asked.
    DEGRADED = 2 "degraded",
    /// Trusted on first use.
    TOFU = 3 "tofu",
    /// Signed with a weak algorithm.
    WEAK_CRYPTO = 4 "weak-crypto",
    /// The clock is doubtful, so the validity of signatures is.
    TIME_UNCERTAIN = 5 "time-uncertain",
    /// From the Internet.
    EXTERNAL = 6 "external",
    /// From another mesh.
    FEDERATED = 7 "federated",
    /// Made from other data.
    SYNTHESIZED = 8 "synthesized",
    /// Not every record of the name is here.
    INCOMPLETE = 9 "incomplete",
}

impl ZdnsFlags {
    /// Are all bits of `other` set?
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for ZdnsFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blank = "";
        for (flag, word) in Self::ASSIGNED {
            if self.contains(*flag) {
                write!(f, "{blank}{word}")?;
                blank = " ";
            }
        }
        let named = Self::ASSIGNED.iter().fold(0, |all, (flag, _)| all | flag.0);
        match self.0 & !named {
            0 => Ok(()),
            rest => write!(f, "{blank}{rest:#06x}"),
        }
    }
}

impl fmt::Debug for ZdnsFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// One item.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum ZdnsItem<'a> {
    /// The answer's state; item type 0, two octets.
    Flags(ZdnsFlags),
    /// The node that answers; item type 1, 32 octets.
    RespondingNode(&'a [u8; 32]),
    /// The partition that it is in; item type 2, 1 to 255 octets.
    Partition(&'a [u8]),
    /// How many of the zone's authorities stand behind the answer; item type 3, two octets.
    Coverage {
        /// Authorities that agree or were asked.
        reached: u8,
        /// All authorities of the zone.
        all: u8,
    },
    /// The mesh that the answer comes from; item type 5, a name without compression.
    FederatedFrom(Name<'a>),
    /// Any other item, carried.
    Opaque {
        /// The item's type.
        kind: u8,
        /// Its value, at most 255 octets.
        octets: &'a [u8],
    },
}

impl ZdnsItem<'_> {
    /// The item's type.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Flags(_) => 0,
            Self::RespondingNode(_) => 1,
            Self::Partition(_) => 2,
            Self::Coverage { .. } => 3,
            Self::FederatedFrom(_) => 5,
            Self::Opaque { kind, .. } => *kind,
        }
    }

    /// Writes the item; what was written is the value of a ZDNS option.
    ///
    /// # Errors
    /// If there is no room, or the value is over 255 octets.
    pub fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        let octets = |octets: &[u8], writer: &mut Writer<'_, N>| {
            let len = u8::try_from(octets.len()).map_err(|_| WriteError::TooLong(Part::Item))?;
            writer.u8(len)?;
            writer.put(octets)
        };
        let mark = writer.mark();
        writer.u8(self.kind())?;
        let written = match *self {
            Self::Flags(flags) => octets(&flags.0.to_be_bytes(), writer),
            Self::RespondingNode(id) => octets(id, writer),
            Self::Coverage { reached, all } => octets(&[reached, all], writer),
            Self::FederatedFrom(name) => {
                let len = name.wire_len() as u8;
                writer.u8(len).and_then(|()| writer.case_kept_name(&name))
            }
            Self::Partition(value) | Self::Opaque { octets: value, .. } => octets(value, writer),
        };
        if written.is_err() {
            writer.rewind(mark);
        }
        written
    }
}

/// The items of a ZDNS option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ZdnsItems<'a>(&'a [u8]);

impl<'a> ZdnsItems<'a> {
    /// No items: what a query says.
    pub const NONE: Self = Self(&[]);

    /// Views the value of an option.
    ///
    /// # Errors
    /// If a length does not fit, or an item is no value of its type.
    pub fn from_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        Self::read(&mut Reader::new(octets))
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let octets = reader.peek();
        while !reader.is_empty() {
            next_item(reader)?;
        }
        Ok(Self(octets))
    }

    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = ZdnsItem<'a>> + use<'a> {
        let mut reader = Reader::new(self.0);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            // They were read once without an error.
            next_item(&mut reader).ok()
        })
    }

    /// The value of the option.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for ZdnsItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn next_item<'a>(reader: &mut Reader<'a>) -> Result<ZdnsItem<'a>, WireError> {
    let kind = reader.u8(Part::Item)?;
    let len = reader.u8(Part::Item)?;
    let mut value = reader.window(usize::from(len), Part::Item)?;
    let bad = |reader: &Reader<'_>| Err(reader.error(WireErrorKind::BadValue(Part::Item)));
    let item = match kind {
        0 => ZdnsItem::Flags(ZdnsFlags(value.u16(Part::Item)?)),
        1 => match value.take_rest().try_into() {
            Ok(id) => ZdnsItem::RespondingNode(id),
            Err(_) => return bad(&value),
        },
        2 if value.is_empty() => return bad(&value),
        2 => ZdnsItem::Partition(value.take_rest()),
        3 => {
            let [reached, all] = value.array::<2>(Part::Item)?;
            if reached > all {
                return bad(&value);
            }
            ZdnsItem::Coverage { reached, all }
        }
        5 => ZdnsItem::FederatedFrom(value.flat_name()?),
        kind => ZdnsItem::Opaque {
            kind,
            octets: value.take_rest(),
        },
    };
    value.close(Part::Item)?;
    Ok(item)
}
