//! The driver: what it tells the chip, in which order, and what it makes of the answers.

use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use lib_dns_core::hint::airtime::Bandwidth;
use lib_dns_core::time::Timestamp;

use super::board::{Board, Path};
use super::bus::{Bus, Failed};
use super::error::{Error, Waiting};
use super::settings::{self, Settings, SettingsError};
use super::table::{Command, DeviceErrors, Interrupts, Register, mode, value};
use crate::radio::{HintRadio, Link, Reception};

/// For how long NRESET is held, in microseconds: 100 at least (section 8.1).
pub(crate) const RESET: u16 = 200;

/// For how long the chip falls asleep, in microseconds; it must not be spoken to (section 13.1.1).
pub(crate) const FALL_ASLEEP: u16 = 500;

/// By how much longer than a frame takes the chip may send, in microseconds: the amplifier has to rise, and the timer's
/// clock is not exact.
pub(crate) const TRANSMIT_SLACK: u64 = 10_000;

/// By how much longer than that the driver waits for the chip to say so.
pub(crate) const INTERRUPT_SLACK: u64 = 10_000;

/// For how many symbols a look at the channel takes at most: 4, and what the chip takes to think about them.
const LOOK_SYMBOLS: u64 = 8;

/// What the chip is told after a reset, in this order (section 14.5), and how many octets of parameters each command has.
const SET_UP: &[(Command, u8)] = &[
    (Command::SetRegulatorMode, 1),
    (Command::SetDio3AsTcxoCtrl, 4),
    // The chip has looked for a crystal before it knew better (section 13.3.6).
    (Command::ClearDeviceErrors, 2),
    (Command::Calibrate, 1),
    (Command::CalibrateImage, 2),
    (Command::SetStandby, 1),
    (Command::SetDio2AsRfSwitchCtrl, 1),
    (Command::SetPacketType, 1),
    (Command::SetRfFrequency, 4),
    (Command::SetPaConfig, 4),
    (Command::SetTxParams, 2),
    (Command::SetModulationParams, 4),
    (Command::SetCadParams, 7),
    (Command::SetBufferBaseAddress, 2),
    (Command::SetDioIrqParams, 8),
];

/// What makes the receiver hear 2 dB better, also after sleep: one register more survives it, and it is this one.
const BOOSTED_GAIN: &[(Register, u8)] = {
    let [high, low] = Register::RxGain.number().to_be_bytes();
    &[
        (Register::RxGain, value::RX_GAIN_BOOSTED),
        (Register::RetentionList, 1),
        (Register::RetainedHigh, high),
        (Register::RetainedLow, low),
    ]
};

/// An SX1261, SX1262, or the radio of an STM32WL, on an SPI device and a board.
///
/// It is set up by the first call; [`Sx126x::start`] does only that, to show faults early.
///
/// ```no_run
/// # use embedded_hal::spi::SpiDevice;
/// # use lib_dns_core::time::Timestamp;
/// use lib_dns_embedded::radio::HintRadio;
/// use lib_dns_embedded::sx126x::{Board, Settings, Sx126x};
/// # fn firmware<S: SpiDevice, B: Board>(spi: S, board: B, settings: Settings) -> Result<(), Box<dyn std::error::Error>>
/// # where S::Error: 'static, B::Error: 'static {
/// let mut radio = Sx126x::new(spi, board, settings)?;
/// radio.start()?;
/// if !radio.channel_busy()? {
///     radio.transmit(b"hint")?;
/// }
/// let mut buffer = [0; 64];
/// let until = Timestamp::from_secs(30);
/// if let Some(reception) = radio.receive(&mut buffer, until)? {
///     // buffer[..reception.octets]
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sx126x<S: ErrorType, B: Board> {
    bus: Bus<S, B>,
    settings: Settings,
    state: State,
    counters: Counters,
}

/// What the chip was told last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It has to be set up: it is new, or there was a fault.
    Down,
    Standby,
    Listening,
    Asleep,
}

impl State {
    /// In which modes the chip is then, if it did not lose its settings.
    pub(crate) fn modes(self) -> u8 {
        match self {
            Self::Down => 0,
            Self::Standby | Self::Asleep => mode::STANDBY_RC | mode::STANDBY_XOSC,
            Self::Listening => mode::RX,
        }
    }
}

