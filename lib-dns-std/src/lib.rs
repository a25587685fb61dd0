//! DNS servers, storage and the `zdns` program, on [`lib_dns_core`].
//!
//! | module | holds |
//! |---|---|
//! | [`hash`] | the hashes that the core has lent to it |
//! | [`zone`] | zones in memory, loaded from files, and the set of them that a server answers from |
//! | [`program`] | what the `zdns` program does |
//! | [`server`] | UDP and TCP sockets around whatever makes the answers |

pub mod hash;
pub mod program;
pub mod server;
pub mod zone;
