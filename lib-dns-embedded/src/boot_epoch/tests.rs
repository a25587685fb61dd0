//! A flash whose power fails, wears out and rots, and what epochs come out of it.

use std::vec;
use std::vec::Vec;

use embedded_storage::nor_flash::{ErrorType, NorFlashError, NorFlashErrorKind, ReadNorFlash};

use super::*;

/// Octets of a page.
const PAGE: usize = 64;

/// A flash that writes `UNIT` octets at a time.
struct Flash<const UNIT: usize> {
    octets: Vec<u8>,
    /// How often each page was erased.
    erased: Vec<u32>,
    /// Operations before the power fails in the middle of one.
    power: Option<u32>,
    /// Does reading tell an error where a write was broken off? Flashes with error correction do.
    has_ecc: bool,
    broken: Vec<bool>,
    /// Does it keep what is written?
    keeps: bool,
    random: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Failure {
    NoPower,
    Ecc,
}

impl NorFlashError for Failure {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<const UNIT: usize> Flash<UNIT> {
    fn new(pages: usize, seed: u64) -> Self {
        Self {
            octets: vec![BLANK; pages * PAGE],
            erased: vec![0; pages],
            power: None,
            has_ecc: seed % 2 == 1,
            broken: vec![false; pages * PAGE],
            keeps: true,
            random: seed * 2 + 1,
        }
    }

    fn epochs(&mut self) -> BootEpochs<&mut Self> {
        let end = self.octets.len() as u32;
        BootEpochs::new(self, 0..end).unwrap()
    }

    fn begin(&mut self) -> Result<u16, BootEpochError<Failure>> {
        self.epochs().begin()
    }

    fn word(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// Each octet becomes what `change` makes of it; where the power fails, only some of the bits that change do.
    fn change(
        &mut self,
        range: Range<usize>,
        change: impl Fn(usize, u8) -> u8,
    ) -> Result<(), Failure> {
        let fails = self.power == Some(0);
        self.power = self.power.map(|left| left.saturating_sub(1));
        // None of the bits, all of them, or any part.
        let share = self.word() % 4;
        for at in range.clone() {
            let (old, new) = (self.octets[at], change(at - range.start, self.octets[at]));
            let done = match (fails, share) {
                (false, _) | (true, 0) => 0xff,
                (true, 1) => 0,
                (true, _) => self.word() as u8,
            };
            self.octets[at] = old ^ ((old ^ new) & done);
            self.broken[at] = fails && share > 1 && self.has_ecc;
        }
        if fails { Err(Failure::NoPower) } else { Ok(()) }
    }
}

impl<const UNIT: usize> ErrorType for Flash<UNIT> {
    type Error = Failure;
}

impl<const UNIT: usize> ReadNorFlash for Flash<UNIT> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), Failure> {
        let range = offset as usize..offset as usize + octets.len();
        if self.broken[range.clone()].contains(&true) {
            return Err(Failure::Ecc);
        }
        octets.copy_from_slice(&self.octets[range]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.octets.len()
    }
}

impl<const UNIT: usize> NorFlash for Flash<UNIT> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Failure> {
        let range = from as usize..to as usize;
        assert!(range.start.is_multiple_of(PAGE) && range.end.is_multiple_of(PAGE));
        for page in range.start / PAGE..range.end / PAGE {
            self.erased[page] += 1;
        }
        self.change(range, |_, _| BLANK)
    }

