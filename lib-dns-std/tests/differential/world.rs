//! A world is a directory of zone files that every server loads together, so that names may lead from
//! one zone into another and a parent may meet its child.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dns_name::DnsName;

pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) zones: Vec<ZoneFile>,
}

pub(crate) struct ZoneFile {
    /// As written after `$ORIGIN`, which the servers' configurations want.
    pub(crate) origin_text: String,
    pub(crate) origin: DnsName,
    pub(crate) path: PathBuf,
}

impl World {
    /// Every directory below `zones/`, in a fixed order.
    pub(crate) fn all() -> Vec<World> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/zones");
        let mut worlds: Vec<World> = entries(&root)
            .into_iter()
            .map(|directory| World::load(&directory))
            .collect();
        worlds.retain(|world| !world.zones.is_empty());
        assert!(!worlds.is_empty(), "no zones in {}", root.display());
        worlds
    }

    fn load(directory: &Path) -> World {
        let files = entries(directory)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "zone"));
        World {
            name: directory
                .file_name()
                .expect("a directory has a name")
                .to_string_lossy()
                .into_owned(),
            directory: directory.to_path_buf(),
            zones: files.map(ZoneFile::load).collect(),
        }
    }
}

impl ZoneFile {
    fn load(path: PathBuf) -> ZoneFile {
        let text = fs::read_to_string(&path).expect("zone files are readable");
        let origin = text.lines().find_map(|line| line.strip_prefix("$ORIGIN "));
        let origin = origin
            .unwrap_or_else(|| panic!("{} has no $ORIGIN line", path.display()))
            .trim();
        ZoneFile {
            origin_text: origin.to_owned(),
            origin: DnsName::from_plain_text(origin),
            path,
        }
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable directory entry").path())
        .collect();
    paths.sort();
    paths
}
