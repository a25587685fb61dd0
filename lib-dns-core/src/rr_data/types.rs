//! Record types by number and by name.

use super::DataTokens;
use super::registry::is_defined_in;
use crate::code_points::Class;
use crate::text::{Printer, TextError};
use crate::wire::{Reader, WriteError, Writer};
use core::fmt;

/// The number of a record type; any value can be held. The known ones are constants, made from the
/// table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Type(pub u16);

impl Type {
    /// In NSEC bitmaps: the name does not exist (RFC 9824 2).
    pub const NXNAME: Self = Self(128);
    /// Asks for the changes of a zone (RFC 1995).
    pub const IXFR: Self = Self(251);
    /// Asks for a whole zone (RFC 5936).
    pub const AXFR: Self = Self(252);
    /// Asks for MB, MG and MR, obsolete (RFC 1035 3.2.3).
    pub const MAILB: Self = Self(253);
    /// Asks for MD and MF, obsolete (RFC 1035 3.2.3).
    pub const MAILA: Self = Self(254);
    /// Asks for all types (RFC 8482).
    pub const ANY: Self = Self(255);

    /// Can no zone hold it? That is OPT, and what RFC 6895 3.1 keeps for questions and messages.
    #[inline]
    pub fn is_meta(self) -> bool {
        self == Self::OPT || matches!(self.0, 0 | 128..=255)
    }

    /// May a name in data that comes in a message be compressed?
    #[inline]
    pub fn accepts_pointers(self) -> bool {
        self.info().is_some_and(|info| info.accepts_pointers)
    }

    /// May its records stand beside a CNAME record (RFC 2181 10.1, RFC 3007 3.2)? Signatures are no matter of
    /// a type here: they stand beside what they cover.
    pub fn may_be_beside_cname(self) -> bool {
        matches!(self, Self::KEY | Self::NSEC | Self::NSEC3)
    }

    /// The row of the table that defines it, if there is one.
    pub fn info(self) -> Option<&'static TypeInfo> {
        let types = super::RData::TYPES;
        let at = types.binary_search_by_key(&self, |info| info.rtype).ok()?;
        types.get(at)
    }

    /// Reads a mnemonic in any case, or `TYPE` and a number (RFC 3597 5).
    pub fn from_mnemonic(text: &[u8]) -> Option<Self> {
        if let Some(info) = TypeInfo::of_mnemonic(text) {
            return Some(info.rtype);
        }
        let meta = QUESTION_TYPES
            .iter()
            .find(|(_, mnemonic)| mnemonic.as_bytes().eq_ignore_ascii_case(text));
        if let Some((rtype, _)) = meta {
            return Some(*rtype);
        }
        let (head, digits) = text.split_at_checked(4)?;
        if !head.eq_ignore_ascii_case(b"TYPE") {
            return None;
        }
        u16::try_from(crate::text::decimal(digits)?).ok().map(Self)
    }
}

/// Types that have a name but no data: they stand in questions, or in type bitmaps.
const QUESTION_TYPES: [(Type, &str); 6] = [
    (Type::NXNAME, "NXNAME"),
    (Type::IXFR, "IXFR"),
    (Type::AXFR, "AXFR"),
    (Type::MAILB, "MAILB"),
    (Type::MAILA, "MAILA"),
    (Type::ANY, "ANY"),
];

impl From<u16> for Type {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<Type> for u16 {
    fn from(rtype: Type) -> Self {
        rtype.0
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.info() {
            Some(info) => f.pad(info.mnemonic),
            None => match QUESTION_TYPES.iter().find(|(rtype, _)| rtype == self) {
                Some((_, mnemonic)) => f.pad(mnemonic),
                None => write!(f, "TYPE{}", self.0),
            },
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Everything that the table says of one type, for code that meets types by number.
#[derive(Debug)]
pub struct TypeInfo {
    /// The number.
    pub rtype: Type,
    /// The name in text.
    pub mnemonic: &'static str,
    /// Where the format is published.
    pub reference: &'static str,
    /// The first lines of the documentation.
    pub summary: &'static str,
    /// The fields in order.
    pub fields: &'static [FieldInfo],
    /// Data in presentation format.
    pub examples: &'static [&'static str],
    /// The class that the format is defined for; `None` if it is the same in all.
    pub class: Option<Class>,
    /// May names in data that is read be compressed?
    pub accepts_pointers: bool,
    /// Reads the data from text in the type's own form, and writes it in plain form.
    pub scan: fn(&mut DataTokens<'_>, &mut Writer<'_, 0>) -> Result<(), TextError>,
    /// Copies the data into the writer's form.
    pub copy: fn(&mut Reader<'_>, &mut Writer<'_, 0>) -> Result<(), WriteError>,
}

/// A type and what writes its data as text.
#[derive(Clone, Copy, Debug)]
pub struct TypeRow {
    /// What the table says of the type.
    pub info: &'static TypeInfo,
    /// Writes the data as text in the type's own form; `None`, and nothing is written, if it does not
    /// read or has no such text.
    pub show: fn(&mut Reader<'_>, &mut Printer<'_>) -> Option<fmt::Result>,
}

impl TypeInfo {
    /// The row of the table with this mnemonic, in any case.
    #[inline]
    pub fn of_mnemonic(text: &[u8]) -> Option<&'static Self> {
        super::mnemonics::find(text)
    }

    /// Has the type this format in records of a class?
    #[inline]
    pub fn is_defined_in(&self, class: Class) -> bool {
        is_defined_in(self.class, class)
    }
}

/// A field of a record type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Its name.
    pub name: &'static str,
    /// Its codec's name.
    pub codec: &'static str,
}
