//! Reading names that may be compressed (RFC 1035 4.1.4).

use super::{MAX_LABEL_LEN, MAX_NAME_LEN, NameError, NameErrorKind, POINTER, POINTER_MARK, Shape};
use crate::code_points::HEADER_LEN;

/// What a pointer that leads to another one adds to a shape in the making.
const CHAINED: u64 = 1 << 8;
/// This bit is set by the 128th of them: a name holds 127 labels at most, more pointers are of no use.
const TOO_MANY_CHAINED: u64 = 1 << 15;

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

/// A shape and where the name ends that was read; or a fault, with 0 for the end, where no name ends. Two
/// words, which a function hands back in registers.
#[derive(Clone, Copy)]
pub(super) struct Found {
    end: usize,
    word: u64,
}

impl Found {
    /// The shape, and where the next thing stands.
    ///
    /// # Errors
    /// If there was a fault.
    #[inline(always)]
    pub(super) fn shape(self) -> Result<(Shape, usize), NameError> {
        match self.end {
            0 => Err(NameFault(self.word).into()),
            end => Ok((Shape(self.word), end)),
        }
    }
}

/// Validates the name that starts at offset `at` of a message.
///
/// No octet is read twice, so no loop can exist: each pointer leads strictly before the run of labels
/// that it ends, and no run reaches into the one that pointed to it.
///
/// The busiest function of all. It is called, not copied into its callers, and hands back registers only,
/// so that it makes do with those that a caller leaves it.
#[inline(never)]
pub(super) fn find(message: &[u8], at: usize) -> Found {
    match search(message, at) {
        Ok((end, Shape(word))) => Found { end, word },
        Err(NameFault(word)) => Found { end: 0, word },
    }
}

#[inline(always)]
fn search(message: &[u8], at: usize) -> Result<(usize, Shape), NameFault> {
    // Labels, and above them pointers that lead to pointers.
    let mut shape = 0;
    // What the run may read: later runs end where the one before them starts.
    let mut window = message;
    let mut start = at;
    let Some(&octet) = window.get(start) else {
        return Err(fault(NameErrorKind::Truncated, at));
    };
    let mut octet = usize::from(octet);
    // Pointers before the first label are not part of the view.
    if octet >= usize::from(POINTER_MARK) {
        loop {
            let target = pointer(window, start, start, octet)?;
            (window, octet) = before(window, start, target)?;
            start = target;
            if octet < usize::from(POINTER_MARK) {
                break;
            }
            count_pointer(&mut shape, start)?;
        }
    }
    let mut limit = start.wrapping_add(MAX_NAME_LEN);
    let mut end = start;
    run(window, limit, &mut end, &mut octet, &mut shape)?;
    if start > usize::from(u16::MAX) {
        return Err(fault(NameErrorKind::BeyondMessage, start));
    }
    shape = shape.wrapping_add((start as u64).wrapping_mul(Shape::START));
    let first_run = end.wrapping_sub(start) as u64;
    if octet == 0 {
        let len = first_run.wrapping_add(1);
        shape = shape.wrapping_add(len.wrapping_mul(Shape::RUN | Shape::LEN));
        let end = end.wrapping_add(1);
        let next = if start == at { end } else { at.wrapping_add(2) };
        return Ok((next, Shape(shape)));
    }
    let next = if start == at { end } else { at }.wrapping_add(2);
    shape = shape.wrapping_add(first_run.wrapping_mul(Shape::RUN));
    while octet != 0 {
        let target = pointer(window, start, end, octet)?;
        (window, octet) = before(window, start, target)?;
        start = target;
        limit = limit.wrapping_sub(end).wrapping_add(target);
        end = target;
        if let 1..=MAX_LABEL_LEN = octet {
            run(window, limit, &mut end, &mut octet, &mut shape)?;
        } else if octet != 0 {
            count_pointer(&mut shape, start)?;
        }
    }
    // The labels were shorter than what they might have been, and the root label is one octet.
    let len = end.wrapping_sub(limit) as u8;
    shape = shape.wrapping_add(u64::from(len).wrapping_mul(Shape::LEN));
    Ok((next, Shape(shape)))
}

/// What stands in a window before the run that starts at `start`, and the octet at `target` in it.
#[inline(always)]
fn before(window: &[u8], start: usize, target: usize) -> Result<(&[u8], usize), NameFault> {
    let Some(window) = window.get(..start) else {
        return Err(fault(NameErrorKind::Truncated, start));
    };
    match window.get(target) {
        Some(&octet) => Ok((window, usize::from(octet))),
        None => Err(fault(NameErrorKind::Truncated, target)),
    }
}

/// Steps over the labels that stand together from `at` on, and counts them; `octet` is the first one's
/// length. At the end it is what stands behind them, which is not the length of a label.
///
/// `limit` is where the longest name would end.
#[inline(always)]
fn run(
    window: &[u8],
    limit: usize,
    at: &mut usize,
    octet: &mut usize,
    shape: &mut u64,
) -> Result<(), NameFault> {
    // One comparison a label keeps both ends: of the window, and of the longest name.
    let run = window.get(..limit).unwrap_or(window);
    while let len @ 1..=MAX_LABEL_LEN = *octet {
        *at = at.wrapping_add(1).wrapping_add(len);
        *shape = shape.wrapping_add(Shape::LABEL);
        let Some(&next) = run.get(*at) else {
            return Err(cut_run(limit, *at));
        };
        *octet = usize::from(next);
    }
    Ok(())
}

#[cold]
fn cut_run(limit: usize, at: usize) -> NameFault {
    if at >= limit {
        fault(NameErrorKind::TooLong, at)
    } else {
        fault(NameErrorKind::Truncated, at)
    }
}

/// Counts a pointer that another one leads to. Where labels stand between them, these are counted.
fn count_pointer(shape: &mut u64, at: usize) -> Result<(), NameFault> {
    *shape = shape.wrapping_add(CHAINED);
    if *shape & TOO_MANY_CHAINED != 0 {
        return Err(fault(NameErrorKind::BadPointer, at));
    }
    Ok(())
}

/// Where the pointer at `at` leads that ends the run that starts at `start`; `high` is its first octet.
#[inline(always)]
fn pointer(window: &[u8], start: usize, at: usize, high: usize) -> Result<usize, NameFault> {
    let Some(&low) = window.get(at.wrapping_add(1)) else {
        return Err(bad_pointer(high, NameErrorKind::Truncated, at));
    };
    // What is no pointer leads very far, whatever the width of an index.
    let number = (high as u64) << 8 | u64::from(low);
    let target = number.wrapping_sub(u64::from(POINTER));
    if target >= start as u64 || target < HEADER_LEN as u64 {
        return Err(bad_pointer(high, NameErrorKind::BadPointer, at));
    }
    Ok(target as usize)
}

/// What is wrong with a pointer, unless it is none.
#[cold]
fn bad_pointer(high: usize, kind: NameErrorKind, at: usize) -> NameFault {
    if high < usize::from(POINTER_MARK) {
        fault(NameErrorKind::BadLabelType, at)
    } else {
        fault(kind, at)
    }
}
