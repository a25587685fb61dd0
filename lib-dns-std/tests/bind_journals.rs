//! Journals that named has written, read by us and by its own program.

#[path = "peers/harness.rs"]
mod harness;

use harness::{Program, Server, find_or_skip, output_with};
use lib_dns_core::zone::{Difference, Serial, StoredRecord, ZoneLayout, ZoneLookup, ZonePrinter};
use lib_dns_std::journal::{BindJournal, JournalError, JournalReader};
use lib_dns_std::zone::{Change, Loader, Zone};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

const ZONE: &str = "$ORIGIN example.
$TTL 300
@ SOA ns1 admin 7 3600 900 604800 300
@ NS ns1
ns1 A 192.0.2.1
old TXT \"goes\"
";

/// What happens to the zone, an update a paragraph.
const UPDATES: &str = "update add a.example. 300 A 192.0.2.1
update add a.example. 300 A 192.0.2.2
send
update delete old.example.
update add Mixed.Case.example. 60 MX 10 NS1.Example.
send
update delete a.example. A 192.0.2.1
update add a.example. 300 TXT \"one\" \"two\"
send
update add a.example. 900 A 192.0.2.2
send
";

#[test]
fn journals_of_named_are_read_as_its_own_program_reads_them() {
    let (Some(nsupdate), Some(journalprint)) =
        (find_or_skip("nsupdate"), find_or_skip("named-journalprint"))
    else {
        return;
    };
    let Some(octets) = written_by_named(&nsupdate) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("example.zone.jnl");
    fs::write(&journal, octets).unwrap();
    let newer = lines_of(&journal);
    assert_eq!(newer, printed_by(&journalprint, &journal));
    assert!(newer.len() > 15, "{newer:?}");
    assert!(fs::read(&journal).unwrap().starts_with(b";BIND LOG V9.2\n"));

    let downgraded = Command::new(&journalprint).arg("-d").arg(&journal).status();
    assert!(downgraded.unwrap().success());
    assert!(fs::read(&journal).unwrap().starts_with(b";BIND LOG V9\n"));
    assert_eq!(lines_of(&journal), newer);
    assert_eq!(printed_by(&journalprint, &journal), newer);

    // The journal leads from the zone's file to what named serves.
    let zone = replayed(&journal);
    assert_eq!(zone.serial(), Serial(11));
    let mut text = String::new();
    zone.write_text(ZoneLayout::OneLine, &mut text).unwrap();
    assert!(text.contains("a.example. 900 IN A 192.0.2.2\n"), "{text}");
    assert!(
        text.contains("Mixed.Case.example. 60 IN MX 10 NS1.Example.\n"),
        "{text}"
    );
    assert!(
        !text.contains("goes") && !text.contains("192.0.2.1\na."),
        "{text}"
    );

    let mut reader = JournalReader::open(&journal).unwrap();
    let verified = reader.verify(&zone.apex()).unwrap();
    assert_eq!(
        (verified.changes, verified.first, verified.last),
        (4, Serial(7), Serial(11))
    );
    shown_by_program(&journal);
    refuses_what_is_damaged(&fs::read(&journal).unwrap());
}

/// The octets of a journal that named writes; `None` if it is missing.
fn written_by_named(nsupdate: &Path) -> Option<Vec<u8>> {
    let configuration = Program::Named.head("notify no;")
        + "zone \"example\" { type primary; file \"example.zone\"; allow-update { 127.0.0.1; }; };\n";
    let server = Server::other_anywhere(Program::Named, &[("example.zone", ZONE)], &configuration)?;
    let runs = server.wait_until(|| server.log().contains("running"));
    runs.unwrap_or_else(|reason| panic!("{reason}"));
    let port = server.address.port();
    for update in UPDATES.split_inclusive("send\n") {
        let script = format!("server 127.0.0.1 {port}\nzone example.\n{update}");
        // A named that has just begun to run refuses an update now and then with SERVFAIL, and says no more.
        let done = server.wait_until(|| {
            let update = output_with(&mut Command::new(nsupdate), &script);
            update.is_some_and(|output| output.status.success())
        });
        done.unwrap_or_else(|reason| panic!("{reason}"));
    }
    Some(fs::read(server.home().join("example.zone.jnl")).unwrap())
}

