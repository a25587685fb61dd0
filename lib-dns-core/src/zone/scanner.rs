//! Reading zone text (RFC 1035 5), entry by entry, in as many pieces as it comes.

use super::generate::{self, Range};
use super::time_to_live::time_to_live;
use crate::code_points::Class;
use crate::name::{MAX_NAME_LEN, Name, NameBuf};
use crate::rr_data::{self, DataTokens, KnownTypes, Type, TypeInfo, TypeRow};
use crate::text::{TextError, TextErrorKind, Token, Tokens, decimal};
use crate::wire::{Form, Writer};

/// Scratch space that is enough for every record: the longest name and the longest data.
///
/// Less is enough for what has less: a record needs its owner's length and its data's. A `$GENERATE`
/// needs twice that, since it also holds the text of one record.
pub const MAX_SCRATCH_LEN: usize = MAX_NAME_LEN.saturating_add(MAX_DATA_LEN);

/// The longest record data.
const MAX_DATA_LEN: usize = 65_535;

/// The longest entry: data of full length fits four times, so often as `\DDD` makes it longer. Where
/// addresses have 16 bits it is as long as can be.
pub const MAX_ENTRY_LEN: usize = match 1usize.checked_shl(20) {
    Some(len) => len,
    None => usize::MAX,
};

/// How many files deep `$INCLUDE` may stand.
pub const MAX_INCLUDE_DEPTH: u8 = 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads zone text: hands out record after record and keeps what carries over from one to the next.
///
/// The text may come in pieces. [`Scanner::next`] takes whole entries from the front of what it is
/// lent, and asks for more where the piece ends inside one; then nothing has changed, and the caller
/// comes again with the part that is left over and what follows it.
///
/// After an error the scanner stands behind the entry at fault, so that all errors of a text can be
/// listed. Whoever loads a zone stops at the first: no record may be dropped silently.
///
/// It neither opens files nor judges whether records belong to the zone.
///
/// ```
/// use lib_dns_core::{code_points::Class, rr_data::Type};
/// use lib_dns_core::zone::{MAX_SCRATCH_LEN, Scanner, Step};
///
/// let mut text = &b"$ORIGIN sovereign.\n$TTL 1h\nalice A 10.42.1.5\n TXT hello\n"[..];
/// let mut scratch = vec![0; MAX_SCRATCH_LEN];
/// let mut scanner = Scanner::new(Class::IN, None);
/// let mut types = Vec::new();
/// while let Step::Record(record) = scanner.next(&mut text, true, &mut scratch)? {
///     assert_eq!(record.owner.to_string(), "alice.sovereign.");
///     assert_eq!(record.ttl, 3600);
///     types.push(record.rtype);
/// }
/// assert_eq!(types, [Type::A, Type::TXT]);
/// # Ok::<(), lib_dns_core::text::TextError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scanner<'x> {
    class: Class,
    types: KnownTypes<'x>,
    origin: Option<NameBuf>,
    owner: Option<NameBuf>,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    soa_minimum: Option<u32>,
    /// The line that the text starts in, counted from 1.
    line: u32,
    at_start: bool,
    depth: u8,
    /// The next number of the `$GENERATE` that the text starts with.
    generating: Option<u32>,
}

/// What [`Scanner::next`] found.
#[derive(Clone, Copy, Debug)]
pub enum Step<'b> {
    /// A record.
    Record(ScannedRecord<'b>),
    /// Another file's text belongs here: read it to its end with [`Scanner::included`], then go on with
    /// this scanner after [`Scanner::resume`].
    Include(Include<'b>),
    /// The text ends inside an entry, or is used up: come again with what is left and more, or with
    /// `last` set.
    More,
    /// The text is used up.
    End,
}

/// A record as zone text has it.
#[derive(Clone, Copy, Debug)]
pub struct ScannedRecord<'b> {
    /// The owner, completed with the origin.
    pub owner: Name<'b>,
    /// The class: always the scanner's.
    pub class: Class,
    /// Seconds for which it may be cached.
    pub ttl: u32,
    /// The type.
    pub rtype: Type,
    /// The data in plain form: no compression, case kept.
    pub data: &'b [u8],
    /// The line where the entry starts, counted from 1.
    pub line: u32,
    /// The column of the type, counted from 1 in octets.
    pub column: u32,
}

/// An `$INCLUDE`.
#[derive(Clone, Copy, Debug)]
pub struct Include<'b> {
    /// The file, as it is written; what it is relative to is for the caller to say.
    pub path: &'b [u8],
    /// The origin for the included text, if another is named.
    pub origin: Option<Name<'b>>,
    /// The line where the entry stands, counted from 1.
    pub line: u32,
    /// The column of the path, counted from 1 in octets.
    pub column: u32,
}

