//! What a loaded zone may still have wrong with it: things that stop no server, but make its answers
//! useless.

use super::finding::{Finding, Findings, Problem};
use super::load::Loaded;
use super::memory::Zone;
use super::page::Node;
use super::places::{FileLine, Places};
use super::records::{Record, boxed};
use lib_dns_core::dnssec::DsDigest;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{Ds, RecordType, Type};
use lib_dns_core::text::TokenText;
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{Found, ZoneLookup, ZoneNode};
use std::path::Path;
use std::sync::Arc;

/// Findings kept.
const LIMIT: usize = 1000;

impl Zone {
    /// Looks for records that lead nowhere (name servers without an address, missing glue, targets that
    /// are aliases), for digests that match no key, and for signatures that are not valid at `now`, in seconds
    /// since 1970, modulo 2^32 as signatures have it (RFC 4034 3.1.5). Findings name `file` and no line;
    /// [`Loaded::check`] knows lines.
    ///
    /// It asks nobody: names outside the zone are taken to be right.
    pub fn check(&self, file: &Path, now: u32) -> Findings {
        Check::new(self, file, None, now).run()
    }
}

impl Loaded {
    /// The same as [`Zone::check`], and says in which file and line each finding is, if
    /// [`Loader::keep_places`](super::Loader::keep_places) was asked to keep that.
    ///
    /// ```
    /// use lib_dns_std::zone::Loader;
    /// use std::path::Path;
    /// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\n";
    /// let mut loader = Loader::new().keep_places(true);
    /// let loaded = loader.load_text(Path::new("sovereign.zone"), text.as_bytes())?;
    /// let findings = loaded.check(1_790_000_000);
    /// let told = "sovereign.zone:3: error: no address: sovereign. NS leads to ns1.sovereign.\n";
    /// assert_eq!(findings.to_string(), told);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, now: u32) -> Findings {
        let file = self.sources.first().map(|source| &*source.path);
        let file = file.unwrap_or(Path::new(""));
        Check::new(&self.zone, file, self.places.as_ref(), now).run()
    }
}

struct Check<'z> {
    zone: &'z Zone,
    /// What findings name if nobody knows better.
    file: &'z Path,
    places: Option<&'z Places>,
    /// Where the record stands that is being looked at.
    at: Option<FileLine>,
    now: u32,
    findings: Findings,
}

/// How an owner is answered for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Data,
    Cut,
    /// Below a cut or a DNAME: never answered with.
    Never,
}

impl<'z> Check<'z> {
    fn new(zone: &'z Zone, file: &'z Path, places: Option<&'z Places>, now: u32) -> Self {
        Self {
            zone,
            file,
            places,
            at: None,
            now,
            findings: Findings::up_to(LIMIT),
        }
    }

    fn run(mut self) -> Findings {
        let places = self.places.map(|places| &*places.names);
        self.nodes(self.zone.nodes(), places);
        let places = self.places.map(|places| &*places.hashes);
        self.nodes(self.zone.hashed_nodes(), places);
        self.findings
    }

    /// Looks at all records of some nodes; their places are in the same order.
    fn nodes(&mut self, nodes: impl Iterator<Item = Node<'z>>, places: Option<&[FileLine]>) {
        let mut places = places.unwrap_or_default().iter();
        for node in nodes {
            let owner = node.owner();
            let mut reach = None;
            for record in Record::of_node(node) {
                self.at = places.next().copied();
                let (rtype, data) = (record.place.rtype, record.data);
                if record.place.signature {
                    self.signature(&owner, rtype, data);
                    continue;
                }
                // Octets before the name that the record leads to.
                let before = match rtype {
                    Type::NS => 0,
                    Type::MX => 2,
                    Type::SRV => 6,
                    Type::DS | Type::CDS => {
                        self.digest(&owner, rtype, data);
                        continue;
                    }
                    _ => continue,
                };
                let reach = *reach.get_or_insert_with(|| self.reach(&owner));
                if reach == Reach::Never || reach == Reach::Cut && rtype != Type::NS {
                    continue;
                }
                let target = Name::from_wire(data.get(before..).unwrap_or_default());
                if let Ok(target) = target {
                    self.target(&owner, rtype, &target, reach == Reach::Cut);
                }
            }
        }
    }

    fn reach(&self, owner: &Name<'_>) -> Reach {
        match self.zone.find(owner) {
            Some(Found::Node(_)) => Reach::Data,
            Some(Found::Delegation { node }) if node.owner() == *owner => Reach::Cut,
            _ => Reach::Never,
        }
    }

    /// Tells what is wrong with the record that is being looked at.
    fn report(&mut self, problem: Problem) {
        let at = self.at.unwrap_or(FileLine { file: 0, line: 0 });
        let file = self.places.and_then(|places| places.file(at.file));
        self.findings.add(Finding {
            file: file.map_or_else(|| self.file.into(), Arc::clone),
            line: at.line,
            column: 0,
            token: TokenText::NONE,
            problem,
        });
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
        self.report(problem);
    }

    fn digest(&mut self, owner: &Name<'_>, rtype: Type, data: &[u8]) {
        // CDS data reads as DS data (RFC 7344 3.1).
        let Ok(ds) = Ds::read(&mut Reader::new(data)) else {
            return;
        };
        let Some(digest) = DsDigest::from_number(ds.digest_type) else {
            return;
        };
        let (found, expected) = (ds.digest.len(), digest.algorithm().output_len());
        if found != expected {
            self.report(Problem::DigestLength {
                owner: boxed(owner),
                rtype,
                found,
                expected,
            });
        }
    }

    fn signature(&mut self, owner: &Name<'_>, covered: Type, data: &[u8]) {
        let times = data.get(8..).and_then(times);
        let Some([expiration, inception]) = times else {
            return;
        };
        // Serial number arithmetic (RFC 1982), as RFC 4034 3.1.5 asks.
        if (expiration.wrapping_sub(self.now) as i32) < 0 {
            self.report(Problem::SignatureExpired(boxed(owner), covered));
        } else if (self.now.wrapping_sub(inception) as i32) < 0 {
            self.report(Problem::SignatureNotYetValid(boxed(owner), covered));
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
