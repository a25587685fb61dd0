//! The simulated chip under a driver that does what it must not: each is kept, or the other tests would prove nothing.

use embedded_hal::spi::SpiDevice;
use lib_dns_embedded::sim::{Air, Chip, Lines, Spi, Wiring};
use lib_dns_embedded::sx126x::{Board, Command};

/// A chip that has come up, and a driver that knows nothing.
struct Bench {
    air: Air,
    chip: Chip,
    spi: Spi,
    lines: Lines,
}

impl Bench {
    fn new() -> Self {
        let air = Air::new(1);
        let chip = air.add(Wiring {
            tcxo_startup_micros: None,
            dio2_switches_antenna: false,
            ..Wiring::default()
        });
        let (spi, lines) = (chip.spi(), chip.board());
        let mut bench = Self {
            air,
            chip,
            spi,
            lines,
        };
        bench.wait();
        bench
    }

    fn wait(&mut self) {
        self.lines.pause(1);
        while self.lines.is_busy().unwrap() {}
    }

    /// Sends a command, and waits for nothing.
    fn hurry(&mut self, command: Command, parameters: &[u8]) {
        let octets = [&[command.number()], parameters].concat();
        self.spi.write(&octets).unwrap();
    }

    fn send(&mut self, command: Command, parameters: &[u8]) {
        self.hurry(command, parameters);
        self.wait();
    }

    /// What was done wrong so far.
    fn complaints(&self) -> Vec<String> {
        let violations = self.air.violations();
        violations
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    /// A LoRa radio at SF9 and 125 kHz.
    fn set_up(&mut self) {
        self.send(Command::SetPacketType, &[1]);
        self.send(Command::SetModulationParams, &[9, 4, 1, 0]);
        self.send(Command::SetPacketParams, &[0, 8, 0, 4, 1, 0]);
    }
}

#[test]
fn speaking_to_a_busy_chip() {
    let mut bench = Bench::new();
    bench.send(Command::SetStandby, &[0]);
    assert_eq!(bench.complaints(), [""; 0]);
    // Also in the moment in which the line does not say so yet.
    bench.hurry(Command::SetStandby, &[0]);
    assert!(!bench.lines.is_busy().unwrap());
    bench.hurry(Command::GetStatus, &[0]);
    assert_eq!(bench.complaints(), ["GetStatus while busy"]);
}

#[test]
fn speaking_to_a_chip_that_sleeps_or_is_held() {
    let mut bench = Bench::new();
    bench.hurry(Command::SetSleep, &[4]);
    bench.lines.pause(500);
    bench.hurry(Command::SetPacketType, &[1]);
    assert_eq!(bench.complaints(), ["SetPacketType while asleep"]);
    bench.wait();
    bench.lines.set_reset(true).unwrap();
    bench.hurry(Command::GetStatus, &[0]);
    assert_eq!(bench.complaints()[1..], ["GetStatus while held in reset"]);
    bench.lines.set_reset(false).unwrap();
    assert_eq!(
        bench.complaints()[2..],
        ["NRESET was held for less than 100 microseconds"]
    );
}

#[test]
fn commands_at_the_wrong_time_or_of_the_wrong_form() {
    let mut bench = Bench::new();
    bench.send(Command::SetModulationParams, &[9, 4, 1, 0]);
    bench.send(Command::SetPacketType, &[]);
    bench.send(Command::SetStandby, &[1]);
    bench.send(Command::Calibrate, &[0x7F]);
    assert_eq!(
        bench.complaints(),
        [
            "SetModulationParams before SetPacketType",
            "SetPacketType with []",
            "Calibrate outside STDBY_RC",
        ]
    );
    bench.spi.write(&[0x42]).unwrap();
    assert_eq!(bench.complaints()[3..], ["unknown command 0x42"]);
}

#[test]
fn known_limitations_that_nobody_worked_around() {
    let mut bench = Bench::new();
    bench.set_up();
    assert_eq!(bench.complaints(), [""; 0]);
    bench.send(Command::SetTx, &[0, 0, 0]);
    assert_eq!(
        bench.complaints(),
        [
            "Tx: section 15.1 was not followed",
            "Tx: section 15.2 was not followed",
            "Tx: the antenna switch points the wrong way",
        ]
    );
    assert!(bench.chip.is_sending());
    bench.send(Command::SetTxParams, &[14, 4]);
    assert_eq!(bench.complaints()[3..], ["SetTxParams outside standby"]);

    let mut bench = Bench::new();
    bench.set_up();
    bench.send(Command::SetPacketParams, &[0, 8, 0, 4, 1, 1]);
    bench.send(Command::SetModulationParams, &[12, 4, 1, 0]);
    bench.send(Command::SetDio2AsRfSwitchCtrl, &[1]);
    bench.send(Command::SetRx, &[0xFF, 0xFF, 0xFF]);
    assert_eq!(
        bench.complaints(),
        [
            "Rx { is_continuous: true }: section 15.4 was not followed",
            "Rx { is_continuous: true }: the optimisation for low data rates is wrong",
            "Rx { is_continuous: true }: DIO2 is not told about the antenna switch, or there is none",
            "Rx { is_continuous: true }: the antenna switch points the wrong way",
        ]
    );
}
