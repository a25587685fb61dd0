//! What `tests/data/tsig/make_vectors.py` had another implementation sign.

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::TsigKey;
use lib_dns_core::name::NameBuf;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};
use std::path::Path;

/// When the messages were signed.
pub(crate) const NOW: u64 = 1_767_225_600;

pub(crate) type Key = TsigKey<RunningMac>;

/// A block of the file.
pub(crate) struct Vector {
    pub(crate) title: String,
    pub(crate) key: Key,
    fields: Vec<(String, Vec<u8>)>,
}

impl Vector {
    /// All fields of this name, in order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let fields = self.fields.iter().filter(move |(field, _)| field == name);
        fields.map(|(_, octets)| octets.as_slice())
    }

    pub(crate) fn get(&self, name: &str) -> &[u8] {
        self.all(name).next().expect("a field of the block")
    }
}

pub(crate) fn key(name: &str, algorithm: MacAlgorithm, secret: &[u8]) -> Key {
    let name = NameBuf::from_text(name).unwrap();
    TsigKey::allowing_md5(RustCryptoMac, &name.as_name(), algorithm, secret).unwrap()
}

/// The blocks with this title.
pub(crate) fn titled(title: &str) -> Vec<Vector> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tsig/vectors.txt");
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text.split("\n\n").skip(1).map(block);
    let blocks: Vec<_> = blocks.filter(|vector| vector.title == title).collect();
    assert!(!blocks.is_empty(), "no block {title}");
    blocks
}

fn block(text: &str) -> Vector {
    let mut lines = text.lines();
    let title = lines.next().unwrap().trim_matches(['[', ']']);
    let [name, algorithm, secret] = words(lines.next().unwrap(), "key")[..] else {
        panic!("a key has three words");
    };
    let algorithm = MacAlgorithm::from_mnemonic(algorithm.as_bytes()).unwrap();
    let mac_len = words(lines.next().unwrap(), "mac_len")[0].parse().unwrap();
    let key = key(name, algorithm, &octets(secret));
    Vector {
        title: title.to_owned(),
        key: key.with_mac_len(mac_len).unwrap(),
        fields: lines
            .map(|line| {
                let (name, value) = line.split_once(' ').unwrap();
                (name.to_owned(), octets(value))
            })
            .collect(),
    }
}

fn words<'t>(line: &'t str, first: &str) -> Vec<&'t str> {
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some(first));
    words.collect()
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    let text = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    text.map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}
