//! The response while it grows.

use crate::code_points::{Class, HEADER_LEN, Rcode};
use crate::messages::{MessageBuilder, Section};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{Part, Reader, WriteError};
use crate::zone::{RrSet, ZoneNode};

/// A response, and what the client wants of it.
pub(super) struct Reply<'b> {
    pub(super) builder: MessageBuilder<'b>,
    pub(super) dnssec_ok: bool,
    /// What is known of the outcome; it holds also if not everything fits.
    pub(super) rcode: Rcode,
}

impl Reply<'_> {
    /// Writes an RRset and, if they are wanted, its signatures; all or nothing.
    pub(super) fn signed<'z>(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        class: Class,
        node: impl ZoneNode<'z>,
        rrset: &RrSet<'_>,
    ) -> Result<(), WriteError> {
        let signatures = if self.dnssec_ok {
            node.signatures(rrset.rtype)
        } else {
            None
        };
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
            let rtype = Type(reader.u16(Part::Message).ok()?);
            let _class = reader.u16(Part::Message).ok()?;
            let _ttl = reader.u32(Part::Message).ok()?;
            let len = reader.u16(Part::Message).ok()?;
            reader.octets(usize::from(len), Part::RecordData).ok()?;
            Some((owner, rtype))
        })
    }
}
