//! Walking the labels of a validated name.

use super::{LABEL_END, POINTER_MARK, Shape, pointer_target};

/// The labels of a name, from the first to the one before the root.
///
/// The name was validated when it was read, so the walk cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    octets: &'a [u8],
    /// The length of the next label, or the root's, or the first octet of a pointer; [`NOTHING`] if no octet
    /// stands there. It is read with the label before, so that one comparison is for both.
    head: usize,
    /// Where the octet after that one stands. It fits 32 bits, so that no sum with a label's length can
    /// overflow and be asked about.
    at: usize,
    remaining: u8,
}

/// What is no octet.
const NOTHING: usize = 256;
/// [`LABEL_END`] as wide as what is compared with it.
const END: usize = LABEL_END as usize;
/// [`POINTER_MARK`] likewise.
const MARK: usize = POINTER_MARK as usize;

impl<'a> Labels<'a> {
    #[inline]
    pub(super) fn new(octets: &'a [u8], shape: Shape) -> Self {
        let mut labels = Self {
            octets,
            head: NOTHING,
            at: 0,
            remaining: shape.labels(),
        };
        labels.go_to(usize::from(shape.start()));
        labels
    }

    /// How many labels are still to come.
    #[inline]
    pub fn remaining(&self) -> usize {
        usize::from(self.remaining)
    }

    /// Goes on with what stands at an offset, which fits 16 bits.
    #[inline]
    fn go_to(&mut self, at: usize) {
        let head = self.octets.get(at);
        self.head = head.map_or(NOTHING, |head| usize::from(*head));
        self.at = at.wrapping_add(1);
    }

    /// The next label that stands here, before the root or a pointer.
    #[inline(always)]
    fn here(&mut self) -> Option<&'a [u8]> {
        let len @ 1..END = self.head else {
            return None;
        };
        let start = self.at;
        let end = start.wrapping_add(len);
        // Something follows each label.
        let head = *self.octets.get(end)?;
        let label = self.octets.get(start..end)?;
        self.head = usize::from(head);
        self.at = (end as u32).wrapping_add(1) as usize;
        self.remaining = self.remaining.wrapping_sub(1);
        Some(label)
    }

    /// Follows the pointer that stands here, if something does.
    #[inline]
    fn follow(&mut self) -> Option<()> {
        let low = *self.octets.get(self.at)?;
        let target = pointer_target([self.head as u8, low]);
        // Validation made sure that pointers lead back; this keeps the walk bounded whatever happens.
        if target.wrapping_add(1) >= self.at || self.head == NOTHING {
            return None;
        }
        self.go_to(target);
        Some(())
    }

    /// Where the rest of the name starts, and how many octets stand together there.
    pub(super) fn run(&mut self) -> (u16, u8) {
        while let MARK..NOTHING = self.head {
            if self.follow().is_none() {
                break;
            }
        }
        let start = self.at.wrapping_sub(1);
        let rest = self.octets.get(start..).unwrap_or_default();
        let mut len = 0usize;
        while let Some(&octet @ 0..LABEL_END) = rest.get(len) {
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
            if let Some(label) = self.here() {
                return Some(label);
            }
            match self.head {
                MARK..NOTHING => self.follow()?,
                _ => return None,
            }
        }
    }

    #[inline]
    fn fold<T, F: FnMut(T, &'a [u8]) -> T>(mut self, init: T, mut each: F) -> T {
        let mut folded = init;
        loop {
            // Most names stand in one piece or two, so this is the loop that counts.
            while let Some(label) = self.here() {
                folded = each(folded, label);
            }
            if self.head < MARK || self.follow().is_none() {
                return folded;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining(), Some(self.remaining()))
    }
}

impl ExactSizeIterator for Labels<'_> {}
