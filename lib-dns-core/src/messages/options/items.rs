//! The ZDNS option (65353): what a mesh node says about its answer.
//!
//! A list of items, each a type (8 bits), a length (8 bits) and a value. It is sent only to those who
//! sent it; in a query it is empty and says "I understand this". The same state is always told in
//! standard terms too (extended DNS errors, NSID), so that ordinary tools miss nothing.

use super::fields::OptionField;
use super::registry::Hex;
use crate::name::Name;
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// States of an answer; bits without a name are carried.
///
/// ```
/// use lib_dns_core::messages::options::ZdnsFlags;
/// let flags = ZdnsFlags::STALE | ZdnsFlags::TOFU;
/// assert!(flags.contains(ZdnsFlags::TOFU));
/// assert_eq!(flags.without(ZdnsFlags::TOFU), ZdnsFlags::STALE);
/// assert_eq!(flags.to_string(), "stale tofu");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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
    /// Nothing to say.
    pub const NONE: Self = Self(0);

    /// Are all bits of `other` set?
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the bits of `other` too.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Is no bit set?
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for ZdnsFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other)
    }
}

impl BitOrAssign for ZdnsFlags {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.with(other);
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

option_table! {
    /// The type of an item.
    pub struct ItemKind(u8), unknown "ITEM";

    /// An item of a ZDNS option.
    pub enum ZdnsItem<'a> {
        /// The answer's state.
        NodeFlags = 0 FLAGS, "FLAGS" shown "flags=", "ours",
        [b"\x80\x01" => "flags=[stale 0x8000]", b"\0\0" => "flags=[]"] {
            /// One bit a state.
            flags: ZdnsFlags as States,
        }
        /// The node that answers.
        RespondingNode<'a> = 1 RESPONDING_NODE, "RESPONDING-NODE" shown "node=", "ours",
        [b"\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07" =>
            "node=0707070707070707070707070707070707070707070707070707070707070707"] {
            /// Its id.
            id: &'a [u8; 32] as NodeId,
        }
        /// The partition that the node is in.
        Partition<'a> = 2 PARTITION, "PARTITION" shown "partition=", "ours",
        [b"\xab" => "partition=ab"] {
            /// Its id, 1 to 255 octets.
            id: &'a [u8] as PartitionId,
        }
        /// How many of the zone's authorities stand behind the answer.
        Coverage = 3 COVERAGE, "COVERAGE" shown "coverage=", "ours",
        [b"\x02\x03" => "coverage=2/3"] {
            /// Authorities that agree or were asked; at most `all`.
            reached: u8 as Reached,
            /// All authorities of the zone.
            all: u8 as AfterSlash,
        }
        /// The mesh that the answer comes from.
        FederatedFrom<'a> = 5 FEDERATED_FROM, "FEDERATED-FROM" shown "federated-from=", "ours",
        [b"\x05meshb\0" => "federated-from=meshb."] {
            /// Its name.
            mesh: Name<'a> as PlainName,
        }
    }
}

impl ZdnsItem<'_> {
    /// Writes the item; what was written is the value of a ZDNS option.
    ///
    /// # Errors
    /// If there is no room, or the value is over 255 octets.
    pub fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        let mark = writer.mark();
        let written = self.write_or_leave_part(writer);
        if written.is_err() {
            writer.rewind(mark);
        }
        written
    }

    fn write_or_leave_part<const N: usize>(
        &self,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        // The length is of one octet, but written with the type before it: both are known at the end.
        let head = writer.len();
        writer.u16(0)?;
        let start = writer.len();
        self.write_value(writer)?;
        let len = u8::try_from(writer.len().wrapping_sub(start));
        let len = len.map_err(|_| WriteError::TooLong(Part::Item))?;
        writer.overwrite_u16(head, u16::from_be_bytes([self.code().0, len]));
        Ok(())
    }
}

/// Name and value: `coverage=2/3`.
impl fmt::Display for ZdnsItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Opaque { code, octets } => write!(f, "{}={}", code.0, Hex(octets, "")),
            _ => {
                f.write_str(self.shown().unwrap_or_default())?;
                self.show_value(f)
            }
        }
    }
}

field! {
    /// The state's bits.
    States for ZdnsFlags;
    read(reader) reader.u16(Part::Item).map(ZdnsFlags);
    write(flags, writer) writer.u16(flags.0);
    show(flags, out) write!(out, "[{flags}]");
}

field! {
    /// The id of a node.
    NodeId for &'a [u8; 32];
    read(reader) {
        let at = *reader;
        let id = reader.take_rest().try_into();
        id.map_err(|_| at.error(WireErrorKind::BadValue(Part::Item)))
    };
    write(id, writer) writer.put(id);
    show(id, out) write!(out, "{}", Hex(id, ""));
}

field! {
    /// At least one octet.
    PartitionId for &'a [u8];
    read(reader) match reader.take_rest() {
        [] => Err(reader.error(WireErrorKind::BadValue(Part::Item))),
        id => Ok(id),
    };
    write(id, writer) writer.put(id);
    show(id, out) write!(out, "{}", Hex(id, ""));
}

field! {
    /// A number that is not larger than the one behind it.
    Reached for u8;
    read(reader) match *reader.peek() {
        [reached, all, ..] if reached > all => {
            Err(reader.error(WireErrorKind::BadValue(Part::Item)))
        }
        _ => reader.u8(Part::Item),
    };
    write(value, writer) writer.u8(value);
    show(value, out) write!(out, "{value}");
}

field! {
    /// A number of one octet, behind a slash.
    AfterSlash for u8;
    read(reader) reader.u8(Part::Item);
    write(value, writer) writer.u8(value);
    show(value, out) write!(out, "/{value}");
}

field! {
    /// A name without compression.
    PlainName for Name<'a>;
    read(reader) reader.flat_name();
    write(name, writer) writer.case_kept_name(&name);
    show(name, out) write!(out, "{name}");
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
        Reader::new(self.0).each(next_item)
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
    let [kind, len] = reader.array(Part::Item)?;
    let mut value = reader.window(usize::from(len), Part::Item)?;
    let item = ZdnsItem::read_value(ItemKind(kind), &mut value)?;
    value.close(Part::Item)?;
    Ok(item)
}

/// Each item behind a blank: ` flags=[stale] coverage=2/3`.
impl fmt::Display for ZdnsItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|item| write!(f, " {item}"))
    }
}
