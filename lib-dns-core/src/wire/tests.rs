//! Laws of the reader, the writer and compression.

use super::*;
use crate::name::{NameBuf, NameErrorKind};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

#[test]
fn errors_are_small() {
    assert_eq!(size_of::<WireError>(), 4);
    assert_eq!(size_of::<Result<(), WireError>>(), 4);
}

#[test]
fn errors_say_where() {
    let octets = [0, 1, 2, 3, 4, 5];
    let mut reader = Reader::new(&octets);
    reader.u16(Part::Field).unwrap();
    let mut window = reader.window(3, Part::RecordData).unwrap();
    window.u8(Part::Field).unwrap();
    let error = window.u32(Part::Field).unwrap_err();
    assert_eq!(
        error,
        WireError {
            kind: WireErrorKind::Truncated(Part::Field),
            at: 3
        }
    );
    let error = window.close(Part::RecordData).unwrap_err();
    assert_eq!(
        error,
        WireError {
            kind: WireErrorKind::Leftover(Part::RecordData),
            at: 3
        }
    );
    assert_eq!(reader.window(2, Part::Field).unwrap_err().at, 5);
}

#[test]
fn a_name_may_not_leave_its_window() {
    let octets = [&[0u8; 12][..], b"\x03www\x00\x00"].concat();
    let mut window = Reader::within(&octets, 12, 15);
    assert_eq!(
        window.name().unwrap_err().kind,
        WireErrorKind::Name(NameErrorKind::Truncated)
    );
    let mut window = Reader::within(&octets, 12, 15);
    assert!(window.flat_name().is_err());
    assert!(window.skip_name().is_err());
    let mut window = Reader::within(&octets, 12, 18);
    assert_eq!(window.name().unwrap(), name("www."));
    window.close(Part::Field).unwrap_err();
}

#[test]
fn an_open_length_field_is_refused_by_readers() {
    let mut buffer = [0; 8];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let field = writer.open_length().unwrap();
    writer.put(b"abc").unwrap();
    let mut reader = Reader::new(writer.written());
    let len = usize::from(reader.u16(Part::Field).unwrap());
    assert!(reader.window(len, Part::Field).is_err());
    writer.close_length(field, Part::Field).unwrap();
    assert_eq!(writer.written(), b"\x00\x03abc");
}

#[test]
fn limit_and_reserve_bound_every_write() {
    let mut buffer = [0; 16];
    let mut writer = Writer::<4>::new(&mut buffer, Form::Plain);
    writer.set_limit(10);
    writer.set_reserve(6);
    writer.put(b"abcd").unwrap();
    assert_eq!(writer.u8(0), Err(WriteError::NoRoom));
    writer.set_reserve(0);
    assert_eq!(writer.room(), 6);
    assert_eq!(writer.put(b"0123456"), Err(WriteError::NoRoom));
    writer.put(b"012345").unwrap();
    writer.set_limit(1000);
    assert_eq!(writer.room(), 6);
}

#[test]
fn rewinding_forgets_names_too() {
    let mut buffer = [0; 128];
    let mut writer = Writer::<16>::new(&mut buffer, Form::Message);
    writer.put(&[0; 12]).unwrap();
    writer
        .compressible_name(&name("example.").as_name())
        .unwrap();
    let mark = writer.mark();
    writer
        .compressible_name(&name("www.example.").as_name())
        .unwrap();
    writer.rewind(mark);
    // Something else now stands where "www" stood.
    writer.put(&[0xff; 6]).unwrap();
    let at = writer.len();
    writer
        .compressible_name(&name("www.example.").as_name())
        .unwrap();
    assert_eq!(&writer.written()[at..], b"\x03www\xc0\x0c");
}

