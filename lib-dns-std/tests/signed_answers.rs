//! Answers from the signed example zones, one with NSEC and one with NSEC3: which proof comes with what.
//!
//! A proof is judged by what it says, on the rules of RFC 4035 3.1.3 and RFC 5155 7.2: which name it
//! matches or covers, and which types it lists. What other servers send is in `differential`.

#[path = "seeded/dice.rs"]
mod dice;

use dice::Dice;
use std::path::PathBuf;

use lib_dns_core::answer::{Settings, Transport, respond};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::dnssec::{HashLabel, Nsec3Parameters};
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, Record, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::codec::TypeBitmap;
use lib_dns_core::rr_data::{RData, Type};
use lib_dns_std::hash::RustCryptoSha1;
use lib_dns_std::zone::{Loader, ZoneStore};

/// A signed zone that is served.
struct Signed {
    store: ZoneStore,
    origin: &'static str,
}

impl Signed {
    fn load(path: &str, origin: &'static str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        let loaded = Loader::new().load(&path);
        let store = ZoneStore::new();
        store.replace(
            loaded
                .unwrap_or_else(|findings| panic!("{findings:?}"))
                .zone,
        );
        Self { store, origin }
    }

    /// The same content, signed in two ways.
    fn examples() -> [Self; 2] {
        [
            Self::load("../examples/zones/signed-nsec.zone", "nsec.example."),
            Self::load("../examples/zones/signed-nsec3.zone", "nsec3.example."),
        ]
    }

    fn name(&self, relative: &str) -> NameBuf {
        NameBuf::from_text(&format!("{relative}{}", self.origin)).unwrap()
    }

    fn send(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let mut out = vec![0; 65535];
        let (zones, settings) = (self.store.snapshot(), Settings::default());
        let sha1 = &RustCryptoSha1;
        let length = respond(&*zones, &settings, sha1, query, transport, &mut out)?;
        out.truncate(length);
        Some(out)
    }

    fn ask(&self, relative: &str, qtype: Type) -> Response<'_> {
        self.ask_with(relative, qtype, true)
    }

    fn ask_with(&self, relative: &str, qtype: Type, dnssec_ok: bool) -> Response<'_> {
        let query = query(&self.name(relative), qtype, dnssec_ok);
        let octets = self.send(&query, Transport::Stream).unwrap();
        Message::from_bytes(&octets).unwrap().check().unwrap();
        Response { zone: self, octets }
    }
}

fn query(name: &NameBuf, qtype: Type, dnssec_ok: bool) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 7, Flags::default()).unwrap();
    builder.question(&name.as_name(), qtype, Class::IN).unwrap();
    let edns = EdnsHeader {
        udp_size: 4096,
        dnssec_ok,
        ..EdnsHeader::default()
    };
    builder.edns(&edns, &[]).unwrap();
    builder.finish().to_vec()
}

struct Response<'z> {
    zone: &'z Signed,
    octets: Vec<u8>,
}

/// One NSEC or NSEC3 record, as places in the order that it denies in.
struct Proof<'a> {
    from: Vec<u8>,
    to: Vec<u8>,
    types: TypeBitmap<'a>,
    opt_out: bool,
    owner: Name<'a>,
}

