//! How long signing a zone of 100,000 names takes, beside what other servers' signers take.
//!
//! `zone-sign [NAMES]` makes such a zone and keys for it, runs `zdns zone sign`'s path (itself), dnssec-signzone
//! and kzonesign, each from reading the file to the signed file, and prints medians of wall time and of CPU time.
//! Ours signs with Ed25519 and theirs with ECDSA P-256, the fastest that each has; and ours with that too.

use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::{ZoneLayout, ZoneLookup};
use lib_dns_std::keyring::{KeyEvent, KeyRole, Keyring, ZoneKey};
use lib_dns_std::signing::{SigningKeys, SigningPolicy, ZoneSigner};
use lib_dns_std::zone::Loader;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

/// The argument that makes the program sign the zone itself.
const ONCE: &str = "--once";
/// Each program runs so many times; the medians count.
const RUNS: usize = 5;
const NAMES: usize = 100_000;
const APEX: &str = "bench.example.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ONCE, zone, keys, output] => sign(Path::new(zone), Path::new(keys), Path::new(output)),
        [] => compare(NAMES),
        [names] => match names.parse() {
            Ok(names) => compare(names),
            Err(_) => Err("usage: zone-sign [NAMES]".into()),
        },
        _ => Err("usage: zone-sign [NAMES]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zone-sign: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sign(zone: &Path, keys: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let loaded = Loader::new()
        .load(zone)
        .map_err(|findings| findings.to_string())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let keyring = Keyring::open(keys)?;
    let keys = SigningKeys::at(keyring.zone_keys(&loaded.zone.apex()), now);
    let signer = ZoneSigner::new(keys, SigningPolicy::default())?;
    let signed = signer.sign(&loaded.zone, now)?;
    let mut text = Text(BufWriter::with_capacity(1 << 18, File::create(output)?));
    signed.write_text(ZoneLayout::OneLine, &mut text)?;
    text.0.flush()?;
    Ok(())
}

struct Text(BufWriter<File>);

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0
            .write_all(text.as_bytes())
            .map_err(|_| std::fmt::Error)
    }
}

/// A zone of so many names: half of them with an address, others with two, a mail exchange or a delegation.
fn zone_text(names: usize) -> String {
    let mut text = format!(
        "$ORIGIN {APEX}\n$TTL 3600\n@ SOA ns1 admin 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 10.0.0.1\n"
    );
    for n in 0..names {
        let (high, low) = (n / 256 % 256, n % 256);
        let _ = match n % 10 {
            0..5 => writeln!(text, "host{n} A 10.1.{high}.{low}"),
            5..7 => writeln!(
                text,
                "host{n} A 10.2.{high}.{low}\nhost{n} AAAA fd00::{:x}:{:x}",
                n >> 16,
                n & 0xffff
            ),
            7 => writeln!(text, "host{n} MX 10 ns1"),
            8 => writeln!(text, "host{n} TXT \"number {n}\""),
            _ => writeln!(text, "host{n} NS ns1"),
        };
    }
    text
}

fn compare(names: usize) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("zone-sign-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let compared = compare_in(names, &folder);
    fs::remove_dir_all(&folder)?;
    compared
}

