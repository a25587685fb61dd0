//! One chip: what a command does to it, and what it answers.

use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};

use super::shape::{MICRO, Shape, modulation};
use crate::radio::Link;
use crate::sx126x::{
    Amplifier, Command, DeviceErrors, Hardware, Interrupts, Path, Register, Settings, Tcxo,
    TcxoVoltage,
};

/// How long after it was deselected a chip says that it is busy (data sheet, table 8-1), and how long things take.
const BUSY_RISE: u64 = 600;
const RESET_TIME: u64 = 3_500 * MICRO;
const WARM_WAKE: u64 = 340 * MICRO;
const COLD_WAKE: u64 = 3_500 * MICRO;
const CALIBRATION: u64 = 3_500 * MICRO;
const IMAGE_CALIBRATION: u64 = 1_000 * MICRO;
const STANDBY: u64 = 30 * MICRO;
const CRYSTAL_START: u64 = 150 * MICRO;
const SYNTHESIZER: u64 = 100 * MICRO;
const RAMP: u64 = 200 * MICRO;
const PLAIN: u64 = MICRO;
/// A tick of the chip's timers.
const TICK: u64 = 15_625;

/// How a simulated chip is wired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wiring {
    /// Which amplifier it has.
    pub amplifier: Amplifier,
    /// For how many microseconds its TCXO starts, which DIO3 feeds; none means that there is a crystal.
    pub tcxo_startup_micros: Option<u16>,
    /// Does its antenna switch hang on DIO2? If not, it hangs on the board.
    pub dio2_switches_antenna: bool,
}

impl Default for Wiring {
    /// An SX1262 with a TCXO that starts in 2 ms, and an antenna switch on DIO2.
    fn default() -> Self {
        Self {
            amplifier: Amplifier::High,
            tcxo_startup_micros: Some(2_000),
            dio2_switches_antenna: true,
        }
    }
}

impl Wiring {
    /// Settings that suit it: 869.525 MHz, SF9 at 125 kHz, 14 dBm.
    pub fn settings(&self) -> Settings {
        let hardware = Hardware {
            tcxo: self.tcxo_startup_micros.map(|startup| Tcxo {
                voltage: TcxoVoltage::V1_8,
                startup_micros: startup.saturating_mul(2),
            }),
            dio2_switches_antenna: self.dio2_switches_antenna,
            ..Hardware::new(self.amplifier)
        };
        let link = Link {
            frequency_hz: 869_525_000,
            modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
            power_dbm: 14,
        };
        Settings::new(link, hardware)
    }
}

/// What can break. What lasts ends with [`Chip::heal`](super::Chip::heal).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// BUSY stays high, and nothing that is told the chip reaches it. Lasts.
    BusyStuck,
    /// DIO1 never rises. Lasts.
    SilentLine,
    /// The oscillator does not start. Lasts.
    DeadOscillator,
    /// Whatever is read is zero, and BUSY is low: no chip is there. Lasts.
    NoChip,
    /// The chip sends without an end, and only its timer ends it. Lasts.
    EndlessSending,
    /// The chip never says what it has to say: no interrupt is ever raised. Lasts.
    Mute,
    /// The supply breaks down, and comes back at once.
    BrownOut,
    /// DIO1 rises, without anything to tell.
    SpuriousInterrupt,
    /// A transfer over SPI fails, after so many that do not.
    SpiAfter(u8),
    /// The next frame that is received has a wrong checksum.
    BadChecksum,
    /// The next frame that is received has a damaged header.
    BadHeader,
}

/// Something that the data sheet forbids, and that was done to a chip.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When, in microseconds.
    pub at_micros: u64,
    /// Which chip, in the order in which they were added.
    pub chip: usize,
    /// What was done.
    pub what: String,
}

/// What a chip does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Held,
    Sleep { is_warm: bool },
    StandbyRc,
    StandbyXosc,
    Tx,
    Rx { is_continuous: bool },
    Cad,
}

impl Mode {
    /// As the status tells it.
    fn bits(self) -> u8 {
        match self {
            Self::Held | Self::Sleep { .. } => 0,
            Self::StandbyRc => 2,
            Self::StandbyXosc => 3,
            // A look at the channel is a kind of receiving.
            Self::Rx { .. } | Self::Cad => 5,
            Self::Tx => 6,
        }
    }

    fn is_standby(self) -> bool {
        matches!(self, Self::StandbyRc | Self::StandbyXosc)
    }
}

