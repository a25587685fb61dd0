//! Files that are there whole or not at all, also after a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file beside its place, and brings it there when it is on the disk.
///
/// # Errors
/// If that cannot be done. What stood there before stands there still.
pub(crate) fn write(file: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        let mut open = options.open(&unfinished)?;
        open.write_all(content)?;
        open.sync_all()?;
        fs::rename(&unfinished, file)?;
        File::open(folder)?.sync_all()
    };
    write().inspect_err(|_| {
        // It is not there if it could not be made.
        let _ = fs::remove_file(&unfinished);
    })
}
