//! What `answer::respond` says over one small set of zones: the frame of a response, and what no peer is
//! asked about. What the peers agree on is in `differential`.

#[path = "seeded/dice.rs"]
mod dice;

use dice::Dice;
use std::path::Path;

use lib_dns_core::answer::{MAX_LINKS, Settings, Transport, respond};
use lib_dns_core::code_points::{Class, InfoCode, Opcode, Rcode};
use lib_dns_core::messages::options::{Expire, Nsid, VersionFields, ZoneVersion};
use lib_dns_core::messages::{
    EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, OptionCode, Record, Section,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_std::hash::RustCryptoSha1;
use lib_dns_std::zone::{Loader, ZoneStore};

const ZONE: &str = "\
$ORIGIN sovereign.
$TTL 300
@ SOA ns1 admin 1 3600 900 604800 60
@ NS ns1
@ MX 10 alice
ns1 A 192.0.2.53
Alice A 192.0.2.1
Alice AAAA 2001:db8::1
Alice TXT hello
_zhtp._tcp SRV 10 5 9333 alice
*.wild TXT wild
one CNAME two
two CNAME one
self CNAME self
deep.ent.empty A 192.0.2.2
cut NS a.ns.cut
cut NS b.ns.cut
a.ns.cut AAAA 2001:db8::a
b.ns.cut AAAA 2001:db8::b
there DNAME other.test.
away CNAME www.elsewhere.example.
";

const OTHER: &str = "\
$ORIGIN other.test.
$TTL 300
@ SOA ns1.sovereign. admin 1 3600 900 604800 60
@ NS ns1.sovereign.
www A 192.0.2.80
";

struct Server {
    store: ZoneStore,
    settings: Settings<'static>,
}

impl Server {
    fn new() -> Self {
        let mut sovereign = ZONE.to_owned();
        for link in 0..30 {
            sovereign += &format!("link{link} CNAME link{}\n", link + 1);
        }
        for number in 0..20 {
            sovereign += &format!("large TXT \"{number:0>100}\"\n");
        }
        let store = ZoneStore::new();
        for text in [&*sovereign, OTHER] {
            let loaded = Loader::new().load_text(Path::new("test"), text.as_bytes());
            store.replace(
                loaded
                    .unwrap_or_else(|findings| panic!("{findings:?}"))
                    .zone,
            );
        }
        let settings = Settings {
            identity: Some(b"node-7"),
            version: Some(b"zdns"),
            ..Settings::default()
        };
        Self { store, settings }
    }

    fn send(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let mut out = vec![0; 65535];
        let (zones, sha1) = (self.store.snapshot(), RustCryptoSha1);
        let length = respond(&*zones, &self.settings, &sha1, query, transport, &mut out)?;
        out.truncate(length);
        Some(out)
    }

    fn ask(&self, name: &str, qtype: Type) -> Vec<u8> {
        let query = query(name, qtype, Class::IN, Flags::default(), None);
        self.send(&query, Transport::Udp).unwrap()
    }

    fn ask_with(&self, name: &str, qtype: Type, edns: &EdnsHeader) -> Vec<u8> {
        let query = query(
            name,
            qtype,
            Class::IN,
            Flags::default(),
            Some((edns, &[EdnsOption::from(Nsid { id: b"" })])),
        );
        self.send(&query, Transport::Udp).unwrap()
    }
}

fn query(
    name: &str,
    qtype: Type,
    class: Class,
    flags: Flags,
    edns: Option<(&EdnsHeader, &[EdnsOption<'_>])>,
) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 7, flags).unwrap();
    let name = NameBuf::from_text(name).unwrap();
    builder.question(&name.as_name(), qtype, class).unwrap();
    if let Some((header, options)) = edns {
        builder.edns(header, options).unwrap();
    }
    builder.finish().to_vec()
}

fn read(octets: &[u8]) -> Message<'_> {
    let message = Message::from_bytes(octets).unwrap();
    message.check().unwrap();
    message
}

fn records<'a>(message: &Message<'a>, section: Section) -> Vec<Record<'a>> {
    let records = message.section(section).map(|record| record.unwrap());
    records
        .filter(|record| record.rtype() != Type::OPT)
        .collect()
}

