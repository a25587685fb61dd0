//! The rules of the mesh (ZDNS architecture 11, 12, 14 to 17), each beside its number.
//!
//! Everything here decides and does nothing: it is told what happened and when, and says what follows. What has a
//! capacity works over slots that the caller lends. `docs/rules.md` lists every rule with the code that keeps it and the test
//! that would notice if it did not.
//!
//! | to | use | source |
//! |---|---|---|
//! | say which node, or whose | [`NodeId`], [`OwnerId`] | 5.2, 11.1 |
//! | say what an answer is worth | [`ResolutionFlags`] | 11.3, 14.2 |
//! | choose between answers that differ | [`conflict`] | 11.1, 11.2 |
//! | know how two versions of a zone relate | [`ZoneVersion`] | 7.2, 12.3 |
//! | make replicas one again | [`merge`] | 7.2, 11.2 |
//! | tell a client what went wrong | [`outcome`] | 11.3, 13.2 |
//! | serve what outlived its TTL | [`stale`] | 11.3 |
//! | remember that something was not found | [`negative`] | 12.1, 12.2 |
//! | find together again after a partition | [`recovery`] | 12.3 |
//! | keep the contract of applications | [`contract`] | 14, 15 |
//! | know what may leave the partition | [`scope`] | 16.1 |
//! | know which other meshes are trusted | [`federation`] | 16.2 |
//! | tell of changes, hear of them, and not drown in them | [`update_control`] | 17 |
//! | count how often somebody does something | [`Rates`] | 15.2 |

pub mod conflict;
pub mod contract;
pub mod federation;
mod identifiers;
pub mod merge;
pub mod negative;
pub mod outcome;
mod rate;
pub mod recovery;
pub mod scope;
pub mod stale;
pub mod update_control;
mod version;

pub use crate::messages::options::ZdnsFlags as ResolutionFlags;
pub(crate) use identifiers::identifier;
pub use identifiers::{NodeId, OwnerId};
pub use rate::{Rate, RateSlot, Rates};
pub use version::{Relation, ZoneVersion};
