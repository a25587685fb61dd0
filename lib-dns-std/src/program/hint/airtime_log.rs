//! What was sent within the last hour, on the disk: the budget of commands that end after each frame.

use crate::durable_file;
use lib_dns_core::hint::{AirtimeBudget, RegionRules};
use lib_dns_core::time::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file's name in a state folder.
const NAME: &str = "hint-airtime";
const MODE: u32 = 0o644;
/// For how long something counts, in milliseconds: an hour, and the minute before it.
const COUNTS_FOR: u64 = 61 * 60_000;
/// Rows that are kept. At two minutes a frame there are 30 in an hour, and a burst.
const MAX_ROWS: usize = 200;

/// A row a frame: when, in milliseconds since 1970, and for how many microseconds it was on the air.
#[derive(Debug)]
pub(super) struct AirtimeLog(PathBuf);

impl AirtimeLog {
    pub(super) fn in_folder(state: &Path) -> Self {
        Self(state.join(NAME))
    }

    /// What is left of the budget. Without a file nobody knows what was sent, as after a start.
    pub(super) fn budget(&self, now: Timestamp, rules: &RegionRules) -> io::Result<AirtimeBudget> {
        let Some(rows) = self.rows(now)? else {
            return Ok(AirtimeBudget::new(now, rules));
        };
        let begin = now.sub_millis(2 * COUNTS_FOR);
        let mut budget = AirtimeBudget::new(begin, rules);
        for (at, airtime) in rows {
            budget.sent(at, airtime);
        }
        Ok(budget)
    }

    /// A frame is sent now.
    pub(super) fn note(&self, now: Timestamp, airtime: u64) -> io::Result<()> {
        let mut rows = self.rows(now)?.unwrap_or_default();
        // It is over when it is.
        rows.push((now.add_millis(airtime / 1000), airtime));
        let surplus = rows.len().saturating_sub(MAX_ROWS);
        let rows = rows.iter().skip(surplus);
        let text: String = rows
            .map(|(at, airtime)| format!("{} {airtime}\n", at.as_millis()))
            .collect();
        durable_file::write(&self.0, text.as_bytes(), MODE).map_err(|error| self.failed(&error))
    }

    /// The rows that count, the oldest first.
    fn rows(&self, now: Timestamp) -> io::Result<Option<Vec<(Timestamp, u64)>>> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        let read = |line: &str| {
            let (at, airtime) = line.split_once(' ')?;
            Some((at.parse().ok()?, airtime.parse().ok()?))
        };
        let mut rows = Vec::new();
        for line in text.lines() {
            let Some((at, airtime)) = read(line) else {
                let what = "it is damaged: remove it, and nothing is sent for half a minute";
                return Err(self.failed(&io::Error::new(io::ErrorKind::InvalidData, what)));
            };
            // A clock that was set back makes nothing longer ago.
            let at = Timestamp::from_millis(at).min(now);
            if now.millis_since(at) < COUNTS_FOR {
                rows.push((at, airtime));
            }
        }
        Ok(Some(rows))
    }

    fn failed(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::hint::{Permit, Region};

    #[test]
    fn what_was_sent_counts_in_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let log = AirtimeLog::in_folder(folder.path());
        let rules = Region::Eu868M.rules();
        let at = |seconds: u64| Timestamp::from_secs(1_800_000_000 + seconds);
        let permit = |seconds: u64, airtime: u64| {
            let mut budget = log.budget(at(seconds), &rules).unwrap();
            budget.permits(at(seconds), airtime)
        };
        assert_eq!(permit(0, 1000), Permit::At(at(30)), "nobody knows");
        log.note(at(30), 9_000_000).unwrap();
        assert_eq!(permit(40, 1000), Permit::At(at(69)));
        assert_eq!(permit(69, 9_000_000), Permit::Now);
        log.note(at(69), 9_000_000).unwrap();
        assert!(matches!(permit(200, 1000), Permit::At(then) if then > at(3600)));
        assert_eq!(permit(3 * 3600, 18_000_000), Permit::Now);
        // The clock was set back by a day.
        assert!(matches!(
            log.budget(at(0).sub_millis(86_400_000), &rules)
                .unwrap()
                .permits(at(0).sub_millis(86_400_000), 1000),
            Permit::At(_)
        ));
        fs::write(folder.path().join(NAME), "x\n").unwrap();
        assert!(
            log.budget(at(0), &rules)
                .unwrap_err()
                .to_string()
                .contains("damaged")
        );
    }
}
