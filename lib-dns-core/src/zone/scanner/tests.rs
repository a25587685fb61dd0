//! Each rule of zone text, and that cutting the text anywhere changes nothing.

use super::*;
use crate::rr_data::{FieldInfo, TypeInfo, TypeRow};
use crate::text::{Layout, Printer};
use crate::wire::Reader;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

/// What a text gives, entry by entry, as lines; errors are lines too.
fn scan_in_pieces(text: &[u8], piece: usize, mut scanner: Scanner<'_>) -> Vec<String> {
    let mut scratch = vec![0; MAX_SCRATCH_LEN];
    let mut found = Vec::new();
    let mut end = piece.min(text.len());
    let mut start = 0;
    loop {
        let mut rest = &text[start..end];
        let step = scanner.next(&mut rest, end == text.len(), &mut scratch);
        start = end - rest.len();
        match step {
            Ok(Step::Record(record)) => found.push(line_of(&record)),
            Ok(Step::Include(include)) => {
                let path = String::from_utf8_lossy(include.path);
                found.push(format!(
                    "{} include {path} {:?}",
                    include.line, include.origin
                ));
            }
            Ok(Step::More) => end = (end + piece).min(text.len()),
            Ok(Step::End) => return found,
            Err(error) => found.push(error.to_string()),
        }
    }
}

fn line_of(record: &ScannedRecord<'_>) -> String {
    let mut data = String::new();
    let mut printer = Printer::new(&mut data, Layout::OneLine);
    let shown = KnownTypes::CORE.show(
        record.class,
        record.rtype,
        &Reader::new(record.data),
        &mut printer,
    );
    shown.unwrap();
    printer.finish().unwrap();
    let ScannedRecord { owner, ttl, .. } = record;
    let (rtype, class) = (record.rtype, record.class);
    format!("{} {owner} {ttl} {class} {rtype} {data}", record.line)
}

fn scan_all(text: &[u8]) -> Vec<String> {
    let origin = NameBuf::from_text("example.").unwrap();
    let scanner = Scanner::new(Class::IN, Some(&origin.as_name()));
    scan_in_pieces(text, text.len().max(1), scanner)
}

#[track_caller]
fn gives(text: &str, wanted: &[&str]) {
    assert_eq!(scan_all(text.as_bytes()), wanted, "{text}");
}

#[test]
fn owner_class_and_ttl_may_be_left_out_and_stand_in_either_order() {
    gives(
        "@ 1h IN NS a\n in 2h NS b.example.\n\tNS c\nx IN A 192.0.2.1\nX.y. 5 A 192.0.2.2",
        &[
            "1 example. 3600 IN NS a.example.",
            "2 example. 7200 IN NS b.example.",
            "3 example. 7200 IN NS c.example.",
            "4 x.example. 7200 IN A 192.0.2.1",
            "5 X.y. 5 IN A 192.0.2.2",
        ],
    );
}

#[test]
fn the_ttl_comes_from_the_directive_else_the_last_else_the_soa() {
    gives(
        "@ SOA a b 1 2 3 4 5\na A 192.0.2.1\na 7 A 192.0.2.1\na A 192.0.2.1\n$TTL 9\na A 192.0.2.1",
        &[
            "1 example. 5 IN SOA a.example. b.example. 1 2 3 4 5",
            "2 a.example. 5 IN A 192.0.2.1",
            "3 a.example. 7 IN A 192.0.2.1",
            "4 a.example. 7 IN A 192.0.2.1",
            "6 a.example. 9 IN A 192.0.2.1",
        ],
    );
    gives(
        "a A 192.0.2.1\n",
        &["1:3: no TTL: neither here, nor by $TTL, nor in an earlier record: 'A'"],
    );
    gives(
        "a 2147483648 A 192.0.2.1\n",
        &["1:3: number too large (at most 2147483647): '2147483648'"],
    );
}

#[test]
fn origins_may_be_relative() {
    gives(
        "$ORIGIN sub\n$TTL 1\na NS @\n$origin x\n@ NS b\n$ORIGIN .\nroot NS .\n",
        &[
            "3 a.sub.example. 1 IN NS sub.example.",
            "5 x.sub.example. 1 IN NS b.x.sub.example.",
            "7 root. 1 IN NS .",
        ],
    );
    let text = b"a 1 NS b\n$ORIGIN c.\nd 1 NS e\n";
    let found = scan_in_pieces(text, 100, Scanner::new(Class::IN, None));
    assert_eq!(
        found,
        [
            "1:1: relative name, but no origin is known: 'a'",
            "3 d.c. 1 IN NS e.c."
        ]
    );
}

