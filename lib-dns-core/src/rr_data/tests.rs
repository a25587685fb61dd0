//! Laws that every row of the table keeps, walked from the table itself.

use super::*;
use crate::text::{Layout, Printer, Tokens};
use crate::wire::{Form, Reader, Writer};
use std::string::String;
use std::vec::Vec;

fn scan(info: &TypeInfo, text: &str) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    (info.scan)(&mut tokens, &mut writer).unwrap_or_else(|error| panic!("{text}: {error}"));
    tokens.finish().unwrap();
    writer.written().to_vec()
}

fn show(rtype: Type, octets: &[u8]) -> String {
    let mut text = String::new();
    let mut printer = Printer::new(&mut text, Layout::OneLine);
    let data = RData::read(rtype, &mut Reader::new(octets)).unwrap();
    data.show(&mut printer).unwrap();
    printer.finish().unwrap();
    text
}

fn copy(info: &TypeInfo, octets: &[u8], form: Form) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, form);
    (info.copy)(&mut Reader::new(octets), &mut writer).unwrap();
    writer.written().to_vec()
}

#[test]
fn every_row_is_reachable_in_wire_text_canonical_and_docs() {
    for info in RData::TYPES {
        assert_eq!(
            Type::from_mnemonic(info.mnemonic.as_bytes()),
            Some(info.rtype)
        );
        assert!(!info.summary.is_empty() && !info.reference.is_empty());
        assert!(!info.fields.is_empty() && !info.examples.is_empty());
        for example in info.examples {
            let octets = scan(info, example);
            assert_eq!(show(info.rtype, &octets), *example);
            let data = RData::read(info.rtype, &mut Reader::new(&octets)).unwrap();
            assert!(!matches!(data, RData::Opaque(_)), "{}", info.mnemonic);
            assert_eq!(data.rtype(), info.rtype);
            assert_eq!(copy(info, &octets, Form::Plain), octets);
            let canonical = copy(info, &octets, Form::Canonical);
            assert_eq!(canonical.len(), octets.len());
            assert_eq!(copy(info, &canonical, Form::Canonical), canonical);
        }
    }
}

#[test]
fn numbers_and_mnemonics_stand_once_and_in_order() {
    for pair in RData::TYPES.windows(2) {
        assert!(pair[0].rtype < pair[1].rtype, "{}", pair[1].mnemonic);
    }
}

#[test]
fn cut_or_mutated_data_is_refused_or_reads_as_something_but_never_panics() {
    for info in RData::TYPES {
        for example in info.examples {
            let octets = scan(info, example);
            for cut in 0..octets.len() {
                let _ = RData::read(info.rtype, &mut Reader::new(&octets[..cut]));
                for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
                    let mut mutated = octets.clone();
                    mutated[cut] = value;
                    if let Ok(data) = RData::read(info.rtype, &mut Reader::new(&mutated)) {
                        let mut buffer = [0; 1024];
                        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
                        data.write(&mut writer).unwrap();
                    }
                }
            }
        }
    }
}

#[test]
fn canonical_form_folds_the_names_that_the_rfcs_name() {
    let fold = |rtype: Type, text: &str| {
        let info = rtype.info().unwrap();
        show(rtype, &copy(info, &scan(info, text), Form::Canonical))
    };
    assert_eq!(fold(Type::CNAME, "Host.Example."), "host.example.");
    assert_eq!(
        fold(Type::SRV, "1 2 3 Host.Example."),
        "1 2 3 host.example."
    );
    assert_eq!(fold(Type::TXT, "\"Kept\""), "\"Kept\"");
}

#[test]
fn unknown_types_are_carried() {
    assert_eq!(show(Type(65280), &[0xca, 0xfe]), "\\# 2 CAFE");
    assert_eq!(show(Type(65280), &[]), "\\# 0");
    assert_eq!(Type::from_mnemonic(b"type65280"), Some(Type(65280)));
    assert_eq!(Type::from_mnemonic(b"TYPE65536"), None);
}
