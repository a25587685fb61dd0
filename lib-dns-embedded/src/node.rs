//! A node of the mesh on a microcontroller: it hears and sends hints, and answers local DNS queries from a zone image in
//! flash and from what it was told.
//!
//! | to | use |
//! |---|---|
//! | do all of it, with a blocking radio | [`Node`], [`Node::poll`] |
//! | do all of it, with a radio of another kind | [`Node::next`] and [`Node::on_frame`] |
//! | answer only, without a radio | [`Answers`] |
//!
//! The firmware of a node with a blocking radio:
//!
//! ```
//! use core::convert::Infallible;
//! use lib_dns_core::crypto::{Digest, MacKey};
//! use lib_dns_core::hint::NetworkKey;
//! use lib_dns_core::name::Name;
//! use lib_dns_core::time::Timestamp;
//! use lib_dns_embedded::node::{Answer, CacheStorage, Next, Node, NodeConfig, NotWatched};
//! use lib_dns_embedded::radio::HintRadio;
//!
//! /// What else there is: a clock, chance, clients, and a way to ask where the zone comes from.
//! trait Device {
//!     fn now(&mut self) -> Timestamp;
//!     fn random(&mut self) -> u32;
//!     fn query(&mut self) -> Option<&[u8]>;
//!     fn send(&mut self, response: &[u8]);
//!     fn ask_for_soa(&mut self, zone: Name<'_>);
//!     fn sleep(&mut self, until: Option<Timestamp>);
//! }
//!
//! fn firmware<K: MacKey, R: HintRadio>(
//!     mut device: impl Device,
//!     mut radio: R,
//!     config: NodeConfig<'static>,
//!     storage: &'static mut CacheStorage,
//!     (image, root_zone_hash): (&'static [u8], [u8; 32]),
//!     (key, boot_epoch): (NetworkKey<K>, u16),
//!     sha256: &impl Digest,
//! ) -> Result<Infallible, NotWatched> {
//!     let mut out = [0; 512];
//!     let mut node = Node::<K>::new(device.now(), config, storage, sha256)?;
//!     let loaded = node.set_image(device.now(), image, &root_zone_hash, sha256);
//!     node.set_key(key, boot_epoch);
//!     loop {
//!         let (now, random) = (device.now(), device.random());
//!         let answer = device.query().map(|query| node.answer(now, random, query, &mut out));
//!         if let Some(Answer::Send(response)) = answer {
//!             device.send(response);
//!         }
//!         match node.poll(now, random, &mut radio) {
//!             Ok(Next::Again | Next::Event(_)) | Err(_) => {}
//!             Ok(Next::Refresh(refresh)) => device.ask_for_soa(refresh.zone),
//!             Ok(Next::Idle(until)) => device.sleep(until),
//!         }
//!     }
//! }
//! ```
//!
//! Nothing here allocates, and nothing panics: what is kept is kept inline or in storage that is lent, in as many places as the
//! types say.

mod answers;
mod config;
mod denied;
mod heard;
mod machine;
mod radio;
mod reply;
mod zones;

pub use answers::{Answer, AnswerCounts, Answers, CacheStorage, NEGATIVE_NAME_LEN};
pub use config::{NodeConfig, NotWatched};
pub use heard::{Heard, NotHeard};
pub use machine::{Action, Event, Node, Refresh};
pub use radio::Next;
pub use zones::ImageRefused;
