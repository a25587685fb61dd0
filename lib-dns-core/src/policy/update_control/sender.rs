//! Telling of changes: level 1 of 17.1.

use super::UpdateControlConfig;
use crate::policy::conflict::serial_order;
use crate::time::Timestamp;
use crate::zone::Serial;

/// What the caller lends for each zone that changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BroadcastSlot<Z> {
    zone: Option<Z>,
    /// What is still to be told.
    pending: Option<Serial>,
    /// When it may be.
    due: Timestamp,
    /// When something was told last.
    sent: Option<Timestamp>,
}

impl<Z> Default for BroadcastSlot<Z> {
    fn default() -> Self {
        Self {
            zone: None,
            pending: None,
            due: Timestamp::ZERO,
            sent: None,
        }
    }
}

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Change {
    /// It will be told.
    Scheduled,
    /// It will be told together with others, of which only the newest serial matters.
    Batched,
    /// All slots are taken by zones that were told of lately. Others will find out when their TTLs end.
    NoRoom,
}

/// A zone's newest serial, which may be told now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Broadcast<Z> {
    /// The zone.
    pub zone: Z,
    /// Its newest serial.
    pub serial: Serial,
}

/// Says when a zone's changes may be told: level 1 of 17.1.
///
/// The first change opens a window in which others are gathered; a zone that changes all the time is still told. Zones take
/// turns.
///
/// ```
/// use lib_dns_core::policy::update_control::{BroadcastSlot, UpdateControlConfig, UpdateSender};
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_core::zone::Serial;
/// let at = Timestamp::from_secs;
/// let mut sender = UpdateSender::new([BroadcastSlot::default(); 4], UpdateControlConfig::default());
/// sender.changed(at(0), 'z', Serial(7));
/// sender.changed(at(4), 'z', Serial(8));
/// assert_eq!((sender.poll(at(4)), sender.next_deadline()), (None, Some(at(5))));
/// let broadcast = sender.poll(at(5)).unwrap();
/// assert_eq!(broadcast.serial, Serial(8));
/// sender.sent(at(5), &broadcast);
/// sender.changed(at(6), 'z', Serial(9));
/// assert_eq!(sender.next_deadline(), Some(at(35)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UpdateSender<S> {
    slots: S,
    config: UpdateControlConfig,
    /// The slot whose turn it is.
    turn: usize,
}

impl<S> UpdateSender<S> {
    /// With nothing to tell, if the slots say so.
    pub fn new(slots: S, config: UpdateControlConfig) -> Self {
        Self {
            slots,
            config,
            turn: 0,
        }
    }

    /// A zone has a new serial.
    pub fn changed<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        zone: Z,
        serial: Serial,
    ) -> Change
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let interval = u64::from(self.config.min_broadcast_interval);
        let slots = self.slots.as_mut();
        let known = slots.iter().position(|slot| slot.zone == Some(zone));
        // A slot whose zone was told of long enough ago holds nothing that matters.
        let place = known.or_else(|| {
            slots.iter().position(|slot| {
                let told = slot
                    .sent
                    .is_some_and(|sent| now.millis_since(sent) < interval);
                slot.zone.is_none() || slot.pending.is_none() && !told
            })
        });
        let Some(slot) = place.and_then(|place| slots.get_mut(place)) else {
            return Change::NoRoom;
        };
        if known.is_none() {
            *slot = BroadcastSlot {
                zone: Some(zone),
                ..BroadcastSlot::default()
            };
        }
        if let Some(pending) = &mut slot.pending {
            if serial_order(serial, *pending).is_gt() {
                *pending = serial;
            }
            return Change::Batched;
        }
        slot.pending = Some(serial);
        let gathered = now.add_millis(self.config.coalesce_window.into());
        let allowed = slot.sent.map(|sent| sent.add_millis(interval));
        slot.due = allowed.map_or(gathered, |allowed| allowed.max(gathered));
        Change::Scheduled
    }

    /// What may be told now, if anything: the same until [`UpdateSender::sent`] or [`UpdateSender::postpone`] says what
    /// became of it, or the zone changes again.
    pub fn poll<Z: Copy>(&self, now: Timestamp) -> Option<Broadcast<Z>>
    where
        S: AsRef<[BroadcastSlot<Z>]>,
    {
        let slots = self.slots.as_ref();
        let (before, after) = slots.split_at_checked(self.turn).unwrap_or((&[], slots));
        let in_turn = after.iter().chain(before);
        in_turn.filter(|slot| slot.due <= now).find_map(|slot| {
            Some(Broadcast {
                zone: slot.zone?,
                serial: slot.pending?,
            })
        })
    }

    /// It was told now.
    pub fn sent<Z: Copy + PartialEq>(&mut self, now: Timestamp, broadcast: &Broadcast<Z>)
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let interval = self.config.min_broadcast_interval;
        let slots = self.slots.as_mut().iter_mut().enumerate();
        for (place, slot) in slots {
            if slot.zone == Some(broadcast.zone) {
                slot.sent = Some(now);
                // What came meanwhile waits for its own time.
                slot.pending = slot.pending.filter(|serial| *serial != broadcast.serial);
                slot.due = now.add_millis(interval.into());
                self.turn = place.saturating_add(1);
                return;
            }
        }
    }

    /// It cannot be told before `until`: the radio's own limits say so. Others have their turn.
    pub fn postpone<Z: Copy + PartialEq>(&mut self, zone: Z, until: Timestamp)
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let slots = self.slots.as_mut().iter_mut();
        if let Some(slot) = slots.into_iter().find(|slot| slot.zone == Some(zone)) {
            slot.due = slot.due.max(until);
        }
    }

    /// When to ask [`UpdateSender::poll`] again; `None` if there is nothing to tell. Every other method may change it.
    pub fn next_deadline<Z: Copy>(&self) -> Option<Timestamp>
    where
        S: AsRef<[BroadcastSlot<Z>]>,
    {
        let pending = self.slots.as_ref().iter();
        pending
            .filter_map(|slot| slot.pending.map(|_| slot.due))
            .min()
    }
}
