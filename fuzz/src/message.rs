//! Messages: everything that can be looked at is looked at, and what is counted must be there.

use lib_dns_core::messages::{Header, Message, Section};

/// Runs the target.
pub fn run(octets: &[u8]) {
    assert_eq!(Header::read(octets).is_ok(), octets.len() >= 12);
    let Ok(message) = Message::from_bytes(octets) else {
        return;
    };
    assert_eq!(message.header(), Header::read(octets).unwrap());
    let counts = message.header().counts.map(usize::from);
    let _ = message.rcode();
    let _ = message.to_string();

    let questions: Vec<_> = message.questions().collect();
    assert!(questions.len() <= counts[0]);
    assert_eq!(questions.first(), message.question().map(Ok).as_ref());
    let mut sound = questions.iter().all(Result::is_ok);
    for (section, count) in Section::ALL.into_iter().zip(&counts[1..]) {
        let records: Vec<_> = message.section(section).collect();
        assert!(records.len() <= *count);
        // The first error ends the section.
        let errors = records.iter().filter(|record| record.is_err()).count();
        assert!(errors == usize::from(records.last().is_some_and(Result::is_err)));
        for record in records {
            let Ok(record) = record else {
                sound = false;
                continue;
            };
            assert!(record.data_octets().len() <= octets.len());
            assert!(record.ttl() <= record.raw_ttl());
            sound &= record.data().is_ok();
        }
    }

    let checked = message.check();
    assert_eq!(checked.is_ok(), sound, "{checked:?}");
    let Ok(checked) = checked else {
        return;
    };
    assert_eq!(checked.questions().count(), counts[0]);
    for (section, count) in Section::ALL.into_iter().zip(&counts[1..]) {
        assert_eq!(checked.section(section).count(), *count);
    }
    assert_eq!(checked.edns().is_some(), message.edns().is_some());
}
