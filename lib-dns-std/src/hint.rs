//! Hints over LoRa on a machine without a radio: one behind a port, the network's key, and how a radio sends.
//!
//! What hints are and how much of the air they may take stands in [`lib_dns_core::hint`].
//!
//! | part | does |
//! |---|---|
//! | [`NetworkKeyFile`] | reads the key of a network from a file of TSIG keys |
//! | [`Link`] | says how a radio sends, as people write it |
//! | [`Port`] | is the line to a radio: a serial port, or a stream |
//! | [`SequenceFile`] | keeps the numbers of sealed frames from being used twice |
//! | `gateway` | stands between a server and a radio: [`GatewayCounts`] |

mod gateway;
mod link;
mod network_key;
mod port;
mod sequence_file;

pub use gateway::GatewayCounts;
pub(crate) use gateway::{Gateway, GatewayZone, Keys, MAX_UPDATES, MAX_ZONES, Step};
pub use link::{Link, bandwidth_from_khz, khz};
pub(crate) use link::{all_khz, too_narrow};
pub use network_key::NetworkKeyFile;
pub use port::{Port, PortAddress};
pub(crate) use port::{is_speed, printable};
pub use sequence_file::SequenceFile;
