//! A node that hears and tells hints, on an STM32WLE5, whose radio is an SX1262 behind registers; and the radio of a host at
//! the other end of its serial line. The antenna switch, the oscillator and the line's pins are those of Seeed's Wio-E5.
#![no_std]
#![no_main]

use core::convert::Infallible;

use board_node::network::LINK;
use board_node::{Port, Start};
use cortex_m::peripheral::NVIC;
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::rcc::{MSIRange, Sysclk};
use embassy_stm32::spi::Spi;
use embassy_stm32::usart::{self, BufferedUart};
use embassy_stm32::{bind_interrupts, dma, interrupt, pac, peripherals};
use embassy_time::{Delay, Instant};
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal_bus::spi::ExclusiveDevice;
use embedded_io::{Read, ReadReady, Write};
use lib_dns_embedded::sx126x::{
    Amplifier, Board, Hardware, Path, Settings, Sx126x, Tcxo, TcxoVoltage,
};
use panic_probe as _;
use static_cell::ConstStaticCell;

bind_interrupts!(struct Interrupts {
    DMA1_CHANNEL1 => dma::InterruptHandler<peripherals::DMA1_CH1>;
    DMA1_CHANNEL2 => dma::InterruptHandler<peripherals::DMA1_CH2>;
    USART1 => usart::BufferedInterruptHandler<peripherals::USART1>;
});

/// The last two pages of the flash, which `memory.x` keeps free.
const EPOCHS: core::ops::Range<u32> = 0x3_f000..0x4_0000;

/// Octets that the line keeps in either direction: more than the longest message.
const LINE: usize = 320;

/// The radio's NSS, which is a bit (RM0453, PWR_SUBGHZSPICR).
struct Select;

impl ErrorType for Select {
    type Error = Infallible;
}

impl OutputPin for Select {
    fn set_low(&mut self) -> Result<(), Infallible> {
        pac::PWR.subghzspicr().modify(|it| it.set_nss(false));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        pac::PWR.subghzspicr().modify(|it| it.set_nss(true));
        Ok(())
    }
}

/// The radio's other lines, which are bits too, and the antenna switch.
struct Registers<'d> {
    receive: Output<'d>,
    transmit: Output<'d>,
}

impl Board for Registers<'_> {
    type Error = Infallible;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Infallible> {
        pac::RCC.csr().modify(|it| it.set_rfrst(is_held));
        Ok(())
    }

    fn is_busy(&mut self) -> Result<bool, Infallible> {
        Ok(pac::PWR.sr2().read().rfbusys())
    }

    fn is_interrupt(&mut self) -> Result<bool, Infallible> {
        // The interrupt is never let through. It is pending again at once as long as the radio raises it.
        NVIC::unpend(interrupt::SUBGHZ_RADIO);
        cortex_m::asm::dsb();
        Ok(NVIC::is_pending(interrupt::SUBGHZ_RADIO))
    }

    fn connect(&mut self, path: Path) -> Result<(), Infallible> {
        let level = |is_on| if is_on { Level::High } else { Level::Low };
        self.receive.set_level(level(path == Path::Receive));
        self.transmit.set_level(level(path == Path::Transmit));
        Ok(())
    }

    fn micros(&mut self) -> u64 {
        Instant::now().as_micros()
    }
}

/// The serial line, which an interrupt reads while the radio is busy.
struct Line(BufferedUart<'static>);

impl Port for Line {
    fn next(&mut self) -> Option<u8> {
        let mut octet = [0];
        let is_there = self.0.read_ready().is_ok_and(|is_ready| is_ready);
        // What the line has lost, the host says again.
        let read = if is_there {
            self.0.read(&mut octet)
        } else {
            Ok(0)
        };
        let [octet] = octet;
        (read == Ok(1)).then_some(octet)
    }

    fn write(&mut self, octets: &[u8]) {
        // A line whose sender is not there has nobody at its other end.
        let _ = self.0.write_all(octets);
    }
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    static RECEIVED: ConstStaticCell<[u8; LINE]> = ConstStaticCell::new([0; LINE]);
    static TO_SEND: ConstStaticCell<[u8; LINE]> = ConstStaticCell::new([0; LINE]);

    let mut config = embassy_stm32::Config::default();
    config.rcc.msi = Some(MSIRange::RANGE16M);
    config.rcc.sys = Sysclk::MSI;
    let chip = embassy_stm32::init(config);

    let bus = Spi::new_subghz(chip.SUBGHZSPI, chip.DMA1_CH1, chip.DMA1_CH2, Interrupts);
    let spi = defmt::unwrap!(ExclusiveDevice::new(bus, Select, Delay).ok());
    let registers = Registers {
        receive: Output::new(chip.PA4, Level::Low, Speed::Low),
        transmit: Output::new(chip.PA5, Level::Low, Speed::Low),
    };
    let hardware = Hardware {
        tcxo: Some(Tcxo {
            voltage: TcxoVoltage::V1_7,
            startup_micros: 5_000,
        }),
        ..Hardware::new(Amplifier::High)
    };
    let settings = Settings::new(LINK, hardware);
    let mut radio = defmt::unwrap!(Sx126x::new(spi, registers, settings));

    // 115,200 baud, as it is.
    let line = BufferedUart::new(
        chip.USART1,
        chip.PB7,
        chip.PB6,
        TO_SEND.take(),
        RECEIVED.take(),
        Interrupts,
        usart::Config::default(),
    );
    let mut line = Line(defmt::unwrap!(line));

    let [a, b, c, d, e, f, g, h, ..] = embassy_stm32::uid::uid();
    let start = Start {
        firmware: concat!("stm32wle5 ", env!("CARGO_PKG_VERSION")),
        id: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        flash: Flash::<Blocking>::new_blocking(chip.FLASH),
        epochs: EPOCHS,
    };
    board_node::run(&mut radio, &mut line, start, || Instant::now().as_micros())
}