#[test]
fn entries_run_over_lines_in_parentheses_past_comments_and_strings() {
    gives(
        "; a comment\n\n \t ; another\na ( 1 ; one\n TXT \"x;y\"\n\n \"(\" ) z\\ \\065\n\r\nb 1 NS c\r\n",
        &[
            "4 a.example. 1 IN TXT \"x;y\" \"(\" \"z A\"",
            "9 b.example. 1 IN NS c.example.",
        ],
    );
    gives(
        "\\097\\.b\\@ 1 A 192.0.2.1",
        &["1 a\\.b\\@.example. 1 IN A 192.0.2.1"],
    );
}

#[test]
fn any_type_takes_the_generic_form_if_the_octets_fit() {
    gives(
        concat!(
            "a 1 TYPE65280 \\# 3 0A ( 0B\n 0c )\na 1 A \\# 4 c0000201\n",
            "a 1 type1 192.0.2.1\na 1 CLASS1 TYPE65280 \\# 0\n",
            "a 1 A \\# 3 c00002\na 1 A \\# 4 c00002\na 1 TYPE65280 x\na 1 A \\# 65536 00\n",
        ),
        &[
            "1 a.example. 1 IN TYPE65280 \\# 3 0A0B0C",
            "3 a.example. 1 IN A 192.0.2.1",
            "4 a.example. 1 IN A 192.0.2.1",
            "5 a.example. 1 IN TYPE65280 \\# 0",
            "6:7: these octets are no data of the record's type: '\\#'",
            "7:7: \\# says 4 octets, but 3 follow: '\\#'",
            "8:15: expected \\#, for a type without a format: 'x'",
            "9:10: number too large (at most 65535): '65536'",
        ],
    );
}

#[test]
fn errors_say_where_and_the_scanner_goes_on_behind_them() {
    gives(
        concat!(
            "a 1 A 192.0.2.256\n 1 A 192.0.2.1\nb 1 CH A 1.2.3.4\nb 1 WHAT x\nb 1 ANY x\n",
            "b 1 OPT x\n$WHAT\nb 1 A 192.0.2.1 x\nb 1\na..b 1 A 192.0.2.1\nb 1 ( TXT \"a\nb\"\n)\n",
            "b 1 A )\n$TTL x\n$ORIGIN\nb 1 1 A 192.0.2.1\nc 1 NS d",
        ),
        &[
            "1:7: expected an IPv4 address: '192.0.2.256'",
            "2 a.example. 1 IN A 192.0.2.1",
            "3:5: class differs from the zone's: 'CH'",
            "4:5: unknown record type: 'WHAT'",
            "5:5: this type cannot stand in a zone: 'ANY'",
            "6:5: this type cannot stand in a zone: 'OPT'",
            "7:1: unknown directive (known: $ORIGIN, $TTL, $INCLUDE, $GENERATE): '$WHAT'",
            "8:17: unexpected token after the record's last field: 'x'",
            "9:4: the entry ends where a record type should stand",
            "10:1: empty label in a name: 'a..b'",
            "11:11: quoted string does not end in its line",
            "12:2: quotation mark in the middle of a token",
            "13:1: closing parenthesis without an opening one",
            "14:7: closing parenthesis without an opening one",
            "15:6: expected a time to live: 'x'",
            "16:8: the entry ends where a name should stand",
            "17:5: unknown record type: '1'",
            "18 c.example. 1 IN NS d.example.",
        ],
    );
    gives(
        " 1 A 192.0.2.1\n",
        &["1:1: no owner name: the first entry starts with a blank"],
    );
    gives("a 1 TXT ( x\n", &["2:1: parenthesis is never closed"]);
}

#[test]
fn a_byte_order_mark_is_named() {
    let text = b"\xef\xbb\xbf$TTL 1\na A 192.0.2.1\n";
    let found = scan_all(text);
    assert_eq!(
        found,
        [
            "1:1: file starts with a byte order mark: save it as UTF-8 without one",
            "2 a.example. 1 IN A 192.0.2.1"
        ]
    );
}