/// What happened so far that was no error of a call. Each stops at its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// How often the chip was set up.
    pub set_ups: u16,
    /// Frames with a wrong checksum or header, which were dropped.
    pub damaged: u16,
    /// Frames without a checksum, which were dropped.
    pub unprotected: u16,
    /// Frames longer than the buffer, which were dropped.
    pub oversized: u16,
    /// Frames that a newer one may have overwritten while they were read, and which were dropped.
    pub overrun: u16,
    /// How often the chip raised DIO1 and had nothing to tell that was waited for.
    pub spurious: u16,
}

type Answer<T, S, B> = Result<T, Error<<S as ErrorType>::Error, <B as Board>::Error>>;

impl<S: SpiDevice, B: Board> Sx126x<S, B> {
    /// A driver for a chip on this bus and board, which it does not touch yet.
    ///
    /// # Errors
    ///
    /// The chip cannot do what the settings say ([`Settings::check`]).
    pub fn new(spi: S, board: B, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            bus: Bus::new(spi, board, settings.startup_micros()),
            settings,
            state: State::Down,
            counters: Counters::default(),
        })
    }

    /// Sets the chip up if it is not, and ends whatever it does.
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed.
    pub fn start(&mut self) -> Answer<(), S, B> {
        self.guarded(Self::ready)
    }

    /// Lets the chip sleep, at less than a microampere. The next call wakes it.
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed.
    pub fn sleep(&mut self) -> Answer<(), S, B> {
        self.guarded(Self::fall_asleep)
    }

    /// How it is set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The board, for instance to await its interrupt.
    pub fn board_mut(&mut self) -> &mut B {
        &mut self.bus.board
    }

    /// Gives back the bus and the board. The chip stays as it is.
    pub fn release(self) -> (S, B) {
        (self.bus.spi, self.bus.board)
    }

    /// Does something; if it fails, holds the chip in reset until the next call, so that it neither sends nor draws current.
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Failed>) -> Answer<T, S, B> {
        act(self).map_err(|Failed| self.give_up())
    }

    #[inline(never)]
    fn give_up(&mut self) -> Error<S::Error, B::Error> {
        self.state = State::Down;
        // What fails here was told already, or will be by the next call.
        let _ = self.bus.board.set_reset(true);
        let _ = self.bus.board.connect(Path::Off);
        #[cfg(feature = "defmt")]
        defmt::warn!("SX126x: held in reset after a fault");
        self.bus.take_fault()
    }

    /// Brings the chip to standby with all its settings, from whatever it does.
    #[inline(never)]
    fn ready(&mut self) -> Result<(), Failed> {
        if self.state == State::Asleep {
            // That it is selected wakes it (section 9.3).
            self.bus.ask(Command::GetStatus, 0)?;
        }
        if self.state == State::Down || !self.is_in(self.state.modes())? {
            // Nothing of the caller's is lost, so this is no error: the chip can be set up before it is needed.
            self.set_up()?;
            self.set_registers()?;
        } else if self.state == State::Listening {
            self.standby()?;
        }
        self.state = State::Standby;
        self.connect(Path::Off)
    }

    /// Resets the chip and tells it what does not differ from frame to frame, as far as there are commands.
    #[inline(never)]
    fn set_up(&mut self) -> Result<(), Failed> {
        count(&mut self.counters.set_ups);
        #[cfg(feature = "defmt")]
        defmt::debug!("SX126x: setting up");
        self.set_reset(true)?;
        self.set_reset(false)?;
        self.standby()?;
        let [status, ..] = self.bus.ask(Command::GetStatus, 0)?;
        if mode::of(status) != mode::STANDBY_RC {
            return Err(self.bus.fail(Error::NoChip { status }));
        }
        for &(command, len) in SET_UP {
            if let Some(parameters) = self.settings.parameters(command) {
                self.bus.send(command, len, parameters)?;
            }
        }
        let [_, high, low] = self.bus.ask(Command::GetDeviceErrors, 2)?;
        let errors = DeviceErrors::from_bits_truncate(u16::from_be_bytes([high, low]));
        if errors.is_empty() {
            Ok(())
        } else {
            Err(self.bus.fail(Error::Device(errors)))
        }
    }

    /// What no command sets.
    #[inline(never)]
    fn set_registers(&mut self) -> Result<(), Failed> {
        if self.settings.hardware.amplifier == settings::Amplifier::High {
            self.bus.change(Register::TxClamp, value::CLAMP)?;
        }
        let is_wide = self.settings.link.modulation.bandwidth == Bandwidth::Khz500;
        self.bus
            .change(Register::TxModulation, settings::limitation(is_wide))?;
        if self.settings.boosted_gain {
            for &(register, octet) in BOOSTED_GAIN {
                self.bus.write_register(register, octet)?;
            }
        }
        let [high, low] = self.settings.sync_word.octets();
        self.bus.write_register(Register::SyncWord, high)?;
        self.bus.write_register(Register::SyncWordLow, low)
    }

    /// Brings the chip to standby, and makes it ready for frames of so many octets.
    #[inline(never)]
    fn prepare(&mut self, path: Path, octets: u8) -> Result<(), Failed> {
        self.ready()?;
        self.set_packet(octets)?;
        let inverted = self.settings.inverted_iq;
        self.bus
            .change(Register::IqPolarity, settings::limitation(inverted))?;
        self.clear(Interrupts::all())?;
        self.connect(path)
    }

    #[inline(never)]
    fn set_packet(&mut self, octets: u8) -> Result<(), Failed> {
        let [a, b] = self.settings.link.modulation.preamble_symbols.to_be_bytes();
        let inverted = self.settings.inverted_iq.into();
        let command = Command::SetPacketParams;
        // Explicit header, and a checksum.
        let told = [command.number(), a, b, 0, octets, 1, inverted];
        self.bus.exchange(command, &mut [Operation::Write(&told)])
    }

    fn standby(&mut self) -> Result<(), Failed> {
        let parameters = u32::from_be_bytes([value::STANDBY_RC, 0, 0, 0]);
        self.bus.send(Command::SetStandby, 1, parameters)
    }

    /// Pulls the reset, or lets go of it, and waits until that has come to something.
    #[inline(never)]
    fn set_reset(&mut self, is_held: bool) -> Result<(), Failed> {
        let set = self.bus.board.set_reset(is_held);
        self.bus.line(set)?;
        self.bus.board.pause(RESET);
        Ok(())
    }

    fn connect(&mut self, path: Path) -> Result<(), Failed> {
        let connected = self.bus.board.connect(path);
        self.bus.line(connected)
    }

    /// Is the chip in one of these modes, and still a LoRa radio? After a reset it is none.
    #[inline(never)]
    fn is_in(&mut self, modes: u8) -> Result<bool, Failed> {
        let [status, packet_type, _] = self.bus.ask(Command::GetPacketType, 1)?;
        Ok(packet_type == value::PACKET_TYPE_LORA && modes & mode::of(status) != 0)
    }

    fn fall_asleep(&mut self) -> Result<(), Failed> {
        self.ready()?;
        let parameters = u32::from_be_bytes([value::SLEEP_WARM, 0, 0, 0]);
        self.bus.send(Command::SetSleep, 1, parameters)?;
        self.bus.board.pause(FALL_ASLEEP);
        self.state = State::Asleep;
        Ok(())
    }

    fn send(&mut self, frame: &[u8], octets: u8) -> Result<(), Failed> {
        self.prepare(Path::Transmit, octets)?;
        self.bus.write_buffer(frame)?;

        let airtime = self.settings.link.airtime_micros(octets);
        let longest = airtime.saturating_add(TRANSMIT_SLACK);
        // Frames beyond the chip's timer of four minutes have only the driver's deadline.
        let ticks = settings::ticks(longest).unwrap_or_default();
        self.start_timed(Command::SetTx, ticks)?;
        let flags = self.await_end(Waiting::Transmit, longest)?;
        self.connect(Path::Off)?;
        if flags.contains(Interrupts::TX_DONE) {
            Ok(())
        } else {
            Err(self.bus.fail(Error::TransmitTimeout))
        }
    }

    /// Sends or receives until the chip's timer ends it.
    fn start_timed(&mut self, command: Command, ticks: u32) -> Result<(), Failed> {
        // Three octets.
        self.bus.send(command, 3, ticks.wrapping_shl(8))
    }

    fn look(&mut self) -> Result<bool, Failed> {
        if self.state == State::Listening && self.is_receiving()? {
            return Ok(true);
        }
        self.prepare(Path::Receive, u8::MAX)?;
        self.bus.send(Command::SetCad, 0, 0)?;
        let symbol = self.settings.link.modulation.symbol_micros();
        let longest = LOOK_SYMBOLS.saturating_mul(symbol.into());
        let flags = self.await_end(Waiting::Look, longest)?;
        self.connect(Path::Off)?;
        Ok(flags.contains(Interrupts::CAD_DETECTED))
    }

    /// Is it in the middle of a frame, or holds one?
    fn is_receiving(&mut self) -> Result<bool, Failed> {
        let flags = self.interrupts()?;
        // Once for each header, so that a frame that ends without a word does not make the channel busy for ever.
        self.clear(flags & Interrupts::HEADER_VALID)?;
        Ok(flags.intersects(Interrupts::HEADER_VALID | Interrupts::RX_DONE))
    }

    fn start_listening(&mut self) -> Result<(), Failed> {
        self.prepare(Path::Receive, u8::MAX)?;
        self.start_timed(Command::SetRx, value::RX_CONTINUOUS)?;
        self.state = State::Listening;
        Ok(())
    }

    fn next_frame(&mut self, buffer: &mut [u8], until: u64) -> Result<Option<Reception>, Failed> {
        if self.state != State::Listening {
            self.start_listening()?;
        }
        loop {
            // A look after that time is the last one.
            let is_late = self.bus.board.micros() >= until;
            let flags = self.await_interrupt(Waiting::Receive.interrupts(), until)?;
            if !flags.is_empty()
                && let Some(reception) = self.take_frame(buffer, flags)?
            {
                return Ok(Some(reception));
            }
            if is_late || flags.is_empty() {
                break;
            }
        }
        // Nothing came. Was it because nothing was sent?
        if !self.is_in(mode::RX)? {
            return Err(self.bus.fail(Error::ChipReset));
        }
        let has_ended = self.interrupts()?.contains(Interrupts::RX_DONE);
        // What has come in just now is for the next call.
        if has_ended && !self.is_interrupt()? {
            let waiting = Waiting::Receive;
            return Err(self.bus.fail(Error::SilentLine { waiting }));
        }
        Ok(None)
    }

    /// Takes the frame that the chip has told of with these interrupts, if it is whole. They are taken back before, so that
    /// whatever is raised meanwhile is about a newer one.
    fn take_frame(
        &mut self,
        buffer: &mut [u8],
        flags: Interrupts,
    ) -> Result<Option<Reception>, Failed> {
        if flags.intersects(DAMAGED) {
            count(&mut self.counters.damaged);
            return Ok(None);
        }
        // A header without a checksum makes the chip check nothing, whatever it was told.
        let announced = self.bus.read_register(Register::HeaderChecksum)?;
        if announced & value::HAS_CHECKSUM == 0 {
            count(&mut self.counters.unprotected);
            return Ok(None);
        }
        let [_, octets, start] = self.bus.ask(Command::GetRxBufferStatus, 2)?;
        let Some(frame) = buffer.get_mut(..octets.into()) else {
            count(&mut self.counters.oversized);
            return Ok(None);
        };
        self.bus.read_buffer(start, frame)?;
        let [_, rssi, snr] = self.bus.ask(Command::GetPacketStatus, 2)?;

        if self.interrupts()?.intersects(DAMAGED | Interrupts::RX_DONE) {
            count(&mut self.counters.overrun);
            return Ok(None);
        }
        Ok(Some(Reception {
            octets,
            rssi_dbm: i16::from(rssi >> 1).saturating_neg(),
            snr_quarter_db: i8::from_ne_bytes([snr]),
        }))
    }

    /// Waits for the end of what the chip was told, which takes so many microseconds at most.
    fn await_end(&mut self, waiting: Waiting, longest: u64) -> Result<Interrupts, Failed> {
        let slack = INTERRUPT_SLACK.saturating_add(self.bus.startup_micros().into());
        let until = self
            .bus
            .board
            .micros()
            .saturating_add(longest.saturating_add(slack));
        let wanted = waiting.interrupts();
        let flags = self.await_interrupt(wanted, until)?;
        if !flags.is_empty() {
            return Ok(flags);
        }
        // Why did nothing come?
        let has_ended = self.interrupts()?.intersects(wanted);
        let is_lora = self.is_in(mode::ANY)?;
        Err(self
            .bus
            .fail(Error::of_silence(waiting, is_lora, has_ended)))
    }

    /// Waits for one of these interrupts, and takes back all that were raised. None if none came until that time of the clock.
    fn await_interrupt(&mut self, wanted: Interrupts, until: u64) -> Result<Interrupts, Failed> {
        loop {
            // The clock before the line: what came in while the processor was elsewhere is not late.
            let is_late = self.bus.board.micros() >= until;
            if self.is_interrupt()? {
                let flags = self.interrupts()?;
                self.clear(flags)?;
                if flags.intersects(wanted) {
                    return Ok(flags);
                }
                count(&mut self.counters.spurious);
            } else if !is_late {
                self.bus.board.idle(until);
            }
            if is_late {
                return Ok(Interrupts::empty());
            }
        }
    }

    fn is_interrupt(&mut self) -> Result<bool, Failed> {
        let is_high = self.bus.board.is_interrupt();
        self.bus.line(is_high)
    }

    #[inline(never)]
    fn interrupts(&mut self) -> Result<Interrupts, Failed> {
        let [_, high, low] = self.bus.ask(Command::GetIrqStatus, 2)?;
        let flags = u16::from_be_bytes([high, low]);
        Ok(Interrupts::from_bits_truncate(flags))
    }

    #[inline(never)]
    fn clear(&mut self, flags: Interrupts) -> Result<(), Failed> {
        let parameters = u32::from(flags.bits()).wrapping_shl(16);
        self.bus.send(Command::ClearIrqStatus, 2, parameters)
    }
}

