//! Signatures, DS records and zone digests that the RFCs print.

use ed25519_dalek::{Signer as _, SigningKey};
use lib_dns_core::code_points::{Class, SecurityAlgorithm};
use lib_dns_core::crypto::{Signer, SignerError};
use lib_dns_core::dnssec::{
    CanonicalRrset, DsDigest, Place, SignatureTerms, ZoneHash, ZonemdFault, ds_data, ds_matches,
    sign_rrset,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{Type, key_tag};
use lib_dns_core::text::Base16;
use lib_dns_core::zone::{RrSet, Scanner, Step};
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::signing::{check_zone_digest, zone_digest};
use lib_dns_std::zone::{Loader, Zone};
use std::path::Path;

/// The records of some text, each as owner, type and data.
fn scan(text: &str) -> Vec<(NameBuf, Type, Vec<u8>)> {
    let mut scanner = Scanner::new(Class::IN, None);
    let (mut rest, mut scratch) = (text.as_bytes(), vec![0; 4096]);
    let mut records = Vec::new();
    while let Step::Record(record) = scanner.next(&mut rest, true, &mut scratch).unwrap() {
        records.push((record.owner.into(), record.rtype, record.data.to_vec()));
    }
    records
}

struct Ed25519 {
    key: SigningKey,
    public: [u8; 32],
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
        let signature = self.key.sign(&parts.concat()).to_bytes();
        let room = out.get_mut(..64).ok_or(SignerError::NoRoom)?;
        room.copy_from_slice(&signature);
        Ok(64)
    }
}

/// RFC 8080 6.1. Ed25519 makes the same signature each time.
#[test]
fn rrsets_are_signed_as_rfc_8080_has_it() {
    let records = scan(
        "example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
example.com. 3600 IN DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b
example.com. 3600 IN MX 10 mail.example.com.
example.com. 3600 IN RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==
",
    );
    let key = SigningKey::from_bytes(b"82260384628080122645190204142262");
    let public = key.verifying_key().to_bytes();
    let signer = Ed25519 { key, public };
    let [(owner, _, dnskey), (_, _, ds), (_, _, mx), (_, _, rrsig)] = &records[..] else {
        panic!("{}", records.len());
    };
    assert_eq!(dnskey[4..], public);
    assert!(ds_matches(&RustCryptoDigest, &owner.as_name(), dnskey, ds));
    let mut other = ds.clone();
    other[35] ^= 1;
    assert!(!ds_matches(
        &RustCryptoDigest,
        &owner.as_name(),
        dnskey,
        &other
    ));
    let mut made = [0; 64];
    let upper = NameBuf::from_text("EXAMPLE.com.").unwrap();
    let upper = upper.as_name();
    let len = ds_data(
        &RustCryptoDigest,
        &upper,
        dnskey,
        DsDigest::Sha256,
        &mut made,
    );
    assert_eq!(&made[..len.unwrap()], ds);
    // The least that is left of SHA-1: it is never made.
    let sha1 = ds_data(&RustCryptoDigest, &upper, dnskey, DsDigest::Sha1, &mut made);
    assert_eq!(sha1, None);

    let mut packed = (mx.len() as u16).to_be_bytes().to_vec();
    packed.extend(mx);
    let rrset = RrSet::new(Type::MX, 3600, &packed);
    let (mut octets, mut places) = ([0; 512], [Place::default(); 1]);
    let mut rrset =
        CanonicalRrset::new(&upper, Class::IN, &rrset, &mut octets, &mut places).unwrap();
    let terms = SignatureTerms {
        signer: owner.as_name(),
        key_tag: key_tag(dnskey),
        inception: 1_438_207_200,
        expiration: 1_440_021_600,
    };
    let mut made = [0; 256];
    let len = sign_rrset(&signer, &terms, &mut rrset, &mut made).unwrap();
    assert_eq!(&made[..len], rrsig);
}

fn load(text: &str) -> Zone {
    let loaded = Loader::new().load_text(Path::new("text"), text.as_bytes());
    loaded.unwrap_or_else(|findings| panic!("{findings}")).zone
}

const SIMPLE: &str = "
$ORIGIN example.
example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
              86400  IN  NS      ns1
              86400  IN  NS      ns2
              86400  IN  ZONEMD  2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c
ns1           3600   IN  A       203.0.113.63
ns2           3600   IN  AAAA    2001:db8::63
";

/// Without the record outside the zone, with which a zone does not load at all.
const COMPLEX: &str = "
$ORIGIN example.
example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
              86400  IN  NS      ns1
              86400  IN  NS      ns2
              86400  IN  ZONEMD  2018031900 1 1 a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2d8b39808226d7b9db71e34b72077f8fe
