//! Clients' questions: each is a resolution of the core, driven over the mesh.

use super::node::{ZoneId, node_id};
use super::record::Answered;
use super::versions::VersionId;
use super::world::{Event, World};
use lib_dns_core::cache::{Lookup, Missing, NewDenial, NewRrset, Rank, Source};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::crypto::Verdict;
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::ResolutionFlags;
use lib_dns_core::policy::conflict::{Claim, Contender, SignatureTimes};
use lib_dns_core::policy::merge::{Content, MergeSettings, Version};
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use lib_dns_core::policy::outcome::{HardFailure, SoftFailure, SoftFailures};
use lib_dns_core::policy::scope::{InternetAccess, Scopes};
use lib_dns_core::resolve::{
    AskId, Layer, MAX_AUTHORITIES, Reply, Resolution, ResolveSettings, Step,
};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::{RrSet, Serial};

/// The number of a question.
pub(super) type ClientId = u32;

/// A client that waits for its answer.
#[derive(Debug)]
pub(super) struct Client {
    node: u32,
    zone: ZoneId,
    record: u32,
    name: NameBuf,
    began: u64,
    resolution: Resolution,
    /// What each authority has said.
    claims: [Option<(Version, Serial)>; MAX_AUTHORITIES],
}

/// What a resolution wants next.
enum Next {
    Ask(AskId),
    Wait(Timestamp),
    Done(Box<Answer>),
    Nothing,
}

/// What a client is told.
struct Answer {
    rcode: Rcode,
    flags: ResolutionFlags,
    served: [Option<(u32, Layer)>; MAX_AUTHORITIES],
    denied_by: Option<NegativeMetadata>,
}

