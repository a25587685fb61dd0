//! The machine.

use super::budget::Budget;
use super::denial::{Denial, presence_of};
use super::layers::{Ask, Handle, Layer, MAX_ALIASES, MAX_AUTHORITIES, MAX_FEDERATIONS, Reply};
use super::settings::ResolveSettings;
use crate::code_points::Rcode;
use crate::name::{InlineName, Name, NameBuf};
use crate::policy::NodeId;
use crate::policy::conflict::{Claim, Contender, Fate, Rule, choose, decide, settle};
use crate::policy::negative::{
    Absence, AuthorityCoverage, NegativeMetadata, PartitionId, Presence, Weighing, weigh,
    weigh_of_another_owner,
};
use crate::policy::outcome::{AnswerKind, Found, HardFailure, Outcome, SoftFailure, SoftFailures};
use crate::policy::scope::{self, Declared, Scopes, ZoneClass};
use crate::rr_data::Type;
use crate::time::Timestamp;

/// Records to serve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Served {
    /// Where they are.
    pub handle: Handle,
    /// From which layer they came.
    pub layer: Layer,
    /// From which of its authorities: of a federation the place of the mesh, which a client sees as where they come from.
    pub authority: u8,
}

/// What became of an answer that is not served.
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
    /// Who did not find it: of a negative answer, and of an answer that is contested by that.
    pub denial: Option<Denial>,
    /// How many of the mesh's holders were reached, of how many.
    coverage: AuthorityCoverage,
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

    /// What the ZDNS option says of a negative answer (12.2, rule 4): there is one for every NXDOMAIN. A revoked zone was not
    /// looked for in vain: of that this node itself says so.
    pub fn negative_metadata(
        &self,
        here: NodeId,
        partition: Option<PartitionId>,
    ) -> Option<NegativeMetadata> {
        if self.outcome.kind == AnswerKind::Found(Found::Data) {
            return None;
        }
        let denied = self.denial.map(|denial| denial.metadata);
        denied.or(
            (self.outcome.rcode == Rcode::NXDOMAIN).then_some(NegativeMetadata {
                responding_node: here,
                partition,
                coverage: self.coverage,
            }),
        )
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
    /// An answer is not served: log it, and hold it against its source if it was invalid.
    Tell(Told),
    /// Wait for replies, until this time at most.
    Wait(Timestamp),
    /// It is resolved, or cannot be.
    Done(&'a Resolved),
}

/// A claim that was told.
#[derive(Clone, Copy, Debug)]
struct Held {
    contender: Contender,
    served: Served,
    alias: Option<NameBuf>,
    soft: SoftFailures,
}

impl Held {
    fn is_same_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.contender, &other.contender);
        (ours.owner, ours.digest) == (theirs.owner, theirs.digest)
    }
}

