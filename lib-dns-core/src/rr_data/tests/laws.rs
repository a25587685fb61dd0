//! Laws of every row, from changed data: what is read stands in text that scans to the same octets, and
//! what is scanned is read.

use super::*;

/// How often each row is tried.
const ROUNDS: u32 = 800;

/// A xorshift generator: the same numbers in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Takes octets out, puts some in, and changes others.
    fn mutate(&mut self, octets: &mut Vec<u8>, values: &[u8]) {
        for _ in 0..self.below(6) {
            let value = values[self.below(values.len())];
            let at = self.below(octets.len() + 1);
            match self.below(3) {
                0 if at < octets.len() => drop(octets.remove(at)),
                1 if at < octets.len() => octets[at] = value,
                _ => octets.insert(at, value),
            }
        }
    }
}

/// Scans in the type's own form or as octets; `None` if the text is refused.
fn scanned(rtype: Type, text: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text), None);
    RData::scan(Class::IN, rtype, &mut tokens, &mut writer).ok()?;
    tokens.finish().ok()?;
    Some(writer.written().to_vec())
}

#[test]
fn what_is_read_stands_in_text_that_scans_to_the_same_octets() {
    const VALUES: [u8; 24] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 18, 32, 34, 40, 59, 61, 63, 64, 92, 127, 128, 129, 0xc0,
        0xff,
    ];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for info in RData::TYPES {
        let mut read = 0;
        for _ in 0..ROUNDS {
            let example = info.examples[numbers.below(info.examples.len())];
            let mut octets = scan(info, example);
            numbers.mutate(&mut octets, &VALUES);
            let Ok(data) = RData::read(Class::IN, info.rtype, &mut Reader::new(&octets)) else {
                continue;
            };
            let mut buffer = [0; 2048];
            let mut plain = Writer::<0>::new(&mut buffer, Form::Plain);
            data.write(&mut plain).unwrap();
            let text = show(info.rtype, &octets);
            // Compressed names are no part of data in text (RFC 3597 5).
            if plain.written() != octets && text.starts_with("\\#") {
                continue;
            }
            let back = scanned(info.rtype, text.as_bytes());
            assert_eq!(
                back.as_deref(),
                Some(plain.written()),
                "{} {octets:02x?} {text}",
                info.mnemonic
            );
            read += 1;
        }
        assert!(
            read > ROUNDS / 10,
            "{} was read {read} times",
            info.mnemonic
        );
    }
}

/// The law holds for data of any length, though a token has an end.
#[test]
fn large_data_stands_in_text_that_scans_to_the_same_octets() {
    let mut read = 0;
    for info in RData::TYPES {
        for len in [32_766, 32_767, 49_152, 65_000] {
            for octet in [0, b'a', b'"', 0xff] {
                let mut octets = scan(info, info.examples[0]);
                octets.resize(len, octet);
                read += usize::from(large(info, &octets));
            }
        }
    }
    // One parameter, one item, one field in front of others.
    let key = [&b"\0\x01\0\xff\0\xc0\0"[..], &[0xff; 0xc000]].concat();
    assert!(large(Type::SVCB.info().unwrap(), &key));
    let title = [&b"\x01\0\x01\xc0\0"[..], &[b'a'; 0xc000]].concat();
    assert!(large(Type::DAO.info().unwrap(), &title));
    let key = [&b"\x01\x01\xc0\0\x01"[..], &[1; 0xc000]].concat();
    assert!(large(Type::HIP.info().unwrap(), &key));
    assert!(read > 300, "{read}");
}

/// Keeps the law; `false` if the octets are no data of the type.
fn large(info: &TypeInfo, octets: &[u8]) -> bool {
    if RData::read(Class::IN, info.rtype, &mut Reader::new(octets)).is_err() {
        return false;
    }
    let text = show(info.rtype, octets);
    let mut buffer = std::vec![0; 65_535];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut tokens = DataTokens::new(Tokens::new(text.as_bytes()), None);
    let scanned = RData::scan(Class::IN, info.rtype, &mut tokens, &mut writer);
    scanned.unwrap_or_else(|error| panic!("{}: {error}", info.mnemonic));
    assert!(
        tokens.finish().is_ok() && writer.written() == octets,
        "{}",
        info.mnemonic
    );
    true
}

