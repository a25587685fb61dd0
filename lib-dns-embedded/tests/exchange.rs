//! The driver on simulated chips that work: what is sent arrives, and nothing is done that the data sheet forbids.

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::time::Timestamp;
use lib_dns_embedded::radio::{HintRadio, Reception};
use lib_dns_embedded::sim::{Air, Chip, Foreign, Lines, Spi, Wiring};
use lib_dns_embedded::sx126x::{Amplifier, Error, Settings, Sx126x, SyncWord};

type Radio = Sx126x<Spi, Lines>;

fn radio_with(chip: &Chip, settings: Settings) -> Radio {
    Sx126x::new(chip.spi(), chip.board(), settings).unwrap()
}

fn radio(chip: &Chip) -> Radio {
    radio_with(chip, chip.wiring().settings())
}

/// What has come in, without waiting.
fn look(radio: &mut Radio) -> Option<(Vec<u8>, Reception)> {
    let mut buffer = [0; 255];
    let reception = radio.receive(&mut buffer, Timestamp::ZERO).unwrap()?;
    Some((buffer[..reception.octets.into()].to_vec(), reception))
}

#[test]
fn a_frame_arrives_as_it_was_sent_and_as_strong_as_it_should_be() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    air.set_loss(&chips[0], &chips[1], 125);
    let (mut here, mut there) = (radio(&chips[0]), radio(&chips[1]));
    there.listen().unwrap();
    here.start().unwrap();

    let before = air.now_micros();
    here.transmit(&[0xA5; 27]).unwrap();
    let took = air.now_micros() - before;
    let airtime = here.link().airtime_micros(27);
    assert!(
        (airtime..airtime + 10_000).contains(&took),
        "{took} for {airtime}"
    );

    let (frame, reception) = look(&mut there).unwrap();
    assert_eq!(frame, [0xA5; 27]);
    // 14 dBm less 125 dB is 6 dB above the noise of 125 kHz.
    let expected = Reception {
        octets: 27,
        rssi_dbm: -111,
        snr_quarter_db: 24,
    };
    assert_eq!(reception, expected);
    assert_eq!(look(&mut there), None);
    // The other way round, without a pause.
    here.listen().unwrap();
    there.transmit(b"x").unwrap();
    assert_eq!(look(&mut here).unwrap().0, b"x");
    assert_eq!(air.violations(), []);
}

#[test]
fn every_modulation_and_length_goes_through() {
    let wirings = [
        Wiring::default(),
        Wiring {
            tcxo_startup_micros: None,
            dio2_switches_antenna: false,
            ..Wiring::default()
        },
        Wiring {
            amplifier: Amplifier::Low,
            ..Wiring::default()
        },
    ];
    let mut went = 0;
    for (at, factor) in SpreadingFactor::ALL.into_iter().enumerate() {
        for bandwidth in [
            Bandwidth::Khz62,
            Bandwidth::Khz125,
            Bandwidth::Khz250,
            Bandwidth::Khz500,
        ] {
            let air = Air::new(1);
            let chips = [wirings[at % 3], wirings[(at + 1) % 3]].map(|wiring| air.add(wiring));
            let mut radios = chips.each_ref().map(|chip| {
                let mut settings = chip.wiring().settings();
                settings.link.modulation = Modulation::new(factor, bandwidth);
                settings.sync_word = SyncWord::Public;
                settings.inverted_iq = at % 2 == 0;
                settings.link.frequency_hz = 915_000_000;
                radio_with(chip, settings)
            });
            let [here, there] = &mut radios;
            there.listen().unwrap();
            for octets in [1, 27, 255] {
                let frame: Vec<u8> = (0..octets).collect();
                here.transmit(&frame).unwrap();
                assert_eq!(
                    look(there).unwrap().0,
                    frame,
                    "{factor:?} {bandwidth:?} {octets}"
                );
                went += 1;
            }
            assert_eq!(air.violations(), []);
        }
    }
    assert_eq!(went, 8 * 4 * 3);
}

