//! What tests of hints share: hints of one node, a limiter that knows everything, and a MAC that depends on every octet and keeps no
//! secret.

use super::budget::{MIN_GAP, SUSTAINED};
use super::message::{Advice, Hint, NodePrefix};
use crate::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag};
use std::vec::Vec;

pub(super) const NODE: NodePrefix = NodePrefix([0x7f, 0x3a, 0x8b, 0x2c]);

pub(super) fn hint(advice: Advice) -> Hint {
    Hint {
        node: NODE,
        score: 2,
        advice,
    }
}

#[derive(Clone, Copy)]
pub(super) struct Toy;

#[derive(Clone, Debug)]
pub(super) struct RunningToy(u64);

impl MacProvider for Toy {
    type Context = RunningToy;

    fn keyed(&self, algorithm: MacAlgorithm, secret: &[u8]) -> Option<RunningToy> {
        let mut running = RunningToy(0xcbf2_9ce4_8422_2325);
        running.update(secret);
        (algorithm != MacAlgorithm::HmacSha512).then_some(running)
    }
}

impl MacContext for RunningToy {
    fn update(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
            self.0 ^= self.0 >> 29;
        }
    }

    fn finish(self) -> MacTag {
        let octets = self.0.to_be_bytes();
        MacTag::new(&[octets; 4].concat())
    }
}

/// Microseconds.
pub(super) const HOUR: u64 = 3_600_000_000;

/// By so much the hour of a budget may be too long, for it counts in minutes: microseconds.
pub(super) const TWO_MINUTES: u64 = 120_000_000;

/// A limiter that keeps all that was ever sent, in microseconds: from and to.
#[derive(Default)]
pub(super) struct Naive(Vec<(u64, u64)>);

impl Naive {
    pub(super) fn sent(&mut self, from: u64, airtime: u64) {
        self.0.push((from, from + airtime));
    }

    /// What would be on the air in the worst hour that ends when a frame does that begins now. The hour may be made longer.
    pub(super) fn worst(&self, from: u64, airtime: u64, hour: u64) -> u64 {
        let to = from + airtime;
        let ends = self.0.iter().map(|(_, to)| *to).chain([to]);
        let taken = |end: u64| {
            let begin = end.saturating_sub(hour);
            let frames = self.0.iter().copied().chain([(from, to)]);
            frames
                .map(|(from, to)| to.min(end).saturating_sub(from.max(begin)))
                .sum::<u64>()
        };
        ends.map(taken).max().unwrap_or(0)
    }

    /// Is this millisecond far enough from the start and the frames before? From each frame on: three, and one more for each two
    /// minutes.
    pub(super) fn is_paced(&self, start: u64, now: u64) -> bool {
        let ends = self.0.iter().rev().map(|(_, to)| to.div_ceil(1000));
        let is_paid = (1..)
            .zip(ends.clone())
            .all(|(since, end): (u64, _)| now >= end + since.saturating_sub(2) * SUSTAINED);
        is_paid && now >= ends.max().unwrap_or(start) + MIN_GAP
    }
}
