//! The driver: what it tells the chip, in which order, and what it makes of the answers.

use embedded_hal::spi::SpiDevice;
use lib_dns_core::hint::airtime::Bandwidth;
use lib_dns_core::time::Timestamp;

use super::board::{Board, Path};
use super::bus::Bus;
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
pub struct Sx126x<S, B> {
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

type Answer<T, S, B> =
    Result<T, Error<<S as embedded_hal::spi::ErrorType>::Error, <B as Board>::Error>>;

impl<S: SpiDevice, B: Board> Sx126x<S, B> {
    /// A driver for a chip on this bus and board, which it does not touch yet.
    ///
    /// # Errors
    ///
    /// The chip cannot do what the settings say ([`Settings::check`]).
    pub fn new(spi: S, board: B, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            bus: Bus {
                spi,
                board,
                startup_micros: settings.startup_micros(),
            },
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
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Self) -> Answer<T, S, B>) -> Answer<T, S, B> {
        let answer = act(self);
        if answer.is_err() {
            self.state = State::Down;
            // What fails here was told already, or will be by the next call.
            let _ = self.bus.board.set_reset(true);
            let _ = self.bus.board.connect(Path::Off);
            #[cfg(feature = "defmt")]
            defmt::warn!("SX126x: held in reset after a fault");
        }
        answer
    }

    /// Brings the chip to standby with all its settings, from whatever it does.
    fn ready(&mut self) -> Answer<(), S, B> {
        let is_alive = match self.state {
            State::Down => false,
            State::Asleep => self.wake()?,
            State::Standby => self.is_in(&[mode::STANDBY_RC, mode::STANDBY_XOSC])?,
            State::Listening => {
                let was_listening = self.is_in(&[mode::RX])?;
                self.standby(value::STANDBY_RC)?;
                was_listening
            }
        };
        if !is_alive {
            // Nothing of the caller's is lost, so this is no error: the chip can be set up before it is needed.
            self.set_up()?;
        }
        self.state = State::Standby;
        self.connect(Path::Off)
    }

    /// Resets the chip and tells it everything (section 14.5 has the order).
    fn set_up(&mut self) -> Answer<(), S, B> {
        count(&mut self.counters.set_ups);
        #[cfg(feature = "defmt")]
        defmt::debug!("SX126x: setting up");
        self.bus.board.set_reset(true).map_err(Error::Line)?;
        self.bus.board.pause(RESET);
        self.bus.board.set_reset(false).map_err(Error::Line)?;
        self.bus.board.pause(RESET);
        self.standby(value::STANDBY_RC)?;
        let status = self.bus.ask(Command::GetStatus, &[], &mut [])?;
        if status & mode::MASK != mode::STANDBY_RC {
            return Err(Error::NoChip { status });
        }

        self.start_oscillator()?;
        self.set_link()?;
        self.set_network()
    }

    /// Feeds the oscillator, calibrates everything by it, and sees that it runs.
    fn start_oscillator(&mut self) -> Answer<(), S, B> {
        let hardware = self.settings.hardware;
        self.bus
            .send(Command::SetRegulatorMode, &[hardware.regulator as u8])?;
        if let Some(tcxo) = hardware.tcxo {
            let ticks = settings::ticks(tcxo.startup_micros.into()).unwrap_or_default();
            let [_, a, b, c] = ticks.to_be_bytes();
            let parameters = [tcxo.voltage as u8, a, b, c];
            self.bus.send(Command::SetDio3AsTcxoCtrl, &parameters)?;
            // The chip has looked for a crystal before it knew better (section 13.3.6).
            self.bus.send(Command::ClearDeviceErrors, &[0, 0])?;
        }
        self.bus.send(Command::Calibrate, &[value::CALIBRATE_ALL])?;
        let band = self.settings.image_band();
        self.bus.send(Command::CalibrateImage, &band)?;
        self.standby(value::STANDBY_XOSC)?;

        let mut errors = [0; 2];
        self.bus.ask(Command::GetDeviceErrors, &[], &mut errors)?;
        let errors = DeviceErrors::from_bits_truncate(u16::from_be_bytes(errors));
        if !errors.is_empty() {
            return Err(Error::Device(errors));
        }
        let by_dio2 = hardware.dio2_switches_antenna.into();
        self.bus.send(Command::SetDio2AsRfSwitchCtrl, &[by_dio2])
    }

