//! What happens when several are on the air at once.

use lib_dns_core::time::Timestamp;
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sim::{Air, Chip, Foreign, Lines, Program, Spi, Wiring};
use lib_dns_embedded::sx126x::{Board, Sx126x};

type Radio = Sx126x<Spi, Lines>;

fn radio(chip: &Chip) -> Radio {
    Sx126x::new(chip.spi(), chip.board(), chip.wiring().settings()).unwrap()
}

/// Waits until a time in microseconds.
fn wait_until(radio: &mut Radio, micros: u64) {
    while radio.board_mut().micros() < micros {
        radio.board_mut().pause(100);
    }
}

/// Sends two frames, each at its time in microseconds, to a receiver that loses so many dB of each; which of them arrive,
/// and how many arrive damaged.
fn two_at_once(times: [u64; 2], losses: [i32; 2]) -> (Vec<u8>, u16) {
    let air = Air::new(1);
    let chips = [Wiring::default(); 3].map(|wiring| air.add(wiring));
    let [a, b, there] = &chips;
    air.set_loss(a, there, losses[0]);
    air.set_loss(b, there, losses[1]);
    let mut heard = Vec::new();
    let mut damaged = 0;
    {
        let mut programs: Vec<Program<'_>> = Vec::new();
        for (which, chip) in [a, b].into_iter().enumerate() {
            let at = times[which];
            programs.push(Box::new(move || {
                let mut radio = radio(chip);
                radio.start().unwrap();
                wait_until(&mut radio, at);
                radio.transmit(&[which as u8; 20]).unwrap();
            }));
        }
        programs.push(Box::new(|| {
            let mut radio = radio(there);
            let mut buffer = [0; 32];
            while let Some(reception) = radio.receive(&mut buffer, Timestamp::from_secs(2)).unwrap()
            {
                let frame = &buffer[..reception.octets.into()];
                assert_eq!(frame, [frame[0]; 20]);
                heard.push(frame[0]);
            }
            damaged = radio.counters().damaged;
        }));
        air.run(programs);
    }
    assert_eq!(air.violations(), []);
    (heard, damaged)
}

#[test]
fn frames_one_after_the_other_both_arrive() {
    assert_eq!(two_at_once([100_000, 500_000], [90, 90]), (vec![0, 1], 0));
}

#[test]
fn two_equally_strong_frames_destroy_each_other() {
    assert_eq!(two_at_once([100_000, 100_000], [90, 90]).0, []);
    // The second begins when the first is half over: the first is heard, and damaged.
    assert_eq!(two_at_once([100_000, 200_000], [90, 90]), (vec![], 1));
}

#[test]
fn the_stronger_of_two_frames_is_captured() {
    assert_eq!(two_at_once([100_000, 100_000], [90, 96]).0, [0]);
    assert_eq!(two_at_once([100_000, 100_000], [90, 95]).0, []);
    assert_eq!(two_at_once([100_000, 100_000], [100, 90]).0, [1]);
    // Begun first and stronger by enough, it is not disturbed.
    assert_eq!(two_at_once([100_000, 200_000], [90, 96]), (vec![0], 0));
}

#[test]
fn who_sends_hears_nothing() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let mut heard = [None; 2];
    let programs = chips
        .iter()
        .zip(&mut heard)
        .map(|(chip, heard)| -> Program<'_> {
            Box::new(move || {
                let mut radio = radio(chip);
                radio.start().unwrap();
                wait_until(&mut radio, 100_000);
                radio.transmit(&[1; 20]).unwrap();
                *heard = radio
                    .receive(&mut [0; 32], Timestamp::from_secs(1))
                    .unwrap();
            })
        });
    air.run(programs.collect());
    assert_eq!(heard, [None; 2]);
    assert_eq!(air.violations(), []);
}

