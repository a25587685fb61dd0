use super::*;
use crate::policy::scope::Declared;

/// What the other mesh says; nobody in this one knows anything.
fn of_federation(reply: Reply<'static>) -> impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>> {
    move |layer, _, _| {
        Some(if layer == Layer::Federation {
            reply
        } else {
            MISS
        })
    }
}

fn claim_of(verdict: Verdict) -> Reply<'static> {
    Reply::Claim {
        handle: 3,
        contender: leak(contender(1, 7, verdict)),
        alias: None,
        soft: NO_SOFT,
    }
}

fn signed(reply: Reply<'static>) -> Reply<'static> {
    Reply::Signed(leak(reply))
}

#[test]
fn rule_16_1_b_federated_meshes_are_asked_after_the_own_one() {
    let run = run(
        &mut resolution(ALICE),
        of_federation(signed(claim_of(Verdict::Valid))),
    );
    assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![3]));
    assert_eq!(run.flags(), ResolutionFlags::FEDERATED);
    // Where it comes from can be told to the client.
    let served = run.outcome.unwrap().served().next().unwrap();
    let mesh = scopes().federations[usize::from(served.authority)].mesh;
    assert_eq!(
        (served.layer, mesh),
        (Layer::Federation, name("meshb.sovereign."))
    );
}

#[test]
fn rule_16_2_what_a_mesh_did_not_sign_is_not_heard() {
    for reply in [
        claim_of(Verdict::Valid),
        no_name(PROOF),
        Reply::Refused(HardFailure::RevokedByOperator),
        // Nor is what it signs twice.
        signed(signed(claim_of(Verdict::Valid))),
    ] {
        let run = run(&mut resolution(ALICE), of_federation(reply));
        assert_eq!(run.rcode(), Rcode::SERVFAIL, "{reply:?}");
    }
}

#[test]
fn rule_16_1_b_federated_results_are_verified_again() {
    let forged = run(
        &mut resolution(ALICE),
        of_federation(signed(claim_of(Verdict::Invalid))),
    );
    assert_eq!(
        (forged.rcode(), &forged.told[..]),
        (Rcode::SERVFAIL, &[(0, Fate::Invalid)][..])
    );
    // The other mesh's word is no verification.
    for word in [
        Reply::Data {
            handle: 1,
            soft: NO_SOFT,
        },
        Reply::Alias {
            handle: 1,
            target: name("bob.sovereign."),
            soft: NO_SOFT,
        },
        stale(Presence::default()),
    ] {
        let run = run(&mut resolution(ALICE), of_federation(signed(word)));
        assert_eq!(
            (run.rcode(), run.handles()),
            (Rcode::SERVFAIL, std::vec![]),
            "{word:?}"
        );
    }
}

#[test]
fn rule_16_1_b_only_meshes_with_mutual_trust_for_the_zone_are_asked() {
    let elsewhere = Federation {
        zones: Vec::leak(std::vec![name("fed.sovereign.")]),
        ..federation("c.sovereign.", true)
    };
    let federations = Vec::leak(std::vec![
        federation("a.sovereign.", false),
        federation("b.sovereign.", true),
        elsewhere,
        federation("d.sovereign.", true),
    ]);
    let scopes = Scopes {
        federations,
        ..scopes()
    };
    let run = run_in(&scopes, &mut resolution(ALICE), |_, _, _| Some(MISS));
    let asked = run
        .asked
        .iter()
        .filter(|(layer, ..)| *layer == Layer::Federation);
    let asked: Vec<_> = asked.map(|(_, authority, _)| *authority).collect();
    assert_eq!(asked, [1, 3]);
}

#[test]
fn rule_16_1_b_no_more_meshes_are_asked_than_authorities() {
    let many = (0..40).map(|_| federation("b.sovereign.", true)).collect();
    let scopes = Scopes {
        federations: Vec::leak(many),
        ..scopes()
    };
    for (authorities, expected) in [(0, 0), (3, 3), (200, MAX_AUTHORITIES)] {
        let settings = ResolveSettings {
            authorities,
            ..ResolveSettings::default()
        };
        let mut machine = Resolution::new(at(0), name(ALICE), Type::A, settings);
        let run = run_in(&scopes, &mut machine, |_, _, _| Some(MISS));
        let asked = run
            .layers()
            .into_iter()
            .filter(|layer| *layer == Layer::Federation);
        assert_eq!(asked.count(), expected);
    }
}

#[test]
fn rule_16_1_b_conflicts_between_meshes_are_settled_as_within_one() {
    let federations = Vec::leak(std::vec![federation("b.sovereign.", true); 2]);
    let scopes = Scopes {
        federations,
        ..scopes()
    };
    let says = |owners: [u8; 2]| {
        run_in(
            &scopes,
            &mut resolution(ALICE),
            move |layer, authority, _| {
                let owner = owners[usize::from(authority) % 2];
                let claim = Reply::Claim {
                    handle: authority.into(),
                    contender: leak(contender(owner, 7 + u32::from(authority), Verdict::Valid)),
                    alias: None,
                    soft: NO_SOFT,
                };
                Some(if layer == Layer::Federation {
                    signed(claim)
                } else {
                    MISS
                })
            },
        )
    };
    let race = says([1, 1]);
    assert_eq!(
        (race.handles(), &race.told[..]),
        (std::vec![1], &[(0, Fate::Superseded(Rule::Serial))][..])
    );
    let dispute = says([1, 2]);
    assert_eq!(dispute.handles(), [0, 1]);
    assert!(
        dispute
            .flags()
            .contains(ResolutionFlags::CONTESTED | ResolutionFlags::FEDERATED)
    );
}

