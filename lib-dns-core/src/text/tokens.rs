//! Cutting one entry into tokens.

use super::{TextError, TextErrorKind, TokenText};

/// The longest token that is read (octets).
pub const MAX_TOKEN_LEN: usize = 65_535;

/// Deepest nesting of parentheses; the standard has one level and needs no more.
const MAX_PARENTHESES: u8 = 16;

/// Octets that do not simply go on with a word: what ends it, backslash and quotation mark.
#[allow(
    clippy::indexing_slicing,
    reason = "a fault here stops the build, not the program"
)]
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b' ' as usize] = true;
    special[b'\t' as usize] = true;
    special[b'\r' as usize] = true;
    special[b'\n' as usize] = true;
    special[b';' as usize] = true;
    special[b'(' as usize] = true;
    special[b')' as usize] = true;
    special[b'\\' as usize] = true;
    special[b'"' as usize] = true;
    special
};

#[inline]
fn is_special(octet: &u8) -> bool {
    SPECIAL.get(usize::from(*octet)).copied().unwrap_or(true)
}

/// How many octets stand before the first special one, eight at a time: most of a zone's text goes
/// through here.
#[inline]
fn plain_len(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        if let Some(special) = chunk.iter().position(is_special) {
            return text.len().wrapping_sub(rest.len()).wrapping_add(special);
        }
        rest = tail;
    }
    let special = rest.iter().position(is_special);
    let before = text.len().wrapping_sub(rest.len());
    before.wrapping_add(special.unwrap_or(rest.len()))
}

/// One token: a word, or a quoted string without its quotation marks. Escapes are still in it.
#[derive(Clone, Copy, Debug)]
pub struct Token<'t> {
    /// The octets as they stand in the text.
    pub raw: &'t [u8],
    /// Was it in quotation marks?
    pub quoted: bool,
    /// Does it hold a backslash?
    pub escaped: bool,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in octets, counted from 1.
    pub column: u32,
}

impl<'t> Token<'t> {
    /// No token; to be filled by [`Tokens::read`].
    pub(crate) const EMPTY: Self = Self {
        raw: &[],
        quoted: false,
        escaped: false,
        line: 0,
        column: 0,
    };

    /// Is it this word, unquoted, in any case?
    pub fn is(&self, word: &str) -> bool {
        !self.quoted && self.raw.eq_ignore_ascii_case(word.as_bytes())
    }

    /// The token's octets with the escapes resolved.
    pub fn octets(&self) -> Unescape<'t> {
        Unescape { rest: self.raw }
    }

    /// An error at this token.
    pub fn error(&self, kind: TextErrorKind) -> TextError {
        TextError {
            kind,
            line: self.line,
            column: self.column,
            token: TokenText::new(self.raw),
        }
    }

    /// Reads an unsigned decimal number of at most `max`.
    ///
    /// # Errors
    /// If the token is no number or a larger one.
    #[inline]
    pub fn number(&self, max: u64) -> Result<u64, TextError> {
        let digits =
            !self.quoted && !self.raw.is_empty() && self.raw.iter().all(u8::is_ascii_digit);
        match super::decimal(self.raw) {
            Some(value) if digits && value <= max => Ok(value),
            _ if digits => Err(self.error(TextErrorKind::NumberTooLarge(max))),
            _ => Err(self.error(TextErrorKind::Expected("a number"))),
        }
    }
}

/// The octets of a token with `\X` and `\DDD` resolved; each comes with whether it was escaped.
#[derive(Clone, Debug)]
pub struct Unescape<'t> {
    rest: &'t [u8],
}

impl Unescape<'_> {
    /// The octets not read yet, escapes unresolved.
    pub fn rest(&self) -> &[u8] {
        self.rest
    }
}

