//! Which version of a zone a node has, and how two of them relate.

use crate::zone::Serial;

/// A version of a zone, as ZONEVERSION of type 246 carries it: what shows at once that two nodes with one serial do not
/// have the same zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ZoneVersion {
    /// The SOA serial.
    pub serial: Serial,
    /// When the zone's authority signed it, in seconds since 1970 modulo 2^32; 0 if it is not signed.
    pub signed: u32,
    /// The first eight octets of the zone's digest (RFC 8976).
    pub digest: [u8; 8],
}

/// What a node's version is to ours.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Relation {
    /// The same.
    Same,
    /// It is newer: fetch it.
    Newer,
    /// It is older: they will fetch ours.
    Older,
    /// Both have moved on from a common ancestor: serials say nothing, [`merge`](super::merge) them. To be logged.
    Fork,
    /// It is newer by more than is believed at once. To be logged, and a person to be asked.
    Leap,
}

impl ZoneVersion {
    /// As ZONEVERSION of type 246 writes it.
    pub fn to_octets(self) -> [u8; 16] {
        let mut octets = [0; 16];
        let values = self.serial.0.to_be_bytes().into_iter();
        let values = values.chain(self.signed.to_be_bytes()).chain(self.digest);
        octets
            .iter_mut()
            .zip(values)
            .for_each(|(to, from)| *to = from);
        octets
    }

    /// Reads what [`ZoneVersion::to_octets`] wrote; `None` if that is of another length.
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let (serial, rest) = octets.split_first_chunk()?;
        let (signed, digest) = rest.split_first_chunk()?;
        Some(Self {
            serial: Serial(u32::from_be_bytes(*serial)),
            signed: u32::from_be_bytes(*signed),
            digest: digest.try_into().ok()?,
        })
    }

    /// What `theirs` is to this one of ours.
    ///
    /// `theirs_then` is the digest of their version with our serial, if their history goes back so far: when it differs,
    /// both have moved on. `max_step` is by how much a serial may rise at once, at most [`Serial::MAX_STEP`].
    ///
    /// ```
    /// use lib_dns_core::policy::{Relation, ZoneVersion};
    /// use lib_dns_core::zone::Serial;
    /// let ours = ZoneVersion { serial: Serial(7), signed: 0, digest: [1; 8] };
    /// let theirs = ZoneVersion { digest: [2; 8], ..ours };
    /// assert_eq!(ours.relation_to(&theirs, None, 1000), Relation::Fork);
    /// let theirs = ZoneVersion { serial: Serial(8), ..theirs };
    /// assert_eq!(ours.relation_to(&theirs, None, 1000), Relation::Newer);
    /// assert_eq!(ours.relation_to(&theirs, Some([3; 8]), 1000), Relation::Fork);
    /// ```
    pub fn relation_to(
        &self,
        theirs: &Self,
        theirs_then: Option<[u8; 8]>,
        max_step: u32,
    ) -> Relation {
        if theirs.serial == self.serial {
            return match theirs.digest == self.digest {
                true => Relation::Same,
                false => Relation::Fork,
            };
        }
        if self.serial.is_newer_than(theirs.serial) {
            return Relation::Older;
        }
        // Half the circle away is a leap too.
        let step = theirs.serial.0.wrapping_sub(self.serial.0);
        if step > max_step.min(Serial::MAX_STEP) {
            return Relation::Leap;
        }
        match theirs_then.is_some_and(|then| then != self.digest) {
            true => Relation::Fork,
            false => Relation::Newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(serial: u32, digest: u8) -> ZoneVersion {
        ZoneVersion {
            serial: Serial(serial),
            signed: 1_768_608_000,
            digest: [digest; 8],
        }
    }

    #[test]
    fn equal_serials_with_different_digests_are_a_fork() {
        let ours = version(7, 1);
        let relation = |theirs| ours.relation_to(&theirs, None, Serial::MAX_STEP);
        assert_eq!(relation(version(7, 1)), Relation::Same);
        assert_eq!(relation(version(7, 2)), Relation::Fork);
        assert_eq!(relation(version(8, 2)), Relation::Newer);
        assert_eq!(relation(version(6, 2)), Relation::Older);
    }

    #[test]
    fn a_history_that_is_not_ours_is_a_fork() {
        let ours = version(u32::MAX, 1);
        let relation = |then| ours.relation_to(&version(3, 2), then, 10);
        assert_eq!(relation(None), Relation::Newer);
        assert_eq!(relation(Some([1; 8])), Relation::Newer);
        assert_eq!(relation(Some([2; 8])), Relation::Fork);
    }

    #[test]
    fn a_serial_may_not_leap() {
        let ours = version(5, 1);
        let relation = |serial, most| ours.relation_to(&version(serial, 1), None, most);
        assert_eq!(relation(15, 10), Relation::Newer);
        assert_eq!(relation(16, 10), Relation::Leap);
        assert_eq!(relation(5 + Serial::MAX_STEP, u32::MAX), Relation::Newer);
        assert_eq!(relation(5 + 0x8000_0000, u32::MAX), Relation::Leap);
        assert_eq!(relation(6 + 0x8000_0000, u32::MAX), Relation::Older);
    }

    #[test]
    fn a_version_reads_back_from_zoneversion() {
        let version = version(0x0102_0304, 9);
        let octets = version.to_octets();
        assert_eq!(octets[..4], [1, 2, 3, 4]);
        assert_eq!(ZoneVersion::from_octets(&octets), Some(version));
        assert_eq!(ZoneVersion::from_octets(&octets[..15]), None);
        assert_eq!(ZoneVersion::from_octets(&[octets, octets].concat()), None);
    }
}
