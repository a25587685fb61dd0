//! Zones to sign, and what signs them.

use ed25519_dalek::{Signer as _, SigningKey as DalekKey};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::{Signer, SignerError};
use lib_dns_core::zone::{ZoneLayout, ZoneLookup, ZoneNode, ZonePrinter};
use lib_dns_std::zone::{Loader, Zone};
use std::path::Path;

/// Every case that a signed zone must get right, once.
pub(crate) const EVERYTHING: &str = r#"$ORIGIN example.
$TTL 300
@               SOA     ns1 Admin 2026010101 3600 900 604800 200
@               NS      ns1
@               NS      NS2
@               MX      20 mail
@               MX      10 Mail
@               TXT     "a small signed zone"
@               CAA     0 issue "ca.example"
ns1             A       10.42.0.1
ns1             AAAA    fd00:6d65:7368::1
ns2             A       10.42.0.2
mail            A       10.42.0.25
Host            A       10.42.1.5
host            A       10.42.1.4
host            AAAA    fd00:6d65:7368:1::5
host            HTTPS   1 . alpn="h3,h2" port=9333
_zhtp._quic.host SRV    10 100 9333 host
www             CNAME   host
broken          CNAME   missing
away            CNAME   www.elsewhere.
old             DNAME   new
x.new           A       10.42.2.1
*.wild          TXT     "any name below wild"
named.wild      A       10.42.3.1
*.alias         CNAME   host
a.b.below.empty A       10.42.4.1
insecure        NS      ns1.insecure
insecure        NS      ns.deep.in.insecure
ns1.insecure    A       10.42.5.1
ns.deep.in.insecure A   10.42.5.2
secure          NS      ns1.secure
secure          DS      12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
ns1.secure      A       10.42.6.1
only.a.cut      NS      ns1
both.a.mixed    NS      ns2
c.mixed         TXT     "c"
\000\001.odd    TXT     "zero"
\255.odd        TXT     "255"
unknown         TYPE65300 \# 3 010203
"#;

pub(crate) fn load(text: &str) -> Zone {
    let loaded = Loader::new().load_text(Path::new("text"), text.as_bytes());
    loaded.unwrap_or_else(|findings| panic!("{findings}")).zone
}

/// The zone as text that all programs read: one record a line.
pub(crate) fn print(zone: &Zone) -> String {
    let mut text = String::new();
    let mut printer = ZonePrinter::new(&mut text, ZoneLayout::OneLine);
    for node in zone.nodes().chain(zone.hashed_nodes()) {
        let signatures = node.all_signatures().map(|(_, set)| set);
        for set in node.rrsets().chain(signatures) {
            for data in set.records() {
                let (owner, class) = (node.owner(), zone.class());
                printer
                    .record(&owner, set.ttl, class, set.rtype, data)
                    .unwrap();
            }
        }
    }
    text
}

/// A key of a fixed seed.
pub(crate) struct Ed25519 {
    key: DalekKey,
    public: [u8; 32],
}

impl Ed25519 {
    pub(crate) fn new(seed: u8) -> Self {
        let key = DalekKey::from_bytes(&[seed; 32]);
        let public = key.verifying_key().to_bytes();
        Self { key, public }
    }
}

impl Signer for Ed25519 {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm::ED25519
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn signature_len(&self) -> usize {
        64
    }

    fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
        let signature = match parts {
            [one] => self.key.sign(one),
            parts => self.key.sign(&parts.concat()),
        };
        let room = out.get_mut(..64).ok_or(SignerError::NoRoom)?;
        room.copy_from_slice(&signature.to_bytes());
        Ok(64)
    }
}
