//! TSIG (RFC 8945) with real MACs: against messages that another implementation signed, rule by rule, and
//! with every octet tampered with.

mod agreement;
mod laws;
mod rules;
mod vectors;
