//! What the server says of itself in class CH (RFC 4892).

use super::Settings;
use crate::code_points::Class;
use crate::messages::{MessageBuilder, Question, Section};
use crate::rr_data::Type;
use crate::wire::WriteError;

/// The names that are asked, in wire form.
const IDENTITY: [&[u8]; 2] = [b"\x02id\x06server\0", b"\x08hostname\x04bind\0"];
const VERSION: [&[u8]; 2] = [b"\x07version\x06server\0", b"\x07version\x04bind\0"];

/// Answers a question of class CH; `None`: we do not tell.
pub(super) fn answer(
    builder: &mut MessageBuilder<'_>,
    settings: &Settings<'_>,
    question: &Question<'_>,
) -> Option<Result<(), WriteError>> {
    // The first name of a message stands in one piece; length octets are below every letter.
    let name = question.name.as_flat()?;
    let is = |known: &&[u8]| known.eq_ignore_ascii_case(name);
    let text = if IDENTITY.iter().any(is) {
        settings.identity?
    } else if VERSION.iter().any(is) {
        settings.version?
    } else {
        return None;
    };
    let len = u8::try_from(text.len()).ok()?;
    let flags = builder.flags().with_authoritative(true);
    builder.set_flags(flags);
    if question.qtype != Type::TXT && question.qtype != Type::ANY {
        return Some(Ok(()));
    }
    let (section, name) = (Section::Answer, &question.name);
    let written = builder.record_with(section, name, Type::TXT, Class::CH, 0, |writer| {
        writer.u8(len)?;
        writer.put(text)
    });
    Some(written)
}
