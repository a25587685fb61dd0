use super::*;
use crate::config::Config;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::serial::LogLevel;
use lib_dns_core::hint::{Hint, NetworkId, NodePrefix, Region};
use lib_dns_core::policy::update_control::UpdateControlConfig;
use tracing::Level;

const HALF: u32 = 1 << 31;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn key() -> NetworkKey<RunningMac> {
    let algorithm = MacAlgorithm::HmacSha256;
    let provider = crate::mac::RustCryptoMac;
    NetworkKey::new(provider, algorithm, b"secret", NetworkId(*b"mesh"), 1).unwrap()
}

fn zone(name: &str, serial: u32, is_copy: bool) -> GatewayZone {
    GatewayZone {
        name: NameBuf::from_text(name).unwrap(),
        serial: Some(Serial(serial)),
        is_copy,
        is_told: !is_copy,
    }
}

fn gateway(node: u8, region: Option<Region>) -> Gateway {
    gateway_of(HintConfig {
        node: NodePrefix([node; 4]),
        region,
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        apex: None,
        urgency: 0,
        accepts_unsealed: false,
        updates: UpdateControlConfig::default(),
    })
}

fn gateway_of(config: HintConfig) -> Gateway {
    let keys = Keys {
        current: Some(key()),
        old: None,
    };
    Gateway::new(at(0), config, keys, Some(1))
}

fn hello() -> RadioHello<'static> {
    RadioHello {
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        power_dbm: 14,
        firmware: "test",
    }
}

fn say(gateway: &mut Gateway, now: Timestamp, message: FromRadio<'_>) {
    let mut room = [0; MAX_WRITTEN_LEN];
    gateway.heard(now, HALF, message.write(&mut room).unwrap());
}

/// What is said to the radio: the number, and the frame if one is to be sent. A hello has none of both.
type Said = Option<(u16, Option<Vec<u8>>)>;

/// The next thing that is said to the radio.
#[track_caller]
fn said(gateway: &mut Gateway, now: Timestamp) -> Said {
    let step = gateway.step(now);
    let Step::Write(octets) = step else {
        panic!("{step:?}");
    };
    let mut line = Line::new();
    let mut said = None;
    for octet in octets {
        if let Some(message) = line.push(octet) {
            said = Some(match ToRadio::read(message.unwrap()).unwrap() {
                ToRadio::Sense { number } => Some((number, None)),
                ToRadio::Transmit { number, frame } => Some((number, Some(frame.to_vec()))),
                ToRadio::Hello | ToRadio::Count => None,
            });
        }
    }
    said.unwrap()
}

/// A gateway whose radio is ready.
fn ready(node: u8, zones: &[GatewayZone]) -> Gateway {
    with_radio(gateway(node, Some(Region::Eu868)), zones)
}

fn with_radio(mut gateway: Gateway, zones: &[GatewayZone]) -> Gateway {
    assert!(gateway.set_zones(at(0), zones).is_empty());
    gateway.opened(at(0));
    assert_eq!(said(&mut gateway, at(0)), None);
    say(&mut gateway, at(0), FromRadio::Hello(hello()));
    gateway
}

/// Has it send, which it is to do now; gives the frame.
#[track_caller]
fn send(gateway: &mut Gateway, now: Timestamp) -> Vec<u8> {
    let (number, frame) = said(gateway, now).unwrap();
    assert_eq!(frame, None, "it looks first");
    let found = Sensed::Free;
    say(gateway, now, FromRadio::Sensed { number, found });
    let (number, frame) = said(gateway, now).unwrap();
    let outcome = Outcome::Done;
    say(gateway, now, FromRadio::Transmitted { number, outcome });
    frame.unwrap()
}

fn hear(gateway: &mut Gateway, now: Timestamp, frame: &[u8]) {
    let (rssi_dbm, snr_quarter_db) = (-100, 0);
    say(
        gateway,
        now,
        FromRadio::Heard {
            rssi_dbm,
            snr_quarter_db,
            frame,
        },
    );
}