#[test]
fn who_differs_in_channel_modulation_or_network_hears_nothing() {
    let changes: [fn(&mut Settings); 5] = [
        |settings| settings.link.frequency_hz += 200_000,
        |settings| settings.link.modulation.spreading_factor = SpreadingFactor::Sf8,
        |settings| settings.link.modulation.bandwidth = Bandwidth::Khz250,
        |settings| settings.sync_word = SyncWord::Other(0x77),
        |settings| settings.inverted_iq = true,
    ];
    for change in changes {
        let air = Air::new(1);
        let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
        let mut settings = chips[1].wiring().settings();
        change(&mut settings);
        let (mut here, mut there) = (radio(&chips[0]), radio_with(&chips[1], settings));
        there.listen().unwrap();
        here.transmit(b"hint").unwrap();
        assert_eq!(look(&mut there), None, "{settings:?}");
        assert_eq!(air.violations(), []);
    }
}

#[test]
fn frames_without_a_checksum_or_too_long_are_dropped() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut there = radio(&chip);
    there.listen().unwrap();
    let settings = chip.wiring().settings();
    let mut foreign = Foreign {
        at_micros: air.now_micros() + 1_000,
        settings,
        rssi_dbm: -90,
        payload: vec![7; 12],
    };
    foreign.settings.link.modulation.crc = false;
    air.send(foreign.clone());
    air.advance_micros(2_000_000);
    assert_eq!(look(&mut there), None);
    assert_eq!(there.counters().unprotected, 1);

    foreign.settings.link.modulation.crc = true;
    foreign.at_micros = air.now_micros();
    air.send(foreign.clone());
    air.advance_micros(2_000_000);
    assert_eq!(there.receive(&mut [0; 11], Timestamp::ZERO), Ok(None));
    assert_eq!(there.counters().oversized, 1);

    foreign.at_micros = air.now_micros();
    air.send(foreign);
    air.advance_micros(2_000_000);
    assert_eq!(look(&mut there).unwrap().0, [7; 12]);
    assert_eq!(air.violations(), []);
}

#[test]
fn waiting_ends_with_the_frame_or_with_the_deadline() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut radio = radio(&chip);
    let mut buffer = [0; 32];
    assert_eq!(
        radio.receive(&mut buffer, Timestamp::from_millis(500)),
        Ok(None)
    );
    assert_eq!(air.now_micros() / 1_000, 500);

    let settings = chip.wiring().settings();
    air.send(Foreign {
        at_micros: 1_000_000,
        settings,
        rssi_dbm: -90,
        payload: vec![1; 9],
    });
    let reception = radio
        .receive(&mut buffer, Timestamp::from_secs(60))
        .unwrap();
    assert_eq!(reception.unwrap().octets, 9);
    let end = 1_000_000 + settings.link.airtime_micros(9);
    assert!((end..end + 1_000).contains(&air.now_micros()));
    assert_eq!(air.violations(), []);
}

#[test]
fn a_sleeping_chip_is_woken_and_still_knows_its_settings() {
    let air = Air::new(1);
    let chips = [Wiring::default(); 2].map(|wiring| air.add(wiring));
    let (mut here, mut there) = (radio(&chips[0]), radio(&chips[1]));
    there.listen().unwrap();
    for _ in 0..3 {
        here.sleep().unwrap();
        assert!(chips[0].is_asleep());
        air.advance_micros(1_000_000);
        here.transmit(b"awake").unwrap();
        assert_eq!(look(&mut there).unwrap().0, b"awake");
    }
    assert_eq!(here.counters().set_ups, 1);
    assert_eq!(air.violations(), []);
}

#[test]
fn a_length_that_cannot_be_sent_is_refused_and_disturbs_nothing() {
    let air = Air::new(1);
    let chip = air.add(Wiring::default());
    let mut radio = radio(&chip);
    radio.listen().unwrap();
    for (len, octets) in [(0, 0), (256, 256), (70_000, u16::MAX)] {
        let refused = radio.transmit(&vec![0; len]);
        assert_eq!(refused, Err(Error::Length { octets }));
    }
    assert_eq!(radio.counters().set_ups, 1);
    assert_eq!(air.frames_sent(), 0);
    assert!(!chip.is_held());
}
