//! Configurations: what is read prints to text that reads as the same again, and every fault has a place.

use lib_dns_std::config::{Config, FileAccess, Secrets};
use std::io;
use std::path::{Path, PathBuf};

/// Every file is there and empty.
struct EmptyFiles;

impl FileAccess for EmptyFiles {
    fn check(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn read(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }
}

fn read(text: &str) -> Option<Config> {
    match Config::from_text_with(text, Path::new("/zdns.toml"), &EmptyFiles) {
        Ok(config) => Some(config),
        Err(faults) => {
            assert!(faults.iter().count() > 0);
            assert!(
                faults
                    .iter()
                    .all(|fault| fault.line > 0 && fault.column > 0)
            );
            None
        }
    }
}

/// Runs the target.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(config) = read(text) else {
        return;
    };
    let written = config.to_toml(Secrets::Shown);
    let again = read(&written);
    assert_eq!(again.as_ref(), Some(&config), "{written}");
}
