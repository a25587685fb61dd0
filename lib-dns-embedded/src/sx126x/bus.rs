//! Commands over SPI: BUSY low, transfer, BUSY low (section 8.3.1).

use embedded_hal::spi::{Operation, SpiDevice};

use super::board::Board;
use super::error::Error;
use super::table::{Command, Register};

/// For how long BUSY may stay high, in microseconds, beside the start of the oscillator: the longest that the data sheet
/// knows is 3.5 ms, for the calibration after a reset.
pub(crate) const BUSY_LIMIT: u64 = 20_000;

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

type Answer<T, S, B> =
    Result<T, Error<<S as embedded_hal::spi::ErrorType>::Error, <B as Board>::Error>>;

impl<S: SpiDevice, B: Board> Bus<S, B> {
    /// Sends a command with its parameters.
    pub(super) fn send(&mut self, command: Command, parameters: &[u8]) -> Answer<(), S, B> {
        self.send_two(command, parameters, &[])
    }

    /// Sends a command with its parameters, which are in two places.
    pub(super) fn send_two(
        &mut self,
        command: Command,
        first: &[u8],
        second: &[u8],
    ) -> Answer<(), S, B> {
        self.wait_until_ready(command)?;
        self.send_unwatched(command, first, second)?;
        self.wait_until_ready(command)
    }

    /// Sends a command without a look at BUSY: to fall asleep and to wake up.
    pub(super) fn send_unwatched(
        &mut self,
        command: Command,
        first: &[u8],
        second: &[u8],
    ) -> Answer<(), S, B> {
        let opcode = [command.number()];
        self.transfer(&mut [
            Operation::Write(&opcode),
            Operation::Write(first),
            Operation::Write(second),
        ])
    }

    /// Asks something, and reads the answer; gives back the chip's status, which precedes it.
    pub(super) fn ask(
        &mut self,
        command: Command,
        parameters: &[u8],
        answer: &mut [u8],
    ) -> Answer<u8, S, B> {
        self.wait_until_ready(command)?;
        let opcode = [command.number()];
        let mut status = [0];
        self.transfer(&mut [
            Operation::Write(&opcode),
            Operation::Write(parameters),
            Operation::Read(&mut status),
            Operation::Read(answer),
        ])?;
        self.wait_until_ready(command)?;
        let [status] = status;
        Ok(status)
    }

    /// Sets bits of a register, after clearing others.
    pub(super) fn change(&mut self, register: Register, clear: u8, set: u8) -> Answer<(), S, B> {
        let octet = self.read_register(register)?;
        self.write_registers(register, &[octet & !clear | set])
    }

    pub(super) fn read_register(&mut self, register: Register) -> Answer<u8, S, B> {
        let mut octet = [0];
        let address = register.number().to_be_bytes();
        self.ask(Command::ReadRegister, &address, &mut octet)?;
        let [octet] = octet;
        Ok(octet)
    }

    pub(super) fn write_registers(&mut self, first: Register, octets: &[u8]) -> Answer<(), S, B> {
        let address = first.number().to_be_bytes();
        self.send_two(Command::WriteRegister, &address, octets)
    }

    /// Waits until BUSY is low.
    pub(super) fn wait_until_ready(&mut self, command: Command) -> Answer<(), S, B> {
        let limit = BUSY_LIMIT.saturating_add(self.startup_micros.into());
        let until = self.board.micros().saturating_add(limit);
        let mut pause = BUSY_RISE;
        loop {
            // The clock before the line: who was not running for long finds the line as it is now.
            let is_late = self.board.micros() >= until;
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

    fn transfer(&mut self, operations: &mut [Operation<'_, u8>]) -> Answer<(), S, B> {
        self.spi.transaction(operations).map_err(Error::Spi)?;
        self.board.pause(BUSY_RISE);
        Ok(())
    }
}
