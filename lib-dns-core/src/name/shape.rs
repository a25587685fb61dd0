//! The small numbers of a name, in one word.

/// Where a name stands in its octets, and how long it is.
///
/// One word, so that they move together: apart, a name would be six values for every function and every
/// loop that it passes through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape(pub(super) u64);

impl Shape {
    /// What each number is multiplied by. The eight bits above the labels count pointers while a name is
    /// read, and mean nothing after.
    pub(super) const LABEL: u64 = 1;
    pub(super) const START: u64 = 1 << 16;
    pub(super) const RUN: u64 = 1 << 32;
    pub(super) const LEN: u64 = 1 << 40;

    /// Where no name can start that a pointer leads to.
    pub(crate) const NOWHERE: Self = Self::new(u16::MAX, 0, 0, 0);

    #[inline]
    pub(crate) const fn new(start: u16, run: u8, len: u8, labels: u8) -> Self {
        Self(
            (labels as u64).wrapping_mul(Self::LABEL)
                | (start as u64).wrapping_mul(Self::START)
                | (run as u64).wrapping_mul(Self::RUN)
                | (len as u64).wrapping_mul(Self::LEN),
        )
    }

    /// A name that stands in one piece at the front of its octets.
    #[inline]
    pub(super) const fn flat(len: u8, labels: u8) -> Self {
        Self::new(0, len, len, labels)
    }

    /// Labels, the root label not counted: 0 to 127.
    #[inline]
    pub(super) fn labels(self) -> u8 {
        self.0 as u8
    }

    /// Where the first label starts.
    #[inline]
    pub(crate) fn start(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// How many octets stand together from `start` on, before a pointer or the end.
    #[inline]
    pub(super) fn run(self) -> u8 {
        (self.0 >> 32) as u8
    }

    /// Octets in wire form without compression, the root label included: 1 to 255.
    #[inline]
    pub(super) fn len(self) -> u8 {
        (self.0 >> 40) as u8
    }
}