fn types(octets: &[u8], section: Section) -> Vec<Type> {
    let records = records(&read(octets), section);
    records.iter().map(Record::rtype).collect()
}

fn reason(octets: &[u8]) -> Option<InfoCode> {
    let option = read(octets).edns()?.option(OptionCode::EDE)?;
    match option.read().unwrap() {
        EdnsOption::ExtendedError(error) => Some(error.code),
        _ => None,
    }
}

#[test]
fn responses_and_stubs_of_queries_get_no_answer() {
    let server = Server::new();
    let flags = Flags::default().with_response(true);
    let response = query("sovereign.", Type::SOA, Class::IN, flags, None);
    assert_eq!(server.send(&response, Transport::Udp), None);
    let whole = query("sovereign.", Type::SOA, Class::IN, Flags::default(), None);
    for length in 0..12 {
        assert_eq!(server.send(&whole[..length], Transport::Udp), None);
    }
}

#[test]
fn what_cannot_be_read_gets_a_bare_header() {
    let server = Server::new();
    let flags = Flags::default().with_recursion_desired(true);
    let whole = query("sovereign.", Type::SOA, Class::IN, flags, None);
    let mut two_questions = whole.clone();
    two_questions[5] = 2;
    two_questions.extend_from_slice(&whole[12..]);
    let trailing = [&whole[..], b"x"].concat();
    for bad in [&whole[..whole.len() - 1], &two_questions, &trailing] {
        let answer = server.send(bad, Transport::Udp).unwrap();
        assert_eq!(answer.len(), 12);
        let message = read(&answer);
        assert_eq!(message.rcode(), Rcode::FORMERR);
        assert!(message.flags().recursion_desired() && !message.flags().recursion_available());
    }
    let no_question = server.send(&[0; 12], Transport::Udp).unwrap();
    assert_eq!(read(&no_question).rcode(), Rcode::FORMERR);
}

/// What a server says of the zone when it is asked: its expiry, and the labels of its name and its serial.
fn about_zone(server: &Server, name: &str, qtype: Type) -> (Option<u32>, Option<(u8, u32)>) {
    let asked = [
        EdnsOption::from(Expire { seconds: None }),
        EdnsOption::from(ZoneVersion { version: None }),
    ];
    let edns = EdnsHeader::default();
    let flags = Flags::default();
    let query = query(name, qtype, Class::IN, flags, Some((&edns, &asked)));
    let answer = server.send(&query, Transport::Udp).unwrap();
    let edns = read(&answer).edns().unwrap();
    let expire = edns.option(OptionCode::EXPIRE).map(|option| {
        let EdnsOption::Expire(Expire { seconds }) = option.read().unwrap() else {
            panic!("{option:?}");
        };
        seconds.unwrap()
    });
    let version = edns.option(OptionCode::ZONEVERSION).map(|option| {
        let version = match option.read().unwrap() {
            EdnsOption::ZoneVersion(ZoneVersion { version }) => version.unwrap(),
            other => panic!("{other:?}"),
        };
        let VersionFields {
            labels,
            kind: 0,
            version,
        } = version
        else {
            panic!("{version:?}");
        };
        (labels, u32::from_be_bytes(version.try_into().unwrap()))
    });
    (expire, version)
}

#[test]
fn a_zone_tells_its_version_and_its_expiry() {
    let server = Server::new();
    let expire = Some(604_800);
    for (name, qtype, expected) in [
        ("sovereign.", Type::SOA, (expire, Some((1, 1)))),
        // EXPIRE is for those who keep copies (RFC 7314 3.1).
        ("sovereign.", Type::NS, (None, Some((1, 1)))),
        ("alice.sovereign.", Type::SOA, (None, Some((1, 1)))),
        ("missing.sovereign.", Type::A, (None, Some((1, 1)))),
        // A referral comes from the zone above (RFC 9660 3.2).
        ("host.cut.sovereign.", Type::A, (None, Some((1, 1)))),
        ("www.other.test.", Type::A, (None, Some((2, 1)))),
        // The version is that of the zone that the question is for, wherever the alias leads.
        ("www.there.sovereign.", Type::A, (None, Some((1, 1)))),
        ("elsewhere.example.", Type::SOA, (None, None)),
    ] {
        let told = about_zone(&server, name, qtype);
        assert_eq!(told, expected, "{name} {qtype}");
    }
    // Who asks for neither gets neither.
    let answer = server.ask_with("sovereign.", Type::SOA, &EdnsHeader::default());
    let codes = read(&answer).edns().unwrap();
    let codes: Vec<OptionCode> = codes.options().map(|option| option.code).collect();
    assert_eq!(codes, [OptionCode::NSID]);
}

