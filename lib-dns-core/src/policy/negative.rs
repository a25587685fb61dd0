//! Negative answers in a mesh (ZDNS architecture 12): an opinion that is soon forgotten.
//!
//! "NXDOMAIN is NEVER globally authoritative in a partitioned mesh" (12.1): it says that a name was not found
//! in one node's present view. So what is absent is remembered for at most 60 seconds ([`NegativeTtl`]), says
//! who did not find it ([`NegativeMetadata`]), never takes the place of what was found ([`weigh`]), and at most
//! puts it in doubt ([`Contest`]). What is signed counts for more than an opinion ([`Absence`]).

mod absence;
mod contest;
mod metadata;
mod time_to_live;

pub use absence::{Absence, Presence, Weighing, weigh, weigh_of_another_owner};
pub use contest::Contest;
pub use metadata::{AuthorityCoverage, MAX_PARTITION_ID_LEN, NegativeMetadata, PartitionId};
pub(crate) use time_to_live::time_to_live;
pub use time_to_live::{FailureTtl, NEGATIVE_TTL_MAX, NegativeTtl, POSITIVE_SHARE};

/// Negative answers that a resolver keeps at most (12.2, rule 2), unless told otherwise.
pub const NEGATIVE_CACHE_ENTRIES: usize = 1000;
