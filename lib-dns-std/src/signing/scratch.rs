//! Room for one RRset in canonical form.

use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::{CanonicalError, CanonicalRrset, Place};
use lib_dns_core::name::Name;
use lib_dns_core::zone::RrSet;

/// Octets of an RRSIG record's fields before the signature, at most.
const MAX_FIELDS: usize = 18 + 255;
/// Octets of a record beside its owner and data, and two more for the label of a wildcard.
const RECORD_HEAD: usize = 10 + 2;

/// Room that is used for one RRset after the other, and grows with the largest.
#[derive(Default)]
pub(crate) struct Scratch {
    octets: Vec<u8>,
    places: Vec<Place>,
}

impl Scratch {
    /// Puts an RRset in canonical form, with room for what is signed.
    pub(crate) fn canonical(
        &mut self,
        owner: &Name<'_>,
        class: Class,
        rrset: &RrSet<'_>,
    ) -> Result<CanonicalRrset<'_>, CanonicalError> {
        let records = rrset.records().count();
        let heads = records * (owner.wire_len() + RECORD_HEAD);
        let octets = MAX_FIELDS + heads + 2 * rrset.packed().len();
        if self.octets.len() < octets {
            self.octets.resize(octets, 0);
        }
        if self.places.len() < records {
            self.places.resize(records, Place::default());
        }
        CanonicalRrset::new(owner, class, rrset, &mut self.octets, &mut self.places)
    }
}
