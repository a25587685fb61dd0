//! The vectors of RFC 9460 appendix D.

use crate::code_points::Class;
use crate::rr_data::{DataTokens, RData, Svcb, Type, WriteData};
use crate::text::{Layout, Printer, TextError, Tokens};
use crate::wire::{Form, Reader, Writer};
use std::string::String;
use std::vec::Vec;

fn scan(text: &str) -> Result<Vec<u8>, TextError> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    (Type::SVCB.info().unwrap().scan)(&mut tokens, &mut writer)?;
    tokens.finish()?;
    Ok(writer.written().to_vec())
}

fn show(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut printer = Printer::new(&mut text, Layout::OneLine);
    let data = RData::read(Class::IN, Type::SVCB, &mut Reader::new(octets)).unwrap();
    data.show(&mut printer).unwrap();
    text
}

const FOO: &[u8] = b"\x03foo\x07example\x03com\x00";

fn vector(text: &str, priority: u16, target: &[u8], params: &[u8], shown: &str) {
    let expected = [&priority.to_be_bytes(), target, params].concat();
    let octets = scan(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(octets, expected, "{text}");
    assert_eq!(show(&octets), shown);
    assert_eq!(scan(shown).unwrap(), octets);
}

#[test]
fn what_is_right_reads() {
    vector("0 foo.example.com.", 0, FOO, b"", "0 foo.example.com.");
    vector("1 .", 1, b"\0", b"", "1 .");
    vector(
        "16 foo.example.com. port=53",
        16,
        FOO,
        b"\0\x03\0\x02\0\x35",
        "16 foo.example.com. port=53",
    );
    vector(
        "1 foo.example.com. key667=hello",
        1,
        FOO,
        b"\x02\x9b\0\x05hello",
        "1 foo.example.com. key667=\"hello\"",
    );
    let qoo = b"\x02\x9b\0\x09hello\xd2qoo";
    vector(
        r#"1 foo.example.com. key667="hello\210qoo""#,
        1,
        FOO,
        qoo,
        r#"1 foo.example.com. key667="hello\210qoo""#,
    );
    let hints = b"\0\x06\0\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x53\0\x01";
    let text = r#"1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1""#;
    vector(
        text,
        1,
        FOO,
        hints,
        "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
    );
    let params = b"\0\0\0\x04\0\x01\0\x04\0\x01\0\x09\x02h2\x05h3-19\0\x04\0\x04\xc0\0\x02\x01";
    let shown = r#"16 foo.example.com. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1"#;
    vector(
        "16 foo.example.com. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
        16,
        FOO,
        params,
        shown,
    );
    let params = b"\0\x01\0\x0c\x08f\\oo,bar\x02h2";
    let shown = r#"16 foo.example.com. alpn="f\\\\oo\\,bar,h2""#;
    vector(shown, 16, FOO, params, shown);
    vector(
        r"16 foo.example.com. alpn=f\\\092oo\092,bar,h2",
        16,
        FOO,
        params,
        shown,
    );
}

#[test]
fn what_is_wrong_is_refused() {
    for text in [
        "1 foo.example.com. key123=abc key123=def",
        "1 foo.example.com. mandatory",
        "1 foo.example.com. alpn",
        "1 foo.example.com. port",
        "1 foo.example.com. ipv4hint",
        "1 foo.example.com. ipv6hint",
        "1 foo.example.com. no-default-alpn=abc",
        "1 foo.example.com. mandatory=key123",
        "1 foo.example.com. mandatory=mandatory",
        "1 foo.example.com. mandatory=key123,key123 key123=abc",
        "1 foo.example.com. no-default-alpn",
        "1 foo.example.com. key65535=a",
        "1 foo.example.com. port=65536",
        "1 foo.example.com. alpn=\"\"",
        "1 foo.example.com. nosuch=1",
        "1 foo.example.com. 7=a",
    ] {
        assert!(scan(text).is_err(), "{text}");
    }
}

#[test]
fn order_and_lengths_are_checked_on_the_wire() {
    let read = |params: &[u8]| {
        let octets = [b"\0\x01\0", params].concat();
        RData::read(Class::IN, Type::SVCB, &mut Reader::new(&octets)).map(|_| ())
    };
    assert!(read(b"\0\x03\0\x02\0\x35").is_ok());
    for bad in [
        &b"\0\x03\0\x02\0"[..],
        b"\0\x03\0\x01\0",
        b"\0\x04\0\x04\x01\x01\x01\x01\0\x03\0\x02\0\x35",
        b"\0\x03\0\x02\0\x35\0\x03\0\x02\0\x35",
        b"\0\x01\0\x02\x02a",
        b"\0\x01\0\x01\0",
        b"\0\0\0\x02\0\0",
        b"\0",
    ] {
        assert!(read(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn parameters_are_typed() {
    let octets = scan("1 . alpn=h3 port=9333 ipv4hint=192.0.2.1,192.0.2.2 mandatory=port").unwrap();
    let RData::Svcb(Svcb { params, .. }) =
        RData::read(Class::IN, Type::SVCB, &mut Reader::new(&octets)).unwrap()
    else {
        panic!("no SVCB");
    };
    assert_eq!(params.port(), Some(9333));
    assert_eq!(params.alpn().collect::<Vec<_>>(), [b"h3"]);
    assert_eq!(params.ipv4_hints().count(), 2);
    assert!(params.is_consistent());
}
