//! Meshes in virtual time: thousands of nodes that run the core's own machines, with seeds instead of chance.
//!
//! No rule of the mesh stands here. What a node does, [`lib_dns_core`] decides; what is here is the world around it.
//!
//! | to | use |
//! |---|---|
//! | know what came of a run | [`measure`] |
//! | share one LoRa channel among many nodes | [`channel`] |
//! | show what came of a run, to people and to programs | [`report`] |
//! | draw what happened over time | [`chart`] |

pub mod channel;
pub mod chart;
pub mod measure;
pub mod report;
