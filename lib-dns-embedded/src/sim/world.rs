//! Time, and what is on the air.

mod hearing;

use std::boxed::Box;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use lib_dns_core::hint::airtime::Modulation;

use super::chip::{Fault, Mode, Start, State, Violation, Wiring};
use super::port::{Lines, Spi};
use super::shape::{MICRO, Parts, Shape};
use crate::radio::Link;
use crate::sx126x::{Interrupts, Path, Settings};

/// For how long a frame that is over is kept, in nanoseconds: the longest that it can have overlapped with.
const MEMORY: u64 = 600_000_000 * MICRO;

/// The air, with chips in it.
#[derive(Clone, Debug)]
pub struct Air {
    shared: Arc<Shared>,
}

/// A chip in the air: where its SPI and lines come from, and what breaks.
#[derive(Clone, Debug)]
pub struct Chip {
    shared: Arc<Shared>,
    index: usize,
}

/// A frame from a sender that is none of the chips.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// When its preamble begins, in microseconds.
    pub at_micros: u64,
    /// How it is sent; also the header's claim that there is a checksum.
    pub settings: Settings,
    /// How strong it is at each chip, in dBm.
    pub rssi_dbm: i16,
    /// Its octets.
    pub payload: Vec<u8>,
}

/// What one chip's firmware does in [`Air::run`].
pub type Program<'a> = Box<dyn FnOnce() + Send + 'a>;

#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    turn: Condvar,
}

impl Shared {
    /// A program that panicked leaves the world as it is, so that the others come to their ends.
    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass for a chip's driver. While it idles, its DIO1 ends that.
    pub(super) fn pass(&self, chip: usize, nanos: u64, is_idle: bool) {
        let mut world = self.lock();
        let until = world.now.saturating_add(nanos);
        let Some(actor) = world.actors.get_mut(chip) else {
            // Nobody else is running.
            world.pass_alone(chip, until, is_idle);
            return;
        };
        *actor = Actor::Waits { until, is_idle };
        world.turn = world.next_turn();
        if world.turn == Some(chip) {
            return;
        }
        self.turn.notify_all();
        drop(world);
        self.wait_for_turn(chip);
    }

    fn wait_for_turn(&self, chip: usize) {
        let mut world = self.lock();
        while world.turn != Some(chip) {
            world = self
                .turn
                .wait(world)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Air {
    /// An empty air, whose chances follow from the seed.
    pub fn new(seed: u64) -> Self {
        let world = World {
            now: 0,
            chips: Vec::new(),
            plan: BinaryHeap::new(),
            planned: 0,
            frames: BTreeMap::new(),
            sent: 0,
            losses: BTreeMap::new(),
            jammers: Vec::new(),
            lost_per_mille: 0,
            chance: seed,
            violations: Vec::new(),
            actors: Vec::new(),
            turn: None,
        };
        Self {
            shared: Arc::new(Shared {
                world: Mutex::new(world),
                turn: Condvar::new(),
            }),
        }
    }

    /// Adds a chip that was just switched on.
    pub fn add(&self, wiring: Wiring) -> Chip {
        let mut world = self.shared.lock();
        let now = world.now;
        let mut state = State::new(wiring);
        state.restart(now);
        world.chips.push(state);
        Chip {
            shared: self.shared.clone(),
            index: world.chips.len() - 1,
        }
    }

    /// Runs the programs of the first chips, in their order, at the same time: each on a thread of its own, but in turns, the
    /// one whose clock is behind first. Comes back when all have ended.
    ///
    /// # Panics
    ///
    /// One of them panicked, or there are more programs than chips.
    pub fn run(&self, programs: Vec<Program<'_>>) {
        {
            let mut world = self.shared.lock();
            assert!(
                programs.len() <= world.chips.len(),
                "more programs than chips"
            );
            let at_once = Actor::Waits {
                until: world.now,
                is_idle: false,
            };
            world.actors = std::vec![at_once; programs.len()];
            world.turn = world.next_turn();
        }
        std::thread::scope(|scope| {
            for (chip, program) in programs.into_iter().enumerate() {
                let shared = &*self.shared;
                scope.spawn(move || {
                    let end = End { shared, chip };
                    shared.wait_for_turn(chip);
                    program();
                    drop(end);
                });
            }
        });
        self.shared.lock().actors.clear();
    }

    /// What time it is, in microseconds.
    pub fn now_micros(&self) -> u64 {
        self.shared.lock().now / MICRO
    }

    /// Lets so much time pass, while no driver does anything.
    pub fn advance_micros(&self, micros: u64) {
        let mut world = self.shared.lock();
        let until = world.now.saturating_add(micros.saturating_mul(MICRO));
        world.pass_alone(usize::MAX, until, false);
    }

    /// Says what is lost between two chips, in both directions, in dB; 80 unless said. 200 is out of range.
    pub fn set_loss(&self, a: &Chip, b: &Chip, db: i32) {
        let mut world = self.shared.lock();
        world.losses.insert((a.index, b.index), db);
        world.losses.insert((b.index, a.index), db);
    }

    /// Says how many of 1000 frames are not heard, for each receiver; none unless said.
    pub fn set_lost_per_mille(&self, frames: u32) {
        self.shared.lock().lost_per_mille = frames;
    }

    /// Sends noise, with so much strength at each chip, from then to then.
    pub fn jam(&self, from_micros: u64, to_micros: u64, dbm: i16) {
        self.shared.lock().jammers.push((
            from_micros.saturating_mul(MICRO),
            to_micros.saturating_mul(MICRO),
            dbm.into(),
        ));
    }

    /// Has a frame come from elsewhere.
    pub fn send(&self, foreign: Foreign) {
        let mut world = self.shared.lock();
        let at = foreign.at_micros.saturating_mul(MICRO).max(world.now);
        world.plan(at, Event::Foreign(Box::new(foreign)));
    }

    /// What was done that must not be, so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.lock().violations.clone()
    }

    /// How many frames were sent, also in part.
    pub fn frames_sent(&self) -> u64 {
        self.shared.lock().sent
    }
}

/// Tells that a program has ended, also if it panicked.
struct End<'a> {
    shared: &'a Shared,
    chip: usize,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut world = self.shared.lock();
        if let Some(actor) = world.actors.get_mut(self.chip) {
            *actor = Actor::Ended;
        }
        world.turn = world.next_turn();
        self.shared.turn.notify_all();
    }
}

