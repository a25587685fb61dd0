//! How often a node has started, in flash: the upper half of the numbers that its sealed frames carry.
//!
//! A number that is used twice under one key lets anybody replay frames, or makes the others deaf to this node. So an epoch
//! is on flash, and read back, before it is used; and wherever the power fails, the next one is higher than all that were
//! used.
//!
//! # What is on flash
//!
//! Pages that are written one after the other, in a ring, and erased only when they are needed again: each start writes one
//! slot, so that all wear alike. A slot holds the epoch and its complement, big-endian. Power that fails while a slot is
//! written leaves bits set that should be clear, and while a page is erased sets some of those that are clear; either way
//! there is a bit that is set in both, so that what is left of a record is never taken for another one.
//!
//! | a slot is | when | then |
//! |---|---|---|
//! | blank | all its octets are 0xFF | it can be written |
//! | a record | epoch and complement fit | the highest one is the last that may have been used |
//! | spoilt | anything else, or it cannot be read | it is left out, and an epoch with it, for it may have been used |

use core::fmt;
use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

/// Octets of the largest slot: the largest unit that a flash may want to be written in.
const MAX_SLOT: usize = 32;

/// Octets of a record: the epoch and its complement.
const RECORD: usize = 4;

/// A blank octet.
const BLANK: u8 = 0xff;

/// How many slots are tried that do not read as they were written.
const TRIES: u32 = 3;

/// The epochs of a node, in a part of a flash.
///
/// ```
/// # use embedded_storage::nor_flash::*;
/// # struct Flash([u8; 512]);
/// # impl ErrorType for Flash { type Error = NorFlashErrorKind; }
/// # impl ReadNorFlash for Flash {
/// #     const READ_SIZE: usize = 1;
/// #     fn capacity(&self) -> usize { 512 }
/// #     fn read(&mut self, at: u32, to: &mut [u8]) -> Result<(), NorFlashErrorKind> {
/// #         Ok(to.copy_from_slice(&self.0[at as usize..][..to.len()]))
/// #     }
/// # }
/// # impl NorFlash for Flash {
/// #     const WRITE_SIZE: usize = 4;
/// #     const ERASE_SIZE: usize = 256;
/// #     fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
/// #         Ok(self.0[from as usize..to as usize].fill(0xff))
/// #     }
/// #     fn write(&mut self, at: u32, from: &[u8]) -> Result<(), NorFlashErrorKind> {
/// #         Ok(self.0[at as usize..][..from.len()].copy_from_slice(from))
/// #     }
/// # }
/// use lib_dns_embedded::boot_epoch::BootEpochs;
///
/// # let mut flash = Flash([0xff; 512]);
/// let mut epochs = BootEpochs::new(&mut flash, 0..512)?;
/// assert_eq!(epochs.begin(), Ok(1));
/// // After the next start:
/// let mut epochs = BootEpochs::new(&mut flash, 0..512)?;
/// assert_eq!(epochs.begin(), Ok(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BootEpochs<F> {
    flash: F,
    /// The first octet.
    start: u32,
    pages: u32,
}

/// Why there is no epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BootEpochError<E> {
    /// The part of the flash is not one or more pages behind each other that begin and end where pages do, it has fewer
    /// than two, or it is not on the flash.
    Part,
    /// The flash is written or read in units that are no power of two, or longer than 32 octets.
    Units,
    /// All 65,535 epochs are used: the network needs another key. Then [`BootEpochs::forget`] lets them begin again.
    UsedUp,
    /// The part holds something, and no record: nobody can tell which epochs were used. The network needs another key, or
    /// the part of the flash is another one's. [`BootEpochs::forget`] makes it blank.
    Lost,
    /// What was written does not read as it was written: the flash is worn out.
    Worn,
    /// The flash says so.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for BootEpochError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part => f.write_str("boot epochs need two or more whole pages of the flash"),
            Self::Units => f.write_str("boot epochs do not fit the units in which the flash is written"),
            Self::UsedUp => f.write_str("all boot epochs are used; give the network another key"),
            Self::Lost => f.write_str(
                "the flash does not tell which boot epochs were used; give the network another key and forget them",
            ),
            Self::Worn => f.write_str("the flash does not keep boot epochs any more; use other pages"),
            Self::Flash(error) => write!(f, "the flash that keeps boot epochs failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for BootEpochError<E> {}

/// What a slot holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    Blank,
    Record(u16),
    Spoilt,
}

