//! What of a chain changes when some of its places do.

use std::collections::{BTreeMap, BTreeSet};

/// A chain as it is: places in order, each leading to the next and the last to the first.
pub(super) trait Chain {
    /// What places are ordered by.
    type Place: Ord + Copy;

    /// Has the chain a record at this place?
    fn has(&self, place: &Self::Place) -> bool;

    /// The last place before this one, going round; `None` if the chain is empty.
    fn before(&self, place: &Self::Place) -> Option<Self::Place>;

    /// Where the record at this place leads; `None` if there is none.
    fn next(&self, place: &Self::Place) -> Option<Self::Place>;
}

/// A chain with some places changed: each has a record then, or has none.
pub(super) struct Changed<'c, C: Chain> {
    chain: &'c C,
    places: BTreeMap<C::Place, bool>,
}

impl<'c, C: Chain> Changed<'c, C> {
    pub(super) fn new(chain: &'c C, places: BTreeMap<C::Place, bool>) -> Self {
        Self { chain, places }
    }

    /// The places that have records after the change and whose records may not stay as they are: the
    /// changed, and those that lead to where a place comes or goes. With the places that they lead to.
    pub(super) fn links(&self) -> Vec<(C::Place, C::Place)> {
        let mut dirty = BTreeSet::new();
        for (place, present) in &self.places {
            if *present {
                dirty.insert(*place);
            }
            if *present != self.chain.has(place) {
                dirty.extend(self.before(place));
            }
        }
        let link = |place| Some((place, self.next(&place)?));
        dirty.into_iter().filter_map(link).collect()
    }

    /// The last place before this one, going round.
    fn before(&self, place: &C::Place) -> Option<C::Place> {
        let kept = self.kept(*place, |at| self.chain.before(at));
        let mut nearer = self.places.range(..place).rev();
        let mut farther = self.places.range(place..).rev();
        let come = nearer.find(|(_, present)| **present);
        let come = come.or_else(|| farther.find(|(_, present)| **present));
        let come = come.map(|(at, _)| *at);
        // The nearer one: behind are those that are not less, for they go round.
        let distance = |at: &C::Place| (*at < *place, *at);
        kept.into_iter().chain(come).max_by_key(distance)
    }

    /// The first place after this one, going round.
    fn next(&self, place: &C::Place) -> Option<C::Place> {
        let kept = self.kept(*place, |at| match self.chain.next(at) {
            Some(next) => Some(next),
            None => self.chain.next(&self.chain.before(at)?),
        });
        let mut nearer = self.places.range(place..);
        let mut farther = self.places.range(..place);
        let come = nearer.find(|(at, present)| **present && *at != place);
        let come = come.or_else(|| farther.find(|(_, present)| **present));
        let come = come.map(|(at, _)| *at);
        let distance = |at: &C::Place| (*at <= *place, *at);
        let next = kept.into_iter().chain(come).min_by_key(distance);
        // The only place leads to itself.
        next.or(Some(*place))
    }

    /// Walks along the chain as it was until a place is met that stays.
    fn kept(
        &self,
        from: C::Place,
        step: impl Fn(&C::Place) -> Option<C::Place>,
    ) -> Option<C::Place> {
        let mut at = from;
        // Each step but the last meets a place that goes. A chain that is broken may lead in circles.
        for _ in 0..=self.places.len() {
            at = step(&at)?;
            if self.places.get(&at) != Some(&false) {
                return (at != from || self.chain.has(&from)).then_some(at);
            }
            if at == from {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers(BTreeSet<u32>);

    impl Chain for Numbers {
        type Place = u32;

        fn has(&self, place: &u32) -> bool {
            self.0.contains(place)
        }

        fn before(&self, place: &u32) -> Option<u32> {
            self.0.range(..place).next_back().or(self.0.last()).copied()
        }

        fn next(&self, place: &u32) -> Option<u32> {
            if !self.has(place) {
                return None;
            }
            let next = self.0.range(place + 1..).next();
            next.or(self.0.first()).copied()
        }
    }

    fn link_of(numbers: &BTreeSet<u32>, place: u32) -> u32 {
        Numbers(numbers.clone()).next(&place).unwrap()
    }

    /// All chains of some of five places, and all changes to all others.
    #[test]
    fn every_change_of_every_small_chain_is_linked() {
        let of = |bits: u32| {
            (0..5)
                .filter(|at| bits >> at & 1 == 1)
                .collect::<BTreeSet<u32>>()
        };
        for (old, new) in (1..32).flat_map(|old| (1..32).map(move |new| (old, new))) {
            let chain = Numbers(of(old));
            for touched in 0..32 {
                let touched = touched | (old ^ new);
                let places = of(touched).into_iter().map(|at| (at, new >> at & 1 == 1));
                let changed = Changed::new(&chain, places.collect());
                let links = changed.links();
                let mut result: BTreeMap<u32, u32> = chain
                    .0
                    .iter()
                    .filter(|at| new >> **at & 1 == 1)
                    .map(|at| (*at, link_of(&chain.0, *at)))
                    .collect();
                // No more is touched than the changed, and one neighbour of each that comes or goes.
                let most = touched.count_ones() + (old ^ new).count_ones();
                assert!(links.len() as u32 <= most);
                result.extend(links);
                let wanted = of(new);
                let wanted = wanted.iter().map(|at| (*at, link_of(&wanted, *at)));
                assert_eq!(result, wanted.collect(), "{old:b} to {new:b}, {touched:b}");
            }
        }
    }
}
