//! Record types and their data.
//!
//! A type is defined by one row of a table: number, mnemonic, source, examples, and its fields in
//! order, each with a [`Codec`]. The row makes the struct, its variant of [`RData`] and its
//! [`TypeInfo`]; nothing else in the repository lists the types. Data is always held in wire form and
//! viewed: text is read to octets first, so no owned forms are needed.

pub mod codec;
mod data_tokens;
mod mnemonics;
#[macro_use]
mod registry;
mod table;

pub use codec::Codec;
pub use data_tokens::DataTokens;
pub use registry::{FieldInfo, Opaque, RecordType, Type, TypeInfo, WriteData};
pub use table::*;

#[cfg(test)]
mod tests;
