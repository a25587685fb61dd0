//! Invents the questions: every name of a zone and many that are not in it, times the types that matter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::dice::Dice;
use crate::dns_name::DnsName;
use crate::landscape::Inventory;
use crate::rtype;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// The OPT record of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opt {
    pub(crate) size: u16,
    pub(crate) version: u8,
    pub(crate) dnssec_ok: bool,
    /// Options in wire form.
    pub(crate) options: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) name: DnsName,
    pub(crate) qtype: u16,
    pub(crate) class: u16,
    /// The second 16 bits of the header.
    pub(crate) flags: u16,
    pub(crate) opt: Option<Opt>,
    pub(crate) transport: Transport,
}

impl Question {
    /// Over UDP, without EDNS.
    pub(crate) fn plain(name: DnsName, qtype: u16) -> Question {
        Question {
            name,
            qtype,
            class: CLASS_IN,
            flags: 0,
            opt: None,
            transport: Transport::Udp,
        }
    }

    /// How many octets the answer may have.
    pub(crate) fn limit(&self) -> usize {
        match (self.transport, &self.opt) {
            (Transport::Tcp, _) => 65535,
            (Transport::Udp, Some(opt)) => usize::from(opt.size.max(512)),
            (Transport::Udp, None) => 512,
        }
    }

    pub(crate) fn to_wire(&self, id: u16) -> Vec<u8> {
        let mut wire = id.to_be_bytes().to_vec();
        wire.extend_from_slice(&self.flags.to_be_bytes());
        wire.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(self.opt.is_some())]);
        wire.extend_from_slice(&self.name.to_wire());
        wire.extend_from_slice(&self.qtype.to_be_bytes());
        wire.extend_from_slice(&self.class.to_be_bytes());
        if let Some(opt) = &self.opt {
            wire.push(0);
            wire.extend_from_slice(&rtype::OPT.to_be_bytes());
            wire.extend_from_slice(&opt.size.to_be_bytes());
            wire.extend_from_slice(&[0, opt.version, if opt.dnssec_ok { 0x80 } else { 0 }, 0]);
            wire.extend_from_slice(
                &u16::try_from(opt.options.len())
                    .expect("options are short")
                    .to_be_bytes(),
            );
            wire.extend_from_slice(&opt.options);
        }
        wire
    }
}

/// As one would ask it again with dig.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, on, off) in FLAGS_OF_DIG {
            f.write_str(if self.flags & bit != 0 { on } else { off })?;
        }
        if self.flags & 0x7800 != 0 {
            write!(f, "+opcode={} ", (self.flags >> 11) & 15)?;
        }
        match &self.opt {
            Some(opt) => write!(
                f,
                "+bufsize={} {}",
                opt.size,
                if opt.dnssec_ok { "+dnssec " } else { "" }
            )?,
            None => write!(f, "+noedns ")?,
        }
        if let Some(opt) = self.opt.as_ref().filter(|opt| opt.version != 0) {
            write!(f, "+edns={} +noednsneg ", opt.version)?;
        }
        if let Some(opt) = self.opt.as_ref().filter(|opt| !opt.options.is_empty()) {
            write!(f, "(options {:02x?}) ", opt.options)?;
        }
        if self.transport == Transport::Tcp {
            write!(f, "+tcp ")?;
        }
        if self.class != CLASS_IN {
            write!(f, "-c CLASS{} ", self.class)?;
        }
        write!(f, "'{}' {}", self.name, rtype::mnemonic(self.qtype))
    }
}

const CLASS_IN: u16 = 1;
const RECURSION_DESIRED: u16 = 0x0100;
const AUTHENTIC_DATA: u16 = 0x0020;
const CHECKING_DISABLED: u16 = 0x0010;
const FLAGS_OF_DIG: [(u16, &str, &str); 3] = [
    (RECURSION_DESIRED, "+rec ", "+norec "),
    (AUTHENTIC_DATA, "+ad ", "+noad "),
    (CHECKING_DISABLED, "+cd ", ""),
];

/// Types asked of every name that exists in some way.
const ALL_TYPES: [u16; 20] = [
    rtype::A,
    rtype::AAAA,
    rtype::NS,
    rtype::SOA,
    rtype::MX,
    rtype::TXT,
    rtype::CNAME,
    rtype::DNAME,
    rtype::DS,
    rtype::DNSKEY,
    rtype::NSEC,
    rtype::NSEC3,
    rtype::NSEC3PARAM,
    rtype::RRSIG,
    rtype::SRV,
    rtype::PTR,
    rtype::NAPTR,
    rtype::HTTPS,
    rtype::TYPE65280,
    rtype::ANY,
];

/// Types asked of names that were made up: one with data, one of the parent's side, one that a wildcard
/// must not answer from above a cut, an alias, and the one that the wildcard zones use most.
const FEW_TYPES: [u16; 5] = [rtype::A, rtype::DS, rtype::NS, rtype::CNAME, rtype::TXT];

