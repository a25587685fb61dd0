//! What the libraries may disagree on, and why we read as we do.

use crate::content::{Content, Question, Record, Refusal};
use crate::parts::{self, Item};
use crate::theirs::Read;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameErrorKind;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::{Part, WireErrorKind};
use std::fmt;

/// One disagreement on one message.
pub(crate) struct Case {
    pub(crate) peer: &'static str,
    pub(crate) what: What,
}

#[derive(Debug)]
#[allow(dead_code, reason = "what no rule asks for is shown")]
pub(crate) enum What {
    /// They read it; our error.
    WeRefuse(Refusal),
    /// We read it, as this; their error.
    TheyRefuse(String, Content),
    /// Questions that differ: ours, theirs.
    Questions(Vec<Question>, Vec<Question>),
    /// The numbers of records: ours, theirs.
    Count(usize, usize),
    /// A record that differs: ours, theirs.
    Record(Record, Record),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:02x?}", self.peer, self.what)
    }
}

impl Case {
    /// What cases of one kind have in common.
    pub(crate) fn kind(&self) -> String {
        let what = match &self.what {
            What::WeRefuse(refusal) => {
                let error = refusal.error.kind;
                let place = refusal
                    .rtype
                    .map_or("outside data".to_owned(), |rtype| Type(rtype).to_string());
                format!("we refuse, {place}: {error}")
            }
            What::TheyRefuse(error, content) => {
                let opaque = content
                    .records
                    .iter()
                    .any(|record| Type(record.rtype).info().is_none());
                format!(
                    "they refuse{}: {error}",
                    if opaque {
                        ", opaque"
                    } else if content.bad_option {
                        ", bad option"
                    } else {
                        ""
                    }
                )
            }
            What::Questions(..) => "questions".to_owned(),
            What::Count(..) => "number of records".to_owned(),
            What::Record(ours, _) => format!("record of type {}", Type(ours.rtype)),
        };
        let kind = what.replace(|character: char| character.is_ascii_digit(), "");
        format!("{}: {kind}", self.peer)
    }
}

/// Every way in which two readings differ.
pub(crate) fn between(
    ours: &Result<Content, Refusal>,
    theirs: Result<Content, String>,
) -> Vec<What> {
    match (ours, theirs) {
        (Err(_), Err(_)) => Vec::new(),
        (Err(refusal), Ok(_)) => vec![What::WeRefuse(*refusal)],
        (Ok(content), Err(error)) => vec![What::TheyRefuse(error, content.clone())],
        (Ok(ours), Ok(theirs)) if ours.records.len() != theirs.records.len() => {
            vec![What::Count(ours.records.len(), theirs.records.len())]
        }
        (Ok(ours), Ok(theirs)) => {
            let pairs = ours.records.iter().zip(theirs.records);
            let mut found: Vec<_> = pairs
                .filter(|(ours, theirs)| *ours != theirs)
                .map(|(ours, theirs)| What::Record(ours.clone(), theirs))
                .collect();
            if ours.questions != theirs.questions {
                found.push(What::Questions(ours.questions.clone(), theirs.questions));
            }
            found
        }
    }
}

/// A difference that is accepted.
pub(crate) struct Difference {
    pub(crate) peers: &'static [&'static str],
    pub(crate) reason: &'static str,
    applies: Applies,
}

