//! A node that hears and tells hints, on a RAK4631: an nRF52840, and an SX1262 on SPI.
#![no_std]
#![no_main]

mod hint_loop;

use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_nrf::gpio::{Input, Level, Output, OutputDrive, Pull};
use embassy_nrf::spim::{self, Spim};
use embassy_nrf::{bind_interrupts, pac, peripherals};
use embassy_time::{Delay, Instant};
use embedded_hal_bus::spi::ExclusiveDevice;
use lib_dns_embedded::sx126x::{Amplifier, Hardware, Pins, Settings, Sx126x, Tcxo, TcxoVoltage};
use panic_probe as _;

bind_interrupts!(struct Interrupts {
    SPI2 => spim::InterruptHandler<peripherals::SPI2>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
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
    let settings = Settings::new(hint_loop::LINK, hardware);
    let mut radio = defmt::unwrap!(Sx126x::new(spi, pins, settings));

    let [low, high] = [0, 1].map(|word| pac::FICR.deviceid(word).read());
    let id = u64::from(high) << 32 | u64::from(low);
    hint_loop::run(&mut radio, id, micros)
}
