//! Data of records as `dig` lays it out: long base64 and hexadecimal in pieces, and over several lines. NSEC3, of
//! which `dig` wraps the types, stays in one line.

use super::Record;
use super::options::Spelled;
use crate::code_points::{Rcode, SecurityAlgorithm};
use crate::rr_data::{KnownTypes, RData, Soa, Tsig, Type, key_tag};
use crate::text::{Base64, Layout, Printer};
use core::fmt::{self, Write};

/// The codecs of fields that `dig` cuts into pieces.
const ENCODED: [&str; 2] = ["Base64Rest", "Base16Rest"];
/// What stands between two pieces, or between words that go on a line of their own.
const NEXT_LINE: &str = "\n\t\t\t\t";
/// The flag of a key that signs keys (RFC 4034 2.1.1).
const SECURE_ENTRY_POINT: u16 = 1;

/// Writes the data in one line.
pub(super) fn write_line(
    record: &Record<'_>,
    types: KnownTypes<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    match (record.data(), words_before_pieces(record.rtype(), types)) {
        (Ok(RData::Tsig(tsig)), _) => write_tsig(&tsig, false, out),
        (_, None) => write_plain(record, types, out),
        (_, Some(words)) => write_plain(record, types, &mut Pieces::in_one_line(out, words)),
    }
}

/// Writes the data as `dig +multiline` does, inside parentheses where it is long.
pub(super) fn write_lines(
    record: &Record<'_>,
    types: KnownTypes<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    match (record.data(), words_before_pieces(record.rtype(), types)) {
        (Ok(RData::Soa(soa)), _) => write_soa(&soa, out),
        (Ok(RData::Tsig(tsig)), _) => write_tsig(&tsig, true, out),
        (Ok(_), Some(words)) if types.info(record.rtype()).is_some() => {
            // Of a signature, two lines are needed before the pieces.
            let open = match record.rtype() {
                Type::RRSIG | Type::SIG => 4,
                _ => words,
            };
            write_plain(record, types, &mut Pieces::in_lines(out, open, words))?;
            match record.data() {
                Ok(RData::Dnskey(key)) => write_key(record, key.flags, key.algorithm, out),
                Ok(RData::Cdnskey(key)) => write_key(record, key.flags, key.algorithm, out),
                _ => out.write_str(" )"),
            }
        }
        _ => write_line(record, types, out),
    }
}

/// Writes the data in one line as zone files have it.
pub(super) fn write_plain(
    record: &Record<'_>,
    types: KnownTypes<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    let mut printer = Printer::new(out, Layout::OneLine);
    let (class, rtype, data) = (record.class(), record.rtype(), record.reader());
    types.show(class, rtype, &data, &mut printer)?;
    printer.finish()
}

fn words_before_pieces(rtype: Type, types: KnownTypes<'_>) -> Option<usize> {
    let Some(info) = types.info(rtype) else {
        // `\# length octets`
        return Some(2);
    };
    let (last, before) = info.fields.split_last()?;
    ENCODED.contains(&last.codec).then(|| {
        // Of one word each, but for IPSECKEY's gateway with its type and the algorithm.
        let gateways = before.iter().filter(|field| field.codec == "IpsecGateway");
        before
            .len()
            .saturating_add(gateways.count().saturating_mul(2))
    })
}

fn write_soa(soa: &Soa<'_>, out: &mut dyn Write) -> fmt::Result {
    write!(out, "{} {} (", soa.primary, soa.responsible)?;
    write!(out, "{NEXT_LINE}{:<10} ; serial", soa.serial)?;
    for (seconds, name) in [
        (soa.refresh, "refresh"),
        (soa.retry, "retry"),
        (soa.expire, "expire"),
        (soa.minimum, "minimum"),
    ] {
        let words = Spelled(seconds);
        write!(out, "{NEXT_LINE}{seconds:<10} ; {name} ({words})")?;
    }
    write!(out, "{NEXT_LINE})")
}

/// The MAC in pieces; a blank stands before other data even if there is none.
fn write_tsig(tsig: &Tsig<'_>, lines: bool, out: &mut dyn Write) -> fmt::Result {
    let (time, fudge, len) = (tsig.time_signed, tsig.fudge, tsig.mac.len());
    write!(out, "{} {time} {fudge} {len}", tsig.algorithm)?;
    let mac = Base64(tsig.mac);
    match (lines, len) {
        (false, 0) => {}
        (false, _) => {
            out.write_char(' ')?;
            write!(Pieces::in_one_line(out, 0), "{mac}")?;
        }
        (true, _) => {
            write!(out, " ({NEXT_LINE}")?;
            write!(Pieces::in_lines(out, usize::MAX, 0), "{mac}")?;
            out.write_str(" )")?;
        }
    }
    let error = match tsig.error {
        Rcode::BADSIG => &"BADSIG",
        ref error => error as &dyn fmt::Display,
    };
    write!(out, " {} {error} {} ", tsig.original_id, tsig.other.len())?;
    write!(out, "{}", Base64(tsig.other))
}

/// What a person wants to know of a key, behind its end.
fn write_key(
    record: &Record<'_>,
    flags: u16,
    algorithm: SecurityAlgorithm,
    out: &mut dyn Write,
) -> fmt::Result {
    let role = if flags & SECURE_ENTRY_POINT == 0 {
        "ZSK"
    } else {
        "KSK"
    };
    let tag = key_tag(record.data_octets());
    write!(
        out,
        "{NEXT_LINE}) ; {role}; alg = {algorithm} ; key id = {tag}"
    )
}

/// Passes text on, and cuts what comes after a number of words into pieces.
struct Pieces<'w> {
    out: &'w mut dyn Write,
    /// Words after which a parenthesis opens.
    open: Option<usize>,
    /// Words after which the pieces begin.
    words: usize,
    /// Characters of a piece.
    len: usize,
    separator: &'static str,
    /// Words that were passed on.
    passed: usize,
    /// Characters of the current piece.
    written: usize,
}

impl<'w> Pieces<'w> {
    fn in_one_line(out: &'w mut dyn Write, words: usize) -> Self {
        Self {
            out,
            open: None,
            words,
            len: 56,
            separator: " ",
            passed: 0,
            written: 0,
        }
    }

    fn in_lines(out: &'w mut dyn Write, open: usize, words: usize) -> Self {
        Self {
            open: Some(open),
            len: 44,
            separator: NEXT_LINE,
            ..Self::in_one_line(out, words)
        }
    }
}

impl Write for Pieces<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars()
            .try_for_each(|character| self.write_char(character))
    }

    fn write_char(&mut self, character: char) -> fmt::Result {
        if self.passed == 0 && self.written == 0 && self.open == Some(0) && self.words == 0 {
            self.open = None;
            self.out.write_char('(')?;
            self.out.write_str(self.separator)?;
        }
        if character == ' ' {
            self.passed = self.passed.saturating_add(1);
            self.written = 0;
            return match self.open {
                Some(open) if open == self.passed => {
                    self.out.write_str(" (")?;
                    self.out.write_str(self.separator)
                }
                _ if self.passed == self.words => self.out.write_str(self.separator),
                _ => self.out.write_char(' '),
            };
        }
        if self.passed >= self.words {
            if self.written == self.len {
                self.out.write_str(self.separator)?;
                self.written = 0;
            }
            self.written = self.written.saturating_add(1);
        }
        self.out.write_char(character)
    }
}
