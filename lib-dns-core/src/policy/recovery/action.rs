//! Where recovery stands, and what it wants done.

use crate::policy::NodeId;
use crate::zone::Serial;

/// Where recovery stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecoveryStep {
    /// Step 1.
    Immediate,
    /// Step 2.
    SerialExchange,
    /// Step 3.
    ConflictDetection,
    /// Step 4.
    Steady,
}

/// What to do next. Zones are places among those that were lent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecoveryAction {
    /// Flush all negative answers (step 1).
    FlushNegative,
    /// Log [`RECOVERY_LOG`](super::RECOVERY_LOG) and [`Recovery::new_peers`](super::Recovery::new_peers) (step 1).
    Log,
    /// Ask the peer for the zone's SOA and version (step 2). Report by [`Recovery::answered`](super::Recovery::answered) or
    /// [`Recovery::unanswered`](super::Recovery::unanswered).
    AskSoa {
        /// The zone.
        zone: usize,
        /// Whom to ask.
        peer: NodeId,
    },
    /// Queue a transfer of the zone, incremental if possible (step 2). Report by [`Recovery::updated`](super::Recovery::updated) or
    /// [`Recovery::transfer_failed`](super::Recovery::transfer_failed).
    QueueTransfer {
        /// The zone.
        zone: usize,
        /// Who has the newer version.
        peer: NodeId,
        /// Its serial.
        serial: Serial,
    },
    /// Both sides have changed the zone (step 3): fetch the peer's version, [`merge`](crate::policy::merge) it, mark what several
    /// owners claim as contested, and report what came of it by [`Recovery::updated`](super::Recovery::updated).
    Settle {
        /// The zone.
        zone: usize,
        /// Whose version is another one.
        peer: NodeId,
    },
    /// The zone has changed since the partition healed: tell of it by a ZDNS_UPDATE, through the limits of
    /// [`UpdateSender::merged`](crate::policy::update_control::UpdateSender::merged) (step 3: `partition_merged`).
    Tell {
        /// The zone.
        zone: usize,
        /// Its serial.
        serial: Serial,
    },
    /// The zone has changed since the serials were exchanged: tell this peer alone which version is here now, as a NOTIFY with
    /// the SOA in its answer section does (RFC 1996, section 3.7). It reports that by [`Recovery::notified`](super::Recovery::notified).
    Notify {
        /// The zone.
        zone: usize,
        /// Whom to tell.
        peer: NodeId,
    },
    /// The time of step 2 has ended before the peer could be asked for so many zones: log it. Their own refresh will find
    /// what is newer.
    Unasked {
        /// The peer.
        peer: NodeId,
        /// How many zones.
        zones: usize,
    },
    /// Step 4: recovery is over.
    Steady,
}
