use super::*;
use crate::code_points::Rcode;
use crate::crypto::Verdict;
use crate::name::{Name, NameBuf};
use crate::policy::conflict::{Claim, Contender, Fate, Rule};
use crate::policy::outcome::{HardFailure, SoftFailures};
use crate::policy::scope::{InternetAccess, ScopePattern, Scopes, ZoneClass};
use crate::policy::{NodeId, OwnerId, ResolutionFlags};
use crate::rr_data::Type;
use crate::time::Timestamp;
use crate::zone::Serial;
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;

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
        internet: InternetAccess::Available,
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const MISS: Reply<'static> = Reply::Miss { declared: None };
const NO_SOFT: SoftFailures = SoftFailures::NONE;

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
    let scopes = scopes();
    let mut run = Run::default();
    let mut now = at(0);
    for _ in 0..1_000 {
        let (layer, authority, reply) = match resolution.poll(now, 0, &scopes) {
            Step::Ask(ask) => {
                assert_eq!(ask.forwarding.is_some(), ask.layer.is_remote());
                let sent = ask
                    .forwarding
                    .as_ref()
                    .map_or(ask.name, |forwarding| forwarding.question());
                run.asked.push((ask.layer, ask.authority, sent.to_string()));
                (
                    ask.layer,
                    ask.authority,
                    reply(ask.layer, ask.authority, &ask.name),
                )
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
                return run;
            }
        };
        if let Some(reply) = reply {
            assert!(resolution.answered(layer, authority, reply));
        }
    }
    panic!("no end: {run:?}");
}

const ALICE: &str = "alice.sovereign.";

#[test]
fn section_7_1_layers_are_asked_in_order() {
    let run = run(&mut resolution(ALICE), |_, _, _| Some(MISS));
    use Layer::{Dht, Disk, LocalZones, Memory, Mesh};
    assert_eq!(
        run.layers(),
        [Memory, Disk, LocalZones, Mesh, Mesh, Mesh, Dht]
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
    let local = run(&mut resolution("door.venue.sovereign."), |_, _, _| None);
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

#[test]
fn rule_12_1_a_denial_without_proof_is_an_opinion() {
    let denial = |is_proved| Reply::NoName {
        handle: 5,
        is_proved,
    };
    let opinion = run(&mut resolution(ALICE), |layer, _, _| match layer {
        Layer::Mesh => Some(denial(false)),
        _ => Some(MISS),
    });
    assert_eq!(
        opinion.layers().last(),
        Some(&Layer::Dht),
        "others are asked"
    );
    assert_eq!(
        (opinion.rcode(), opinion.handles()),
        (Rcode::NXDOMAIN, std::vec![5])
    );
    let proof = run(&mut resolution(ALICE), |layer, authority, _| {
        match (layer, authority) {
            (Layer::Mesh, 0) => Some(denial(true)),
            _ => Some(MISS),
        }
    });
    assert_eq!(proof.layers().last(), Some(&Layer::Mesh));
    assert_eq!(proof.rcode(), Rcode::NXDOMAIN);
}

#[test]
fn rule_12_2_5_presence_wins_over_absence() {
    let with_claim = claims([None, Some((1, 7, Verdict::Valid)), None]);
    let run = run(&mut resolution(ALICE), |layer, authority, name| {
        match (layer, authority) {
            (Layer::Mesh, 0 | 2) => Some(Reply::NoName {
                handle: 5,
                is_proved: false,
            }),
            _ => with_claim(layer, authority, name),
        }
    });
    assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![1]));
    assert_eq!(run.flags(), ResolutionFlags::CONTESTED);
}

