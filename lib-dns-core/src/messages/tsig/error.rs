//! What can be wrong with a signed message.

use crate::code_points::Rcode;
use crate::wire::WireError;
use core::fmt;

/// What is wrong with a TSIG record, whichever side looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TsigFault {
    /// It cannot be read, or its class or TTL is wrong: FORMERR (RFC 8945 5.2).
    Malformed(WireError),
    /// Its MAC is longer than the algorithm's, or shorter than may ever be: FORMERR (RFC 8945 5.2.2.1).
    MacLength,
    /// There is no such key with that algorithm: BADKEY. For a client: it is not the key of the request.
    UnknownKey,
    /// The MAC is not that of the message: BADSIG.
    BadMac,
    /// The time is further away than the fudge: BADTIME.
    BadTime,
    /// The MAC is right, and shorter than the key's policy allows: BADTRUNC.
    ShortMac,
}

impl TsigFault {
    /// The rcode of the response: FORMERR or NOTAUTH.
    pub const fn rcode(self) -> Rcode {
        match self {
            Self::Malformed(_) | Self::MacLength => Rcode::FORMERR,
            _ => Rcode::NOTAUTH,
        }
    }

    /// The error in the TSIG record of the response (RFC 8945 3); NOERROR where it has none.
    pub const fn error(self) -> Rcode {
        match self {
            Self::Malformed(_) | Self::MacLength => Rcode::NOERROR,
            Self::UnknownKey => Rcode::BADKEY,
            Self::BadMac => Rcode::BADSIG,
            Self::BadTime => Rcode::BADTIME,
            Self::ShortMac => Rcode::BADTRUNC,
        }
    }
}

impl fmt::Display for TsigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "bad TSIG record: {error}"),
            Self::MacLength => f.write_str("the MAC has a length that its algorithm cannot have"),
            Self::UnknownKey => f.write_str("signed with a key that is not known for this"),
            Self::BadMac => f.write_str("the signature is not that of this message and key"),
            Self::BadTime => f.write_str("signed at a time too far from ours"),
            Self::ShortMac => f.write_str("the MAC is cut shorter than the key allows"),
        }
    }
}

impl core::error::Error for TsigFault {}

/// Why a response is not to be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TsigError {
    /// It has no TSIG record.
    Unsigned,
    /// Its TSIG record does not prove it.
    Fault(TsigFault),
    /// The server refuses the signature of the request.
    Refused(Refused),
    /// More than 99 messages of a stream had no TSIG record (RFC 8945 5.3.1).
    LongGap,
    /// The last message of a stream had no TSIG record.
    UnsignedEnd,
}

impl fmt::Display for TsigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("the response is not signed"),
            Self::Fault(fault) => fmt::Display::fmt(fault, f),
            Self::Refused(refused) => fmt::Display::fmt(refused, f),
            Self::LongGap => f.write_str("over 99 messages in a row are not signed"),
            Self::UnsignedEnd => f.write_str("the last message is not signed"),
        }
    }
}

impl core::error::Error for TsigError {}

impl From<TsigFault> for TsigError {
    fn from(fault: TsigFault) -> Self {
        Self::Fault(fault)
    }
}

/// What a server says against the signature of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refused {
    /// The rcode of the response; NOTAUTH by the rules.
    pub rcode: Rcode,
    /// The error in its TSIG record: BADSIG, BADKEY, BADTIME or BADTRUNC by the rules.
    pub error: Rcode,
    /// The server's time in seconds since 1970, where it tells it, after BADTIME.
    pub server_time: Option<u64>,
    /// Is that proved by a signature? BADSIG and BADKEY never are: then it may be somebody else who says so,
    /// and a client does well to wait for another response until its time is up (RFC 8945 5.4).
    pub authentic: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self.error {
            Rcode::BADSIG => "BADSIG",
            error => error.mnemonic().unwrap_or("an unknown error"),
        };
        write!(
            f,
            "the server refuses the signature: {}, {error}",
            self.rcode
        )?;
        if let Some(time) = self.server_time {
            write!(f, "; its clock says {time}")?;
        }
        Ok(())
    }
}
