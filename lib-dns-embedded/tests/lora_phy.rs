//! `lora-phy`, watched: what goes through, what does not, and that watching is needed.

#[path = "drivers/tasks.rs"]
mod tasks;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ::lora_phy::mod_params::{RadioError, RadioMode};
use ::lora_phy::mod_traits::{InterfaceVariant, IrqState, RadioKind};
use ::lora_phy::sx126x::{Config, Sx126x as Phy, Sx1262, TcxoCtrlVoltage};
use ::lora_phy::{DelayNs, RxMode};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use embedded_hal_async::digital::Wait;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::time::Timestamp;
use lib_dns_embedded::lora_phy::{AsyncBoard, AsyncPins, LoraPhy, Unsuitable};
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sim::{Air, Chip, Fault, Foreign, Lines, Spi, Wiring};
use lib_dns_embedded::sx126x::{Board, Path, Pins, Settings, SettingsError, Sx126x, SyncWord};
use tasks::block_on;

fn watched(chip: &Chip, settings: Settings) -> LoraPhy<Spi, Lines> {
    LoraPhy::new(chip.spi(), chip.board(), settings).unwrap()
}

fn ours(chip: &Chip, settings: Settings) -> Sx126x<Spi, Lines> {
    Sx126x::new(chip.spi(), chip.board(), settings).unwrap()
}

/// Lines that `lora-phy` never waits for: the test sees to them.
struct NoLines;

impl InterfaceVariant for NoLines {
    async fn reset(&mut self, _: &mut impl DelayNs) -> Result<(), RadioError> {
        Ok(())
    }
    async fn wait_on_busy(&mut self) -> Result<(), RadioError> {
        Ok(())
    }
    async fn await_irq(&mut self) -> Result<(), RadioError> {
        Ok(())
    }
    async fn enable_rf_switch_rx(&mut self) -> Result<(), RadioError> {
        Ok(())
    }
    async fn enable_rf_switch_tx(&mut self) -> Result<(), RadioError> {
        Ok(())
    }
    async fn disable_rf_switch(&mut self) -> Result<(), RadioError> {
        Ok(())
    }
}

/// If this fails, there is a `lora-phy` that needs less watching.
#[test]
fn lora_phy_alone_hands_out_a_frame_with_a_wrong_checksum() {
    let air = Air::new(1);
    let [here, there] = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    // Listens, and is then taken over.
    let mut radio = watched(&there, there.wiring().settings());
    block_on(radio.listen()).unwrap();
    let (spi, _) = radio.release();
    there.inject(Fault::BadChecksum);
    ours(&here, here.wiring().settings())
        .transmit(b"hint")
        .unwrap();

    let config = Config {
        chip: Sx1262,
        tcxo_ctrl: Some(TcxoCtrlVoltage::Ctrl1V8),
        use_dcdc: true,
        rx_boost: true,
    };
    let mut alone = Phy::new(spi, NoLines, config);
    air.advance_micros(1_000);
    let mode = RadioMode::Receive(RxMode::Continuous);
    let state = block_on(alone.process_irq_event(mode, None, false)).unwrap();
    assert!(matches!(state, Some(IrqState::Done)), "as if it were good");
}

