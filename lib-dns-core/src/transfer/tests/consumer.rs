//! What the consumer refuses, and what it makes of odd servers.

use super::*;
use crate::code_points::Rcode;
use crate::messages::{Flags, MessageBuilder, Section};
use crate::transfer::{BrokenChain, NextStep};

/// One message with these records.
fn answer(records: &[Owned]) -> Vec<u8> {
    answer_with(records, ID, Flags::default().with_response(true), Class::IN)
}

fn answer_with(records: &[Owned], id: u16, flags: Flags, class: Class) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let mut builder = MessageBuilder::<16>::new(&mut buffer, id, flags).unwrap();
    for Owned {
        owner,
        rtype,
        ttl,
        data,
    } in records
    {
        let owner = owner.as_name();
        builder
            .stored_record(Section::Answer, &owner, *rtype, class, *ttl, data)
            .unwrap();
    }
    builder.finish().to_vec()
}

fn a(owner: &str) -> Owned {
    Owned::new(owner, Type::A, &[10, 0, 0, 1])
}

fn soa(serial: u32) -> Owned {
    Owned::soa(serial)
}

const SINCE_5: Wanted = Wanted::Since(Serial(5));

fn error(wanted: Wanted, records: &[Owned]) -> ConsumerError {
    take_stream(&[answer(records)], wanted).unwrap_err()
}

#[test]
fn foreign_messages_are_refused() {
    let good = [soa(1), soa(1)];
    let response = Flags::default().with_response(true);
    let error = |id, flags, class| {
        let message = answer_with(&good, id, flags, class);
        take_stream(&[message], Wanted::Whole).err()
    };
    assert_eq!(error(ID, response, Class::IN), None);
    assert_eq!(
        error(1, response, Class::IN),
        Some(ConsumerError::WrongId(1))
    );
    let flags = Flags::default();
    assert_eq!(
        error(ID, flags, Class::IN),
        Some(ConsumerError::NotAResponse)
    );
    let flags = response.with_opcode(crate::code_points::Opcode::NOTIFY);
    assert!(matches!(
        error(ID, flags, Class::IN),
        Some(ConsumerError::WrongOpcode(_))
    ));
    let class = Class::CH;
    assert_eq!(
        error(ID, response, class),
        Some(ConsumerError::WrongClass(class))
    );
    let flags = response.with_rcode(Rcode::SERVFAIL);
    let refused = ConsumerError::Refused(Rcode::SERVFAIL);
    assert_eq!(error(ID, flags, Class::IN), Some(refused));
}

#[test]
fn a_question_may_be_missing_but_not_another() {
    let message = |name: &str, qtype| {
        let mut buffer = [0; 512];
        let flags = Flags::default().with_response(true);
        let mut builder = MessageBuilder::<16>::new(&mut buffer, ID, flags).unwrap();
        let name = NameBuf::from_text(name).unwrap();
        builder.question(&name.as_name(), qtype, Class::IN).unwrap();
        for _ in 0..2 {
            let (apex, data) = (apex(), soa(1).data);
            builder
                .stored_record(
                    Section::Answer,
                    &apex.as_name(),
                    Type::SOA,
                    Class::IN,
                    1,
                    &data,
                )
                .unwrap();
        }
        take_stream(&[builder.finish().to_vec()], Wanted::Whole).err()
    };
    assert_eq!(message("EXAMPLE.", Type::AXFR), None);
    let wrong = Some(ConsumerError::WrongQuestion);
    assert_eq!(message("example.", Type::IXFR), wrong);
    assert_eq!(message("other.", Type::AXFR), wrong);
}

#[test]
fn an_answer_starts_and_ends_with_the_same_soa_record() {
    let whole = Wanted::Whole;
    assert_eq!(error(whole, &[]), ConsumerError::EmptyMessage);
    assert_eq!(
        error(whole, &[a("example.")]),
        ConsumerError::NoSoa(Type::A)
    );
    let other = Owned {
        owner: NameBuf::from_text("b.").unwrap(),
        ..soa(1)
    };
    assert_eq!(error(whole, &[other]), ConsumerError::NoSoa(Type::SOA));
    assert_eq!(
        error(whole, &[soa(1), a("example.")]),
        ConsumerError::CutOff
    );
    assert_eq!(
        error(whole, &[soa(1), a("example."), soa(2)]),
        ConsumerError::OtherEnd
    );
    let mut same_serial = soa(1);
    *same_serial.data.last_mut().unwrap() = 1;
    assert_eq!(
        error(whole, &[soa(1), same_serial]),
        ConsumerError::OtherEnd
    );
    let after = [soa(1), soa(1), a("example.")];
    assert_eq!(error(whole, &after), ConsumerError::RecordsAfterEnd);

    let mut other_case = soa(1);
    other_case.data.make_ascii_uppercase();
    assert!(take_stream(&[answer(&[soa(1), other_case])], whole).is_ok());
}

