//! What `lora-phy` is told, in which order, and what is looked at beside it.

use ::lora_phy::DelayNs;
use ::lora_phy::mod_params::{ModulationParams, PacketParams, RadioError, RxMode};
use ::lora_phy::mod_traits::{InterfaceVariant, RadioKind};
use ::lora_phy::sx126x::Sx126x as Phy;
use embedded_hal_async::spi::{ErrorType, SpiDevice};
use lib_dns_core::time::Timestamp;

use super::board::AsyncBoard;
use super::bus::Bus;
use super::error::LoraPhyError;
use super::parameters::{self, TCXO_STARTUP, Unsuitable, Variant};
use crate::radio::{Link, Reception};
use crate::sx126x::{
    Board, Command, Counters, DAMAGED, DeviceErrors, Error, FALL_ASLEEP, INTERRUPT_SLACK,
    Interrupts, Path, RESET, Register, Settings, State, SyncWord, TRANSMIT_SLACK, Waiting, count,
    interrupt_masks, mode, value,
};

/// For how many symbols a look at the channel takes at most: 8, and what the chip takes to think about them.
const LOOK_SYMBOLS: u64 = 16;

/// An SX1261, SX1262, or the radio of an STM32WL, driven by `lora-phy` on an async SPI device and a board.
///
/// It is set up by the first call; [`LoraPhy::start`] does only that, to show faults early. Its calls are those of
/// [`HintRadio`](crate::radio::HintRadio), which says more of each, but do not block.
///
/// ```no_run
/// # use embedded_hal_async::spi::SpiDevice;
/// # use lib_dns_core::time::Timestamp;
/// use lib_dns_embedded::lora_phy::{AsyncBoard, LoraPhy};
/// use lib_dns_embedded::sx126x::Settings;
/// # async fn firmware<S: SpiDevice, B: AsyncBoard>(spi: S, board: B, settings: Settings) -> Result<(), Box<dyn std::error::Error>>
/// # where S::Error: 'static, B::Error: 'static {
/// let mut radio = LoraPhy::new(spi, board, settings)?;
/// radio.start().await?;
/// if !radio.channel_busy().await? {
///     radio.transmit(b"hint").await?;
/// }
/// let mut buffer = [0; 64];
/// let until = Timestamp::from_secs(30);
/// if let Some(reception) = radio.receive(&mut buffer, until).await? {
///     // buffer[..reception.octets]
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LoraPhy<S: ErrorType, B: AsyncBoard> {
    bus: Bus<S, B>,
    settings: Settings,
    state: State,
    counters: Counters,
}

type Answer<T, S, B> = Result<T, LoraPhyError<<S as ErrorType>::Error, <B as Board>::Error>>;

/// The lines are not for `lora-phy`: it would wait for them without an end. The bus waits for BUSY, and the rest is done
/// between its calls.
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