    /// Channel, power and modulation.
    fn set_link(&mut self) -> Answer<(), S, B> {
        self.bus
            .send(Command::SetPacketType, &[value::PACKET_TYPE_LORA])?;
        let steps = self.settings.frequency_steps();
        self.bus.send(Command::SetRfFrequency, &steps)?;

        self.bus
            .send(Command::SetPaConfig, &self.settings.amplifier())?;
        if self.settings.hardware.amplifier == settings::Amplifier::High {
            self.bus.change(Register::TxClamp, 0, value::CLAMP_BITS)?;
        }
        let power = [self.settings.power(), value::RAMP_200_MICROS];
        self.bus.send(Command::SetTxParams, &power)?;

        let modulation = self.settings.link.modulation;
        let parameters = settings::modulation(&modulation);
        self.bus.send(Command::SetModulationParams, &parameters)?;
        let set = if modulation.bandwidth == Bandwidth::Khz500 {
            0
        } else {
            value::LIMITATION_BIT
        };
        self.bus
            .change(Register::TxModulation, value::LIMITATION_BIT, set)?;

        let factor = modulation.spreading_factor.number();
        let peak = factor.saturating_add(value::CAD_PEAK_ABOVE_FACTOR);
        // Afterwards standby, and no timeout.
        let parameters = [value::CAD_4_SYMBOLS, peak, value::CAD_LEAST, 0, 0, 0, 0];
        self.bus.send(Command::SetCadParams, &parameters)
    }

    /// What is left: sync word, gain, buffer, interrupts.
    fn set_network(&mut self) -> Answer<(), S, B> {
        let sync_word = self.settings.sync_word.octets();
        self.bus.write_registers(Register::SyncWord, &sync_word)?;
        if self.settings.boosted_gain {
            self.bus
                .write_registers(Register::RxGain, &[value::RX_GAIN_BOOSTED])?;
            let [high, low] = Register::RxGain.number().to_be_bytes();
            self.bus
                .write_registers(Register::RetentionList, &[1, high, low])?;
        }
        self.bus.send(Command::SetBufferBaseAddress, &[0, 0])?;
        self.bus
            .send(Command::SetDioIrqParams, &interrupt_masks())?;
        // A look at the channel has to know about IQ before the first frame.
        self.set_packet(u8::MAX)
    }

    /// What differs from frame to frame.
    fn set_packet(&mut self, octets: u8) -> Answer<(), S, B> {
        let [a, b] = self.settings.link.modulation.preamble_symbols.to_be_bytes();
        let inverted = self.settings.inverted_iq;
        // Explicit header, and a checksum.
        let parameters = [a, b, 0, octets, 1, inverted.into()];
        self.bus.send(Command::SetPacketParams, &parameters)?;
        let set = if inverted { 0 } else { value::LIMITATION_BIT };
        self.bus
            .change(Register::IqPolarity, value::LIMITATION_BIT, set)
    }

    fn standby(&mut self, kind: u8) -> Answer<(), S, B> {
        self.bus.send(Command::SetStandby, &[kind])
    }

    fn connect(&mut self, path: Path) -> Answer<(), S, B> {
        self.bus.board.connect(path).map_err(Error::Line)
    }

    /// Is the chip in one of these modes, and still a LoRa radio? After a reset it is none.
    fn is_in(&mut self, modes: &[u8]) -> Answer<bool, S, B> {
        let mut packet_type = [0];
        let status = self
            .bus
            .ask(Command::GetPacketType, &[], &mut packet_type)?;
        Ok(packet_type == [value::PACKET_TYPE_LORA] && modes.contains(&(status & mode::MASK)))
    }

    /// Wakes the chip; does it still know its settings?
    fn wake(&mut self) -> Answer<bool, S, B> {
        // BUSY is high while it sleeps. That it is selected wakes it (section 9.3).
        self.bus.send_unwatched(Command::GetStatus, &[0], &[])?;
        self.bus.wait_until_ready(Command::GetStatus)?;
        self.is_in(&[mode::STANDBY_RC, mode::STANDBY_XOSC])
    }

