//! Hearing each sealed frame once.

use super::NodePrefix;

/// How far back of the newest frame of a sender older ones are told apart.
const WINDOW: u32 = u32::BITS;

/// What the caller lends for each sender that is remembered; 32 are meant for a network.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ReplaySlot {
    sender: NodePrefix,
    /// The highest sequence number heard.
    highest: u32,
    /// Bit n: was the one heard that is n lower?
    heard: u32,
    /// When it was heard last, by [`ReplayWindows::turn`]; 0 of a slot that is free.
    turn: u32,
}

impl ReplaySlot {
    pub(super) const FREE: Self = Self {
        sender: NodePrefix([0; 4]),
        highest: 0,
        heard: 0,
        turn: 0,
    };
}

/// Says which sequence numbers of which senders were heard: a window of 32 for each sender.
///
/// If all slots are taken, the sender that was silent for longest is forgotten. That is the limit of the protection: a
/// frame of a sender that was forgotten, and of any before a restart, is heard once more. It is advice to look all the
/// same, and whoever looks finds nothing new.
///
/// ```
/// use lib_dns_core::hint::{NodePrefix, ReplaySlot, ReplayWindows};
/// let mut windows = ReplayWindows::new([ReplaySlot::default(); 32]);
/// let node = NodePrefix([1, 2, 3, 4]);
/// assert!(windows.accept(node, 7));
/// assert!(!windows.accept(node, 7), "a replay");
/// assert!(windows.accept(node, 6), "late, but for the first time");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReplayWindows<S> {
    slots: S,
    turn: u32,
}

impl<S: AsMut<[ReplaySlot]>> ReplayWindows<S> {
    /// With nothing heard, if the slots say so.
    pub const fn new(slots: S) -> Self {
        Self { slots, turn: 0 }
    }

    /// A frame whose seal holds was heard: is it the first time? Frames with a bad seal must not come here: they would
    /// shut out the good ones.
    pub fn accept(&mut self, sender: NodePrefix, sequence: u32) -> bool {
        self.turn = self.turn.saturating_add(1);
        let turn = self.turn;
        let mut oldest: Option<&mut ReplaySlot> = None;
        for slot in self.slots.as_mut() {
            if slot.turn != 0 && slot.sender == sender {
                let is_new = slot.accept(sequence);
                if is_new {
                    slot.turn = turn;
                }
                return is_new;
            }
            if oldest.as_ref().is_none_or(|oldest| slot.turn < oldest.turn) {
                oldest = Some(slot);
            }
        }
        // Without slots nobody can be believed.
        let Some(slot) = oldest else {
            return false;
        };
        *slot = ReplaySlot {
            sender,
            highest: sequence,
            heard: 1,
            turn,
        };
        true
    }
}

impl ReplaySlot {
    fn accept(&mut self, sequence: u32) -> bool {
        if let Some(ahead) = sequence
            .checked_sub(self.highest)
            .filter(|ahead| *ahead > 0)
        {
            self.highest = sequence;
            self.heard = self.heard.checked_shl(ahead).unwrap_or(0) | 1;
            return true;
        }
        let behind = self.highest.saturating_sub(sequence);
        if behind >= WINDOW {
            return false;
        }
        let bit = 1u32.checked_shl(behind).unwrap_or(0);
        let is_new = self.heard & bit == 0;
        self.heard |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const NODE: NodePrefix = NodePrefix([1; 4]);

    fn windows<const N: usize>() -> ReplayWindows<[ReplaySlot; N]> {
        ReplayWindows::new([ReplaySlot::default(); N])
    }

    #[test]
    fn what_is_older_than_the_window_is_not_heard() {
        let mut windows = windows::<1>();
        assert!(windows.accept(NODE, 100));
        assert!(windows.accept(NODE, 69), "31 back");
        assert!(!windows.accept(NODE, 68), "32 back: nobody knows any more");
        assert!(windows.accept(NODE, u32::MAX));
        assert!(!windows.accept(NODE, 100));
        assert!(!windows.accept(NODE, 0), "numbers do not go round");
    }

    #[test]
    fn the_sender_that_was_silent_for_longest_makes_room() {
        let mut windows = windows::<2>();
        let other = |node| NodePrefix([node; 4]);
        for (node, sequence) in [(1, 1), (2, 1), (1, 2), (3, 1)] {
            assert!(windows.accept(other(node), sequence));
        }
        assert!(!windows.accept(other(1), 2), "still known");
        // Here is the limit: 2 has been forgotten.
        assert!(windows.accept(other(2), 1));
    }

    #[test]
    fn a_replay_keeps_no_sender_in_memory() {
        let mut windows = windows::<2>();
        let other = |node| NodePrefix([node; 4]);
        for (node, is_new) in [(1, true), (2, true), (1, false), (3, true)] {
            assert_eq!(windows.accept(other(node), 1), is_new);
        }
        assert!(
            !windows.accept(other(2), 1),
            "1 made room, for all that it was replayed"
        );
    }

    #[test]
    fn without_slots_nothing_is_accepted() {
        assert!(!windows::<0>().accept(NODE, 1));
    }

    proptest! {
        #[test]
        fn nothing_is_accepted_twice(heard in prop::collection::vec((0u8..32, 0u32..200), 0..400)) {
            let mut windows = windows::<32>();
            let mut accepted = BTreeSet::new();
            let mut highest: BTreeMap<u8, u32> = BTreeMap::new();
            for (node, sequence) in heard {
                let is_new = windows.accept(NodePrefix([node; 4]), sequence);
                let top = highest.get(&node).copied();
                // The naive model knows all that was ever heard.
                let expected = !accepted.contains(&(node, sequence)) && top.is_none_or(|top| sequence + 32 > top);
                prop_assert_eq!(is_new, expected);
                if is_new {
                    accepted.insert((node, sequence));
                    highest.insert(node, top.map_or(sequence, |top| top.max(sequence)));
                }
            }
        }
    }
}
