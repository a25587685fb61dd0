use super::*;

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
    let absence = prop::sample::select(std::vec![Absence::Opinion, PROOF, Absence::Revoked]);
    let failure = prop::sample::select(std::vec![
        HardFailure::ChainBroken,
        HardFailure::WorkExhausted,
        HardFailure::RevokedByOperator
    ]);
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
        1 => (6..10u32).prop_map(|version| Some(stale(Presence { version: Some(Serial(version)), signed_at: None }))),
        1 => absence.prop_map(|absence| Some(no_name(absence))),
        1 => failure.prop_map(|failure| Some(Reply::Refused(failure))),
        2 => claim.prop_map(Some),
        4 => alias.prop_map(Some),
    ]
}

fn one_claim(layer: Layer, authority: u8) -> Option<Reply<'static>> {
    (layer, authority)
        .eq(&(Layer::Mesh, 0))
        .then(|| Reply::Claim {
            handle: 4,
            contender: leak(contender(1, 7, Verdict::Valid)),
            alias: None,
            soft: NO_SOFT,
        })
}

fn with_budget(budget: Budget) -> Resolution {
    let settings = ResolveSettings {
        budget,
        ..ResolveSettings::default()
    };
    Resolution::new(at(0), name(ALICE), Type::A, settings)
}

#[test]
fn rule_11_2_what_is_held_when_the_questions_end_is_served() {
    let budget = Budget {
        queries: 1,
        ..Budget::default()
    };
    let run = run(&mut with_budget(budget), |layer, authority, _| {
        if layer.is_remote() {
            one_claim(layer, authority)
        } else {
            Some(MISS)
        }
    });
    assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![4]));
    // With nothing that is held it is a failure, and an opinion is no success.
    let denied = self::run(&mut with_budget(budget), |layer, _, _| {
        Some(if layer.is_remote() {
            no_name(Absence::Opinion)
        } else {
            MISS
        })
    });
    assert_eq!(denied.rcode(), Rcode::SERVFAIL);
}

#[test]
fn rule_11_2_what_is_held_when_the_caller_has_no_work_left_is_served() {
    let run = run(&mut resolution(ALICE), |layer, authority, _| {
        match (layer, authority) {
            (Layer::Mesh, 1) => Some(Reply::Refused(HardFailure::WorkExhausted)),
            (Layer::Mesh, _) => one_claim(layer, authority),
            _ => Some(MISS),
        }
    });
    assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![4]));
    assert_eq!(run.flags(), ResolutionFlags::DEGRADED, "not all were heard");
    assert_eq!(run.took, 0, "nobody is waited for");
}

#[test]
fn silence_ends_within_the_whole_time() {
    let settings = ResolveSettings {
        dht_wait: 60_000,
        ..ResolveSettings::default()
    };
    let mut machine = Resolution::new(at(0), name(ALICE), Type::A, settings);
    let silent = run(&mut machine, |layer, _, _| {
        (!layer.is_remote()).then_some(MISS)
    });
    assert_eq!((silent.rcode(), silent.took), (Rcode::SERVFAIL, 10_000));
}

#[test]
fn an_alias_that_is_not_followed_is_told() {
    let budget = Budget {
        aliases: 0,
        ..Budget::default()
    };
    let target = name("bob.sovereign.");
    let run = run(&mut with_budget(budget), |layer, authority, _| {
        match (layer, authority) {
            (Layer::Mesh, 0) => Some(Reply::Claim {
                handle: 4,
                contender: leak(contender(1, 7, Verdict::Valid)),
                alias: Some(target),
                soft: NO_SOFT,
            }),
            _ => Some(MISS),
        }
    });
    assert_eq!(
        (run.rcode(), &run.told[..]),
        (Rcode::SERVFAIL, &[(0, Fate::Unfollowed)][..])
    );
}

proptest! {
    /// Whatever comes back, or does not, and however late: a resolution ends, within its budget and its time, and nothing
    /// leaves that may not.
    #[test]
    fn no_resolution_exceeds_its_budget(
        replies in prop::collection::vec(replies(), 1..60),
        queries in 0..12u32,
        aliases in 0..20u32,
        total_wait in 0..20_000u32,
        is_signed in any::<bool>(),
    ) {
        let budget = Budget { queries, aliases, ..Budget::default() };
        let settings = ResolveSettings { budget, total_wait, ..ResolveSettings::default() };
        let mut resolution = Resolution::new(at(0), name(ALICE), Type::A, settings);
        let next = core::cell::Cell::new(0);
        let run = run(&mut resolution, |layer, _, _| {
            next.set(next.get() + 1);
            let reply = replies[next.get() % replies.len()]?;
            Some(if is_signed && layer == Layer::Federation { Reply::Signed(leak(reply)) } else { reply })
        });
        let remote = run.asked.iter().filter(|(layer, ..)| layer.is_remote());
        prop_assert!(remote.count() <= queries as usize);
        prop_assert!(run.outcome.unwrap().aliases().count() <= aliases.min(16) as usize);
        prop_assert!(run.took <= total_wait.into());
        for (layer, _, sent) in &run.asked {
            prop_assert!(*layer != Layer::Internet || !sent.ends_with("sovereign."));
        }
    }

    /// Nothing that is valid is dropped without a word: of the claims that were taken, each is served, told, or says what one
    /// that is served says.
    #[test]
    fn valid_claims_are_served_or_told(
        of in prop::collection::vec((1..3u8, 6..10u32), 3),
        ends in prop::option::of(0..3usize),
        failure in prop::sample::select(std::vec![HardFailure::WorkExhausted, HardFailure::RevokedByOperator]),
        absence in prop::option::of(6..10u32),
        queries in 0..4u32,
    ) {
        let mut machine = with_budget(Budget { queries, ..Budget::default() });
        let taken = core::cell::RefCell::new(Vec::new());
        let run = run(&mut machine, |layer, authority, _| {
            let place = usize::from(authority);
            Some(match layer {
                Layer::Mesh if ends == Some(place) => Reply::Refused(failure),
                Layer::Mesh if place == 2 && absence.is_some() => no_name(Absence::Denied { version: Serial(absence?) }),
                Layer::Mesh => {
                    let (owner, serial) = of[place];
                    taken.borrow_mut().push((authority, owner, serial));
                    Reply::Claim {
                        handle: authority.into(),
                        contender: leak(contender(owner, serial, Verdict::Valid)),
                        alias: None,
                        soft: NO_SOFT,
                    }
                }
                _ => MISS,
            })
        });
        let taken = taken.into_inner();
        let served: Vec<_> = taken.iter().filter(|(authority, ..)| run.handles().contains(&u32::from(*authority))).collect();
        for claim @ (authority, owner, serial) in &taken {
            let is_said = served.iter().any(|(_, other, same)| (other, same) == (owner, serial));
            let is_told = run.told.iter().any(|(told, _)| told == authority);
            prop_assert!(is_said || is_told, "{:?}: {:?}", claim, run);
        }
    }
}