#[test]
fn a_change_here_makes_a_copy_there_be_looked_after() {
    let name = NameBuf::from_text("lab.sovereign.").unwrap();
    let mut teller = ready(1, &[zone("lab.sovereign.", 7, false)]);
    let mut hearer = ready(2, &[zone("lab.sovereign.", 7, true)]);
    // Who starts tells what is here, but not at once.
    assert_eq!(teller.step(at(10)), Step::Wait(Some(at(5_000))));
    assert_eq!(teller.step(at(5_000)), Step::Wait(Some(at(30_000))));
    teller.changed(at(6_000), &name, Some(Serial(8)));
    let frame = send(&mut teller, at(30_000));
    assert_eq!(announced(&frame), Some(Serial(8)), "only the newest");
    assert_eq!(teller.step(at(30_001)), Step::Wait(None));

    hear(&mut hearer, at(30_100), &frame);
    assert_eq!(hearer.step(at(30_100)), Step::Wait(Some(at(35_100))));
    let refresh = Step::Refresh {
        zone: name,
        announced: Some(Serial(8)),
    };
    assert_eq!(hearer.step(at(35_100)), refresh);
    // Replayed, or while it is looked after, it does nothing.
    hear(&mut hearer, at(35_200), &frame);
    assert_eq!(hearer.step(at(35_200)), Step::Wait(None));
    hearer.looked(at(36_000), &name, Some(Serial(8)));
    let counts = hearer.counts();
    assert_eq!(
        (counts.heard.updates.accepted, counts.heard.replays),
        (1, 1)
    );
    assert_eq!((teller.counts().sent, counts.sent), (1, 0));
    let mut reports = hearer.reports();
    let told = reports
        .find(|report| matches!(report, Report::Update { .. }))
        .unwrap();
    assert_eq!(
        told.to_string(),
        "hints: lab.sovereign. has changed elsewhere (serial 8); looking in 5000 ms"
    );
}

#[test]
fn rule_17_2_what_a_configuration_says_of_update_control_is_done() {
    let text = "version = 1
        [hints]
        port = 'tcp:127.0.0.1:7000'
        node = '01010101'
        region = 'EU868'
        [hints.update-control]
        coalesce-window = '40s'
        min-broadcast-interval = '2m'
        dedup-window = '3s'
        refresh-jitter-max = '2s'
        initial-backoff = '7s'
        backoff-multiplier = 3.0
        max-backoff = '15s'
        storm-threshold = 2
        storm-window = '90s'
        storm-suppression = '30s'";
    let config = Config::from_text(text, "zdns.toml".as_ref()).unwrap();
    let config = config.hints.unwrap().to_node(None);
    let kept = zone("lab.sovereign.", 7, false);
    let (name, copy) = (kept.name, zone("lab.sovereign.", 7, true));

    // What is here at the start is told when the first window ends, and later changes two minutes after that.
    let mut teller = with_radio(gateway_of(config), &[kept]);
    let mut frames = vec![send(&mut teller, at(40_000))];
    for serial in 8..=10 {
        let told = 40_000 + 120_000 * u64::from(serial - 7);
        teller.changed(at(told - 50_000), &name, Some(Serial(serial)));
        assert_eq!(teller.step(at(told - 1)), Step::Wait(Some(at(told))));
        frames.push(send(&mut teller, at(told)));
    }

    let mut hearer = with_radio(gateway_of(config), &[copy]);
    hear(&mut hearer, at(0), &frames[1]);
    let refresh = |serial| Step::Refresh {
        zone: name,
        announced: Some(Serial(serial)),
    };
    assert_eq!(hearer.step(at(0)), Step::Wait(Some(at(1_000))));
    let mut now = 1_000;
    for wait in [7_000, 15_000, 15_000] {
        assert_eq!(hearer.step(at(now)), refresh(8));
        hearer.looked(at(now), &name, None);
        let again = at(now + wait);
        assert_eq!(hearer.step(at(now)), Step::Wait(Some(again)));
        now += wait;
    }
    assert_eq!(hearer.step(at(now)), refresh(8));
    hearer.looked(at(now), &name, Some(Serial(8)));
    hear(&mut hearer, at(now), &frames[2]);
    // The third within 90 s is one too many.
    hear(&mut hearer, at(89_000), &frames[3]);
    let updates = hearer.counts().heard.updates;
    assert_eq!((updates.accepted, updates.storms), (2, 1));
}

