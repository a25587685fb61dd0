//! Responses from what was heard.

use lib_dns_core::answer::MAX_LINKS;
use lib_dns_core::cache::{Held, Lookup, Missing};
use lib_dns_core::code_points::{Class, MIN_UDP_SIZE, OPT_LEN, OPTION_HEAD_LEN};
use lib_dns_core::messages::options::{ExtendedError, NodeFlags, Nsid, Zdns, ZdnsFlags};
use lib_dns_core::messages::options::{ZdnsItem, ZdnsItems};
use lib_dns_core::messages::{
    Edns, EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, OptionCode, Question, Section,
};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::NegativeMetadata;
use lib_dns_core::policy::outcome::{Found, Outcome, SoftFailure, SoftFailures};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::{Form, WriteError, Writer};
use lib_dns_core::zone::RrSet;

use super::answers::Answers;

/// Octets of the items of a ZDNS option: the flags, the node, the longest partition, and the coverage.
const ITEMS_LEN: usize = 4 + 34 + 34 + 4;

/// Extended errors that are told, and octets for each with its words.
const MAX_ERRORS: usize = 2;
const ERROR_LEN: usize = OPTION_HEAD_LEN + 2 + 16;

/// What the cache knows of a question. The numbers are octets of the response.
pub(super) enum Known {
    /// Records, or an alias.
    Records(usize),
    /// That there is no such name, or none of the type.
    Absence(usize),
    /// Nothing that may be told.
    Nothing {
        /// It could not be resolved a moment ago, and is not to be asked again yet.
        failed: bool,
    },
}

/// What ends a chain of aliases.
enum End {
    Records,
    Absence(Missing, NegativeMetadata),
    /// It leads to what the image has, or further than is followed: the client asks for that.
    Elsewhere,
    Unknown,
    Failed,
    /// What is here does not fit.
    Full,
}

/// Answers from the cache. A chain of aliases that does not end here is an answer only if nobody can be asked.
///
/// Nothing stale is served: only a valid signature proves that data was right once (11.3), and none is checked here.
///
/// Not copied into what also answers from the image: that goes deep enough.
#[inline(never)]
pub(super) fn from_cache(
    answers: &mut Answers<'_>,
    now: Timestamp,
    message: &Message<'_>,
    question: &Question<'_>,
    may_ask: bool,
    out: &mut [u8],
) -> Known {
    let nothing = Known::Nothing { failed: false };
    let Ok(mut reply) = Reply::open(message, question, out) else {
        return nothing;
    };
    match reply.follow(answers, now, question) {
        End::Failed => return Known::Nothing { failed: true },
        End::Unknown if may_ask || reply.is_empty() => return nothing,
        End::Absence(missing, metadata) => {
            let len = reply.finish(Some((missing, metadata)), &answers.node);
            return len.map_or(nothing, Known::Absence);
        }
        End::Records | End::Elsewhere | End::Unknown => {}
        End::Full => reply.truncate(),
    }
    let len = reply.finish(None, &answers.node);
    len.map_or(nothing, Known::Records)
}

/// A response while it grows.
struct Reply<'m, 'o> {
    /// As large as those of answers from zones, so that its code is there once.
    builder: MessageBuilder<'o>,
    edns: Option<Edns<'m>>,
    soft: SoftFailures,
}

impl<'m, 'o> Reply<'m, 'o> {
    fn open(
        message: &Message<'m>,
        question: &Question<'_>,
        out: &'o mut [u8],
    ) -> Result<Self, WriteError> {
        let asked = message.flags();
        let flags = Flags::default()
            .with_response(true)
            .with_recursion_desired(asked.recursion_desired())
            .with_recursion_available(true)
            .with_checking_disabled(asked.checking_disabled());
        let edns = message.edns();
        let mut builder = MessageBuilder::new(out, message.id(), flags)?;
        let most = EdnsHeader::default().udp_size;
        let limit = edns.map_or(MIN_UDP_SIZE, |edns| {
            edns.udp_size.max(MIN_UDP_SIZE).min(most)
        });
        builder.set_limit(limit.into());
        if edns.is_some() {
            let errors = MAX_ERRORS.saturating_mul(ERROR_LEN);
            let node = OPTION_HEAD_LEN.saturating_add(size_of::<NodeId>());
            let items = OPTION_HEAD_LEN.saturating_add(ITEMS_LEN);
            let parts = [OPT_LEN, errors, node, items];
            builder.set_reserve(parts.into_iter().fold(0, usize::saturating_add));
        }
        builder.question(&question.name, question.qtype, question.qclass)?;
        Ok(Self {
            builder,
            edns,
            soft: SoftFailures::NONE,
        })
    }

    fn is_empty(&self) -> bool {
        let [_, answers, ..] = self.builder.counts();
        answers == 0
    }

    fn truncate(&mut self) {
        let flags = self.builder.flags().with_truncated(true);
        self.builder.set_flags(flags);
    }

