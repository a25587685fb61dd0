//! Random lists of operations on a resolution, beside a log of what it was told: replies in any order, late, unasked for, of
//! meshes that may not be asked, aliases without end, and silence.

use super::operations::Octets;
use lib_dns_core::code_points::Rcode;
use lib_dns_core::crypto::Verdict;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::conflict::{Claim, Contender, Fate};
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use lib_dns_core::policy::outcome::{HardFailure, SoftFailures};
use lib_dns_core::policy::scope::{Federation, InternetAccess, ScopePattern, Scopes, ZoneClass};
use lib_dns_core::policy::{NodeId, OwnerId, ResolutionFlags};
use lib_dns_core::resolve::{
    AskId, Budget, Layer, MAX_ALIASES, MAX_AUTHORITIES, Reply, Resolution, ResolveSettings, Step,
    Told,
};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;

/// The longest list that is run.
const MAX_OPERATIONS: usize = 600;
const NAMES: [&str; 5] = [
    "alice.sovereign.",
    "bob.sovereign.",
    "door.venue.sovereign.",
    "example.com.bridge.sovereign.",
    "example.com.",
];
/// The class of each; the last is none of the mesh's.
const CLASSES: [Option<ZoneClass>; 5] = [
    Some(ZoneClass::Federated),
    Some(ZoneClass::Federated),
    Some(ZoneClass::Local),
    Some(ZoneClass::External),
    None,
];

/// A claim that was taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    handle: u32,
    layer: Layer,
    authority: u8,
    contender: Contender,
    is_alias: bool,
}

impl Taken {
    fn says_what(&self, other: &Self) -> bool {
        let (one, other) = (&self.contender, &other.contender);
        (one.owner, one.digest) == (other.owner, other.digest)
    }
}

/// What has happened.
#[derive(Default)]
struct Log {
    /// Whom it has asked and nobody has answered for.
    open: Vec<AskId>,
    /// Everybody that was asked for the present name.
    asked: Vec<(Layer, u8)>,
    queries: u32,
    aliases: usize,
    claims: Vec<Taken>,
    /// The first of those of the present name.
    first_claim: usize,
    told: Vec<Told>,
    /// Of the present name: is something held that is stale, was it denied, proved to be gone, or revoked?
    is_held: bool,
    is_denied: bool,
    is_proved: bool,
    is_revoked: bool,
    /// Authorities of the mesh that answered, and those that there are.
    reached: u8,
    holders: u8,
}

struct Run<'a> {
    machine: Resolution,
    scopes: Scopes<'a>,
    names: Vec<Name<'a>>,
    settings: ResolveSettings,
    now: u64,
    next_handle: u32,
    log: Log,
}