#[test]
fn a_look_finds_who_sends_on_the_same_channel() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut radio = radio(&chip);
    assert_eq!(radio.channel_busy(), Ok(false));
    let settings = chip.wiring().settings();
    let foreign = |at_micros, rssi_dbm| Foreign {
        at_micros,
        settings,
        rssi_dbm,
        payload: vec![3; 40],
    };

    air.send(foreign(air.now_micros(), -120));
    air.advance_micros(1_000);
    assert_eq!(radio.channel_busy(), Ok(true));
    air.advance_micros(2_000_000);
    assert_eq!(radio.channel_busy(), Ok(false));
    // 13 dB below the noise is beyond SF9.
    air.send(foreign(air.now_micros(), -130));
    air.advance_micros(1_000);
    assert_eq!(radio.channel_busy(), Ok(false));
    air.advance_micros(2_000_000);

    let mut elsewhere = foreign(air.now_micros(), -60);
    elsewhere.settings.link.frequency_hz -= 500_000;
    air.send(elsewhere);
    air.advance_micros(1_000);
    assert_eq!(radio.channel_busy(), Ok(false));
    assert_eq!(air.violations(), []);
}

#[test]
fn a_look_does_not_cost_the_frame_that_is_coming_in() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut radio = radio(&chip);
    let settings = chip.wiring().settings();
    radio.listen().unwrap();
    air.send(Foreign {
        at_micros: air.now_micros(),
        settings,
        rssi_dbm: -90,
        payload: vec![3; 40],
    });
    // The header is through, the frame is not.
    air.advance_micros(150_000);
    assert_eq!(radio.channel_busy(), Ok(true));
    air.advance_micros(1_000_000);
    // It waits to be taken.
    assert_eq!(radio.channel_busy(), Ok(true));
    let mut buffer = [0; 64];
    let reception = radio
        .receive(&mut buffer, Timestamp::ZERO)
        .unwrap()
        .unwrap();
    assert_eq!(buffer[..reception.octets.into()], [3; 40]);
    assert_eq!(radio.channel_busy(), Ok(false));
    assert_eq!(air.violations(), []);
}

#[test]
fn weak_jammed_and_unlucky_frames_are_lost() {
    let air = Air::new(7);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let (mut here, mut there) = (radio(&chips[0]), radio(&chips[1]));
    let mut goes_through = || {
        there.listen().unwrap();
        here.transmit(&[9; 20]).unwrap();
        there
            .receive(&mut [0; 32], Timestamp::ZERO)
            .unwrap()
            .is_some()
    };
    // 12.5 dB below the noise is the least at SF9.
    air.set_loss(&chips[0], &chips[1], 14 + 117 + 12);
    assert!(goes_through());
    air.set_loss(&chips[0], &chips[1], 14 + 117 + 13);
    assert!(!goes_through());

    air.set_loss(&chips[0], &chips[1], 100);
    let now = air.now_micros();
    air.jam(now, now + 1_000_000, -70);
    assert!(!goes_through());
    air.advance_micros(1_000_000);
    assert!(goes_through());

    air.set_lost_per_mille(250);
    let through = (0..200).filter(|_| goes_through()).count();
    assert!((120..180).contains(&through), "{through} of 200");
    air.set_lost_per_mille(1_000);
    assert!(!goes_through());
    assert_eq!(air.violations(), []);
}

#[test]
fn a_run_is_the_same_each_time() {
    let run =
        || {
            let air = Air::new(3);
            air.set_lost_per_mille(100);
            let chips = [Wiring::default(); 4].map(|wiring| air.add(wiring));
            let mut heard: [Vec<(u64, u8)>; 4] = Default::default();
            let programs = chips.iter().zip(&mut heard).enumerate().map(
                |(which, (chip, heard))| -> Program<'_> {
                    Box::new(move || {
                        let mut radio = radio(chip);
                        let mut buffer = [0; 32];
                        for round in 1..8u64 {
                            let until = Timestamp::from_millis(round * (300 + 37 * which as u64));
                            while radio.receive(&mut buffer, until).unwrap().is_some() {
                                heard.push((radio.board_mut().micros(), buffer[0]));
                            }
                            if !radio.channel_busy().unwrap() {
                                radio.transmit(&[which as u8; 12]).unwrap();
                            }
                        }
                    })
                },
            );
            air.run(programs.collect());
            assert_eq!(air.violations(), []);
            heard
        };
    let first = run();
    assert!(first.iter().all(|heard| heard.len() > 1), "{first:?}");
    for _ in 0..3 {
        assert_eq!(run(), first);
    }
}
