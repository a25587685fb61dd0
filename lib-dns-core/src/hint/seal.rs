//! Proving that a frame comes from somebody who has the network's key.
//!
//! The tag is the first 8 octets of a MAC over a label, the network's id, the key's epoch, and all octets before the tag.
//! Algorithm, id and epoch come from the configuration and are not on the air: nobody can talk a node into another one.
//! Every node of the network has the key, so a seal proves that a member sent the frame, not which one.

use super::message::{Frame, Hint, NAMES_SENDER, NodePrefix, ReceivedFrame, SEALED, TAG_LEN};
use crate::crypto::{MacAlgorithm, MacContext, MacKey, MacProvider, MacTag};
use core::fmt;

/// What a seal is for: no tag that something else makes with the same key is one.
const LABEL: &[u8] = b"zdns-hint-v1";

/// Which network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NetworkId(pub [u8; 4]);

/// A key of the network, of one epoch.
///
/// While keys are replaced a node has two: it seals with the new one and verifies with both.
#[derive(Clone)]
pub struct NetworkKey<K> {
    key: K,
    network: NetworkId,
    epoch: u8,
}

impl<C: MacContext> NetworkKey<C> {
    /// Makes a key; HMAC-SHA-256 is the algorithm to use.
    ///
    /// # Errors
    /// If the secret is empty, the algorithm is broken or its MACs are shorter than a tag, or the provider does not have
    /// it.
    pub fn new<P: MacProvider<Context = C>>(
        provider: P,
        algorithm: MacAlgorithm,
        secret: &[u8],
        network: NetworkId,
        epoch: u8,
    ) -> Result<Self, SealError> {
        if secret.is_empty() {
            return Err(SealError::EmptySecret);
        }
        if algorithm == MacAlgorithm::HmacMd5 || algorithm.mac_len() < TAG_LEN {
            return Err(SealError::Algorithm(algorithm));
        }
        let key = provider.keyed(algorithm, secret);
        let key = key.ok_or(SealError::Algorithm(algorithm))?;
        Ok(Self::of(key, network, epoch))
    }
}

impl<K: MacKey> NetworkKey<K> {
    /// A key that the caller has made of a secret, which is not empty, with an algorithm whose MACs have as many octets as a
    /// tag at least: HMAC-SHA-256 is the one to use.
    pub const fn of(key: K, network: NetworkId, epoch: u8) -> Self {
        Self {
            key,
            network,
            epoch,
        }
    }

    /// The hint in a sealed frame. A sender that is the node of the hint is not named.
    ///
    /// # Errors
    /// If the frame would be too long: an update that names its zone has to tell its tag instead.
    pub fn seal(&self, hint: &Hint, sender: NodePrefix, sequence: u32) -> Result<Frame, SealError> {
        let mut frame = hint.to_frame();
        if self.close(&mut frame, sender, sequence) {
            Ok(frame)
        } else {
            Err(SealError::TooLong)
        }
    }

    /// Seals a frame that has no seal yet; says if there was room.
    pub(super) fn close(&self, frame: &mut Frame, sender: NodePrefix, sequence: u32) -> bool {
        let is_named = !frame.is_about(sender);
        frame.mark(if is_named {
            SEALED | NAMES_SENDER
        } else {
            SEALED
        });
        (!is_named || frame.push(&sender.0))
            && frame.push(&sequence.to_be_bytes())
            && self.tag(frame)
    }

    /// Adds the tag of what is in the frame so far.
    fn tag(&self, frame: &mut Frame) -> bool {
        let mac = self.mac(frame.as_bytes());
        mac.as_bytes()
            .first_chunk::<TAG_LEN>()
            .is_some_and(|tag| frame.push(tag))
    }

    /// Does this key's seal close the frame? Not if there is none.
    pub fn verifies(&self, frame: &ReceivedFrame<'_>) -> bool {
        let seal = frame.seal.as_ref();
        seal.is_some_and(|seal| self.mac(frame.covered).verifies(&seal.tag))
    }

    fn mac(&self, octets: &[u8]) -> MacTag {
        self.key
            .mac(&[LABEL, &self.network.0, &[self.epoch], octets])
    }
}

