//! What was not found, and what could not be resolved.

use super::denial::{CachedDenial, Missing, NegativeSlot, NewDenial, Source, WitnessSlot};
use super::hash::Hasher;
use super::sets::{age, outdone, set_of, tag};
use super::sought::Sought;
use crate::name::Name;
use crate::policy::negative::{
    Absence, AuthorityCoverage, FailureTtl, NEGATIVE_TTL_MAX, NegativeMetadata,
};
use crate::rr_data::Type;
use crate::time::Timestamp;
use crate::zone::Serial;

/// Milliseconds that an entry's end counts by, as a power of two: 64. What is less is cut off its life.
pub(super) const UNIT: u32 = 6;
/// The longest life in such units.
const LONGEST: u32 = (NEGATIVE_TTL_MAX * 1000) >> UNIT;
/// Ancestors that are searched for a cut, at most.
const MAX_CUT_STEPS: usize = 8;

/// The negative cache.
#[derive(Clone, Debug)]
pub(super) struct Negative<S, W, const N: usize> {
    slots: S,
    witnesses: W,
    tick: u32,
    /// Slots with cuts, dead or alive.
    cuts: u32,
}

/// Who said it: the place, and whom it was given to; and how many of how many holders were asked.
#[derive(Clone, Copy, Debug)]
pub struct Witness {
    index: u8,
    generation: u16,
    reached: u8,
    known: u8,
}

impl Witness {
    /// Nobody: places are given to somebody from 1 on.
    pub(super) const NOBODY: Self = Self {
        index: 0,
        generation: 0,
        reached: 0,
        known: 0,
    };

    pub(super) fn coverage(&self) -> AuthorityCoverage {
        AuthorityCoverage::new(self.reached, self.known).unwrap_or_default()
    }
}

/// Where it stands what is remembered of a name and type, and whether that is of a name above.
#[derive(Clone, Copy)]
pub(super) struct Remembered {
    index: usize,
    is_cut: bool,
}

/// What is remembered of a name and type.
pub(super) enum Memory<'c> {
    Denial(CachedDenial<'c>),
    /// It could not be resolved; seconds that are left of that.
    Failure(u32),
    Nothing,
}

