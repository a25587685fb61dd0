//! Data of any type, from text and to text.

use super::codec::show_generic;
use super::registry::is_absent;
use super::{DataTokens, Type, TypeInfo};
use crate::code_points::Class;
use crate::text::{Printer, TextError, TextErrorKind};
use crate::wire::{Form, Reader, WriteError, Writer};
use core::fmt;

/// The record types whose names and formats are known: those of the library's table, and the caller's
/// own, which come first.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownTypes<'x> {
    own: &'x [TypeInfo],
}

impl KnownTypes<'static> {
    /// Those of the library's table alone.
    pub const CORE: Self = Self::with(&[]);
}

impl<'x> KnownTypes<'x> {
    /// `own` types, and those of the library's table.
    pub const fn with(own: &'x [TypeInfo]) -> Self {
        Self { own }
    }

    /// The row that defines a type, if there is one.
    #[inline]
    pub fn info(&self, rtype: Type) -> Option<&'x TypeInfo> {
        let own = self.own.iter().find(|info| info.rtype == rtype);
        own.or_else(|| rtype.info())
    }

    /// The row with this mnemonic, in any case.
    #[inline]
    pub fn info_of_mnemonic(&self, text: &[u8]) -> Option<&'x TypeInfo> {
        let is_meant = |info: &&TypeInfo| info.mnemonic.as_bytes().eq_ignore_ascii_case(text);
        let own = self.own.iter().find(is_meant);
        own.or_else(|| TypeInfo::of_mnemonic(text))
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
        let info = self.info(rtype).filter(|info| info.is_defined_in(class));
        let info = info.filter(|_| !is_absent(class, rtype, data));
        match info.and_then(|info| (info.show)(&mut data.clone(), printer)) {
            Some(shown) => shown,
            None => show_generic(data.peek(), printer.field("data")?),
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
