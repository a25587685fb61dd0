use super::*;
use std::vec::Vec;

fn all_soft() -> impl Iterator<Item = SoftFailures> {
    (0..1_u32 << SoftFailure::TABLE.len()).map(SoftFailures)
}

fn all_hard() -> impl Iterator<Item = HardFailure> {
    HardFailure::TABLE.iter().map(|row| row.failure)
}

const FOUND: [Found; 3] = [Found::Data, Found::NoData, Found::NoName];

fn codes(outcome: &Outcome) -> Vec<u16> {
    outcome.errors().map(|(code, _)| code.0).collect()
}

/// What 11.2, 11.3, 12.2, 13 and 16 say of each soft failure, written down once more by hand.
fn expected_soft(failure: SoftFailure) -> (ResolutionFlags, &'static [u16], bool, Option<u32>) {
    use ResolutionFlags as Flags;
    match failure {
        SoftFailure::StaleData => (Flags::STALE, &[3], true, Some(30)),
        SoftFailure::StaleDenial => (Flags::STALE, &[19], true, Some(30)),
        SoftFailure::Disputed | SoftFailure::Contested => {
            (Flags::CONTESTED, &[0, 49152], false, Some(60))
        }
        SoftFailure::AuthorityUnreachable => (Flags::DEGRADED, &[23], true, None),
        SoftFailure::PartialCoverage => (Flags::DEGRADED, &[22], true, Some(60)),
        SoftFailure::ValidationSkipped => (Flags::DEGRADED, &[5], false, None),
        SoftFailure::ValidationDisabled => (Flags::DEGRADED, &[33], false, None),
        SoftFailure::WeakAlgorithm => (Flags::WEAK_CRYPTO, &[0, 49153], true, None),
        SoftFailure::ExpiredByDoubtfulClock => (Flags::TIME_UNCERTAIN, &[7], false, Some(30)),
        SoftFailure::NotYetValidByDoubtfulClock => (Flags::TIME_UNCERTAIN, &[8], false, Some(30)),
        SoftFailure::TrustedOnFirstUse => (Flags::TOFU, &[0, 49154], false, None),
        SoftFailure::External => (Flags::EXTERNAL, &[0, 49156], false, None),
        SoftFailure::Federated => (Flags::FEDERATED, &[0, 49157], true, None),
        SoftFailure::Synthesized => (Flags::SYNTHESIZED, &[29], true, None),
        SoftFailure::Incomplete => (Flags::INCOMPLETE, &[0], true, None),
    }
}

/// The same of each hard failure: rcode, codes, start of the text.
fn expected_hard(failure: HardFailure) -> (Rcode, &'static [u16], &'static str) {
    match failure {
        HardFailure::Prohibited => (Rcode::REFUSED, &[18], "scope"),
        HardFailure::RateLimited => (Rcode::REFUSED, &[31], "rate"),
        HardFailure::NotAuthoritative => (Rcode::REFUSED, &[20], "not our zone"),
        HardFailure::NotSupported => (Rcode::NOTIMP, &[21], "not supported"),
        HardFailure::InvalidQueryType => (Rcode::NOTIMP, &[30], "not supported"),
        HardFailure::RevokedByOperator => (Rcode::NXDOMAIN, &[15], "revoked"),
        HardFailure::RevokedByGovernance => (Rcode::NXDOMAIN, &[16], "revoked"),
        HardFailure::NoTrustAnchor => (Rcode::SERVFAIL, &[5], "no_trust_anchor"),
        HardFailure::KeyMissing => (Rcode::SERVFAIL, &[9], "trust_chain_broken"),
        HardFailure::SignatureMissing => (Rcode::SERVFAIL, &[10], "trust_chain_broken"),
        HardFailure::DenialMissing => (Rcode::SERVFAIL, &[12], "trust_chain_broken"),
        HardFailure::SignatureExpired => (Rcode::SERVFAIL, &[7], "trust_chain_broken"),
        HardFailure::SignatureNotYetValid => (Rcode::SERVFAIL, &[8], "trust_chain_broken"),
        HardFailure::SignatureExpiredBeforeValid => (Rcode::SERVFAIL, &[25], "trust_chain_broken"),
        HardFailure::ChainBroken => (Rcode::SERVFAIL, &[6], "trust_chain_broken"),
        HardFailure::OwnerSignatureInvalid => (Rcode::SERVFAIL, &[6], "proof_invalid: pq"),
        HardFailure::ProofInvalid => (Rcode::SERVFAIL, &[6, 49155], "proof_invalid"),
        HardFailure::TooStale => (Rcode::SERVFAIL, &[24], "too stale"),
        HardFailure::NotReady => (Rcode::SERVFAIL, &[14], "not ready"),
        HardFailure::WorkExhausted => (Rcode::SERVFAIL, &[0], "work budget"),
        HardFailure::CachedFailure => (Rcode::SERVFAIL, &[13], "failed before"),
        HardFailure::AllUnreachable => (Rcode::SERVFAIL, &[22], "no authority reachable"),
    }
}

