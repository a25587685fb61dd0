//! Nodes: lists of things that happen to one, beside a log of what it was told.
//!
//! Whatever it hears, it keeps its airtime and comes to rest. With authority it says what its image says, octet for octet;
//! without, what it was told and for no longer than that holds. Each frame and each query is counted once.

use super::operations::Octets;
use lib_dns_core::answer::{self, Settings, Transport};
use lib_dns_core::cache::HashKey;
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::crypto::{Digest, DigestAlgorithm, MacAlgorithm};
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{
    Advice, Hint, MIN_GAP, NetworkId, NetworkKey, NodePrefix, Region, ZoneOfUpdate,
};
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, Record, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::NodeId;
use lib_dns_core::rr_data::{Type, WriteData};
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::Serial;
use lib_dns_core::zone::image::ZoneImage;
use lib_dns_embedded::loop_radio::{LoopRadio, Signal};
use lib_dns_embedded::node::{Answer, CacheStorage, Heard, Next, Node, NodeConfig};
use lib_dns_embedded::radio::{HintRadio, Link};
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};

/// Small enough that everything in it is driven out.
type TestNode<'z> = Node<'z, RunningMac, 2, 4>;
type TestStorage = CacheStorage<8, 256, 8>;

/// The zone of the link proof: a cut at `sub.sovereign.`, a DNAME, a wildcard.
const IMAGE: &[u8] = include_bytes!("../seeds/zone_image/device");
const APEX: &[u8] = b"\x09sovereign\0";
const SUB: &[u8] = b"\x03sub\x09sovereign\0";
const US: NodeId = NodeId([3; 32]);

/// The longest list that is run.
const MAX_OPERATIONS: usize = 300;
/// Absence is never remembered for longer, in milliseconds.
const ABSENCE: u64 = 60_000;

/// Names of the image, of others, and of nobody.
const NAMES: [&[u8]; 8] = [
    b"\x05alice\x09sovereign\0",
    b"\x02al\x09sovereign\0",
    b"\x03bob\x09sovereign\0",
    b"\x01x\x04wild\x09sovereign\0",
    b"\x01x\x03sub\x09sovereign\0",
    b"\x01y\x03sub\x09sovereign\0",
    b"\x01z\x01y\x03sub\x09sovereign\0",
    b"\x03org\0",
];
const TYPES: [Type; 8] = [
    Type::A,
    Type::AAAA,
    Type::CNAME,
    Type::TXT,
    Type::SOA,
    Type::DS,
    Type::ANY,
    Type::RRSIG,
];

/// What the upstream said and the node took: the record, and until when it holds.
struct Told {
    owner: NameBuf,
    rtype: Type,
    data: Vec<u8>,
    until: Timestamp,
}

struct World<'z> {
    node: TestNode<'z>,
    image: Option<ZoneImage<'z>>,
    radio: LoopRadio<4>,
    now: Timestamp,
    /// The last query to the upstream.
    asked: Vec<u8>,
    told: Vec<Told>,
    /// When an answer was last taken that found nothing.
    absent_at: Option<Timestamp>,
    /// When frames were sent, and for how long they were on the air.
    sent: Vec<(Timestamp, u64)>,
    frames: u32,
    queries: u32,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    let mut list = Octets::of(data);
    let settings = list.octet();
    let mut image = IMAGE.to_vec();
    if settings & 0x41 == 0x41 {
        for _ in 0..list.below(8) {
            let at = list.below(256) * 3;
            if let Some(octet) = image.get_mut(at) {
                *octet ^= list.octet();
            }
        }
    }
    let hash = RustCryptoDigest.digest(DigestAlgorithm::Sha256, &[&image]);
    let hash = hash.and_then(|hash| hash.as_bytes().try_into().ok());
    let hash: [u8; 32] = hash.expect("SHA-256 is here");
    let link = Link {
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf12, Bandwidth::Khz125),
        power_dbm: 14,
    };
    let config = NodeConfig {
        region: (settings & 2 != 0).then_some(Region::Eu868),
        upstream: (settings & 0x24 != 0).then_some(name(APEX)),
        accepts_unsealed: settings & 8 != 0,
        ..NodeConfig::new(US, name(APEX), link, HashKey([1, 2]))
    };
    let mut storage = TestStorage::EMPTY;
    let node = TestNode::new(Timestamp::ZERO, config, &mut storage, &RustCryptoDigest);
    let mut node = node.expect("there is room");
    let now = Timestamp::ZERO;
    let watched = node.watch(now, name(SUB), Some(Serial(0)), 600, &RustCryptoDigest);
    assert_eq!(watched, Ok(()));
    let taken = node.set_image(now, &image, &hash, &RustCryptoDigest);
    assert!(taken.is_ok() || image != IMAGE, "{taken:?}");
    if settings & 16 != 0 {
        node.set_key(key(), 1);
    }
    let mut world = World {
        node,
        image: taken
            .is_ok()
            .then(|| ZoneImage::from_octets(&image).expect("it was taken")),
        radio: LoopRadio::new(link),
        now,
        asked: Vec::new(),
        told: Vec::new(),
        absent_at: None,
        sent: Vec::new(),
        frames: 0,
        queries: 0,
    };
    for _ in 0..MAX_OPERATIONS {
        if list.is_empty() {
            return;
        }
        world.happen(&mut list);
        world.check_counts();
    }
}

