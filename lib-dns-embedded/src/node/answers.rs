//! What local clients are answered: from the zone image, from what was heard, or not at all.

use lib_dns_core::answer::{Request, Settings, Transport, Verdict};
use lib_dns_core::cache::{
    Cache, CacheSettings, HashKey, NegativeSlot, PositiveSlot, Storage, WitnessSlot,
};
use lib_dns_core::code_points::{Class, InfoCode, Opcode, Rcode};
use lib_dns_core::crypto::Digest;
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use lib_dns_core::messages::{
    EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, Question, options::Zdns,
    options::ZdnsItems,
};
use lib_dns_core::name::Name;
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::FailureTtl;
use lib_dns_core::policy::scope::{InternetAccess, Layer, Scopes};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::WriteError;
use lib_dns_core::zone::Serial;
use lib_dns_core::zone::image::DIGEST_LEN;

use super::reply::{self, Known};
use super::zones::{Authority, ImageRefused, Zones};

/// Octets of the longest name whose absence is remembered.
pub const NEGATIVE_NAME_LEN: usize = 40;

/// Nodes that did not find names, which are remembered for all that they did not find.
const WITNESSES: usize = 2;

/// Where a node keeps what it is told: lent to [`Answers`], so that a firmware can have it in memory that is cleared at the
/// start. It holds `POSITIVE` RRsets in `OCTETS` octets, and `NEGATIVE` names that were not found.
///
/// ```
/// use lib_dns_embedded::node::CacheStorage;
/// // It takes no flash. A firmware has one as a local `static mut` of its entry.
/// const _: CacheStorage = CacheStorage::EMPTY;
/// ```
#[derive(Clone, Debug)]
pub struct CacheStorage<
    const POSITIVE: usize = 16,
    const OCTETS: usize = 1024,
    const NEGATIVE: usize = 8,
> {
    positive: [PositiveSlot; POSITIVE],
    octets: [u8; OCTETS],
    negative: [NegativeSlot<NEGATIVE_NAME_LEN>; NEGATIVE],
    witnesses: [WitnessSlot; WITNESSES],
}

impl<const POSITIVE: usize, const OCTETS: usize, const NEGATIVE: usize>
    CacheStorage<POSITIVE, OCTETS, NEGATIVE>
{
    /// Nothing yet: all zeros.
    pub const EMPTY: Self = {
        assert!(
            POSITIVE.is_multiple_of(8) && NEGATIVE.is_multiple_of(8),
            "slots stand in sets of eight"
        );
        Self {
            positive: [PositiveSlot::EMPTY; POSITIVE],
            octets: [0; OCTETS],
            negative: [NegativeSlot::EMPTY; NEGATIVE],
            witnesses: [WitnessSlot::EMPTY; WITNESSES],
        }
    };

    fn lend(&mut self) -> CacheParts<'_> {
        Storage {
            positive: &mut self.positive,
            octets: &mut self.octets,
            negative: &mut self.negative,
            witnesses: &mut self.witnesses,
        }
    }
}

/// What is lent to the cache.
type CacheParts<'s> = Storage<
    &'s mut [PositiveSlot],
    &'s mut [u8],
    &'s mut [NegativeSlot<NEGATIVE_NAME_LEN>],
    &'s mut [WitnessSlot],
>;

/// The cache in lent room.
pub(super) type LentCache<'s> = Cache<
    &'s mut [PositiveSlot],
    &'s mut [u8],
    &'s mut [NegativeSlot<NEGATIVE_NAME_LEN>],
    &'s mut [WitnessSlot],
    NEGATIVE_NAME_LEN,
>;

