//! `+trace`: from the given server down the delegations, until one answers.

use super::command_line::{Lookup, Options};
use super::exchange::{self, Failure, Reply};
use super::printing;
use lib_dns_core::code_points::{DNSSEC_OK, Rcode};
use lib_dns_core::messages::{Message, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RData, Type};
use std::net::IpAddr;

/// Delegations that are followed: deeper trees than that are not built.
const MAX_STEPS: usize = 32;
/// Servers of a zone that are tried.
const MAX_SERVERS: usize = 13;

/// A server to ask: its name, and what is known to be its address.
struct Server {
    name: String,
    address: Option<IpAddr>,
}

/// Follows the delegations; what each server says is appended to `out`.
pub(super) fn follow(lookup: &Lookup, out: &mut String) -> Result<Reply, Failure> {
    let mut step = lookup.clone();
    step.options.header_flags = step.options.header_flags.with_recursion_desired(false);
    if let Some(edns) = &mut step.options.edns {
        edns.flags |= DNSSEC_OK;
    }
    let mut zone = NameBuf::from(lib_dns_core::name::Name::ROOT);
    let mut servers: Option<Vec<Server>> = None;
    for _ in 0..MAX_STEPS {
        let reply = match &servers {
            None => ask(&step)?,
            Some(servers) => ask_one_of(&step, servers)?,
        };
        printing::step(lookup, &reply, out);
        let Some((cut, next)) = referral(&reply, lookup, &zone) else {
            return Ok(reply);
        };
        zone = cut;
        servers = Some(next);
    }
    Err(Failure::NoReply(format!(
        "more than {MAX_STEPS} delegations"
    )))
}

fn ask(step: &Lookup) -> Result<Reply, Failure> {
    let prepared = exchange::prepare(step)?;
    exchange::ask(step, &prepared)
}

fn ask_one_of(step: &Lookup, servers: &[Server]) -> Result<Reply, Failure> {
    let mut last = Failure::NoReply("a delegation without servers".to_owned());
    for server in servers.iter().take(MAX_SERVERS) {
        let address = server.address.map(|address| address.to_string());
        let options = Options {
            server: Some(address.unwrap_or_else(|| server.name.clone())),
            ..step.options.clone()
        };
        match ask(&Lookup {
            options,
            ..step.clone()
        }) {
            Ok(reply) => {
                let name = server.name.trim_end_matches('.').to_owned();
                return Ok(Reply { name, ..reply });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// To which zone, nearer to the name than the last one, does the reply refer, and to which servers?
fn referral(reply: &Reply, lookup: &Lookup, zone: &NameBuf) -> Option<(NameBuf, Vec<Server>)> {
    let message = Message::from_bytes(&reply.message).ok()?;
    if message.rcode() != Rcode::NOERROR || message.section(Section::Answer).next().is_some() {
        return None;
    }
    let mut cut: Option<NameBuf> = None;
    let mut servers = Vec::new();
    for record in message.section(Section::Authority).flatten() {
        let Ok(RData::Ns(data)) = record.data() else {
            continue;
        };
        let owner = record.owner();
        // Each delegation leads further down towards the name, so that the walk ends.
        let leads = owner.is_below(&zone.as_name())
            && lookup.name.as_name().is_at_or_below(&owner)
            && cut.as_ref().is_none_or(|cut| cut.as_name() == owner);
        if !leads {
            continue;
        }
        cut = Some(NameBuf::from(owner));
        let mut glue = message
            .section(Section::Additional)
            .flatten()
            .filter(|record| record.owner() == data.server)
            .filter_map(|record| match (record.rtype(), record.data()) {
                (Type::A, Ok(RData::A(data))) => Some(IpAddr::V4(data.address)),
                (Type::AAAA, Ok(RData::Aaaa(data))) => Some(IpAddr::V6(data.address)),
                _ => None,
            })
            .filter(|address| lookup.options.takes(address))
            .peekable();
        let name = data.server.to_string();
        if glue.peek().is_none() {
            let address = None;
            servers.push(Server { name, address });
            continue;
        }
        servers.extend(glue.map(|address| Server {
            name: name.clone(),
            address: Some(address),
        }));
    }
    Some((cut?, servers))
}
