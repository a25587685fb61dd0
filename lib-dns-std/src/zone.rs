//! Zones in memory, and how they come from files.

mod arena;
mod build;
mod finding;
mod load;
mod memory;
mod page;
mod tree;

pub use finding::{Finding, Findings, Problem};
pub use load::{Loaded, Loader, Progress, SourceFile};
pub use memory::Zone;
pub use page::Node;

#[cfg(test)]
mod tests;
