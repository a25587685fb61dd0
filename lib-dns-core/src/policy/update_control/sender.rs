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
    due: Option<Timestamp>,
    /// When something was told last.
    sent: Option<Timestamp>,
    /// What others have told of last, and when.
    heard: Option<(Serial, Timestamp)>,
    /// What was left to others because they had told of it: that is done once.
    left: Option<Serial>,
}

impl<Z> BroadcastSlot<Z> {
    pub(crate) const FREE: Self = Self {
        zone: None,
        pending: None,
        due: None,
        sent: None,
        heard: None,
        left: None,
    };
}

impl<Z> Default for BroadcastSlot<Z> {
    fn default() -> Self {
        Self::FREE
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
    /// Others have told of this serial within the time of level 2, so that telling it again would not be heard: it is left to
    /// them, as [`UpdateSender::heard`] says.
    Heard,
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
/// Where many nodes come to the same version, as after a partition, one of them needs to tell of it: with
/// [`UpdateSender::merged`] they do not all begin at the same time, and with [`UpdateSender::heard`] they leave to others what
/// those were quicker to tell.
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
/// assert!(sender.heard(at(7), 'z', Serial(9)));
/// assert_eq!(sender.next_deadline(), None);
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct UpdateSender<S> {
    min_broadcast_interval: u32,
    coalesce_window: u32,
    dedup_window: u32,
    /// The slot whose turn it is.
    turn: usize,
    slots: S,
}

impl<S> UpdateSender<S> {
    /// With nothing to tell, if the slots say so.
    pub fn new(slots: S, config: UpdateControlConfig) -> Self {
        let mut sender = Self::unset(slots);
        sender.set(&config);
        sender
    }

    /// All zeros, if the slots are.
    pub(crate) const fn unset(slots: S) -> Self {
        Self {
            slots,
            min_broadcast_interval: 0,
            coalesce_window: 0,
            dedup_window: 0,
            turn: 0,
        }
    }

    pub(crate) fn set(&mut self, config: &UpdateControlConfig) {
        self.min_broadcast_interval = config.min_broadcast_interval;
        self.coalesce_window = config.coalesce_window;
        self.dedup_window = config.dedup_window;
    }

    /// A zone has a new serial. It is told, unless others have told of it already.
    #[inline(never)]
    pub fn changed<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        zone: Z,
        serial: Serial,
    ) -> Change
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let interval = u64::from(self.min_broadcast_interval);
        let dedup_window = u64::from(self.dedup_window);
        let Some(slot) = slot_of(self.slots.as_mut(), now, zone, interval) else {
            return Change::NoRoom;
        };
        let heard = slot
            .heard
            .filter(|(heard, at)| *heard == serial && now.millis_since(*at) < dedup_window);
        let is_newest = |pending| serial_order(serial, pending).is_ge();
        if heard.is_some() && slot.pending.is_none_or(is_newest) {
            slot.leave(serial);
            return Change::Heard;
        }
        if let Some(pending) = &mut slot.pending {
            if serial_order(serial, *pending).is_gt() {
                *pending = serial;
            }
            return Change::Batched;
        }
        slot.pending = Some(serial);
        let gathered = now.add_millis(self.coalesce_window.into());
        let allowed = slot.sent.map(|sent| sent.add_millis(interval));
        slot.due = Some(allowed.map_or(gathered, |allowed| allowed.max(gathered)));
        Change::Scheduled
    }

