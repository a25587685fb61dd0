//! Between a server and the radio behind a port, without the port: what is said to the radio and when, what becomes of
//! what it hears.

mod report;

pub(crate) use report::Report;

use super::link::Link;
use super::port::printable;
use crate::hash::RustCryptoDigest;
use crate::mac::RunningMac;
use lib_dns_core::hint::serial::{
    FromRadio, Line, MAX_WRITTEN_LEN, Outcome, RadioHello, Sensed, ToRadio,
};
use lib_dns_core::hint::{
    Action, Advice, Event, HintConfig, HintCounts, HintNode, HintType, NetworkKey, ReceivedFrame,
    Refusal, ShortName, ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::update_control::Change;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use std::collections::{HashSet, VecDeque};

/// Zones that hints can tell of, at the most.
pub(crate) const MAX_ZONES: usize = 64;
/// Updates that are remembered; the threshold of a storm is less.
pub(crate) const MAX_UPDATES: usize = 96;
/// Senders that are remembered.
const SENDERS: usize = 32;
/// Advice that waits.
const QUEUE: usize = 16;
/// What waits to be told; the oldest goes first.
const MAX_REPORTS: usize = 64;

/// How long a radio has to say who it is, in milliseconds.
const HELLO_PATIENCE: u64 = 5_000;
/// How long it has to look at the channel.
const SENSE_PATIENCE: u64 = 2_000;
/// How much longer than a frame is on the air it has to say that it was sent.
const SEND_PATIENCE: u64 = 5_000;
/// When a radio is asked again that is set otherwise than it should be.
const UNFIT_PATIENCE: u64 = 60_000;
/// How long the node waits for a radio that cannot send for it.
const IDLE: u64 = 1_000;

type Node = HintNode<RunningMac, MAX_ZONES, MAX_UPDATES, SENDERS, QUEUE>;

/// The keys of the network.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The one to seal with.
    pub(crate) current: Option<NetworkKey<RunningMac>>,
    /// The one before it, which is still believed.
    pub(crate) old: Option<NetworkKey<RunningMac>>,
}

/// A zone of this server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GatewayZone {
    /// Its name.
    pub(crate) name: NameBuf,
    /// The serial that is here.
    pub(crate) serial: Option<Serial>,
    /// Is it fetched from elsewhere? Then hints make it be fetched.
    pub(crate) is_copy: bool,
    /// Are others told of its changes?
    pub(crate) is_told: bool,
}

/// What is to be done next.
#[derive(PartialEq, Eq, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Step {
    /// Write this to the port.
    Write(Vec<u8>),
    /// Look for a newer version of a zone, and tell [`Gateway::looked`].
    Refresh {
        zone: NameBuf,
        announced: Option<Serial>,
    },
    /// Begin another boot epoch with [`Gateway::boot`]: the numbers of this one are used up.
    NewEpoch,
    /// Wait for octets, or for this time; `None` if only for octets.
    Wait(Option<Timestamp>),
}

/// What the radio is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Radio {
    /// The port is closed.
    Away,
    /// It was asked who it is, or is to be; ask again then.
    Unknown(Timestamp),
    /// It listens, but does not send for us; ask again then.
    Unfit(Timestamp),
    /// It listens.
    Ready,
    /// It looks at the channel.
    Sensing { number: u16, until: Timestamp },
    /// It sends.
    Sending { number: u16, until: Timestamp },
}

/// Between a server and the radio behind a port.
///
/// The caller moves octets, and calls [`Gateway::step`] until it says to wait. Every other method may change what is to be
/// done.
pub(crate) struct Gateway {
    node: Box<Node>,
    /// How the radio has to be set; `None` for a frequency that is not told.
    link: Link,
    frequency_hz: Option<u32>,
    zones: Vec<(ZoneTag, GatewayZone)>,
    /// The zones that are being looked after because of a hint.
    asked: HashSet<ZoneTag>,
    line: Line,
    radio: Radio,
    number: u16,
    /// How often the radio was asked who it is, without an answer.
    hellos: u32,
    /// Why nothing is sent, as it was told.
    refusal: Option<Refusal>,
    reports: VecDeque<Report>,
    line_errors: u64,
    sent: u64,
    advice: [u64; HintType::ALL.len()],
}

impl Gateway {
    /// With nothing to tell of, and no port. Without a boot epoch nothing can be sealed.
    pub(crate) fn new(now: Timestamp, config: HintConfig, keys: Keys, epoch: Option<u16>) -> Self {
        let mut node = Box::new(Node::new(now, config));
        for key in [keys.old, keys.current].into_iter().flatten() {
            node.set_key(key, epoch.unwrap_or(0));
        }
        Self {
            node,
            link: Link {
                modulation: config.modulation,
                region: config.region,
            },
            frequency_hz: Some(config.frequency_hz).filter(|hz| *hz > 0),
            zones: Vec::new(),
            asked: HashSet::new(),
            line: Line::new(),
            radio: Radio::Away,
            number: 0,
            hellos: 0,
            refusal: None,
            reports: VecDeque::new(),
            line_errors: 0,
            sent: 0,
            advice: [0; HintType::ALL.len()],
        }
    }

