//! The view of a zone that answers are made from.

use crate::code_points::{Class, InfoCode};
use crate::messages::{MessageBuilder, Section};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::Serial;

/// The records of one owner, type and class, as a zone stores them.
///
/// The data stands in plain form (no compression, case kept), record by record behind a 16-bit length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RrSet<'z> {
    /// The type.
    pub rtype: Type,
    /// Seconds for which it may be cached.
    pub ttl: u32,
    packed: &'z [u8],
}

impl<'z> RrSet<'z> {
    /// Views packed data: each record's data behind its length (16 bits, high octet first). What is
    /// cut off at the end is not seen.
    #[inline]
    pub fn new(rtype: Type, ttl: u32, packed: &'z [u8]) -> Self {
        Self { rtype, ttl, packed }
    }

    /// The data of each record.
    ///
    /// ```
    /// use lib_dns_core::{rr_data::Type, zone::RrSet};
    /// let rrset = RrSet::new(Type::A, 300, &[0, 4, 192, 0, 2, 1, 0, 4, 192, 0, 2, 2]);
    /// assert_eq!(rrset.records().count(), 2);
    /// assert_eq!(rrset.records().next(), Some(&[192, 0, 2, 1][..]));
    /// ```
    #[inline]
    pub fn records(&self) -> impl Iterator<Item = &'z [u8]> + Clone + use<'z> {
        let mut rest = self.packed;
        core::iter::from_fn(move || {
            let (len, tail) = rest.split_first_chunk::<2>()?;
            let (data, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            rest = tail;
            Some(data)
        })
    }

    /// The data of the first record; an RRset has one.
    #[inline]
    pub fn first(&self) -> Option<&'z [u8]> {
        self.records().next()
    }

    /// Of an SOA record: how long absence may be cached, and the TTL of the records that prove it
    /// (RFC 2308 5, RFC 9077 3). The lesser of its TTL and its last field.
    pub fn negative_ttl(&self) -> u32 {
        let minimum = self.first().and_then(|data| data.last_chunk::<4>());
        minimum.map_or(self.ttl, |octets| u32::from_be_bytes(*octets).min(self.ttl))
    }

    /// Of an SOA record: the version of the zone.
    pub fn soa_serial(&self) -> Option<Serial> {
        super::soa_serial(self.first()?)
    }

    /// Of an SOA record: for how many seconds a copy of the zone is good that nobody confirms.
    pub fn soa_expire(&self) -> Option<u32> {
        let [a, b, c, d, ..] = *self.first()?.last_chunk::<8>()?;
        Some(u32::from_be_bytes([a, b, c, d]))
    }

    /// Writes its records to a section of a message, all or nothing.
    ///
    /// # Errors
    /// As [`MessageBuilder::stored_record`].
    // For one size of the builder, so that whoever calls it shares the code.
    pub fn write_to(
        &self,
        builder: &mut MessageBuilder<'_>,
        section: Section,
        owner: &Name<'_>,
        class: Class,
    ) -> Result<(), WriteError> {
        let mark = builder.mark();
        let (rtype, ttl) = (self.rtype, self.ttl);
        let written = self
            .records()
            .try_for_each(|data| builder.stored_record(section, owner, rtype, class, ttl, data));
        if written.is_err() {
            builder.rewind(mark);
        }
        written
    }

    /// The packed form that [`RrSet::new`] takes.
    #[inline]
    pub fn packed(&self) -> &'z [u8] {
        self.packed
    }
}

/// One name of a zone, with its RRsets; an empty non-terminal has none.
///
/// Signatures are no RRset of their own here: they stand beside what they cover.
pub trait ZoneNode<'z>: Copy {
    /// The name, in the case that it was stored in.
    fn owner(&self) -> Name<'z>;

    /// The RRset of a type; never asked for RRSIG, ANY or another type that is no data.
    fn rrset(&self, rtype: Type) -> Option<RrSet<'z>>;

    /// The RRSIG records that cover a type, as an RRset of type RRSIG.
    fn signatures(&self, covered: Type) -> Option<RrSet<'z>>;

    /// All RRsets but the signatures, in the order of their types.
    fn rrsets(&self) -> impl Iterator<Item = RrSet<'z>>;

    /// Is it an empty non-terminal?
    #[inline]
    fn is_empty(&self) -> bool {
        self.rrsets().next().is_none()
    }
}

