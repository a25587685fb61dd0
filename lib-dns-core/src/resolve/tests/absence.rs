use super::*;
use crate::policy::conflict::SignatureTimes;
use crate::policy::negative::PartitionId;

/// What the mesh's authorities say; nobody else knows anything.
fn of_mesh(
    replies: [Option<Reply<'static>>; 3],
) -> impl Fn(Layer, u8, &Name<'_>) -> Option<Reply<'static>> {
    move |layer, authority, _| match layer {
        Layer::Mesh => replies[usize::from(authority)],
        _ => Some(MISS),
    }
}

fn claim(handle: Handle, of: Contender) -> Option<Reply<'static>> {
    Some(Reply::Claim {
        handle,
        contender: leak(of),
        alias: None,
        soft: NO_SOFT,
    })
}

fn valid(owner: u8, serial: u32) -> Contender {
    contender(owner, serial, Verdict::Valid)
}

#[test]
fn rule_12_1_a_denial_without_proof_is_an_opinion() {
    let opinion = run(
        &mut resolution(ALICE),
        of_mesh([Some(no_name(Absence::Opinion)); 3]),
    );
    let last = opinion.layers().last().copied();
    assert_eq!(last, Some(Layer::Federation), "others are asked");
    assert_eq!(
        (opinion.rcode(), opinion.handles()),
        (Rcode::NXDOMAIN, std::vec![5])
    );
    let proof = run(
        &mut resolution(ALICE),
        of_mesh([Some(no_name(PROOF)), Some(MISS), Some(MISS)]),
    );
    assert_eq!(proof.layers().last(), Some(&Layer::Mesh));
    assert_eq!(proof.rcode(), Rcode::NXDOMAIN);
}

#[test]
fn rule_12_1_a_proof_is_not_made_doubtful_by_a_forgery() {
    let forged = claim(1, contender(1, 9, Verdict::Invalid));
    let run = run(
        &mut resolution(ALICE),
        of_mesh([forged, Some(no_name(PROOF)), None]),
    );
    assert_eq!(run.rcode(), Rcode::NXDOMAIN);
    assert_eq!(run.told, [(0, Fate::Invalid)]);
}

#[test]
fn rule_12_2_4_an_nxdomain_says_who_was_asked() {
    let said_by = leak(NegativeMetadata {
        responding_node: NodeId([7; 32]),
        partition: PartitionId::new(b"east"),
        // Whom others have reached is their word alone; that there are five is believed.
        coverage: AuthorityCoverage::new(5, 5).unwrap(),
    });
    let denial = Reply::NoName {
        handle: 5,
        absence: Absence::Opinion,
        said_by,
    };
    let here = NodeId([1; 32]);
    let metadata = |run: &Run| run.outcome.unwrap().negative_metadata(here, None).unwrap();
    let some = run(
        &mut resolution(ALICE),
        of_mesh([Some(denial), Some(MISS), None]),
    );
    let said = metadata(&some);
    assert_eq!(said.responding_node, said_by.responding_node);
    assert_eq!(said.partition, said_by.partition);
    assert_eq!(said.coverage, AuthorityCoverage::new(2, 5).unwrap());
    assert!(some.flags().contains(ResolutionFlags::DEGRADED));
    // Somebody with whom nobody else is known, and who answers for himself.
    let alone = of_mesh([
        Some(no_name(Absence::Opinion)),
        Some(Reply::Nobody),
        Some(Reply::Nobody),
    ]);
    let alone = run(&mut resolution(ALICE), alone);
    assert_eq!(
        metadata(&alone).coverage,
        AuthorityCoverage::new(1, 1).unwrap()
    );
    assert_eq!(alone.flags(), ResolutionFlags::NONE);
    // A revoked zone was not looked for: this node says so itself.
    let revoked = run(
        &mut resolution(ALICE),
        of_mesh([
            Some(Reply::Refused(HardFailure::RevokedByOperator)),
            None,
            None,
        ]),
    );
    assert_eq!(revoked.rcode(), Rcode::NXDOMAIN);
    assert_eq!(metadata(&revoked).responding_node, here);
}

#[test]
fn rule_12_2_4_what_a_cache_remembers_is_told_as_it_was() {
    let said_by = leak(NegativeMetadata {
        responding_node: NodeId([7; 32]),
        partition: None,
        coverage: AuthorityCoverage::new(2, 3).unwrap(),
    });
    let run = run(&mut resolution(ALICE), |_, _, _| {
        Some(Reply::NoData {
            handle: 5,
            absence: Absence::Opinion,
            said_by,
        })
    });
    assert_eq!(run.layers(), [Layer::Memory]);
    let resolved = run.outcome.unwrap();
    assert_eq!(
        resolved.negative_metadata(NodeId([1; 32]), None),
        Some(*said_by)
    );
    assert_eq!(run.rcode(), Rcode::NOERROR);
    assert!(run.flags().contains(ResolutionFlags::DEGRADED));
}

#[test]
fn rule_12_2_5_presence_wins_over_absence() {
    let opinion = Some(no_name(Absence::Opinion));
    let run = run(
        &mut resolution(ALICE),
        of_mesh([opinion, claim(1, valid(1, 7)), opinion]),
    );
    assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![1]));
    assert_eq!(run.flags(), ResolutionFlags::CONTESTED);
    let resolved = run.outcome.unwrap();
    assert_eq!(resolved.outcome.max_ttl, Some(60));
    // Who contests it is told, for the log; it is no negative answer.
    assert_eq!(resolved.denial.unwrap().metadata, SAID_BY);
    assert_eq!(resolved.negative_metadata(NodeId([1; 32]), None), None);
}

