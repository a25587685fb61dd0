//! Nodes with real drivers on simulated chips.

use lib_dns_core::hint::ZoneOfUpdate;
use lib_dns_core::name::Name;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::node::{Event, Next, Node, Refresh};
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sim::{Air, Chip, Fault, Lines, Program, Spi, Wiring};
use lib_dns_embedded::sx126x::{Board, Sx126x};

use crate::lent::{DEVICE, RunningToy, Toy, apex, config, hash_of, key, storage, update};

type Radio = Sx126x<Spi, Lines>;

/// A firmware: a node with its radio, and its clock.
struct Firmware {
    node: Node<'static, RunningToy>,
    radio: Radio,
    random: u32,
}

/// What a node said, and when, in milliseconds.
type Said = Vec<(u64, Next<'static>)>;

impl Firmware {
    fn start(chip: &Chip, id: u8, boot_epoch: u16) -> Self {
        let mut radio = Sx126x::new(chip.spi(), chip.board(), chip.wiring().settings()).unwrap();
        let now = now(&mut radio);
        let mut node = Node::new(now, config(id), storage(), &Toy).unwrap();
        node.set_image(now, DEVICE, &hash_of(DEVICE), &Toy).unwrap();
        node.set_key(key(), boot_epoch);
        Self {
            node,
            radio,
            random: u32::from(id),
        }
    }

    /// Does what is due, and sleeps otherwise, up to a time in milliseconds. Refreshes find what was announced.
    fn run(&mut self, until: u64) -> Said {
        let mut said = Vec::new();
        loop {
            let now = now(&mut self.radio);
            if now.as_millis() >= until {
                return said;
            }
            self.random = self.random.wrapping_mul(0x9e37_79b1).wrapping_add(1);
            match self.node.poll(now, self.random, &mut self.radio) {
                Ok(Next::Again) | Err(_) => {}
                Ok(Next::Idle(next)) => {
                    let next = next.map_or(until, |next| next.as_millis().min(until));
                    self.radio.board_mut().idle(next * 1000);
                }
                Ok(next) => {
                    if let Next::Refresh(Refresh { zone, announced }) = next {
                        let found = announced.unwrap_or(Serial(1));
                        self.node.zone_refreshed(now, &zone, found);
                    }
                    said.push((now.as_millis(), next));
                }
            }
        }
    }
}

fn now(radio: &mut Radio) -> Timestamp {
    Timestamp::from_millis(radio.board_mut().micros() / 1000)
}

/// Two nodes, of which the first has changes to tell: at these times in milliseconds. What the second said.
fn told(air: &Air, chips: &[Chip; 2], changes: &[u64], until: u64) -> Said {
    let mut said = Vec::new();
    let [here, there] = chips;
    let programs: Vec<Program<'_>> = vec![
        Box::new(|| {
            let mut alice = Firmware::start(here, 1, 1);
            for (at, serial) in changes.iter().zip(2..) {
                alice.run(*at);
                let now = now(&mut alice.radio);
                alice.node.commit(now, &apex(), Serial(serial));
            }
            alice.run(until);
            assert_eq!(alice.node.refusal(), None);
        }),
        Box::new(|| said = Firmware::start(there, 2, 1).run(until)),
    ];
    air.run(programs);
    said
}

fn updates(said: &Said) -> Vec<(Name<'static>, u64)> {
    let updates = said.iter().filter_map(|(_, next)| match next {
        Next::Event(Event::Update { zone, refresh_at }) => Some((*zone, refresh_at.as_millis())),
        _ => None,
    });
    updates.collect()
}

fn refreshes(said: &Said) -> Vec<(u64, Option<Serial>)> {
    let refreshes = said.iter().filter_map(|(at, next)| match next {
        Next::Refresh(refresh) => Some((*at, refresh.announced)),
        _ => None,
    });
    refreshes.collect()
}

#[test]
fn a_change_here_is_a_refresh_there() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let said = told(&air, &chips, &[40_000, 41_000], 70_000);
    let [(zone, refresh_at)] = updates(&said)[..] else {
        panic!("{said:?}");
    };
    assert_eq!(zone, apex());
    // Five seconds of waiting for more, the airtime, and up to ten seconds of jitter.
    assert!((45_000..55_500).contains(&refresh_at), "{refresh_at}");
    let [(at, announced)] = refreshes(&said)[..] else {
        panic!("{said:?}");
    };
    assert_eq!(announced, Some(Serial(3)));
    assert!(
        (refresh_at..refresh_at + 20).contains(&at),
        "{at} for {refresh_at}"
    );
    assert_eq!(air.violations(), []);
}

