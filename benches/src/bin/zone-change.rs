//! What a change of ten records costs in a large zone, with and without a journal, and what readers notice.
//!
//! `zone-change FILE [COMMITS]` loads the zone, changes ten of its addresses so many times (1000) and prints
//! the user time of a commit: in memory, and with a journal on disk, in a folder that is removed afterwards
//! (`TMPDIR` says where). The first commit with a journal also writes a copy of the zone, and is told apart.
//! Then a thread looks names up while changes are made, and beside nothing.

use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{StoredRecord, ZoneLookup, ZoneNode};
use lib_dns_std::journal::Journal;
use lib_dns_std::zone::{Change, ChangeError, Commits, Loader, Zone, ZoneStore};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Records that one change replaces by others.
const RECORDS: usize = 5;
/// Clock ticks a second in /proc (`getconf CLK_TCK`; 100 on all of Linux's own architectures).
const TICKS: f64 = 100.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &*arguments {
        [file] => run(file, 1000),
        [file, commits] => match commits.parse() {
            Ok(commits) => run(file, commits),
            Err(error) => Err(format!("{commits}: {error}").into()),
        },
        _ => Err("usage: zone-change FILE [COMMITS]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("zone-change: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: &str, commits: u32) -> Result<(), Box<dyn Error>> {
    let (zone, used) = timed(|| Loader::new().load(file));
    let zone = zone?.zone;
    let (apex, records) = (NameBuf::from(zone.apex()), zone.record_count());
    println!("{apex}: {records} records, loaded in {used:.2} s");
    let owners = addresses(&zone);
    if owners.len() < RECORDS {
        return Err("the zone has too few addresses".into());
    }
    let folder = std::env::temp_dir().join(format!("zone-change-{}", std::process::id()));
    let result = measure(zone, &apex, &owners, commits, &folder);
    // Nothing is lost if it stays.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

fn measure(
    zone: Zone,
    apex: &NameBuf,
    owners: &[NameBuf],
    commits: u32,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let store = |zone: &Zone| {
        let store = ZoneStore::new();
        store.replace(zone.clone());
        Arc::new(store)
    };
    let memory = Commits::new(store(&zone));
    let change_many = |door: &Commits, count| -> Result<(), Box<dyn Error>> {
        for number in 0..count {
            door.commit(&apex.as_name(), |zone| change(zone, owners, number))?;
        }
        Ok(())
    };
    change_many(&memory, 10)?;
    let (result, in_memory) = timed(|| change_many(&memory, commits));
    result?;
    let journal = Arc::new(Journal::open(folder)?);
    let kept = Commits::new(store(&zone)).journal(Arc::clone(&journal));
    let (result, first) = timed(|| change_many(&kept, 1));
    result?;
    let start = Instant::now();
    let (result, with_journal) = timed(|| change_many(&kept, commits));
    result?;
    let wall = start.elapsed();
    let each = |seconds: f64| seconds * 1e3 / f64::from(commits);
    println!("first change with a journal: {first:.2} s of user time");
    println!(
        "a change of {} records, {commits} times, user time of each:",
        2 * RECORDS
    );
    println!("  in memory       {:>8.3} ms", each(in_memory));
    println!(
        "  with a journal  {:>8.3} ms, {:.3} ms of wall time",
        each(with_journal),
        each(wall.as_secs_f64())
    );
    drop(zone);
    for changing in [false, true] {
        let done = AtomicBool::new(false);
        let (lookups, times) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| read(&kept, owners, &done));
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(3) {
                if changing {
                    change_many(&kept, 10)?;
                } else {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            done.store(true, Ordering::Relaxed);
            reader
                .join()
                .map_err(|_| Box::<dyn Error>::from("the reader failed"))
        })?;
        let beside = if changing {
            "beside changes"
        } else {
            "beside nothing"
        };
        let [half, most] = times.map(|time| match time {
            Some(time) => format!("{time:?}"),
            None => "longer than 1 ms".to_owned(),
        });
        println!("{lookups} lookups {beside}: half of them within {half}, 99 of 100 within {most}");
    }
    Ok(())
}

/// Names with one address, from all over the zone.
fn addresses(zone: &Zone) -> Vec<NameBuf> {
    let step = zone.record_count() as usize / 10_000 + 1;
    let has_address = |node: &lib_dns_std::zone::Node<'_>| node.rrset(Type::A).is_some();
    let nodes = zone.nodes().step_by(step).filter(has_address);
    nodes.map(|node| node.owner().into()).collect()
}

/// Other addresses for some names.
fn change(zone: &Zone, owners: &[NameBuf], number: u32) -> Result<Option<Change>, ChangeError> {
    let mut change = Change::new();
    for part in 0..RECORDS {
        let at = (number as usize * 7 + part * owners.len() / RECORDS) % owners.len();
        let Some(node) = zone.get(&owners[at].as_name()) else {
            continue;
        };
        let Some(set) = node.rrset(Type::A) else {
            continue;
        };
        for data in set.records().take(1) {
            let record = StoredRecord {
                owner: node.owner(),
                rtype: Type::A,
                class: zone.class(),
                ttl: set.ttl,
                data,
            };
            let [b, c, d] = [number >> 16, number >> 8, number].map(|part| part as u8);
            change.delete(&record)?;
            change.add(&StoredRecord {
                data: &[10, b, c, d ^ data[3] ^ 1],
                ..record
            })?;
        }
    }
    Ok(Some(change))
}

/// Looks names up; gives how many, and the median and the 99th percentile of the times, if they are below
/// 1 ms.
fn read(door: &Commits, owners: &[NameBuf], done: &AtomicBool) -> (u64, [Option<Duration>; 2]) {
    let mut reader = door.zones().reader();
    // By nanoseconds; the last is for all that took longer.
    let mut times = vec![0u64; 1_000_000];
    let mut lookups = 0;
    for owner in owners.iter().cycle() {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let start = Instant::now();
        let zone = reader.current().get_deepest_zone(&owner.as_name());
        let found = zone.and_then(|zone| zone.find(&owner.as_name()).map(|_| ()));
        std::hint::black_box(found);
        let slot = start.elapsed().as_nanos().min(times.len() as u128 - 1) as usize;
        times[slot] += 1;
        lookups += 1;
    }
    let within = |share: u64| {
        let mut left = lookups * share / 100;
        let at = times.iter().position(|count| {
            let is_enough = *count > left;
            left = left.saturating_sub(*count);
            is_enough
        });
        let at = at.filter(|at| *at < times.len() - 1);
        at.map(|nanoseconds| Duration::from_nanos(nanoseconds as u64))
    };
    (lookups, [within(50), within(99)])
}

/// Does something, and tells the user time in seconds that the process spent meanwhile.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = user_time();
    let result = work();
    (result, user_time() - before)
}

fn user_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks; what follows the last bracket does not. User time is the
    // 14th field (proc(5)), the 12th behind the name.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().nth(11);
    ticks
        .and_then(|ticks| ticks.parse::<f64>().ok())
        .unwrap_or_default()
        / TICKS
}
