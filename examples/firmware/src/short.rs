//! The data of records as `dig +short` shows it, without `core::fmt`.

use lib_dns_core::messages::Record;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{A, Aaaa, Cname, Ns, RecordType, Soa, Srv, Txt, Type};

/// Octets of the longest text; what is longer is cut.
const LEN: usize = 96;

/// A text that is written piece by piece.
pub struct Short {
    octets: [u8; LEN],
    len: usize,
}

impl Short {
    /// The data of a record of the types that this program asks for; `None` for others, and for what is no data.
    pub fn of(record: &Record<'_>) -> Option<Self> {
        let mut text = Self::empty();
        let reader = &mut record.reader();
        match record.rtype() {
            Type::A => text.separated(&A::read(reader).ok()?.address.octets(), b'.'),
            Type::AAAA => text.groups(Aaaa::read(reader).ok()?.address.segments()),
            Type::NS => text.name(&Ns::read(reader).ok()?.server),
            Type::CNAME => text.name(&Cname::read(reader).ok()?.target),
            Type::SRV => {
                let srv = Srv::read(reader).ok()?;
                for number in [srv.priority, srv.weight, srv.port] {
                    text.number(number.into());
                    text.push(b' ');
                }
                text.name(&srv.target);
            }
            Type::SOA => {
                let soa = Soa::read(reader).ok()?;
                text.name(&soa.primary);
                text.push(b' ');
                text.name(&soa.responsible);
                for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                    text.push(b' ');
                    text.number(number);
                }
            }
            Type::TXT => {
                for (index, string) in Txt::read(reader).ok()?.strings.iter().enumerate() {
                    if index > 0 {
                        text.push(b' ');
                    }
                    text.push(b'"');
                    string
                        .iter()
                        .for_each(|octet| text.escaped(*octet, b"\"\\"));
                    text.push(b'"');
                }
            }
            _ => return None,
        }
        Some(text)
    }

    /// A name with a dot at its end.
    pub fn of_name(name: &Name<'_>) -> Self {
        let mut text = Self::empty();
        text.name(name);
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let octets = self.octets.get(..self.len).unwrap_or_default();
        // Only ASCII is written.
        core::str::from_utf8(octets).unwrap_or_default()
    }

    fn empty() -> Self {
        Self {
            octets: [0; LEN],
            len: 0,
        }
    }

    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.len) {
            *place = octet;
            self.len += 1;
        }
    }

    fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.push(b'0' + (number % 10) as u8);
    }

    fn separated(&mut self, numbers: &[u8], separator: u8) {
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.number(u32::from(*number));
        }
    }

    /// The longest run of zeros is left out, the first of several (RFC 5952 4.2).
    fn groups(&mut self, groups: [u16; 8]) {
        let run = |from: usize| {
            groups
                .iter()
                .skip(from)
                .take_while(|group| **group == 0)
                .count()
        };
        let (mut start, mut len) = (8, 1);
        for from in 0..8 {
            if run(from) > len {
                (start, len) = (from, run(from));
            }
        }
        for (index, group) in groups.iter().enumerate() {
            if index == start {
                self.push(b':');
            }
            if index == start || (start < index && index < start + len) {
                if index + 1 == 8 {
                    self.push(b':');
                }
                continue;
            }
            if index > 0 {
                self.push(b':');
            }
            self.hexadecimal(*group);
        }
    }

    fn hexadecimal(&mut self, number: u16) {
        if number >= 16 {
            self.hexadecimal(number / 16);
        }
        let digit = (number % 16) as u8;
        self.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' - 10 + digit
        });
    }

    fn name(&mut self, name: &Name<'_>) {
        if name.is_root() {
            self.push(b'.');
        }
        for label in name.labels() {
            label
                .iter()
                .for_each(|octet| self.escaped(*octet, b".\"\\();@$"));
            self.push(b'.');
        }
    }

    fn escaped(&mut self, octet: u8, special: &[u8]) {
        if special.contains(&octet) {
            self.push(b'\\');
            self.push(octet);
        } else if octet == b' ' || octet.is_ascii_graphic() {
            self.push(octet);
        } else {
            self.push(b'\\');
            for digit in [octet / 100, octet / 10 % 10, octet % 10] {
                self.push(b'0' + digit);
            }
        }
    }
}