/// What a reset makes the chip forget.
#[derive(Clone, Debug)]
struct Memory {
    packet_type: u8,
    steps: u32,
    modulation: [u8; 4],
    packet: [u8; 6],
    tx_power: i8,
    cad: [u8; 7],
    kept: u16,
    told: u16,
    tcxo_ticks: Option<u32>,
    dio2: bool,
    base: [u8; 2],
    buffer: [u8; 256],
    received: [u8; 2],
    next: u8,
    signal: [u8; 3],
    registers: BTreeMap<u16, u8>,
}

impl Default for Memory {
    fn default() -> Self {
        let sync_word = Register::SyncWord.number();
        Self {
            packet_type: 0,
            steps: 0,
            modulation: [0; 4],
            packet: [0; 6],
            tx_power: 0,
            cad: [0; 7],
            kept: 0,
            told: 0,
            tcxo_ticks: None,
            dio2: false,
            base: [0x80, 0],
            buffer: [0; 256],
            received: [0; 2],
            next: 0,
            signal: [0; 3],
            registers: BTreeMap::from([
                (sync_word, 0x14),
                (sync_word + 1, 0x24),
                (Register::IqPolarity.number(), 0x0D),
                (Register::TxModulation.number(), 0x01),
                (Register::TxClamp.number(), 0xC8),
                (Register::RxGain.number(), 0x94),
            ]),
        }
    }
}

/// What the world must do after a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// Begin to send at this time, and stop at that one at the latest.
    Tx { at: u64, until: Option<u64> },
    /// Stop receiving at this time, if nothing came.
    RxTimeout { at: u64 },
    /// Look at the channel from then to then.
    Cad { from: u64, to: u64 },
    /// The chip stopped what it did.
    Stopped,
}

/// What is wrong with a chip, until it heals.
#[derive(Default, Debug)]
pub(super) struct Faults {
    pub(super) spi_fault_after: Option<u8>,
    pub(super) bad_checksum: bool,
    pub(super) bad_header: bool,
    pub(super) endless: bool,
    is_glitching: bool,
    busy_stuck: bool,
    silent_line: bool,
    dead_oscillator: bool,
    no_chip: bool,
    mute: bool,
}

/// One chip.
#[derive(Debug)]
pub(super) struct State {
    pub(super) wiring: Wiring,
    pub(super) mode: Mode,
    /// Since when it is in this mode.
    pub(super) since: u64,
    /// Counts the changes of mode, so that what was planned for an earlier one is not done.
    pub(super) epoch: u64,
    pub(super) path: Path,
    /// The frame that it is in the middle of receiving.
    pub(super) locked: Option<u64>,
    /// The frame that it is in the middle of sending.
    pub(super) sending: Option<u64>,
    pub(super) faults: Faults,
    memory: Memory,
    raised: Interrupts,
    errors: DeviceErrors,
    /// It is busy from then to then.
    busy: (u64, u64),
    /// It was reset in its sleep and has not come up yet, which nobody can tell from sleep.
    seems_asleep: bool,
    pub(super) complaints: Vec<String>,
}

impl State {
    pub(super) fn new(wiring: Wiring) -> Self {
        let mut state = Self {
            wiring,
            mode: Mode::StandbyRc,
            since: 0,
            epoch: 0,
            path: Path::Off,
            locked: None,
            sending: None,
            faults: Faults::default(),
            memory: Memory::default(),
            raised: Interrupts::empty(),
            errors: DeviceErrors::empty(),
            busy: (0, 0),
            seems_asleep: false,
            complaints: Vec::new(),
        };
        state.restart(0);
        state
    }

    /// Power comes on, or NRESET is let go.
    pub(super) fn restart(&mut self, now: u64) {
        self.enter(Mode::StandbyRc, now);
        self.memory = Memory::default();
        self.raised = Interrupts::empty();
        self.faults.is_glitching = false;
        self.seems_asleep = false;
        self.errors = DeviceErrors::empty();
        // It looks for a crystal, and does not know of a TCXO yet.
        if self.wiring.tcxo_startup_micros.is_some() || self.faults.dead_oscillator {
            self.errors |= DeviceErrors::OSCILLATOR_START;
        }
        self.busy = (now, now + RESET_TIME);
    }

