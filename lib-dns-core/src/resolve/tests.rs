use super::*;
use crate::code_points::Rcode;
use crate::crypto::Verdict;
use crate::name::{Name, NameBuf};
use crate::policy::conflict::{Claim, Contender, Fate, Rule};
use crate::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use crate::policy::outcome::{HardFailure, SoftFailures};
use crate::policy::scope::{Federation, InternetAccess, ScopePattern, Scopes, ZoneClass};
use crate::policy::{NodeId, OwnerId, ResolutionFlags};
use crate::rr_data::Type;
use crate::time::Timestamp;
use crate::zone::Serial;
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;

mod absence;
mod aliases;
mod federation;
mod limits;

fn name(text: &str) -> Name<'static> {
    let owned = std::boxed::Box::new(NameBuf::from_text(text).unwrap());
    std::boxed::Box::leak(owned).as_name()
}

fn scopes() -> Scopes<'static> {
    let pattern = |suffix, class| ScopePattern {
        suffix: name(suffix),
        class,
    };
    Scopes {
        mesh_names: Vec::leak(std::vec![name("sovereign.")]),
        patterns: Vec::leak(std::vec![
            pattern("sovereign.", ZoneClass::Federated),
            pattern("venue.sovereign.", ZoneClass::Local),
            pattern("bridge.sovereign.", ZoneClass::External),
        ]),
        federations: Vec::leak(std::vec![federation("meshb.sovereign.", true)]),
        internet: InternetAccess::Available,
    }
}

fn federation(mesh: &str, is_mutual: bool) -> Federation<'static> {
    Federation {
        mesh: name(mesh),
        is_mutual,
        zones: Vec::leak(std::vec![name("sovereign.")]),
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const MISS: Reply<'static> = Reply::Miss { declared: None };
const NO_SOFT: SoftFailures = SoftFailures::NONE;
/// Somebody who knows of no holder of the zone.
const SAID_BY: NegativeMetadata = NegativeMetadata {
    responding_node: NodeId([5; 32]),
    partition: None,
    coverage: AuthorityCoverage::NONE,
};
const PROOF: Absence = Absence::Denied { version: Serial(8) };

fn no_name(absence: Absence) -> Reply<'static> {
    Reply::NoName {
        handle: 5,
        absence,
        said_by: &SAID_BY,
    }
}

fn stale(presence: Presence) -> Reply<'static> {
    Reply::Stale {
        handle: 9,
        presence,
        soft: NO_SOFT,
    }
}

fn leak<T>(value: T) -> &'static T {
    std::boxed::Box::leak(std::boxed::Box::new(value))
}

fn contender(owner: u8, serial: u32, verdict: Verdict) -> Contender {
    Contender {
        claim: Claim {
            serial: Serial(serial),
            signature: None,
            latency: 0,
            reputation: 0,
            node: NodeId([serial as u8; 32]),
        },
        owner: OwnerId([owner; 32]),
        verdict,
        digest: [serial as u8; 32],
    }
}

/// What was asked, told and found.
#[derive(Default, Debug)]
struct Run {
    asked: Vec<(Layer, u8, String)>,
    told: Vec<(u8, Fate)>,
    outcome: Option<Resolved>,
    /// In milliseconds.
    took: u64,
}

impl Run {
    fn layers(&self) -> Vec<Layer> {
        self.asked.iter().map(|(layer, ..)| *layer).collect()
    }

    fn rcode(&self) -> Rcode {
        self.outcome.unwrap().outcome.rcode
    }

    fn flags(&self) -> ResolutionFlags {
        self.outcome.unwrap().outcome.flags
    }

    fn handles(&self) -> Vec<Handle> {
        self.outcome
            .unwrap()
            .served()
            .map(|served| served.handle)
            .collect()
    }
}

fn resolution(asked: &str) -> Resolution {
    Resolution::new(at(0), name(asked), Type::A, ResolveSettings::default())
}

