//! A chip and its lines for the paths of the radio. They stand in for the drivers of a processor, so the flash that they take
//! is not counted as the library's.

use core::convert::Infallible;
use core::hint::black_box;

use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use lib_dns_embedded::sx126x::{Board, Command, Interrupts, Path};

/// A chip that does at once what it is told, and receives four sevens as soon as it listens.
pub struct Chip {
    is_lora: bool,
    mode: u8,
    raised: Interrupts,
}

impl ErrorType for Chip {
    type Error = Infallible;
}

impl SpiDevice for Chip {
    #[inline(never)]
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut opcode = 0;
        for operation in operations {
            match operation {
                Operation::Write(octets) if opcode == 0 => {
                    opcode = octets.first().copied().unwrap_or_default();
                    self.obey(opcode);
                }
                Operation::Read(octets) => {
                    let answer = self.answer(opcode);
                    for (place, octet) in octets.iter_mut().zip(answer.iter().cycle()) {
                        *place = black_box(*octet);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Chip {
    /// A chip after a reset.
    pub fn new() -> Self {
        Self {
            is_lora: false,
            mode: 0x20,
            raised: Interrupts::empty(),
        }
    }

    fn obey(&mut self, opcode: u8) {
        let is = |command: Command| command.number() == opcode;
        if is(Command::SetPacketType) {
            self.is_lora = true;
        } else if is(Command::SetTx) {
            self.raised = Interrupts::TX_DONE;
        } else if is(Command::SetCad) {
            self.raised = Interrupts::CAD_DONE;
        } else if is(Command::SetRx) {
            self.mode = 0x50;
            self.raised = Interrupts::RX_DONE;
        } else if is(Command::SetStandby) {
            self.mode = 0x20;
        } else if is(Command::ClearIrqStatus) {
            self.raised = Interrupts::empty();
        }
    }

    /// What is read: the status and two octets, or only what is stored.
    fn answer(&self, opcode: u8) -> [u8; 3] {
        let is = |command: Command| command.number() == opcode;
        let [a, b] = if is(Command::GetIrqStatus) {
            self.raised.bits().to_be_bytes()
        } else if is(Command::GetPacketType) {
            [self.is_lora.into(); 2]
        } else if is(Command::GetRxBufferStatus) {
            [4, 0]
        } else if is(Command::ReadRegister) {
            return [0x10; 3];
        } else if is(Command::ReadBuffer) {
            return [7; 3];
        } else {
            [0; 2]
        };
        [self.mode, a, b]
    }
}

/// Lines that say at once what is waited for, and a clock that goes on with each look.
#[derive(Default)]
pub struct Lines {
    micros: u64,
}

impl Board for Lines {
    type Error = Infallible;

    #[inline(never)]
    fn set_reset(&mut self, is_held: bool) -> Result<(), Infallible> {
        black_box(is_held);
        Ok(())
    }

    #[inline(never)]
    fn is_busy(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(false))
    }

    #[inline(never)]
    fn is_interrupt(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(true))
    }

    #[inline(never)]
    fn connect(&mut self, path: Path) -> Result<(), Infallible> {
        black_box(path);
        Ok(())
    }

    #[inline(never)]
    fn micros(&mut self) -> u64 {
        self.micros = self.micros.wrapping_add(100);
        black_box(self.micros)
    }
}
