//! What goes into the additional section: addresses of the hosts that records lead to.

use super::reply::Reply;
use crate::code_points::Class;
use crate::messages::Section;
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::{Found, RrSet, ZoneLookup, ZoneNode, ZoneSet};

/// The name that data of a type leads to, whose addresses the client will want next; `owner`
/// where SVCB says "." (RFC 9460 2.5).
pub(super) fn target<'z>(rtype: Type, data: &'z [u8], owner: &Name<'z>) -> Option<Name<'z>> {
    let at = match rtype {
        Type::NS => 0,
        Type::MX | Type::AFSDB | Type::RT | Type::KX => 2,
        Type::SRV => 6,
        Type::SVCB | Type::HTTPS => 2,
        Type::NAPTR => after_strings(data)?,
        _ => return None,
    };
    let (name, _) = Name::split_flat(data.get(at..)?).ok()?;
    match name.is_root() {
        true if rtype == Type::SVCB || rtype == Type::HTTPS => Some(*owner),
        true => None,
        false => Some(name),
    }
}

/// Where a NAPTR's replacement stands: behind two numbers and three strings (RFC 3403 4.1).
fn after_strings(data: &[u8]) -> Option<usize> {
    let mut at = 4usize;
    for _ in 0..3 {
        let len = usize::from(*data.get(at)?);
        at = at.saturating_add(len).saturating_add(1);
    }
    Some(at)
}

/// Adds the addresses of what an RRset leads to, as far as they are in our zones and fit.
pub(super) fn addresses_of<S: ZoneSet>(
    reply: &mut Reply<'_>,
    zones: &S,
    zone: &S::Zone,
    owner: &Name<'_>,
    rrset: &RrSet<'_>,
) {
    for data in rrset.records() {
        let Some(name) = target(rrset.rtype, data, owner) else {
            continue;
        };
        // What does not fit is left out: it is a courtesy.
        let _ = addresses(reply, zones, zone, &name);
    }
}

/// Adds the addresses of one name: from the zone that is authoritative for it, else what `zone` knows,
/// be it glue.
pub(super) fn addresses<S: ZoneSet>(
    reply: &mut Reply<'_>,
    zones: &S,
    zone: &S::Zone,
    name: &Name<'_>,
) -> Result<(), WriteError> {
    let class = zone.class();
    let known = zone.get(name).filter(has_address);
    let node = known.or_else(|| {
        let zone = zones.deepest(name, class)?;
        match zone.find(name)? {
            Found::Node(node) => Some(node),
            Found::Missing { wildcard, .. } => wildcard,
            _ => None,
        }
    });
    let Some(node) = node else {
        return Ok(());
    };
    let a = address::<S::Zone>(reply, name, class, &node, Type::A);
    address::<S::Zone>(reply, name, class, &node, Type::AAAA).and(a)
}

fn has_address<'z>(node: &impl ZoneNode<'z>) -> bool {
    node.rrset(Type::A).is_some() || node.rrset(Type::AAAA).is_some()
}

fn address<'z, Z: ZoneLookup + 'z>(
    reply: &mut Reply<'_>,
    owner: &Name<'_>,
    class: Class,
    node: &Z::Node<'z>,
    rtype: Type,
) -> Result<(), WriteError> {
    let Some(rrset) = node.rrset(rtype) else {
        return Ok(());
    };
    if reply.holds(Section::Answer, owner, rtype) || reply.holds(Section::Additional, owner, rtype)
    {
        return Ok(());
    }
    // Where the signatures do not fit, they may be missing (RFC 4035 3.1.1).
    reply
        .signed::<Z>(Section::Additional, owner, class, node, &rrset)
        .or_else(|_| reply.rrset(Section::Additional, owner, class, &rrset))
}
