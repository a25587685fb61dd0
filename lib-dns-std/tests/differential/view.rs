//! What of a response is compared, and in which form.

use std::collections::BTreeSet;

use crate::landscape::Landscape;
use crate::response::{Edns, Response, Rr};
use crate::rtype;

/// The parts of a response, each compared for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Header,
    Answer,
    Authority,
    Glue,
}

pub(crate) const PARTS: [Part; 4] = [Part::Header, Part::Answer, Part::Authority, Part::Glue];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) rcode: u16,
    pub(crate) authoritative: bool,
    pub(crate) truncated: bool,
    pub(crate) recursion_available: bool,
    pub(crate) authentic_data: bool,
    pub(crate) recursion_desired: bool,
    pub(crate) checking_disabled: bool,
    pub(crate) edns: Option<Edns>,
}

/// A response in the form in which it is compared. The sections of a truncated one are empty.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) header: Header,
    /// CNAME and DNAME records in the order in which they came.
    chain: Vec<Rr>,
    answer: Vec<Rr>,
    authority: Vec<Rr>,
    /// Addresses of a referral's name servers that lie below a zone cut.
    glue: Vec<Rr>,
    /// Additional addresses that are not glue.
    pub(crate) courtesy: BTreeSet<Rr>,
}

impl View {
    pub(crate) fn of(response: Response, landscape: &Landscape) -> View {
        let header = Header {
            rcode: response.rcode,
            authoritative: response.authoritative,
            truncated: response.truncated,
            recursion_available: response.recursion_available,
            authentic_data: response.authentic_data,
            recursion_desired: response.recursion_desired,
            checking_disabled: response.checking_disabled,
            edns: response.edns,
        };
        let Response {
            mut answer,
            mut authority,
            mut additional,
            ..
        } = response;
        if header.truncated {
            (answer, authority, additional) = Default::default();
        }
        let is_alias = |rr: &&Rr| rr.rtype == rtype::CNAME || rr.rtype == rtype::DNAME;
        let chain = answer.iter().filter(is_alias).cloned().collect();
        if !answer.is_empty() {
            authority.retain(|rr| !(rr.is_or_covers(rtype::NS) && landscape.is_apex(&rr.owner)));
        }
        let servers: BTreeSet<&[u8]> = authority
            .iter()
            .filter(|rr| rr.rtype == rtype::NS)
            .map(|rr| rr.data.as_slice())
            .collect();
        let is_glue =
            |rr: &Rr| servers.contains(rr.owner.as_slice()) && landscape.is_below_cut(&rr.owner);
        additional.retain(Rr::is_address);
        let (mut glue, courtesy): (Vec<Rr>, Vec<Rr>) = additional.into_iter().partition(is_glue);
        answer.sort();
        authority.sort();
        glue.sort();
        View {
            header,
            chain,
            answer,
            authority,
            glue,
            courtesy: courtesy.into_iter().collect(),
        }
    }

    pub(crate) fn answer(&self) -> &[Rr] {
        &self.answer
    }

    pub(crate) fn chain(&self) -> &[Rr] {
        &self.chain
    }

    pub(crate) fn glue(&self) -> &[Rr] {
        &self.glue
    }

    pub(crate) fn authority(&self) -> &[Rr] {
        &self.authority
    }

    pub(crate) fn same(&self, other: &View, part: Part) -> bool {
        match part {
            Part::Header => self.header == other.header,
            Part::Answer => self.answer == other.answer && self.chain == other.chain,
            Part::Authority => self.authority == other.authority,
            Part::Glue => self.glue == other.glue,
        }
    }
}
