//! Walking the labels of a validated name.

use super::{LABEL_END, POINTER_MARK, pointer_target};

/// The labels of a name, from the first to the one before the root.
///
/// The name was validated when it was read, so the walk cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    octets: &'a [u8],
    /// The end of `octets` that starts with the next label, or with a pointer to it.
    rest: &'a [u8],
    remaining: u8,
}

impl<'a> Labels<'a> {
    #[inline]
    pub(super) fn new(octets: &'a [u8], start: u16, remaining: u8) -> Self {
        Self {
            octets,
            rest: octets.get(usize::from(start)..).unwrap_or_default(),
            remaining,
        }
    }

    /// How many labels are still to come.
    #[inline]
    pub fn remaining(&self) -> usize {
        usize::from(self.remaining)
    }

    /// Follows the pointer that `rest` starts with.
    #[inline]
    fn follow(&mut self) -> Option<()> {
        let rest = self
            .octets
            .get(pointer_target(*self.rest.first_chunk()?)..)?;
        // Validation made sure that pointers lead back; this keeps the walk bounded whatever happens.
        if rest.len() <= self.rest.len() {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Where the rest of the name starts, and how many octets stand together there.
    pub(super) fn run(&mut self) -> (u16, u8) {
        while let Some(POINTER_MARK..) = self.rest.first() {
            if self.follow().is_none() {
                break;
            }
        }
        let start = self.octets.len().wrapping_sub(self.rest.len());
        let mut len = 0usize;
        while let Some(&octet @ 0..LABEL_END) = self.rest.get(len) {
            len = len.wrapping_add(1).wrapping_add(usize::from(octet));
            if octet == 0 {
                break;
            }
        }
        // Offsets of names fit 16 bits, runs 8: both were checked when the name was read.
        (start as u16, len as u8)
    }
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let (&len, tail) = self.rest.split_first()?;
            match len {
                1..LABEL_END => {
                    let (label, rest) = tail.split_at_checked(usize::from(len))?;
                    self.rest = rest;
                    self.remaining = self.remaining.wrapping_sub(1);
                    return Some(label);
                }
                0 => return None,
                _ => self.follow()?,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining(), Some(self.remaining()))
    }
}

impl ExactSizeIterator for Labels<'_> {}
