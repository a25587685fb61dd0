//! One LoRa channel in virtual time: who hears what, and how much of the air is taken.
//!
//! The model, which errs on the side of losing too much:
//!
//! - A frame takes the air for as long as [`Modulation::airtime_micros`] says. Only those that the sender's frames reach
//!   hear it, at a level that the caller works out; nobody else is looked at, so the costs do not grow with the mesh.
//! - Who sends hears nothing (half duplex), neither what is on the air when it begins nor what begins meanwhile.
//! - A listener needs the last [`LOCK_SYMBOLS`] symbols of the preamble and all that follows. Another frame that it
//!   hears meanwhile spoils it, unless that is weaker by the capture threshold.
//! - Who has found a frame stays with it: a stronger one that begins later spoils it, but is not heard either.
//!
//! Times are microseconds of a clock that never goes back.

use lib_dns_core::hint::airtime::Modulation;
use std::collections::VecDeque;

/// How many symbols of a preamble a receiver wants to hear to find a frame.
pub const LOCK_SYMBOLS: u16 = 5;

/// By how much a frame has to be stronger than another one to be heard in spite of it, in dB.
pub const CAPTURE_DB: i16 = 6;

const HOUR: u64 = 3_600_000_000;

/// A frame on the air. The number is used again when the frame has ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FrameId(u32);

/// What [`Channel::begin`] began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sending {
    /// The frame, for [`Channel::end`].
    pub frame: FrameId,
    /// When to call that, in microseconds.
    pub ends_at: u64,
}

/// What became of a frame at one listener.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reception {
    /// It was heard.
    Received,
    /// Another frame spoiled it, or the listener was with another frame.
    Collided,
    /// The listener was sending.
    Deaf,
}

/// For what part of a bin of time the air was taken, by what a node heard or sent: 0 to 1.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Load {
    /// On the average over all nodes.
    pub mean: f64,
    /// At the node where it was most.
    pub worst: f64,
}

/// The most that one sender was on the air within any hour.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct BusiestHour {
    /// Which sender; the first that did.
    pub sender: u32,
    /// For how long, in microseconds. A frame that is only partly within the hour counts as a whole.
    pub micros: u64,
}

/// How often what happened. A frame counts once as sent, and once for each listener.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ChannelCounts {
    /// Frames that were sent.
    pub sent: u64,
    /// Receptions that went well.
    pub received: u64,
    /// Receptions that another frame spoiled.
    pub collided: u64,
    /// Receptions that failed because the listener was sending.
    pub deaf: u64,
}

/// One channel that so many nodes share, numbered from 0.
///
/// ```
/// use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
/// use lib_dns_std::sim::channel::{Channel, Reception};
/// let modulation = Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125);
/// let mut channel = Channel::new(modulation, 3, 60_000_000);
/// // Node 0 reaches both others.
/// let sending = channel.begin(0, 0, 10, [(1, -100), (2, -110)]).unwrap();
/// assert_eq!(sending.ends_at, 144_384);
/// assert!(channel.is_busy(1) && channel.is_busy(0));
/// // Node 1 does not listen before it talks.
/// let rude = channel.begin(1_000, 1, 10, []).unwrap();
/// let heard = channel.end(sending.frame);
/// assert_eq!(heard, [(1, Reception::Deaf), (2, Reception::Received)]);
/// channel.end(rude.frame);
/// ```
#[derive(Clone, Debug)]
pub struct Channel {
    modulation: Modulation,
    capture_db: i16,
    /// Microseconds from the beginning of a frame until a receiver has to be with it.
    lock_after: u64,
    bin: u64,
    nodes: Vec<Place>,
    frames: Vec<Frame>,
    /// Numbers of frames that have ended.
    free: Vec<u32>,
    loads: Vec<BinLoad>,
    busiest: BusiestHour,
    counts: ChannelCounts,
}

/// What is on the air at one node.
#[derive(Clone, Default, Debug)]
struct Place {
    /// Is it sending?
    sends: bool,
    heard: Vec<Hearing>,
    /// Until when the air is taken here by what has begun.
    taken_until: u64,
    /// The bin in which that is, and how much of it was taken.
    bin: u64,
    in_bin: u64,
    /// What it sent within the last hour: when it began, and for how long.
    sent: VecDeque<(u64, u32)>,
    of_the_hour: u64,
}

/// One frame at one listener.
#[derive(Clone, Copy, Debug)]
struct Hearing {
    frame: u32,
    level: i16,
    /// From here on it must not be disturbed.
    locks_at: u64,
    ends_at: u64,
    outcome: Reception,
}

