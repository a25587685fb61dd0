//! The search through the zones (RFC 1034 4.3.2): from a question to the three sections.

use super::MAX_LINKS;
use super::additional::{addresses, addresses_of, target};
use super::denial::Denial;
use super::reply::{Reply, wants_proofs};
use crate::code_points::{Class, Rcode};
use crate::dnssec::Sha1;
use crate::messages::{Question, Section};
use crate::name::{Name, NameBuf};
use crate::rr_data::{Cname, Type};
use crate::wire::WriteError;
use crate::zone::{Found, RrSet, ZoneLookup, ZoneNode, ZoneSet};

/// The zones that are searched, and how.
pub(super) struct Search<'s, S, H> {
    pub(super) zones: &'s S,
    pub(super) sha1: &'s H,
    /// Is one RRset enough for ANY (RFC 8482)?
    pub(super) minimal_any: bool,
}

/// Where a link of the search ended.
enum Place<'s, Z: ZoneLookup + 's> {
    /// At a name, which a wildcard below `wildcard_of` may stand in for.
    Node {
        node: Z::Node<'s>,
        wildcard_of: Option<Z::Node<'s>>,
        says: Says<'s>,
    },
    Delegation(Z::Node<'s>),
    Dname(Z::Node<'s>),
    Missing {
        encloser: Z::Node<'s>,
    },
}

/// What a place says of a question.
enum Says<'z> {
    Data(RrSet<'z>),
    Everything,
    Signatures,
    Alias(RrSet<'z>),
    Nothing,
}

impl<'s, S: ZoneSet, H: Sha1> Search<'s, S, H> {
    /// Fills the sections. `None`: the question is about none of our zones.
    pub(super) fn answer(
        &self,
        reply: &mut Reply<'_>,
        question: &Question<'_>,
    ) -> Option<Result<(), WriteError>> {
        let zone = self.zone_of(&question.name, question.qtype, question.qclass)?;
        let flags = reply.builder.flags().with_authoritative(true);
        reply.builder.set_flags(flags);
        Some(self.follow(reply, zone, question))
    }

    /// Follows aliases, and writes what stands at their end.
    fn follow(
        &self,
        reply: &mut Reply<'_>,
        first: &'s S::Zone,
        question: &Question<'_>,
    ) -> Result<(), WriteError> {
        let Question {
            name,
            qtype,
            qclass,
        } = *question;
        // The links that came from a wildcard; their denials follow when all answers are written.
        let mut from_wildcard = 0u32;
        // What a DNAME made of a name; other aliases are read where they stand in the zone.
        let mut made;
        let mut current = name;
        for link in 0..=MAX_LINKS {
            let zone = match link {
                0 => Some(first),
                _ => self.zone_of(&current, qtype, qclass),
            };
            let found = zone.and_then(|zone| Some((zone, place_in(zone, &current, qtype)?)));
            let Some((zone, place)) = found else {
                break;
            };
            if let Place::Node {
                wildcard_of: Some(_),
                ..
            } = place
            {
                from_wildcard |= 1u32.wrapping_shl(link as u32);
            }
            let is_alias = match place {
                Place::Node { ref says, .. } => matches!(says, Says::Alias(_)),
                Place::Dname(_) => true,
                Place::Delegation(_) | Place::Missing { .. } => false,
            };
            let was_met = || link > 0 && reply.holds(Section::Answer, &current, Type::CNAME);
            if is_alias && (link >= MAX_LINKS || was_met()) {
                // Nothing more is to be said.
                break;
            }
            match place {
                Place::Node {
                    node,
                    says: Says::Alias(rrset),
                    ..
                } => {
                    let (section, class) = (Section::Answer, zone.class());
                    reply.signed::<S::Zone>(section, &current, class, &node, &rrset)?;
                    if let Some(target) = target_of(&rrset) {
                        current = target;
                        continue;
                    }
                }
                Place::Dname(node) if S::Zone::MAY_HAVE_DNAME => {
                    if let Some(name) = self.substitute(reply, zone, &node, &current, link)? {
                        if qtype == Type::CNAME {
                            // Who asks for the alias has it now.
                            break;
                        }
                        made = name;
                        current = made.as_name();
                        continue;
                    }
                }
                _ => {}
            }
            return self.end(reply, zone, &place, &current, question, from_wildcard);
        }
        self.deny_closer_names(reply, question, from_wildcard)
    }

    /// Writes a DNAME and the alias that it makes of a name into the answer, and says where that leads. `None`: to no
    /// name.
    fn substitute(
        &self,
        reply: &mut Reply<'_>,
        zone: &'s S::Zone,
        node: &<S::Zone as ZoneLookup>::Node<'s>,
        name: &Name<'_>,
        link: usize,
    ) -> Result<Option<NameBuf>, WriteError> {
        let Some(rrset) = node.rrset(Type::DNAME) else {
            return Ok(None);
        };
        let (section, class, owner) = (Section::Answer, zone.class(), node.owner());
        if link == 0 || !reply.holds(section, &owner, Type::DNAME) {
            reply.signed::<S::Zone>(section, &owner, class, node, &rrset)?;
        }
        let Some(target) = substituted(name, &owner, &rrset) else {
            return Ok(None);
        };
        let cname = Cname {
            target: target.as_name(),
        };
        let builder = &mut reply.builder;
        builder.record(section, name, class, rrset.ttl, &cname)?;
        Ok(Some(target))
    }

    /// Writes what stands where the search ends.
    fn end(
        &self,
        reply: &mut Reply<'_>,
        zone: &'s S::Zone,
        place: &Place<'s, S::Zone>,
        name: &Name<'_>,
        question: &Question<'_>,
        from_wildcard: u32,
    ) -> Result<(), WriteError> {
        let class = zone.class();
        let is_alias = reply.builder.counts() != [1, 0, 0, 0];
        match *place {
            Place::Node {
                node,
                wildcard_of,
                ref says,
            } => {
                let found = self.data(reply, class, &node, name, says)?;
                self.deny_closer_names(reply, question, from_wildcard)?;
                if found {
                    self.courtesies(reply, zone, &node, name, says);
                    return Ok(());
                }
                self.start_of_authority(reply, zone)?;
                if let Some(denial) = self.denial(reply, zone) {
                    match wildcard_of {
                        Some(encloser) => {
                            denial.of_type_at_wildcard(reply, name, &encloser.owner())?;
                        }
                        None => denial.of_type(reply, name)?,
                    }
                }
                Ok(())
            }
            Place::Delegation(node) => {
                self.deny_closer_names(reply, question, from_wildcard)?;
                self.referral(reply, zone, &node, is_alias)
            }
            Place::Dname(_) => {
                reply.rcode = Rcode::YXDOMAIN;
                self.deny_closer_names(reply, question, from_wildcard)
            }
            Place::Missing { encloser } => {
                reply.rcode = Rcode::NXDOMAIN;
                self.deny_closer_names(reply, question, from_wildcard)?;
                self.start_of_authority(reply, zone)?;
                if let Some(denial) = self.denial(reply, zone) {
                    denial.of_name(reply, name, &encloser.owner())?;
                }
                Ok(())
            }
        }
    }

    /// Writes what was asked for; was there any?
    fn data(
        &self,
        reply: &mut Reply<'_>,
        class: Class,
        node: &<S::Zone as ZoneLookup>::Node<'s>,
        name: &Name<'_>,
        says: &Says<'s>,
    ) -> Result<bool, WriteError> {
        match says {
            Says::Data(rrset) => {
                reply.signed::<S::Zone>(Section::Answer, name, class, node, rrset)?;
                Ok(true)
            }
            Says::Everything => {
                let mut any = false;
                for rrset in node.rrsets() {
                    any = true;
                    reply.signed::<S::Zone>(Section::Answer, name, class, node, &rrset)?;
                    if self.minimal_any {
                        break;
                    }
                }
                Ok(any)
            }
            Says::Signatures => {
                let mut any = false;
                for rrset in node.rrsets() {
                    if let Some(signatures) = node.signatures(rrset.rtype) {
                        any = true;
                        let signatures = RrSet::new(Type::RRSIG, rrset.ttl, signatures.packed());
                        reply.rrset(Section::Answer, name, class, &signatures)?;
                    }
                }
                Ok(any)
            }
            // An alias that leads nowhere is all there is to say.
            Says::Alias(_) => Ok(true),
            Says::Nothing => Ok(false),
        }
    }

    /// Adds what the client will ask for next.
    fn courtesies(
        &self,
        reply: &mut Reply<'_>,
        zone: &S::Zone,
        node: &<S::Zone as ZoneLookup>::Node<'s>,
        name: &Name<'_>,
        says: &Says<'s>,
    ) {
        match says {
            Says::Data(rrset) => addresses_of(reply, self.zones, zone, name, rrset),
            Says::Everything if !self.minimal_any => {
                for rrset in node.rrsets() {
                    addresses_of(reply, self.zones, zone, name, &rrset);
                }
            }
            _ => {}
        }
    }

    /// For every link that came from a wildcard, the proof that nothing closer exists.
    fn deny_closer_names(
        &self,
        reply: &mut Reply<'_>,
        question: &Question<'_>,
        from_wildcard: u32,
    ) -> Result<(), WriteError> {
        if from_wildcard == 0 || !wants_proofs::<S::Zone>(reply) {
            return Ok(());
        }
        let mut made;
        let mut name = question.name;
        let links = u32::BITS.saturating_sub(from_wildcard.leading_zeros());
        for _ in 0..links {
            let zone = self.zone_of(&name, question.qtype, question.qclass);
            let found = zone.and_then(|zone| Some((zone, place_in(zone, &name, question.qtype)?)));
            let Some((zone, place)) = found else {
                break;
            };
            let next = match place {
                Place::Node {
                    node,
                    wildcard_of,
                    says,
                } => {
                    // Without data, the denial of the type proves this too.
                    let answers = !matches!(says, Says::Nothing);
                    if let (Some(encloser), true) = (wildcard_of, answers) {
                        let denial = Denial::new(zone, self.sha1);
                        denial.of_closer(reply, &name, &encloser.owner())?;
                    }
                    node.rrset(Type::CNAME).and_then(|rrset| target_of(&rrset))
                }
                Place::Dname(node) => {
                    let rrset = node.rrset(Type::DNAME);
                    match rrset.and_then(|rrset| substituted(&name, &node.owner(), &rrset)) {
                        Some(next) => {
                            made = next;
                            Some(made.as_name())
                        }
                        None => None,
                    }
                }
                Place::Delegation(_) | Place::Missing { .. } => None,
            };
            match next {
                Some(next) => name = next,
                None => break,
            }
        }
        Ok(())
    }

    /// What proves absence in a zone, if it can be signed and the client wants that.
    fn denial<'p>(
        &'p self,
        reply: &Reply<'_>,
        zone: &'p S::Zone,
    ) -> Option<Denial<'p, S::Zone, H>> {
        wants_proofs::<S::Zone>(reply).then(|| Denial::new(zone, self.sha1))
    }

    /// The SOA record of a negative answer: its TTL is how long absence may be cached (RFC 2308 3).
    fn start_of_authority(&self, reply: &mut Reply<'_>, zone: &S::Zone) -> Result<(), WriteError> {
        let apex = zone.apex();
        let Some(node) = zone.get(&apex) else {
            return Ok(());
        };
        let Some(mut rrset) = node.rrset(Type::SOA) else {
            return Ok(());
        };
        rrset.ttl = rrset.negative_ttl();
        let (section, owner) = (Section::Authority, node.owner());
        reply.signed::<S::Zone>(section, &owner, zone.class(), &node, &rrset)
    }

    /// Points to the servers of a child zone (RFC 1034 4.3.2 3b, RFC 4035 3.1.4, RFC 9471).
    fn referral(
        &self,
        reply: &mut Reply<'_>,
        zone: &'s S::Zone,
        node: &<S::Zone as ZoneLookup>::Node<'s>,
        is_alias: bool,
    ) -> Result<(), WriteError> {
        if !is_alias {
            let flags = reply.builder.flags().with_authoritative(false);
            reply.builder.set_flags(flags);
        }
        let (owner, class) = (node.owner(), zone.class());
        let Some(servers) = node.rrset(Type::NS) else {
            return Ok(());
        };
        // The parent does not sign these (RFC 4035 2.2).
        reply.rrset(Section::Authority, &owner, class, &servers)?;
        if let Some(denial) = self.denial(reply, zone) {
            match node.rrset(Type::DS) {
                // In a zone that is not signed it proves nothing.
                Some(ds) if node.signatures(Type::DS).is_some() => {
                    reply.signed::<S::Zone>(Section::Authority, &owner, class, node, &ds)?;
                }
                Some(_) => {}
                None => denial.of_type(reply, &owner)?,
            }
        }
        let names = servers
            .records()
            .filter_map(|data| target(Type::NS, data, &owner));
        let (mut whole, is_needed) = (Ok(()), |name: &Name<'_>| name.is_at_or_below(&owner));
        for name in names.clone().filter(|name| is_needed(name)) {
            // Nobody else has these addresses, so the client must learn that some are missing.
            let fits = addresses(reply, self.zones, zone, &name);
            whole = whole.and(fits);
        }
        for name in names.filter(|name| !is_needed(name)) {
            let _ = addresses(reply, self.zones, zone, &name);
        }
        whole
    }

    /// The zone that a question is for: DS stands in the parent (RFC 4035 3.1.4.1).
    fn zone_of(&self, name: &Name<'_>, qtype: Type, class: Class) -> Option<&'s S::Zone> {
        zone_of(self.zones, name, qtype, class)
    }
}

/// The zone that a question is for. DS records stand above the cut (RFC 4035 3.1.4.1).
pub(super) fn zone_of<'s, S: ZoneSet>(
    zones: &'s S,
    name: &Name<'_>,
    qtype: Type,
    class: Class,
) -> Option<&'s S::Zone> {
    let zone = zones.deepest(name, class)?;
    if qtype == Type::DS && zone.apex() == *name {
        return zones.deepest_above(name, class).or(Some(zone));
    }
    Some(zone)
}

/// Where `name` is in the zone, and what stands there.
fn place_in<'s, Z: ZoneLookup>(zone: &'s Z, name: &Name<'_>, qtype: Type) -> Option<Place<'s, Z>> {
    let (node, wildcard_of) = match zone.find(name)? {
        Found::Node(node) => (node, None),
        Found::Delegation { node } if qtype == Type::DS && node.owner() == *name => (node, None),
        Found::Delegation { node } => return Some(Place::Delegation(node)),
        Found::Dname { node } if Z::MAY_HAVE_DNAME => return Some(Place::Dname(node)),
        Found::Dname { node: encloser } => return Some(Place::Missing { encloser }),
        Found::Missing { encloser, wildcard } => match wildcard {
            Some(node) => (node, Some(encloser)),
            None => return Some(Place::Missing { encloser }),
        },
    };
    let says = says::<Z>(&node, qtype);
    Some(Place::Node {
        node,
        wildcard_of,
        says,
    })
}

/// What a node says of a type.
fn says<'z, Z: ZoneLookup>(node: &Z::Node<'z>, qtype: Type) -> Says<'z> {
    match qtype {
        Type::ANY if node.is_empty() => return Says::Nothing,
        Type::ANY => return Says::Everything,
        Type::RRSIG if Z::MAY_BE_SIGNED => {
            let mut rrsets = node.rrsets();
            if rrsets.any(|rrset| node.signatures(rrset.rtype).is_some()) {
                return Says::Signatures;
            }
        }
        _ => {
            if let Some(rrset) = node.rrset(qtype) {
                return Says::Data(rrset);
            }
        }
    }
    match node.rrset(Type::CNAME) {
        Some(rrset) => Says::Alias(rrset),
        None => Says::Nothing,
    }
}

/// A name with the DNAME's owner at its end replaced by the target; `None` if it gets too long
/// (RFC 6672 2.2).
fn substituted(name: &Name<'_>, owner: &Name<'_>, dname: &RrSet<'_>) -> Option<NameBuf> {
    NameBuf::moved(name, owner, &target_of(dname)?)
}

/// Where an alias leads.
fn target_of<'z>(alias: &RrSet<'z>) -> Option<Name<'z>> {
    let (target, _) = Name::split_flat(alias.first()?).ok()?;
    Some(target)
}