/// Octets that a seal adds to a frame.
pub(super) fn seal_len(frame: &Frame, sender: NodePrefix) -> usize {
    const UNNAMED: usize = size_of::<u32>() + TAG_LEN;
    const NAMED: usize = size_of::<NodePrefix>() + UNNAMED;
    if frame.is_about(sender) {
        UNNAMED
    } else {
        NAMED
    }
}

/// The key is nobody's business.
impl<K> fmt::Debug for NetworkKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkKey")
    }
}

/// The numbers of a sender's frames, which must never repeat under one key.
///
/// The upper half counts how often the node has started: a boot epoch that the caller keeps. It has to be written down, one
/// higher than the last, before the first frame is sent. The lower half counts frames.
///
/// ```
/// use lib_dns_core::hint::SequenceNumbers;
/// let mut numbers = SequenceNumbers::of_boot(5);
/// assert_eq!(numbers.next(), Some(0x0005_0000));
/// assert_eq!(numbers.next(), Some(0x0005_0001));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SequenceNumbers {
    next: u32,
    /// How many there are before the epoch ends.
    left: u32,
}

impl SequenceNumbers {
    pub(super) const fn is_used_up(&self) -> bool {
        self.left == 0
    }

    /// None at all: there is no boot epoch yet.
    pub(super) const NONE: Self = Self { next: 0, left: 0 };

    /// Those of a boot epoch.
    pub const fn of_boot(epoch: u16) -> Self {
        Self {
            next: (epoch as u32) << 16,
            left: 1 << 16,
        }
    }

    /// The next number; `None` once 65,536 frames were sent. Then the caller writes down a higher epoch and begins with
    /// [`SequenceNumbers::of_boot`] again. After the last epoch the network needs another key.
    #[allow(
        clippy::should_implement_trait,
        reason = "it is no iterator: what it gives must be used once"
    )]
    pub fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        Some(number)
    }
}

/// Why there is no key, or no seal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SealError {
    /// The secret is empty.
    EmptySecret,
    /// The algorithm must not be used, its MACs are too short, or the provider does not have it.
    Algorithm(MacAlgorithm),
    /// The frame would have more octets than [`MAX_FRAME_LEN`](super::MAX_FRAME_LEN).
    TooLong,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySecret => f.write_str("the secret of a network key is empty"),
            Self::Algorithm(algorithm) => {
                write!(f, "{algorithm} does not seal hints; use hmac-sha256")
            }
            Self::TooLong => {
                f.write_str("the hint leaves no room for its seal; tell a zone by its tag")
            }
        }
    }
}

impl core::error::Error for SealError {}

#[cfg(test)]
mod tests {
    use super::super::message::{
        Advice, Lifetime, MAX_FRAME_LEN, ShortName, ZoneOfUpdate, ZoneTag,
    };
    use super::super::toy::{NODE, RunningToy, Toy, hint};
    use super::*;
    use crate::name::Name;
    use crate::zone::Serial;
    use std::vec::Vec;

    const OTHER: NodePrefix = NodePrefix([1, 2, 3, 4]);

    fn key(network: [u8; 4], epoch: u8) -> NetworkKey<RunningToy> {
        let algorithm = MacAlgorithm::HmacSha256;
        NetworkKey::new(Toy, algorithm, b"secret", NetworkId(network), epoch).unwrap()
    }

    fn update(zone: ZoneOfUpdate) -> Hint {
        hint(Advice::ZdnsUpdate {
            zone,
            serial: Serial(7),
        })
    }

    fn is_sealed_by(key: &NetworkKey<RunningToy>, octets: &[u8]) -> bool {
        ReceivedFrame::from_bytes(octets).is_ok_and(|frame| key.verifies(&frame))
    }

    #[test]
    fn a_seal_holds_for_its_key_alone() {
        let sealed = key([1; 4], 1)
            .seal(&hint(Advice::AvoidPath(None)), NODE, 9)
            .unwrap();
        assert!(is_sealed_by(&key([1; 4], 1), sealed.as_bytes()));
        assert!(
            !is_sealed_by(&key([2; 4], 1), sealed.as_bytes()),
            "another network"
        );
        assert!(
            !is_sealed_by(&key([1; 4], 2), sealed.as_bytes()),
            "another epoch"
        );
        let other = NetworkKey::new(
            Toy,
            MacAlgorithm::HmacSha256,
            b"other",
            NetworkId([1; 4]),
            1,
        );
        assert!(!is_sealed_by(&other.unwrap(), sealed.as_bytes()));
        let bare = hint(Advice::AvoidPath(None)).to_frame();
        assert!(
            !is_sealed_by(&key([1; 4], 1), bare.as_bytes()),
            "no seal holds"
        );
    }