#[test]
fn what_is_not_done_here_is_said_with_a_reason() {
    let server = Server::new();
    let edns = EdnsHeader::default();
    let outside = server.ask_with("www.example.", Type::A, &edns);
    assert_eq!(read(&outside).rcode(), Rcode::REFUSED);
    assert_eq!(reason(&outside), Some(InfoCode::NOT_AUTHORITATIVE));
    assert!(!read(&outside).flags().authoritative());

    let flags = Flags::default().with_opcode(Opcode::STATUS);
    let status = query("sovereign.", Type::A, Class::IN, flags, Some((&edns, &[])));
    let status = server.send(&status, Transport::Udp).unwrap();
    assert_eq!(read(&status).rcode(), Rcode::NOTIMP);
    assert_eq!(reason(&status), Some(InfoCode::NOT_SUPPORTED));

    let newer = EdnsHeader { version: 1, ..edns };
    let newer = server.ask_with("alice.sovereign.", Type::A, &newer);
    assert_eq!(read(&newer).rcode(), Rcode::BADVERS);
    assert_eq!(read(&newer).edns().unwrap().version, 0);
    assert!(records(&read(&newer), Section::Answer).is_empty());

    for transfer in [Type::IXFR, Type::AXFR] {
        assert_eq!(
            read(&server.ask("sovereign.", transfer)).rcode(),
            Rcode::REFUSED
        );
    }
}

#[test]
fn who_speaks_edns_is_told_why() {
    let server = Server::new();
    for (name, qtype, rcode, why) in [
        (
            "elsewhere.test.",
            Type::A,
            Rcode::REFUSED,
            InfoCode::NOT_AUTHORITATIVE,
        ),
        (
            "sovereign.",
            Type::AXFR,
            Rcode::REFUSED,
            InfoCode::NOT_SUPPORTED,
        ),
        (
            "sovereign.",
            Type::MAILB,
            Rcode::NOTIMP,
            InfoCode::NOT_SUPPORTED,
        ),
        (
            "sovereign.",
            Type::NXNAME,
            Rcode::FORMERR,
            InfoCode::INVALID_QUERY_TYPE,
        ),
    ] {
        let told = server.ask_with(name, qtype, &EdnsHeader::default());
        assert_eq!((read(&told).rcode(), reason(&told)), (rcode, Some(why)));
        // Who sent no OPT gets none (RFC 6891 6.1.1).
        let plain = server.ask(name, qtype);
        assert_eq!(read(&plain).rcode(), rcode);
        assert!(read(&plain).edns().is_none());
    }
    let fine = server.ask_with("alice.sovereign.", Type::A, &EdnsHeader::default());
    assert_eq!(reason(&fine), None);
}