/// What the front of the text is, before any of it is judged.
enum Entry {
    Record,
    Include,
    Generate,
    More,
    End,
}

/// The entry at the front of the text, as far as it was read to see what it is.
struct Front<'t> {
    /// The first token.
    first: Token<'t>,
    /// Is that a record's owner? It is none in a line that starts with a blank.
    has_owner: bool,
    /// What follows the owner or the directive.
    tokens: Tokens<'t>,
}

/// Where an entry ends.
#[derive(Clone, Copy)]
struct EntryEnd {
    /// Octets from the entry's start.
    at: usize,
    /// The line there.
    line: u32,
}

impl EntryEnd {
    #[inline]
    fn of(tokens: &Tokens<'_>) -> Self {
        Self {
            at: tokens.position(),
            line: tokens.line(),
        }
    }
}

impl<'x> Scanner<'x> {
    /// Starts at the first octet of a file. `class` is the zone's; relative names end in `origin`, until
    /// the text names another.
    pub fn new(class: Class, origin: Option<&Name<'_>>) -> Self {
        Self {
            class,
            types: KnownTypes::CORE,
            origin: origin.map(|origin| NameBuf::from(*origin)),
            owner: None,
            default_ttl: None,
            last_ttl: None,
            soa_minimum: None,
            line: 1,
            at_start: true,
            depth: 0,
            generating: None,
        }
    }

    /// Knows these types too, beside those of the library's table.
    pub fn with_private_types(mut self, types: &'x [TypeRow]) -> Self {
        self.types = KnownTypes::with(types);
        self
    }

    /// A scanner for the text of an included file: it takes over what carries over (RFC 1035 5.1).
    pub fn included(&self, origin: Option<&Name<'_>>) -> Self {
        Self {
            origin: origin.map_or(self.origin, |origin| Some(NameBuf::from(*origin))),
            line: 1,
            at_start: true,
            depth: self.depth.saturating_add(1),
            generating: None,
            ..self.clone()
        }
    }

    /// Goes on after an included text that `included` has read: the times to live carry on as if the
    /// text stood here; origin and last owner are again what they were.
    pub fn resume(&mut self, included: &Scanner<'_>) {
        self.default_ttl = included.default_ttl;
        self.last_ttl = included.last_ttl;
        self.soa_minimum = included.soa_minimum;
    }

