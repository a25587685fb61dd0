//! Hints over LoRa on a machine with files: the network's key, and how a radio sends.
//!
//! What hints are and how much of the air they may take stands in [`lib_dns_core::hint`].
//!
//! | part | does |
//! |---|---|
//! | [`NetworkKeyFile`] | reads the key of a network from a file of TSIG keys |
//! | [`Link`] | says how a radio sends, as people write it |

mod link;
mod network_key;

pub(crate) use link::all_khz;
pub use link::{Link, bandwidth_from_khz, khz};
pub use network_key::NetworkKeyFile;
