//! Messages from a seed, written by hand so that our own writer has no part in them.

use crate::dice::Dice;

impl Dice {
    fn octets(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll() as u8).collect()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A message under construction: its octets, and where names stand that can be pointed to.
struct Draft<'r> {
    octets: Vec<u8>,
    names: Vec<usize>,
    random: &'r mut Dice,
}

/// A response that breaks no rule.
pub(crate) fn message(random: &mut Dice) -> Vec<u8> {
    let counts = [1, random.below(4), random.below(3), random.below(3)];
    let opt = random.below(2);
    let mut draft = Draft {
        octets: random.octets(2),
        names: Vec::new(),
        random,
    };
    // A response to a query, without an error.
    let flags = 0x8000 | (draft.random.roll() as u16 & 0x07b0);
    draft.u16(flags);
    for (section, count) in counts.into_iter().enumerate() {
        draft.u16(count as u16 + if section == 3 { opt as u16 } else { 0 });
    }
    draft.name(true);
    let qtype = draft.random.pick(&[1, 2, 6, 15, 16, 28, 33, 65, 255]);
    draft.u16(qtype);
    draft.u16(1);
    for _ in 0..counts.iter().skip(1).sum() {
        draft.record();
    }
    if opt == 1 {
        draft.opt();
    }
    draft.octets
}

/// One to three faults: an octet changed, octets cut off, put in or taken out.
pub(crate) fn mutate(message: &mut Vec<u8>, random: &mut Dice) {
    for _ in 0..=random.below(3) {
        if message.len() < 13 {
            return;
        }
        // The header is left alone but for the counts: opcodes have formats of their own.
        let at = 4 + random.below(message.len() - 4);
        match random.below(8) {
            0 => message.truncate(at),
            1 => message.insert(at, random.roll() as u8),
            2 => drop(message.remove(at)),
            3 => message[at] = random.pick(&[0, 1, 63, 64, 128, 191, 192, 255]),
            4 => message[at] = message[at].wrapping_add(1),
            5 => message[at] = message[at].wrapping_sub(1),
            _ => message[at] ^= 1 << random.below(8),
        }
    }
}

