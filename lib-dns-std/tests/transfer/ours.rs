//! A small primary around the sending side, for others to fetch from.

use lib_dns_core::answer;
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::verify_request;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::{Envelope, Reply, TransferRequest, is_notify_answer, write_notify};
use lib_dns_core::zone::{Difference, Serial, ZoneLookup};
use lib_dns_std::server::{
    Answer, Authority, Bound, Certificate, Client, Replies, Respond, Running, Settings, Transport,
};
use lib_dns_std::transfer::{self, History, Key, Sign};
use lib_dns_std::zone::{Change, Loader, Zone, ZoneStore};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// In how many seconds all zones expire, for those who ask.
pub(crate) const EXPIRES_IN: u32 = 12_345;

/// Differences of all versions, by zone.
#[derive(Default)]
pub(crate) struct Versions(Mutex<HashMap<NameBuf, Vec<Vec<u8>>>>);

impl History for Versions {
    fn since(
        &self,
        apex: &Name<'_>,
        from: Serial,
        _to: Serial,
        most: u64,
    ) -> io::Result<Option<Vec<Vec<u8>>>> {
        let all = self.0.lock().unwrap();
        let Some(all) = all.get(&NameBuf::from(*apex)) else {
            return Ok(None);
        };
        let is_first =
            |octets: &Vec<u8>| Difference::from_bytes(octets).unwrap().from_serial() == from;
        let Some(first) = all.iter().position(is_first) else {
            return Ok(None);
        };
        let wanted = all[first..].to_vec();
        let octets = wanted.iter().map(|octets| octets.len() as u64).sum::<u64>();
        Ok((octets <= most).then_some(wanted))
    }
}

/// A primary that is served on loopback.
pub(crate) struct Ours {
    pub(crate) address: SocketAddr,
    /// With TLS, if there is a certificate.
    pub(crate) tls: Option<SocketAddr>,
    pub(crate) store: Arc<ZoneStore>,
    versions: Arc<Versions>,
    replies: Arc<Mutex<Vec<Reply>>>,
    _running: Running,
}

impl Ours {
    /// Serves zones that are given as text. With keys, transfers must be signed.
    pub(crate) fn serve(
        zones: &[String],
        keys: Vec<Key>,
        certificate: Option<&Certificate>,
    ) -> Self {
        let store = Arc::new(ZoneStore::new());
        for text in zones {
            store.replace(zone(text));
        }
        let local = "127.0.0.1:0".parse().unwrap();
        let mut bound = Bound::bind(&[local], Settings::default()).unwrap();
        if let Some(certificate) = certificate {
            bound = bound.bind_tls(&[local], certificate).unwrap();
        }
        let address = bound.addresses().next().unwrap();
        let tls = bound.tls_addresses().next();
        let versions = Arc::<Versions>::default();
        let replies = Arc::default();
        let responder = Responder {
            authority: Authority::new(&store, answer::Settings::default()),
            store: Arc::clone(&store),
            keys: keys.into(),
            versions: Arc::clone(&versions),
            replies: Arc::clone(&replies),
        };
        Self {
            address,
            tls,
            store,
            versions,
            replies,
            _running: bound.start(responder).unwrap(),
        }
    }

    /// Publishes the next version of a zone.
    pub(crate) fn change(&self, apex: &str, change: impl FnOnce(&Zone, &mut Change)) {
        let apex = NameBuf::from_text(apex).unwrap();
        let zone = self.store.get_zone_exact(&apex.as_name()).unwrap();
        let mut changes = Change::new();
        change(&zone, &mut changes);
        changes.set_serial(&zone, zone.serial().next()).unwrap();
        let mut octets = Vec::new();
        let difference = changes.difference(&mut octets).unwrap();
        self.store.replace(zone.apply(&difference).unwrap());
        let mut versions = self.versions.0.lock().unwrap();
        versions.entry(apex).or_default().push(octets);
    }

    pub(crate) fn zone(&self, apex: &str) -> Arc<Zone> {
        let apex = NameBuf::from_text(apex).unwrap();
        self.store.get_zone_exact(&apex.as_name()).unwrap()
    }