#[test]
fn the_server_says_who_it_is_if_it_was_told_to() {
    let mut server = Server::new();
    let ask = |server: &Server, name: &str| {
        let query = query(name, Type::TXT, Class::CH, Flags::default(), None);
        server.send(&query, Transport::Udp).unwrap()
    };
    for (name, text) in [
        ("VERSION.bind.", &b"\x04zdns"[..]),
        ("version.server.", b"\x04zdns"),
        ("hostname.bind.", b"\x06node-7"),
        ("id.server.", b"\x06node-7"),
    ] {
        let answer = ask(&server, name);
        let records = records(&read(&answer), Section::Answer);
        assert_eq!(records[0].data_octets(), text);
        assert_eq!(records[0].class(), Class::CH);
    }
    assert_eq!(read(&ask(&server, "authors.bind.")).rcode(), Rcode::REFUSED);
    let answer = server.ask_with("alice.sovereign.", Type::A, &EdnsHeader::default());
    let edns = read(&answer).edns().unwrap();
    assert_eq!(edns.option(OptionCode::NSID).unwrap().octets(), b"node-7");

    server.settings.identity = None;
    server.settings.version = None;
    assert_eq!(read(&ask(&server, "id.server.")).rcode(), Rcode::REFUSED);
    assert_eq!(read(&ask(&server, "version.bind.")).rcode(), Rcode::REFUSED);
    let answer = server.ask_with("alice.sovereign.", Type::A, &EdnsHeader::default());
    let edns = read(&answer).edns().unwrap();
    assert!(edns.option(OptionCode::NSID).is_none());
}

#[test]
fn the_case_of_the_question_comes_back() {
    let server = Server::new();
    let answer = server.ask("aLiCe.SoVeReIgN.", Type::A);
    let message = read(&answer);
    let question = message.question().unwrap();
    assert_eq!(question.name.to_string(), "aLiCe.SoVeReIgN.");
    let records = records(&message, Section::Answer);
    assert_eq!(records[0].owner().to_string(), "aLiCe.SoVeReIgN.");
    assert!(message.flags().authoritative());
    assert!(message.edns().is_none());
}

#[test]
fn services_and_mail_come_with_addresses() {
    let server = Server::new();
    for (name, qtype) in [
        ("_zhtp._tcp.sovereign.", Type::SRV),
        ("sovereign.", Type::MX),
    ] {
        let answer = server.ask(name, qtype);
        assert_eq!(types(&answer, Section::Answer), [qtype]);
        assert_eq!(types(&answer, Section::Additional), [Type::A, Type::AAAA]);
    }
}

#[test]
fn absence_has_the_smaller_ttl_and_is_told_from_missing_types() {
    let server = Server::new();
    for (name, rcode) in [
        ("nobody.sovereign.", Rcode::NXDOMAIN),
        ("alice.sovereign.", Rcode::NOERROR),
        ("ent.empty.sovereign.", Rcode::NOERROR),
        ("x.wild.sovereign.", Rcode::NOERROR),
    ] {
        let answer = server.ask(name, Type::NAPTR);
        assert_eq!(read(&answer).rcode(), rcode, "{name}");
        let authority = records(&read(&answer), Section::Authority);
        assert_eq!((authority[0].rtype(), authority[0].ttl()), (Type::SOA, 60));
    }
}

#[test]
fn an_rrset_that_does_not_fit_goes_whole() {
    let server = Server::new();
    for size in [0, 512, 1232] {
        let edns = EdnsHeader {
            udp_size: size,
            ..EdnsHeader::default()
        };
        let answer = server.ask_with("large.sovereign.", Type::TXT, &edns);
        assert!(read(&answer).flags().truncated());
        assert!(answer.len() <= usize::from(size.max(512)));
        assert_eq!(types(&answer, Section::Answer), []);
        assert!(read(&answer).edns().is_some());
    }
    let query = query(
        "large.sovereign.",
        Type::TXT,
        Class::IN,
        Flags::default(),
        None,
    );
    let answer = server.send(&query, Transport::Stream).unwrap();
    assert!(!read(&answer).flags().truncated());
    assert_eq!(types(&answer, Section::Answer).len(), 20);
}

#[test]
fn a_referral_has_its_glue_and_no_authority() {
    let server = Server::new();
    let answer = server.ask("www.cut.sovereign.", Type::A);
    let message = read(&answer);
    assert!(!message.flags().authoritative() && !message.flags().truncated());
    assert_eq!(types(&answer, Section::Authority), [Type::NS, Type::NS]);
    assert_eq!(
        types(&answer, Section::Additional),
        [Type::AAAA, Type::AAAA]
    );
    // The parent's side of the cut.
    let answer = server.ask("cut.sovereign.", Type::DS);
    assert!(read(&answer).flags().authoritative());
    assert_eq!(types(&answer, Section::Authority), [Type::SOA]);
}