#[test]
fn compression_matches_case_exactly_and_stops_at_14_bits() {
    let mut buffer = vec![0; 0x5000];
    let mut writer = Writer::<16>::new(&mut buffer, Form::Message);
    writer.put(&[0; 12]).unwrap();
    writer
        .compressible_name(&name("Example.").as_name())
        .unwrap();
    let at = writer.len();
    writer
        .compressible_name(&name("example.").as_name())
        .unwrap();
    assert_eq!(&writer.written()[at..], b"\x07example\x00");
    writer.put(&vec![0; 0x4000]).unwrap();
    let at = writer.len();
    writer.compressible_name(&name("far.").as_name()).unwrap();
    writer.compressible_name(&name("far.").as_name()).unwrap();
    assert_eq!(&writer.written()[at..], b"\x03far\x00\x03far\x00");
    let at = writer.len();
    writer
        .compressible_name(&name("far.example.").as_name())
        .unwrap();
    assert_eq!(&writer.written()[at..], b"\x03far\xc0\x15");
}

#[test]
fn forms_differ_in_case_and_compression() {
    let write = |form, which: u8| {
        let mut buffer = [0; 64];
        let mut writer = Writer::<4>::new(&mut buffer, form);
        writer.put(&[0; 12]).unwrap();
        for _ in 0..2 {
            let name = name("Ab.");
            match which {
                0 => writer.compressible_name(&name.as_name()).unwrap(),
                1 => writer.uncompressed_name(&name.as_name()).unwrap(),
                _ => writer.case_kept_name(&name.as_name()).unwrap(),
            }
        }
        writer.written()[16..].to_vec()
    };
    assert_eq!(write(Form::Message, 0), b"\xc0\x0c");
    assert_eq!(write(Form::Plain, 0), b"\x02Ab\x00");
    assert_eq!(write(Form::Canonical, 0), b"\x02ab\x00");
    assert_eq!(write(Form::Message, 1), b"\x02Ab\x00");
    assert_eq!(write(Form::Canonical, 1), b"\x02ab\x00");
    assert_eq!(write(Form::Canonical, 2), b"\x02Ab\x00");
}

/// Writes names with a table of `N` slots; at some of them goes back and writes them again.
fn compress_all<const N: usize>(names: &[NameBuf], rewinds: &[bool], room: usize) -> bool {
    let mut buffer = vec![0; room];
    let mut writer = Writer::<N>::new(&mut buffer, Form::Message);
    if writer.put(&[0; 12]).is_err() {
        return true;
    }
    let mut expected = Vec::new();
    for (name, rewind) in names.iter().zip(rewinds) {
        let mark = writer.mark();
        if writer.compressible_name(&name.as_name()).is_err() {
            assert_eq!(writer.len(), mark.offset());
            break;
        }
        if *rewind {
            writer.rewind(mark);
        } else {
            expected.push(name);
        }
    }
    let message = writer.into_written();
    let mut reader = Reader::within(message, 12, message.len());
    let read: Vec<_> = expected
        .iter()
        .map(|_| NameBuf::from(reader.name().unwrap()))
        .collect();
    reader.close(Part::Message).unwrap();
    read.iter()
        .zip(expected)
        .all(|(read, expected)| read.as_bytes() == expected.as_bytes())
}

proptest! {
    #[test]
    fn what_is_compressed_reads_back_octet_for_octet(
        names in prop::collection::vec("([abA]{1,3}\\.){0,6}|([a-f]{1,40}\\.){1,5}", 1..60),
        rewinds in prop::collection::vec(any::<bool>(), 60),
        room in 0usize..2000,
    ) {
        let names: Vec<_> = names.iter().map(|text| name(if text.is_empty() { "." } else { text })).collect();
        prop_assert!(compress_all::<0>(&names, &rewinds, room));
        prop_assert!(compress_all::<1>(&names, &rewinds, room));
        prop_assert!(compress_all::<16>(&names, &rewinds, room));
        prop_assert!(compress_all::<48>(&names, &rewinds, room));
        prop_assert!(compress_all::<255>(&names, &rewinds, room));
    }
}
