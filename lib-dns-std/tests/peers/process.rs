//! Programs that tests start, each in a directory of its own, and end with the test.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// What runs a server and ends it when its standard input closes: on drop, on panic, and also when this
/// process is killed, which no `Drop` would see. A line on its standard input kills the server at once.
const KEEPER: &str = r#"trap : HUP INT TERM; "$@" & pid=$!
if read -r _; then kill -KILL $pid; wait $pid; : > killed; read -r _; exit; fi
kill -TERM $pid; tries=0
while kill -0 $pid 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done
kill -KILL $pid 2>/dev/null; wait $pid"#;

/// Where a program is, or which one is missing.
pub(crate) fn find(file: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers out of an ordinary user's PATH.
    let directories = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = directories
        .map(|directory| directory.join(file))
        .find(|candidate| candidate.is_file());
    found.ok_or_else(|| format!("{file} is not installed"))
}

/// A port that is free for UDP and TCP alike.
///
/// It is no port that the system gives to a connection of its own accord (those begin at 32768 on Linux and
/// at 49152 elsewhere), since one of them could be taken before the server comes to bind it.
pub(crate) fn free_port() -> io::Result<SocketAddr> {
    const FIRST: u16 = 10_000;
    const PORTS: u16 = 20_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Two processes that run side by side begin far from each other.
    let start = u64::from(std::process::id()) * 7919 % u64::from(PORTS);
    for _ in 0..PORTS {
        let step = u64::from(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + ((start + step) % u64::from(PORTS)) as u16;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// A new directory for a server that will listen at this address.
pub(crate) fn home_for(address: SocketAddr) -> Result<PathBuf, String> {
    // Not below target/: a control socket's path must stay under 108 octets.
    let name = format!("zdns-test-{}-{}", std::process::id(), address.port());
    let home = env::temp_dir().join(name);
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    Ok(home)
}

/// A running program. Dropping it ends the program and removes its directory.
pub(crate) struct Process {
    home: PathBuf,
    keeper: Child,
}

impl Process {
    /// Runs a command line in its directory; what it prints goes to a log there.
    pub(crate) fn start(home: PathBuf, command_line: &[String]) -> Result<Self, String> {
        let log = File::create(home.join("log")).map_err(|error| error.to_string())?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(command_line)
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        Ok(Self { home, keeper })
    }

    #[allow(dead_code, reason = "not every test has files of its own there")]
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.home.join("log")).unwrap_or_default()).into_owned()
    }

    /// Ends the program at once, without a chance to put anything in order, and waits until it is gone: until
    /// then it still holds its ports and the locks of its files.
    #[allow(dead_code, reason = "not every test kills")]
    pub(crate) fn kill(&self) {
        let mut orders = self.keeper.stdin.as_ref().unwrap();
        orders.write_all(b"kill\n").unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.home.join("killed").exists() {
            assert!(Instant::now() < deadline, "it is not gone:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to end, without waiting for it.
    pub(crate) fn ask_to_end(&mut self) {
        drop(self.keeper.stdin.take());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_end();
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}
