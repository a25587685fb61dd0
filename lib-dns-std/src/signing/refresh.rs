//! Signatures made anew before they end, and the keys brought to what they are now.

use super::change::replace;
use super::pen::Pen;
use super::sets::MadeSet;
use super::{SignError, ZoneSigner};
use crate::zone::{Change, Node, Zone};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RecordType, Rrsig, Type};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{RrSet, Serial, ZoneNode};
use std::collections::BTreeSet;

/// What is due in a signed zone.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// What leads to the next version of the zone; `None` if nothing is due.
    pub change: Option<Change>,
    /// Was so much due that some is left? Then the next refresh should follow at once.
    pub more: bool,
    /// When the next signature is due, in seconds since 1970. A key whose time comes may be due earlier.
    pub next: u64,
}

impl ZoneSigner {
    /// What is due in a signed zone at `now`, in seconds since 1970: signatures that end within the policy's
    /// refresh time, or that are not those of the keys that sign now, at most `most` RRsets of them; and the
    /// records of the keys, if they are not what they should be.
    ///
    /// It looks at every signature, and makes those that are due.
    ///
    /// # Errors
    /// If something cannot be signed.
    pub fn refresh(&self, zone: &Zone, now: u64, most: usize) -> Result<Refresh, SignError> {
        let mut found = Due {
            signer: self,
            now: Serial(now as u32),
            latest: Serial((now as u32).wrapping_add(self.policy.refresh)),
            first: None,
            rrsets: Vec::new(),
            most,
            more: false,
        };
        for node in zone.nodes().chain(zone.hashed_nodes()) {
            let standing = node.standing();
            for set in node.data_sets().filter(|set| standing.signs(set.rtype)) {
                found.look_at(node, set);
            }
        }
        // When those are due that are signed now; and when the first of the others is.
        let soonest = self.policy.lifetime - self.policy.jitter - self.policy.refresh;
        let left = found
            .first
            .map(|first| first.0.wrapping_sub(found.latest.0));
        let is_done = found.rrsets.is_empty() && self.has_made(zone)?;
        let next = match left {
            Some(left) if is_done => left,
            left => left.unwrap_or(soonest).min(soonest),
        };
        let mut refresh = Refresh {
            change: None,
            more: found.more,
            next: now + u64::from(next),
        };
        if is_done {
            return Ok(refresh);
        }
        let mut change = Change::new();
        self.complete_with(zone, &mut change, now, |pen, change| {
            sign_anew(zone, &found.rrsets, pen, change)
        })?;
        refresh.change = Some(change);
        Ok(refresh)
    }
}

/// Signs RRsets anew, but for those that the change signs already.
fn sign_anew(
    zone: &Zone,
    rrsets: &[(Node<'_>, RrSet<'_>)],
    pen: &mut Pen<'_>,
    change: &mut Change,
) -> Result<(), SignError> {
    let touched = change.deleted().chain(change.added());
    let touched: BTreeSet<(NameBuf, Type)> = touched
        .filter_map(|record| {
            let covered = record.data.first_chunk::<2>();
            let rtype = match (record.rtype, covered) {
                (Type::RRSIG, covered) => Type(u16::from_be_bytes(*covered?)),
                (rtype, _) => rtype,
            };
            Some((record.owner.into(), rtype))
        })
        .collect();
    for (node, set) in rrsets {
        let owner = node.owner();
        if touched.contains(&(owner.into(), set.rtype)) {
            continue;
        }
        let signed = pen.sign(&owner, set)?;
        let has = node.signatures(set.rtype);
        let wanted = Some(MadeSet::view(&signed));
        replace(zone, &owner, Type::RRSIG, has, wanted, change)?;
    }
    Ok(())
}

/// RRsets whose signatures are due.
struct Due<'s, 'z> {
    signer: &'s ZoneSigner,
    now: Serial,
    /// What ends by then is due.
    latest: Serial,
    /// When the first signature ends that is not due.
    first: Option<Serial>,
    rrsets: Vec<(Node<'z>, RrSet<'z>)>,
    most: usize,
    more: bool,
}

impl<'z> Due<'_, 'z> {
    fn look_at(&mut self, node: Node<'z>, set: RrSet<'z>) {
        match self.lasts(&node, set.rtype) {
            Some(end) => {
                if self.first.is_none_or(|first| end < first) {
                    self.first = Some(end);
                }
            }
            None if self.rrsets.len() < self.most => self.rrsets.push((node, set)),
            None => self.more = true,
        }
    }

    /// When the first of the signatures ends, if they are as they should be.
    fn lasts(&self, node: &Node<'_>, rtype: Type) -> Option<Serial> {
        let signatures = node.signatures(rtype)?;
        let mut keys: BTreeSet<_> = self
            .signer
            .keys
            .signing(rtype)
            .map(|key| (key.algorithm(), key.tag()))
            .collect();
        let mut end: Option<Serial> = None;
        for data in signatures.records() {
            let rrsig = Rrsig::read(&mut Reader::new(data)).ok()?;
            let expiration = Serial(rrsig.expiration);
            let holds = Serial(rrsig.inception) <= self.now && expiration > self.latest;
            if !holds || !keys.remove(&(rrsig.algorithm, rrsig.key_tag)) {
                return None;
            }
            if end.is_none_or(|end| expiration < end) {
                end = Some(expiration);
            }
        }
        end.filter(|_| keys.is_empty())
    }
}
