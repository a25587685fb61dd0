//! A node with its radio.

use lib_dns_core::crypto::MacKey;
use lib_dns_core::hint::MAX_FRAME_LEN;
use lib_dns_core::time::Timestamp;

use super::machine::{Action, Event, Node, Refresh};
use crate::radio::HintRadio;

/// What is due once the radio has done its part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Next<'z> {
    /// Ask again: there may be more to do.
    Again,
    /// Something was heard. Ask again.
    Event(Event<'z>),
    /// Look for a newer version of a zone. Ask again.
    Refresh(Refresh<'z>),
    /// Nothing before this time, unless a frame comes in or something is told; `None` if only then.
    Idle(Option<Timestamp>),
}

/// What the radio did, and how it went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Done {
    /// It looked at the channel.
    Sensed { is_busy: bool },
    /// It sent what it was given.
    Sent { went_well: bool },
}

impl<'z, K: MacKey, const ZONES: usize, const SENDERS: usize> Node<'z, K, ZONES, SENDERS> {
    /// Does the one thing with the radio that is due: takes a frame, looks at the channel, or sends. It blocks for as long as
    /// that takes, and otherwise leaves the radio listening.
    ///
    /// The time is the radio's, read anew for each call, so that the node learns when the last thing was over. The random
    /// word is new each time as well.
    ///
    /// # Errors
    /// If the radio failed. Nothing is lost by it: call again.
    pub fn poll<R: HintRadio>(
        &mut self,
        now: Timestamp,
        random: u32,
        radio: &mut R,
    ) -> Result<Next<'z>, R::Error> {
        match self.done.take() {
            Some(Done::Sensed { is_busy }) => self.sensed(now, random, is_busy),
            Some(Done::Sent { went_well }) => self.sent(now, went_well),
            None => {}
        }
        let mut buffer = [0; MAX_FRAME_LEN];
        if let Some(reception) = radio.receive(&mut buffer, Timestamp::ZERO)? {
            let frame = buffer.get(..reception.octets.into()).unwrap_or_default();
            let event = self.on_frame(now, random, frame);
            return Ok(event.map_or(Next::Again, Next::Event));
        }
        match self.next(now, random) {
            Action::Refresh(refresh) => Ok(Next::Refresh(refresh)),
            Action::Listen(until) => Ok(Next::Idle(until)),
            Action::Sense => {
                let looked = radio.channel_busy();
                // A radio that cannot tell is asked again later.
                let is_busy = looked.as_ref().map_or(true, |is_busy| *is_busy);
                self.done = Some(Done::Sensed { is_busy });
                looked.map(|_| Next::Again)
            }
            Action::Transmit { frame, .. } => {
                let sent = radio.transmit(frame.as_bytes());
                let went_well = sent.is_ok();
                self.done = Some(Done::Sent { went_well });
                sent.map(|()| Next::Again)
            }
        }
    }
}