/// Answers local clients.
///
/// | a name | is answered |
/// |---|---|
/// | of the zone image | from it, with authority, whatever its type |
/// | below the upstream's zone, and not of the image | from what the upstream said; what it did not say yet is to be asked |
/// | else | with REFUSED |
///
/// Nothing here sends or waits. What is to be asked, the caller asks:
///
/// ```
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_embedded::node::{Answer, Answers};
///
/// /// `ask` sends a query to the upstream and gives the response, or none in time.
/// fn serve(
///     answers: &mut Answers<'_>,
///     now: Timestamp,
///     random: u32,
///     query: &[u8],
///     ask: impl Fn(&[u8], &mut [u8]) -> Option<usize>,
///     send: impl Fn(&[u8]),
/// ) {
///     let mut out = [0; 512];
///     match answers.answer(now, random, query, &mut out) {
///         Answer::Send(response) => return send(response),
///         Answer::Nothing => return,
///         Answer::Ask(sent) => {
///             let (mut response, mut scratch) = ([0; 512], [0; 512]);
///             let heard = ask(sent, &mut response)
///                 .map(|len| answers.heard(now, sent, &response[..len], &mut scratch));
///             if !matches!(heard, Some(Ok(_))) {
///                 answers.unanswered(now);
///             }
///         }
///     }
///     answers.settle(now, query, &mut out).map(send);
/// }
/// ```
#[derive(Debug)]
pub struct Answers<'z> {
    pub(super) zones: Zones<'z>,
    pub(super) upstream: Option<Upstream<'z>>,
    pub(super) node: NodeId,
    pub(super) cache: LentCache<'z>,
    counts: AnswerCounts,
}

/// A node of the mesh that answers for others.
#[derive(Clone, Debug)]
pub(super) struct Upstream<'z> {
    /// It is asked, and believed, about what is at or below this.
    pub(super) zone: Name<'z>,
    /// Not asked before this: it did not answer.
    rests_until: Timestamp,
    /// How often in a row it did not answer.
    failures: u8,
}

/// What to do with a query of a local client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer<'o> {
    /// Send this to the client.
    Send(&'o [u8]),
    /// Send this to the upstream, from a port that nobody can guess. Tell what comes back by [`Answers::heard`], or that
    /// nothing came by [`Answers::unanswered`]; then answer the client with [`Answers::settle`].
    Ask(&'o [u8]),
    /// Nothing: it was no query, or there is no room for any answer.
    Nothing,
}

/// How often what was done with a query. The numbers stop at their end; each call of [`Answers::answer`] and
/// [`Answers::settle`] counts once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AnswerCounts {
    /// Answered from the zone image: records, a referral, or that there are none.
    pub from_image: u32,
    /// Answered with records from the cache.
    pub from_cache: u32,
    /// Answered from the cache that there are none.
    pub absent: u32,
    /// To be asked of the upstream.
    pub asked: u32,
    /// Answered with an error.
    pub errors: u32,
    /// Not answered.
    pub ignored: u32,
}

/// What is to be done, and how many octets of the buffer are for it.
enum Routed {
    Send(usize),
    Ask(usize),
    Nothing,
}

impl<'z> Answers<'z> {
    /// Answers for a zone whose image is still to come: until then with SERVFAIL. The key must be random, and nobody else
    /// may know it. What the storage holds is overwritten.
    pub fn new<const POSITIVE: usize, const OCTETS: usize, const NEGATIVE: usize>(
        node: NodeId,
        apex: Name<'z>,
        key: HashKey,
        storage: &'z mut CacheStorage<POSITIVE, OCTETS, NEGATIVE>,
    ) -> Self {
        Self {
            zones: Zones { apex, image: None },
            upstream: None,
            node,
            cache: Cache::new(storage.lend(), key, CacheSettings::default()),
            counts: AnswerCounts::default(),
        }
    }

    /// Has a node of the mesh asked about the names at or below `zone` that the image does not have. It should resolve
    /// for others, or be an authority for all of them.
    pub fn set_upstream(&mut self, zone: Name<'z>) {
        self.upstream = Some(Upstream {
            zone,
            rests_until: Timestamp::ZERO,
            failures: 0,
        });
    }

