//! What a table of record types is made of.

use super::codec::show_generic;
use super::{NameFields, Type, TypeInfo};
use crate::code_points::Class;
use crate::text::Printer;
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;

/// Data of one record type.
pub trait RecordType<'a>: Copy {
    /// The number of the type.
    const TYPE: Type;
    /// The class that the format is defined for; `None` if it is the same in all.
    const CLASS: Option<Class>;
    /// May a message compress a name in it?
    const COMPRESSIBLE: bool;
    /// What it looks like, if it has no fields but those of a fixed length and names that may be compressed in what is
    /// read.
    const NAMES: Option<NameFields> = None;
    /// Everything that the table says of it.
    const INFO: TypeInfo;

    /// Reads the data, all of the reader's window.
    ///
    /// # Errors
    /// If the octets are no such data, or some are left over.
    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError>;

    /// Has the type this format in records of a class?
    #[inline]
    fn is_defined_in(class: Class) -> bool {
        is_defined_in(Self::CLASS, class)
    }
}

/// Is a format for `own` class that of records of `class`? NONE and ANY stand in an UPDATE before data
/// of the zone's class (RFC 2136 2.4, 2.5), which is IN for all that have such formats.
#[inline]
pub(super) fn is_defined_in(own: Option<Class>, class: Class) -> bool {
    own.is_none_or(|own| own == class || is_of_update(class))
}

/// Does the class stand in an UPDATE only? Seldom asked.
#[inline]
fn is_of_update(class: Class) -> bool {
    seldom();
    matches!(class, Class::NONE | Class::ANY)
}

/// Says that the way here is seldom taken.
#[cold]
#[inline]
fn seldom() {}

/// Does a record have no data on purpose? Of class ANY or NONE it then stands, in an UPDATE, for any
/// data or none (RFC 2136 2.4, 2.5). In OPT's class field stands a size instead (RFC 6891 6.1.2).
#[doc(hidden)]
#[inline]
pub fn is_absent(class: Class, rtype: Type, data: &Reader<'_>) -> bool {
    data.is_empty() && is_of_update(class) && rtype != Type::OPT
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

    /// Can text in the type's own form say this data? Where it cannot, [`KnownTypes::show`] writes it as
    /// `\# length octets`.
    ///
    /// [`KnownTypes::show`]: super::KnownTypes::show
    fn has_text(&self) -> bool {
        true
    }

    /// Writes the data as text, field by field, as well as text can say it.
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
        show_generic(self.octets, printer.field("data")?)
    }
}

/// The first of at most one value.
#[doc(hidden)]
pub const fn first<T: Copy, const N: usize>(values: [T; N]) -> Option<T> {
    match values.as_slice().first() {
        Some(first) => Some(*first),
        None => None,
    }
}

/// How many octets the fields in front take whose lengths are known.
#[doc(hidden)]
pub const fn head_len(lens: &[usize]) -> usize {
    match lens {
        [0, ..] | [] => 0,
        [len, rest @ ..] => len.wrapping_add(head_len(rest)),
    }
}

/// Takes these octets.
#[doc(hidden)]
#[inline(always)]
pub fn head<'a>(reader: &mut Reader<'a>, len: usize) -> Result<Reader<'a>, WireError> {
    reader.octets(len, Part::RecordData).map(Reader::new)
}

#[doc(hidden)]
#[inline(never)]
pub fn read_row<'a, T, E>(message: &'a [u8], at: u32) -> Result<E, WireError>
where
    T: RecordType<'a> + Into<E>,
{
    match T::read(&mut Reader::resume(message, at)) {
        Ok(data) => Ok(data.into()),
        Err(error) => Err(error),
    }
}

#[doc(hidden)]
#[inline]
pub fn rewrite<'a, T, const N: usize>(
    stored: &'a [u8],
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError>
where
    T: RecordType<'a> + WriteData,
{
    T::read(&mut Reader::new(stored))?.write(writer)
}

