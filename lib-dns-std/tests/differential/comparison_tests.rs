//! The comparison itself is tested: it must see each kind of difference, and no difference where there is
//! none. The messages are written by hand and no server is needed.

use crate::agreement::{Exchange, Said};
use crate::dns_name::DnsName;
use crate::landscape::Landscape;
use crate::questions::Question;
use crate::rtype;

/// The parts of a message, for variation.
#[derive(Clone)]
struct Draft {
    flags: [u8; 2],
    sections: [Vec<Vec<u8>>; 3],
}

impl Draft {
    /// An alias, its target's two addresses, and the name server.
    fn sound() -> Draft {
        let target = DnsName::from_plain_text("b.test").to_wire();
        let server = DnsName::from_plain_text("ns.test").to_wire();
        Draft {
            flags: [0x84, 0],
            sections: [
                vec![
                    record("a.test", rtype::CNAME, 300, &target),
                    record("b.test", rtype::A, 300, &[192, 0, 2, 1]),
                    record("b.test", rtype::A, 300, &[192, 0, 2, 2]),
                ],
                vec![record("cut.test", rtype::NS, 300, &server)],
                vec![record("ns.test", rtype::A, 300, &[192, 0, 2, 53])],
            ],
        }
    }

    fn octets(&self) -> Vec<u8> {
        let mut octets = question().to_wire(7);
        octets[2..4].copy_from_slice(&self.flags);
        for (section, count) in self.sections.iter().zip([6, 8, 10]) {
            octets[count + 1] = u8::try_from(section.len()).expect("drafts are short");
            octets.extend(section.concat());
        }
        octets
    }

    fn said(&self) -> Said {
        Said::read(Some(self.octets()), &Landscape::default())
    }
}

fn question() -> Question {
    Question::plain(DnsName::from_plain_text("a.test"), rtype::A)
}

fn record(owner: &str, rtype: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut octets = DnsName::from_plain_text(owner).to_wire();
    octets.extend_from_slice(&rtype.to_be_bytes());
    octets.extend_from_slice(&[0, 1]);
    octets.extend_from_slice(&ttl.to_be_bytes());
    octets.extend_from_slice(
        &u16::try_from(data.len())
            .expect("data is short")
            .to_be_bytes(),
    );
    octets.extend_from_slice(data);
    octets
}

/// What the comparison says of `ours` when all peers send the sound draft.
fn fault(ours: Said) -> Option<String> {
    let question = question();
    let peers = [
        Draft::sound().said(),
        Draft::sound().said(),
        Draft::sound().said(),
    ];
    let exchange = Exchange {
        question: &question,
        peers,
        ours: Some(ours),
    };
    assert!(exchange.peers_agree());
    exchange
        .fault(&Landscape::default())
        .map(|fault| fault.to_string())
}

fn fault_of(change: impl FnOnce(&mut Draft)) -> Option<String> {
    let mut draft = Draft::sound();
    change(&mut draft);
    fault(draft.said())
}

#[test]
fn equal_responses_are_equal() {
    assert_eq!(fault_of(|_| ()), None);
}

#[test]
fn order_within_a_set_and_case_do_not_count() {
    assert_eq!(fault_of(|draft| draft.sections[0].swap(1, 2)), None);
    let shouted = record("B.TEST", rtype::A, 300, &[192, 0, 2, 1]);
    assert_eq!(fault_of(|draft| draft.sections[0][1] = shouted), None);
    let target = DnsName::from_plain_text("B.Test").to_wire();
    assert_eq!(
        fault_of(|draft| draft.sections[0][0] = record("a.test", rtype::CNAME, 300, &target)),
        None
    );
}

