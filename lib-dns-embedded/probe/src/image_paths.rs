//! What a small device does with a zone image. See `paths.rs`.

use lib_dns_core::answer::{Settings, Transport, respond};
use lib_dns_core::crypto::{Digest, DigestAlgorithm, DigestValue, RunningDigest};
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use lib_dns_core::messages::Message;
use lib_dns_core::zone::image::{ImageError, ZoneImage};
use lib_dns_core::zone::{ZoneLookup, ZoneNode};

/// Answers queries from an image, and adds up for each response its rcode and the records of its sections, a decimal
/// digit each. Looks for an NSEC3 record too, of which the zone has none.
#[inline(never)]
pub fn image(octets: &[u8], queries: &[&[u8]], buffer: &mut [u8]) -> usize {
    let Ok(image) = ZoneImage::from_octets(octets) else {
        return 0;
    };
    let hashed = image.nsec3_at_or_before(&[0x42; HASH_LEN]);
    let mut sum = hashed.map_or(0, |node| node.rrsets().count());
    for query in queries {
        let settings = Settings::default();
        let written = respond(&image, &settings, &NotSha, query, Transport::Udp, buffer);
        let response = written.and_then(|len| Message::from_bytes(buffer.get(..len)?).ok());
        let Some(response) = response else {
            return 0;
        };
        let [_, counts @ ..] = response.header().counts;
        let rcode = usize::from(response.rcode().0);
        sum = sum.wrapping_add(counts.into_iter().fold(rcode, |digits, count| {
            digits.wrapping_mul(10).wrapping_add(usize::from(count))
        }));
    }
    sum
}

/// Checks an image as at a device's start, with a hash that finds it wrong; says how long it is.
#[inline(never)]
pub fn digest(octets: &[u8]) -> usize {
    let Ok(image) = ZoneImage::from_octets(octets) else {
        return 0;
    };
    let (own, shipped) = (image.verify(&NotSha), image.verify_file(&[0; 32], &NotSha));
    match (own, shipped) {
        (Err(ImageError::Digest(_)), Err(ImageError::Digest(_))) => image.octets().len(),
        _ => 0,
    }
}

/// Some functions of the octets: the probe links no hash.
struct NotSha;

impl Sha1 for NotSha {
    fn digest(&self, parts: &[&[u8]]) -> [u8; HASH_LEN] {
        [parts.len() as u8; HASH_LEN]
    }
}

/// The sum of all octets.
struct Sum(u8);

impl Digest for NotSha {
    type Running = Sum;

    fn start(&self, _: DigestAlgorithm) -> Option<Sum> {
        Some(Sum(0))
    }
}

impl RunningDigest for Sum {
    fn update(&mut self, octets: &[u8]) {
        self.0 = octets
            .iter()
            .fold(self.0, |sum, octet| sum.wrapping_add(*octet));
    }

    fn finish(self) -> DigestValue {
        DigestValue::new(&[self.0; 32])
    }
}
