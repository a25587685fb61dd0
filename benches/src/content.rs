//! The sample messages, and the content of message (b) as plain values to build it from.

/// One of the sample messages.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its letter: `a`, `b` or `c`.
    pub letter: char,
    /// What is in it.
    pub summary: &'static str,
    /// Its wire form.
    pub octets: &'static [u8],
}

/// The sample messages, smallest first.
pub const SAMPLES: [Sample; 3] = [
    Sample {
        letter: 'a',
        summary: "query: one question, OPT with a cookie",
        octets: include_bytes!("../data/a.bin"),
    },
    Sample {
        letter: 'b',
        summary: "response: CNAME, 4 A, 2 NS, 2 glue A, OPT",
        octets: include_bytes!("../data/b.bin"),
    },
    Sample {
        letter: 'c',
        summary: "signed response: 2 DNSKEY, SOA, 3 NSEC3, 5 RRSIG, OPT",
        octets: include_bytes!("../data/c.bin"),
    },
];

/// The sample that [`QUESTION`], [`ANSWER`], [`AUTHORITY`] and [`ADDITIONAL`] spell out.
pub const BUILT: &Sample = &SAMPLES[1];

/// A zone in text.
#[derive(Clone, Copy, Debug)]
pub struct ZoneText {
    /// What is in it.
    pub summary: &'static str,
    /// The text.
    pub text: &'static [u8],
    /// How many records it has.
    pub records: u32,
}

/// The sample zone.
pub const ZONE: &ZoneText = &ZoneText {
    summary: "zone text: 205 records, mostly A, AAAA and NS, into wire form",
    text: include_bytes!("../data/scan.zone"),
    records: 205,
};

/// Id of message (b).
pub const ID: u16 = 0x1234;
/// The name that is asked for, type A, class IN.
pub const QUESTION: &str = "www.shop.example.com";
/// The UDP payload size in the OPT record, which has no option and no flag.
pub const UDP_PAYLOAD: u16 = 1232;

/// A record of message (b). The class is always IN.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Owner name, without the last dot.
    pub owner: &'static str,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Type and data.
    pub data: EntryData,
}

/// Type and data of an [`Entry`].
#[derive(Clone, Copy, Debug)]
pub enum EntryData {
    /// A host address.
    A([u8; 4]),
    /// The canonical name of an alias.
    Cname(&'static str),
    /// A name server.
    Ns(&'static str),
}

const fn entry(owner: &'static str, ttl: u32, data: EntryData) -> Entry {
    Entry { owner, ttl, data }
}

/// The answer section.
pub const ANSWER: &[Entry] = &[
    entry(QUESTION, 300, EntryData::Cname("edge.shop.example.net")),
    entry("edge.shop.example.net", 60, EntryData::A([192, 0, 2, 4])),
    entry("edge.shop.example.net", 60, EntryData::A([192, 0, 2, 2])),
    entry("edge.shop.example.net", 60, EntryData::A([192, 0, 2, 3])),
    entry("edge.shop.example.net", 60, EntryData::A([192, 0, 2, 1])),
];

/// The authority section.
pub const AUTHORITY: &[Entry] = &[
    entry(
        "shop.example.net",
        86400,
        EntryData::Ns("ns2.dns.example.net"),
    ),
    entry(
        "shop.example.net",
        86400,
        EntryData::Ns("ns1.dns.example.net"),
    ),
];

/// The additional section, but for the OPT record that ends it.
pub const ADDITIONAL: &[Entry] = &[
    entry(
        "ns1.dns.example.net",
        86400,
        EntryData::A([198, 51, 100, 1]),
    ),
    entry(
        "ns2.dns.example.net",
        86400,
        EntryData::A([198, 51, 100, 2]),
    ),
];
