//! Files that are replaced whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file in the place of the one that is there: first another file in its folder, which takes its name
/// when it is whole and on disk.
///
/// # Errors
/// If that cannot be done. What was there is still there then.
pub(super) fn replace<T>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> io::Result<T> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("not the name of a file"))?;
    let mut new_name = OsString::from(".");
    new_name.push(name);
    new_name.push(".new");
    let new = path.with_file_name(new_name);
    let written = write_beside(path, &new, write);
    if written.is_err() {
        // Why it could not be written matters more than whether it can be removed.
        let _ = fs::remove_file(&new);
    }
    written
}

fn write_beside<T>(
    path: &Path,
    new: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> io::Result<T> {
    let file = File::create(new)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    let mut stream = BufWriter::with_capacity(1 << 18, file);
    let written = write(&mut stream)?;
    let file = stream.into_inner().map_err(io::Error::from)?;
    file.sync_all()?;
    fs::rename(new, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(written)
}
