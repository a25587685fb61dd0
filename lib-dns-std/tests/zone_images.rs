//! Zone images: what answers from an image says what the zone in memory says, and no octets do harm.

#[path = "seeded/dice.rs"]
mod dice;
#[path = "zone_images/unread.rs"]
mod unread;

use dice::Dice;
use lib_dns_core::answer::{Settings, Transport, respond};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf, NameBuilder};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{
    HEAD_LEN, ImageError, ImageHead, ImagePart, PageEntry, PlainImage, ZoneImage,
};
use lib_dns_core::zone::{Found, ZoneLayout, ZoneLookup, ZoneNode, ZoneSet};
use lib_dns_std::hash::{RustCryptoDigest, RustCryptoSha1};
use lib_dns_std::zone::{Loader, Zone, ZoneStore};
use std::fs;
use std::path::{Path, PathBuf};

const TINY: &str =
    "$ORIGIN sovereign.\n@ 300 SOA . . 7 3600 900 604800 60\n@ 300 NS Ns\nNs 60 A 10.42.0.1\n";

fn load(text: &str) -> Zone {
    let loaded = Loader::new().load_text(Path::new("test"), text.as_bytes());
    loaded.unwrap_or_else(|findings| panic!("{findings}")).zone
}

fn image(zone: &Zone) -> Vec<u8> {
    let mut octets = Vec::new();
    let summary = zone.write_image(&mut octets).unwrap();
    assert_eq!(summary.head.len, octets.len() as u64);
    octets
}

/// Images as the zones of a server.
struct Images<'i>(Vec<ZoneImage<'i>>);

impl<'i> ZoneSet for Images<'i> {
    type Zone = ZoneImage<'i>;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&ZoneImage<'i>> {
        let above = self.0.iter().filter_map(|zone| zone.deepest(name, class));
        above.max_by_key(|zone| zone.apex().label_count())
    }
}

fn query(name: &Name<'_>, qtype: Type, dnssec_ok: bool) -> Vec<u8> {
    let name = NameBuf::from(*name);
    let mut query = b"\x12\x34\0\0\0\x01\0\0\0\0\0\x01".to_vec();
    query.extend(name.as_bytes());
    query.extend(qtype.0.to_be_bytes());
    query.extend(b"\0\x01\0\0\x29\x04\xd0\0\0");
    query.extend([u8::from(dnssec_ok) << 7, 0, 0, 0]);
    query
}

fn answer(zones: &impl ZoneSet, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let mut out = vec![0; 65_535];
    let settings = Settings::default();
    let len = respond(
        zones,
        &settings,
        &RustCryptoSha1,
        query,
        transport,
        &mut out,
    )?;
    out.truncate(len);
    Some(out)
}

/// A name itself, one below it, one beside it before and after, and one in other case.
fn names_about(name: &Name<'_>) -> Vec<NameBuf> {
    let with = |label: &[u8], parent: &Name<'_>| {
        let mut builder = NameBuilder::new();
        builder.push_label(label).ok()?;
        builder.finish(parent).ok()
    };
    let parent = name.parent().unwrap_or(Name::ROOT);
    let upper = name.first_label().unwrap_or(b"x").to_ascii_uppercase();
    let about = [
        Some(NameBuf::from(*name)),
        with(b"nothing", name),
        with(b"*", name),
        with(b"\0", &parent),
        with(b"zzzz", &parent),
        with(&upper, &parent),
    ];
    about.into_iter().flatten().collect()
}

const TYPES: [Type; 9] = [
    Type::A,
    Type::TXT,
    Type::NS,
    Type::DS,
    Type::SOA,
    Type::CNAME,
    Type::ANY,
    Type::RRSIG,
    Type::NSEC,
];

/// Each folder with zones, whose zones are served together.
fn worlds() -> Vec<Vec<Zone>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = fs::read_dir(here.join("tests/differential/zones")).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    folders.push(here.join("../examples/zones"));
    folders.sort();
    let worlds = folders.into_iter().map(|folder| {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|ending| ending == "zone"));
        let mut files: Vec<_> = files.collect();
        files.sort();
        let load = |file| Loader::new().load(file).map(|loaded| loaded.zone);
        files
            .into_iter()
            .filter_map(|file| load(file).ok())
            .collect()
    });
    worlds
        .filter(|zones: &Vec<Zone>| !zones.is_empty())
        .collect()
}

