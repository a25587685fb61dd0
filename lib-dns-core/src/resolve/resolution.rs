//! The machine.

mod claims;
mod ending;

use super::budget::Budget;
use super::denial::Denial;
use super::layers::{Ask, AskId, Layer, MAX_ALIASES, MAX_AUTHORITIES, MAX_FEDERATIONS, Reply};
use super::resolved::{Resolved, Served, Told};
use super::settings::ResolveSettings;
use crate::name::{InlineName, Name, NameBuf};
use crate::policy::conflict::Fate;
use crate::policy::negative::{Absence, NegativeMetadata, Presence, Weighing, weigh};
use crate::policy::outcome::{Found, HardFailure, SoftFailure, SoftFailures};
use crate::policy::scope::{self, Declared, Scopes, ZoneClass};
use crate::rr_data::Type;
use crate::time::Timestamp;
use claims::Held;

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
/// assert_eq!(ask.id.layer, Layer::Memory);
/// let id = ask.id;
/// resolution.answered(id, Reply::Data { handle: 7, soft: SoftFailures::NONE });
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

    /// A reply has come to what was [asked](Ask::id). What was not asked, or comes after its time, is not taken: says if it was.
    /// That holds for what is said of an earlier name of a chain of aliases, too, however like the question of the name is to
    /// which the chain has led.
    pub fn answered(&mut self, id: AskId, reply: Reply<'_>) -> bool {
        let AskId {
            layer,
            authority,
            aliases,
        } = id;
        let place = bit(authority);
        let is_asked = self.asked & !self.replied & place != 0;
        let is_of_name = aliases == self.followed() && layer == self.layer;
        if self.done.is_some() || !is_of_name || !is_asked {
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
            id: AskId {
                layer: self.layer,
                authority,
                aliases: self.followed(),
            },
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

    /// How many aliases were followed.
    fn followed(&self) -> u8 {
        self.aliases.iter().flatten().count() as u8
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
                *untold = held.take().map(|held| Told::of(held.served, Fate::Gone))
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
                *slot = Some(Told::of(alias, Fate::Unfollowed));
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
