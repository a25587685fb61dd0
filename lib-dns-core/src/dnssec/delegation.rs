//! From a zone's keys to what its parent publishes of them: DS (RFC 4034 5), CDS and CDNSKEY (RFC 7344).

use crate::crypto::{Digest, DigestAlgorithm};
use crate::name::{Name, NameBuf};
use crate::rr_data::{Dnskey, Ds, RecordType, WriteData, key_tag};
use crate::wire::{Form, Reader, Writer};

/// Flag of a DNSKEY record: a key of the zone (RFC 4034 2.1.1).
pub const DNSKEY_ZONE: u16 = 0x0100;
/// Flag of a DNSKEY record: the key is revoked (RFC 5011 7).
pub const DNSKEY_REVOKED: u16 = 0x0080;
/// Flag of a DNSKEY record: the parent points, or should point, to this key (RFC 4034 2.1.1).
pub const DNSKEY_SEP: u16 = 0x0001;

/// The data of the CDS record that asks the parent to remove all DS records (RFC 8078 4).
pub const CDS_DELETE: [u8; 5] = [0, 0, 0, 0, 0];
/// The data of the CDNSKEY record that asks the parent to remove all DS records (RFC 8078 4).
pub const CDNSKEY_DELETE: [u8; 5] = [0, 0, 3, 0, 0];

/// How a DS record digests a key (IANA, "DS RR Type Digest Algorithms").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DsDigest {
    /// 1: SHA-1. Only matched, never made (RFC 8624 3.3).
    Sha1,
    /// 2: SHA-256 (RFC 4509).
    Sha256,
    /// 4: SHA-384 (RFC 6605 2).
    Sha384,
}

impl DsDigest {
    /// The digest with a number; `None` if it is not one of these.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha1),
            2 => Some(Self::Sha256),
            4 => Some(Self::Sha384),
            _ => None,
        }
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::Sha1 => 1,
            Self::Sha256 => 2,
            Self::Sha384 => 4,
        }
    }

    /// The hash that it takes, which tells how long a digest is.
    pub fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Sha1 => DigestAlgorithm::Sha1,
            Self::Sha256 => DigestAlgorithm::Sha256,
            Self::Sha384 => DigestAlgorithm::Sha384,
        }
    }
}

/// Writes the data of the DS or CDS record of a key to the front of `out`, and says how long it is (4
/// octets and the digest). `dnskey` is the data of the DNSKEY record at `owner`.
///
/// `None` if `out` is too small, the key is no DNSKEY data, the hash is not to be had, or it is SHA-1.
pub fn ds_data(
    hashes: &impl Digest,
    owner: &Name<'_>,
    dnskey: &[u8],
    digest: DsDigest,
    out: &mut [u8],
) -> Option<usize> {
    if digest == DsDigest::Sha1 {
        return None;
    }
    let algorithm = Dnskey::read(&mut Reader::new(dnskey)).ok()?.algorithm;
    let owner = NameBuf::from(*owner).to_lowercase();
    let value = hashes.digest(digest.algorithm(), &[owner.as_bytes(), dnskey])?;
    let mut writer = Writer::<0>::new(out, Form::Plain);
    let ds = Ds {
        key_tag: key_tag(dnskey),
        algorithm,
        digest_type: digest.number(),
        digest: value.as_bytes(),
    };
    ds.write(&mut writer).ok()?;
    Some(writer.len())
}

/// Is this DS or CDS data that of the key (RFC 4035 5.2)? `dnskey` is the data of the DNSKEY record at
/// `owner`. A digest that is not known or not to be had matches nothing.
pub fn ds_matches(hashes: &impl Digest, owner: &Name<'_>, dnskey: &[u8], ds: &[u8]) -> bool {
    let (Ok(ds), Ok(key)) = (
        Ds::read(&mut Reader::new(ds)),
        Dnskey::read(&mut Reader::new(dnskey)),
    ) else {
        return false;
    };
    let Some(digest) = DsDigest::from_number(ds.digest_type) else {
        return false;
    };
    if ds.key_tag != key_tag(dnskey) || ds.algorithm != key.algorithm {
        return false;
    }
    let owner = NameBuf::from(*owner).to_lowercase();
    let value = hashes.digest(digest.algorithm(), &[owner.as_bytes(), dnskey]);
    value.is_some_and(|value| value.as_bytes() == ds.digest)
}
