//! Record types and their data.
//!
//! A type is defined by one row of a table: number, mnemonic, source, examples, and its fields in
//! order, each with a [`Codec`]. The row makes the struct, its variant of [`RData`] and its
//! [`TypeInfo`]; nothing else in the repository lists the types. Data is always held in wire form and
//! viewed: text is read to octets first, so no owned forms are needed.

pub mod codec;
mod data_tokens;
mod key_tag;
mod known_types;
mod mnemonics;
mod name_fields;
#[macro_use]
mod registry;
mod same_data;
mod table;
mod types;

pub use codec::Codec;
pub use data_tokens::DataTokens;
pub use key_tag::key_tag;
pub use known_types::KnownTypes;
pub(crate) use known_types::scan;
#[doc(hidden)]
pub use name_fields::Field;
pub use name_fields::NameFields;
pub use registry::{Opaque, RecordType, WriteData};
#[doc(hidden)]
pub use registry::{first, head, head_len, is_absent, read_opaque, read_row, rewrite};
pub use same_data::same_data;
pub use table::*;
pub use types::{FieldInfo, Type, TypeInfo, TypeRow};

#[cfg(test)]
mod tests;
