use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const NOW: u32 = 1_768_608_000;
const SETTINGS: ConflictSettings = ConflictSettings { clock_skew: 60 };
const CLAIM: Claim = Claim {
    serial: Serial(2_026_011_701),
    signature: Some(SignatureTimes {
        signed: NOW - 100,
        expires: NOW + 1000,
    }),
    latency: 20,
    reputation: 10,
    node: NodeId([5; 32]),
};

fn signed(seconds: u32) -> Claim {
    Claim {
        signature: Some(SignatureTimes {
            signed: seconds,
            expires: seconds.wrapping_add(1000),
        }),
        ..CLAIM
    }
}

/// The first wins by this rule, whichever way round they are asked about.
#[track_caller]
fn wins(winner: Claim, loser: Claim, rule: Rule) {
    let decision = |winner| Some(Decision { winner, rule });
    assert_eq!(
        decide(&winner, &loser, NOW, SETTINGS),
        decision(Side::First)
    );
    assert_eq!(
        decide(&loser, &winner, NOW, SETTINGS),
        decision(Side::Second)
    );
}

#[test]
fn rule_11_1_1_the_higher_serial_wins_whatever_the_rest_says() {
    let better_in_all_else = Claim {
        latency: 1,
        reputation: u16::MAX,
        node: NodeId([0; 32]),
        ..signed(NOW)
    };
    let newer = Claim {
        serial: CLAIM.serial.next(),
        signature: None,
        ..CLAIM
    };
    wins(newer, better_in_all_else, Rule::Serial);
}

#[test]
fn rule_11_1_1_serials_wrap_around_as_in_rfc_1982() {
    let at = |serial| Claim {
        serial: Serial(serial),
        ..CLAIM
    };
    wins(at(0), at(u32::MAX), Rule::Serial);
    wins(at(0x7fff_ffff), at(0), Rule::Serial);
    // Half the circle apart: the larger number.
    wins(at(0x8000_0000), at(0), Rule::Serial);
    wins(at(u32::MAX), at(0x7fff_ffff), Rule::Serial);
    wins(at(0), at(0x8000_0001), Rule::Serial);
}

#[test]
fn rule_11_1_2_the_more_recent_timestamp_wins() {
    let slow = Claim {
        latency: 1000,
        ..signed(NOW - 1)
    };
    wins(slow, signed(NOW - 2), Rule::Timestamp);
    wins(
        CLAIM,
        Claim {
            signature: None,
            ..CLAIM
        },
        Rule::Timestamp,
    );
}

#[test]
fn rule_11_1_2_a_timestamp_outside_its_window_does_not_count() {
    let none = Claim {
        signature: None,
        ..CLAIM
    };
    // From the future, but within the skew; then beyond it.
    wins(signed(NOW + 60), CLAIM, Rule::Timestamp);
    wins(CLAIM, signed(NOW + 61), Rule::Timestamp);
    assert_eq!(decide(&none, &signed(NOW + 61), NOW, SETTINGS), None);
    // Expired, within the skew and beyond it.
    wins(signed(NOW - 1060), none, Rule::Timestamp);
    assert_eq!(decide(&none, &signed(NOW - 1061), NOW, SETTINGS), None);
    // A window that ends before it begins.
    let backwards = SignatureTimes {
        signed: NOW,
        expires: NOW - 1,
    };
    assert!(!backwards.count_at(NOW, 60));
    let strict = ConflictSettings { clock_skew: 0 };
    assert!(
        !signed(NOW + 1)
            .signature
            .unwrap()
            .count_at(NOW, strict.clock_skew)
    );
}

#[test]
fn rule_11_1_2_the_skew_is_60_seconds_by_default() {
    assert_eq!(ConflictSettings::default().clock_skew, 60);
}

#[test]
fn rule_11_1_3_the_quicker_source_wins() {
    let quick = Claim {
        latency: 19,
        reputation: 0,
        ..CLAIM
    };
    wins(quick, CLAIM, Rule::Latency);
}

#[test]
fn rule_11_1_4_the_higher_reputation_wins() {
    let better = Claim {
        reputation: 11,
        node: NodeId([9; 32]),
        ..CLAIM
    };
    wins(better, CLAIM, Rule::Reputation);
}

