//! The parameters of update control, as people write them (ZDNS architecture 17.2).

use super::reading::{Reading, Setting, Value};
use super::time_text::time_of_text;
use lib_dns_core::policy::update_control::{Ratio, UpdateControlConfig as CoreConfig};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// The greatest multiplier.
const MAX_MULTIPLIER: f32 = 1000.0;
/// The greatest threshold.
const MAX_THRESHOLD: u32 = 1000;

/// The parameters of 17.2. A section of TOML says all of this with hyphens in place of underscores, and leaves out what is to
/// be as by default. Times are texts, as `"250ms"`, `"90s"` or `"1h30m"`, of at most 49 days.
///
/// None of the limits can be turned off: a time of 0 is refused, but for the two that only spread what happens.
///
/// The core counts in whole milliseconds and in fractions: see [`Self::to_core`].
///
/// ```
/// use lib_dns_std::config::UpdateControlConfig;
/// let config: UpdateControlConfig = toml::from_str("coalesce-window = '2s'\nbackoff-multiplier = 1.5")?;
/// let core = config.to_core();
/// assert_eq!(core.coalesce_window, 2_000);
/// assert_eq!((core.backoff_multiplier.numerator, core.backoff_multiplier.denominator), (3, 2));
/// assert_eq!(core.min_broadcast_interval, 30_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct UpdateControlConfig {
    /// Level 1: the least between two broadcasts for one zone. 30 s.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub min_broadcast_interval: Duration,
    /// Level 1: how long to wait for more changes after the first. 5 s.
    #[serde(deserialize_with = "duration", serialize_with = "millis")]
    pub coalesce_window: Duration,
    /// Level 2: for how long a (zone, serial) is heard once. 60 s.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub dedup_window: Duration,
    /// Level 3: the most that a refresh waits. 10 s.
    #[serde(deserialize_with = "duration", serialize_with = "millis")]
    pub refresh_jitter_max: Duration,
    /// Level 4: how long to wait after the first failure. 30 s.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub initial_backoff: Duration,
    /// Level 4: the longest wait; the first is no longer than that. 1 h.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub max_backoff: Duration,
    /// Level 4: each further wait is so many times the last, 1 to 1000. 2.
    #[serde(deserialize_with = "multiplier", serialize_with = "as_written")]
    pub backoff_multiplier: f32,
    /// Level 5: more updates than this in a window are a storm, 1 to 1000: a receiver has room for as many. 10.
    #[serde(deserialize_with = "threshold")]
    pub storm_threshold: u32,
    /// Level 5: the window. 60 s.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub storm_window: Duration,
    /// Level 5: for how long nothing is heard in a storm. 5 min.
    #[serde(deserialize_with = "limit", serialize_with = "millis")]
    pub storm_suppression: Duration,
}

impl Default for UpdateControlConfig {
    /// Those of 17.2, which the core has.
    fn default() -> Self {
        let core = CoreConfig::default();
        let millis = |millis: u32| Duration::from_millis(millis.into());
        let Ratio {
            numerator,
            denominator,
        } = core.backoff_multiplier;
        Self {
            min_broadcast_interval: millis(core.min_broadcast_interval),
            coalesce_window: millis(core.coalesce_window),
            dedup_window: millis(core.dedup_window),
            refresh_jitter_max: millis(core.refresh_jitter_max),
            initial_backoff: millis(core.initial_backoff),
            max_backoff: millis(core.max_backoff),
            backoff_multiplier: f32::from(numerator) / f32::from(denominator),
            storm_threshold: core.storm_threshold,
            storm_window: millis(core.storm_window),
            storm_suppression: millis(core.storm_suppression),
        }
    }
}

impl UpdateControlConfig {
    /// As the core counts: in whole milliseconds, and the multiplier in thousandths. What reading would refuse becomes the
    /// nearest that it takes.
    pub fn to_core(&self) -> CoreConfig {
        let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        CoreConfig {
            min_broadcast_interval: millis(self.min_broadcast_interval),
            coalesce_window: millis(self.coalesce_window),
            dedup_window: millis(self.dedup_window),
            refresh_jitter_max: millis(self.refresh_jitter_max),
            initial_backoff: millis(self.initial_backoff),
            max_backoff: millis(self.max_backoff),
            backoff_multiplier: ratio(self.backoff_multiplier),
            storm_threshold: self.storm_threshold,
            storm_window: millis(self.storm_window),
            storm_suppression: millis(self.storm_suppression),
        }
    }
}

/// The fraction nearest to a multiplier, with the least denominator of 1000, 500, 250 and so on that says it.
fn ratio(multiplier: f32) -> Ratio {
    // Of what is no number the greater is 1.
    let multiplier = match multiplier.is_nan() {
        true => 1.0,
        false => multiplier.clamp(1.0, MAX_MULTIPLIER),
    };
    let whole = |of: f32| of.round() as u32;
    let thousandths = whole(multiplier * 1000.0);
    let divisor = greatest_common_divisor(thousandths, 1000);
    let (numerator, denominator) = (thousandths / divisor, 1000 / divisor);
    match (u16::try_from(numerator), u16::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => Ratio {
            numerator,
            denominator,
        },
        // From 65.536 on, halves are near enough.
        _ => Ratio {
            numerator: whole(multiplier * 2.0) as u16,
            denominator: 2,
        },
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    match b {
        0 => a.max(1),
        _ => greatest_common_divisor(b, a % b),
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read = time_of_text(&text).map_err(D::Error::custom)?;
    match u32::try_from(read.as_millis()) {
        Ok(_) => Ok(read),
        Err(_) => Err(D::Error::custom(format!("'{text}' is longer than 49 days"))),
    }
}

/// A time that is not 0.
fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let read = duration(deserializer)?;
    match read.is_zero() {
        true => Err(D::Error::custom(
            "0 would turn the limit off; write a time above it",
        )),
        false => Ok(read),
    }
}

fn threshold<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let read = u32::deserialize(deserializer)?;
    match (1..=MAX_THRESHOLD).contains(&read) {
        true => Ok(read),
        false => Err(D::Error::custom(format!(
            "{read} is no threshold, from 1 to {MAX_THRESHOLD}"
        ))),
    }
}

