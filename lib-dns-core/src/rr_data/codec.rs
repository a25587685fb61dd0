//! Field codecs: what a field looks like on the wire, in canonical form and in text, each once.

mod addresses;
mod bitmaps;
mod codes;
mod digest;
mod dnssec;
mod encoded;
mod endpoint;
mod gateway;
mod grouped;
mod host_identity;
mod items;
mod location;
mod names;
mod numbers;
mod octets;
mod prefixes;
mod service_params;
mod sized;
mod strings;
mod type_bitmap;
mod web;

pub use addresses::{A6Address, A6Prefix, AtmAddress, NsapAddress};
pub use bitmaps::{LowTypeBitmap, LowTypeSet, PortBitmap, PortSet};
pub use codes::{CertificateCode, ErrorCode, IdentityMethodCode, NotifyScheme, ProofSystemCode};
pub use digest::{Digest, Signers, TaggedDigest, ThresholdSigners};
pub use dnssec::{Algorithm, HashedName, Salt, Timestamp, TypeNumber};
pub(crate) use dnssec::{SECONDS_A_DAY, date_of, seconds_of};
pub use endpoint::{Endpoint, NodeId, TaggedEndpoint};
pub use gateway::{AmtRelay, Gateway, IpsecGateway, OptionalRelay, Relay};
pub use grouped::{Eui48Address, Eui64Address, Locator64};
pub use host_identity::{FlatNames, HostIdentity, HostIdentityFields, Names};
pub use items::{Item, ItemValue, Items, KeyedItems};
pub use location::{Location, LocationData};
pub use names::{CaseKeptName, CompressibleName, FlatName, UncompressedName};
pub use numbers::{Ipv4, Ipv6, Seconds, U8, U16, U32, U48, U64};
pub use octets::{Base16Rest, Base64Rest, CharacterStrings, Strings};
pub use prefixes::{AddressPrefixes, Prefix, Prefixes};
pub use service_params::{ServiceParam, ServiceParameters, ServiceParams};
pub use sized::{Base64OrDash, Base64Sized, Base64Tail, GenericOctets};
pub use strings::{OneOrTwoStrings, OneString, PropertyTag, TextRest};
pub use type_bitmap::{TypeBitmap, TypeBitmaps, write_types};
pub use web::{Statement, WebPath};

use super::DataTokens;
use crate::text::{Base16, MAX_TOKEN_LEN, TextError};
use crate::wire::{Reader, WireError, WriteError, Writer};
use core::fmt;

/// All forms of one kind of field.
///
/// The law: what is scanned, read, shown and scanned again gives the same octets.
pub trait Codec {
    /// The field's value; it borrows from the data.
    type Value<'a>: Copy;

    /// May a message compress what this field holds?
    const COMPRESSIBLE: bool = false;
    /// May what this field holds be compressed in a message that is read?
    const ACCEPTS_POINTERS: bool = Self::COMPRESSIBLE;

    /// How many octets every value takes; 0 if they are not all as long.
    const LEN: usize = 0;

    /// Reads the field.
    ///
    /// # Errors
    /// If the octets are no such field.
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Self::Value<'a>, WireError>;

    /// Writes the field in the writer's form.
    ///
    /// # Errors
    /// If there is no room.
    fn write<const N: usize>(
        value: Self::Value<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError>;

    /// Reads the field from text and writes it in plain form.
    ///
    /// # Errors
    /// If the text is no such field, or there is no room.
    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError>;

    /// Writes the field as text.
    ///
    /// # Errors
    /// Only what `out` fails with.
    fn show(value: Self::Value<'_>, out: &mut dyn fmt::Write) -> fmt::Result;

    /// Can text say this value, so that it reads back? Where it cannot, the record is shown as
    /// `\# length octets` (RFC 3597 5).
    fn has_text(_value: Self::Value<'_>) -> bool {
        true
    }

    /// Does the value stand in text at all? An empty set at the end of the data does not.
    fn is_shown(_value: Self::Value<'_>) -> bool {
        true
    }
}

/// Writes values with something between them.
fn show_list(
    values: impl IntoIterator<Item = impl fmt::Display>,
    separator: &str,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.write_str(separator)?;
        }
        write!(out, "{value}")?;
    }
    Ok(())
}

/// How many octets stand in one token; more are shown as several, since a token has an end
/// ([`MAX_TOKEN_LEN`]). A multiple of 3, so that base64 can be cut there.
const OCTETS_A_TOKEN: usize = MAX_TOKEN_LEN / 6 * 3;

/// Can a text stand in one token?
fn fits_token(text: fmt::Arguments<'_>) -> bool {
    struct Room(usize);
    impl fmt::Write for Room {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    fmt::write(&mut Room(MAX_TOKEN_LEN), text).is_ok()
}

/// Writes octets as `\# length octets` (RFC 3597 5).
pub(super) fn show_generic(octets: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
    write!(out, "\\# {}", octets.len())?;
    for octets in octets.chunks(OCTETS_A_TOKEN) {
        write!(out, " {}", Base16(octets))?;
    }
    Ok(())
}