/// The law: every question gets the same octets.
#[test]
fn images_answer_as_zones_in_memory_do() {
    let mut asked = 0;
    for (zones, seed) in worlds().into_iter().zip(1..) {
        let mut dice = Dice(seed);
        let images: Vec<_> = zones.iter().map(image).collect();
        let images = images.iter().map(|octets| ZoneImage::from_octets(octets));
        let images = Images(images.collect::<Result<_, _>>().unwrap());
        let names: Vec<NameBuf> = zones
            .iter()
            .flat_map(|zone| zone.nodes().chain(zone.hashed_nodes()))
            .flat_map(|node| names_about(&node.owner()))
            .collect();
        let store = ZoneStore::new();
        for zone in zones {
            store.replace(zone);
        }
        let memory = store.snapshot();
        // All types of all names would take minutes.
        for name in &names {
            if dice.below(3) == 0 {
                let qtype = TYPES[dice.below(TYPES.len())];
                let transport = [Transport::Udp, Transport::Stream][dice.below(2)];
                let query = query(&name.as_name(), qtype, dice.below(4) != 0);
                let wanted = answer(&*memory, &query, transport);
                assert!(wanted.is_some());
                let found = answer(&images, &query, transport);
                assert_eq!(found, wanted, "{name} {qtype}");
                asked += 1;
            }
        }
    }
    assert!(asked > 5_000, "{asked} questions");
}

/// The same of each zone alone that has neither DNAME records nor signatures, from which less code answers. The others are
/// refused.
#[test]
fn plain_images_answer_as_zones_in_memory_do() {
    let (mut asked, mut refused) = (0, 0);
    let mut dice = Dice(7);
    for zone in worlds().into_iter().flatten() {
        let octets = image(&zone);
        let has = |rtype| {
            let mut nodes = zone.nodes();
            nodes.any(|node| node.rrset(rtype).is_some() || node.signatures(rtype).is_some())
        };
        let is_plain = ![Type::DNAME, Type::NSEC, Type::NSEC3PARAM]
            .into_iter()
            .any(has)
            && zone.nodes().all(|node| {
                let mut rrsets = node.rrsets();
                rrsets.all(|rrset| node.signatures(rrset.rtype).is_none())
            });
        let plain = match PlainImage::from_octets(&octets) {
            Ok(plain) => plain,
            Err(error) => {
                assert_eq!((error, is_plain), (ImageError::NotPlain, false));
                refused += 1;
                continue;
            }
        };
        let names: Vec<NameBuf> = zone
            .nodes()
            .flat_map(|node| names_about(&node.owner()))
            .collect();
        let store = ZoneStore::new();
        store.replace(zone);
        let memory = store.snapshot();
        for name in &names {
            let qtype = TYPES[dice.below(TYPES.len())];
            let query = query(&name.as_name(), qtype, dice.below(2) != 0);
            let wanted = answer(&*memory, &query, Transport::Udp);
            assert!(wanted.is_some());
            let found = answer(&plain, &query, Transport::Udp);
            assert_eq!(found, wanted, "{name} {qtype}");
            asked += 1;
        }
    }
    assert!(
        asked > 3_000 && refused > 30,
        "{asked} questions, {refused} refused"
    );
}

/// A zone with several pages of names and of hashes.
fn large() -> Zone {
    let mut text = TINY.to_owned();
    for number in 0..250 {
        text += &format!("host{number}.group{} 300 A 10.0.0.1\n", number % 7);
        let hash = format!("{number:0>32}");
        text += &format!(
            "{hash} 300 TYPE50 \\# 34 0100000000 14 {} 0006400000000002\n",
            "00".repeat(20)
        );
        if number % 11 == 0 {
            text += &format!(
                "host{number}.group{} 300 TYPE47 \\# 9 000006400000000003\n",
                number % 7
            );
        }
    }
    load(&text)
}

#[test]
fn searches_cross_pages_and_go_round() {
    let zone = large();
    let octets = image(&zone);
    let image = ZoneImage::from_octets(&octets).unwrap();
    assert_eq!((image.head().name_pages, image.head().hash_pages), (3, 3));
    assert_eq!(image.verify(&RustCryptoDigest), Ok(()));
    assert_eq!(image.head().records, zone.record_count());
    let owners = |nodes: Vec<Name<'_>>| nodes.into_iter().map(NameBuf::from).collect::<Vec<_>>();
    let in_memory = owners(zone.nodes().map(|node| node.owner()).collect());
    assert_eq!(
        owners(image.nodes().map(|node| node.owner()).collect()),
        in_memory
    );
    let mut asked = in_memory
        .iter()
        .flat_map(|name| names_about(&name.as_name()))
        .collect::<Vec<_>>();
    asked.push(NameBuf::from_text("before.example.").unwrap());
    for name in asked {
        let name = &name.as_name();
        let owner = |node: Option<Name<'_>>| node.map(NameBuf::from);
        assert_eq!(
            owner(image.nsec_at_or_before(name).map(|node| node.owner())),
            owner(zone.nsec_at_or_before(name).map(|node| node.owner())),
            "{name}"
        );
        let place = |found: &Option<Found<NameBuf>>| format!("{found:?}");
        let found = image.find(name).map(|found| owner_of(&found));
        assert_eq!(
            place(&found),
            place(&zone.find(name).map(|found| owner_of(&found)))
        );
    }
    for octet in 0..=255 {
        for hash in [[octet; 20], [0; 20].map(|zero: u8| zero | octet & 1)] {
            let found = image
                .nsec3_at_or_before(&hash)
                .map(|node| NameBuf::from(node.owner()));
            let wanted = zone
                .nsec3_at_or_before(&hash)
                .map(|node| NameBuf::from(node.owner()));
            assert_eq!(found, wanted);
            assert!(found.is_some());
        }
    }
}