    /// The line that the rest of the text starts in, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What relative names end in.
    pub fn origin(&self) -> Option<Name<'_>> {
        self.origin.as_ref().map(NameBuf::as_name)
    }

    /// Reads on to the next record or `$INCLUDE`, and takes what it has read off the front of `text`.
    /// `last` says that nothing follows `text`.
    ///
    /// A `$GENERATE` stays at the front of the text until its last record was handed out.
    ///
    /// # Errors
    /// If the entry breaks a rule; the text then starts behind it.
    pub fn next<'b>(
        &mut self,
        text: &mut &[u8],
        last: bool,
        scratch: &'b mut [u8],
    ) -> Result<Step<'b>, TextError> {
        // Filled in place: what stands here is not moved again.
        let mut front = Front {
            first: Token::EMPTY,
            has_owner: false,
            tokens: Tokens::new(&[]),
        };
        let entry = match self.entry(text, last, &mut front) {
            Ok(entry) => entry,
            Err(error) => return self.fail(error, text, last),
        };
        match entry {
            Entry::More => Ok(Step::More),
            Entry::End => Ok(Step::End),
            Entry::Record => match self.record(&front, scratch) {
                Ok((record, end)) => {
                    self.take(text, end);
                    Ok(Step::Record(record))
                }
                Err(error) => self.fail(error, text, last),
            },
            Entry::Include => match self.include(front.tokens, scratch) {
                Ok((include, end)) => {
                    self.take(text, end);
                    Ok(Step::Include(include))
                }
                Err(error) => self.fail(error, text, last),
            },
            Entry::Generate => self.generate(front.tokens, text, last, scratch),
        }
    }

    /// Finds the next entry; carries out directives that need nobody else.
    #[inline]
    fn entry<'t>(
        &mut self,
        text: &mut &'t [u8],
        last: bool,
        front: &mut Front<'t>,
    ) -> Result<Entry, TextError> {
        if self.at_start && text.starts_with(BYTE_ORDER_MARK) {
            return Err(Tokens::new(text).error(TextErrorKind::ByteOrderMark));
        }
        loop {
            let input = *text;
            let Some(&first_octet) = input.first() else {
                return Ok(if last { Entry::End } else { Entry::More });
            };
            front.tokens = Tokens::at(input, 0, self.line, 1, !last);
            let tokens = &mut front.tokens;
            if !tokens.read(&mut front.first)? {
                self.take(text, EntryEnd::of(tokens));
                continue;
            }
            let first = &front.first;
            front.has_owner = !matches!(first_octet, b' ' | b'\t');
            if !front.has_owner {
                *tokens = Tokens::at(input, 0, self.line, 1, !last);
                return Ok(Entry::Record);
            }
            if first.raw.first() != Some(&b'$') || first.quoted {
                return Ok(Entry::Record);
            }
            if first.is("$ORIGIN") {
                let origin = DataTokens::new(tokens.clone(), self.origin()).name()?;
                tokens.expect("a name")?;
                tokens.finish()?;
                self.origin = Some(origin);
            } else if first.is("$TTL") {
                let ttl = time_to_live(&tokens.expect("a time to live")?)?;
                tokens.finish()?;
                self.default_ttl = Some(ttl);
            } else if first.is("$INCLUDE") {
                if self.depth >= MAX_INCLUDE_DEPTH {
                    return Err(first.error(TextErrorKind::IncludeTooDeep));
                }
                return Ok(Entry::Include);
            } else if first.is("$GENERATE") {
                return Ok(Entry::Generate);
            } else {
                return Err(first.error(TextErrorKind::UnknownDirective));
            }
            self.take(text, EntryEnd::of(tokens));
        }
    }

    /// Takes an entry that was read to its end off the front of the text.
    #[inline]
    fn take(&mut self, text: &mut &[u8], end: EntryEnd) {
        *text = text.get(end.at..).unwrap_or_default();
        self.line = end.line;
        self.at_start = false;
        self.generating = None;
    }

    /// Reads one record, and keeps of it what the next may need, unless there is an error.
    fn record<'b>(
        &mut self,
        front: &Front<'_>,
        scratch: &'b mut [u8],
    ) -> Result<(ScannedRecord<'b>, EntryEnd), TextError> {
        let origin = self.origin();
        let mut data_tokens = DataTokens::new(front.tokens.clone(), origin);
        let tokens = data_tokens.tokens_mut();
        let (line, (owner, room)) = if front.has_owner {
            let owner = write_owner(&front.first, origin.as_ref(), scratch)?;
            (front.first.line, owner)
        } else {
            let last = write_last_owner(self.owner.as_ref(), tokens, scratch)?;
            (self.line, last)
        };
        let mut stated_ttl = None;
        let mut stated_class = None;
        let mut token = Token::EMPTY;
        loop {
            tokens.read_expected(&mut token, "a record type")?;
            if stated_ttl.is_none() && is_time_to_live(&token) {
                stated_ttl = Some(time_to_live(&token)?);
            } else if stated_class.is_some() {
                break;
            } else if let Some(class) = class_of(&token) {
                if class != self.class {
                    return Err(token.error(TextErrorKind::WrongClass));
                }
                stated_class = Some(class);
            } else {
                break;
            }
        }
        let type_token = token;
        let (rtype, info) = self.type_of(&type_token)?;
        let room_len = room.len().min(MAX_DATA_LEN);
        let room = room.get_mut(..room_len).unwrap_or_default();
        let mut writer = Writer::<0>::new(room, Form::Plain);
        rr_data::scan(self.class, info, &mut data_tokens, &mut writer)?;
        data_tokens.finish()?;
        let end = EntryEnd::of(data_tokens.tokens());
        let data: &'b [u8] = writer.into_written();

        let soa_minimum = match (rtype, data.last_chunk::<4>()) {
            // Beyond the longest time to live it cannot stand in for one.
            (Type::SOA, Some(minimum)) => {
                Some(u32::from_be_bytes(*minimum)).filter(|ttl| *ttl <= super::MAX_TTL)
            }
            _ => None,
        };
        let ttl = stated_ttl
            .or(self.default_ttl)
            .or(self.last_ttl)
            .or(self.soa_minimum)
            .or(soa_minimum)
            .ok_or_else(|| type_token.error(TextErrorKind::NoTtl))?;
        let record = ScannedRecord {
            owner,
            class: self.class,
            ttl,
            rtype,
            data,
            line,
            column: type_token.column,
        };
        if front.has_owner {
            // Every name fits.
            let _ = self.owner.get_or_insert_default().assign(&owner);
        }
        self.last_ttl = stated_ttl.or(self.last_ttl);
        self.soa_minimum = soa_minimum.or(self.soa_minimum);
        Ok((record, end))
    }

    fn type_of(&self, token: &Token<'_>) -> Result<(Type, Option<&TypeInfo>), TextError> {
        let unknown = || token.error(TextErrorKind::UnknownType);
        if token.quoted {
            return Err(unknown());
        }
        let info = self.types.info_of_mnemonic(token.raw);
        if let Some(info) = info.filter(|info| !info.rtype.is_meta()) {
            return Ok((info.rtype, Some(info)));
        }
        let rtype = Type::from_mnemonic(token.raw).ok_or_else(unknown)?;
        if rtype.is_meta() {
            return Err(token.error(TextErrorKind::MetaType));
        }
        Ok((rtype, self.types.info(rtype)))
    }

    fn include<'b>(
        &self,
        mut tokens: Tokens<'_>,
        scratch: &'b mut [u8],
    ) -> Result<(Include<'b>, EntryEnd), TextError> {
        let file = tokens.expect("a file name")?;
        let mut names = DataTokens::new(tokens.clone(), self.origin());
        let origin = match tokens.next()? {
            Some(_) => Some(names.name()?),
            None => None,
        };
        tokens.finish()?;

        let too_small = || file.error(TextErrorKind::ScratchTooSmall);
        let (path, room) = scratch
            .split_at_mut_checked(file.raw.len())
            .ok_or_else(too_small)?;
        let mut len = 0usize;
        for (slot, octet) in path.iter_mut().zip(file.octets()) {
            (*slot, _) = octet.map_err(|kind| file.error(kind))?;
            len = len.wrapping_add(1);
        }
        let origin = match origin {
            Some(origin) => Some(origin.as_name().copied_to(room).ok_or_else(too_small)?),
            None => None,
        };
        let include = Include {
            path: path.get(..len).unwrap_or_default(),
            origin,
            line: file.line,
            column: file.column,
        };
        Ok((include, EntryEnd::of(&tokens)))
    }

    /// Hands out the next record of the `$GENERATE` that the text starts with.
    fn generate<'b>(
        &mut self,
        mut tokens: Tokens<'_>,
        text: &mut &[u8],
        last: bool,
        scratch: &'b mut [u8],
    ) -> Result<Step<'b>, TextError> {
        let half = scratch.len() / 2;
        let (expanded, scratch) = scratch.split_at_mut_checked(half).unwrap_or_default();
        match self.generated(&mut tokens, expanded, scratch) {
            Ok((record, next)) => {
                // The lone last number leaves the directive behind.
                if next.is_none() {
                    self.take(text, EntryEnd::of(&tokens));
                }
                self.generating = next;
                Ok(Step::Record(record))
            }
            Err(error) => self.fail(error, text, last),
        }
    }

    fn generated<'b>(
        &mut self,
        tokens: &mut Tokens<'_>,
        expanded: &mut [u8],
        scratch: &'b mut [u8],
    ) -> Result<(ScannedRecord<'b>, Option<u32>), TextError> {
        let range_token = tokens.expect("a range")?;
        let range = Range::from_token(&range_token)?;
        let number = self.generating.unwrap_or(range.start);
        let template = tokens.clone();
        while tokens.next()?.is_some() {}
        let len = generate::expand(template, number, expanded)?;
        let expanded = expanded.get(..len).unwrap_or_default();
        let mut entry = Tokens::at(expanded, 0, range_token.line, 1, false);
        let record = entry.expect("an owner name").and_then(|owner| {
            let front = Front {
                first: owner,
                has_owner: true,
                tokens: entry,
            };
            self.record(&front, scratch)
        });
        match record {
            Ok((mut record, _)) => {
                record.column = range_token.column;
                Ok((record, range.after(number)))
            }
            // The column is the directive's: the text made from it stands in no file.
            Err(error) => Err(TextError {
                column: range_token.column,
                ..error
            }),
        }
    }

    /// Takes the entry at fault off the text, unless the fault is only that it is not all there yet.
    #[cold]
    fn fail<'b>(
        &mut self,
        error: TextError,
        text: &mut &[u8],
        last: bool,
    ) -> Result<Step<'b>, TextError> {
        if error.kind == TextErrorKind::ByteOrderMark {
            *text = text.get(BYTE_ORDER_MARK.len()..).unwrap_or_default();
            self.at_start = false;
            return Err(error);
        }
        let input = *text;
        let mut tokens = Tokens::at(input, 0, self.line, 1, !last);
        let first = tokens.next();
        let end = match skip_entry(tokens, input, last) {
            Some(end) => end,
            None if input.len() <= MAX_ENTRY_LEN => return Ok(Step::More),
            None => {
                let tokens = Tokens::at(input, 0, self.line, 1, !last);
                let end = after_line(input, 0, self.line);
                self.take(text, end);
                return Err(tokens.error(TextErrorKind::EntryTooLong));
            }
        };
        // What follows with a blank owner belongs to the bad entry's owner, not to the one before.
        let blank = matches!(input.first(), Some(b' ' | b'\t' | b'$'));
        if let (Ok(Some(owner)), false) = (first, blank) {
            let owner = NameBuf::from_token(&owner, self.origin().as_ref());
            self.owner = owner.ok().or(self.owner);
        }
        self.take(text, end);
        Err(error)
    }
}