#[derive(Clone, Default, Debug)]
struct Frame {
    is_on_air: bool,
    sender: u32,
    listeners: Vec<u32>,
}

#[derive(Clone, Copy, Default, Debug)]
struct BinLoad {
    /// Over all nodes.
    sum: u64,
    worst: u64,
}

impl Channel {
    /// A quiet channel; loads are told in bins of so many microseconds (0 counts as 1).
    pub fn new(modulation: Modulation, nodes: usize, bin: u64) -> Self {
        let preamble = modulation.preamble_symbols.saturating_sub(LOCK_SYMBOLS);
        Self {
            lock_after: u64::from(modulation.symbol_micros()) * u64::from(preamble),
            modulation,
            capture_db: CAPTURE_DB,
            bin: bin.max(1),
            nodes: vec![Place::default(); nodes],
            frames: Vec::new(),
            free: Vec::new(),
            loads: Vec::new(),
            busiest: BusiestHour::default(),
            counts: ChannelCounts::default(),
        }
    }

    /// With another capture threshold than [`CAPTURE_DB`].
    #[must_use]
    pub fn with_capture(mut self, db: i16) -> Self {
        self.capture_db = db;
        self
    }

    /// Does the node hear a frame, or send one? What listen-before-talk asks.
    pub fn is_busy(&self, node: u32) -> bool {
        let place = self.nodes.get(node as usize);
        place.is_some_and(|place| place.sends || !place.heard.is_empty())
    }

    /// A node begins to send. `audible` is whom it reaches and at which level in dBm, each node once; itself and numbers
    /// of no node are passed over. `None` if there is no such node, or it is sending already.
    ///
    /// Call it, and [`Channel::end`], in the order of time; of what happens at the same time, ends first.
    pub fn begin(
        &mut self,
        now: u64,
        sender: u32,
        octets: u8,
        audible: impl IntoIterator<Item = (u32, i16)>,
    ) -> Option<Sending> {
        let airtime = self.modulation.airtime_micros(octets);
        let ends_at = now + airtime;
        let place = self.nodes.get_mut(sender as usize)?;
        if place.sends {
            return None;
        }
        place.sends = true;
        for hearing in &mut place.heard {
            hearing.outcome = Reception::Deaf;
        }
        self.count_hour(now, sender, airtime);
        self.count_load(sender, now, ends_at);
        let number = self.free.pop().unwrap_or_else(|| {
            self.frames.push(Frame::default());
            self.frames.len() as u32 - 1
        });
        let mut listeners = std::mem::take(&mut self.frames[number as usize].listeners);
        let new = Hearing {
            frame: number,
            level: 0,
            locks_at: now + self.lock_after,
            ends_at,
            outcome: Reception::Received,
        };
        for (listener, level) in audible {
            let Some(place) = self.nodes.get_mut(listener as usize) else {
                continue;
            };
            if listener == sender {
                continue;
            }
            place.hear(now, Hearing { level, ..new }, self.capture_db);
            self.count_load(listener, now, ends_at);
            listeners.push(listener);
        }
        self.frames[number as usize] = Frame {
            is_on_air: true,
            sender,
            listeners,
        };
        self.counts.sent += 1;
        let frame = FrameId(number);
        Some(Sending { frame, ends_at })
    }

    /// A frame has ended: what became of it at each whom it reached, in the order in which [`Channel::begin`] was told of
    /// them. Nothing for a frame that is not on the air.
    pub fn end(&mut self, frame: FrameId) -> Vec<(u32, Reception)> {
        let on_air = self.frames.get_mut(frame.0 as usize);
        let Some(ended) = on_air.filter(|frame| frame.is_on_air) else {
            return Vec::new();
        };
        ended.is_on_air = false;
        let mut listeners = std::mem::take(&mut ended.listeners);
        self.nodes[ended.sender as usize].sends = false;
        let mut heard = Vec::with_capacity(listeners.len());
        for listener in listeners.drain(..) {
            let place = &mut self.nodes[listener as usize];
            if let Some(at) = place
                .heard
                .iter()
                .position(|hearing| hearing.frame == frame.0)
            {
                let outcome = place.heard.swap_remove(at).outcome;
                let count = match outcome {
                    Reception::Received => &mut self.counts.received,
                    Reception::Collided => &mut self.counts.collided,
                    Reception::Deaf => &mut self.counts.deaf,
                };
                *count += 1;
                heard.push((listener, outcome));
            }
        }
        // The room is used again.
        self.frames[frame.0 as usize].listeners = listeners;
        self.free.push(frame.0);
        heard
    }