    /// Begins another boot epoch, which was written down.
    pub(crate) fn boot(&mut self, epoch: u16) {
        self.node.boot(epoch);
    }

    /// Has these zones from now on. Those that are told of and were not here before are told of. Gives the zones for which
    /// there is no room, or whose tag another one has.
    pub(crate) fn set_zones(&mut self, now: Timestamp, zones: &[GatewayZone]) -> Vec<NameBuf> {
        let is_kept = |known: &GatewayZone| {
            let same = |zone: &GatewayZone| {
                (zone.name, zone.is_copy, zone.is_told)
                    == (known.name, known.is_copy, known.is_told)
            };
            zones.iter().any(same)
        };
        let gone: Vec<ZoneTag> = self
            .zones
            .iter()
            .filter(|(_, known)| !is_kept(known))
            .map(|(tag, _)| *tag)
            .collect();
        for tag in gone {
            self.node.forget(tag);
            self.asked.remove(&tag);
            self.zones.retain(|(known, _)| *known != tag);
        }
        let mut left_out = Vec::new();
        for zone in zones {
            if self.zones.iter().any(|(_, known)| known.name == zone.name) {
                self.changed(now, &zone.name, zone.serial);
            } else if !self.add(now, zone) {
                left_out.push(zone.name);
            }
        }
        left_out
    }

    fn add(&mut self, now: Timestamp, zone: &GatewayZone) -> bool {
        let Some(tag) = ZoneTag::of(&zone.name.as_name(), &RustCryptoDigest) else {
            return false;
        };
        if self.zones.len() == MAX_ZONES || self.zones.iter().any(|(known, _)| *known == tag) {
            return false;
        }
        let short = ShortName::new(&zone.name.as_name());
        if zone.is_copy && !self.node.keep(tag, short, zone.serial) {
            return false;
        }
        self.zones.push((tag, *zone));
        if let (true, Some(serial)) = (zone.is_told, zone.serial) {
            self.announce(now, tag, serial);
        }
        true
    }

    /// A zone has this serial now; `None` if it is gone.
    pub(crate) fn changed(&mut self, now: Timestamp, zone: &NameBuf, serial: Option<Serial>) {
        let mut zones = self.zones.iter_mut();
        let Some((tag, known)) = zones.find(|(_, known)| known.name == *zone) else {
            return;
        };
        if known.serial == serial {
            return;
        }
        known.serial = serial;
        let (tag, known) = (*tag, *known);
        if known.is_copy {
            self.node.keep(tag, ShortName::new(&zone.as_name()), serial);
        }
        if let (true, Some(serial)) = (known.is_told, serial) {
            self.announce(now, tag, serial);
        }
    }

    fn announce(&mut self, now: Timestamp, tag: ZoneTag, serial: Serial) {
        if self.node.zone_changed(now, tag, serial) == Change::NoRoom {
            self.report(Report::NoRoom { tag, serial });
        }
    }

    /// A zone was looked after, for whatever reason, and this serial is here now; `None` if it could not be.
    pub(crate) fn looked(&mut self, now: Timestamp, zone: &NameBuf, found: Option<Serial>) {
        let mut zones = self.zones.iter();
        let known = zones.find(|(_, known)| known.name == *zone && known.is_copy);
        let Some(tag) = known.map(|(tag, _)| *tag) else {
            return;
        };
        let was_asked = self.asked.remove(&tag);
        match found {
            Some(serial) => self.node.refreshed(tag, serial),
            None if was_asked => self.node.refresh_failed(now, tag),
            // When to try again says the zone's own SOA record.
            None => {}
        }
    }

    /// The port is open.
    pub(crate) fn opened(&mut self, now: Timestamp) {
        self.line = Line::new();
        self.hellos = 0;
        self.radio = Radio::Unknown(now);
    }

    /// The port is gone.
    pub(crate) fn closed(&mut self, now: Timestamp) {
        self.give_up(now);
        self.radio = Radio::Away;
    }

    /// What was asked of the radio will not be answered.
    fn give_up(&mut self, now: Timestamp) {
        match self.radio {
            // Some of it may have been on the air.
            Radio::Sending { .. } => self.node.sent(now, false),
            Radio::Sensing { .. } => self.node.sensed(now, 0, true),
            _ => {}
        }
    }

