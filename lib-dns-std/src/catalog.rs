//! Catalog zones (RFC 9432): the list of a server's zones, as a zone that others fetch.
//!
//! | to | use |
//! |---|---|
//! | make a catalog, and keep it up to date | [`new_catalog`], [`list_in_catalog`] |
//! | serve what the catalogs of others list | [`Consumer`] |

mod consumer;
mod producer;

pub use consumer::{CatalogAction, Clash, Consumer, Followed, Membership};
pub use producer::{CatalogFault, Listed, list_in_catalog, new_catalog};

#[cfg(test)]
mod tests;
