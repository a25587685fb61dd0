//! The network of these programs, and members of it that only send.

use lib_dns_core::hint::{
    Advice, Frame, Hint, NetworkId, NetworkKey, NodePrefix, SequenceNumbers, ZoneOfUpdate,
};
use lib_dns_core::zone::Serial;
use lib_dns_embedded::rustcrypto::HmacKey;

/// The key of a network that has this secret; `None` if that is empty.
#[inline(never)]
pub fn network_key(secret: &[u8]) -> Option<NetworkKey<HmacKey>> {
    let key = HmacKey::new(secret)?;
    Some(NetworkKey::of(key, NetworkId(*b"demo"), 1))
}

/// Somebody who has a key, and a number for each frame.
pub struct Member<'k> {
    node: NodePrefix,
    key: &'k NetworkKey<HmacKey>,
    numbers: SequenceNumbers,
}

impl<'k> Member<'k> {
    /// A member in its first boot epoch.
    pub fn new(node: [u8; 4], key: &'k NetworkKey<HmacKey>) -> Self {
        let numbers = SequenceNumbers::of_boot(1);
        let node = NodePrefix(node);
        Self { node, key, numbers }
    }

    /// A frame that tells the apex zone's serial; `None` once the numbers are used up.
    pub fn update(&mut self, serial: u32) -> Option<Frame> {
        let advice = Advice::ZdnsUpdate {
            zone: ZoneOfUpdate::Apex,
            serial: Serial(serial),
        };
        let hint = Hint {
            node: self.node,
            score: 1,
            advice,
        };
        let number = self.numbers.next()?;
        self.key.seal(&hint, self.node, number).ok()
    }
}
