//! `$GENERATE`: one line that stands for many records, as BIND has it.
//!
//! `$GENERATE start-stop[/step] owner [ttl] [class] type data`: in owner and data, `$` is the number,
//! `${offset,width,base}` the number with an offset, padded with zeros, in base `d`, `o`, `x`, `X`, or
//! as nibbles `n`, `N` for reverse zones. `\$` is a dollar sign.

use super::scanner::{class_of, is_time_to_live};
use crate::text::{TextError, TextErrorKind, Token, Tokens, decimal};

/// The most records that one `$GENERATE` may stand for.
pub const MAX_GENERATED: u32 = 1 << 20;

/// Widest padding; no label can be longer.
const MAX_WIDTH: u64 = 255;

/// The numbers of one `$GENERATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u32,
    stop: u32,
    step: u32,
}

impl Range {
    pub(super) fn from_token(token: &Token<'_>) -> Result<Self, TextError> {
        Self::parse(token.raw)
            .filter(|_| !token.quoted)
            .ok_or_else(|| token.error(TextErrorKind::BadRange))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let number = |digits: &[u8]| {
            let value = u32::try_from(decimal(digits)?).ok()?;
            (value <= i32::MAX as u32).then_some(value)
        };
        let mut parts = text.splitn(2, |octet| *octet == b'/');
        let bounds = parts.next()?;
        let step = parts.next().map_or(Some(1), number)?;
        let mut bounds = bounds.splitn(2, |octet| *octet == b'-');
        let range = Self {
            start: number(bounds.next()?)?,
            stop: number(bounds.next()?)?,
            step,
        };
        let length = range.stop.checked_sub(range.start)?;
        (length.checked_div(step)? < MAX_GENERATED).then_some(range)
    }

    /// The number after `value`, unless that was the last.
    pub(super) fn after(&self, value: u32) -> Option<u32> {
        value
            .checked_add(self.step)
            .filter(|next| *next <= self.stop)
    }
}

/// Text written to the front of a buffer.
struct Text<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Text<'_> {
    fn push(&mut self, octet: u8) -> Option<()> {
        *self.out.get_mut(self.len)? = octet;
        self.len = self.len.wrapping_add(1);
        Some(())
    }

    fn put(&mut self, octets: &[u8]) -> Option<()> {
        octets.iter().try_for_each(|octet| self.push(*octet))
    }
}

/// Writes the entry that one number makes to `out`, as text of one line; says how long it is. The
/// tokens are those after the range.
pub(super) fn expand(
    mut tokens: Tokens<'_>,
    value: u32,
    out: &mut [u8],
) -> Result<usize, TextError> {
    let mut text = Text { out, len: 0 };
    let owner = tokens.expect("an owner name")?;
    fill(&owner, value, &mut text)?;
    loop {
        let token = tokens.expect("a record type")?;
        let no_room = || token.error(TextErrorKind::ScratchTooSmall);
        text.push(b' ').ok_or_else(no_room)?;
        text.put(token.raw).ok_or_else(no_room)?;
        if !is_time_to_live(&token) && class_of(&token).is_none() {
            break;
        }
    }
    let first = tokens.expect("record data")?;
    let mut next = tokens.next()?;
    if first.quoted && next.is_none() {
        // A lone quoted string holds all of the data.
        text.push(b' ')
            .ok_or_else(|| first.error(TextErrorKind::ScratchTooSmall))?;
        fill_unquoted(&first, value, &mut text)?;
        return Ok(text.len);
    }
    data(&first, value, &mut text)?;
    while let Some(token) = next {
        data(&token, value, &mut text)?;
        next = tokens.next()?;
    }
    Ok(text.len)
}

fn data(token: &Token<'_>, value: u32, text: &mut Text<'_>) -> Result<(), TextError> {
    let no_room = || token.error(TextErrorKind::ScratchTooSmall);
    text.push(b' ').ok_or_else(no_room)?;
    if token.quoted {
        text.push(b'"').ok_or_else(no_room)?;
    }
    fill(token, value, text)?;
    if token.quoted {
        text.push(b'"').ok_or_else(no_room)?;
    }
    Ok(())
}

fn fill(token: &Token<'_>, value: u32, text: &mut Text<'_>) -> Result<(), TextError> {
    fill_octets(token, value, text, false)
}

/// As [`fill`], but quotation marks lose the backslash that kept them inside the string.
fn fill_unquoted(token: &Token<'_>, value: u32, text: &mut Text<'_>) -> Result<(), TextError> {
    fill_octets(token, value, text, true)
}

fn fill_octets(
    token: &Token<'_>,
    value: u32,
    text: &mut Text<'_>,
    unquote: bool,
) -> Result<(), TextError> {
    let no_room = || token.error(TextErrorKind::ScratchTooSmall);
    let mut rest = token.raw;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = tail;
        match (octet, rest.first()) {
            (b'\\', Some(&escaped)) => {
                rest = rest.get(1..).unwrap_or_default();
                if !unquote || escaped != b'"' {
                    text.push(b'\\').ok_or_else(no_room)?;
                }
                text.push(escaped).ok_or_else(no_room)?;
            }
            // As in BIND: two dollar signs are one.
            (b'$', Some(b'$')) => {
                rest = rest.get(1..).unwrap_or_default();
                text.put(b"\\$").ok_or_else(no_room)?;
            }
            (b'$', Some(b'{')) => {
                let bad = || {
                    token.error(TextErrorKind::Expected(
                        "${offset,width,base} with base d, o, x, X, n or N",
                    ))
                };
                let close = rest.iter().position(|octet| *octet == b'}');
                let close = close.ok_or_else(bad)?;
                let inside = rest.get(1..close).ok_or_else(bad)?;
                rest = rest.get(close.wrapping_add(1)..).unwrap_or_default();
                let place = Place::parse(inside).ok_or_else(bad)?;
                let number = i64::from(value).saturating_add(place.offset);
                let number =
                    u32::try_from(number).map_err(|_| token.error(TextErrorKind::BadRange))?;
                place.write(number, text).ok_or_else(no_room)?;
            }
            (b'$', _) => Place::PLAIN.write(value, text).ok_or_else(no_room)?,
            _ => text.push(octet).ok_or_else(no_room)?,
        }
    }
    Ok(())
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    offset: i64,
    width: u8,
    base: u8,
}