impl Dice {
    fn percent(&mut self, chance: u64) -> bool {
        (self.below(100) as u64) < chance
    }

    fn scramble_case(&mut self, name: &DnsName) -> DnsName {
        let mut scrambled = name.clone();
        for octet in scrambled.0.iter_mut().flatten() {
            *octet = if self.percent(50) {
                octet.to_ascii_uppercase()
            } else {
                octet.to_ascii_lowercase()
            };
        }
        scrambled
    }

    fn label(&mut self) -> Vec<u8> {
        let length = 1 + self.roll() % 12;
        (0..length)
            .map(|_| b"abcdefghijklmnopqrstuvwxyz0123456789-"[(self.roll() % 37) as usize])
            .collect()
    }
}

/// The questions about one zone, without repetition.
pub(crate) fn about_zone(zone: &DnsName, inventory: &Inventory, seed: u64) -> Vec<Question> {
    let signed = inventory
        .values()
        .any(|types| types.contains(&rtype::RRSIG));
    let mut dice = Dice(seed);
    let mut asked = BTreeSet::new();
    let mut questions = Vec::new();
    let mut ask = |name: &DnsName, qtype: u16, thoroughly: bool, dice: &mut Dice| {
        // Where DO makes no difference, or little that is new, it is still tried now and then.
        let without = !signed || thoroughly || dice.percent(25);
        let with = signed || dice.percent(15);
        for dnssec_ok in [without.then_some(false), with.then_some(true)]
            .into_iter()
            .flatten()
        {
            if asked.insert((name.clone(), qtype, dnssec_ok)) {
                questions.push(dress(name.clone(), qtype, dnssec_ok, dice));
            }
        }
    };

    for (name, types) in names_that_exist(zone, inventory) {
        let scrambled = dice.scramble_case(&name);
        for qtype in ALL_TYPES.into_iter().chain(types.iter().copied()) {
            ask(&name, qtype, true, &mut dice);
        }
        let some_type = types.iter().next().copied().unwrap_or(rtype::A);
        ask(&scrambled, some_type, true, &mut dice);
        for invented in names_around(&name, &mut dice) {
            for qtype in FEW_TYPES {
                ask(&invented, qtype, false, &mut dice);
            }
            // The types of the neighbour: if it is a wildcard, this is what it makes of the name.
            for &qtype in types
                .iter()
                .filter(|qtype| !FEW_TYPES.contains(qtype) && **qtype != rtype::RRSIG)
            {
                ask(&invented, qtype, false, &mut dice);
            }
        }
    }
    // Above the zone and beside it.
    for name in [
        zone.parent(),
        zone.parent()
            .map(|parent| parent.child(b"no-such-zone-here")),
    ]
    .into_iter()
    .flatten()
    {
        for qtype in FEW_TYPES {
            ask(&name, qtype, false, &mut dice);
        }
    }
    questions
}

/// Chooses how a question travels: most over UDP with EDNS, a part without it, a part over TCP.
fn dress(name: DnsName, qtype: u16, dnssec_ok: bool, dice: &mut Dice) -> Question {
    // ANY over UDP is the one question whose answer is a matter of taste (RFC 8482).
    let tcp = qtype == rtype::ANY || dice.percent(12);
    let transport = if tcp { Transport::Tcp } else { Transport::Udp };
    let size = if dice.percent(60) { 4096 } else { 1232 };
    let opt = (dnssec_ok || dice.percent(60)).then(|| Opt {
        size,
        version: 0,
        dnssec_ok,
        options: Vec::new(),
    });
    Question {
        opt,
        transport,
        ..Question::plain(name, qtype)
    }
}

/// Owners and the empty non-terminals above them. Of the names that are nothing but the hash of another,
/// a few are enough.
fn names_that_exist(zone: &DnsName, inventory: &Inventory) -> Vec<(DnsName, BTreeSet<u16>)> {
    let mut names: BTreeMap<DnsName, BTreeSet<u16>> = BTreeMap::new();
    let mut hashes = 0;
    for (owner, types) in inventory {
        let is_hash = types.contains(&rtype::NSEC3);
        hashes += usize::from(is_hash);
        if is_hash && hashes > 3 {
            continue;
        }
        names.insert(owner.clone(), types.clone());
        let mut above = owner.parent();
        while let Some(name) = above.filter(|name| name.is_within(zone)) {
            above = name.parent();
            // A name of a hundred labels has a hundred ancestors of the same kind.
            if name.0.len() < 12 || name.0.len() % 16 == 0 {
                names.entry(name).or_default();
            }
        }
    }
    names.into_iter().collect()
}

