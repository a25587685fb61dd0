//! The machine.

use super::budget::Budget;
use super::layers::{Ask, Handle, Layer, MAX_ALIASES, MAX_AUTHORITIES, Reply};
use crate::code_points::Rcode;
use crate::name::{InlineName, Name, NameBuf};
use crate::policy::conflict::{
    Claim, ConflictSettings, Contender, Fate, Rule, choose, decide, settle,
};
use crate::policy::outcome::{Found, HardFailure, Outcome, SoftFailure, SoftFailures};
use crate::policy::scope::{self, Declared, Scopes, ZoneClass};
use crate::rr_data::Type;
use crate::time::Timestamp;

/// What can be set. Times are milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResolveSettings {
    /// What it may cost.
    pub budget: Budget,
    /// How many authorities of the mesh are asked at once, at most [`MAX_AUTHORITIES`]. 3.
    pub authorities: u8,
    /// How long authorities of the mesh are waited for. 1 s.
    pub mesh_wait: u32,
    /// How long the hash table is waited for. 2 s.
    pub dht_wait: u32,
    /// How long the Internet is waited for. 3 s.
    pub internet_wait: u32,
    /// After what time stale data is served if nothing fresher has come (RFC 8767 5). 1.8 s.
    pub stale_after: u32,
    /// What can be set about conflicts.
    pub conflicts: ConflictSettings,
}

impl Default for ResolveSettings {
    fn default() -> Self {
        Self {
            budget: Budget::default(),
            authorities: 3,
            mesh_wait: 1_000,
            dht_wait: 2_000,
            internet_wait: 3_000,
            stale_after: 1_800,
            conflicts: ConflictSettings::default(),
        }
    }
}

/// Records to serve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Served {
    /// Where they are.
    pub handle: Handle,
    /// From which layer they came.
    pub layer: Layer,
}

/// What became of an authority's answer that is not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Told {
    /// The layer.
    pub layer: Layer,
    /// Which of its authorities.
    pub authority: u8,
    /// Where its records are.
    pub handle: Handle,
    /// What became of them.
    pub fate: Fate,
}

/// What came of a resolution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Resolved {
    /// What to tell the client.
    pub outcome: Outcome,
    aliases: [Option<Served>; MAX_ALIASES],
    served: [Option<Served>; MAX_AUTHORITIES],
}

impl Resolved {
    /// The aliases that were followed, in order.
    pub fn aliases(&self) -> impl Iterator<Item = Served> + '_ {
        self.aliases.iter().flatten().copied()
    }

    /// The records to serve: one RRset, that of each owner in a dispute, or the SOA of a negative answer.
    pub fn served(&self) -> impl Iterator<Item = Served> + '_ {
        self.served.iter().flatten().copied()
    }
}

/// What to do next.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a stripped question is owned, and there is no heap to put it on"
)]
pub enum Step<'a> {
    /// Ask, and tell the reply by [`Resolution::answered`].
    Ask(Ask<'a>),
    /// An authority's answer is not served: log it, and hold it against its source if it was invalid.
    Tell(Told),
    /// Wait for replies, until this time at most.
    Wait(Timestamp),
    /// It is resolved, or cannot be.
    Done(&'a Resolved),
}

/// A claim of the mesh that was told.
#[derive(Clone, Copy, Debug)]
struct Held {
    contender: Contender,
    handle: Handle,
    alias: Option<NameBuf>,
    soft: SoftFailures,
}

impl Held {
    fn is_same_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.contender, &other.contender);
        (ours.owner, ours.digest) == (theirs.owner, theirs.digest)
    }
}