    #[test]
    fn every_bit_of_a_frame_is_covered() {
        let key = key([1; 4], 1);
        let sealed = key
            .seal(&hint(Advice::NodeDown(Some(Lifetime(9)))), OTHER, 9)
            .unwrap();
        for at in 0..sealed.as_bytes().len() {
            for bit in 0..8 {
                let mut octets: Vec<u8> = sealed.as_bytes().to_vec();
                octets[at] ^= 1 << bit;
                assert!(!is_sealed_by(&key, &octets), "octet {at} bit {bit}");
            }
        }
        for len in 0..sealed.as_bytes().len() {
            assert!(!is_sealed_by(&key, &sealed.as_bytes()[..len]));
        }
    }

    #[test]
    fn a_sender_is_named_where_it_is_another_node() {
        let key = key([1; 4], 1);
        for (sender, len) in [(NODE, 18), (OTHER, 22)] {
            let sealed = key.seal(&hint(Advice::AvoidPath(None)), sender, 9).unwrap();
            assert_eq!(sealed.as_bytes().len(), len);
            let bare = hint(Advice::AvoidPath(None)).to_frame();
            assert_eq!(seal_len(&bare, sender), len - 6);
            let received = ReceivedFrame::from_bytes(sealed.as_bytes()).unwrap();
            assert_eq!((received.sender(), received.hint.node), (sender, NODE));
        }
    }

    #[test]
    fn every_standard_frame_fits_into_27_octets() {
        let key = key([1; 4], 1);
        let advice = [
            Advice::NodeQuality(Some(Lifetime(1))),
            Advice::Congestion(OTHER),
            Advice::ChannelHint(1),
        ];
        for advice in advice {
            for sender in [NODE, OTHER] {
                assert!(
                    key.seal(&hint(advice), sender, 9).unwrap().as_bytes().len() <= MAX_FRAME_LEN
                );
            }
        }
        let len = |zone, sender| {
            key.seal(&update(zone), sender, 9)
                .map(|frame| frame.as_bytes().len())
        };
        assert_eq!(len(ZoneOfUpdate::Apex, NODE), Ok(22));
        assert_eq!(len(ZoneOfUpdate::Apex, OTHER), Ok(26));
        let tag = ZoneOfUpdate::Tag(ZoneTag([9; 4]));
        assert_eq!(len(tag, NODE), Ok(27));
        assert_eq!(len(tag, OTHER), Err(SealError::TooLong));
        let name = |wire: &[u8]| {
            ZoneOfUpdate::Name(ShortName::new(&Name::from_wire(wire).unwrap()).unwrap())
        };
        assert_eq!(len(name(b"\x03sov\0"), NODE), Ok(27));
        assert_eq!(len(name(b"\x04zhtp\0"), NODE), Err(SealError::TooLong));
    }

    #[test]
    fn keys_that_prove_nothing_are_refused() {
        let new = |algorithm, secret: &[u8]| {
            NetworkKey::new(Toy, algorithm, secret, NetworkId([0; 4]), 0).err()
        };
        assert_eq!(
            new(MacAlgorithm::HmacSha256, b""),
            Some(SealError::EmptySecret)
        );
        for algorithm in [
            MacAlgorithm::HmacMd5,
            MacAlgorithm::GssTsig,
            MacAlgorithm::HmacSha512,
        ] {
            assert_eq!(new(algorithm, b"x"), Some(SealError::Algorithm(algorithm)));
        }
    }

    #[test]
    fn numbers_rise_over_boots_and_end() {
        let mut numbers = SequenceNumbers::of_boot(0xffff);
        let all: Vec<u32> = core::iter::from_fn(|| numbers.next()).collect();
        assert_eq!(
            (all.len(), all[0], all[65_535]),
            (65_536, 0xffff_0000, u32::MAX)
        );
        assert_eq!(numbers.next(), None, "never again");
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        let (mut before, mut after) = (SequenceNumbers::of_boot(6), SequenceNumbers::of_boot(7));
        assert!(core::iter::from_fn(|| before.next()).max() < after.next());
    }
}
