//! The drivers on simulated chips that break: every fault ends in a typed error within its deadline, leaves the chip in
//! reset, and is over with the next call. Each test runs on our own driver and on `lora-phy`, watched.

#[path = "drivers/drivers.rs"]
mod drivers;
#[path = "drivers/tasks.rs"]
mod tasks;

use drivers::{DRIVERS, Driver, Failure, Make};
use lib_dns_core::time::Timestamp;
use lib_dns_embedded::sim::{Air, Chip, Fault, SpiFault, Wiring};
use lib_dns_embedded::sx126x::{Command, DeviceErrors, Error, Waiting};

/// What a call may take beside the time of its frame, look or deadline: setting up (30 ms with the start of the
/// oscillator), a BUSY that stays high (24 ms), the slack of the timers (20 ms), and some SPI.
const OVERHEAD: u64 = 80_000;

/// What is asked of a radio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Call {
    Start,
    Transmit,
    Receive,
    Look,
    Sleep,
}

impl Call {
    const ALL: [Self; 5] = [
        Self::Start,
        Self::Transmit,
        Self::Receive,
        Self::Look,
        Self::Sleep,
    ];
}

/// A radio that breaks, and one that does not.
struct Bench {
    air: Air,
    chip: Chip,
    radio: Box<dyn Driver>,
    peer: Box<dyn Driver>,
}

impl Bench {
    fn new(make: Make) -> Self {
        let air = Air::new(1);
        let [chip, other] = [Wiring::default(); 2].map(|wiring| air.add(wiring));
        let radio = make(&chip, chip.wiring().settings());
        let [ours, ..] = DRIVERS;
        let peer = ours(&other, other.wiring().settings());
        Self {
            air,
            chip,
            radio,
            peer,
        }
    }

    /// Makes a call, and sees that it ends in time. A receiver waits for 300 ms.
    fn call(&mut self, call: Call) -> Result<(), Failure> {
        let before = self.air.now_micros();
        let airtime = self.radio.link().airtime_micros(16);
        let symbol = u64::from(self.radio.link().modulation.symbol_micros());
        let (time, result) = match call {
            Call::Start => (0, self.radio.start()),
            Call::Sleep => (0, self.radio.sleep()),
            Call::Transmit => (airtime, self.radio.transmit(&[0x5A; 16])),
            Call::Look => (16 * symbol, self.radio.channel_busy().map(drop)),
            Call::Receive => {
                let until = Timestamp::from_millis(before / 1_000 + 300);
                let received = self.radio.receive(&mut [0; 32], until);
                (
                    300_000,
                    received.map(|reception| assert_eq!(reception, None)),
                )
            }
        };
        let took = self.air.now_micros() - before;
        assert!(took <= time + OVERHEAD, "{call:?} took {took} microseconds");
        result
    }

    /// A frame goes through in both directions, whatever happened before.
    fn works_again(&mut self) {
        self.chip.heal();
        // A frame that was on its way is over.
        self.air.advance_micros(1_000_000);
        let mut buffer = [0; 32];
        self.peer.listen().unwrap();
        self.radio.transmit(b"there").unwrap();
        let reception = self.peer.receive(&mut buffer, Timestamp::ZERO).unwrap();
        assert_eq!(reception.unwrap().octets, 5);
        assert_eq!(&buffer[..5], b"there");

        self.radio.listen().unwrap();
        self.peer.transmit(b"back").unwrap();
        let reception = self.radio.receive(&mut buffer, Timestamp::ZERO).unwrap();
        assert_eq!(reception.unwrap().octets, 4);
        assert_eq!(&buffer[..4], b"back");
        assert_eq!(self.air.violations(), []);
    }

    /// The call fails like this, and everything is well afterwards.
    fn fails(&mut self, call: Call, error: Failure) {
        assert_eq!(self.call(call), Err(error), "{call:?}");
        assert!(self.chip.is_held(), "a radio with a fault may send");
        self.works_again();
    }
}