/// One resolution, from question to outcome.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::policy::outcome::SoftFailures;
/// use lib_dns_core::policy::scope::{InternetAccess, Scopes};
/// use lib_dns_core::resolve::{Layer, Reply, Resolution, ResolveSettings, Step};
/// use lib_dns_core::{code_points::Rcode, rr_data::Type, time::Timestamp};
/// let (mesh, alice) = (NameBuf::from_text("sovereign.")?, NameBuf::from_text("alice.sovereign.")?);
/// let mesh_names = [mesh.as_name()];
/// let scopes = Scopes { mesh_names: &mesh_names, patterns: &[], internet: InternetAccess::NotConfigured };
/// let now = Timestamp::from_secs(100);
/// let mut resolution = Resolution::new(now, alice.as_name(), Type::A, ResolveSettings::default());
/// let Step::Ask(ask) = resolution.poll(now, 0, &scopes) else { panic!("the cache comes first") };
/// assert_eq!(ask.layer, Layer::Memory);
/// resolution.answered(Layer::Memory, 0, Reply::Data { handle: 7, soft: SoftFailures::NONE });
/// let Step::Done(resolved) = resolution.poll(now, 0, &scopes) else { panic!("it was a hit") };
/// assert_eq!(resolved.outcome.rcode, Rcode::NOERROR);
/// assert_eq!(resolved.served().next().unwrap().handle, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Resolution {
    settings: ResolveSettings,
    budget: Budget,
    name: NameBuf,
    rtype: Type,
    began: Timestamp,
    layer: Layer,
    /// When the layer was first asked.
    asked_at: Option<Timestamp>,
    /// Authorities of the layer that were asked, and those that have replied: a bit for each.
    asked: u8,
    replied: u8,
    declared: Option<(u8, ZoneClass)>,
    claims: [Option<Held>; MAX_AUTHORITIES],
    /// What the caller was not told of yet.
    untold: [Option<Told>; MAX_AUTHORITIES],
    /// What to serve if nothing better comes.
    stale: Option<(Served, SoftFailures)>,
    negative: Option<(Served, Found)>,
    hard: Option<HardFailure>,
    /// Did an authority of this name not answer?
    is_someone_unreachable: bool,
    aliases: [Option<Served>; MAX_ALIASES],
    /// What is to be said with the aliases.
    soft: SoftFailures,
    done: Option<Resolved>,
}

impl Resolution {
    /// Begins with a question.
    pub fn new(now: Timestamp, name: Name<'_>, rtype: Type, settings: ResolveSettings) -> Self {
        Self {
            settings,
            budget: settings.budget,
            // A name is never too long for a buffer of names.
            name: NameBuf::copy_of(&name).unwrap_or(InlineName::ROOT),
            rtype,
            began: now,
            layer: Layer::Memory,
            asked_at: None,
            asked: 0,
            replied: 0,
            declared: None,
            claims: [None; MAX_AUTHORITIES],
            untold: [None; MAX_AUTHORITIES],
            stale: None,
            negative: None,
            hard: None,
            is_someone_unreachable: false,
            aliases: [None; MAX_ALIASES],
            soft: SoftFailures::NONE,
            done: None,
        }
    }