#[test]
fn a_zone_that_flaps_is_told_of_every_30_seconds_at_most() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    // Ten times a second for two minutes.
    let changes: Vec<u64> = (0..1_200).map(|change| 1_000 + 100 * change).collect();
    let said = told(&air, &chips, &changes, 500_000);
    let last = refreshes(&said)
        .into_iter()
        .filter_map(|(_, serial)| serial)
        .next_back();
    assert_eq!(last, Some(Serial(1_201)), "the newest of all");
    // Bursts of three, then one in two minutes.
    let frames = air.frames_sent();
    assert!((3..=7).contains(&frames), "{frames}");
    assert_eq!(air.violations(), []);
}

#[test]
fn a_radio_that_breaks_does_not_stop_the_node() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    // Both are mute while the first change is to be told.
    for chip in &chips {
        chip.inject_at(44_500_000, Fault::BusyStuck);
        chip.heal_at(60_000_000);
    }
    let said = told(&air, &chips, &[40_000], 200_000);
    assert_eq!(updates(&said).len(), 1, "{said:?}");
    let found: Vec<_> = refreshes(&said)
        .into_iter()
        .map(|(_, serial)| serial)
        .collect();
    assert_eq!(found, [Some(Serial(2))]);
}

#[test]
fn what_was_recorded_and_is_sent_again_moves_nothing() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 3].map(|wiring| air.add(wiring));
    let [here, there, between] = &chips;
    let (mut said, mut replays) = (Vec::new(), 0);
    let programs: Vec<Program<'_>> = vec![
        Box::new(|| {
            // She starts again between her changes, and wrote that down before.
            for (boot_epoch, serial) in [(1, 2), (2, 3)] {
                let began = 50_000 * u64::from(boot_epoch);
                let mut alice = Firmware::start(here, 1, boot_epoch);
                alice.run(began);
                let now = now(&mut alice.radio);
                alice.node.commit(now, &apex(), Serial(serial));
                alice.run(began + 49_000);
            }
        }),
        Box::new(|| {
            let mut bob = Firmware::start(there, 2, 1);
            said = bob.run(200_000);
            replays = bob.node.hint_counts().replays;
        }),
        Box::new(|| {
            let mut radio = Firmware::start(between, 3, 1).radio;
            let mut buffer = [0; 32];
            let first = radio
                .receive(&mut buffer, Timestamp::from_secs(90))
                .unwrap();
            let frame = &buffer[..first.unwrap().octets.into()];
            for at in [70_000, 160_000, 170_000] {
                while now(&mut radio).as_millis() < at {
                    radio.board_mut().idle(at * 1000);
                }
                radio.transmit(frame).unwrap();
            }
        }),
    ];
    air.run(programs);
    assert_eq!(replays, 3);
    let found: Vec<_> = refreshes(&said)
        .into_iter()
        .map(|(_, serial)| serial)
        .collect();
    assert_eq!(found, [Some(Serial(2)), Some(Serial(3))]);
    assert_eq!(air.violations(), []);
}

#[test]
fn a_storm_is_told_once_and_suppressed() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let [here, there] = &chips;
    let mut said = Vec::new();
    let programs: Vec<Program<'_>> = vec![
        Box::new(|| {
            // Members who have the key, and no limits.
            let mut radio = Firmware::start(here, 1, 1).radio;
            for serial in 2..22 {
                let frame = update(serial as u8, 1, ZoneOfUpdate::Apex, serial);
                radio.transmit(&frame).unwrap();
                radio.board_mut().pause(500);
            }
        }),
        Box::new(|| said = Firmware::start(there, 2, 1).run(280_000)),
    ];
    air.run(programs);
    let storms = said
        .iter()
        .filter(|(_, next)| *next == Next::Event(Event::StormBegins));
    assert_eq!((storms.count(), updates(&said).len()), (1, 10));
    let found = refreshes(&said);
    assert!(found.len() <= 1, "{found:?}");
    assert_eq!(air.violations(), []);
}
