//! Reading names that may be compressed (RFC 1035 4.1.4).

use super::{MAX_LABEL_LEN, MAX_NAME_LEN, NameError, NameErrorKind, POINTER_MARK, Shape};
use crate::code_points::HEADER_LEN;

/// What one pointer adds to a shape in the making: it counts pointers beside labels.
const POINTER: u64 = 1 << 8;
/// This bit is set by the 128th pointer: a name holds 127 at most, more are of no use.
const TOO_MANY_POINTERS: u64 = 1 << 15;

/// A [`NameError`] in one word, as a [`Shape`] is one: so a function hands either back in a register.
#[derive(Clone, Copy)]
pub(super) struct NameFault(u64);

#[cold]
fn fault(kind: NameErrorKind, at: usize) -> NameFault {
    let at = u16::try_from(at).unwrap_or(u16::MAX);
    NameFault(u64::from(at) << 8 | kind as u64)
}

impl From<NameFault> for NameError {
    #[cold]
    fn from(fault: NameFault) -> Self {
        // Those that `find` can meet.
        let kinds = [
            NameErrorKind::Truncated,
            NameErrorKind::TooLong,
            NameErrorKind::BadLabelType,
            NameErrorKind::BadPointer,
            NameErrorKind::BeyondMessage,
        ];
        let kind = kinds
            .into_iter()
            .find(|kind| *kind as u64 == fault.0 & 0xff);
        Self {
            kind: kind.unwrap_or(NameErrorKind::Truncated),
            at: (fault.0 >> 8) as u16,
        }
    }
}

/// Validates the name that starts at offset `at` of a message.
///
/// No octet is read twice, so no loop can exist: each pointer leads strictly before the run of labels
/// that it ends, and no run reaches into the one that pointed to it.
///
/// The busiest function of all. It is called, not copied into its callers, and gathers its result in one
/// word, so that it makes do with the registers that a caller leaves it.
#[inline(never)]
pub(super) fn find(message: &[u8], at: usize) -> Result<Shape, NameFault> {
    let mut shape = 0;
    // What the run may read: later runs end where the one before them starts.
    let mut window = message;
    let mut start = at;
    // Pointers before the first label are not part of the view.
    while let Some(&high @ POINTER_MARK..) = window.get(start) {
        let target = pointer(window, start, start, usize::from(high), &mut shape)?;
        window = before(window, start)?;
        start = target;
    }
    shape = shape.wrapping_add((start as u64).wrapping_mul(Shape::START));
    let mut limit = start.wrapping_add(MAX_NAME_LEN);
    let (mut end, mut last) = run(window, start, limit, &mut shape)?;
    if start > usize::from(u16::MAX) {
        return Err(fault(NameErrorKind::BeyondMessage, start));
    }
    let first_run = end.wrapping_sub(start) as u64;
    if last == 0 {
        let len = first_run.wrapping_add(1);
        shape = shape.wrapping_add(len.wrapping_mul(Shape::RUN | Shape::LEN));
        let width = if start == at { len } else { 2 };
        return Ok(Shape(shape.wrapping_add(width.wrapping_mul(Shape::WIDTH))));
    }
    shape = shape.wrapping_add(first_run.wrapping_mul(Shape::RUN));
    let width = if start == at {
        first_run.wrapping_add(2)
    } else {
        2
    };
    shape = shape.wrapping_add(width.wrapping_mul(Shape::WIDTH));
    let mut run_start = start;
    while last != 0 {
        let target = pointer(window, run_start, end, last, &mut shape)?;
        window = before(window, run_start)?;
        run_start = target;
        limit = limit.wrapping_sub(end).wrapping_add(target);
        (end, last) = run(window, target, limit, &mut shape)?;
    }
    // The labels were shorter than what they might have been, and the root label is one octet.
    let len = end.wrapping_sub(limit) as u8;
    Ok(Shape(
        shape.wrapping_add(u64::from(len).wrapping_mul(Shape::LEN)),
    ))
}

/// What stands in a window before the run that starts at `start`.
#[inline(always)]
fn before(window: &[u8], start: usize) -> Result<&[u8], NameFault> {
    match window.get(..start) {
        Some(window) => Ok(window),
        None => Err(fault(NameErrorKind::Truncated, start)),
    }
}

/// Steps over the labels that stand together from `start` on, and counts them. Says where they end and
/// which octet stands there, which is not the length of a label.
///
/// `limit` is where the longest name would end.
#[inline(always)]
fn run(
    window: &[u8],
    start: usize,
    limit: usize,
    shape: &mut u64,
) -> Result<(usize, usize), NameFault> {
    // One comparison a label keeps both ends: of the window, and of the longest name.
    let run = window.get(..limit).unwrap_or(window);
    let mut at = start;
    while let Some(&octet) = run.get(at) {
        match usize::from(octet) {
            len @ 1..=MAX_LABEL_LEN => {
                at = at.wrapping_add(1).wrapping_add(len);
                *shape = shape.wrapping_add(Shape::LABEL);
            }
            other => return Ok((at, other)),
        }
    }
    let kind = if at >= limit {
        NameErrorKind::TooLong
    } else {
        NameErrorKind::Truncated
    };
    Err(fault(kind, at))
}

/// Where the pointer at `at` leads that ends the run that starts at `run_start`.
#[inline(always)]
fn pointer(
    window: &[u8],
    run_start: usize,
    at: usize,
    high: usize,
    shape: &mut u64,
) -> Result<usize, NameFault> {
    if high < usize::from(POINTER_MARK) {
        return Err(fault(NameErrorKind::BadLabelType, at));
    }
    let Some(&low) = window.get(at.wrapping_add(1)) else {
        return Err(fault(NameErrorKind::Truncated, at));
    };
    let target = (high & usize::from(!POINTER_MARK)) << 8 | usize::from(low);
    *shape = shape.wrapping_add(POINTER);
    if target >= run_start || target < HEADER_LEN || *shape & TOO_MANY_POINTERS != 0 {
        return Err(fault(NameErrorKind::BadPointer, at));
    }
    Ok(target)
}
