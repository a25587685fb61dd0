//! What a table of options is made of.

use crate::wire::{WriteError, Writer};
use core::fmt;

/// What the table says of one option.
#[derive(Clone, Copy, Debug)]
pub struct OptionInfo<C: 'static> {
    /// Its number.
    pub code: C,
    /// What `dig` prints before its value.
    pub shown: &'static str,
    /// Where it is defined.
    pub reference: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// Values on the wire, and what is printed for each.
    pub examples: &'static [(&'static [u8], &'static str)],
}

/// The value of one option or item, which a row of a table defines.
pub(crate) trait RowValue {
    /// What its number is.
    type Code;
    /// Its number.
    const CODE: Self::Code;

    /// Writes the value, without code and length.
    ///
    /// # Errors
    /// If there is no room.
    fn write_value<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError>;
}

/// Hexadecimal in lower case, as `dig` has it for options, with something between the octets.
pub(super) struct Hex<'a>(pub(super) &'a [u8], pub(super) &'static str);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(octets, separator) = self;
        for (index, octet) in octets.iter().enumerate() {
            let separator = if index == 0 { "" } else { separator };
            write!(f, "{separator}{octet:02x}")?;
        }
        Ok(())
    }
}

/// Defines options, one row each, their codes, and the enum of them all.
macro_rules! option_table {
    (
        $(#[$code_meta:meta])*
        pub struct $code:ident($int:ident), unknown $prefix:literal;

        $(#[$enum_meta:meta])*
        pub enum $enum:ident<$lt:lifetime> {
            $(
                #[doc = $doc:literal]
                $(#[doc = $more:literal])*
                $name:ident $(<$data_lt:lifetime>)? = $number:literal $constant:ident,
                $mnemonic:literal shown $shown:literal, $reference:literal,
                [$($octets:literal => $text:literal),+ $(,)?]
                { $( $(#[doc = $field_doc:literal])+ $field:ident: $ty:ty as $codec:ty ),+ $(,)? }
            )+
        }
    ) => {
        crate::code_points::open_code! {
            $(#[$code_meta])*
            pub struct $code($int), unknown $prefix {
                $( #[doc = concat!($mnemonic, " (", $reference, "): ", $doc)]
                $constant = $number $mnemonic, )+
            }
        }

        $(
            #[doc = $doc]
            $(#[doc = $more])*
            #[doc = concat!("\nNumber ", $number, ", ", $reference, ".")]
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $name $(<$data_lt>)? {
                $( $(#[doc = $field_doc])+ pub $field: $ty, )+
            }

            impl $(<$data_lt>)? $crate::messages::options::RowValue for $name $(<$data_lt>)? {
                type Code = $code;
                const CODE: $code = $code::$constant;

                #[inline]
                fn write_value<const N: usize>(
                    &self,
                    writer: &mut $crate::wire::Writer<'_, N>,
                ) -> Result<(), $crate::wire::WriteError> {
                    $( <$codec as super::fields::OptionField>::write(self.$field, writer)?; )+
                    Ok(())
                }
            }

            impl<$lt> From<$name $(<$data_lt>)?> for $enum<$lt> {
                #[inline]
                fn from(option: $name $(<$data_lt>)?) -> Self {
                    Self::$name(option)
                }
            }
        )+

        $(#[$enum_meta])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum $enum<$lt> {
            $( #[doc = $doc] $name($name $(<$data_lt>)?), )+
            /// One that is not in the table, carried.
            Opaque {
                /// Its number.
                code: $code,
                /// Its value.
                octets: &$lt [u8],
            },
        }

        impl<$lt> $enum<$lt> {
            /// What the table says of each, in its order.
            pub const TABLE: &'static [$crate::messages::options::OptionInfo<$code>] = &[ $(
                $crate::messages::options::OptionInfo {
                    code: $code::$constant,
                    shown: $shown,
                    reference: $reference,
                    summary: $doc,
                    examples: &[$(($octets, $text)),+],
                },
            )+ ];

            /// Its number.
            #[inline]
            pub fn code(&self) -> $code {
                match self {
                    $( Self::$name(_) => $code::$constant, )+
                    Self::Opaque { code, .. } => *code,
                }
            }

            /// What `dig` prints before its value; `None` if it is not in the table.
            pub fn shown(&self) -> Option<&'static str> {
                match self {
                    $( Self::$name(_) => Some($shown), )+
                    Self::Opaque { .. } => None,
                }
            }

            /// Reads the value, and leaves what is behind it.
            #[inline]
            pub(in crate::messages) fn read_value(
                code: $code,
                reader: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::wire::WireError> {
                Ok(match code.0 {
                    $( $number => Self::$name($name {
                        $( $field: <$codec as super::fields::OptionField>::read(reader)?, )+
                    }), )+
                    _ => Self::Opaque { code, octets: reader.take_rest() },
                })
            }

            /// Writes the value, without code and length.
            #[inline]
            pub(in crate::messages) fn write_value<const N: usize>(
                &self,
                writer: &mut $crate::wire::Writer<'_, N>,
            ) -> Result<(), $crate::wire::WriteError> {
                match self {
                    $( Self::$name(option) => {
                        $crate::messages::options::RowValue::write_value(option, writer)
                    } )+
                    Self::Opaque { octets, .. } => writer.put(octets),
                }
            }

            /// Prints the value as `dig` does, each field behind its separator.
            pub(in crate::messages) fn show_value(
                &self,
                out: &mut core::fmt::Formatter<'_>,
            ) -> core::fmt::Result {
                match self {
                    $( Self::$name(option) => {
                        $( <$codec as super::fields::OptionField>::show(option.$field, out)?; )+
                        Ok(())
                    } )+
                    Self::Opaque { octets, .. } => {
                        <super::fields::HexAndText as super::fields::OptionField>::show(octets, out)
                    }
                }
            }
        }
    };
}