/// What to serve if nothing better comes.
#[derive(Clone, Copy, Debug)]
struct HeldStale {
    served: Served,
    presence: Presence,
    soft: SoftFailures,
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
/// let scopes = Scopes { mesh_names: &mesh_names, patterns: &[], federations: &[], internet: InternetAccess::NotConfigured };
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
    asked: u32,
    replied: u32,
    declared: Option<(u8, ZoneClass)>,
    claims: [Option<Held>; MAX_AUTHORITIES],
    /// What the caller was not told of yet.
    untold: [Option<Told>; MAX_AUTHORITIES],
    stale: Option<HeldStale>,
    negative: Option<Denial>,
    hard: Option<HardFailure>,
    /// What ends it, whatever else could be asked.
    last: Option<HardFailure>,
    /// Is there no question left to ask of others?
    is_spent: bool,
    /// Did an authority of this name not answer?
    is_someone_unreachable: bool,
    /// Authorities of the own mesh that answered, and those that there are.
    reached: u8,
    holders: u8,
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
            last: None,
            is_spent: false,
            is_someone_unreachable: false,
            reached: 0,
            holders: 0,
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
    /// Call it again after each reply, and when the time of [`Step::Wait`] has come. Once it is done it stays so. The
    /// federations of `scopes` keep their places while a resolution lasts.
    pub fn poll<'a>(&'a mut self, now: Timestamp, unix_now: u32, scopes: &Scopes<'a>) -> Step<'a> {
        // Every turn ends, asks, or goes on to a layer that comes later.
        loop {
            if let Some(told) = self.untold.iter_mut().find_map(Option::take) {
                return Step::Tell(told);
            }
            if self.done.is_some() {
                break;
            }
            if let Some(failure) = self.must_end(now) {
                self.end(failure, unix_now);
                continue;
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
            let place = self.next_authority(scopes);
            if let Some(place) = place.filter(|_| waited != Some(true)) {
                if self.layer.is_remote() && !self.budget.take_query() {
                    // Whoever was asked may still answer.
                    self.is_spent = true;
                    continue;
                }
                self.asked |= bit(place);
                self.asked_at.get_or_insert(now);
                if self.layer == Layer::Mesh {
                    self.holders = self.holders.saturating_add(1);
                }
                return Step::Ask(self.question(place, scopes));
            }
            if self.asked != self.replied && waited != Some(true) {
                let end = self.asked_at.unwrap_or(now).add_millis(self.wait());
                let end = end.min(self.end_time());
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
        let served = |handle| Served {
            handle,
            layer,
            authority,
        };
        let reply = match (reply, layer) {
            (Reply::Signed(inner), _) => *inner,
            (Reply::Nobody, _) => Reply::Nobody,
            // What another mesh did not sign was not said (16.2).
            (_, Layer::Federation) => Reply::Unreachable,
            (reply, _) => reply,
        };
        let reply = match reply {
            // One authority among several is not believed before the others are heard.
            Reply::Data { .. } | Reply::Alias { .. } | Reply::Stale { .. }
                if layer.has_several() =>
            {
                Reply::Unreachable
            }
            reply => reply,
        };
        self.count(layer, &reply);
        match reply {
            Reply::Claim {
                handle,
                contender,
                alias,
                soft,
            } => {
                // Places are asked in their order, so that this is the same whoever replies first.
                let before = self.asked & place.wrapping_sub(1);
                let slot = usize::try_from(before.count_ones()).unwrap_or(usize::MAX);
                if let Some(slot) = self.claims.get_mut(slot) {
                    *slot = Some(Held {
                        contender: *contender,
                        served: served(handle),
                        // A name is never too long for a buffer of names.
                        alias: alias.and_then(|target| NameBuf::copy_of(&target).ok()),
                        soft,
                    });
                }
            }
            Reply::Data { handle, soft } => {
                let soft = self.soft.and(soft).and(of_layer(layer));
                let records = [Some(served(handle)), None, None, None];
                self.serve(Found::Data, records, soft, None);
            }
            Reply::Stale {
                handle,
                presence,
                soft,
            } => {
                let stale = HeldStale {
                    served: served(handle),
                    presence,
                    soft: soft.with(SoftFailure::StaleData).and(of_layer(layer)),
                };
                self.stale.get_or_insert(stale);
            }
            Reply::Alias {
                handle,
                target,
                soft,
            } => self.follow(served(handle), target, soft.and(of_layer(layer))),
            Reply::NoData {
                handle,
                absence,
                said_by,
            } => self.deny(served(handle), Found::NoData, absence, said_by),
            Reply::NoName {
                handle,
                absence,
                said_by,
            } => self.deny(served(handle), Found::NoName, absence, said_by),
            Reply::Miss { declared } if layer == Layer::LocalZones => self.declared = declared,
            Reply::Miss { .. } | Reply::Nobody => {}
            // A signature in a signature is nothing that anybody sends.
            Reply::Unreachable | Reply::Signed(_) => self.is_someone_unreachable = true,
            Reply::Refused(failure) => self.refuse(failure),
        }
        true
    }

    /// Counts who was reached of the mesh's holders.
    fn count(&mut self, layer: Layer, reply: &Reply<'_>) {
        match reply {
            _ if layer != Layer::Mesh => {}
            Reply::Nobody => self.holders = self.holders.saturating_sub(1),
            Reply::Claim { .. }
            | Reply::NoData { .. }
            | Reply::NoName { .. }
            | Reply::Miss { .. } => {
                self.reached = self.reached.saturating_add(1);
            }
            _ => {}
        }
    }

    /// Who of the layer is still to be asked, if they may be (16.1) and a question is left.
    fn next_authority(&self, scopes: &Scopes<'_>) -> Option<u8> {
        if self.is_spent && self.layer.is_remote() {
            return None;
        }
        let most = u32::from(self.settings.authorities).min(MAX_AUTHORITIES as u32);
        let places = match self.layer {
            Layer::Mesh => most,
            Layer::Federation => MAX_FEDERATIONS as u32,
            _ => 1,
        };
        if self.layer.has_several() && self.asked.count_ones() >= most {
            return None;
        }
        let places = 0..u8::try_from(places).unwrap_or(u8::MAX);
        places
            .filter(|place| self.asked & bit(*place) == 0)
            .find(|place| self.is_permitted(*place, scopes))
    }

    fn question<'a>(&'a self, authority: u8, scopes: &Scopes<'a>) -> Ask<'a> {
        Ask {
            layer: self.layer,
            authority,
            name: self.name.as_name(),
            rtype: self.rtype,
            forwarding: scope_layer(self.layer, authority, scopes).and_then(|layer| {
                let (name, declared) = self.asked_and_declared();
                scopes.permit(name, declared, layer).ok()
            }),
        }
    }

    /// May it be asked at all?
    fn is_permitted(&self, authority: u8, scopes: &Scopes<'_>) -> bool {
        !self.layer.is_remote()
            || scope_layer(self.layer, authority, scopes).is_some_and(|layer| {
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
            Layer::Federation => self.settings.federation_wait,
            Layer::Internet => self.settings.internet_wait,
        })
    }

    fn stale_time(&self) -> Timestamp {
        self.began.add_millis(self.settings.stale_after.into())
    }

    fn end_time(&self) -> Timestamp {
        self.began.add_millis(self.settings.total_wait.into())
    }

    /// What ends it now, if anything does.
    fn must_end(&self, now: Timestamp) -> Option<HardFailure> {
        let is_over = now >= self.end_time();
        self.last.or(is_over.then_some(HardFailure::WorkExhausted))
    }

    /// Ends it: with what is valid so far, unless that is revoked.
    fn end(&mut self, failure: HardFailure, unix_now: u32) {
        let is_revoked = matches!(
            failure,
            HardFailure::RevokedByOperator | HardFailure::RevokedByGovernance
        );
        if is_revoked {
            // What is told goes with it, whatever it is.
            let slots = self.untold.iter_mut().zip(&mut self.claims);
            slots.for_each(|(untold, held)| {
                *untold = held.take().map(|held| told(held.served, Fate::Gone))
            });
        } else {
            self.is_someone_unreachable = true;
        }
        if is_revoked || !self.settle_claims(unix_now) {
            self.finish(Some(failure));
        }
    }

    /// The layer has said all that it will.
    fn conclude(&mut self, unix_now: u32) {
        if self.settle_claims(unix_now) {
            return;
        }
        let is_proved = self
            .negative
            .is_some_and(|denial| denial.absence.is_signed());
        if is_proved && !self.is_held_against() {
            self.finish(self.hard);
        } else if self.is_spent && self.layer.is_remote() {
            self.finish(Some(HardFailure::WorkExhausted));
        } else {
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
            if let Some(slot) = self.untold.iter_mut().find(|slot| slot.is_none()) {
                *slot = Some(told(alias, Fate::Unfollowed));
            }
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
        (self.reached, self.holders) = (0, 0);
    }

    /// Somebody did not find it. A proof ends the search; an opinion does not (12.1), unless it is our own and nothing is held
    /// against it. Of several, all are heard first.
    fn deny(&mut self, served: Served, found: Found, absence: Absence, said_by: &NegativeMetadata) {
        let denial = Denial {
            served,
            found,
            absence,
            metadata: *said_by,
        };
        if self.negative.is_none_or(|known| denial.outweighs(&known)) {
            self.negative = Some(denial);
        }
        let ends = absence.is_signed() || !served.layer.is_remote();
        if ends && !served.layer.has_several() && !self.is_held_against() {
            self.finish(None);
        }
    }

    /// Does what is held stand against the absence?
    fn is_held_against(&self) -> bool {
        match (self.stale, self.negative) {
            (Some(stale), Some(denial)) => {
                weigh(stale.presence, denial.absence) != Weighing::Removes
            }
            _ => false,
        }
    }

    /// What may not be served is remembered: others may have better.
    fn refuse(&mut self, failure: HardFailure) {
        match failure {
            HardFailure::WorkExhausted
            | HardFailure::CachedFailure
            | HardFailure::RevokedByOperator
            | HardFailure::RevokedByGovernance => {
                self.last = Some(self.last.map_or(failure, |known| known.min(failure)));
            }
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
        let mut is_contested = false;
        let slots = served.iter_mut().zip(&mut untold);
        for (place, (held, (served, untold))) in self.claims.iter().zip(slots).enumerate() {
            let Some(held) = held else {
                continue;
            };
            let fate = self.fate(held, unix_now);
            if fate == Fate::Invalid {
                self.hard.get_or_insert(HardFailure::OwnerSignatureInvalid);
            }
            if fate != Fate::Served {
                *untold = Some(told(held.served, fate));
                continue;
            }
            // What several say alike is served once.
            let earlier = self.claims.iter().take(place).flatten();
            let is_said = earlier.filter(|other| other.is_same_as(held));
            let mut is_said = is_said.filter(|other| self.fate(other, unix_now) == Fate::Served);
            if is_said.next().is_none() {
                *served = Some(held.served);
                alias = held.alias.map(|target| (held.served, target));
                soft = soft.and(held.soft);
                owners = owners.saturating_add(1);
                is_contested |= self.weighed(held, unix_now) == Some(Weighing::Contests);
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
        if is_contested {
            soft = soft.with(SoftFailure::Contested);
        }
        if self.is_someone_unreachable {
            soft = soft.with(SoftFailure::AuthorityUnreachable);
        }
        let denial = self.negative.filter(|_| is_contested);
        match alias.filter(|_| owners == 1) {
            Some((alias, target)) => self.follow(alias, target.as_name(), soft),
            // Of a dispute the client gets what each owner says, aliases too.
            None => self.serve(Found::Data, served, soft, denial),
        }
        true
    }

    /// What the absence that was told does to a claim. Whose deletion it is, is not known here: where several owners claim the
    /// name, it is one of them saying so of the others, and contests.
    fn weighed(&self, held: &Held, unix_now: u32) -> Option<Weighing> {
        let denial = self.negative?;
        let is_valid = |held: &&Held| self.judged(&held.contender, unix_now) == Fate::Served;
        let mut valid = self.claims.iter().flatten().filter(is_valid);
        let is_disputed = valid.any(|other| other.contender.owner != held.contender.owner);
        let presence = presence_of(&held.contender.claim);
        Some(match is_disputed {
            true => weigh_of_another_owner(presence, denial.absence),
            false => weigh(presence, denial.absence),
        })
    }

    /// What becomes of a claim by itself.
    fn judged(&self, contender: &Contender, unix_now: u32) -> Fate {
        settle(contender, contender, unix_now, self.settings.conflicts).first
    }

    /// What becomes of a claim among all claims, whatever their order.
    fn fate(&self, held: &Held, unix_now: u32) -> Fate {
        let (contender, conflicts) = (&held.contender, self.settings.conflicts);
        let is_gone = |held: &Held| self.weighed(held, unix_now) == Some(Weighing::Removes);
        match self.judged(contender, unix_now) {
            Fate::Served if is_gone(held) => return Fate::Gone,
            Fate::Served => {}
            fate => return fate,
        }
        let rivals = || {
            let all = self.claims.iter().flatten();
            all.filter(|other| other.contender.owner == contender.owner)
                .filter(|other| self.judged(&other.contender, unix_now) == Fate::Served)
                .filter(|other| !is_gone(other))
                .map(|other| &other.contender)
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
        let weighed = match (self.stale, self.negative) {
            (Some(stale), Some(denial)) => Some(weigh(stale.presence, denial.absence)),
            _ => None,
        };
        let stale = self.stale.filter(|_| weighed != Some(Weighing::Removes));
        let negative = self
            .negative
            .filter(|_| weighed != Some(Weighing::Outdated));
        // What is proved not to be there is not made doubtful by others that failed.
        let is_proved = negative.is_some_and(|denial| denial.absence.is_signed());
        let hard = hard.filter(|failure| {
            let outcome = Outcome::of(Found::NoName, SoftFailures::NONE, Some(*failure));
            !is_proved || outcome.rcode != Rcode::SERVFAIL
        });
        let failure = hard.or(negative.is_none().then_some(HardFailure::AllUnreachable));
        let error =
            failure.map(|failure| Outcome::of(Found::NoName, SoftFailures::NONE, Some(failure)));
        // Signed data that is stale is always better than SERVFAIL (11.3), and than an opinion.
        let is_overruled = error.is_none_or(|error| error.rcode == Rcode::SERVFAIL);
        match (stale.filter(|_| is_overruled), negative, error) {
            (Some(stale), denied, _) => {
                let mut soft = self.soft.and(stale.soft);
                if denied.is_some() {
                    soft = soft.with(SoftFailure::Contested);
                }
                let records = [Some(stale.served), None, None, None];
                self.serve(Found::Data, records, soft, denied);
            }
            (None, Some(mut denial), None) => {
                if denial.served.layer.is_remote() {
                    denial.metadata.coverage = self.coverage(denial.metadata.coverage.known());
                }
                let mut soft = self.soft.and(of_layer(denial.served.layer));
                if !denial.absence.is_signed() && denial.metadata.info_code().is_some() {
                    soft = soft.with(SoftFailure::PartialCoverage);
                }
                let records = [Some(denial.served), None, None, None];
                self.serve(denial.found, records, soft, Some(denial));
            }
            (None, _, error) => {
                let unreachable = Some(HardFailure::AllUnreachable);
                let outcome = error
                    .unwrap_or_else(|| Outcome::of(Found::NoName, SoftFailures::NONE, unreachable));
                self.settle_as(outcome, [None; MAX_AUTHORITIES], None);
            }
        }
    }

    /// How many of the own mesh's holders were reached. Others may know of more of them than were asked here; whom they have
    /// reached themselves is their word alone, and does not count.
    fn coverage(&self, known_to_others: u8) -> AuthorityCoverage {
        let known = self.holders.max(known_to_others);
        AuthorityCoverage::new(self.reached.min(known), known).unwrap_or_default()
    }

    fn serve(
        &mut self,
        found: Found,
        served: [Option<Served>; MAX_AUTHORITIES],
        soft: SoftFailures,
        denial: Option<Denial>,
    ) {
        self.settle_as(Outcome::of(found, soft, None), served, denial);
    }

    fn settle_as(
        &mut self,
        outcome: Outcome,
        served: [Option<Served>; MAX_AUTHORITIES],
        denial: Option<Denial>,
    ) {
        self.done = Some(Resolved {
            outcome,
            denial,
            coverage: self.coverage(0),
            aliases: self.aliases,
            served,
        });
    }
}

fn told(records: Served, fate: Fate) -> Told {
    let Served {
        handle,
        layer,
        authority,
    } = records;
    Told {
        layer,
        authority,
        handle,
        fate,
    }
}

/// What is to be said because of where records come from.
fn of_layer(layer: Layer) -> SoftFailures {
    match layer {
        Layer::Dht => SoftFailures::NONE.with(SoftFailure::Synthesized),
        Layer::Federation => SoftFailures::NONE.with(SoftFailure::Federated),
        Layer::Internet => SoftFailures::NONE.with(SoftFailure::External),
        _ => SoftFailures::NONE,
    }
}

/// What the permission is for; `None` if nothing is sent on, or there is no such mesh.
fn scope_layer<'a>(layer: Layer, authority: u8, scopes: &Scopes<'a>) -> Option<scope::Layer<'a>> {
    match layer {
        Layer::Memory | Layer::Disk | Layer::LocalZones => None,
        Layer::Mesh => Some(scope::Layer::Mesh),
        Layer::Dht => Some(scope::Layer::Dht),
        Layer::Federation => {
            let federation = scopes.federations.get(usize::from(authority))?;
            Some(scope::Layer::Federation(*federation))
        }
        Layer::Internet => Some(scope::Layer::Internet),
    }
}

fn bit(place: u8) -> u32 {
    1u32.checked_shl(place.into()).unwrap_or(0)
}
