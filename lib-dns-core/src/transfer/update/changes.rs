//! Where an update writes down what goes and what comes.

use crate::name::Name;
use crate::rr_data::Type;
use crate::zone::StoredRecord;

/// A change to a zone while it grows: the records of the old version that go, and those that come.
///
/// Later records of an update see what earlier ones did, so the notes are read too: the zone as it is now is
/// the old version without [`Changes::is_deleted`], and with [`Changes::added`]. What is added and deleted
/// again, or deleted and added again, leaves no trace, so that an update that changes nothing is seen as such.
///
/// All records have the zone's class and an owner in the zone. Who writes sees to it that a record is deleted
/// only if the old version has it and it is not deleted yet, and added only if it is not there now; data is
/// the same as [`same_data`](crate::rr_data::same_data) has it.
pub trait Changes {
    /// Why a record could not be written down.
    type Error;

    /// Does nothing go and nothing come?
    fn is_empty(&self) -> bool;

    /// A record of the old version goes. It is given as the old version has it.
    ///
    /// # Errors
    /// If there is no room for it.
    fn delete(&mut self, record: &StoredRecord<'_>) -> Result<(), Self::Error>;

    /// A record comes. If the very same record goes, TTL and case included, it stays instead.
    ///
    /// # Errors
    /// If there is no room for it.
    fn add(&mut self, record: &StoredRecord<'_>) -> Result<(), Self::Error>;

    /// Does a record of the old version go? It is given as the old version has it.
    fn is_deleted(&self, record: &StoredRecord<'_>) -> bool;

    /// The records of a name that come, in any order.
    fn added(&self, owner: &Name<'_>) -> impl Iterator<Item = StoredRecord<'_>>;

    /// Of the records of a name that come, those for which `which` holds come no more.
    fn withdraw(&mut self, owner: &Name<'_>, which: impl FnMut(&StoredRecord<'_>) -> bool);

    /// All records of an RRset that come get a TTL. Those that so become the very same as one that goes stay
    /// instead.
    fn set_ttl(&mut self, owner: &Name<'_>, rtype: Type, ttl: u32);
}