impl Chip {
    /// Its SPI, for a driver.
    pub fn spi(&self) -> Spi {
        Spi::new(self.shared.clone(), self.index)
    }

    /// Its other lines and the clock, for a driver.
    pub fn board(&self) -> Lines {
        Lines::new(self.shared.clone(), self.index)
    }

    /// How it is wired.
    pub fn wiring(&self) -> Wiring {
        self.state(|state| state.wiring)
    }

    /// Breaks something now.
    pub fn inject(&self, fault: Fault) {
        let mut world = self.shared.lock();
        world.inject(self.index, fault);
    }

    /// Breaks something later, at a time in microseconds.
    pub fn inject_at(&self, at_micros: u64, fault: Fault) {
        let mut world = self.shared.lock();
        let at = at_micros.saturating_mul(MICRO).max(world.now);
        world.plan(at, Event::Fault(self.index, fault));
    }

    /// Mends all that lasts.
    pub fn heal(&self) {
        self.state(State::heal);
    }

    /// Mends all that lasts later, at a time in microseconds.
    pub fn heal_at(&self, at_micros: u64) {
        let mut world = self.shared.lock();
        let at = at_micros.saturating_mul(MICRO).max(world.now);
        world.plan(at, Event::Heal(self.index));
    }

    /// Is it sending, or about to?
    pub fn is_sending(&self) -> bool {
        self.state(|state| state.mode == Mode::Tx)
    }

    /// Does it sleep?
    pub fn is_asleep(&self) -> bool {
        self.state(|state| matches!(state.mode, Mode::Sleep { .. }))
    }

    /// Is it held in reset?
    pub fn is_held(&self) -> bool {
        self.state(|state| state.mode == Mode::Held)
    }

    fn state<T>(&self, ask: impl FnOnce(&mut State) -> T) -> T {
        let mut world = self.shared.lock();
        ask(&mut world.chips[self.index])
    }
}

/// A frame on the air.
#[derive(Clone, Debug)]
struct Frame {
    /// Which chip sends it; none for foreign ones.
    from: Option<usize>,
    shape: Shape,
    parts: Parts,
    start: u64,
    end: u64,
    /// It ended before its time.
    is_cut: bool,
    has_checksum: bool,
    /// What its sender gives, or for foreign ones what arrives, in dBm.
    power_dbm: i32,
    payload: Vec<u8>,
}

