//! Zones to other servers and from them: AXFR, IXFR and SOA queries over UDP, TCP and TLS.
//!
//! | to | use |
//! |---|---|
//! | answer a request for a zone | [`Answer::prepare`], then [`Answer::send`] or [`Answer::datagram`] |
//! | lend it the history of zones | [`History`] |
//! | sign what is sent | [`Sign`] |
//! | fetch what is new in a zone | [`Fetch`] |
//! | pass an update on to a primary | [`forward_update`] |
//! | see where the parent of a zone points to | [`ask_for_ds`] |
//! | say which server has it, and how it is reached | [`Primary`], [`Tls`] |
//!
//! What is said, and what is believed of what is said, is for [`lib_dns_core::transfer`] to know.

mod answer;
mod connection;
mod datagram;
mod fetch;
mod fetch_error;
mod forward;
mod history;
mod look;
mod parent;
mod primary;
mod query;
mod sign;
mod tls;

pub use answer::{Answer, MessageSink, SendError, Sent};
pub use fetch::{Fetch, FetchSettings, Fetched, News};
pub use fetch_error::{FetchError, FetchFault};
pub use forward::forward_update;
pub use history::{History, NoHistory};
pub use parent::ask_for_ds;
pub use primary::{Key, Primary};
pub(crate) use query::{datagram_socket, random_id, signed};
pub use sign::{Sign, Unsigned};
pub(crate) use tls::KeyVerifier;
pub use tls::{Tls, TlsError};
