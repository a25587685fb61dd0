//! When copies of zones were last confirmed, so that their time runs on across restarts.

use lib_dns_core::name::Name;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder with an empty file for each zone, whose time of change is when the zone was confirmed.
#[derive(Debug)]
pub(super) struct Confirmations(PathBuf);

impl Confirmations {
    /// Keeps them below the state folder.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(super) fn open(state: &Path) -> io::Result<Self> {
        let folder = state.join("confirmed");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The zone was confirmed just now.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(super) fn note(&self, zone: &Name<'_>) -> io::Result<()> {
        // Making a file anew also sets its time.
        File::create(self.file(zone)).map(|_| ())
    }

    /// Milliseconds since the zone was confirmed; `None` if nothing is known.
    pub(super) fn ago(&self, zone: &Name<'_>) -> Option<u64> {
        let noted = fs::metadata(self.file(zone)).ok()?.modified().ok()?;
        // Of a clock that went back we cannot tell how far: as if it were just now.
        let ago = SystemTime::now().duration_since(noted).unwrap_or_default();
        Some(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX))
    }

    /// Names may have octets that file names cannot; a file name has at most 255 of them.
    fn file(&self, zone: &Name<'_>) -> PathBuf {
        let mut text = String::new();
        for octet in zone.to_string().to_ascii_lowercase().bytes() {
            match octet {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(octet)),
                _ => {
                    // Writing to a string does not fail.
                    let _ = write!(text, "%{octet:02x}");
                }
            }
        }
        if text.len() > 200 || text == "." {
            let digest = <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes());
            text.truncate(100);
            for octet in digest {
                let _ = write!(text, "%{octet:02x}");
            }
        }
        self.0.join(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::name::NameBuf;
    use std::time::Duration;

    #[test]
    fn each_zone_has_a_time_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let confirmations = Confirmations::open(folder.path()).unwrap();
        let long = ["a".repeat(63), "b/".repeat(31), "\\000".repeat(63)].join(".");
        let names = [".", "Example.", "a\\.b.example.", "../x.", &long];
        for (place, text) in names.iter().enumerate() {
            let name = NameBuf::from_text(text).unwrap();
            assert_eq!(confirmations.ago(&name.as_name()), None, "{text}");
            confirmations.note(&name.as_name()).unwrap();
            let ago = confirmations.ago(&name.as_name()).unwrap();
            assert!(ago < 60_000, "{text} {place}");
        }
        let count = || fs::read_dir(&confirmations.0).unwrap().count();
        assert_eq!(count(), names.len());

        let name = NameBuf::from_text("EXAMPLE.").unwrap();
        let file = File::open(confirmations.file(&name.as_name())).unwrap();
        let hour = Duration::from_secs(3600);
        file.set_modified(SystemTime::now() - hour).unwrap();
        let ago = confirmations.ago(&name.as_name()).unwrap();
        assert!((3_600_000..3_660_000).contains(&ago), "{ago}");
    }
}