#[derive(Debug)]
enum Event {
    Foreign(Box<Foreign>),
    Fault(usize, Fault),
    Heal(usize),
    /// The preamble of a frame is over.
    Preamble(u64),
    /// Its header is.
    Header(u64),
    /// It is.
    End(u64),
    /// These are about a chip in a certain epoch.
    Send(usize, u64),
    Sent(usize, u64),
    Timeout(usize, u64),
    Looked(usize, u64, u64),
}

#[derive(Debug)]
struct Planned {
    at: u64,
    order: u64,
    event: Event,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// A program and its clock.
#[derive(Clone, Copy, Debug)]
enum Actor {
    Waits { until: u64, is_idle: bool },
    Ended,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) now: u64,
    pub(super) chips: Vec<State>,
    plan: BinaryHeap<Reverse<Planned>>,
    planned: u64,
    frames: BTreeMap<u64, Frame>,
    sent: u64,
    losses: BTreeMap<(usize, usize), i32>,
    jammers: Vec<(u64, u64, i32)>,
    lost_per_mille: u32,
    chance: u64,
    violations: Vec<Violation>,
    actors: Vec<Actor>,
    turn: Option<usize>,
}

impl World {
    fn plan(&mut self, at: u64, event: Event) {
        let order = self.planned;
        self.planned += 1;
        self.plan.push(Reverse(Planned { at, order, event }));
    }

    /// Lets time pass while one driver runs.
    fn pass_alone(&mut self, chip: usize, until: u64, is_idle: bool) {
        while !(is_idle && self.chips.get(chip).is_some_and(State::is_interrupt)) {
            if !self.happen_until(until) {
                self.now = until;
                break;
            }
        }
    }

    /// Whose turn it is, once all has happened that happens before.
    fn next_turn(&mut self) -> Option<usize> {
        loop {
            let waiting = self.actors.iter().enumerate();
            let times = waiting.filter_map(|(chip, actor)| match *actor {
                Actor::Waits { is_idle: true, .. } if self.chips[chip].is_interrupt() => {
                    Some((self.now, chip))
                }
                Actor::Waits { until, .. } => Some((until, chip)),
                Actor::Ended => None,
            });
            let (at, chip) = times.min()?;
            if !self.happen_until(at) {
                self.now = self.now.max(at);
                return Some(chip);
            }
        }
    }

