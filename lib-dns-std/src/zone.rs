//! Zones in memory, and how they come from files.

mod arena;
mod build;
mod finding;
mod load;
mod memory;
mod page;
mod set;
mod store;
mod tree;

pub use finding::{Finding, Findings, Problem};
pub use load::{Loaded, Loader, Progress, SourceFile};
pub use memory::Zone;
pub use page::Node;
pub use set::Zones;
pub use store::{Reloaded, ZoneReader, ZoneStore};

#[cfg(test)]
mod tests;