    /// Serves an image from now on, which stays where it is. It is trusted if it has this SHA-256: the `root_zone_hash`
    /// that the device was shipped with (ZDNS architecture 13.1, option A), or the hash that a signed manifest tells. The
    /// digest is read from all octets, once. Gives the zone's serial.
    ///
    /// # Errors
    /// Why it is not served; then what was served before still is.
    pub fn set_image(
        &mut self,
        octets: &'z [u8],
        root_zone_hash: &[u8; DIGEST_LEN],
        digest: &impl Digest,
    ) -> Result<Serial, ImageRefused> {
        let image = self.zones.take(octets, root_zone_hash, digest)?;
        Ok(image.serial())
    }

    /// The serial of the image that is served.
    pub fn serial(&self) -> Option<Serial> {
        self.zones.serial()
    }

    /// What to do with a query. The random word is for the query to the upstream.
    pub fn answer<'o>(
        &mut self,
        now: Timestamp,
        random: u32,
        query: &[u8],
        out: &'o mut [u8],
    ) -> Answer<'o> {
        let may_ask = self
            .upstream
            .as_ref()
            .is_some_and(|upstream| upstream.rests_until <= now);
        let routed = self.route(now, query, out, may_ask.then_some(random as u16));
        match routed {
            Routed::Send(len) => Answer::Send(out.get(..len).unwrap_or_default()),
            Routed::Ask(len) => Answer::Ask(out.get(..len).unwrap_or_default()),
            Routed::Nothing => Answer::Nothing,
        }
    }

    /// Answers a query from what is here now, with SERVFAIL if that is nothing; `None` as [`Answer::Nothing`].
    pub fn settle<'o>(
        &mut self,
        now: Timestamp,
        query: &[u8],
        out: &'o mut [u8],
    ) -> Option<&'o [u8]> {
        match self.route(now, query, out, None) {
            Routed::Send(len) => out.get(..len),
            Routed::Ask(_) | Routed::Nothing => None,
        }
    }

    /// The upstream did not answer in time: it is left alone for a while, at first for some seconds, at last for a
    /// minute (RFC 9520).
    pub fn unanswered(&mut self, now: Timestamp) {
        if let Some(upstream) = &mut self.upstream {
            let rest = FailureTtl::after(upstream.failures).seconds();
            upstream.rests_until = now.add_secs(rest);
            upstream.failures = upstream.failures.saturating_add(1);
        }
    }

    /// The upstream answered.
    pub(super) fn is_answered(&mut self) {
        if let Some(upstream) = &mut self.upstream {
            upstream.rests_until = Timestamp::ZERO;
            upstream.failures = 0;
        }
    }

    /// A hint said that a zone has changed: its negative answers are flushed (12.2, rule 3). What was found stays: a hint
    /// is no data.
    pub fn zone_updated(&mut self, zone: &Name<'_>) {
        self.cache.zone_updated(zone);
    }

    /// The mesh's topology has changed, or a new peer was discovered: all negative answers are flushed (12.2, rule 3).
    pub fn topology_changed(&mut self) {
        self.cache.topology_changed();
    }

    /// How often what was done.
    pub fn counts(&self) -> AnswerCounts {
        self.counts
    }

    fn route(
        &mut self,
        now: Timestamp,
        query: &[u8],
        out: &mut [u8],
        ask_as: Option<u16>,
    ) -> Routed {
        let Some(request) = Request::read(query) else {
            self.counts.ignored = self.counts.ignored.saturating_add(1);
            return Routed::Nothing;
        };
        let node = self.node;
        let settings = Settings {
            identity: Some(&node.0),
            ..Settings::default()
        };
        let others = request
            .message()
            .and_then(|message| self.of_others(message));
        let written = match others {
            None => {
                let written =
                    request.respond(&self.zones, &settings, &NoSha1, Transport::Udp, 0, out);
                written.map(|len| (len, outcome_of(out)))
            }
            Some((message, question)) => {
                match reply::from_cache(self, now, &message, &question, ask_as.is_some(), out) {
                    Known::Records(len) => Some((len, Outcome::Cached)),
                    Known::Absence(len) => Some((len, Outcome::Absent)),
                    Known::Nothing { failed } => {
                        let id = ask_as.filter(|_| !failed);
                        let asked = id.and_then(|id| write_question(id, &question, out).ok());
                        asked
                            .map(|len| (len, Outcome::Asked))
                            .or_else(|| refuse(&request, &settings, failed, out))
                    }
                }
            }
        };
        let counts = &mut self.counts;
        let (count, routed) = match written {
            None => (&mut counts.ignored, Routed::Nothing),
            Some((len, outcome)) => {
                let count = match outcome {
                    Outcome::Image => &mut counts.from_image,
                    Outcome::Cached => &mut counts.from_cache,
                    Outcome::Absent => &mut counts.absent,
                    Outcome::Asked => &mut counts.asked,
                    Outcome::Error => &mut counts.errors,
                };
                let routed = match outcome {
                    Outcome::Asked => Routed::Ask(len),
                    _ => Routed::Send(len),
                };
                (count, routed)
            }
        };
        *count = count.saturating_add(1);
        routed
    }

    /// The question, if the upstream is the one who can answer it.
    fn of_others<'q>(&self, message: &Message<'q>) -> Option<(Message<'q>, Question<'q>)> {
        let question = message.question()?;
        let is_plain = message.flags().opcode() == Opcode::QUERY
            && message.edns().is_none_or(|edns| edns.version == 0)
            && question.qclass == Class::IN
            && !question.qtype.is_meta()
            && !matches!(question.qtype, Type::RRSIG | Type::NXNAME);
        let is_theirs = is_plain && self.is_of_others(&question.name, question.qtype);
        is_theirs.then_some((*message, question))
    }

    /// Is a name the upstream's, and not the image's?
    pub(super) fn is_of_others(&self, name: &Name<'_>, rtype: Type) -> bool {
        self.upstream.as_ref().is_some_and(|upstream| {
            let scopes = Scopes {
                mesh_names: &[upstream.zone],
                patterns: &[],
                federations: &[],
                internet: InternetAccess::NotConfigured,
            };
            scopes.permit(*name, None, Layer::Mesh).is_ok()
        }) && self.zones.authority(name, rtype) == Authority::Others
    }
}