fn stale_then(rest: Reply<'static>) -> impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>> {
    move |layer, _, _| {
        Some(match layer {
            Layer::Memory => Reply::Stale {
                handle: 9,
                soft: NO_SOFT,
            },
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
    let fresh = run(
        &mut resolution(ALICE),
        stale_then(Reply::Data {
            handle: 3,
            soft: NO_SOFT,
        }),
    );
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
                let layer = ask.layer;
                match layer {
                    Layer::Memory => resolution.answered(
                        layer,
                        0,
                        Reply::Stale {
                            handle: 9,
                            soft: NO_SOFT,
                        },
                    ),
                    Layer::Disk | Layer::LocalZones => resolution.answered(layer, 0, MISS),
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
        Layer::Memory => Some(Reply::Stale {
            handle: 9,
            soft: NO_SOFT,
        }),
        _ => with_claim(layer, authority, name),
    });
    assert_eq!(run.handles(), [0]);
    assert!(!run.flags().contains(ResolutionFlags::STALE));
}

#[test]
fn aliases_are_followed_from_the_first_layer_and_bounded() {
    let target = name("bob.sovereign.");
    let alias = Reply::Alias {
        handle: 1,
        target,
        soft: NO_SOFT,
    };
    let once = run(&mut resolution(ALICE), |layer, _, asked| {
        Some(match (layer, *asked == target) {
            (Layer::Disk, false) => alias,
            (Layer::Memory, true) => Reply::Data {
                handle: 2,
                soft: NO_SOFT,
            },
            _ => MISS,
        })
    });
    assert_eq!(once.layers(), [Layer::Memory, Layer::Disk, Layer::Memory]);
    assert_eq!(once.handles(), [2]);
    let aliases: Vec<_> = once
        .outcome
        .unwrap()
        .aliases()
        .map(|served| served.handle)
        .collect();
    assert_eq!(aliases, [1]);
    // In a circle for ever.
    let ring = run(&mut resolution(ALICE), |_, _, _| Some(alias));
    assert_eq!(ring.asked.len(), MAX_ALIASES + 1);
    assert_eq!(ring.rcode(), Rcode::SERVFAIL);
}

#[test]
fn an_alias_of_the_mesh_is_followed_once_all_authorities_were_heard() {
    let target = name("bob.sovereign.");
    let (old, new) = (
        contender(1, 7, Verdict::Valid),
        contender(1, 8, Verdict::Valid),
    );
    let other = contender(2, 8, Verdict::Valid);
    let [old, new, other]: [&'static Contender; 3] =
        [old, new, other].map(|contender| &*std::boxed::Box::leak(std::boxed::Box::new(contender)));
    let claim = |handle, contender, alias| Reply::Claim {
        handle,
        contender,
        alias,
        soft: NO_SOFT,
    };
    let run_with = |second| {
        run(&mut resolution(ALICE), move |layer, authority, asked| {
            Some(match (layer, authority, *asked == target) {
                (Layer::Mesh, 0, false) => claim(1, old, Some(target)),
                (Layer::Mesh, 1, false) => second,
                // One of several without a claim is not believed.
                (Layer::Mesh, 2, false) => Reply::Data {
                    handle: 9,
                    soft: NO_SOFT,
                },
                (Layer::Memory, 0, true) => Reply::Data {
                    handle: 3,
                    soft: NO_SOFT,
                },
                _ => MISS,
            })
        })
    };
    // The newer version is no alias any more.
    let newer = run_with(claim(2, new, None));
    assert_eq!(newer.handles(), [2]);
    assert_eq!(newer.told, [(0, Fate::Superseded(Rule::Serial))]);
    let alone = run_with(Reply::Nobody);
    assert_eq!(alone.handles(), [3]);
    assert_eq!(alone.outcome.unwrap().aliases().count(), 1);
    // In a dispute nobody's alias is followed.
    let disputed = run_with(claim(2, other, None));
    assert_eq!(disputed.handles(), [1, 2]);
    assert!(disputed.flags().contains(ResolutionFlags::CONTESTED));
}

#[test]
fn replies_that_were_not_asked_for_are_not_taken() {
    let mut resolution = resolution(ALICE);
    let data = Reply::Data {
        handle: 1,
        soft: NO_SOFT,
    };
    assert!(
        !resolution.answered(Layer::Memory, 0, data),
        "not asked yet"
    );
    assert!(matches!(resolution.poll(at(0), 0, &scopes()), Step::Ask(_)));
    assert!(!resolution.answered(Layer::Mesh, 0, data));
    assert!(!resolution.answered(Layer::Memory, 1, data));
    assert!(!resolution.answered(Layer::Memory, 200, data));
    assert!(resolution.answered(Layer::Memory, 0, MISS));
    assert!(!resolution.answered(Layer::Memory, 0, data), "answered");
}

#[test]
fn a_late_authority_is_not_waited_for() {
    let with_claim = claims([Some((1, 7, Verdict::Valid)), None, None]);
    let run = run(&mut resolution(ALICE), with_claim);
    assert_eq!(run.handles(), [0]);
    assert_eq!(run.flags(), ResolutionFlags::DEGRADED);
}

fn replies() -> impl Strategy<Value = Option<Reply<'static>>> {
    let verdict = prop::sample::select(std::vec![
        Verdict::Valid,
        Verdict::Invalid,
        Verdict::Unverifiable
    ]);
    let claim = (1..3u8, 7..9u32, verdict).prop_map(|(owner, serial, verdict)| {
        let contender =
            std::boxed::Box::leak(std::boxed::Box::new(contender(owner, serial, verdict)));
        Reply::Claim {
            handle: serial,
            contender,
            alias: None,
            soft: NO_SOFT,
        }
    });
    let target = prop::sample::select(std::vec![
        "bob.sovereign.",
        "door.venue.sovereign.",
        "example.com.",
        "x.bridge.sovereign."
    ]);
    let alias = target.prop_map(|target| Reply::Alias {
        handle: 1,
        target: name(target),
        soft: NO_SOFT,
    });
    prop_oneof![
        4 => Just(Some(MISS)),
        2 => Just(None),
        1 => Just(Some(Reply::Unreachable)),
        1 => Just(Some(Reply::Data { handle: 1, soft: NO_SOFT })),
        1 => Just(Some(Reply::Stale { handle: 2, soft: NO_SOFT })),
        1 => any::<bool>().prop_map(|is_proved| Some(Reply::NoName { handle: 3, is_proved })),
        1 => Just(Some(Reply::Refused(HardFailure::ChainBroken))),
        2 => claim.prop_map(Some),
        4 => alias.prop_map(Some),
    ]
}

proptest! {
    /// Whatever comes back, a resolution ends, within its budget, and nothing leaves that may not.
    #[test]
    fn no_resolution_exceeds_its_budget(
        replies in prop::collection::vec(replies(), 1..60),
        queries in 0..12u32,
        aliases in 0..20u32,
    ) {
        let budget = Budget { queries, aliases, ..Budget::default() };
        let settings = ResolveSettings { budget, ..ResolveSettings::default() };
        let mut resolution = Resolution::new(at(0), name(ALICE), Type::A, settings);
        let next = core::cell::Cell::new(0);
        let run = run(&mut resolution, |_, _, _| {
            next.set(next.get() + 1);
            replies[next.get() % replies.len()]
        });
        let remote = run.asked.iter().filter(|(layer, ..)| layer.is_remote());
        prop_assert!(remote.count() <= queries as usize);
        prop_assert!(run.outcome.unwrap().aliases().count() <= aliases.min(16) as usize);
        for (layer, _, sent) in &run.asked {
            prop_assert!(*layer != Layer::Internet || !sent.ends_with("sovereign."));
        }
    }

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
