//! Measurements of lib-dns beside its peers.
//!
//! Every library reads the same three messages and builds one of them, through one small
//! interface ([`peers::Peer`]), and is asked for the same work:
//!
//! - **parse**: the question's and every record's owner name has its labels walked, the data of
//!   every record is read into its typed form, EDNS options too, and the TTLs are read. [`Work`]
//!   counts what was seen, so that the compiler cannot drop it and a test can show that all
//!   libraries saw the same.
//! - **build**: the content of message (b) ([`content`]) is written to a caller's buffer with name
//!   compression, from names which are already in the library's own form and from plain values.
//!   Where a library wants a message assembled before it writes it, that is part of the work.
//!   A test reads the result back.
//!
//! A record or option that a library hands over as raw octets is counted as opaque and marked in
//! the table; a message that it refuses is printed with its error.
//!
//! | to see | run |
//! |---|---|
//! | the table: instructions, nanoseconds, allocations | `cargo run --release -p lib-dns-benches --bin compare` |
//! | the same for scripts | `… --bin compare -- --json` |
//! | whether lib-dns keeps its limits | `… --bin compare -- --check benches/limits.toml` |
//! | distributions over time | `cargo bench -p lib-dns-benches` |
//! | what loading a zone file takes | `… --bin zone-load -- FILE ORIGIN` |
//! | what transferring a zone takes, out and in | `… --bin transfer-load -- FILE ORIGIN` |
//! | what an answer costs | `… --bin answer` |
//! | what TSIG costs beside its HMAC | `… --bin tsig` |

pub mod allocations;
pub mod content;
pub mod instructions;
pub mod job;
pub mod limits;
pub mod peers;
pub mod processor_time;
pub mod report;
pub mod time;
mod work;

pub use work::{Seen, Work, WorkError};
