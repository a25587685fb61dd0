//! Replays the seeds of the fuzz targets, so that what once was found stays found.
//!
//! The targets' files are taken as they are: as a package the fuzz crate would bring the fuzzer along.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "a library's files in a test")]
mod fuzz;

use std::fs;
use std::path::Path;

/// Runs a target on its committed seeds and on those that code makes.
fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        run(&fs::read(&path).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "no seed in {}", folder.display());
    for (name, octets) in fuzz::seeds::made_for(target) {
        println!("{target}: made: {name}");
        run(&octets);
    }
}

/// What code makes is committed as it makes it now.
#[test]
fn made_files_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let made = fuzz::seeds::files();
    assert!(made.len() > 50, "{} files", made.len());
    let mut stale = Vec::new();
    for (path, octets) in made {
        if fs::read(folder.join(&path)).ok().as_ref() != Some(&octets) {
            stale.push(path);
        }
    }
    let command = "cargo run --manifest-path fuzz/Cargo.toml --example make_seeds";
    assert_eq!(stale, [""; 0], "stale files; to make them anew: {command}");
}

#[test]
fn cache() {
    replay("cache", fuzz::cache::run);
    // Half of them are for a small cache.
    let lists = fuzz::operations::lists(300, 1500);
    lists.for_each(|octets| fuzz::cache::run(&octets));
}

#[test]
fn recovery() {
    replay("recovery", fuzz::recovery::run);
    let lists = fuzz::operations::lists(2000, 1000);
    lists.for_each(|octets| fuzz::recovery::run(&octets));
}

#[test]
fn resolve() {
    replay("resolve", fuzz::resolve::run);
    let lists = fuzz::operations::lists(2000, 1000);
    lists.for_each(|octets| fuzz::resolve::run(&octets));
}

#[test]
fn update_control() {
    replay("update_control", fuzz::update_control::run);
    let lists = fuzz::operations::lists(2000, 1000);
    lists.for_each(|octets| fuzz::update_control::run(&octets));
}

#[test]
fn config() {
    replay("config", fuzz::config::run);
}

#[test]
fn edns() {
    replay("edns", fuzz::edns::run);
}

#[test]
fn hint() {
    replay("hint", fuzz::hint::run);
}

#[test]
fn hint_serial() {
    replay("hint_serial", fuzz::hint_serial::run);
}

#[test]
fn ixfr() {
    replay("ixfr", fuzz::ixfr::run);
}

#[test]
fn journal_import() {
    replay("journal_import", fuzz::journal_import::run);
}

#[test]
fn message() {
    replay("message", fuzz::message::run);
}

#[test]
fn name() {
    replay("name", fuzz::name::run);
}

#[test]
fn node() {
    replay("node", fuzz::node::run);
    let lists = fuzz::operations::lists(150, 1000);
    lists.for_each(|octets| fuzz::node::run(&octets));
}

#[test]
fn rebuild() {
    replay("rebuild", fuzz::rebuild::run);
}

#[test]
fn zone_image() {
    replay("zone_image", fuzz::zone_image::run);
}

#[test]
fn zone_text() {
    replay("zone_text", fuzz::zone_text::run);
}

#[test]
fn answer() {
    replay("answer", fuzz::answer::run);
}

#[test]
fn key_files() {
    replay("key_files", fuzz::key_files::run);
}

#[test]
fn tsig() {
    replay("tsig", fuzz::tsig::run);
}

#[test]
fn update() {
    replay("update", fuzz::update::run);
}
