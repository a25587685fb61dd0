//! The hash of names, under a key that only the caller knows.
//!
//! A name is brought down to one word by a polynomial at a secret point, which maps two names to one word with a chance below
//! 2^-53, whatever they are (shown at [`Hasher::compress`]). That holds against all who do not see these words, from which the
//! point could be solved. So what leaves this module went through two multiplications by secret words, of each of which
//! both halves are taken together.
//!
//! This is no cryptographic function. Who attacks it has to learn secret words from which names drive out which others, told
//! by the time that answers take; that this is hard is not proved. What would be won is said at [`HashKey`], and it is
//! little.

use crate::code_points::Class;

/// The key of a cache's hash: two random words that nobody else knows.
///
/// Who knows the key can make names that all fall into one set, and so drive the names of others out of it, with eight
/// insertions instead of as many as there are slots. That is all that is at stake: a lookup looks at eight slots whatever the
/// names are, and names are compared, never only hashes. So a device that nobody else asks may do with a constant.
#[derive(Clone, Copy)]
pub struct HashKey(pub [u64; 2]);

/// It says nothing of the key.
impl core::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HashKey")
    }
}

/// Octets that are read at once.
const WORD: usize = size_of::<u64>();
/// Octets of a coefficient, so that each is below the modulus.
const PART: usize = WORD - 1;
/// Octets of a step: two coefficients.
const STEP: usize = 2 * PART;
/// The modulus is the prime 2^61 - 1.
const MODULUS_BITS: u32 = 61;
const MODULUS: u64 = (1 << MODULUS_BITS) - 1;
/// Each half of the secret point has so many bits.
const POINT_BITS: u32 = 58;

/// What is made of a key once, to hash names with.
#[derive(Clone, Copy)]
pub(super) struct Hasher {
    /// The secret point.
    point: [u64; 2],
    /// Odd, so that no word is lost.
    seals: [u64; 2],
}

/// It says nothing of the key.
impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    pub(super) fn new(key: HashKey) -> Self {
        let word = |number| SipHash13::new(key).of_word(number);
        Self {
            point: [word(0), word(1)].map(|word| word >> (u64::BITS - POINT_BITS)),
            seals: [word(2), word(3)].map(|word| word | 1),
        }
    }

    /// The hash of a name, in wire form and in lower case, and its class.
    #[inline]
    pub(super) fn hash(&self, name: &[u8], class: Class) -> u64 {
        let word = self.compress(name, class);
        let [one, two] = self.seals;
        multiplied(multiplied(word, one), two)
    }

    /// A polynomial at the point (s, r), modulo the prime. Every step does x <- (x + a) s + b r, where a and b are seven
    /// octets each, and x is 0 at first. Length and class are added at the end.
    ///
    /// So the steps' octets are coefficients of different monomials, all with s or r in them, and length and class are the
    /// constant. Coefficients are below the prime, hence two different names give different polynomials. Their difference
    /// has degree 19 at most, the steps of a name of 255 octets, so of 2^58 values of each half of the point, it vanishes for
    /// a share of 19 / 2^58 at most (Schwartz and Zippel).
    #[inline]
    fn compress(&self, name: &[u8], class: Class) -> u64 {
        let constant = u64::from(class.0) << 8 | name.len() as u64;
        let Some(last) = name.last_chunk::<STEP>() else {
            return self.step(0, short(name)).wrapping_add(constant);
        };
        let (mut x, mut rest) = (0, name);
        while let Some((octets, behind)) = rest.split_first_chunk::<STEP>() {
            x = self.step(x, parts(octets));
            rest = behind;
        }
        // The last step takes octets again that the one before it had.
        if !rest.is_empty() {
            x = self.step(x, parts(last));
        }
        x.wrapping_add(constant)
    }

    /// The result is below 2^61 + 2^60: of x, which is below 2^62, only an eighth stays above the modulus. So every sum here is
    /// below 2^63, and every product below 2^121.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn step(&self, x: u64, [a, b]: [u64; 2]) -> u64 {
        let [s, r] = self.point.map(u128::from);
        let of_x = u128::from(x.wrapping_add(a)).wrapping_mul(s);
        let sum = of_x.wrapping_add(u128::from(b).wrapping_mul(r));
        (sum as u64 & MODULUS).wrapping_add((sum >> MODULUS_BITS) as u64)
    }
}

/// Both halves of a product, taken together.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn multiplied(word: u64, by: u64) -> u64 {
    let product = u128::from(word).wrapping_mul(u128::from(by));
    product as u64 ^ (product >> 64) as u64
}

/// Both coefficients of a step.
#[inline]
fn parts(octets: &[u8; STEP]) -> [u64; 2] {
    let first = octets.first_chunk().map_or(0, low_part);
    let last = octets.last_chunk().map_or(0, high_part);
    [first, last]
}

/// The same of fewer octets, of which some may be in both.
#[inline(never)]
fn short(octets: &[u8]) -> [u64; 2] {
    match (octets.first_chunk(), octets.last_chunk()) {
        (Some(first), Some(last)) => [low_part(first), high_part(last)],
        _ => {
            let octets = octets.iter().rev();
            let word = octets.fold(0, |word, octet| word << 8 | u64::from(*octet));
            [word, 0]
        }
    }
}