    pub(super) fn hold(&mut self, is_held: bool, now: u64) {
        match (is_held, self.mode) {
            (true, _) => self.enter(Mode::Held, now),
            (false, Mode::Held) => {
                if now.saturating_sub(self.since) < 100 * MICRO {
                    self.complain("NRESET was held for less than 100 microseconds");
                }
                self.restart(now);
            }
            (false, _) => {}
        }
    }

    pub(super) fn break_down(&mut self, fault: Fault, now: u64) {
        match fault {
            Fault::BusyStuck => self.faults.busy_stuck = true,
            Fault::SilentLine => self.faults.silent_line = true,
            Fault::DeadOscillator => {
                self.faults.dead_oscillator = true;
                if matches!(
                    self.mode,
                    Mode::StandbyXosc | Mode::Tx | Mode::Rx { .. } | Mode::Cad
                ) {
                    self.enter(Mode::StandbyRc, now);
                }
            }
            Fault::NoChip => self.faults.no_chip = true,
            Fault::EndlessSending => self.faults.endless = true,
            Fault::Mute => self.faults.mute = true,
            Fault::BrownOut if self.mode != Mode::Held => {
                let was_asleep = matches!(self.mode, Mode::Sleep { .. });
                self.restart(now);
                self.seems_asleep = was_asleep;
            }
            Fault::BrownOut => {}
            Fault::SpuriousInterrupt => self.faults.is_glitching = true,
            Fault::SpiAfter(transfers) => self.faults.spi_fault_after = Some(transfers),
            Fault::BadChecksum => self.faults.bad_checksum = true,
            Fault::BadHeader => self.faults.bad_header = true,
        }
    }

    pub(super) fn heal(&mut self) {
        self.faults = Faults::default();
    }

    pub(super) fn enter(&mut self, mode: Mode, now: u64) {
        self.mode = mode;
        self.since = now;
        self.epoch += 1;
        self.locked = None;
    }

    pub(super) fn is_busy(&self, now: u64) -> bool {
        let (from, to) = self.busy;
        let is_down = matches!(self.mode, Mode::Held | Mode::Sleep { .. });
        !self.faults.no_chip && (self.faults.busy_stuck || is_down || (from..to).contains(&now))
    }

    pub(super) fn is_interrupt(&self) -> bool {
        let told = Interrupts::from_bits_truncate(self.memory.told);
        let is_raised = self.raised.intersects(told) || self.faults.is_glitching;
        is_raised && !self.faults.silent_line && !self.faults.no_chip
    }

    pub(super) fn raise(&mut self, flags: Interrupts) {
        if !self.faults.mute {
            self.raised |= flags & Interrupts::from_bits_truncate(self.memory.kept);
        }
    }

    pub(super) fn modulation(&self) -> Option<Modulation> {
        modulation(self.memory.modulation, self.memory.packet)
    }

    pub(super) fn shape(&self) -> Option<Shape> {
        let modulation = self.modulation()?;
        let sync_word = Register::SyncWord.number();
        Some(Shape {
            steps: self.memory.steps,
            factor: modulation.spreading_factor,
            bandwidth: modulation.bandwidth,
            sync_word: [self.register(sync_word), self.register(sync_word + 1)],
            inverted_iq: self.memory.packet[5] == 1,
        })
    }

    pub(super) fn power_dbm(&self) -> i32 {
        self.memory.tx_power.into()
    }

    /// What it was told to send.
    pub(super) fn payload(&self) -> Vec<u8> {
        let [base, _] = self.memory.base;
        let octets = self.memory.packet[3];
        (0..octets)
            .map(|at| self.memory.buffer[usize::from(base.wrapping_add(at))])
            .collect()
    }

    /// Takes a frame in.
    pub(super) fn take(&mut self, payload: &[u8], has_checksum: bool, rssi: i32, snr: i32) {
        let start = self.memory.next;
        for (at, octet) in (0u8..=255).zip(payload) {
            self.memory.buffer[usize::from(start.wrapping_add(at))] = *octet;
        }
        let octets = payload.len() as u8;
        self.memory.next = start.wrapping_add(octets);
        self.memory.received = [octets, start];
        let rssi = (-2 * rssi).clamp(0, 255) as u8;
        self.memory.signal = [rssi, snr.clamp(-128, 48) as i8 as u8, rssi];
        let announced = if has_checksum { 0x10 } else { 0 };
        let register = Register::HeaderChecksum.number();
        self.memory.registers.insert(register, announced);
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }

