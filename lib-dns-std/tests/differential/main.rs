//! The same zones and the same questions for BIND, Knot, NSD and `zdns serve`.
//!
//! `zones/` has a directory for each *world*: zones that every server loads together. The signed worlds are
//! the plain zones signed by `sign-zones.sh`. For every world the servers are started on loopback ports of
//! their own, BIND's copy of the zones is fetched by transfer, questions are invented from what is in it
//! (`questions.rs`, always the same ones), put to all servers, and the responses compared, read by the
//! `domain` crate. Wherever the three peers say the same, so must we. An exception needs an RFC and a place
//! in `exceptions.rs`. Where the peers differ and an RFC says who is right, `rulings.rs` has us follow them.
//!
//! # What is compared
//!
//! A response has four parts. The peers' agreement is counted on whole responses, but each part on which
//! they agree binds us, also if they differ on another.
//!
//! - *Header*: RCODE with its extension, AA, TC, RD, RA, AD, CD, presence of OPT, its version and DO.
//! - *Answer*: the records as a multiset with TTLs, and CNAME and DNAME records also in their order.
//! - *Authority*: the records as a multiset with TTLs.
//! - *Glue*: of the additional section, addresses of name servers that the authority section names and that
//!   lie at or below a zone cut: in-domain and sibling glue.
//!
//! Beyond that: no response may be longer than the client takes; an address that all peers add to the
//! additional section we add too; an address that we add must be in a zone or be added by a peer.
//!
//! # What is made equal first
//!
//! - Names are decompressed and in lower case, in owners and in data (RFC 4343), the order of records within
//!   a section does not count (RFC 2181 5), except along a chain of aliases.
//! - The sections of a response with TC are left out: clients do not use them (RFC 2181 9), and the peers
//!   each cut at another place.
//! - NS records of an apex, and their signatures, are no part of the authority section if there is an answer:
//!   BIND and NSD add them, Knot does not, RFC 1034 6.2.1 shows them and RFC 2181 does not ask for them.
//! - Signatures in the additional section are left out: BIND, Knot and NSD each have their own limits there.
//! - EDNS options in responses and the advertised size are not compared; NSD and BIND send extended errors.
//! - By configuration: BIND gives the SOA of a negative answer to an SOA query its usual TTL
//!   (`zero-no-soa-ttl no`), all servers take UDP payloads of 4096 octets, rate limits are off.
//!
//! # Where the peers differ, so that nothing binds us
//!
//! - ANY: BIND gives everything, Knot and NSD one RRset each of their choice (RFC 8482). All agree where
//!   there is one RRset or none. ANY is asked over TCP only.
//! - RRSIG as a query type: Knot gives the first signature, BIND and NSD all.
//! - NSEC as a query type at a zone cut: BIND answers, Knot and NSD refer to the child.
//! - NSEC3 as a query type at an alias: NSD says there is no such data, BIND and Knot follow the alias.
//! - Loops of aliases: BIND says SERVFAIL, Knot and NSD end the chain; NSD does not expand a DNAME twice.
//! - An alias into a child zone that is served here: BIND stops, Knot refers, NSD follows (see the rulings).
//! - Class ANY: BIND FORMERR, Knot answers with AA, NSD without.
//! - An empty wildcard: NSD adds another NSEC to the proof.

mod agreement;
mod comparison_tests;
#[path = "../seeded/dice.rs"]
mod dice;
mod dns_name;
mod exceptions;
mod exchange;
#[path = "../peers/harness.rs"]
mod harness;
mod in_process;
mod landscape;
mod programs;
mod questions;
mod report;
mod response;
mod rtype;
mod rulings;
mod view;
mod world;

use std::io::Write as _;
use std::{env, io, thread};

use agreement::{Exchange, Said};
use landscape::Landscape;
use programs::{PEERS, Program, Server};
use questions::Question;
use report::{BETWEEN_ZONES, PROTOCOL, Report};
use world::World;

/// Past the test harness's capture, because a skipped or successful run must be visible too.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether all peers are installed. On a bare machine the test tells why it does nothing; in CI a missing
/// peer is a failure.
fn peers_are_here() -> bool {
    harness::Program::ALL
        .into_iter()
        .all(harness::Program::is_there)
}

#[test]
fn we_answer_as_bind_knot_and_nsd_do_where_they_agree() {
    assert_agreement(Ours::Program);
}

/// The same without program and sockets, for those who look for a fault.
#[test]
#[ignore = "takes minutes: --ignored, ONLY_WORLD=plain for one directory of zones"]
fn the_algorithm_answers_as_bind_knot_and_nsd_do_where_they_agree() {
    assert_agreement(Ours::InProcess);
}

/// Where our answers come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ours {
    /// Only the peers are asked.
    Nowhere,
    /// From `zdns serve`, over sockets.
    Program,
    /// From `respond`, by a call.
    InProcess,
}

