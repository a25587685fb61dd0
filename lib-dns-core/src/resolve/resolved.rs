//! What comes of a resolution, and what is told on the way.

use super::denial::Denial;
use super::layers::{Handle, Layer, MAX_ALIASES, MAX_AUTHORITIES};
use crate::code_points::Rcode;
use crate::policy::NodeId;
use crate::policy::conflict::Fate;
use crate::policy::negative::{AuthorityCoverage, NegativeMetadata, PartitionId};
use crate::policy::outcome::{AnswerKind, Found, Outcome};

/// Records to serve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Served {
    /// Where they are.
    pub handle: Handle,
    /// From which layer they came.
    pub layer: Layer,
    /// From which of its authorities: of a federation the place of the mesh, which a client sees as where they come from.
    pub authority: u8,
}

/// What became of an answer that is not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Told {
    /// The layer.
    pub layer: Layer,
    /// Which of its authorities.
    pub authority: u8,
    /// Where its records are.
    pub handle: Handle,
    /// What became of them.
    pub fate: Fate,
}

impl Told {
    /// What became of records that were not served.
    pub(super) fn of(records: Served, fate: Fate) -> Self {
        let Served {
            handle,
            layer,
            authority,
        } = records;
        Self {
            layer,
            authority,
            handle,
            fate,
        }
    }
}

/// What came of a resolution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Resolved {
    /// What to tell the client.
    pub outcome: Outcome,
    /// Who did not find it: of a negative answer, and of an answer that is contested by that.
    pub denial: Option<Denial>,
    /// How many of the mesh's holders were reached, of how many.
    pub(super) coverage: AuthorityCoverage,
    pub(super) aliases: [Option<Served>; MAX_ALIASES],
    pub(super) served: [Option<Served>; MAX_AUTHORITIES],
}

impl Resolved {
    /// The aliases that were followed, in order.
    pub fn aliases(&self) -> impl Iterator<Item = Served> + '_ {
        self.aliases.iter().flatten().copied()
    }

    /// The records to serve: one RRset, that of each owner in a dispute, or the SOA of a negative answer.
    pub fn served(&self) -> impl Iterator<Item = Served> + '_ {
        self.served.iter().flatten().copied()
    }

    /// What the ZDNS option says of a negative answer (12.2, rule 4): there is one for every NXDOMAIN. A revoked zone was not
    /// looked for in vain: of that this node itself says so.
    pub fn negative_metadata(
        &self,
        here: NodeId,
        partition: Option<PartitionId>,
    ) -> Option<NegativeMetadata> {
        if self.outcome.kind == AnswerKind::Found(Found::Data) {
            return None;
        }
        let denied = self.denial.map(|denial| denial.metadata);
        denied.or(
            (self.outcome.rcode == Rcode::NXDOMAIN).then_some(NegativeMetadata {
                responding_node: here,
                partition,
                coverage: self.coverage,
            }),
        )
    }
}
