//! The record types that the test treats by name.

pub(crate) const A: u16 = 1;
pub(crate) const NS: u16 = 2;
pub(crate) const CNAME: u16 = 5;
pub(crate) const SOA: u16 = 6;
pub(crate) const PTR: u16 = 12;
pub(crate) const MX: u16 = 15;
pub(crate) const TXT: u16 = 16;
pub(crate) const AAAA: u16 = 28;
pub(crate) const SRV: u16 = 33;
pub(crate) const NAPTR: u16 = 35;
pub(crate) const DNAME: u16 = 39;
pub(crate) const OPT: u16 = 41;
pub(crate) const DS: u16 = 43;
pub(crate) const RRSIG: u16 = 46;
pub(crate) const NSEC: u16 = 47;
pub(crate) const DNSKEY: u16 = 48;
pub(crate) const NSEC3: u16 = 50;
pub(crate) const NSEC3PARAM: u16 = 51;
pub(crate) const SVCB: u16 = 64;
pub(crate) const HTTPS: u16 = 65;
pub(crate) const AXFR: u16 = 252;
pub(crate) const ANY: u16 = 255;
/// One that nobody has defined, of the range for private use.
pub(crate) const TYPE65280: u16 = 65280;

pub(crate) fn mnemonic(rtype: u16) -> String {
    let name = match rtype {
        A => "A",
        NS => "NS",
        CNAME => "CNAME",
        SOA => "SOA",
        PTR => "PTR",
        MX => "MX",
        TXT => "TXT",
        AAAA => "AAAA",
        SRV => "SRV",
        NAPTR => "NAPTR",
        DNAME => "DNAME",
        DS => "DS",
        RRSIG => "RRSIG",
        NSEC => "NSEC",
        DNSKEY => "DNSKEY",
        NSEC3 => "NSEC3",
        NSEC3PARAM => "NSEC3PARAM",
        SVCB => "SVCB",
        HTTPS => "HTTPS",
        ANY => "ANY",
        other => return format!("TYPE{other}"),
    };
    name.to_owned()
}
