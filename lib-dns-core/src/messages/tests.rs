use super::options::{ExtendedError, Nsid};
use super::*;
use crate::code_points::{Class, InfoCode, Opcode, Rcode};
use crate::name::NameBuf;
use crate::rr_data::{A, DataTokens, Mx, RData, Srv, Type};
use crate::text::Tokens;
use crate::wire::{Form, Part, Reader, WireErrorKind, WriteError, Writer};
use proptest::prelude::*;
use std::string::ToString;
use std::vec::Vec;

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

fn sample(buffer: &mut [u8]) -> &mut [u8] {
    let flags = Flags::default()
        .with_response(true)
        .with_authoritative(true);
    let (host, mail) = (name("host.example."), name("mail.host.example."));
    let mut builder = MessageBuilder::<48>::new(buffer, 0x1234, flags).unwrap();
    builder
        .question(&host.as_name(), Type::MX, Class::IN)
        .unwrap();
    let mx = Mx {
        preference: 10,
        exchange: mail.as_name(),
    };
    builder
        .record(Section::Answer, &host.as_name(), Class::IN, 300, &mx)
        .unwrap();
    for last in 1..4 {
        builder
            .stored_record(
                Section::Additional,
                &mail.as_name(),
                Type::A,
                Class::IN,
                60,
                &[192, 0, 2, last],
            )
            .unwrap();
    }
    let edns = EdnsHeader {
        rcode: Rcode::BADVERS,
        dnssec_ok: true,
        ..EdnsHeader::default()
    };
    let error = ExtendedError {
        code: InfoCode::STALE_ANSWER,
        text: b"stale: 9s",
    };
    builder
        .edns(&edns, &[Nsid { id: b"n1" }.into(), error.into()])
        .unwrap();
    builder.finish()
}

#[test]
fn what_is_built_reads_back() {
    let mut buffer = [0; 512];
    let message = Message::from_bytes(sample(&mut buffer)).unwrap();
    assert_eq!(message.header().counts, [1, 1, 0, 4]);
    assert_eq!(message.rcode(), Rcode::BADVERS);
    let checked = message.check().unwrap();
    let (record, data) = checked.section(Section::Answer).next().unwrap();
    assert_eq!(
        record.to_string(),
        "host.example. 300 IN MX 10 mail.host.example."
    );
    assert!(matches!(data, RData::Mx(mx) if mx.preference == 10));
    assert_eq!(record.data_octets(), b"\x00\x0a\x04mail\xc0\x0c");
    let owners: Vec<_> = message
        .section(Section::Additional)
        .flatten()
        .map(|record| record.owner().to_string())
        .collect();
    assert_eq!(
        owners,
        [
            "mail.host.example.",
            "mail.host.example.",
            "mail.host.example.",
            "."
        ]
    );
    let edns = message.edns().unwrap();
    assert!(edns.dnssec_ok() && edns.udp_size == 1232);
    assert_eq!(edns.option(OptionCode::NSID).unwrap().octets(), b"n1");
}

#[test]
fn it_prints_as_dig_does() {
    let mut buffer = [0; 512];
    let message = Message::from_bytes(sample(&mut buffer)).unwrap();
    let expected = ";; ->>HEADER<<- opcode: QUERY, status: BADVERS, id: 4660\n\
        ;; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 4\n\n\
        ;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags: do; udp: 1232\n; NSID: 6e 31 (\"n1\")\n\
        ; EDE: 3 (Stale Answer): (stale: 9s)\n\
        ;; QUESTION SECTION:\n;host.example.\t\t\tIN\tMX\n\n\
        ;; ANSWER SECTION:\nhost.example.\t\t300\tIN\tMX\t10 mail.host.example.\n\n\
        ;; ADDITIONAL SECTION:\n\
        mail.host.example.\t60\tIN\tA\t192.0.2.1\n\
        mail.host.example.\t60\tIN\tA\t192.0.2.2\n\
        mail.host.example.\t60\tIN\tA\t192.0.2.3\n\n";
    assert_eq!(message.to_string(), expected);
}