impl Run<'_> {
    /// Polls until it waits or is done; says if it is done.
    fn poll(&mut self) -> bool {
        // Layers, authorities and aliases are few.
        for _ in 0..1_000 {
            match self
                .machine
                .poll(Timestamp::from_millis(self.now), 0, &self.scopes)
            {
                Step::Ask(ask) => {
                    let (id, layer, authority) = (ask.id, ask.id.layer, ask.id.authority);
                    let is_next = layer == Layer::Memory && !self.log.asked.is_empty();
                    let place = self.names.iter().position(|name| *name == ask.name);
                    let class = CLASSES[place.expect("one of the names")];
                    assert_eq!(ask.forwarding.is_some(), layer.is_remote());
                    match layer {
                        Layer::Memory | Layer::Disk | Layer::LocalZones => {}
                        Layer::Mesh | Layer::Dht => assert_ne!(class, None),
                        Layer::Federation => {
                            assert_eq!(class, Some(ZoneClass::Federated));
                            let federation = &self.scopes.federations[usize::from(authority)];
                            assert!(federation.is_mutual, "16.2: no trust");
                        }
                        Layer::Internet => {
                            assert!(matches!(class, None | Some(ZoneClass::External)));
                            let question = ask.forwarding.as_ref().expect("a permission");
                            assert_eq!(question.question().to_string(), "example.com.");
                        }
                    }
                    if is_next {
                        self.follow();
                    }
                    let earlier = self.log.asked.last().map(|(layer, _)| *layer);
                    assert!(
                        earlier.is_none_or(|earlier| earlier <= layer),
                        "7.1: the order"
                    );
                    assert!(!self.log.asked.contains(&(layer, authority)), "asked twice");
                    self.log.asked.push((layer, authority));
                    let of_layer = self.log.asked.iter().filter(|(asked, _)| *asked == layer);
                    assert!(of_layer.count() <= MAX_AUTHORITIES);
                    assert_eq!(usize::from(id.aliases), self.log.aliases);
                    self.log.open.push(id);
                    self.log.queries += u32::from(layer.is_remote());
                    self.log.holders += u8::from(layer == Layer::Mesh);
                    assert!(
                        self.log.queries <= self.settings.budget.queries,
                        "the budget"
                    );
                }
                Step::Tell(told) => {
                    assert_ne!(told.fate, Fate::Served);
                    self.log.told.push(told);
                }
                Step::Wait(until) => {
                    assert!(until > Timestamp::from_millis(self.now));
                    assert!(until <= Timestamp::from_millis(self.settings.total_wait.into()));
                    return false;
                }
                Step::Done(_) => return true,
            }
        }
        panic!("there is no end of it");
    }

    fn reply(&mut self, octets: &mut Octets<'_>) {
        let to = match octets.octet() {
            // Now and then to a question that nobody has asked.
            0..16 => AskId {
                layer: octets.of_these(&[Layer::Memory, Layer::Mesh, Layer::Internet]),
                authority: octets.octet(),
                aliases: octets.octet() % 3,
            },
            _ if self.log.open.is_empty() => return,
            which => self.log.open[usize::from(which) % self.log.open.len()],
        };
        self.next_handle += 1;
        let handle = self.next_handle;
        let soft = SoftFailures::NONE;
        let version = 6 + u32::from(octets.octet() % 4);
        let owner = octets.octet() % 3;
        let contender = Contender {
            claim: Claim {
                serial: Serial(version),
                signature: None,
                latency: 0,
                reputation: 0,
                node: NodeId([octets.octet() % 4; 32]),
            },
            owner: OwnerId([owner; 32]),
            verdict: octets.of_these(&[
                Verdict::Valid,
                Verdict::Valid,
                Verdict::Invalid,
                Verdict::Unverifiable,
            ]),
            digest: [octets.octet() % 3; 32],
        };
        let target = octets.below(NAMES.len());
        let absence = octets.of_these(&[
            Absence::Opinion,
            Absence::Opinion,
            Absence::Denied {
                version: Serial(version),
            },
            Absence::Revoked,
        ]);
        let said_by = NegativeMetadata {
            responding_node: NodeId([7; 32]),
            partition: None,
            coverage: AuthorityCoverage::new(2, 2).unwrap_or_default(),
        };
        let is_alias = octets.octet() & 3 == 0;
        let target = self.names[target];
        let said = match octets.octet() % 16 {
            0 | 1 => Reply::Miss { declared: None },
            2 => Reply::Nobody,
            3 => Reply::Unreachable,
            4 => Reply::Data { handle, soft },
            5 => Reply::Alias {
                handle,
                target,
                soft,
            },
            6 => Reply::Stale {
                handle,
                presence: Presence {
                    version: Some(Serial(version)),
                    signed_at: None,
                },
                soft,
            },
            7 => Reply::NoData {
                handle,
                absence,
                said_by: &said_by,
            },
            8 | 9 => Reply::NoName {
                handle,
                absence,
                said_by: &said_by,
            },
            10 => Reply::Refused(octets.of_these(&[
                HardFailure::ChainBroken,
                HardFailure::WorkExhausted,
                HardFailure::RevokedByOperator,
            ])),
            _ => Reply::Claim {
                handle,
                contender: &contender,
                alias: is_alias.then_some(target),
                soft,
            },
        };
        let is_signed = octets.octet() & 1 == 0;
        let reply = if is_signed {
            Reply::Signed(&said)
        } else {
            said
        };
        let is_open = self.log.open.contains(&to);
        // Of the layer that is asked now, and of the name, whatever was asked of others before it.
        let last = self.log.asked.last();
        let is_present = last.is_some_and(|(layer, _)| *layer == to.layer)
            && usize::from(to.aliases) == self.log.aliases;
        let was_taken = self.machine.answered(to, reply);
        assert!(!was_taken || is_open && is_present, "{to:?} was not asked");
        self.log.open.retain(|open| *open != to);
        if was_taken {
            self.heard((to.layer, to.authority), &said, is_signed, handle);
        }
    }

    /// What was taken, and what follows from it.
    fn heard(
        &mut self,
        (layer, authority): (Layer, u8),
        said: &Reply<'_>,
        is_signed: bool,
        handle: u32,
    ) {
        let is_heard = layer != Layer::Federation || is_signed;
        if !is_heard {
            return;
        }
        if layer == Layer::Mesh {
            let answers = matches!(
                said,
                Reply::Claim { .. }
                    | Reply::NoData { .. }
                    | Reply::NoName { .. }
                    | Reply::Miss { .. }
            );
            self.log.reached += u8::from(answers);
            self.log.holders -= u8::from(matches!(said, Reply::Nobody));
        }
        match said {
            Reply::Claim {
                contender, alias, ..
            } => self.log.claims.push(Taken {
                handle,
                layer,
                authority,
                contender: **contender,
                is_alias: alias.is_some(),
            }),
            Reply::Stale { .. } if !layer.has_several() => self.log.is_held = true,
            Reply::NoData { absence, .. } | Reply::NoName { absence, .. } => {
                self.log.is_denied = true;
                self.log.is_proved |= absence.is_signed();
            }
            Reply::Refused(HardFailure::RevokedByOperator) => self.log.is_revoked = true,
            _ => {}
        }
    }

    /// An alias was followed: what was said of the old name counts no more, but what was claimed is accounted for.
    fn follow(&mut self) {
        let present = std::mem::take(&mut self.log);
        self.log = Log {
            queries: present.queries,
            aliases: present.aliases + 1,
            first_claim: present.claims.len(),
            claims: present.claims,
            told: present.told,
            ..Log::default()
        };
    }

    /// What must hold of what came of it.
    fn check(&mut self) {
        let Step::Done(resolved) = self.machine.poll(Timestamp::MAX, 0, &self.scopes) else {
            panic!("it was done");
        };
        let resolved = *resolved;
        if resolved.aliases().count() > self.log.aliases {
            // It ended before it asked anybody for where the last one leads.
            self.follow();
        }
        let log = &self.log;
        let most = (self.settings.budget.aliases as usize).min(MAX_ALIASES);
        assert_eq!(resolved.aliases().count(), log.aliases);
        assert!(log.aliases <= most);
        let outcome = resolved.outcome;
        let rcode = outcome.rcode;

        // 11.2: nothing valid is dropped without a word, and nothing else is served.
        let served: Vec<_> = resolved.served().chain(resolved.aliases()).collect();
        let is_served = |taken: &Taken| served.iter().any(|served| served.handle == taken.handle);
        for taken in &log.claims {
            let is_told = log.told.iter().any(|told| told.handle == taken.handle);
            assert!(!(is_told && is_served(taken)), "{taken:?} served and told");
            match taken.contender.verdict {
                Verdict::Valid => {
                    // Of those that say the same one is served; or it is told of as an alias that cannot be followed.
                    let is_unfollowed = |taken: &Taken| {
                        let mut told = log.told.iter();
                        told.any(|told| {
                            (told.handle, told.fate) == (taken.handle, Fate::Unfollowed)
                        })
                    };
                    let mut same = log.claims.iter().filter(|other| other.says_what(taken));
                    let is_spoken_for = same.any(|other| is_served(other) || is_unfollowed(other));
                    assert!(is_told || is_spoken_for, "{taken:?} was dropped");
                }
                _ => assert!(is_told && !is_served(taken), "{taken:?}"),
            }
        }
        for told in &log.told {
            let places = log
                .claims
                .iter()
                .filter(|taken| taken.handle == told.handle);
            for taken in places {
                assert_eq!((taken.layer, taken.authority), (told.layer, told.authority));
            }
        }

        let claims = &log.claims[log.first_claim..];
        let valid = || {
            claims
                .iter()
                .filter(|taken| taken.contender.verdict == Verdict::Valid)
        };
        let layer = resolved.served().next().map(|served| served.layer);
        if layer.is_some_and(Layer::has_several) && rcode == Rcode::NOERROR && !log.is_denied {
            // 11.1: of each owner the newest, of equals that of the lower node, of one node the lower digest.
            let of_layer: Vec<_> = valid().filter(|taken| Some(taken.layer) == layer).collect();
            for taken in &of_layer {
                let rank = |taken: &Taken| {
                    let contender = &taken.contender;
                    let claim = &contender.claim;
                    (
                        std::cmp::Reverse(claim.serial.0),
                        claim.node,
                        contender.digest,
                    )
                };
                let mut own = of_layer
                    .iter()
                    .filter(|other| other.contender.owner == taken.contender.owner);
                let is_best = own.all(|other| rank(taken) <= rank(other));
                let mut same = of_layer.iter().filter(|other| other.says_what(taken));
                assert!(
                    !is_best || same.any(|other| is_served(other)),
                    "11.1: {taken:?}"
                );
            }
            let owners: std::collections::BTreeSet<_> = of_layer
                .iter()
                .map(|taken| taken.contender.owner.0)
                .collect();
            assert_eq!(
                resolved.served().count(),
                owners.len(),
                "11.2: one of each owner"
            );
            let is_contested = outcome.flags.contains(ResolutionFlags::CONTESTED);
            // What is contested of an alias is said of what it leads to.
            let may_be_contested = owners.len() > 1 || log.aliases > 0;
            assert!(is_contested || owners.len() <= 1, "11.2: not marked");
            assert!(
                !is_contested || may_be_contested,
                "11.2: nobody contests it"
            );
        }
        // 12.2 rule 5: presence yields to proof alone.
        let is_present =
            log.is_held || valid().next().is_some() && valid().all(|taken| !taken.is_alias);
        if is_present && !log.is_proved && !log.is_revoked {
            assert_eq!(rcode, Rcode::NOERROR, "12.2 rule 5");
        }
        if rcode == Rcode::NXDOMAIN {
            assert!(log.is_denied || log.is_revoked);
            assert!(
                resolved.negative_metadata(NodeId([1; 32]), None).is_some(),
                "12.2 rule 4"
            );
        }
        if let Some(denial) = resolved
            .denial
            .filter(|denial| denial.served.layer.is_remote())
        {
            let is_negative = resolved.served().any(|served| served == denial.served);
            let coverage = AuthorityCoverage::new(log.reached, log.holders.max(2));
            assert!(
                !is_negative || Some(denial.metadata.coverage) == coverage,
                "12.2 rule 4"
            );
        }
    }
}