#[test]
fn any_is_short_over_udp_and_whole_over_streams() {
    let mut server = Server::new();
    assert_eq!(
        types(&server.ask("alice.sovereign.", Type::ANY), Section::Answer),
        [Type::A]
    );
    let whole = [Type::A, Type::TXT, Type::AAAA];
    let over_stream = query(
        "alice.sovereign.",
        Type::ANY,
        Class::IN,
        Flags::default(),
        None,
    );
    let answer = server.send(&over_stream, Transport::Stream).unwrap();
    assert_eq!(types(&answer, Section::Answer), whole);
    server.settings.minimal_any = false;
    assert_eq!(
        types(&server.ask("alice.sovereign.", Type::ANY), Section::Answer),
        whole
    );
}

#[test]
fn aliases_end() {
    let server = Server::new();
    let cname = Type::CNAME;
    for (name, expected) in [
        ("one.sovereign.", vec![cname, cname]),
        ("self.sovereign.", vec![cname]),
        ("away.sovereign.", vec![cname]),
        ("www.there.sovereign.", vec![Type::DNAME, cname, Type::A]),
        ("link0.sovereign.", vec![cname; MAX_LINKS]),
    ] {
        let query = query(name, Type::A, Class::IN, Flags::default(), None);
        let answer = server.send(&query, Transport::Stream).unwrap();
        assert_eq!(types(&answer, Section::Answer), expected, "{name}");
        assert_eq!(read(&answer).rcode(), Rcode::NOERROR);
        assert_eq!(types(&answer, Section::Authority), []);
    }
    let answer = server.ask("nothing.there.sovereign.", Type::A);
    assert_eq!(read(&answer).rcode(), Rcode::NXDOMAIN);
}

#[test]
fn whatever_comes_the_answer_is_sound_and_short_enough() {
    let server = Server::new();
    let labels = [
        "a", "alice", "wild", "*", "cut", "ns", "there", "one", "link3", "ent", "large",
    ];
    let mut dice = Dice(1);
    for _ in 0..20_000 {
        let mut name = String::new();
        for _ in 0..dice.below(4) {
            name += labels[dice.below(labels.len())];
            name += ".";
        }
        name += ["sovereign.", "other.test.", "example."][dice.below(3)];
        let size = dice.below(2000) as u16;
        let edns = EdnsHeader {
            udp_size: size,
            version: u8::from(dice.below(20) == 0),
            dnssec_ok: dice.below(2) == 0,
            ..EdnsHeader::default()
        };
        let options = [EdnsOption::from(Nsid { id: b"" })];
        let edns = (dice.below(2) == 0).then_some((&edns, &options[..dice.below(2)]));
        let class = if dice.below(20) == 0 {
            Class::CH
        } else {
            Class::IN
        };
        let qtype = Type(dice.below(260) as u16);
        let mut query = query(
            &name,
            qtype,
            class,
            Flags(dice.below(0x8000) as u16 & 0x87ff),
            edns,
        );
        if dice.below(2) == 0 {
            for _ in 0..=dice.below(3) {
                let at = dice.below(query.len());
                query[at] = dice.below(256) as u8;
            }
        }
        let Some(answer) = server.send(&query, Transport::Udp) else {
            continue;
        };
        let message = read(&answer);
        assert!(message.flags().response());
        assert_eq!(message.id().to_be_bytes(), query[..2]);
        assert!(answer.len() <= 1232);
        if Message::from_bytes(&query).is_ok_and(|query| query.edns().is_none()) {
            assert!(answer.len() <= 512);
        }
        // However little room there is, what is sent is a message.
        let mut out = vec![0; dice.below(600)];
        let (zones, sha1) = (server.store.snapshot(), RustCryptoSha1);
        let transport = Transport::Stream;
        let sent = respond(
            &*zones,
            &server.settings,
            &sha1,
            &query,
            transport,
            &mut out,
        );
        if let Some(length) = sent {
            read(&out[..length]);
        }
    }
}