#[test]
fn generate_counts_through_its_range() {
    gives(
        "$TTL 1\n$GENERATE 1-3/2 h${0,2} A 192.0.2.$ ; two\n NS x\n$GENERATE 4-4 $ 2 IN MX 10 m$\n",
        &[
            "2 h01.example. 1 IN A 192.0.2.1",
            "2 h03.example. 1 IN A 192.0.2.3",
            "3 h03.example. 1 IN NS x.example.",
            "4 4.example. 2 IN MX 10 m4.example.",
        ],
    );
    gives(
        "$GENERATE 2-1 a A 1.2.3.4\n$GENERATE 255-300 a 1 A 1.2.3.$\n$GENERATE 1-2 a A\n",
        &[
            "1:11: bad $GENERATE range: '2-1'",
            "2 a.example. 1 IN A 1.2.3.255",
            "2:11: expected an IPv4 address: '1.2.3.256'",
            "3:18: the entry ends where record data should stand",
        ],
    );
}

#[test]
fn includes_inherit_and_hand_back_only_the_ttl() {
    let text = b"$TTL 1\na A 192.0.2.1\n$INCLUDE \"my file\" sub ; x\n A 192.0.2.2\n";
    let mut text = &text[..];
    let mut scratch = vec![0; MAX_SCRATCH_LEN];
    let origin = NameBuf::from_text("example.").unwrap();
    let mut outer = Scanner::new(Class::IN, Some(&origin.as_name()));
    let step = outer.next(&mut text, true, &mut scratch).unwrap();
    assert!(matches!(step, Step::Record(_)));
    let Step::Include(include) = outer.next(&mut text, true, &mut scratch).unwrap() else {
        panic!("the include is an event");
    };
    assert_eq!(
        (include.path, include.line, include.column),
        (&b"my file"[..], 3, 10)
    );
    let mut inner = outer.included(include.origin.as_ref());

    let mut inner_text = &b" A 192.0.2.3\n$TTL 2\n$ORIGIN deeper\nb A 192.0.2.4\n"[..];
    let mut found = Vec::new();
    for _ in 0..2 {
        match inner.next(&mut inner_text, true, &mut scratch).unwrap() {
            Step::Record(record) => found.push(line_of(&record)),
            other => panic!("{other:?}"),
        }
    }
    outer.resume(&inner);
    let step = outer.next(&mut text, true, &mut scratch).unwrap();
    if let Step::Record(record) = step {
        found.push(line_of(&record));
    }
    assert_eq!(
        found,
        [
            "1 a.example. 1 IN A 192.0.2.3",
            "4 b.deeper.sub.example. 2 IN A 192.0.2.4",
            "4 a.example. 2 IN A 192.0.2.2"
        ]
    );

    for _ in 1..MAX_INCLUDE_DEPTH {
        inner = inner.included(None);
    }
    let error = inner.next(&mut &b"$INCLUDE x\n"[..], true, &mut scratch);
    assert_eq!(error.unwrap_err().kind, TextErrorKind::IncludeTooDeep);
}

#[test]
fn private_types_stand_beside_the_table() {
    fn scan_two(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        for _ in 0..2 {
            let token = tokens.expect("a number")?;
            let number = token.number(255)?;
            writer
                .u8(number as u8)
                .map_err(|error| tokens.unwritable(error))?;
        }
        Ok(())
    }
    static TWO: TypeInfo = TypeInfo {
        rtype: Type(65281),
        mnemonic: "TWO",
        reference: "here",
        summary: "Two numbers.",
        fields: &[FieldInfo {
            name: "numbers",
            codec: "Two",
        }],
        examples: &["1 2"],
        scan: scan_two,
        class: None,
        accepts_pointers: false,
        copy: |reader, writer| writer.put(reader.take_rest()),
    };
    let types = [TypeRow {
        info: &TWO,
        show: |_, _| None,
    }];
    let scanner = Scanner::new(Class::IN, None).with_private_types(&types);
    let text = b"a. 1 two 7 8\na. 1 TYPE65281 9 10\na. 1 TWO \\# 2 0102\na. 1 TWO 1\n";
    assert_eq!(
        scan_in_pieces(text, 1000, scanner),
        [
            "1 a. 1 IN TYPE65281 \\# 2 0708",
            "2 a. 1 IN TYPE65281 \\# 2 090A",
            "3 a. 1 IN TYPE65281 \\# 2 0102",
            "4:11: the entry ends where a number should stand",
        ]
    );
}

#[test]
fn scratch_that_is_too_small_is_an_error_and_no_record_is_cut() {
    let text = b"a.example. 1 TXT 0123456789\n";
    let kind = |len: usize| {
        let mut scratch = vec![0; len];
        let mut scanner = Scanner::new(Class::IN, None);
        let step = scanner.next(&mut &text[..], true, &mut scratch);
        step.map(|_| ()).map_err(|error| error.kind)
    };
    assert_eq!(kind(10), Err(TextErrorKind::ScratchTooSmall));
    for len in 11..22 {
        assert_eq!(kind(len), Err(TextErrorKind::DataTooLong), "{len}");
    }
    assert_eq!(kind(22), Ok(()));
}

