//! What TSIG and SIG(0) share: their record is the last of a message, and what is signed is the message
//! without it.

use super::{Message, Record, Section};
use crate::code_points::HEADER_LEN;
use crate::wire::{WireError, WriteError};

/// Where the count of additional records stands in a header.
const ADDITIONAL_COUNT: usize = HEADER_LEN - 2;

/// The last additional record, and where it starts. That no signature stands elsewhere,
/// [`Message::from_bytes`] has seen to.
#[inline]
pub(super) fn last_record<'m>(
    message: &Message<'m>,
) -> Result<Option<(usize, Record<'m>)>, WireError> {
    let mut records = message.section(Section::Additional);
    let mut last = None;
    loop {
        let at = records.offset();
        match records.next() {
            None => return Ok(last),
            Some(record) => last = Some((at, record?)),
        }
    }
}

/// How many additional records the header counts; `None` if there is no whole header.
#[inline]
pub(super) fn additional_count(message: &[u8]) -> Option<u16> {
    let [.., high, low] = message.first_chunk::<HEADER_LEN>()?;
    Some(u16::from_be_bytes([*high, *low]))
}

/// The count of additional records with one more.
pub(super) fn next_count(message: &[u8]) -> Result<u16, WriteError> {
    let count = additional_count(message).and_then(|count| count.checked_add(1));
    count.ok_or(WriteError::NoRoom)
}

/// Puts a count of additional records into the header.
pub(super) fn set_additional_count(message: &mut [u8], count: u16) {
    if let Some(field) = message.get_mut(ADDITIONAL_COUNT..HEADER_LEN) {
        field.copy_from_slice(&count.to_be_bytes());
    }
}

/// The header with another count of additional records, and what follows it.
#[inline]
pub(super) fn with_count(message: &[u8], count: u16) -> Option<([u8; HEADER_LEN], &[u8])> {
    let (header, rest) = message.split_first_chunk::<HEADER_LEN>()?;
    let [kept @ .., _, _] = *header;
    let [a, b, c, d, e, f, g, h, i, j] = kept;
    let [high, low] = count.to_be_bytes();
    Some(([a, b, c, d, e, f, g, h, i, j, high, low], rest))
}
