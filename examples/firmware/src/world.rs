//! Stations within earshot of each other, in virtual time.

use lib_dns_core::hint::{Event, ZoneTag};
use lib_dns_core::name::Name;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::rustcrypto::RustCryptoDigest;

use crate::console::{self, Part, Part::*};
use crate::station::{Station, Step};

/// The tag of `sovereign.`; `None` never comes.
// A function of its own, as what starts nodes: what it takes of the stack it gives back before the story begins.
#[inline(never)]
pub fn apex() -> Option<ZoneTag> {
    let name = Name::from_wire(b"\x09sovereign\0").ok()?;
    ZoneTag::of(&name, &RustCryptoDigest)
}

/// Stations, and the zone that they are about.
pub struct World<'s, const N: usize> {
    /// The stations.
    pub stations: [Station<'s>; N],
    /// The serial that the zone's authority has: what a refresh finds.
    pub serial: Serial,
    /// What time it is.
    pub now: Timestamp,
}

impl<const N: usize> World<'_, N> {
    /// Tells what happens.
    pub fn tell(&self, parts: &[Part<'_>]) {
        console::told(self.now, parts);
    }

    /// Lets the stations work until this second.
    pub fn until(&mut self, second: u64) {
        let end = Timestamp::from_secs(second);
        while self.now < end {
            let mut next = end;
            for place in 0..N {
                if let Some(later) = self.work(place) {
                    next = next.min(later);
                }
            }
            self.now = next.max(self.now);
        }
    }

    /// Lets one of them work, and says when it wants to go on.
    fn work(&mut self, place: usize) -> Option<Timestamp> {
        loop {
            let station = self.stations.get_mut(place)?;
            let name = Text(station.name);
            match station.step(self.now) {
                Step::Sent { frame, ends } => {
                    self.tell(&[name, Text(" sends "), Hex(frame.as_bytes())]);
                    self.now = ends;
                    for listener in (0..N).filter(|listener| *listener != place) {
                        self.hear(listener, "it", frame.as_bytes());
                    }
                }
                Step::Refresh(due) => {
                    station.node.refreshed(due.zone, self.serial);
                    let found = Number(self.serial.0.into());
                    self.tell(&[name, Text(" looks, and finds serial "), found]);
                }
                Step::Waits(later) => return later,
            }
        }
    }

    /// Lets a station hear a frame, and tells what it makes of it.
    pub fn hear(&mut self, place: usize, what: &str, frame: &[u8]) {
        let Some(station) = self.stations.get_mut(place) else {
            return;
        };
        let name = Text(station.name);
        let (exit, event) = station.hear_with_exit(self.now, frame);
        let (wait, unit) = match event {
            Some(Event::Update { refresh_at, .. }) => {
                (Seconds(refresh_at.millis_since(self.now)), Text(" s"))
            }
            _ => (Text(""), Text("")),
        };
        self.tell(&[
            name,
            Text(" hears "),
            Text(what),
            Text(": "),
            Text(exit),
            wait,
            unit,
        ]);
    }

    /// Lets all of them hear a frame, and tells nothing.
    pub fn flood(&mut self, frame: &[u8]) {
        for station in &mut self.stations {
            station.hear(self.now, frame);
        }
    }
}