#[test]
fn every_cut_is_refused_and_so_is_every_leftover() {
    let mut buffer = [0; 512];
    let octets = sample(&mut buffer).to_vec();
    for cut in 0..octets.len() {
        assert!(Message::from_bytes(&octets[..cut]).is_err(), "{cut}");
    }
    let mut longer = octets;
    longer.push(0);
    let error = Message::from_bytes(&longer).unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Leftover(Part::Message));
}

/// A header, and records of type and owner octets without data.
fn bare(counts: [u8; 4], records: &[(&[u8], u16)]) -> Vec<u8> {
    let mut octets = std::vec![0; 4];
    octets.extend(counts.iter().flat_map(|count| [0, *count]));
    for (owner, rtype) in records {
        octets.extend_from_slice(owner);
        octets.extend_from_slice(&rtype.to_be_bytes());
        octets.extend_from_slice(&[0; 8]);
    }
    octets
}

#[test]
fn opt_and_tsig_out_of_place_are_refused() {
    let kind = |octets: Vec<u8>| {
        Message::from_bytes(&octets)
            .map(|_| ())
            .map_err(|error| error.kind)
    };
    let root: &[u8] = &[0];
    assert_eq!(kind(bare([0, 0, 0, 1], &[(root, 41)])), Ok(()));
    assert_eq!(
        kind(bare([0, 0, 0, 2], &[(root, 41), (root, 41)])),
        Err(WireErrorKind::DuplicateOpt)
    );
    assert_eq!(
        kind(bare([0, 1, 0, 0], &[(root, 41)])),
        Err(WireErrorKind::MisplacedOpt)
    );
    assert_eq!(
        kind(bare([0, 0, 0, 1], &[(b"\x01a\0", 41)])),
        Err(WireErrorKind::MisplacedOpt)
    );
    assert_eq!(
        kind(bare([0, 0, 0, 2], &[(root, 250), (root, 41)])),
        Err(WireErrorKind::MisplacedSignature)
    );
    assert_eq!(kind(bare([0, 0, 0, 2], &[(root, 41), (root, 250)])), Ok(()));
}

#[test]
fn a_sig_that_covers_no_type_must_be_last() {
    let message = |covered: u8, counts: [u8; 4]| {
        let mut octets = bare(counts, &[(&[0], 24)]);
        let len = octets.len();
        octets[len - 1] = 2;
        octets.extend_from_slice(&[0, covered]);
        octets
    };
    for (covered, counts, wanted) in [
        (0, [0, 0, 0, 1], None),
        (0, [0, 1, 0, 0], Some(WireErrorKind::MisplacedSignature)),
        (1, [0, 1, 0, 0], None),
    ] {
        let octets = message(covered, counts);
        let kind = Message::from_bytes(&octets).err().map(|error| error.kind);
        assert_eq!(kind, wanted);
    }
}

#[test]
fn the_empty_data_of_an_update_is_read() {
    for (class, fine) in [(255, true), (254, true), (1, false)] {
        let mut octets = bare([0, 0, 1, 0], &[(&[0], 1)]);
        octets[16] = class;
        let message = Message::from_bytes(&octets).unwrap();
        assert_eq!(message.check().is_ok(), fine);
    }
}

#[test]
fn an_owner_is_the_same_name_however_it_is_pointed_to() {
    // In full, pointed to, its parent pointed to twice, and in full again.
    let owners: [(&[u8], u16); 5] = [
        (b"\x01a\x01b\x00", 65280),
        (b"\xc0\x0c", 65280),
        (b"\xc0\x0e", 65280),
        (b"\xc0\x0e", 65280),
        (b"\x01a\x01b\x00", 65280),
    ];
    let octets = bare([0, 5, 0, 0], &owners);
    let message = Message::from_bytes(&octets).unwrap();
    let read: Vec<_> = message
        .section(Section::Answer)
        .map(|record| record.unwrap().owner().to_string())
        .collect();
    assert_eq!(read, ["a.b.", "a.b.", "b.", "b.", "a.b."]);
}

