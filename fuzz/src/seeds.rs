//! Seeds that are made instead of caught: known attacks on parsers of DNS.

/// The targets that have seeds here.
pub const TARGETS: [&str; 1] = ["name"];

/// The seeds of a target, each with a file name.
pub fn made_for(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "name" => names(),
        _ => Vec::new(),
    }
}

fn seed(name: impl Into<String>, octets: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.into(), octets.as_ref().to_vec())
}

/// A message of `octets` behind a header of zeros, whose name starts at `at`.
fn name_in_message(at: u8, octets: &[u8]) -> Vec<u8> {
    [&[at], &[0; 12][..], octets].concat()
}

fn names() -> Vec<(String, Vec<u8>)> {
    let label_of_63 = [&[63][..], &[b'a'; 63]].concat();
    let mut chain = vec![0];
    for at in 12..100u8 {
        chain.extend([0xc0, if at == 12 { 12 } else { 13 + (at - 13) * 2 }]);
    }
    vec![
        seed(
            "plain",
            name_in_message(12, b"\x03www\x07example\x00\x03WWW\xc0\x10"),
        ),
        seed(
            "compressed",
            name_in_message(25, b"\x03www\x07example\x00\x04mail\xc0\x10\xc0\x19"),
        ),
        seed("pointer-to-itself", name_in_message(12, b"\xc0\x0c")),
        seed(
            "pointers-to-each-other",
            name_in_message(14, b"\xc0\x0e\xc0\x0c"),
        ),
        seed("pointer-forward", name_in_message(12, b"\xc0\x0e\x00")),
        seed(
            "pointer-into-its-own-run",
            name_in_message(12, b"\x01a\xc0\x0c"),
        ),
        seed(
            "pointer-into-the-header",
            name_in_message(13, b"\x00\xc0\x04"),
        ),
        seed(
            "run-into-the-next",
            name_in_message(16, b"\x05abc\x01x\xc0\x0c"),
        ),
        seed("chain-of-pointers", name_in_message(99, &chain)),
        seed(
            "300-octets",
            name_in_message(12, &[label_of_63.repeat(4), vec![43; 44], vec![0]].concat()),
        ),
        seed(
            "255-octets",
            name_in_message(
                12,
                &[label_of_63.repeat(3), vec![61; 62], vec![0, 0xc0, 12]].concat(),
            ),
        ),
        seed("label-types", name_in_message(12, b"\x40a\x80a")),
        seed("cut", name_in_message(12, b"\x05abc")),
        seed(
            "odd-octets",
            name_in_message(
                12,
                b"\x05a\x00\x01.\xff\x01*\x00\x05A\x00\x01.\xff\x01*\x00",
            ),
        ),
        seed("text", b"www.example."),
        seed("text-of-escapes", br#"xa\.b.c\032d\001.\@.\"\;"#),
        seed("text-of-bad-escapes", br"xa\300.b\25"),
        seed("text-of-empty-labels", b"xa..b"),
        seed(
            "text-too-long",
            [vec![b'x'], b"abcdefg.".repeat(33)].concat(),
        ),
    ]
}