/// What a message turned out to be.
enum Outcome {
    Image,
    Cached,
    Absent,
    Asked,
    Error,
}

/// Says that a question cannot be resolved, and whether that was tried a moment ago.
fn refuse(
    request: &Request<'_>,
    settings: &Settings<'_>,
    failed: bool,
    out: &mut [u8],
) -> Option<(usize, Outcome)> {
    let why = if failed {
        InfoCode::CACHED_ERROR
    } else {
        InfoCode::NO_REACHABLE_AUTHORITY
    };
    let verdict = Verdict::because(Rcode::SERVFAIL, why);
    let written = request.refuse(verdict, settings, Transport::Udp, 0, out);
    written.map(|len| (len, Outcome::Error))
}

/// Of a response that was made without the cache.
fn outcome_of(response: &[u8]) -> Outcome {
    let rcode = response.get(3).map_or(0, |octet| octet & 0xf);
    match Rcode(u16::from(rcode)) {
        Rcode::NOERROR | Rcode::NXDOMAIN => Outcome::Image,
        _ => Outcome::Error,
    }
}

/// A query for the upstream: it says that we understand the ZDNS option.
#[inline(never)]
fn write_question(id: u16, question: &Question<'_>, out: &mut [u8]) -> Result<usize, WriteError> {
    let room = u16::try_from(out.len()).unwrap_or(u16::MAX);
    let flags = Flags::default().with_recursion_desired(true);
    let mut builder = <MessageBuilder<'_>>::new(out, id, flags)?;
    builder.question(&question.name, question.qtype, question.qclass)?;
    let header = EdnsHeader {
        udp_size: room.min(EdnsHeader::default().udp_size),
        ..EdnsHeader::default()
    };
    let items = ZdnsItems::NONE;
    builder.edns(&header, &[EdnsOption::from(Zdns { items })])?;
    Ok(builder.finish().len())
}

/// Images with NSEC3 records are refused, so nothing is ever hashed.
struct NoSha1;

impl Sha1 for NoSha1 {
    fn digest(&self, _: &[&[u8]]) -> [u8; HASH_LEN] {
        [0; HASH_LEN]
    }
}
