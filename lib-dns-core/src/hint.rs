//! Hints over LoRa (ZDNS architecture 6.3, 6.4 and 17): what the radio carries, and how much of it.
//!
//! A hint is advice to look, never data: it changes no record, no key and no positive answer.
//!
//! | to | use |
//! |---|---|
//! | know for how long a frame is on the air | [`airtime`] |

pub mod airtime;
