//! The bus as `lora-phy` sees it: BUSY low with a deadline, transfer, BUSY low with a deadline.

use embedded_hal_async::spi::{ErrorKind, ErrorType, Operation, SpiDevice};

use super::board::AsyncBoard;
use crate::sx126x::{BUSY_LIMIT, BUSY_RISE, Command, Error};

/// The chip at the end of its wires.
#[derive(Debug)]
pub(super) struct Bus<S: ErrorType, B: AsyncBoard> {
    pub(super) spi: S,
    pub(super) board: B,
    /// For how long BUSY may stay high, in microseconds.
    busy_limit: u64,
    /// What `lora-phy` was told only that it failed.
    fault: Option<Error<S::Error, B::Error>>,
    /// A transfer has begun and not ended: the call that made it was dropped.
    pub(super) is_torn: bool,
    /// It sleeps, so that BUSY is high until it was spoken to.
    pub(super) is_asleep: bool,
}

type Answer<T, S, B> =
    Result<T, Error<<S as ErrorType>::Error, <B as crate::sx126x::Board>::Error>>;

/// A transfer that failed; why, is in [`Bus::take_fault`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

impl embedded_hal_async::spi::Error for Failed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl<S: ErrorType, B: AsyncBoard> ErrorType for Bus<S, B> {
    type Error = Failed;
}

impl<S: SpiDevice, B: AsyncBoard> SpiDevice for Bus<S, B> {
    async fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Failed> {
        let done = self.exchange(operations).await;
        done.map_err(|fault| {
            self.fault = Some(fault);
            Failed
        })
    }
}

impl<S: SpiDevice, B: AsyncBoard> Bus<S, B> {
    pub(super) fn new(spi: S, board: B, startup_micros: u16) -> Self {
        Self {
            spi,
            board,
            busy_limit: u64::from(BUSY_LIMIT).saturating_add(startup_micros.into()),
            fault: None,
            is_torn: false,
            is_asleep: false,
        }
    }

    /// Why the last transfer failed, if it did.
    pub(super) fn take_fault(&mut self) -> Option<Error<S::Error, B::Error>> {
        self.fault.take()
    }

    /// Sends a command with its parameters.
    pub(super) async fn send(&mut self, command: Command, parameters: &[u8]) -> Answer<(), S, B> {
        let opcode = [command.number()];
        self.exchange(&mut [Operation::Write(&opcode), Operation::Write(parameters)])
            .await
    }

    /// Asks something, and reads the answer; gives back the chip's status, which precedes it.
    pub(super) async fn ask(
        &mut self,
        command: Command,
        parameters: &[u8],
        answer: &mut [u8],
    ) -> Answer<u8, S, B> {
        let opcode = [command.number()];
        let mut status = [0];
        self.exchange(&mut [
            Operation::Write(&opcode),
            Operation::Write(parameters),
            Operation::Read(&mut status),
            Operation::Read(answer),
        ])
        .await?;
        let [status] = status;
        Ok(status)
    }

    /// Waits for some microseconds.
    pub(super) async fn pause(&mut self, micros: u16) {
        let until = self.board.micros().saturating_add(micros.into());
        self.board.until(until).await;
    }

    async fn exchange(&mut self, operations: &mut [Operation<'_, u8>]) -> Answer<(), S, B> {
        self.is_torn = true;
        let command = command_of(operations);
        // What is told a chip that sleeps wakes it, and what puts it to sleep is not over with BUSY.
        if !core::mem::take(&mut self.is_asleep) {
            self.until_ready(command).await?;
        }
        let transfer = self.spi.transaction(operations).await;
        transfer.map_err(Error::Spi)?;
        self.board.pause(BUSY_RISE);
        if command != Command::SetSleep {
            self.until_ready(command).await?;
        }
        self.is_torn = false;
        Ok(())
    }

    /// Waits until BUSY is low.
    async fn until_ready(&mut self, command: Command) -> Answer<(), S, B> {
        let until = self.board.micros().saturating_add(self.busy_limit);
        loop {
            // The clock before the line: who was not running for long finds the line as it is now.
            let is_late = self.board.micros() >= until;
            if !self.board.is_busy().map_err(Error::Line)? {
                return Ok(());
            }
            if is_late {
                return Err(Error::Busy { command });
            }
            self.board.until_ready(until).await;
        }
    }
}

/// The command that is sent; `lora-phy` sends none that is not in the table.
fn command_of(operations: &[Operation<'_, u8>]) -> Command {
    let opcode = match operations.first() {
        Some(Operation::Write([opcode, ..])) => *opcode,
        _ => 0,
    };
    let mut all = Command::ALL.iter().copied();
    all.find(|command| command.number() == opcode)
        .unwrap_or(Command::GetStatus)
}
