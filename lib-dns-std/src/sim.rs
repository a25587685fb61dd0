//! Meshes in virtual time: thousands of nodes that run the core's own machines, with seeds instead of chance.
//!
//! | to | use |
//! |---|---|
//! | share one LoRa channel among many nodes | [`channel`] |
//! | draw what happened over time | [`chart`] |

pub mod channel;
pub mod chart;