impl Place {
    const PLAIN: Self = Self {
        offset: 0,
        width: 0,
        base: b'd',
    };

    fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = text.splitn(3, |octet| *octet == b',');
        let offset = parts.next()?;
        let (sign, digits) = match offset.split_first()? {
            (b'-', digits) => (-1i64, digits),
            (b'+', digits) => (1, digits),
            _ => (1, offset),
        };
        let offset = decimal(digits).filter(|offset| *offset <= i32::MAX as u64)?;
        let width = parts.next().map_or(Some(0), decimal)?;
        let base = match parts.next() {
            None => b'd',
            Some(&[base @ (b'd' | b'o' | b'x' | b'X' | b'n' | b'N')]) => base,
            Some(_) => return None,
        };
        Some(Self {
            offset: sign.wrapping_mul(offset as i64),
            width: u8::try_from(width)
                .ok()
                .filter(|width| u64::from(*width) <= MAX_WIDTH)?,
            base,
        })
    }

    fn write(&self, number: u32, text: &mut Text<'_>) -> Option<()> {
        let upper = self.base.is_ascii_uppercase();
        let digit = |value: u32| {
            let digit = char::from_digit(value, 16).unwrap_or('0') as u8;
            if upper {
                digit.to_ascii_uppercase()
            } else {
                digit
            }
        };
        if matches!(self.base, b'n' | b'N') {
            return self.write_nibbles(number, digit, text);
        }
        // Eleven octal digits hold any number.
        let mut digits = [0u8; 11];
        let mut count = 0usize;
        let mut rest = number;
        for slot in digits.iter_mut().rev() {
            let value = match self.base {
                b'o' => {
                    let value = rest & 7;
                    rest >>= 3;
                    value
                }
                b'd' => {
                    let value = rest % 10;
                    rest /= 10;
                    value
                }
                _ => {
                    let value = rest & 15;
                    rest >>= 4;
                    value
                }
            };
            *slot = digit(value);
            count = count.wrapping_add(1);
            if rest == 0 {
                break;
            }
        }
        for _ in count..usize::from(self.width) {
            text.push(b'0')?;
        }
        text.put(digits.get(digits.len().checked_sub(count)?..)?)
    }

    /// Hexadecimal digits from the lowest on, a dot after each but the last. The width counts the dots.
    fn write_nibbles(
        &self,
        number: u32,
        digit: impl Fn(u32) -> u8,
        text: &mut Text<'_>,
    ) -> Option<()> {
        let mut rest = number;
        let mut width = self.width;
        loop {
            text.push(digit(rest & 15))?;
            rest >>= 4;
            width = width.saturating_sub(1);
            if width == 0 && rest == 0 {
                return Some(());
            }
            text.push(b'.')?;
            width = width.saturating_sub(1);
            if width == 0 && rest == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn expanded(text: &str, value: u32) -> Result<String, TextErrorKind> {
        let mut out = [0; 256];
        let len = expand(Tokens::new(text.as_bytes()), value, &mut out);
        len.map(|len| String::from_utf8(out[..len].to_vec()).unwrap())
            .map_err(|error| error.kind)
    }

    #[test]
    fn numbers_take_offset_width_and_base() {
        for (text, value, wanted) in [
            ("host-$ A 10.0.0.$", 7, "host-7 A 10.0.0.7"),
            ("h${-1} 60 IN A 1.2.3.${1,3}", 7, "h6 60 IN A 1.2.3.008"),
            ("h${0,4,x} in 1h A 0.0.0.0", 171, "h00ab in 1h A 0.0.0.0"),
            ("h${0,0,X}o${0,0,o} A x", 171, "hABo253 A x"),
            ("${0,3,n} PTR a", 0x1a, "a.1 PTR a"),
            ("${0,7,N} PTR a", 0x1a, "A.1.0.0 PTR a"),
            ("${0,0,n} PTR a", 0x1a, "a.1 PTR a"),
            ("${0,2,n} PTR a", 1, "1. PTR a"),
            (r"a\$b$$$ TXT c", 1, r"a\$b\$1 TXT c"),
            (r#"$ TXT "\"a $\" b""#, 1, r#"1 TXT "a 1" b"#),
            (r#"$ TXT "a $" b"#, 1, r#"1 TXT "a 1" b"#),
        ] {
            assert_eq!(expanded(text, value).as_deref(), Ok(wanted), "{text}");
        }
        assert_eq!(expanded("${-9} A 1", 1), Err(TextErrorKind::BadRange));
        for bad in ["${} A 1", "${0,256} A 1", "${0,1,q} A 1", "${0 A 1"] {
            assert!(expanded(bad, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_go_forward_and_are_bounded() {
        let range = Range::parse(b"1-5/2").unwrap();
        assert_eq!(range.after(1), Some(3));
        assert_eq!(range.after(3), Some(5));
        assert_eq!(range.after(5), None);
        assert!(Range::parse(b"0-1048575").is_some());
        for bad in [
            &b"5-1"[..],
            b"1",
            b"1-",
            b"-1-2",
            b"1-2/0",
            b"0-1048576",
            b"1-2147483648/9999999",
        ] {
            assert_eq!(Range::parse(bad), None);
        }
    }
}
