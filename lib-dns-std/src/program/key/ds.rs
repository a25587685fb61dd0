//! `zdns key ds`.

use super::{open, print};
use crate::hash::RustCryptoDigest;
use crate::keyring::{KeyError, KeyProblem, ZoneKey};
use clap::Args;
use lib_dns_core::crypto::Signer;
use lib_dns_core::dnssec::{DNSKEY_SEP, DsDigest, ds_data};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{Ds, RecordType};
use lib_dns_core::text::Base16;
use lib_dns_core::wire::Reader;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Octets of the longest data of a DS record.
const MAX_DS_LEN: usize = 52;

/// Print the DS records that the parent is to have
///
/// For the keys of files, each a K*.key file, a zone file or anything else with DNSKEY records in it, or a
/// directory of keys. Keys without the flag 'secure entry point' are passed over, and so are revoked ones.
#[derive(Args, Debug)]
pub(super) struct DsArguments {
    /// Files with DNSKEY records, or directories of keys
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name that relative names are completed with, if the files do not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// The digest: 2 (SHA-256) or 4 (SHA-384); both if it is not given
    #[arg(long, short, value_name = "NUMBER", value_parser = read_digest)]
    digest: Option<DsDigest>,
    /// Also keys without the flag 'secure entry point'
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn read_digest(text: &str) -> Result<DsDigest, String> {
    match text {
        "2" => Ok(DsDigest::Sha256),
        "4" => Ok(DsDigest::Sha384),
        _ => Err("DS records are made with digest 2 or 4".to_owned()),
    }
}

impl DsArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        let digests: &[DsDigest] = match &self.digest {
            Some(digest) => std::slice::from_ref(digest),
            None => &[DsDigest::Sha256, DsDigest::Sha384],
        };
        let mut text = String::new();
        let mut all = Vec::new();
        for key in self.keys()? {
            for digest in digests {
                let mut room = [0; MAX_DS_LEN];
                let len = ds_data(
                    &RustCryptoDigest,
                    &key.owner(),
                    key.dnskey_data(),
                    *digest,
                    &mut room,
                );
                let data = len.and_then(|len| room.get(..len)).unwrap_or_default();
                // What was just written.
                let Ok(ds) = Ds::read(&mut Reader::new(data)) else {
                    continue;
                };
                text.push_str(&line(&key, &ds));
                all.push(as_json(&key, &ds));
            }
        }
        if self.json {
            print(&format!("{:#}\n", Value::Array(all)));
        } else {
            print(&text);
        }
        Ok(())
    }

    fn keys(&self) -> Result<Vec<ZoneKey>, KeyError> {
        let mut keys = Vec::new();
        for file in &self.files {
            if file.is_dir() {
                keys.extend(open(file)?.all_zone_keys().cloned());
                continue;
            }
            let found = fs::read(file)
                .map_err(KeyError::from)
                .and_then(|text| ZoneKey::read_dnskeys(&text, self.origin.as_ref()));
            keys.extend(found.map_err(|error| error.in_file(file))?);
        }
        keys.retain(|key| !key.is_revoked() && (self.all || key.flags() & DNSKEY_SEP != 0));
        if keys.is_empty() {
            return Err(
                KeyProblem::Missing("a DNSKEY record of a key-signing key (see --all)").into(),
            );
        }
        Ok(keys)
    }
}

fn line(key: &ZoneKey, ds: &Ds<'_>) -> String {
    let mut text = format!("{} ", key.owner());
    if let Some(ttl) = key.ttl() {
        text.push_str(&format!("{ttl} "));
    }
    let digest = Base16(ds.digest);
    let (tag, algorithm) = (ds.key_tag, ds.algorithm.0);
    text + &format!("IN DS {tag} {algorithm} {} {digest}\n", ds.digest_type)
}

fn as_json(key: &ZoneKey, ds: &Ds<'_>) -> Value {
    json!({
        "zone": key.owner().to_string(),
        "tag": ds.key_tag,
        "algorithm": key.algorithm().0,
        "digest_type": ds.digest_type,
        "digest": Base16(ds.digest).to_string(),
    })
}
