//! RRsets that are made: packed as zones hold them.

use super::SignError;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::{Form, WriteError, Writer};
use lib_dns_core::zone::RrSet;

/// The longest data of a record.
const MAX_DATA: usize = u16::MAX as usize;

/// An RRset that is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MadeSet {
    pub(super) rtype: Type,
    pub(super) ttl: u32,
    packed: Vec<u8>,
}

impl MadeSet {
    pub(super) fn new(rtype: Type, ttl: u32) -> Self {
        Self {
            rtype,
            ttl,
            packed: Vec::new(),
        }
    }

    /// A copy.
    pub(super) fn of(set: &RrSet<'_>) -> Self {
        Self {
            rtype: set.rtype,
            ttl: set.ttl,
            packed: set.packed().to_vec(),
        }
    }

    pub(super) fn view(&self) -> RrSet<'_> {
        RrSet::new(self.rtype, self.ttl, &self.packed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Adds a record, unless it is there. `None` if its data is too long.
    pub(super) fn push(&mut self, data: &[u8]) -> Option<()> {
        let len = u16::try_from(data.len()).ok()?;
        if self.view().records().any(|record| record == data) {
            return Some(());
        }
        self.packed.extend_from_slice(&len.to_be_bytes());
        self.packed.extend_from_slice(data);
        Some(())
    }

    /// Adds a record whose data is written; at most so many octets.
    pub(super) fn write(
        &mut self,
        owner: &Name<'_>,
        most: usize,
        write: impl FnOnce(&mut Writer<'_, 0>) -> Result<(), WriteError>,
    ) -> Result<(), SignError> {
        let start = self.packed.len();
        self.packed.resize(start + 2 + most.min(MAX_DATA), 0);
        let mut writer = Writer::<0>::new(&mut self.packed[start + 2..], Form::Plain);
        let written = write(&mut writer);
        let len = writer.len();
        if written.is_err() {
            self.packed.truncate(start);
            return Err(SignError::too_long(owner, self.rtype));
        }
        // No more than was made room for.
        self.packed[start..start + 2].copy_from_slice(&(len as u16).to_be_bytes());
        self.packed.truncate(start + 2 + len);
        Ok(())
    }

    /// Adds a record of up to so many octets, whose data `fill` puts to the front and says how long it is.
    pub(super) fn fill<E>(
        &mut self,
        most: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let start = self.packed.len();
        let most = most.min(MAX_DATA);
        self.packed.resize(start + 2 + most, 0);
        let filled = fill(&mut self.packed[start + 2..]);
        let len = *filled.as_ref().unwrap_or(&0).min(&most);
        self.packed[start..start + 2].copy_from_slice(&(len as u16).to_be_bytes());
        let end = if filled.is_ok() {
            start + 2 + len
        } else {
            start
        };
        self.packed.truncate(end);
        filled.map(|_| ())
    }
}