/// Where the next record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Next {
    epoch: u16,
    slot: u32,
    /// Is it the first of a page that has to be erased?
    erases: bool,
}

impl<F: NorFlash> BootEpochs<F> {
    /// The epochs in this part of the flash, which nothing else uses: two pages at least. More of them last longer.
    ///
    /// # Errors
    /// If the part does not consist of whole pages, or the flash is written in units that slots cannot have.
    pub fn new(flash: F, part: Range<u32>) -> Result<Self, BootEpochError<F::Error>> {
        let slot = Self::SLOT;
        let units = [F::WRITE_SIZE, F::READ_SIZE];
        let is_unit = |unit: &usize| unit.is_power_of_two() && *unit <= slot;
        let fits_page = F::ERASE_SIZE.is_multiple_of(slot) && F::ERASE_SIZE != 0;
        if slot > MAX_SLOT || !units.iter().all(is_unit) || !fits_page {
            return Err(BootEpochError::Units);
        }
        let len = part.end.saturating_sub(part.start);
        let is_whole = |at: u32| at.is_multiple_of(Self::PAGE);
        let pages = len.checked_div(Self::PAGE).unwrap_or(0);
        let is_there = usize::try_from(part.end).is_ok_and(|end| end <= flash.capacity());
        if pages < 2 || !is_whole(part.start) || !is_whole(part.end) || !is_there {
            return Err(BootEpochError::Part);
        }
        Ok(Self {
            flash,
            start: part.start,
            pages,
        })
    }

    /// Begins an epoch: it is on flash, and was never used before. The first is 1. Each call makes one, so call it once for
    /// each start, and when the numbers of an epoch are used up.
    ///
    /// # Errors
    /// If there is none any more, the flash is not what this has written, or it fails. Then no sealed frame may be sent.
    pub fn begin(&mut self) -> Result<u16, BootEpochError<F::Error>> {
        for _ in 0..TRIES {
            let next = self.next()?;
            if next.erases {
                let from = self.offset(next.slot);
                let to = from.saturating_add(Self::PAGE);
                self.flash.erase(from, to).map_err(BootEpochError::Flash)?;
            }
            let written = self.write(next.slot, next.epoch);
            written.map_err(BootEpochError::Flash)?;
            if matches!(self.read(next.slot), Ok(Slot::Record(epoch)) if epoch == next.epoch) {
                return Ok(next.epoch);
            }
        }
        Err(BootEpochError::Worn)
    }

    /// The last epoch that was begun, if there is one. Where power failed meanwhile, one that nobody has used may be told.
    ///
    /// # Errors
    /// If the flash fails, or does not tell.
    pub fn last(&mut self) -> Result<Option<u16>, BootEpochError<F::Error>> {
        match self.next() {
            Ok(next) => Ok(next.epoch.checked_sub(1).filter(|epoch| *epoch != 0)),
            Err(BootEpochError::UsedUp) => Ok(Some(u16::MAX)),
            Err(error) => Err(error),
        }
    }

    /// Makes all pages blank, so that epochs begin at 1 again: only once the node has another key for good.
    ///
    /// # Errors
    /// If the flash fails.
    pub fn forget(&mut self) -> Result<(), BootEpochError<F::Error>> {
        let len = self.pages.saturating_mul(Self::PAGE);
        let end = self.start.saturating_add(len);
        let erased = self.flash.erase(self.start, end);
        erased.map_err(BootEpochError::Flash)
    }

    /// Gives the flash back.
    pub fn release(self) -> F {
        self.flash
    }

    /// Octets of a slot.
    const SLOT: usize = {
        let unit = if F::WRITE_SIZE > F::READ_SIZE {
            F::WRITE_SIZE
        } else {
            F::READ_SIZE
        };
        if unit > RECORD { unit } else { RECORD }
    };