impl Draft<'_> {
    fn u8(&mut self, value: u8) {
        self.octets.push(value);
    }

    fn u16(&mut self, value: u16) {
        self.octets.extend(value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.octets.extend(value.to_be_bytes());
    }

    fn any_u16(&mut self) {
        let value = self.random.roll() as u16;
        self.u16(value);
    }

    fn any_octets(&mut self, least: usize, most: usize) {
        let len = least + self.random.below(most - least + 1);
        let octets = self.random.octets(len);
        self.octets.extend(octets);
    }

    /// A time that no library takes for negative (RFC 2181 8).
    fn time(&mut self) {
        let value = self.random.roll() as u32 >> (1 + self.random.below(24));
        self.u32(value);
    }

    fn string(&mut self) {
        let len = self.random.pick(&[0, 1, 5, 20, 255]);
        self.u8(len as u8);
        self.any_octets(len, len);
    }

    fn name(&mut self, compressed: bool) {
        let start = self.octets.len();
        for _ in 0..self.random.below(4) {
            if self.octets.len() < 0x3fff {
                self.names.push(self.octets.len());
            }
            match self.random.below(12) {
                0 => {
                    let label = self.random.octets(self.octets.len() % 20 + 1);
                    self.label(&label);
                }
                1 => self.label(&[b'x'; 63]),
                _ => {
                    let label = self.random.pick(&[
                        &b"www"[..],
                        b"mail",
                        b"Example",
                        b"example",
                        b"com",
                        b"_tcp",
                        b"*",
                        b"a",
                    ]);
                    self.label(label);
                }
            }
        }
        // A name that is pointed to from within itself would be a loop.
        let before = self.names.iter().filter(|at| **at < start).count();
        if compressed && before > 0 && self.random.below(3) > 0 {
            let target = self.names[self.random.below(before)];
            if self.wire_len(start) + self.wire_len(target) <= 255 {
                self.u16(0xc000 | target as u16);
                return;
            }
        }
        self.u8(0);
    }

    fn label(&mut self, octets: &[u8]) {
        self.u8(octets.len() as u8);
        self.octets.extend(octets);
    }

    /// Octets from `at` to the end of the name, or of the message.
    fn wire_len(&self, mut at: usize) -> usize {
        let mut len = 0;
        while let Some(&octet) = self.octets.get(at) {
            match octet {
                0 => return len + 1,
                192.. => at = usize::from(octet & 63) << 8 | usize::from(self.octets[at + 1]),
                _ => {
                    at += 1 + usize::from(octet);
                    len += 1 + usize::from(octet);
                }
            }
        }
        len
    }

    fn record(&mut self) {
        self.name(true);
        let rtype = self.random.pick(&[
            1, 2, 5, 6, 12, 13, 15, 16, 17, 18, 28, 33, 35, 36, 39, 43, 44, 46, 47, 48, 50, 51, 52,
            53, 59, 60, 61, 64, 65, 257, 65280,
        ]);
        self.u16(rtype);
        self.u16(1);
        self.time();
        let length = self.octets.len();
        self.u16(0);
        self.data(rtype);
        let len = (self.octets.len() - length - 2) as u16;
        self.octets[length..length + 2].copy_from_slice(&len.to_be_bytes());
    }

    fn data(&mut self, rtype: u16) {
        match rtype {
            1 => self.any_octets(4, 4),
            2 | 5 | 12 => self.name(true),
            6 => {
                self.name(true);
                self.name(true);
                self.any_octets(4, 4);
                for _ in 0..4 {
                    self.time();
                }
            }
            13 => {
                self.string();
                self.string();
            }
            15 => {
                self.any_u16();
                self.name(true);
            }
            16 => {
                for _ in 0..=self.random.below(3) {
                    self.string();
                }
            }
            17 => {
                self.name(false);
                self.name(false);
            }
            18 | 36 => {
                self.any_u16();
                self.name(false);
            }
            28 => self.any_octets(16, 16),
            33 => {
                self.any_octets(6, 6);
                self.name(false);
            }
            35 => {
                self.any_octets(4, 4);
                self.label(b"u");
                self.label(b"SIP+D2U");
                self.string();
                self.name(false);
            }
            39 => self.name(false),
            43 | 59 => {
                self.any_u16();
                self.u8(8);
                self.u8(2);
                self.any_octets(32, 32);
            }
            44 => {
                self.u8(4);
                self.u8(2);
                self.any_octets(32, 32);
            }
            46 => {
                self.u16(1);
                self.u8(13);
                self.u8(2);
                self.time();
                self.time();
                self.time();
                self.any_u16();
                self.name(false);
                self.any_octets(64, 64);
            }
            47 => {
                self.name(false);
                self.bitmap();
            }
            48 | 60 => {
                self.u16(257);
                self.u8(3);
                self.u8(13);
                self.any_octets(64, 64);
            }
            50 => {
                self.octets.extend([1, 1, 0, 0]);
                self.string_of(8);
                self.string_of(20);
                self.bitmap();
            }
            51 => {
                self.octets.extend([1, 0, 0, 0]);
                self.string_of(8);
            }
            52 | 53 => {
                self.octets.extend([3, 1, 1]);
                self.any_octets(32, 32);
            }
            61 => self.any_octets(1, 60),
            64 | 65 => {
                self.u16(1);
                self.name(false);
                self.octets
                    .extend([0, 1, 0, 6, 2, b'h', b'2', 2, b'h', b'3']);
                self.octets.extend([0, 3, 0, 2, 1, 187]);
                self.octets.extend([0, 4, 0, 4, 192, 0, 2, 1]);
            }
            257 => {
                self.u8(0);
                self.label(b"issue");
                self.octets.extend(b"ca.example");
            }
            _ => self.any_octets(0, 40),
        }
    }

    fn string_of(&mut self, len: usize) {
        self.u8(len as u8);
        self.any_octets(len, len);
    }

    /// A, NS, RRSIG and NSEC, and CAA in a window of its own.
    fn bitmap(&mut self) {
        self.octets.extend([0, 6, 0x60, 0, 0, 0, 0, 3]);
        if self.random.below(2) == 0 {
            self.octets.extend([1, 1, 0x40]);
        }
    }

    fn opt(&mut self) {
        self.u8(0);
        self.u16(41);
        self.u16(1232);
        self.u32(0x8000);
        let options = self.random.below(3);
        self.u16(12 * options as u16);
        for _ in 0..options {
            self.octets.extend([0xff, 0x00, 0, 8]);
            self.any_octets(8, 8);
        }
    }
}