    /// How much of the air was taken, bin by bin from time 0 on, as far as any frame reached. It changes no more once the
    /// bin has passed.
    pub fn loads(&self) -> impl Iterator<Item = Load> + '_ {
        let (bin, nodes) = (self.bin as f64, self.nodes.len().max(1) as f64);
        self.loads.iter().map(move |load| Load {
            mean: load.sum as f64 / bin / nodes,
            worst: load.worst as f64 / bin,
        })
    }

    /// The most that any sender was on the air within an hour.
    pub fn busiest_hour(&self) -> BusiestHour {
        self.busiest
    }

    /// How often what happened.
    pub fn counts(&self) -> ChannelCounts {
        self.counts
    }

    fn count_hour(&mut self, now: u64, sender: u32, airtime: u64) {
        let place = &mut self.nodes[sender as usize];
        let ends_at = now + airtime;
        while let Some(&(began, micros)) = place.sent.front() {
            if began + u64::from(micros) + HOUR > ends_at {
                break;
            }
            place.sent.pop_front();
            place.of_the_hour -= u64::from(micros);
        }
        place.sent.push_back((now, airtime as u32));
        place.of_the_hour += airtime;
        if place.of_the_hour > self.busiest.micros {
            self.busiest = BusiestHour {
                sender,
                micros: place.of_the_hour,
            };
        }
    }

    /// The air at a node's place is taken from one time to another.
    fn count_load(&mut self, node: u32, from: u64, to: u64) {
        let place = &mut self.nodes[node as usize];
        // Frames begin in the order of time: what overlaps has been counted.
        let mut from = from.max(place.taken_until);
        place.taken_until = place.taken_until.max(to);
        while from < to {
            let bin = from / self.bin;
            let end = to.min((bin + 1) * self.bin);
            let micros = end - from;
            if place.bin != bin {
                (place.bin, place.in_bin) = (bin, 0);
            }
            place.in_bin += micros;
            let at = bin as usize;
            if self.loads.len() <= at {
                self.loads.resize(at + 1, BinLoad::default());
            }
            let load = &mut self.loads[at];
            load.sum += micros;
            load.worst = load.worst.max(place.in_bin);
            from = end;
        }
    }
}

impl Place {
    /// A frame begins to be heard here.
    fn hear(&mut self, now: u64, mut new: Hearing, capture_db: i16) {
        let outweighs =
            |one: &Hearing, other: &Hearing| one.level >= other.level.saturating_add(capture_db);
        for old in &mut self.heard {
            let is_found = old.locks_at <= now && old.outcome == Reception::Received;
            if old.ends_at > new.locks_at && (is_found || !outweighs(&new, old)) {
                new.outcome = Reception::Collided;
            }
            if old.outcome == Reception::Received && !outweighs(old, &new) {
                old.outcome = Reception::Collided;
            }
        }
        if self.sends {
            new.outcome = Reception::Deaf;
        }
        self.heard.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::hint::airtime::{Bandwidth, SpreadingFactor};

    /// 10 octets at SF9 and 125 kHz are 35.25 symbols of 4.096 ms.
    const AIRTIME: u64 = 144_384;
    /// 3 symbols of the preamble may be missed.
    const LOCK: u64 = 12_288;

    fn channel(nodes: usize) -> Channel {
        let modulation = Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125);
        Channel::new(modulation, nodes, 1_000_000)
    }

    fn begin(channel: &mut Channel, now: u64, sender: u32, audible: &[(u32, i16)]) -> FrameId {
        let sending = channel.begin(now, sender, 10, audible.iter().copied());
        let sending = sending.expect("it does not send yet");
        assert_eq!(sending.ends_at, now + AIRTIME);
        sending.frame
    }

    /// Two frames of nodes 0 and 1 at node 2, the second so much later and stronger: what becomes of either.
    fn two(later: u64, stronger: i16) -> [Reception; 2] {
        let mut channel = channel(3);
        let first = begin(&mut channel, 0, 0, &[(2, -100)]);
        if later >= AIRTIME {
            let heard = channel.end(first)[0].1;
            let second = begin(&mut channel, later, 1, &[(2, -100 + stronger)]);
            return [heard, channel.end(second)[0].1];
        }
        let second = begin(&mut channel, later, 1, &[(2, -100 + stronger)]);
        [first, second].map(|frame| channel.end(frame)[0].1)
    }

