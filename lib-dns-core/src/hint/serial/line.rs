//! Messages on a line: where they begin and end, and whether they are whole.

use super::message::SerialError;

/// Octets of the longest message, without its CRC: a head and the longest body.
pub const MAX_MESSAGE_LEN: usize = 2 + 258;

/// Octets of a CRC.
const CRC_LEN: usize = 4;

/// Octets of the longest message with its CRC.
const MAX_WHOLE_LEN: usize = MAX_MESSAGE_LEN + CRC_LEN;

/// Octets that the longest message takes on the line: a zero, a distance for each 254 octets begun, and a zero.
pub const MAX_WRITTEN_LEN: usize = MAX_WHOLE_LEN + 2 + 2;

/// The longest distance; it stands for 254 octets without a zero behind them.
const LONGEST: u8 = 0xff;

/// Takes octets from a line, and gives back the messages that they make.
///
/// It never loses a message because of what stood before it, and holds no more than one.
#[derive(Clone, Debug)]
pub struct Line {
    octets: [u8; MAX_WHOLE_LEN],
    len: usize,
    /// Octets until the next distance.
    left: u8,
    /// Does a zero stand where the next distance does, unless the message ends there?
    owes_zero: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Between messages, or before the first zero.
    Between,
    /// Within a message.
    Within,
    /// Within something that is too long to be one: all is passed over until a zero.
    PassingOver,
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

impl Line {
    /// With nothing heard.
    pub const fn new() -> Self {
        Self {
            octets: [0; MAX_WHOLE_LEN],
            len: 0,
            left: 0,
            owes_zero: false,
            state: State::Between,
        }
    }

    /// Takes an octet. `Some` at the end of a message, or of what was none: version, kind and body, without the CRC.
    ///
    /// # Errors
    /// If what came between two zeros is damaged, or longer than any message.
    pub fn push(&mut self, octet: u8) -> Option<Result<&[u8], SerialError>> {
        if octet == 0 {
            return self.end();
        }
        match self.state {
            State::PassingOver => {}
            State::Between => {
                self.len = 0;
                self.state = State::Within;
                self.begin_run(octet);
            }
            State::Within if self.left == 0 => {
                if self.owes_zero {
                    self.keep(0);
                }
                self.begin_run(octet);
            }
            State::Within => {
                self.left = self.left.saturating_sub(1);
                self.keep(octet);
            }
        }
        None
    }

    fn begin_run(&mut self, distance: u8) {
        self.left = distance.saturating_sub(1);
        self.owes_zero = distance != LONGEST;
    }

    fn keep(&mut self, octet: u8) {
        match self.octets.get_mut(self.len) {
            Some(place) => {
                *place = octet;
                self.len = self.len.saturating_add(1);
            }
            None => self.state = State::PassingOver,
        }
    }

    fn end(&mut self) -> Option<Result<&[u8], SerialError>> {
        let state = core::mem::replace(&mut self.state, State::Between);
        match state {
            // The zero before a message, behind the one of the message before it.
            State::Between => None,
            State::PassingOver => Some(Err(SerialError::TooLong)),
            State::Within if self.left > 0 => Some(Err(SerialError::Damaged)),
            State::Within => {
                let whole = self.octets.get(..self.len).unwrap_or_default();
                let message = whole.split_last_chunk();
                let message = message.filter(|(message, crc)| crc_of(message) == **crc);
                Some(
                    message
                        .map(|(message, _)| message)
                        .ok_or(SerialError::Damaged),
                )
            }
        }
    }
}

/// Writes parts of a message as they go over the line; `None` if there is no room.
pub(super) fn write<'o>(parts: &[&[u8]], out: &'o mut [u8]) -> Option<&'o [u8]> {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    let crc = crc.finish();
    let mut stuffing = Stuffing::begin(out)?;
    let octets = parts.iter().copied().chain([&crc[..]]).flatten();
    for octet in octets {
        stuffing.push(*octet)?;
    }
    let len = stuffing.end()?;
    out.get(..len)
}

/// Writes octets without zeros.
struct Stuffing<'o> {
    out: &'o mut [u8],
    len: usize,
    /// Where the distance goes that is not known yet.
    head: usize,
    distance: u8,
}

impl<'o> Stuffing<'o> {
    fn begin(out: &'o mut [u8]) -> Option<Self> {
        let mut stuffing = Self {
            out,
            len: 0,
            head: 1,
            distance: 1,
        };
        stuffing.put(0)?;
        stuffing.put(0)?;
        Some(stuffing)
    }

    fn put(&mut self, octet: u8) -> Option<()> {
        *self.out.get_mut(self.len)? = octet;
        self.len = self.len.checked_add(1)?;
        Some(())
    }

    fn push(&mut self, octet: u8) -> Option<()> {
        if self.distance == LONGEST {
            self.close_run()?;
        }
        if octet == 0 {
            return self.close_run();
        }
        self.put(octet)?;
        self.distance = self.distance.saturating_add(1);
        Some(())
    }

    fn close_run(&mut self) -> Option<()> {
        *self.out.get_mut(self.head)? = self.distance;
        self.head = self.len;
        self.distance = 1;
        self.put(0)
    }

    fn end(mut self) -> Option<usize> {
        *self.out.get_mut(self.head)? = self.distance;
        self.put(0)?;
        Some(self.len)
    }
}

fn crc_of(octets: &[u8]) -> [u8; CRC_LEN] {
    let mut crc = Crc::new();
    crc.update(octets);
    crc.finish()
}

/// CRC-32/ISO-HDLC, bit by bit: a line is slower than that, and a table would take a kilobyte.
struct Crc(u32);

impl Crc {
    /// x^32 + x^26 + … + 1, its bits the other way round.
    const POLYNOMIAL: u32 = 0xedb8_8320;

    const fn new() -> Self {
        Self(u32::MAX)
    }

    fn update(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 ^= u32::from(*octet);
            for _ in 0..8 {
                let is_odd = self.0 & 1 == 1;
                self.0 = self.0 >> 1 ^ if is_odd { Self::POLYNOMIAL } else { 0 };
            }
        }
    }

    const fn finish(self) -> [u8; CRC_LEN] {
        (!self.0).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that every catalogue of CRCs has.
    #[test]
    fn the_crc_is_the_one_that_it_says() {
        assert_eq!(crc_of(b"123456789"), 0xcbf4_3926_u32.to_le_bytes());
    }
}
