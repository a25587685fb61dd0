//! What a node of a mesh decides by. See `paths.rs`.

use lib_dns_core::crypto::Verdict;
use lib_dns_core::name::Name;
use lib_dns_core::policy::conflict::{Claim, ConflictSettings, Contender, Fate, choose, settle};
use lib_dns_core::policy::contract::{
    Activity, Application, Identity, QueryRates, Resolved, Session, Trust,
};
use lib_dns_core::policy::federation::TrustRecord;
use lib_dns_core::policy::merge::{Claims, Content, Lineage, MergeSettings, Merged, Version};
use lib_dns_core::policy::recovery::{Recovery, RecoveryPeer, RecoverySettings, RecoveryZone};
use lib_dns_core::policy::scope::{InternetAccess, Layer, ScopePattern, Scopes, ZoneClass};
use lib_dns_core::policy::update_control::{
    BroadcastSlot, Change, Heard, SeenSlot, UpdateControlConfig, UpdateReceiver, UpdateSender,
    WatchedZone,
};
use lib_dns_core::policy::{NodeId, OwnerId, RateSlot, Relation, ResolutionFlags, ZoneVersion};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;

/// Takes a script of three octets a step through the mesh's rules: an operation, whom it is about, and a number. Adds up
/// what they decide.
#[inline(never)]
pub fn mesh_rules(script: &[u8], asked: &[u8]) -> usize {
    let config = UpdateControlConfig::default();
    let mut sender = UpdateSender::new([BroadcastSlot::default(); 2], config);
    let slots = ([WatchedZone::default(); 2], [SeenSlot::default(); 4]);
    let mut receiver = UpdateReceiver::new(slots.0, slots.1, config);
    let (zones, peers) = ([RecoveryZone::default(); 2], [RecoveryPeer::default(); 2]);
    let mut recovery = Recovery::new(zones, peers, RecoverySettings::default());
    let mut claims = Claims::new([None; 2]);
    let mut rates = QueryRates::new([RateSlot::default(); 2]);
    let mut now = Timestamp::ZERO;
    let mut sum = 0usize;
    for step in script.chunks_exact(3) {
        let &[operation, who, number] = step else {
            return 0;
        };
        let (node, owner, serial) = (NodeId([who; 32]), OwnerId([who; 32]), Serial(number.into()));
        let version = ZoneVersion {
            serial,
            signed: 0,
            digest: [number; 8],
        };
        now = now.add_millis(50);
        let decided = match operation {
            b'c' => usize::from(sender.changed(now, who, serial) != Change::NoRoom),
            b'w' => usize::from(receiver.watch(who, Some(serial))),
            b'h' => match receiver.hear(now, u32::from(number) << 24, who, serial) {
                Heard::Accepted(at) => at.millis_since(now) as usize,
                Heard::StormBegins => 100_000,
                _ => 0,
            },
            b'f' => {
                receiver.failed(now, who);
                0
            }
            b'r' => {
                receiver.refreshed(who, serial);
                0
            }
            b'z' => {
                recovery.set_zone(who.into(), Some(version), number & 1 == 0);
                0
            }
            b'p' => usize::from(recovery.peer_found(now, node)),
            b'a' => match recovery.answered(0, node, &version, None) {
                Some(Relation::Newer) => 1,
                Some(Relation::Fork) => 2,
                _ => 0,
            },
            b'q' => usize::from(rates.check_query_rate(now, (who, number)).is_err()),
            b'm' => {
                let version = Version {
                    owner,
                    signed: number.into(),
                    expires: 9_000,
                    content: Content::Present([number; 32]),
                };
                usize::from(claims.merge(version) == Merged::Added)
            }
            b's' => contended(who, number),
            _ => {
                now = now.add_millis(u64::from(number).wrapping_mul(1_000));
                0
            }
        };
        sum = sum.wrapping_add(decided);
        while let Some(broadcast) = sender.poll(now) {
            sender.sent(now, &broadcast);
            sum = sum.wrapping_add(10);
        }
        while let Some(due) = receiver.poll(now) {
            sum = sum.wrapping_add(due.announced.map_or(20, |serial| serial.0 as usize));
        }
        while recovery.poll(now).is_some() {
            sum = sum.wrapping_add(1_000);
        }
    }
    sum = sum.wrapping_add(claims.served(0, MergeSettings::default()).count());
    sum.wrapping_add(permitted(asked).unwrap_or_default())
}

/// Settles two answers, of which one is a node's and the other another node's.
fn contended(who: u8, number: u8) -> usize {
    let contender = |octet: u8, verdict| Contender {
        claim: Claim {
            serial: Serial(number.into()),
            signature: None,
            latency: octet.into(),
            reputation: 0,
            node: NodeId([octet; 32]),
        },
        owner: OwnerId([number; 32]),
        verdict,
        digest: [octet; 32],
    };
    let (first, second) = (
        contender(who, Verdict::Valid),
        contender(number, Verdict::Valid),
    );
    let settled = settle(&first, &second, 0, ConflictSettings::default());
    match settled.second {
        Fate::Superseded(rule) => rule as usize,
        _ => 7,
    }
}

