//! A server of ours that can be killed and started again in the same folder.

use crate::harness::{Home, Process, comes_true, configurations, free_port};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// A folder with a configuration, and the server that runs there at times. Dropping it ends both.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    // Before its folder, which must not go as long as it runs.
    process: Option<Process>,
    home: Home,
    starts: usize,
}

impl Server {
    /// Makes the folder.
    pub(crate) fn new(files: &[(&str, &str)], configuration: &str) -> Self {
        let address = free_port().unwrap();
        let server = Self {
            address,
            process: None,
            home: Home::with(address, files),
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
        let head = configurations::ours(self.address, state);
        self.home.write("zdns.toml", &(head + configuration));
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
    pub(crate) fn try_start(&mut self, before: &str) -> Result<(), i32> {
        let process = self.launch(before);
        let mut status = None;
        let there = comes_true(|| {
            status = process.status();
            status.is_some() || TcpStream::connect(self.address).is_ok()
        });
        assert!(there, "it does not start:\n{}", process.log());
        self.process = Some(process);
        status.map_or(Ok(()), Err)
    }

    /// Starts the server, and does not wait.
    pub(crate) fn begin(&mut self) {
        self.process = Some(self.launch(""));
    }

    fn launch(&mut self, before: &str) -> Process {
        assert!(!self.runs());
        self.starts += 1;
        let zdns = env!("CARGO_BIN_EXE_zdns");
        let script = format!("{before}\nexec {zdns} serve --config zdns.toml");
        let line = ["sh", "-c", &script].map(str::to_owned);
        let log = format!("log-{}", self.starts);
        Process::start(self.home.path(), &log, &line)
    }

    fn runs(&self) -> bool {
        let process = self.process.as_ref();
        process.is_some_and(|process| process.status().is_none())
    }

    /// Ends the server at once, without a chance to put anything in order.
    pub(crate) fn kill(&mut self) {
        if let Some(process) = &self.process {
            process.kill();
        }
    }

    /// Asks it to look at its configuration again.
    pub(crate) fn hang_up(&self) {
        self.process.as_ref().unwrap().signal("HUP");
    }

    /// The folder of its keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.home.path().join("keys")
    }

    /// What the last start has said.
    pub(crate) fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// Looks through the journal, as a person would, while no server has it open.
    pub(crate) fn verify_journal(&self) {
        assert!(!self.runs());
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
            let home = self.home.path().display();
            eprintln!("the last log of {home}:\n{}", self.log());
        }
        self.kill();
    }
}