    fn fall_asleep(&mut self) -> Answer<(), S, B> {
        self.ready()?;
        self.bus.wait_until_ready(Command::SetSleep)?;
        self.bus
            .send_unwatched(Command::SetSleep, &[value::SLEEP_WARM], &[])?;
        self.bus.board.pause(FALL_ASLEEP);
        self.state = State::Asleep;
        Ok(())
    }

    fn send(&mut self, frame: &[u8], octets: u8) -> Answer<(), S, B> {
        self.ready()?;
        self.set_packet(octets)?;
        self.bus.send_two(Command::WriteBuffer, &[0], frame)?;
        self.clear(Interrupts::all())?;
        self.connect(Path::Transmit)?;

        let airtime = self.settings.link.airtime_micros(octets);
        let longest = airtime.saturating_add(TRANSMIT_SLACK);
        // Frames beyond the chip's timer of four minutes have only the driver's deadline.
        let ticks = settings::ticks(longest).unwrap_or_default();
        let [_, a, b, c] = ticks.to_be_bytes();
        self.bus.send(Command::SetTx, &[a, b, c])?;
        let flags = self.await_interrupt(Waiting::Transmit, longest)?;
        self.connect(Path::Off)?;
        if flags.contains(Interrupts::TX_DONE) {
            Ok(())
        } else {
            Err(Error::TransmitTimeout)
        }
    }

    fn look(&mut self) -> Answer<bool, S, B> {
        if self.state == State::Listening && self.is_receiving()? {
            return Ok(true);
        }
        self.ready()?;
        self.clear(Interrupts::all())?;
        self.connect(Path::Receive)?;
        self.bus.send(Command::SetCad, &[])?;
        let symbol = self.settings.link.modulation.symbol_micros();
        let longest = LOOK_SYMBOLS.saturating_mul(symbol.into());
        let flags = self.await_interrupt(Waiting::Look, longest)?;
        self.connect(Path::Off)?;
        Ok(flags.contains(Interrupts::CAD_DETECTED))
    }

    /// Is it in the middle of a frame, or holds one?
    fn is_receiving(&mut self) -> Answer<bool, S, B> {
        let flags = self.interrupts()?;
        // Once for each header, so that a frame that ends without a word does not make the channel busy for ever.
        self.clear(flags & Interrupts::HEADER_VALID)?;
        Ok(flags.intersects(Interrupts::HEADER_VALID | Interrupts::RX_DONE))
    }

    fn start_listening(&mut self) -> Answer<(), S, B> {
        self.ready()?;
        self.set_packet(u8::MAX)?;
        self.clear(Interrupts::all())?;
        self.connect(Path::Receive)?;
        let [_, a, b, c] = value::RX_CONTINUOUS.to_be_bytes();
        self.bus.send(Command::SetRx, &[a, b, c])?;
        self.state = State::Listening;
        Ok(())
    }

    fn next_frame(&mut self, buffer: &mut [u8], until: u64) -> Answer<Option<Reception>, S, B> {
        if self.state != State::Listening {
            self.start_listening()?;
        }
        loop {
            // The clock before the line: what came in while the processor was elsewhere is not late.
            let is_late = self.bus.board.micros() >= until;
            if self.is_interrupt()? {
                if let Some(reception) = self.take_frame(buffer)? {
                    return Ok(Some(reception));
                }
            } else if !is_late {
                self.bus.board.idle(until);
            }
            if is_late {
                break;
            }
        }
        // Nothing came. Was it because nothing was sent?
        if !self.is_in(&[mode::RX])? {
            return Err(Error::ChipReset);
        }
        if self.interrupts()?.contains(Interrupts::RX_DONE) {
            if self.is_interrupt()? {
                return self.take_frame(buffer);
            }
            let waiting = Waiting::Receive;
            return Err(Error::SilentLine { waiting });
        }
        Ok(None)
    }

