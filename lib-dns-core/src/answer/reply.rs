//! The response while it grows.

use crate::code_points::{Class, HEADER_LEN, Opcode, Rcode};
use crate::messages::{Flags, Header, MessageBuilder, Section};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WriteError};
use crate::zone::{RrSet, ZoneLookup, ZoneNode};

/// A response, and what the client wants of it.
pub(super) struct Reply<'b> {
    pub(super) builder: MessageBuilder<'b>,
    pub(super) dnssec_ok: bool,
    /// What is known of the outcome; it holds also if not everything fits.
    pub(super) rcode: Rcode,
}

/// What we say to everybody in the header: no recursion here, and what has to be copied
/// (RFC 1035 4.1.1, RFC 4035 3.1.6).
pub(super) fn reply_flags(query: Flags) -> Flags {
    let opcode = query.opcode();
    let flags = Flags::default().with_response(true).with_opcode(opcode);
    if opcode == Opcode::UPDATE {
        // All other flags are zero (RFC 2136 2.2).
        return flags;
    }
    flags
        .with_recursion_desired(query.recursion_desired())
        .with_checking_disabled(query.checking_disabled())
}

/// Does the client want signatures and denials, and can a zone of this kind have any?
#[inline]
pub(super) fn wants_proofs<Z: ZoneLookup>(reply: &Reply<'_>) -> bool {
    Z::MAY_BE_SIGNED && reply.dnssec_ok
}

impl<'b> Reply<'b> {
    /// Begins a response; `None` if there is no room for a header.
    #[inline]
    pub(super) fn new(out: &'b mut [u8], query: &Header) -> Option<Self> {
        Some(Self {
            builder: MessageBuilder::new(out, query.id, reply_flags(query.flags)).ok()?,
            dnssec_ok: false,
            rcode: Rcode::NOERROR,
        })
    }

    /// Writes an RRset and, if they are wanted, its signatures; all or nothing.
    pub(super) fn signed<'z, Z: ZoneLookup + 'z>(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        class: Class,
        node: &Z::Node<'z>,
        rrset: &RrSet<'_>,
    ) -> Result<(), WriteError> {
        if !wants_proofs::<Z>(self) {
            return self.rrset(section, owner, class, rrset);
        }
        let signatures = node.signatures(rrset.rtype);
        let mark = self.builder.mark();
        let mut written = self.rrset(section, owner, class, rrset);
        if let (Ok(()), Some(signatures)) = (written, signatures) {
            let signatures = RrSet::new(Type::RRSIG, rrset.ttl, signatures.packed());
            written = self.rrset(section, owner, class, &signatures);
        }
        if written.is_err() {
            self.builder.rewind(mark);
        }
        written
    }

    /// Writes an RRset, all or nothing.
    pub(super) fn rrset(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        class: Class,
        rrset: &RrSet<'_>,
    ) -> Result<(), WriteError> {
        rrset.write_to(&mut self.builder, section, owner, class)
    }

    /// Does a section hold a record of this owner and type already? The response is its own memory, so
    /// that no list of what was written is needed.
    pub(super) fn holds(&self, section: Section, owner: &Name<'_>, rtype: Type) -> bool {
        let [_, answers, authorities, additionals] = self.builder.counts();
        let (skipped, count) = match section {
            Section::Answer => (0, answers),
            Section::Authority => (answers, authorities),
            Section::Additional => (answers.saturating_add(authorities), additionals),
        };
        count > 0
            && self
                .records()
                .skip(usize::from(skipped))
                .take(usize::from(count))
                .any(|(name, known)| known == rtype && name == *owner)
    }

    /// Owner and type of every record so far.
    fn records(&self) -> impl Iterator<Item = (Name<'_>, Type)> {
        let written = self.builder.written();
        let [questions, ..] = self.builder.counts();
        let mut reader = Reader::within(written, HEADER_LEN, written.len());
        for _ in 0..questions {
            let skipped = reader.skip_name();
            let _ = skipped.and_then(|()| reader.u32(Part::Message));
        }
        core::iter::from_fn(move || {
            let owner = reader.name().ok()?;
            let [t1, t0, _, _, _, _, _, _, l1, l0] = reader.array(Part::Record).ok()?;
            let len = usize::from(u16::from_be_bytes([l1, l0]));
            reader.octets(len, Part::RecordData).ok()?;
            Some((owner, Type(u16::from_be_bytes([t1, t0]))))
        })
    }
}