    #[test]
    fn frames_that_overlap_are_lost_unless_one_is_much_stronger() {
        use Reception::{Collided, Received};
        for later in [0, LOCK - 1] {
            assert_eq!(two(later, 0), [Collided; 2]);
            assert_eq!(two(later, CAPTURE_DB - 1), [Collided; 2]);
            assert_eq!(two(later, CAPTURE_DB), [Collided, Received]);
            assert_eq!(two(later, -CAPTURE_DB), [Received, Collided]);
        }
        // The receiver is with the first one by now.
        assert_eq!(two(LOCK, CAPTURE_DB), [Collided; 2]);
        assert_eq!(two(LOCK, -CAPTURE_DB), [Received, Collided]);
        // Of the second enough of the preamble is left.
        assert_eq!(two(AIRTIME - LOCK, -CAPTURE_DB), [Received; 2]);
        assert_eq!(two(AIRTIME - LOCK - 1, -CAPTURE_DB), [Received, Collided]);
        assert_eq!(two(AIRTIME, 0), [Received; 2]);
    }

    #[test]
    fn the_threshold_of_capture_can_be_set() {
        let mut channel = channel(3).with_capture(20);
        let first = begin(&mut channel, 0, 0, &[(2, -100)]);
        let second = begin(&mut channel, 0, 1, &[(2, -81)]);
        assert_eq!(channel.end(first), [(2, Reception::Collided)]);
        assert_eq!(channel.end(second), [(2, Reception::Collided)]);
    }

    #[test]
    fn who_sends_hears_nothing() {
        let mut channel = channel(2);
        let first = begin(&mut channel, 0, 0, &[(1, -100)]);
        let second = begin(&mut channel, 1, 1, &[(0, -100)]);
        assert_eq!(channel.end(first), [(1, Reception::Deaf)]);
        assert_eq!(channel.end(second), [(0, Reception::Deaf)]);
        let counts = channel.counts();
        assert_eq!(
            (counts.sent, counts.received, counts.collided, counts.deaf),
            (2, 0, 0, 2)
        );
    }

    #[test]
    fn listening_before_talking_hears_neighbours_alone() {
        let mut channel = channel(3);
        assert!(!channel.is_busy(0));
        let frame = begin(&mut channel, 0, 0, &[(0, 0), (1, -100), (9, -100)]);
        assert_eq!(
            [0, 1, 2, 9].map(|node| channel.is_busy(node)),
            [true, true, false, false]
        );
        assert_eq!(channel.begin(1, 0, 10, []), None, "one frame at a time");
        assert_eq!(channel.begin(1, 9, 10, []), None, "nobody");
        assert_eq!(channel.end(frame), [(1, Reception::Received)]);
        assert_eq!([0, 1].map(|node| channel.is_busy(node)), [false; 2]);
        assert_eq!(channel.end(frame), [], "it has ended");
    }

    #[test]
    fn loads_are_told_by_place_and_bin() {
        let mut channel = channel(4);
        // From 0.9 s to 1.044384 s: over two bins.
        let first = begin(&mut channel, 900_000, 0, &[(1, -100)]);
        // Half of it overlaps with the first one, at node 1.
        let second = begin(&mut channel, 900_000 + AIRTIME / 2, 2, &[(1, -100)]);
        channel.end(first);
        channel.end(second);
        let loads: Vec<_> = channel.loads().collect();
        assert_eq!(loads.len(), 2);
        let close = |a: f64, micros: u64| (a * 1e6 - micros as f64).abs() < 1e-3;
        let half = AIRTIME / 2;
        // In the first bin: 0 and 1 for 100 ms; 2 for what is left behind half of the airtime.
        assert!(close(loads[0].worst, 100_000), "{loads:?}");
        assert!(
            close(loads[0].mean * 4.0, 200_000 + 100_000 - half),
            "{loads:?}"
        );
        // In the second one: node 1 until the end of the second frame.
        assert!(close(loads[1].worst, AIRTIME - 100_000 + half), "{loads:?}");
    }

    #[test]
    fn an_hour_slides() {
        let mut channel = channel(2);
        let mut now = 0;
        for (after, frames) in [
            (0, 1),
            (HOUR - 2 * AIRTIME, 2),
            (1, 2),
            (HOUR - 2 * AIRTIME, 2),
            (10 * HOUR, 2),
        ] {
            now += after;
            let frame = begin(&mut channel, now, 1, &[]);
            now += AIRTIME;
            channel.end(frame);
            let busiest = channel.busiest_hour();
            assert_eq!(
                (busiest.sender, busiest.micros),
                (1, frames * AIRTIME),
                "{now}"
            );
        }
    }

    #[test]
    fn numbers_of_frames_are_used_again() {
        let mut channel = channel(2);
        for turn in 0..100 {
            let frame = begin(&mut channel, turn * AIRTIME, 0, &[(1, -100)]);
            assert_eq!(frame, FrameId(0));
            assert_eq!(channel.end(frame), [(1, Reception::Received)]);
        }
    }
}
