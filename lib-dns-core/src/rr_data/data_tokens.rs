//! The tokens of a record's data, with the origin that completes relative names.

use crate::name::{Name, NameBuf};
use crate::text::{Base16Decoder, TextError, TextErrorKind, Token, Tokens};
use crate::wire::{WriteError, Writer};

/// What a codec reads text from.
#[derive(Clone, Debug)]
pub struct DataTokens<'t> {
    tokens: Tokens<'t>,
    origin: Option<Name<'t>>,
}

impl<'t> DataTokens<'t> {
    /// The data starts at the next of `tokens`; relative names end in `origin`.
    pub fn new(tokens: Tokens<'t>, origin: Option<Name<'t>>) -> Self {
        Self { tokens, origin }
    }

    /// Reads what stands inside of a token, with the same origin.
    pub(super) fn inside(&self, token: &Token<'t>) -> Self {
        Self {
            tokens: Tokens::at(token.raw, 0, token.line, token.column, false),
            origin: self.origin,
        }
    }

    /// The next token, which must be there; `what` names it in the error.
    ///
    /// # Errors
    /// As [`Tokens::expect`].
    #[inline]
    pub fn expect(&mut self, what: &'static str) -> Result<Token<'t>, TextError> {
        self.tokens.expect(what)
    }

    /// The next token, or `None` at the end of the entry.
    ///
    /// # Errors
    /// As [`Tokens::next`].
    #[allow(
        clippy::should_implement_trait,
        reason = "fallible; an Iterator of Results would not stop at an error"
    )]
    pub fn next(&mut self) -> Result<Option<Token<'t>>, TextError> {
        self.tokens.next()
    }

    /// The next token as a name.
    ///
    /// # Errors
    /// If it is none, or relative where no origin is known.
    pub fn name(&mut self) -> Result<NameBuf, TextError> {
        let token = self.expect("a name")?;
        NameBuf::from_token(&token, self.origin.as_ref())
    }

    /// Writes the next token as a name, uncompressed.
    ///
    /// # Errors
    /// As [`DataTokens::name`], and if there is no room.
    pub fn write_name(&mut self, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = self.expect("a name")?;
        let origin = self.origin.as_ref();
        if let Some(name) = Name::from_plain_token(&token, origin, writer.room_mut()) {
            let len = name.wire_len();
            writer.advance(len);
            return Ok(());
        }
        let name = NameBuf::from_token(&token, origin)?;
        writer
            .case_kept_name(&name.as_name())
            .map_err(|error| self.unwritable(error))
    }

    /// Does the data start with `\#` (RFC 3597 5)?
    ///
    /// # Errors
    /// As [`Tokens::next`].
    #[inline]
    pub fn is_generic(&self) -> Result<bool, TextError> {
        match self.tokens.glance() {
            Some(octet) if octet != b'\\' => Ok(false),
            _ => {
                let first = self.tokens.clone().next()?;
                Ok(first.is_some_and(|first| first.raw == br"\#" && !first.quoted))
            }
        }
    }

    /// Writes data given as `\# length octets`, the hexadecimal digits over any number of tokens
    /// (RFC 3597 5). Whether the octets are data of the type is for the caller to check.
    ///
    /// # Errors
    /// If the data is not in this form or not as long as it says, and if there is no room.
    pub fn write_generic(&mut self, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mark = self.expect("record data")?;
        if mark.quoted || mark.raw != br"\#" {
            return Err(mark.error(TextErrorKind::Expected(r"\#, for a type without a format")));
        }
        let stated = self.expect("a length")?.number(u64::from(u16::MAX))? as u16;
        let mut decoder = Base16Decoder::default();
        let mut found = 0u32;
        let mut last = mark;
        while let Some(token) = self.next()? {
            last = token;
            for character in token.raw {
                let octet = decoder.push(*character).map_err(|kind| token.error(kind))?;
                if let Some(octet) = octet {
                    writer.u8(octet).map_err(|error| self.unwritable(error))?;
                    found = found.saturating_add(1);
                }
            }
        }
        decoder.finish().map_err(|kind| last.error(kind))?;
        if found != u32::from(stated) {
            return Err(mark.error(TextErrorKind::LengthMismatch { stated, found }));
        }
        Ok(())
    }

    /// Makes sure that the entry ends here.
    ///
    /// # Errors
    /// [`TextErrorKind::TrailingToken`] if it goes on.
    #[inline]
    pub fn finish(&mut self) -> Result<(), TextError> {
        self.tokens.finish()
    }

    #[inline]
    pub(crate) fn tokens_mut(&mut self) -> &mut Tokens<'t> {
        &mut self.tokens
    }

    /// The tokens from the next one on.
    #[inline]
    pub fn tokens(&self) -> &Tokens<'t> {
        &self.tokens
    }

    /// An error at the place that was reached.
    pub fn error(&self, kind: TextErrorKind) -> TextError {
        self.tokens.error(kind)
    }

    /// What it means for a text that its data cannot be written.
    pub fn unwritable(&self, error: WriteError) -> TextError {
        self.error(match error {
            WriteError::NoRoom => TextErrorKind::DataTooLong,
            _ => TextErrorKind::NotOfThisType,
        })
    }
}
