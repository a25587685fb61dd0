//! What was produced is consumed as it was, and nothing else is.

use super::*;

/// The smallest message that every record of the tests fits into.
const SMALL: usize = 512;

#[test]
fn a_zone_arrives_as_it_was() {
    let mut dice = Dice(5936);
    for round in 0..300 {
        let soa = Owned::soa(round);
        let records = dice.records(200);
        let limit = SMALL + dice.below(3000);
        let wanted = match round % 2 {
            0 => Wanted::Whole,
            _ => Wanted::Since(Serial(round.wrapping_sub(1))),
        };
        let messages = whole(&soa, &records, wanted, limit);
        let taken = take_stream(&messages, wanted).unwrap();
        assert_eq!((taken.style, taken.serial), (Style::Whole, Serial(round)));
        assert_eq!(taken.records[0], soa);
        assert_eq!(taken.records[1..], records);
    }
}

#[test]
fn a_history_arrives_as_it_was() {
    let mut dice = Dice(1995);
    for round in 0..300 {
        // Across the end of the circle.
        let from = (round as u32).wrapping_sub(150);
        let steps = 1 + dice.below(6);
        let mut at = from;
        let mut differences = Vec::new();
        for _ in 0..steps {
            let to = at.wrapping_add(1 + dice.below(5) as u32);
            differences.push(dice.difference(at, to, 30));
            at = to;
        }
        let limit = SMALL + dice.below(3000);
        let messages = incremental(&differences, from, limit);
        let taken = take_stream(&messages, Wanted::Since(Serial(from))).unwrap();
        assert_eq!(
            (taken.style, taken.serial),
            (Style::Incremental, Serial(at))
        );
        assert_eq!(taken.differences, differences);
    }
}

/// Some answers of each kind, with what was asked.
fn answers() -> Vec<(Wanted, Vec<Vec<u8>>)> {
    let mut dice = Dice(9103);
    let mut answers = Vec::new();
    for _ in 0..2 {
        let records = dice.records(20);
        let (soa, since) = (Owned::soa(7), Wanted::Since(Serial(5)));
        answers.push((Wanted::Whole, whole(&soa, &records, Wanted::Whole, SMALL)));
        answers.push((since, whole(&soa, &records, since, SMALL)));
        let history = [dice.difference(5, 6, 8), dice.difference(6, 7, 8)];
        answers.push((since, incremental(&history, 5, SMALL)));
    }
    answers
}

#[test]
fn an_answer_that_lacks_messages_is_never_whole() {
    for (wanted, messages) in answers() {
        assert!(take_stream(&messages, wanted).is_ok());
        for kept in 0..messages.len() {
            let cut = take_stream(&messages[..kept], wanted);
            assert_eq!(cut.unwrap_err(), ConsumerError::CutOff);
        }
        for lost in 0..messages.len() {
            let mut some = messages.clone();
            some.remove(lost);
            if let Ok(taken) = take_stream(&some, wanted) {
                // A message in the middle holds records only: what lies between is for TCP and TSIG to keep.
                assert!(lost > 0 && lost + 1 < messages.len());
                assert!(taken.style != Style::UpToDate);
            }
        }
    }
}

#[test]
fn an_answer_that_lacks_octets_is_never_whole() {
    for (wanted, messages) in answers() {
        for (index, message) in messages.iter().enumerate() {
            for len in 0..message.len() {
                let mut cut = messages[..index].to_vec();
                cut.push(message[..len].to_vec());
                cut.extend_from_slice(&messages[index + 1..]);
                assert!(take_stream(&cut, wanted).is_err());
            }
        }
    }
}

/// Where an octet differs, the answer is refused, or it means something else in exactly that place. It never
/// makes the consumer panic, and never takes away the end.
#[test]
fn no_octet_makes_the_consumer_panic() {
    let mut dice = Dice(1035);
    for (wanted, messages) in answers() {
        for index in 0..messages.len() {
            for at in 0..messages[index].len() {
                let mut other = messages.clone();
                other[index][at] ^= 1 << dice.below(8);
                let mut short = other.clone();
                short.pop();
                let _ = take_stream(&other, wanted);
                if let Ok(taken) = take_stream(&short, wanted) {
                    // Only a server that has nothing newer may be brief.
                    assert!(taken.style == Style::UpToDate || index + 1 < messages.len());
                }
            }
        }
    }
}

#[test]
fn random_octets_are_no_answer() {
    let mut dice = Dice(1);
    for _ in 0..20_000 {
        let len = dice.below(80);
        let mut octets = (0..len).map(|_| dice.roll() as u8).collect::<Vec<_>>();
        // Most would fail in the header otherwise.
        let head = [
            0x12,
            0x67,
            0x84,
            0,
            0,
            0,
            0,
            dice.below(4) as u8,
            0,
            0,
            0,
            0,
        ];
        for (octet, good) in octets.iter_mut().zip(head) {
            *octet = good;
        }
        assert!(take_stream(&[octets], Wanted::Whole).is_err());
    }
}