fn name(wire: &'static [u8]) -> Name<'static> {
    Name::from_wire(wire).expect("a name")
}

fn key() -> NetworkKey<RunningMac> {
    let algorithm = MacAlgorithm::HmacSha256;
    NetworkKey::new(RustCryptoMac, algorithm, b"a key", NetworkId([0; 4]), 1).expect("a good key")
}

impl World<'_> {
    fn happen(&mut self, list: &mut Octets<'_>) {
        let (what, later) = (list.octet(), list.octet());
        // Seconds, or once in a while minutes.
        let scale = if later < 224 { 20 } else { 600 };
        self.now = self.now.add_millis(u64::from(later) * scale);
        let random = u32::from_be_bytes([later, what, later, what]);
        match what % 16 {
            0 => {
                let frame: Vec<u8> = (0..list.below(30)).map(|_| list.octet()).collect();
                self.hear(random, &frame);
            }
            1 | 2 => {
                let update = Hint {
                    node: NodePrefix([what >> 5; 4]),
                    score: 0,
                    advice: Advice::ZdnsUpdate {
                        zone: ZoneOfUpdate::Apex,
                        serial: Serial(list.octet().into()),
                    },
                };
                let sealed = key().seal(&update, update.node, list.octet().into());
                let sealed = sealed.expect("it fits");
                let frame = update.to_frame();
                let frame = if what % 16 == 1 { sealed } else { frame };
                self.hear(random, frame.as_bytes());
            }
            3..=5 => {
                let owner = list.of_these(&NAMES);
                let query = query(name(owner), list.of_these(&TYPES), what & 0x80 != 0);
                self.ask(random, &query, what & 0x40 != 0);
            }
            6 => {
                let query: Vec<u8> = (0..list.below(80)).map(|_| list.octet()).collect();
                self.ask(random, &query, false);
            }
            7 | 8 | 12..=15 => self.answer_what_was_asked(list),
            9 if what > 0xc0 => self.node.unanswered(self.now),
            9 => {
                let query = query(name(list.of_these(&NAMES[4..])), Type::A, true);
                self.ask(random, &query, false);
            }
            10 => self.rest(random, what & 0x40 == 0),
            _ => match what >> 4 {
                0..=3 => {
                    let serial = Serial(list.octet().into());
                    let _ = self.node.commit(self.now, &name(SUB), serial);
                }
                4..=6 => self.node.refresh_failed(self.now, &name(APEX)),
                7..=9 => {
                    self.node
                        .zone_refreshed(self.now, &name(SUB), Serial(list.octet().into()))
                }
                10..=12 => self.node.topology_changed(self.now, random),
                _ => self.radio.set_busy(what & 0x10 != 0),
            },
        }
    }

    fn hear(&mut self, random: u32, frame: &[u8]) {
        self.frames += 1;
        let _ = self.node.on_frame(self.now, random, frame);
    }

    fn ask(&mut self, random: u32, query: &[u8], settles: bool) {
        self.queries += 1;
        let mut out = [0; 512];
        if settles {
            if let Some(response) = self.node.settle(self.now, query, &mut out) {
                let response = response.to_vec();
                self.check_response(query, &response);
            }
            return;
        }
        match self.node.answer(self.now, random, query, &mut out) {
            Answer::Nothing => {}
            Answer::Ask(sent) => {
                let (ours, theirs) = (Message::from_bytes(sent), Message::from_bytes(query));
                let (ours, theirs) = (ours.expect("a query"), theirs.expect("it was read"));
                let [ours, theirs] =
                    [ours, theirs].map(|message| message.question().expect("a question"));
                assert_eq!((ours.name, ours.qtype), (theirs.name, theirs.qtype));
                self.asked = sent.to_vec();
            }
            Answer::Send(response) => {
                let response = response.to_vec();
                self.check_response(query, &response);
            }
        }
    }

    /// With authority comes what the image says; else what was told, and no longer than it holds.
    fn check_response(&self, query: &[u8], octets: &[u8]) {
        let response = Message::from_bytes(octets).expect("an answer that nobody can read");
        let flags = response.flags();
        assert!(flags.response());
        let is_referral = flags.response() && !flags.recursion_available();
        if flags.authoritative() || is_referral {
            let Some(image) = &self.image else {
                assert!(!flags.authoritative(), "there is no image");
                return;
            };
            let settings = Settings {
                identity: Some(&US.0),
                ..Settings::default()
            };
            let mut out = [0; 512];
            let sha1 = super::map_zone::NotSha1;
            let len = answer::respond(image, &settings, &sha1, query, Transport::Udp, &mut out);
            let is_error = !matches!(response.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN);
            let expected = len.map(|len| &out[..len]);
            assert!(
                is_error || expected == Some(octets),
                "not what the image says"
            );
            return;
        }
        if response.rcode() == Rcode::NXDOMAIN {
            let since = self.absent_at.expect("nobody said so");
            assert!(self.now.millis_since(since) <= ABSENCE);
        }
        for record in response.section(Section::Answer) {
            let record = record.expect("it was read");
            let was_told = self.told.iter().any(|told| {
                told.owner == record.owner()
                    && told.rtype == record.rtype()
                    && told.data == plain(&record)
                    && self.now.add_secs(record.ttl()) <= told.until
            });
            assert!(was_told, "nobody has said {record}");
        }
    }

    /// The upstream's answer: right, with a name or an id of its own, or any octets.
    fn answer_what_was_asked(&mut self, list: &mut Octets<'_>) {
        let Ok(sent) = Message::from_bytes(&self.asked) else {
            return;
        };
        let Some(question) = sent.question() else {
            return;
        };
        let style = list.octet();
        // Half of all answers make sense.
        let makes_sense = style & 8 != 0;
        let rcode = match (makes_sense, style & 3) {
            (true, 3) => Rcode::NXDOMAIN,
            (true, _) => Rcode::NOERROR,
            _ => list.of_these(&[Rcode::NOERROR, Rcode::NXDOMAIN, Rcode::SERVFAIL]),
        };
        let flags = Flags::default().with_response(true).with_rcode(rcode);
        let flags = flags
            .with_truncated(style & 0xf0 == 0x10)
            .with_authoritative(style & 0x80 != 0);
        let id = sent.id() ^ u16::from(style & 0xf0 == 0x20);
        let mut buffer = [0; 512];
        let mut builder =
            MessageBuilder::<0>::new(&mut buffer, id, flags).expect("room for a header");
        let owner = question.name;
        builder
            .question(&owner, question.qtype, Class::IN)
            .expect("room for a question");
        let mut told = Vec::new();
        let asked = (Section::Answer, owner, question.qtype);
        let alias = (Section::Answer, owner, Type::CNAME);
        let soa = (Section::Authority, name(SUB), Type::SOA);
        let mut any = || {
            let owners = [name(list.of_these(&NAMES)), name(SUB), owner];
            let types = [question.qtype, Type::A, Type::CNAME, Type::SOA, Type::NS];
            let sections = [Section::Answer, Section::Authority];
            let owner = list.of_these(&owners);
            (list.of_these(&sections), owner, list.of_these(&types))
        };
        let records = match (makes_sense, style & 3) {
            (true, 0) => vec![asked],
            (true, 1) => vec![alias, any()],
            (true, _) => vec![soa],
            (false, count) => (0..count).map(|_| any()).collect(),
        };
        for (section, owner, rtype) in records {
            let data = match rtype {
                Type::A => vec![10, 0, 0, list.octet()],
                Type::CNAME | Type::NS => list.of_these(&NAMES[4..]).to_vec(),
                Type::SOA => [
                    &[0; 2][..],
                    &[0, 0, 0, list.octet()],
                    &[0; 14],
                    &[0x0e, 0x10],
                ]
                .concat(),
                _ => (0..list.below(12)).map(|_| list.octet()).collect(),
            };
            let ttl = u32::from(list.octet()) * 4;
            let written = builder.stored_record(section, &owner, rtype, Class::IN, ttl, &data);
            if written.is_ok() {
                told.push(Told {
                    owner: NameBuf::from(owner),
                    rtype,
                    data,
                    until: self.now.add_secs(ttl.max(1)),
                });
            }
        }
        let mut response = builder.finish().to_vec();
        if style & 0xf0 == 0x30 {
            let at = list.below(256) % response.len();
            response[at] ^= list.octet();
            // What is told is not known any more.
            told.clear();
            if self.heard(&response).is_some() {
                self.take_over(&response);
            }
            return;
        }
        // Of what is useless as an answer, an alias may be kept.
        if self.heard(&response).is_some() {
            self.told.extend(told);
            self.absent_at = Some(self.now);
        }
    }

    fn heard(&mut self, response: &[u8]) -> Option<Heard> {
        let asked = self.asked.clone();
        let mut scratch = [0; 512];
        self.node
            .heard(self.now, &asked, response, &mut scratch, &RustCryptoDigest)
            .ok()
    }

    /// Whatever a damaged answer says counts as told.
    fn take_over(&mut self, response: &[u8]) {
        self.absent_at = Some(self.now);
        let message = Message::from_bytes(response).expect("it was heard");
        for record in message.records().filter_map(Result::ok) {
            self.told.push(Told {
                owner: NameBuf::from(record.owner()),
                rtype: record.rtype(),
                data: plain(&record),
                until: self.now.add_secs(record.ttl().max(1)),
            });
        }
    }

    /// Polls until the node rests, with frames on their way or not.
    fn rest(&mut self, random: u32, hears_itself: bool) {
        for _ in 0..40 {
            match self.node.poll(self.now, random, &mut self.radio) {
                Ok(Next::Again) | Ok(Next::Event(_)) => {}
                Ok(Next::Refresh(refresh)) => {
                    let found = refresh.announced.unwrap_or(Serial(0));
                    self.node.zone_refreshed(self.now, &refresh.zone, found);
                }
                Ok(Next::Idle(until)) => {
                    assert!(until.is_none_or(|until| until > self.now), "for ever");
                    self.check_airtime();
                    return;
                }
                Err(error) => panic!("{error}"),
            }
            while let Some(frame) = self.radio.take_sent() {
                let airtime = self.radio.link().airtime_micros(frame.len() as u8);
                if let Some((began, airtime)) = self.sent.last() {
                    assert!(self.now.millis_since(*began) >= MIN_GAP + airtime / 1000);
                }
                self.sent.push((self.now, airtime));
                self.now = self.now.add_millis(airtime.div_ceil(1000));
                if hears_itself && self.radio.listen().is_ok() {
                    self.frames += u32::from(self.radio.hear(&frame, Signal::NEAR));
                }
            }
        }
        panic!("it does not come to rest");
    }

    fn check_airtime(&self) {
        let limit = Region::Eu868.rules().hint_micros_an_hour();
        let hour = self
            .sent
            .iter()
            .filter(|(began, _)| self.now.millis_since(*began) <= 3_600_000);
        assert!(hour.map(|(_, airtime)| airtime).sum::<u64>() <= u64::from(limit));
    }

    fn check_counts(&self) {
        let hints = self.node.hint_counts();
        let updates = hints.updates;
        let exits = [
            hints.malformed,
            hints.wrong_policy,
            hints.bad_seals,
            hints.replays,
            hints.too_loud,
            hints.advice,
            updates.suppressed,
            updates.unknown_zones,
            updates.not_newer,
            updates.duplicates,
            updates.storms,
            updates.accepted,
        ];
        assert_eq!(exits.iter().sum::<u32>(), self.frames, "{hints:?}");
        let answers = self.node.answer_counts();
        let exits = [
            answers.from_image,
            answers.from_cache,
            answers.absent,
            answers.asked,
            answers.errors,
            answers.ignored,
        ];
        assert_eq!(exits.iter().sum::<u32>(), self.queries, "{answers:?}");
    }
}

/// The data without compression.
fn plain(record: &Record<'_>) -> Vec<u8> {
    // It is kept as it stands, also if it is malformed: a node has no codecs for it.
    if record.rtype() > Type::OPT {
        return record.data_octets().to_vec();
    }
    let mut room = [0; 512];
    let mut writer = Writer::<0>::new(&mut room, Form::Plain);
    match record.data().map(|data| data.write(&mut writer)) {
        Ok(Ok(())) => writer.written().to_vec(),
        // That is no data, which nobody keeps.
        _ => Vec::new(),
    }
}

fn query(owner: Name<'_>, rtype: Type, has_edns: bool) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut builder =
        MessageBuilder::<0>::new(&mut buffer, 7, Flags::default()).expect("room for a header");
    builder
        .question(&owner, rtype, Class::IN)
        .expect("room for a question");
    if has_edns {
        let written = builder.edns(&EdnsHeader::default(), &[]);
        written.expect("room for it");
    }
    builder.finish().to_vec()
}
