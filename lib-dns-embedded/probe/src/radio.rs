//! The radio's part of the proof, as `main.rs`: what a device does with the driver, on a chip that answers what the driver
//! wants to hear.
#![no_std]
#![no_main]

#[path = "radio_chip.rs"]
mod chip;
#[path = "radio_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_embedded::radio::Link;
use lib_dns_embedded::sx126x::{Amplifier, Hardware, Settings, Tcxo, TcxoVoltage};
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let link = Link {
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        power_dbm: 14,
    };
    let tcxo = Tcxo {
        voltage: TcxoVoltage::V1_8,
        startup_micros: 5_000,
    };
    let hardware = Hardware {
        tcxo: Some(tcxo),
        dio2_switches_antenna: true,
        ..Hardware::new(Amplifier::High)
    };
    let settings = black_box(Settings::new(link, hardware));
    let mut buffer = [0; 32];
    let mut radio = paths::radio(settings);
    let octets = size_of_val(&radio);
    let mut report = Report::new();
    report.path("settings", 1, || radio.is_some().into());
    if let Some(radio) = &mut radio {
        report.path("transmit", 1, || paths::transmit(radio, black_box(b"hint")));
        // Four octets, each a 7.
        report.path("receive", 4 + 4 * 7, || {
            paths::receive(radio, black_box(&mut buffer))
        });
        report.path("look", 1, || paths::look(radio));
        report.path("sleep", 1, || paths::sleep(radio));
        // With this chip and these lines, which have 8 of them.
        report.path("octets of the driver within 64", 1, || {
            (octets <= 64).into()
        });
    }
    report.end()
}