#[test]
fn busy_that_stays_high_is_told_with_the_command() {
    for make in DRIVERS {
        for call in Call::ALL {
            let mut bench = Bench::new(make);
            bench.chip.inject(Fault::BusyStuck);
            bench.fails(
                call,
                Error::Busy {
                    command: Command::SetStandby,
                },
            );
            bench.chip.inject(Fault::BusyStuck);
            // It listens. A look asks whether a frame is coming in; all others, whether it still does.
            let command = match call {
                Call::Look => Command::GetIrqStatus,
                _ => Command::GetPacketType,
            };
            bench.fails(call, Error::Busy { command });
        }
    }
}

#[test]
fn a_line_that_stays_low_is_told_from_a_chip_that_says_nothing() {
    for make in DRIVERS {
        for (call, waiting) in [
            (Call::Transmit, Waiting::Transmit),
            (Call::Look, Waiting::Look),
        ] {
            let mut bench = Bench::new(make);
            bench.chip.inject(Fault::SilentLine);
            bench.fails(call, Error::SilentLine { waiting });
            bench.chip.inject(Fault::Mute);
            bench.fails(call, Error::NoInterrupt { waiting });
        }

        let mut bench = Bench::new(make);
        bench.radio.listen().unwrap();
        bench.chip.inject(Fault::SilentLine);
        bench.peer.transmit(&[1; 8]).unwrap();
        bench.fails(
            Call::Receive,
            Error::SilentLine {
                waiting: Waiting::Receive,
            },
        );
        // Nothing was sent, so nothing is missing.
        bench.chip.inject(Fault::SilentLine);
        assert_eq!(bench.call(Call::Receive), Ok(()));
        bench.works_again();
    }
}

#[test]
fn an_oscillator_that_does_not_start_is_told() {
    for make in DRIVERS {
        for call in Call::ALL {
            let mut bench = Bench::new(make);
            bench.chip.inject(Fault::DeadOscillator);
            bench.fails(call, Error::Device(DeviceErrors::OSCILLATOR_START));
        }
        // It stops while the chip waits in standby: the chip does not begin what it is told.
        for (call, waiting) in [
            (Call::Transmit, Waiting::Transmit),
            (Call::Look, Waiting::Look),
        ] {
            let mut bench = Bench::new(make);
            bench.radio.start().unwrap();
            bench.chip.inject(Fault::DeadOscillator);
            bench.fails(call, Error::NoInterrupt { waiting });
        }
    }
}

#[test]
fn a_tcxo_that_the_settings_do_not_know_is_told() {
    let error = Error::Device(DeviceErrors::OSCILLATOR_START);
    for make in DRIVERS {
        let chip = Air::new(1).add(Wiring::default());
        let mut settings = chip.wiring().settings();
        settings.hardware.tcxo = None;
        assert_eq!(make(&chip, settings).start(), Err(error));
    }
    // And one that is given too little time to start, as only our own driver does.
    let [ours, _] = DRIVERS;
    let chip = Air::new(1).add(Wiring::default());
    let mut settings = chip.wiring().settings();
    settings.hardware.tcxo.as_mut().unwrap().startup_micros = 1_000;
    assert_eq!(ours(&chip, settings).start(), Err(error));
}

#[test]
fn a_chip_that_is_not_there_is_told() {
    for make in DRIVERS {
        for call in Call::ALL {
            let mut bench = Bench::new(make);
            bench.chip.inject(Fault::NoChip);
            assert_eq!(
                bench.call(call),
                Err(Error::NoChip { status: 0 }),
                "{call:?}"
            );
            bench.works_again();
            bench.chip.inject(Fault::NoChip);
            // Who was listening cannot tell whether it went or was reset.
            let error = match call {
                Call::Receive => Error::ChipReset,
                _ => Error::NoChip { status: 0 },
            };
            assert_eq!(bench.call(call), Err(error), "{call:?}");
            bench.works_again();
        }
    }
}

