//! What comes to a server: answered at once, refused, or taken up for later.

use super::Shared;
use super::forwarding::{self, Failure};
use super::plan::{Plan, ZonePlan};
use crate::clock::unix_time;
use crate::config::Asker;
use crate::hash::RustCryptoSha1;
use crate::server::{Answer, Client, Replies, Respond};
use crate::transfer::{self, Key};
use crate::update::{NotSigned, carry_out, signer_of};
use crate::zone::{Zone, ZoneReader, Zones};
use arc_swap::{ArcSwap, Cache};
use lib_dns_core::answer::{Request, Transport, Verdict};
use lib_dns_core::code_points::{Class, InfoCode, MAX_MESSAGE_LEN, Opcode, Rcode};
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::{ResponseSigner, Stamp, TsigFault, verify_request};
use lib_dns_core::name::Name;
use lib_dns_core::transfer::update::{Identity, Requester, Update};
use lib_dns_core::transfer::{NotifyRequest, TransferRequest, Wanted};
use lib_dns_core::zone::{ZoneLookup, ZoneSet};
use std::fmt;
use std::sync::Arc;
use tracing::{debug, info, warn};

/// Answers for all roles that a server has. One for each thread and connection.
#[derive(Clone)]
pub struct Responder {
    zones: ZoneReader,
    plan: Cache<Arc<ArcSwap<Plan>>, Arc<Plan>>,
    shared: Arc<Shared>,
}

/// Signs the answer to a request that was signed.
type Signer = Option<ResponseSigner<Arc<Key>>>;

impl Responder {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            zones: shared.store().reader(),
            plan: Cache::new(Arc::clone(&shared.plan)),
            shared: Arc::clone(shared),
        }
    }
}

impl Respond for Responder {
    type Held = Held;

    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer<Held> {
        let Some(request) = Request::read(query) else {
            return Answer::None;
        };
        let held_plan = self.plan.load();
        let plan = &**held_plan;
        let zones = self.zones.current();
        let message = match request.message() {
            Some(message) if !request.is_plain_query() => message,
            _ => {
                let asker = Asker {
                    address: client.address.ip(),
                    key: None,
                };
                let visible = Visible::new(plan, zones);
                return visible
                    .answer(&request, asker, client.transport, 0, out)
                    .into();
            }
        };
        let signer = match verify_request(message, &plan.keys, unix_time()) {
            Ok(signer) => signer,
            // A primary may know the key.
            Err(refusal)
                if refusal.fault() == TsigFault::UnknownKey && forwards(plan, message, client) =>
            {
                None
            }
            Err(refusal) => {
                info!(
                    "{} with the key {} refused: {:?}",
                    Asked(message, client),
                    refusal
                        .key_name()
                        .map_or_else(String::new, |name| name.to_string()),
                    refusal.fault(),
                );
                return refusal.respond(message, unix_time(), out).ok().into();
            }
        };
        let case = Case {
            request,
            message,
            client,
            signer,
            plan,
            zones,
        };
        match case.judge() {
            Judged::Query => case.answer(out),
            Judged::Verdict(verdict) => case.say(verdict, out),
            Judged::Notify(zone, notify) => case.hear(zone, &notify, out),
            Judged::Transfer(zone) | Judged::Update(zone) => Answer::Later(Held {
                plan: Arc::clone(held_plan),
                zone,
                signer: case.signer,
            }),
        }
    }

    fn idle(&mut self) {
        // Lets go of what was replaced, which may be large.
        self.zones.current();
        self.plan.load();
    }

    async fn later(
        &mut self,
        request: Vec<u8>,
        held: Held,
        client: Client,
        mut replies: Replies<'_>,
    ) {
        let Some(request) = Request::read(&request) else {
            return;
        };
        let Some(message) = request.message() else {
            return;
        };
        let zones = self.shared.store().snapshot();
        let case = Case {
            request,
            message,
            client: &client,
            signer: held.signer,
            plan: &held.plan,
            zones: &zones,
        };
        if request.opcode() == Opcode::UPDATE && held.zone.is_secondary() {
            return case.forward(&self.shared, &held.zone, &mut replies).await;
        }
        if request.opcode() == Opcode::UPDATE {
            let verdict = Verdict::of(case.update(&self.shared, &held.zone));
            return case.send(verdict, &mut replies).await;
        }
        if let Ok(Some(wanted)) = TransferRequest::read(message) {
            let shared = &self.shared;
            case.transfer(shared, &held.zone, &wanted, &mut replies)
                .await;
        }
    }
}

/// What is known of a transfer or an update that was verified and judged, and waits to be done.
pub struct Held {
    /// Under which it was judged.
    plan: Arc<Plan>,
    zone: Arc<ZonePlan>,
    signer: Signer,
}

