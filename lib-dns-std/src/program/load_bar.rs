//! What people see while large zones are loading.

use crate::zone::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// Octets of a file that is worth a bar; smaller ones are loaded before it could be seen.
const LARGE: u64 = 8 << 20;

/// A bar on a terminal, nothing elsewhere.
#[derive(Default)]
pub(super) struct LoadBar {
    bar: Option<ProgressBar>,
}

impl LoadBar {
    pub(super) fn show(&mut self, file: &Path, at: Progress) {
        if at.total < LARGE {
            return self.end();
        }
        let bar = self.bar.get_or_insert_with(new_bar);
        bar.set_message(file.display().to_string());
        bar.set_length(at.total);
        bar.set_position(at.read);
    }

    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn new_bar() -> ProgressBar {
    // It draws on standard error, and only if that is a terminal.
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes}, {eta} left");
    let bar = ProgressBar::new(0);
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
