//! The structure of a message: where its parts start.

use crate::rr_data::Type;
use crate::wire::{Part, Reader, WireError, WireErrorKind};

/// Where the parts of a message stand, as offsets.
#[derive(Clone, Copy, Default)]
pub(super) struct Layout {
    pub(super) authority: u16,
    pub(super) additional: u16,
    /// What follows the owner of the OPT record; 0 if there is none.
    pub(super) opt: u16,
}

impl Layout {
    /// Steps over so many records of each section, of which the first starts at the reader's offset and
    /// the last ends with the message. Owners are not looked at, but for that of OPT.
    #[inline(never)]
    pub(super) fn read(mut reader: Reader<'_>, counts: [u16; 3]) -> Result<Self, WireError> {
        let [answers, authorities, additionals] = counts;
        let mut layout = Self::default();
        skip_records(&mut reader, answers)?;
        layout.authority = reader.offset() as u16;
        skip_records(&mut reader, authorities)?;
        layout.additional = reader.offset() as u16;
        for left in (0..additionals).rev() {
            let at = reader;
            let (rtype, data) = skip_record(&mut reader)?;
            match rtype {
                Type::OPT if layout.opt != 0 => return Err(at.error(WireErrorKind::DuplicateOpt)),
                // The root's name is one octet: anything else is no OPT owner.
                Type::OPT if at.peek().first() != Some(&0) => {
                    return Err(at.error(WireErrorKind::MisplacedOpt));
                }
                Type::OPT => layout.opt = at.offset().wrapping_add(1) as u16,
                rtype if left > 0 && is_signature(rtype, data) => {
                    return Err(at.error(WireErrorKind::MisplacedSignature));
                }
                _ => {}
            }
        }
        reader.close(Part::Message)?;
        Ok(layout)
    }
}

/// Steps over a record; its owner is not looked at.
#[inline(always)]
fn skip_record<'a>(reader: &mut Reader<'a>) -> Result<(Type, Reader<'a>), WireError> {
    let [t1, t0, .., d1, d0] = reader.array_after_name::<10>(Part::Record)?;
    let len = u16::from_be_bytes([d1, d0]);
    let data = reader.window(usize::from(len), Part::RecordData)?;
    Ok((Type(u16::from_be_bytes([t1, t0])), data))
}

/// Steps over the records of a section that holds neither OPT nor a signature of the message.
#[inline(always)]
fn skip_records(reader: &mut Reader<'_>, count: u16) -> Result<(), WireError> {
    for _ in 0..count {
        let at = *reader;
        let (rtype, data) = skip_record(reader)?;
        let kind = match rtype {
            Type::OPT => WireErrorKind::MisplacedOpt,
            rtype if is_signature(rtype, data) => WireErrorKind::MisplacedSignature,
            _ => continue,
        };
        return Err(at.error(kind));
    }
    Ok(())
}

/// Does the record sign the message: a TSIG, or a SIG that covers no type (RFC 2931 3.1)?
#[inline]
fn is_signature(rtype: Type, data: Reader<'_>) -> bool {
    match rtype {
        Type::TSIG => true,
        Type::SIG => data.peek().starts_with(&[0, 0]),
        _ => false,
    }
}