#[test]
fn an_entry_that_never_ends_is_given_up() {
    let mut text = b"a 1 TXT ( ".to_vec();
    text.resize(MAX_ENTRY_LEN + 10, b'x');
    text[100] = b'\n';
    let mut rest = &text[..];
    let mut scanner = Scanner::new(Class::IN, Some(&Name::ROOT));
    let error = scanner.next(&mut rest, false, &mut []).unwrap_err();
    assert_eq!((error.kind, error.line), (TextErrorKind::EntryTooLong, 1));
    assert_eq!((scanner.line(), rest.len()), (2, text.len() - 101));
}

#[test]
fn text_may_be_cut_anywhere() {
    let mut zones: Vec<Vec<u8>> = vec![
        include_bytes!("../../../../examples/zones/sovereign.zone").to_vec(),
        include_bytes!("../../../../examples/zones/signed.in").to_vec(),
        include_bytes!("../../../../lib-dns-std/tests/data/spec-unmended.zone").to_vec(),
    ];
    zones.push(
        concat!(
            "$TTL 1h\n@ A 192.0.2.1 ; comment\r\n( b\n ) TXT \"a;b\" ( c\n )\nx\n$GENERATE 1-3 ",
            "g$ A 192.0.2.$\n TXT \"open\n$INCLUDE file sub\n$ORIGIN sub\n A ) x\nlast NS x"
        )
        .into(),
    );
    for zone in zones {
        let whole = scan_all(&zone);
        let origin = NameBuf::from_text("example.").unwrap();
        for piece in (1..70).chain([128, 512, 1000]) {
            let scanner = Scanner::new(Class::IN, Some(&origin.as_name()));
            assert_eq!(
                scan_in_pieces(&zone, piece, scanner),
                whole,
                "in pieces of {piece}"
            );
        }
        for cut in 0..zone.len() {
            let mut scanner = Scanner::new(Class::IN, Some(&origin.as_name()));
            let mut found = Vec::new();
            let mut scratch = vec![0; MAX_SCRATCH_LEN];
            let mut end = cut;
            let mut start = 0;
            loop {
                let mut rest = &zone[start..end];
                let step = scanner.next(&mut rest, end == zone.len(), &mut scratch);
                start = end - rest.len();
                match step {
                    Ok(Step::Record(record)) => found.push(line_of(&record)),
                    Ok(Step::Include(include)) => {
                        let path = String::from_utf8_lossy(include.path);
                        found.push(format!(
                            "{} include {path} {:?}",
                            include.line, include.origin
                        ));
                    }
                    Ok(Step::More) => end = zone.len(),
                    Ok(Step::End) => break,
                    Err(error) => found.push(error.to_string()),
                }
            }
            assert_eq!(found, whole, "cut at {cut}");
        }
    }
}

/// The predecessor of this library cut them.
#[test]
fn strings_over_255_octets_are_an_error_and_not_a_cut() {
    for (len, fits) in [(255, true), (256, false), (600, false)] {
        let text = format!("a. 1 TXT first \"{}\"\n", "x".repeat(len));
        let found = scan_in_pieces(text.as_bytes(), text.len(), Scanner::new(Class::IN, None));
        let expected = "1:16: character string longer than 255 octets";
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].starts_with(expected), !fits, "{}", found[0]);
        assert_eq!(found[0].contains(&"x".repeat(len)), fits);
    }
}

#[test]
fn tokens_over_64_kib_and_deep_parentheses_are_errors() {
    let scan = |text: String| {
        let mut scratch = vec![0; MAX_SCRATCH_LEN];
        let mut rest = text.as_bytes();
        let step = Scanner::new(Class::IN, None).next(&mut rest, true, &mut scratch);
        step.map(|_| ()).map_err(|error| error.to_string())
    };
    let long = scan(format!("a. 1 TXT {}\n", "x".repeat(65_536))).unwrap_err();
    assert!(long.starts_with("1:10: "), "{long}");
    let deep = scan(format!("a. 1 TXT {} x\n", "(".repeat(17))).unwrap_err();
    assert!(deep.contains("parentheses nested too deep"), "{deep}");
    assert_eq!(
        scan(format!("a. 1 TXT {}x{}\n", "(".repeat(16), ")".repeat(16))),
        Ok(())
    );
}