    fn register(&self, address: u16) -> u8 {
        self.memory
            .registers
            .get(&address)
            .copied()
            .unwrap_or_default()
    }

    /// The oscillator is started; how long that takes, if it works.
    fn start_oscillator(&mut self) -> Option<u64> {
        let time = match (self.wiring.tcxo_startup_micros, self.memory.tcxo_ticks) {
            (None, _) => Some(CRYSTAL_START),
            (Some(needed), Some(ticks)) => {
                let given = u64::from(ticks) * TICK;
                (given >= u64::from(needed) * MICRO).then_some(given + CRYSTAL_START)
            }
            (Some(_), None) => None,
        };
        let time = time.filter(|_| !self.faults.dead_oscillator);
        if time.is_none() {
            self.errors |= DeviceErrors::OSCILLATOR_START;
        }
        time
    }

    /// Everything that happens while the chip is selected: what comes in, and what goes out in the same time. `None` if
    /// nothing has to be done about it.
    pub(super) fn exchange(&mut self, sent: &[u8], now: u64) -> (Vec<u8>, Option<Start>) {
        let silence = std::vec![0; sent.len()];
        let Some((&opcode, rest)) = sent.split_first() else {
            return (silence, None);
        };
        if self.faults.no_chip {
            return (silence, None);
        }
        let command = Command::ALL
            .iter()
            .find(|command| command.number() == opcode);
        let Some(&command) = command else {
            self.complain(format!("unknown command {opcode:#04x}"));
            return (silence, None);
        };
        match self.mode {
            Mode::Held => {
                self.complain(format!("{command:?} while held in reset"));
                return (silence, None);
            }
            Mode::Sleep { is_warm } => {
                if command != Command::GetStatus {
                    self.complain(format!("{command:?} while asleep"));
                }
                self.wake(is_warm, now);
                return (silence, None);
            }
            _ => {}
        }
        // From the end of a command on, also before the line says so.
        if self.is_busy(now) || now < self.busy.1 {
            if !(self.seems_asleep && command == Command::GetStatus) {
                self.complain(format!("{command:?} while busy"));
            }
            return (silence, None);
        }

        let status = self.mode.bits() << 4;
        let mut answer = std::vec![status; sent.len()];
        let before = self.mode;
        let (time, start) = match self.answer(command, rest) {
            Some(data) => {
                self.reply(command, rest.len(), &data, &mut answer);
                (PLAIN, None)
            }
            None => self.obey(command, rest, now),
        };
        self.busy = (now + BUSY_RISE, now + BUSY_RISE + time);
        let was_sending = before == Mode::Tx && self.mode != Mode::Tx;
        (answer, start.or(was_sending.then_some(Start::Stopped)))
    }

    fn wake(&mut self, is_warm: bool, now: u64) {
        if is_warm {
            self.enter(Mode::StandbyRc, now);
            self.busy = (now, now + WARM_WAKE);
        } else {
            self.restart(now);
            self.busy = (now, now + COLD_WAKE);
        }
    }

    /// What a command that asks is answered, without the status before it.
    fn answer(&self, command: Command, parameters: &[u8]) -> Option<Vec<u8>> {
        let memory = &self.memory;
        Some(match command {
            Command::GetStatus => Vec::new(),
            Command::GetIrqStatus => self.raised.bits().to_be_bytes().to_vec(),
            Command::GetPacketType => std::vec![memory.packet_type],
            Command::GetRxBufferStatus => memory.received.to_vec(),
            Command::GetPacketStatus => memory.signal.to_vec(),
            Command::GetDeviceErrors => self.errors.bits().to_be_bytes().to_vec(),
            Command::ReadRegister => {
                let [high, low, ..] = *parameters else {
                    return Some(Vec::new());
                };
                let first = u16::from_be_bytes([high, low]);
                let last = first.saturating_add(parameters.len() as u16);
                (first..last)
                    .map(|address| self.register(address))
                    .collect()
            }
            Command::ReadBuffer => {
                let first = parameters.first().copied().unwrap_or_default();
                // Round and round, as the chip does.
                let octets = memory.buffer.iter().cycle().skip(first.into());
                octets.take(parameters.len()).copied().collect()
            }
            _ => return None,
        })
    }

    /// Puts an answer behind the octets of the command and the status.
    fn reply(&mut self, command: Command, rest: usize, data: &[u8], answer: &mut [u8]) {
        let address = match command {
            Command::ReadRegister => 2,
            Command::ReadBuffer => 1,
            _ => 0,
        };
        if rest <= address && command != Command::GetStatus {
            self.complain(format!("{command:?} is too short"));
        }
        for (place, octet) in answer.iter_mut().skip(address + 2).zip(data) {
            *place = *octet;
        }
    }