impl Iterator for Unescape<'_> {
    type Item = Result<(u8, bool), TextErrorKind>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if first != b'\\' {
            return Some(Ok((first, false)));
        }
        let Some((&next, rest)) = self.rest.split_first() else {
            return Some(Err(TextErrorKind::BadEscape));
        };
        self.rest = rest;
        if !next.is_ascii_digit() {
            return Some(Ok((next, true)));
        }
        let Some((&[tens, ones], rest)) = self.rest.split_first_chunk::<2>() else {
            return Some(Err(TextErrorKind::BadEscape));
        };
        self.rest = rest;
        let value = super::decimal(&[next, tens, ones]).and_then(|value| u8::try_from(value).ok());
        Some(
            value
                .map(|octet| (octet, true))
                .ok_or(TextErrorKind::BadEscape),
        )
    }
}

/// Cuts one entry into tokens: white space separates, `;` starts a comment, parentheses join lines,
/// and a line's end outside them ends the entry.
///
/// Cloning it is cheap and remembers a place to come back to.
///
/// ```
/// use lib_dns_core::text::Tokens;
/// let mut tokens = Tokens::new(b"10 ( mail.example. ; the mail host\n )");
/// assert_eq!(tokens.next()?.map(|token| token.raw), Some(&b"10"[..]));
/// assert_eq!(tokens.next()?.map(|token| token.raw), Some(&b"mail.example."[..]));
/// assert!(tokens.next()?.is_none());
/// # Ok::<(), lib_dns_core::text::TextError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    input: &'t [u8],
    at: usize,
    line: u32,
    line_start: usize,
    parentheses: u8,
    /// Where the entry ended: line and column.
    ended: Option<(u32, u32)>,
    more_follows: bool,
}

impl<'t> Tokens<'t> {
    /// Starts at the first octet of `input`, in line 1; the input is complete.
    pub fn new(input: &'t [u8]) -> Self {
        Self::at(input, 0, 1, 1, false)
    }

    /// Starts at octet `at` of `input`, which stands in this line and column. If `more_follows`, an
    /// entry that does not end within the input is [`TextErrorKind::Incomplete`].
    pub fn at(input: &'t [u8], at: usize, line: u32, column: u32, more_follows: bool) -> Self {
        let line_start = at.wrapping_sub(column.saturating_sub(1) as usize);
        Self {
            input,
            at,
            line,
            line_start,
            parentheses: 0,
            ended: None,
            more_follows,
        }
    }

