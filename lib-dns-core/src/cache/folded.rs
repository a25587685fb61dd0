//! Names as the caches compare them: flat, in lower case, with a keyed hash.

use crate::code_points::Class;
use crate::name::Name;

/// The key of a cache's hash: two random words that nobody else knows.
///
/// Who knows the key can make names that all fall into one set, and so drive the names of others out of it.
#[derive(Clone, Copy)]
pub struct HashKey(pub [u64; 2]);

/// It says nothing of the key.
impl core::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HashKey")
    }
}

/// Octets that are folded at once.
const WORD: usize = 8;
/// The longest name, up to a whole word.
const ROOM: usize = 256;

/// A name in lower case, with its class and the hash of both.
pub(super) struct Folded {
    octets: [u8; ROOM],
    len: u8,
    /// Labels, the root label not counted.
    pub(super) labels: u8,
    pub(super) class: Class,
    /// SipHash-1-3 of name and class.
    pub(super) hash: u64,
}

impl Folded {
    pub(super) fn new(key: HashKey, name: &Name<'_>, class: Class) -> Self {
        let mut folded = Self {
            octets: [0; ROOM],
            len: name.wire_len() as u8,
            labels: name.label_count() as u8,
            class,
            hash: 0,
        };
        // A name has at most 255 octets, so it fits.
        let _ = name.copy_flat(&mut folded.octets);
        let mut hash = SipHash13::new(key);
        let (words, _) = folded.octets.as_chunks_mut::<WORD>();
        let used = usize::from(folded.len).div_ceil(WORD);
        for octets in words.iter_mut().take(used) {
            let word = fold(u64::from_le_bytes(*octets));
            *octets = word.to_le_bytes();
            hash.word(word);
        }
        // What the words leave open is their number of octets.
        folded.hash = hash.finish(u64::from(folded.len) << 56 | u64::from(class.0));
        folded
    }

    /// The wire form in lower case.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) fn as_name(&self) -> Name<'_> {
        Name::flat(self.as_bytes(), self.labels).unwrap_or(Name::ROOT)
    }
}

/// Eight octets with their ASCII letters in lower case. Length octets are below every letter.
fn fold(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    const UP_TO_A: u64 = (0x80 - b'A' as u64) * EACH;
    const UP_TO_Z: u64 = (0x7f - b'Z' as u64) * EACH;
    let low_bits = word & !HIGH;
    // The high bit of each octet says whether its other bits are at least 'A', or above 'Z'. Neither sum leaves
    // its octet.
    let from_a = low_bits.wrapping_add(UP_TO_A);
    let above_z = low_bits.wrapping_add(UP_TO_Z);
    let upper = (from_a ^ above_z) & !word & HIGH;
    word | upper >> 2
}

/// SipHash with one round a word and three at the end: what hash tables need (Aumasson and Bernstein, 2012).
struct SipHash13([u64; 4]);

impl SipHash13 {
    #[inline]
    fn new(HashKey([low, high]): HashKey) -> Self {
        Self([
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ])
    }

    #[inline]
    fn round(&mut self) {
        let [mut v0, mut v1, mut v2, mut v3] = self.0;
        v0 = v0.wrapping_add(v1);
        v2 = v2.wrapping_add(v3);
        v1 = v1.rotate_left(13) ^ v0;
        v3 = v3.rotate_left(16) ^ v2;
        v0 = v0.rotate_left(32);
        v2 = v2.wrapping_add(v1);
        v0 = v0.wrapping_add(v3);
        v1 = v1.rotate_left(17) ^ v2;
        v3 = v3.rotate_left(21) ^ v0;
        v2 = v2.rotate_left(32);
        self.0 = [v0, v1, v2, v3];
    }

    #[inline]
    fn word(&mut self, word: u64) {
        let [_, _, _, v3] = &mut self.0;
        *v3 ^= word;
        self.round();
        let [v0, ..] = &mut self.0;
        *v0 ^= word;
    }

    #[inline]
    fn finish(mut self, last: u64) -> u64 {
        self.word(last);
        let [_, _, v2, _] = &mut self.0;
        *v2 ^= 0xff;
        self.round();
        self.round();
        self.round();
        let [v0, v1, v2, v3] = self.0;
        v0 ^ v1 ^ v2 ^ v3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuf;
    use proptest::prelude::*;

    #[test]
    fn the_hash_is_siphash_1_3() {
        // Of no octets and of the octets 0 to 7, under the key 00 to 0f, made by a second implementation that
        // gives the paper's vector with two and four rounds.
        let key = HashKey([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
        assert_eq!(SipHash13::new(key).finish(0), 0xabac_0158_050f_c4dc);
        let mut hash = SipHash13::new(key);
        hash.word(0x0706_0504_0302_0100);
        assert_eq!(hash.finish(8 << 56), 0x3690_9511_8d29_9a8e);
    }

    proptest! {
        #[test]
        fn folding_is_ascii_lower_case(octets: [u8; 8]) {
            let folded = fold(u64::from_le_bytes(octets)).to_le_bytes();
            prop_assert_eq!(folded, octets.map(|octet| octet.to_ascii_lowercase()));
        }
    }

    #[test]
    fn case_and_compression_do_not_count_and_all_else_does() {
        let key = HashKey([1, 2]);
        let message = [&[0; 12][..], b"\x07EXAMPLE\x00\x03www\xc0\x0c"].concat();
        let (compressed, _) = Name::from_message(&message, 21).unwrap();
        let flat = NameBuf::from_text("WWW.example.").unwrap();
        let one = Folded::new(key, &compressed, Class::IN);
        let other = Folded::new(key, &flat.as_name(), Class::IN);
        assert_eq!(one.hash, other.hash);
        assert_eq!(one.as_bytes(), b"\x03www\x07example\x00");
        assert_eq!(one.as_name(), flat.as_name());
        let hashes = [
            Folded::new(HashKey([1, 3]), &flat.as_name(), Class::IN).hash,
            Folded::new(key, &flat.as_name(), Class::CH).hash,
            Folded::new(key, &Name::ROOT, Class::IN).hash,
        ];
        assert!(!hashes.contains(&one.hash));
    }
}
