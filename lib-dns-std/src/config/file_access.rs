//! How a configuration comes to the files that it names.

use std::io;
use std::path::{Path, PathBuf};

/// Access to the files that a configuration names. Tests and fuzzers lend one without a disk.
pub trait FileAccess {
    /// Is the file there, and may it be read?
    ///
    /// # Errors
    /// If not.
    fn check(&self, path: &Path) -> io::Result<()>;

    /// What stands in a file.
    ///
    /// # Errors
    /// If it cannot be read, or is longer than `limit` octets.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// May others than its owner read a file? Where nobody can tell, they may not.
    fn is_open_to_others(&self, _path: &Path) -> bool {
        false
    }

    /// The files of a folder, sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

impl FileAccess for SystemFiles {
    fn check(&self, path: &Path) -> io::Result<()> {
        let file = std::fs::File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok(())
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        use io::Read;
        let mut octets = Vec::new();
        let file = std::fs::File::open(path)?;
        file.take(limit.saturating_add(1))
            .read_to_end(&mut octets)?;
        if u64::try_from(octets.len()).is_ok_and(|length| length > limit) {
            let reason = format!("it is longer than {limit} octets");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        Ok(octets)
    }

    fn is_open_to_others(&self, path: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = std::fs::metadata(path);
        metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut files = entries.collect::<io::Result<Vec<_>>>()?;
        files.retain(|path| path.is_file());
        files.sort();
        Ok(files)
    }
}
