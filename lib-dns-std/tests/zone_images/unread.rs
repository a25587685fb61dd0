//! Images that are answered from before they have been read.

use crate::{TINY, TYPES, answer, image, load, names_about, query, resealed, worlds};
use lib_dns_core::answer::{Settings, Transport};
use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::{Message, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{ImageHead, PageEntry};
use lib_dns_core::zone::{ZoneLookup, ZoneNode};
use lib_dns_std::server::{Authority, Client, Respond};
use lib_dns_std::zone::{Zone, ZoneStore};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn open_early(path: &Path) -> ZoneStore {
    let opened = ZoneStore::open_early(&[path], |_, _| {});
    opened.unwrap_or_else(|findings| panic!("{findings}")).0
}

fn ask(authority: &mut Authority, query: &[u8]) -> Vec<u8> {
    let client = Client {
        address: "127.0.0.1:53000".parse().unwrap(),
        transport: Transport::Stream,
        encrypted: false,
    };
    let mut out = vec![0; 65_535];
    let len = authority.respond(query, &client, &mut out).ready();
    out.truncate(len.unwrap());
    out
}

fn authority(store: &ZoneStore) -> Authority {
    Authority::new(store, Settings::default())
}

/// A zone of several pages, each of which is told from the others by the beginning of its names alone: where names begin
/// alike, it takes more pages to find one.
fn large() -> Zone {
    let hosts = (0..250).map(|number| format!("host{number} 300 A 10.0.0.1\n"));
    load(&(TINY.to_owned() + &hosts.collect::<String>()))
}

/// An image of [`large`] in a file.
struct Large {
    folder: TempDir,
    zone: Zone,
    file: PathBuf,
    octets: Vec<u8>,
}

impl Large {
    fn write() -> Self {
        let (folder, zone) = (tempfile::tempdir().unwrap(), large());
        let file = folder.path().join("sovereign.image");
        let octets = image(&zone);
        fs::write(&file, &octets).unwrap();
        Self {
            folder,
            zone,
            file,
            octets,
        }
    }

    fn page(&self, number: usize) -> PageEntry {
        let head = ImageHead::from_octets(&self.octets).unwrap();
        let index = usize::try_from(head.pages_at() - head.index_len()).unwrap();
        let entries = &self.octets[index + usize::from(head.apex_len)..];
        PageEntry::from_octets(&entries.as_chunks().0[number])
    }

    /// Damages a page where it stands.
    fn damage(&self, number: usize) {
        let at = self.page(number).at + 30;
        let changed = self.octets[usize::try_from(at).unwrap()] ^ 1;
        let file = OpenOptions::new().write(true).open(&self.file).unwrap();
        file.write_all_at(&[changed], at).unwrap();
    }

    /// The rcode of each answer for the addresses of a page.
    fn rcodes_of_page(&self, authority: &mut Authority, number: usize) -> Vec<Rcode> {
        let nodes = self.zone.nodes().skip(number * 100).take(100);
        let owners = nodes.filter(|node| node.rrset(Type::A).is_some());
        let mut rcodes: Vec<Rcode> = owners
            .map(|node| ask(authority, &query(&node.owner(), Type::A, false)))
            .map(|octets| Message::from_bytes(&octets).unwrap().rcode())
            .collect();
        rcodes.dedup();
        rcodes
    }
}

/// The law: every question gets the same octets, whether much has been read or nothing.
#[test]
fn images_answer_before_they_are_read_as_they_do_afterwards() {
    let mut asked = 0;
    for zones in worlds() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<NameBuf> = zones
            .iter()
            .flat_map(|zone| zone.nodes().chain(zone.hashed_nodes()))
            .flat_map(|node| names_about(&node.owner()))
            .collect();
        let memory = ZoneStore::new();
        for (zone, number) in zones.into_iter().zip(0..) {
            let file = folder.path().join(format!("{number}.image"));
            zone.write_image_file(&file).unwrap();
            memory.replace(zone);
        }
        let memory = memory.snapshot();
        let store = open_early(folder.path());
        assert!(store.list().is_empty());
        let mut authority = authority(&store);
        let mut check = |step: usize| {
            for (name, qtype) in names.iter().zip(TYPES.iter().cycle()).step_by(step) {
                let query = query(&name.as_name(), *qtype, true);
                let wanted = answer(&*memory, &query, Transport::Stream);
                assert_eq!(Some(ask(&mut authority, &query)), wanted, "{name} {qtype}");
                asked += 1;
            }
        };
        check(5);
        let findings = store.read_images();
        assert_eq!(findings.error_count(), 0, "{findings}");
        assert_eq!(store.list().len(), memory.len());
        check(31);
    }
    assert!(asked > 2_000, "{asked} questions");
}

