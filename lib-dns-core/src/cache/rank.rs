//! How far data is to be believed, and from whom.

use crate::messages::Section;
use crate::name::Name;

/// How trustworthy data is by where it came from (RFC 2181 5.4.1), the least first.
///
/// Data never takes the place of better data that is still fresh, and the additional and authority sections of an
/// answer least of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rank {
    /// The additional section, or the authority section of an answer that is not authoritative: a referral.
    Additional,
    /// The answer section of an answer that is not authoritative.
    Answer,
    /// Glue of a zone that we hold.
    Glue,
    /// The authority section of an authoritative answer.
    Authority,
    /// The answer section of an authoritative answer.
    AuthoritativeAnswer,
    /// A zone that was transferred.
    Transfer,
    /// A zone that we hold as primary.
    Primary,
}

impl Rank {
    /// The rank of records in a section of an answer, by whether its AA flag was set.
    ///
    /// AA speaks for the first owner of the answer section only; what follows an alias is of rank [`Rank::Answer`]
    /// unless the same server is authoritative for it too, which is for the caller to know.
    pub fn of(section: Section, authoritative: bool) -> Self {
        match (section, authoritative) {
            (Section::Answer, true) => Self::AuthoritativeAnswer,
            (Section::Answer, false) => Self::Answer,
            (Section::Authority, true) => Self::Authority,
            _ => Self::Additional,
        }
    }
}

/// May a server that answers for `zone` be believed about `owner`? Only about what is in the zone or below it.
pub fn is_in_bailiwick(owner: &Name<'_>, zone: &Name<'_>) -> bool {
    owner.is_at_or_below(zone)
}

/// May the absence of `name` be believed that the SOA record of `soa_owner` stands for, from a server that answers for
/// `zone`? The SOA record must be of a zone that holds the name, and not of one above the server's.
///
/// ```
/// use lib_dns_core::{cache::is_denial_in_bailiwick, name::NameBuf};
/// let name = |text| NameBuf::from_text(text).unwrap();
/// let (www, zone, parent) = (name("www.a.example."), name("a.example."), name("example."));
/// let check = |soa: &NameBuf, asked: &NameBuf| {
///     is_denial_in_bailiwick(&www.as_name(), &soa.as_name(), &asked.as_name())
/// };
/// assert!(check(&zone, &zone));
/// assert!(check(&zone, &parent));
/// // Servers of the zone do not speak for its parent, nor for a zone beside the name.
/// assert!(!check(&parent, &zone));
/// assert!(!check(&name("b.example."), &parent));
/// ```
pub fn is_denial_in_bailiwick(name: &Name<'_>, soa_owner: &Name<'_>, zone: &Name<'_>) -> bool {
    name.is_at_or_below(soa_owner) && soa_owner.is_at_or_below(zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuf;

    #[test]
    fn rfc_2181_5_4_1_order_of_ranks() {
        let ranks = [
            Rank::of(Section::Additional, true),
            Rank::of(Section::Answer, false),
            Rank::Glue,
            Rank::of(Section::Authority, true),
            Rank::of(Section::Answer, true),
            Rank::Transfer,
            Rank::Primary,
        ];
        assert!(ranks.is_sorted_by(|a, b| a < b));
        assert_eq!(Rank::of(Section::Authority, false), Rank::Additional);
        assert_eq!(Rank::of(Section::Additional, false), Rank::Additional);
    }

    #[test]
    fn a_server_speaks_for_its_zone_and_below() {
        let name = |text| NameBuf::from_text(text).unwrap();
        let zone = name("Example.sovereign.");
        for (owner, inside) in [
            ("example.sovereign.", true),
            ("a.EXAMPLE.sovereign.", true),
            ("sovereign.", false),
            ("notexample.sovereign.", false),
            ("example.sovereign.evil.", false),
            (".", false),
        ] {
            let believed = is_in_bailiwick(&name(owner).as_name(), &zone.as_name());
            assert_eq!(believed, inside, "{owner}");
        }
    }
}