#[test]
fn a_message_is_at_most_65535_octets() {
    let mut buffer = std::vec![0; 70_000];
    let mut builder = MessageBuilder::<0>::new(&mut buffer, 1, Flags::default()).unwrap();
    builder.set_limit(70_000);
    let owner = name("a.").as_name().wire_len();
    assert_eq!(builder.room(), 65_535 - 12);
    let fill = [0; 65_535];
    let record = |builder: &mut MessageBuilder<'_, 0>, len: usize| {
        let (owner, rtype) = (name("a."), Type(65280));
        builder.stored_record(
            Section::Answer,
            &owner.as_name(),
            rtype,
            Class::IN,
            1,
            &fill[..len],
        )
    };
    let most = 65_535 - 12 - owner - 10;
    assert_eq!(record(&mut builder, most + 1), Err(WriteError::NoRoom));
    assert_eq!(record(&mut builder, most), Ok(()));
    assert!(Message::from_bytes(builder.finish()).is_ok());
    assert_eq!(
        Message::from_bytes(&std::vec![0; 65_536]).unwrap_err().kind,
        WireErrorKind::MessageTooLong
    );
}

/// Reads random packets in every way; says how many had the structure of a message.
///
/// Half of them are noise behind a header, half a real message with some octets replaced.
fn read_random_packets(count: u32) -> u32 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
    };
    let mut buffer = [0; 512];
    let real = sample(&mut buffer).to_vec();
    let mut sound = 0;
    let mut out = [0; 512];
    for round in 0..count {
        let mut packet = real.clone();
        if round % 2 == 0 {
            packet.truncate(12 + (random() % 100) as usize);
            packet.iter_mut().for_each(|octet| *octet = random() as u8);
            // Small counts, or else nearly every packet ends before its first section does.
            for count in packet[4..12].chunks_mut(2) {
                count.copy_from_slice(&[0, (random() % 3) as u8]);
            }
        } else {
            for _ in 0..1 + random() % 4 {
                let at = (random() as usize) % packet.len();
                packet[at] = random() as u8;
            }
        }
        let Ok(message) = Message::from_bytes(&packet) else {
            continue;
        };
        sound += 1;
        let _ = message.check();
        let mut builder = MessageBuilder::<16>::new(&mut out, 1, message.flags()).unwrap();
        for section in Section::ALL {
            for record in message.section(section).flatten() {
                let owner = record.owner();
                if let Ok(data) = record.data() {
                    let _ = builder.record(section, &owner, record.class(), record.ttl(), &data);
                }
            }
        }
        let _ = Message::from_bytes(builder.finish()).map(|built| built.check().is_ok());
        if let Some(edns) = message.edns() {
            edns.options().for_each(|option| {
                let _ = option.read();
            });
        }
        if round % 8 < 2 {
            let _ = message.to_string();
        }
    }
    sound
}

#[test]
fn random_packets_are_read_or_refused() {
    assert!(read_random_packets(50_000) > 10_000);
}

#[test]
#[ignore = "takes long in a debug build; run it with --release"]
fn a_million_random_packets_are_read_or_refused() {
    let sound = read_random_packets(1_000_000);
    std::println!("{sound} of 1000000 random packets have the structure of a message");
}

#[test]
fn counts_bound_the_reading_and_size_nothing() {
    let mut octets = std::vec![0xff; 12];
    octets.extend_from_slice(&[0, 0, 1, 0, 1]);
    assert!(Message::from_bytes(&octets).is_err());
    assert_eq!(Header::read(&octets).unwrap().counts, [u16::MAX; 4]);
}

#[test]
fn a_name_that_points_at_itself_is_an_error_once() {
    let octets = b"\0\0\0\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01";
    assert!(Message::from_bytes(octets).is_err());
    // A second question is read when it is looked at.
    let octets = b"\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\x01\0\x01\xc0\x11\0\x01\0\x01";
    let message = Message::from_bytes(octets).unwrap();
    assert!(
        message
            .question()
            .is_some_and(|question| question.name.is_root())
    );
    assert_eq!(message.questions().filter(Result::is_err).count(), 1);
    assert!(message.check().is_err());
}

