//! `zdns key rollover`.

use super::{Directory, now, print, security_algorithm, zone_key_as_json};
use crate::keyring::{KeyError, KeyEvent, ZoneKey, time_from_text, time_to_text};
use crate::program::tell;
use clap::{Args, ValueEnum};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::{Rollover, RolloverKind, RolloverTerms};
use lib_dns_core::name::NameBuf;
use serde_json::Value;

/// Replace keys of a zone, without a moment at which a validator finds it bogus
///
/// Makes the new keys and sets the times of old and new ones; whoever signs the zone follows these. The
/// parent takes as long as it takes: for all kinds but zsk, say with --ds-seen that it has the new DS
/// records, and the times of the end are set. Prints what will happen to which key, and when.
#[derive(Args, Debug)]
pub(super) struct RolloverArguments {
    /// The zone
    #[arg(long, value_name = "NAME")]
    zone: NameBuf,
    /// What is replaced, and how
    #[arg(long, value_name = "KIND", required_unless_present = "ds_seen")]
    kind: Option<Kind>,
    /// The algorithm of the new keys, with --kind algorithm
    #[arg(long, short, value_name = "ALGORITHM", value_parser = security_algorithm)]
    algorithm: Option<SecurityAlgorithm>,
    /// The parent has the new DS records, since this time (YYYYMMDDHHmmSS) or now
    #[arg(long, value_name = "TIME", num_args = 0..=1, conflicts_with = "kind")]
    #[arg(default_missing_value = "now", value_parser = read_seen)]
    ds_seen: Option<Seen>,
    #[command(flatten)]
    directory: Directory,
    #[command(flatten)]
    terms: Terms,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    /// The zone-signing key: published first, then signing (RFC 6781 4.1.1.1)
    Zsk,
    /// The key-signing key, beside the old one for a while (RFC 7583 3.3.1)
    Ksk,
    /// The key-signing key, its DS record first: the DNSKEY RRset stays small (RFC 7583 3.3.2)
    KskDoubleDs,
    /// A key that signs everything
    Csk,
    /// All keys, for another algorithm (RFC 6781 4.1.4)
    Algorithm,
}

impl From<Kind> for RolloverKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Zsk => Self::Zsk,
            Kind::Ksk => Self::KskDoubleSignature,
            Kind::KskDoubleDs => Self::KskDoubleDs,
            Kind::Csk => Self::Csk,
            Kind::Algorithm => Self::Algorithm,
        }
    }
}

/// Since when the parent has the records; now if no time was said.
#[derive(Clone, Copy, Debug)]
struct Seen(Option<u64>);

fn read_seen(text: &str) -> Result<Seen, String> {
    if text == "now" {
        return Ok(Seen(None));
    }
    let time = time_from_text(text).map_err(|error| error.to_string())?;
    Ok(Seen(Some(time)))
}

/// How long others remember. The defaults are those of BIND's dnssec-policy.
#[derive(Args, Debug)]
struct Terms {
    /// The TTL of the DNSKEY RRset
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    dnskey_ttl: u32,
    /// The largest TTL in the zone
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    max_zone_ttl: u32,
    /// The TTL of the parent's DS records
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    ds_ttl: u32,
    /// Until all servers of the zone have a change
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    propagation: u32,
    /// Until all servers of the parent have a change
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    parent_propagation: u32,
    /// Until the whole zone is signed with other keys
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    signing: u32,
}

impl Terms {
    fn terms(&self) -> RolloverTerms {
        RolloverTerms {
            dnskey_ttl: self.dnskey_ttl,
            max_zone_ttl: self.max_zone_ttl,
            ds_ttl: self.ds_ttl,
            propagation: self.propagation,
            parent_propagation: self.parent_propagation,
            signing: self.signing,
        }
    }
}

impl RolloverArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        let mut keyring = self.directory.open()?;
        let (now, terms) = (now(), self.terms.terms());
        let apex = self.zone.as_name();
        let keys = match (self.kind.map(RolloverKind::from), self.ds_seen) {
            (Some(kind), _) => {
                let rollover = Rollover { kind, terms };
                let keys = keyring.start_rollover(&apex, &rollover, self.algorithm, now)?;
                if kind.waits_for_parent() {
                    tell(format_args!(
                        "when the parent has the new DS records: zdns key rollover --zone {} --ds-seen",
                        self.zone
                    ));
                }
                keys
            }
            (None, Some(Seen(seen))) => {
                keyring.end_rollover(&apex, terms, seen.unwrap_or(now), now)?
            }
            // The command line has one of them.
            (None, None) => return Ok(()),
        };
        if self.json {
            let keys: Value = keys.iter().map(|key| zone_key_as_json(key, now)).collect();
            print(&format!("{keys:#}\n"));
        } else {
            print(&keys.iter().map(|key| to_come(key, now)).collect::<String>());
        }
        Ok(())
    }
}

/// What is still to happen to a key, in the order of time: a line each.
fn to_come(key: &ZoneKey, now: u64) -> String {
    let mut events: Vec<_> = KeyEvent::ALL
        .into_iter()
        .filter(|event| !matches!(event, KeyEvent::Created | KeyEvent::DsPublish))
        .filter_map(|event| Some((key.timing().get(event)?, event)))
        .filter(|(time, _)| *time >= now)
        .collect();
    events.sort();
    let stem = key.file_stem();
    let lines = events
        .iter()
        .map(|(time, event)| format!("{stem} {} {}\n", event.tag(), time_to_text(*time)));
    lines.collect()
}
