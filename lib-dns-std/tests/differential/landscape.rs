//! What the zones of a world hold, learnt by transfer from BIND, so that the test reads no zone text
//! itself and the questions do not depend on our own parser.

use std::collections::{BTreeMap, BTreeSet};

use crate::dns_name::DnsName;
use crate::exchange;
use crate::programs::Server;
use crate::response::{Response, Rr};
use crate::rtype;
use crate::world::World;

/// The types at each owner of a zone, names in lower case.
pub(crate) type Inventory = BTreeMap<DnsName, BTreeSet<u16>>;

#[derive(Default)]
pub(crate) struct Landscape {
    /// In the order of the world's zones.
    pub(crate) inventories: Vec<Inventory>,
    /// The records of each zone, in the same order.
    pub(crate) records: Vec<Vec<Rr>>,
    pub(crate) apexes: BTreeSet<DnsName>,
    pub(crate) cuts: BTreeSet<DnsName>,
    pub(crate) addresses: BTreeSet<Rr>,
}

impl Landscape {
    pub(crate) fn explore(server: &Server, world: &World) -> Landscape {
        let apexes = world.zones.iter().map(|zone| zone.origin.to_lowercase());
        let mut landscape = Landscape {
            apexes: apexes.collect(),
            ..Landscape::default()
        };
        for zone in &world.zones {
            let mut inventory = Inventory::new();
            let records = transfer(server, &zone.origin);
            landscape.records.push(records.clone());
            for rr in records {
                let owner =
                    DnsName::from_wire(&rr.owner).expect("names of parsed records are sound");
                if rr.rtype == rtype::NS && owner != zone.origin.to_lowercase() {
                    landscape.cuts.insert(owner.clone());
                }
                inventory.entry(owner).or_default().insert(rr.rtype);
                if rr.is_address() {
                    landscape.addresses.insert(rr);
                }
            }
            landscape.inventories.push(inventory);
        }
        landscape
    }

    /// Whether a zone of this world begins at `owner`.
    pub(crate) fn is_apex(&self, owner: &[u8]) -> bool {
        DnsName::from_wire(owner).is_some_and(|owner| self.apexes.contains(&owner))
    }

    /// Whether `owner` is at or below a zone cut, so that its addresses are glue.
    pub(crate) fn is_below_cut(&self, owner: &[u8]) -> bool {
        let mut name = DnsName::from_wire(owner);
        while let Some(candidate) = name {
            if self.cuts.contains(&candidate) {
                return true;
            }
            name = candidate.parent();
        }
        false
    }

    /// Whether some zone holds this very address record.
    pub(crate) fn has_address(&self, rr: &Rr) -> bool {
        self.addresses.contains(rr)
    }
}

/// How often the transfer of a zone is tried.
const TRANSFER_TRIES: usize = 3;

fn transfer(server: &Server, zone: &DnsName) -> Vec<Rr> {
    let read = |message: &[u8]| {
        Response::parse(message)
            .expect("a transfer is readable")
            .answer
    };
    let soas = |message: &[u8]| {
        read(message)
            .iter()
            .filter(|rr| rr.rtype == rtype::SOA)
            .count()
    };
    let mut failure = None;
    for _ in 0..TRANSFER_TRIES {
        // A busy machine may cut one off; what comes whole is the same each time.
        match exchange::transfer(server.address, zone, soas) {
            Ok(messages) => return messages.iter().flat_map(|message| read(message)).collect(),
            Err(error) => failure = Some(error),
        }
    }
    panic!("the transfer of {zone} failed {TRANSFER_TRIES} times: {failure:?}");
}
