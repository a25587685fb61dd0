use super::*;
use proptest::prelude::*;
use std::string::ToString;

const ALICE: Identity = Identity {
    owner: OwnerId([1; 32]),
    proof: Some([1; 32]),
};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn session() -> Session {
    Session::begin(at(0), ALICE, 300, 3)
}

#[test]
fn rule_14_1_1_a_name_is_resolved_once_per_session() {
    let session = session();
    for connection in 0..300 {
        assert_eq!(session.reason_to_resolve(at(connection), false), None);
        assert!(session.is_cached_valid(at(connection)));
    }
}

#[test]
fn rule_14_1_1_the_four_reasons_to_resolve_again() {
    let mut session = session();
    let reason = |session: &Session| session.reason_to_resolve(at(1), false);
    assert_eq!(
        session.reason_to_resolve(at(300), false),
        Some(Reason::TtlEnded)
    );
    for place in 0..3 {
        assert_eq!(reason(&session), None);
        session.endpoint_failed(place);
    }
    assert_eq!(reason(&session), Some(Reason::AllUnreachable));
    assert_eq!(
        session.reason_to_resolve(at(1), true),
        Some(Reason::UserAsked)
    );
    session.handshake_failed();
    assert_eq!(
        session.reason_to_resolve(at(1), true),
        Some(Reason::IdentityMismatch)
    );
    // A resolution without endpoints has none that can be reached.
    let empty = Session::begin(at(0), ALICE, 300, 0);
    assert_eq!(reason(&empty), Some(Reason::AllUnreachable));
}

#[test]
fn rule_14_1_2_identity_survives_a_change_of_endpoints() {
    let mut session = session();
    session.endpoint_failed(0);
    session.endpoint_failed(1);
    session.endpoint_failed(2);
    assert_eq!(session.trust(), Trust::Continues);
    assert_eq!(session.resolved(at(1), ALICE, 60, 64), Trust::Continues);
    assert_eq!(session.identity(), ALICE);
    assert_eq!(session.reason_to_resolve(at(2), false), None);
    assert!(session.is_cached_valid(at(60)) && !session.is_cached_valid(at(61)));
}

#[test]
fn rule_14_1_3_trust_ends_when_key_proof_or_handshake_say_so() {
    let other_key = Identity {
        owner: OwnerId([2; 32]),
        ..ALICE
    };
    let other_proof = Identity {
        proof: None,
        ..ALICE
    };
    for (named, doubt) in [
        (other_key, Doubt::KeyChanged),
        (other_proof, Doubt::ProofChanged),
    ] {
        let mut session = session();
        assert_eq!(
            session.resolved(at(1), named, 60, 1),
            Trust::VerifyAgain(doubt)
        );
        // Until it is verified the session trusts whom it trusted.
        assert_eq!(session.identity(), ALICE);
        session.verified();
        assert_eq!(
            (session.identity(), session.trust()),
            (named, Trust::Continues)
        );
    }
    let mut session = session();
    let failed = Trust::VerifyAgain(Doubt::HandshakeFailed);
    assert_eq!(session.handshake_failed(), failed);
    session.verified();
    assert_eq!(
        (session.identity(), session.trust()),
        (ALICE, Trust::Continues)
    );
}

#[test]
fn is_cached_valid_needs_ttl_and_identity() {
    let mut session = session();
    assert!(session.is_cached_valid(at(299)) && !session.is_cached_valid(at(300)));
    session.handshake_failed();
    assert!(!session.is_cached_valid(at(1)));
}

#[test]
fn rule_14_1_4_stale_answers_are_used_with_a_warning_and_contested_ones_confirmed() {
    let all = [
        Application::Payments,
        Application::Messaging,
        Application::OtherClosed,
        Application::OtherOpen,
    ];
    use ResolutionFlags as Flags;
    for application in all {
        let reacts = |flags| application.reacts_to(Resolved::Answer(flags));
        assert_eq!(reacts(Flags::NONE), Reaction::Proceed);
        assert_eq!(
            reacts(Flags::EXTERNAL | Flags::FEDERATED),
            Reaction::Proceed
        );
        assert_eq!(reacts(Flags::STALE), Reaction::Warn);
        assert_eq!(reacts(Flags::TOFU | Flags::EXTERNAL), Reaction::Warn);
        assert_eq!(reacts(Flags::STALE | Flags::CONTESTED), Reaction::Confirm);
    }
}

