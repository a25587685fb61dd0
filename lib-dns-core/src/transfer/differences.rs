//! The records of differences that follow each other.

use crate::wire::Reader;
use crate::zone::{Difference, Serial, StoredRecord};
use core::fmt;

/// All records of differences that follow each other, oldest first: what stands between the two SOA records
/// around an IXFR answer (RFC 1995 4).
///
/// It is made by [`Differences::between`], which sees to it that no version is missing.
#[derive(Clone, Debug)]
pub struct Differences<'z, D> {
    differences: D,
    current: Reader<'z>,
}

impl<'z, D: Iterator<Item = Difference<'z>> + Clone> Differences<'z, D> {
    /// The differences that lead from one version to another. One difference that was condensed from many is
    /// as good as the many (RFC 1995 5).
    ///
    /// # Errors
    /// If they do not start at `from`, a version is missing between two of them, or they do not end at `to`.
    pub fn between(from: Serial, to: Serial, differences: D) -> Result<Self, BrokenChain> {
        let mut at = from;
        for difference in differences.clone() {
            if difference.from_serial() != at {
                return Err(BrokenChain {
                    expected: at,
                    found: difference.from_serial(),
                });
            }
            at = difference.to_serial();
        }
        if at != to {
            return Err(BrokenChain {
                expected: to,
                found: at,
            });
        }
        Ok(Self {
            differences,
            current: Reader::new(&[]),
        })
    }
}

impl<'z, D: Iterator<Item = Difference<'z>>> Iterator for Differences<'z, D> {
    type Item = StoredRecord<'z>;

    #[inline]
    fn next(&mut self) -> Option<StoredRecord<'z>> {
        if self.current.is_empty() {
            // A difference has two records at least.
            self.current = Reader::new(self.differences.next()?.as_bytes());
        }
        StoredRecord::read(&mut self.current).ok()
    }
}

/// Differences do not lead from version to version without a gap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BrokenChain {
    /// The version that had to come.
    pub expected: Serial,
    /// The one that came.
    pub found: Serial,
}

impl fmt::Display for BrokenChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the history has version {} where {} had to follow",
            self.found, self.expected
        )
    }
}

impl core::error::Error for BrokenChain {}