/// Runs the target.
pub fn run(list: &[u8]) {
    let mut octets = Octets::of(list);
    let names = NAMES.map(|name| NameBuf::from_text(name).expect("a name"));
    let suffixes = ["sovereign.", "venue.sovereign.", "bridge.sovereign."]
        .map(|name| NameBuf::from_text(name).expect("a name"));
    let classes = [ZoneClass::Federated, ZoneClass::Local, ZoneClass::External];
    let patterns: Vec<_> = suffixes
        .iter()
        .zip(classes)
        .map(|(suffix, class)| ScopePattern {
            suffix: suffix.as_name(),
            class,
        })
        .collect();
    let zones = [suffixes[0].as_name()];
    let federations: Vec<_> = [true, false, true]
        .map(|is_mutual| Federation {
            mesh: zones[0],
            is_mutual,
            zones: &zones,
        })
        .to_vec();
    let budget = Budget {
        queries: octets.of_these(&[32, 0, 1, 5]),
        aliases: octets.of_these(&[16, 0, 2, 100]),
        ..Budget::default()
    };
    let settings = ResolveSettings {
        budget,
        authorities: octets.of_these(&[3, 1, 200]),
        total_wait: octets.of_these(&[10_000, 500, 100_000]),
        ..ResolveSettings::default()
    };
    let asked = names[octets.below(NAMES.len())];
    let machine = Resolution::new(Timestamp::ZERO, asked.as_name(), Type::A, settings);
    let mut run = Run {
        machine,
        scopes: Scopes {
            mesh_names: &zones,
            patterns: &patterns,
            federations: &federations,
            internet: InternetAccess::Available,
        },
        names: names.iter().map(NameBuf::as_name).collect(),
        settings,
        now: 0,
        next_handle: 0,
        log: Log::default(),
    };
    let mut is_done = run.poll();
    for _ in 0..MAX_OPERATIONS {
        if is_done || octets.is_empty() {
            break;
        }
        match octets.octet() % 8 {
            0 => run.now += octets.of_these(&[1, 500, 1_000, 3_000]),
            _ => run.reply(&mut octets),
        }
        // Now and then several replies come before it is asked what to do.
        if octets.octet() & 3 != 0 {
            is_done = run.poll();
        }
    }
    // Silence, until the time is over.
    while !run.poll() {
        assert!(
            run.now < u64::from(run.settings.total_wait),
            "it takes too long"
        );
        run.now += 250;
    }
    run.check();
}