    const PAGE: u32 = F::ERASE_SIZE as u32;

    /// The highest record, and behind it the first slot that can be written.
    fn next(&mut self) -> Result<Next, BootEpochError<F::Error>> {
        let in_page = Self::PAGE.checked_div(Self::SLOT as u32).unwrap_or(1);
        let all = in_page.saturating_mul(self.pages);
        let page_of = |slot: u32| slot.checked_div(in_page).unwrap_or(0);
        let (mut newest, mut spoilt, mut failure) = (None, 0u32, None);
        for slot in 0..all {
            match self.read(slot) {
                Ok(Slot::Record(epoch)) => newest = newest.max(Some((epoch, slot))),
                Ok(Slot::Blank) => {}
                Ok(Slot::Spoilt) => spoilt = spoilt.saturating_add(1),
                Err(error) => {
                    spoilt = spoilt.saturating_add(1);
                    failure = Some(error);
                }
            }
        }
        let (last, first) = newest.map_or((0, 0), |(epoch, slot)| (epoch, slot.saturating_add(1)));
        // Spoilt slots stand behind it, and then one that is blank, or an old record of the page that comes next.
        let around = (first..all).chain(0..first);
        let (mut skipped, mut place) = (0u32, None);
        for slot in around {
            match self.read(slot) {
                Ok(Slot::Blank) => {
                    place = Some(slot);
                    break;
                }
                Ok(Slot::Record(_)) => break,
                Ok(Slot::Spoilt) | Err(_) => skipped = skipped.saturating_add(1),
            }
        }
        let epoch = u32::from(last).saturating_add(skipped).saturating_add(1);
        let (slot, erases) = match (newest, place) {
            (Some((_, newest)), Some(slot)) if page_of(slot) == page_of(newest) => (slot, false),
            // What is there may have been erased in part only: it is erased again.
            (Some((_, newest)), _) => {
                let page = page_of(newest).saturating_add(1);
                let page = page.checked_rem(self.pages).unwrap_or(0);
                (page.saturating_mul(in_page), true)
            }
            // The first record of all was never completed, and nothing else was written.
            (None, Some(slot)) if skipped == spoilt => (slot, false),
            (None, _) => {
                return Err(failure.map_or(BootEpochError::Lost, BootEpochError::Flash));
            }
        };
        let epoch = u16::try_from(epoch).map_err(|_| BootEpochError::UsedUp)?;
        Ok(Next {
            epoch,
            slot,
            erases,
        })
    }

    fn read(&mut self, slot: u32) -> Result<Slot, F::Error> {
        let mut octets = [BLANK; MAX_SLOT];
        let offset = self.offset(slot);
        let octets = octets.get_mut(..Self::SLOT).unwrap_or_default();
        self.flash.read(offset, octets)?;
        if octets.iter().all(|octet| *octet == BLANK) {
            return Ok(Slot::Blank);
        }
        let (epoch, rest) = octets.split_first_chunk().unwrap_or((&[0; 2], &[]));
        let epoch = u16::from_be_bytes(*epoch);
        let is_record = rest.starts_with(&(!epoch).to_be_bytes())
            && rest.iter().skip(2).all(|octet| *octet == BLANK);
        Ok(if is_record {
            Slot::Record(epoch)
        } else {
            Slot::Spoilt
        })
    }

    fn write(&mut self, slot: u32, epoch: u16) -> Result<(), F::Error> {
        let mut octets = [BLANK; MAX_SLOT];
        let record = epoch
            .to_be_bytes()
            .into_iter()
            .chain((!epoch).to_be_bytes());
        octets
            .iter_mut()
            .zip(record)
            .for_each(|(place, octet)| *place = octet);
        let offset = self.offset(slot);
        let octets = octets.get(..Self::SLOT).unwrap_or_default();
        self.flash.write(offset, octets)
    }

    fn offset(&self, slot: u32) -> u32 {
        let offset = slot.saturating_mul(Self::SLOT as u32);
        self.start.saturating_add(offset)
    }
}

#[cfg(test)]
mod tests;
