//! Advice that waits to be sent.

use super::message::Hint;

/// Octets of the longest advice, an update apart: type, node, score, and another node.
const MAX_LEN: usize = 10;

/// What is alike, of which only the newest is sent: type and node.
const ALIKE: usize = 5;

/// A piece of advice as the radio will send it, before its seal; or none. An `Option` of a [`Hint`] takes twice the room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiting {
    octets: [u8; MAX_LEN],
    len: u8,
}

impl Waiting {
    pub(super) const NONE: Self = Self {
        octets: [0; MAX_LEN],
        len: 0,
    };

    /// Not for updates, which may be longer.
    pub(super) fn of(hint: &Hint) -> Self {
        let mut waiting = Self::NONE;
        for (place, octet) in waiting.octets.iter_mut().zip(hint.to_frame().as_bytes()) {
            *place = *octet;
            waiting.len = waiting.len.saturating_add(1);
        }
        waiting
    }

    pub(super) fn is_none(&self) -> bool {
        self.len == 0
    }

    /// Are both about the same node, and of the same type?
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.octets.first_chunk::<ALIKE>() == other.octets.first_chunk::<ALIKE>()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len.into()).unwrap_or_default()
    }
}