/// The zones that a query may be answered from. Catalogs tell what is served here, and so are only for those who
/// may fetch them (RFC 9432 7).
struct Visible<'c> {
    plan: &'c Plan,
    zones: &'c Zones,
    /// Are catalogs visible too?
    is_allowed: bool,
}

impl<'c> Visible<'c> {
    fn new(plan: &'c Plan, zones: &'c Zones) -> Self {
        Self {
            plan,
            zones,
            is_allowed: false,
        }
    }

    fn answer(
        &self,
        request: &Request<'_>,
        asker: Asker<'_>,
        transport: Transport,
        reserve: usize,
        out: &mut [u8],
    ) -> Option<usize> {
        let (settings, sha1) = (self.plan.answers(), &RustCryptoSha1);
        if self.plan.is_open() {
            return request.respond(self, &settings, sha1, transport, reserve, out);
        }
        let question = request.message().and_then(|message| message.question());
        let zone = question.and_then(|question| self.zones.get_deepest_zone(&question.name));
        let catalog = zone.and_then(|zone| self.plan.zone(&zone.apex()));
        match catalog.filter(|zone| zone.config.catalog.is_some()) {
            None => request.respond(self, &settings, sha1, transport, reserve, out),
            Some(catalog) if catalog.allows_transfer(asker) => {
                let all = Visible {
                    is_allowed: true,
                    ..*self
                };
                request.respond(&all, &settings, sha1, transport, reserve, out)
            }
            Some(_) => request.refuse(NOT_ALLOWED, &settings, transport, reserve, out),
        }
    }
}

/// All zones but the catalogs.
impl ZoneSet for Visible<'_> {
    type Zone = Zone;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Zone> {
        let zone = self.zones.deepest(name, class)?;
        let is_visible = self.is_allowed || !self.plan.is_catalog(&zone.apex());
        is_visible.then_some(zone)
    }

    fn expires_in(&self, zone: &Zone) -> Option<u32> {
        self.plan.zone(&zone.apex())?.expires_in(zone)
    }

    fn unavailable(&self, name: &Name<'_>, class: Class) -> Option<InfoCode> {
        self.zones.unavailable(name, class)
    }
}

/// Is it an update that is passed on, whoever has signed it?
fn forwards(plan: &Plan, message: &Message<'_>, client: &Client) -> bool {
    let asker = Asker {
        address: client.address.ip(),
        key: None,
    };
    let zone = Update::zone_of(message).ok();
    let zone = zone.and_then(|zone| plan.zone(&zone.name));
    zone.is_some_and(|zone| zone.forwards_updates(asker))
}

/// One request, with all that it is held against.
struct Case<'c, 'm> {
    request: Request<'m>,
    message: &'c Message<'m>,
    client: &'c Client,
    signer: Signer,
    plan: &'c Plan,
    zones: &'c Zones,
}

/// What a request comes to.
enum Judged<'m> {
    /// It asks for data.
    Query,
    /// It asks for a zone, and may have it.
    Transfer(Arc<ZonePlan>),
    /// It tells of a change, and may do so.
    Notify(Arc<ZonePlan>, NotifyRequest<'m>),
    /// It changes a zone, and may be allowed to.
    Update(Arc<ZonePlan>),
    /// This is all that there is to say.
    Verdict(Verdict),
}

/// Who may not is told so, and nothing else.
const NOT_ALLOWED: Verdict = Verdict::because(Rcode::REFUSED, InfoCode::PROHIBITED);
/// No primary has answered.
const NOT_FORWARDED: Verdict = Verdict::because(Rcode::SERVFAIL, InfoCode::NO_REACHABLE_AUTHORITY);
const NOT_OURS: Verdict = Verdict::because(Rcode::NOTAUTH, InfoCode::NOT_AUTHORITATIVE);