enum Applies {
    /// To a case that is this.
    Case(fn(&Case) -> bool),
    /// To a part of a message, which they refuse for it.
    Part(fn(&Item<'_>) -> bool),
    /// The same for a record with a type, a class and data.
    Record(fn(u16, u16, &[u8]) -> bool),
}

impl Difference {
    pub(crate) fn covers(&self, case: &Case) -> bool {
        let applies = |applies: &fn(&Case) -> bool| applies(case);
        self.peers.contains(&case.peer) && matches!(&self.applies, Applies::Case(it) if applies(it))
    }

    /// Is it of this part that the peer is known to think otherwise?
    fn is_of(&self, peer: &str, item: &Item<'_>) -> bool {
        let is_of = match &self.applies {
            Applies::Case(_) => false,
            Applies::Part(is_of) => is_of(item),
            Applies::Record(is_of) => matches!(item, Item::Record(record)
                if is_of(record.rtype, record.class, &record.data)),
        };
        is_of && self.peers.contains(&peer)
    }
}

/// Why a peer refuses a message that we read: which of the listed differences it is. Nothing if the peer reads
/// each of the parts that have one when they stand alone, or does not read the others without them.
pub(crate) fn why_refused(
    (peer, read): (&str, Read),
    message: &[u8],
    content: &Content,
) -> Option<usize> {
    let items = parts::of(content);
    let known = |item: &Item<'_>| ACCEPTED.iter().position(|one| one.is_of(peer, item));
    let (faulty, sound): (Vec<Item<'_>>, Vec<Item<'_>>) =
        items.into_iter().partition(|item| known(item).is_some());
    let rest = read(&parts::message(message, &sound)).ok()?;
    let is_kept = |record: &&Record| sound.contains(&Item::Record(record));
    let kept: Vec<&Record> = content.records.iter().filter(is_kept).collect();
    if rest.records.len() != kept.len() {
        return None;
    }
    let mut faulty = faulty.iter();
    let cause = faulty.find(|item| read(&parts::message(message, &[**item])).is_err())?;
    known(cause)
}

const ALL: &[&str] = &["domain", "hickory-proto", "simple-dns"];

pub(crate) const ACCEPTED: &[Difference] = &[
    Difference {
        peers: ALL,
        reason: "octets behind the last record: no section of RFC 1035 4.1 has a place for them; they ignore them",
        applies: Applies::Case(|case| {
            case.we_refuse(|kind, _| kind == WireErrorKind::Leftover(Part::Message))
        }),
    },
    Difference {
        peers: ALL,
        reason: "a pointer into the header, or to a run of labels that reaches into the pointer's own name, leads \
                 to no prior occurrence of a name (RFC 1035 4.1.4); they only see to it that reading ends",
        applies: Applies::Case(|case| {
            let kinds = [NameErrorKind::BadPointer, NameErrorKind::Truncated];
            case.we_refuse(|kind, _| kinds.iter().any(|of| kind == WireErrorKind::Name(*of)))
        }),
    },
    Difference {
        peers: ALL,
        reason: "broken data of a type that they do not know: opaque to them (RFC 3597 3), of a published format to us",
        applies: Applies::Case(|case| {
            case.we_refuse(|_, rtype| rtype.is_some_and(|rtype| !case.they_know(rtype)))
        }),
    },
    Difference {
        peers: ALL,
        reason: "a compressed name in data of a type that they do not know: they carry the pointer, we the name \
                 (RFC 3597 4)",
        applies: Applies::Case(|case| {
            matches!(&case.what, What::Record(ours, theirs)
            if !case.they_know(ours.rtype) && ours.owner == theirs.owner && ours.ttl == theirs.ttl)
        }),
    },
    Difference {
        peers: &["domain"],
        reason: "TXT data without a string: RFC 1035 3.3.14 wants one or more",
        applies: Applies::Case(|case| {
            case.we_refuse(|kind, rtype| {
                kind == WireErrorKind::Empty(Part::RecordData) && rtype == Some(16)
            })
        }),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "octets left over in data: RDLENGTH is the length of the data (RFC 1035 3.2.1); it ignores them",
        applies: Applies::Case(|case| {
            case.we_refuse(|kind, _| kind == WireErrorKind::Leftover(Part::RecordData))
        }),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "an EDNS option that is longer than the OPT record (RFC 6891 6.1.2): it takes the record without it",
        applies: Applies::Case(|case| {
            case.we_refuse(|kind, _| kind == WireErrorKind::Truncated(Part::Option))
        }),
    },
    Difference {
        peers: &["domain", "hickory-proto"],
        reason: "an EDNS option with a bad value spoils the message for them; for us only who looks at the option \
                 judges it, as RFC 6891 6.1.2 wants unknown ones ignored",
        applies: Applies::Part(|item| matches!(item, Item::BadOptions(_))),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "it knows five classes and a list of types to ask for; any value can be carried (RFC 3597 3)",
        applies: Applies::Part(|item| match item {
            Item::Question((_, qtype, qclass)) => {
                let asked = 251..=255;
                !SIMPLE_DNS.contains(qtype) && !asked.contains(qtype)
                    || !SIMPLE_DNS_CLASSES.contains(&(qclass & 0x7fff)) && *qclass != 255
            }
            Item::Record(record) => !SIMPLE_DNS_CLASSES.contains(&(record.class & 0x7fff)),
            Item::BadOptions(_) => false,
        }),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a key whose protocol is not 3 must not be used (RFC 4034 2.1.2), but is no less a record",
        applies: Applies::Record(|rtype, _, data| {
            [25, 48, 60].contains(&rtype) && data.get(2) != Some(&3)
        }),
    },
    Difference {
        peers: ALL,
        reason: "a type bitmap with windows out of order, empty, too long or cut off (RFC 4034 4.1.2): they read \
                 what they can of it",
        applies: Applies::Case(|case| {
            let part = Part::TypeBitmap;
            let kinds = [
                WireErrorKind::BadOrder(part),
                WireErrorKind::BadValue(part),
                WireErrorKind::Truncated(part),
                WireErrorKind::Empty(part),
            ];
            case.we_refuse(|kind, _| kinds.contains(&kind))
        }),
    },
    Difference {
        peers: ALL,
        reason: "a CAA tag that is empty or has other octets than letters and digits (RFC 8659 4.1)",
        applies: Applies::Case(|case| {
            case.we_refuse(|kind, rtype| {
                kind == WireErrorKind::BadValue(Part::RecordData) && rtype == Some(257)
            })
        }),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "data of no octets, of a type whose format wants some: it takes it for none at all",
        applies: Applies::Case(
            |case| matches!(&case.what, What::WeRefuse(refusal) if refusal.empty),
        ),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "an X25 address is one character string (RFC 1183 3.1); it takes any octets",
        applies: Applies::Case(|case| {
            let kind = WireErrorKind::Truncated(Part::CharacterString);
            case.we_refuse(|found, rtype| found == kind && rtype == Some(19))
        }),
    },
    Difference {
        peers: &["domain"],
        reason: "a ZONEMD digest under 12 octets verifies no zone (RFC 8976 2.2.4), but is no less a record",
        applies: Applies::Record(|rtype, _, data| rtype == 63 && data.len() < 18),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "an NSEC3 hash or flag that is not assigned: proofs ignore it (RFC 5155 8.1, 8.2), but it is a record",
        applies: Applies::Record(|rtype, _, data| {
            [50, 51].contains(&rtype) && !matches!(data, [1, 0 | 1, ..])
        }),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "NAPTR flags other than letters and digits (RFC 3403 4.1) mean nothing, but are carried",
        applies: Applies::Record(|rtype, _, data| match data {
            [_, _, _, _, len, rest @ ..] if rtype == 35 => {
                let flags = rest.iter().take(usize::from(*len));
                !flags.into_iter().all(u8::is_ascii_alphanumeric)
            }
            _ => false,
        }),
    },
    Difference {
        peers: ALL,
        reason: "a service parameter whose value is none of its key (RFC 9460 2.2, 7): they leave some unread",
        applies: Applies::Case(|case| {
            let bad = WireErrorKind::BadValue(Part::ServiceParameter);
            case.we_refuse(|kind, _| kind == bad)
        }),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a protocol in alpn that is not UTF-8: it may be any octets (RFC 9460 7.1.1)",
        applies: Applies::Record(|rtype, _, data| {
            let texts = |value: &[u8]| strings(value).all(|text| std::str::from_utf8(text).is_ok());
            parameter(rtype, data, 1).is_some_and(|value| !texts(value))
        }),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "an ech value whose inner length is wrong: it is for TLS to read (RFC 9848 3)",
        applies: Applies::Record(|rtype, _, data| {
            let is_whole = |value: &[u8]| {
                let inner = value.split_first_chunk::<2>();
                inner.is_some_and(|(len, list)| usize::from(u16::from_be_bytes(*len)) == list.len())
            };
            parameter(rtype, data, 5).is_some_and(|value| !is_whole(value))
        }),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "data of no octets is an error to it outside of updates; opaque data may be empty (RFC 3597 5)",
        applies: Applies::Record(|_, _, data| data.is_empty()),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "it reads an NSAP address as 20 octets always; the length depends on the format (RFC 1706 3)",
        applies: Applies::Record(|rtype, _, data| rtype == 22 && data.len() != 20),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a record of type 0, or of a type that stands in questions only, has no format and is carried \
                 (RFC 3597 3)",
        applies: Applies::Record(|rtype, _, _| matches!(rtype, 0 | 251..=255)),
    },
    Difference {
        peers: ALL,
        reason: "a type whose format is that of class IN, in another class: its data is opaque (RFC 3597 3); they go \
                 by the type alone",
        applies: Applies::Record(|rtype, class, _| {
            let info = Type(rtype).info();
            info.is_some_and(|info| !info.is_defined_in(Class(class)))
        }),
    },
];

/// The value of a service parameter (RFC 9460 2.2) in data whose names are not compressed.
fn parameter(rtype: u16, data: &[u8], wanted: u16) -> Option<&[u8]> {
    if ![64, 65].contains(&rtype) {
        return None;
    }
    let mut rest = data.get(2..)?;
    // The target.
    while let Some((&len, tail)) = rest.split_first().filter(|(len, _)| **len != 0) {
        rest = tail.get(usize::from(len)..)?;
    }
    rest = rest.get(1..)?;
    while let Some((&[k0, k1, l0, l1], tail)) = rest.split_first_chunk::<4>() {
        let (value, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        if u16::from_be_bytes([k0, k1]) == wanted {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// Character strings, each behind its length.
fn strings(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (&len, tail) = rest.split_first()?;
        let (text, tail) = tail.split_at_checked(usize::from(len))?;
        rest = tail;
        Some(text)
    })
}

impl Case {
    fn we_refuse(&self, judge: impl Fn(WireErrorKind, Option<u16>) -> bool) -> bool {
        matches!(&self.what, What::WeRefuse(refusal) if judge(refusal.error.kind, refusal.rtype))
    }

    /// Does the peer take the data of this type apart?
    fn they_know(&self, rtype: u16) -> bool {
        let known: &[u16] = match self.peer {
            "domain" => &[
                1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 28, 33, 35, 39, 41, 43, 44, 46, 47,
                48, 50, 51, 52, 53, 59, 60, 61, 63, 64, 65, 250, 257,
            ],
            "hickory-proto" => &[
                1, 2, 5, 6, 12, 13, 15, 16, 24, 25, 28, 33, 35, 37, 41, 43, 44, 46, 47, 48, 50, 51,
                52, 53, 59, 60, 61, 62, 64, 65, 250, 257,
            ],
            _ => SIMPLE_DNS,
        };
        known.contains(&rtype)
    }
}

/// The types that simple-dns takes apart, and the classes that it knows.
const SIMPLE_DNS: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 28, 29, 33, 35,
    36, 37, 41, 43, 45, 46, 47, 48, 49, 63, 64, 65, 108, 109, 257,
];
const SIMPLE_DNS_CLASSES: &[u16] = &[1, 2, 3, 4, 254];