impl Response<'_> {
    fn rcode(&self) -> Rcode {
        self.message().rcode()
    }

    fn message(&self) -> Message<'_> {
        Message::from_bytes(&self.octets).unwrap()
    }

    fn records(&self, section: Section) -> Vec<Record<'_>> {
        let records = self.message().section(section).map(Result::unwrap);
        records
            .filter(|record| record.rtype() != Type::OPT)
            .collect()
    }

    /// The types of a section, signatures apart, each once in a row.
    fn types(&self, section: Section) -> Vec<Type> {
        let mut types: Vec<_> = self.records(section).iter().map(Record::rtype).collect();
        types.retain(|rtype| *rtype != Type::RRSIG);
        types.dedup();
        types
    }

    fn proofs(&self) -> Vec<Proof<'_>> {
        let records = self.records(Section::Authority);
        let proofs = records.iter().filter_map(|record| {
            let owner = record.owner();
            match record.data().unwrap() {
                RData::Nsec(nsec) => Some(Proof {
                    from: order_of(&owner),
                    to: order_of(&nsec.next),
                    types: nsec.types,
                    opt_out: false,
                    owner,
                }),
                RData::Nsec3(nsec3) => Some(Proof {
                    from: HashLabel::decode(owner.first_label().unwrap())
                        .unwrap()
                        .to_vec(),
                    to: nsec3.next_hashed_owner.to_vec(),
                    types: nsec3.types,
                    opt_out: nsec3.flags & 1 == 1,
                    owner,
                }),
                _ => None,
            }
        });
        proofs.collect()
    }

    fn uses_nsec3(&self) -> bool {
        self.zone.origin != "nsec.example."
    }

    /// Where a name stands in the order of the zone's proofs.
    fn place(&self, name: &NameBuf) -> Vec<u8> {
        if !self.uses_nsec3() {
            return order_of(&name.as_name());
        }
        let parameters = Nsec3Parameters {
            iterations: 0,
            salt: b"",
        };
        parameters.hash(&name.as_name(), &RustCryptoSha1).to_vec()
    }

    /// The types that a proof lists at the name.
    #[track_caller]
    fn matched(&self, relative: &str) -> TypeBitmap<'_> {
        let place = self.place(&self.zone.name(relative));
        let proofs = self.proofs();
        let found = proofs.iter().find(|proof| proof.from == place);
        found
            .unwrap_or_else(|| panic!("nothing matches {relative}{}", self.zone.origin))
            .types
    }

    /// The proof that spans the name.
    #[track_caller]
    fn covered(&self, relative: &str) -> Proof<'_> {
        let place = self.place(&self.zone.name(relative));
        let spans = |proof: &Proof<'_>| {
            let (behind, before) = (proof.from < place, place < proof.to);
            // The last one leads back to the first.
            if proof.from < proof.to {
                behind && before
            } else {
                behind || before
            }
        };
        let found = self.proofs().into_iter().find(spans);
        found.unwrap_or_else(|| panic!("nothing covers {relative}{}", self.zone.origin))
    }

    /// Every RRset of the sections that the zone answers for has a signature beside it.
    #[track_caller]
    fn assert_signed(&self) {
        for section in [Section::Answer, Section::Authority] {
            let records = self.records(section);
            let at_cut = |record: &Record<'_>| {
                record.rtype() == Type::NS && !self.message().flags().authoritative()
            };
            let made = |record: &Record<'_>| {
                let by_dname = |other: &Record<'_>| {
                    other.rtype() == Type::DNAME && record.owner() != other.owner()
                };
                record.rtype() == Type::CNAME && records.iter().any(by_dname)
            };
            for record in &records {
                if record.rtype() == Type::RRSIG || at_cut(record) || made(record) {
                    continue;
                }
                let signs = |other: &Record<'_>| {
                    other.owner() == record.owner()
                        && matches!(other.data(), Ok(RData::Rrsig(rrsig)) if rrsig.type_covered == record.rtype())
                };
                assert!(
                    records.iter().any(signs),
                    "{} {}",
                    record.owner(),
                    record.rtype()
                );
            }
        }
    }
}

/// Octets that compare as names do in canonical order (RFC 4034 6.1): the labels from the root down, each
/// ended by two zero octets, with zero octets inside told from the end.
fn order_of(name: &Name<'_>) -> Vec<u8> {
    let labels: Vec<_> = name.labels().collect();
    let mut order = Vec::new();
    for label in labels.iter().rev() {
        for octet in label.iter() {
            order.push(octet.to_ascii_lowercase());
            if *octet == 0 {
                order.push(1);
            }
        }
        order.extend([0, 0]);
    }
    order
}

#[test]
fn data_comes_with_its_signatures_only_if_they_are_wanted() {
    for zone in Signed::examples() {
        let response = zone.ask("host.", Type::A);
        assert_eq!(response.types(Section::Answer), [Type::A]);
        assert_eq!(response.records(Section::Answer).len(), 2);
        response.assert_signed();
        for (name, qtype) in [("host.", Type::A), ("none.", Type::A), ("host.", Type::MX)] {
            let plain = zone.ask_with(name, qtype, false);
            let authority = plain.records(Section::Authority);
            let answer = plain.records(Section::Answer);
            let dnssec = [Type::RRSIG, Type::NSEC, Type::NSEC3];
            let mut types = authority.iter().chain(&answer).map(Record::rtype);
            assert!(!types.any(|rtype| dnssec.contains(&rtype)));
        }
    }
}

