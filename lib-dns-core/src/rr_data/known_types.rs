//! Data of any type, from text and to text.

use super::codec::show_generic;
use super::registry::is_absent;
use super::{DataTokens, RData, Type, TypeInfo, TypeRow, WriteData};
use crate::code_points::Class;
use crate::text::{Printer, TextError, TextErrorKind};
use crate::wire::{Form, Reader, WriteError, Writer};
use core::fmt;

/// The record types whose names and formats are known: those of the library's table, and the caller's
/// own, which come first.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownTypes<'x> {
    own: &'x [TypeRow],
}

impl KnownTypes<'static> {
    /// Those of the library's table alone.
    pub const CORE: Self = Self::with(&[]);
}

impl RData<'_> {
    /// Reads data of a class and type from text and writes it in plain form; that is
    /// [`KnownTypes::scan`] with the library's own table.
    ///
    /// # Errors
    /// If the text is no such data, or there is no room.
    pub fn scan(
        class: Class,
        rtype: Type,
        tokens: &mut DataTokens<'_>,
        writer: &mut Writer<'_, 0>,
    ) -> Result<(), TextError> {
        KnownTypes::CORE.scan(class, rtype, tokens, writer)
    }
}

impl<'x> KnownTypes<'x> {
    /// `own` types, and those of the library's table.
    pub const fn with(own: &'x [TypeRow]) -> Self {
        Self { own }
    }

    /// What is known of a type, if anything is.
    #[inline]
    pub fn info(&self, rtype: Type) -> Option<&'static TypeInfo> {
        self.own(rtype)
            .map_or_else(|| rtype.info(), |own| Some(own.info))
    }

    /// The caller's own row of a type.
    #[inline]
    fn own(&self, rtype: Type) -> Option<&'x TypeRow> {
        self.own.iter().find(|row| row.info.rtype == rtype)
    }

    /// The row with this mnemonic, in any case.
    #[inline]
    pub fn info_of_mnemonic(&self, text: &[u8]) -> Option<&'static TypeInfo> {
        let mut own = self.own.iter().map(|row| row.info);
        own.find(|info| info.mnemonic.as_bytes().eq_ignore_ascii_case(text))
            .or_else(|| TypeInfo::of_mnemonic(text))
    }

    /// A type's mnemonic, or `TYPE` and its number.
    pub fn mnemonic(&self, rtype: Type) -> impl fmt::Display + use<> {
        Mnemonic {
            own: self.own(rtype).map(|row| row.info.mnemonic),
            rtype,
        }
    }

    /// Reads data of a class and type from text, in the type's own form or as `\# length octets`
    /// (RFC 3597 5), and writes it in plain form. A type that has no form in the class has only the
    /// second.
    ///
    /// # Errors
    /// If the text is no such data, or there is no room.
    pub fn scan(
        &self,
        class: Class,
        rtype: Type,
        tokens: &mut DataTokens<'_>,
        writer: &mut Writer<'_, 0>,
    ) -> Result<(), TextError> {
        scan(class, self.info(rtype), tokens, writer)
    }

    /// Writes data of a class and type, all of the reader's window, as text that
    /// [`KnownTypes::scan`] reads back: in the type's own form, or as `\# length octets` (RFC 3597 5)
    /// where it does not read as its type or that form cannot say it.
    ///
    /// # Errors
    /// Only what the printer's output fails with.
    pub fn show(
        &self,
        class: Class,
        rtype: Type,
        data: &Reader<'_>,
        printer: &mut Printer<'_>,
    ) -> fmt::Result {
        let own = self.own(rtype).filter(|_| !is_absent(class, rtype, data));
        let shown = match own {
            Some(own) if own.info.is_defined_in(class) => (own.show)(&mut data.clone(), printer),
            Some(_) => None,
            None => RData::read(class, rtype, &mut data.clone())
                .ok()
                .filter(WriteData::has_text)
                .map(|data| data.show(printer)),
        };
        match shown {
            Some(shown) => shown,
            None => show_generic(data.peek(), printer.field("data")?),
        }
    }
}

struct Mnemonic {
    own: Option<&'static str>,
    rtype: Type,
}

impl fmt::Display for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.own {
            Some(mnemonic) => f.pad(mnemonic),
            None => fmt::Display::fmt(&self.rtype, f),
        }
    }
}

/// What [`KnownTypes::scan`] does, for who has looked up the type's row already.
#[inline]
pub(crate) fn scan(
    class: Class,
    info: Option<&TypeInfo>,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let info = info.filter(|info| info.is_defined_in(class));
    match info {
        Some(info) if !tokens.is_generic()? => (info.scan)(tokens, writer),
        info => scan_generic(info, tokens, writer),
    }
}

fn scan_generic(
    info: Option<&TypeInfo>,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let mark = tokens.clone().expect("record data")?;
    let start = writer.len();
    tokens.write_generic(writer)?;
    let Some(info) = info else { return Ok(()) };
    // The octets must be data of the type, and hold no compressed names (RFC 3597 5): these would make
    // it another text, which the plain form tells.
    let (written, room) = writer.written_and_room();
    let data = written.get(start..).unwrap_or_default();
    let mut plain = Writer::<0>::new(room, Form::Plain);
    match (info.copy)(&mut Reader::new(data), &mut plain) {
        Ok(()) if plain.written() == data => Ok(()),
        Err(WriteError::NoRoom) if !info.accepts_pointers => Ok(()),
        Err(WriteError::NoRoom) => Err(mark.error(TextErrorKind::DataTooLong)),
        _ => Err(mark.error(TextErrorKind::NotOfThisType)),
    }
}