#[test]
fn frames_go_through_in_both_directions_and_all_modulations() {
    let wirings = [
        Wiring::default(),
        Wiring {
            tcxo_startup_micros: None,
            dio2_switches_antenna: false,
            ..Wiring::default()
        },
    ];
    for (at, factor) in SpreadingFactor::ALL.into_iter().enumerate() {
        for bandwidth in [Bandwidth::Khz125, Bandwidth::Khz250, Bandwidth::Khz500] {
            let air = Air::new(1);
            let chips = [wirings[at % 2], wirings[(at + 1) % 2]].map(|wiring| air.add(wiring));
            let settings = chips.each_ref().map(|chip| {
                let mut settings = chip.wiring().settings();
                settings.link.modulation = Modulation::new(factor, bandwidth);
                settings.sync_word = SyncWord::Public;
                settings.inverted_iq = at % 2 == 0;
                settings
            });
            let mut here = watched(&chips[0], settings[0]);
            let mut there = ours(&chips[1], settings[1]);
            let mut buffer = [0; 255];
            for octets in [1u8, 27, 255] {
                let frame: Vec<u8> = (0..octets).collect();
                there.listen().unwrap();
                block_on(here.transmit(&frame)).unwrap();
                let reception = there.receive(&mut buffer, Timestamp::ZERO).unwrap();
                assert_eq!(reception.unwrap().octets, octets);
                assert_eq!(buffer[..octets.into()], frame);

                block_on(here.listen()).unwrap();
                there.transmit(&frame).unwrap();
                let reception = block_on(here.receive(&mut buffer, Timestamp::ZERO)).unwrap();
                let reception = reception.unwrap();
                assert_eq!(reception.octets, octets);
                assert_eq!(buffer[..octets.into()], frame);
                // 14 dBm less 80 dB, far above the noise.
                assert_eq!(reception.rssi_dbm, -66);
                assert!(reception.snr_quarter_db > 40);
            }
            assert_eq!(air.violations(), [], "{factor:?} {bandwidth:?}");
        }
    }
}

#[test]
fn a_busy_channel_is_heard() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut radio = watched(&chip, chip.wiring().settings());
    block_on(radio.start()).unwrap();
    assert_eq!(block_on(radio.channel_busy()), Ok(false));
    air.send(Foreign {
        at_micros: air.now_micros(),
        settings: chip.wiring().settings(),
        rssi_dbm: -90,
        payload: vec![7; 200],
    });
    assert_eq!(block_on(radio.channel_busy()), Ok(true));
    // And one that it is in the middle of receiving, or holds.
    block_on(radio.listen()).unwrap();
    air.advance_micros(2_000_000);
    air.send(Foreign {
        at_micros: air.now_micros(),
        settings: chip.wiring().settings(),
        rssi_dbm: -90,
        payload: vec![7; 9],
    });
    air.advance_micros(2_000_000);
    assert_eq!(block_on(radio.channel_busy()), Ok(true));
    let mut buffer = [0; 32];
    let reception = block_on(radio.receive(&mut buffer, Timestamp::ZERO)).unwrap();
    assert_eq!(reception.unwrap().octets, 9);
    assert_eq!(air.violations(), []);
}

#[test]
fn frames_without_a_checksum_or_too_long_are_dropped() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let settings = chip.wiring().settings();
    let mut radio = watched(&chip, settings);
    block_on(radio.listen()).unwrap();
    let mut foreign = Foreign {
        at_micros: air.now_micros() + 1_000,
        settings,
        rssi_dbm: -90,
        payload: vec![7; 12],
    };
    let mut look = |foreign: &mut Foreign, len: usize| {
        foreign.at_micros = air.now_micros();
        air.send(foreign.clone());
        air.advance_micros(2_000_000);
        let mut buffer = vec![0; len];
        let reception = block_on(radio.receive(&mut buffer, Timestamp::ZERO)).unwrap();
        (reception.map(|it| it.octets), radio.counters())
    };
    foreign.settings.link.modulation.crc = false;
    let (frame, counters) = look(&mut foreign, 255);
    assert_eq!((frame, counters.unprotected), (None, 1));
    foreign.settings.link.modulation.crc = true;
    let (frame, counters) = look(&mut foreign, 11);
    assert_eq!((frame, counters.oversized), (None, 1));
    let (frame, _) = look(&mut foreign, 12);
    assert_eq!(frame, Some(12));
    assert_eq!(air.violations(), []);
}

/// Polls a call so often at most; has it ended?
fn poll_at_most<T>(call: impl Future<Output = T>, times: u32) -> bool {
    let mut call = pin!(call);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).any(|_| matches!(call.as_mut().poll(&mut context), Poll::Ready(_)))
}

