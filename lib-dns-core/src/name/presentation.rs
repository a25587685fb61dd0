//! Names as text (RFC 1035 5.1, RFC 4343 2.1).

use super::{MAX_LABEL_LEN, MAX_NAME_LEN, Name, NameBuf, NameBuilder, NameErrorKind};
use crate::text::{TextError, TextErrorKind, Token, Tokens};
use core::fmt::{self, Write};
use core::str::FromStr;

impl NameBuf {
    /// Reads a name in presentation format; without a final dot it is taken as complete all the same,
    /// as `dig` does.
    ///
    /// # Errors
    /// If an escape, a label or the name is bad; the error says in which column.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let mut tokens = Tokens::new(text.as_bytes());
        let token = tokens.expect("a name")?;
        let name = Self::from_token(&token, Some(&Name::ROOT))?;
        tokens.finish()?;
        Ok(name)
    }

    /// Reads a token as a name. `@` is the origin, and a name without a final dot is completed with it.
    ///
    /// # Errors
    /// If an escape, a label or the name is bad, or the name is relative and no origin is known.
    pub fn from_token(token: &Token<'_>, origin: Option<&Name<'_>>) -> Result<Self, TextError> {
        let no_origin = || token.error(TextErrorKind::NoOrigin);
        if token.raw == b"@" && !token.quoted {
            return origin
                .map(|origin| Self::from(*origin))
                .ok_or_else(no_origin);
        }
        if token.raw == b"." {
            return Ok(Self::ROOT);
        }
        let mut builder = NameBuilder::new();
        let mut absolute = false;
        if token.raw.is_empty() {
            return Err(token.error(TextErrorKind::Expected("a name")));
        }
        for item in token.octets() {
            let (octet, escaped) = item.map_err(|kind| token.error(kind))?;
            absolute = octet == b'.' && !escaped;
            if absolute {
                if !builder.close_label() {
                    return Err(token.error(TextErrorKind::EmptyLabel));
                }
            } else if let Err(error) = builder.push_octet(octet) {
                return Err(token.error(text_kind(error.kind)));
            }
        }
        let suffix = if absolute {
            Name::ROOT
        } else {
            *origin.ok_or_else(no_origin)?
        };
        builder
            .finish(&suffix)
            .map_err(|error| token.error(text_kind(error.kind)))
    }
}

impl<'o> Name<'o> {
    /// Reads a token as [`NameBuf::from_token`] does, and writes the name to the front of `out`. `None`
    /// if the token has an escape or an error, or the room is short: then the slow way says which.
    #[inline]
    pub(crate) fn from_plain_token(
        token: &Token<'_>,
        origin: Option<&Name<'_>>,
        out: &'o mut [u8],
    ) -> Option<Self> {
        let raw = token.raw;
        if token.escaped || token.quoted || raw.len() >= MAX_NAME_LEN {
            return None;
        }
        if raw == b"@" {
            return origin?.copied_to(out);
        }
        // Each dot stands where the length of the label after it belongs.
        out.get_mut(1..raw.len().wrapping_add(1))?
            .copy_from_slice(raw);
        let mut start = 0usize;
        let mut labels = 0u8;
        let mut close = |start: usize, end: usize| {
            let len = end.wrapping_sub(start);
            labels = labels.wrapping_add(1);
            *out.get_mut(start)? = len as u8;
            (1..=MAX_LABEL_LEN).contains(&len).then_some(())
        };
        let mut at = 0usize;
        let mut rest = raw;
        while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
            rest = tail;
            let mut dots = dots(u64::from_le_bytes(*chunk));
            while dots != 0 {
                let dot = at.wrapping_add(dots.trailing_zeros() as usize / 8);
                close(start, dot)?;
                start = dot.wrapping_add(1);
                dots &= dots.wrapping_sub(1);
            }
            at = at.wrapping_add(8);
        }
        for octet in rest {
            if *octet == b'.' {
                close(start, at)?;
                start = at.wrapping_add(1);
            }
            at = at.wrapping_add(1);
        }
        if start == raw.len() {
            *out.get_mut(start)? = 0;
            return Name::flat(out.get(..start.wrapping_add(1))?, labels);
        }
        close(start, raw.len())?;
        let origin = origin?;
        let end = raw.len().wrapping_add(1);
        origin.copy_flat(out.get_mut(end..)?)?;
        let len = end.wrapping_add(origin.wire_len());
        Name::flat(out.get(..len)?, labels.wrapping_add(origin.shape.labels()))
    }
}

/// Sets the highest bit of each of eight octets that is a dot, and no other bit.
#[inline]
fn dots(octets: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let zero_at_dots = octets ^ 0x2e2e_2e2e_2e2e_2e2e;
    !((zero_at_dots & LOW).wrapping_add(LOW) | zero_at_dots | LOW)
}

fn text_kind(kind: NameErrorKind) -> TextErrorKind {
    match kind {
        NameErrorKind::LabelTooLong => TextErrorKind::LabelTooLong,
        _ => TextErrorKind::NameTooLong,
    }
}

impl FromStr for NameBuf {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::from_text(text)
    }
}

/// Absolute, with the final dot; what could be misread is escaped.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_char('.');
        }
        for label in self.labels() {
            write_label(label, f)?;
            f.write_char('.')?;
        }
        Ok(())
    }
}

/// Displays one label, escaped so that it reads back as a part of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelText<'a>(pub(crate) &'a [u8]);

impl fmt::Display for LabelText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_label(self.0, f)
    }
}

/// Writes the octets of a label, runs of plain ones at once.
fn write_label(label: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = |octet: &u8| {
        matches!(octet, 0x21..=0x7e)
            && !matches!(
                octet,
                b'.' | b';' | b'(' | b')' | b'"' | b'\\' | b'@' | b'$'
            )
    };
    let mut rest = label;
    while !rest.is_empty() {
        let run = rest.iter().take_while(|octet| plain(octet)).count();
        let Some((head, tail)) = rest.split_at_checked(run) else {
            break;
        };
        f.write_str(str::from_utf8(head).unwrap_or_default())?;
        rest = tail;
        if let Some((octet, tail)) = rest.split_first() {
            if octet.is_ascii_graphic() {
                f.write_char('\\')?;
                f.write_char(char::from(*octet))?;
            } else {
                write!(f, "\\{octet:03}")?;
            }
            rest = tail;
        }
    }
    Ok(())
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Name<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", defmt::Display2Format(self));
    }
}

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for super::InlineName<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", defmt::Display2Format(self));
    }
}