#[test]
fn a_message_after_the_end_or_an_error_is_refused() {
    let good = answer(&[soa(1), soa(1)]);
    let twice = take_stream(&[&good, &good], Wanted::Whole);
    assert_eq!(twice.unwrap_err(), ConsumerError::Over);

    let mut consumer = consumer(Wanted::Whole, Transport::Stream, Limits::default());
    let mut scratch = [0; 1024];
    assert!(consumer.message(&[], &mut scratch).is_err());
    assert_eq!(
        consumer.message(&good, &mut scratch).err(),
        Some(ConsumerError::Over)
    );
    assert!(!consumer.is_done());
}

#[test]
fn events_that_nobody_asked_for_are_missed() {
    let mut consumer = consumer(Wanted::Whole, Transport::Stream, Limits::default());
    let mut scratch = [0; 1024];
    let first = answer(&[soa(1), a("a.example."), a("b.example.")]);
    let mut events = consumer.message(&first, &mut scratch).unwrap();
    events.next().unwrap();
    let last = answer(&[soa(1)]);
    assert_eq!(
        consumer.message(&last, &mut scratch).err(),
        Some(ConsumerError::Over)
    );
}

#[test]
fn records_must_belong_into_the_zone() {
    let with = |record| error(Wanted::Whole, &[soa(1), record, soa(1)]);
    assert_eq!(with(a("example.org.")), ConsumerError::OutOfZone(Type::A));
    assert_eq!(with(a("anexample.")), ConsumerError::OutOfZone(Type::A));
    assert_eq!(with(a(".")), ConsumerError::OutOfZone(Type::A));
    let below = Owned {
        owner: NameBuf::from_text("sub.example.").unwrap(),
        ..soa(1)
    };
    assert_eq!(with(below), ConsumerError::OutOfZone(Type::SOA));
    for rtype in [Type(0), Type::ANY, Type::AXFR, Type(128)] {
        let meta = Owned::new("example.", rtype, &[]);
        assert_eq!(with(meta), ConsumerError::MetaType(rtype));
    }
    let short = Owned::new("example.", Type::A, &[1, 2, 3]);
    assert!(matches!(with(short), ConsumerError::Wire(_)));
}

#[test]
fn differences_must_lead_from_our_version_to_the_newest() {
    let chain = |records: &[Owned]| take_stream(&[answer(records)], SINCE_5);
    let taken = chain(&[soa(8), soa(5), soa(7), soa(7), soa(8), soa(8)]).unwrap();
    assert_eq!(
        (taken.style, taken.differences.len()),
        (Style::Incremental, 2)
    );

    let broken = |expected, found| {
        let (expected, found) = (Serial(expected), Serial(found));
        Err(ConsumerError::BrokenChain(BrokenChain { expected, found }))
    };
    // From another version, with a gap, backwards, beyond the newest.
    assert_eq!(chain(&[soa(8), soa(6), soa(8), soa(8)]), broken(5, 6));
    assert_eq!(
        chain(&[soa(8), soa(5), soa(6), soa(7), soa(8), soa(8)]),
        broken(6, 7)
    );
    let back = ConsumerError::NotNewer {
        from: Serial(5),
        to: Serial(4),
    };
    assert_eq!(chain(&[soa(8), soa(5), soa(4)]), Err(back));
    assert_eq!(
        chain(&[soa(8), soa(5), soa(9), soa(8), soa(8)]),
        broken(9, 8)
    );
    // It never gets there.
    assert_eq!(chain(&[soa(8), soa(5), soa(7)]), Err(ConsumerError::CutOff));
    assert_eq!(
        chain(&[soa(8), soa(5), soa(8), a("example.")]),
        Err(ConsumerError::CutOff)
    );
}

