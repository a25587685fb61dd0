//! Commands over SPI: BUSY low, transfer, BUSY low (section 8.3.1).

use embedded_hal::spi::{Operation, SpiDevice};

use super::board::Board;
use super::error::Error;
use super::table::{Command, Register};

/// For how long BUSY may stay high, in microseconds, beside the start of the oscillator: the longest that the data sheet
/// knows is 3.5 ms, for the calibration after a reset.
pub(crate) const BUSY_LIMIT: u32 = 20_000;

/// For how long the chip is selected at most before it says that it is busy: 600 ns (table 8-1).
pub(crate) const BUSY_RISE: u16 = 1;

/// What passes at most between two looks at BUSY, in microseconds.
const LONGEST_PAUSE: u16 = 128;

/// The chip at the end of its wires.
#[derive(Debug)]
pub(super) struct Bus<S, B> {
    pub(super) spi: S,
    pub(super) board: B,
    /// What the oscillator takes to start, in microseconds.
    pub(super) startup_micros: u16,
}

/// What becomes of a register.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub(crate) clear: u8,
    pub(crate) set: u8,
}

type Answer<T, S, B> =
    Result<T, Error<<S as embedded_hal::spi::ErrorType>::Error, <B as Board>::Error>>;

// What is called from many places is a function of its own, and never a part of each caller: code is scarcer than time here.
impl<S: SpiDevice, B: Board> Bus<S, B> {
    /// Sends a command with so many octets of parameters: the octets of a number, the highest first, and behind them zeros.
    #[inline(never)]
    pub(super) fn send(&mut self, command: Command, len: u8, parameters: u32) -> Answer<(), S, B> {
        let [a, b, c, d] = parameters.to_be_bytes();
        let told = [command.number(), a, b, c, d, 0, 0, 0, 0];
        let told = told.get(..=usize::from(len)).unwrap_or_default();
        self.exchange(command, &mut [Operation::Write(told)])
    }

    /// Asks something that takes no parameters: the chip's status, and two octets at most of an answer.
    #[inline(never)]
    pub(super) fn ask(&mut self, command: Command, len: usize) -> Answer<[u8; 3], S, B> {
        let opcode = [command.number()];
        let mut answer = [0; 3];
        let places = answer.get_mut(..=len).unwrap_or_default();
        let operations = &mut [Operation::Write(&opcode), Operation::Read(places)];
        self.exchange(command, operations)?;
        Ok(answer)
    }

    /// Sets bits of a register, after clearing others.
    #[inline(never)]
    pub(super) fn change(&mut self, register: Register, change: Change) -> Answer<(), S, B> {
        let octet = self.read_register(register)?;
        self.write_register(register, octet & !change.clear | change.set)
    }

    pub(super) fn write_register(&mut self, register: Register, octet: u8) -> Answer<(), S, B> {
        let [high, low] = register.number().to_be_bytes();
        let parameters = u32::from_be_bytes([high, low, octet, 0]);
        self.send(Command::WriteRegister, 3, parameters)
    }

    #[inline(never)]
    pub(super) fn read_register(&mut self, register: Register) -> Answer<u8, S, B> {
        let command = Command::ReadRegister;
        let [high, low] = register.number().to_be_bytes();
        let asked = [command.number(), high, low, 0];
        let mut octet = [0];
        let operations = &mut [Operation::Write(&asked), Operation::Read(&mut octet)];
        self.exchange(command, operations)?;
        let [octet] = octet;
        Ok(octet)
    }

    /// Writes a frame at the beginning of the chip's buffer.
    #[inline(never)]
    pub(super) fn write_buffer(&mut self, frame: &[u8]) -> Answer<(), S, B> {
        let command = Command::WriteBuffer;
        let told = [command.number(), 0];
        let operations = &mut [Operation::Write(&told), Operation::Write(frame)];
        self.exchange(command, operations)
    }

    /// Reads a frame from there on.
    #[inline(never)]
    pub(super) fn read_buffer(&mut self, start: u8, frame: &mut [u8]) -> Answer<(), S, B> {
        let command = Command::ReadBuffer;
        let asked = [command.number(), start, 0];
        let operations = &mut [Operation::Write(&asked), Operation::Read(frame)];
        self.exchange(command, operations)
    }

    /// BUSY low, transfer, BUSY low.
    #[inline(never)]
    pub(super) fn exchange(
        &mut self,
        command: Command,
        operations: &mut [Operation<'_, u8>],
    ) -> Answer<(), S, B> {
        self.wait_until_ready(command)?;
        self.transfer(operations)?;
        self.wait_until_ready(command)
    }

    /// Sends a command without a look at BUSY: to fall asleep and to wake up.
    #[inline(never)]
    pub(super) fn send_unwatched(&mut self, told: [u8; 2]) -> Answer<(), S, B> {
        self.transfer(&mut [Operation::Write(&told)])
    }

    fn transfer(&mut self, operations: &mut [Operation<'_, u8>]) -> Answer<(), S, B> {
        self.spi.transaction(operations).map_err(Error::Spi)?;
        self.board.pause(BUSY_RISE);
        Ok(())
    }

    /// Waits until BUSY is low, before or after a command.
    #[inline(never)]
    pub(super) fn wait_until_ready(&mut self, command: Command) -> Answer<(), S, B> {
        let limit = BUSY_LIMIT.saturating_add(self.startup_micros.into());
        // So short a time is the same in the lower half of the clock's number.
        let since = self.board.micros() as u32;
        let mut pause = BUSY_RISE;
        loop {
            // The clock before the line: who was not running for long finds the line as it is now.
            let is_late = (self.board.micros() as u32).wrapping_sub(since) >= limit;
            if !self.board.is_busy().map_err(Error::Line)? {
                return Ok(());
            }
            if is_late {
                return Err(Error::Busy { command });
            }
            // Most commands take a microsecond, some milliseconds.
            self.board.pause(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}