fn compare_in(names: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let zone = folder.join("zone");
    fs::write(&zone, zone_text(names))?;
    let apex = NameBuf::from_text(APEX)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let keys = |name: &str, algorithm| -> Result<PathBuf, Box<dyn Error>> {
        let keys = folder.join(name);
        fs::create_dir(&keys)?;
        for role in [KeyRole::Ksk, KeyRole::Zsk] {
            let mut key = ZoneKey::generate(&apex.as_name(), algorithm, role, None)?;
            // dnssec-signzone takes no key that does not say from when on.
            for event in [KeyEvent::Created, KeyEvent::Publish, KeyEvent::Activate] {
                key.timing_mut().set(event, Some(now));
            }
            fs::write(keys.join(key.file_stem() + ".key"), key.to_bind_public())?;
            let private = keys.join(key.file_stem() + ".private");
            fs::write(&private, key.to_bind_private().as_bytes())?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(&private, fs::Permissions::from_mode(0o600))?;
            }
        }
        Ok(keys)
    };
    let ed25519 = keys("ed25519", SecurityAlgorithm::ED25519)?;
    let p256 = keys("p256", SecurityAlgorithm::ECDSAP256SHA256)?;
    let rundir = folder.join("knot");
    fs::create_dir(&rundir)?;
    let (knot, at) = (folder.join("knot.conf"), rundir.display());
    let policy = "algorithm: ecdsap256sha256\n    signing-threads: 2";
    fs::write(
        &knot,
        format!(
            "server:\n  rundir: {at}\ndatabase:\n  storage: {at}\npolicy:\n  - id: p\n    {policy}\nzone:\n  \
             - domain: {APEX}\n    file: {}\n    dnssec-signing: on\n    dnssec-policy: p\n",
            zone.display()
        ),
    )?;
    let myself = std::env::current_exe()?;
    let output = folder.join("signed");
    let ours = |keys: &Path| {
        let mut command = Command::new(&myself);
        command.arg(ONCE).args([&zone, keys, &output]);
        command
    };
    let mut signzone = Command::new("dnssec-signzone");
    signzone
        .args(["-S", "-q", "-n", "2", "-o", APEX, "-K"])
        .arg(&p256);
    signzone.args([
        "-d".as_ref(),
        folder.as_os_str(),
        "-f".as_ref(),
        output.as_os_str(),
    ]);
    signzone.arg(&zone);
    let mut kzonesign = Command::new("kzonesign");
    kzonesign
        .arg("-c")
        .arg(&knot)
        .arg("-o")
        .arg(rundir.join("out"))
        .arg(APEX);
    println!("{names} names, medians of {RUNS} runs");
    println!("{:<32} {:>10} {:>10}", "program", "wall time", "CPU time");
    for (name, command) in [
        ("lib-dns, Ed25519", &mut ours(&ed25519)),
        ("lib-dns, ECDSA P-256", &mut ours(&p256)),
        ("dnssec-signzone -n 2, P-256", &mut signzone),
        ("kzonesign, 2 threads, P-256", &mut kzonesign),
    ] {
        match medians(command) {
            Ok((wall, cpu)) => println!("{name:<32} {wall:>8.2} s {cpu:>8.2} s"),
            // Of a peer that is missing, or fails, the last line says why.
            Err(error) if !name.starts_with("lib-dns") => {
                let error = error.to_string();
                println!("{name:<32} {}", error.lines().last().unwrap_or_default());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The medians of wall time and CPU time in seconds, as `/usr/bin/time` gives them: the whole process counts.
fn medians(command: &Command) -> Result<(f64, f64), Box<dyn Error>> {
    let mut runs = (0..RUNS)
        .map(|_| measure(command))
        .collect::<Result<Vec<_>, _>>()?;
    let mut median = |field: fn(&(f64, f64)) -> f64| {
        runs.sort_by(|a, b| field(a).total_cmp(&field(b)));
        field(&runs[RUNS / 2])
    };
    Ok((median(|run| run.0), median(|run| run.1)))
}

fn measure(command: &Command) -> Result<(f64, f64), Box<dyn Error>> {
    let mut timed = Command::new("/usr/bin/time");
    timed
        .args(["-f", "%e %U %S"])
        .arg(command.get_program())
        .args(command.get_args());
    let output = timed.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        // Behind what the program says stand the status and the times.
        let said = told
            .lines()
            .take_while(|line| !line.starts_with("Command exited"));
        return Err(said.collect::<Vec<_>>().join("\n").into());
    }
    let last = told.lines().last().unwrap_or_default();
    let seconds = last
        .split(' ')
        .map(str::parse)
        .collect::<Result<Vec<f64>, _>>()?;
    match seconds[..] {
        [wall, user, system] => Ok((wall, user + system)),
        _ => Err("/usr/bin/time says something else than three times".into()),
    }
}