#[test]
fn rule_11_3_nothing_wrong_is_an_answer_without_flags() {
    for (found, rcode) in FOUND
        .into_iter()
        .zip([Rcode::NOERROR, Rcode::NOERROR, Rcode::NXDOMAIN])
    {
        let outcome = Outcome::of(found, SoftFailures::NONE, None);
        assert_eq!(outcome.kind, AnswerKind::Found(found));
        assert_eq!(outcome.rcode, rcode);
        assert_eq!(outcome.flags, ResolutionFlags(0));
        assert_eq!(outcome.max_ttl, None);
        assert!(outcome.may_be_authenticated);
        assert_eq!(outcome.errors().count(), 0);
    }
}

#[test]
fn rule_11_3_each_soft_failure_serves_with_its_flag() {
    for row in SoftFailure::TABLE {
        let (flag, errors, may_be_authenticated, max_ttl) = expected_soft(row.failure);
        let outcome = Outcome::of(Found::Data, SoftFailures::NONE.with(row.failure), None);
        assert_eq!(outcome.rcode, Rcode::NOERROR);
        assert_eq!(outcome.kind, AnswerKind::Found(Found::Data));
        assert_eq!(outcome.flags, flag, "{:?}", row.failure);
        assert_eq!(codes(&outcome), errors, "{:?}", row.failure);
        assert_eq!(outcome.may_be_authenticated, may_be_authenticated);
        assert_eq!(outcome.max_ttl, max_ttl);
    }
}

/// Every set of soft failures with everything that can be found.
#[test]
fn rule_11_3_soft_failures_add_up() {
    let rows = SoftFailure::TABLE
        .iter()
        .map(|row| expected_soft(row.failure));
    let rows: Vec<_> = rows.collect();
    for soft in all_soft() {
        let met = || (0..).zip(&rows).filter(|(bit, _)| soft.0 & 1 << bit != 0);
        let flags = met().fold(0, |all, (_, row)| all | row.0.0);
        let authenticated = met().all(|(_, row)| row.2);
        let max_ttl = met().filter_map(|(_, row)| row.3).min();
        for found in FOUND {
            let outcome = Outcome::of(found, soft, None);
            assert_eq!(outcome.kind, AnswerKind::Found(found));
            assert_eq!(outcome.flags.0, flags);
            assert_eq!(outcome.may_be_authenticated, authenticated);
            assert_eq!(outcome.max_ttl, max_ttl);
        }
    }
}

/// Every hard failure with every set of soft failures and everything that can be found.
#[test]
fn rule_11_3_a_hard_failure_decides_alone() {
    for failure in all_hard() {
        let (rcode, errors, text) = expected_hard(failure);
        for found in FOUND {
            for soft in all_soft() {
                let outcome = Outcome::of(found, soft, Some(failure));
                assert_eq!(outcome.kind, AnswerKind::Error);
                assert_eq!(outcome.rcode, rcode);
                assert_eq!(outcome.flags, ResolutionFlags(0));
                assert!(!outcome.may_be_authenticated);
            }
        }
        let outcome = Outcome::of(Found::Data, SoftFailures(0xffff), Some(failure));
        assert_eq!(codes(&outcome), errors, "{failure:?}");
        assert_eq!(outcome.errors().next().unwrap().1, text);
    }
}

#[test]
fn rule_11_3_the_tables_are_in_the_order_of_their_enums() {
    for (index, row) in SoftFailure::TABLE.iter().enumerate() {
        assert_eq!(row.failure as usize, index);
    }
    assert!(SoftFailure::TABLE.len() <= 32);
    assert!(HardFailure::TABLE.is_sorted_by_key(|row| row.failure));
    let refused = HardFailure::Prohibited.min(HardFailure::AllUnreachable);
    assert_eq!(refused, HardFailure::Prohibited);
}

#[test]
fn rule_13_2_texts_of_broken_trust() {
    let text = |failure| {
        let outcome = Outcome::of(Found::Data, SoftFailures::NONE, Some(failure));
        outcome.errors().next().map(|(_, text)| text)
    };
    assert_eq!(text(HardFailure::NoTrustAnchor), Some("no_trust_anchor"));
    assert_eq!(text(HardFailure::ChainBroken), Some("trust_chain_broken"));
    assert_eq!(text(HardFailure::ProofInvalid), Some("proof_invalid"));
}

#[test]
fn rule_13_1_trust_on_first_use_is_visible() {
    let met = SoftFailures::NONE.with(SoftFailure::TrustedOnFirstUse);
    let outcome = Outcome::of(Found::Data, met, None);
    assert!(outcome.errors().any(|(_, text)| text == "tofu_mode=true"));
    assert!(!outcome.may_be_authenticated);
}

#[test]
fn what_is_equal_is_said_once() {
    let met = SoftFailures::NONE
        .with(SoftFailure::Disputed)
        .with(SoftFailure::Contested)
        .with(SoftFailure::WeakAlgorithm);
    let outcome = Outcome::of(Found::Data, met, None);
    let errors: Vec<_> = outcome.errors().collect();
    assert_eq!(
        errors,
        [
            (InfoCode::OTHER, "contested"),
            (InfoCode::CONTESTED, "contested"),
            (InfoCode::OTHER, "weak-crypto"),
            (InfoCode::WEAK_CRYPTO, "weak-crypto"),
        ]
    );
}
