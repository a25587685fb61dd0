//! What the verbs that talk to a server have in common: sockets, TLS, and the keys that requests are signed
//! with.

mod request_key;
mod stream;
mod target;
mod tls;

pub(super) use request_key::{RequestKey, RequestVerifier, now};
pub(super) use stream::MessageStream;
pub(super) use target::Target;
pub(super) use tls::{Trust, client_config};
