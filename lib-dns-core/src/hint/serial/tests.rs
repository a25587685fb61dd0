use super::super::airtime::{Bandwidth, Modulation, SpreadingFactor};
use super::*;
use proptest::prelude::*;
use std::string::ToString;
use std::vec::Vec;

const UPDATE: &[u8] = b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36";

fn hello() -> RadioHello<'static> {
    RadioHello {
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        power_dbm: 14,
        firmware: "node 1.0",
    }
}

/// The octets of the messages on the line, worked out by another implementation of COBS and the CRC.
#[test]
fn golden_octets() {
    let to_radio: [(ToRadio<'_>, &[u8]); 4] = [
        (ToRadio::Hello, b"\0\x07\x01\x01\x28\x13\xc5\x2f\0"),
        (
            ToRadio::Transmit {
                number: 0x0102,
                frame: UPDATE,
            },
            b"\0\x13\x01\x02\x01\x02\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\x0a\x9a\xce\x37\0",
        ),
        (
            ToRadio::Sense { number: 7 },
            b"\0\x03\x01\x03\x06\x07\x83\x93\xda\x05\0",
        ),
        (ToRadio::Count, b"\0\x07\x01\x04\xa7\xe7\xaf\x5f\0"),
    ];
    for (message, octets) in to_radio {
        let mut room = [0; MAX_WRITTEN_LEN];
        assert_eq!(message.write(&mut room), Some(octets), "{message:?}");
        let whole = messages(octets);
        assert_eq!(ToRadio::read(whole[0].as_ref().unwrap()), Ok(message));
    }
    let counts = RadioCounts {
        heard: 1,
        damaged: 2,
        sent: 3,
        failed: 4,
        line_errors: 5,
        recoveries: 6,
    };
    let from_radio: [(FromRadio<'_>, &[u8]); 6] = [
        (
            FromRadio::Hello(hello()),
            b"\0\x07\x01\x81\x33\xd3\xe6\x08\x06\x01\xe8\x48\x09\x05\x0f\x08\x0enode 1.0\x14\x7a\xa4\x75\0",
        ),
        (
            FromRadio::Transmitted {
                number: 7,
                outcome: Outcome::Done,
            },
            b"\0\x03\x01\x82\x02\x07\x05\xda\x36\x53\xf3\0",
        ),
        (
            FromRadio::Sensed {
                number: 7,
                found: Sensed::Busy,
            },
            b"\0\x03\x01\x83\x07\x07\x01\x29\x61\xe8\x3c\0",
        ),
        (
            FromRadio::Counts(counts),
            b"\0\x03\x01\x84\x01\x01\x02\x01\x01\x01\x02\x02\x01\x01\x02\x03\x01\x01\x02\x04\x01\x01\x02\x05\
              \x01\x01\x06\x06\x33\x67\x25\x94\0",
        ),
        (
            FromRadio::Heard {
                rssi_dbm: -113,
                snr_quarter_db: -21,
                frame: b"\x02\x7f\x3a\x8b\x2c\x02",
            },
            b"\0\x10\x01\x85\xff\x8f\xeb\x02\x7f\x3a\x8b\x2c\x02\x8a\xf5\x55\xfb\0",
        ),
        (
            FromRadio::Log {
                level: LogLevel::Warn,
                text: "über",
            },
            b"\0\x0d\x01\x86\x01\xc3\xbcber\x0f\x20\xd1\x9d\0",
        ),
    ];
    for (message, octets) in from_radio {
        let mut room = [0; MAX_WRITTEN_LEN];
        assert_eq!(message.write(&mut room), Some(octets), "{message:?}");
        let whole = messages(octets);
        assert_eq!(FromRadio::read(whole[0].as_ref().unwrap()), Ok(message));
    }
}

/// All that comes out of a line.
fn messages(octets: &[u8]) -> Vec<Result<Vec<u8>, SerialError>> {
    let mut line = Line::new();
    let mut found = Vec::new();
    for octet in octets {
        found.extend(line.push(*octet).map(|whole| whole.map(<[u8]>::to_vec)));
    }
    found
}

#[test]
fn the_longest_message_fits_and_a_longer_one_is_passed_over() {
    let frame = [0xa5; 255];
    let longest = FromRadio::Heard {
        rssi_dbm: -1,
        snr_quarter_db: -1,
        frame: &frame,
    };
    let mut room = [0; MAX_WRITTEN_LEN];
    let written = longest.write(&mut room).unwrap().to_vec();
    // Not one zero in it, so every distance is there.
    assert!(written.len() >= MAX_WRITTEN_LEN - 1);
    let whole = messages(&written);
    assert_eq!(whole[0].as_ref().unwrap().len(), MAX_MESSAGE_LEN);
    assert_eq!(FromRadio::read(whole[0].as_ref().unwrap()), Ok(longest));
    assert_eq!(longest.write(&mut [0; 100]), None);

    let mut octets = [b"\0".as_slice(), &[7; 1000]].concat();
    octets.extend(&written);
    let found = messages(&octets);
    assert_eq!(found[0], Err(SerialError::TooLong));
    assert!(found[1].is_ok());
}

#[test]
fn what_has_no_meaning_is_told() {
    for (octets, error) in [
        (&b""[..], SerialError::Body),
        (b"\x01", SerialError::Body),
        (b"\x02\x01", SerialError::UnknownVersion(2)),
        (b"\x01\x09", SerialError::UnknownKind(9)),
        (b"\x01\x81", SerialError::UnknownKind(0x81)),
        (b"\x01\x01\x00", SerialError::Body),
        (b"\x01\x02\x00\x07", SerialError::Body),
        (b"\x01\x03\x00", SerialError::Body),
    ] {
        assert_eq!(ToRadio::read(octets), Err(error), "{octets:02x?}");
    }
    for (octets, error) in [
        (&b"\x01\x01"[..], SerialError::UnknownKind(1)),
        (b"\x01\x82\x00\x07\x04", SerialError::Body),
        (b"\x01\x83\x00\x07\x03", SerialError::Body),
        (b"\x01\x85\xff\x8f", SerialError::Body),
        (b"\x01\x86\x01\xff", SerialError::Body),
    ] {
        assert_eq!(FromRadio::read(octets), Err(error), "{octets:02x?}");
    }
    assert_eq!(
        SerialError::UnknownVersion(2).to_string(),
        "of version 2, while 1 is known here"
    );
    let too_long = ToRadio::Transmit {
        number: 1,
        frame: &[0; 28],
    };
    assert_eq!(too_long.write(&mut [0; MAX_WRITTEN_LEN]), None);
}

#[test]
fn texts_that_are_too_long_are_cut_between_characters() {
    let text = "ü".repeat(100);
    let mut room = [0; MAX_WRITTEN_LEN];
    let log = FromRadio::Log {
        level: LogLevel::Info,
        text: &text,
    };
    let written = log.write(&mut room).unwrap();
    let whole = messages(written);
    let Ok(FromRadio::Log { text, .. }) = FromRadio::read(whole[0].as_ref().unwrap()) else {
        panic!();
    };
    assert_eq!(text, "ü".repeat(64));
}

#[test]
fn damage_costs_one_message() {
    let mut room = [0; MAX_WRITTEN_LEN];
    let good = ToRadio::Sense { number: 7 }
        .write(&mut room)
        .unwrap()
        .to_vec();
    let transmit = ToRadio::Transmit {
        number: 1,
        frame: UPDATE,
    };
    let mut room = [0; MAX_WRITTEN_LEN];
    let written = transmit.write(&mut room).unwrap();
    for at in 0..written.len() {
        for bit in 0..8 {
            let mut damaged = written.to_vec();
            damaged[at] ^= 1 << bit;
            damaged.extend(&good);
            let found = messages(&damaged);
            let whole: Vec<_> = found
                .iter()
                .flatten()
                .map(|message| ToRadio::read(message))
                .collect();
            let expected = Ok(ToRadio::Sense { number: 7 });
            // A zero that was changed does no harm where another one stands.
            assert!(
                whole.last() == Some(&expected) && whole.len() <= 2,
                "{at} {bit}"
            );
            assert!(whole.len() == 1 || whole[0] == Ok(transmit), "{at} {bit}");
        }
        // An octet may be missing as well.
        let mut damaged = written.to_vec();
        damaged.remove(at);
        damaged.extend(&good);
        let last = messages(&damaged).pop().unwrap();
        assert_eq!(
            ToRadio::read(&last.unwrap()),
            Ok(ToRadio::Sense { number: 7 })
        );
    }
}

proptest! {
    #[test]
    fn whatever_came_before_the_next_message_is_read(
        noise in prop::collection::vec(any::<u8>(), 0..600),
        rssi_dbm: i16, snr_quarter_db: i8,
        frame in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..256),
    ) {
        let message = FromRadio::Heard { rssi_dbm, snr_quarter_db, frame: &frame };
        let mut room = [0; MAX_WRITTEN_LEN];
        let written = message.write(&mut room).unwrap();
        let inner = &written[1..written.len() - 1];
        prop_assert!(!inner.contains(&0));
        let mut octets = noise.clone();
        octets.extend(written);
        let last = messages(&octets).pop().unwrap().unwrap();
        prop_assert_eq!(FromRadio::read(&last), Ok(message));
    }

    #[test]
    fn hellos_and_logs_come_back(power_dbm: i8, frequency_hz: u32, firmware in "[ -~]{0,32}", text in "[ -~]{0,128}") {
        let hello = FromRadio::Hello(RadioHello { power_dbm, frequency_hz, firmware: &firmware, ..hello() });
        let log = FromRadio::Log { level: LogLevel::Debug, text: &text };
        for message in [hello, log] {
            let mut room = [0; MAX_WRITTEN_LEN];
            let whole = messages(message.write(&mut room).unwrap());
            prop_assert_eq!(FromRadio::read(whole[0].as_ref().unwrap()), Ok(message));
        }
    }
}