    /// As [`UpdateSender::changed`], of a version to which other nodes come at the same time, as after a partition. It waits for up
    /// to as long again as changes are gathered, by a random word, so that one of them is the first, and the others
    /// can leave it to that one ([`UpdateSender::heard`]).
    pub fn merged<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        random: u32,
        zone: Z,
        serial: Serial,
    ) -> Change
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let change = self.changed(now, zone, serial);
        let choices = u64::from(self.coalesce_window).saturating_add(1);
        let later = choices.saturating_mul(u64::from(random)) >> 32;
        let mut slots = self.slots.as_mut().iter_mut();
        if let Some(slot) = slots.find(|slot| slot.zone == Some(zone))
            && change == Change::Scheduled
        {
            slot.due = slot.due.map(|due| due.add_millis(later));
        }
        change
    }

    /// Another node has told of this serial. Says if it was still to be told here, too: that is left to the other one.
    ///
    /// A serial does not say whose version it is. So find out whether the other node has the very version that is here, with
    /// an SOA exchange as after a partition. If it does not answer, has another version or none as new as this, tell
    /// of what is here then by [`UpdateSender::changed`]: what was left to others once is not left to them again. Who
    /// cannot ask the other node must not call this, or a fork may be passed over, and a forged update may silence a real one.
    pub fn heard<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z, serial: Serial) -> bool
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let interval = u64::from(self.min_broadcast_interval);
        let Some(slot) = slot_of(self.slots.as_mut(), now, zone, interval) else {
            return false;
        };
        if slot.left == Some(serial) {
            return false;
        }
        slot.heard = Some((serial, now));
        let is_pending = slot.pending == Some(serial);
        if is_pending {
            slot.leave(serial);
        }
        is_pending
    }

    /// What may be told now, if anything: the same until [`UpdateSender::sent`] or [`UpdateSender::postpone`] says what
    /// became of it, or the zone changes again.
    #[inline(never)]
    pub fn poll<Z: Copy>(&self, now: Timestamp) -> Option<Broadcast<Z>>
    where
        S: AsRef<[BroadcastSlot<Z>]>,
    {
        let slots = self.slots.as_ref();
        let (before, after) = slots.split_at_checked(self.turn).unwrap_or((&[], slots));
        let in_turn = after.iter().chain(before);
        let may_be = |slot: &&BroadcastSlot<Z>| slot.due.is_none_or(|due| due <= now);
        in_turn.filter(may_be).find_map(|slot| {
            Some(Broadcast {
                zone: slot.zone?,
                serial: slot.pending?,
            })
        })
    }

    /// It was told now.
    #[inline(never)]
    pub fn sent<Z: Copy + PartialEq>(&mut self, now: Timestamp, broadcast: &Broadcast<Z>)
    where
        S: AsMut<[BroadcastSlot<Z>]>,
    {
        let interval = self.min_broadcast_interval;
        let slots = self.slots.as_mut().iter_mut().enumerate();
        for (place, slot) in slots {
            if slot.zone == Some(broadcast.zone) {
                slot.sent = Some(now);
                // What came meanwhile waits for its own time.
                slot.pending = slot.pending.filter(|serial| *serial != broadcast.serial);
                slot.due = Some(now.add_millis(interval.into()));
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
            slot.due = slot.due.max(Some(until));
        }
    }

    /// When to ask [`UpdateSender::poll`] again; `None` if there is nothing to tell. Every other method may change it.
    pub fn next_deadline<Z: Copy>(&self) -> Option<Timestamp>
    where
        S: AsRef<[BroadcastSlot<Z>]>,
    {
        let pending = self.slots.as_ref().iter();
        pending
            .filter_map(|slot| slot.due.filter(|_| slot.pending.is_some()))
            .min()
    }
}

impl<Z> BroadcastSlot<Z> {
    /// Others tell of this, and of what is older.
    fn leave(&mut self, serial: Serial) {
        (self.pending, self.heard, self.left) = (None, None, Some(serial));
    }
}

/// The slot of a zone, or a free one, or one that holds nothing that matters: its zone was told of long enough ago.
fn slot_of<Z: Copy + PartialEq>(
    slots: &mut [BroadcastSlot<Z>],
    now: Timestamp,
    zone: Z,
    interval: u64,
) -> Option<&mut BroadcastSlot<Z>> {
    let known = slots.iter().position(|slot| slot.zone == Some(zone));
    let place = known.or_else(|| {
        let is_done = |slot: &BroadcastSlot<Z>| {
            let sent = slot.sent;
            let was_told = sent.is_some_and(|sent| now.millis_since(sent) < interval);
            slot.pending.is_none() && !was_told
        };
        let free = slots.iter().position(|slot| slot.zone.is_none());
        free.or_else(|| slots.iter().position(is_done))
    });
    let slot = slots.get_mut(place?)?;
    if known.is_none() {
        *slot = BroadcastSlot {
            zone: Some(zone),
            ..BroadcastSlot::default()
        };
    }
    Some(slot)
}