#[test]
fn a_page_that_is_damaged_is_not_answered_from_and_others_are() {
    let large = Large::write();
    let store = open_early(&large.file);
    let mut authority = authority(&store);
    large.damage(1);
    let rcodes = |authority: &mut _| [0, 1, 2].map(|page| large.rcodes_of_page(authority, page));
    let partly = [
        vec![Rcode::NOERROR],
        vec![Rcode::SERVFAIL],
        vec![Rcode::NOERROR],
    ];
    assert_eq!(rcodes(&mut authority), partly);
    // 24 is Invalid Data (RFC 8914 4.25).
    let bad = large.zone.nodes().nth(150).unwrap();
    let told = ask(&mut authority, &query(&bad.owner(), Type::A, false));
    assert!(told.ends_with(&[0, 15, 0, 2, 0, 24]), "{told:?}");
    // What was read stays as it was read.
    large.damage(0);
    assert_eq!(rcodes(&mut authority), partly);

    let told = store.read_images().to_string();
    assert!(told.contains("sovereign.image: error: page "), "{told}");
    assert!(told.contains("is not as it was written"), "{told}");
    assert_eq!(rcodes(&mut authority), partly);
    assert!(
        store.list().is_empty(),
        "it is not a zone that could be sent or changed"
    );
    let reloaded = store.reload();
    assert_eq!(reloaded.findings.error_count(), 1, "it has changed");
    assert_eq!(rcodes(&mut authority), partly);

    let new = large.folder.path().join("new");
    fs::write(&new, &large.octets).unwrap();
    fs::rename(&new, &large.file).unwrap();
    assert_eq!(store.reload().findings.error_count(), 0);
    assert_eq!(store.list().len(), 1);
    let whole = [(); 3].map(|()| vec![Rcode::NOERROR]);
    assert_eq!(rcodes(&mut authority), whole);
}

#[test]
fn a_head_or_an_apex_that_is_damaged_is_not_served() {
    for at in [20, 100] {
        let large = Large::write();
        let mut octets = large.octets.clone();
        octets[at] ^= 1;
        fs::write(&large.file, &octets).unwrap();
        assert!(ZoneStore::open_early(&[&large.file], |_, _| {}).is_err());
    }
    let large = Large::write();
    large.damage(0);
    let refused = ZoneStore::open_early(&[&large.file], |_, _| {});
    let told = refused.unwrap_err().to_string();
    assert!(
        told.contains("page 0 of the zone image is not as it was written"),
        "{told}"
    );
}

#[test]
fn a_file_that_shrinks_takes_only_what_was_not_read() {
    let large = Large::write();
    let store = open_early(&large.file);
    let mut authority = authority(&store);
    assert_eq!(large.rcodes_of_page(&mut authority, 1), [Rcode::NOERROR]);
    let file = OpenOptions::new().write(true).open(&large.file).unwrap();
    file.set_len(large.page(1).at).unwrap();
    assert_eq!(large.rcodes_of_page(&mut authority, 1), [Rcode::NOERROR]);
    assert_eq!(large.rcodes_of_page(&mut authority, 2), [Rcode::SERVFAIL]);
    let told = store.read_images().to_string();
    assert!(told.contains("cannot be read"), "{told}");
    assert_eq!(large.rcodes_of_page(&mut authority, 0), [Rcode::NOERROR]);
}

