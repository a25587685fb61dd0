//! How news of zones spreads: by radio to those who hear it, and from neighbour to neighbour.

use super::channel::FrameId;
use super::exchange::Why;
use super::node::ZoneId;
use super::scenario::Forge;
use super::world::{Event, World};
use lib_dns_core::policy::update_control::{Broadcast, Heard};
use lib_dns_core::zone::Serial;

/// For how many microseconds an announcement is passed on.
const FRESH: u64 = 10_000_000;
/// How long a node waits at least that finds the channel busy, in milliseconds; at most five times as long.
const BUSY_WAIT: u64 = 300;

/// News of a zone, on its way through the mesh.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    zone: ZoneId,
    serial: Serial,
    /// Who tells.
    teller: u32,
    is_forged: bool,
}

/// News that was sent.
#[derive(Debug)]
pub(super) struct Announcement {
    news: News,
    at: u64,
    /// A bit for each node that has passed it on; empty once it is too old to be.
    passed: Box<[u64]>,
}

impl Announcement {
    fn has_passed(&self, node: u32) -> bool {
        self.passed
            .get(node as usize / 64)
            .is_some_and(|bits| bits & 1 << (node % 64) != 0)
    }

    fn pass(&mut self, node: u32) {
        if let Some(bits) = self.passed.get_mut(node as usize / 64) {
            *bits |= 1 << (node % 64);
        }
    }
}

impl World<'_> {
    /// A node tells of a zone, if the radio lets it.
    pub(super) fn broadcast(&mut self, node: u32, broadcast: Broadcast<ZoneId>) {
        let news = News {
            zone: broadcast.zone,
            serial: broadcast.serial,
            teller: node,
            is_forged: false,
        };
        let now = self.time();
        if self.send(node, news) {
            self.nodes[node as usize].sender.sent(now, &broadcast);
            self.record.broadcast(self.now, broadcast.zone);
        } else {
            let until = now.add_millis(BUSY_WAIT + self.rng.u64(0..4 * BUSY_WAIT));
            self.nodes[node as usize]
                .sender
                .postpone(broadcast.zone, until);
        }
    }

    /// Somebody sends what is not true.
    pub(super) fn forge(&mut self, forge: &Forge) {
        let node = self.network.island(forge.island);
        let node = node.start + forge.node % (node.end - node.start);
        for zone in self.zones_of(forge.zone.get_ref()) {
            let newest = self.zones[usize::from(zone)].newest;
            let serial = self.versions.of(newest).version.serial;
            let made_up = serial.0.wrapping_add(self.rng.u32(1..1_000_000));
            let news = News {
                zone,
                serial: Serial(made_up),
                teller: node,
                is_forged: true,
            };
            if self.send(node, news) {
                self.record.forged += 1;
            }
        }
    }

    /// Sends by radio, if there is one, and to all neighbours. `false` if the channel is busy.
    fn send(&mut self, node: u32, news: News) -> bool {
        let number = self.announcements.len() as u32;
        if let Some(air) = &mut self.air {
            let Some(sending) = air.begin(self.now, node) else {
                return false;
            };
            let frame = sending.frame;
            self.queue.push(
                sending.ends_at,
                Event::FrameEnded {
                    frame,
                    announcement: number,
                },
            );
        }
        let bits = self.nodes.len().div_ceil(64);
        let passed = vec![0; bits].into_boxed_slice();
        self.announcements.push(Announcement {
            news,
            at: self.now,
            passed,
        });
        while let Some(old) = self.announcements.get_mut(self.old_announcements)
            && self.now - old.at > FRESH
        {
            old.passed = Box::default();
            self.old_announcements += 1;
        }
        self.announcements[number as usize].pass(node);
        self.pass_on(node, number);
        true
    }

    fn pass_on(&mut self, node: u32, number: u32) {
        for neighbour in self.network.neighbours(node) {
            // It would not be heard twice.
            if !self.announcements[number as usize].has_passed(neighbour)
                && let Some(takes) = self.network.over_link(&mut self.rng)
            {
                let event = Event::Announced {
                    node: neighbour,
                    from: node,
                    announcement: number,
                };
                self.queue.push(self.now + takes, event);
            }
        }
    }

    /// News comes from a neighbour. It goes on, whether it is news here or not, but once only.
    pub(super) fn announced(&mut self, node: u32, from: u32, number: u32) {
        if self.network.reaches(from, node) {
            self.take(node, number);
        }
    }

    pub(super) fn frame_ended(&mut self, frame: FrameId, number: u32) {
        let Some(air) = &mut self.air else {
            return;
        };
        for node in air.end(frame, &mut self.rng) {
            self.take(node, number);
        }
    }

    fn take(&mut self, node: u32, number: u32) {
        let announcement = &mut self.announcements[number as usize];
        if self.now - announcement.at > FRESH || announcement.has_passed(node) {
            return;
        }
        announcement.pass(node);
        let news = announcement.news;
        if self.hear(node, news) {
            self.pass_on(node, number);
        }
    }

    /// A node hears of a zone. `false` if the sender is too loud to be heard at all.
    fn hear(&mut self, node: u32, news: News) -> bool {
        let News {
            zone,
            serial,
            teller,
            is_forged,
        } = news;
        let now = self.time();
        let random = self.rng.u32(..);
        let this = &mut self.nodes[node as usize];
        if !this.rates.count(now, teller).is_within() {
            self.record.too_loud += 1;
            return false;
        }
        let place = this.place_of(zone);
        let is_left = place.is_some() && this.sender.heard(now, zone, serial);
        match this.receiver.hear(now, random, zone, serial) {
            Heard::Accepted(_) => {
                if let Some(cache) = &mut this.cache {
                    cache.zone_updated(&self.zones[usize::from(zone)].name.as_name());
                }
                if let Some(place) = place {
                    this.kept[place].told_by(teller);
                }
                self.record.forged_followed += u64::from(is_forged);
                self.drive(node);
            }
            Heard::StormBegins => {
                self.record.storms_begun += 1;
                self.stormy.push((node, self.now));
                self.drive(node);
            }
            Heard::OnlyDenied => {
                if let Some(cache) = &mut this.cache {
                    cache.zone_updated(&self.zones[usize::from(zone)].name.as_name());
                }
            }
            // Two may tell of one serial, and have two versions.
            Heard::Duplicate => {
                if let Some(place) = place {
                    this.kept[place].told_by(teller);
                }
            }
            Heard::Suppressed => self.record.suppressed += 1,
            Heard::UnknownZone | Heard::NotNewer => {}
        }
        if let Some(place) = place.filter(|_| is_left) {
            self.request(node, place, teller, Why::Compare(serial), false);
        }
        true
    }
}
