//! The TSIG record at the end of a message: found, and appended.

use super::{TsigFault, TsigKey};
use crate::code_points::{Class, MAX_MESSAGE_LEN, Rcode};
use crate::messages::Message;
use crate::messages::signed::{last_record, next_count, set_additional_count};
use crate::name::Name;
use crate::rr_data::{RecordType, Tsig, Type, WriteData};
use crate::wire::{Form, Part, WireErrorKind, WriteError, Writer};

/// Octets of a TSIG record without its two names, its MAC and its other data: type, class, TTL and the
/// length of the data, then time, fudge, the length of the MAC, original id, error and the length of the
/// other data.
pub(super) const RECORD_FIXED_LEN: usize = 10 + DATA_FIXED_LEN;
/// Those of them that belong to the data.
const DATA_FIXED_LEN: usize = 6 + 2 + 2 + 2 + 2 + 2;

/// How far clocks may differ, in seconds, unless somebody knows better (RFC 8945 10).
pub const DEFAULT_FUDGE: u16 = 300;

/// When a message is signed, and under which id.
///
/// ```
/// use lib_dns_core::messages::tsig::Stamp;
/// let stamp = Stamp::at(1_767_225_600).with_fudge(60);
/// assert_eq!(stamp.fudge, 60);
/// assert_eq!(stamp.original_id, None, "the id that stands in the message");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stamp {
    /// Seconds since 1970; 48 bits of it count.
    pub time: u64,
    /// How far the other side's clock may be away, in seconds.
    pub fudge: u16,
    /// The id that is signed, where it is not the one in the message: a forwarder changes ids.
    pub original_id: Option<u16>,
}

impl Stamp {
    /// Signed at this time (seconds since 1970), with a fudge of [`DEFAULT_FUDGE`].
    pub const fn at(time: u64) -> Self {
        Self {
            time,
            fudge: DEFAULT_FUDGE,
            original_id: None,
        }
    }

    /// Signed with another fudge (seconds).
    #[must_use]
    pub const fn with_fudge(self, fudge: u16) -> Self {
        Self { fudge, ..self }
    }

    /// Signed under an id that is not the one in the message.
    #[must_use]
    pub const fn with_original_id(self, id: u16) -> Self {
        Self {
            original_id: Some(id),
            ..self
        }
    }
}

/// The TSIG record of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'m> {
    /// Where it starts.
    pub(super) at: usize,
    /// The name of the key.
    pub(super) owner: Name<'m>,
    pub(super) data: Tsig<'m>,
}

impl<'m> Found<'m> {
    /// Finds it. That none stands elsewhere, [`Message::from_bytes`] has seen to.
    pub(super) fn of(message: &Message<'m>) -> Result<Option<Self>, TsigFault> {
        let last = last_record(message).map_err(TsigFault::Malformed)?;
        let Some((at, record)) = last else {
            return Ok(None);
        };
        if record.rtype() != Type::TSIG {
            return Ok(None);
        }
        let mut data = record.reader();
        if record.class() != Class::ANY || record.raw_ttl() != 0 {
            let kind = WireErrorKind::BadValue(Part::Record);
            return Err(TsigFault::Malformed(data.error(kind)));
        }
        let data = Tsig::read(&mut data).map_err(TsigFault::Malformed)?;
        Ok(Some(Self {
            at,
            owner: record.owner(),
            data,
        }))
    }
}

/// Appends a TSIG record to a message that fills the front of `buffer`, and counts it.
pub(super) fn append(
    buffer: &mut [u8],
    len: usize,
    owner: &Name<'_>,
    data: &Tsig<'_>,
) -> Result<usize, WriteError> {
    let limit = buffer.len().min(MAX_MESSAGE_LEN);
    let count = next_count(buffer)?;
    let room = buffer.get_mut(len..limit).ok_or(WriteError::NoRoom)?;
    let mut writer = Writer::<0>::new(room, Form::Plain);
    writer.case_kept_name(owner)?;
    writer.u16(Type::TSIG.0)?;
    writer.u16(Class::ANY.0)?;
    writer.u32(0)?;
    let length = writer.open_length()?;
    data.write(&mut writer)?;
    writer.close_length(length, Part::RecordData)?;
    let end = len.saturating_add(writer.len());
    set_additional_count(buffer, count);
    Ok(end)
}

/// Appends the TSIG record of a key to a message of `len` octets and `count` additional records that fills the front
/// of `buffer`. The names are written as the key has them, which are known to be names.
#[inline]
pub(super) fn append_own<C>(
    key: &TsigKey<C>,
    buffer: &mut [u8],
    (len, count): (usize, u16),
    stamp: &Stamp,
    (id, mac): ([u8; 2], &[u8]),
    (error, other): (Rcode, &[u8]),
) -> Result<usize, WriteError> {
    let limit = buffer.len().min(MAX_MESSAGE_LEN);
    let count = count.checked_add(1).ok_or(WriteError::NoRoom)?;
    let room = buffer.get_mut(len..limit).ok_or(WriteError::NoRoom)?;
    let length = |octets: &[u8]| {
        u16::try_from(octets.len()).map_err(|_| WriteError::TooLong(Part::RecordData))
    };
    let algorithm = key.algorithm().wire_name();
    let data_len = DATA_FIXED_LEN
        .saturating_add(algorithm.len())
        .saturating_add(mac.len())
        .saturating_add(other.len());
    let data_len = u16::try_from(data_len).map_err(|_| WriteError::TooLong(Part::RecordData))?;
    let [type1, type0] = Type::TSIG.0.to_be_bytes();
    let [class1, class0] = Class::ANY.0.to_be_bytes();
    let [len1, len0] = data_len.to_be_bytes();
    let [_, _, t5, t4, t3, t2, t1, t0] = stamp.time.to_be_bytes();
    let [f1, f0] = stamp.fudge.to_be_bytes();
    let [m1, m0] = length(mac)?.to_be_bytes();
    let [e1, e0] = error.0.to_be_bytes();
    let [o1, o0] = length(other)?.to_be_bytes();
    let [id1, id0] = id;
    let mut writer = Writer::<0>::new(room, Form::Plain);
    writer.put(key.owner())?;
    writer.put(&[type1, type0, class1, class0, 0, 0, 0, 0, len1, len0])?;
    writer.put(algorithm)?;
    writer.put(&[t5, t4, t3, t2, t1, t0, f1, f0, m1, m0])?;
    writer.put(mac)?;
    writer.put(&[id1, id0, e1, e0, o1, o0])?;
    writer.put(other)?;
    let end = len.saturating_add(writer.len());
    set_additional_count(buffer, count);
    Ok(end)
}
