//! Compares what the servers said to one question.

use std::fmt::{self, Write as _};

use domain::base::Message;

use crate::landscape::Landscape;
use crate::programs::{PEERS, Program};
use crate::questions::Question;
use crate::response::Response;
use crate::rulings::{self, Case, Ruling};
use crate::view::{PARTS, Part, View};
use crate::world::World;

/// What one server said to one question.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Response { view: Box<View>, octets: Vec<u8> },
    Unreadable { reason: String, octets: Vec<u8> },
    Nothing,
}

impl Said {
    pub(crate) fn read(octets: Option<Vec<u8>>, landscape: &Landscape) -> Said {
        let Some(octets) = octets else {
            return Said::Nothing;
        };
        match Response::parse(&octets) {
            Ok(response) => Said::Response {
                view: Box::new(View::of(response, landscape)),
                octets,
            },
            Err(reason) => Said::Unreadable { reason, octets },
        }
    }

    fn same(&self, other: &Said, part: Part) -> bool {
        match (self, other) {
            (Said::Response { view: a, .. }, Said::Response { view: b, .. }) => a.same(b, part),
            (Said::Nothing, Said::Nothing) => true,
            _ => false,
        }
    }

    pub(crate) fn view(&self) -> Option<&View> {
        match self {
            Said::Response { view, .. } => Some(view),
            _ => None,
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Said::Response { octets, .. } | Said::Unreadable { octets, .. } => octets,
            Said::Nothing => &[],
        }
    }
}

/// What is wrong with our response.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// We do not say what all peers say, or what an RFC asks for.
    Differs(Part, Yardstick),
    /// All peers add an address to the additional section that we leave out.
    LacksCourtesy,
    /// We add an address that is in no zone and that no peer gives.
    StrangeAddress,
    /// More octets than the client takes.
    TooLong,
    /// What we sent cannot be read, or the peers' opinions aside, nothing came.
    NoResponse,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Differs(part, Yardstick::AllPeers) => {
                write!(f, "{part:?} is not what all peers say")
            }
            Fault::Differs(part, Yardstick::Rfc(ruling)) => {
                write!(f, "{part:?} is against {}", ruling.because)
            }
            Fault::LacksCourtesy => f.write_str("lacks an additional address that all peers give"),
            Fault::StrangeAddress => f.write_str("an additional address from nowhere"),
            Fault::TooLong => f.write_str("longer than the client takes"),
            Fault::NoResponse => f.write_str("no readable response"),
        }
    }
}

/// One question with everything that was said to it; ours is absent when only the peers are surveyed.
pub(crate) struct Exchange<'a> {
    pub(crate) question: &'a Question,
    pub(crate) peers: [Said; PEERS.len()],
    pub(crate) ours: Option<Said>,
}

/// Why a part of the response must be as it is.
#[derive(Clone, Copy)]
pub(crate) enum Yardstick {
    AllPeers,
    Rfc(&'static Ruling),
}

impl Exchange<'_> {
    fn peers_agree_on(&self, part: Part) -> bool {
        let [first, others @ ..] = &self.peers;
        others.iter().all(|other| first.same(other, part))
    }

    pub(crate) fn peers_agree(&self) -> bool {
        PARTS.into_iter().all(|part| self.peers_agree_on(part))
    }

    /// The first part on which the peers do not agree, and who sides with whom, as in `bind | knot nsd`.
    pub(crate) fn first_quarrel(&self) -> Option<(Part, String)> {
        let part = PARTS.into_iter().find(|part| !self.peers_agree_on(*part))?;
        Some((part, self.camps(part)))
    }

    /// What we must say, if that is known. A part counts as soon as the peers agree on that part, even if
    /// they differ on others.
    fn yardstick(&self, part: Part) -> Option<(Yardstick, &Said)> {
        let [bind, knot, nsd] = &self.peers;
        if self.peers_agree_on(part) {
            return Some((Yardstick::AllPeers, bind));
        }
        let case = Case {
            question: self.question,
            bind: bind.view()?,
            knot: knot.view()?,
            nsd: nsd.view()?,
        };
        let (ruling, program) = rulings::settle(&case, part)?;
        let position = PEERS.iter().position(|peer| *peer == program)?;
        Some((Yardstick::Rfc(ruling), &self.peers[position]))
    }

    /// The rulings that this question calls for.
    pub(crate) fn rulings(&self) -> impl Iterator<Item = &'static Ruling> {
        PARTS
            .into_iter()
            .filter_map(|part| match self.yardstick(part) {
                Some((Yardstick::Rfc(ruling), _)) => Some(ruling),
                _ => None,
            })
    }

    /// The first thing that is wrong with ours, if anything.
    pub(crate) fn fault(&self, landscape: &Landscape) -> Option<Fault> {
        let ours = self.ours.as_ref()?;
        if ours.octets().len() > self.question.limit() {
            return Some(Fault::TooLong);
        }
        for part in PARTS {
            match self.yardstick(part) {
                Some((why, theirs)) if !ours.same(theirs, part) => {
                    return Some(Fault::Differs(part, why));
                }
                _ => {}
            }
        }
        let peers: Vec<&View> = self.peers.iter().filter_map(Said::view).collect();
        let Some(ours) = ours.view() else {
            return (!peers.is_empty()).then_some(Fault::NoResponse);
        };
        let given_by_all = |rr| peers.iter().all(|peer| peer.courtesy.contains(rr));
        let given_by_one = |rr| peers.iter().any(|peer| peer.courtesy.contains(rr));
        let lacking = |rr| given_by_all(rr) && !ours.courtesy.contains(rr);
        let [some_peer, ..] = peers.as_slice() else {
            return None;
        };
        if !ours.header.truncated && some_peer.courtesy.iter().any(lacking) {
            return Some(Fault::LacksCourtesy);
        }
        let strange = ours
            .courtesy
            .iter()
            .any(|rr| !landscape.has_address(rr) && !given_by_one(rr));
        strange.then_some(Fault::StrangeAddress)
    }

    /// Groups of peers that say the same, such as `bind | knot nsd`.
    fn camps(&self, part: Part) -> String {
        let mut camps: Vec<(&Said, String)> = Vec::new();
        for (program, said) in PEERS.iter().zip(&self.peers) {
            match camps.iter_mut().find(|(other, _)| other.same(said, part)) {
                Some((_, names)) => *names += &format!(" {}", program.name()),
                None => camps.push((said, program.name().to_owned())),
            }
        }
        let names: Vec<String> = camps.into_iter().map(|(_, names)| names).collect();
        names.join(" | ")
    }

    pub(crate) fn told_in_full(&self, world: &World) -> String {
        let mut text = format!("=== {}: {}\n", world.name, self.question);
        let peers = PEERS.into_iter().zip(&self.peers);
        for (program, said) in peers.chain(self.ours.iter().map(|ours| (Program::Zdns, ours))) {
            let octets = said.octets();
            let _ = writeln!(text, "--- {} ({} octets)", program.name(), octets.len());
            let _ = match (said, Message::from_octets(octets)) {
                (Said::Nothing, _) => writeln!(text, "no answer"),
                (Said::Response { .. }, Ok(message)) => {
                    writeln!(text, "{}", message.display_dig_style())
                }
                (Said::Unreadable { reason, .. }, _) => {
                    writeln!(text, "unreadable: {reason}: {octets:02x?}")
                }
                (_, Err(reason)) => writeln!(text, "unreadable: {reason}: {octets:02x?}"),
            };
        }
        text
    }
}
