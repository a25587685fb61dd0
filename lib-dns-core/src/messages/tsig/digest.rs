//! What is signed (RFC 8945 4.3), and by whom it is checked.

use super::record::{Found, Stamp, append, data};
use super::{TsigFault, TsigKey};
use crate::code_points::{HEADER_LEN, Rcode};
use crate::crypto::{MacContext, MacTag};
use crate::messages::signed::{additional_count, with_count};
use crate::wire::WriteError;

/// How much of the TSIG record is signed with the message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Variables {
    /// All that can be (RFC 8945 4.3.3).
    All,
    /// Time and fudge: in a stream, from the second signature on (RFC 8945 5.3.1).
    Timers,
}

/// A MAC over the key alone.
#[inline]
pub(super) fn fresh<C: MacContext>(key: &TsigKey<C>) -> C {
    key.context().clone()
}

/// A MAC that goes on from the one before it: that of the request, or of the last signed message of a
/// stream (RFC 8945 4.3.1).
#[inline]
pub(super) fn after<C: MacContext>(key: &TsigKey<C>, mac: &[u8]) -> C {
    let mut context = fresh(key);
    let len = u16::try_from(mac.len()).unwrap_or(u16::MAX);
    context.update(&len.to_be_bytes());
    context.update(mac);
    context
}

/// Takes a message as it was before its TSIG record was added: without it, and under its original id
/// (RFC 8945 4.3.2).
#[inline]
fn message<C: MacContext>(context: &mut C, octets: &[u8], id: u16, additional: u16) {
    let Some((mut header, rest)) = with_count(octets, additional) else {
        // Not a message: no MAC over it will be right.
        return;
    };
    let [first, second, ..] = &mut header;
    [*first, *second] = id.to_be_bytes();
    context.update(&header);
    context.update(rest);
}

/// Takes what is signed of the record itself.
#[inline]
fn variables<C: MacContext>(
    context: &mut C,
    key: &TsigKey<C>,
    which: Variables,
    time: u64,
    fudge: u16,
    error: Rcode,
    other: &[u8],
) {
    let [_, _, t5, t4, t3, t2, t1, t0] = time.to_be_bytes();
    let [f1, f0] = fudge.to_be_bytes();
    if which == Variables::Timers {
        context.update(&[t5, t4, t3, t2, t1, t0, f1, f0]);
        return;
    }
    let [e1, e0] = error.0.to_be_bytes();
    let [l1, l0] = u16::try_from(other.len()).unwrap_or(u16::MAX).to_be_bytes();
    context.update(key.variables());
    context.update(&[t5, t4, t3, t2, t1, t0, f1, f0, e1, e0, l1, l0]);
    if !other.is_empty() {
        context.update(other);
    }
}

/// Signs the message at the front of `buffer`: appends its TSIG record. `context` has taken what comes
/// before the message. Says how long the message is then, and gives the MAC.
///
/// The message is as it was where there is no room.
#[inline]
pub(super) fn sign<C: MacContext>(
    key: &TsigKey<C>,
    mut context: C,
    buffer: &mut [u8],
    len: usize,
    stamp: &Stamp,
    which: Variables,
    (error, other): (Rcode, &[u8]),
) -> Result<(usize, MacTag), WriteError> {
    let octets = buffer.get(..len).ok_or(WriteError::NoRoom)?;
    let (Some([id1, id0, ..]), Some(count)) =
        (octets.first_chunk::<HEADER_LEN>(), additional_count(octets))
    else {
        return Err(WriteError::NoRoom);
    };
    let id = u16::from_be_bytes([*id1, *id0]);
    let id = stamp.original_id.unwrap_or(id);
    message(&mut context, octets, id, count);
    let (time, fudge) = (stamp.time, stamp.fudge);
    variables(&mut context, key, which, time, fudge, error, other);
    let mac = context.finish().cut(key.mac_len());
    let data = data(key, stamp, mac.as_bytes(), id, error, other);
    let end = append(buffer, len, &key.name(), &data)?;
    Ok((end, mac))
}

/// Checks a signature, in the order of RFC 8945 5.2: the MAC, the time, then whether the MAC is long
/// enough for us. `context` has taken what comes before the message.
#[inline]
pub(super) fn check<C: MacContext>(
    key: &TsigKey<C>,
    mut context: C,
    octets: &[u8],
    found: &Found<'_>,
    which: Variables,
    now: u64,
) -> Result<(), TsigFault> {
    let signed = &found.data;
    let algorithm = key.algorithm();
    let lengths = algorithm.least_mac_len()..=algorithm.mac_len();
    if !lengths.contains(&signed.mac.len()) {
        return Err(TsigFault::MacLength);
    }
    let before = octets.get(..found.at).unwrap_or_default();
    // It was counted, or it would not have been found.
    let count = additional_count(octets).map_or(0, |count| count.saturating_sub(1));
    message(&mut context, before, signed.original_id, count);
    let (time, fudge) = (signed.time_signed, signed.fudge);
    variables(
        &mut context,
        key,
        which,
        time,
        fudge,
        signed.error,
        signed.other,
    );
    if !context.finish().verifies(signed.mac) {
        return Err(TsigFault::BadMac);
    }
    if now.abs_diff(time) > u64::from(fudge) {
        return Err(TsigFault::BadTime);
    }
    if signed.mac.len() < key.mac_len() {
        return Err(TsigFault::ShortMac);
    }
    Ok(())
}