fn serial(authority: &mut Authority) -> u32 {
    let apex = NameBuf::from_text("sovereign.").unwrap();
    let octets = ask(authority, &query(&apex.as_name(), Type::SOA, false));
    let message = Message::from_bytes(&octets).unwrap();
    let soa = message.section(Section::Answer).next().unwrap().unwrap();
    let soa = soa.data_octets();
    u32::from_be_bytes(*soa[soa.len() - 20..].first_chunk().unwrap())
}

#[test]
fn what_replaces_an_image_while_it_is_read_stays() {
    let newer = load(&TINY.replace(" 7 ", " 8 "));

    // By another file, which is loaded when the images have been read.
    let large = Large::write();
    let store = open_early(&large.file);
    let mut asked = authority(&store);
    let new = large.folder.path().join("new");
    fs::write(&new, image(&newer)).unwrap();
    fs::rename(&new, &large.file).unwrap();
    assert_eq!(store.read_images().error_count(), 0);
    assert_eq!(serial(&mut asked), 7, "what was opened is what is read");
    assert_eq!(store.reload().loaded.len(), 1);
    assert_eq!(serial(&mut asked), 8);

    // Or before.
    let large = Large::write();
    let store = open_early(&large.file);
    let mut asked = authority(&store);
    fs::write(&large.file, image(&newer)).unwrap();
    assert_eq!(store.reload().loaded.len(), 1);
    assert_eq!(serial(&mut asked), 8);
    assert_eq!(store.read_images().error_count(), 0);
    assert_eq!((serial(&mut asked), store.list().len()), (8, 1));

    // By a change.
    let large = Large::write();
    let store = open_early(&large.file);
    let mut asked = authority(&store);
    store.replace(newer);
    assert_eq!(serial(&mut asked), 8);
    assert_eq!(store.read_images().error_count(), 0);
    assert_eq!((serial(&mut asked), store.list().len()), (8, 1));

    // By nothing.
    let large = Large::write();
    let store = open_early(large.folder.path());
    let mut asked = authority(&store);
    fs::remove_file(&large.file).unwrap();
    fs::write(
        large.folder.path().join("other.image"),
        image(&load(&TINY.replace("sov", "un"))),
    )
    .unwrap();
    assert_eq!(store.reload().removed.len(), 1);
    assert_eq!(store.read_images().error_count(), 0);
    assert_eq!(large.rcodes_of_page(&mut asked, 0), [Rcode::REFUSED]);
}

/// Whoever wants the whole zone does not get what has not been read.
#[test]
fn an_image_is_nobodys_before_it_is_read() {
    let large = Large::write();
    let store = open_early(&large.file);
    let apex = large.zone.apex();
    assert!(store.get_zone_exact(&apex).is_none());
    let zones = store.snapshot();
    let query = query(&apex, Type::SOA, false);
    let told = answer(&*zones, &query, Transport::Stream).unwrap();
    // 14 is Not Ready (RFC 8914 4.15).
    assert!(told.ends_with(&[0, 15, 0, 2, 0, 14]), "{told:?}");
    assert_eq!(store.read_images().error_count(), 0);
    assert!(store.get_zone_exact(&apex).is_some());
    assert_eq!(store.snapshot().withheld(&apex), None);
}

#[test]
fn no_changed_octet_does_harm_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("z.image");
    let octets = image(&load(TINY));
    for at in 0..octets.len() {
        for value in [0, 0xff, octets[at] ^ 1] {
            let mut changed = octets.clone();
            changed[at] = value;
            // A forger makes the digests right.
            let Some(forged) = resealed(changed) else {
                continue;
            };
            fs::write(&file, forged).unwrap();
            let Ok((store, _)) = ZoneStore::open_early(&[&file], |_, _| {}) else {
                continue;
            };
            let mut authority = authority(&store);
            for name in ["sovereign.", "ns.sovereign.", "a.sovereign."] {
                let name = NameBuf::from_text(name).unwrap();
                ask(&mut authority, &query(&name.as_name(), Type::A, true));
            }
            store.read_images();
        }
    }
}
