//! Hashed owner names (RFC 5155).

use crate::name::{Name, NameBuf, NameBuilder};
use crate::text::{Base32HexDecoder, hash_digits};

/// Octets of an NSEC3 hash; SHA-1 is the only algorithm that was ever assigned.
pub const HASH_LEN: usize = 20;

/// Octets of a hash as a label: base32hex without padding.
pub const HASH_LABEL_LEN: usize = 32;

/// The most extra iterations that are computed. RFC 9276 asks for 0; what validators refuse anyhow is not
/// worth the work.
pub const MAX_ITERATIONS: u16 = 500;

/// SHA-1, lent by the caller.
pub trait Sha1 {
    /// The digest of the parts, one behind the other.
    fn digest(&self, parts: &[&[u8]]) -> [u8; HASH_LEN];
}

/// How a zone hashes its names: the data of its NSEC3PARAM record (RFC 5155 4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nsec3Parameters<'a> {
    /// Times that the hash is hashed again.
    pub iterations: u16,
    /// Octets appended before each time.
    pub salt: &'a [u8],
}

impl<'a> Nsec3Parameters<'a> {
    /// Reads NSEC3PARAM data; `None` if it is no such data, asks for another algorithm than SHA-1, has
    /// flags set (RFC 5155 4.1.2), or more than [`MAX_ITERATIONS`].
    pub fn from_data(data: &'a [u8]) -> Option<Self> {
        let (&[algorithm, flags, high, low, salt_len], salt) = data.split_first_chunk()?;
        let iterations = u16::from_be_bytes([high, low]);
        let usable = algorithm == 1 && flags == 0 && iterations <= MAX_ITERATIONS;
        (usable && salt.len() == usize::from(salt_len)).then_some(Self { iterations, salt })
    }

    /// The hash of a name (RFC 5155 5).
    pub fn hash(&self, name: &Name<'_>, sha1: &impl Sha1) -> [u8; HASH_LEN] {
        let canonical = NameBuf::from(*name).to_lowercase();
        let mut hash = sha1.digest(&[canonical.as_bytes(), self.salt]);
        for _ in 0..self.iterations {
            hash = sha1.digest(&[&hash, self.salt]);
        }
        hash
    }
}

/// A hash as the first label of an NSEC3 record's owner: base32hex without padding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HashLabel([u8; HASH_LABEL_LEN]);

impl HashLabel {
    /// Encodes a hash.
    ///
    /// ```
    /// use lib_dns_core::dnssec::HashLabel;
    /// assert_eq!(HashLabel::encode(&[0xff; 20]).as_bytes(), &[b'v'; 32]);
    /// ```
    pub fn encode(hash: &[u8; HASH_LEN]) -> Self {
        Self(hash_digits(hash))
    }

    /// Reads the first label of an NSEC3 record's owner, in any case.
    pub fn decode(label: &[u8]) -> Option<[u8; HASH_LEN]> {
        if label.len() != HASH_LABEL_LEN {
            return None;
        }
        let mut hash = [0; HASH_LEN];
        let mut decoder = Base32HexDecoder::default();
        let mut slots = hash.iter_mut();
        for digit in label {
            if let Some(octet) = decoder.push(*digit).ok()? {
                *slots.next()? = octet;
            }
        }
        Some(hash)
    }

    /// The label.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The owner of the NSEC3 record with this hash, in a zone (RFC 5155 3); `None` if the zone's name is too long for that.
    ///
    /// ```
    /// use lib_dns_core::dnssec::HashLabel;
    /// use lib_dns_core::name::NameBuf;
    /// let zone = NameBuf::from_text("example.")?;
    /// let owner = HashLabel::encode(&[0; 20]).owner(&zone.as_name()).unwrap();
    /// assert_eq!(owner.to_string(), "00000000000000000000000000000000.example.");
    /// # Ok::<(), lib_dns_core::text::TextError>(())
    /// ```
    pub fn owner(&self, zone: &Name<'_>) -> Option<NameBuf> {
        let mut owner = NameBuilder::new();
        owner.push_label(&self.0).ok()?;
        owner.finish(zone).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_back_in_any_case() {
        let hash: [u8; 20] = core::array::from_fn(|at| (at * 37 + 11) as u8);
        let label = HashLabel::encode(&hash);
        assert_eq!(HashLabel::decode(label.as_bytes()), Some(hash));
        let upper = label.as_bytes().to_ascii_uppercase();
        assert_eq!(HashLabel::decode(&upper), Some(hash));
        assert_eq!(HashLabel::decode(b"w"), None);
        assert_eq!(HashLabel::decode(&[b'w'; 32]), None);
    }

    #[test]
    fn parameters_that_cannot_be_used_are_refused() {
        let read = |data| Nsec3Parameters::from_data(data);
        let parameters = read(&[1, 0, 0, 12, 2, 0xaa, 0xbb]).unwrap();
        assert_eq!(
            (parameters.iterations, parameters.salt),
            (12, &[0xaa, 0xbb][..])
        );
        for bad in [
            &[1, 0, 0, 12, 2, 0xaa][..],
            &[1, 0, 0, 12, 2, 0xaa, 0xbb, 0xcc],
            &[2, 0, 0, 0, 0],
            &[1, 1, 0, 0, 0],
            &[1, 0, 0xff, 0xff, 0],
            &[1, 0, 0],
        ] {
            assert_eq!(read(bad), None);
        }
    }
}
