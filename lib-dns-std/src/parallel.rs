//! Work on many items, done by all cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this are no faster for any zone that one machine serves.
const MAX_THREADS: usize = 32;

/// Hands out `items` in pieces of `size` to as many threads as there are cores, and gives back what came
/// of the pieces, in order. The work is told where its piece starts. The first error ends all.
pub(crate) fn in_pieces<T: Sync, R: Send, E: Send>(
    items: &[T],
    size: usize,
    work: impl Fn(usize, &[T]) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let pieces = items.len().div_ceil(size.max(1));
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            let start = piece.saturating_mul(size);
            if piece >= pieces {
                return Ok(done);
            }
            let end = items.len().min(start + size);
            match work(start, &items[start..end]) {
                Ok(result) => done.push((piece, result)),
                Err(error) => {
                    // The others stop after the pieces that they are at.
                    next.store(pieces, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let threads = cores.min(pieces).min(MAX_THREADS);
    let mut done = Vec::with_capacity(pieces);
    if threads <= 1 {
        done = run()?;
    } else {
        let parts = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
            let mut parts = vec![run()];
            for other in others {
                match other.join() {
                    Ok(part) => parts.push(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        });
        for part in parts {
            done.extend(part?);
        }
    }
    done.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::in_pieces;

    #[test]
    fn pieces_come_back_in_order_and_errors_end_all() {
        let items: Vec<u32> = (0..1000).collect();
        let sums = in_pieces(&items, 7, |start, piece| {
            assert_eq!(piece[0], start as u32);
            Ok::<_, ()>(piece.to_vec())
        });
        assert_eq!(sums.unwrap().concat(), items);
        let none = in_pieces(&items[..0], 7, |_, piece| Ok::<_, ()>(piece.len()));
        assert_eq!(none, Ok(Vec::new()));
        let error = in_pieces(
            &items,
            7,
            |start, _| if start == 700 { Err(start) } else { Ok(()) },
        );
        assert_eq!(error, Err(700));
    }
}
