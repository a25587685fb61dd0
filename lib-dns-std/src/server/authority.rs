//! Answers from a store of zones.

use super::{Respond, Transport};
use crate::hash::RustCryptoSha1;
use crate::zone::{ZoneReader, ZoneStore};
use lib_dns_core::answer::{self, Settings};

/// Answers with authority for the zones of a store, as they are when the query comes.
#[derive(Clone)]
pub struct Authority {
    zones: ZoneReader,
    settings: Settings<'static>,
}

impl Authority {
    /// Answers from the zones of `store`, now and as they will be.
    pub fn new(store: &ZoneStore, settings: Settings<'static>) -> Self {
        Self {
            zones: store.reader(),
            settings,
        }
    }
}

impl Respond for Authority {
    fn respond(&mut self, query: &[u8], transport: Transport, out: &mut [u8]) -> Option<usize> {
        let zones = self.zones.current();
        answer::respond(
            zones,
            &self.settings,
            &RustCryptoSha1,
            query,
            transport,
            out,
        )
    }

    fn idle(&mut self) {
        // Lets go of zones that were replaced, which may be large.
        self.zones.current();
    }
}
