//! Times in text: seconds, or numbers with units (common practice of master files).

use super::{TextError, TextErrorKind, Token};

/// Reads a time in seconds: `3600`, or numbers with the units `w`, `d`, `h`, `m` and `s` in any case, as `1h30m`. `what` is
/// what an error says was expected.
///
/// ```
/// use lib_dns_core::text::{Tokens, seconds};
/// let read = |text: &'static str| {
///     let token = Tokens::new(text.as_bytes()).expect("a time")?;
///     seconds(&token, u32::MAX, "a time")
/// };
/// assert_eq!(read("3600"), Ok(3600));
/// assert_eq!(read("1H30m"), Ok(5400));
/// assert!(read("1h30").is_err());
/// ```
///
/// # Errors
/// If the token is no such time, or one of more than `max` seconds.
#[inline]
pub fn seconds(token: &Token<'_>, max: u32, what: &'static str) -> Result<u32, TextError> {
    // Most are a few digits and nothing else.
    if !token.quoted && (1..=9).contains(&token.raw.len()) {
        let mut seconds = 0u32;
        let digits = token.raw.iter().all(|octet| {
            let digit = octet.wrapping_sub(b'0');
            seconds = seconds.wrapping_mul(10).wrapping_add(u32::from(digit));
            digit <= 9
        });
        if digits && seconds <= max {
            return Ok(seconds);
        }
    }
    any_seconds(token, max, what)
}

fn any_seconds(token: &Token<'_>, max: u32, what: &'static str) -> Result<u32, TextError> {
    let expected = || token.error(TextErrorKind::Expected(what));
    let too_large = || token.error(TextErrorKind::NumberTooLarge(u64::from(max)));
    if token.quoted || token.raw.is_empty() {
        return Err(expected());
    }
    let mut total = 0u64;
    let mut number = None;
    let mut units = false;
    for octet in token.raw {
        let digit = octet.wrapping_sub(b'0');
        if digit <= 9 {
            // At most ten times the longest time and nine: no overflow.
            let value = number.unwrap_or(0u64).wrapping_mul(10);
            let value = value.wrapping_add(u64::from(digit));
            if value > u64::from(max) {
                return Err(if token.raw.iter().all(u8::is_ascii_alphanumeric) {
                    too_large()
                } else {
                    expected()
                });
            }
            number = Some(value);
            continue;
        }
        let unit = match octet.to_ascii_lowercase() {
            b'w' => 604_800,
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return Err(expected()),
        };
        let value = number.take().ok_or_else(expected)?;
        units = true;
        total = total.saturating_add(value.saturating_mul(unit));
    }
    match number {
        Some(_) if units => return Err(expected()),
        Some(value) => total = value,
        None => {}
    }
    u32::try_from(total)
        .ok()
        .filter(|seconds| *seconds <= max)
        .ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Tokens;

    const MAX: u32 = 0x7fff_ffff;

    fn read(text: &str) -> Result<u32, TextErrorKind> {
        let token = Tokens::new(text.as_bytes()).next().unwrap().unwrap();
        seconds(&token, MAX, "a time").map_err(|error| error.kind)
    }

    #[test]
    fn units_in_any_case_add_up() {
        assert_eq!(read("0"), Ok(0));
        assert_eq!(
            read("1w2D3h4M5s"),
            Ok(604_800 + 2 * 86_400 + 3 * 3600 + 245)
        );
        assert_eq!(read("2147483647"), Ok(MAX));
    }

    #[test]
    fn the_longest_is_the_callers() {
        let token = Tokens::new(b"4294967295").next().unwrap().unwrap();
        assert_eq!(seconds(&token, u32::MAX, "a time"), Ok(u32::MAX));
        let token = Tokens::new(b"61").next().unwrap().unwrap();
        let error = seconds(&token, 60, "a time").unwrap_err();
        assert_eq!(error.kind, TextErrorKind::NumberTooLarge(60));
    }

    #[test]
    fn what_is_no_time_or_too_long_is_refused() {
        let too_large = Err(TextErrorKind::NumberTooLarge(0x7fff_ffff));
        assert_eq!(read("2147483648"), too_large);
        assert_eq!(read("3551w"), too_large);
        assert_eq!(read("99999999999999999999999"), too_large);
        for bad in ["1h30", "h", "1hh", "-1", "1x", "\"60\"", "1.5h"] {
            let expected = Err(TextErrorKind::Expected("a time"));
            assert_eq!(read(bad), expected, "{bad}");
        }
    }
}