#[test]
fn every_difference_is_seen() {
    let header = Some("Header is not what all peers say".to_owned());
    assert_eq!(fault_of(|draft| draft.flags[1] = 3), header, "RCODE");
    assert_eq!(fault_of(|draft| draft.flags[0] = 0x80), header, "AA");
    assert_eq!(fault_of(|draft| draft.flags[0] |= 2), header, "TC");
    assert_eq!(fault_of(|draft| draft.flags[1] = 0x80), header, "RA");

    let answer = Some("Answer is not what all peers say".to_owned());
    assert_eq!(
        fault_of(|draft| drop(draft.sections[0].pop())),
        answer,
        "a record is missing"
    );
    assert_eq!(
        fault_of(|draft| draft.sections[0][2] = draft.sections[0][1].clone()),
        answer,
        "twice the same"
    );
    let (other_ttl, other_data) = (
        record("b.test", rtype::A, 299, &[192, 0, 2, 1]),
        [192, 0, 2, 9],
    );
    assert_eq!(
        fault_of(|draft| draft.sections[0][1] = other_ttl),
        answer,
        "TTL"
    );
    let other_data = record("b.test", rtype::A, 300, &other_data);
    assert_eq!(
        fault_of(|draft| draft.sections[0][1] = other_data),
        answer,
        "data"
    );

    let authority = Some("Authority is not what all peers say".to_owned());
    assert_eq!(
        fault_of(|draft| draft.sections[1].clear()),
        authority,
        "authority"
    );

    let courtesy = Some("lacks an additional address that all peers give".to_owned());
    assert_eq!(
        fault_of(|draft| draft.sections[2].clear()),
        courtesy,
        "address"
    );
    let invented = record("b.test", rtype::A, 300, &[203, 0, 113, 1]);
    let strange = Some("an additional address from nowhere".to_owned());
    assert_eq!(
        fault_of(|draft| draft.sections[2].push(invented)),
        strange,
        "address"
    );
}

#[test]
fn glue_is_what_lies_below_a_cut() {
    let landscape = Landscape {
        cuts: [DnsName::from_plain_text("ns.test")].into(),
        ..Landscape::default()
    };
    let read = |draft: &Draft| Said::read(Some(draft.octets()), &landscape);
    let mut without_glue = Draft::sound();
    without_glue.sections[2].clear();
    let question = question();
    let exchange = Exchange {
        question: &question,
        peers: [
            read(&Draft::sound()),
            read(&Draft::sound()),
            read(&Draft::sound()),
        ],
        ours: Some(read(&without_glue)),
    };
    let fault = exchange.fault(&landscape).map(|fault| fault.to_string());
    assert_eq!(fault.as_deref(), Some("Glue is not what all peers say"));
}

#[test]
fn aliases_must_come_in_order() {
    let alias = |from, to: &str| {
        record(
            from,
            rtype::CNAME,
            300,
            &DnsName::from_plain_text(to).to_wire(),
        )
    };
    let mut forward = Draft::sound();
    forward.sections[0] = vec![alias("a.test", "b.test"), alias("b.test", "c.test")];
    let mut backward = forward.clone();
    backward.sections[0].reverse();
    let question = question();
    let exchange = Exchange {
        question: &question,
        peers: [forward.said(), forward.said(), forward.said()],
        ours: Some(backward.said()),
    };
    let fault = exchange
        .fault(&Landscape::default())
        .map(|fault| fault.to_string());
    assert_eq!(fault.as_deref(), Some("Answer is not what all peers say"));
}

#[test]
fn silence_and_rubbish_are_faults() {
    assert!(fault(Said::Nothing).is_some());
    let mut cut_short = Draft::sound().octets();
    cut_short.pop();
    assert!(fault(Said::read(Some(cut_short), &Landscape::default())).is_some());
}

#[test]
fn a_response_longer_than_asked_for_is_a_fault() {
    let long =
        |draft: &mut Draft| draft.sections[2].push(record("b.test", rtype::TXT, 300, &[0; 500]));
    assert_eq!(
        fault_of(long).as_deref(),
        Some("longer than the client takes")
    );
}

#[test]
fn what_peers_differ_on_binds_nobody_but_the_rest_does() {
    let question = question();
    let mut other_answer = Draft::sound();
    other_answer.sections[0].pop();
    let exchange = |ours: Said| Exchange {
        question: &question,
        peers: [
            Draft::sound().said(),
            other_answer.said(),
            Draft::sound().said(),
        ],
        ours: Some(ours),
    };
    let mut none_of_these = Draft::sound();
    none_of_these.sections[0].remove(0);
    assert!(
        exchange(none_of_these.said())
            .fault(&Landscape::default())
            .is_none()
    );
    none_of_these.flags[1] = 2;
    assert!(
        exchange(none_of_these.said())
            .fault(&Landscape::default())
            .is_some()
    );
}