#[test]
fn an_rrset_that_does_not_fit_goes_whole() {
    let owner = name("host.example.");
    let mut buffer = [0; 80];
    let mut builder = MessageBuilder::<48>::new(&mut buffer, 1, Flags::default()).unwrap();
    builder
        .question(&owner.as_name(), Type::A, Class::IN)
        .unwrap();
    builder.set_reserve(11);
    let mark = builder.mark();
    let mut written = 0;
    let error = loop {
        let a = A {
            address: [192, 0, 2, 1].into(),
        };
        match builder.record(Section::Answer, &owner.as_name(), Class::IN, 1, &a) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((written, error), (2, WriteError::NoRoom));
    builder.rewind(mark);
    assert_eq!(builder.counts(), [1, 0, 0, 0]);
    builder.edns(&EdnsHeader::default(), &[]).unwrap();
    assert_eq!(
        builder.question(&owner.as_name(), Type::A, Class::IN),
        Err(WriteError::OutOfOrder)
    );
    let message = Message::from_bytes(builder.finish()).unwrap();
    assert_eq!(message.header().counts, [1, 0, 0, 1]);
}

/// The length 0xFFFE made the predecessor of this library panic.
#[test]
fn an_option_longer_than_its_record_is_refused() {
    let mut octets = bare([0, 0, 0, 1], &[(&[0], 41)]);
    let len = octets.len();
    octets[len - 1] = 4;
    octets.extend_from_slice(&[0, 3, 0xff, 0xfe]);
    assert!(Message::from_bytes(&octets).is_err());
}

#[test]
fn flags_and_opcodes_keep_to_their_bits() {
    let flags = Flags(0xffff)
        .with_opcode(Opcode::QUERY)
        .with_rcode(Rcode::BADVERS);
    assert_eq!(
        (flags.opcode(), flags.rcode()),
        (Opcode::QUERY, Rcode::NOERROR)
    );
    assert_eq!(flags.with_opcode(Opcode::UPDATE).opcode(), Opcode::UPDATE);
    assert_eq!(flags.to_string(), "qr aa tc rd ra ad cd");
    assert!(!flags.with_truncated(false).truncated());
}

#[test]
fn a_frame_that_cannot_fit_is_told() {
    let mut framing = Framing::new([0u8; 8]);
    framing.room()[..2].copy_from_slice(&[0, 7]);
    framing.filled(2);
    assert_eq!(framing.next(), Err(FrameError::TooLong { len: 7 }));
}

proptest! {
    #[test]
    fn any_cut_of_a_stream_gives_the_same_messages(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10),
        piece in 1usize..20,
    ) {
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|message| [&(message.len() as u16).to_be_bytes(), &message[..]].concat())
            .collect();
        let mut framing = Framing::new(std::vec![0; 64]);
        let mut read = Vec::new();
        for piece in stream.chunks(piece) {
            framing.room()[..piece.len()].copy_from_slice(piece);
            framing.filled(piece.len());
            while let Some(message) = framing.next().unwrap() {
                read.push(message.to_vec());
            }
        }
        prop_assert!(!framing.is_within_message());
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn mutated_messages_are_refused_or_read_and_print(
        at in 0usize..130, value in any::<u8>(), at2 in 0usize..130, value2 in any::<u8>(),
    ) {
        let mut buffer = [0; 512];
        let octets = sample(&mut buffer);
        for (at, value) in [(at, value), (at2, value2)] {
            if let Some(slot) = octets.get_mut(at) {
                *slot = value;
            }
        }
        if let Ok(message) = Message::from_bytes(octets) {
            let _ = message.check();
            let _ = message.to_string();
        }
    }

    #[test]
    fn random_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::from_bytes(&octets) {
            let _ = message.check();
            let _ = message.to_string();
        }
    }
}