#[test]
fn only_looks_that_a_hint_asked_for_are_tried_again_because_of_it() {
    let kept = zone("lab.sovereign.", 7, true);
    let mut hearer = ready(2, &[kept]);
    // The primary does not answer, but nobody has said that there is anything new.
    hearer.looked(at(10), &kept.name, None);
    assert_eq!(hearer.step(at(10)), Step::Wait(None));
    let mut teller = ready(1, &[zone("lab.sovereign.", 8, false)]);
    teller.step(at(0));
    let frame = send(&mut teller, at(30_000));
    hear(&mut hearer, at(30_000), &frame);
    assert!(matches!(hearer.step(at(35_000)), Step::Refresh { .. }));
    hearer.looked(at(36_000), &kept.name, None);
    assert_eq!(hearer.step(at(36_000)), Step::Wait(Some(at(66_000))));
    let again = Step::Refresh {
        zone: kept.name,
        announced: Some(Serial(8)),
    };
    assert_eq!(hearer.step(at(66_000)), again);
}

#[test]
fn forgeries_are_counted_and_nothing_else() {
    let mut hearer = ready(2, &[zone("lab.sovereign.", 7, true)]);
    let tag = ZoneTag::of(
        &zone("lab.sovereign.", 0, true).name.as_name(),
        &RustCryptoDigest,
    );
    let hint = Hint {
        node: NodePrefix([9; 4]),
        score: 0,
        advice: Advice::ZdnsUpdate {
            zone: ZoneOfUpdate::Tag(tag.unwrap()),
            serial: Serial(8),
        },
    };
    hear(&mut hearer, at(100), hint.to_frame().as_bytes());
    let mut sealed = key().seal(&hint, hint.node, 1).unwrap().as_bytes().to_vec();
    sealed[9] ^= 1;
    hear(&mut hearer, at(100), &sealed);
    hear(&mut hearer, at(100), &[0xff; 255]);
    assert_eq!(hearer.step(at(100)), Step::Wait(None));
    let heard = hearer.counts().heard;
    assert_eq!(
        (heard.wrong_policy, heard.bad_seals, heard.malformed),
        (1, 1, 1)
    );
    assert!(hearer.reports().all(|report| report.level() >= Level::INFO && !matches!(report, Report::Update { .. })));
    assert!(hearer.counts().to_string().contains(" bad_seals=1 "));
}

#[test]
fn a_busy_channel_and_a_radio_that_fails_make_it_wait() {
    let mut teller = ready(1, &[zone("lab.sovereign.", 7, false)]);
    let (number, _) = said(&mut teller, at(30_000)).unwrap();
    // The answer to another question is none.
    let found = Sensed::Free;
    let other = number.wrapping_add(1);
    say(
        &mut teller,
        at(30_010),
        FromRadio::Sensed {
            number: other,
            found,
        },
    );
    assert_eq!(teller.step(at(30_010)), Step::Wait(Some(at(31_010))));
    let found = Sensed::Busy;
    say(&mut teller, at(30_020), FromRadio::Sensed { number, found });
    let Step::Wait(Some(later)) = teller.step(at(30_020)) else {
        panic!();
    };
    assert!(later > at(30_200));
    let (number, _) = said(&mut teller, later).unwrap();
    let found = Sensed::Free;
    say(&mut teller, later, FromRadio::Sensed { number, found });
    let (number, frame) = said(&mut teller, later).unwrap();
    assert!(frame.is_some());
    let outcome = Outcome::Failed;
    say(
        &mut teller,
        later,
        FromRadio::Transmitted { number, outcome },
    );
    // A part may have been on the air, so it counts.
    assert!(teller.counts().airtime_micros > 0);
    assert_eq!(
        teller.step(later),
        Step::Wait(Some(later.add_millis(30_000)))
    );
    send(&mut teller, later.add_millis(30_000));
    assert_eq!(teller.counts().sent, 1);
}

