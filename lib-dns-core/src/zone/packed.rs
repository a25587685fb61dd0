//! RRsets one behind the other, as zones in memory and zone images have them.

use crate::rr_data::Type;
use crate::zone::RrSet;

/// Octets before the packed records of an RRset: type (2), TTL (4), octets that follow (4).
pub const SET_HEADER_LEN: usize = 10;

/// Walks RRsets one behind the other, each behind a header of [`SET_HEADER_LEN`] octets. What is cut off at
/// the end is not seen.
///
/// ```
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::zone::PackedSets;
/// let mut octets = PackedSets::header(Type::A, 300, 6).to_vec();
/// octets.extend([0, 4, 192, 0, 2, 1]);
/// let rrset = PackedSets::new(&octets).of_type(Type::A).unwrap();
/// assert_eq!((rrset.ttl, rrset.first()), (300, Some(&[192, 0, 2, 1][..])));
/// ```
#[derive(Clone, Debug)]
pub struct PackedSets<'z>(&'z [u8]);

impl<'z> PackedSets<'z> {
    /// Views packed RRsets.
    #[inline]
    pub fn new(octets: &'z [u8]) -> Self {
        Self(octets)
    }

    /// The header of an RRset whose records take `len` octets.
    #[inline]
    pub fn header(rtype: Type, ttl: u32, len: u32) -> [u8; SET_HEADER_LEN] {
        let [r0, r1] = rtype.0.to_be_bytes();
        let [t0, t1, t2, t3] = ttl.to_be_bytes();
        let [l0, l1, l2, l3] = len.to_be_bytes();
        [r0, r1, t0, t1, t2, t3, l0, l1, l2, l3]
    }

    /// The RRset of a type; they stand in the order of their types.
    #[inline]
    pub fn of_type(mut self, rtype: Type) -> Option<RrSet<'z>> {
        self.find(|set| set.rtype >= rtype)
            .filter(|set| set.rtype == rtype)
    }

    /// What was not walked yet; after the last RRset, what was cut off.
    #[inline]
    pub fn rest(&self) -> &'z [u8] {
        self.0
    }
}

impl<'z> Iterator for PackedSets<'z> {
    type Item = RrSet<'z>;

    #[inline]
    fn next(&mut self) -> Option<RrSet<'z>> {
        let (header, rest) = self.0.split_first_chunk::<SET_HEADER_LEN>()?;
        let [r0, r1, t0, t1, t2, t3, l0, l1, l2, l3] = *header;
        let len = u32::from_be_bytes([l0, l1, l2, l3]);
        let (packed, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(RrSet::new(
            Type(u16::from_be_bytes([r0, r1])),
            u32::from_be_bytes([t0, t1, t2, t3]),
            packed,
        ))
    }
}