    /// Does what a command says; for how long the chip is busy with it, and what follows.
    fn obey(&mut self, command: Command, parameters: &[u8], now: u64) -> (u64, Option<Start>) {
        let is_setting = matches!(command.section().as_bytes(), [b'1', b'3', b'.', b'4', ..]);
        if is_setting && !self.mode.is_standby() {
            self.complain(format!("{command:?} outside standby"));
        }
        let is_late = matches!(
            command,
            Command::SetModulationParams | Command::SetPacketParams
        );
        if is_late && self.memory.packet_type != 1 {
            self.complain(format!("{command:?} before SetPacketType"));
        }
        match (command, parameters) {
            (Command::SetSleep, &[how]) => {
                if !self.mode.is_standby() {
                    self.complain("SetSleep outside standby");
                }
                self.enter(
                    Mode::Sleep {
                        is_warm: how & 4 != 0,
                    },
                    now,
                );
            }
            (Command::SetStandby, [0]) => {
                self.enter(Mode::StandbyRc, now);
                return (STANDBY, None);
            }
            (Command::SetStandby, [1]) => {
                let time = self.start_oscillator();
                let mode = if time.is_some() {
                    Mode::StandbyXosc
                } else {
                    Mode::StandbyRc
                };
                self.enter(mode, now);
                return (STANDBY + time.unwrap_or_default(), None);
            }
            (Command::SetTx, &[a, b, c]) => {
                return self.start(Mode::Tx, u32::from_be_bytes([0, a, b, c]), now);
            }
            (Command::SetRx, &[a, b, c]) => {
                let ticks = u32::from_be_bytes([0, a, b, c]);
                let is_continuous = ticks == 0xFF_FFFF;
                return self.start(Mode::Rx { is_continuous }, ticks, now);
            }
            (Command::SetCad, []) => return self.start(Mode::Cad, 0, now),
            (Command::Calibrate, [_]) | (Command::CalibrateImage, [_, _]) => {
                if self.mode != Mode::StandbyRc {
                    self.complain(format!("{command:?} outside STDBY_RC"));
                }
                let time = self.start_oscillator().unwrap_or_default();
                let own = if command == Command::Calibrate {
                    CALIBRATION
                } else {
                    IMAGE_CALIBRATION
                };
                return (own + time, None);
            }
            (Command::SetPaConfig, &[_, _, chip, 1]) => {
                if (chip == 0) != (self.wiring.amplifier == Amplifier::High) {
                    self.complain("SetPaConfig for the other chip");
                }
            }
            (Command::WriteRegister, [high, low, octets @ ..]) if !octets.is_empty() => {
                let first = u16::from_be_bytes([*high, *low]);
                self.memory
                    .registers
                    .extend((first..).zip(octets.iter().copied()));
            }
            (Command::WriteBuffer, [first, octets @ ..]) => {
                for (at, octet) in (0u8..=255).zip(octets) {
                    self.memory.buffer[usize::from(first.wrapping_add(at))] = *octet;
                }
            }
            (Command::SetDioIrqParams, &[a, b, c, d, _, _, _, _]) => {
                self.memory.kept = u16::from_be_bytes([a, b]);
                self.memory.told = u16::from_be_bytes([c, d]);
            }
            (Command::ClearIrqStatus, &[a, b]) => {
                self.raised &= !Interrupts::from_bits_truncate(u16::from_be_bytes([a, b]));
                self.faults.is_glitching = false;
            }
            (Command::SetDio2AsRfSwitchCtrl, &[is_on]) => self.memory.dio2 = is_on == 1,
            (Command::SetDio3AsTcxoCtrl, &[_, a, b, c]) => {
                self.memory.tcxo_ticks = Some(u32::from_be_bytes([0, a, b, c]));
            }
            (Command::SetRfFrequency, &[a, b, c, d]) => {
                self.memory.steps = u32::from_be_bytes([a, b, c, d]);
            }
            (Command::SetPacketType, &[packet_type]) => self.memory.packet_type = packet_type,
            (Command::SetTxParams, &[power, _]) => self.memory.tx_power = power as i8,
            (Command::SetModulationParams, parameters) if parameters.len() == 4 => {
                self.memory.modulation.copy_from_slice(parameters);
            }
            (Command::SetPacketParams, parameters) if parameters.len() == 6 => {
                self.memory.packet.copy_from_slice(parameters);
            }
            (Command::SetCadParams, parameters) if parameters.len() == 7 => {
                self.memory.cad.copy_from_slice(parameters);
            }
            (Command::SetBufferBaseAddress, &[tx, rx]) => self.memory.base = [tx, rx],
            // Zeros behind it are none of the chip's business.
            (Command::ClearDeviceErrors, [0, 0] | [0, 0, 0]) => self.errors = DeviceErrors::empty(),
            // They change what a receiver with a timer does, and none is told to have one.
            (Command::StopTimerOnPreamble, [0 | 1])
            | (Command::SetLoRaSymbNumTimeout, [0])
            | (Command::SetRegulatorMode, [0 | 1]) => {}
            _ => self.complain(format!("{command:?} with {parameters:02x?}")),
        }
        (PLAIN, None)
    }