impl World<'_> {
    /// Clients of an entry of the scenario ask, each at its own time.
    pub(super) fn ask(&mut self, place: usize) {
        let ask = &self.scenario.ask[place];
        let nodes = match ask.island {
            Some(island) if (island as usize) < self.network.island_count() => {
                self.network.island(island)
            }
            Some(_) => return,
            None => 0..self.scenario.nodes,
        };
        for node in nodes {
            // The same ones each time.
            let mut drawn =
                fastrand::Rng::with_seed(self.scenario.seed ^ u64::from(node) << 16 ^ place as u64);
            if drawn.f64() < ask.share.0 {
                let at = self.now + self.rng.u64(0..=ask.within.0 * 1000);
                self.queue.push(
                    at,
                    Event::Asked {
                        node,
                        ask: place as u16,
                    },
                );
            }
        }
    }

    pub(super) fn asked(&mut self, node: u32, ask: usize) {
        let ask = &self.scenario.ask[ask];
        for zone in self.zones_of(ask.zone.get_ref()) {
            let text = format!("r{}.{}", ask.record, self.zones[usize::from(zone)].name);
            if let Ok(name) = NameBuf::from_text(&text) {
                self.begin(node, zone, ask.record, name);
            }
        }
    }

    fn begin(&mut self, node: u32, zone: ZoneId, record: u32, name: NameBuf) {
        let resolution = Resolution::new(
            self.time(),
            name.as_name(),
            Type::A,
            ResolveSettings::default(),
        );
        let client = Client {
            node,
            zone,
            record,
            name,
            began: self.now,
            resolution,
            claims: [None; MAX_AUTHORITIES],
        };
        let id = self.next_client;
        self.next_client = id.wrapping_add(1);
        self.clients.insert(id, Box::new(client));
        self.resolve(id);
    }

    /// What was contested is asked for again.
    pub(super) fn requery(&mut self, node: u32) {
        let now = self.time();
        let mut names = Vec::new();
        if let Some(cache) = &mut self.nodes[node as usize].cache {
            while let Some(requery) = cache.poll(now) {
                names.extend(NameBuf::copy_of(&requery.name).ok());
            }
        }
        for name in names {
            let zone = self
                .zones
                .iter()
                .position(|zone| name.as_name().is_at_or_below(&zone.name.as_name()));
            let text = name.to_string();
            let record = text
                .split('.')
                .next()
                .and_then(|label| label.get(1..)?.parse().ok());
            if let (Some(zone), Some(record)) = (zone, record) {
                self.begin(node, zone as ZoneId, record, name);
            }
        }
    }

    /// Goes on with a question as far as that goes without others.
    pub(super) fn resolve(&mut self, id: ClientId) {
        let Some(mut client) = self.clients.remove(&id) else {
            return;
        };
        let now = self.time();
        let unix = self.clock_of(client.node) as u32;
        loop {
            let next = {
                let tops: Vec<_> = self.tops.iter().map(NameBuf::as_name).collect();
                let scopes = Scopes {
                    mesh_names: &tops,
                    patterns: &[],
                    federations: &[],
                    internet: InternetAccess::NotConfigured,
                };
                match client.resolution.poll(now, unix, &scopes) {
                    Step::Ask(ask) => Next::Ask(ask.id),
                    Step::Tell(_) => Next::Nothing,
                    Step::Wait(until) => Next::Wait(until),
                    Step::Done(resolved) => {
                        let mut served = [None; MAX_AUTHORITIES];
                        for (slot, from) in served.iter_mut().zip(resolved.served()) {
                            *slot = Some((from.handle, from.layer));
                        }
                        Next::Done(Box::new(Answer {
                            rcode: resolved.outcome.rcode,
                            flags: resolved.outcome.flags,
                            served,
                            denied_by: resolved.negative_metadata(node_id(client.node), None),
                        }))
                    }
                }
            };
            match next {
                Next::Ask(ask) => self.ask_layer(id, &mut client, ask),
                Next::Wait(until) => {
                    let at = (until.as_millis() * 1000).max(self.now + 1000);
                    self.queue.push(at, Event::Waited(id));
                    self.clients.insert(id, client);
                    return;
                }
                Next::Done(answer) => return self.done(&client, &answer),
                Next::Nothing => {}
            }
        }
    }

    fn ask_layer(&mut self, id: ClientId, client: &mut Client, ask: AskId) {
        let now = self.time();
        let answer = &mut |reply: Reply<'_>| client.resolution.answered(ask, reply);
        match ask.layer {
            Layer::Memory => {
                let seed = self.scenario.seed;
                let cache = self.nodes[client.node as usize].cache(seed, client.node);
                let said_by;
                let reply = match cache.lookup(now, &client.name.as_name(), Type::A) {
                    Lookup::Hit(held) => Reply::Data {
                        handle: 0,
                        soft: held.soft_failures(),
                    },
                    Lookup::Stale(held) => Reply::Stale {
                        handle: 0,
                        presence: held.first().origin(),
                        soft: held.soft_failures(),
                    },
                    // Nothing here was ever denied with a proof.
                    Lookup::Negative(denial) => {
                        said_by = denial.metadata();
                        Reply::NoName {
                            handle: 0,
                            absence: Absence::Opinion,
                            said_by: &said_by,
                        }
                    }
                    Lookup::Failed { .. } => Reply::Refused(HardFailure::CachedFailure),
                    Lookup::Miss { ended: Some(_) } => Reply::Refused(HardFailure::TooStale),
                    // Nothing is expanded without proofs, and no cache here has any.
                    Lookup::Expanded(_) | Lookup::Miss { ended: None } => {
                        Reply::Miss { declared: None }
                    }
                };
                answer(reply);
            }
            Layer::LocalZones => {
                let node = &self.nodes[client.node as usize];
                let said_by = self.says_no(client.node, client.zone);
                let reply = match node.place_of(client.zone) {
                    None => Reply::Miss { declared: None },
                    Some(place) => {
                        let content = self.versions.of(node.kept[place].version);
                        let unix = self.clock_of(client.node);
                        let record = content.record(client.record);
                        let settings = MergeSettings::default();
                        let mut soft = SoftFailures::NONE;
                        if record.is_some_and(|record| record.is_contested(unix, settings)) {
                            soft = soft.with(SoftFailure::Disputed);
                        }
                        match record.and_then(|record| record.served(unix, settings).next()) {
                            Some(_) => Reply::Data { handle: 0, soft },
                            None => Reply::NoName {
                                handle: 0,
                                absence: Absence::Opinion,
                                said_by: &said_by,
                            },
                        }
                    }
                };
                answer(reply);
            }
            Layer::Mesh => {
                let node = self.holder(client.node, client.zone);
                if node == client.node {
                    client.resolution.answered(ask, Reply::Nobody);
                } else if let Some(takes) = self.network.to(client.node, node, &mut self.rng) {
                    let event = Event::AtAuthority {
                        client: id,
                        authority: ask.authority,
                        node,
                    };
                    self.queue.push(self.now + takes, event);
                }
            }
            Layer::Disk => {
                answer(Reply::Miss { declared: None });
            }
            Layer::Dht | Layer::Federation | Layer::Internet => {
                answer(Reply::Nobody);
            }
        }
    }

    pub(super) fn at_authority(&mut self, id: ClientId, authority: u8, node: u32) {
        let Some(client) = self.clients.get(&id) else {
            return;
        };
        let (asker, there) = (client.node, &self.nodes[node as usize]);
        let Some(place) = there.place_of(client.zone) else {
            return;
        };
        let version = there.kept[place].version;
        if let Some(takes) = self.network.to(node, asker, &mut self.rng) {
            let event = Event::FromAuthority {
                client: id,
                authority,
                node,
                version,
            };
            self.queue.push(self.now + takes, event);
        }
    }

    pub(super) fn authority_answered(
        &mut self,
        id: ClientId,
        authority: u8,
        node: u32,
        version: VersionId,
    ) {
        let unix = self.unix();
        let Some(client) = self.clients.get(&id) else {
            return;
        };
        let said_by = self.says_no(node, client.zone);
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let content = self.versions.of(version);
        let record = content.record(client.record);
        let claims = record
            .into_iter()
            .flat_map(|record| record.served(unix, MergeSettings::default()));
        let claims: Vec<Version> = claims.copied().collect();
        // A reply holds one claim: of those that several owners make, each authority begins with another one, and says that
        // there are others.
        let mut soft = SoftFailures::NONE;
        if claims.len() > 1 {
            soft = soft.with(SoftFailure::Disputed);
        }
        let claim = claims.get(usize::from(authority) % claims.len().max(1));
        // Names of a mesh that is simulated are no aliases.
        let ask = AskId::of_first_name(Layer::Mesh, authority);
        let taken = match claim {
            None => {
                let reply = Reply::NoName {
                    handle: 0,
                    absence: Absence::Opinion,
                    said_by: &said_by,
                };
                client.resolution.answered(ask, reply)
            }
            Some(version) => {
                let serial = content.version.serial;
                let contender = contender(version, serial, node, (self.now - client.began) / 1000);
                let handle = u32::from(authority);
                let reply = Reply::Claim {
                    handle,
                    contender: &contender,
                    alias: None,
                    soft,
                };
                if let Some(slot) = client.claims.get_mut(usize::from(authority)) {
                    *slot = Some((*version, serial));
                }
                client.resolution.answered(ask, reply)
            }
        };
        if taken {
            self.resolve(id);
        }
    }

    /// What an authority says of itself when it does not find a name: it has asked itself, of all holders that it knows.
    fn says_no(&self, node: u32, zone: ZoneId) -> NegativeMetadata {
        let holders = self.zones[usize::from(zone)].holders.len();
        let holders = u8::try_from(holders).unwrap_or(u8::MAX).max(1);
        NegativeMetadata {
            responding_node: node_id(node),
            partition: None,
            coverage: AuthorityCoverage::new(1, holders).unwrap_or_default(),
        }
    }

    /// A client has its answer, and the node keeps what came from others.
    fn done(&mut self, client: &Client, answer: &Answer) {
        let Answer {
            rcode,
            flags,
            served,
            denied_by,
        } = answer;
        let has = |flag: ResolutionFlags| flags.0 & flag.0 != 0;
        self.record.answer(
            self.now,
            match *rcode {
                Rcode::NXDOMAIN => Answered::Absent,
                Rcode::NOERROR if has(ResolutionFlags::STALE) => Answered::Stale,
                Rcode::NOERROR if has(ResolutionFlags::CONTESTED) => Answered::Disputed,
                Rcode::NOERROR => Answered::Fresh,
                _ => Answered::Failed,
            },
        );
        let now = self.time();
        let zone = &self.zones[usize::from(client.zone)];
        let (apex, ttl) = (zone.name, zone.ttl);
        let until = |version: &Version| self.time_of(version.expires);
        let signed_at = |version: &Version| self.time_of(version.signed);
        let claims = served
            .iter()
            .flatten()
            .filter(|(_, layer)| *layer == Layer::Mesh);
        let claims =
            claims.filter_map(|(handle, _)| client.claims.get(*handle as usize).copied().flatten());
        let claims: Vec<_> = claims
            .map(|claim| (claim, until(&claim.0), signed_at(&claim.0)))
            .collect();
        let seed = self.scenario.seed;
        let cache = self.nodes[client.node as usize].cache(seed, client.node);
        let is_from_mesh = served
            .iter()
            .flatten()
            .any(|(_, layer)| *layer == Layer::Mesh);
        match *rcode {
            Rcode::NOERROR => {
                for ((version, serial), until, signed_at) in claims {
                    let Content::Present(digest) = version.content else {
                        continue;
                    };
                    let packed = [0, 4, digest[0], digest[1], digest[2], digest[3]];
                    let rrset = RrSet::new(Type::A, ttl, &packed);
                    let name = client.name.as_name();
                    let new = NewRrset {
                        signature_until: Some(until),
                        owner: Some(&version.owner.0),
                        origin: Presence {
                            version: Some(serial),
                            signed_at: Some(signed_at),
                        },
                        ..NewRrset::new(name, rrset, Rank::AuthoritativeAnswer, apex.as_name())
                    };
                    let _ = cache.insert(now, &new);
                }
            }
            Rcode::NXDOMAIN if is_from_mesh => {
                let Some(metadata) = denied_by else {
                    return;
                };
                let _ = cache.deny(
                    now,
                    &NewDenial {
                        name: client.name.as_name(),
                        class: Class::IN,
                        missing: Missing::Name,
                        zone: apex.as_name(),
                        soa_minimum: ttl,
                        soa_ttl: ttl,
                        positive_ttl: None,
                        bailiwick: apex.as_name(),
                        absence: Absence::Opinion,
                        owner: None,
                        in_class_a_zone: false,
                        metadata,
                        source: Source(0),
                    },
                );
                let receiver = &mut self.nodes[client.node as usize].receiver;
                receiver.denied(now, client.zone);
            }
            Rcode::SERVFAIL => {
                cache.fail(now, &client.name.as_name(), Class::IN, Type::A, Source(0));
            }
            _ => {}
        }
        self.drive(client.node);
    }
}

fn contender(version: &Version, serial: Serial, node: u32, latency: u64) -> Contender {
    Contender {
        claim: Claim {
            serial,
            signature: Some(SignatureTimes {
                signed: version.signed as u32,
                expires: version.expires as u32,
            }),
            latency: latency as u32,
            reputation: 0,
            node: node_id(node),
        },
        owner: version.owner,
        verdict: Verdict::Valid,
        digest: match version.content {
            Content::Present(digest) => digest,
            Content::Deleted => [0; 32],
        },
    }
}
