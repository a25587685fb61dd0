//! What a small device that copies zones does with the core, in the manner of `paths.rs`.

use crate::flash_zone::FlashZone;
use lib_dns_core::answer::Transport;
use lib_dns_core::code_points::{Class, SecurityAlgorithm};
use lib_dns_core::crypto::{SignatureVerifier, Signer, SignerError, Verdict};
use lib_dns_core::dnssec::{
    CanonicalRrset, Place, SignatureTerms, VerifyBudget, sign_rrset, verify_rrset,
};
use lib_dns_core::messages::Message;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{Type, key_tag};
use lib_dns_core::transfer::{
    COMPRESSION_SLOTS, Consumer, Differences, Envelope, Event, Limits, Producer, TransferRequest,
    Wanted,
};
use lib_dns_core::zone::{Difference, RrSet, Serial, StoredRecord, ZoneNode};

/// Asks for a zone in flash, whole and then what has changed in it, answers in short messages, and takes the answers:
/// 100 for each message, 1 for each event, and 10,000 times the serial that each answer leads to.
#[inline(never)]
pub fn transfer(zone: &FlashZone, difference: &[u8], buffer: &mut [u8]) -> usize {
    let mut taken = || {
        let difference = Difference::from_bytes(difference).ok()?;
        let (from, soa) = (difference.from_serial(), difference.new_soa());
        let whole = Producer::whole(soa, records(zone));
        let between = core::iter::once(difference);
        let changes = Differences::between(from, difference.to_serial(), between).ok()?;
        let changed = Producer::incremental(soa, changes);
        let first = take(&soa.owner, Wanted::Whole, whole, buffer)?;
        let second = take(&soa.owner, Wanted::Since(from), changed, buffer)?;
        Some(first.wrapping_add(second))
    };
    taken().unwrap_or(0)
}

/// All records but signatures.
fn records(zone: &FlashZone) -> impl Iterator<Item = StoredRecord<'_>> {
    zone.0.iter().flat_map(|node| {
        node.1.iter().flat_map(move |(rtype, ttl, packed)| {
            let stored = move |data| StoredRecord {
                owner: node.owner(),
                rtype: *rtype,
                class: Class::IN,
                ttl: *ttl,
                data,
            };
            RrSet::new(*rtype, *ttl, packed).records().map(stored)
        })
    })
}

fn take<'z>(
    apex: &Name<'_>,
    wanted: Wanted,
    mut producer: Producer<'z, impl Iterator<Item = StoredRecord<'z>>>,
    buffer: &mut [u8],
) -> Option<usize> {
    let (buffer, scratch) = buffer.split_at_mut_checked(256)?;
    let (asked, buffer) = buffer.split_at_mut_checked(96)?;
    let asked = TransferRequest::write(asked, 7, apex, Class::IN, wanted).ok()?;
    let request = Message::from_bytes(asked).ok()?;
    let request = TransferRequest::read(&request).ok()??;
    let envelope = Envelope::answering(&request).with_limit(150);
    let (class, stream) = (request.class, Transport::Stream);
    let mut consumer = Consumer::new(apex, class, 7, wanted, stream, Limits::default());
    let mut sum = 0usize;
    while let Some(message) = producer
        .next_message::<COMPRESSION_SLOTS>(&envelope, buffer)
        .ok()?
    {
        sum = sum.wrapping_add(100);
        let mut events = consumer.message(message, scratch).ok()?;
        while let Some(event) = events.next().ok()? {
            sum = sum.wrapping_add(1);
            if let Event::Done(Serial(serial)) = event {
                sum = sum.wrapping_add(10_000usize.wrapping_mul(serial as usize));
            }
        }
    }
    consumer.end().ok()?;
    Some(sum)
}

/// Puts an RRset, packed as zones have it, in canonical form, signs it, and verifies the signature: the octets of the
/// RRSIG data, and 100 for each record that is left. The signature is none, since it is the rest that is looked at.
#[inline(never)]
pub fn dnssec(owner: &[u8], packed: &[u8], dnskey: &[u8], buffer: &mut [u8]) -> usize {
    let mut signed = || {
        let owner = Name::from_wire(owner).ok()?;
        let zone = owner.parent()?;
        let (out, octets) = buffer.split_at_mut_checked(128)?;
        let mut places = [Place::default(); 4];
        let rrset = RrSet::new(Type::MX, 300, packed);
        let mut rrset = CanonicalRrset::new(&owner, Class::IN, &rrset, octets, &mut places).ok()?;
        let terms = SignatureTerms {
            signer: zone,
            key_tag: key_tag(dnskey),
            inception: 1_767_225_600,
            expiration: 1_769_904_000,
        };
        let len = sign_rrset(&NotKey, &terms, &mut rrset, out).ok()?;
        let rrsig = out.get(..len)?;
        let now = Serial(1_768_000_000);
        let mut budget = VerifyBudget::default();
        let keys = core::iter::once(dnskey);
        let rrsigs = core::iter::once(rrsig);
        let verified =
            verify_rrset(&NotKey, &zone, keys, rrsigs, &mut rrset, now, &mut budget).ok()?;
        let whole = verified.key_tag == terms.key_tag && !verified.from_wildcard;
        let records = rrset.records().count();
        whole.then(|| records.wrapping_mul(100).wrapping_add(len))
    };
    signed().unwrap_or(0)
}

/// Looks at octets, signs with what they are folded to, and finds that again.
struct NotKey;

impl NotKey {
    fn fold(parts: &[&[u8]]) -> u8 {
        let octets = parts.iter().copied().flatten();
        octets.fold(0, |folded, octet| folded.rotate_left(3) ^ octet)
    }
}

impl Signer for NotKey {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm::ED25519
    }

    fn public_key(&self) -> &[u8] {
        &[]
    }

    fn signature_len(&self) -> usize {
        64
    }

    fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
        let room = out.get_mut(..64).ok_or(SignerError::NoRoom)?;
        room.fill(Self::fold(parts));
        Ok(64)
    }
}

impl SignatureVerifier for NotKey {
    fn verify(&self, _: SecurityAlgorithm, _: &[u8], parts: &[&[u8]], signature: &[u8]) -> Verdict {
        let folded = Self::fold(parts);
        match signature.iter().all(|octet| *octet == folded) {
            true => Verdict::Valid,
            false => Verdict::Invalid,
        }
    }
}
