//! Answers from a store of zones.

use super::{Answer, Client, Respond};
use crate::hash::RustCryptoSha1;
use crate::zone::{ZoneReader, ZoneStore};
use lib_dns_core::answer::{self, Settings};
use std::convert::Infallible;

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
    type Held = Infallible;

    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer {
        let zones = self.zones.current();
        answer::respond(
            zones,
            &self.settings,
            &RustCryptoSha1,
            query,
            client.transport,
            out,
        )
        .into()
    }

    fn idle(&mut self) {
        // Lets go of zones that were replaced, which may be large.
        self.zones.current();
    }
}
