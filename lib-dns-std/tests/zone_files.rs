//! Loading the zone files that the repository has.

use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Found, ZoneLookup, ZoneNode};
use lib_dns_std::zone::{Loaded, Loader, Zone};
use std::path::{Path, PathBuf};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The zone files of a folder and the folders in it.
fn zone_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            zone_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "zone") {
            found.push(path);
        }
    }
}

/// Loads all zones of a folder and tells how many there are.
fn load_all(folder: &str) -> usize {
    let mut files = Vec::new();
    zone_files(&repository(folder), &mut files);
    let mut loaded = 0;
    for file in files {
        match Loader::new().load(&file) {
            Ok(Loaded { zone, warnings, .. }) => {
                assert_eq!(warnings.warning_count(), 0, "{warnings}");
                look_up_all(&zone);
                loaded += 1;
            }
            Err(findings) => panic!("{findings}"),
        }
    }
    loaded
}

/// Each name is found again, and each delegation where it is.
fn look_up_all(zone: &Zone) {
    assert!(zone.record_count() > 1);
    for node in zone.nodes() {
        let owner = node.owner();
        assert_eq!(zone.get(&owner).map(|node| node.owner()), Some(owner));
        let found = zone.find(&owner);
        assert!(
            !matches!(found, None | Some(Found::Missing { .. })),
            "{owner}"
        );
    }
    for node in zone.nodes().filter(|node| node.rrset(Type::NSEC).is_some()) {
        let owner = node.owner();
        let nsec = zone.nsec_at_or_before(&owner);
        assert_eq!(nsec.map(|node| node.owner()), Some(owner));
    }
}

#[test]
fn the_example_zones_load() {
    load_all("examples/zones");
}

/// Each of the mesh's own types stands in its example.
#[test]
fn the_example_of_the_mesh_types_has_them_all() {
    let Ok(Loaded { zone, .. }) = Loader::new().load(repository("examples/zones/mesh.zone")) else {
        panic!("the_example_zones_load tells why");
    };
    for number in 65344..=65356 {
        let mut nodes = zone.nodes();
        assert!(
            nodes.any(|node| node.rrset(Type(number)).is_some()),
            "{}",
            Type(number)
        );
    }
}

#[test]
fn the_zones_of_the_differential_test_load() {
    assert!(load_all("lib-dns-std/tests/differential/zones") >= 84);
}

/// Nothing is loaded, and the two addresses that are none are named.
#[test]
fn the_specifications_own_zone_is_refused() {
    let file = repository("lib-dns-std/tests/data/spec-unmended.zone");
    let findings = Loader::new().load(&file).unwrap_err();
    let errors = findings.iter();
    let errors = errors.map(|error| (error.line, error.column, error.token.to_string()));
    let wanted = [
        (28, 21, "fd00:mesh:1::5".to_owned()),
        (52, 29, "fd00:mesh:2::7".to_owned()),
    ];
    assert_eq!(errors.collect::<Vec<_>>(), wanted, "{findings}");
    let line = "spec-unmended.zone:28:21: error: expected an IPv6 address: 'fd00:mesh:1::5'\n";
    assert!(findings.to_string().contains(line), "{findings}");
}
