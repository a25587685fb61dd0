//! What a small device does with the radio driver, in the manner of `paths.rs`; and the chip that it does it with.

use core::convert::Infallible;
use core::hint::black_box;

use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use lib_dns_core::time::Timestamp;
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sx126x::{Board, Command, Interrupts, Path, Settings, Sx126x};

/// The driver on the chip below.
pub type Radio = Sx126x<Chip, Lines>;

/// A driver, if the settings are good.
#[inline(never)]
pub fn radio(settings: Settings) -> Option<Radio> {
    let chip = Chip {
        is_lora: false,
        mode: 0x20,
        raised: Interrupts::empty(),
    };
    Sx126x::new(chip, Lines { micros: 0 }, settings).ok()
}

/// Sends a frame: 1 if that went well.
#[inline(never)]
pub fn transmit(radio: &mut Radio, frame: &[u8]) -> usize {
    radio.transmit(frame).is_ok().into()
}

/// Receives a frame: its length and the sum of its octets.
#[inline(never)]
pub fn receive(radio: &mut Radio, buffer: &mut [u8]) -> usize {
    let until = black_box(Timestamp::from_secs(1));
    let Ok(Some(reception)) = radio.receive(buffer, until) else {
        return 0;
    };
    let octets = usize::from(reception.octets);
    let frame = buffer.iter().take(octets);
    frame.fold(octets, |sum, octet| sum.wrapping_add((*octet).into()))
}

/// Looks at the channel: 1 if it is free.
#[inline(never)]
pub fn look(radio: &mut Radio) -> usize {
    matches!(radio.channel_busy(), Ok(false)).into()
}

/// Lets the chip sleep: 1 if it does.
#[inline(never)]
pub fn sleep(radio: &mut Radio) -> usize {
    radio.sleep().is_ok().into()
}

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
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut opcode = 0;
        let mut has_status = false;
        for operation in operations {
            match operation {
                Operation::Write(octets) if opcode == 0 => {
                    opcode = octets.first().copied().unwrap_or_default();
                    self.obey(opcode);
                }
                Operation::Read(octets) => {
                    let answer = if has_status {
                        self.answer(opcode)
                    } else {
                        [self.mode; 2]
                    };
                    has_status = true;
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

    fn answer(&self, opcode: u8) -> [u8; 2] {
        let is = |command: Command| command.number() == opcode;
        if is(Command::GetIrqStatus) {
            self.raised.bits().to_be_bytes()
        } else if is(Command::GetPacketType) {
            [self.is_lora.into(); 2]
        } else if is(Command::GetRxBufferStatus) {
            [4, 0]
        } else if is(Command::ReadRegister) {
            [0x10; 2]
        } else if is(Command::ReadBuffer) {
            [7; 2]
        } else {
            [0; 2]
        }
    }
}

/// Lines that say at once what is waited for, and a clock that goes on with each look.
pub struct Lines {
    micros: u64,
}

impl Board for Lines {
    type Error = Infallible;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Infallible> {
        black_box(is_held);
        Ok(())
    }

    fn is_busy(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(false))
    }

    fn is_interrupt(&mut self) -> Result<bool, Infallible> {
        Ok(black_box(true))
    }

    fn connect(&mut self, path: Path) -> Result<(), Infallible> {
        black_box(path);
        Ok(())
    }

    fn micros(&mut self) -> u64 {
        self.micros = self.micros.wrapping_add(100);
        black_box(self.micros)
    }
}
