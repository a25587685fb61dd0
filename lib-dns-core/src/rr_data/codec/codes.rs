//! Numbers that text gives by name.

use super::{Codec, DataTokens};
use crate::code_points::{CertificateType, IdentityMethod, ProofSystem, Rcode};
use crate::text::{TextError, TextErrorKind, Token};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;

/// A codec for a number with names: `parse` reads what text says, `show` prints it.
macro_rules! code {
    (
        $(#[$meta:meta])* $name:ident, $value:ty, $method:ident, $what:literal, $parse:path, $show:path
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = $value;
            const LEN: usize = size_of::<$value>();

            #[inline]
            fn read<'a>(reader: &mut Reader<'a>) -> Result<$value, WireError> {
                reader.$method(Part::RecordData).map(<$value>::from)
            }

            #[inline]
            fn write<const N: usize>(
                value: $value,
                writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                writer.$method(value.into())
            }

            fn scan(
                tokens: &mut DataTokens<'_>,
                writer: &mut Writer<'_, 0>,
            ) -> Result<(), TextError> {
                let token = tokens.expect($what)?;
                let value: $value = named(&token, $what, $parse)?;
                Self::write(value, writer).map_err(|error| tokens.unwritable(error))
            }

            fn show(value: $value, out: &mut dyn fmt::Write) -> fmt::Result {
                $show(value, out)
            }
        }
    };
}

/// Reads an unquoted token by its name.
pub(super) fn named<T>(
    token: &Token<'_>,
    what: &'static str,
    parse: fn(&[u8]) -> Option<T>,
) -> Result<T, TextError> {
    let value = if token.quoted { None } else { parse(token.raw) };
    value.ok_or_else(|| token.error(TextErrorKind::Expected(what)))
}

code!(
    /// The kind of a certificate (RFC 4398 2.1), by its name where it has one.
    CertificateCode, CertificateType, u16, "a certificate type",
    CertificateType::from_mnemonic, show_name
);
code!(
    /// The error of TSIG and TKEY, by its name; 16 is BADSIG here (RFC 8945 3).
    ErrorCode, Rcode, u16, "an error", error, show_error
);
code!(
    /// How a DSYNC target is told (RFC 9859 2.2), by its name where it has one.
    NotifyScheme, u8, u8, "a scheme", scheme, show_scheme
);
code!(
    /// How something is proved, by its name where it has one.
    ProofSystemCode, ProofSystem, u8, "a proof system", ProofSystem::from_mnemonic, show_name
);
code!(
    /// How an identity is verified, by its name where it has one.
    IdentityMethodCode, IdentityMethod, u8, "a verification method",
    IdentityMethod::from_mnemonic, show_name
);

fn show_name(value: impl fmt::Display, out: &mut dyn fmt::Write) -> fmt::Result {
    write!(out, "{value}")
}

fn error(text: &[u8]) -> Option<Rcode> {
    if text.eq_ignore_ascii_case(b"BADSIG") {
        return Some(Rcode::BADSIG);
    }
    Rcode::from_mnemonic(text)
}

fn show_error(value: Rcode, out: &mut dyn fmt::Write) -> fmt::Result {
    match value {
        Rcode::BADSIG => out.write_str("BADSIG"),
        _ => write!(out, "{value}"),
    }
}

fn scheme(text: &[u8]) -> Option<u8> {
    if text.eq_ignore_ascii_case(b"NOTIFY") {
        return Some(1);
    }
    u8::try_from(crate::text::decimal(text)?).ok()
}

fn show_scheme(value: u8, out: &mut dyn fmt::Write) -> fmt::Result {
    match value {
        1 => out.write_str("NOTIFY"),
        _ => write!(out, "{value}"),
    }
}