    /// Octets came from the port. The random word decides about waits.
    pub(crate) fn heard(&mut self, now: Timestamp, random: u32, octets: &[u8]) {
        let mut line = std::mem::take(&mut self.line);
        for octet in octets {
            match line
                .push(*octet)
                .map(|message| message.and_then(FromRadio::read))
            {
                Some(Ok(message)) => self.take(now, random, message),
                Some(Err(error)) => {
                    self.line_errors += 1;
                    self.report(Report::LineError(error));
                }
                None => {}
            }
        }
        self.line = line;
    }

    fn take(&mut self, now: Timestamp, random: u32, message: FromRadio<'_>) {
        match message {
            FromRadio::Hello(hello) => {
                self.give_up(now);
                self.meet(now, &hello);
            }
            FromRadio::Sensed { number, found } => {
                if let Radio::Sensing { number: asked, .. } = self.radio
                    && asked == number
                {
                    self.radio = Radio::Ready;
                    if found == Sensed::Unknown {
                        self.report(Report::CannotSense);
                    }
                    self.node.sensed(now, random, found != Sensed::Free);
                }
            }
            FromRadio::Transmitted { number, outcome } => {
                if let Radio::Sending { number: asked, .. } = self.radio
                    && asked == number
                {
                    self.radio = Radio::Ready;
                    self.node.sent(now, outcome == Outcome::Done);
                    if outcome == Outcome::Done {
                        self.sent += 1;
                    } else {
                        self.report(Report::NotSent(outcome));
                    }
                }
            }
            FromRadio::Heard {
                rssi_dbm,
                snr_quarter_db,
                frame,
            } => {
                self.report(Report::Heard {
                    rssi_dbm,
                    snr_quarter_db,
                    octets: frame.len(),
                });
                self.hear(now, random, frame);
            }
            FromRadio::Log { level, text } => {
                self.report(Report::Log(level, printable(text)));
            }
            // Nobody asks for them here.
            FromRadio::Counts(_) => {}
        }
    }

    fn meet(&mut self, now: Timestamp, hello: &RadioHello<'_>) {
        self.hellos = 0;
        let fits = self.frequency_hz.is_none_or(|hz| hz == hello.frequency_hz)
            && self.link.is_set_as(&hello.modulation);
        let too_strong = self.link.region.map(|region| region.rules());
        let too_strong = too_strong.is_some_and(|rules| hello.power_dbm > rules.max_eirp_dbm);
        self.radio = if fits && !too_strong {
            Radio::Ready
        } else {
            Radio::Unfit(now.add_millis(UNFIT_PATIENCE))
        };
        self.report(Report::Radio {
            firmware: printable(hello.firmware),
            frequency_hz: hello.frequency_hz,
            modulation: hello.modulation,
            power_dbm: hello.power_dbm,
            fits,
            too_strong,
        });
    }

    fn hear(&mut self, now: Timestamp, random: u32, frame: &[u8]) {
        let serial = announced(frame);
        match self.node.on_frame(now, random, frame) {
            Some(Event::Update { zone, refresh_at }) => {
                let name = self.name_of(zone);
                let wait = refresh_at.millis_since(now);
                self.report(Report::Update { name, serial, wait });
            }
            Some(Event::Advice { sender, hint }) => {
                let count = usize::from(hint.kind().number().saturating_sub(1));
                if let Some(count) = self.advice.get_mut(count) {
                    *count += 1;
                }
                self.report(Report::Advice { sender, hint });
            }
            Some(Event::StormBegins) => self.report(Report::Storm),
            // The gateway holds no negative answers, and tells the node of none.
            Some(Event::Denied { .. }) | None => {}
        }
    }

    fn name_of(&self, tag: ZoneTag) -> Option<NameBuf> {
        let mut zones = self.zones.iter();
        let found = zones.find(|(known, _)| *known == tag);
        found.map(|(_, zone)| zone.name)
    }

