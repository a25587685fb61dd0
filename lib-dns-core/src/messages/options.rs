//! EDNS options: one table, of which each row defines one option completely.
//!
//! A row of `options/table.rs` holds the code, its constant and mnemonic, the name that `dig` prints, the
//! source, values on the wire with what is printed for them, and the fields, each with a codec of
//! `options/fields.rs`. The row makes the struct, the variant of [`EdnsOption`], reading, writing,
//! printing and the tests. The items of the ZDNS option have a table of the same kind in `options/items.rs`.

#[macro_use]
mod registry;
#[macro_use]
mod fields;
mod items;
mod table;

pub(super) use fields::Spelled;
pub use fields::{Numbers16, ServerCookie, SubnetPrefix, VersionFields};
pub use items::{
    Coverage, FederatedFrom, ItemKind, NodeFlags, Partition, RespondingNode, ZdnsFlags, ZdnsItem,
    ZdnsItems,
};
pub use registry::OptionInfo;
pub(crate) use registry::RowValue;
pub(crate) use table::write_if_it_fits;
pub use table::*;

#[cfg(test)]
mod tests;
