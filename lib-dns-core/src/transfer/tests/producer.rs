//! What producers write.

use super::*;
use crate::code_points::Rcode;
use crate::messages::options::Expire;
use crate::messages::{EdnsHeader, EdnsOption, Flags, MessageBuilder, OptionCode, Section};
use crate::transfer::ProducerError;

fn request(edns: bool, wanted: Wanted, read: impl FnOnce(&TransferRequest<'_>)) {
    let mut buffer = [0; 128];
    let zone = apex();
    let octets = if edns {
        let flags = Flags::default().with_recursion_desired(true);
        let mut builder = MessageBuilder::<4>::new(&mut buffer, ID, flags).unwrap();
        builder
            .question(&zone.as_name(), wanted.qtype(), Class::IN)
            .unwrap();
        builder.edns(&EdnsHeader::default(), &[]).unwrap();
        builder.finish()
    } else {
        TransferRequest::write(&mut buffer, ID, &zone.as_name(), Class::IN, wanted).unwrap()
    };
    let message = Message::from_bytes(octets).unwrap();
    read(&TransferRequest::read(&message).unwrap().unwrap());
}

#[test]
fn the_first_message_alone_has_the_question_and_opt() {
    request(true, Wanted::Whole, |request| {
        let envelope = Envelope::answering(request).with_limit(512);
        let soa = Owned::soa(1);
        let records = Dice(3).records(200);
        let mut producer = Producer::whole(soa.stored(), records.iter().map(Owned::stored));
        let mut buffer = [0; 1000];
        let mut count = 0;
        while let Some(message) = producer.next_message::<64>(&envelope, &mut buffer).unwrap() {
            let message = Message::from_bytes(message).unwrap();
            assert_eq!(message.question().is_some(), count == 0);
            assert_eq!(message.edns().is_some(), count == 0);
            let flags = message.flags();
            assert!(flags.response() && flags.authoritative() && flags.recursion_desired());
            assert_eq!(message.id(), ID);
            message.check().unwrap();
            count += 1;
        }
        assert!(count > 2);
    });
}

#[test]
fn the_first_message_tells_when_the_zone_expires() {
    request(true, Wanted::Whole, |request| {
        assert!(!request.asks_expire());
        let envelope = Envelope {
            expire: Some(77),
            ..Envelope::answering(request).with_limit(512)
        };
        let soa = Owned::soa(1);
        let records = Dice(3).records(50);
        let mut producer = Producer::whole(soa.stored(), records.iter().map(Owned::stored));
        let mut buffer = [0; 1000];
        let message = producer.next_message::<64>(&envelope, &mut buffer);
        let message = message.unwrap().unwrap();
        assert!(message.len() <= 512);
        let message = Message::from_bytes(message).unwrap();
        let option = message.edns().unwrap().option(OptionCode::EXPIRE).unwrap();
        let told = EdnsOption::Expire(Expire { seconds: Some(77) });
        assert_eq!(option.read().unwrap(), told);
    });
}

#[test]
fn room_is_kept_for_a_signature() {
    request(false, Wanted::Whole, |request| {
        let soa = Owned::soa(1);
        let records = Dice(4).records(200);
        let records = records.iter().map(Owned::stored);
        let mut producer = Producer::whole(soa.stored(), records);
        let envelope = Envelope::answering(request)
            .with_limit(1000)
            .with_reserve(100);
        let mut buffer = [0; 1000];
        while let Some(message) = producer.next_message::<64>(&envelope, &mut buffer).unwrap() {
            assert!(message.len() <= 900);
        }
    });
}

#[test]
fn messages_are_as_full_as_they_can_be() {
    let mut dice = Dice(6);
    let records = (0..300).map(|_| dice.record()).collect::<Vec<_>>();
    let messages = whole(&Owned::soa(1), &records, Wanted::Whole, 2000);
    let [full @ .., _] = &messages[..] else {
        panic!("no message");
    };
    // The longest record of the tests has some 420 octets.
    assert!(full.len() > 4 && full.iter().all(|message| message.len() > 1500));
}

#[test]
fn a_record_that_fits_no_message_ends_the_transfer() {
    request(false, Wanted::Whole, |request| {
        let soa = Owned::soa(1);
        let long = Owned::new("example.", Type(65_400), &[7; 600]);
        let mut producer = Producer::whole(soa.stored(), [long.stored()].into_iter());
        let envelope = Envelope::answering(request).with_limit(512);
        let mut buffer = [0; 512];
        let first = producer.next_message::<64>(&envelope, &mut buffer);
        assert!(first.unwrap().is_some());
        let second = producer.next_message::<64>(&envelope, &mut buffer);
        assert_eq!(
            second.unwrap_err(),
            ProducerError::RecordTooLong(Type(65_400))
        );
        assert!(!producer.is_finished());
    });
}

#[test]
fn over_udp_it_fits_or_the_serial_is_all() {
    let since = Wanted::Since(Serial(5));
    let short = packed(&[Owned::soa(5), Owned::soa(6)]);
    let long = Dice(8).difference(5, 6, 100);
    for (octets, fits) in [(short, true), (long, false)] {
        request(false, since, |request| {
            let difference = Difference::from_bytes(&octets).unwrap();
            let all = Differences::between(Serial(5), Serial(6), [difference].into_iter()).unwrap();
            let producer = Producer::incremental(difference.new_soa(), all);
            let envelope = Envelope::answering(request).with_limit(512);
            let mut buffer = [0; 512];
            let message = producer.only_message::<64>(&envelope, &mut buffer).unwrap();
            let view = Message::from_bytes(message).unwrap();
            let taken = take(&[&message], since, Transport::Udp, Limits::default());
            if fits {
                assert_eq!(taken.unwrap().differences, std::slice::from_ref(&octets));
            } else {
                assert_eq!(view.section(Section::Answer).count(), 1);
                assert_eq!(taken.unwrap_err(), ConsumerError::NeedsStream);
            }
        });
    }
}

#[test]
fn who_has_the_newest_version_gets_one_record() {
    let since = Wanted::Since(Serial(7));
    let soa = Owned::soa(7);
    let messages = messages(Producer::up_to_date(soa.stored()), since, 512);
    assert_eq!(messages.len(), 1);
    let taken = take_stream(&messages, since).unwrap();
    assert_eq!((taken.style, taken.serial), (Style::UpToDate, Serial(7)));
}

#[test]
fn a_history_with_a_gap_is_not_sent() {
    let mut dice = Dice(9);
    let octets = [dice.difference(1, 2, 3), dice.difference(3, 4, 3)];
    let differences = octets
        .iter()
        .map(|octets| Difference::from_bytes(octets).unwrap());
    let between = |from, to| Differences::between(Serial(from), Serial(to), differences.clone());
    let broken = between(1, 4).unwrap_err();
    assert_eq!((broken.expected, broken.found), (Serial(2), Serial(3)));
    assert!(between(0, 4).is_err());
    let first = || differences.clone().take(1);
    assert!(Differences::between(Serial(1), Serial(2), first()).is_ok());
    assert!(Differences::between(Serial(1), Serial(3), first()).is_err());
}

#[test]
fn a_refusal_says_why() {
    request(true, Wanted::Whole, |request| {
        let mut buffer = [0; 128];
        let envelope = Envelope::answering(request);
        let refusal = envelope.refusal(&mut buffer, Rcode::NOTAUTH).unwrap();
        let message = Message::from_bytes(refusal).unwrap();
        assert_eq!(message.rcode(), Rcode::NOTAUTH);
        assert!(message.edns().is_some() && message.question().is_some());
        let error = take_stream(&[refusal], Wanted::Whole).unwrap_err();
        assert_eq!(error, ConsumerError::Refused(Rcode::NOTAUTH));
    });
}

#[test]
fn requests_that_are_none_are_told_apart() {
    let zone = apex();
    let mut buffer = [0; 128];
    let mut query = |qtype, flags| {
        let mut builder = MessageBuilder::<4>::new(&mut buffer, ID, flags).unwrap();
        builder.question(&zone.as_name(), qtype, Class::IN).unwrap();
        let message = Message::from_bytes(builder.finish()).unwrap();
        TransferRequest::read(&message).map(|request| request.map(|request| request.wanted))
    };
    let plain = Flags::default();
    assert_eq!(query(Type::AXFR, plain), Ok(Some(Wanted::Whole)));
    assert_eq!(query(Type::SOA, plain), Ok(None));
    assert_eq!(query(Type::AXFR, plain.with_response(true)), Ok(None));
    // Without the version that the asker has.
    assert_eq!(query(Type::IXFR, plain), Err(Rcode::FORMERR));
}
