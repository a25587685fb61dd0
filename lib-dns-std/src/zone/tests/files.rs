//! Zone files good and bad.

use super::*;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{ZoneLookup, ZoneNode};

#[track_caller]
fn gives(records: &str, wanted: &[&str]) {
    let found = findings(&format!("{HEAD}{records}"));
    assert_eq!(found.lines().collect::<Vec<_>>(), wanted, "{records}");
}

#[test]
fn a_zone_takes_its_name_from_its_soa_record() {
    let zone = load(HEAD).unwrap().zone;
    assert_eq!(zone.apex(), name("example.").as_name());
    assert_eq!((zone.serial().0, zone.record_count()), (7, 2));
}

#[test]
fn records_that_stand_apart_in_the_file_come_together() {
    let text = format!("{HEAD}a A 192.0.2.1\nb TXT x\nA A 192.0.2.2\na 300 IN A 192.0.2.3\n");
    let zone = load(&text).unwrap().zone;
    let node = zone.get(&name("a.example.").as_name()).unwrap();
    let data = node
        .rrset(Type::A)
        .unwrap()
        .records()
        .map(|data| data[3])
        .collect::<Vec<_>>();
    assert_eq!(data, [1, 2, 3]);
    assert_eq!(node.owner().to_string(), "a.example.");
    assert_eq!(zone.nodes().count(), 3);
}

#[test]
fn signatures_stand_beside_what_they_cover() {
    let rrsig = |covered: &str| {
        let rest = "0d02 0000012c 00000000 00000000 0000 00 78";
        format!(r"a 300 TYPE46 \# 20 {covered}{rest}")
    };
    let (a, txt) = (rrsig("0001"), rrsig("0010"));
    let text = format!("{HEAD}a A 192.0.2.1\n{txt}\n{a}\na TXT x\n");
    let loaded = load(&text).unwrap();
    let node = loaded.zone.get(&name("a.example.").as_name()).unwrap();
    assert!(node.signatures(Type::A).is_some());
    assert!(node.signatures(Type::TXT).is_some());
    assert!(node.signatures(Type::NS).is_none());
    assert_eq!(node.rrsets().count(), 2);
    assert_eq!(node.all_signatures().count(), 2);
}

#[test]
fn each_rule_has_its_finding() {
    gives(
        "a CNAME b\na A 192.0.2.1\n",
        &["z:6: error: CNAME beside other data: a.example. has A too"],
    );
    gives(
        "a CNAME b\na CNAME c\n",
        &["z:6: error: more than one CNAME record at a.example."],
    );
    gives(
        "a DNAME b\na DNAME c\n",
        &["z:6: error: more than one DNAME record at a.example."],
    );
    gives(
        "a.test. A 192.0.2.1\n",
        &["z:5: error: out-of-zone data: a.test."],
    );
    gives("@ SOA a b 1 2 3 4 5\n", &["z:5: error: second SOA record"]);
    gives(
        "a SOA a b 1 2 3 4 5\n",
        &["z:5: error: SOA record below the apex, at a.example."],
    );
    gives(
        "a A 192.0.2.1\na A 192.0.2.1\n",
        &["z:6: warning: duplicate record, kept once: a.example. A"],
    );
    gives(
        "a NS b\na NS B\na TXT b\na TXT B\n",
        &["z:6: warning: duplicate record, kept once: a.example. NS"],
    );
    gives(
        "a 60 A 192.0.2.1\na 70 A 192.0.2.2\n",
        &["z:6: warning: TTL 70 differs from 60, which is taken for all: a.example. A"],
    );
    gives(
        "a A 192.0.2\n",
        &["z:5:5: error: expected an IPv4 address: '192.0.2'"],
    );
}

#[test]
fn what_is_missing_is_said() {
    assert_eq!(
        findings("$ORIGIN a.\n@ 60 NS b\n"),
        "z: error: no SOA record\n"
    );
    assert_eq!(
        findings("$ORIGIN a.\n@ 60 SOA b c 1 2 3 4 5\n"),
        "z: error: no NS records at the apex\n"
    );
    assert_eq!(findings(""), "z: error: no SOA record\n");
    let found = findings("@ 60 SOA b c 1 2 3 4 5\n");
    assert!(
        found.starts_with(
            "z:1:1: error: relative name, but no origin is known: start the file with $ORIGIN"
        ),
        "{found}"
    );
}

#[test]
fn a_given_origin_is_the_zones_name() {
    let text = "@ 60 SOA b c 1 2 3 4 5\n@ 60 NS b\n";
    let origin = name("a.test.");
    let mut loader = Loader::new().origin(&origin.as_name());
    let zone = loader
        .load_text(Path::new("z"), text.as_bytes())
        .unwrap()
        .zone;
    assert_eq!(zone.apex(), origin.as_name());
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let lines = "a A x\n".repeat(10);
    let mut loader = Loader::new().findings_kept(4);
    let found = loader
        .load_text(Path::new("z"), lines.as_bytes())
        .unwrap_err();
    assert_eq!(found.error_count(), 10);
    assert_eq!(found.iter().count(), 4);
    assert!(found.to_string().ends_with("and 6 more\n"));
}