/// Pending once, as what really takes time is.
async fn a_moment() {
    let mut is_first = true;
    std::future::poll_fn(|_| match std::mem::take(&mut is_first) {
        true => Poll::Pending,
        false => Poll::Ready(()),
    })
    .await;
}

/// An SPI and lines that take their time, so that a call can be dropped at each step.
struct Slow<T>(T);

impl embedded_hal::spi::ErrorType for Slow<Spi> {
    type Error = <Spi as embedded_hal::spi::ErrorType>::Error;
}

impl embedded_hal_async::spi::SpiDevice for Slow<Spi> {
    async fn transaction(
        &mut self,
        operations: &mut [embedded_hal::spi::Operation<'_, u8>],
    ) -> Result<(), Self::Error> {
        a_moment().await;
        embedded_hal_async::spi::SpiDevice::transaction(&mut self.0, operations).await
    }
}

impl Board for Slow<Lines> {
    type Error = Infallible;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Infallible> {
        self.0.set_reset(is_held)
    }
    fn is_busy(&mut self) -> Result<bool, Infallible> {
        self.0.is_busy()
    }
    fn is_interrupt(&mut self) -> Result<bool, Infallible> {
        self.0.is_interrupt()
    }
    fn connect(&mut self, path: Path) -> Result<(), Infallible> {
        self.0.connect(path)
    }
    fn micros(&mut self) -> u64 {
        self.0.micros()
    }
    fn pause(&mut self, micros: u16) {
        self.0.pause(micros);
    }
}

impl AsyncBoard for Slow<Lines> {
    async fn until_ready(&mut self, until_micros: u64) {
        a_moment().await;
        self.0.until_ready(until_micros).await;
    }
    async fn until_interrupt(&mut self, until_micros: u64) {
        a_moment().await;
        self.0.until_interrupt(until_micros).await;
    }
    async fn until(&mut self, until_micros: u64) {
        a_moment().await;
        self.0.until(until_micros).await;
    }
}

#[test]
fn calls_that_are_dropped_leave_nothing_behind() {
    let mut whole = 0;
    for polls in 1.. {
        let air = Air::new(1);
        let [here, there] = [Wiring::default(); 2].map(|wiring| air.add(wiring));
        let mut peer = ours(&there, there.wiring().settings());
        let settings = here.wiring().settings();
        let mut radio = LoraPhy::new(Slow(here.spi()), Slow(here.board()), settings).unwrap();
        block_on(radio.start()).unwrap();
        if poll_at_most(radio.transmit(b"dropped"), polls) {
            whole = polls;
        }
        peer.listen().unwrap();
        air.advance_micros(1_000_000);
        block_on(radio.transmit(b"next")).unwrap();
        let mut buffer = [0; 32];
        let mut heard = Vec::new();
        while let Some(reception) = peer.receive(&mut buffer, Timestamp::ZERO).unwrap() {
            heard = buffer[..reception.octets.into()].to_vec();
        }
        assert_eq!(heard, b"next", "after {polls} polls");
        assert_eq!(air.violations(), [], "after {polls} polls");
        if whole != 0 {
            break;
        }
    }
    assert!(whole > 10, "it was dropped at each step: {whole}");
}

#[test]
fn a_dropped_wait_for_a_frame_goes_on_with_the_next_one() {
    let air = Air::new(1);
    let [here, there] = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let mut radio = watched(&here, here.wiring().settings());
    block_on(radio.listen()).unwrap();
    let mut buffer = [0; 32];
    assert!(!poll_at_most(
        async {
            radio.receive(&mut buffer, Timestamp::ZERO).await.unwrap();
            pending::<()>().await;
        },
        1
    ));
    ours(&there, there.wiring().settings())
        .transmit(b"hint")
        .unwrap();
    let reception = block_on(radio.receive(&mut buffer, Timestamp::ZERO)).unwrap();
    assert_eq!(reception.unwrap().octets, 4);
    assert_eq!(radio.counters().set_ups, 1);
}

#[test]
fn settings_that_lora_phy_cannot_do_are_refused() {
    let check = |change: fn(&mut Settings)| {
        let chip = Air::new(1).add(Wiring::default());
        let mut settings = chip.wiring().settings();
        change(&mut settings);
        LoraPhy::new(chip.spi(), chip.board(), settings).err()
    };
    assert_eq!(check(|_| {}), None);
    assert_eq!(
        check(|it| it.sync_word = SyncWord::Other(7)),
        Some(Unsuitable::SyncWord)
    );
    assert_eq!(
        check(|it| it.hardware.tcxo.as_mut().unwrap().startup_micros = 10_001),
        Some(Unsuitable::TcxoStartup { micros: 10_001 })
    );
    assert_eq!(
        check(|it| it.link.modulation.low_data_rate = true),
        Some(Unsuitable::LowDataRate)
    );
    assert_eq!(
        check(|it| it.link.power_dbm = -1),
        Some(Unsuitable::Power { dbm: -1 })
    );
    let wide = check(|it| {
        it.link.frequency_hz = 169_000_000;
        it.link.modulation = Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz250);
    });
    assert_eq!(wide, Some(Unsuitable::Bandwidth));
    let loud = check(|it| it.link.power_dbm = 23);
    let refused = Unsuitable::Chip(SettingsError::Power { dbm: 23, most: 22 });
    assert_eq!(loud, Some(refused));
}