#[test]
fn rule_12_2_5_an_opinion_does_not_override_what_is_stale() {
    for layer_of_denial in [Layer::Disk, Layer::LocalZones, Layer::Mesh, Layer::Dht] {
        let run = run(&mut resolution(ALICE), |layer, _, _| {
            Some(match layer {
                Layer::Memory => stale(Presence::default()),
                _ if layer == layer_of_denial => no_name(Absence::Opinion),
                _ => MISS,
            })
        });
        assert_eq!((run.rcode(), run.handles()), (Rcode::NOERROR, std::vec![9]));
        let both = ResolutionFlags::STALE | ResolutionFlags::CONTESTED;
        assert!(run.flags().contains(both), "{layer_of_denial:?}");
        assert_eq!(run.outcome.unwrap().outcome.max_ttl, Some(30));
    }
}

/// Presence yields to proof, and to nothing less.
#[test]
fn rule_12_2_5_a_newer_proof_removes_what_is_held() {
    let held = |version| Presence {
        version: Some(Serial(version)),
        signed_at: None,
    };
    let rcode_and_flags = |version, absence| {
        let run = run(&mut resolution(ALICE), |layer, _, _| {
            Some(match layer {
                Layer::Memory => stale(held(version)),
                Layer::Dht => no_name(absence),
                _ => MISS,
            })
        });
        (
            run.rcode(),
            run.flags().contains(ResolutionFlags::CONTESTED),
        )
    };
    assert_eq!(rcode_and_flags(7, PROOF), (Rcode::NXDOMAIN, false));
    assert_eq!(rcode_and_flags(8, PROOF), (Rcode::NOERROR, true), "a fork");
    assert_eq!(
        rcode_and_flags(9, PROOF),
        (Rcode::NOERROR, false),
        "outdated"
    );
    assert_eq!(
        rcode_and_flags(9, Absence::Revoked),
        (Rcode::NXDOMAIN, false)
    );
}

#[test]
fn rule_12_2_5_a_newer_proof_removes_a_claim_and_tells_it() {
    for order in [[0, 1], [1, 0]] {
        let replies = [claim(1, valid(1, 7)), Some(no_name(PROOF))];
        let gone = run(
            &mut resolution(ALICE),
            of_mesh([replies[order[0]], replies[order[1]], Some(MISS)]),
        );
        assert_eq!(gone.rcode(), Rcode::NXDOMAIN);
        assert_eq!(gone.told, [(order[0] as u8, Fate::Gone)]);
        let replies = [claim(1, valid(1, 9)), Some(no_name(PROOF))];
        let outdated = run(
            &mut resolution(ALICE),
            of_mesh([replies[order[0]], replies[order[1]], Some(MISS)]),
        );
        assert_eq!(
            (outdated.rcode(), outdated.flags()),
            (Rcode::NOERROR, ResolutionFlags::NONE)
        );
    }
}

#[test]
fn rule_12_2_5_one_owners_deletion_does_not_remove_anothers_claim() {
    let deleted = Some(no_name(Absence::Deleted {
        at: Timestamp::from_secs(50),
    }));
    let signed = |owner, signed| {
        let mut contender = valid(owner, 7);
        contender.claim.signature = Some(SignatureTimes {
            signed,
            expires: 100,
        });
        contender
    };
    let of_one = run(
        &mut resolution(ALICE),
        of_mesh([claim(1, signed(1, 40)), deleted, Some(MISS)]),
    );
    assert_eq!(
        (of_one.rcode(), &of_one.told[..]),
        (Rcode::NXDOMAIN, &[(0, Fate::Gone)][..])
    );
    let of_two = run(
        &mut resolution(ALICE),
        of_mesh([claim(1, signed(1, 40)), deleted, claim(2, signed(2, 40))]),
    );
    assert_eq!((of_two.handles(), of_two.told.len()), (std::vec![1, 2], 0));
    assert!(of_two.flags().contains(ResolutionFlags::CONTESTED));
}

#[test]
fn rule_11_3_what_is_revoked_is_not_served_and_what_was_claimed_is_told() {
    let run = run(
        &mut resolution(ALICE),
        of_mesh([
            claim(1, valid(1, 7)),
            Some(Reply::Refused(HardFailure::RevokedByGovernance)),
            None,
        ]),
    );
    assert_eq!(
        (run.rcode(), &run.told[..]),
        (Rcode::NXDOMAIN, &[(0, Fate::Gone)][..])
    );
}

proptest! {
    /// Whatever else is said, opinions never make an NXDOMAIN of a valid claim, or of signed data that is held.
    #[test]
    fn opinions_never_remove_presence(
        said in prop::collection::vec(0..5usize, 3),
        is_held in any::<bool>(),
        layer in 0..3usize,
    ) {
        let replies = [
            Some(MISS),
            None,
            Some(no_name(Absence::Opinion)),
            claim(1, valid(1, 7)),
            claim(2, valid(2, 7)),
        ];
        let has_claim = said.iter().any(|reply| *reply > 2);
        let denies = [Layer::Disk, Layer::LocalZones, Layer::Dht][layer];
        let of_mesh = of_mesh([replies[said[0]], replies[said[1]], replies[said[2]]]);
        let run = run(&mut resolution(ALICE), |layer, authority, name| match layer {
            Layer::Memory if is_held => Some(stale(Presence::default())),
            // Without anything that is held, our own opinion ends the search before the mesh is asked.
            _ if layer == denies && (is_held || layer == Layer::Dht) => Some(no_name(Absence::Opinion)),
            _ => of_mesh(layer, authority, name),
        });
        if has_claim || is_held {
            prop_assert_eq!(run.rcode(), Rcode::NOERROR);
            prop_assert!(!run.handles().contains(&5));
        }
    }
}
