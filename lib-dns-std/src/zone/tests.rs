//! Zones in memory against naive ones, and zone files good and bad.

mod changes;
mod commits;
mod files;
mod lookups;
mod stores;

use super::{Findings, Loaded, Loader};
use lib_dns_core::name::NameBuf;
use std::path::{Path, PathBuf};

/// What most tests put before their records.
const HEAD: &str = "$ORIGIN example.\n$TTL 300\n@ SOA ns1 admin 7 3600 900 604800 300\n@ NS ns1\n";

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

fn load(text: &str) -> Result<Loaded, Findings> {
    Loader::new().load_text(Path::new("z"), text.as_bytes())
}

/// The findings of a text, one a line.
fn findings(text: &str) -> String {
    match load(text) {
        Ok(loaded) => loaded.warnings.to_string(),
        Err(findings) => findings.to_string(),
    }
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("lib-dns-{}-{test}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
