//! Other servers on the loopback, each with a directory and a port of its own, for as long as a test runs.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// What runs a server and ends it when its standard input closes: on drop, on panic, and also when this
/// process is killed, which no `Drop` would see.
const KEEPER: &str = r#"trap : HUP INT TERM; "$@" & pid=$!; read -r _; kill -TERM $pid; tries=0
while kill -0 $pid 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done
kill -KILL $pid 2>/dev/null; wait $pid"#;

const READY_WITHIN: Duration = Duration::from_secs(20);

/// Where a program is. `None` if it is missing, which CI does not let pass.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers out of an ordinary user's PATH.
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut files = folders.map(|folder| folder.join(program));
    let found = files.find(|file| file.is_file());
    if found.is_none() {
        assert!(
            env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{program} is not installed"
        );
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// A running server. Dropping it ends the process and removes its directory.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) home: PathBuf,
    keeper: Child,
}

impl Peer {
    /// Starts `named` or `knotd` with the configuration that is made for its directory and port, and waits
    /// until it takes connections. `None` if the program is missing.
    pub(crate) fn start(
        program: &str,
        configuration: impl Fn(&Path, u16) -> String,
    ) -> Option<Self> {
        let executable = find(program)?;
        // A port found free may be taken a moment later, so there is a second and a third try.
        for _ in 0..3 {
            if let Some(peer) = Self::start_once(&executable, program, &configuration) {
                return Some(peer);
            }
        }
        panic!("{program} does not start");
    }

    fn start_once(
        executable: &Path,
        program: &str,
        configuration: &impl Fn(&Path, u16) -> String,
    ) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let address = free_port().unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Not below target/: a control socket's path must stay under 108 octets.
        let name = format!("zdns-peer-{}-{number}", std::process::id());
        let home = env::temp_dir().join(name);
        fs::create_dir_all(&home).unwrap();
        let file = home.join("server.conf");
        fs::write(&file, configuration(&home, address.port())).unwrap();
        let log = File::create(home.join("log")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(executable);
        if program == "named" {
            command.args(["-g", "-4", "-n", "1"]);
        }
        let keeper = command
            .arg("-c")
            .arg(&file)
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut peer = Self {
            address,
            home,
            keeper,
        };
        peer.is_ready().then_some(peer)
    }

    fn is_ready(&mut self) -> bool {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            let ended = self.keeper.try_wait().unwrap().is_some();
            let lost = ["in use", "critical:", "fatal error"];
            if ended || lost.iter().any(|words| self.log().contains(words)) {
                break;
            }
            let loaded = ["all zones loaded", "zone file loaded", "loaded, serial"];
            let log = self.log();
            if loaded.iter().any(|words| log.contains(words))
                && TcpStream::connect(self.address).is_ok()
            {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        eprintln!("{}", self.log());
        false
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.home.join("log")).unwrap_or_default()).into_owned()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
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