fn assert_agreement(ours: Ours) {
    if !peers_are_here() {
        return;
    }
    let report = compare(ours);
    tell(&report.table());
    tell(&report.summary());
    assert_eq!(report.faults(), 0, "our faults:\n{}", report.told());
    assert_yardstick(&report);
    assert_eq!(
        report.idle_exceptions(),
        [""; 0],
        "exceptions that are needed no more"
    );
}

/// Tells where the peers differ among themselves, for those who change the zones or the rules.
#[test]
#[ignore = "prints a survey of the peers alone: --ignored --nocapture, SURVEY_SAMPLES=n for n cases of each kind"]
fn survey_of_the_peers() {
    if !peers_are_here() {
        return;
    }
    let report = compare(Ours::Nowhere);
    let samples = env::var("SURVEY_SAMPLES")
        .map_or(1, |text| text.parse().expect("SURVEY_SAMPLES is a number"));
    tell(&report.survey(samples));
    tell(&report.table());
    tell(&report.summary());
    assert_yardstick(&report);
}

/// Agreement means something only if there is enough, of every kind, to agree with.
fn assert_yardstick(report: &Report) {
    assert!(
        report.peers_agree() >= 10_000,
        "the peers agree on too little to compare with"
    );
    assert!(report.zones() >= 20, "too few zones");
    assert_eq!(
        report.rare_kinds(),
        [""; 0],
        "too few responses of these kinds"
    );
    assert_eq!(
        report.idle_rulings(),
        [""; 0],
        "rulings that settle nothing"
    );
}

fn compare(ours: Ours) -> Report {
    let mut report = Report::default();
    let only = env::var("ONLY_WORLD").ok();
    let is_chosen = |world: &World| only.as_ref().is_none_or(|only| *only == world.name);
    for world in World::all().into_iter().filter(is_chosen) {
        compare_world(&world, ours, &mut report);
    }
    report
}

fn compare_world(world: &World, source: Ours, report: &mut Report) {
    let programs: Vec<Program> = PEERS
        .into_iter()
        .chain((source == Ours::Program).then_some(Program::Zdns))
        .collect();
    let servers: Vec<Server> = thread::scope(|scope| {
        let starting: Vec<_> = programs
            .iter()
            .map(|&program| scope.spawn(move || Server::start(program, world)))
            .collect();
        let started = starting
            .into_iter()
            .map(|thread| thread.join().expect("starting does not panic"));
        started
            .map(|server| server.unwrap_or_else(|reason| panic!("{reason}")))
            .collect()
    });
    let landscape = Landscape::explore(&servers[0], world);
    let (subjects, questions) = invent_questions(world, &landscape);

    let mut said = ask_everyone(&servers, &questions, &landscape);
    if source == Ours::InProcess {
        let answers = in_process::ask_all(world, &landscape, &questions).into_iter();
        said.push(
            answers
                .map(|octets| Said::read(octets, &landscape))
                .collect(),
        );
    }
    let mut said = said.into_iter().map(Vec::into_iter);
    let mut next_of = || said.next().expect("as many as there are programs");
    let (mut bind, mut knot, mut nsd) = (next_of(), next_of(), next_of());
    let mut ours = (source != Ours::Nowhere).then(next_of);
    for (question, subject) in questions.iter().zip(subjects) {
        let next =
            |answers: &mut std::vec::IntoIter<Said>| answers.next().expect("one for each question");
        let exchange = Exchange {
            question,
            peers: [next(&mut bind), next(&mut knot), next(&mut nsd)],
            ours: ours.as_mut().map(next),
        };
        report.add(world, subject, &landscape, &exchange);
    }
    programs::stop(servers);
}

/// The questions for a world, each with what it is about: a zone, or something that is none.
fn invent_questions<'a>(world: &'a World, landscape: &Landscape) -> (Vec<&'a str>, Vec<Question>) {
    let mut subjects = Vec::new();
    let mut questions = Vec::new();
    let mut add = |subject: &'a str, about: Vec<Question>| {
        subjects.resize(subjects.len() + about.len(), subject);
        questions.extend(about);
    };
    for ((zone, inventory), seed) in world.zones.iter().zip(&landscape.inventories).zip(1..) {
        add(
            &zone.origin_text,
            questions::about_zone(&zone.origin.to_lowercase(), inventory, seed),
        );
    }
    add(
        BETWEEN_ZONES,
        questions::about_world(world, &landscape.inventories, 4711),
    );
    add(PROTOCOL, questions::about_protocol(world));
    (subjects, questions)
}

fn ask_everyone(
    servers: &[Server],
    questions: &[Question],
    landscape: &Landscape,
) -> Vec<Vec<Said>> {
    thread::scope(|scope| {
        let ask = |server: &Server| {
            let answers = exchange::ask_all(server.address, questions)
                .unwrap_or_else(|error| panic!("{}: {error}", server.program.name()));
            answers
                .into_iter()
                .map(|octets| Said::read(octets, landscape))
                .collect()
        };
        let asking: Vec<_> = servers
            .iter()
            .map(|server| scope.spawn(move || ask(server)))
            .collect();
        asking
            .into_iter()
            .map(|thread| thread.join().expect("the questions were put"))
            .collect()
    })
}
