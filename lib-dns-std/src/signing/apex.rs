//! The RRsets of the apex, as signing makes them.

use super::sets::MadeSet;
use super::{SignError, SyncPolicy, ZoneSigner};
use crate::hash::RustCryptoDigest;
use lib_dns_core::dnssec::{CDNSKEY_DELETE, CDS_DELETE, DsDigest, ds_data, zonemd_data};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, Serial, soa_serial};

/// Octets of DS and ZONEMD data with the longest digest.
const MAX_DIGEST_DATA: usize = 80;
/// Octets of NSEC3PARAM data with the longest salt.
const MAX_NSEC3PARAM: usize = 5 + 255;

impl ZoneSigner {
    /// Is a type of the apex made by the signer, whatever the zone has?
    pub(super) fn makes(&self, rtype: Type) -> bool {
        match rtype {
            Type::DNSKEY | Type::NSEC3PARAM | Type::ZONEMD => true,
            Type::CDS | Type::CDNSKEY => self.policy.sync != SyncPolicy::Keep,
            _ => false,
        }
    }

    /// The RRsets of the apex that the signer makes, in no order. Those that are empty do not exist.
    pub(super) fn made_sets(
        &self,
        apex: &Name<'_>,
        soa: &RrSet<'_>,
    ) -> Result<Vec<MadeSet>, SignError> {
        let ttl = self.policy.dnskey_ttl;
        let mut dnskey = MadeSet::new(Type::DNSKEY, ttl);
        for key in self.keys.published() {
            let long = SignError::too_long(apex, Type::DNSKEY);
            dnskey.push(key.dnskey()).ok_or(long)?;
        }
        let mut sets = vec![dnskey];
        self.sync_sets(apex, &mut sets)?;
        if let Some(parameters) = self.policy.denial.parameters() {
            // Only servers read it; caches have no use for it.
            let mut nsec3param = MadeSet::new(Type::NSEC3PARAM, 0);
            nsec3param.write(apex, MAX_NSEC3PARAM, |writer| parameters.write(0, writer))?;
            sets.push(nsec3param);
        }
        sets.push(self.zonemd_set(apex, soa, |_| None)?);
        sets.retain(|set| !set.is_empty());
        Ok(sets)
    }

    /// CDS and CDNSKEY.
    fn sync_sets(&self, apex: &Name<'_>, sets: &mut Vec<MadeSet>) -> Result<(), SignError> {
        let ttl = self.policy.dnskey_ttl;
        let (mut cds, mut cdnskey) = (
            MadeSet::new(Type::CDS, ttl),
            MadeSet::new(Type::CDNSKEY, ttl),
        );
        match &self.policy.sync {
            SyncPolicy::Keep => {}
            SyncPolicy::Publish {
                digests,
                cdnskey: keys_too,
            } => {
                for key in self.keys.synced() {
                    let wanted = digests.iter().filter(|digest| **digest != DsDigest::Sha1);
                    for digest in wanted {
                        let hashes = &RustCryptoDigest;
                        cds.fill(MAX_DIGEST_DATA, |out| {
                            let made = ds_data(hashes, apex, key.dnskey(), *digest, out);
                            made.ok_or(SignError::NoHash)
                        })?;
                    }
                    if *keys_too {
                        let long = SignError::too_long(apex, Type::CDNSKEY);
                        cdnskey.push(key.dnskey()).ok_or(long)?;
                    }
                }
            }
            SyncPolicy::Delete => {
                let long = |rtype| SignError::too_long(apex, rtype);
                cds.push(&CDS_DELETE).ok_or_else(|| long(Type::CDS))?;
                cdnskey
                    .push(&CDNSKEY_DELETE)
                    .ok_or_else(|| long(Type::CDNSKEY))?;
            }
        }
        sets.extend([cds, cdnskey]);
        Ok(())
    }

    /// The ZONEMD RRset with the digests that are known; zeros keep the place of the others.
    pub(super) fn zonemd_set(
        &self,
        apex: &Name<'_>,
        soa: &RrSet<'_>,
        digest: impl Fn(lib_dns_core::dnssec::ZoneHash) -> Option<lib_dns_core::crypto::DigestValue>,
    ) -> Result<MadeSet, SignError> {
        let serial = soa.first().and_then(soa_serial).ok_or(SignError::NoSoa)?;
        let mut set = MadeSet::new(Type::ZONEMD, soa.ttl);
        for hash in &self.policy.zonemd {
            let zeros = [0; lib_dns_core::crypto::MAX_DIGEST_LEN];
            let digest = digest(*hash);
            let zeros = zeros.get(..hash.algorithm().output_len());
            let octets = digest
                .as_ref()
                .map_or(zeros, |digest| Some(digest.as_bytes()));
            let octets = octets.unwrap_or_default();
            set.fill(MAX_DIGEST_DATA, |out| {
                zonemd_data(serial, *hash, octets, out)
                    .ok_or_else(|| SignError::too_long(apex, Type::ZONEMD))
            })?;
        }
        Ok(set)
    }
}

/// SOA data with another serial; `None` if it is none.
pub(super) fn with_serial(data: &[u8], serial: Serial) -> Option<Vec<u8>> {
    soa_serial(data)?;
    let mut data = data.to_vec();
    // Five numbers of 32 bits stand last; the serial is the first of them (RFC 1035 3.3.13).
    let at = data.len().checked_sub(20)?;
    data.get_mut(at..at + 4)?
        .copy_from_slice(&serial.0.to_be_bytes());
    Some(data)
}
