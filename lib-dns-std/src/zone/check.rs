//! What a loaded zone may still have wrong with it: things that stop no server, but make its answers
//! useless.

use super::finding::{Findings, Problem};
use super::memory::Zone;
use super::page::Node;
use lib_dns_core::dnssec::DsDigest;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{Ds, RecordType, Type};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{Found, ZoneLookup, ZoneNode};
use std::path::Path;

/// Findings kept.
const LIMIT: usize = 1000;

impl Zone {
    /// Looks for records that lead nowhere (name servers without an address, missing glue, targets that
    /// are aliases), for digests that match no key, and for signatures that are not valid at `now`, in seconds since 1970, modulo 2^32
    /// as signatures have it (RFC 4034 3.1.5). Findings name `file`, and no line.
    ///
    /// It asks nobody: names outside the zone are taken to be right.
    pub fn check(&self, file: &Path, now: u32) -> Findings {
        let mut check = Check {
            zone: self,
            file,
            now,
            findings: Findings::up_to(LIMIT),
        };
        for node in self.nodes() {
            check.targets(node);
            check.digests(node);
            check.signatures(node);
        }
        for node in self.hashed_nodes() {
            check.signatures(node);
        }
        check.findings
    }
}

struct Check<'z> {
    zone: &'z Zone,
    file: &'z Path,
    now: u32,
    findings: Findings,
}

impl Check<'_> {
    fn targets(&mut self, node: Node<'_>) {
        let owner = node.owner();
        let at_cut = match self.zone.find(&owner) {
            Some(Found::Node(_)) => false,
            Some(Found::Delegation { node }) if node.owner() == owner => true,
            // Below a cut or a DNAME: never answered with.
            _ => return,
        };
        for (rtype, octets_before) in [(Type::NS, 0), (Type::MX, 2), (Type::SRV, 6)] {
            if at_cut && rtype != Type::NS {
                continue;
            }
            for data in node.rrset(rtype).iter().flat_map(|set| set.records()) {
                let name = data.get(octets_before..).unwrap_or_default();
                if let Ok(target) = Name::from_wire(name) {
                    self.target(&owner, rtype, &target, at_cut);
                }
            }
        }
    }

    fn target(&mut self, owner: &Name<'_>, rtype: Type, target: &Name<'_>, at_cut: bool) {
        if target.is_root() {
            return;
        }
        let (owner_buf, target_buf) = (boxed(owner), boxed(target));
        let no_address = Problem::NoAddress {
            owner: owner_buf.clone(),
            rtype,
            target: target_buf.clone(),
        };
        let problem = match self.zone.find(target) {
            Some(Found::Node(node)) => match what_answers(node) {
                Answering::Address => return,
                Answering::Alias => Problem::TargetIsAlias {
                    owner: owner_buf,
                    rtype,
                    target: target_buf,
                },
                Answering::Nothing => no_address,
            },
            // Only who delegates can tell where servers below the cut are.
            Some(Found::Delegation { .. }) if at_cut && target.is_at_or_below(owner) => {
                let glue = self.zone.get(target);
                if glue.is_some_and(|node| what_answers(node) == Answering::Address) {
                    return;
                }
                Problem::MissingGlue(owner_buf, target_buf)
            }
            Some(Found::Missing { wildcard, .. }) => match wildcard.map(what_answers) {
                Some(Answering::Address) => return,
                Some(Answering::Alias) => Problem::TargetIsAlias {
                    owner: owner_buf,
                    rtype,
                    target: target_buf,
                },
                _ => no_address,
            },
            _ => return,
        };
        self.findings.add_file(self.file, problem);
    }

    fn digests(&mut self, node: Node<'_>) {
        for rtype in [Type::DS, Type::CDS] {
            for data in node.rrset(rtype).iter().flat_map(|set| set.records()) {
                // CDS data reads as DS data (RFC 7344 3.1).
                let Ok(ds) = Ds::read(&mut Reader::new(data)) else {
                    continue;
                };
                let Some(digest) = DsDigest::from_number(ds.digest_type) else {
                    continue;
                };
                let (found, expected) = (ds.digest.len(), digest.algorithm().output_len());
                if found != expected {
                    let problem = Problem::DigestLength {
                        owner: boxed(&node.owner()),
                        rtype,
                        found,
                        expected,
                    };
                    self.findings.add_file(self.file, problem);
                }
            }
        }
    }

    fn signatures(&mut self, node: Node<'_>) {
        for (covered, set) in node.all_signatures() {
            for data in set.records() {
                let Some((_, [expiration, inception])) = data
                    .split_at_checked(8)
                    .and_then(|(head, rest)| Some((head, times(rest)?)))
                else {
                    continue;
                };
                let owner = || boxed(&node.owner());
                // Serial number arithmetic (RFC 1982), as RFC 4034 3.1.5 asks.
                let problem = if (expiration.wrapping_sub(self.now) as i32) < 0 {
                    Problem::SignatureExpired(owner(), covered)
                } else if (self.now.wrapping_sub(inception) as i32) < 0 {
                    Problem::SignatureNotYetValid(owner(), covered)
                } else {
                    continue;
                };
                self.findings.add_file(self.file, problem);
            }
        }
    }
}

/// Two points in time at the front of `octets`.
fn times(octets: &[u8]) -> Option<[u32; 2]> {
    let (first, rest) = octets.split_first_chunk::<4>()?;
    let (second, _) = rest.split_first_chunk::<4>()?;
    Some([u32::from_be_bytes(*first), u32::from_be_bytes(*second)])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answering {
    Address,
    Alias,
    Nothing,
}

fn what_answers(node: Node<'_>) -> Answering {
    if node.rrset(Type::CNAME).is_some() {
        Answering::Alias
    } else if node.rrset(Type::A).is_some() || node.rrset(Type::AAAA).is_some() {
        Answering::Address
    } else {
        Answering::Nothing
    }
}

fn boxed(name: &Name<'_>) -> Box<NameBuf> {
    Box::new(NameBuf::from(*name))
}
