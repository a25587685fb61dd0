//! Walking the labels of a validated name.

use super::{MAX_LABEL_LEN, POINTER_MARK};

/// The labels of a name, from the first to the one before the root.
///
/// The name was validated when it was read, so the walk cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    octets: &'a [u8],
    at: usize,
    remaining: u8,
}

impl<'a> Labels<'a> {
    #[inline]
    pub(super) fn new(octets: &'a [u8], start: u16, remaining: u8) -> Self {
        Self {
            octets,
            at: usize::from(start),
            remaining,
        }
    }

    /// How many labels are still to come.
    #[inline]
    pub fn remaining(&self) -> usize {
        usize::from(self.remaining)
    }

    /// Follows pointers until the walk stands at a label or at the root.
    #[inline]
    fn follow(&mut self) -> Option<u8> {
        loop {
            let octet = *self.octets.get(self.at)?;
            if octet <= MAX_LABEL_LEN as u8 {
                return Some(octet);
            }
            let low = *self.octets.get(self.at.wrapping_add(1))?;
            let target = usize::from(octet & !POINTER_MARK) << 8 | usize::from(low);
            // Validation made sure of this; it keeps the loop bounded whatever happens.
            if target >= self.at {
                return None;
            }
            self.at = target;
        }
    }

    /// Where the rest of the name starts, and how many octets stand together there.
    pub(super) fn run(&mut self) -> (u16, u8) {
        let _ = self.follow();
        let start = self.at;
        let mut at = start;
        let mut left = self.remaining;
        while let Some(&octet) = self.octets.get(at) {
            if octet > MAX_LABEL_LEN as u8 {
                break;
            }
            at = at.wrapping_add(1).wrapping_add(usize::from(octet));
            if octet == 0 || left == 0 {
                break;
            }
            left = left.wrapping_sub(1);
        }
        // Offsets of names fit 16 bits, runs 8: both were checked when the name was read.
        (start as u16, at.wrapping_sub(start) as u8)
    }

    /// Where the next label starts in the octets that hold the name.
    #[inline]
    pub(crate) fn next_offset(&mut self) -> Option<usize> {
        self.follow()?;
        Some(self.at)
    }
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.remaining = self.remaining.checked_sub(1)?;
        let mut rest = self.octets.get(self.at..)?.split_first()?;
        if *rest.0 > MAX_LABEL_LEN as u8 {
            self.follow()?;
            rest = self.octets.get(self.at..)?.split_first()?;
        }
        let (len, tail) = rest;
        let len = usize::from(*len);
        self.at = self.at.wrapping_add(1).wrapping_add(len);
        tail.get(..len)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining(), Some(self.remaining()))
    }
}

impl ExactSizeIterator for Labels<'_> {}