/// What `dig` would cut into pieces reads back as what it was; names and counted fields are not cut.
#[test]
fn data_in_pieces_scans_to_the_same_octets() {
    let scan = |rtype: Type, text: &str| {
        let mut buffer = [0; 1024];
        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
        let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
        RData::scan(Class::IN, rtype, &mut tokens, &mut writer)
            .unwrap_or_else(|error| panic!("{rtype} {text}: {error}"));
        writer.written().to_vec()
    };
    let base64 = "AQID".repeat(40);
    let label = "x".repeat(63);
    let mut texts = std::vec![
        (
            Type::IPSECKEY,
            std::format!("10 3 2 {label}.{label}. {base64}"),
        ),
        (
            Type::RRSIG,
            std::format!("A 15 1 1 20460101000000 20260117120000 1 {label}. {base64}"),
        ),
        (Type::ZK, std::format!("groth16 {base64} {base64}")),
        (Type::HIP, std::format!("2 20 {base64} {label}.")),
    ];
    for info in RData::TYPES.iter().filter(|info| info.rtype != Type::OPT) {
        texts.extend(
            info.examples
                .iter()
                .map(|text| (info.rtype, (*text).into())),
        );
    }
    for (rtype, text) in texts {
        let octets = scan(rtype, &text);
        let mut buffer = [0; 2048];
        let mut builder = MessageBuilder::<0>::new(&mut buffer, 1, Flags::default()).unwrap();
        let data = RData::read(Class::IN, rtype, &mut Reader::new(&octets)).unwrap();
        let owner = name("a.");
        builder
            .record(Section::Additional, &owner.as_name(), Class::IN, 1, &data)
            .unwrap();
        let message = builder.finish();
        let message = Message::from_bytes(message).unwrap();
        let record = message
            .section(Section::Additional)
            .next()
            .unwrap()
            .unwrap();
        let mut pieces = std::string::String::new();
        record.show_in_pieces(&mut pieces).unwrap();
        assert_eq!(scan(rtype, &pieces), octets, "{rtype} {pieces}");
    }
}

/// The predecessor of this library panicked when it copied a message to four octets.
#[test]
fn a_message_is_copied_whole_or_not_at_all() {
    let mut buffer = [0; 512];
    let octets = sample(&mut buffer);
    let message = Message::from_bytes(octets).unwrap();
    let mut out = [0; 512];
    for room in 0..octets.len() {
        assert_eq!(message.to_bytes(&mut out[..room]), None);
    }
    assert_eq!(message.to_bytes(&mut out), Some(octets.len()));
    assert_eq!(&out[..octets.len()], octets);
}

/// RFC 2782 forbids what the predecessor did. A reader takes it nevertheless (RFC 3597 4).
#[test]
fn targets_of_services_are_not_compressed() {
    let (service, host) = (name("_mesh._udp.host.example."), name("host.example."));
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<48>::new(&mut buffer, 1, Flags::default()).unwrap();
    let srv = Srv {
        priority: 1,
        weight: 2,
        port: 5300,
        target: host.as_name(),
    };
    builder
        .record(Section::Answer, &service.as_name(), Class::IN, 60, &srv)
        .unwrap();
    let message = Message::from_bytes(builder.finish()).unwrap();
    let record = message.section(Section::Answer).next().unwrap().unwrap();
    assert_eq!(
        record.data_octets(),
        b"\0\x01\0\x02\x14\xb4\x04host\x07example\0"
    );

    let compressed = b"\0\x01\x80\0\0\0\0\x01\0\0\0\0\x01a\0\0\x21\0\x01\0\0\0\x3c\0\x08\0\x01\0\x02\x14\xb4\xc0\x0c";
    let message = Message::from_bytes(compressed).unwrap();
    let record = message.section(Section::Answer).next().unwrap().unwrap();
    match record.data() {
        Ok(RData::Srv(srv)) => assert_eq!(srv.target, name("a.")),
        other => panic!("{other:?}"),
    }
}
