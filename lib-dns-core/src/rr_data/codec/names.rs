//! Names, in the flavours that the RFCs have.

use super::{Codec, DataTokens};
use crate::name::Name;
use crate::text::TextError;
use crate::wire::{Reader, WireError, WriteError, Writer};
use core::fmt;

/// A name of a type of RFC 1035: compressed in messages, lower case in canonical form.
#[derive(Clone, Copy, Debug)]
pub enum CompressibleName {}

impl Codec for CompressibleName {
    type Value<'a> = Name<'a>;
    const COMPRESSIBLE: bool = true;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Name<'a>, WireError> {
        reader.name()
    }

    #[inline]
    fn write<const N: usize>(
        value: Name<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.compressible_name(&value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        tokens.write_name(writer)
    }

    fn show(value: Name<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}

/// A name that is never compressed on output but accepted so on input (RFC 3597 4); lower case in
/// canonical form.
#[derive(Clone, Copy, Debug)]
pub enum UncompressedName {}

impl Codec for UncompressedName {
    type Value<'a> = Name<'a>;
    const ACCEPTS_POINTERS: bool = true;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Name<'a>, WireError> {
        reader.name()
    }

    fn write<const N: usize>(
        value: Name<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.uncompressed_name(&value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        tokens.write_name(writer)
    }

    fn show(value: Name<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}

/// A name that is never compressed and refused when it is; lower case in canonical form.
#[derive(Clone, Copy, Debug)]
pub enum FlatName {}

impl Codec for FlatName {
    type Value<'a> = Name<'a>;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Name<'a>, WireError> {
        reader.flat_name()
    }

    fn write<const N: usize>(
        value: Name<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.uncompressed_name(&value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        tokens.write_name(writer)
    }

    fn show(value: Name<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}

/// A name that is never compressed, refused when it is, and keeps its case in canonical form
/// (RFC 6840 5.1).
#[derive(Clone, Copy, Debug)]
pub enum CaseKeptName {}

impl Codec for CaseKeptName {
    type Value<'a> = Name<'a>;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Name<'a>, WireError> {
        reader.flat_name()
    }

    fn write<const N: usize>(
        value: Name<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.case_kept_name(&value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        tokens.write_name(writer)
    }

    fn show(value: Name<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}
