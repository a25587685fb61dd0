//! What the libraries may disagree on, and why we read as we do.

use crate::content::{Content, Question, Record, Refusal};
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
    applies: fn(&Case) -> bool,
}

impl Difference {
    pub(crate) fn covers(&self, case: &Case) -> bool {
        self.peers.contains(&case.peer) && (self.applies)(case)
    }
}

const ALL: &[&str] = &["domain", "hickory-proto", "simple-dns"];

pub(crate) const ACCEPTED: &[Difference] = &[
    Difference {
        peers: ALL,
        reason: "octets behind the last record: no section of RFC 1035 4.1 has a place for them; they ignore them",
        applies: |case| case.we_refuse(|kind, _| kind == WireErrorKind::Leftover(Part::Message)),
    },
    Difference {
        peers: ALL,
        reason: "a pointer into the header, or to a run of labels that reaches into the pointer's own name, leads \
                 to no prior occurrence of a name (RFC 1035 4.1.4); they only see to it that reading ends",
        applies: |case| {
            let kinds = [NameErrorKind::BadPointer, NameErrorKind::Truncated];
            case.we_refuse(|kind, _| kinds.iter().any(|of| kind == WireErrorKind::Name(*of)))
        },
    },
    Difference {
        peers: ALL,
        reason: "broken data of a type that they do not know: opaque to them (RFC 3597 3), of a published format to us",
        applies: |case| {
            case.we_refuse(|_, rtype| rtype.is_some_and(|rtype| !case.they_know(rtype)))
        },
    },
    Difference {
        peers: ALL,
        reason: "a compressed name in data of a type that they do not know: they carry the pointer, we the name \
                 (RFC 3597 4)",
        applies: |case| {
            matches!(&case.what, What::Record(ours, theirs)
            if !case.they_know(ours.rtype) && ours.owner == theirs.owner && ours.ttl == theirs.ttl)
        },
    },
    Difference {
        peers: &["domain", "simple-dns"],
        reason: "TXT data without a string: RFC 1035 3.3.14 wants one or more",
        applies: |case| {
            case.we_refuse(|kind, rtype| {
                kind == WireErrorKind::Empty(Part::RecordData) && rtype == Some(16)
            })
        },
    },
    Difference {
        peers: &["simple-dns"],
        reason: "octets left over in data: RDLENGTH is the length of the data (RFC 1035 3.2.1); it ignores them",
        applies: |case| case.we_refuse(|kind, _| kind == WireErrorKind::Leftover(Part::RecordData)),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "an EDNS option that is longer than the OPT record (RFC 6891 6.1.2): it takes the record without it",
        applies: |case| case.we_refuse(|kind, _| kind == WireErrorKind::Truncated(Part::Option)),
    },
    Difference {
        peers: &["domain", "hickory-proto"],
        reason: "an EDNS option with a bad value spoils the message for them; for us only who looks at the option \
                 judges it, as RFC 6891 6.1.2 wants unknown ones ignored",
        applies: |case| case.they_refuse(|_, content| content.bad_option),
    },
    Difference {
        peers: &["simple-dns"],
        reason: "it knows five classes and a list of types to ask for; any value can be carried (RFC 3597 3)",
        applies: |case| case.they_refuse(|error, _| error.contains("is invalid")),
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a key whose protocol is not 3 must not be used (RFC 4034 2.1.2), but is no less a record",
        applies: |case| {
            case.they_refuse(|_, content| {
                let key = |record: &Record| [25, 48, 60].contains(&record.rtype);
                content
                    .records
                    .iter()
                    .any(|record| key(record) && record.data.get(2) != Some(&3))
            })
        },
    },
    Difference {
        peers: ALL,
        reason: "a type bitmap with windows out of order, empty, too long or cut off (RFC 4034 4.1.2): they read \
                 what they can of it",
        applies: |case| {
            let part = Part::TypeBitmap;
            let kinds = [
                WireErrorKind::BadOrder(part),
                WireErrorKind::BadValue(part),
                WireErrorKind::Truncated(part),
                WireErrorKind::Empty(part),
            ];
            case.we_refuse(|kind, _| kinds.contains(&kind))
        },
    },
    Difference {
        peers: ALL,
        reason: "a CAA tag that is empty or has other octets than letters and digits (RFC 8659 4.1)",
        applies: |case| {
            case.we_refuse(|kind, rtype| {
                kind == WireErrorKind::BadValue(Part::RecordData) && rtype == Some(257)
            })
        },
    },
    Difference {
        peers: &["simple-dns"],
        reason: "a character string that goes on behind the record's data (RFC 1035 3.2.1): it reads over the end",
        applies: |case| {
            case.we_refuse(|kind, _| kind == WireErrorKind::Truncated(Part::CharacterString))
        },
    },
    Difference {
        peers: &["domain"],
        reason: "a ZONEMD digest under 12 octets verifies no zone (RFC 8976 2.2.4), but is no less a record",
        applies: |case| {
            case.they_refuse(|_, content| {
                let short = |record: &Record| record.rtype == 63 && record.data.len() < 18;
                content.records.iter().any(short)
            })
        },
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "an NSEC3 hash or flag that is not assigned: proofs ignore it (RFC 5155 8.1, 8.2), but it is a record",
        applies: |case| {
            case.they_refuse(|_, content| {
                let nsec3 = |record: &Record| [50, 51].contains(&record.rtype);
                let assigned = |data: &[u8]| matches!(data, [1, 0 | 1, ..]);
                content
                    .records
                    .iter()
                    .any(|record| nsec3(record) && !assigned(&record.data))
            })
        },
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "NAPTR flags other than letters and digits (RFC 3403 4.1) mean nothing, but are carried",
        applies: |case| {
            case.they_refuse(|_, content| {
                let odd = |data: &[u8]| match data {
                    [_, _, _, _, len, rest @ ..] => {
                        let flags = rest.iter().take(usize::from(*len));
                        !flags.into_iter().all(u8::is_ascii_alphanumeric)
                    }
                    _ => false,
                };
                let mut records = content.records.iter();
                records.any(|record| record.rtype == 35 && odd(&record.data))
            })
        },
    },
    Difference {
        peers: ALL,
        reason: "a service parameter whose value is none of its key (RFC 9460 2.2, 7): they leave some unread",
        applies: |case| {
            let bad = WireErrorKind::BadValue(Part::ServiceParameter);
            case.we_refuse(|kind, _| kind == bad)
        },
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a protocol in alpn that is not UTF-8: it may be any octets (RFC 9460 7.1.1)",
        applies: |case| {
            case.they_refuse(|error, content| {
                let service = content
                    .records
                    .iter()
                    .any(|record| [64, 65].contains(&record.rtype));
                service && error.contains("incorrect rdata length")
            })
        },
    },
    Difference {
        peers: &["simple-dns"],
        reason: "an ech value whose inner length is wrong: it is for TLS to read (RFC 9848 3)",
        applies: |case| {
            case.they_refuse(|_, content| {
                let ech = |data: &[u8]| data.windows(2).any(|key| key == [0, 5]);
                let mut records = content.records.iter();
                records.any(|record| [64, 65].contains(&record.rtype) && ech(&record.data))
            })
        },
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "data of no octets is an error to it outside of updates; opaque data may be empty (RFC 3597 5)",
        applies: |case| {
            case.they_refuse(|error, _| error.contains("unexpected record with length 0"))
        },
    },
    Difference {
        peers: &["simple-dns"],
        reason: "it reads an NSAP address as 20 octets always; the length depends on the format (RFC 1706 3)",
        applies: |case| {
            case.they_refuse(|_, content| {
                let other = |record: &Record| record.rtype == 22 && record.data.len() != 20;
                content.records.iter().any(other)
            })
        },
    },
    Difference {
        peers: &["hickory-proto"],
        reason: "a record of type 0, or of a type that stands in questions only, has no format and is carried \
                 (RFC 3597 3)",
        applies: |case| {
            case.they_refuse(|_, content| {
                let mut records = content.records.iter();
                records.any(|record| matches!(record.rtype, 0 | 251..=255))
            })
        },
    },
    Difference {
        peers: ALL,
        reason: "a type whose format is that of class IN, in another class: its data is opaque (RFC 3597 3); they go \
                 by the type alone",
        applies: |case| {
            case.they_refuse(|_, content| content.records.iter().any(is_of_other_class))
        },
    },
];

/// Is the record's type one with a format that its class does not have?
fn is_of_other_class(record: &Record) -> bool {
    let info = Type(record.rtype).info();
    info.is_some_and(|info| !info.is_defined_in(Class(record.class)))
}

impl Case {
    fn we_refuse(&self, judge: impl Fn(WireErrorKind, Option<u16>) -> bool) -> bool {
        matches!(&self.what, What::WeRefuse(refusal) if judge(refusal.error.kind, refusal.rtype))
    }

    fn they_refuse(&self, judge: impl Fn(&str, &Content) -> bool) -> bool {
        matches!(&self.what, What::TheyRefuse(error, content) if judge(error, content))
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
            _ => &[
                1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 28,
                29, 33, 35, 36, 37, 41, 43, 45, 46, 47, 48, 49, 63, 64, 65, 108, 109, 257,
            ],
        };
        known.contains(&rtype)
    }
}
