//! The numbers of sealed frames, which must never repeat: kept on the disk before they are used.

use crate::durable_file;
use std::io;
use std::path::{Path, PathBuf};

/// The file's name in a state folder.
const NAME: &str = "hint-sequence";
/// It is nobody's secret, but only ours to write.
const MODE: u32 = 0o644;
/// The longest file.
const MAX_LEN: u64 = 32;

/// Hands out the numbers of sealed frames of one node, each once: a file says from where on they are free, and it is on the
/// disk before a number is used.
///
/// ```
/// use lib_dns_std::hint::SequenceFile;
/// # let folder = tempfile::tempdir()?;
/// # let state = folder.path();
/// let file = SequenceFile::in_folder(state);
/// assert_eq!(file.next_epoch()?, 1);
/// assert_eq!(file.next_number()?, 0x0002_0000, "the numbers of an epoch belong to whoever began it");
/// assert_eq!(file.next_number()?, 0x0002_0001);
/// assert_eq!(file.next_epoch()?, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SequenceFile(PathBuf);

impl SequenceFile {
    /// The file of a state folder; it need not be there yet.
    pub fn in_folder(state: &Path) -> Self {
        Self(state.join(NAME))
    }

    /// A boot epoch, which nobody has had before: 1 to 65535. All its numbers belong to the caller.
    ///
    /// # Errors
    /// If the file cannot be read or written, or is damaged, or there is no epoch left: then the network needs another key.
    pub fn next_epoch(&self) -> io::Result<u16> {
        let free = self.free()?;
        let epoch = u16::try_from(free.div_ceil(1 << 16)).map_err(|_| self.used_up())?;
        self.keep((u64::from(epoch) + 1) << 16)?;
        Ok(epoch)
    }

    /// A number that nobody has had before.
    ///
    /// # Errors
    /// As [`SequenceFile::next_epoch`].
    pub fn next_number(&self) -> io::Result<u32> {
        let free = self.free()?;
        let number = u32::try_from(free).map_err(|_| self.used_up())?;
        self.keep(free + 1)?;
        Ok(number)
    }

    /// The lowest number that nobody has had.
    fn free(&self) -> io::Result<u64> {
        use crate::config::FileAccess;
        let octets = match crate::config::SystemFiles.read(&self.0, MAX_LEN) {
            Ok(octets) => octets,
            // Epoch 0 is left out, so that a file that was lost once shows.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(1 << 16),
            Err(error) => return Err(self.failed(&error)),
        };
        let text = str::from_utf8(&octets).ok();
        let number = text.and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| {
            let what = "it is damaged: write a number into it that is higher than that of any frame sent before";
            self.failed(&io::Error::new(io::ErrorKind::InvalidData, what))
        })
    }

    fn keep(&self, free: u64) -> io::Result<()> {
        let text = format!("{free}\n");
        durable_file::write(&self.0, text.as_bytes(), MODE).map_err(|error| self.failed(&error))
    }

    fn used_up(&self) -> io::Error {
        let what = "all numbers are used up: give the network another key, and then remove it";
        self.failed(&io::Error::new(io::ErrorKind::QuotaExceeded, what))
    }

    fn failed(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outlive_the_process_and_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = SequenceFile::in_folder(folder.path());
        let write = |text: &str| std::fs::write(folder.path().join(NAME), text).unwrap();
        write("4294836225\n");
        assert_eq!(file.next_epoch().unwrap(), 0xffff);
        for error in [
            file.next_epoch().unwrap_err(),
            file.next_number().unwrap_err(),
        ] {
            assert!(error.to_string().contains("another key"), "{error}");
        }
        write("4294967295");
        assert_eq!(file.next_number().unwrap(), u32::MAX);
        assert!(file.next_number().is_err());
        for damaged in ["", "twelve", "-1", &"1".repeat(33)] {
            write(damaged);
            let error = file.next_epoch().unwrap_err();
            assert!(error.to_string().contains(NAME), "{error}");
        }
    }
}
