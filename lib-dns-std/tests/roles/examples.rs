//! The configurations in `examples/config`, at other ports, because those may be taken.

use crate::process::{self, Process, free_port};
use crate::zone::wait_for_serial_of;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The ports that the examples have.
const PORTS: [&str; 4] = ["5300", "5301", "5302", "5310"];

/// A copy of the examples with other ports, in a folder that goes with the first server in it.
struct Examples {
    folder: PathBuf,
    addresses: [SocketAddr; 4],
}

impl Examples {
    fn copied() -> Self {
        let addresses = PORTS.map(|_| free_port().unwrap());
        let folder = process::home_for(addresses[0]).unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        for part in ["config", "zones"] {
            let to = folder.join("examples").join(part);
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(examples.join(part)).unwrap() {
                let file = file.unwrap().path();
                if !file.is_file() {
                    continue;
                }
                let mut text = fs::read_to_string(&file).unwrap();
                if part == "config" {
                    for (port, address) in PORTS.iter().zip(addresses) {
                        text = text.replace(port, &address.port().to_string());
                    }
                }
                fs::write(to.join(file.file_name().unwrap()), text).unwrap();
            }
        }
        Self { folder, addresses }
    }

    /// Starts a program where all paths start from, as the comments in the files say.
    fn start(&self, line: &[&str]) -> Process {
        let line: Vec<String> = line.iter().map(ToString::to_string).collect();
        Process::start(self.folder.clone(), &line).unwrap()
    }
}

const ZDNS: &str = env!("CARGO_BIN_EXE_zdns");

#[test]
fn every_example_passes_the_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/config");
    let mut checked = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let output = Command::new(ZDNS)
            .args(["config", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {told}", file.display());
        checked += 1;
    }
    assert!(checked >= 3);
}

#[test]
fn the_primary_and_its_secondary_run() {
    let examples = Examples::copied();
    let [above, below, ..] = examples.addresses;
    let first = examples.start(&[ZDNS, "serve", "--config", "examples/config/primary.toml"]);
    wait_for_serial_of("sovereign.", above, 2_026_011_701, || first.log());
    let second = examples.start(&[ZDNS, "serve", "--config", "examples/config/secondary.toml"]);
    wait_for_serial_of("sovereign.", below, 2_026_011_701, || second.log());
}

#[test]
fn the_secondary_of_bind_runs() {
    let examples = Examples::copied();
    let [_, _, below, bind] = examples.addresses;
    let named = match process::find("named") {
        Ok(named) => named.display().to_string(),
        Err(missing) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
            panic!("{missing}")
        }
        Err(missing) => return eprintln!("skipped: {missing}"),
    };
    let shell = format!("echo $$ > pid; exec {named} -g -4 -c examples/config/named.conf");
    let first = examples.start(&["sh", "-c", &shell]);
    wait_for_serial_of("bind.example.", bind, 1, || first.log());
    let configuration = "examples/config/secondary-of-bind.toml";
    let second = examples.start(&[ZDNS, "serve", "--config", configuration]);
    wait_for_serial_of("bind.example.", below, 1, || second.log());

    let file = examples.folder.join("examples/config/bind.example.zone");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("( 1 ", "( 2 ") + "new A 10.42.2.2\n").unwrap();
    let pid = fs::read_to_string(examples.folder.join("pid")).unwrap();
    let hung_up = Command::new("kill").args(["-HUP", pid.trim()]).status();
    assert!(hung_up.unwrap().success());
    wait_for_serial_of("bind.example.", below, 2, || second.log());
}