#[test]
fn rule_11_1_5_the_lower_node_id_wins() {
    let mut low = [0xff; 32];
    low[0] = 4;
    let low = Claim {
        node: NodeId(low),
        ..CLAIM
    };
    wins(low, CLAIM, Rule::NodeId);
    assert_eq!(decide(&CLAIM, &CLAIM, NOW, SETTINGS), None);
}

fn contender(owner: u8, verdict: Verdict, digest: u8) -> Contender {
    Contender {
        claim: CLAIM,
        owner: OwnerId([owner; 32]),
        verdict,
        digest: [digest; 32],
    }
}

fn settled(first: &Contender, second: &Contender) -> Settlement {
    settle(first, second, NOW, SETTINGS)
}

#[test]
fn rule_11_2_a_one_owner_the_rules_choose_and_the_loser_is_named() {
    let old = contender(1, Verdict::Valid, 1);
    let mut new = contender(1, Verdict::Valid, 2);
    new.claim.serial = new.claim.serial.next();
    let wanted = Settlement {
        case: Case::UpdateRace,
        first: Fate::Superseded(Rule::Serial),
        second: Fate::Served,
    };
    assert_eq!(settled(&old, &new), wanted);
    assert_eq!(wanted.flags(), ResolutionFlags::NONE);
    assert_eq!(wanted.ttl(3600), 3600);
    // One node that says two things: the lower digest.
    new.claim = old.claim;
    let fates = (Fate::Superseded(Rule::Digest), Fate::Served);
    let found = settled(&new, &old);
    assert_eq!((found.first, found.second), fates);
}

#[test]
fn rule_11_2_b_two_owners_both_are_kept_flagged_and_short_lived() {
    let found = settled(
        &contender(1, Verdict::Valid, 1),
        &contender(2, Verdict::Valid, 2),
    );
    assert_eq!(found.case, Case::Dispute);
    assert_eq!((found.first, found.second), (Fate::Served, Fate::Served));
    assert_eq!(found.flags(), ResolutionFlags::CONTESTED);
    assert_eq!(
        [0, 59, 60, 61, u32::MAX].map(|ttl| found.ttl(ttl)),
        [0, 59, 60, 60, 60]
    );
}

#[test]
fn rule_11_2_b_a_newer_serial_does_not_settle_a_dispute() {
    let old = contender(1, Verdict::Valid, 1);
    let mut new = contender(2, Verdict::Valid, 1);
    new.claim.serial = new.claim.serial.next();
    assert_eq!(settled(&old, &new).case, Case::Dispute);
}

#[test]
fn rule_11_2_c_the_valid_one_wins_unconditionally_and_the_other_costs_reputation() {
    let valid = contender(1, Verdict::Valid, 1);
    for owner in [1, 2] {
        let mut forged = contender(owner, Verdict::Invalid, 2);
        forged.claim.serial = forged.claim.serial.next();
        forged.claim.reputation = u16::MAX;
        let found = settled(&forged, &valid);
        assert_eq!(found.case, Case::OneValid);
        assert_eq!((found.first, found.second), (Fate::Invalid, Fate::Served));
        assert!(found.first.costs_reputation() && !found.second.costs_reputation());
    }
}

#[test]
fn what_cannot_be_verified_is_never_valid_but_nobody_is_to_blame() {
    let unknown = contender(1, Verdict::Unverifiable, 1);
    let found = settled(&contender(1, Verdict::Valid, 2), &unknown);
    assert_eq!(
        (found.case, found.second),
        (Case::OneValid, Fate::Unverifiable)
    );
    assert!(!found.second.costs_reputation());
    let found = settled(&contender(1, Verdict::Invalid, 2), &unknown);
    assert_eq!(found.case, Case::NoneValid);
}