#[test]
fn rule_14_1_4_payments_fail_closed_and_messaging_fails_open() {
    let failure = |has_last_known| Resolved::Failure { has_last_known };
    for (application, reaction) in [
        (Application::Payments, Reaction::Refuse),
        (Application::OtherClosed, Reaction::Refuse),
        (Application::Messaging, Reaction::TryLastKnown),
        (Application::OtherOpen, Reaction::TryLastKnown),
    ] {
        assert_eq!(application.reacts_to(failure(true)), reaction);
        assert_eq!(application.reacts_to(failure(false)), Reaction::Refuse);
    }
}

#[test]
fn rule_14_1_5_nothing_is_resolved_in_the_hot_path() {
    assert_eq!(Activity::Preparing.check(), Ok(()));
    for activity in [
        Activity::Connecting,
        Activity::Transferring,
        Activity::RealTime,
        Activity::TimeCritical,
    ] {
        assert_eq!(activity.check(), Err(Violation::HotPath));
    }
    let violation = Activity::HandlingPacket.check().unwrap_err();
    assert_eq!(violation, Violation::PacketHandler);
    let text = violation.to_string();
    assert!(text.starts_with("INVARIANT VIOLATION: DNS resolution called from packet handler."));
}

#[test]
fn rule_14_1_6_the_system_orders_endpoints() {
    let mut session = session();
    let order = [2, 0, 9, 1];
    assert_eq!(session.next_endpoint(order), Some(2));
    session.endpoint_failed(2);
    assert_eq!(session.next_endpoint(order), Some(0));
    session.endpoint_failed(0);
    session.endpoint_failed(usize::MAX);
    assert_eq!(session.next_endpoint(order), Some(1));
    session.endpoint_failed(1);
    assert_eq!(session.next_endpoint(order), None);
}

#[test]
fn rule_15_1_3_more_than_10_queries_a_second_for_a_name_are_a_violation() {
    let mut rates = QueryRates::new([RateSlot::default(); 4]);
    let mut ask = |millis, client, name| {
        rates.check_query_rate(Timestamp::from_millis(millis), (client, name))
    };
    for millis in 0..10 {
        assert_eq!(ask(millis, 1, 'a'), Ok(()));
        assert_eq!(ask(millis, 2, 'a'), Ok(()), "another client");
        assert_eq!(ask(millis, 1, 'b'), Ok(()), "another name");
    }
    let first = Violation::QueryRate { is_first: true };
    assert_eq!(ask(500, 1, 'a'), Err(first));
    assert_eq!(
        ask(999, 1, 'a'),
        Err(Violation::QueryRate { is_first: false })
    );
    assert_eq!(ask(1_000, 1, 'a'), Ok(()));
    assert!(first.to_string().contains("Query rate > 10/sec"));
    assert_eq!(MAX_QUERIES_PER_SECOND, 10);
}

proptest! {
    /// Endpoints come and go; trust ends by key, proof and handshake alone.
    #[test]
    fn trust_depends_on_identity_alone(
        events in prop::collection::vec((0..5u8, 0..70usize, 1..3u8, 0..3u8), 0..40),
    ) {
        let mut session = session();
        let mut trusted = ALICE;
        let mut named = ALICE;
        let mut is_handshake_bad = false;
        for (event, endpoints, owner, proof) in events {
            match event {
                0 | 1 => {
                    named = Identity {
                        owner: OwnerId([owner; 32]),
                        proof: (proof != 0).then_some([proof; 32]),
                    };
                    session.resolved(at(1), named, 60, endpoints);
                    is_handshake_bad = false;
                }
                2 => session.endpoint_failed(endpoints),
                3 => {
                    session.handshake_failed();
                    is_handshake_bad = true;
                }
                _ => {
                    session.verified();
                    trusted = named;
                    is_handshake_bad = false;
                }
            }
            prop_assert_eq!(session.identity(), trusted);
            let continues = named == trusted && !is_handshake_bad;
            prop_assert_eq!(session.trust() == Trust::Continues, continues);
        }
    }
}