#[test]
fn what_is_scanned_is_read() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for info in RData::TYPES {
        for _ in 0..ROUNDS {
            let example = info.examples[numbers.below(info.examples.len())];
            let mut text = example.as_bytes().to_vec();
            numbers.mutate(&mut text, b" .-0123456789aAzZ\"\\;()=:/,#@!");
            let Some(octets) = scanned(info.rtype, &text) else {
                continue;
            };
            let data = RData::read(Class::IN, info.rtype, &mut Reader::new(&octets));
            assert!(
                data.is_ok(),
                "{} {} {octets:02x?}",
                info.mnemonic,
                String::from_utf8_lossy(&text)
            );
            assert_eq!(
                scanned(info.rtype, show(info.rtype, &octets).as_bytes()).as_deref(),
                Some(&octets[..]),
                "{} {}",
                info.mnemonic,
                String::from_utf8_lossy(&text)
            );
        }
    }
}

/// Types of which the canonical form is in lower case: RFC 4034 6.2 with RFC 6840 5.1 lists them. TKEY and
/// TSIG stand in no zone; their algorithm is folded where a message is signed (RFC 8945 4.3.3).
#[test]
fn names_are_folded_in_the_types_that_the_rfcs_list_and_in_no_others() {
    let listed = "NS MD MF CNAME SOA MB MG MR PTR MINFO MX RP AFSDB RT SIG PX NXT NAPTR KX SRV DNAME A6 \
                  RRSIG TKEY TSIG";
    for info in RData::TYPES {
        let is_listed = listed.split(' ').any(|name| name == info.mnemonic);
        for example in info.examples {
            let octets = scan(info, &example.replace("example.", "EXAMPLE."));
            let is_upper = |octets: &[u8]| octets.windows(7).any(|seven| seven == b"EXAMPLE");
            let canonical = copy(info, &octets, Form::Canonical);
            match is_listed {
                true => assert!(!is_upper(&canonical), "{}", info.mnemonic),
                false => assert_eq!(canonical, octets, "{}", info.mnemonic),
            }
        }
    }
}

#[test]
fn data_that_its_own_text_cannot_say_stands_as_octets() {
    let svcb = |params: &[u8]| show(Type::SVCB, &[b"\0\x01\0", params].concat());
    // A segment without octets; a mandatory key that is not there.
    assert_eq!(svcb(b"\0\x0a\0\x01\0"), "\\# 8 000100000A000100");
    assert_eq!(svcb(b"\0\x0a\0\0"), "1 . docpath=\"\"");
    assert_eq!(svcb(b"\0\0\0\x02\0\x01"), "\\# 9 000100000000020001");
    // An address family without text.
    assert_eq!(show(Type::APL, b"\0\x03\x08\x01\xaa"), "\\# 5 00030801AA");
    assert_eq!(show(Type::APL, b"\0\x01\x08\x01\x0a"), "1:10.0.0.0/8");
}

#[test]
fn data_with_two_forms_of_one_value_is_refused() {
    let is_read =
        |rtype, octets: &[u8]| RData::read(Class::IN, rtype, &mut Reader::new(octets)).is_ok();
    let loc = |size| {
        let mut octets = scan(Type::LOC.info().unwrap(), "0 N 0 E 0m");
        octets[1] = size;
        is_read(Type::LOC, &octets)
    };
    assert!(loc(0) && loc(0x10) && loc(0x99));
    assert!(!loc(0x03) && !loc(0x1a) && !loc(0xa0));
}

#[test]
fn isdn_has_one_string_or_two() {
    assert!(scanned(Type::ISDN, b"\"1\" \"2\"").is_some());
    assert!(scanned(Type::ISDN, b"\"1\" \"2\" \"3\"").is_none());
    let read = |octets: &[u8]| RData::read(Class::IN, Type::ISDN, &mut Reader::new(octets)).is_ok();
    assert!(read(b"\x011") && read(b"\x011\0"));
    assert!(!read(b"") && !read(b"\x011\0\0"));
}
