//! Who hears what: how strong a frame is where, what disturbs it, and what becomes of it at each receiver.

use super::super::chip::Mode;
use super::{Frame, World};
use crate::sx126x::Interrupts;

/// By how many dB a frame has to be stronger than another of its kind to come through.
const CAPTURE: i32 = 6;

/// By how many dB a frame of another kind has to be stronger to disturb.
const OTHER_KIND: i32 = 16;

/// How many symbols of a preamble a receiver has to hear.
const HEARD_PREAMBLE: u64 = 5;

/// What is lost on the way, in dB, where nothing else was said.
const USUAL_LOSS: i32 = 80;

impl World {
    /// How strong a frame is at a chip, in dBm.
    fn rssi(&self, frame: &Frame, chip: usize) -> i32 {
        match frame.from {
            Some(from) => {
                frame.power_dbm
                    - self
                        .losses
                        .get(&(from, chip))
                        .copied()
                        .unwrap_or(USUAL_LOSS)
            }
            None => frame.power_dbm,
        }
    }

    /// Is a frame strong enough at a chip, beside everything else that is on the air from then to then?
    fn comes_through(&self, id: u64, chip: usize, from: u64, to: u64) -> bool {
        let frame = &self.frames[&id];
        let rssi = self.rssi(frame, chip);
        let rises_above = |noise: i32| (rssi - noise) * 4 >= frame.shape.least_snr();
        let is_stronger = self.frames.iter().all(|(other_id, other)| {
            let overlaps = other.start < to && from < other.end;
            if *other_id == id || !overlaps || other.shape.steps != frame.shape.steps {
                return true;
            }
            let other_rssi = self.rssi(other, chip);
            if other.shape.collides_with(&frame.shape) {
                // What is as good as gone disturbs nobody.
                rssi >= other_rssi + CAPTURE
            } else {
                other_rssi < rssi + OTHER_KIND
            }
        });
        let jammed = self
            .jammers
            .iter()
            .any(|(jam_from, jam_to, dbm)| *jam_from < to && from < *jam_to && !rises_above(*dbm));
        is_stronger && !jammed && rises_above(frame.shape.noise_dbm())
    }

    /// Who hears the preamble of a frame, and nothing else at the time, goes on with the frame.
    pub(super) fn lock_receivers(&mut self, id: u64) {
        let Some(frame) = self.frames.get(&id).filter(|frame| !frame.is_cut).cloned() else {
            return;
        };
        let heard_from = self.now - (HEARD_PREAMBLE * frame.parts.symbol).min(frame.parts.preamble);
        for chip in 0..self.chips.len() {
            let state = &self.chips[chip];
            let is_open = matches!(state.mode, Mode::Rx { .. })
                && state.since <= heard_from
                && state.locked.is_none()
                && state.shape() == Some(frame.shape)
                && frame.from != Some(chip);
            if is_open && self.comes_through(id, chip, heard_from, self.now) && !self.loses() {
                self.chips[chip].locked = Some(id);
                self.chips[chip].raise(Interrupts::PREAMBLE_DETECTED);
            }
        }
    }

    pub(super) fn judge_header(&mut self, id: u64) {
        let Some(frame) = self.frames.get(&id) else {
            return;
        };
        let from = frame.start + frame.parts.preamble;
        let is_cut = frame.is_cut;
        for chip in 0..self.chips.len() {
            if self.chips[chip].locked != Some(id) {
                continue;
            }
            let is_good = !is_cut && self.comes_through(id, chip, from, self.now);
            let state = &mut self.chips[chip];
            if is_good && !std::mem::take(&mut state.faults.bad_header) {
                state.raise(Interrupts::HEADER_VALID);
            } else {
                state.locked = None;
                state.raise(Interrupts::HEADER_ERROR);
            }
        }
    }

    pub(super) fn deliver(&mut self, id: u64) {
        let Some(frame) = self.frames.get(&id).cloned() else {
            return;
        };
        let from = frame.start + frame.parts.header.min(frame.parts.whole);
        for chip in 0..self.chips.len() {
            if self.chips[chip].locked != Some(id) {
                continue;
            }
            let is_good = !frame.is_cut && self.comes_through(id, chip, from, self.now);
            let rssi = self.rssi(&frame, chip);
            let snr = (rssi - frame.shape.noise_dbm()) * 4;
            let now = self.now;
            let state = &mut self.chips[chip];
            state.locked = None;
            let is_good = !std::mem::take(&mut state.faults.bad_checksum) && is_good;
            let mut payload = frame.payload.clone();
            if !is_good && let Some(octet) = payload.first_mut() {
                *octet ^= 0x40;
            }
            state.take(&payload, frame.has_checksum, rssi, snr);
            // Without a checksum the chip does not know better.
            let flags = if is_good || !frame.has_checksum {
                Interrupts::RX_DONE
            } else {
                Interrupts::RX_DONE | Interrupts::CRC_ERROR
            };
            if state.mode
                == (Mode::Rx {
                    is_continuous: false,
                })
            {
                state.enter(Mode::StandbyRc, now);
            }
            state.raise(flags);
        }
    }

    /// Did a chip that looks at the channel hear a frame of its kind, for a symbol at least?
    pub(super) fn hears_something(&self, chip: usize, from: u64) -> bool {
        let Some(shape) = self.chips[chip].shape() else {
            return false;
        };
        self.frames.values().any(|frame| {
            let overlap = frame
                .end
                .min(self.now)
                .saturating_sub(frame.start.max(from));
            let above = (self.rssi(frame, chip) - shape.noise_dbm()) * 4;
            frame.shape.steps == shape.steps
                && frame.shape.collides_with(&shape)
                && frame.from != Some(chip)
                && overlap >= frame.parts.symbol
                && above >= shape.least_snr()
        })
    }

    /// Does chance take a frame?
    fn loses(&mut self) -> bool {
        // SplitMix64.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.chance;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) % 1000 < self.lost_per_mille.into()
    }
}