/// Where the entry ends that the tokens stand in; `None` if that is beyond the input. After a fault in
/// the tokens themselves it ends with the line.
fn skip_entry(mut tokens: Tokens<'_>, input: &[u8], last: bool) -> Option<EntryEnd> {
    loop {
        match tokens.next() {
            Ok(Some(_)) => {}
            Ok(None) => return Some(EntryEnd::of(&tokens)),
            Err(error) if error.kind == TextErrorKind::Incomplete => return None,
            Err(_) => {
                let end = after_line(input, tokens.position(), tokens.line());
                let entry = input.get(..end.at).unwrap_or_default();
                return (last || entry.ends_with(b"\n")).then_some(end);
            }
        }
    }
}

/// Behind the end of the line that `at` stands in.
fn after_line(input: &[u8], at: usize, line: u32) -> EntryEnd {
    let rest = input.get(at..).unwrap_or_default();
    match rest.iter().position(|octet| *octet == b'\n') {
        Some(newline) => EntryEnd {
            at: at.saturating_add(newline).saturating_add(1),
            line: line.saturating_add(1),
        },
        None => EntryEnd {
            at: input.len(),
            line,
        },
    }
}

/// Writes the owner that the entry names to the front of the scratch space; also hands back what is
/// left of that.
#[inline]
fn write_owner<'b>(
    token: &Token<'_>,
    origin: Option<&Name<'_>>,
    scratch: &'b mut [u8],
) -> Result<(Name<'b>, &'b mut [u8]), TextError> {
    let too_small = || token.error(TextErrorKind::ScratchTooSmall);
    let plain = Name::from_plain_token(token, origin, scratch);
    match plain.map(|name| (name.wire_len(), name.label_count())) {
        Some((len, labels)) => {
            let (octets, room) = scratch.split_at_mut_checked(len).ok_or_else(too_small)?;
            let name = Name::flat(octets, labels as u8).ok_or_else(too_small)?;
            Ok((name, room))
        }
        None => {
            let name = NameBuf::from_token(token, origin)?;
            copy_owner(&name, scratch).ok_or_else(too_small)
        }
    }
}

