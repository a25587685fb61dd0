//! Servers that run for a test: ours and others.

use crate::process::{self, Process};
use crate::{KEY, SECRET, ZONE};
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Process,
    /// Where its process id stands.
    pid: PathBuf,
}

impl Server {
    /// Starts ours, with this configuration behind what all of them have.
    pub(crate) fn ours(address: SocketAddr, files: &[(&str, &str)], configuration: &str) -> Self {
        let home = process::home_for(address).unwrap();
        for (file, text) in files {
            fs::write(home.join(file), text).unwrap();
        }
        fs::write(home.join("zdns.toml"), with_head(address, configuration)).unwrap();
        Self::ours_in(address, home)
    }

    /// Starts ours in a folder that has all that it needs.
    pub(crate) fn ours_in(address: SocketAddr, home: PathBuf) -> Self {
        let zdns = env!("CARGO_BIN_EXE_zdns");
        let command = format!("echo $$ > pid; exec {zdns} serve --config zdns.toml");
        let pid = home.join("pid");
        Self::start(address, home, pid, &["sh".into(), "-c".into(), command])
    }

    /// Starts another program; `None` if it is missing, which CI does not let pass.
    pub(crate) fn other(
        program: &str,
        address: SocketAddr,
        files: &[(&str, &str)],
        configuration: &str,
    ) -> Option<Self> {
        let executable = match process::find(program) {
            Ok(executable) => executable.display().to_string(),
            Err(missing) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
                panic!("{missing}")
            }
            Err(missing) => {
                eprintln!("skipped: {missing}");
                return None;
            }
        };
        let home = process::home_for(address).unwrap();
        for (file, text) in files {
            fs::write(home.join(file), text).unwrap();
        }
        let file = home.join("server.conf");
        let text = configuration
            .replace("HOME", &home.display().to_string())
            .replace("PORT", &address.port().to_string());
        fs::write(&file, text).unwrap();
        let mut line = vec![executable];
        let options: &[&str] = match program {
            "named" => &["-g", "-4", "-n", "1"],
            "nsd" => &["-d"],
            _ => &[],
        };
        line.extend(options.iter().map(ToString::to_string));
        line.extend(["-c".to_owned(), file.display().to_string()]);
        let pid = home.join(match program {
            "named" => "named.pid",
            "nsd" => "nsd.pid",
            _ => "knot.pid",
        });
        Some(Self::start(address, home, pid, &line))
    }

    fn start(address: SocketAddr, home: PathBuf, pid: PathBuf, line: &[String]) -> Self {
        let process = Process::start(home, line).unwrap();
        let server = Self {
            address,
            process,
            pid,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "{line:?}:\n{}", server.log());
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub(crate) fn home(&self) -> &Path {
        self.process.home()
    }

    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Replaces a file at once, as an editor does.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.home().join("new"), text).unwrap();
        fs::rename(self.home().join("new"), self.home().join(file)).unwrap();
    }

    /// Replaces the configuration of one of ours.
    pub(crate) fn configure(&self, configuration: &str) {
        self.write("zdns.toml", &with_head(self.address, configuration));
    }

    /// Asks it to load again what has changed.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Ends it at once, without a chance to put anything in order.
    pub(crate) fn kill(&self) {
        self.process.kill();
    }

    /// Starts another one of ours at another address, with what is in the state folder of this one.
    pub(crate) fn ours_after(&self, address: SocketAddr, configuration: &str) -> Self {
        let home = self.home_after(address, configuration);
        Self::ours_in(address, home)
    }

    /// The same for one that will not start; what it says.
    pub(crate) fn refused_after(&self, address: SocketAddr, configuration: &str) -> String {
        let home = self.home_after(address, configuration);
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["serve", "--config", "zdns.toml"])
            .current_dir(&home)
            .output()
            .unwrap();
        fs::remove_dir_all(home).unwrap();
        assert_eq!(output.status.code(), Some(65));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn home_after(&self, address: SocketAddr, configuration: &str) -> PathBuf {
        let home = process::home_for(address).unwrap();
        copy(&self.home().join("state"), &home.join("state"));
        for file in fs::read_dir(self.home()).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "zone") {
                fs::copy(&file, home.join(file.file_name().unwrap())).unwrap();
            }
        }
        fs::write(home.join("zdns.toml"), with_head(address, configuration)).unwrap();
        home
    }

    fn signal(&self, signal: &str) {
        let pid = fs::read_to_string(&self.pid).unwrap();
        let status = Command::new("kill")
            .args([&format!("-{signal}"), pid.trim()])
            .status();
        assert!(status.unwrap().success());
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, words: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.log().contains(words) {
            assert!(
                Instant::now() < deadline,
                "'{words}' was not said:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Copies a folder, with the times of its files.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// What all configurations of ours begin with.
fn with_head(address: SocketAddr, configuration: &str) -> String {
    format!(
        r#"version = 1

[server]
listen = ["{address}"]
state = "state"
log-level = "debug"

[[key]]
name = "{KEY}"
secret = "{SECRET}"

{configuration}"#
    )
}

/// Our configuration of the zone from a file.
pub(crate) fn primary(notified: &[SocketAddr]) -> String {
    let targets: Vec<String> = notified
        .iter()
        .map(|address| format!("{{ address = \"{address}\", key = \"{KEY}\" }}"))
        .collect();
    format!(
        "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\nallow-transfer = [{{ key = \"{KEY}\" }}]\n\
         notify = [{}]\n",
        targets.join(", ")
    )
}

/// Our configuration of the zone from another server.
pub(crate) fn secondary(of: SocketAddr, notified: &[SocketAddr]) -> String {
    primary(notified).replace(
        "file = \"mesh.zone\"",
        &format!("min-retry = 1\nprimaries = [{{ address = \"{of}\", key = \"{KEY}\" }}]"),
    )
}

/// What a program prints that reads this; `None` if it is missing, which CI does not let pass.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
            panic!("{program}: {error}")
        }
        Err(error) => {
            eprintln!("skipped {program}: {error}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}