/// Each record as `add` or `del` and zone text.
fn lines_of(journal: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |verb: &str, record: &StoredRecord<'_>| {
        let mut text = format!("{verb} ");
        let StoredRecord {
            owner, ttl, class, ..
        } = record;
        ZonePrinter::new(&mut text, ZoneLayout::OneLine)
            .record(owner, *ttl, *class, record.rtype, record.data)
            .unwrap();
        lines.push(text.trim_end().to_owned());
    };
    let mut reader = JournalReader::open(journal).unwrap();
    let read = reader.read(None, |_, difference| {
        line("del", &difference.old_soa());
        difference
            .deleted()
            .iter()
            .for_each(|record| line("del", &record));
        line("add", &difference.new_soa());
        difference
            .added()
            .iter()
            .for_each(|record| line("add", &record));
        Ok::<_, JournalError>(())
    });
    read.unwrap();
    lines
}

fn printed_by(journalprint: &Path, journal: &Path) -> Vec<String> {
    let output = Command::new(journalprint).arg(journal).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| {
        let fields = line.split_ascii_whitespace().collect::<Vec<_>>();
        fields.join(" ")
    });
    lines.collect()
}

fn replayed(journal: &Path) -> Zone {
    let mut zone = Loader::new()
        .load_text(Path::new("z"), ZONE.as_bytes())
        .unwrap()
        .zone;
    let mut all = Change::new();
    let mut reader = JournalReader::open(journal).unwrap();
    let first = zone.clone();
    let read = reader.read(None, |_, difference| {
        zone = zone.apply(difference).unwrap();
        all.follow(difference).unwrap();
        Ok::<_, JournalError>(())
    });
    read.unwrap();
    let mut octets = Vec::new();
    let at_once = first.apply(&all.difference(&mut octets).unwrap()).unwrap();
    assert!(Change::between(&at_once, &zone).unwrap().is_empty());
    zone
}

fn shown_by_program(journal: &Path) {
    let zdns = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
        let output = command.arg("journal").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let path = journal.to_str().unwrap();
    let shown = zdns(&["show", path, "example."]);
    let first = shown.lines().take(5).collect::<Vec<_>>();
    let expected = [
        "; example. 7 8",
        "- example. 300 IN SOA ns1.example. admin.example. 7 3600 900 604800 300",
        "+ example. 300 IN SOA ns1.example. admin.example. 8 3600 900 604800 300",
        "+ a.example. 300 IN A 192.0.2.1",
        "+ a.example. 300 IN A 192.0.2.2",
    ];
    assert_eq!(first, expected);
    let json = zdns(&["show", "--json", path]);
    let changes = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let serials = changes.map(|change| change["to"].as_u64().unwrap());
    assert_eq!(serials.collect::<Vec<_>>(), [8, 9, 10, 11]);
    assert_eq!(
        zdns(&["verify", path]),
        "example. 4 changes, serial 7 to 11: well\n"
    );
}

/// All cuts and many flips: an error or what was there, never a panic or another difference's serials.
fn refuses_what_is_damaged(whole: &[u8]) {
    let read = |octets: &[u8]| -> Result<usize, JournalError> {
        let mut journal = BindJournal::new(Cursor::new(octets), Path::new("j"))?;
        let mut last = journal.first();
        let mut count = 0;
        while let Some(octets) = journal.next_difference()? {
            let difference = Difference::from_bytes(&octets).unwrap();
            assert_eq!(difference.from_serial(), last);
            last = difference.to_serial();
            count += 1;
        }
        Ok(count)
    };
    assert_eq!(read(whole).unwrap(), 4);
    for end in 0..whole.len() {
        // What follows the last transaction is of no use.
        if let Ok(count) = read(&whole[..end]) {
            assert_eq!(count, 4, "cut at {end}");
        }
    }
    for at in 0..whole.len() {
        let mut octets = whole.to_vec();
        octets[at] ^= 0x10;
        let _ = read(&octets);
    }
}