impl<'c, 'm> Case<'c, 'm> {
    /// Whether it may be done, without doing it.
    fn judge(&self) -> Judged<'m> {
        match self.request.opcode() {
            Opcode::QUERY => match TransferRequest::read(self.message) {
                Ok(None) => Judged::Query,
                Ok(Some(wanted)) => self.judge_transfer(wanted),
                Err(rcode) => Judged::Verdict(Verdict::of(rcode)),
            },
            Opcode::NOTIFY => match NotifyRequest::read(self.message) {
                Some(Ok(notify)) => self.judge_notify(notify),
                Some(Err(rcode)) => Judged::Verdict(Verdict::of(rcode)),
                None => Judged::Verdict(Verdict::of(Rcode::FORMERR)),
            },
            Opcode::UPDATE => match Update::zone_of(self.message) {
                Ok(zone) => self.judge_update(&zone.name),
                Err(refusal) => Judged::Verdict(Verdict::of(refusal.rcode())),
            },
            // The answer to what we do not know says so.
            _ => Judged::Query,
        }
    }

    fn judge_transfer(&self, wanted: TransferRequest<'m>) -> Judged<'m> {
        let Some(zone) = self.plan.zone(&wanted.zone) else {
            return Judged::Verdict(NOT_OURS);
        };
        if !zone.allows_transfer(self.asker()) {
            info!("{} refused: not allowed", Asked(self.message, self.client));
            return Judged::Verdict(NOT_ALLOWED);
        }
        let here = self.zones.get_zone_exact(&wanted.zone);
        let withheld = self.zones.withheld(&wanted.zone);
        match (here, withheld) {
            (Some(_), None) => {}
            (_, reason) => {
                let reason = reason.unwrap_or(InfoCode::NOT_READY);
                return Judged::Verdict(Verdict::because(Rcode::SERVFAIL, reason));
            }
        }
        if self.client.transport == Transport::Udp && wanted.wanted == Wanted::Whole {
            // RFC 5936 4.2
            return Judged::Verdict(Verdict::of(Rcode::FORMERR));
        }
        Judged::Transfer(Arc::clone(zone))
    }

    fn judge_notify(&self, notify: NotifyRequest<'m>) -> Judged<'m> {
        let Some(zone) = self.plan.zone(&notify.zone) else {
            return Judged::Verdict(NOT_OURS);
        };
        if !zone.is_secondary() || !zone.allows_notify(self.asker()) {
            info!("{} refused: not allowed", Asked(self.message, self.client));
            return Judged::Verdict(NOT_ALLOWED);
        }
        Judged::Notify(Arc::clone(zone), notify)
    }

    /// What it may change is looked at record by record, when its turn comes.
    fn judge_update(&self, zone: &Name<'_>) -> Judged<'m> {
        let Some(zone) = self.plan.zone(zone) else {
            return Judged::Verdict(NOT_OURS);
        };
        let may_be_allowed = if zone.is_secondary() {
            zone.forwards_updates(self.asker())
        } else {
            !zone.config.allow_update.is_empty()
        };
        if !may_be_allowed {
            info!("{} refused: not allowed", Asked(self.message, self.client));
            return Judged::Verdict(NOT_ALLOWED);
        }
        Judged::Update(Arc::clone(zone))
    }

    /// Changes a zone, or nothing of it.
    fn update(&self, shared: &Shared, zone: &ZonePlan) -> Rcode {
        // It waits for the disk, and public keys take their time.
        tokio::task::block_in_place(|| {
            let identity = match &self.signer {
                Some(signer) => Some(Identity::Tsig(signer.key().name())),
                None => match self.private_signer(zone) {
                    Ok(name) => name.map(Identity::Sig0),
                    Err(fault) => {
                        info!("{} refused: {fault}", Asked(self.message, self.client));
                        return Rcode::REFUSED;
                    }
                },
            };
            let requester = Requester {
                identity,
                address: self.client.address.ip(),
            };
            carry_out(&shared.commits, &zone.updates, self.message, &requester)
        })
    }

    /// Passes an update of a copy on, and the answer back.
    async fn forward(&self, shared: &Shared, zone: &ZonePlan, replies: &mut Replies<'_>) {
        let asked = Asked(self.message, self.client).to_string();
        let answer = forwarding::forward(shared, self.plan, zone, self.message, &asked).await;
        match answer {
            Ok(answer) if answer.len() <= replies.limit() => {
                // Who is gone asks again.
                let _ = replies.send(&answer).await;
            }
            // A datagram was sent again; the answer to the first one is for this one too.
            Err(Failure::UnderWay) if self.client.transport == Transport::Udp => {}
            _ => self.send(NOT_FORWARDED, replies).await,
        }
    }

    /// Whose private key has signed an update of a zone.
    fn private_signer(&self, zone: &ZonePlan) -> Result<Option<Name<'m>>, NotSigned> {
        let Some(here) = self.zones.get_zone_exact(&zone.name()) else {
            return Ok(None);
        };
        let address = self.client.address.ip();
        signer_of(self.message, address, &zone.updates, here, unix_time())
    }

    async fn send(&self, verdict: Verdict, replies: &mut Replies<'_>) {
        let mut out = vec![0; replies.limit()];
        if let Answer::Ready(length) = self.say(verdict, &mut out) {
            // Who is gone asks again, and is told then.
            let _ = replies.send(out.get(..length).unwrap_or_default()).await;
        }
    }

    fn asker(&self) -> Asker<'_> {
        Asker {
            address: self.client.address.ip(),
            key: self.signer.as_ref().map(|signer| signer.key().name()),
        }
    }

    /// Octets to leave free for the signature.
    fn reserve(&self) -> usize {
        self.signer.as_ref().map_or(0, ResponseSigner::record_len)
    }

    /// Signs what was written, if the request was.
    fn sign(&self, length: Option<usize>, out: &mut [u8]) -> Answer<Held> {
        let signed = length.and_then(|length| match &self.signer {
            Some(signer) => signer.sign(out, length, &Stamp::at(unix_time())).ok(),
            None => Some(length),
        });
        signed.into()
    }

    fn answer(&self, out: &mut [u8]) -> Answer<Held> {
        let visible = Visible::new(self.plan, self.zones);
        let (transport, reserve) = (self.client.transport, self.reserve());
        let length = visible.answer(&self.request, self.asker(), transport, reserve, out);
        self.sign(length, out)
    }

    fn say(&self, verdict: Verdict, out: &mut [u8]) -> Answer<Held> {
        let (settings, reserve) = (self.plan.answers(), self.reserve());
        let transport = self.client.transport;
        let length = self
            .request
            .refuse(verdict, &settings, transport, reserve, out);
        self.sign(length, out)
    }

    /// Passes on that there may be something new, and says that it was heard.
    fn hear(
        &self,
        zone: Arc<ZonePlan>,
        notify: &NotifyRequest<'_>,
        out: &mut [u8],
    ) -> Answer<Held> {
        let asked = Asked(self.message, self.client);
        match notify.serial {
            Some(serial) => info!(serial = serial.0, "{asked} heard"),
            None => info!("{asked} heard"),
        }
        // Where many wait, one more says nothing new.
        let _ = zone.heard.try_send(notify.serial);
        let answer = notify.answer(out, Rcode::NOERROR, self.reserve());
        let length = answer.ok().map(|answer| answer.finish().len());
        self.sign(length, out)
    }

    async fn transfer(
        &self,
        shared: &Arc<Shared>,
        zone: &ZonePlan,
        wanted: &TransferRequest<'_>,
        replies: &mut Replies<'_>,
    ) {
        let asked = Asked(self.message, self.client).to_string();
        // What is sent is the version that is there when its turn comes.
        let Some(_turn) = self.plan.limits.transfers_out.turn().await else {
            return;
        };
        let Some(version) = shared.store().get_zone_exact(&zone.name()) else {
            return;
        };
        let history = shared.history();
        let expires_in = zone.expires_in(&version);
        let answer =
            tokio::task::block_in_place(|| transfer::Answer::prepare(wanted, version, &*history));
        let answer = answer.expiring_in(expires_in);
        let key = self
            .signer
            .as_ref()
            .map(|signer| signer.key().name().to_string());
        let key = key.as_deref().unwrap_or("none");
        let mut signer = self.signer.clone().map(ResponseSigner::into_stream);
        let begun = std::time::Instant::now();
        if self.client.transport == Transport::Udp {
            let limit = self.udp_limit().min(replies.limit());
            let mut out = vec![0; limit];
            let sent = match answer.datagram(limit, &mut signer, &mut out) {
                Ok(length) => replies.send(out.get(..length).unwrap_or_default()).await,
                Err(error) => return warn!(key, "{asked} failed: {error}"),
            };
            if let Err(error) = sent {
                warn!(key, "{asked} failed: {error}");
            }
            return debug!(key, "{asked} answered");
        }
        match answer.send(replies, &mut signer).await {
            Ok(sent) => info!(
                key,
                serial = sent.serial.0,
                messages = sent.messages,
                octets = sent.octets,
                ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                "{asked} sent: {:?}",
                sent.reply
            ),
            Err(error) => warn!(key, "{asked} failed: {error}"),
        }
    }

    /// How long a datagram may be.
    fn udp_limit(&self) -> usize {
        let least = lib_dns_core::code_points::MIN_UDP_SIZE;
        let theirs = self.message.edns().map_or(least, |edns| edns.udp_size);
        usize::from(theirs.min(self.plan.answers().udp_size).max(least)).min(MAX_MESSAGE_LEN)
    }
}

/// A request as logs tell it: what, of which zone, from whom.
struct Asked<'a, 'm>(&'a Message<'m>, &'a Client);

impl fmt::Display for Asked<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(message, client) = self;
        let opcode = message.flags().opcode();
        let question = message.question();
        match (opcode, &question) {
            (Opcode::QUERY, Some(question)) => write!(f, "{}", question.qtype)?,
            _ => write!(f, "{opcode}")?,
        }
        let name = question.map_or(Name::ROOT, |question| question.name);
        let way = match (client.transport, client.encrypted) {
            (Transport::Udp, _) => "UDP",
            (Transport::Stream, false) => "TCP",
            (Transport::Stream, true) => "TLS",
        };
        write!(f, " of {name} from {} over {way}", client.address)
    }
}