/// The first seven octets.
#[inline]
fn low_part(octets: &[u8; WORD]) -> u64 {
    u64::from_le_bytes(*octets) & (u64::MAX >> 8)
}

/// The last seven octets.
#[inline]
fn high_part(octets: &[u8; WORD]) -> u64 {
    u64::from_le_bytes(*octets) >> 8
}

/// SipHash with one round a word and three at the end (Aumasson and Bernstein, 2012), of one word only, hence without the
/// word that tells the length: to make more secret words of two.
#[derive(Clone, Copy)]
struct SipHash13([u64; 4]);

impl SipHash13 {
    fn new(HashKey([low, high]): HashKey) -> Self {
        Self([
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ])
    }

    #[inline(never)]
    fn of_word(mut self, word: u64) -> u64 {
        self.word(word);
        self.finish()
    }

    #[inline(never)]
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

    fn word(&mut self, word: u64) {
        let [_, _, _, v3] = &mut self.0;
        *v3 ^= word;
        self.round();
        let [v0, ..] = &mut self.0;
        *v0 ^= word;
    }

    fn finish(mut self) -> u64 {
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
    use proptest::prelude::*;

    #[test]
    fn secret_words_are_made_by_siphash_1_3() {
        // Of no octets and of the octets 0 to 7, under the key 00 to 0f, made by a second implementation that
        // gives the paper's vector with two and four rounds.
        let key = HashKey([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
        assert_eq!(SipHash13::new(key).of_word(0), 0xabac_0158_050f_c4dc);
        let mut hash = SipHash13::new(key);
        hash.word(0x0706_0504_0302_0100);
        hash.word(8 << 56);
        assert_eq!(hash.finish(), 0x3690_9511_8d29_9a8e);
    }

    /// The polynomial as the documentation says it, octet by octet, modulo the prime.
    fn naive(point: [u64; 2], name: &[u8], class: Class) -> u128 {
        let [s, r] = point.map(u128::from);
        let word = |octets: &[u8]| {
            let octets = octets.iter().rev();
            octets.fold(0, |word, octet| word << 8 | u128::from(*octet))
        };
        let len = name.len();
        let mut steps: std::vec::Vec<(&[u8], &[u8])> = std::vec::Vec::new();
        if len < WORD {
            steps.push((name, &[]));
        } else if len < STEP {
            steps.push((&name[..PART], &name[len - PART..]));
        } else {
            for start in (0..len).step_by(STEP) {
                let octets = &name[start.min(len - STEP)..];
                steps.push((&octets[..PART], &octets[PART..STEP]));
            }
        }
        let x = steps.iter().fold(0, |x, (a, b)| {
            ((x + word(a)) * s + word(b) * r) % u128::from(MODULUS)
        });
        (x + (u128::from(class.0) << 8 | len as u128)) % u128::from(MODULUS)
    }

    proptest! {
        #[test]
        fn names_are_compressed_by_the_polynomial(
            key: [u64; 2],
            name in proptest::collection::vec(any::<u8>(), 1..256),
            class: u16,
        ) {
            let hasher = Hasher::new(HashKey(key));
            let x = hasher.compress(&name, Class(class));
            prop_assert!(x < 1 << 62);
            prop_assert_eq!(
                u128::from(x) % u128::from(MODULUS),
                naive(hasher.point, &name, Class(class))
            );
        }
    }

    #[test]
    fn the_largest_point_and_octets_stay_within_words() {
        let largest = Hasher {
            point: [u64::MAX >> (u64::BITS - POINT_BITS); 2],
            ..Hasher::new(HashKey([0, 0]))
        };
        let class = Class(u16::MAX);
        for len in 1..=255 {
            let name = std::vec![u8::MAX; len];
            let x = largest.compress(&name, class);
            assert!(x < 1 << 62);
            assert_eq!(
                u128::from(x) % u128::from(MODULUS),
                naive(largest.point, &name, class)
            );
        }
    }

    /// Names that differ in length, and in one octet or two, in whatever place: no two have the same tag and set, and each bit of
    /// the hash differs in half of them.
    #[test]
    fn names_that_differ_little_have_hashes_that_differ_much() {
        let hasher = Hasher::new(HashKey([1, 2]));
        let mut hashes = std::collections::BTreeSet::new();
        let mut ones = [0u32; 64];
        let mut count = 0;
        for len in [2, 7, 8, 13, 14, 15, 28, 40] {
            for place in 0..len {
                for octet in 1..=255 {
                    let mut name = std::vec![0; len];
                    name[place] = octet;
                    let hash = hasher.hash(&name, Class::IN);
                    hashes.insert(hash);
                    count += 1;
                    for (bit, ones) in ones.iter_mut().enumerate() {
                        *ones += (hash >> bit) as u32 & 1;
                    }
                }
            }
        }
        assert_eq!(hashes.len(), count);
        for ones in ones {
            assert!(ones.abs_diff(count as u32 / 2) < count as u32 / 50);
        }
    }
}
