//! Reads a response with the `domain` crate, an implementation that shares nothing with ours, into
//! records that can be compared: names decompressed and in lower case, also those inside the data.

use domain::base::iana::Rtype;
use domain::base::name::ParsedName;
use domain::base::rdata::{ParseRecordData, RecordData};
use domain::base::wire::ParseError;
use domain::base::{Message, RecordSection};
use domain::dep::octseq::{Octets, Parser};

use crate::rtype;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rr {
    /// Uncompressed, lower case.
    pub(crate) owner: Vec<u8>,
    pub(crate) rtype: u16,
    pub(crate) class: u16,
    pub(crate) ttl: u32,
    /// All names in it uncompressed and in lower case.
    pub(crate) data: Vec<u8>,
}

impl Rr {
    /// The type that an RRSIG covers.
    pub(crate) fn covers(&self) -> Option<u16> {
        let [high, low, ..] = *self.data.as_slice() else {
            return None;
        };
        (self.rtype == rtype::RRSIG).then(|| u16::from_be_bytes([high, low]))
    }

    pub(crate) fn is_address(&self) -> bool {
        self.rtype == rtype::A || self.rtype == rtype::AAAA
    }

    /// Whether this is a record of type `rtype` or a signature over such.
    pub(crate) fn is_or_covers(&self, rtype: u16) -> bool {
        self.rtype == rtype || self.covers() == Some(rtype)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edns {
    pub(crate) version: u8,
    pub(crate) dnssec_ok: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// With the upper bits from the OPT record.
    pub(crate) rcode: u16,
    pub(crate) authoritative: bool,
    pub(crate) truncated: bool,
    pub(crate) recursion_available: bool,
    pub(crate) authentic_data: bool,
    pub(crate) recursion_desired: bool,
    pub(crate) checking_disabled: bool,
    pub(crate) edns: Option<Edns>,
    pub(crate) answer: Vec<Rr>,
    pub(crate) authority: Vec<Rr>,
    /// Without the OPT record.
    pub(crate) additional: Vec<Rr>,
}

impl Response {
    pub(crate) fn parse(octets: &[u8]) -> Result<Response, String> {
        let message = Message::from_slice(octets).map_err(|error| error.to_string())?;
        Response::read(message).map_err(|error| format!("{error}"))
    }

    fn read(message: &Message<[u8]>) -> Result<Response, ParseError> {
        let header = message.header();
        let answer = records(message.answer()?)?;
        let authority = records(message.authority()?)?;
        let mut additional = records(message.additional()?)?;
        let opt = additional
            .iter()
            .find(|rr| rr.rtype == rtype::OPT)
            .map(|rr| rr.ttl);
        additional.retain(|rr| rr.rtype != rtype::OPT);
        let [extended, version, flags, _] = opt.unwrap_or(0).to_be_bytes();
        Ok(Response {
            rcode: u16::from(extended) << 4 | u16::from(header.rcode().to_int()),
            authoritative: header.aa(),
            truncated: header.tc(),
            recursion_available: header.ra(),
            authentic_data: header.ad(),
            recursion_desired: header.rd(),
            checking_disabled: header.cd(),
            edns: opt.map(|_| Edns {
                version,
                dnssec_ok: flags & 0x80 != 0,
            }),
            answer,
            authority,
            additional,
        })
    }
}

fn records(section: RecordSection<'_, [u8]>) -> Result<Vec<Rr>, ParseError> {
    let mut records = Vec::new();
    for parsed in section {
        let parsed = parsed?;
        let data = parsed
            .to_record::<PlainData>()?
            .map(|record| record.into_data().octets)
            .unwrap_or_default();
        records.push(Rr {
            owner: plain_name(&parsed.owner()),
            rtype: parsed.rtype().to_int(),
            class: parsed.class().to_int(),
            ttl: parsed.ttl().as_secs(),
            data,
        });
    }
    Ok(records)
}

/// Record data of any type, without compression.
struct PlainData {
    rtype: Rtype,
    octets: Vec<u8>,
}

impl RecordData for PlainData {
    fn rtype(&self) -> Rtype {
        self.rtype
    }
}

impl<'a, Octs: Octets + ?Sized> ParseRecordData<'a, Octs> for PlainData {
    fn parse_rdata(
        rtype: Rtype,
        parser: &mut Parser<'a, Octs>,
    ) -> Result<Option<Self>, ParseError> {
        let mut octets = Vec::new();
        for field in fields_up_to_last_name(rtype.to_int()) {
            match *field {
                Field::Name => octets.extend_from_slice(&plain_name(&ParsedName::parse(parser)?)),
                Field::Octets(count) => take(parser, count, &mut octets)?,
                Field::String => {
                    take(parser, 1, &mut octets)?;
                    let length = octets.last().copied().unwrap_or(0);
                    take(parser, usize::from(length), &mut octets)?;
                }
            }
        }
        let rest = parser.remaining();
        take(parser, rest, &mut octets)?;
        Ok(Some(PlainData { rtype, octets }))
    }
}

fn take<Octs: AsRef<[u8]> + ?Sized>(
    parser: &mut Parser<'_, Octs>,
    count: usize,
    into: &mut Vec<u8>,
) -> Result<(), ParseError> {
    let start = into.len();
    into.resize(start + count, 0);
    Ok(parser.parse_buf(&mut into[start..])?)
}

fn plain_name<Octs: AsRef<[u8]>>(name: &ParsedName<Octs>) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in name.iter() {
        wire.push(u8::try_from(label.len()).expect("labels have at most 63 octets"));
        wire.extend(label.as_slice().iter().map(u8::to_ascii_lowercase));
    }
    wire
}

enum Field {
    Name,
    Octets(usize),
    String,
}

/// Where the names are in the data of those types that hold any. What follows the last is left alone.
fn fields_up_to_last_name(rtype: u16) -> &'static [Field] {
    use Field::{Name, Octets, String};
    match rtype {
        // NS MD MF CNAME MB MG MR PTR NSAP-PTR DNAME NSEC
        2..=5 | 7..=9 | 12 | 23 | 39 | 47 => &[Name],
        // SOA MINFO RP
        6 | 14 | 17 => &[Name, Name],
        // MX AFSDB RT KX LP SVCB HTTPS
        15 | 18 | 21 | 36 | 107 | 64 | 65 => &[Octets(2), Name],
        // PX
        26 => &[Octets(2), Name, Name],
        // SRV
        33 => &[Octets(6), Name],
        // NAPTR
        35 => &[Octets(4), String, String, String, Name],
        // SIG RRSIG
        24 | 46 => &[Octets(18), Name],
        _ => &[],
    }
}