#[test]
fn a_name_error_denies_the_name_and_the_wildcard() {
    for zone in Signed::examples() {
        let response = zone.ask("none.", Type::A);
        assert_eq!(response.rcode(), Rcode::NXDOMAIN);
        response.assert_signed();
        response.covered("none.");
        response.covered("*.");
        if response.uses_nsec3() {
            assert!(response.matched("").contains(Type::SOA));
        }
        // Below names that exist, the closest encloser is one of them.
        let response = zone.ask("a.b.mail.", Type::A);
        assert_eq!(response.rcode(), Rcode::NXDOMAIN);
        response.covered("b.mail.");
        response.covered("*.mail.");
        if response.uses_nsec3() {
            assert!(response.matched("mail.").contains(Type::A));
        }
    }
}

#[test]
fn a_missing_type_is_denied_at_the_name() {
    for zone in Signed::examples() {
        let response = zone.ask("host.", Type::MX);
        assert_eq!(response.rcode(), Rcode::NOERROR);
        assert_eq!(response.types(Section::Answer), []);
        response.assert_signed();
        let types = response.matched("host.");
        assert!(types.contains(Type::A));
        assert!(!types.contains(Type::MX) && !types.contains(Type::CNAME));
        assert_eq!(response.proofs().len(), 1);
    }
}

#[test]
fn an_empty_non_terminal_has_no_data_and_is_no_name_error() {
    for zone in Signed::examples() {
        let response = zone.ask("empty.", Type::A);
        assert_eq!(response.rcode(), Rcode::NOERROR);
        response.assert_signed();
        if response.uses_nsec3() {
            assert_eq!(response.matched("empty.").iter().count(), 0);
        } else {
            // The name behind it is below it, which shows that it is there.
            response.covered("empty.");
            let below = order_of(&zone.name("below.empty.").as_name());
            assert!(response.proofs().iter().any(|proof| proof.to == below));
        }
        assert_eq!(response.proofs().len(), 1);
    }
}

#[test]
fn a_wildcard_answers_with_the_proof_that_nothing_is_closer() {
    for zone in Signed::examples() {
        let response = zone.ask("any.wild.", Type::TXT);
        assert_eq!(response.types(Section::Answer), [Type::TXT]);
        response.assert_signed();
        response.covered("any.wild.");
        assert_eq!(response.proofs().len(), 1);
        // A name that exists is none of the wildcard's.
        let response = zone.ask("named.wild.", Type::TXT);
        assert_eq!(response.types(Section::Answer), []);
        assert!(!response.matched("named.wild.").contains(Type::TXT));
        // Asked for by its own name it is a name like others.
        let response = zone.ask("*.wild.", Type::TXT);
        assert_eq!(response.types(Section::Answer), [Type::TXT]);
        assert_eq!(response.types(Section::Authority), []);
    }
}

#[test]
fn a_wildcard_without_the_type_is_denied_with_the_name() {
    for zone in Signed::examples() {
        let response = zone.ask("any.wild.", Type::A);
        assert_eq!(response.rcode(), Rcode::NOERROR);
        assert_eq!(response.types(Section::Answer), []);
        response.assert_signed();
        response.covered("any.wild.");
        let types = response.matched("*.wild.");
        assert!(types.contains(Type::TXT) && !types.contains(Type::A));
        if response.uses_nsec3() {
            response.matched("wild.");
        }
    }
}

#[test]
fn aliases_carry_the_proofs_of_their_links() {
    for zone in Signed::examples() {
        let response = zone.ask("any.alias.", Type::A);
        assert_eq!(response.types(Section::Answer), [Type::CNAME, Type::A]);
        response.assert_signed();
        response.covered("any.alias.");
        let response = zone.ask("broken.", Type::A);
        assert_eq!(response.rcode(), Rcode::NXDOMAIN);
        assert_eq!(response.types(Section::Answer), [Type::CNAME]);
        response.assert_signed();
        response.covered("missing.");
        response.covered("*.");
        // The alias that DNAME makes has no signature of its own (RFC 6672 5.3.1).
        let response = zone.ask("x.old.", Type::A);
        let expected = [Type::DNAME, Type::CNAME, Type::A];
        assert_eq!(response.types(Section::Answer), expected);
        response.assert_signed();
    }
}