#[test]
fn a_radio_that_says_nothing_is_asked_again_and_told_of_once() {
    let mut teller = ready(1, &[zone("lab.sovereign.", 7, false)]);
    said(&mut teller, at(30_000)).unwrap();
    let mut now = at(30_000);
    let mut hellos = 0;
    for _ in 0..20 {
        match teller.step(now) {
            Step::Wait(later) => now = later.unwrap(),
            Step::Write(_) => hellos += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(hellos > 1);
    let silent = teller.reports().filter(|report| *report == Report::Silent);
    assert_eq!(silent.count(), 1);
    // It starts anew, and is used again.
    say(&mut teller, now, FromRadio::Hello(hello()));
    let Step::Write(_) = teller.step(now.add_millis(60_000)) else {
        panic!();
    };
}

#[test]
fn a_radio_that_is_set_otherwise_hears_but_does_not_send() {
    for (hello, words) in [
        (
            RadioHello {
                frequency_hz: 868_300_000,
                ..hello()
            },
            "the configuration says otherwise",
        ),
        (
            RadioHello {
                modulation: Modulation::new(SpreadingFactor::Sf7, Bandwidth::Khz125),
                ..hello()
            },
            "the configuration says otherwise",
        ),
        (
            RadioHello {
                power_dbm: 30,
                ..hello()
            },
            "the region allows less power",
        ),
    ] {
        let mut teller = ready(1, &[zone("lab.sovereign.", 7, false)]);
        say(&mut teller, at(0), FromRadio::Hello(hello));
        let told: String = teller.reports().map(|report| report.to_string()).collect();
        assert!(told.contains(words), "{told}");
        assert_eq!(teller.step(at(31_000)), Step::Wait(Some(at(32_000))));
        let hint = Hint {
            node: NodePrefix([9; 4]),
            score: 3,
            advice: Advice::ChannelHint(6),
        };
        let sealed = key().seal(&hint, hint.node, 1).unwrap();
        hear(&mut teller, at(31_000), sealed.as_bytes());
        assert_eq!(teller.counts().advice, [0, 0, 0, 0, 0, 0, 1, 0]);
    }
}

#[test]
fn a_port_that_is_lost_in_the_middle_of_a_frame_costs_its_airtime() {
    let mut teller = ready(1, &[zone("lab.sovereign.", 7, false)]);
    let (number, _) = said(&mut teller, at(30_000)).unwrap();
    let found = Sensed::Free;
    say(&mut teller, at(30_000), FromRadio::Sensed { number, found });
    said(&mut teller, at(30_000)).unwrap();
    teller.closed(at(30_100));
    assert!(teller.counts().airtime_micros > 0);
    // Nothing is said to a port that is not there.
    assert!(matches!(teller.step(at(70_000)), Step::Wait(_)));
    teller.opened(at(70_000));
    assert_eq!(said(&mut teller, at(70_000)), None, "hello");
    say(&mut teller, at(70_000), FromRadio::Hello(hello()));
    send(&mut teller, at(70_001));
}

#[test]
fn without_a_region_nothing_is_sent_and_that_is_told_once() {
    let mut mute = gateway(1, None);
    mute.set_zones(at(0), &[zone("lab.sovereign.", 7, false)]);
    mute.opened(at(0));
    assert_eq!(said(&mut mute, at(0)), None);
    say(&mut mute, at(0), FromRadio::Hello(hello()));
    for second in 0..100 {
        assert_eq!(mute.step(at(second * 1000)), Step::Wait(None));
    }
    let told: Vec<_> = mute
        .reports()
        .filter(|report| matches!(report, Report::Refused(_)))
        .collect();
    assert_eq!(told, [Report::Refused(Refusal::NoRegion)]);
}

#[test]
fn zones_come_and_go() {
    let mut teller = ready(1, &[zone("a.", 1, false), zone("b.", 1, true)]);
    let first: Vec<NameBuf> = teller.zones.iter().map(|(_, zone)| zone.name).collect();
    assert_eq!(first.len(), 2);
    // One is made elsewhere now, one is gone, one is new.
    let now = [zone("a.", 2, true), zone("c.", 1, false)];
    assert!(teller.set_zones(at(1), &now).is_empty());
    let mut here: Vec<GatewayZone> = teller.zones.iter().map(|(_, zone)| *zone).collect();
    here.sort_by_key(|zone| zone.name);
    assert_eq!(here, now);
    // There is room for so many.
    let many: Vec<GatewayZone> = (0..MAX_ZONES + 2)
        .map(|number| zone(&format!("z{number}."), 1, true))
        .collect();
    assert_eq!(teller.set_zones(at(2), &many).len(), 2);
}

#[test]
fn what_a_radio_says_cannot_break_the_log() {
    let mut teller = ready(1, &[]);
    let text = "a\nb\u{1b}[31mc";
    let level = LogLevel::Warn;
    say(&mut teller, at(0), FromRadio::Log { level, text });
    teller.heard(at(0), HALF, b"\0garbage\0");
    let told: Vec<String> = teller.reports().map(|report| report.to_string()).collect();
    assert_eq!(
        told[1..],
        [
            "hints: the radio says: ab[31mc",
            "hints: a message of the radio is damaged"
        ]
    );
    assert_eq!(teller.counts().line_errors, 1);
}