/// Names next to `name`: below it, just before and after it in canonical order, and, where it holds an
/// asterisk, names that the wildcard may or may not cover.
fn names_around(name: &DnsName, dice: &mut Dice) -> Vec<DnsName> {
    let mut names = vec![
        name.child(&dice.label()),
        name.child(b"*"),
        name.child(&dice.label()).child(&dice.label()),
        name.child(b"\0"),
    ];
    if let (Some(parent), Some(label)) = (name.parent(), name.0.first()) {
        // Knot 3.2 sorts labels with a zero octet at the end wrongly, so most neighbours have another.
        let last = if dice.percent(20) { b"\0" } else { b"!" };
        let after = [label.as_slice(), last].concat();
        let mut before = label.clone();
        match before.last_mut() {
            Some(last) if *last > 0 => *last -= 1,
            _ => drop(before.pop()),
        }
        before.push(255);
        names.extend([
            parent.child(&after),
            parent.child(&before),
            parent.child(&dice.label()),
        ]);
    }
    if let Some(position) = name.0.iter().position(|label| label == b"*") {
        let mut expanded = name.clone();
        expanded.0[position] = dice.label();
        let mut deeper = expanded.clone();
        deeper.0.insert(position, dice.label());
        let mut asterisk_below = name.clone();
        asterisk_below.0.insert(position, b"x".to_vec());
        names.extend([expanded, deeper, asterisk_below]);
    }
    names.retain(DnsName::is_valid);
    names
}

/// Questions that belong to a world as a whole: names below a DNAME up to the length that no longer fits,
/// and names outside all zones.
pub(crate) fn about_world(world: &World, inventories: &[Inventory], seed: u64) -> Vec<Question> {
    let mut dice = Dice(seed);
    let mut questions = Vec::new();
    for owner in inventories
        .iter()
        .flatten()
        .filter(|(_, types)| types.contains(&rtype::DNAME))
        .map(|(name, _)| name)
    {
        for length in 1..=63 {
            let label = vec![b'a' + (length % 26) as u8; length];
            for name in [owner.child(&label), owner.child(&label).child(b"www")] {
                if name.is_valid() {
                    questions.push(dress(name, rtype::A, dice.percent(50), &mut dice));
                }
            }
        }
        for prefix in [
            "www",
            "host",
            "alias",
            "a.wild",
            "deep.www",
            "cut",
            "x.cut",
            "nothing.at.all",
        ] {
            for qtype in ALL_TYPES {
                let mut name = DnsName::from_plain_text(prefix);
                name.0.extend_from_slice(&owner.0);
                questions.push(dress(name, qtype, dice.percent(50), &mut dice));
            }
        }
    }
    for outside in ["nowhere.example.", "test.", "."] {
        let name = DnsName::from_plain_text(outside);
        if !world.zones.iter().any(|zone| name.is_within(&zone.origin)) {
            for qtype in ALL_TYPES {
                questions.push(dress(name.clone(), qtype, dice.percent(50), &mut dice));
            }
        }
    }
    questions.retain(|question| question.name.is_valid());
    questions
}

/// Questions with unusual headers, classes, opcodes and OPT records: one of each kind about a few names.
pub(crate) fn about_protocol(world: &World) -> Vec<Question> {
    let mut questions = Vec::new();
    let outside = DnsName::from_plain_text("nowhere.example.");
    for apex in world
        .zones
        .iter()
        .map(|zone| &zone.origin)
        .take(4)
        .chain([&outside])
    {
        for name in [apex.clone(), apex.child(b"no-such-name-here")] {
            let plain = Question::plain(name, rtype::SOA);
            let opt = Opt {
                size: 1232,
                version: 0,
                dnssec_ok: false,
                options: Vec::new(),
            };
            let with_opt = |opt: Opt| Question {
                opt: Some(opt),
                ..plain.clone()
            };
            for flags in [
                RECURSION_DESIRED,
                AUTHENTIC_DATA,
                CHECKING_DISABLED,
                RECURSION_DESIRED | CHECKING_DISABLED,
            ] {
                questions.push(Question {
                    flags,
                    ..plain.clone()
                });
                questions.push(Question {
                    flags,
                    ..with_opt(Opt {
                        dnssec_ok: true,
                        ..opt.clone()
                    })
                });
            }
            // IQUERY, STATUS, and one that is not assigned. (NOTIFY and UPDATE are questions of policy.)
            for opcode in [1, 2, 7, 15] {
                questions.push(Question {
                    flags: opcode << 11,
                    ..plain.clone()
                });
            }
            // CSNET, HESIOD, NONE, ANY, and one for private use. (BIND limits the rate of CHAOS by dropping.)
            for class in [2, 4, 254, 255, 65280] {
                questions.push(Question {
                    class,
                    ..plain.clone()
                });
            }
            for size in [0, 511, 512, 513, 65535] {
                questions.push(with_opt(Opt {
                    size,
                    ..opt.clone()
                }));
            }
            for version in [1, 255] {
                questions.push(with_opt(Opt {
                    version,
                    ..opt.clone()
                }));
                questions.push(with_opt(Opt {
                    version,
                    dnssec_ok: true,
                    ..opt.clone()
                }));
            }
            // An option of local use, twice, the second empty.
            questions.push(with_opt(Opt {
                options: vec![0xfd, 0xe9, 0, 2, 1, 2, 0xfd, 0xe9, 0, 0],
                ..opt.clone()
            }));
        }
    }
    questions
}
