//! Times as people write them where seconds are too coarse.

use lib_dns_core::text::Tokens;
use lib_dns_core::zone::time_to_live;
use std::time::Duration;

/// Reads `"250ms"`, or a number with the units of times to live as `"90s"` and `"1h30m"`.
///
/// # Errors
/// What to write instead.
pub(crate) fn time_of_text(text: &str) -> Result<Duration, String> {
    let millis = text
        .strip_suffix("ms")
        .and_then(|number| number.parse().ok());
    let read = millis.map(Duration::from_millis).or_else(|| seconds(text));
    read.ok_or_else(|| format!("'{text}' is no time, as \"250ms\", \"90s\" or \"1h30m\""))
}

fn seconds(text: &str) -> Option<Duration> {
    let mut tokens = Tokens::new(text.as_bytes());
    let token = tokens.expect("a time").ok()?;
    let seconds = time_to_live(&token).ok()?;
    tokens.finish().ok()?;
    Some(Duration::from_secs(seconds.into()))
}
