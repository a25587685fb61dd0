//! Names as lists of labels: enough to invent questions with, and no more.

use std::fmt;

/// A fully qualified name, leftmost label first; the root is the empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DnsName(pub(crate) Vec<Vec<u8>>);

impl DnsName {
    /// Reads an uncompressed wire name from the front of `wire`.
    pub(crate) fn from_wire(wire: &[u8]) -> Option<Self> {
        let mut labels = Vec::new();
        let mut rest = wire;
        loop {
            let (&length, tail) = rest.split_first()?;
            if length == 0 {
                return Some(DnsName(labels));
            }
            if length > 63 || tail.len() < usize::from(length) {
                return None;
            }
            let (label, tail) = tail.split_at(usize::from(length));
            labels.push(label.to_vec());
            rest = tail;
        }
    }

    /// Reads plain text without escapes, which is all that the zones' `$ORIGIN` lines need.
    pub(crate) fn from_plain_text(text: &str) -> Self {
        let labels = text.split('.').filter(|label| !label.is_empty());
        DnsName(labels.map(|label| label.as_bytes().to_vec()).collect())
    }

    pub(crate) fn to_wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.wire_len());
        for label in &self.0 {
            wire.push(u8::try_from(label.len()).expect("labels have at most 63 octets"));
            wire.extend_from_slice(label);
        }
        wire.push(0);
        wire
    }

    pub(crate) fn wire_len(&self) -> usize {
        1 + self.0.iter().map(|label| 1 + label.len()).sum::<usize>()
    }

    /// Whether RFC 1035 lets this name go on the wire.
    pub(crate) fn is_valid(&self) -> bool {
        self.wire_len() <= 255 && self.0.iter().all(|label| (1..=63).contains(&label.len()))
    }

    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_first()?;
        Some(DnsName(rest.to_vec()))
    }

    pub(crate) fn child(&self, label: &[u8]) -> Self {
        let mut labels = vec![label.to_vec()];
        labels.extend_from_slice(&self.0);
        DnsName(labels)
    }

    pub(crate) fn to_lowercase(&self) -> Self {
        DnsName(
            self.0
                .iter()
                .map(|label| label.to_ascii_lowercase())
                .collect(),
        )
    }

    /// Whether this name is `ancestor` or below it.
    pub(crate) fn is_within(&self, ancestor: &Self) -> bool {
        let Some(extra) = self.0.len().checked_sub(ancestor.0.len()) else {
            return false;
        };
        let tail = self.0.iter().skip(extra);
        tail.zip(&ancestor.0)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for label in &self.0 {
            for &octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$' => {
                        write!(f, "\\{}", char::from(octet))?
                    }
                    0x21..=0x7e => write!(f, "{}", char::from(octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
            f.write_str(".")?;
        }
        Ok(())
    }
}