    fn write(&mut self, offset: u32, octets: &[u8]) -> Result<(), Failure> {
        let range = offset as usize..offset as usize + octets.len();
        assert!(range.start.is_multiple_of(UNIT) && octets.len().is_multiple_of(UNIT));
        let is_blank = self.octets[range.clone()]
            .iter()
            .all(|octet| *octet == BLANK);
        assert!(is_blank, "written over what is there");
        let keeps = self.keeps;
        self.change(range, |at, old| if keeps { old & octets[at] } else { old })
    }
}

/// After each operation that a flash can break off, and in every second case once more while it recovers.
fn cut_everywhere<const UNIT: usize>() {
    for seed in 0..8 {
        for cut in 0..24 {
            let mut flash = Flash::<UNIT>::new(2 + seed as usize % 2, seed);
            let mut used = 0;
            let mut begins = 0;
            for power in [Some(cut), (cut % 2 == 0).then_some(cut % 3), None] {
                flash.power = power;
                for _ in 0..40 {
                    match flash.begin() {
                        Ok(epoch) => {
                            assert!(epoch > used, "{epoch} after {used}: {UNIT} {seed} {cut}");
                            used = epoch;
                            begins += 1;
                        }
                        Err(error) => {
                            assert_eq!(
                                error,
                                BootEpochError::Flash(Failure::NoPower),
                                "{seed} {cut}"
                            );
                            break;
                        }
                    }
                }
            }
            let slots = (PAGE / UNIT.max(4)) as u32;
            // Each cut costs its own epoch, or those that a page had when it was erased in part.
            assert!(
                u32::from(used) <= begins + 2 * (slots + 1),
                "{used} of {begins}"
            );
        }
    }
}

#[test]
fn no_epoch_comes_again_wherever_the_power_fails() {
    cut_everywhere::<1>();
    cut_everywhere::<4>();
    cut_everywhere::<8>();
    cut_everywhere::<32>();
}

#[test]
fn all_pages_wear_alike() {
    let mut flash = Flash::<8>::new(3, 0);
    for epoch in 1..=1000 {
        assert_eq!(flash.begin(), Ok(epoch));
        assert_eq!(flash.epochs().last(), Ok(Some(epoch)));
    }
    // 8 epochs a page, and the first page needed no erasure.
    assert_eq!(flash.erased.iter().sum::<u32>(), 1000 / 8 - 1);
    let (most, least) = (flash.erased.iter().max(), flash.erased.iter().min());
    assert!(most.unwrap() - least.unwrap() <= 1, "{:?}", flash.erased);
}

#[test]
fn the_last_epoch_is_65_535_and_then_they_are_used_up() {
    let mut flash = Flash::<8>::new(2, 0);
    flash.octets[..4].copy_from_slice(&[0xff, 0xfd, 0x00, 0x02]);
    assert_eq!((flash.begin(), flash.begin()), (Ok(65_534), Ok(65_535)));
    for _ in 0..2 {
        assert_eq!(flash.begin(), Err(BootEpochError::UsedUp));
        assert_eq!(flash.epochs().last(), Ok(Some(65_535)));
    }
    flash.epochs().forget().unwrap();
    assert_eq!(flash.epochs().last(), Ok(None));
    assert_eq!(flash.begin(), Ok(1), "under another key");
}

#[test]
fn the_newest_record_may_rot() {
    for starts in [1, 2, 15, 16, 17, 31, 32, 33, 70] {
        for bit in 0..32 {
            let mut flash = Flash::<4>::new(2, 0);
            let last = (0..starts).map(|_| flash.begin().unwrap()).last().unwrap();
            let record = [last.to_be_bytes(), (!last).to_be_bytes()].concat();
            let at = flash
                .octets
                .windows(4)
                .step_by(4)
                .position(|slot| slot == record);
            flash.octets[at.unwrap() * 4 + bit / 8] ^= 1 << (bit % 8);
            assert!(flash.begin().unwrap() > last, "{starts} {bit}");
        }
    }
}

#[test]
fn what_is_none_of_ours_is_not_taken_for_a_first_start() {
    let mut flash = Flash::<4>::new(2, 0);
    flash.octets[PAGE + 4] = 0x12;
    assert_eq!(flash.begin(), Err(BootEpochError::Lost));
    flash.octets.fill(0);
    assert_eq!(flash.begin(), Err(BootEpochError::Lost));
    flash.broken[3] = true;
    assert_eq!(flash.begin(), Err(BootEpochError::Flash(Failure::Ecc)));
    flash.epochs().forget().unwrap();
    assert_eq!(flash.begin(), Ok(1));
}

#[test]
fn a_flash_that_keeps_nothing_gives_no_epoch() {
    let mut flash = Flash::<4>::new(2, 0);
    assert_eq!(flash.begin(), Ok(1));
    flash.keeps = false;
    assert_eq!(flash.begin(), Err(BootEpochError::Worn));
    flash.keeps = true;
    assert_eq!(flash.begin(), Ok(2));
}

#[test]
fn parts_and_units_that_do_not_fit_are_refused() {
    let page = PAGE as u32;
    for part in [0..page, 1..2 * page + 1, page..4 * page, 0..2 * page + 1] {
        let flash = Flash::<4>::new(3, 0);
        assert_eq!(
            BootEpochs::new(flash, part).err(),
            Some(BootEpochError::Part)
        );
    }
    let mut flash = Flash::<4>::new(3, 0);
    flash.octets[..PAGE].fill(7);
    let mut epochs = BootEpochs::new(flash, page..3 * page).unwrap();
    assert_eq!(epochs.begin(), Ok(1));
    assert_eq!(
        epochs.release().octets[..PAGE],
        [7; PAGE],
        "another one's page"
    );
    for refused in [
        BootEpochs::new(Flash::<64>::new(4, 0), 0..2 * page).err(),
        BootEpochs::new(Flash::<6>::new(4, 0), 0..2 * page).err(),
    ] {
        assert_eq!(refused, Some(BootEpochError::Units));
    }
}
