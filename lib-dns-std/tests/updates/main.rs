//! Dynamic updates: each rule of RFC 2136 by itself.

mod primary;
mod rules;
mod script;