    /// What to do now. Call it again after each step but [`Step::Wait`].
    pub(crate) fn step(&mut self, now: Timestamp) -> Step {
        if let Some(step) = self.step_of_radio(now) {
            return step;
        }
        let action = self.node.poll(now);
        let refusal = self.node.refusal();
        if refusal == Some(Refusal::NoNumbers) {
            return Step::NewEpoch;
        }
        if refusal != self.refusal {
            self.refusal = refusal;
            self.reports.extend(refusal.map(Report::Refused));
        }
        match action {
            Action::Refresh(due) => match self.name_of(due.zone) {
                Some(zone) => {
                    self.asked.insert(due.zone);
                    Step::Refresh {
                        zone,
                        announced: due.announced,
                    }
                }
                None => {
                    self.node.forget(due.zone);
                    Step::Wait(Some(now))
                }
            },
            Action::Sense if self.radio == Radio::Ready => {
                self.number = self.number.wrapping_add(1);
                let number = self.number;
                self.radio = Radio::Sensing {
                    number,
                    until: now.add_millis(SENSE_PATIENCE),
                };
                write(ToRadio::Sense { number })
            }
            Action::Transmit { frame, airtime } if self.radio == Radio::Ready => {
                self.number = self.number.wrapping_add(1);
                let number = self.number;
                let patience = (airtime / 1000).saturating_add(SEND_PATIENCE);
                self.radio = Radio::Sending {
                    number,
                    until: now.add_millis(patience),
                };
                let what = self.describe(frame.as_bytes());
                self.report(Report::Sending { what, airtime });
                write(ToRadio::Transmit {
                    number,
                    frame: frame.as_bytes(),
                })
            }
            Action::Transmit { .. } => {
                self.node.sent(now, false);
                self.wait(Some(now.add_millis(IDLE)))
            }
            // The radio is away, or busy with what was asked before.
            Action::Sense => self.wait(Some(now.add_millis(IDLE))),
            Action::Listen(until) => self.wait(until),
        }
    }

    /// What is due because of the radio alone.
    fn step_of_radio(&mut self, now: Timestamp) -> Option<Step> {
        match self.radio {
            Radio::Unknown(due) if due <= now => {
                if self.hellos == 1 {
                    self.report(Report::Silent);
                }
                self.hellos = self.hellos.saturating_add(1);
                self.radio = Radio::Unknown(now.add_millis(HELLO_PATIENCE));
                Some(write(ToRadio::Hello))
            }
            Radio::Unfit(due) if due <= now => {
                self.radio = Radio::Unfit(now.add_millis(UNFIT_PATIENCE));
                Some(write(ToRadio::Hello))
            }
            Radio::Sensing { until, .. } | Radio::Sending { until, .. } if until <= now => {
                self.give_up(now);
                self.radio = Radio::Unknown(now);
                // Once is too often here.
                self.hellos = 1;
                self.step_of_radio(now)
            }
            _ => None,
        }
    }

    fn wait(&self, until: Option<Timestamp>) -> Step {
        let radio = match self.radio {
            Radio::Away | Radio::Ready => None,
            Radio::Unknown(due) | Radio::Unfit(due) => Some(due),
            Radio::Sensing { until, .. } | Radio::Sending { until, .. } => Some(until),
        };
        Step::Wait([until, radio].into_iter().flatten().min())
    }

    /// What a frame says, for the log.
    fn describe(&self, frame: &[u8]) -> String {
        let Ok(ReceivedFrame { hint, .. }) = ReceivedFrame::from_bytes(frame) else {
            return String::new();
        };
        let kind = hint.kind().mnemonic();
        let Advice::ZdnsUpdate { zone, serial } = hint.advice else {
            return format!("{kind} about {}", hint.node);
        };
        let zone = match zone {
            ZoneOfUpdate::Apex => "the apex zone".to_owned(),
            ZoneOfUpdate::Name(name) => name.as_name().to_string(),
            ZoneOfUpdate::Tag(tag) => match self.name_of(tag) {
                Some(name) => name.to_string(),
                None => tag.to_string(),
            },
        };
        format!("{kind} of {zone} with serial {serial}")
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() == MAX_REPORTS {
            self.reports.pop_front();
        }
        self.reports.push_back(report);
    }

    /// What happened since the last call, the oldest first.
    pub(crate) fn reports(&mut self) -> impl Iterator<Item = Report> {
        std::mem::take(&mut self.reports).into_iter()
    }

    /// What was counted since the start.
    pub(crate) fn counts(&self) -> GatewayCounts {
        GatewayCounts {
            heard: self.node.counts(),
            sent: self.sent,
            line_errors: self.line_errors,
            airtime_micros: self.node.airtime_used(),
            advice: self.advice,
        }
    }
}

/// What a gateway counts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct GatewayCounts {
    /// Which exit the frames took that were heard.
    pub heard: HintCounts,
    /// Frames that were sent.
    pub sent: u64,
    /// Messages on the serial line that were damaged or unknown.
    pub line_errors: u64,
    /// Microseconds on the air within the last hour.
    pub airtime_micros: u32,
    /// Preferences that were heard, by the number of their type less one.
    pub advice: [u64; HintType::ALL.len()],
}

fn write(message: ToRadio<'_>) -> Step {
    let mut room = [0; MAX_WRITTEN_LEN];
    Step::Write(message.write(&mut room).unwrap_or_default().to_vec())
}

/// The serial that a frame tells of.
fn announced(frame: &[u8]) -> Option<Serial> {
    match ReceivedFrame::from_bytes(frame).ok()?.hint.advice {
        Advice::ZdnsUpdate { serial, .. } => Some(serial),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