fn multiplier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let read = f32::deserialize(deserializer)?;
    match (1.0..=MAX_MULTIPLIER).contains(&read) {
        true => Ok(read),
        false => Err(D::Error::custom(format!(
            "{read} is no multiplier, from 1.0 to 1000.0"
        ))),
    }
}

fn millis<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}ms", time.as_millis()))
}

/// With the digits that say it, and not those of the double number nearest to it.
fn as_written<S: Serializer>(multiplier: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    let digits = multiplier.to_string().parse();
    serializer.serialize_f64(digits.unwrap_or_else(|_| f64::from(*multiplier)))
}

impl Setting for UpdateControlConfig {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reading.expected("a table", value);
            return None;
        };
        let read = |table: DeTable<'_>| {
            let table = Spanned::new(value.span(), DeValue::Table(table));
            Self::deserialize(ValueDeserializer::from(table))
        };
        // Each key by itself first, so that all that is wrong is told at once.
        for (key, value) in table {
            let alone = read(DeTable::from_iter([(key.clone(), value.clone())]));
            if let Err(error) = alone {
                let place = error.span().unwrap_or_else(|| value.span());
                reading.fault(&place, error.message());
            }
        }
        read(table.clone()).ok()
    }

    fn write(&self) -> Option<toml::Value> {
        toml::Value::try_from(self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_17_2_the_defaults_are_those_of_the_core() {
        let empty: UpdateControlConfig = toml::from_str("").unwrap();
        assert_eq!(empty, UpdateControlConfig::default());
        assert_eq!(empty.to_core(), CoreConfig::default());
        assert_eq!(empty.backoff_multiplier, 2.0);
    }

    #[test]
    fn rule_17_2_every_parameter_is_read() {
        let text = "
            min-broadcast-interval = '1s'
            coalesce-window = '2s'
            dedup-window = '3s'
            refresh-jitter-max = '4s'
            initial-backoff = '5s'
            max-backoff = '1h30m'
            backoff-multiplier = 1.25
            storm-threshold = 7
            storm-window = '8s'
            storm-suppression = '250ms'";
        let read: UpdateControlConfig = toml::from_str(text).unwrap();
        let expected = CoreConfig {
            min_broadcast_interval: 1_000,
            coalesce_window: 2_000,
            dedup_window: 3_000,
            refresh_jitter_max: 4_000,
            initial_backoff: 5_000,
            max_backoff: 5_400_000,
            backoff_multiplier: Ratio {
                numerator: 5,
                denominator: 4,
            },
            storm_threshold: 7,
            storm_window: 8_000,
            storm_suppression: 250,
        };
        assert_eq!(read.to_core(), expected);
    }

    #[test]
    fn rule_17_2_what_is_out_of_range_is_refused_where_it_stands() {
        for (text, says, at) in [
            ("backoff-multiplier = 0.5", "0.5 is no multiplier", 21..24),
            ("backoff-multiplier = nan", "NaN is no multiplier", 21..24),
            (
                "backoff-multiplier = 1001.0",
                "1001 is no multiplier",
                21..27,
            ),
            ("coalesce-window = 'soon'", "'soon' is no time", 18..24),
            ("coalesce-window = '50d'", "longer than 49 days", 18..23),
            ("coalesce-window = 5", "expected a string", 18..19),
            ("storm-threshold = -1", "expected u32", 18..20),
            ("storm-threshold = 0", "0 is no threshold", 18..19),
            ("storm-threshold = 1001", "1001 is no threshold", 18..22),
            ("dedup-window = '0s'", "0 would turn the limit off", 15..19),
            ("backoff = 2", "unknown field `backoff`", 0..7),
        ] {
            let error = toml::from_str::<UpdateControlConfig>(text).unwrap_err();
            assert!(
                error.message().contains(says),
                "{text}: {}",
                error.message()
            );
            assert_eq!(error.span(), Some(at), "{text}");
        }
    }

    #[test]
    fn rule_17_1_no_limit_can_be_turned_off() {
        for key in [
            "min-broadcast-interval",
            "dedup-window",
            "initial-backoff",
            "max-backoff",
            "storm-window",
            "storm-suppression",
        ] {
            let text = format!("{key} = '0ms'");
            assert!(
                toml::from_str::<UpdateControlConfig>(&text).is_err(),
                "{key}"
            );
        }
        let spread = "coalesce-window = '0ms'\nrefresh-jitter-max = '0ms'";
        assert!(toml::from_str::<UpdateControlConfig>(spread).is_ok());
    }

    #[test]
    fn note_10d_multipliers_become_fractions() {
        for (multiplier, numerator, denominator) in [
            (1.0, 1, 1),
            (1.5, 3, 2),
            (2.718_4, 1_359, 500),
            (10.0, 10, 1),
            (65.535, 13_107, 200),
            (99.999, 200, 2),
            (1000.0, 1000, 1),
            (f32::INFINITY, 1000, 1),
            (f32::NAN, 1, 1),
            (-3.0, 1, 1),
        ] {
            let found = ratio(multiplier);
            assert_eq!(
                (found.numerator, found.denominator),
                (numerator, denominator),
                "{multiplier}"
            );
        }
    }
}