fn owner_of<'z, N: ZoneNode<'z>>(found: &Found<N>) -> Found<NameBuf> {
    let owner = |node: &N| NameBuf::from(node.owner());
    match found {
        Found::Node(node) => Found::Node(owner(node)),
        Found::Delegation { node } => Found::Delegation { node: owner(node) },
        Found::Dname { node } => Found::Dname { node: owner(node) },
        Found::Missing { encloser, wildcard } => Found::Missing {
            encloser: owner(encloser),
            wildcard: wildcard.as_ref().map(owner),
        },
    }
}

fn tidy(zone: &Zone) -> String {
    let mut text = String::new();
    zone.write_text(ZoneLayout::Tidy, &mut text).unwrap();
    text
}

#[test]
fn text_to_image_to_text_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("z.image");
    let mut zones: Vec<Zone> = worlds().into_iter().flatten().collect();
    zones.push(large());
    for zone in zones {
        let mut octets = Vec::new();
        let written = zone.write_image(&mut octets).unwrap();
        fs::write(&file, &octets).unwrap();
        let loaded = Loader::new()
            .load(&file)
            .unwrap_or_else(|findings| panic!("{findings}"));
        assert_eq!(tidy(&loaded.zone), tidy(&zone));
        assert_eq!(loaded.zone.record_count(), zone.record_count());
        // The same zone makes the same image, whatever way it took.
        assert_eq!(image(&loaded.zone), octets);
        let view = ZoneImage::from_octets(&octets).unwrap();
        assert_eq!(view.verify(&RustCryptoDigest), Ok(()));
        assert_eq!(view.verify_file(&written.sha256, &RustCryptoDigest), Ok(()));
        let other = view.verify_file(view.digest(), &RustCryptoDigest);
        assert_eq!(other, Err(ImageError::Digest(ImagePart::Whole)));
    }
}

/// A loaded image is a zone like any other: it can be changed.
#[test]
fn what_an_image_brought_can_be_asked_and_reloaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sovereign.image");
    load(TINY).write_image_file(&file).unwrap();
    let (store, warnings) = ZoneStore::open(&[folder.path()]).unwrap();
    assert_eq!(warnings.warning_count(), 0);
    let serial = || {
        store
            .list()
            .iter()
            .map(|zone| zone.serial().0)
            .collect::<Vec<_>>()
    };
    assert_eq!(serial(), [7]);
    load(
        &TINY
            .replace(" 7 ", " 8 ")
            .replace("10.42", "10.43.0.0\nAl 60 A 10.42"),
    )
    .write_image_file(&file)
    .unwrap();
    assert_eq!(store.reload().findings.error_count(), 0);
    assert_eq!(serial(), [8]);
    // A file that is no longer whole changes nothing.
    let octets = fs::read(&file).unwrap();
    fs::write(&file, &octets[..octets.len() - 1]).unwrap();
    let reloaded = store.reload();
    let told = reloaded.findings.to_string();
    assert!(told.contains("the zone image has"), "{told}");
    assert_eq!(serial(), [8]);
}

/// Asks an image whatever can be asked of it.
fn use_up(image: &ZoneImage<'_>) {
    let names = [
        "sovereign.",
        "ns.sovereign.",
        "a.b.sovereign.",
        "zz.sovereign.",
        ".",
    ];
    for name in names {
        let name = NameBuf::from_text(name).unwrap();
        let name = &name.as_name();
        for (qtype, dnssec_ok) in [(Type::A, false), (Type::TXT, true), (Type::ANY, true)] {
            answer(image, &query(name, qtype, dnssec_ok), Transport::Stream);
        }
        let _ = image.nsec_at_or_before(name);
    }
    let _ = image.nsec3_at_or_before(&[0x55; 20]);
    for node in image.nodes().chain(image.hashed_nodes()) {
        let sets = node
            .rrsets()
            .chain(node.all_signatures().map(|(_, set)| set));
        assert!(sets.map(|set| set.records().count()).sum::<usize>() < image.octets().len());
    }
}