/// Drives a resolution at one time, with replies by layer and authority; `None` is no reply. All that can be asked is
/// asked before the first reply is told, and time goes on when nothing else does.
fn run(
    resolution: &mut Resolution,
    reply: impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>>,
) -> Run {
    run_in(&scopes(), resolution, reply)
}

fn run_in(
    scopes: &Scopes<'static>,
    resolution: &mut Resolution,
    reply: impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>>,
) -> Run {
    let mut run = Run::default();
    let mut now = at(0);
    for _ in 0..1_000 {
        let (id, reply) = match resolution.poll(now, 0, scopes) {
            Step::Ask(ask) => {
                let AskId {
                    layer, authority, ..
                } = ask.id;
                assert_eq!(ask.forwarding.is_some(), layer.is_remote());
                let sent = ask
                    .forwarding
                    .as_ref()
                    .map_or(ask.name, |forwarding| forwarding.question());
                run.asked.push((layer, authority, sent.to_string()));
                (ask.id, reply(layer, authority, &ask.name))
            }
            Step::Tell(told) => {
                run.told.push((told.authority, told.fate));
                continue;
            }
            Step::Wait(until) => {
                assert!(until > now);
                now = until;
                continue;
            }
            Step::Done(resolved) => {
                run.outcome = Some(*resolved);
                run.took = now.as_millis();
                return run;
            }
        };
        if let Some(reply) = reply {
            assert!(resolution.answered(id, reply));
        }
    }
    panic!("no end: {run:?}");
}

const ALICE: &str = "alice.sovereign.";

#[test]
fn section_7_1_layers_are_asked_in_order() {
    let run = run(&mut resolution(ALICE), |_, _, _| Some(MISS));
    use Layer::{Dht, Disk, Federation, LocalZones, Memory, Mesh};
    assert_eq!(
        run.layers(),
        [Memory, Disk, LocalZones, Mesh, Mesh, Mesh, Dht, Federation]
    );
    assert_eq!(run.rcode(), Rcode::SERVFAIL);
}

#[test]
fn rule_15_1_6_a_cache_hit_asks_nobody() {
    for last in [Layer::Memory, Layer::Disk, Layer::LocalZones] {
        let hit = Reply::Data {
            handle: 7,
            soft: NO_SOFT,
        };
        let run = run(&mut resolution(ALICE), |layer, _, _| {
            Some(if layer == last { hit } else { MISS })
        });
        assert!(
            run.layers()
                .iter()
                .all(|layer| *layer <= last && !layer.is_remote())
        );
        assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![7]));
    }
}

#[test]
fn rule_16_1_a_a_local_question_never_leaves() {
    let local = run(&mut resolution("door.venue.sovereign."), |layer, _, _| {
        (!layer.is_remote()).then_some(MISS)
    });
    assert!(local.layers().contains(&Layer::Dht) && !local.layers().contains(&Layer::Internet));
    // Nor does one whose zone declares it, though patterns would let it.
    let declared = run(
        &mut resolution("example.com.bridge.sovereign."),
        |layer, _, _| match layer {
            Layer::LocalZones => Some(Reply::Miss {
                declared: Some((2, ZoneClass::Local)),
            }),
            _ => Some(MISS),
        },
    );
    assert!(!declared.layers().contains(&Layer::Internet));
}

#[test]
fn rule_16_1_c_the_internet_is_asked_for_what_stands_left() {
    let run_of = |asked| {
        run(&mut resolution(asked), |layer, _, _| match layer {
            Layer::Internet => Some(Reply::Data {
                handle: 1,
                soft: NO_SOFT,
            }),
            _ => Some(MISS),
        })
    };
    let bridged = run_of("example.com.bridge.sovereign.");
    assert_eq!(bridged.asked.last().unwrap().2, "example.com.");
    assert_eq!(bridged.flags(), ResolutionFlags::EXTERNAL);
    // A name of the Internet is asked of nobody in the mesh.
    let plain = run_of("example.com.");
    assert!(
        plain
            .layers()
            .iter()
            .all(|layer| !matches!(layer, Layer::Mesh | Layer::Dht))
    );
    assert_eq!(plain.flags(), ResolutionFlags::EXTERNAL);
}

