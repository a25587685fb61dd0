//! NOTIFY and SOA queries.

use super::*;
use crate::code_points::{Opcode, Rcode};
use crate::messages::options::Expire;
use crate::messages::{EdnsHeader, EdnsOption, Flags, MessageBuilder, Section};
use crate::transfer::{
    NotifyAction, NotifyRequest, NotifyRound, NotifySettings, NotifyTarget, SoaAnswerError,
    read_soa_answer, write_notify, write_soa_query,
};

fn heard(octets: &[u8]) -> Option<Result<Option<Serial>, Rcode>> {
    let message = Message::from_bytes(octets).unwrap();
    NotifyRequest::read(&message).map(|heard| heard.map(|heard| heard.serial))
}

#[test]
fn a_notify_tells_the_serial_if_it_has_one() {
    let zone = apex();
    let soa = Owned::soa(9);
    let told = |soa: Option<&Owned>| {
        let mut buffer = [0; 128];
        let soa = soa.map(Owned::stored);
        let soa = soa.as_ref();
        heard(write_notify(&mut buffer, 3, &zone.as_name(), Class::IN, soa).unwrap())
    };
    assert_eq!(told(None), Some(Ok(None)));
    assert_eq!(told(Some(&soa)), Some(Ok(Some(Serial(9)))));
}

#[test]
fn what_is_no_notify_of_a_zone_is_told_apart() {
    let zone = apex();
    let notify = Flags::default().with_opcode(Opcode::NOTIFY);
    let read = |flags, questions: &[Type]| {
        let mut buffer = [0; 128];
        let mut builder = MessageBuilder::<4>::new(&mut buffer, 3, flags).unwrap();
        for qtype in questions {
            builder
                .question(&zone.as_name(), *qtype, Class::IN)
                .unwrap();
        }
        heard(builder.finish())
    };
    assert_eq!(read(notify, &[Type::SOA]), Some(Ok(None)));
    assert_eq!(read(notify, &[Type::A]), Some(Err(Rcode::NOTIMP)));
    assert_eq!(read(notify, &[]), Some(Err(Rcode::FORMERR)));
    assert_eq!(
        read(notify, &[Type::SOA, Type::SOA]),
        Some(Err(Rcode::FORMERR))
    );
    assert_eq!(read(Flags::default(), &[Type::SOA]), None);
    assert_eq!(read(notify.with_response(true), &[Type::SOA]), None);
}

#[test]
fn waits_double_and_end() {
    let mut targets = [NotifyTarget::default(); 2];
    let mut round = NotifyRound::new(&mut targets[..], NotifySettings::default());
    round.changed(0, Serial(1));
    let mut now = 0;
    let mut told = Vec::new();
    let mut answered = false;
    while let Some(deadline) = round.next_deadline() {
        now = deadline;
        while let Some(action) = round.poll(now) {
            match action {
                NotifyAction::Send {
                    target: 0, before, ..
                } => told.push((now, before)),
                NotifyAction::Send { target, serial, .. } => {
                    assert!(!answered);
                    answered = round.answered(target, serial);
                }
                NotifyAction::GiveUp { target, .. } => assert_eq!(target, 0),
            }
        }
    }
    assert!(answered);
    assert_eq!(
        told,
        [(0, 0), (3000, 1), (9000, 2), (21_000, 3), (45_000, 4)]
    );
    assert_eq!(now, 93_000);
}

#[test]
fn changes_that_come_together_are_told_together() {
    let settings = NotifySettings {
        delay: 100,
        interval: 1000,
        ..Default::default()
    };
    let mut round = NotifyRound::new([NotifyTarget::default()], settings);
    for at in 0..50 {
        round.changed(at, Serial(at as u32));
    }
    assert_eq!(round.next_deadline(), Some(100));
    let send = |serial| {
        let serial = Serial(serial);
        Some(NotifyAction::Send {
            target: 0,
            serial,
            before: 0,
        })
    };
    assert_eq!(round.poll(100), send(49));
    // What comes while it is told starts anew, but not at once; an answer to the old version is none.
    round.changed(150, Serial(50));
    round.changed(160, Serial(51));
    assert!(!round.answered(0, Serial(49)));
    assert_eq!(round.next_deadline(), Some(1100));
    assert_eq!(round.poll(1100), send(51));
    assert!(round.answered(0, Serial(51)));
    assert_eq!(round.next_deadline(), None);
}

#[test]
fn soa_answers_are_read_strictly() {
    let zone = apex();
    let mut query = [0; 128];
    let query = write_soa_query(&mut query, 7, &zone.as_name(), Class::IN).unwrap();
    let query = Message::from_bytes(query).unwrap();
    assert_eq!(query.question().unwrap().qtype, Type::SOA);
    assert!(query.edns().is_some());

    let full = Flags::default()
        .with_response(true)
        .with_authoritative(true);
    let read = |id, flags: Flags, soa: Option<Owned>| {
        let mut buffer = [0; 256];
        let mut builder = MessageBuilder::<4>::new(&mut buffer, id, flags).unwrap();
        builder
            .question(&zone.as_name(), Type::SOA, Class::IN)
            .unwrap();
        if let Some(Owned { owner, data, .. }) = soa {
            builder
                .stored_record(
                    Section::Answer,
                    &owner.as_name(),
                    Type::SOA,
                    Class::IN,
                    1,
                    &data,
                )
                .unwrap();
        }
        let expire = EdnsOption::Expire(Expire { seconds: Some(77) });
        let header = EdnsHeader {
            rcode: flags.rcode(),
            ..Default::default()
        };
        builder.edns(&header, &[expire]).unwrap();
        read_soa_answer(builder.finish(), 7, &zone.as_name(), Class::IN)
    };
    let answer = read(7, full, Some(Owned::soa(6))).unwrap();
    assert_eq!((answer.serial, answer.expire), (Serial(6), Some(77)));
    let foreign = Err(SoaAnswerError::Foreign);
    assert_eq!(read(8, full, Some(Owned::soa(6))), foreign);
    assert_eq!(
        read(7, full.with_response(false), Some(Owned::soa(6))),
        foreign
    );
    let authority = full.with_authoritative(false);
    let error = Err(SoaAnswerError::NotAuthoritative);
    assert_eq!(read(7, authority, Some(Owned::soa(6))), error);
    assert_eq!(read(7, full, None), Err(SoaAnswerError::NoSoa));
    let other = Owned {
        owner: NameBuf::from_text("b.").unwrap(),
        ..Owned::soa(6)
    };
    assert_eq!(read(7, full, Some(other)), Err(SoaAnswerError::NoSoa));
    let refused = read(7, full.with_rcode(Rcode::REFUSED), None);
    assert_eq!(refused, Err(SoaAnswerError::Refused(Rcode::REFUSED)));
    let truncated = read(7, full.with_truncated(true), None);
    assert_eq!(truncated, Err(SoaAnswerError::NeedsStream));
}
