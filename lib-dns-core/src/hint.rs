//! Hints over LoRa (ZDNS architecture 6.3, 6.4 and 17): what the radio carries, and how much of it.
//!
//! A hint is advice to look, never data: it changes no record, no key and no positive answer.
//!
//! | to | use |
//! |---|---|
//! | send and hear hints | [`HintNode`], which holds all that follows together |
//! | write and read hints | [`Hint`], [`ReceivedFrame`] |
//! | prove where they come from | [`NetworkKey`] |
//! | hear each of them once | [`ReplayWindows`] |
//! | know what a region allows | [`Region`] |
//! | keep within it | [`AirtimeBudget`] |
//! | know for how long a frame is on the air | [`airtime`] |
//! | have the radio at the other end of a serial line | [`serial`] |

pub mod airtime;
mod budget;
mod message;
mod node;
mod queue;
mod region;
mod replay;
mod seal;
pub mod serial;
#[cfg(test)]
mod toy;

pub use budget::{AirtimeBudget, BURST, MIN_GAP, Permit, SUSTAINED};
pub use message::{
    Advice, Frame, Hint, HintError, HintType, Lifetime, MAX_FRAME_LEN, MAX_HINT_LEN, NAMES_SENDER,
    NodePrefix, ReceivedFrame, SEALED, Seal, ShortName, TAG_LEN, ZoneOfUpdate, ZoneTag,
};
pub use node::{Action, Event, HintConfig, HintCounts, HintNode, Queued, Refusal};
pub use region::{Region, RegionRules};
pub use replay::{ReplaySlot, ReplayWindows};
pub use seal::{NetworkId, NetworkKey, SealError, SequenceNumbers};
