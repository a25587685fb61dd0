//! A server with its folder, its address and its configuration.

use super::configurations::{self, Program};
use super::ports::free_port;
use super::process::{Home, Process};
use super::{comes_true, programs};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

/// A running server. Dropping it ends it and removes its folder.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    // Before its folder, which must not go as long as it runs.
    process: Process,
    home: Home,
}

impl Server {
    /// Starts ours, with this configuration behind the head that all of them have.
    #[track_caller]
    pub(crate) fn ours(address: SocketAddr, files: &[(&str, &str)], configuration: &str) -> Self {
        let home = Home::with(address, files);
        home.write("zdns.toml", &ours_with_head(address, configuration));
        Self::ours_in(address, home)
    }

    /// Starts ours in a folder that has all that it needs.
    #[track_caller]
    pub(crate) fn ours_in(address: SocketAddr, home: Home) -> Self {
        let zdns = env!("CARGO_BIN_EXE_zdns");
        let line = [zdns, "serve", "--config", "zdns.toml"].map(str::to_owned);
        Self::start(address, home, &line).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// Starts another program; `None` if it is missing, which CI does not let pass.
    #[track_caller]
    pub(crate) fn other(
        program: Program,
        address: SocketAddr,
        files: &[(&str, &str)],
        configuration: &str,
    ) -> Option<Self> {
        programs::find_or_skip(program.file())?;
        let started = Self::try_other(program, address, files, configuration);
        Some(started.unwrap_or_else(|reason| panic!("{reason}")))
    }

    /// Starts another program at whatever address; `None` if it is missing, which CI does not let pass.
    #[track_caller]
    pub(crate) fn other_anywhere(
        program: Program,
        files: &[(&str, &str)],
        configuration: &str,
    ) -> Option<Self> {
        programs::find_or_skip(program.file())?;
        let started = anywhere(|address| Self::try_other(program, address, files, configuration));
        Some(started.unwrap_or_else(|reason| panic!("{reason}")))
    }

    /// Starts another program and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// Why it does not run, with all that it has said.
    pub(crate) fn try_other(
        program: Program,
        address: SocketAddr,
        files: &[(&str, &str)],
        configuration: &str,
    ) -> Result<Self, String> {
        let executable = programs::find(program.file())?;
        let home = Home::with(address, files);
        let file = home.path().join("server.conf");
        home.write("server.conf", &placed(configuration, &home, address));
        Self::start(address, home, &program.command_line(&executable, &file))
    }

    /// Runs a command line in a folder and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// Why it does not run, with all that it has said.
    pub(crate) fn start(address: SocketAddr, home: Home, line: &[String]) -> Result<Self, String> {
        let process = Process::start(home.path(), "log", line);
        let server = Self {
            address,
            process,
            home,
        };
        server.wait_until(|| TcpStream::connect(address).is_ok())?;
        Ok(server)
    }

    /// Waits until something holds that only this server can bring about.
    ///
    /// # Errors
    ///
    /// It has ended, or the time is over; with all that it has said.
    pub(crate) fn wait_until(&self, mut holds: impl FnMut() -> bool) -> Result<(), String> {
        let mut held = false;
        comes_true(|| {
            // In this order: what held before it ended counts.
            let has_ended = self.process.status().is_some();
            held = holds();
            held || has_ended
        });
        if held {
            return Ok(());
        }
        let what = match self.process.status() {
            Some(status) => format!("has ended with status {status}"),
            None => "does not get there".to_owned(),
        };
        Err(format!(
            "the server at {} {what}:\n{}",
            self.address,
            self.log()
        ))
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Replaces a file at once, as an editor does.
    pub(crate) fn write(&self, file: &str, text: &str) {
        self.home.write(file, text);
    }

    /// Replaces the configuration of one of ours.
    pub(crate) fn configure(&self, configuration: &str) {
        self.write("zdns.toml", &ours_with_head(self.address, configuration));
    }

    /// Replaces the configuration of another program.
    pub(crate) fn configure_other(&self, configuration: &str) {
        let text = placed(configuration, &self.home, self.address);
        self.write("server.conf", &text);
    }

    /// Asks it to load again what has changed.
    pub(crate) fn hang_up(&self) {
        self.process.signal("HUP");
    }

    /// Ends it at once, without a chance to put anything in order, and waits until it is gone.
    pub(crate) fn kill(&self) {
        self.process.kill();
    }

    /// Asks it to end, without waiting for it.
    pub(crate) fn ask_to_end(&self) {
        self.process.ask_to_end();
    }

    /// Starts another one of ours at another address, with what is in the state folder of this one.
    #[track_caller]
    pub(crate) fn ours_after(&self, address: SocketAddr, configuration: &str) -> Self {
        Self::ours_in(address, self.home_after(address, configuration))
    }

    /// The same for one that will not start; what it says.
    #[track_caller]
    pub(crate) fn refused_after(&self, address: SocketAddr, configuration: &str) -> String {
        let home = self.home_after(address, configuration);
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["serve", "--config", "zdns.toml"])
            .current_dir(home.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(65));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn home_after(&self, address: SocketAddr, configuration: &str) -> Home {
        let home = Home::new(address);
        copy(&self.home().join("state"), &home.path().join("state"));
        for file in fs::read_dir(self.home()).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "zone") {
                fs::copy(&file, home.path().join(file.file_name().unwrap())).unwrap();
            }
        }
        home.write("zdns.toml", &ours_with_head(address, configuration));
        home
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, words: &str) {
        let said = self.wait_until(|| self.log().contains(words));
        said.unwrap_or_else(|reason| panic!("'{words}' was not said: {reason}"));
    }
}

/// Starts something at a free port, or at another one if that was taken after all.
///
/// # Errors
///
/// What the last start said.
pub(crate) fn anywhere<T>(start: impl Fn(SocketAddr) -> Result<T, String>) -> Result<T, String> {
    let mut tries = 1;
    loop {
        let address = free_port().map_err(|error| format!("no free port: {error}"))?;
        match start(address) {
            Err(reason) if tries < 5 && reason.contains("in use") => tries += 1,
            outcome => return outcome,
        }
    }
}

/// Copies a folder, with the times of its files.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

fn ours_with_head(address: SocketAddr, configuration: &str) -> String {
    configurations::ours(address, "state") + configuration
}

/// A configuration with the folder and the port of a server in it.
fn placed(configuration: &str, home: &Home, address: SocketAddr) -> String {
    configuration
        .replace("HOME", &home.path().display().to_string())
        .replace("PORT", &address.port().to_string())
}
