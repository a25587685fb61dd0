//! Dynamic updates: each rule of RFC 2136 by itself, random updates held against a naive model, and the same
//! updates sent to BIND.

#[path = "../seeded/dice.rs"]
mod dice;
mod model;
mod primary;
#[path = "../peers/process.rs"]
mod process;
mod random;
mod rules;
mod script;
mod with_named;
