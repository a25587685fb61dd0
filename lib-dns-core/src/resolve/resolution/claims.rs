//! What several authorities claim, and what becomes of each claim.

use super::{Resolution, of_layer};
use crate::name::NameBuf;
use crate::policy::conflict::{Claim, Contender, Fate, Rule, choose, decide, settle};
use crate::policy::negative::{Weighing, weigh, weigh_of_another_owner};
use crate::policy::outcome::{Found, HardFailure, SoftFailure, SoftFailures};
use crate::resolve::denial::presence_of;
use crate::resolve::layers::MAX_AUTHORITIES;
use crate::resolve::resolved::{Served, Told};

/// A claim that was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) contender: Contender,
    pub(super) served: Served,
    pub(super) alias: Option<NameBuf>,
    pub(super) soft: SoftFailures,
}

impl Held {
    fn is_same_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.contender, &other.contender);
        (ours.owner, ours.digest) == (theirs.owner, theirs.digest)
    }
}

impl Resolution {
    /// Settles what authorities have claimed (11.1, 11.2); says if there is anything to serve.
    pub(super) fn settle_claims(&mut self, unix_now: u32) -> bool {
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
                *untold = Some(Told::of(held.served, fate));
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
}