impl<S, W, const N: usize> Negative<S, W, N>
where
    S: AsRef<[NegativeSlot<N>]> + AsMut<[NegativeSlot<N>]>,
    W: AsRef<[WitnessSlot]> + AsMut<[WitnessSlot]>,
{
    pub(super) fn new(slots: S, witnesses: W) -> Self {
        let mut negative = Self {
            slots,
            witnesses,
            tick: 0,
            cuts: 0,
        };
        negative.witnesses.as_mut().fill(WitnessSlot::EMPTY);
        negative.clear();
        negative
    }

    pub(super) fn clear(&mut self) {
        self.slots.as_mut().fill(NegativeSlot::EMPTY);
        self.cuts = 0;
    }

    pub(super) fn len(&self, now: Timestamp) -> usize {
        let slots = self.slots.as_ref().iter();
        slots.filter(|slot| left(slot, now).is_some()).count()
    }

    /// Forgets all but what is signed to hold whatever others know (12.2, rule 3).
    pub(super) fn flush(&mut self) {
        self.forget(|slot| !slot.is(NegativeSlot::<N>::OUTLIVES_FLUSH));
    }

    /// The same for one zone.
    pub(super) fn flush_zone(&mut self, zone: &Name<'_>) {
        self.forget(|slot| slot.zone() == *zone && !slot.is(NegativeSlot::<N>::OUTLIVES_FLUSH));
    }

    /// Forgets whatever is at or below a name.
    pub(super) fn forget_tree(&mut self, name: &Name<'_>) {
        self.forget(|slot| slot.name.as_name().is_at_or_below(name));
    }

    fn forget(&mut self, is_meant: impl Fn(&NegativeSlot<N>) -> bool) {
        let mut cuts = 0u32;
        for slot in self.slots.as_mut() {
            if slot.tag != 0 && is_meant(slot) {
                *slot = NegativeSlot::EMPTY;
            }
            cuts = cuts.saturating_add(u32::from(slot.is(NegativeSlot::<N>::IS_CUT)));
        }
        self.cuts = cuts;
    }

    /// Something was found at a name, in a version of its zone: what denied it goes, and so does what denied its
    /// ancestors, and whatever cut the zone in another version.
    pub(super) fn found(&mut self, name: &Sought<'_>, rtype: Type, version: Option<Serial>) {
        let set = set_of(name, self.slots.as_ref().len());
        for slot in self.slots.as_mut().get_mut(set).unwrap_or_default() {
            let denies = slot.is(NegativeSlot::<N>::IS_NAME)
                || slot.rtype == rtype.0
                || rtype == Type::CNAME;
            if denies && is_of(slot, name) {
                *slot = NegativeSlot::EMPTY;
            }
        }
        if self.cuts == 0 {
            return;
        }
        let name = name.as_name();
        self.forget(|slot| {
            if !slot.is(NegativeSlot::<N>::IS_CUT) {
                return false;
            }
            let is_above = name.is_at_or_below(&slot.name.as_name());
            let is_other_version = slot.is(NegativeSlot::<N>::IS_VERSIONED)
                && version.is_some_and(|version| version.0 != slot.version)
                && name.is_at_or_below(&slot.zone());
            is_above || is_other_version
        });
    }

    /// Finds what denies a name or a type of it, for [`Self::memory`]; it counts as use.
    ///
    /// It is called, not copied into a lookup, so that a positive hit does not pay for its registers.
    #[inline(never)]
    pub(super) fn find(
        &mut self,
        now: Timestamp,
        hasher: &Hasher,
        name: Sought<'_>,
        rtype: Type,
    ) -> Option<Remembered> {
        self.tick = self.tick.wrapping_add(1);
        let (mut best, mut is_cut) = (self.at(now, &name, Some(rtype)), false);
        if best.is_none() && self.cuts > 0 {
            let mut ancestor = name.parent(hasher);
            for _ in 0..MAX_CUT_STEPS {
                let Some(above) = ancestor else { break };
                best = self.at(now, &above, None);
                if best.is_some() {
                    is_cut = true;
                    break;
                }
                ancestor = above.parent(hasher);
            }
        }
        let index = best?;
        let tick = self.tick;
        if let Some(slot) = self.slots.as_mut().get_mut(index) {
            slot.used = tick;
            let witness = self.witnesses.as_mut().get_mut(usize::from(slot.witness));
            if let Some(witness) = witness
                && !slot.is(NegativeSlot::<N>::IS_FAILURE)
            {
                witness.used = tick;
            }
        }
        Some(Remembered { index, is_cut })
    }

    /// The slot that denies a name, or the given type of it; without a type, the slot that cuts it off with all below.
    fn at(&self, now: Timestamp, name: &Sought<'_>, rtype: Option<Type>) -> Option<usize> {
        let slots = self.slots.as_ref();
        let set = set_of(name, slots.len());
        let start = set.start;
        let tag = tag(name);
        let mut best = None;
        for (way, slot) in slots.get(set)?.iter().enumerate() {
            if slot.tag != tag || left(slot, now).is_none() || !is_of(slot, name) {
                continue;
            }
            let is_name = slot.is(NegativeSlot::<N>::IS_NAME);
            let fits = match rtype {
                Some(rtype) => is_name || slot.rtype == rtype.0,
                None => slot.is(NegativeSlot::<N>::IS_CUT),
            };
            if !fits || (!slot.is(NegativeSlot::<N>::IS_FAILURE) && self.witness_of(slot).is_none())
            {
                continue;
            }
            // The name says more than the type, and both more than a failure.
            let worth = 2_u8
                .saturating_mul(u8::from(is_name))
                .saturating_add(u8::from(!slot.is(NegativeSlot::<N>::IS_FAILURE)));
            if best.is_none_or(|(held, _)| worth > held) {
                best = Some((worth, way));
            }
        }
        best.map(|(_, way)| start.wrapping_add(way))
    }

    /// What was found.
    pub(super) fn memory(&self, now: Timestamp, found: Remembered) -> Memory<'_> {
        let slot = self.slots.as_ref().get(found.index);
        let Some((slot, ttl)) = slot.and_then(|slot| Some((slot, left(slot, now)?))) else {
            return Memory::Nothing;
        };
        if slot.is(NegativeSlot::<N>::IS_FAILURE) {
            return Memory::Failure(ttl);
        }
        let Some(witness) = self.witness_of(slot) else {
            return Memory::Nothing;
        };
        Memory::Denial(CachedDenial {
            missing: if slot.is(NegativeSlot::<N>::IS_NAME) {
                Missing::Name
            } else {
                Missing::Type(Type(slot.rtype))
            },
            ttl,
            zone: slot.zone(),
            witness,
            coverage: AuthorityCoverage::new(slot.reached, slot.known).unwrap_or_default(),
            is_signed: slot.is(NegativeSlot::<N>::IS_SIGNED),
            is_synthesized: found.is_cut,
        })
    }

    /// Who said it, unless its place was given to another since.
    fn witness_of(&self, slot: &NegativeSlot<N>) -> Option<&WitnessSlot> {
        self.witness_at(slot.witness, slot.witness_generation)
    }

    fn witness_at(&self, index: u8, generation: u16) -> Option<&WitnessSlot> {
        let witness = self.witnesses.as_ref().get(usize::from(index))?;
        (witness.generation == generation).then_some(witness)
    }

    /// What was proved, as whoever gave the proof said it; it counts as use. `None` if it is not known any more who that was.
    #[cold]
    pub(super) fn proved<'c>(
        &'c mut self,
        missing: Missing,
        ttl: u32,
        zone: Name<'c>,
        by: Witness,
    ) -> Option<CachedDenial<'c>> {
        self.witness_at(by.index, by.generation)?;
        let tick = self.tick;
        let witness = self.witnesses.as_mut().get_mut(usize::from(by.index))?;
        witness.used = tick;
        Some(CachedDenial {
            missing,
            ttl,
            zone,
            witness,
            coverage: by.coverage(),
            is_signed: true,
            is_synthesized: true,
        })
    }

    /// Remembers who gave a proof; `None` if no places were lent.
    pub(super) fn note_witness(&mut self, metadata: &NegativeMetadata) -> Option<Witness> {
        self.tick = self.tick.wrapping_add(1);
        let (index, generation) = self.witness(metadata)?;
        Some(Witness {
            index,
            generation,
            reached: metadata.coverage.reached(),
            known: metadata.coverage.known(),
        })
    }

    /// Puts absence in, to live for `ttl` seconds; says if there is room for the name.
    pub(super) fn insert(
        &mut self,
        now: Timestamp,
        name: &Sought<'_>,
        new: &NewDenial<'_>,
        ttl: u32,
    ) -> bool {
        let Some((witness, witness_generation)) = self.witness(new.metadata) else {
            return false;
        };
        let mark = |is_set: bool, mark: u8| if is_set { mark } else { 0 };
        let is_name = new.missing == Missing::Name;
        let version = match new.absence {
            Absence::Denied { version } => Some(version),
            _ => None,
        };
        let slot = NegativeSlot {
            until: end(now, ttl),
            version: version.map_or(0, |version| version.0),
            rtype: match new.missing {
                Missing::Name => 0,
                Missing::Type(rtype) => rtype.0,
            },
            source: new.source.0,
            witness_generation,
            witness,
            zone_labels: new.zone.label_count() as u8,
            marks: mark(is_name, NegativeSlot::<N>::IS_NAME)
                | mark(
                    is_name && new.absence.cuts_below(new.in_class_a_zone),
                    NegativeSlot::<N>::IS_CUT,
                )
                | mark(version.is_some(), NegativeSlot::<N>::IS_VERSIONED)
                | mark(new.absence.is_signed(), NegativeSlot::<N>::IS_SIGNED)
                | mark(
                    new.absence.outlives_flush(),
                    NegativeSlot::<N>::OUTLIVES_FLUSH,
                ),
            reached: new.metadata.coverage.reached(),
            known: new.metadata.coverage.known(),
            ..NegativeSlot::EMPTY
        };
        self.put(now, name, slot)
    }

    /// Remembers that a name and type could not be resolved; says for how many seconds, or `None` if there is no room
    /// for the name.
    pub(super) fn fail(
        &mut self,
        now: Timestamp,
        name: &Sought<'_>,
        rtype: Type,
        source: Source,
    ) -> Option<u32> {
        let set = set_of(name, self.slots.as_ref().len());
        let held = self.slots.as_ref().get(set).unwrap_or_default().iter();
        // A failure that ended counts too: it is what this one follows.
        let mut before = held.filter(|slot| {
            slot.is(NegativeSlot::<N>::IS_FAILURE) && slot.rtype == rtype.0 && is_of(slot, name)
        });
        let failures = before.next().map_or(0, |slot| slot.reached);
        let ttl = FailureTtl::after(failures).seconds();
        let slot = NegativeSlot {
            until: end(now, ttl),
            rtype: rtype.0,
            source: source.0,
            zone_labels: name.labels,
            marks: NegativeSlot::<N>::IS_FAILURE,
            reached: failures.saturating_add(1),
            ..NegativeSlot::EMPTY
        };
        self.put(now, name, slot).then_some(ttl)
    }

    fn put(&mut self, now: Timestamp, name: &Sought<'_>, mut slot: NegativeSlot<N>) -> bool {
        if !slot.name.assign(&name.as_name()) {
            return false;
        }
        self.tick = self.tick.wrapping_add(1);
        slot.tag = tag(name);
        slot.class = name.class.0;
        slot.used = self.tick;
        let Some(index) = self.place(now, name, &slot) else {
            return false;
        };
        if let Some(held) = self.slots.as_mut().get_mut(index) {
            let cut = NegativeSlot::<N>::IS_CUT;
            self.cuts = self.cuts.saturating_sub(u32::from(held.is(cut)));
            self.cuts = self.cuts.saturating_add(u32::from(slot.is(cut)));
            *held = slot;
        }
        true
    }

    /// Where to put a new entry: where the same stood, else where nothing lives, else in the place of the least recently used
    /// entry of the source that holds most of the set. Between sources that hold as many, the new entry's own pays.
    ///
    /// So a source can grow only at the cost of one that holds more than it does.
    fn place(&self, now: Timestamp, name: &Sought<'_>, new: &NegativeSlot<N>) -> Option<usize> {
        let slots = self.slots.as_ref();
        let set = set_of(name, slots.len());
        let start = set.start;
        let slots = slots.get(set)?;
        let share = |source| {
            let of_source = slots.iter().filter(|slot| slot.source == source);
            of_source.count() as u8
        };
        let is_same = |slot: &NegativeSlot<N>| {
            (slot.rtype, slot.marks & NegativeSlot::<N>::IS_NAME)
                == (new.rtype, new.marks & NegativeSlot::<N>::IS_NAME)
                && is_of(slot, name)
        };
        let way = outdone(slots.iter().enumerate().map(|(way, slot)| {
            // What ended is still worth something: it tells how often a question failed before.
            let class = match slot.tag {
                _ if is_same(slot) => u8::MAX,
                0 => u8::MAX.wrapping_sub(1),
                _ if left(slot, now).is_none() => u8::MAX.wrapping_sub(2),
                _ => {
                    let is_own = slot.source == new.source;
                    share(slot.source).wrapping_mul(2) | u8::from(is_own)
                }
            };
            (way, class, age(slot.used, self.tick))
        }))?;
        Some(start.wrapping_add(way))
    }

    /// The place of who said it, and its generation. The least recently used makes room: what it said is forgotten with it.
    fn witness(&mut self, metadata: &NegativeMetadata) -> Option<(u8, u16)> {
        let tick = self.tick;
        let witnesses = self
            .witnesses
            .as_mut()
            .iter_mut()
            .take(usize::from(u8::MAX));
        let mut oldest: Option<(u32, u8, &mut WitnessSlot)> = None;
        for (index, witness) in (0u8..).zip(witnesses) {
            let is_known = witness.generation > 0
                && witness.node == metadata.responding_node
                && witness.partition == metadata.partition;
            if is_known {
                witness.used = tick;
                return Some((index, witness.generation));
            }
            let unused = if witness.generation == 0 {
                u32::MAX
            } else {
                age(witness.used, tick)
            };
            if oldest.as_ref().is_none_or(|(age, ..)| unused > *age) {
                oldest = Some((unused, index, witness));
            }
        }
        let (_, index, witness) = oldest?;
        *witness = WitnessSlot {
            node: metadata.responding_node,
            partition: metadata.partition,
            generation: witness.generation.checked_add(1).unwrap_or(1),
            used: tick,
        };
        Some((index, witness.generation))
    }
}

/// Is it an entry of a name?
fn is_of<const N: usize>(slot: &NegativeSlot<N>, name: &Sought<'_>) -> bool {
    slot.tag == tag(name) && slot.class == name.class.0 && name.is(slot.name.as_bytes())
}

/// When what lives for `ttl` seconds ends, in units modulo 2^32.
fn end(now: Timestamp, ttl: u32) -> u32 {
    (now.add_secs(ttl).as_millis() >> UNIT) as u32
}

/// Seconds that are left of an entry; `None` if it has ended. One that would live for longer than any may was made before
/// the clock was set back, and has ended too.
fn left<const N: usize>(slot: &NegativeSlot<N>, now: Timestamp) -> Option<u32> {
    let units = slot.until.wrapping_sub((now.as_millis() >> UNIT) as u32);
    let lives = slot.tag != 0 && (1..=LONGEST.saturating_add(1)).contains(&units);
    lives.then_some((units << UNIT) / 1000)
}