    /// Does the next thing that is planned, if it is until then.
    fn happen_until(&mut self, until: u64) -> bool {
        let is_due = self.plan.peek().is_some_and(|next| next.0.at <= until);
        let Some(Reverse(next)) = is_due.then(|| self.plan.pop()).flatten() else {
            return false;
        };
        self.now = self.now.max(next.at);
        self.happen(next.event);
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Foreign(foreign) => self.begin_foreign(*foreign),
            Event::Fault(chip, fault) => self.inject(chip, fault),
            Event::Heal(chip) => self.chips[chip].heal(),
            Event::Preamble(frame) => self.lock_receivers(frame),
            Event::Header(frame) => self.judge_header(frame),
            Event::End(frame) => self.deliver(frame),
            Event::Send(chip, epoch) if self.chips[chip].epoch == epoch => self.begin(chip),
            Event::Sent(chip, epoch) if self.chips[chip].epoch == epoch => {
                if !self.chips[chip].faults.endless {
                    self.stop(chip, Interrupts::TX_DONE);
                }
            }
            Event::Timeout(chip, epoch) if self.chips[chip].epoch == epoch => {
                // The timer of a receiver stops when it has found a frame.
                if self.chips[chip].locked.is_none() {
                    self.stop(chip, Interrupts::TIMEOUT);
                }
            }
            Event::Looked(chip, epoch, from) if self.chips[chip].epoch == epoch => {
                let found = if self.hears_something(chip, from) {
                    Interrupts::CAD_DETECTED
                } else {
                    Interrupts::empty()
                };
                self.stop(chip, Interrupts::CAD_DONE | found);
            }
            Event::Send(..) | Event::Sent(..) | Event::Timeout(..) | Event::Looked(..) => {}
        }
    }

    /// A chip's turn ends by itself: it goes to standby, and says why.
    fn stop(&mut self, chip: usize, why: Interrupts) {
        let now = self.now;
        self.cut(chip);
        self.chips[chip].enter(Mode::StandbyRc, now);
        self.chips[chip].raise(why);
    }

    /// Ends the frame that a chip is sending, if it has not ended by itself.
    fn cut(&mut self, chip: usize) {
        let now = self.now;
        let sending = self.chips[chip].sending.take();
        if let Some(frame) = sending.and_then(|id| self.frames.get_mut(&id))
            && now < frame.end
        {
            frame.end = now;
            frame.is_cut = true;
        }
    }

    pub(super) fn inject(&mut self, chip: usize, fault: Fault) {
        let now = self.now;
        let epoch = self.chips[chip].epoch;
        self.chips[chip].break_down(fault, now);
        if self.chips[chip].epoch != epoch {
            self.cut(chip);
        }
    }

    pub(super) fn hold(&mut self, chip: usize, is_held: bool) {
        let now = self.now;
        self.cut(chip);
        self.chips[chip].hold(is_held, now);
        self.collect_complaints(chip);
    }

    pub(super) fn connect(&mut self, chip: usize, path: Path) {
        self.chips[chip].path = path;
    }

    /// A chip is selected, and octets go back and forth.
    pub(super) fn exchange(&mut self, chip: usize, sent: &[u8]) -> Vec<u8> {
        let now = self.now;
        let (answer, start) = self.chips[chip].exchange(sent, now);
        let epoch = self.chips[chip].epoch;
        match start {
            Some(Start::Tx { at, until }) => {
                self.plan(at, Event::Send(chip, epoch));
                if let Some(until) = until {
                    self.plan(until, Event::Timeout(chip, epoch));
                }
            }
            Some(Start::RxTimeout { at }) => self.plan(at, Event::Timeout(chip, epoch)),
            Some(Start::Cad { from, to }) => self.plan(to, Event::Looked(chip, epoch, from)),
            Some(Start::Stopped) => self.cut(chip),
            None => {}
        }
        self.collect_complaints(chip);
        answer
    }

    fn collect_complaints(&mut self, chip: usize) {
        let at_micros = self.now / MICRO;
        let complaints = self.chips[chip].complaints.drain(..);
        self.violations.extend(complaints.map(|what| Violation {
            at_micros,
            chip,
            what,
        }));
    }

    /// A chip begins to send what is in its buffer.
    fn begin(&mut self, chip: usize) {
        let state = &self.chips[chip];
        let (Some(modulation), Some(shape)) = (state.modulation(), state.shape()) else {
            return;
        };
        let (power_dbm, payload, epoch) = (state.power_dbm(), state.payload(), state.epoch);
        let id = self.put(Some(chip), shape, modulation, power_dbm, payload);
        self.chips[chip].sending = Some(id);
        let end = self.frames[&id].end;
        self.plan(end, Event::Sent(chip, epoch));
        if self.chips[chip].faults.endless
            && let Some(frame) = self.frames.get_mut(&id)
        {
            frame.end = u64::MAX;
        }
    }

    fn begin_foreign(&mut self, foreign: Foreign) {
        let Link {
            frequency_hz,
            modulation,
            ..
        } = foreign.settings.link;
        let shape = Shape {
            steps: ((u64::from(frequency_hz) << 25) as f64 / 32e6).round() as u32,
            factor: modulation.spreading_factor,
            bandwidth: modulation.bandwidth,
            sync_word: foreign.settings.sync_word.octets(),
            inverted_iq: foreign.settings.inverted_iq,
        };
        self.put(
            None,
            shape,
            modulation,
            foreign.rssi_dbm.into(),
            foreign.payload,
        );
    }

    fn put(
        &mut self,
        from: Option<usize>,
        shape: Shape,
        modulation: Modulation,
        power_dbm: i32,
        payload: Vec<u8>,
    ) -> u64 {
        let now = self.now;
        self.frames
            .retain(|_, frame| frame.end.saturating_add(MEMORY) > now);
        let parts = Parts::of(&modulation, payload.len() as u8);
        let id = self.sent;
        self.sent += 1;
        let end = now + parts.whole;
        self.plan(now + parts.preamble, Event::Preamble(id));
        self.plan(now + parts.header.min(parts.whole), Event::Header(id));
        self.plan(end, Event::End(id));
        self.frames.insert(
            id,
            Frame {
                from,
                shape,
                parts,
                start: now,
                end,
                is_cut: false,
                has_checksum: modulation.crc,
                power_dbm,
                payload,
            },
        );
        id
    }
}