fn claims() -> impl Strategy<Value = Claim> {
    // Few values, near the edges, so that ties and rings happen.
    let serial = prop_oneof![
        any::<u32>(),
        prop::sample::select(std::vec![
            0u32,
            1,
            0x5555_5555,
            0x7fff_ffff,
            0x8000_0000,
            0x8000_0001,
            0xaaaa_aaaa,
            u32::MAX
        ]),
    ];
    let time = prop::sample::select(std::vec![
        NOW - 9,
        NOW,
        NOW + 60,
        NOW + 61,
        NOW ^ 0x8000_0000
    ]);
    let signature =
        (time.clone(), time).prop_map(|(signed, expires)| SignatureTimes { signed, expires });
    let node = (0..3u8).prop_map(|octet| NodeId([octet; 32]));
    (serial, prop::option::of(signature), 0..3u32, 0..3u16, node).prop_map(
        |(serial, signature, latency, reputation, node)| Claim {
            serial: Serial(serial),
            signature,
            latency,
            reputation,
            node,
        },
    )
}

proptest! {
    /// Total: whoever differs in anything that the rules see is told apart; antisymmetric: the other way round the same
    /// one wins by the same rule.
    #[test]
    fn the_ordering_is_total_and_antisymmetric(a in claims(), b in claims()) {
        let there = decide(&a, &b, NOW, SETTINGS);
        let back = decide(&b, &a, NOW, SETTINGS);
        match (there, back) {
            (Some(there), Some(back)) => {
                prop_assert_eq!(there.rule, back.rule);
                prop_assert_ne!(there.winner, back.winner);
            }
            (there, back) => {
                prop_assert_eq!((there, back), (None, None));
                let seen = |claim: Claim| (claim.serial, claim.latency, claim.reputation, claim.node);
                prop_assert_eq!(seen(a), seen(b));
            }
        }
    }

    /// Rules 2 to 5 are transitive; of rule 1 RFC 1982 does not allow it.
    #[test]
    fn claims_of_one_serial_are_in_line(a in claims(), b in claims(), c in claims()) {
        let [a, b, c] = [a, b, c].map(|claim| Claim { serial: Serial(7), ..claim });
        let beats = |a: &Claim, b: &Claim| {
            decide(a, b, NOW, SETTINGS).is_some_and(|decision| decision.winner == Side::First)
        };
        if beats(&a, &b) && beats(&b, &c) {
            prop_assert!(beats(&a, &c));
        }
    }

    /// All resolvers converge to the same answer, in whichever order the claims came.
    #[test]
    fn the_choice_does_not_depend_on_order(
        claims in prop::collection::vec(claims(), 1..8),
        by in any::<u64>(),
    ) {
        let chosen = claims[choose(&claims, NOW, SETTINGS).unwrap()];
        let mut other: Vec<_> = claims.clone();
        let len = other.len();
        other.rotate_left(by as usize % len);
        if by & 1 << 40 != 0 {
            other.reverse();
        }
        let again = other[choose(&other, NOW, SETTINGS).unwrap()];
        prop_assert_eq!(decide(&chosen, &again, NOW, SETTINGS), None);
    }

    /// No valid answer is dropped but for the same owner's other one, by a rule; and one is always served if any is
    /// valid.
    #[test]
    fn valid_data_is_never_silently_dropped(
        claims in (claims(), claims()),
        owners in (0..2u8, 0..2u8),
        digests in (0..2u8, 0..2u8),
        verdicts in (0..3usize, 0..3usize),
    ) {
        let all = [Verdict::Valid, Verdict::Invalid, Verdict::Unverifiable];
        let first = Contender { claim: claims.0, ..contender(owners.0, all[verdicts.0], digests.0) };
        let second = Contender { claim: claims.1, ..contender(owners.1, all[verdicts.1], digests.1) };
        let found = settled(&first, &second);
        for (contender, fate) in [(&first, found.first), (&second, found.second)] {
            prop_assert_eq!(
                contender.verdict == Verdict::Valid,
                matches!(fate, Fate::Served | Fate::Superseded(_))
            );
            if matches!(fate, Fate::Superseded(_)) {
                prop_assert_eq!(first.owner, second.owner);
                prop_assert_ne!(first.digest, second.digest);
            }
        }
        let served = [found.first, found.second].contains(&Fate::Served);
        prop_assert_eq!(served, found.case != Case::NoneValid);
    }
}