fn claims(
    of: [Option<(u8, u32, Verdict)>; 3],
) -> impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>> {
    move |layer, authority, _| match layer {
        Layer::Mesh => {
            let (owner, serial, verdict) = of[usize::from(authority)]?;
            let contender =
                std::boxed::Box::leak(std::boxed::Box::new(contender(owner, serial, verdict)));
            Some(Reply::Claim {
                handle: authority.into(),
                contender,
                alias: None,
                soft: NO_SOFT,
            })
        }
        _ => Some(MISS),
    }
}

#[test]
fn rule_11_2_a_the_newer_version_is_served_and_the_older_told() {
    use Verdict::Valid;
    let run = run(
        &mut resolution(ALICE),
        claims([
            Some((1, 7, Valid)),
            Some((1, 8, Valid)),
            Some((1, 8, Valid)),
        ]),
    );
    assert_eq!(run.handles(), [1]);
    assert_eq!(run.told, [(0, Fate::Superseded(Rule::Serial))]);
    assert_eq!(run.flags(), ResolutionFlags::NONE);
}

#[test]
fn rule_11_2_b_both_owners_are_served_and_contested() {
    use Verdict::Valid;
    let run = run(
        &mut resolution(ALICE),
        claims([Some((1, 7, Valid)), Some((2, 8, Valid)), None]),
    );
    assert_eq!(run.handles(), [0, 1]);
    assert!(run.told.is_empty());
    assert!(
        run.flags()
            .contains(ResolutionFlags::CONTESTED | ResolutionFlags::DEGRADED)
    );
    assert_eq!(run.outcome.unwrap().outcome.max_ttl, Some(60));
}

#[test]
fn rule_11_2_c_what_does_not_verify_is_told_and_not_served() {
    use Verdict::{Invalid, Unverifiable, Valid};
    let mixed = run(
        &mut resolution(ALICE),
        claims([
            Some((1, 9, Invalid)),
            Some((1, 8, Valid)),
            Some((1, 9, Unverifiable)),
        ]),
    );
    assert_eq!(mixed.handles(), [1]);
    assert_eq!(mixed.told, [(0, Fate::Invalid), (2, Fate::Unverifiable)]);
    // With nothing else it is a failure, which is told all the same.
    let forged = run(
        &mut resolution(ALICE),
        claims([Some((1, 9, Invalid)), None, None]),
    );
    assert_eq!(
        (forged.rcode(), forged.handles()),
        (Rcode::SERVFAIL, std::vec![])
    );
    assert_eq!(forged.told, [(0, Fate::Invalid)]);
}

fn stale_then(rest: Reply<'static>) -> impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>> {
    move |layer, _, _| {
        Some(match layer {
            Layer::Memory => stale(Presence::default()),
            _ => rest,
        })
    }
}

#[test]
fn rule_11_3_stale_data_is_better_than_servfail() {
    for rest in [
        MISS,
        Reply::Unreachable,
        Reply::Refused(HardFailure::ChainBroken),
        Reply::Refused(HardFailure::CachedFailure),
    ] {
        let run = run(&mut resolution(ALICE), stale_then(rest));
        assert_eq!(
            (run.rcode(), run.handles()),
            (Rcode::NOERROR, std::vec![9]),
            "{rest:?}"
        );
        assert!(run.flags().contains(ResolutionFlags::STALE));
        assert_eq!(run.outcome.unwrap().outcome.max_ttl, Some(30));
    }
    // What is fresh is better, and what is revoked is gone.
    let data = Reply::Data {
        handle: 3,
        soft: NO_SOFT,
    };
    let fresh = run(&mut resolution(ALICE), stale_then(data));
    assert_eq!(
        (fresh.handles(), fresh.flags()),
        (std::vec![3], ResolutionFlags::NONE)
    );
    let revoked = run(
        &mut resolution(ALICE),
        stale_then(Reply::Refused(HardFailure::RevokedByOperator)),
    );
    assert_eq!(revoked.rcode(), Rcode::NXDOMAIN);
}

