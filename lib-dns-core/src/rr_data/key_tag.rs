//! Key tags.

use crate::code_points::SecurityAlgorithm;

/// The tag of a key, from the data of its DNSKEY, CDNSKEY or KEY record (RFC 4034 B). Different keys may
/// have the same.
///
/// ```
/// use lib_dns_core::rr_data::key_tag;
/// // Flags 257, protocol 3, algorithm 15, and a key.
/// assert_eq!(key_tag(&[1, 1, 3, 15, 0x12, 0x34]), 0x0101 + 0x030f + 0x1234);
/// ```
pub fn key_tag(data: &[u8]) -> u16 {
    // Of RSA/MD5, the last octets of the modulus but one (RFC 4034 B.1).
    if let [_, _, _, algorithm, .., high, low, _] = data
        && *algorithm == SecurityAlgorithm::RSAMD5.0
    {
        return u16::from_be_bytes([*high, *low]);
    }
    let sum = data.chunks(2).fold(0u32, |sum, pair| {
        let high = pair.first().map_or(0, |octet| u32::from(*octet) << 8);
        let low = pair.get(1).map_or(0, |octet| u32::from(*octet));
        sum.wrapping_add(high).wrapping_add(low)
    });
    (sum.wrapping_add(sum >> 16) & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_md5_has_a_tag_of_its_own() {
        let key = [1, 0, 3, 1, 3, 1, 0, 1, 0xaa, 0xbb, 0xcc];
        assert_eq!(key_tag(&key), 0xaabb);
        assert_ne!(key_tag(&[1, 0, 3, 5, 3, 1, 0, 1, 0xaa, 0xbb, 0xcc]), 0xaabb);
        assert_eq!(key_tag(&[]), 0);
    }
}