/// A file with these octets, loaded.
fn load_octets(folder: &Path, octets: &[u8]) -> Result<Zone, String> {
    let file = folder.join("z.image");
    fs::write(&file, octets).unwrap();
    let loaded = Loader::new().load(file);
    loaded
        .map(|loaded| loaded.zone)
        .map_err(|findings| findings.to_string())
}

#[test]
fn no_truncation_does_harm() {
    let folder = tempfile::tempdir().unwrap();
    let octets = image(&load(TINY));
    for len in 0..octets.len() {
        let cut = &octets[..len];
        let error = ZoneImage::from_octets(cut).unwrap_err();
        match len {
            0 => assert_eq!(error, ImageError::NotAnImage),
            _ => assert!(matches!(error, ImageError::Cut { found, .. } if found == len as u64)),
        }
        assert!(load_octets(folder.path(), cut).is_err());
        // As if the head had told the length of what is left.
        let mut short = cut.to_vec();
        if let Some(told) = short.get_mut(16..24) {
            told.copy_from_slice(&(len as u64).to_be_bytes());
            if let Ok(image) = ZoneImage::from_octets(&short) {
                assert!(image.verify(&RustCryptoDigest).is_err());
                use_up(&image);
            }
            assert!(load_octets(folder.path(), &short).is_err());
        }
    }
    let mut longer = octets.clone();
    longer.push(0);
    assert!(ZoneImage::from_octets(&longer).is_ok());
    assert!(load_octets(folder.path(), &longer).is_err());
}

#[test]
fn no_changed_octet_does_harm() {
    let folder = tempfile::tempdir().unwrap();
    let octets = image(&load(TINY));
    for at in 0..octets.len() {
        for value in [
            0,
            1,
            0x7f,
            0x80,
            0xff,
            octets[at] ^ 1,
            octets[at].wrapping_add(1),
        ] {
            if value == octets[at] {
                continue;
            }
            let mut changed = octets.clone();
            changed[at] = value;
            if let Ok(image) = ZoneImage::from_octets(&changed) {
                assert!(image.verify(&RustCryptoDigest).is_err(), "octet {at}");
                use_up(&image);
            }
            assert!(load_octets(folder.path(), &changed).is_err(), "octet {at}");
            // A forger makes the digests right.
            if let Some(forged) = resealed(changed) {
                if let Ok(image) = ZoneImage::from_octets(&forged) {
                    use_up(&image);
                }
                if let Ok(zone) = load_octets(folder.path(), &forged) {
                    let _ = tidy(&zone);
                    let store = ZoneStore::new();
                    let name = NameBuf::from(zone.apex());
                    store.replace(zone);
                    let query = query(&name.as_name(), Type::ANY, true);
                    assert!(answer(&*store.snapshot(), &query, Transport::Stream).is_some());
                }
            }
        }
    }
}

/// The image with the digests that its content has, as far as there are pages where the index says.
fn resealed(mut octets: Vec<u8>) -> Option<Vec<u8>> {
    let mut head = ImageHead::from_octets(&octets).ok()?;
    let pages_at = usize::try_from(head.pages_at()).ok()?;
    let index_at = HEAD_LEN + usize::from(head.apex_len);
    let mut at = index_at;
    while at < pages_at.min(octets.len()) {
        let entry_octets = octets.get(at..)?.first_chunk()?;
        let mut entry = PageEntry::from_octets(entry_octets);
        let start = usize::try_from(entry.at).ok()?;
        let page = octets.get(start..)?.get(..entry.len as usize)?;
        entry.digest = PageEntry::digest_of(&[page], &RustCryptoDigest).ok()?;
        let entry = entry.to_octets();
        octets[at..at + entry.len()].copy_from_slice(&entry);
        at += entry.len();
    }
    let index = octets.get(HEAD_LEN..pages_at)?;
    head.digest = head.digest_with(index, &RustCryptoDigest).ok()?;
    octets[..HEAD_LEN].copy_from_slice(&head.to_octets());
    Some(octets)
}

#[test]
fn a_resealed_image_is_the_image() {
    let octets = image(&large());
    let mut spoilt = octets.clone();
    spoilt[42..74].fill(0);
    assert_eq!(resealed(spoilt).as_ref(), Some(&octets));
}

/// The layout does not change without a new version: this is the image of three records.
#[test]
fn the_layout_is_as_it_was() {
    let golden = include_str!("zone_images/tiny.hex");
    let digits: String = golden
        .lines()
        .filter_map(|line| line.split(';').next())
        .flat_map(str::split_whitespace)
        .collect();
    let octets = image(&load(TINY));
    let found: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(found, digits);
}
