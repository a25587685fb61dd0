//! Message authentication codes: the algorithms of TSIG, and the traits by which they are lent.

use core::fmt;
use core::hint::black_box;

/// The longest MAC: that of HMAC-SHA-512.
pub const MAX_MAC_LEN: usize = 64;

/// Defines the algorithms, each with its name in TSIG records and the lengths of its MACs.
macro_rules! mac_algorithms {
    ($($(#[$meta:meta])+ $variant:ident = $text:literal $wire:literal, $longest:literal, $shortest:literal;)+) => {
        /// An algorithm of TSIG (RFC 8945 6, and the IANA registry "TSIG Algorithm Names").
        ///
        /// ```
        /// use lib_dns_core::crypto::MacAlgorithm;
        /// let algorithm = MacAlgorithm::from_mnemonic(b"HMAC-SHA512");
        /// assert_eq!(algorithm, Some(MacAlgorithm::HmacSha512));
        /// assert_eq!(MacAlgorithm::HmacSha512.wire_name(), b"\x0bhmac-sha512\0");
        /// assert_eq!(MacAlgorithm::HmacSha512.mac_len(), 64);
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum MacAlgorithm {
            $($(#[$meta])+ $variant,)+
        }

        impl MacAlgorithm {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in configuration and on the command lines of other programs, in lower case.
            pub const fn mnemonic(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The name in TSIG records, in wire form and lower case.
            pub const fn wire_name(self) -> &'static [u8] {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }

            /// Octets of a MAC that is not cut; 0 for GSS-TSIG, where the mechanism says.
            pub const fn mac_len(self) -> usize {
                match self {
                    $(Self::$variant => $longest,)+
                }
            }

            /// Octets that a MAC has at least, however it is cut: ten, and half of the hash
            /// (RFC 8945 5.2.2.1).
            pub const fn least_mac_len(self) -> usize {
                match self {
                    $(Self::$variant => $shortest,)+
                }
            }
        }
    };
}

mac_algorithms! {
    /// HMAC-MD5, which must not be used any more; there to serve old clients while they move.
    HmacMd5 = "hmac-md5" b"\x08hmac-md5\x07sig-alg\x03reg\x03int\0", 16, 10;
    /// GSS-API (RFC 3645), known by its name only.
    GssTsig = "gss-tsig" b"\x08gss-tsig\0", 0, 0;
    /// HMAC-SHA-1: mandatory to have, not recommended to use.
    HmacSha1 = "hmac-sha1" b"\x09hmac-sha1\0", 20, 10;
    /// HMAC-SHA-224.
    HmacSha224 = "hmac-sha224" b"\x0bhmac-sha224\0", 28, 14;
    /// HMAC-SHA-256: the one to use.
    HmacSha256 = "hmac-sha256" b"\x0bhmac-sha256\0", 32, 16;
    /// HMAC-SHA-256 cut to 128 bits.
    HmacSha256Cut128 = "hmac-sha256-128" b"\x0fhmac-sha256-128\0", 16, 16;
    /// HMAC-SHA-384.
    HmacSha384 = "hmac-sha384" b"\x0bhmac-sha384\0", 48, 24;
    /// HMAC-SHA-384 cut to 192 bits.
    HmacSha384Cut192 = "hmac-sha384-192" b"\x0fhmac-sha384-192\0", 24, 24;
    /// HMAC-SHA-512.
    HmacSha512 = "hmac-sha512" b"\x0bhmac-sha512\0", 64, 32;
    /// HMAC-SHA-512 cut to 256 bits.
    HmacSha512Cut256 = "hmac-sha512-256" b"\x0fhmac-sha512-256\0", 32, 32;
}

impl MacAlgorithm {
    /// The algorithm whose MACs these are, cut: what `hmac-sha256-128` means to BIND and dig, which know no algorithm of
    /// that name in TSIG records. `None` if the algorithm does not cut.
    pub const fn uncut(self) -> Option<Self> {
        match self {
            Self::HmacSha256Cut128 => Some(Self::HmacSha256),
            Self::HmacSha384Cut192 => Some(Self::HmacSha384),
            Self::HmacSha512Cut256 => Some(Self::HmacSha512),
            _ => None,
        }
    }

    /// The algorithm with this name in TSIG records, in wire form and any case.
    pub fn from_wire_name(name: &[u8]) -> Option<Self> {
        let algorithms = Self::ALL.iter().copied();
        // Nearly everybody writes it as we do, which is soon seen.
        let mut same = algorithms.clone();
        let same = same.find(|algorithm| algorithm.wire_name() == name);
        let mut alike = algorithms;
        same.or_else(|| alike.find(|algorithm| algorithm.wire_name().eq_ignore_ascii_case(name)))
    }

    /// Reads a name of a configuration, in any case; that of TSIG records does as well, with or without
    /// the last dot.
    pub fn from_mnemonic(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        if text.eq_ignore_ascii_case(b"hmac-md5.sig-alg.reg.int") {
            return Some(Self::HmacMd5);
        }
        let mut algorithms = Self::ALL.iter().copied();
        algorithms.find(|algorithm| algorithm.mnemonic().as_bytes().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for MacAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.mnemonic())
    }
}

/// Where keyed MACs come from.
pub trait MacProvider {
    /// A MAC with its key.
    type Context: MacContext;

    /// Starts a MAC with a key; `None` if the algorithm is not to be had. The key's schedule is worked out
    /// here, once: who signs keeps the context and clones it for each message.
    fn keyed(&self, algorithm: MacAlgorithm, secret: &[u8]) -> Option<Self::Context>;
}

impl<P: MacProvider + ?Sized> MacProvider for &P {
    type Context = P::Context;

    fn keyed(&self, algorithm: MacAlgorithm, secret: &[u8]) -> Option<P::Context> {
        (**self).keyed(algorithm, secret)
    }
}

/// A MAC that is being computed. A clone of it goes on from the same octets.
pub trait MacContext: Clone {
    /// Takes the next octets.
    fn update(&mut self, octets: &[u8]);

    /// The MAC of all that was taken, as long as its algorithm says.
    fn finish(self) -> MacTag;
}

/// A key that makes MACs. A MAC that nothing was fed to is one, by its clones; what a small device keeps may be less than
/// that.
pub trait MacKey {
    /// The MAC of the parts, one behind the other.
    fn mac(&self, parts: &[&[u8]]) -> MacTag;
}

impl<C: MacContext> MacKey for C {
    #[inline]
    fn mac(&self, parts: &[&[u8]]) -> MacTag {
        let mut context = self.clone();
        for part in parts {
            context.update(part);
        }
        context.finish()
    }
}

/// A MAC, inline. It has no `==`: [`MacTag::verifies`] compares in a time that does not tell where the
/// difference is.
///
/// ```
/// use lib_dns_core::crypto::MacTag;
/// let tag = MacTag::new(b"computed");
/// assert!(tag.verifies(b"computed") && tag.verifies(b"comp"));
/// assert!(!tag.verifies(b"computes") && !tag.verifies(b"computed too long") && !tag.verifies(b""));
/// ```
#[derive(Clone, Copy)]
pub struct MacTag {
    octets: [u8; MAX_MAC_LEN],
    len: u8,
}

impl MacTag {
    /// Holds a MAC; what is beyond [`MAX_MAC_LEN`] octets is cut off.
    #[inline]
    pub fn new(mac: &[u8]) -> Self {
        let mut octets = [0; MAX_MAC_LEN];
        let mac = mac.get(..MAX_MAC_LEN).unwrap_or(mac);
        if let Some(front) = octets.get_mut(..mac.len()) {
            front.copy_from_slice(mac);
        }
        Self {
            octets,
            len: mac.len() as u8,
        }
    }

    /// Its first `len` octets; all of it if it has no more.
    #[must_use]
    #[inline]
    pub fn cut(self, len: usize) -> Self {
        let len = u8::try_from(len).unwrap_or(u8::MAX).min(self.len);
        Self { len, ..self }
    }

    /// The octets.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Is what was received this MAC, or its front? How long the answer takes depends on the length alone.
    /// Nothing at all is no MAC. How short it may be is for the caller to say.
    #[inline]
    pub fn verifies(&self, received: &[u8]) -> bool {
        let Some(expected) = self.as_bytes().get(..received.len()) else {
            return false;
        };
        let difference = expected
            .iter()
            .zip(received)
            .fold(0, |difference, (a, b)| difference | a ^ b);
        // The compiler must not find out that the first difference decides.
        !received.is_empty() && black_box(difference) == 0
    }
}

/// Tells its length alone: what a MAC should have been is nobody's business.
impl fmt::Debug for MacTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacTag({} octets)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use alloc::string::ToString;

    #[test]
    fn each_algorithm_is_found_by_its_names() {
        for algorithm in MacAlgorithm::ALL {
            let name = algorithm.wire_name();
            let capitals = name.to_ascii_uppercase();
            assert_eq!(MacAlgorithm::from_wire_name(name), Some(*algorithm));
            assert_eq!(MacAlgorithm::from_wire_name(&capitals), Some(*algorithm));
            let text = Name::from_wire(&capitals).unwrap().to_string();
            for text in [text.as_str(), algorithm.mnemonic()] {
                assert_eq!(
                    MacAlgorithm::from_mnemonic(text.as_bytes()),
                    Some(*algorithm)
                );
            }
            assert!(algorithm.least_mac_len() <= algorithm.mac_len());
            assert!(algorithm.mac_len() <= MAX_MAC_LEN);
        }
        assert_eq!(MacAlgorithm::from_mnemonic(b"hmac-sha3"), None);
        assert_eq!(MacAlgorithm::from_wire_name(&[0]), None);
    }

    #[test]
    fn every_octet_of_a_mac_is_compared() {
        let mac = [0x5a; MAX_MAC_LEN];
        let tag = MacTag::new(&mac);
        assert!(tag.verifies(&mac));
        for at in 0..mac.len() {
            for bit in 0..8 {
                let mut other = mac;
                other[at] ^= 1 << bit;
                assert!(!tag.verifies(&other), "{at} {bit}");
                assert!(!tag.verifies(&other[..=at]), "{at} {bit}");
                assert!(at == 0 || tag.verifies(&other[..at]));
            }
        }
        assert!(!tag.cut(10).verifies(&mac) && tag.cut(10).verifies(&mac[..10]));
        assert_eq!(tag.cut(200).as_bytes(), mac);
        assert!(!tag.verifies(&[]) && !tag.cut(0).verifies(&[]));
    }

    #[test]
    fn debug_output_keeps_the_mac_to_itself() {
        assert_eq!(
            alloc::format!("{:?}", MacTag::new(&[7; 20])),
            "MacTag(20 octets)"
        );
    }
}
