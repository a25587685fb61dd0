//! What the server tells of itself: lines on standard error.

use std::io::{self, IsTerminal};
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;

/// Begins to write down what happens, up to a level.
///
/// On a terminal it is coloured, unless `NO_COLOR` is set; the journal writes times by itself.
pub(super) fn start(level: &str) {
    let level = LevelFilter::from_str(level).unwrap_or(LevelFilter::INFO);
    let is_set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let colours = io::stderr().is_terminal() && !is_set("NO_COLOR");
    let lines = fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(colours)
        .with_target(false);
    // Whoever has set up another log before keeps it.
    let _ = if is_set("JOURNAL_STREAM") {
        lines.without_time().try_init()
    } else {
        lines.try_init()
    };
}
