//! What can be wrong with a text, and where.

use core::fmt;

/// What was wrong with a text, where it stood, and the token itself.
///
/// The core does not know file names; who opened the file puts its name before this error's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TextError {
    /// What was wrong.
    pub kind: TextErrorKind,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in octets, counted from 1.
    pub column: u32,
    /// The start of the token at fault; empty where the fault is that something is missing.
    pub token: TokenText,
}

/// What can be wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TextErrorKind {
    /// The token is not what must stand here.
    Expected(&'static str),
    /// The entry ends where something must still stand.
    Missing(&'static str),
    /// The record is complete, but the entry goes on.
    TrailingToken,
    /// The value is well formed but breaks a rule.
    Invalid(&'static str),
    /// A number is larger than its field, whose largest value this is.
    NumberTooLarge(u64),
    /// A backslash is followed by neither a character nor three digits up to 255.
    BadEscape,
    /// A quoted string does not end in its line.
    UnclosedQuote,
    /// A quotation mark stands in the middle of a token.
    StrayQuote,
    /// A `(` has no `)`.
    UnclosedParenthesis,
    /// A `)` has no `(`.
    UnmatchedParenthesis,
    /// A token is longer than [`super::MAX_TOKEN_LEN`].
    TokenTooLong,
    /// An entry is longer than the scanner can hold at once.
    EntryTooLong,
    /// A name has two dots in a row, or starts with one.
    EmptyLabel,
    /// A label is longer than 63 octets.
    LabelTooLong,
    /// A name is longer than 255 octets.
    NameTooLong,
    /// A relative name stands where no origin is known.
    NoOrigin,
    /// A character string is longer than 255 octets.
    StringTooLong,
    /// The record's data is longer than 65,535 octets, or than the scratch space lent for it.
    DataTooLong,
    /// The scratch space lent to the scanner is too small for its work.
    ScratchTooSmall,
    /// The data after `\#` is not as long as it says.
    LengthMismatch {
        /// What it says, in octets.
        stated: u16,
        /// What is there, in octets.
        found: u32,
    },
    /// The octets after `\#` are no data of the record's type.
    NotOfThisType,
    /// No record type has this name.
    UnknownType,
    /// The type stands only in queries and messages, never in a zone.
    MetaType,
    /// A record of another class than the zone's.
    WrongClass,
    /// The first entry has no owner name.
    NoOwner,
    /// No TTL is given, and none was before.
    NoTtl,
    /// A directive that is none of `$ORIGIN`, `$TTL`, `$INCLUDE` and `$GENERATE`.
    UnknownDirective,
    /// `$INCLUDE` stands more than ten files deep.
    IncludeTooDeep,
    /// A `$GENERATE` range that is empty, goes backwards or is too long.
    BadRange,
    /// The file starts with a byte order mark.
    ByteOrderMark,
    /// The input ends inside an entry, and more of it was promised.
    Incomplete,
}

impl fmt::Display for TextErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Expected(what) => return write!(f, "expected {what}"),
            Self::Missing(what) => return write!(f, "the entry ends where {what} should stand"),
            Self::Invalid(why) => why,
            Self::NumberTooLarge(max) => return write!(f, "number too large (at most {max})"),
            Self::LengthMismatch { stated, found } => {
                return write!(f, "\\# says {stated} octets, but {found} follow");
            }
            Self::TrailingToken => "unexpected token after the record's last field",
            Self::BadEscape => {
                "bad escape: after a backslash, one character or three digits up to 255"
            }
            Self::UnclosedQuote => "quoted string does not end in its line",
            Self::StrayQuote => "quotation mark in the middle of a token",
            Self::UnclosedParenthesis => "parenthesis is never closed",
            Self::UnmatchedParenthesis => "closing parenthesis without an opening one",
            Self::TokenTooLong => "token longer than 65535 octets",
            Self::EntryTooLong => "entry too long",
            Self::EmptyLabel => "empty label in a name",
            Self::LabelTooLong => "label longer than 63 octets",
            Self::NameTooLong => "name longer than 255 octets",
            Self::NoOrigin => "relative name, but no origin is known",
            Self::StringTooLong => "character string longer than 255 octets",
            Self::DataTooLong => "record data too long",
            Self::ScratchTooSmall => "scratch space too small",
            Self::NotOfThisType => "these octets are no data of the record's type",
            Self::UnknownType => "unknown record type",
            Self::MetaType => "this type cannot stand in a zone",
            Self::WrongClass => "class differs from the zone's",
            Self::NoOwner => "no owner name: the first entry starts with a blank",
            Self::NoTtl => "no TTL: neither here, nor by $TTL, nor in an earlier record",
            Self::UnknownDirective => {
                "unknown directive (known: $ORIGIN, $TTL, $INCLUDE, $GENERATE)"
            }
            Self::IncludeTooDeep => "$INCLUDE nested more than 10 deep",
            Self::BadRange => "bad $GENERATE range",
            Self::ByteOrderMark => {
                "file starts with a byte order mark: save it as UTF-8 without one"
            }
            Self::Incomplete => "input ends inside an entry",
        };
        f.write_str(text)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.kind)?;
        if !self.token.as_bytes().is_empty() {
            write!(f, ": '{}'", self.token)?;
        }
        Ok(())
    }
}

impl core::error::Error for TextError {}

/// The first octets of a token, kept inside an error.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TokenText {
    octets: [u8; Self::CAPACITY],
    len: u8,
    cut: bool,
}

impl TokenText {
    const CAPACITY: usize = 38;

    /// No token.
    pub const NONE: Self = Self {
        octets: [0; Self::CAPACITY],
        len: 0,
        cut: false,
    };

    /// Keeps as much of the token as there is room for.
    pub fn new(token: &[u8]) -> Self {
        let mut text = Self {
            cut: token.len() > Self::CAPACITY,
            ..Self::NONE
        };
        for (to, from) in text.octets.iter_mut().zip(token) {
            *to = *from;
            text.len = text.len.wrapping_add(1);
        }
        text
    }

    /// The octets kept.
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Display for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
            for character in chunk.valid().chars() {
                if character.is_control() {
                    write!(f, "{}", character.escape_default())?;
                } else {
                    fmt::Write::write_char(f, character)?;
                }
            }
            for octet in chunk.invalid() {
                write!(f, "\\{octet:03}")?;
            }
        }
        if self.cut { f.write_str("…") } else { Ok(()) }
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}