    /// Begins to send, receive or look.
    fn start(&mut self, mode: Mode, ticks: u32, now: u64) -> (u64, Option<Start>) {
        if !self.mode.is_standby() {
            self.complain(format!("{mode:?} out of {:?}", self.mode));
        }
        self.see_to_it_that_all_is_set(mode);
        let oscillator = match self.mode {
            Mode::StandbyXosc => Some(0),
            _ => self.start_oscillator(),
        };
        let Some(oscillator) = oscillator else {
            self.enter(Mode::StandbyRc, now);
            return (PLAIN, None);
        };
        let ramp = if mode == Mode::Tx { RAMP } else { 0 };
        let time = oscillator + SYNTHESIZER + ramp;
        let at = now + BUSY_RISE + time;
        // It hears only from then on.
        self.enter(mode, at);
        let limit = (ticks != 0).then(|| at + u64::from(ticks) * TICK);
        let start = match mode {
            Mode::Tx => Some(Start::Tx { at, until: limit }),
            Mode::Rx { is_continuous } => {
                self.memory.next = self.memory.base[1];
                limit
                    .filter(|_| !is_continuous)
                    .map(|at| Start::RxTimeout { at })
            }
            _ => {
                let symbols = 1u64 << self.memory.cad[0].min(4);
                let symbol = self.modulation().map_or(0, |it| it.symbol_micros().into());
                // Half a symbol to think about them.
                let to = at + (symbols * 2 + 1) * symbol * MICRO / 2;
                Some(Start::Cad { from: at, to })
            }
        };
        (time, start)
    }

    /// The mistakes that no chip reports.
    fn see_to_it_that_all_is_set(&mut self, mode: Mode) {
        let Some(modulation) = self.modulation().filter(|_| self.memory.packet_type == 1) else {
            return self.complain(format!("{mode:?} without a LoRa modulation"));
        };
        let bit = |register: Register| self.register(register.number()) & 4 != 0;
        let is_widest = modulation.bandwidth == Bandwidth::Khz500;
        let mut wrong = Vec::new();
        if mode == Mode::Tx && bit(Register::TxModulation) == is_widest {
            wrong.push("section 15.1 was not followed");
        }
        let clamp = self.register(Register::TxClamp.number()) & 0x1E;
        let is_high = self.wiring.amplifier == Amplifier::High;
        if mode == Mode::Tx && is_high && clamp != 0x1E {
            wrong.push("section 15.2 was not followed");
        }
        if bit(Register::IqPolarity) == (self.memory.packet[5] == 1) {
            wrong.push("section 15.4 was not followed");
        }
        let usual = Modulation::new(modulation.spreading_factor, modulation.bandwidth);
        if modulation.low_data_rate != usual.low_data_rate {
            wrong.push("the optimisation for low data rates is wrong");
        }
        if self.wiring.dio2_switches_antenna != self.memory.dio2 {
            wrong.push("DIO2 is not told about the antenna switch, or there is none");
        }
        let path = if mode == Mode::Tx {
            Path::Transmit
        } else {
            Path::Receive
        };
        if !self.wiring.dio2_switches_antenna && self.path != path {
            wrong.push("the antenna switch points the wrong way");
        }
        if self.memory.cad[3] != 0 {
            wrong.push("only looks that end in standby are simulated");
        }
        for what in wrong {
            self.complain(format!("{mode:?}: {what}"));
        }
    }
}
