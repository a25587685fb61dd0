//! Why a zone was not fetched, or something about it not said or learned.

use crate::zone::Findings;
use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::tsig::{SignRequestError, TsigError};
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{ConsumerError, SoaAnswerError};
use lib_dns_core::wire::{WireError, WriteError};
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Why a zone was not fetched from a primary, or something about it not said or learned.
#[derive(Debug)]
pub struct FetchError {
    /// The zone.
    pub zone: Box<NameBuf>,
    /// The primary.
    pub primary: SocketAddr,
    /// What was being done: `SOA over UDP`, `IXFR over TLS`, `UPDATE over TCP`.
    pub doing: &'static str,
    /// What went wrong.
    pub fault: FetchFault,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            zone,
            primary,
            doing,
            fault,
        } = self;
        write!(f, "{zone} from {primary}, {doing}: {fault}")
    }
}

impl std::error::Error for FetchError {}

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchFault {
    /// No connection, or no socket.
    Connect(io::Error),
    /// No TLS with it, or not with who it should be.
    Tls(io::Error),
    /// It speaks TLS, but not DNS over it: the ALPN token `dot` was not chosen (RFC 9103 7.1).
    NoDnsOverTls,
    /// TLS that proves nothing, and no key that does (RFC 9103 9.3.2).
    NoProof,
    /// The connection broke.
    Io(io::Error),
    /// The other side closed the connection before the answer was whole.
    Closed,
    /// Nothing came in time.
    TimedOut,
    /// The answer to the SOA query tells no version.
    Soa(SoaAnswerError),
    /// The answer brings no zone.
    Answer(ConsumerError),
    /// The answer is not signed as it must be.
    Tsig(TsigError),
    /// The answer cannot be read.
    Malformed(WireError),
    /// It answers with an error.
    Refused(Rcode),
    /// The request cannot be signed.
    Sign(SignRequestError),
    /// The request cannot be written.
    Write(WriteError),
    /// What came is no zone that can be served.
    Zone(Findings),
    /// The system gives no random numbers, or the thread that makes the zone broke down.
    System(String),
}

impl From<ConsumerError> for FetchFault {
    fn from(error: ConsumerError) -> Self {
        Self::Answer(error)
    }
}

impl From<TsigError> for FetchFault {
    fn from(error: TsigError) -> Self {
        Self::Tsig(error)
    }
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Tls(error) => write!(
                f,
                "no TLS with it: {error}; the certificate must be for the name, and from the authority, \
                 that are configured"
            ),
            Self::NoDnsOverTls => f.write_str("it does not speak DNS over TLS at this port"),
            Self::NoProof => f.write_str(
                "TLS without a name and authorities, or a pin, needs a TSIG key, so that somebody proves \
                 who the server is",
            ),
            Self::Io(error) => write!(f, "the connection broke: {error}"),
            Self::Closed => f.write_str("it closed the connection before all was there"),
            Self::TimedOut => f.write_str("nothing came in time"),
            Self::Soa(error) => fmt::Display::fmt(error, f),
            Self::Answer(error) => fmt::Display::fmt(error, f),
            Self::Tsig(error) => write!(
                f,
                "{error}; key name, algorithm and secret must be the same on both sides, and the clocks \
                 must agree"
            ),
            Self::Malformed(error) => write!(f, "the answer cannot be read: {error}"),
            Self::Refused(rcode) => write!(f, "it answers {rcode}"),
            Self::Sign(error) => write!(f, "the request cannot be signed: {error}"),
            Self::Write(error) => write!(f, "the request cannot be written: {error}"),
            Self::Zone(findings) => write!(f, "what came cannot be served:\n{findings}"),
            Self::System(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for FetchFault {}
