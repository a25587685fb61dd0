//! Where programs are, and what to do without one.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::{env, thread};

/// Where a program is, or which one is missing.
pub(crate) fn find(file: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers out of an ordinary user's PATH.
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders
        .map(|folder| folder.join(file))
        .find(|candidate| candidate.is_file());
    found.ok_or_else(|| format!("{file} is not installed"))
}

/// The same; `None` if it is missing, which is told.
///
/// # Panics
///
/// In CI, which must have them all.
#[track_caller]
pub(crate) fn find_or_skip(file: &str) -> Option<PathBuf> {
    find(file).map_err(|missing| skip(&missing)).ok()
}

/// Tells what a test leaves out, and why.
///
/// # Panics
///
/// In CI, which must leave out nothing.
#[track_caller]
pub(crate) fn skip(reason: &str) {
    let is_ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!is_ci, "CI leaves out nothing: {reason}");
    // Past the capture of the test's output, because nobody sees that of a test that passes.
    let _ = writeln!(io::stderr().lock(), "skipped: {reason}");
}

/// What a program prints, looked for as `find_or_skip` does.
#[track_caller]
pub(crate) fn output_or_skip(command: &mut Command) -> Option<Output> {
    output_with(command, "")
}

/// The same for a program that reads this.
#[track_caller]
pub(crate) fn output_with(command: &mut Command, input: &str) -> Option<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    // With its environment, options and folder, but from where it is.
    let mut found = Command::new(find_or_skip(&program)?);
    found.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => found.env(name, value),
            None => found.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        found.current_dir(folder);
    }
    found.stdin(Stdio::piped());
    found.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = found.spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take();
    // Beside the reading, so that neither waits for the other; who stops at the first wrong line reads no more.
    let output = thread::scope(|scope| {
        scope.spawn(move || stdin.as_mut().map(|pipe| pipe.write_all(input.as_bytes())));
        child.wait_with_output()
    });
    Some(output.unwrap_or_else(|error| panic!("{program}: {error}")))
}
