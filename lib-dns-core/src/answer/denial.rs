//! Proofs that something does not exist: NSEC (RFC 4035 3.1.3) and NSEC3 (RFC 5155 7.2).

use super::reply::Reply;
use crate::dnssec::{HashLabel, Nsec3Parameters, Sha1};
use crate::messages::Section;
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::{ZoneLookup, ZoneNode};

/// The proofs that one zone can give.
pub(super) struct Denial<'p, Z, H> {
    zone: &'p Z,
    sha1: &'p H,
    /// What NSEC3 hashes with; `None` in a zone with NSEC, or without either.
    nsec3: Option<Nsec3Parameters<'p>>,
}

impl<'p, Z: ZoneLookup, H: Sha1> Denial<'p, Z, H> {
    pub(super) fn new(zone: &'p Z, sha1: &'p H) -> Self {
        let apex = zone.get(&zone.apex());
        let parameters = apex.and_then(|apex| apex.rrset(Type::NSEC3PARAM));
        let nsec3 = parameters.and_then(|set| set.records().find_map(Nsec3Parameters::from_data));
        Self { zone, sha1, nsec3 }
    }

    /// Proves that `name`, whose closest encloser is `encloser`, does not exist, and that no wildcard
    /// stands in for it (RFC 4035 3.1.3.2, RFC 5155 7.2.2).
    pub(super) fn of_name(
        &self,
        reply: &mut Reply<'_>,
        name: &Name<'_>,
        encloser: &Name<'_>,
    ) -> Result<(), WriteError> {
        if self.nsec3.is_none() {
            self.covering(reply, name)?;
            return self.of_wildcard(reply, encloser);
        }
        let proven = self.closest_encloser(reply, name, encloser)?;
        self.of_wildcard(reply, &name.ancestor(proven))
    }

    /// Proves that a type does not exist at the node of `name` (RFC 4035 3.1.3.1, RFC 5155 7.2.3,
    /// 7.2.4).
    pub(super) fn of_type(&self, reply: &mut Reply<'_>, name: &Name<'_>) -> Result<(), WriteError> {
        if self.nsec3.is_none() {
            // At an empty non-terminal it is the one before, which spans it.
            return self.covering(reply, name);
        }
        // Opt-out: neither an unsigned cut nor an empty non-terminal above such needs a hash, so it may
        // take a closest encloser proof.
        self.closest_encloser(reply, name, name).map(|_| ())
    }

    /// Proves that a wildcard below `encloser`, which stands in for `name`, lacks a type
    /// (RFC 4035 3.1.3.4, RFC 5155 7.2.5).
    pub(super) fn of_type_at_wildcard(
        &self,
        reply: &mut Reply<'_>,
        name: &Name<'_>,
        encloser: &Name<'_>,
    ) -> Result<(), WriteError> {
        if self.nsec3.is_some() {
            self.closest_encloser(reply, name, encloser)?;
        } else {
            self.covering(reply, name)?;
        }
        self.of_wildcard(reply, encloser)
    }

    /// Proves that a wildcard was right to stand in for `name`: that nothing closer exists
    /// (RFC 4035 3.1.3.3, RFC 5155 7.2.6).
    pub(super) fn of_closer(
        &self,
        reply: &mut Reply<'_>,
        name: &Name<'_>,
        encloser: &Name<'_>,
    ) -> Result<(), WriteError> {
        if self.nsec3.is_none() {
            return self.covering(reply, name);
        }
        let closer = encloser.label_count().saturating_add(1);
        self.hash_covering(reply, &name.ancestor(closer))
    }

    /// The record at the wildcard below `encloser`, or the one that spans it.
    fn of_wildcard(&self, reply: &mut Reply<'_>, encloser: &Name<'_>) -> Result<(), WriteError> {
        let Some(wildcard) = encloser.wildcard_below() else {
            // Too long for a name, so it cannot exist.
            return Ok(());
        };
        match self.nsec3 {
            Some(_) => self.hash_covering(reply, &wildcard.as_name()),
            None => self.covering(reply, &wildcard.as_name()),
        }
    }

    /// The NSEC record at `name`, or the one that spans it.
    fn covering(&self, reply: &mut Reply<'_>, name: &Name<'_>) -> Result<(), WriteError> {
        match self.zone.nsec_at_or_before(name) {
            Some(node) => self.put(reply, node, Type::NSEC),
            None => Ok(()),
        }
    }

    /// The NSEC3 record of `name`, or the one that spans its hash.
    fn hash_covering(&self, reply: &mut Reply<'_>, name: &Name<'_>) -> Result<(), WriteError> {
        match self.hashed(name) {
            Some((node, _)) => self.put(reply, node, Type::NSEC3),
            None => Ok(()),
        }
    }

    /// The closest encloser proof (RFC 5155 7.2.1): from `encloser` up, the first name with an NSEC3
    /// record, and what spans the next closer name. Says how many labels the proven encloser has.
    fn closest_encloser(
        &self,
        reply: &mut Reply<'_>,
        name: &Name<'_>,
        encloser: &Name<'_>,
    ) -> Result<usize, WriteError> {
        let apex = self.zone.apex().label_count();
        let mut labels = encloser.label_count();
        loop {
            let found = self.hashed(&name.ancestor(labels));
            if let Some((node, true)) = found {
                self.put(reply, node, Type::NSEC3)?;
                break;
            }
            if labels <= apex {
                break;
            }
            labels = labels.saturating_sub(1);
        }
        if labels < name.label_count() {
            let closer = name.ancestor(labels.saturating_add(1));
            self.hash_covering(reply, &closer)?;
        }
        Ok(labels)
    }

    /// The node whose NSEC3 record is at or before the hash of `name`; is it at the hash?
    fn hashed(&self, name: &Name<'_>) -> Option<(Z::Node<'p>, bool)> {
        let hash = self.nsec3?.hash(name, self.sha1);
        let node = self.zone.nsec3_at_or_before(&hash)?;
        let label = node.owner().first_label()?;
        Some((node, HashLabel::decode(label) == Some(hash)))
    }

    /// Writes a record of the proof, unless it is there already.
    fn put(&self, reply: &mut Reply<'_>, node: Z::Node<'p>, rtype: Type) -> Result<(), WriteError> {
        let owner = node.owner();
        match node.rrset(rtype) {
            Some(rrset) if !reply.holds(Section::Authority, &owner, rtype) => {
                let (section, class) = (Section::Authority, self.zone.class());
                reply.signed::<Z>(section, &owner, class, &node, &rrset)
            }
            _ => Ok(()),
        }
    }
}