/// A line that never changes, and nobody waits for in vain who has a deadline.
struct Stuck(bool);

impl ErrorType for Stuck {
    type Error = Infallible;
}

impl InputPin for Stuck {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0)
    }
    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0)
    }
}

impl OutputPin for Stuck {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Wait for Stuck {
    async fn wait_for_high(&mut self) -> Result<(), Infallible> {
        if !self.0 {
            pending::<()>().await;
        }
        Ok(())
    }
    async fn wait_for_low(&mut self) -> Result<(), Infallible> {
        if self.0 {
            pending::<()>().await;
        }
        Ok(())
    }
    async fn wait_for_rising_edge(&mut self) -> Result<(), Infallible> {
        pending().await
    }
    async fn wait_for_falling_edge(&mut self) -> Result<(), Infallible> {
        pending().await
    }
    async fn wait_for_any_edge(&mut self) -> Result<(), Infallible> {
        pending().await
    }
}

/// Lets the clock run by what it is asked for.
struct Delay<'a>(&'a Cell<u64>);

impl DelayNs for Delay<'_> {
    async fn delay_ns(&mut self, nanos: u32) {
        self.0.set(self.0.get() + u64::from(nanos) / 1_000);
        ready(()).await;
    }
}

#[test]
fn waits_for_pins_that_never_change_end_with_their_deadlines() {
    let now = Cell::new(5);
    let mut board = AsyncPins {
        pins: Pins {
            nreset: Stuck(false),
            busy: Stuck(true),
            dio1: Stuck(false),
            switch: (),
            clock: || now.get(),
        },
        delay: Delay(&now),
    };
    block_on(board.until_ready(1_000));
    assert_eq!(now.get(), 1_000);
    block_on(board.until_interrupt(3_000));
    assert_eq!(now.get(), 3_000);
    block_on(board.until(3_500));
    assert_eq!(now.get(), 3_500);
    assert_eq!(
        (board.is_busy(), board.is_interrupt()),
        (Ok(true), Ok(false))
    );
    // Lines that are as they should be are not waited for.
    board.pins.busy.0 = false;
    board.pins.dio1.0 = true;
    block_on(board.until_ready(9_000));
    block_on(board.until_interrupt(9_000));
    assert_eq!(now.get(), 3_500);
}
