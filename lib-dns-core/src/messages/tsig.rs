//! Signatures with shared keys (TSIG, RFC 8945), over MACs that the caller lends.
//!
//! Messages are signed and verified whole, in the buffers in which they are sent and received. Who makes and
//! reads them need not know of it, but must leave room for the record.
//!
//! | to | use |
//! |---|---|
//! | hold a key | [`TsigKey`], a slice of them or any [`TsigKeys`] |
//! | verify a request | [`verify_request`] |
//! | sign the response to it | [`ResponseSigner::sign`], or [`ResponseSigner::into_stream`] for AXFR and IXFR |
//! | answer a request that does not verify | [`Refusal::respond`] |
//! | sign a request | [`sign_request`] |
//! | verify the response to it | [`ResponseVerifier::verify`], or [`ResponseVerifier::into_stream`] |
//!
//! # Example
//!
//! `mac()` stands for an adapter such as `lib_dns_std::mac::RustCryptoMac`.
//!
//! ```
//! # use lib_dns_core::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag};
//! # struct Toy; #[derive(Clone)] struct Sum(u8);
//! # impl MacProvider for Toy {
//! #     type Context = Sum;
//! #     fn keyed(&self, _: MacAlgorithm, secret: &[u8]) -> Option<Sum> { Some(Sum(secret.len() as u8)) }
//! # }
//! # impl MacContext for Sum {
//! #     fn update(&mut self, octets: &[u8]) {
//! #         self.0 = octets.iter().fold(self.0, |sum, octet| sum.rotate_left(1) ^ octet);
//! #     }
//! #     fn finish(self) -> MacTag { MacTag::new(&[self.0; 32]) }
//! # }
//! # fn mac() -> Toy { Toy }
//! use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
//! use lib_dns_core::messages::{Flags, Message, MessageBuilder};
//! use lib_dns_core::name::NameBuf;
//!
//! let name = NameBuf::from_text("transfer.example.")?;
//! let key = TsigKey::new(mac(), &name.as_name(), MacAlgorithm::HmacSha256, b"a secret of 32 octets ..........")?;
//! let now = 1_767_225_600;
//!
//! // A client signs its request.
//! let mut buffer = [0; 512];
//! let len = MessageBuilder::<4>::new(&mut buffer, 7, Flags::default())?.finish().len();
//! let (len, verifier) = sign_request(&key, &mut buffer, len, &Stamp::at(now))?;
//!
//! // The server verifies it, and signs its response.
//! let request = Message::from_bytes(&buffer[..len])?;
//! let keys = std::slice::from_ref(&key);
//! let mut response = [0; 512];
//! let len = match verify_request(&request, keys, now) {
//!     Ok(Some(signer)) => {
//!         let flags = Flags::default().with_response(true);
//!         let len = MessageBuilder::<4>::new(&mut response, 7, flags)?.finish().len();
//!         signer.sign(&mut response, len, &Stamp::at(now))?
//!     }
//!     Ok(None) => unreachable!("it is signed"),
//!     Err(refusal) => refusal.respond(&request, now, &mut response)?,
//! };
//!
//! // The client verifies that.
//! verifier.verify(&Message::from_bytes(&response[..len])?, now)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where this leaves the RFC
//!
//! - The time of the last request with a key is not kept (RFC 8945 5.2.3, a SHOULD): datagrams overtake each
//!   other, and what must not happen twice is guarded by serials and prerequisites.
//! - HMAC-MD5 is refused unless a key was made with [`TsigKey::allowing_md5`], and signs no request even
//!   then.
//! - GSS-TSIG is known by its name only: requests with it are answered with BADKEY.

mod client;
mod digest;
mod error;
mod key;
mod record;
mod server;
mod stream;

pub use client::{ResponseVerifier, SignRequestError, sign_request};
pub use error::{Refused, TsigError, TsigFault};
pub use key::{KeyError, TsigKey, TsigKeys};
pub use record::{DEFAULT_FUDGE, Stamp};
pub use server::{Refusal, ResponseSigner, Verification, verify_request};
pub use stream::{MAX_UNSIGNED, MustBeSigned, Proof, StreamSigner, StreamVerifier};
