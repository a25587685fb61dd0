//! Programs that run in a folder of their own, and end with the test.

use super::PATIENCE;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

/// What runs a program and lives as long. Each line on its standard input is a signal for the program. When the
/// input closes, the program is asked to end, and made to if it takes too long: on drop, on panic, and also
/// when the test's process is killed, which no `Drop` would see. It ends with the program's exit status.
const KEEPER: &str = r#"exec 3<&0 </dev/null
"$@" 3<&- & pid=$!
trap '' HUP INT TERM
{ while read -r signal <&3; do kill -"$signal" $pid; done
  kill -TERM $pid; tries=0
  while [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries+1)); done; kill -KILL $pid; } 2>/dev/null & orders=$!
wait $pid; status=$?
kill -KILL $orders 2>/dev/null
exit $status"#;

/// A new folder for the server that will listen at an address. It goes when it is dropped.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(address: SocketAddr) -> Self {
        // Not below target/: a control socket's path must stay under 108 octets.
        let name = format!("zdns-test-{}-{}", std::process::id(), address.port());
        let home = env::temp_dir().join(name);
        // There is one, if a process with the same number was killed.
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap_or_else(|error| panic!("{}: {error}", home.display()));
        Self(home)
    }

    /// The same with files in it.
    pub(crate) fn with(address: SocketAddr, files: &[(&str, &str)]) -> Self {
        let home = Self::new(address);
        for (file, text) in files {
            fs::write(home.path().join(file), text).unwrap();
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Replaces a file at once, as an editor does.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join("new"), text).unwrap();
        fs::rename(self.0.join("new"), self.0.join(file)).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left behind in a folder for such things is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that was started. Dropping it ends the program.
pub(crate) struct Process {
    log: PathBuf,
    keeper: Mutex<Child>,
}

impl Process {
    /// Runs a command line in a folder; what it prints goes to a file there.
    pub(crate) fn start(folder: &Path, log: &str, command_line: &[String]) -> Self {
        let log = folder.join(log);
        let file = File::create(&log).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(command_line)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            log,
            keeper: Mutex::new(keeper),
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Child> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The exit status, if it has ended, as a shell tells it: above 128 it is that and the number of a signal.
    pub(crate) fn status(&self) -> Option<i32> {
        let ended = self.keeper().try_wait().unwrap();
        ended.map(|status| status.code().unwrap_or(-1))
    }

    /// Sends it a signal, such as `HUP`.
    pub(crate) fn signal(&self, signal: &str) {
        let mut keeper = self.keeper();
        let orders = keeper.stdin.as_mut().expect("it was not asked to end");
        writeln!(orders, "{signal}").unwrap();
    }

    /// Ends the program at once, without a chance to put anything in order, and waits until it is gone: until
    /// then it still holds its ports and the locks of its files.
    pub(crate) fn kill(&self) {
        if self.status().is_some() {
            return;
        }
        self.signal("KILL");
        let deadline = Instant::now() + PATIENCE;
        while self.status().is_none() {
            assert!(Instant::now() < deadline, "it is not gone:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to end, without waiting for it.
    pub(crate) fn ask_to_end(&self) {
        drop(self.keeper().stdin.take());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_end();
        let _ = self.keeper().wait();
    }
}
