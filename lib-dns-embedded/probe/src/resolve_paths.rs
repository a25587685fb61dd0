//! What a node does that resolves names. See `paths.rs`.

use lib_dns_core::crypto::Verdict;
use lib_dns_core::name::Name;
use lib_dns_core::policy::conflict::{Claim, Contender};
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use lib_dns_core::policy::outcome::{HardFailure, SoftFailure, SoftFailures};
use lib_dns_core::policy::scope::{Federation, InternetAccess, ScopePattern, Scopes, ZoneClass};
use lib_dns_core::policy::{NodeId, OwnerId};
use lib_dns_core::resolve::{AskId, Reply, Resolution, ResolveSettings, Step, alias_of};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::{RrSet, Serial};

/// How many turns a resolution takes at most here.
const TURNS: usize = 200;

/// Resolves a name in a mesh whose answers are told by a script, an octet each, in the order of the questions. What comes of
/// it: the rcode, how many records are served, aliases followed, answers told of and extended errors, a digit each.
#[inline(never)]
pub fn resolve(name: &[u8], target: &[u8], script: &[u8]) -> usize {
    resolved(name, target, script).unwrap_or(99_999)
}

fn resolved(name: &[u8], target: &[u8], script: &[u8]) -> Option<usize> {
    let mesh_names = [Name::from_wire(b"\x09sovereign\0").ok()?];
    let pattern = |suffix, class| {
        Some(ScopePattern {
            suffix: Name::from_wire(suffix).ok()?,
            class,
        })
    };
    let patterns = [
        pattern(b"\x09sovereign\0", ZoneClass::Federated)?,
        pattern(b"\x06bridge\x09sovereign\0", ZoneClass::External)?,
    ];
    let federations = [Federation {
        mesh: Name::from_wire(b"\x05meshb\x09sovereign\0").ok()?,
        is_mutual: true,
        zones: &mesh_names,
    }];
    let scopes = Scopes {
        mesh_names: &mesh_names,
        patterns: &patterns,
        federations: &federations,
        internet: InternetAccess::Available,
    };
    let name = Name::from_wire(name).ok()?;
    let target = Name::from_wire(target).ok()?;
    let mut now = Timestamp::from_secs(100);
    let mut resolution = Resolution::new(now, name, Type::A, ResolveSettings::default());
    let mut replies = script.iter().copied();
    let mut told = 0usize;
    for _ in 0..TURNS {
        match resolution.poll(now, 1_000, &scopes) {
            Step::Ask(ask) => {
                let id = ask.id;
                // What leaves this node is the question that the permission holds.
                told = told.wrapping_add(
                    ask.forwarding
                        .map_or(0, |sent| usize::from(sent.question().label_count() == 0)),
                );
                answer(&mut resolution, id, target, replies.next().unwrap_or(b'-'));
            }
            Step::Tell(_) => told = told.wrapping_add(1),
            Step::Wait(until) => now = until,
            Step::Done(resolved) => {
                let digits = [
                    resolved.outcome.rcode.0.into(),
                    resolved.served().count(),
                    resolved.aliases().count(),
                    told,
                    resolved.outcome.errors().count(),
                    resolved
                        .negative_metadata(NodeId([1; 32]), None)
                        .is_some()
                        .into(),
                ];
                return Some(
                    digits
                        .iter()
                        .fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(*digit)),
                );
            }
        }
    }
    None
}

fn answer(resolution: &mut Resolution, id: AskId, target: Name<'_>, reply: u8) {
    let said_by = NegativeMetadata {
        responding_node: NodeId([reply; 32]),
        partition: None,
        coverage: AuthorityCoverage::NONE,
    };
    let contender = Contender {
        claim: Claim {
            serial: Serial(reply.into()),
            signature: None,
            latency: id.authority.into(),
            reputation: 0,
            node: NodeId([id.authority; 32]),
        },
        owner: OwnerId([reply; 32]),
        verdict: if reply == b'i' {
            Verdict::Invalid
        } else {
            Verdict::Valid
        },
        digest: [reply; 32],
    };
    let soft = SoftFailures::NONE.with(SoftFailure::WeakAlgorithm);
    let handle = reply.into();
    let absence = match reply {
        b'p' => Absence::Denied { version: Serial(9) },
        _ => Absence::Opinion,
    };
    let claim = |alias| Reply::Claim {
        handle,
        contender: &contender,
        alias,
        soft,
    };
    let reply = match reply {
        b'd' => Reply::Data { handle, soft },
        b'c' | b'k' | b'i' => claim(None),
        b'a' => claim(Some(target)),
        b'A' => Reply::Alias {
            handle,
            target,
            soft,
        },
        b's' => Reply::Stale {
            handle,
            presence: Presence {
                version: Some(Serial(8)),
                signed_at: None,
            },
            soft,
        },
        b'n' | b'p' => Reply::NoName {
            handle,
            absence,
            said_by: &said_by,
        },
        b't' => Reply::NoData {
            handle,
            absence,
            said_by: &said_by,
        },
        b'N' => Reply::Nobody,
        b'u' => Reply::Unreachable,
        b'r' => Reply::Refused(HardFailure::ChainBroken),
        b'S' => {
            resolution.answered(id, Reply::Signed(&claim(None)));
            return;
        }
        _ => Reply::Miss {
            declared: Some((1, ZoneClass::Federated)),
        },
    };
    resolution.answered(id, reply);
}

/// Where an RRset leads: octets of the name.
#[inline(never)]
pub fn alias(asked: &[u8], owner: &[u8], rtype: u16, packed: &[u8]) -> usize {
    let (Ok(asked), Ok(owner)) = (Name::from_wire(asked), Name::from_wire(owner)) else {
        return 0;
    };
    let rrset = RrSet::new(Type(rtype), 300, packed);
    match alias_of(&asked, Type::A, &owner, &rrset) {
        Ok(Some(target)) => target.as_name().wire_len(),
        Ok(None) => 0,
        Err(_) => 1_000,
    }
}
