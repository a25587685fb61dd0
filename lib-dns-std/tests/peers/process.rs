//! Programs that tests start, each in a directory of its own, and end with the test.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, io};

/// What runs a server and ends it when its standard input closes: on drop, on panic, and also when this
/// process is killed, which no `Drop` would see.
const KEEPER: &str = r#"trap : HUP INT TERM; "$@" & pid=$!; read -r _; kill -TERM $pid; tries=0
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
pub(crate) fn free_port() -> io::Result<SocketAddr> {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let address = tcp.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
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
