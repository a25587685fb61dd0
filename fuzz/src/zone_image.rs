//! Zone images: whatever the octets, lookups and answers end, and what is as it was written holds what it says.

use super::map_zone::NotSha1;
use lib_dns_core::answer::{self, Settings, Transport};
use lib_dns_core::messages::Message;
use lib_dns_core::name::{Name, NameBuf, NameBuilder};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{ImageNode, ZoneImage};
use lib_dns_core::zone::{ZoneLookup, ZoneNode};
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::zone::Loader;
use std::path::Path;

/// Nodes that are looked at: a forged image can have far more of them than octets.
const NODES: usize = 200;

/// Runs the target.
pub fn run(octets: &[u8]) {
    let Ok(image) = ZoneImage::from_octets(octets) else {
        return;
    };
    assert!(image.octets().len() <= octets.len());
    // What is asked does not depend on it: a device may not have checked.
    let _ = image.verify(&RustCryptoDigest);
    for node in image.nodes().chain(image.hashed_nodes()).take(NODES) {
        look_at(&image, node);
    }
    let apex = NameBuf::from(image.apex());
    ask(&image, &apex.as_name());
    for labels in [&[b"none".as_slice()][..], &[b"*"], &[b"a", b"", b"\0"]] {
        let mut builder = NameBuilder::new();
        let labels = labels.iter().filter(|label| !label.is_empty());
        if labels
            .map(|label| builder.push_label(label))
            .all(|pushed| pushed.is_ok())
            && let Ok(name) = builder.finish(&apex.as_name())
        {
            ask(&image, &name.as_name());
        }
    }
}

/// Walks what a node has, and asks for its name.
fn look_at(image: &ZoneImage<'_>, node: ImageNode<'_>) {
    let signatures = node.all_signatures().map(|(_, set)| set);
    let mut octets = 0;
    for set in node.rrsets().chain(signatures) {
        let data = set.records().map(|data| 2 + data.len());
        assert!(data.sum::<usize>() <= set.packed().len());
        octets += set.packed().len();
    }
    assert!(octets <= image.octets().len(), "more came out than went in");
    let _ = image.get(&node.owner());
    ask(image, &node.owner());
}

/// Puts queries for a name to the image.
fn ask(image: &ZoneImage<'_>, name: &Name<'_>) {
    let _ = image.nsec_at_or_before(name);
    let _ = image.nsec3_at_or_before(&[name.label_count() as u8; 20]);
    let Some(flat) = name.as_flat() else {
        return;
    };
    let mut room = [0; 1500];
    for (qtype, flags) in [
        (Type::A, 0),
        (Type::TXT, 0x80),
        (Type::DS, 0x80),
        (Type::ANY, 0x80),
    ] {
        let mut query = b"\x12\x34\0\0\0\x01\0\0\0\0\0\x01".to_vec();
        query.extend(flat);
        query.extend(qtype.0.to_be_bytes());
        query.extend(image.class().0.to_be_bytes());
        query.extend([0, 0, 0x29, 4, 0xd0, 0, 0, flags, 0, 0, 0]);
        let settings = Settings::default();
        let len = answer::respond(
            image,
            &settings,
            &NotSha1,
            &query,
            Transport::Stream,
            &mut room,
        );
        if let Some(len) = len {
            let response = Message::from_bytes(&room[..len]);
            assert!(response.is_ok(), "an answer that nobody can read");
        }
    }
}

/// Images of zones with all that makes an answer hard, as the std crate writes them.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let zones: [(&str, &[u8]); 4] = [
        (
            "tiny",
            b"$ORIGIN sovereign.\n@ 300 SOA . . 7 3600 900 604800 60\n@ 300 NS ns\nns 60 A 10.42.0.1\n",
        ),
        (
            "device",
            b"$ORIGIN sovereign.\n$TTL 60\n@ SOA @ @ 1 2 3 4 5\n@ NS ns.sub\n@ NSEC alice NS SOA\n\
            al CNAME alice\nalice A 10.42.1.5\nalice NSEC sovereign. A\nold DNAME @\nsub NS ns.sub\n\
            ns.sub A 10.42.1.6\n*.wild TXT x\n",
        ),
        (
            "signed-nsec",
            include_bytes!("../../examples/zones/signed-nsec.zone"),
        ),
        (
            "signed-nsec3",
            include_bytes!("../../examples/zones/signed-nsec3.zone"),
        ),
    ];
    let image = |text: &[u8]| {
        let loaded = Loader::new().load_text(Path::new("seed"), text);
        let mut octets = Vec::new();
        if let Ok(loaded) = loaded {
            let _ = loaded.zone.write_image(&mut octets);
        }
        octets
    };
    zones.map(|(name, text)| (name, image(text))).to_vec()
}
