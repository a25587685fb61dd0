//! What local clients are answered.

use lib_dns_core::cache::HashKey;
use lib_dns_core::code_points::{Class, InfoCode, Rcode};
use lib_dns_core::messages::options::ExtendedError;
use lib_dns_core::messages::{EdnsOption, Flags, Message, MessageBuilder, OptionCode, Section};
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::NegativeMetadata;
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_core::zone::image::{ImageError, ImagePart};
use lib_dns_embedded::node::{
    Answer, AnswerCounts, Answers, CacheStorage, Heard, ImageRefused, NotHeard,
};

use crate::lent::{DEVICE, SOVEREIGN, Toy, WITH_NSEC3, apex, hash_of, lines, name, query, storage};

const NODE: NodeId = NodeId([7; 32]);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn answers(image: &'static [u8]) -> Answers<'static> {
    let mut answers = Answers::new(NODE, apex(), HashKey([1, 2]), storage());
    answers.set_image(image, &hash_of(image), &Toy).unwrap();
    answers
}

/// With an upstream for what lies below the cut of its image.
fn forwarding() -> Answers<'static> {
    let mut answers = answers(DEVICE);
    answers.set_upstream(apex());
    answers
}

fn sent(answers: &mut Answers<'_>, seconds: u64, query: &[u8]) -> Vec<u8> {
    let mut out = [0; 512];
    match answers.answer(at(seconds), 0xabcd, query, &mut out) {
        Answer::Send(response) => response.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn asked(answers: &mut Answers<'_>, seconds: u64, query: &[u8]) -> Vec<u8> {
    let mut out = [0; 512];
    match answers.answer(at(seconds), 0xabcd, query, &mut out) {
        Answer::Ask(sent) => sent.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn settled(answers: &mut Answers<'_>, seconds: u64, query: &[u8]) -> Vec<u8> {
    let mut out = [0; 512];
    answers
        .settle(at(seconds), query, &mut out)
        .unwrap()
        .to_vec()
}

fn hear(
    answers: &mut Answers<'_>,
    seconds: u64,
    sent: &[u8],
    response: &[u8],
) -> Result<Heard, NotHeard> {
    answers.heard(at(seconds), sent, response, &mut [0; 512])
}

type Stored<'a> = (Section, &'a str, Type, u32, &'a [u8]);

const SOA: &[u8] = b"\0\0\0\0\0\x05\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\x0e\x10";

/// What an upstream answers to a query.
fn response(sent: &[u8], rcode: Rcode, records: &[Stored<'_>]) -> Vec<u8> {
    let sent = Message::from_bytes(sent).unwrap();
    let question = sent.question().unwrap();
    let flags = Flags::default().with_response(true).with_rcode(rcode);
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<8>::new(&mut buffer, sent.id(), flags).unwrap();
    builder
        .question(&question.name, question.qtype, Class::IN)
        .unwrap();
    for (section, owner, rtype, ttl, data) in records {
        let owner = name(owner);
        builder
            .stored_record(*section, &owner.as_name(), *rtype, Class::IN, *ttl, data)
            .unwrap();
    }
    builder.finish().to_vec()
}

fn rcode(response: &[u8]) -> Rcode {
    Message::from_bytes(response).unwrap().rcode()
}

fn reason(response: &[u8]) -> Option<InfoCode> {
    let edns = Message::from_bytes(response).unwrap().edns()?;
    match edns.option(OptionCode::EDE)?.read() {
        Ok(EdnsOption::ExtendedError(ExtendedError { code, .. })) => Some(code),
        _ => None,
    }
}

#[test]
fn the_zone_in_flash_is_answered_with_authority() {
    let mut answers = answers(SOVEREIGN);
    assert_eq!(answers.serial(), Some(Serial(2026011701)));
    let expected = [
        ("alice.sovereign.", Type::A, &["10.42.1.5"][..]),
        ("ALICE.sovereign.", Type::AAAA, &["fd00:6d65:7368:1::5"]),
        (
            "_zhtp._quic.alice.sovereign.",
            Type::SRV,
            &[
                "10 100 9333 alice.sovereign.",
                "20 100 9333 alice-backup.sovereign.",
            ],
        ),
        (
            "sovereign.",
            Type::NS,
            &["ns1.sovereign.", "ns2.sovereign.", "ns3.sovereign."],
        ),
    ];
    for (owner, rtype, data) in expected {
        let response = sent(&mut answers, 0, &query(owner, rtype, false));
        assert!(
            Message::from_bytes(&response)
                .unwrap()
                .flags()
                .authoritative()
        );
        let lines = lines(&response, Section::Answer);
        assert_eq!(lines.len(), data.len(), "{lines:?}");
        for (line, data) in lines.iter().zip(data) {
            assert!(line.ends_with(data), "{line}");
        }
    }
    for (owner, rcode_of) in [
        ("nobody.sovereign.", Rcode::NXDOMAIN),
        ("ns1.sovereign.", Rcode::NOERROR),
    ] {
        let response = sent(&mut answers, 0, &query(owner, Type::MX, false));
        assert_eq!(rcode(&response), rcode_of);
        assert_eq!(lines(&response, Section::Answer), [""; 0]);
        assert_eq!(lines(&response, Section::Authority).len(), 1, "the SOA");
    }
    let refused = sent(&mut answers, 0, &query("example.org.", Type::A, false));
    let why = (rcode(&refused), reason(&refused));
    assert_eq!(why, (Rcode::REFUSED, Some(InfoCode::NOT_AUTHORITATIVE)));
    let counts = answers.counts();
    assert_eq!((counts.from_image, counts.errors), (6, 1));
}

#[test]
fn an_image_is_served_only_if_it_is_the_right_one() {
    let mut small = CacheStorage::<8, 256, 8>::EMPTY;
    let mut answers = Answers::new(NODE, apex(), HashKey([1, 2]), &mut small);
    let mut out = [0; 512];
    let query = query("alice.sovereign.", Type::A, false);
    let Answer::Send(response) = answers.answer(at(0), 0, &query, &mut out) else {
        panic!("an answer is due");
    };
    let why = (rcode(response), reason(response));
    assert_eq!(why, (Rcode::SERVFAIL, Some(InfoCode::NOT_READY)));

    let mut take = |image, hash: &[u8; 32]| answers.set_image(image, hash, &Toy);
    let is_other = ImageRefused::Image(ImageError::Digest(ImagePart::Whole));
    assert_eq!(take(SOVEREIGN, &hash_of(DEVICE)), Err(is_other));
    assert_eq!(take(SOVEREIGN, &hash_of(SOVEREIGN)), Ok(Serial(2026011701)));
    let older = take(DEVICE, &hash_of(DEVICE));
    assert_eq!(older, Err(ImageRefused::Older));
    assert_eq!(
        answers.serial(),
        Some(Serial(2026011701)),
        "that is still served"
    );

    let signed = name("signed.sovereign.");
    let zone = lib_dns_core::zone::image::ZoneImage::from_octets(WITH_NSEC3).unwrap();
    let zone = lib_dns_core::zone::ZoneLookup::apex(&zone);
    let mut of_that = Answers::new(NODE, zone, HashKey([1, 2]), storage());
    let refused = of_that.set_image(WITH_NSEC3, &hash_of(WITH_NSEC3), &Toy);
    assert_eq!(refused, Err(ImageRefused::Nsec3));
    let mut of_other = Answers::new(NODE, signed.as_name(), HashKey([1, 2]), storage());
    let refused = of_other.set_image(SOVEREIGN, &hash_of(SOVEREIGN), &Toy);
    assert_eq!(refused, Err(ImageRefused::OtherZone));
}

#[test]
fn without_an_upstream_what_lies_below_a_cut_is_referred() {
    let query = query("x.sub.sovereign.", Type::A, false);
    let response = sent(&mut answers(DEVICE), 0, &query);
    assert_eq!(rcode(&response), Rcode::NOERROR);
    let authority = lines(&response, Section::Authority);
    assert_eq!(authority, ["sub.sovereign. 60 NS ns.sub.sovereign."]);
}

#[test]
fn what_the_image_does_not_have_is_asked_once_and_then_known() {
    let mut answers = forwarding();
    let query = query("x.sub.sovereign.", Type::A, false);
    let question = asked(&mut answers, 0, &query);
    let heard = response(
        &question,
        Rcode::NOERROR,
        &[(
            Section::Answer,
            "X.sub.sovereign.",
            Type::A,
            300,
            &[10, 0, 0, 9],
        )],
    );
    assert_eq!(hear(&mut answers, 1, &question, &heard), Ok(Heard::Kept));
    let answered = settled(&mut answers, 1, &query);
    let message = Message::from_bytes(&answered).unwrap();
    assert_eq!(message.id(), 0x1234);
    assert!(message.flags().recursion_available() && !message.flags().authoritative());
    assert_eq!(
        lines(&answered, Section::Answer),
        ["x.sub.sovereign. 300 A 10.0.0.9"]
    );
    let again = sent(&mut answers, 101, &query);
    assert_eq!(
        lines(&again, Section::Answer),
        ["x.sub.sovereign. 200 A 10.0.0.9"]
    );
    // Its TTL has ended, and no signature proves that it was right once.
    asked(&mut answers, 301, &query);
    let counts = AnswerCounts {
        from_cache: 2,
        asked: 2,
        ..AnswerCounts::default()
    };
    assert_eq!(answers.counts(), counts);
}

#[test]
fn a_ttl_of_0_answers_who_asked() {
    let mut answers = forwarding();
    let query = query("x.sub.sovereign.", Type::A, false);
    let question = asked(&mut answers, 0, &query);
    let heard = response(
        &question,
        Rcode::NOERROR,
        &[(
            Section::Answer,
            "x.sub.sovereign.",
            Type::A,
            0,
            &[10, 0, 0, 9],
        )],
    );
    assert_eq!(hear(&mut answers, 0, &question, &heard), Ok(Heard::Kept));
    assert_eq!(
        lines(&settled(&mut answers, 0, &query), Section::Answer).len(),
        1
    );
    asked(&mut answers, 1, &query);
}

#[test]
fn aliases_are_followed_and_end_at_what_the_image_has() {
    let mut answers = forwarding();
    let query = query("www.sub.sovereign.", Type::A, false);
    let question = asked(&mut answers, 0, &query);
    let (x, alice) = (name("x.sub.sovereign."), name("alice.sovereign."));
    let heard = response(
        &question,
        Rcode::NOERROR,
        &[
            (
                Section::Answer,
                "www.sub.sovereign.",
                Type::CNAME,
                60,
                x.as_bytes(),
            ),
            (
                Section::Answer,
                "x.sub.sovereign.",
                Type::CNAME,
                50,
                alice.as_bytes(),
            ),
            // Not what the image says.
            (
                Section::Answer,
                "alice.sovereign.",
                Type::A,
                600,
                &[6, 6, 6, 6],
            ),
        ],
    );
    assert_eq!(hear(&mut answers, 0, &question, &heard), Ok(Heard::Kept));
    assert_eq!(
        lines(&settled(&mut answers, 0, &query), Section::Answer),
        [
            "www.sub.sovereign. 60 CNAME x.sub.sovereign.",
            "x.sub.sovereign. 50 CNAME alice.sovereign."
        ]
    );
    let direct = crate::lent::query("alice.sovereign.", Type::A, false);
    assert_eq!(
        lines(&sent(&mut answers, 0, &direct), Section::Answer),
        ["alice.sovereign. 60 A 10.42.1.5"]
    );
}

#[test]
fn absence_is_remembered_for_a_minute_and_says_who_did_not_find_it() {
    let mut answers = forwarding();
    let query = query("y.sub.sovereign.", Type::A, true);
    let question = asked(&mut answers, 0, &query);
    let none = response(
        &question,
        Rcode::NXDOMAIN,
        &[(Section::Authority, "sub.sovereign.", Type::SOA, 3600, SOA)],
    );
    assert_eq!(hear(&mut answers, 0, &question, &none), Ok(Heard::Kept));
    let answered = sent(&mut answers, 10, &query);
    assert_eq!(rcode(&answered), Rcode::NXDOMAIN);
    assert_eq!(reason(&answered), Some(InfoCode::NO_REACHABLE_AUTHORITY));
    let soa = lines(&answered, Section::Authority);
    // Ten seconds and some milliseconds are over: absence is counted in units of 64.
    assert_eq!(soa, ["sub.sovereign. 49 SOA . . 5 1 1 1 3600"]);
    let edns = Message::from_bytes(&answered).unwrap().edns().unwrap();
    let Ok(EdnsOption::Zdns(zdns)) = edns.option(OptionCode::ZDNS).unwrap().read() else {
        panic!("the option can be read");
    };
    let metadata = NegativeMetadata::from_items(&zdns.items).unwrap();
    assert_eq!(metadata.responding_node, NODE);
    // Below 60 seconds it is known, then it is asked again.
    sent(&mut answers, 59, &query);
    asked(&mut answers, 60, &query);

    // NODATA is of one type.
    let of_type = |rtype| crate::lent::query("z.sub.sovereign.", rtype, false);
    let question = asked(&mut answers, 100, &of_type(Type::AAAA));
    let none = response(
        &question,
        Rcode::NOERROR,
        &[(Section::Authority, "sub.sovereign.", Type::SOA, 3600, SOA)],
    );
    assert_eq!(hear(&mut answers, 100, &question, &none), Ok(Heard::Kept));
    let answered = sent(&mut answers, 100, &of_type(Type::AAAA));
    assert_eq!(rcode(&answered), Rcode::NOERROR);
    asked(&mut answers, 100, &of_type(Type::A));
    answers.zone_updated(&name("sub.sovereign.").as_name());
    asked(&mut answers, 100, &of_type(Type::AAAA));
    assert_eq!(answers.counts().absent, 3);
}

#[test]
fn what_is_no_answer_to_the_query_is_not_heard() {
    let mut answers = forwarding();
    let query = query("x.sub.sovereign.", Type::A, false);
    let question = asked(&mut answers, 0, &query);
    let record = (
        Section::Answer,
        "x.sub.sovereign.",
        Type::A,
        300,
        &[10, 0, 0, 9][..],
    );
    let right = response(&question, Rcode::NOERROR, &[record]);
    let mut foreign = Vec::new();
    let mut other_id = right.clone();
    other_id[0] ^= 1;
    foreign.push(other_id);
    let mut no_response = right.clone();
    no_response[2] &= 0x7f;
    foreign.push(no_response);
    let mut other_question = right.clone();
    other_question[13] = b'z';
    foreign.push(other_question);
    foreign.push(right[..20].to_vec());
    for octets in foreign {
        let heard = hear(&mut answers, 0, &question, &octets);
        assert_eq!(heard, Err(NotHeard::Foreign), "{octets:x?}");
    }
    let mut cut_off = right.clone();
    cut_off[2] |= 2;
    let heard = hear(&mut answers, 0, &question, &cut_off);
    assert_eq!(heard, Err(NotHeard::Truncated));
    // Nobody is believed about what the image has, nor about names of which nobody was to be asked.
    for text in ["alice.sovereign.", "example.org."] {
        let question = crate::lent::query(text, Type::A, false);
        let forged = (Section::Answer, text, Type::A, 300, &[6, 6, 6, 6][..]);
        let heard = hear(
            &mut answers,
            0,
            &question,
            &response(&question, Rcode::NOERROR, &[forged]),
        );
        assert_eq!(heard, Err(NotHeard::Foreign));
    }
    asked(&mut answers, 0, &query);
    assert_eq!(hear(&mut answers, 0, &question, &right), Ok(Heard::Kept));
}

#[test]
fn failures_and_silence_leave_the_upstream_alone_for_a_while() {
    let mut answers = forwarding();
    let query = query("x.sub.sovereign.", Type::A, false);
    let question = asked(&mut answers, 0, &query);
    let useless = [
        response(&question, Rcode::SERVFAIL, &[]),
        response(&question, Rcode::NXDOMAIN, &[]),
        response(
            &question,
            Rcode::NOERROR,
            &[(Section::Authority, "sub.sovereign.", Type::NS, 60, b"\0")],
        ),
    ];
    for (turn, octets) in useless.iter().enumerate() {
        let now = 1000 * turn as u64;
        let heard = hear(&mut answers, now, &question, octets);
        assert_eq!(heard, Ok(Heard::Useless));
        let failed = sent(&mut answers, now, &query);
        let why = (rcode(&failed), reason(&failed));
        assert_eq!(why, (Rcode::SERVFAIL, Some(InfoCode::CACHED_ERROR)));
        asked(&mut answers, now + 60, &query);
    }
    // It says nothing at all: other questions have to wait as well.
    let other = crate::lent::query("y.sub.sovereign.", Type::A, false);
    answers.unanswered(at(5000));
    let failed = sent(&mut answers, 5004, &other);
    let why = (rcode(&failed), reason(&failed));
    assert_eq!(
        why,
        (Rcode::SERVFAIL, Some(InfoCode::NO_REACHABLE_AUTHORITY))
    );
    asked(&mut answers, 5005, &other);
    answers.unanswered(at(5005));
    sent(&mut answers, 5014, &other);
    asked(&mut answers, 5015, &other);
}

#[test]
fn what_does_not_fit_is_cut_off_by_whole_rrsets() {
    let mut answers = forwarding();
    let query = query("x.sub.sovereign.", Type::TXT, false);
    let question = asked(&mut answers, 0, &query);
    let long = [&[200][..], &[b'x'; 200]].concat();
    let heard = response(
        &question,
        Rcode::NOERROR,
        &[(Section::Answer, "x.sub.sovereign.", Type::TXT, 300, &long)],
    );
    assert_eq!(hear(&mut answers, 0, &question, &heard), Ok(Heard::Kept));
    let mut small = [0; 240];
    let Answer::Send(response) = answers.answer(at(0), 0, &query, &mut small) else {
        panic!("an answer is due");
    };
    let message = Message::from_bytes(response).unwrap();
    assert!(message.flags().truncated());
    assert_eq!(message.header().counts[1], 0);
    // Without any room there is no answer, and what is no query gets none.
    let mut none = [0; 11];
    assert_eq!(answers.answer(at(0), 0, &query, &mut none), Answer::Nothing);
    assert_eq!(
        answers.answer(at(0), 0, &heard, &mut small),
        Answer::Nothing
    );
    assert_eq!(answers.counts().ignored, 2);
}