/// What stands at a name, or why nothing does.
#[derive(Clone, Copy, Debug)]
pub enum Found<N> {
    /// The name exists and is authoritative here.
    Node(N),
    /// The name is at or below a cut: `node` has the NS records. At the cut itself, what the parent
    /// holds (DS, NSEC) is in the same node.
    Delegation {
        /// The node of the cut.
        node: N,
    },
    /// The name is below a DNAME, which `node` has.
    Dname {
        /// The node with the DNAME record.
        node: N,
    },
    /// The name does not exist.
    Missing {
        /// The closest encloser (RFC 4592 3.3.1): the deepest ancestor that exists.
        encloser: N,
        /// The wildcard below the closest encloser, if it exists.
        wildcard: Option<N>,
    },
}

/// One version of one zone.
///
/// All methods take any case and any name; they neither fail nor allocate.
pub trait ZoneLookup {
    /// A name of the zone.
    type Node<'z>: ZoneNode<'z>
    where
        Self: 'z;

    /// Can a zone of this kind have DNAME records? Where it cannot, nothing that they need is compiled.
    const MAY_HAVE_DNAME: bool = true;

    /// Can a zone of this kind have signatures, and records that prove absence? Where it cannot, nothing that they
    /// need is compiled.
    const MAY_BE_SIGNED: bool = true;

    /// The name of the zone.
    fn apex(&self) -> Name<'_>;

    /// The class of all its records.
    fn class(&self) -> Class {
        Class::IN
    }

    /// The node of a name, empty non-terminals and occluded names (below a cut or a DNAME) included.
    fn get(&self, name: &Name<'_>) -> Option<Self::Node<'_>>;

    /// The last node at or before `name` in canonical order (RFC 4034 6.1) that has an NSEC record,
    /// going round from the apex to the last; `None` if the zone has no NSEC records.
    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<Self::Node<'_>>;

    /// The node with an NSEC3 record whose hash (the first label, 20 octets) is the last at or before
    /// `hash`, going round; `None` if the zone has no NSEC3 records.
    fn nsec3_at_or_before(&self, hash: &[u8; 20]) -> Option<Self::Node<'_>>;

    /// What stands at a name at or below the apex; `None` if it is not, or the apex has no node.
    ///
    /// It walks from the apex down and stops at the first cut or DNAME; a zone that can do it in fewer
    /// steps should.
    fn find(&self, name: &Name<'_>) -> Option<Found<Self::Node<'_>>> {
        let apex_labels = self.apex().label_count();
        if !name.is_at_or_below(&self.apex()) {
            return None;
        }
        let mut encloser = self.get(&self.apex())?;
        for labels in apex_labels..name.label_count() {
            if encloser.rrset(Type::DNAME).is_some() {
                return Some(Found::Dname { node: encloser });
            }
            let below = name.ancestor(labels.saturating_add(1));
            let Some(node) = self.get(&below) else {
                let wildcard = encloser.owner().wildcard_below();
                let wildcard = wildcard.and_then(|name| self.get(&name.as_name()));
                return Some(Found::Missing { encloser, wildcard });
            };
            if node.rrset(Type::NS).is_some() {
                return Some(Found::Delegation { node });
            }
            encloser = node;
        }
        Some(Found::Node(encloser))
    }
}

/// The zones of one server.
pub trait ZoneSet {
    /// A zone.
    type Zone: ZoneLookup;

    /// The zone whose apex is the deepest at or above `name`.
    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Self::Zone>;

    /// The zone whose apex is the deepest strictly above `name`: where its DS records stand.
    fn deepest_above(&self, name: &Name<'_>, class: Class) -> Option<&Self::Zone> {
        self.deepest(&name.parent()?, class)
    }

    /// Why there is no zone where [`Self::deepest`] gives none, although we are to serve the name: its zone
    /// has not come yet ([`InfoCode::NOT_READY`]), or is too old to be believed
    /// ([`InfoCode::INVALID_DATA`]).
    fn unavailable(&self, _name: &Name<'_>, _class: Class) -> Option<InfoCode> {
        None
    }

    /// For how many seconds a zone is good, for those who keep copies of it (RFC 7314): a zone that is made here
    /// for as long as its SOA record says, which is what this gives, and a copy until it expires. `None` if that
    /// is not known.
    fn expires_in(&self, zone: &Self::Zone) -> Option<u32> {
        zone.get(&zone.apex())?.rrset(Type::SOA)?.soa_expire()
    }
}
