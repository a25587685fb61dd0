//! Answers from zones that we serve: the authoritative algorithm (RFC 1034 4.3.2, and all that followed).
//!
//! [`respond`] takes a query as it came and writes the response. It allocates nothing and keeps nothing. A
//! server that does more than answer from zones reads a message as a [`Request`] first, and so sees what it is.
//!
//! Aliases are followed to their end, also into other zones that are served here. Wildcards follow
//! RFC 4592, DNAME RFC 6672, referrals RFC 9471, zones signed with NSEC RFC 4035 and with NSEC3 RFC 5155.
//! Signatures and denials are taken from the zone as they stand. What zones of a kind can never have is not
//! compiled for them ([`ZoneLookup::MAY_BE_SIGNED`](crate::zone::ZoneLookup::MAY_BE_SIGNED)).
//!
//! What does not fit goes by whole RRsets. If it belongs to the answer, the denial or the referral, TC is
//! set; what is added as a courtesy is left out without a word.

mod about_zone;
mod additional;
mod chaos;
mod denial;
mod query;
mod reply;
mod search;

pub use query::{Request, Verdict};

use crate::code_points::DEFAULT_UDP_SIZE;
use crate::dnssec::Sha1;
use crate::zone::ZoneSet;

/// The most links of CNAME and DNAME that are followed; what comes behind is for the client to ask.
pub const MAX_LINKS: usize = 16;

/// How a query came, and the response goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// UDP: short, and the sender may be forged.
    Udp,
    /// TCP, TLS or QUIC.
    Stream,
}

/// What the operator decides.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The largest response over UDP, which is also what we advertise (octets).
    pub udp_size: u16,
    /// Over UDP, answer ANY with one RRset only (RFC 8482).
    pub minimal_any: bool,
    /// What `id.server` and `hostname.bind` say, and NSID (RFC 4892, RFC 5001); at most 255 octets.
    pub identity: Option<&'a [u8]>,
    /// What `version.server` and `version.bind` say; at most 255 octets.
    pub version: Option<&'a [u8]>,
}

impl Default for Settings<'_> {
    /// 1232 octets, minimal ANY, and nothing told about ourselves.
    fn default() -> Self {
        Self {
            udp_size: DEFAULT_UDP_SIZE,
            minimal_any: true,
            identity: None,
            version: None,
        }
    }
}

/// Answers one query: writes the response to the front of `out` and says how long it is.
///
/// `None`: nothing is sent, because it was no query, was too short to be answered, or `out` has no room
/// for a header. A response is never answered, or two servers could keep each other busy for ever.
pub fn respond<S: ZoneSet>(
    zones: &S,
    settings: &Settings<'_>,
    sha1: &impl Sha1,
    query: &[u8],
    transport: Transport,
    out: &mut [u8],
) -> Option<usize> {
    Request::read(query)?.respond(zones, settings, sha1, transport, 0, out)
}
