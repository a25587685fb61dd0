//! A server of ours that can be killed and started again in the same folder.

use crate::process;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A folder with a configuration, and the server that runs there at times. Dropping it ends both.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) home: PathBuf,
    child: Option<Child>,
    starts: usize,
}

impl Server {
    /// Makes the folder.
    pub(crate) fn new(files: &[(&str, &str)], configuration: &str) -> Self {
        let address = process::free_port().unwrap();
        let home = process::home_for(address).unwrap();
        for (file, text) in files {
            fs::write(home.join(file), text).unwrap();
        }
        let server = Self {
            address,
            home,
            child: None,
            starts: 0,
        };
        server.configure(configuration);
        server
    }

    /// Replaces the configuration, all of it but where to listen and to keep things.
    pub(crate) fn configure(&self, configuration: &str) {
        self.configure_with_state("state", configuration);
    }

    /// The same, with another state folder.
    pub(crate) fn configure_with_state(&self, state: &str, configuration: &str) {
        let address = self.address;
        let head =
            format!("version = 1\n[server]\nlisten = [\"{address}\"]\nstate = \"{state}\"\n");
        fs::write(self.home.join("zdns.toml"), head + configuration).unwrap();
    }

    /// Starts the server and waits until it takes connections.
    pub(crate) fn start(&mut self) {
        self.start_with("");
    }

    /// Starts the server behind some lines of shell.
    pub(crate) fn start_with(&mut self, before: &str) {
        let status = self.try_start(before);
        assert_eq!(status, Ok(()), "it has ended:\n{}", self.log());
    }

    /// Starts the server and waits until it takes connections, or has ended with an exit status.
    pub(crate) fn try_start(&mut self, before: &str) -> Result<(), Option<i32>> {
        self.launch(before);
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                self.child = None;
                return Err(status.code());
            }
            assert!(
                Instant::now() < deadline,
                "it does not start:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn launch(&mut self, before: &str) {
        assert!(self.child.is_none());
        self.starts += 1;
        let log = File::create(self.log_file()).unwrap();
        let zdns = env!("CARGO_BIN_EXE_zdns");
        let child = Command::new("sh")
            .args([
                "-c",
                &format!("{before}\nexec {zdns} serve --config zdns.toml"),
            ])
            .current_dir(&self.home)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Ends the server at once, without a chance to put anything in order.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn log_file(&self) -> PathBuf {
        self.home.join(format!("log-{}", self.starts))
    }

    /// What the last start has said.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_file()).unwrap_or_default()).into_owned()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home.join("state")
    }

    /// Looks through the journal, as a person would, while no server has it open.
    pub(crate) fn verify_journal(&self) {
        assert!(self.child.is_none());
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["journal", "verify"])
            .arg(self.state())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{said}\n{}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the last log of {}:\n{}", self.home.display(), self.log());
        }
        self.kill();
        let _ = fs::remove_dir_all(&self.home);
    }
}
