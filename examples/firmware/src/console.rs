//! Lines for the host, how deep the stack has been, and how a program ends; all by semihosting.

use core::ffi::CStr;

use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::{nr, syscall1};
use lib_dns_core::time::Timestamp;

/// A piece of a line.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// As it is. What is behind a zero octet is left out.
    Text(&'a str),
    /// In decimal.
    Number(u64),
    /// In hexadecimal.
    Hex(&'a [u8]),
    /// Milliseconds as seconds with one decimal.
    Seconds(u64),
    /// The same in six columns.
    Time(u64),
}

/// Octets of a line, its end and the zero for the host included. What is longer is cut.
const LINE: usize = 120;

/// Writes a line.
pub fn line(parts: &[Part<'_>]) {
    write(parts.iter().copied());
}

/// Writes a line with a time before it.
pub fn told(time: Timestamp, parts: &[Part<'_>]) {
    let time = [Part::Time(time.as_millis()), Part::Text("  ")];
    write(time.into_iter().chain(parts.iter().copied()));
}

/// Writes how deep the stack has been, and ends the program.
pub fn end(went_well: bool) -> ! {
    line(&[Part::Text("stack: "), Part::Number(stack_used() as u64)]);
    exit(went_well)
}

/// Ends the program.
pub fn exit(went_well: bool) -> ! {
    debug::exit(if went_well {
        EXIT_SUCCESS
    } else {
        EXIT_FAILURE
    });
    loop {}
}

/// The octets of stack that have been written to since the start, or since they were painted anew.
pub fn stack_used() -> usize {
    let (top, end) = stack();
    let mut lowest = end;
    // SAFETY: all words from `_stack_end` to `_stack_start` are painted or in use, and both are aligned.
    while lowest < top
        && unsafe { (lowest as *const u32).read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE
    {
        lowest += size_of::<u32>();
    }
    top - lowest
}

/// What a function gives, and how many octets of stack it takes.
#[inline(never)]
pub fn stack_of<R>(function: impl FnOnce() -> R) -> (R, usize) {
    /// What is below a local by no more than this may be in use.
    const FRAME: usize = 256;
    let (top, end) = stack();
    let local = 0u32;
    let here = (&raw const local) as usize;
    let mut word = end;
    while word + FRAME < here {
        // SAFETY: the stack ends at `_stack_end`, nobody uses what is below this function's frame, and no interrupt is on.
        unsafe { (word as *mut u32).write_volatile(cortex_m_rt::STACK_PAINT_VALUE) };
        word += size_of::<u32>();
    }
    let result = function();
    (result, stack_used().saturating_sub(top - here))
}

/// Where the stack begins, and where it ends.
fn stack() -> (usize, usize) {
    unsafe extern "C" {
        static _stack_start: u32;
        static _stack_end: u32;
    }
    (
        (&raw const _stack_start) as usize,
        (&raw const _stack_end) as usize,
    )
}

fn write<'a>(parts: impl Iterator<Item = Part<'a>>) {
    let mut line = Line {
        octets: [0; LINE],
        len: 0,
    };
    parts.for_each(|part| line.part(part));
    line.end();
    if let Ok(text) = CStr::from_bytes_until_nul(&line.octets) {
        // SAFETY: WRITE0 reads from the address up to the first zero octet, which a CStr has.
        unsafe { syscall1(nr::WRITE0, text.as_ptr() as usize) };
    }
}

struct Line {
    octets: [u8; LINE],
    len: usize,
}

impl Line {
    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Text(text) => text.bytes().for_each(|octet| self.push(octet)),
            Part::Number(number) => self.number(number, 1, b'0'),
            Part::Hex(octets) => {
                for octet in octets {
                    for nibble in [octet >> 4, octet & 15] {
                        self.push(nibble + if nibble < 10 { b'0' } else { b'a' - 10 });
                    }
                }
            }
            Part::Seconds(millis) => self.seconds(millis, 1),
            Part::Time(millis) => self.seconds(millis, 4),
        }
    }

    fn seconds(&mut self, millis: u64, columns: usize) {
        self.number(millis / 1000, columns, b' ');
        self.push(b'.');
        self.number(millis / 100 % 10, 1, b'0');
    }

    fn number(&mut self, mut number: u64, columns: usize, fill: u8) {
        // The last digit of what is left, from the right.
        let mut digits = [fill; 20];
        let mut used = 0;
        for place in digits.iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            used += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        let shown = digits.len().saturating_sub(used.max(columns));
        digits
            .iter()
            .skip(shown)
            .for_each(|digit| self.push(*digit));
    }

    /// Leaves two octets for the end.
    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(..LINE - 2)
            && let Some(place) = place.get_mut(self.len)
        {
            *place = octet;
            self.len += 1;
        }
    }

    fn end(&mut self) {
        if let Some(place) = self.octets.get_mut(self.len) {
            *place = b'\n';
        }
    }
}
