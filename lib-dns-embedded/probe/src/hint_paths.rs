//! What a device does with hints, under a key. See `paths.rs`.

use core::hint::black_box;

use firmware::station::Node;
use lib_dns_core::hint::{
    Action, Advice, Event, Frame, Hint, HintConfig, Lifetime, NetworkKey, NodePrefix, Queued,
    ZoneTag,
};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::rustcrypto::HmacKey;

/// Starts a node that keeps a zone: 1 if it can.
#[inline(never)]
pub fn start(node: &mut Node, config: &HintConfig, key: &NetworkKey<HmacKey>) -> usize {
    firmware::station::start(node, config, key, black_box(1));
    config
        .apex
        .is_some_and(|zone| node.keep(zone, None, Some(Serial(7))))
        .into()
}

/// Tells of a change, and gives advice: the frames' octets.
#[inline(never)]
pub fn tell(node: &mut Node, zone: ZoneTag, sent: &mut [Option<Frame>; 2]) -> usize {
    let mut now = Timestamp::from_secs(60);
    node.zone_changed(now, zone, Serial(8));
    let advice = Hint {
        node: NodePrefix(black_box([9; 4])),
        score: 3,
        advice: Advice::NodeDown(Some(Lifetime(6))),
    };
    let is_queued = node.advise(advice) == Queued::Waiting;
    let mut octets = usize::from(is_queued);
    for place in sent {
        for _ in 0..20 {
            match node.poll(now) {
                Action::Sense => {
                    let is_busy = black_box(now.as_millis() < 70_000);
                    node.sensed(now, black_box(1 << 31), is_busy);
                }
                Action::Transmit { frame, airtime } => {
                    now = now.add_millis(airtime / 1_000);
                    node.sent(now, true);
                    octets = octets.wrapping_add(frame.as_bytes().len());
                    *place = Some(frame);
                    break;
                }
                Action::Refresh(_) => return 0,
                Action::Listen(until) => now = until.unwrap_or(now).max(now.add_millis(1)),
            }
        }
    }
    octets
}

/// Hears frames, and refreshes what they say: a digit for each.
#[inline(never)]
pub fn hear(node: &mut Node, now: u64, frames: &[&[u8]]) -> usize {
    let mut now = Timestamp::from_secs(now);
    let mut sum = 0usize;
    for frame in frames {
        let digit = match node.on_frame(now, black_box(0), frame) {
            Some(Event::Advice { .. }) => 1,
            Some(Event::Update { .. }) => 2,
            Some(Event::StormBegins) => 3,
            Some(Event::Denied { .. }) => 5,
            None => 4,
        };
        while let Action::Refresh(due) = node.poll(now) {
            match due.announced {
                Some(serial) => node.refreshed(due.zone, serial),
                None => node.refresh_failed(now, due.zone),
            }
        }
        now = now.add_millis(100);
        sum = sum.wrapping_mul(10).wrapping_add(digit);
    }
    sum
}

/// A TTL ends, a refresh fails, a zone is forgotten and only denied, keys change: what was counted, and what was sent for.
#[inline(never)]
pub fn tend(node: &mut Node, now: u64, zone: ZoneTag) -> usize {
    let now = Timestamp::from_secs(now);
    node.ttl_ended(now, zone);
    if let Action::Refresh(due) = node.poll(now) {
        node.refresh_failed(now, due.zone);
    }
    let is_storm = node.is_storm(now);
    node.drop_old_key();
    node.boot(black_box(2));
    node.forget(zone);
    let is_denied = node.denied(now, zone, None);
    let counts = node.counts();
    let digits = [
        counts.malformed,
        counts.wrong_policy,
        counts.bad_seals,
        counts.replays,
        counts.updates.accepted,
        is_storm.into(),
        node.refusal().is_some().into(),
        is_denied.into(),
    ];
    digits.iter().fold(0, |sum: usize, digit| {
        sum.wrapping_mul(10).wrapping_add(*digit as usize)
    })
}
