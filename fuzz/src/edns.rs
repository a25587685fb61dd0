//! EDNS options: an input is the data of an OPT record. What is read is written as it was, one by one and
//! all together.

use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::{EdnsHeader, EdnsOption, Flags, Message, MessageBuilder};
use lib_dns_core::wire::{Form, Writer};

/// Runs the target.
pub fn run(data: &[u8]) {
    let Ok(len) = u16::try_from(data.len().saturating_add(64)) else {
        return;
    };
    let mut octets =
        b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x29\x04\xd0\x01\x00\x80\x00"
            .to_vec();
    octets.extend((len - 64).to_be_bytes());
    octets.extend(data);
    let Ok(message) = Message::from_bytes(&octets) else {
        assert!(!lengths_fit(data));
        return;
    };
    let _ = message.to_string();
    let edns = message.edns().unwrap();
    assert!(lengths_fit(data));
    assert_eq!(
        (edns.udp_size, edns.extended_rcode, edns.version),
        (1232, 1, 0)
    );
    assert!(edns.dnssec_ok());

    let mut options = Vec::new();
    let mut rest = data;
    for raw in edns.options() {
        assert_eq!(edns.option(raw.code).unwrap().code, raw.code);
        let (option, tail) = rest.split_at(4 + raw.octets().len());
        rest = tail;
        assert_eq!(&option[4..], raw.octets());
        let read = raw.read();
        if let Ok(read) = read {
            assert_eq!(read.code(), raw.code);
            let mut buffer = vec![0; option.len()];
            let mut writer = Writer::<0>::new(&mut buffer, Form::Message);
            read.write(&mut writer).unwrap();
            assert_eq!(writer.written(), option);
        }
        options.push(read.unwrap_or(EdnsOption::Opaque {
            code: raw.code,
            octets: raw.octets(),
        }));
    }
    assert!(rest.is_empty());

    let mut buffer = vec![0; octets.len()];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 1, Flags::default()).unwrap();
    let header = EdnsHeader {
        udp_size: 1232,
        version: 0,
        rcode: Rcode(16),
        dnssec_ok: true,
    };
    builder.edns(&header, &options).unwrap();
    assert_eq!(builder.finish(), octets);
}

/// Do the options fill the data exactly?
fn lengths_fit(mut data: &[u8]) -> bool {
    while let [_, _, high, low, rest @ ..] = data {
        match rest.get(usize::from(u16::from_be_bytes([*high, *low]))..) {
            Some(rest) => data = rest,
            None => return false,
        }
    }
    data.is_empty()
}