#[test]
fn rule_16_1_scope_counts_only_if_a_zone_kept_here_declares_it() {
    // A mesh that says "your zone is a bridge" does not make it one.
    let run = run(
        &mut resolution("example.com.venue.sovereign."),
        |layer, _, _| {
            Some(match layer {
                Layer::Memory | Layer::Mesh => Reply::Miss {
                    declared: Some((2, ZoneClass::External)),
                },
                _ => MISS,
            })
        },
    );
    assert!(!run.layers().contains(&Layer::Internet));
}

fn names() -> impl Strategy<Value = Name<'static>> {
    let label = prop::sample::select(std::vec!["sovereign", "venue", "bridge", "a", "com"]);
    prop::collection::vec(label, 1..6).prop_map(|labels| {
        let text: String = labels.iter().flat_map(|label| [label, "."]).collect();
        name(&text)
    })
}

fn classes() -> impl Strategy<Value = ZoneClass> {
    prop::sample::select(std::vec![
        ZoneClass::Local,
        ZoneClass::Federated,
        ZoneClass::External
    ])
}

/// What the spec says of a name, once more: what its zone declares, else the longest pattern, else the most restrictive.
fn naive_class(
    scopes: &Scopes<'_>,
    asked: Name<'static>,
    declared: Option<Declared<'static>>,
) -> Option<ZoneClass> {
    let text = |name: &Name<'_>| std::format!(".{name}");
    let is_below = |suffix: &Name<'_>| suffix.is_root() || text(&asked).ends_with(&text(suffix));
    if let Some(declared) = declared.filter(|declared| is_below(&declared.apex)) {
        return Some(declared.class);
    }
    let mut fitting: Vec<_> = scopes
        .patterns
        .iter()
        .filter(|pattern| is_below(&pattern.suffix))
        .collect();
    fitting.sort_by_key(|pattern| {
        (
            text(&pattern.suffix).len(),
            core::cmp::Reverse(pattern.class),
        )
    });
    let is_mesh = scopes.mesh_names.iter().any(is_below);
    fitting
        .last()
        .map(|pattern| pattern.class)
        .or(is_mesh.then_some(ZoneClass::Local))
}

proptest! {
    /// Over all scopes, names, declarations and federations, along aliases too: what leaves the partition is no question of
    /// class A, what goes to another mesh is of class B, signed, and shared with it, and what goes to the Internet is no name
    /// of the mesh.
    #[test]
    fn a_class_a_question_never_leaves(
        asked in names(),
        patterns in prop::collection::vec((names(), classes()), 0..5),
        declared in prop::option::of((0..4u8, classes())),
        federations in prop::collection::vec((any::<bool>(), names()), 0..4),
        aliases in prop::collection::vec(names(), 0..3),
    ) {
        let patterns: Vec<_> = patterns.into_iter().map(|(suffix, class)| ScopePattern { suffix, class }).collect();
        let federations: Vec<_> = federations.into_iter().map(|(is_mutual, zone)| Federation {
            zones: Vec::leak(std::vec![zone]),
            ..federation("b.", is_mutual)
        }).collect();
        let scopes = Scopes {
            patterns: Vec::leak(patterns),
            federations: Vec::leak(federations),
            ..scopes()
        };
        let mut machine = Resolution::new(at(0), asked, Type::A, ResolveSettings::default());
        let mut aliases = aliases.into_iter();
        for _ in 0..500 {
            let (id, question) = match machine.poll(at(0), 0, &scopes) {
                Step::Ask(ask) => {
                    prop_assert_eq!(ask.forwarding.is_some(), ask.id.layer.is_remote());
                    let question = ask.forwarding.map(|forwarding| {
                        let question = NameBuf::copy_of(&forwarding.question()).unwrap();
                        (question, forwarding.must_be_signed() && forwarding.must_be_verified())
                    });
                    (ask.id, question.map(|question| (question, *leak(NameBuf::copy_of(&ask.name).unwrap()))))
                }
                Step::Tell(_) => continue,
                Step::Wait(until) => panic!("everybody has replied: {until:?}"),
                Step::Done(_) => return Ok(()),
            };
            let AskId { layer, authority, .. } = id;
            if let Some(((sent, is_signed), asked)) = question {
                let asked = leak(asked).as_name();
                let said = declared.map(|(labels, class)| Declared { apex: asked.ancestor(labels.into()), class });
                let class = naive_class(&scopes, asked, said);
                match layer {
                    Layer::Federation => {
                        let federation = &scopes.federations[usize::from(authority)];
                        prop_assert_eq!(class, Some(ZoneClass::Federated));
                        prop_assert!(is_signed && federation.is_mutual);
                        prop_assert!(federation.zones.iter().any(|zone| asked.is_at_or_below(zone)));
                    }
                    Layer::Internet => {
                        prop_assert!(matches!(class, None | Some(ZoneClass::External)));
                        prop_assert!(!sent.as_name().is_at_or_below(&name("sovereign.")));
                    }
                    _ => prop_assert!(class.is_some()),
                }
            }
            let alias = (layer == Layer::LocalZones).then(|| aliases.next()).flatten();
            let reply = match alias {
                Some(target) => Reply::Alias { handle: 1, target, soft: NO_SOFT },
                // Everybody declares it; only what is kept here may.
                None if layer == Layer::LocalZones => Reply::Miss { declared },
                None => Reply::Miss { declared: Some((1, ZoneClass::External)) },
            };
            prop_assert!(machine.answered(id, reply));
        }
        prop_assert!(false, "no end");
    }
}
