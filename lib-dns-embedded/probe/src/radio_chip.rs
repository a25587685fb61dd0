//! A chip and its lines for the paths of the radio. They stand in for the drivers of a processor, so the flash that they take
//! is not counted as the library's.

use core::convert::Infallible;
use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use lib_dns_embedded::sx126x::{Command, Interrupts, Pins};

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
                    for (at, place) in octets.iter_mut().enumerate() {
                        *place = black_box(self.answer(opcode, at));
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

    #[inline(never)]
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

    /// What is read there: of the status and what is asked for, or only of what is stored.
    #[inline(never)]
    fn answer(&self, opcode: u8, at: usize) -> u8 {
        let is = |command: Command| command.number() == opcode;
        let [a, b] = if is(Command::GetIrqStatus) {
            self.raised.bits().to_be_bytes()
        } else if is(Command::GetPacketType) {
            [self.is_lora.into(); 2]
        } else if is(Command::GetRxBufferStatus) {
            [4, 0]
        } else if is(Command::ReadRegister) {
            return 0x10;
        } else if is(Command::ReadBuffer) {
            return 7;
        } else {
            [0; 2]
        };
        match at {
            0 => self.mode,
            1 => a,
            _ => b,
        }
    }
}

/// Lines that say at once what is waited for, and a clock that goes on with each look.
pub type Lines = Pins<Pin, Pin<false>, Pin<true>, (), fn() -> u64>;

/// Such lines.
pub fn lines() -> Lines {
    Pins {
        nreset: Pin,
        busy: Pin,
        dio1: Pin,
        switch: (),
        clock: micros,
    }
}

#[inline(never)]
fn micros() -> u64 {
    static MICROS: AtomicU32 = AtomicU32::new(0);
    // Cortex-M0 has no addition that nothing interrupts; nothing does.
    let micros = MICROS.load(Ordering::Relaxed).wrapping_add(100);
    MICROS.store(micros, Ordering::Relaxed);
    micros.into()
}

/// A pin that is always at the same level when it is read.
pub struct Pin<const IS_HIGH: bool = false>;

impl<const IS_HIGH: bool> digital::ErrorType for Pin<IS_HIGH> {
    type Error = Infallible;
}

impl<const IS_HIGH: bool> InputPin for Pin<IS_HIGH> {
    #[inline(never)]
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(IS_HIGH))
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(!IS_HIGH))
    }
}

impl OutputPin for Pin {
    #[inline(never)]
    fn set_high(&mut self) -> Result<(), Infallible> {
        black_box(true);
        Ok(())
    }

    #[inline(never)]
    fn set_low(&mut self) -> Result<(), Infallible> {
        black_box(false);
        Ok(())
    }
}