ns1           3600   IN  A       203.0.113.63
NS2           3600   IN  AAAA    2001:db8::63
occluded.sub  7200   IN  TXT     \"I'm occluded but must be digested\"
sub           7200   IN  NS      ns1
duplicate     300    IN  TXT     \"I must be digested just once\"
duplicate     300    IN  TXT     \"I must be digested just once\"
UPPERCASE     3600   IN  TXT     \"canonicalize uppercase owner names\"
*             777    IN  PTR     dont-forget-about-wildcards
mail          3600   IN  MX      20 MAIL1
mail          3600   IN  MX      10 Mail2.Example.
sortme        3600   IN  AAAA    2001:db8::5:61
sortme        3600   IN  AAAA    2001:db8::3:62
sortme        3600   IN  AAAA    2001:db8::4:63
sortme        3600   IN  AAAA    2001:db8::1:65
sortme        3600   IN  AAAA    2001:db8::2:64
non-apex      900    IN  ZONEMD  2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c6f776564206275742069676e6f7265642e20616c6c6f7765
";

const MULTIPLE: &str = "
$ORIGIN example.
example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
example.      86400  IN  NS      ns1.example.
example.      86400  IN  NS      ns2.example.
example.      86400  IN  ZONEMD  2018031900 1 1 62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637493daaf401c92c279dd10f0edb1c56f8080211f8480ee306
example.      86400  IN  ZONEMD  2018031900 1 2 08cfa1115c7b948c4163a901270395ea226a930cd2cbcf2fa9a5e6eb85f37c8a4e114d884e66f176eab121cb02db7d652e0cc4827e7a3204f166b47e5613fd27
example.      86400  IN  ZONEMD  2018031900 1 240 e2d523f654b9422a96c5a8f44607bbee
example.      86400  IN  ZONEMD  2018031900 241 1 e1846540e33a9e4189792d18d5d131f605fc283e
ns1.example.  3600   IN  A       203.0.113.63
ns2.example.  86400  IN  TXT     \"This example has multiple digests\"
NS2.EXAMPLE.  3600   IN  AAAA    2001:db8::63
";

/// RFC 8976 A.1 to A.3. (A.4 and A.5 are zones that have since changed.)
#[test]
fn zones_digest_as_rfc_8976_has_it() {
    for (text, hashes) in [
        (SIMPLE, &[ZoneHash::Sha384][..]),
        (COMPLEX, &[ZoneHash::Sha384]),
        (MULTIPLE, &[ZoneHash::Sha384, ZoneHash::Sha512]),
    ] {
        let zone = load(text);
        assert!(check_zone_digest(&zone).is_ok());
        for hash in hashes {
            let digest = zone_digest(&zone, *hash).unwrap();
            let printed = Base16(digest.as_bytes()).to_string().to_lowercase();
            assert!(text.contains(&printed), "{printed}");
        }
    }
}

#[test]
fn a_zone_that_was_changed_has_another_digest() {
    let fault = |from: &str, to: &str| {
        assert!(SIMPLE.contains(from));
        check_zone_digest(&load(&SIMPLE.replace(from, to)))
    };
    assert_eq!(
        fault("2001:db8::63", "2001:db8::64"),
        Err(ZonemdFault::Mismatch)
    );
    assert_eq!(
        fault("3600   IN  AAAA", "3601 IN AAAA"),
        Err(ZonemdFault::Mismatch)
    );
    assert_eq!(fault("044c", "044d"), Err(ZonemdFault::Mismatch));
    assert_eq!(fault("044c", "04"), Err(ZonemdFault::BadLength));
    assert_eq!(
        fault("ZONEMD  2018031900", "ZONEMD 2018031901"),
        Err(ZonemdFault::OtherSerial)
    );
    assert_eq!(fault("1 1 c68", "2 1 c68"), Err(ZonemdFault::UnknownScheme));
    assert_eq!(fault("1 1 c68", "1 3 c68"), Err(ZonemdFault::UnknownHash));
    assert_eq!(
        fault("ZONEMD  2018031900 1 1", "TXT"),
        Err(ZonemdFault::Missing)
    );
    let second = "ns1\n 86400 IN ZONEMD 2018031900 1 1 00000000000000000000000000000000";
    let twice = SIMPLE.replacen("ns1\n", &format!("{second}\n"), 1);
    assert_eq!(check_zone_digest(&load(&twice)), Err(ZonemdFault::Repeated));
}
