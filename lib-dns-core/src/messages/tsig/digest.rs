//! What is signed (RFC 8945 4.3), and by whom it is checked.

use super::key::VARIABLES_LEN;
use super::record::{Found, Stamp, append_own};
use super::{TsigFault, TsigKey};
use crate::code_points::{HEADER_LEN, Rcode};
use crate::crypto::{MAX_MAC_LEN, MacContext, MacTag};
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
    // No MAC is longer.
    let mut counted = [0; 2 + MAX_MAC_LEN];
    let mac = mac.get(..MAX_MAC_LEN).unwrap_or(mac);
    if let Some((length, room)) = counted.split_first_chunk_mut::<2>() {
        *length = (mac.len() as u16).to_be_bytes();
        if let Some(room) = room.get_mut(..mac.len()) {
            room.copy_from_slice(mac);
        }
    }
    context.update(counted.get(..mac.len().wrapping_add(2)).unwrap_or_default());
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

/// Octets of what is signed of a record besides its names, its class, its TTL and its other data: time, fudge,
/// error and the length of the other data.
const STAMP_LEN: usize = 12;
/// Those of them that are signed in a stream, from the second signature on.
const TIMERS_LEN: usize = 8;

/// Puts what is signed of the record itself, but for its other data, at the front of `out`, so that a MAC takes it in
/// one piece. Says how long it is; `None` if there is no room.
#[inline]
fn put_variables<C>(
    out: &mut [u8],
    key: &TsigKey<C>,
    which: Variables,
    (time, fudge): (u64, u16),
    (error, other): (Rcode, &[u8]),
) -> Option<usize> {
    let [_, _, t5, t4, t3, t2, t1, t0] = time.to_be_bytes();
    let [f1, f0] = fudge.to_be_bytes();
    if which == Variables::Timers {
        let timers = [t5, t4, t3, t2, t1, t0, f1, f0];
        *out.first_chunk_mut::<TIMERS_LEN>()? = timers;
        return Some(TIMERS_LEN);
    }
    let [e1, e0] = error.0.to_be_bytes();
    let [l1, l0] = u16::try_from(other.len()).unwrap_or(u16::MAX).to_be_bytes();
    let variables = key.variables();
    let (front, rest) = out.split_at_mut_checked(variables.len())?;
    front.copy_from_slice(variables);
    *rest.first_chunk_mut::<STAMP_LEN>()? = [t5, t4, t3, t2, t1, t0, f1, f0, e1, e0, l1, l0];
    Some(variables.len().wrapping_add(STAMP_LEN))
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
    let own_id = [*id1, *id0];
    let id = stamp.original_id.map_or(own_id, u16::to_be_bytes);
    // All of it stands in one piece where the record will stand, which is longer.
    let room = buffer.get_mut(len..).ok_or(WriteError::NoRoom)?;
    let told = (error, other);
    let taken = put_variables(room, key, which, (stamp.time, stamp.fudge), told);
    let mut end = len.wrapping_add(taken.ok_or(WriteError::NoRoom)?);
    if which == Variables::All && !other.is_empty() {
        let other_end = end.wrapping_add(other.len());
        let room = buffer.get_mut(end..other_end);
        room.ok_or(WriteError::NoRoom)?.copy_from_slice(other);
        end = other_end;
    }
    set_id(buffer, id);
    context.update(buffer.get(..end).unwrap_or_default());
    set_id(buffer, own_id);
    let mac = context.finish().cut(key.mac_len());
    let end = append_own(key, buffer, (len, count), stamp, (id, mac.as_bytes()), told)?;
    Ok((end, mac))
}

/// Puts an id into the header.
#[inline]
fn set_id(message: &mut [u8], id: [u8; 2]) {
    if let Some(first) = message.first_chunk_mut::<2>() {
        *first = id;
    }
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
    let mut room = [0; VARIABLES_LEN + STAMP_LEN];
    let told = (signed.error, signed.other);
    let taken = put_variables(&mut room, key, which, (time, fudge), told);
    context.update(room.get(..taken.unwrap_or(0)).unwrap_or_default());
    if which == Variables::All && !signed.other.is_empty() {
        context.update(signed.other);
    }
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
