//! What a table of record types is made of.

use super::DataTokens;
use crate::text::{Base16, Printer, TextError};
use crate::wire::{Reader, WireError, WriteError, Writer};
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
    /// Reads the data from text and writes it in plain form.
    pub scan: fn(&mut DataTokens<'_>, &mut Writer<'_, 0>) -> Result<(), TextError>,
    /// Copies the data into the writer's form.
    pub copy: fn(&mut Reader<'_>, &mut Writer<'_, 0>) -> Result<(), WriteError>,
}

impl TypeInfo {
    /// The row of the table with this mnemonic, in any case.
    #[inline]
    pub fn of_mnemonic(text: &[u8]) -> Option<&'static Self> {
        super::mnemonics::find(text)
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

/// Data of one record type.
pub trait RecordType<'a>: Copy {
    /// The number of the type.
    const TYPE: Type;
    /// May a message compress a name in it?
    const COMPRESSIBLE: bool;

    /// Reads the data, all of the reader's window.
    ///
    /// # Errors
    /// If the octets are no such data, or some are left over.
    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError>;
}

/// Data that can be written and shown: of a known type, or opaque.
pub trait WriteData {
    /// The number of the type.
    fn rtype(&self) -> Type;

    /// Writes the data in the writer's form, without its length.
    ///
    /// # Errors
    /// If there is no room.
    fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError>;

    /// Writes the data as text, field by field.
    ///
    /// # Errors
    /// Only what the printer's output fails with.
    fn show(&self, printer: &mut Printer<'_>) -> fmt::Result;
}

/// Data of a type that is not in the table: carried octet for octet (RFC 3597).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opaque<'a> {
    /// The number of the type.
    pub rtype: Type,
    /// The data.
    pub octets: &'a [u8],
}

impl WriteData for Opaque<'_> {
    fn rtype(&self) -> Type {
        self.rtype
    }

    fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(self.octets)
    }

    fn show(&self, printer: &mut Printer<'_>) -> fmt::Result {
        let out = printer.field("data")?;
        write!(out, "\\# {}", self.octets.len())?;
        match self.octets {
            [] => Ok(()),
            octets => write!(out, " {}", Base16(octets)),
        }
    }
}