    /// Writes what is known, alias by alias.
    #[inline(never)]
    fn follow(
        &mut self,
        answers: &mut Answers<'_>,
        now: Timestamp,
        question: &Question<'_>,
    ) -> End {
        let rtype = question.qtype;
        let mut name = NameBuf::ROOT;
        // A valid name fits.
        let _ = name.assign(&question.name);
        for _ in 0..=MAX_LINKS {
            let next = match answers.cache.lookup(now, &name.as_name(), rtype) {
                Lookup::Hit(held) => self.hold(&mut name, rtype, &held),
                // Nothing is expanded without proofs, and the cache has none.
                Lookup::Stale(_) | Lookup::Expanded(_) | Lookup::Miss { .. } => {
                    return End::Unknown;
                }
                Lookup::Failed { .. } => return End::Failed,
                Lookup::Negative(denial) => {
                    let (missing, metadata, ttl) =
                        (denial.missing(), denial.metadata(), denial.ttl());
                    let zone = denial.zone().label_count();
                    let zone = name.as_name().ancestor(zone);
                    // It may be gone; the absence holds all the same.
                    if let Lookup::Hit(soa) = answers.cache.lookup(now, &zone, Type::SOA) {
                        let soa = soa.first().rrset();
                        let soa = RrSet::new(soa.rtype, soa.ttl.min(ttl), soa.packed());
                        let _ =
                            soa.write_to(&mut self.builder, Section::Authority, &zone, Class::IN);
                    }
                    return End::Absence(missing, metadata);
                }
            };
            match next {
                Err(_) => return End::Full,
                Ok(false) => return End::Records,
                Ok(true) => {}
            }
            if !answers.is_of_others(&name.as_name(), rtype) {
                break;
            }
        }
        End::Elsewhere
    }

    /// Writes all that is held of a name. If that is an alias, the name becomes where it leads.
    #[inline(never)]
    fn hold(
        &mut self,
        name: &mut NameBuf,
        rtype: Type,
        held: &Held<'_>,
    ) -> Result<bool, WriteError> {
        let soft = held.soft_failures();
        self.soft = self.soft.and(soft);
        let most = Outcome::of(Found::Data, soft, None).max_ttl;
        for claim in held.claims() {
            let rrset = claim.rrset();
            let ttl = rrset.ttl.min(most.unwrap_or(u32::MAX));
            let rrset = RrSet::new(rrset.rtype, ttl, rrset.packed());
            rrset.write_to(
                &mut self.builder,
                Section::Answer,
                &name.as_name(),
                Class::IN,
            )?;
        }
        let first = held.first().rrset();
        if first.rtype != Type::CNAME || rtype == Type::CNAME {
            return Ok(false);
        }
        let target = first.first().and_then(|data| Name::split_flat(data).ok());
        Ok(target.is_some_and(|(target, _)| name.assign(&target)))
    }

    /// Writes rcode, flags and options: how many octets there are.
    fn finish(
        mut self,
        absence: Option<(Missing, NegativeMetadata)>,
        node: &NodeId,
    ) -> Option<usize> {
        let (found, metadata) = match absence {
            None => (Found::Data, None),
            Some((Missing::Name, metadata)) => (Found::NoName, Some(metadata)),
            Some((Missing::Type(_), metadata)) => (Found::NoData, Some(metadata)),
        };
        if metadata.is_some_and(|metadata| metadata.info_code().is_some()) {
            self.soft = self.soft.with(SoftFailure::PartialCoverage);
        }
        let outcome = Outcome::of(found, self.soft, None);
        let flags = self.builder.flags().with_rcode(outcome.rcode);
        self.builder.set_flags(flags);
        let Some(edns) = self.edns else {
            return Some(self.builder.finish().len());
        };
        let mut items = [0; ITEMS_LEN];
        let items = write_items(&outcome, metadata.as_ref(), &mut items);
        let wants = |code| edns.option(code).is_some();
        let zdns = wants(OptionCode::ZDNS).then_some(EdnsOption::from(Zdns { items }));
        let nsid = wants(OptionCode::NSID).then_some(EdnsOption::from(Nsid { id: &node.0 }));
        let mut options = [EdnsOption::from(Zdns {
            items: ZdnsItems::NONE,
        }); 2 + MAX_ERRORS];
        let errors = outcome.errors().take(MAX_ERRORS).map(|(code, text)| {
            let text = text.as_bytes();
            EdnsOption::from(ExtendedError { code, text })
        });
        let told = nsid.into_iter().chain(zdns).chain(errors);
        let mut count = 0usize;
        for (slot, option) in options.iter_mut().zip(told) {
            *slot = option;
            count = count.saturating_add(1);
        }
        let header = EdnsHeader {
            rcode: outcome.rcode,
            dnssec_ok: edns.dnssec_ok(),
            ..EdnsHeader::default()
        };
        // Room was kept for it.
        let options = options.get(..count).unwrap_or_default();
        self.builder.edns(&header, options).ok()?;
        Some(self.builder.finish().len())
    }
}

/// What the ZDNS option says: the state of the answer, and of absence who did not find it (12.2, rule 4).
fn write_items<'o>(
    outcome: &Outcome,
    metadata: Option<&NegativeMetadata>,
    out: &'o mut [u8],
) -> ZdnsItems<'o> {
    let mut writer = Writer::<0>::new(out, Form::Plain);
    let flags = ZdnsItem::from(NodeFlags {
        flags: ZdnsFlags(outcome.flags.0),
    });
    let said = metadata.into_iter().flat_map(NegativeMetadata::items);
    for item in [flags].into_iter().chain(said) {
        // They fit.
        let _ = item.write(&mut writer);
    }
    ZdnsItems::from_bytes(writer.into_written()).unwrap_or(ZdnsItems::NONE)
}