#[test]
fn the_whole_zone_is_an_answer_to_ixfr() {
    let records = [soa(8), a("example."), soa(8)];
    let taken = take_stream(&[answer(&records)], SINCE_5).unwrap();
    assert_eq!((taken.style, taken.records.len()), (Style::Whole, 2));
    // Even if it is nothing but its SOA record.
    let taken = take_stream(&[answer(&[soa(8), soa(8)])], SINCE_5).unwrap();
    assert_eq!((taken.style, taken.records.len()), (Style::Whole, 1));
    // The first record may stand in a message of its own.
    let parts = [answer(&records[..1]), answer(&records[1..])];
    assert_eq!(take_stream(&parts, SINCE_5).unwrap().style, Style::Whole);
}

#[test]
fn a_server_without_a_newer_version_is_brief() {
    for serial in [5, 4, 0x8000_0005] {
        for records in [
            vec![soa(serial)],
            vec![soa(serial), a("example."), soa(serial)],
        ] {
            let taken = take_stream(&[answer(&records)], SINCE_5).unwrap();
            assert_eq!(
                (taken.style, taken.serial),
                (Style::UpToDate, Serial(serial))
            );
            assert!(taken.records.is_empty());
        }
    }
    // A newer version alone is only the beginning, over a stream.
    assert_eq!(error(SINCE_5, &[soa(6)]), ConsumerError::CutOff);
}

#[test]
fn a_datagram_is_all_or_leads_to_a_stream() {
    let udp = |flags: Flags, records: &[Owned]| {
        let flags = flags.with_response(true);
        let message = answer_with(records, ID, flags, Class::IN);
        take(&[message], SINCE_5, Transport::Udp, Limits::default())
    };
    let plain = Flags::default();
    let whole = [soa(8), soa(5), soa(8), soa(8)];
    assert_eq!(udp(plain, &whole).unwrap().style, Style::Incremental);
    assert_eq!(udp(plain, &[soa(5)]).unwrap().style, Style::UpToDate);
    for (flags, records) in [
        (plain, &[soa(8)][..]),
        (plain, &whole[..3]),
        (plain.with_truncated(true), &whole[..]),
        (plain.with_truncated(true), &[]),
    ] {
        let error = udp(flags, records).unwrap_err();
        assert_eq!(error, ConsumerError::NeedsStream);
        assert_eq!(error.next_step(SINCE_5, Transport::Udp), NextStep::Stream);
    }
}

#[test]
fn limits_are_errors() {
    let records = [soa(1), a("a.example."), a("b.example."), soa(1)];
    let take = |records_max, octets_max| {
        let limits = Limits {
            records: records_max,
            octets: octets_max,
        };
        take(
            &[answer(&records)],
            Wanted::Whole,
            Transport::Stream,
            limits,
        )
        .err()
    };
    assert_eq!(take(4, 1000), None);
    assert_eq!(take(3, 1000), Some(ConsumerError::TooManyRecords));
    assert_eq!(take(4, 30), Some(ConsumerError::TooManyOctets));
    let error = ConsumerError::TooManyRecords;
    assert_eq!(
        error.next_step(SINCE_5, Transport::Stream),
        NextStep::GiveUp
    );
}

#[test]
fn scratch_that_is_too_small_is_an_error() {
    let mut consumer = consumer(Wanted::Whole, Transport::Stream, Limits::default());
    let mut scratch = [0; 40];
    let octets = answer(&[
        soa(1),
        Owned::new("example.", Type::MX, b"\0\x01\x07example\0"),
        soa(1),
    ]);
    let mut events = consumer.message(&octets, &mut scratch).unwrap();
    assert_eq!(events.next(), Err(ConsumerError::ScratchTooSmall));
    assert_eq!(events.next(), Err(ConsumerError::Over));
}

#[test]
fn who_does_not_know_ixfr_is_asked_for_the_whole_zone() {
    let stream = Transport::Stream;
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP, Rcode::REFUSED] {
        let refused = ConsumerError::Refused(rcode);
        assert_eq!(refused.next_step(SINCE_5, stream), NextStep::Whole);
        assert_eq!(refused.next_step(Wanted::Whole, stream), NextStep::GiveUp);
    }
    let refused = ConsumerError::Refused(Rcode::SERVFAIL);
    assert_eq!(refused.next_step(SINCE_5, stream), NextStep::GiveUp);
    let odd = ConsumerError::RecordsAfterEnd;
    assert_eq!(odd.next_step(SINCE_5, stream), NextStep::Whole);
    assert_eq!(odd.next_step(Wanted::Whole, stream), NextStep::GiveUp);
}