    /// What is left of the budget. The caller takes verifications and octets from it, and reports what could not be taken as
    /// [`HardFailure::WorkExhausted`].
    pub fn budget_mut(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// What to do now. `unix_now` is seconds since 1970 modulo 2^32, for the timestamps of signatures.
    ///
    /// Call it again after each reply, and when the time of [`Step::Wait`] has come. Once it is done it stays so.
    pub fn poll<'a>(&'a mut self, now: Timestamp, unix_now: u32, scopes: &Scopes<'a>) -> Step<'a> {
        // Every turn ends, asks, or goes on to a layer that comes later.
        loop {
            if let Some(told) = self.untold.iter_mut().find_map(Option::take) {
                return Step::Tell(told);
            }
            if self.done.is_some() {
                break;
            }
            if self.stale.is_some() && now >= self.stale_time() {
                // What is fresh has come in time, even if not all have answered.
                if !self.settle_claims(unix_now) {
                    self.finish(self.hard);
                }
                continue;
            }
            let waited = self
                .asked_at
                .map(|asked_at| now >= asked_at.add_millis(self.wait()));
            if let Some(place) = self.next_authority().filter(|_| waited != Some(true)) {
                if !self.is_permitted(scopes) {
                    self.go_on();
                    continue;
                }
                if self.layer.is_remote() && !self.budget.take_query() {
                    self.finish(Some(HardFailure::WorkExhausted));
                    continue;
                }
                self.asked |= bit(place);
                self.asked_at.get_or_insert(now);
                return Step::Ask(self.question(place, scopes));
            }
            if self.asked != self.replied && waited != Some(true) {
                let end = self.asked_at.unwrap_or(now).add_millis(self.wait());
                let end = self.stale.map_or(end, |_| end.min(self.stale_time()));
                return Step::Wait(end);
            }
            self.is_someone_unreachable |= self.asked != self.replied;
            self.conclude(unix_now);
        }
        match &self.done {
            Some(resolved) => Step::Done(resolved),
            // The loop has just ended because there is one.
            None => Step::Wait(now),
        }
    }

    /// A reply has come. What was not asked, or comes after its time, is not taken: says if it was.
    pub fn answered(&mut self, layer: Layer, authority: u8, reply: Reply<'_>) -> bool {
        let place = bit(authority);
        let is_asked = self.asked & !self.replied & place != 0;
        if self.done.is_some() || layer != self.layer || !is_asked {
            return false;
        }
        self.replied |= place;
        let served = |handle| Served { handle, layer };
        match reply {
            Reply::Claim {
                handle,
                contender,
                alias,
                soft,
            } => {
                if let Some(slot) = self.claims.get_mut(usize::from(authority)) {
                    *slot = Some(Held {
                        contender: *contender,
                        handle,
                        // A name is never too long for a buffer of names.
                        alias: alias.and_then(|target| NameBuf::copy_of(&target).ok()),
                        soft,
                    });
                }
            }
            // One authority among several is not believed before the others are heard.
            Reply::Data { .. } | Reply::Alias { .. } if layer == Layer::Mesh => {
                self.is_someone_unreachable = true;
            }
            Reply::Data { handle, soft } => {
                let soft = self.soft.and(soft).and(of_layer(layer));
                self.serve(Found::Data, [Some(served(handle)), None, None, None], soft);
            }
            Reply::Stale { handle, soft } => {
                let soft = soft.with(SoftFailure::StaleData);
                self.stale.get_or_insert((served(handle), soft));
            }
            Reply::Alias {
                handle,
                target,
                soft,
            } => self.follow(served(handle), target, soft.and(of_layer(layer))),
            Reply::NoData { handle, is_proved } => {
                self.deny(served(handle), Found::NoData, is_proved);
            }
            Reply::NoName { handle, is_proved } => {
                self.deny(served(handle), Found::NoName, is_proved);
            }
            Reply::Miss { declared } => self.declared = declared.or(self.declared),
            Reply::Nobody => {}
            Reply::Unreachable => self.is_someone_unreachable = true,
            Reply::Refused(failure) => self.refuse(failure),
        }
        true
    }

    /// Who of the layer is still to be asked.
    fn next_authority(&self) -> Option<u8> {
        let most = match self.layer {
            Layer::Mesh => self.settings.authorities.min(MAX_AUTHORITIES as u8),
            _ => 1,
        };
        (0..most).find(|place| self.asked & bit(*place) == 0)
    }

    fn question<'a>(&'a self, authority: u8, scopes: &Scopes<'a>) -> Ask<'a> {
        Ask {
            layer: self.layer,
            authority,
            name: self.name.as_name(),
            rtype: self.rtype,
            forwarding: scope_layer(self.layer).and_then(|layer| {
                let (name, declared) = self.asked_and_declared();
                scopes.permit(name, declared, layer).ok()
            }),
        }
    }

    /// May the layer be asked at all?
    fn is_permitted(&self, scopes: &Scopes<'_>) -> bool {
        scope_layer(self.layer).is_none_or(|layer| {
            let (name, declared) = self.asked_and_declared();
            scopes.permit(name, declared, layer).is_ok()
        })
    }

    fn asked_and_declared(&self) -> (Name<'_>, Option<Declared<'_>>) {
        let name = self.name.as_name();
        let declared = self.declared.map(|(labels, class)| Declared {
            apex: name.ancestor(labels.into()),
            class,
        });
        (name, declared)
    }

    /// How long the layer is waited for.
    fn wait(&self) -> u64 {
        u64::from(match self.layer {
            // They are here: whoever drives this has their answer at once.
            Layer::Memory | Layer::Disk | Layer::LocalZones => u32::MAX,
            Layer::Mesh => self.settings.mesh_wait,
            Layer::Dht => self.settings.dht_wait,
            Layer::Internet => self.settings.internet_wait,
        })
    }

    fn stale_time(&self) -> Timestamp {
        self.began.add_millis(self.settings.stale_after.into())
    }

    /// The layer has said all that it will.
    fn conclude(&mut self, unix_now: u32) {
        if !self.settle_claims(unix_now) {
            self.go_on();
        }
    }

    /// On to the next layer, or to the end.
    fn go_on(&mut self) {
        (self.asked_at, self.asked, self.replied) = (None, 0, 0);
        match self.layer.next() {
            Some(next) => self.layer = next,
            None => self.finish(self.hard),
        }
    }

    /// Follows an alias: all layers are asked for where it leads.
    fn follow(&mut self, alias: Served, target: Name<'_>, soft: SoftFailures) {
        let free = self.aliases.iter_mut().find(|slot| slot.is_none());
        let (Some(slot), true) = (free, self.budget.take_alias()) else {
            return self.finish(Some(HardFailure::WorkExhausted));
        };
        *slot = Some(alias);
        self.soft = self.soft.and(soft);
        self.name = NameBuf::copy_of(&target).unwrap_or(InlineName::ROOT);
        (self.asked_at, self.asked, self.replied) = (None, 0, 0);
        self.layer = Layer::Memory;
        self.claims = [None; MAX_AUTHORITIES];
        (self.declared, self.stale, self.negative, self.hard) = (None, None, None, None);
        self.is_someone_unreachable = false;
    }

    /// Somebody did not find it. A proof ends the search; an opinion does not (12.1).
    fn deny(&mut self, served: Served, found: Found, is_proved: bool) {
        let held = self.negative.get_or_insert((served, found));
        // That the name is there is evidence, even if the type is not.
        if found == Found::NoData && held.1 == Found::NoName {
            *held = (served, found);
        }
        if (is_proved || !served.layer.is_remote()) && self.claims.iter().all(Option::is_none) {
            self.serve(found, [Some(served), None, None, None], self.soft);
        }
    }

    /// What may not be served is remembered: others may have better.
    fn refuse(&mut self, failure: HardFailure) {
        match failure {
            HardFailure::WorkExhausted
            | HardFailure::CachedFailure
            | HardFailure::RevokedByOperator
            | HardFailure::RevokedByGovernance => self.finish(Some(failure)),
            _ => self.hard = Some(self.hard.map_or(failure, |known| known.min(failure))),
        }
    }

    /// Settles what authorities have claimed (11.1, 11.2); says if there is anything to serve.
    fn settle_claims(&mut self, unix_now: u32) -> bool {
        let mut served = [None; MAX_AUTHORITIES];
        let mut untold = [None; MAX_AUTHORITIES];
        let mut soft = self.soft.and(of_layer(self.layer));
        let mut owners = 0u8;
        let mut alias = None;
        let slots = served.iter_mut().zip(&mut untold);
        for (place, (held, (served, untold))) in self.claims.iter().zip(slots).enumerate() {
            let Some(held) = held else {
                continue;
            };
            let (layer, handle) = (self.layer, held.handle);
            let fate = self.fate(held, unix_now);
            if fate == Fate::Invalid {
                self.hard.get_or_insert(HardFailure::OwnerSignatureInvalid);
            }
            if fate != Fate::Served {
                *untold = Some(Told {
                    layer,
                    authority: place as u8,
                    handle,
                    fate,
                });
                continue;
            }
            // What several say alike is served once.
            let earlier = self.claims.iter().take(place).flatten();
            let is_said = earlier.filter(|other| other.is_same_as(held));
            let mut is_said = is_said.filter(|other| self.fate(other, unix_now) == Fate::Served);
            if is_said.next().is_none() {
                *served = Some(Served { handle, layer });
                alias = held.alias.map(|target| (Served { handle, layer }, target));
                soft = soft.and(held.soft);
                owners = owners.saturating_add(1);
            }
        }
        self.claims = [None; MAX_AUTHORITIES];
        self.untold = untold;
        if owners == 0 {
            return false;
        }
        if owners > 1 {
            soft = soft.with(SoftFailure::Disputed);
        }
        if self.negative.is_some() {
            soft = soft.with(SoftFailure::Contested);
        }
        if self.is_someone_unreachable {
            soft = soft.with(SoftFailure::AuthorityUnreachable);
        }
        match alias.filter(|_| owners == 1) {
            Some((alias, target)) => self.follow(alias, target.as_name(), soft),
            // Of a dispute the client gets what each owner says, aliases too.
            None => self.serve(Found::Data, served, soft),
        }
        true
    }

    /// What becomes of a claim among all claims, whatever their order.
    fn fate(&self, held: &Held, unix_now: u32) -> Fate {
        let (contender, conflicts) = (&held.contender, self.settings.conflicts);
        let judged =
            |contender: &Contender| settle(contender, contender, unix_now, conflicts).first;
        let alone = judged(contender);
        if alone != Fate::Served {
            return alone;
        }
        let rivals = || {
            let all = self.claims.iter().flatten().map(|held| &held.contender);
            all.filter(|other| other.owner == contender.owner && judged(other) == Fate::Served)
        };
        // Free places hold the claim itself once more, which changes nothing.
        let mut claims: [Claim; MAX_AUTHORITIES] = [contender.claim; MAX_AUTHORITIES];
        let slots = claims.iter_mut().zip(rivals());
        slots.for_each(|(slot, rival)| *slot = rival.claim);
        let best = choose(&claims, unix_now, conflicts);
        let best = best
            .and_then(|place| claims.get(place))
            .unwrap_or(&contender.claim);
        // Of one node that says two things the lower digest.
        let best_ones =
            rivals().filter(|rival| decide(&rival.claim, best, unix_now, conflicts).is_none());
        match best_ones.map(|rival| rival.digest).min() {
            Some(digest) if digest != contender.digest => {
                let decision = decide(&contender.claim, best, unix_now, conflicts);
                Fate::Superseded(decision.map_or(Rule::Digest, |decision| decision.rule))
            }
            _ => Fate::Served,
        }
    }

    /// The end: what is left to serve, or the failure.
    fn finish(&mut self, hard: Option<HardFailure>) {
        let failure = hard.or(self
            .negative
            .is_none()
            .then_some(HardFailure::AllUnreachable));
        let error =
            failure.map(|failure| Outcome::of(Found::NoName, SoftFailures::NONE, Some(failure)));
        // Signed data that is stale is always better than SERVFAIL (11.3), and than an opinion.
        let is_overruled = error.is_none_or(|error| error.rcode == Rcode::SERVFAIL);
        match (self.stale.filter(|_| is_overruled), self.negative, error) {
            (Some((stale, soft)), denied, _) => {
                let mut soft = self.soft.and(soft);
                if denied.is_some() {
                    soft = soft.with(SoftFailure::Contested);
                }
                self.serve(Found::Data, [Some(stale), None, None, None], soft);
            }
            (None, _, Some(error)) => self.settle_as(error, [None; MAX_AUTHORITIES]),
            (None, denied, None) => {
                let mut soft = self.soft;
                if self.is_someone_unreachable {
                    soft = soft.with(SoftFailure::PartialCoverage);
                }
                let found = denied.map_or(Found::NoName, |(_, found)| found);
                let soa = denied.map(|(served, _)| served);
                self.serve(found, [soa, None, None, None], soft);
            }
        }
    }

    fn serve(
        &mut self,
        found: Found,
        served: [Option<Served>; MAX_AUTHORITIES],
        soft: SoftFailures,
    ) {
        self.settle_as(Outcome::of(found, soft, None), served);
    }

    fn settle_as(&mut self, outcome: Outcome, served: [Option<Served>; MAX_AUTHORITIES]) {
        self.done = Some(Resolved {
            outcome,
            aliases: self.aliases,
            served,
        });
    }
}

/// What is to be said because of where records come from.
fn of_layer(layer: Layer) -> SoftFailures {
    match layer {
        Layer::Dht => SoftFailures::NONE.with(SoftFailure::Synthesized),
        Layer::Internet => SoftFailures::NONE.with(SoftFailure::External),
        _ => SoftFailures::NONE,
    }
}

/// What the permission is for.
fn scope_layer(layer: Layer) -> Option<scope::Layer<'static>> {
    match layer {
        Layer::Memory | Layer::Disk | Layer::LocalZones => None,
        Layer::Mesh => Some(scope::Layer::Mesh),
        Layer::Dht => Some(scope::Layer::Dht),
        Layer::Internet => Some(scope::Layer::Internet),
    }
}

fn bit(place: u8) -> u8 {
    1u8.checked_shl(place.into()).unwrap_or(0)
}
