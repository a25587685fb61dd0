//! Answers from a store of zones.

use super::{Answer, Client, Respond};
use crate::hash::RustCryptoSha1;
use crate::zone::{WithUnread, ZoneReader, ZoneStore, missed_page};
use lib_dns_core::answer::{self, Request, Settings, Transport, Verdict};
use lib_dns_core::code_points::{InfoCode, Rcode};
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
        let (zones, settings, transport) = (self.zones.current(), &self.settings, client.transport);
        if let Some(zones) = zones.with_unread() {
            return respond_unread(&zones, settings, query, transport, out).into();
        }
        answer::respond(zones, settings, &RustCryptoSha1, query, transport, out).into()
    }

    fn idle(&mut self) {
        // Lets go of zones that were replaced, which may be large.
        self.zones.current();
    }
}

/// Answers while images are being read.
#[cold]
fn respond_unread(
    zones: &WithUnread<'_>,
    settings: &Settings<'_>,
    query: &[u8],
    transport: Transport,
    out: &mut [u8],
) -> Option<usize> {
    let answered = answer::respond(zones, settings, &RustCryptoSha1, query, transport, out);
    if !missed_page() {
        return answered;
    }
    // What was answered was made of something else than what stands there.
    let verdict = Verdict::because(Rcode::SERVFAIL, InfoCode::INVALID_DATA);
    Request::read(query)?.refuse(verdict, settings, transport, 0, out)
}
