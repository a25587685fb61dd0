//! The core allocates nothing, counted call by call.

use lib_dns_benches::allocations::{self, Allocations, CountingAllocator};
use lib_dns_core::code_points::Class;
use lib_dns_core::zone::{MAX_SCRATCH_LEN, Scanner, Step};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const NOTHING: Allocations = Allocations {
    calls: 0,
    octets: 0,
};

#[track_caller]
fn assert_none(mut round: impl FnMut()) {
    let counted = allocations::of_round(&mut round).expect("the counting allocator is in use");
    assert_eq!(counted, NOTHING);
}

#[test]
fn the_count_sees_an_allocation() {
    let mut round = || drop(black_box(vec![1u8, 2, 3]));
    let counted = allocations::of_round(&mut round).unwrap();
    assert_eq!((counted.calls, counted.octets), (1, 3));
}

/// Whole and piece by piece, errors and generated records included.
#[test]
fn scanning_a_zone_allocates_nothing() {
    let mut scratch = vec![0; 2 * MAX_SCRATCH_LEN];
    for (text, records) in [
        (
            &include_bytes!("../../examples/zones/sovereign.zone")[..],
            15,
        ),
        (
            b"$ORIGIN test.\n$TTL 1\n$GENERATE 1-50 h$ A 192.0.2.$\nx A nonsense\ny TXT \"z",
            50,
        ),
    ] {
        for piece in [text.len(), 100] {
            let mut found = 0;
            assert_none(|| found = scan(text, piece, &mut scratch));
            assert!(found >= records, "{found} records");
        }
    }
}

/// Reads a text in pieces and counts its records.
fn scan(text: &[u8], piece: usize, scratch: &mut [u8]) -> usize {
    let mut scanner = Scanner::new(Class::IN, None);
    let (mut start, mut end) = (0, piece.min(text.len()));
    let mut records = 0;
    loop {
        let mut rest = &text[start..end];
        let step = scanner.next(&mut rest, end == text.len(), scratch);
        start = end - rest.len();
        match step {
            Ok(Step::Record(record)) => {
                black_box(record);
                records += 1;
            }
            Ok(Step::More) => end = text.len().min(end + piece),
            Ok(Step::End) => return records,
            Ok(Step::Include(_)) => {}
            Err(error) => {
                black_box(error);
            }
        }
    }
}