/// How long a question is that may go to the Internet.
fn permitted(asked: &[u8]) -> Option<usize> {
    let mesh = Name::from_wire(b"\x09sovereign\0").ok()?;
    let bridge = Name::from_wire(b"\x06bridge\x09sovereign\0").ok()?;
    let patterns = [ScopePattern {
        suffix: bridge,
        class: ZoneClass::External,
    }];
    let mesh_names = [mesh];
    let scopes = Scopes {
        mesh_names: &mesh_names,
        patterns: &patterns,
        federations: &[],
        internet: InternetAccess::Available,
    };
    let asked = Name::from_wire(asked).ok()?;
    let forwarding = scopes.permit(asked, None, Layer::Internet).ok()?;
    Some(forwarding.question().wire_len())
}

/// One session of an application: what is allowed and believed, a bit each.
#[inline(never)]
pub fn session(owner: u8, other: u8, endpoints: &[usize]) -> usize {
    let at = Timestamp::from_secs;
    let identity = |owner| Identity {
        owner: OwnerId([owner; 32]),
        proof: None,
    };
    let mut session = Session::begin(at(0), identity(owner), 300, endpoints.len());
    let mut bits = [false; 8];
    let mut places = bits.iter_mut();
    let mut note = |bit| {
        if let Some(place) = places.next() {
            *place = bit;
        }
    };
    note(session.is_cached_valid(at(299)));
    note(session.reason_to_resolve(at(299), false).is_none());
    let order = || endpoints.iter().copied();
    for place in order() {
        session.endpoint_failed(place);
    }
    note(session.next_endpoint(order()).is_none());
    note(session.reason_to_resolve(at(10), false).is_some());
    note(session.resolved(at(20), identity(owner), 300, 1) == Trust::Continues);
    note(session.resolved(at(30), identity(other), 300, 1) != Trust::Continues);
    session.verified();
    note(session.is_cached_valid(at(31)));
    note(session.handshake_failed() != Trust::Continues);
    bits.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit))
}

/// What applications do about answers with these flags, and about failures; and what forbids to resolve: a digit each.
#[inline(never)]
pub fn reactions(applications: &[Application], flags: &[u16], activities: &[Activity]) -> usize {
    let mut sum = 0usize;
    for application in applications {
        let answers = flags
            .iter()
            .map(|flags| Resolved::Answer(ResolutionFlags(*flags)));
        let failures = [true, false].map(|has_last_known| Resolved::Failure { has_last_known });
        for resolved in answers.chain(failures) {
            let reaction = application.reacts_to(resolved) as usize;
            sum = sum
                .wrapping_mul(10)
                .wrapping_add(reaction)
                .wrapping_rem(1_000_000_000);
        }
    }
    let forbidden = activities
        .iter()
        .filter(|activity| activity.check().is_err());
    sum.wrapping_add(forbidden.count().wrapping_mul(1_000_000_000))
}

/// Two replicas of a name, each with its versions, that become one; and the serial of what comes of it.
#[inline(never)]
pub fn replicas(here: &[[u8; 2]], there: &[[u8; 2]]) -> usize {
    let settings = MergeSettings::default();
    let replica = |versions: &[[u8; 2]]| {
        let mut claims = Claims::new([None; 4]);
        for [owner, signed] in versions {
            let _ = claims.merge(Version {
                owner: OwnerId([*owner; 32]),
                signed: (*signed).into(),
                expires: 9_000,
                content: match signed % 2 {
                    0 => Content::Present([*signed; 32]),
                    _ => Content::Deleted,
                },
            });
        }
        claims
    };
    let (mut one, mut other) = (replica(here), replica(there));
    let crowded = one.join(&other).wrapping_add(other.join(&one));
    let is_same = one.iter().eq(other.iter());
    let served = one.served(100, settings).count();
    let ttl = one.ttl(300, 100, settings) as usize;
    let forgotten = one.forget(u64::from(u32::MAX), settings);
    let lineage = |serial| Lineage::published(Serial(serial), [serial as u8; 32]);
    let serial = lineage(here.len() as u32)
        .join(lineage(there.len() as u32))
        .serial(&[99; 32]);
    let digits = [
        crowded,
        is_same.into(),
        served,
        forgotten,
        serial.0 as usize,
    ];
    digits
        .iter()
        .fold(ttl, |sum, digit| sum.wrapping_mul(10).wrapping_add(*digit))
}

/// Which of several claims of one owner is chosen.
#[inline(never)]
pub fn chosen(latencies: [u8; 4]) -> usize {
    let claims = latencies.map(|latency| Claim {
        serial: Serial(7),
        signature: None,
        latency: latency.into(),
        reputation: 0,
        node: NodeId([latency; 32]),
    });
    choose(&claims, 0, ConflictSettings::default()).map_or(99, |place| place)
}

/// Reads what another mesh publishes: octets of its key, and zones that it may ask for.
#[inline(never)]
pub fn federation(text: &[u8], buffer: &mut [u8]) -> usize {
    match TrustRecord::read([text], buffer) {
        Ok(trust) => trust
            .key
            .octets()
            .count()
            .wrapping_mul(10)
            .wrapping_add(trust.scope().count()),
        Err(_) => 0,
    }
}
