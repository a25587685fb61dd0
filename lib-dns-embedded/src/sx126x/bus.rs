//! Commands over SPI: BUSY low, transfer, BUSY low (section 8.3.1).

use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

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
pub(super) struct Bus<S: ErrorType, B: Board> {
    pub(super) spi: S,
    pub(super) board: B,
    /// What the oscillator takes to start, in microseconds.
    startup_micros: u16,
    fault: Option<Error<S::Error, B::Error>>,
}

/// What becomes of a register.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub(crate) clear: u8,
    pub(crate) set: u8,
}

/// Something failed; what, is in [`Bus::take_fault`]. Each step passes on that it did, so it is as small as it can be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

// What is called from many places is a function of its own, and never a part of each caller: code is scarcer than time here.
impl<S: SpiDevice, B: Board> Bus<S, B> {
    pub(super) fn new(spi: S, board: B, startup_micros: u16) -> Self {
        Self {
            spi,
            board,
            startup_micros,
            fault: None,
        }
    }

    /// What the oscillator takes to start, in microseconds.
    pub(super) fn startup_micros(&self) -> u16 {
        self.startup_micros
    }

    /// Keeps what has failed.
    pub(super) fn fail(&mut self, fault: Error<S::Error, B::Error>) -> Failed {
        self.fault = Some(fault);
        Failed
    }

    /// What has failed; there always is something then.
    pub(super) fn take_fault(&mut self) -> Error<S::Error, B::Error> {
        self.fault.take().unwrap_or(Error::ChipReset)
    }

    /// What a line of the board says.
    pub(super) fn line<T>(&mut self, said: Result<T, B::Error>) -> Result<T, Failed> {
        said.map_err(|error| self.fail(Error::Line(error)))
    }

    /// Sends a command with so many octets of parameters: the octets of a number, the highest first, and behind them zeros.
    #[inline(never)]
    pub(super) fn send(
        &mut self,
        command: Command,
        len: u8,
        parameters: u32,
    ) -> Result<(), Failed> {
        let [a, b, c, d] = parameters.to_be_bytes();
        let told = [command.number(), a, b, c, d, 0, 0, 0, 0];
        let told = told.get(..=usize::from(len)).unwrap_or_default();
        self.exchange(command, &mut [Operation::Write(told)])
    }

    /// Asks something that takes no parameters: the chip's status, and two octets at most of an answer.
    pub(super) fn ask(&mut self, command: Command, len: u8) -> Result<[u8; 3], Failed> {
        self.read(command, None, len.saturating_add(1))
    }

    pub(super) fn read_register(&mut self, register: Register) -> Result<u8, Failed> {
        let [octet, ..] = self.read(Command::ReadRegister, Some(register), 1)?;
        Ok(octet)
    }

    /// Sends a command, and the register that it is about, and reads so many octets.
    #[inline(never)]
    fn read(
        &mut self,
        command: Command,
        register: Option<Register>,
        len: u8,
    ) -> Result<[u8; 3], Failed> {
        // Behind the address an octet for the status.
        let [a, b] = register.map_or(0, Register::number).to_be_bytes();
        let asked = [command.number(), a, b, 0];
        let sent = if register.is_some() { asked.len() } else { 1 };
        let asked = asked.get(..sent).unwrap_or_default();
        let mut answer = [0; 3];
        let places = answer.get_mut(..len.into()).unwrap_or_default();
        let operations = &mut [Operation::Write(asked), Operation::Read(places)];
        self.exchange(command, operations)?;
        Ok(answer)
    }

    /// Sets bits of a register, after clearing others.
    #[inline(never)]
    pub(super) fn change(&mut self, register: Register, change: Change) -> Result<(), Failed> {
        let octet = self.read_register(register)?;
        self.write_register(register, octet & !change.clear | change.set)
    }

    #[inline(never)]
    pub(super) fn write_register(&mut self, register: Register, octet: u8) -> Result<(), Failed> {
        let [high, low] = register.number().to_be_bytes();
        let parameters = u32::from_be_bytes([high, low, octet, 0]);
        self.send(Command::WriteRegister, 3, parameters)
    }

    /// Writes a frame at the beginning of the chip's buffer.
    #[inline(never)]
    pub(super) fn write_buffer(&mut self, frame: &[u8]) -> Result<(), Failed> {
        let command = Command::WriteBuffer;
        let told = [command.number(), 0];
        let operations = &mut [Operation::Write(&told), Operation::Write(frame)];
        self.exchange(command, operations)
    }

    /// Reads a frame from there on.
    #[inline(never)]
    pub(super) fn read_buffer(&mut self, start: u8, frame: &mut [u8]) -> Result<(), Failed> {
        let command = Command::ReadBuffer;
        let asked = [command.number(), start, 0];
        let operations = &mut [Operation::Write(&asked), Operation::Read(frame)];
        self.exchange(command, operations)
    }

    /// BUSY low, transfer, BUSY low. The chip is busy while it sleeps, so it is not waited for before [`Command::GetStatus`],
    /// which wakes it, and behind [`Command::SetSleep`]; it is ready for the first whenever it is awake.
    #[inline(never)]
    pub(super) fn exchange(
        &mut self,
        command: Command,
        operations: &mut [Operation<'_, u8>],
    ) -> Result<(), Failed> {
        if command != Command::GetStatus {
            self.wait_until_ready(command)?;
        }
        let transferred = self.spi.transaction(operations);
        transferred.map_err(|error| self.fail(Error::Spi(error)))?;
        self.board.pause(BUSY_RISE);
        if command == Command::SetSleep {
            return Ok(());
        }
        self.wait_until_ready(command)
    }

    /// Waits until BUSY is low, before or after a command.
    #[inline(never)]
    fn wait_until_ready(&mut self, command: Command) -> Result<(), Failed> {
        let limit = BUSY_LIMIT.saturating_add(self.startup_micros.into());
        // So short a time is the same in the lower half of the clock's number.
        let since = self.board.micros() as u32;
        let mut pause = BUSY_RISE;
        loop {
            // The clock before the line: who was not running for long finds the line as it is now.
            let is_late = (self.board.micros() as u32).wrapping_sub(since) >= limit;
            let is_busy = self.board.is_busy();
            if !self.line(is_busy)? {
                return Ok(());
            }
            if is_late {
                return Err(self.fail(Error::Busy { command }));
            }
            // Most commands take a microsecond, some milliseconds.
            self.board.pause(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}
