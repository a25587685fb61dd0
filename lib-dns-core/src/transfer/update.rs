//! Dynamic update (RFC 2136), secured as RFC 3007 has it.
//!
//! | step | with |
//! |---|---|
//! | read the message and check its form | [`Update::zone_of`], [`Update::read`] |
//! | who may do it | [`Grant`], [`Requester`] |
//! | prerequisites, then the changes | [`Update::apply`] |
//! | where the changes go | [`Changes`], of which [`ChangeList`] is one without an allocator |
//! | say how it went | [`Request::refuse`](crate::answer::Request::refuse) |
//!
//! Applying a message writes down what goes and what comes, and touches no zone. So a change is made whole
//! or not at all: whoever gets an error throws the notes away.
//!
//! # What is decided where the RFCs leave it open
//!
//! - The form of the update section is checked before the prerequisites are looked at (RFC 2136 3.4.1 has
//!   it after). It shows only in which of two errors is told.
//! - Who has no grant for a record of the update section learns nothing about prerequisites.
//! - RRSIG, NSEC, NSEC3 and NSEC3PARAM records belong to the signer: an update that names them is refused.
//!   DNSKEY, CDNSKEY, CDS and ZONEMD records go only when they are named, not with all RRsets of a name.
//! - An RRset has one TTL (RFC 2181 5.2): that of the record that was added last.
//! - Of the name comparisons in record data, those fold case that the canonical form folds.

mod apply;
mod change_list;
mod changes;
mod grants;
mod prerequisites;
mod refusal;
mod request;
mod view;

pub use apply::{Outcome, Terms};
pub use change_list::ChangeList;
pub use changes::Changes;
pub use grants::{Actions, AddressPrefix, Grant, Identity, Requester, Scope, TypeLimit, Who};
pub use refusal::{Refusal, UpdateError};
pub use request::Update;