#[doc(hidden)]
#[inline(never)]
pub fn read_opaque<'a, E>(message: &'a [u8], at: u32, rtype: Type) -> Result<E, WireError>
where
    Opaque<'a>: Into<E>,
{
    let octets = Reader::resume(message, at).peek();
    Ok(Opaque { rtype, octets }.into())
}

/// Defines record types, one row each, and the enum of them all: the library's own table is made with
/// it, and so are the private types of another crate.
///
/// A row is: the documentation, the struct's name and lifetime, the number, the name of the constant, the
/// class if the format is that of one class only, the mnemonic, where it is published, examples of its
/// text, and the fields in order, each with the [`Codec`](crate::rr_data::Codec) that reads, writes, scans
/// and shows it. A codec that is missing is a type of yours that implements the trait.
///
/// A row makes a struct that is [`RecordType`](crate::rr_data::RecordType) and
/// [`WriteData`](crate::rr_data::WriteData), a variant of the enum, and a constant of type
/// [`Type`](crate::rr_data::Type). The enum's `ROWS` tell the scanner and the printers what they then read
/// and write like any other type; `read` reads data from a message. Numbers for private use are 65,280 to
/// 65,534 (RFC 6895 3.1), of which the mesh has 65,344 to 65,356.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::rr_data::codec::{OneString, U16};
/// use lib_dns_core::zone::{Scanner, Step, ZoneLayout, ZonePrinter};
///
/// lib_dns_core::record_types! {
///     /// Data of our own types.
///     pub enum OurData<'a> {
///         /// What a sensor measures.
///         Sensor<'a> = 65400 SENSOR, "SENSOR", "our handbook", ["30 \"degrees\""] {
///             /// Seconds between two measurements.
///             interval: u16 as U16,
///             /// The unit.
///             unit: &'a [u8] as OneString,
///         }
///     }
/// }
///
/// let text = b"roof.example. 300 IN SENSOR 30 degrees\n";
/// let mut scanner = Scanner::new(Class::IN, None).with_private_types(OurData::ROWS);
/// let mut scratch = [0; 512];
/// let Step::Record(record) = scanner.next(&mut &text[..], true, &mut scratch)? else {
///     return Err("no record".into());
/// };
/// assert_eq!((record.rtype, record.data), (SENSOR, &b"\0\x1e\x07degrees"[..]));
///
/// let mut printed = String::new();
/// let mut printer = ZonePrinter::new(&mut printed, ZoneLayout::OneLine);
/// printer.private_types(OurData::ROWS).scanned(&record)?;
/// assert_eq!(printed, "roof.example. 300 IN SENSOR 30 \"degrees\"\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! record_types {
    // The library's own constants are those of `Type` itself, which no other crate can add to.
    (@constants [Type] $($constant:ident $number:literal $mnemonic:literal $reference:literal)+) => {
        impl $crate::rr_data::Type {
            $(
                #[doc = concat!($mnemonic, " (", $reference, ").")]
                pub const $constant: Self = Self($number);
            )+
        }
    };
    (@constants [] $($constant:ident $number:literal $mnemonic:literal $reference:literal)+) => {
        $(
            #[doc = concat!($mnemonic, " (", $reference, ").")]
            pub const $constant: $crate::rr_data::Type = $crate::rr_data::Type($number);
        )+
    };
    (
        $(constants in $home:ident;)?
        $(#[$enum_meta:meta])*
        pub enum $enum:ident<$lt:lifetime> {
            $(
                #[doc = $doc:literal]
                $(#[doc = $more:literal])*
                $name:ident $(<$data_lt:lifetime>)? = $number:literal $constant:ident
                $(in $class:ident)?, $mnemonic:literal, $reference:literal, [$($example:literal),+]
                { $( $(#[doc = $field_doc:literal])+ $field:ident: $ty:ty as $codec:ty ),+ $(,)? }
            )+
        }
    ) => {
        $crate::record_types!(
            @constants [$($home)?] $($constant $number $mnemonic $reference)+
        );

        $(
            #[doc = $doc]
            $(#[doc = $more])*
            #[doc = concat!("\nType ", $number, ", ", $reference, ".")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name $(<$data_lt>)? {
                $( $(#[doc = $field_doc])+ pub $field: $ty, )+
            }

            impl<$lt> $crate::rr_data::RecordType<$lt> for $name $(<$data_lt>)? {
                const TYPE: $crate::rr_data::Type = $crate::rr_data::Type($number);
                const CLASS: Option<$crate::code_points::Class> =
                    $crate::rr_data::first([$($crate::code_points::Class::$class)?]);
                const COMPRESSIBLE: bool =
                    false $(|| <$codec as $crate::rr_data::Codec>::COMPRESSIBLE)+;
                const NAMES: Option<$crate::rr_data::NameFields> =
                    $crate::rr_data::NameFields::of(&[
                        $( $crate::rr_data::Field::of::<$codec>() ),+
                    ]);
                const INFO: $crate::rr_data::TypeInfo = $crate::rr_data::TypeInfo {
                    rtype: $crate::rr_data::Type($number),
                    mnemonic: $mnemonic,
                    reference: $reference,
                    summary: $doc,
                    fields: &[ $( $crate::rr_data::FieldInfo {
                        name: stringify!($field),
                        codec: stringify!($codec),
                    } ),+ ],
                    examples: &[ $($example),+ ],
                    class: <Self as $crate::rr_data::RecordType<'_>>::CLASS,
                    accepts_pointers: false
                        $(|| <$codec as $crate::rr_data::Codec>::ACCEPTS_POINTERS)+,
                    scan: |tokens, writer| {
                        $( <$codec as $crate::rr_data::Codec>::scan(tokens, writer)?; )+
                        Ok(())
                    },
                    copy: |reader, writer| {
                        let data = <$name as $crate::rr_data::RecordType<'_>>::read(reader)?;
                        $crate::rr_data::WriteData::write(&data, writer)
                    },
                };

                #[inline]
                fn read(
                    reader: &mut $crate::wire::Reader<$lt>,
                ) -> Result<Self, $crate::wire::WireError> {
                    // Fields of known length that stand in front are asked for with one comparison.
                    let mut head = $crate::rr_data::head(
                        reader,
                        const { $crate::rr_data::head_len(&[
                            $( <$codec as $crate::rr_data::Codec>::LEN ),+
                        ]) },
                    )?;
                    let data = Self {
                        $( $field: if <$codec as $crate::rr_data::Codec>::LEN > 0 && !head.is_empty() {
                            <$codec as $crate::rr_data::Codec>::read(&mut head)?
                        } else {
                            <$codec as $crate::rr_data::Codec>::read(reader)?
                        }, )+
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

                fn has_text(&self) -> bool {
                    true $(&& <$codec as $crate::rr_data::Codec>::has_text(self.$field))+
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

        $(
            impl<$lt> From<$name $(<$data_lt>)?> for $enum<$lt> {
                #[inline]
                fn from(data: $name $(<$data_lt>)?) -> Self {
                    Self::$name(data)
                }
            }
        )+

        impl<$lt> From<$crate::rr_data::Opaque<$lt>> for $enum<$lt> {
            #[inline]
            fn from(data: $crate::rr_data::Opaque<$lt>) -> Self {
                Self::Opaque(data)
            }
        }

        impl<$lt> $enum<$lt> {
            /// What the table says of each type, in its order.
            pub const TYPES: &'static [$crate::rr_data::TypeInfo] =
                &[ $( <$name as $crate::rr_data::RecordType<'_>>::INFO ),+ ];

            /// The types with what writes their data as text, for scanners and printers. Apart from
            /// [`Self::TYPES`], so that a program that only reads text holds nothing that writes it.
            pub const ROWS: &'static [$crate::rr_data::TypeRow] = &[ $(
                $crate::rr_data::TypeRow {
                    info: &<$name as $crate::rr_data::RecordType<'_>>::INFO,
                    show: |reader, printer| {
                        let data = <$name as $crate::rr_data::RecordType<'_>>::read(reader).ok()?;
                        $crate::rr_data::WriteData::has_text(&data)
                            .then(|| $crate::rr_data::WriteData::show(&data, printer))
                    },
                },
            )+ ];

            /// Reads data of a class and type, all of the reader's window. It is opaque where the type
            /// has no row, or its format is that of another class (RFC 3597 3). So is the empty data
            /// that stands in an UPDATE for any or none (RFC 2136 2.4, 2.5).
            ///
            /// # Errors
            /// If the octets are no such data, or some are left over.
            #[inline]
            pub fn read(
                class: $crate::code_points::Class,
                rtype: $crate::rr_data::Type,
                reader: &mut $crate::wire::Reader<$lt>,
            ) -> Result<Self, $crate::wire::WireError> {
                let absent = $crate::rr_data::is_absent(class, rtype, reader);
                let (message, at) = reader.split();
                if absent {
                    $crate::rr_data::read_opaque(message, at, rtype)
                } else {
                    Self::read_at(message, at, class, rtype)
                }
            }

            /// [`Self::read`] of what starts at an offset of a message and ends with it. Only ways part
            /// here: each type has a function that writes its data where the caller wants it.
            #[inline(never)]
            fn read_at(
                message: &$lt [u8],
                at: u32,
                class: $crate::code_points::Class,
                rtype: $crate::rr_data::Type,
            ) -> Result<Self, $crate::wire::WireError> {
                match rtype.0 {
                    $( $number if <$name as $crate::rr_data::RecordType>::is_defined_in(class) => {
                        return $crate::rr_data::read_row::<$name, Self>(message, at);
                    } )+
                    _ => {}
                }
                $crate::rr_data::read_opaque(message, at, rtype)
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
                match writer.form() {
                    $crate::wire::Form::Plain => writer.put(stored),
                    $crate::wire::Form::Message => {
                        Self::write_in_message(class, rtype, stored, writer)
                    }
                    $crate::wire::Form::Canonical if stored.is_empty() => Ok(()),
                    $crate::wire::Form::Canonical => match rtype.0 {
                        $( $number if <$name as $crate::rr_data::RecordType<'_>>::is_defined_in(class) => {
                            $crate::rr_data::rewrite::<$name, N>(stored, writer)
                        } )+
                        _ => writer.put(stored),
                    },
                }
            }

            /// [`Self::write_stored`] into a message: a program that does nothing else with data has the codecs of the
            /// few types whose names are compressed, and no others.
            ///
            /// # Errors
            /// If there is no room, or data with names is malformed.
            #[inline]
            pub fn write_in_message<const N: usize>(
                class: $crate::code_points::Class,
                rtype: $crate::rr_data::Type,
                stored: &[u8],
                writer: &mut $crate::wire::Writer<'_, N>,
            ) -> Result<(), $crate::wire::WriteError> {
                if stored.is_empty() {
                    return Ok(());
                }
                match rtype.0 {
                    $( $number if <$name as $crate::rr_data::RecordType<'_>>::COMPRESSIBLE
                        && <$name as $crate::rr_data::RecordType<'_>>::is_defined_in(class) =>
                    {
                        match const { <$name as $crate::rr_data::RecordType<'_>>::NAMES } {
                            Some(names) => names.copy(&mut $crate::wire::Reader::new(stored), writer),
                            None => $crate::rr_data::rewrite::<$name, N>(stored, writer),
                        }
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

            fn has_text(&self) -> bool {
                match self {
                    $( Self::$name(data) => data.has_text(), )+
                    Self::Opaque(data) => data.has_text(),
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