    /// The next token, or `None` at the end of the entry (and ever after).
    ///
    /// # Errors
    /// Unbalanced quotation marks or parentheses, or a token over [`MAX_TOKEN_LEN`].
    #[allow(
        clippy::should_implement_trait,
        reason = "fallible; an Iterator of Results would not stop at an error"
    )]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Token<'t>>, TextError> {
        let mut token = Token::EMPTY;
        Ok(self.read(&mut token)?.then_some(token))
    }

    /// Puts the next token where the caller wants it, without moving it again; `false` at the end of
    /// the entry.
    ///
    /// # Errors
    /// As [`Tokens::next`].
    #[inline]
    pub(crate) fn read(&mut self, token: &mut Token<'t>) -> Result<bool, TextError> {
        if self.plain_word(token) {
            return Ok(true);
        }
        match self.any_token()? {
            Some(other) => {
                *token = other;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// The next token, if it stands in this line and is a word without escapes and quotation marks; that
    /// is what nearly all are.
    fn plain_word(&mut self, token: &mut Token<'t>) -> bool {
        let Some(mut rest) = self.input.get(self.at..) else {
            return false;
        };
        while let [b' ' | b'\t', tail @ ..] = rest {
            rest = tail;
        }
        let len = plain_len(rest);
        let Some((raw, [end, ..])) = rest.split_at_checked(len) else {
            return false;
        };
        let plain = !matches!(end, b'\\' | b'"');
        if len == 0 || len > MAX_TOKEN_LEN || !plain || self.ended.is_some() {
            return false;
        }
        let start = self.input.len().wrapping_sub(rest.len());
        self.at = start.wrapping_add(len);
        *token = Token {
            raw,
            quoted: false,
            escaped: false,
            line: self.line,
            column: self.column(start),
        };
        true
    }

    #[inline(never)]
    fn any_token(&mut self) -> Result<Option<Token<'t>>, TextError> {
        if self.ended.is_some() {
            return Ok(None);
        }
        loop {
            let Some(&octet) = self.input.get(self.at) else {
                return self.input_ends();
            };
            match octet {
                b' ' | b'\t' | b'\r' => self.at = self.at.wrapping_add(1),
                b'\n' => {
                    self.end_line();
                    if self.ended.is_some() {
                        return Ok(None);
                    }
                }
                b';' => self.skip_comment(),
                b'(' => {
                    if self.parentheses >= MAX_PARENTHESES {
                        return Err(
                            self.error(TextErrorKind::Invalid("parentheses nested too deep"))
                        );
                    }
                    self.parentheses = self.parentheses.wrapping_add(1);
                    self.at = self.at.wrapping_add(1);
                }
                b')' => {
                    let Some(parentheses) = self.parentheses.checked_sub(1) else {
                        return Err(self.error(TextErrorKind::UnmatchedParenthesis));
                    };
                    self.parentheses = parentheses;
                    self.at = self.at.wrapping_add(1);
                }
                b'"' => return self.quoted().map(Some),
                _ => return self.word().map(Some),
            }
        }
    }

    /// The next token, which must be there; `what` names it in the error.
    ///
    /// # Errors
    /// As [`Tokens::next`], and [`TextErrorKind::Missing`] at the end of the entry.
    #[inline]
    pub fn expect(&mut self, what: &'static str) -> Result<Token<'t>, TextError> {
        let mut token = Token::EMPTY;
        self.read_expected(&mut token, what)?;
        Ok(token)
    }

    /// What [`Tokens::expect`] does, in the manner of [`Tokens::read`].
    ///
    /// # Errors
    /// As [`Tokens::expect`].
    #[inline]
    pub(crate) fn read_expected(
        &mut self,
        token: &mut Token<'t>,
        what: &'static str,
    ) -> Result<(), TextError> {
        if self.read(token)? {
            Ok(())
        } else {
            Err(self.error(TextErrorKind::Missing(what)))
        }
    }

    /// Makes sure that the entry ends here.
    ///
    /// # Errors
    /// [`TextErrorKind::TrailingToken`] if it goes on.
    #[inline]
    pub fn finish(&mut self) -> Result<(), TextError> {
        if self.input.get(self.at) == Some(&b'\n') && self.parentheses == 0 && self.ended.is_none()
        {
            self.end_line();
            return Ok(());
        }
        match self.next()? {
            None => Ok(()),
            Some(token) => Err(token.error(TextErrorKind::TrailingToken)),
        }
    }

    /// An error at the place that was reached: at most the end of the entry.
    pub fn error(&self, kind: TextErrorKind) -> TextError {
        let here = (self.line, self.column(self.at));
        let (line, column) = self.ended.unwrap_or(here);
        TextError {
            kind,
            line,
            column,
            token: TokenText::NONE,
        }
    }

    /// How far the input was read (octets).
    pub fn position(&self) -> usize {
        self.at
    }

    /// The line that was reached, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    #[inline]
    fn column(&self, at: usize) -> u32 {
        // Entries are shorter than what 32 bits can count.
        (at.wrapping_sub(self.line_start) as u32).wrapping_add(1)
    }

    /// Goes past a line's end, which is the entry's if no parenthesis is open.
    #[inline]
    fn end_line(&mut self) {
        if self.parentheses == 0 {
            self.ended = Some((self.line, self.column(self.at)));
        }
        self.at = self.at.wrapping_add(1);
        self.line = self.line.wrapping_add(1);
        self.line_start = self.at;
    }

    #[cold]
    fn input_ends(&mut self) -> Result<Option<Token<'t>>, TextError> {
        if self.more_follows {
            return Err(self.error(TextErrorKind::Incomplete));
        }
        if self.parentheses > 0 {
            return Err(self.error(TextErrorKind::UnclosedParenthesis));
        }
        self.ended = Some((self.line, self.column(self.at)));
        Ok(None)
    }

    /// What the next token starts with, if that can be seen at a glance: it stands in this line and
    /// no parenthesis or comment comes first.
    #[inline]
    pub(crate) fn glance(&self) -> Option<u8> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let mut octets = rest
            .iter()
            .skip_while(|octet| matches!(octet, b' ' | b'\t'));
        octets
            .next()
            .copied()
            .filter(|octet| !matches!(octet, b'\r' | b'\n' | b';' | b'(' | b')'))
    }

    fn skip_comment(&mut self) {
        while let Some(&octet) = self.input.get(self.at) {
            if octet == b'\n' {
                return;
            }
            self.at = self.at.wrapping_add(1);
        }
    }

    /// A word ends at white space, a comment, a parenthesis or the line's end. Quotation marks may
    /// stand in it only after `=`, as RFC 9460 has it (`alpn="h3,h2"`).
    fn word(&mut self) -> Result<Token<'t>, TextError> {
        let start = self.at;
        let column = self.column(start);
        let mut at = start;
        let mut escaped = false;
        loop {
            let Some(&octet) = self.input.get(at) else {
                if self.more_follows {
                    return Err(self.error(TextErrorKind::Incomplete));
                }
                break;
            };
            match octet {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' => break,
                b'\\' => {
                    escaped = true;
                    // What is escaped never ends a word; a line's end cannot be escaped.
                    at = match self.input.get(at.wrapping_add(1)) {
                        None if self.more_follows => {
                            return Err(self.error(TextErrorKind::Incomplete));
                        }
                        None | Some(b'\n') => at.wrapping_add(1),
                        Some(_) => at.wrapping_add(2),
                    };
                }
                b'"' => {
                    if at == start || self.input.get(at.wrapping_sub(1)) != Some(&b'=') {
                        self.at = at;
                        return Err(self.error(TextErrorKind::StrayQuote));
                    }
                    let (close, inner_escaped) = self.closing_quote(at.wrapping_add(1))?;
                    escaped |= inner_escaped;
                    at = close.wrapping_add(1);
                }
                _ => at = at.wrapping_add(1),
            }
        }
        let raw = self.input.get(start..at).unwrap_or_default();
        self.at = at;
        self.checked(Token {
            raw,
            quoted: false,
            escaped,
            line: self.line,
            column,
        })
    }

    fn quoted(&mut self) -> Result<Token<'t>, TextError> {
        let start = self.at.wrapping_add(1);
        let column = self.column(self.at);
        let (close, escaped) = self.closing_quote(start)?;
        let raw = self.input.get(start..close).unwrap_or_default();
        self.at = close.wrapping_add(1);
        self.checked(Token {
            raw,
            quoted: true,
            escaped,
            line: self.line,
            column,
        })
    }

    /// Where the quoted string that starts at `at` ends, and whether it holds a backslash.
    fn closing_quote(&self, mut at: usize) -> Result<(usize, bool), TextError> {
        let mut escaped = false;
        loop {
            match self.input.get(at) {
                Some(b'"') => return Ok((at, escaped)),
                Some(b'\\') => {
                    escaped = true;
                    at = at.wrapping_add(1);
                    // A line's end cannot be escaped: it is met again as itself.
                    if self.input.get(at) != Some(&b'\n') {
                        at = at.wrapping_add(1);
                    }
                }
                Some(b'\n') => return Err(self.error(TextErrorKind::UnclosedQuote)),
                Some(_) => at = at.wrapping_add(1),
                None if self.more_follows => return Err(self.error(TextErrorKind::Incomplete)),
                None => return Err(self.error(TextErrorKind::UnclosedQuote)),
            }
        }
    }

    #[inline]
    fn checked(&self, token: Token<'t>) -> Result<Token<'t>, TextError> {
        if token.raw.len() > MAX_TOKEN_LEN {
            return Err(token.error(TextErrorKind::TokenTooLong));
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Octets, quoted, line and column of a token.
    type Found = (Vec<u8>, bool, u32, u32);

    fn all(text: &[u8]) -> Result<Vec<Found>, TextErrorKind> {
        let mut tokens = Tokens::new(text);
        let mut found = Vec::new();
        while let Some(token) = tokens.next().map_err(|error| error.kind)? {
            found.push((token.raw.to_vec(), token.quoted, token.line, token.column));
        }
        Ok(found)
    }

    #[test]
    fn entries_end_at_the_line_unless_in_parentheses() {
        let tokens = all(b"a (b ; c )\n d\n) \"e f\" g\nnext").unwrap();
        let words: Vec<_> = tokens.iter().map(|token| &token.0[..]).collect();
        assert_eq!(words, [&b"a"[..], b"b", b"d", b"e f", b"g"]);
        assert_eq!((tokens[2].2, tokens[2].3), (2, 2));
        assert!(tokens[3].1 && !tokens[4].1);
    }

    #[test]
    fn carriage_returns_and_a_missing_final_newline_do_no_harm() {
        assert_eq!(all(b"a b\r\n").unwrap().len(), 2);
        assert_eq!(all(b"a b").unwrap().len(), 2);
    }

    #[test]
    fn escapes_hide_what_would_end_a_word() {
        let tokens = all(br#"a\;b\ c\"d "x\"y""#).unwrap();
        assert_eq!(tokens[0].0, br#"a\;b\ c\"d"#);
        assert_eq!(tokens[1].0, br#"x\"y"#);
    }

    #[test]
    fn unbalanced_text_is_an_error() {
        assert_eq!(all(b"(a"), Err(TextErrorKind::UnclosedParenthesis));
        assert_eq!(all(b"a)"), Err(TextErrorKind::UnmatchedParenthesis));
        assert_eq!(all(b"\"a\nb\""), Err(TextErrorKind::UnclosedQuote));
        assert_eq!(all(b"\"a\\"), Err(TextErrorKind::UnclosedQuote));
        assert_eq!(all(b"\"a\\\nb\""), Err(TextErrorKind::UnclosedQuote));
        assert_eq!(all(b"a\"b\""), Err(TextErrorKind::StrayQuote));
        assert_eq!(all(b"alpn=\"h3,h2\" x").unwrap().len(), 2);
    }

    #[test]
    fn a_cut_input_asks_for_more_wherever_it_is_cut() {
        let entry = b"a ( \"b\\\"c\" ; x\n d\\.e )\n";
        for cut in 0..entry.len() {
            let mut tokens = Tokens::at(&entry[..cut], 0, 1, 1, true);
            let error = loop {
                match tokens.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("entry cut at {cut} was taken as whole"),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind, TextErrorKind::Incomplete, "cut at {cut}");
        }
    }

    #[test]
    fn escapes_resolve_or_fail() {
        let read = |text: &'static [u8]| {
            let mut tokens = Tokens::new(text);
            let token = tokens.next().unwrap().unwrap();
            token
                .octets()
                .map(|item| item.map(|(octet, _)| octet))
                .collect::<Result<Vec<_>, _>>()
        };
        assert_eq!(read(br"a\.b\255"), Ok(b"a.b\xff".to_vec()));
        assert_eq!(read(br"\256"), Err(TextErrorKind::BadEscape));
        assert_eq!(read(br"\25"), Err(TextErrorKind::BadEscape));
        assert_eq!(read(b"a\\"), Err(TextErrorKind::BadEscape));
    }
}