#[test]
fn a_referral_has_ds_or_the_proof_that_there_is_none() {
    for zone in Signed::examples() {
        let response = zone.ask("www.secure.", Type::A);
        assert!(!response.message().flags().authoritative());
        assert_eq!(response.types(Section::Authority), [Type::NS, Type::DS]);
        assert_eq!(response.types(Section::Additional), [Type::A]);
        response.assert_signed();
        let response = zone.ask("www.insecure.", Type::A);
        let types = response.matched("insecure.");
        assert!(types.contains(Type::NS));
        assert!(!types.contains(Type::DS) && !types.contains(Type::SOA));
        response.assert_signed();
    }
}

#[test]
fn the_parent_answers_for_ds() {
    for zone in Signed::examples() {
        let response = zone.ask("secure.", Type::DS);
        assert!(response.message().flags().authoritative());
        assert_eq!(response.types(Section::Answer), [Type::DS]);
        response.assert_signed();
        let response = zone.ask("insecure.", Type::DS);
        assert!(response.message().flags().authoritative());
        assert_eq!(response.types(Section::Answer), []);
        let types = response.matched("insecure.");
        assert!(types.contains(Type::NS) && !types.contains(Type::DS));
        response.assert_signed();
    }
}

/// What lies in the span of an opted-out record may be an unsigned delegation (RFC 5155 7.2.4, 7.2.7).
#[test]
fn opt_out_spans_the_delegations_that_it_leaves_out() {
    let zone = Signed::load(
        "tests/differential/zones/opt-out/delegation.test.zone",
        "delegation.test.",
    );
    let cut = "deep.";
    for (name, qtype) in [(format!("www.{cut}"), Type::A), (cut.to_owned(), Type::DS)] {
        let response = zone.ask(&name, qtype);
        assert_eq!(response.rcode(), Rcode::NOERROR);
        response.assert_signed();
        assert!(response.matched("").contains(Type::SOA));
        let span = response.covered(cut);
        assert!(span.opt_out, "{}", span.owner);
    }
}

/// Valid queries, most of them then changed in a few octets, cut or made longer: how many got an answer.
fn answer_mutated_queries(count: usize) -> usize {
    let zones = Signed::examples();
    let labels = [
        "host", "wild", "any", "*", "empty", "below", "secure", "insecure", "old", "x", "broken",
        "www", "alias", "away", "none",
    ];
    let (mut dice, mut answered) = (Dice(7), 0);
    for _ in 0..count {
        let zone = &zones[dice.below(2)];
        let mut relative = String::new();
        for _ in 0..dice.below(4) {
            relative += labels[dice.below(labels.len())];
            relative.push('.');
        }
        let qtype = Type(dice.below(270) as u16);
        let mut query = query(&zone.name(&relative), qtype, dice.below(4) != 0);
        for _ in 0..dice.below(6) {
            let at = dice.below(query.len());
            query[at] = dice.below(256) as u8;
        }
        match dice.below(8) {
            0 => query.truncate(dice.below(query.len() + 1)),
            1 => query.extend((0..dice.below(40)).map(|octet| octet as u8)),
            _ => {}
        }
        let transport = [Transport::Udp, Transport::Stream][dice.below(2)];
        let Some(response) = zone.send(&query, transport) else {
            continue;
        };
        answered += 1;
        let message = Message::from_bytes(&response).unwrap();
        message.check().unwrap();
        assert!(message.flags().response());
        assert_eq!(message.id().to_be_bytes(), query[..2]);
        assert!(transport == Transport::Stream || response.len() <= 1232);
    }
    answered
}

#[test]
fn mutated_queries_get_sound_answers_or_none() {
    assert!(answer_mutated_queries(10_000) > 5_000);
}

#[test]
#[ignore = "takes long in a debug build; run it with --release"]
fn a_million_mutated_queries_get_sound_answers_or_none() {
    let answered = answer_mutated_queries(1_000_000);
    println!("{answered} of 1000000 mutated queries were answered");
    assert!(answered > 500_000);
}
