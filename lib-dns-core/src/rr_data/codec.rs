//! Field codecs: what a field looks like on the wire, in canonical form and in text, each once.

mod addresses;
mod bitmaps;
mod codes;
mod dnssec;
mod encoded;
mod gateway;
mod grouped;
mod host_identity;
mod location;
mod names;
mod numbers;
mod octets;
mod prefixes;
mod service_params;
mod sized;
mod strings;
mod type_bitmap;

pub use addresses::{A6Address, A6Prefix, AtmAddress, NsapAddress};
pub use bitmaps::{LowTypeBitmap, LowTypeSet, PortBitmap, PortSet};
pub use codes::{CertificateCode, ErrorCode, NotifyScheme};
pub use dnssec::{Algorithm, HashedName, Salt, Timestamp, TypeNumber};
pub use gateway::{AmtRelay, Gateway, IpsecGateway, OptionalRelay, Relay};
pub use grouped::{Eui48Address, Eui64Address, Locator64};
pub use host_identity::{FlatNames, HostIdentity, HostIdentityFields, Names};
pub use location::{Location, LocationData};
pub use names::{CaseKeptName, CompressibleName, FlatName, UncompressedName};
pub use numbers::{Ipv4, Ipv6, U8, U16, U32, U48};
pub use octets::{Base16Rest, Base64Rest, CharacterStrings, Strings};
pub use prefixes::{AddressPrefixes, Prefix, Prefixes};
pub use service_params::{ServiceParam, ServiceParameters, ServiceParams};
pub use sized::{Base64OrDash, Base64Sized, Base64Tail, GenericOctets};
pub use strings::{OneString, PropertyTag, TextRest};
pub use type_bitmap::{TypeBitmap, TypeBitmaps};

use super::DataTokens;
use crate::text::TextError;
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

    /// Does the value stand in text at all? An empty set at the end of the data does not.
    fn is_shown(_value: Self::Value<'_>) -> bool {
        true
    }
}