/// The parameters of `SetDioIrqParams`: what is kept, what of it raises DIO1, and nothing at DIO2 and DIO3.
pub(crate) fn interrupt_masks() -> [u8; 4] {
    let told = Interrupts::TX_DONE
        | Interrupts::RX_DONE
        | Interrupts::HEADER_ERROR
        | Interrupts::CRC_ERROR
        | Interrupts::CAD_DONE
        | Interrupts::TIMEOUT;
    let kept = told | Interrupts::HEADER_VALID | Interrupts::CAD_DETECTED;
    let [a, b] = kept.bits().to_be_bytes();
    let [c, d] = told.bits().to_be_bytes();
    [a, b, c, d]
}

/// What says that a frame is not as it was sent.
pub(crate) const DAMAGED: Interrupts = Interrupts::CRC_ERROR.union(Interrupts::HEADER_ERROR);

/// Counts one more; the number stops at its end.
pub(crate) fn count(counter: &mut u16) {
    *counter = counter.saturating_add(1);
}

impl<S: SpiDevice, B: Board> HintRadio for Sx126x<S, B> {
    type Error = Error<S::Error, B::Error>;

    fn link(&self) -> Link {
        self.settings.link
    }

    fn channel_busy(&mut self) -> Answer<bool, S, B> {
        self.guarded(Self::look)
    }

    fn transmit(&mut self, frame: &[u8]) -> Answer<(), S, B> {
        match u8::try_from(frame.len()) {
            Ok(octets) if octets != 0 => self.guarded(|radio| radio.send(frame, octets)),
            _ => Err(Error::Length {
                octets: u16::try_from(frame.len()).unwrap_or(u16::MAX),
            }),
        }
    }

    fn listen(&mut self) -> Answer<(), S, B> {
        if self.state == State::Listening {
            return Ok(());
        }
        self.guarded(Self::start_listening)
    }

    fn receive(&mut self, buffer: &mut [u8], until: Timestamp) -> Answer<Option<Reception>, S, B> {
        // The latest that has microseconds; what is later is never either.
        let millis = until.as_millis().min(u64::MAX / 1_000);
        let until = millis.wrapping_mul(1_000);
        self.guarded(|radio| radio.next_frame(buffer, until))
    }
}