impl<S: SpiDevice, B: AsyncBoard> LoraPhy<S, B> {
    /// A driver for a chip on this bus and board, which it does not touch yet.
    ///
    /// # Errors
    ///
    /// The chip or `lora-phy` cannot do what the settings say.
    pub fn new(spi: S, board: B, settings: Settings) -> Result<Self, Unsuitable> {
        parameters::check(&settings)?;
        let startup_micros = settings.hardware.tcxo.map_or(0, |_| TCXO_STARTUP);
        Ok(Self {
            bus: Bus::new(spi, board, startup_micros),
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
    pub async fn start(&mut self) -> Answer<(), S, B> {
        let answer = self.ready().await;
        self.guarded(answer)
    }

    /// Lets the chip sleep, at less than a microampere. The next call wakes it.
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed.
    pub async fn sleep(&mut self) -> Answer<(), S, B> {
        let answer = self.fall_asleep().await;
        self.guarded(answer)
    }

    /// Is somebody sending?
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed, and it cannot tell.
    pub async fn channel_busy(&mut self) -> Answer<bool, S, B> {
        let answer = self.look().await;
        self.guarded(answer)
    }

    /// Sends a frame, and comes back when it is over. The radio does not listen afterwards.
    ///
    /// # Errors
    ///
    /// The frame has no octets or more than the radio can send, or the chip, a wire or the bus failed; then the frame may
    /// have been sent in part. Either way count its airtime.
    pub async fn transmit(&mut self, frame: &[u8]) -> Answer<(), S, B> {
        match u8::try_from(frame.len()) {
            Ok(octets) if octets != 0 => {
                let answer = self.send(frame, octets).await;
                self.guarded(answer)
            }
            _ => Err(Error::Length {
                octets: u16::try_from(frame.len()).unwrap_or(u16::MAX),
            }
            .into()),
        }
    }

    /// Listens from now on, without waiting for a frame; keeps the last one that comes in. Nothing happens if it listens
    /// already.
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed.
    pub async fn listen(&mut self) -> Answer<(), S, B> {
        self.see_to_what_was_torn();
        if self.state == State::Listening {
            return Ok(());
        }
        let answer = self.start_listening().await;
        self.guarded(answer)
    }

    /// Waits for a frame, and puts its octets at the beginning of the buffer. `None` if there was none until that time
    /// (of the board's clock). A time that has passed means: only look. Listens if it did not.
    ///
    /// Only whole frames come out. What arrived damaged, without a checksum, or longer than the buffer, is dropped.
    ///
    /// # Errors
    ///
    /// The chip, a wire or the bus failed; frames may have been lost.
    pub async fn receive(
        &mut self,
        buffer: &mut [u8],
        until: Timestamp,
    ) -> Answer<Option<Reception>, S, B> {
        let until = until.as_millis().saturating_mul(1_000);
        let answer = self.next_frame(buffer, until).await;
        self.guarded(answer)
    }

    /// How it sends, for the budgets of airtime.
    pub fn link(&self) -> Link {
        self.settings.link
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Gives back the bus and the board. The chip stays as it is.
    pub fn release(self) -> (S, B) {
        (self.bus.spi, self.bus.board)
    }

    /// After a fault, holds the chip in reset until the next call, so that it neither sends nor draws current.
    fn guarded<T>(&mut self, answer: Answer<T, S, B>) -> Answer<T, S, B> {
        if answer.is_err() {
            self.state = State::Down;
            // What fails here was told already, or will be by the next call.
            let _ = self.bus.board.set_reset(true);
            let _ = self.bus.board.connect(Path::Off);
            #[cfg(feature = "defmt")]
            defmt::warn!("SX126x by lora-phy: held in reset after a fault");
        }
        answer
    }

    /// A call that was dropped in the middle of a command has left the chip in nobody knows what.
    fn see_to_what_was_torn(&mut self) {
        if self.bus.is_torn {
            self.state = State::Down;
        }
    }

    /// `lora-phy`, for one call: it keeps nothing.
    fn phy(&mut self) -> Phy<&mut Bus<S, B>, NoLines, Variant> {
        let config = parameters::config(&self.settings);
        Phy::new(&mut self.bus, NoLines, config)
    }

    /// What came of a call of `lora-phy`, which does not say what failed on the bus.
    fn done<T>(&mut self, result: Result<T, RadioError>) -> Answer<T, S, B> {
        result.map_err(|error| match self.bus.take_fault() {
            Some(fault) => LoraPhyError::Chip(fault),
            None => LoraPhyError::LoraPhy(error),
        })
    }

    fn modulation(&mut self) -> Answer<ModulationParams, S, B> {
        let link = self.settings.link;
        let made = self.phy().create_modulation_params(
            parameters::spreading_factor(link.modulation.spreading_factor),
            parameters::bandwidth(link.modulation.bandwidth),
            parameters::coding_rate(link.modulation.coding_rate),
            link.frequency_hz,
        );
        self.done(made)
    }

    fn packet(&mut self, octets: u8) -> Answer<PacketParams, S, B> {
        let preamble = self.settings.link.modulation.preamble_symbols;
        let inverted = self.settings.inverted_iq;
        let modulation = self.modulation()?;
        // Explicit header, and a checksum.
        let made =
            self.phy()
                .create_packet_params(preamble, false, octets, true, inverted, &modulation);
        self.done(made)
    }

    /// Brings the chip to standby with all its settings, from whatever it does.
    async fn ready(&mut self) -> Answer<(), S, B> {
        self.see_to_what_was_torn();
        if self.state == State::Asleep {
            self.bus.is_asleep = true;
            self.bus.ask(Command::GetStatus, &[], &mut []).await?;
        }
        if self.state == State::Down || !self.is_in(self.state.modes()).await? {
            // Nothing of the caller's is lost, so this is no error: the chip can be set up before it is needed.
            self.set_up().await?;
        } else if self.state == State::Listening {
            self.standby(value::STANDBY_RC).await?;
        }
        self.state = State::Standby;
        self.connect(Path::Off)
    }

    /// Resets the chip and tells it everything.
    async fn set_up(&mut self) -> Answer<(), S, B> {
        count(&mut self.counters.set_ups);
        self.bus.is_asleep = false;
        self.bus.board.set_reset(true).map_err(Error::Line)?;
        self.bus.pause(RESET).await;
        self.bus.board.set_reset(false).map_err(Error::Line)?;
        self.bus.pause(RESET).await;
        self.standby(value::STANDBY_RC).await?;
        let status = self.bus.ask(Command::GetStatus, &[], &mut []).await?;
        if mode::of(status) != mode::STANDBY_RC {
            return Err(Error::NoChip { status }.into());
        }

        let is_public = self.settings.sync_word == SyncWord::Public;
        let done = self.phy().init_lora(is_public).await;
        self.done(done)?;
        let Link {
            frequency_hz,
            power_dbm,
            ..
        } = self.settings.link;
        let done = self.phy().calibrate_image(frequency_hz).await;
        self.done(done)?;
        self.see_that_oscillator_runs().await?;

        let modulation = self.modulation()?;
        let power = self
            .phy()
            .set_tx_power_and_ramp_time(power_dbm.into(), Some(&modulation), false)
            .await;
        self.done(power)?;
        let done = self.phy().set_modulation_params(&modulation).await;
        self.done(done)?;
        let done = self.phy().set_channel(frequency_hz).await;
        self.done(done)?;
        let [a, b, c, d] = interrupt_masks();
        let masks = [a, b, c, d, 0, 0, 0, 0];
        self.bus.send(Command::SetDioIrqParams, &masks).await?;
        // A look at the channel has to know about IQ before the first frame.
        self.set_packet(u8::MAX).await
    }

    async fn see_that_oscillator_runs(&mut self) -> Answer<(), S, B> {
        self.standby(value::STANDBY_XOSC).await?;
        let mut errors = [0; 2];
        self.bus
            .ask(Command::GetDeviceErrors, &[], &mut errors)
            .await?;
        let errors = DeviceErrors::from_bits_truncate(u16::from_be_bytes(errors));
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Error::Device(errors).into()),
        }
    }

    async fn set_packet(&mut self, octets: u8) -> Answer<(), S, B> {
        let packet = self.packet(octets)?;
        let done = self.phy().set_packet_params(&packet).await;
        self.done(done)
    }

    async fn standby(&mut self, kind: u8) -> Answer<(), S, B> {
        Ok(self.bus.send(Command::SetStandby, &[kind]).await?)
    }

    fn connect(&mut self, path: Path) -> Answer<(), S, B> {
        Ok(self.bus.board.connect(path).map_err(Error::Line)?)
    }

    /// Is the chip in one of these modes, and still a LoRa radio? After a reset it is none.
    async fn is_in(&mut self, modes: u8) -> Answer<bool, S, B> {
        let mut packet_type = [0];
        let status = self
            .bus
            .ask(Command::GetPacketType, &[], &mut packet_type)
            .await?;
        Ok(packet_type == [value::PACKET_TYPE_LORA] && modes & mode::of(status) != 0)
    }

    async fn fall_asleep(&mut self) -> Answer<(), S, B> {
        self.ready().await?;
        self.bus
            .send(Command::SetSleep, &[value::SLEEP_WARM])
            .await?;
        self.state = State::Asleep;
        self.bus.pause(FALL_ASLEEP).await;
        Ok(())
    }

    async fn send(&mut self, frame: &[u8], octets: u8) -> Answer<(), S, B> {
        self.ready().await?;
        self.set_packet(octets).await?;
        let done = self.phy().set_payload(frame).await;
        self.done(done)?;
        self.clear(Interrupts::all()).await?;
        self.connect(Path::Transmit)?;
        let done = self.phy().do_tx().await;
        self.done(done)?;
        let airtime = self.settings.link.airtime_micros(octets);
        let longest = airtime.saturating_add(TRANSMIT_SLACK);
        self.await_interrupt(Waiting::Transmit, longest).await?;
        self.connect(Path::Off)
    }

    async fn look(&mut self) -> Answer<bool, S, B> {
        self.see_to_what_was_torn();
        if self.state == State::Listening && self.is_receiving().await? {
            return Ok(true);
        }
        self.ready().await?;
        self.clear(Interrupts::all()).await?;
        self.connect(Path::Receive)?;
        let modulation = self.modulation()?;
        let done = self.phy().do_cad(&modulation).await;
        self.done(done)?;
        let symbol = self.settings.link.modulation.symbol_micros();
        let longest = LOOK_SYMBOLS.saturating_mul(symbol.into());
        let flags = self.await_interrupt(Waiting::Look, longest).await?;
        self.connect(Path::Off)?;
        Ok(flags.contains(Interrupts::CAD_DETECTED))
    }

    /// Is it in the middle of a frame, or holds one?
    async fn is_receiving(&mut self) -> Answer<bool, S, B> {
        let flags = self.interrupts().await?;
        // Once for each header, so that a frame that ends without a word does not make the channel busy for ever.
        self.clear(flags & Interrupts::HEADER_VALID).await?;
        Ok(flags.intersects(Interrupts::HEADER_VALID | Interrupts::RX_DONE))
    }

    async fn start_listening(&mut self) -> Answer<(), S, B> {
        self.ready().await?;
        self.set_packet(u8::MAX).await?;
        self.clear(Interrupts::all()).await?;
        self.connect(Path::Receive)?;
        let done = self.phy().do_rx(RxMode::Continuous).await;
        self.done(done)?;
        self.state = State::Listening;
        Ok(())
    }

    async fn next_frame(
        &mut self,
        buffer: &mut [u8],
        until: u64,
    ) -> Answer<Option<Reception>, S, B> {
        self.see_to_what_was_torn();
        if self.state != State::Listening {
            self.start_listening().await?;
        }
        loop {
            // The clock before the line: what came in while the processor was elsewhere is not late.
            let is_late = self.bus.board.micros() >= until;
            if self.is_interrupt()? {
                if let Some(reception) = self.take_frame(buffer).await? {
                    return Ok(Some(reception));
                }
            } else if !is_late {
                self.bus.board.until_interrupt(until).await;
            }
            if is_late {
                break;
            }
        }
        // Nothing came. Was it because nothing was sent?
        if !self.is_in(mode::RX).await? {
            return Err(Error::ChipReset.into());
        }
        if self.interrupts().await?.contains(Interrupts::RX_DONE) {
            if self.is_interrupt()? {
                return self.take_frame(buffer).await;
            }
            let waiting = Waiting::Receive;
            return Err(Error::SilentLine { waiting }.into());
        }
        Ok(None)
    }

    /// Takes the frame that the chip has, if it is whole.
    async fn take_frame(&mut self, buffer: &mut [u8]) -> Answer<Option<Reception>, S, B> {
        // Taken back before the frame is read, so that whatever is raised then is about a newer one.
        let flags = self.interrupts().await?;
        self.clear(flags).await?;
        if flags.intersects(DAMAGED) {
            count(&mut self.counters.damaged);
            return Ok(None);
        }
        if !flags.contains(Interrupts::RX_DONE) {
            count(&mut self.counters.spurious);
            return Ok(None);
        }

        // A header without a checksum makes the chip check nothing, whatever it was told.
        let mut announced = [0];
        let address = Register::HeaderChecksum.number().to_be_bytes();
        self.bus
            .ask(Command::ReadRegister, &address, &mut announced)
            .await?;
        let [announced] = announced;
        if announced & value::HAS_CHECKSUM == 0 {
            count(&mut self.counters.unprotected);
            return Ok(None);
        }
        let packet = self.packet(u8::MAX)?;
        let octets = match self.phy().get_rx_payload(&packet, buffer).await {
            Err(RadioError::PayloadSizeMismatch(..)) => {
                count(&mut self.counters.oversized);
                return Ok(None);
            }
            taken => self.done(taken)?,
        };
        let status = self.phy().get_rx_packet_status().await;
        let status = self.done(status)?;

        if self
            .interrupts()
            .await?
            .intersects(DAMAGED | Interrupts::RX_DONE)
        {
            count(&mut self.counters.overrun);
            return Ok(None);
        }
        // lora-phy rounds to whole dB.
        let snr = status.snr.saturating_mul(4);
        Ok(Some(Reception {
            octets,
            rssi_dbm: status.rssi,
            snr_quarter_db: i8::try_from(snr).unwrap_or(i8::MAX),
        }))
    }

    /// Waits for the end of what the chip was told, which takes so many microseconds at most.
    async fn await_interrupt(
        &mut self,
        waiting: Waiting,
        longest: u64,
    ) -> Answer<Interrupts, S, B> {
        let wanted = waiting.interrupts();
        let longest = longest
            .saturating_add(TCXO_STARTUP.into())
            .saturating_add(INTERRUPT_SLACK);
        let until = self.bus.board.micros().saturating_add(longest);
        loop {
            let is_late = self.bus.board.micros() >= until;
            if self.is_interrupt()? {
                let flags = self.interrupts().await?;
                self.clear(flags).await?;
                if flags.intersects(wanted) {
                    return Ok(flags);
                }
                count(&mut self.counters.spurious);
            } else if !is_late {
                self.bus.board.until_interrupt(until).await;
            }
            if is_late {
                break;
            }
        }
        // Why did nothing come?
        let has_ended = self.interrupts().await?.intersects(wanted);
        let is_lora = self.is_in(mode::ANY).await?;
        Err(Error::of_silence(waiting, is_lora, has_ended).into())
    }

    fn is_interrupt(&mut self) -> Answer<bool, S, B> {
        Ok(self.bus.board.is_interrupt().map_err(Error::Line)?)
    }

    async fn interrupts(&mut self) -> Answer<Interrupts, S, B> {
        let mut flags = [0; 2];
        self.bus.ask(Command::GetIrqStatus, &[], &mut flags).await?;
        Ok(Interrupts::from_bits_truncate(u16::from_be_bytes(flags)))
    }

    async fn clear(&mut self, flags: Interrupts) -> Answer<(), S, B> {
        let flags = flags.bits().to_be_bytes();
        Ok(self.bus.send(Command::ClearIrqStatus, &flags).await?)
    }
}
