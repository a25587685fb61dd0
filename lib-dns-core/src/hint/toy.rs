//! What tests of hints share: hints of one node, and a MAC that depends on every octet and keeps no secret.

use super::message::{Advice, Hint, NodePrefix};
use crate::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag};

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
