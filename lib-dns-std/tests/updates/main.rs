//! Dynamic updates: each rule of RFC 2136 by itself, random updates held against a naive model, and the same
//! updates sent to BIND.

#[path = "../seeded/dice.rs"]
mod dice;
#[path = "../peers/harness.rs"]
mod harness;
mod model;
mod primary;
mod random;
mod rules;
mod script;
mod with_named;