/// Defines record types, one row each, and the enum of them all.
macro_rules! record_types {
    (
        $(#[$enum_meta:meta])*
        pub enum $enum:ident<$lt:lifetime> {
            $(
                $(#[doc = $doc:literal])+
                $name:ident $(<$data_lt:lifetime>)? = $number:literal $constant:ident,
                $mnemonic:literal, $reference:literal, [$($example:literal),+]
                { $( $(#[doc = $field_doc:literal])+ $field:ident: $ty:ty as $codec:ty ),+ $(,)? }
            )+
        }
    ) => {
        impl $crate::rr_data::Type {
            $(
                #[doc = concat!($mnemonic, " (", $reference, ").")]
                pub const $constant: Self = Self($number);
            )+
        }

        $(
            $(#[doc = $doc])+
            #[doc = concat!("\nType ", $number, ", ", $reference, ".")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name $(<$data_lt>)? {
                $( $(#[doc = $field_doc])+ pub $field: $ty, )+
            }

            impl<$lt> $crate::rr_data::RecordType<$lt> for $name $(<$data_lt>)? {
                const TYPE: $crate::rr_data::Type = $crate::rr_data::Type($number);
                const COMPRESSIBLE: bool =
                    false $(|| <$codec as $crate::rr_data::Codec>::COMPRESSIBLE)+;

                #[inline]
                fn read(
                    reader: &mut $crate::wire::Reader<$lt>,
                ) -> Result<Self, $crate::wire::WireError> {
                    let data = Self {
                        $( $field: <$codec as $crate::rr_data::Codec>::read(reader)?, )+
                    };
                    reader.close($crate::wire::Part::RecordData)?;
                    Ok(data)
                }
            }

            impl $(<$data_lt>)? $crate::rr_data::WriteData for $name $(<$data_lt>)? {
                fn rtype(&self) -> $crate::rr_data::Type {
                    $crate::rr_data::Type($number)
                }

                #[inline]
                fn write<const N: usize>(
                    &self,
                    writer: &mut $crate::wire::Writer<'_, N>,
                ) -> Result<(), $crate::wire::WriteError> {
                    $( <$codec as $crate::rr_data::Codec>::write(self.$field, writer)?; )+
                    Ok(())
                }

                fn show(&self, printer: &mut $crate::text::Printer<'_>) -> core::fmt::Result {
                    $(
                        if <$codec as $crate::rr_data::Codec>::is_shown(self.$field) {
                            let out = printer.field(stringify!($field))?;
                            <$codec as $crate::rr_data::Codec>::show(self.$field, out)?;
                        }
                    )+
                    Ok(())
                }
            }
        )+

        $(#[$enum_meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $enum<$lt> {
            $( #[doc = concat!("Data of type ", $mnemonic, ".")] $name($name $(<$data_lt>)?), )+
            /// Data of a type that is not in the table.
            Opaque($crate::rr_data::Opaque<$lt>),
        }

        impl<$lt> $enum<$lt> {
            /// What the table says of each type, in its order.
            pub const TYPES: &'static [$crate::rr_data::TypeInfo] = &[ $(
                $crate::rr_data::TypeInfo {
                    rtype: $crate::rr_data::Type($number),
                    mnemonic: $mnemonic,
                    reference: $reference,
                    summary: concat!($($doc),+),
                    fields: &[ $( $crate::rr_data::FieldInfo {
                        name: stringify!($field),
                        codec: stringify!($codec),
                    } ),+ ],
                    examples: &[ $($example),+ ],
                    scan: |tokens, writer| {
                        $( <$codec as $crate::rr_data::Codec>::scan(tokens, writer)?; )+
                        Ok(())
                    },
                    copy: |reader, writer| {
                        let data = <$name as $crate::rr_data::RecordType<'_>>::read(reader)?;
                        $crate::rr_data::WriteData::write(&data, writer)
                    },
                },
            )+ ];

            /// Reads data of a type, all of the reader's window; a type without a row is opaque.
            ///
            /// # Errors
            /// If the octets are no such data, or some are left over.
            #[inline]
            pub fn read(
                rtype: $crate::rr_data::Type,
                reader: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::wire::WireError> {
                match rtype.0 {
                    $( $number => $crate::rr_data::RecordType::read(reader).map(Self::$name), )+
                    _ => Ok(Self::Opaque($crate::rr_data::Opaque {
                        rtype,
                        octets: reader.take_rest(),
                    })),
                }
            }

            /// Copies stored data, which is in plain form, into the writer's form: names of types that
            /// allow it are compressed in a message, and folded in canonical form.
            ///
            /// # Errors
            /// If there is no room, or data with names is malformed.
            #[inline]
            pub fn write_stored<const N: usize>(
                class: $crate::code_points::Class,
                rtype: $crate::rr_data::Type,
                stored: &[u8],
                writer: &mut $crate::wire::Writer<'_, N>,
            ) -> Result<(), $crate::wire::WriteError> {
                let form = writer.form();
                if form == $crate::wire::Form::Plain || class != $crate::code_points::Class::IN {
                    return writer.put(stored);
                }
                match rtype.0 {
                    $( $number if form == $crate::wire::Form::Canonical
                        || <$name as $crate::rr_data::RecordType<'_>>::COMPRESSIBLE =>
                    {
                        let mut reader = $crate::wire::Reader::new(stored);
                        let data: $name = $crate::rr_data::RecordType::read(&mut reader)?;
                        $crate::rr_data::WriteData::write(&data, writer)
                    } )+
                    _ => writer.put(stored),
                }
            }
        }

        impl $crate::rr_data::WriteData for $enum<'_> {
            fn rtype(&self) -> $crate::rr_data::Type {
                match self {
                    $( Self::$name(data) => data.rtype(), )+
                    Self::Opaque(data) => data.rtype(),
                }
            }

            fn write<const N: usize>(
                &self,
                writer: &mut $crate::wire::Writer<'_, N>,
            ) -> Result<(), $crate::wire::WriteError> {
                match self {
                    $( Self::$name(data) => data.write(writer), )+
                    Self::Opaque(data) => data.write(writer),
                }
            }

            fn show(&self, printer: &mut $crate::text::Printer<'_>) -> core::fmt::Result {
                match self {
                    $( Self::$name(data) => data.show(printer), )+
                    Self::Opaque(data) => data.show(printer),
                }
            }
        }
    };
}
