//! Random schedules: whatever firmware does, whatever breaks and whenever, the driver never does what the data sheet
//! forbids, hands out no damaged frame, is never late, and works again afterwards.

use lib_dns_core::time::Timestamp;
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sim::{Air, Chip, Fault, Foreign, Lines, Program, Spi, Wiring};
use lib_dns_embedded::sx126x::{Board, Sx126x};

type Radio = Sx126x<Spi, Lines>;

/// What a call may take beside the time of its frame, look or deadline, as in `faults.rs`; and the frame that came in before
/// the deadline.
const OVERHEAD: u64 = 80_000;

/// xorshift64*, so that a seed is all that a failure needs.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

/// A frame that shows by itself whether it is whole.
fn frame(random: &mut Random) -> Vec<u8> {
    let octets = 2 + random.below(30) as u8;
    let salt = random.below(256) as u8;
    (0..octets)
        .map(|at| if at == 0 { salt } else { salt ^ at ^ octets })
        .collect()
}

fn is_whole(frame: &[u8]) -> bool {
    let octets = frame.len() as u8;
    frame
        .iter()
        .zip(0..)
        .skip(1)
        .all(|(octet, at)| *octet == frame[0] ^ at ^ octets)
}

fn radio(chip: &Chip) -> Radio {
    Sx126x::new(chip.spi(), chip.board(), chip.wiring().settings()).unwrap()
}

/// What firmware does in one run; how many frames it got, and how many calls failed.
fn live(chip: &Chip, random: &mut Random, calls: u32) -> (u32, u32) {
    let mut radio = radio(chip);
    let mut buffer = [0; 40];
    let (mut received, mut failed) = (0, 0);
    for _ in 0..calls {
        let before = radio.board_mut().micros();
        let symbol = u64::from(radio.link().modulation.symbol_micros());
        let (time, has_failed) = match random.below(8) {
            0 | 1 => {
                let frame = frame(random);
                let airtime = radio.link().airtime_micros(frame.len() as u8);
                (airtime, radio.transmit(&frame).is_err())
            }
            2 => (8 * symbol, radio.channel_busy().is_err()),
            3 => (0, radio.sleep().is_err()),
            4 => (0, radio.listen().is_err()),
            5 => {
                let millis = random.below(200);
                radio.board_mut().pause(500);
                radio.board_mut().idle(before + millis * 1_000);
                (millis * 1_000, false)
            }
            _ => {
                let wait = random.below(400) * 1_000;
                let until = Timestamp::from_millis((before + wait) / 1_000);
                let result = radio.receive(&mut buffer, until);
                if let Ok(Some(reception)) = result {
                    let frame = &buffer[..reception.octets.into()];
                    assert!(is_whole(frame), "{frame:02x?}");
                    received += 1;
                }
                (wait, result.is_err())
            }
        };
        failed += u32::from(has_failed);
        let took = radio.board_mut().micros() - before;
        assert!(
            took <= time + OVERHEAD,
            "{took} microseconds instead of {time}"
        );
    }
    (received, failed)
}

fn fault(random: &mut Random) -> Fault {
    match random.below(10) {
        0 => Fault::BusyStuck,
        1 => Fault::SilentLine,
        2 => Fault::DeadOscillator,
        3 => Fault::NoChip,
        4 => Fault::EndlessSending,
        5 => Fault::Mute,
        6 => Fault::SpuriousInterrupt,
        7 => Fault::SpiAfter(random.below(20) as u8),
        8 => Fault::BadChecksum,
        _ => Fault::BrownOut,
    }
}

/// One schedule with three chips; frames received, calls failed.
fn schedule(seed: u64, has_faults: bool) -> (u32, u32) {
    let mut random = Random(seed);
    let air = Air::new(seed);
    let chips = [0; 3].map(|_| {
        air.add(Wiring {
            tcxo_startup_micros: [None, Some(2_000)][random.below(2) as usize],
            dio2_switches_antenna: random.below(2) == 0,
            ..Wiring::default()
        })
    });
    air.set_lost_per_mille(random.below(100) as u32);
    for chip in &chips {
        let mut at_micros = 0;
        for _ in 0..6 {
            at_micros += random.below(1_500_000);
            if has_faults {
                chip.inject_at(at_micros, fault(&mut random));
                chip.heal_at(at_micros + random.below(500_000));
            }
        }
    }
    for _ in 0..4 {
        let mut settings = chips[0].wiring().settings();
        // Such frames are not damaged by what the simulation does to the others only because they are dropped.
        settings.link.modulation.crc = random.below(2) == 0;
        let at_micros = random.below(8_000_000);
        let payload = frame(&mut random);
        air.send(Foreign {
            at_micros,
            settings,
            rssi_dbm: -60 - random.below(70) as i16,
            payload,
        });
    }

    let mut sums = [(0, 0); 3];
    let seeds = [0; 3].map(|_| Random(1 + random.below(u32::MAX.into())));
    let programs =
        chips
            .iter()
            .zip(seeds)
            .zip(&mut sums)
            .map(|((chip, mut random), sum)| -> Program<'_> {
                Box::new(move || *sum = live(chip, &mut random, 40))
            });
    air.run(programs.collect());
    assert_eq!(air.violations(), [], "seed {seed}");

    // Everything is mended, and all is well.
    air.advance_micros(20_000_000);
    chips.iter().for_each(Chip::heal);
    air.set_lost_per_mille(0);
    let [here, there, _] = &chips;
    let (mut here, mut there) = (radio(here), radio(there));
    there.listen().unwrap();
    here.transmit(b"well").unwrap();
    assert!(
        there
            .receive(&mut [0; 8], Timestamp::ZERO)
            .unwrap()
            .is_some(),
        "seed {seed}"
    );
    assert_eq!(air.violations(), [], "seed {seed}");

    sums.into_iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[test]
fn without_faults_no_call_fails() {
    let mut received = 0;
    for seed in 1..=12 {
        let (frames, failed) = schedule(seed, false);
        assert_eq!(failed, 0, "seed {seed}");
        received += frames;
    }
    assert!(received > 40, "{received} frames show little");
}

#[test]
fn with_faults_calls_fail_and_nothing_else_happens() {
    let (mut received, mut failed) = (0, 0);
    for seed in 1_001..=1_048 {
        let (frames, failures) = schedule(seed, true);
        received += frames;
        failed += failures;
    }
    println!("{received} frames received, {failed} calls failed");
    assert!(received > 40, "{received} frames show little");
    assert!(failed > 100, "{failed} failures show little");
}
