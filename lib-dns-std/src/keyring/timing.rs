//! The times of keys as text.

use super::KeyError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;

/// The last time that the calendar below can tell, in the year 9999.
const MAX_TIME: u64 = 253_402_207_200;

/// A time as key files have it, `YYYYMMDDHHmmSS` in UTC.
///
/// # Errors
/// If it is none.
pub(crate) fn time_from_text(text: &str) -> Result<u64, KeyError> {
    let wrong = || KeyError::invalid("a time has fourteen digits: YYYYMMDDHHmmSS");
    if text.len() != 14 || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(wrong());
    }
    let time = DateTime::strptime("%Y%m%d%H%M%S", text).map_err(|_| wrong())?;
    let time = time.to_zoned_datetime(TimeZone::UTC).map_err(|_| wrong())?;
    u64::try_from(time.timestamp().as_second()).map_err(|_| wrong())
}

/// A time as key files have it, `YYYYMMDDHHmmSS` in UTC.
pub(crate) fn time_to_text(time: u64) -> String {
    let for_people = false;
    TimeText { time, for_people }.to_string()
}

/// Prints a time as key files have it; with `for_people`, once more in words.
pub(super) struct TimeText {
    pub(super) time: u64,
    pub(super) for_people: bool,
}

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.min(MAX_TIME) as i64;
        let time = Timestamp::from_second(seconds).map_err(|_| fmt::Error)?;
        let time = time.to_zoned_datetime(TimeZone::UTC);
        write!(f, "{}", time.strftime("%Y%m%d%H%M%S"))?;
        if self.for_people {
            write!(f, " ({})", time.strftime("%a %b %e %H:%M:%S %Y"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_and_bad_ones_are_refused() {
        for time in [0, 951_782_400, 1_795_650_000, u64::from(u32::MAX), MAX_TIME] {
            assert_eq!(time_from_text(&time_to_text(time)).unwrap(), time);
        }
        let text = TimeText {
            time: 1_793_663_182,
            for_people: true,
        };
        assert_eq!(
            text.to_string(),
            "20261102234622 (Mon Nov  2 23:46:22 2026)"
        );
        for bad in [
            "",
            "2026",
            "20261301000000",
            "20260230000000",
            "19691231235959",
            "+0260101000000",
        ] {
            assert!(time_from_text(bad).is_err(), "{bad}");
        }
    }
}
