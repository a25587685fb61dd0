//! Nanoseconds.

use std::time::{Duration, Instant};

/// Long enough that reading the clock does not count, short enough that few batches meet an
/// interruption.
const BATCH: Duration = Duration::from_millis(1);
const BATCHES: usize = 101;

/// Nanoseconds that a round takes: the median of several batches, so that a busy machine that
/// disturbs less than half of them does no harm.
pub fn of_round(round: &mut dyn FnMut()) -> f64 {
    let rounds = rounds_in_batch(round);
    let mut batches: Vec<Duration> = (0..BATCHES).map(|_| batch(round, rounds)).collect();
    batches.sort_unstable();
    batches[BATCHES / 2].as_nanos() as f64 / f64::from(rounds)
}

fn rounds_in_batch(round: &mut dyn FnMut()) -> u32 {
    let mut rounds = 1;
    while batch(round, rounds) < BATCH && rounds < 1 << 24 {
        rounds *= 2;
    }
    rounds
}

fn batch(round: &mut dyn FnMut(), rounds: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        round();
    }
    start.elapsed()
}