/// The same for an entry that starts with a blank.
fn write_last_owner<'b>(
    last: Option<&NameBuf>,
    tokens: &Tokens<'_>,
    scratch: &'b mut [u8],
) -> Result<(Name<'b>, &'b mut [u8]), TextError> {
    let last = last.ok_or_else(|| tokens.error(TextErrorKind::NoOwner))?;
    copy_owner(last, scratch).ok_or_else(|| tokens.error(TextErrorKind::ScratchTooSmall))
}

fn copy_owner<'b>(name: &NameBuf, scratch: &'b mut [u8]) -> Option<(Name<'b>, &'b mut [u8])> {
    let (octets, room) = scratch.split_at_mut_checked(name.as_bytes().len())?;
    Some((name.as_name().copied_to(octets)?, room))
}

/// Can it only be a time to live? No type and no class starts with a digit.
#[inline]
pub(super) fn is_time_to_live(token: &Token<'_>) -> bool {
    !token.quoted && token.raw.first().is_some_and(u8::is_ascii_digit)
}

/// The class that a token names; `ANY` and `NONE` are no classes of records.
#[inline]
pub(super) fn class_of(token: &Token<'_>) -> Option<Class> {
    if token.quoted {
        return None;
    }
    match token.raw {
        b"IN" => Some(Class::IN),
        other => other_class(other),
    }
}

fn other_class(text: &[u8]) -> Option<Class> {
    match text {
        [b'I' | b'i', b'N' | b'n'] => Some(Class::IN),
        [b'C' | b'c', b'H' | b'h'] => Some(Class::CH),
        [b'H' | b'h', b'S' | b's'] => Some(Class::HS),
        [b'C' | b'c', b'L' | b'l', ..] => {
            let (head, digits) = text.split_at_checked(5)?;
            if !head.eq_ignore_ascii_case(b"CLASS") {
                return None;
            }
            u16::try_from(decimal(digits)?).ok().map(Class)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
