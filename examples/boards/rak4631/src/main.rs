//! A node that hears and tells hints, on a RAK4631: an nRF52840, and an SX1262 on SPI; and the radio of a host at the other end
//! of its serial line, which is UART 1 of RAK's base boards.
#![no_std]
#![no_main]

use board_node::network::LINK;
use board_node::{Port, Start};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_futures::block_on;
use embassy_nrf::buffered_uarte::{self, BufferedUarte};
use embassy_nrf::gpio::{Input, Level, Output, OutputDrive, Pull};
use embassy_nrf::nvmc::Nvmc;
use embassy_nrf::spim::{self, Spim};
use embassy_nrf::{bind_interrupts, pac, peripherals, uarte};
use embassy_time::{Delay, Instant};
use embedded_hal_bus::spi::ExclusiveDevice;
use embedded_io_async::{ReadReady, Write};
use lib_dns_embedded::sx126x::{Amplifier, Hardware, Pins, Settings, Sx126x, Tcxo, TcxoVoltage};
use panic_probe as _;
use static_cell::ConstStaticCell;

bind_interrupts!(struct Interrupts {
    SPI2 => spim::InterruptHandler<peripherals::SPI2>;
    UARTE1 => buffered_uarte::InterruptHandler<peripherals::UARTE1>;
});

/// The two pages behind those of the program, which `memory.x` keeps free. What the board was shipped with keeps files and its
/// bootloader above them.
const EPOCHS: core::ops::Range<u32> = 0xe_b000..0xe_d000;

/// Octets that the line keeps in either direction: more than the longest message.
const LINE: usize = 320;

/// The serial line, which an interrupt reads while the radio is busy.
struct Line(BufferedUarte<'static>);

impl Port for Line {
    fn next(&mut self) -> Option<u8> {
        let mut octet = [0];
        if !self.0.read_ready().is_ok_and(|is_ready| is_ready) {
            return None;
        }
        // It is there, so nothing is waited for. What the line has lost, the host says again.
        let read = block_on(self.0.read(&mut octet));
        let [octet] = octet;
        (read == Ok(1)).then_some(octet)
    }

    fn write(&mut self, octets: &[u8]) {
        // A line whose sender is not there has nobody at its other end.
        let _ = block_on(self.0.write_all(octets));
    }
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    static RECEIVED: ConstStaticCell<[u8; LINE]> = ConstStaticCell::new([0; LINE]);
    static TO_SEND: ConstStaticCell<[u8; LINE]> = ConstStaticCell::new([0; LINE]);

    let board = embassy_nrf::init(embassy_nrf::config::Config::default());

    let mut config = spim::Config::default();
    config.frequency = spim::Frequency::M8;
    let bus = Spim::new(
        board.SPI2,
        Interrupts,
        board.P1_11,
        board.P1_13,
        board.P1_12,
        config,
    );
    let select = Output::new(board.P1_10, Level::High, OutputDrive::Standard);
    let spi = defmt::unwrap!(ExclusiveDevice::new(bus, select, Delay).ok());

    let micros = || Instant::now().as_micros();
    let pins = Pins {
        nreset: Output::new(board.P1_06, Level::High, OutputDrive::Standard),
        busy: Input::new(board.P1_14, Pull::None),
        dio1: Input::new(board.P1_15, Pull::Down),
        // It hangs on DIO2. P1.05 powers it, as long as the board is on.
        switch: (),
        clock: micros,
    };
    let _antenna_switch = Output::new(board.P1_05, Level::High, OutputDrive::Standard);

    let hardware = Hardware {
        tcxo: Some(Tcxo {
            voltage: TcxoVoltage::V1_8,
            startup_micros: 5_000,
        }),
        dio2_switches_antenna: true,
        ..Hardware::new(Amplifier::High)
    };
    let settings = Settings::new(LINK, hardware);
    let mut radio = defmt::unwrap!(Sx126x::new(spi, pins, settings));

    // 115,200 baud, as it is.
    let mut line = Line(BufferedUarte::new(
        board.UARTE1,
        board.TIMER1,
        board.PPI_CH0,
        board.PPI_CH1,
        board.PPI_GROUP0,
        board.P0_15,
        board.P0_16,
        Interrupts,
        uarte::Config::default(),
        RECEIVED.take(),
        TO_SEND.take(),
    ));

    let [low, high] = [0, 1].map(|word| pac::FICR.deviceid(word).read());
    let start = Start {
        firmware: concat!("rak4631 ", env!("CARGO_PKG_VERSION")),
        id: u64::from(high) << 32 | u64::from(low),
        flash: Nvmc::new(board.NVMC),
        epochs: EPOCHS,
    };
    board_node::run(&mut radio, &mut line, start, micros)
}