    /// In which forms transfers were answered so far, datagrams apart.
    pub(crate) fn replies_over_streams(&self) -> Vec<Reply> {
        self.replies.lock().unwrap().clone()
    }

    /// Forgets how the zone came to be what it is.
    pub(crate) fn forget_history(&self) {
        self.versions.0.lock().unwrap().clear();
    }

    /// Tells a secondary of a zone's newest version, and waits until it has heard.
    pub(crate) fn notify(&self, secondary: SocketAddr, apex: &str) {
        let zone = self.zone(apex);
        let mut buffer = [0; 512];
        let soa = zone.soa();
        let notify = write_notify(&mut buffer, 99, &zone.apex(), Class::IN, soa.as_ref()).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(secondary).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        socket.send(notify).unwrap();
        let mut answer = [0; 512];
        let len = socket.recv(&mut answer).unwrap();
        let answer = Message::from_bytes(&answer[..len]).unwrap();
        let heard = is_notify_answer(&answer, 99, &zone.apex(), Class::IN);
        assert_eq!(heard, Some(Rcode::NOERROR));
    }
}

/// A zone from text.
pub(crate) fn zone(text: &str) -> Zone {
    let loaded = Loader::new().load_text(Path::new("test"), text.as_bytes());
    loaded.unwrap_or_else(|findings| panic!("{findings}")).zone
}

#[derive(Clone)]
struct Responder {
    authority: Authority,
    store: Arc<ZoneStore>,
    keys: Arc<[Key]>,
    versions: Arc<Versions>,
    replies: Arc<Mutex<Vec<Reply>>>,
}

impl Respond for Responder {
    type Held = ();

    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer<()> {
        let Ok(message) = Message::from_bytes(query) else {
            return self.authority.respond(query, client, out).ready().into();
        };
        let is_transfer = !matches!(TransferRequest::read(&message), Ok(None));
        let is_signed =
            verify_request(&message, &self.keys[..], 0).map_or(true, |key| key.is_some());
        if is_transfer || is_signed {
            Answer::Later(())
        } else {
            self.authority.respond(query, client, out).ready().into()
        }
    }

    async fn later(&mut self, request: Vec<u8>, (): (), client: Client, mut replies: Replies<'_>) {
        let message = Message::from_bytes(&request).unwrap();
        let mut out = vec![0; 65_535];
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let signer = match verify_request(&message, &self.keys[..], now) {
            Ok(signer) => signer,
            Err(refusal) => {
                let len = refusal.respond(&message, now, &mut out).unwrap();
                return replies.send(&out[..len]).await.unwrap();
            }
        };
        let mut signer = signer.map(|signer| signer.into_stream());
        let Some(asked) = TransferRequest::read(&message).unwrap() else {
            let room = out.len() - signer.room();
            let answer = self.authority.respond(&request, &client, &mut out[..room]);
            let Answer::Ready(len) = answer else {
                return;
            };
            let len = signer.sign(&mut out, len).unwrap();
            return replies.send(&out[..len]).await.unwrap();
        };
        let refused = if self.keys.is_empty() || signer.is_some() {
            None
        } else {
            Some(Rcode::REFUSED)
        };
        let zone = self.store.get_zone_exact(&asked.zone);
        let (None, Some(zone)) = (refused, zone) else {
            let rcode = refused.unwrap_or(Rcode::NOTAUTH);
            let refusal = Envelope::answering(&asked)
                .refusal(&mut out, rcode)
                .unwrap();
            return replies.send(refusal).await.unwrap();
        };
        let answer = transfer::Answer::prepare(&asked, zone, &*self.versions);
        let answer = answer.expiring_in(Some(EXPIRES_IN));
        if client.transport == Transport::Udp {
            let len = answer.datagram(512, &mut signer, &mut out).unwrap();
            replies.send(&out[..len]).await.unwrap();
        } else {
            self.replies.lock().unwrap().push(answer.reply());
            // A client that has seen enough may hang up.
            let _ = answer.send(&mut replies, &mut signer).await;
        }
    }
}