#[test]
fn rfc_8767_stale_data_is_served_when_nothing_comes_in_time() {
    let mut resolution = resolution(ALICE);
    let scopes = scopes();
    let mut now = at(0);
    loop {
        match resolution.poll(now, 0, &scopes) {
            Step::Ask(ask) => {
                let id = ask.id;
                match id.layer {
                    Layer::Memory => resolution.answered(id, stale(Presence::default())),
                    Layer::Disk | Layer::LocalZones => resolution.answered(id, MISS),
                    _ => true,
                };
            }
            Step::Wait(until) => now = until,
            Step::Done(resolved) => {
                assert_eq!(
                    resolved.served().next().map(|served| served.handle),
                    Some(9)
                );
                break;
            }
            Step::Tell(told) => panic!("{told:?}"),
        }
    }
    assert_eq!(now, at(1_800));
}

#[test]
fn rfc_8767_what_came_in_time_is_served_before_stale_data() {
    let settings = ResolveSettings {
        mesh_wait: 5_000,
        ..ResolveSettings::default()
    };
    let mut slow = Resolution::new(at(0), name(ALICE), Type::A, settings);
    let with_claim = claims([Some((1, 7, Verdict::Valid)), None, None]);
    let run = run(&mut slow, |layer, authority, name| match layer {
        Layer::Memory => Some(stale(Presence::default())),
        _ => with_claim(layer, authority, name),
    });
    assert_eq!(run.handles(), [0]);
    assert!(!run.flags().contains(ResolutionFlags::STALE));
}

#[test]
fn replies_that_were_not_asked_for_are_not_taken() {
    let mut resolution = resolution(ALICE);
    let data = Reply::Data {
        handle: 1,
        soft: NO_SOFT,
    };
    let id = AskId::of_first_name;
    assert!(
        !resolution.answered(id(Layer::Memory, 0), data),
        "not asked yet"
    );
    assert!(matches!(resolution.poll(at(0), 0, &scopes()), Step::Ask(_)));
    assert!(!resolution.answered(id(Layer::Mesh, 0), data));
    assert!(!resolution.answered(id(Layer::Memory, 1), data));
    assert!(!resolution.answered(id(Layer::Memory, 200), data));
    assert!(resolution.answered(id(Layer::Memory, 0), MISS));
    assert!(!resolution.answered(id(Layer::Memory, 0), data), "answered");
}

#[test]
fn a_late_authority_is_not_waited_for() {
    let with_claim = claims([Some((1, 7, Verdict::Valid)), None, None]);
    let run = run(&mut resolution(ALICE), with_claim);
    assert_eq!(run.handles(), [0]);
    assert_eq!(run.flags(), ResolutionFlags::DEGRADED);
}

proptest! {
    /// The same answers in another order have the same outcome: by owner and version, since handles go with authorities.
    #[test]
    fn the_order_of_authorities_does_not_matter(
        of in [(1..3u8, 7..10u32, 0..3usize), (1..3u8, 7..10u32, 0..3usize), (1..3u8, 7..10u32, 0..3usize)],
        turn in 0..3usize,
    ) {
        let verdicts = [Verdict::Valid, Verdict::Invalid, Verdict::Unverifiable];
        let of = of.map(|(owner, serial, verdict)| Some((owner, serial, verdicts[verdict])));
        let mut turned = of;
        turned.rotate_left(turn);
        let served = |of: [Option<(u8, u32, Verdict)>; 3]| {
            let run = run(&mut resolution(ALICE), claims(of));
            let mut served: Vec<_> = run.handles().iter().map(|handle| of[*handle as usize].map(|of| (of.0, of.1))).collect();
            served.sort();
            (run.rcode(), run.flags(), served)
        };
        prop_assert_eq!(served(of), served(turned));
    }
}
