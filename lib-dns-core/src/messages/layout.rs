//! The structure of a message: where its parts start.

use super::{Edns, Header};
use crate::code_points::HEADER_LEN;
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WireError, WireErrorKind};

/// Where the parts of a message stand, as offsets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    pub(super) authority: u16,
    pub(super) additional: u16,
    /// What follows the owner of the OPT record; 0 if there is none.
    pub(super) opt: u16,
}

impl Layout {
    /// Steps over as many records of each section as the header says, of which the first starts at
    /// `answer` and the last ends with the message. Owners are not looked at, but for that of OPT.
    #[inline(never)]
    pub(super) fn read(
        octets: &[u8],
        answer: u16,
        head: &[u8; HEADER_LEN],
    ) -> Result<Self, WireError> {
        let [_, answers, authorities, additionals] = Header::of(head).counts;
        let mut reader = Reader::resume(octets, u32::from(answer));
        let mut layout = Self::default();
        skip_records(&mut reader, answers)?;
        layout.authority = reader.offset() as u16;
        skip_records(&mut reader, authorities)?;
        layout.additional = reader.offset() as u16;
        let mut left = additionals;
        while left > 0 {
            left = left.wrapping_sub(1);
            let at = reader;
            let (rtype, data) = skip_record(&mut reader)?;
            if rtype == OPT {
                if layout.opt != 0 {
                    return Err(at.error(WireErrorKind::DuplicateOpt));
                }
                // The root's name alone is one octet, before ten of fixed fields: others are no OPT owner.
                if data.offset() != at.offset().wrapping_add(11) {
                    return Err(at.error(WireErrorKind::MisplacedOpt));
                }
                Edns::check(data)?;
                layout.opt = at.offset().wrapping_add(1) as u16;
            } else if left > 0 && is_signature(rtype, data) {
                return Err(at.error(WireErrorKind::MisplacedSignature));
            }
        }
        reader.close(Part::Message)?;
        Ok(layout)
    }
}

/// Types as they stand in a message, with which a record's is compared without being turned round.
const OPT: u16 = Type::OPT.0.to_be();
const SIG: u16 = Type::SIG.0.to_be();
const TSIG: u16 = Type::TSIG.0.to_be();

/// Steps over a record, and says of which type it is; its owner is not looked at.
#[inline(always)]
fn skip_record<'a>(reader: &mut Reader<'a>) -> Result<(u16, Reader<'a>), WireError> {
    let fixed = reader.array_after_name::<10>(Part::Record)?;
    let rtype = u16::from_ne_bytes(*fixed.first_chunk().unwrap_or(&[0; 2]));
    let len = u16::from_be_bytes(*fixed.last_chunk().unwrap_or(&[0; 2]));
    let data = reader.window(usize::from(len), Part::RecordData)?;
    Ok((rtype, data))
}

/// Steps over the records of a section that holds neither OPT nor a signature of the message.
#[inline(always)]
fn skip_records(reader: &mut Reader<'_>, count: u16) -> Result<(), WireError> {
    let mut left = count;
    while left > 0 {
        left = left.wrapping_sub(1);
        let at = *reader;
        let (rtype, data) = skip_record(reader)?;
        if rtype == OPT {
            return Err(at.error(WireErrorKind::MisplacedOpt));
        }
        if is_signature(rtype, data) {
            return Err(at.error(WireErrorKind::MisplacedSignature));
        }
    }
    Ok(())
}

/// Does the record sign the message: a TSIG, or a SIG that covers no type (RFC 2931 3.1)?
#[inline(always)]
fn is_signature(rtype: u16, data: Reader<'_>) -> bool {
    rtype == TSIG || rtype == SIG && data.peek().starts_with(&[0, 0])
}