    /// Takes the frame that the chip has, if it is whole.
    fn take_frame(&mut self, buffer: &mut [u8]) -> Answer<Option<Reception>, S, B> {
        // Taken back before the frame is read, so that whatever is raised then is about a newer one.
        let flags = self.interrupts()?;
        self.clear(flags)?;
        let counters = &mut self.counters;
        if flags.intersects(DAMAGED) {
            count(&mut counters.damaged);
            return Ok(None);
        }
        if !flags.contains(Interrupts::RX_DONE) {
            count(&mut counters.spurious);
            return Ok(None);
        }

        // A header without a checksum makes the chip check nothing, whatever it was told.
        let announced = self.bus.read_register(Register::HeaderChecksum)?;
        let mut place = [0; 2];
        self.bus.ask(Command::GetRxBufferStatus, &[], &mut place)?;
        let [octets, start] = place;
        let frame = buffer.get_mut(..octets.into());
        let Some(frame) = frame.filter(|_| announced & value::HAS_CHECKSUM != 0) else {
            count(if announced & value::HAS_CHECKSUM == 0 {
                &mut self.counters.unprotected
            } else {
                &mut self.counters.oversized
            });
            return Ok(None);
        };
        self.bus.ask(Command::ReadBuffer, &[start], frame)?;
        let mut signal = [0; 3];
        self.bus.ask(Command::GetPacketStatus, &[], &mut signal)?;

        if self.interrupts()?.intersects(DAMAGED | Interrupts::RX_DONE) {
            count(&mut self.counters.overrun);
            return Ok(None);
        }
        let [rssi, snr, _] = signal;
        Ok(Some(Reception {
            octets,
            rssi_dbm: i16::from(rssi >> 1).saturating_neg(),
            snr_quarter_db: i8::from_ne_bytes([snr]),
        }))
    }

    /// Waits for the end of what the chip was told, which takes so many microseconds at most.
    fn await_interrupt(&mut self, waiting: Waiting, longest: u64) -> Answer<Interrupts, S, B> {
        let wanted = waiting.interrupts();
        let longest = longest
            .saturating_add(self.bus.startup_micros.into())
            .saturating_add(INTERRUPT_SLACK);
        let until = self.bus.board.micros().saturating_add(longest);
        loop {
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
                break;
            }
        }
        // Why did nothing come?
        let has_ended = self.interrupts()?.intersects(wanted);
        let mut packet_type = [0];
        self.bus
            .ask(Command::GetPacketType, &[], &mut packet_type)?;
        let is_lora = packet_type == [value::PACKET_TYPE_LORA];
        Err(Error::of_silence(waiting, is_lora, has_ended))
    }

    fn is_interrupt(&mut self) -> Answer<bool, S, B> {
        self.bus.board.is_interrupt().map_err(Error::Line)
    }

    fn interrupts(&mut self) -> Answer<Interrupts, S, B> {
        let mut flags = [0; 2];
        self.bus.ask(Command::GetIrqStatus, &[], &mut flags)?;
        Ok(Interrupts::from_bits_truncate(u16::from_be_bytes(flags)))
    }

    fn clear(&mut self, flags: Interrupts) -> Answer<(), S, B> {
        self.bus
            .send(Command::ClearIrqStatus, &flags.bits().to_be_bytes())
    }
}

/// The parameters of `SetDioIrqParams`: what is kept, and what of it raises DIO1.
pub(crate) fn interrupt_masks() -> [u8; 8] {
    let told = Interrupts::TX_DONE
        | Interrupts::RX_DONE
        | Interrupts::HEADER_ERROR
        | Interrupts::CRC_ERROR
        | Interrupts::CAD_DONE
        | Interrupts::TIMEOUT;
    let kept = told | Interrupts::HEADER_VALID | Interrupts::CAD_DETECTED;
    let [a, b] = kept.bits().to_be_bytes();
    let [c, d] = told.bits().to_be_bytes();
    [a, b, c, d, 0, 0, 0, 0]
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
                octets: frame.len(),
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
        let until = until.as_millis().saturating_mul(1_000);
        self.guarded(|radio| radio.next_frame(buffer, until))
    }
}