#[test]
fn a_transfer_that_fails_is_told_wherever_it_fails() {
    for make in DRIVERS {
        for call in Call::ALL {
            // Each transfer of the call in turn, until it makes none any more.
            let mut failed = 0;
            for transfer in 0.. {
                let mut bench = Bench::new(make);
                bench.radio.start().unwrap();
                bench.chip.inject(Fault::SpiAfter(transfer));
                match bench.call(call) {
                    Ok(()) => break,
                    Err(error) => assert_eq!(error, Error::Spi(SpiFault)),
                }
                assert!(bench.chip.is_held());
                bench.works_again();
                failed += 1;
            }
            assert!(failed >= 1, "{call:?} makes no transfer");
        }
    }
}

#[test]
fn a_frame_that_does_not_end_is_ended() {
    // Our own driver has set the chip's timer; lora-phy does not.
    let waiting = Waiting::Transmit;
    for (make, error) in DRIVERS
        .into_iter()
        .zip([Error::TransmitTimeout, Error::NoInterrupt { waiting }])
    {
        let mut bench = Bench::new(make);
        bench.chip.inject(Fault::EndlessSending);
        bench.fails(Call::Transmit, error);
    }
}

#[test]
fn a_brown_out_is_told_if_something_is_lost_and_mended_if_not() {
    for make in DRIVERS {
        let airtime = Bench::new(make).radio.link().airtime_micros(16);
        for (quarters, damaged) in [(1, 0), (2, 1), (3, 1)] {
            let mut bench = Bench::new(make);
            bench.radio.start().unwrap();
            bench.peer.listen().unwrap();
            let middle = bench.air.now_micros() + airtime * quarters / 4;
            bench.chip.inject_at(middle, Fault::BrownOut);
            assert_eq!(bench.call(Call::Transmit), Err(Error::ChipReset));
            // The other one heard a part of a preamble or dropped a part of a frame.
            assert_eq!(bench.peer.receive(&mut [0; 32], Timestamp::ZERO), Ok(None));
            assert_eq!(bench.peer.counters().damaged, damaged, "{quarters}");
            bench.works_again();
        }

        let mut bench = Bench::new(make);
        bench.radio.listen().unwrap();
        bench.chip.inject(Fault::BrownOut);
        bench.fails(Call::Receive, Error::ChipReset);

        for call in Call::ALL {
            let mut bench = Bench::new(make);
            for rest in [Call::Start, Call::Sleep] {
                bench.call(rest).unwrap();
                bench.chip.inject(Fault::BrownOut);
                let before = bench.radio.counters().set_ups;
                assert_eq!(bench.call(call), Ok(()), "{call:?} after {rest:?}");
                assert_eq!(bench.radio.counters().set_ups, before + 1);
                bench.works_again();
            }
        }
    }
}

#[test]
fn a_damaged_frame_is_counted_and_never_comes_out() {
    for make in DRIVERS {
        for fault in [Fault::BadChecksum, Fault::BadHeader] {
            let mut bench = Bench::new(make);
            bench.radio.listen().unwrap();
            bench.chip.inject(fault);
            bench.peer.transmit(&[1; 8]).unwrap();
            assert_eq!(bench.call(Call::Receive), Ok(()), "{fault:?}");
            assert_eq!(bench.radio.counters().damaged, 1);
            // It goes on listening.
            bench.peer.transmit(&[2; 8]).unwrap();
            let mut buffer = [0; 32];
            let reception = bench.radio.receive(&mut buffer, Timestamp::ZERO).unwrap();
            assert_eq!(reception.unwrap().octets, 8);
            assert_eq!(buffer[..8], [2; 8]);
            assert_eq!(bench.radio.counters().set_ups, 1);
            bench.works_again();
        }
    }
}

#[test]
fn an_interrupt_without_a_cause_is_counted_and_changes_nothing() {
    for make in DRIVERS {
        for call in [Call::Transmit, Call::Look, Call::Receive] {
            let mut bench = Bench::new(make);
            bench.radio.start().unwrap();
            let soon = bench.air.now_micros() + 8_000;
            bench.chip.inject_at(soon, Fault::SpuriousInterrupt);
            assert_eq!(bench.call(call), Ok(()), "{call:?}");
            assert_eq!(bench.radio.counters().spurious, 1, "{call:?}");
            bench.works_again();
            assert_eq!(bench.radio.counters().set_ups, 1);
        }
    }
}