#[test]
fn a_long_rrset_loses_its_duplicates_too() {
    let mut text = HEAD.to_owned();
    for number in 0..100 {
        text += &format!("a A 192.0.2.{}\n", number % 60);
    }
    let loaded = load(&text).unwrap();
    assert_eq!(loaded.warnings.warning_count(), 40);
    assert_eq!(loaded.zone.record_count(), 62);
}

#[test]
fn entries_longer_than_a_piece_are_read() {
    let long = (0..3000)
        .map(|_| format!("\"{}\"", "x".repeat(15)))
        .collect::<Vec<_>>();
    let text = format!(
        "{HEAD}a TXT (\n{}\n)\nb A 192.0.2.1\n",
        long.join("\n; a comment\n")
    );
    let mut padded = text.clone();
    padded.insert_str(0, &format!("; {}\n", "-".repeat(250_000)));
    for text in [text, padded] {
        let zone = load(&text).unwrap().zone;
        let node = zone.get(&name("a.example.").as_name()).unwrap();
        assert_eq!(
            node.rrset(Type::TXT).unwrap().first().unwrap().len(),
            3000 * 16
        );
    }
}

#[test]
fn included_files_are_part_of_the_zone() {
    let folder = Folder::new("include");
    let main = format!("{HEAD}$INCLUDE sub/a.db sub\nc A 192.0.2.3\n");
    let main = folder.write("main.zone", &main);
    folder.write("sub/a.db", "a A 192.0.2.1\n$INCLUDE b.db\n");
    folder.write("sub/b.db", "b A 192.0.2.2\n");
    let loaded = Loader::new().load(&main).unwrap();
    assert_eq!(loaded.sources.len(), 3);
    for owner in ["a.sub.example.", "b.sub.example.", "c.example."] {
        assert!(loaded.zone.get(&name(owner).as_name()).is_some(), "{owner}");
    }
}

#[test]
fn includes_neither_leave_the_folder_nor_turn_in_circles() {
    let folder = Folder::new("outside");
    folder.write("outside.db", "a A 192.0.2.1\n");
    let main = folder.write(
        "zones/main.zone",
        &format!("{HEAD}$INCLUDE ../outside.db\n"),
    );
    let found = Loader::new().load(&main).unwrap_err().to_string();
    assert!(
        found.contains("main.zone:5:10: error: $INCLUDE of ../outside.db, which is outside"),
        "{found}"
    );
    assert!(Loader::new().includes_outside(true).load(&main).is_ok());

    let main = folder.write("zones/circle.zone", &format!("{HEAD}$INCLUDE other.db\n"));
    folder.write("zones/other.db", "$INCLUDE circle.zone\n");
    let found = Loader::new().load(&main).unwrap_err().to_string();
    assert!(
        found.contains("other.db:1:10: error: $INCLUDE of circle.zone, which includes"),
        "{found}"
    );

    let main = folder.write("zones/lost.zone", &format!("{HEAD}$INCLUDE nowhere.db\n"));
    let found = Loader::new().load(&main).unwrap_err().to_string();
    assert!(
        found.contains("lost.zone:5:10: error: cannot be read"),
        "{found}"
    );
}

#[test]
fn errors_of_an_included_file_name_it() {
    let folder = Folder::new("named");
    let main = folder.write("main.zone", &format!("{HEAD}$INCLUDE a.db\n"));
    folder.write("a.db", "\na A x\nb.test. A 192.0.2.1\n");
    let found = Loader::new().load(&main).unwrap_err();
    let places = found.iter().map(|found| {
        let file = found.file.file_name().unwrap().to_str().unwrap().to_owned();
        (file, found.line)
    });
    assert_eq!(
        places.collect::<Vec<_>>(),
        [("a.db".to_owned(), 2), ("a.db".to_owned(), 3)]
    );
}

#[test]
fn a_file_that_is_not_there_is_a_finding() {
    let found = Loader::new().load("/nowhere/at.all").unwrap_err();
    assert!(
        found
            .to_string()
            .starts_with("/nowhere/at.all: error: cannot be read")
    );
}

#[test]
fn progress_is_told() {
    let folder = Folder::new("progress");
    let main = folder.write("main.zone", HEAD);
    let mut last = None;
    let mut loader = Loader::new().progress(|progress| last = Some(progress));
    loader.load(&main).unwrap();
    drop(loader);
    let wanted = super::super::Progress {
        read: HEAD.len() as u64,
        total: HEAD.len() as u64,
    };
    assert_eq!(last, Some(wanted));
}
