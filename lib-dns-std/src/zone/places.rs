//! Where in its files each record of a zone stood.

use std::path::Path;
use std::sync::Arc;

/// Where each record of a zone stood when it was loaded: 8 octets a record, kept only if
/// [`Loader::keep_places`](super::Loader::keep_places) asks for it.
#[derive(Clone, Debug)]
pub struct Places {
    files: Vec<Arc<Path>>,
    /// In the order of [`Zone::nodes`](super::Zone::nodes), in each node data before signatures.
    pub(super) names: Vec<FileLine>,
    /// The same for [`Zone::hashed_nodes`](super::Zone::hashed_nodes).
    pub(super) hashes: Vec<FileLine>,
}

/// The number of a file, and a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileLine {
    pub(super) file: u16,
    pub(super) line: u32,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            files: Vec::new(),
            names: Vec::new(),
            hashes: Vec::new(),
        }
    }

    pub(super) fn with_files(self, files: Vec<Arc<Path>>) -> Self {
        Self { files, ..self }
    }

    pub(super) fn file(&self, number: u16) -> Option<&Arc<Path>> {
        self.files.get(usize::from(number))
    }
}
