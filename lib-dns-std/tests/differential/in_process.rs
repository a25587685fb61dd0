//! Asks the authoritative algorithm itself, without program and sockets: quicker, and a debugger sees it.
//!
//! The zones are what BIND transferred, so that neither the program nor the zone files' syntax matters.

use std::fmt::Write as _;
use std::path::Path;

use lib_dns_core::answer::{self, Settings};
use lib_dns_std::hash::RustCryptoSha1;
use lib_dns_std::zone::{Loader, ZoneStore};

use crate::dns_name::DnsName;
use crate::landscape::Landscape;
use crate::questions::{Question, Transport};
use crate::response::Rr;
use crate::rtype;
use crate::world::World;

/// What `respond` says to each question, with all zones of `world`, as `exchange::ask_all` has it.
pub(crate) fn ask_all(
    world: &World,
    landscape: &Landscape,
    questions: &[Question],
) -> Vec<Option<Vec<u8>>> {
    let store = ZoneStore::new();
    for (zone, records) in world.zones.iter().zip(&landscape.records) {
        let text = generic_text(records);
        let loaded = Loader::new()
            .load_text(Path::new(&zone.origin_text), text.as_bytes())
            .unwrap_or_else(|findings| panic!("{}: {findings:?}", world.name));
        assert!(store.replace(loaded.zone).is_none(), "one zone of a name");
    }
    let zones = store.snapshot();
    let settings = Settings {
        // What the peers are told too.
        udp_size: 4096,
        ..Settings::default()
    };
    let mut out = vec![0; 65535];
    let mut ask = |question: &Question| {
        let transport = match question.transport {
            Transport::Udp => answer::Transport::Udp,
            Transport::Tcp => answer::Transport::Stream,
        };
        let query = question.to_wire(4711);
        let sha1 = RustCryptoSha1;
        let length = answer::respond(&*zones, &settings, &sha1, &query, transport, &mut out)?;
        Some(out[..length].to_vec())
    };
    questions.iter().map(&mut ask).collect()
}

/// The records as zone text in generic form (RFC 3597 5), which asks nothing of the text's reader.
fn generic_text(records: &[Rr]) -> String {
    let mut text = String::new();
    let mut has_soa = false;
    for rr in records {
        // A transfer ends as it began.
        if rr.rtype == rtype::SOA && std::mem::replace(&mut has_soa, true) {
            continue;
        }
        let owner = DnsName::from_wire(&rr.owner).expect("names of parsed records are sound");
        let (ttl, rtype, len) = (rr.ttl, rr.rtype, rr.data.len());
        let _ = write!(text, "{owner} {ttl} TYPE{rtype} \\# {len} ");
        for octet in &rr.data {
            let _ = write!(text, "{octet:02x}");
        }
        text.push('\n');
    }
    text
}
