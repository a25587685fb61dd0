//! Walking the labels of a validated name.

use super::{LABEL_END, POINTER_MARK, Shape, pointer_target};

/// The labels of a name, from the first to the one before the root.
///
/// The name was validated when it was read, so the walk cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    octets: &'a [u8],
    /// Where the length of the next label stands, or the root or a pointer. Narrower than an index, so
    /// that no sum with a label's length can overflow and be asked about.
    at: u32,
    remaining: u8,
}

impl<'a> Labels<'a> {
    #[inline]
    pub(super) fn new(octets: &'a [u8], shape: Shape) -> Self {
        Self {
            octets,
            at: u32::from(shape.start()),
            remaining: shape.labels(),
        }
    }

    /// How many labels are still to come.
    #[inline]
    pub fn remaining(&self) -> usize {
        usize::from(self.remaining)
    }

    /// Follows the pointer whose first octet is `high`.
    #[inline]
    fn follow(&mut self, high: u8) -> Option<()> {
        let low = *self.octets.get((self.at as usize).wrapping_add(1))?;
        let target = pointer_target([high, low]) as u32;
        // Validation made sure that pointers lead back; this keeps the walk bounded whatever happens.
        if target >= self.at {
            return None;
        }
        self.at = target;
        Some(())
    }

    /// Where the rest of the name starts, and how many octets stand together there.
    pub(super) fn run(&mut self) -> (u16, u8) {
        while let Some(&high @ POINTER_MARK..) = self.octets.get(self.at as usize) {
            if self.follow(high).is_none() {
                break;
            }
        }
        let rest = self.octets.get(self.at as usize..).unwrap_or_default();
        let mut len = 0usize;
        while let Some(&octet @ 0..LABEL_END) = rest.get(len) {
            len = len.wrapping_add(1).wrapping_add(usize::from(octet));
            if octet == 0 {
                break;
            }
        }
        // Offsets of names fit 16 bits, runs 8: both were checked when the name was read.
        (self.at as u16, len as u8)
    }
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let at = self.at as usize;
            match *self.octets.get(at)? {
                len @ 1..LABEL_END => {
                    let start = at.wrapping_add(1);
                    let end = start.wrapping_add(usize::from(len));
                    let label = self.octets.get(start..end)?;
                    self.at = end as u32;
                    self.remaining = self.remaining.wrapping_sub(1);
                    return Some(label);
                }
                0 => return None,
                high => self.follow(high)?,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining(), Some(self.remaining()))
    }
}

impl ExactSizeIterator for Labels<'_> {}
