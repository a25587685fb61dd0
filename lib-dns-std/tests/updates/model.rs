//! What an update does, written down a second time: a map of sets, and the pseudocode of RFC 2136 3.2.5 and
//! 3.4.2.7 line by line, without a thought for speed or memory.

use super::primary::OwnedRecord;
use super::script::{Line, ZONE, name};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The TTL, and the data of each record by its lower-case form.
type Set = (u32, BTreeMap<Vec<u8>, Vec<u8>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    sets: HashMap<(NameBuf, Type), Set>,
}

/// Data with its names in lower case, of the types that are drawn.
pub(crate) fn lower(rtype: Type, data: &[u8]) -> Vec<u8> {
    let names = match rtype {
        Type::NS | Type::CNAME | Type::DNAME | Type::PTR | Type::MX | Type::SRV => data.len(),
        Type::SOA => data.len() - 20,
        _ => 0,
    };
    let (names, rest) = data.split_at(names);
    [&names.to_ascii_lowercase(), rest].concat()
}

impl Model {
    pub(crate) fn new(records: &[OwnedRecord]) -> Self {
        let mut model = Self::default();
        for record in records {
            let key = (record.owner.to_lowercase(), record.rtype);
            let (ttl, set) = model.sets.entry(key).or_default();
            *ttl = record.ttl;
            set.insert(lower(record.rtype, &record.data), record.data.clone());
        }
        model
    }

    pub(crate) fn records(&self) -> BTreeSet<(NameBuf, Type, u32, Vec<u8>)> {
        let sets = self.sets.iter();
        sets.flat_map(|((owner, rtype), (ttl, set))| {
            set.keys().map(|data| (*owner, *rtype, *ttl, data.clone()))
        })
        .collect()
    }

    fn in_use(&self, owner: &NameBuf) -> bool {
        self.sets.keys().any(|(name, _)| name == owner)
    }

    fn exists(&self, owner: &NameBuf, rtype: Type) -> bool {
        self.sets.contains_key(&(*owner, rtype))
    }

    fn serial(&self) -> u32 {
        let (_, set) = &self.sets[&(name(ZONE), Type::SOA)];
        let data = set.keys().next().unwrap();
        let at = data.len() - 20;
        u32::from_be_bytes(data[at..at + 4].try_into().unwrap())
    }

    /// Carries out a message; all or nothing.
    pub(crate) fn update(&mut self, lines: &[Line]) -> Rcode {
        let rcode = self.prerequisites(lines);
        if rcode != Rcode::NOERROR {
            return rcode;
        }
        let before = self.clone();
        let serial = self.serial();
        for line in lines.iter().filter(|line| !line.is_prerequisite) {
            let owner = line.owner.to_lowercase();
            match line.class {
                Class::IN => self.add(owner, line, serial),
                Class::ANY if line.rtype == Type::ANY => self.delete_name(owner),
                Class::ANY => self.delete_rrset(owner, line.rtype),
                _ => self.delete_record(owner, line),
            }
        }
        if self.records() != before.records() && self.serial() == serial {
            self.bump();
        }
        Rcode::NOERROR
    }

    fn prerequisites(&self, lines: &[Line]) -> Rcode {
        let mut wanted: HashMap<(NameBuf, Type), BTreeSet<Vec<u8>>> = HashMap::new();
        for line in lines.iter().filter(|line| line.is_prerequisite) {
            let owner = line.owner.to_lowercase();
            let rcode = match line.class {
                Class::ANY if line.rtype == Type::ANY && !self.in_use(&owner) => Rcode::NXDOMAIN,
                Class::ANY if line.rtype != Type::ANY && !self.exists(&owner, line.rtype) => {
                    Rcode::NXRRSET
                }
                Class::NONE if line.rtype == Type::ANY && self.in_use(&owner) => Rcode::YXDOMAIN,
                Class::NONE if line.rtype != Type::ANY && self.exists(&owner, line.rtype) => {
                    Rcode::YXRRSET
                }
                Class::IN => {
                    let set = wanted.entry((owner, line.rtype)).or_default();
                    set.insert(lower(line.rtype, &line.data));
                    continue;
                }
                _ => continue,
            };
            return rcode;
        }
        for (key, wanted) in wanted {
            let held = self
                .sets
                .get(&key)
                .map(|(_, set)| set.keys().cloned().collect());
            if held != Some(wanted) {
                return Rcode::NXRRSET;
            }
        }
        Rcode::NOERROR
    }

    fn add(&mut self, owner: NameBuf, line: &Line, before: u32) {
        let types = || self.sets.keys().filter(|(name, _)| *name == owner);
        let has_cname = types().any(|(_, rtype)| *rtype == Type::CNAME);
        let has_other = types().any(|(_, rtype)| *rtype != Type::CNAME);
        match line.rtype {
            Type::CNAME if has_other => return,
            rtype if rtype != Type::CNAME && has_cname => return,
            Type::SOA => {
                let at = line.data.len() - 20;
                let new = u32::from_be_bytes(line.data[at..at + 4].try_into().unwrap());
                let is_newer = |than: u32| (1..0x8000_0000).contains(&new.wrapping_sub(than));
                if owner != name(ZONE) || !is_newer(self.serial()) || !is_newer(before) {
                    return;
                }
            }
            _ => {}
        }
        let (ttl, set) = self.sets.entry((owner, line.rtype)).or_default();
        if matches!(line.rtype, Type::CNAME | Type::DNAME | Type::SOA) {
            set.clear();
        }
        *ttl = line.ttl;
        set.entry(lower(line.rtype, &line.data))
            .or_insert_with(|| line.data.clone());
    }

    fn delete_name(&mut self, owner: NameBuf) {
        let is_apex = owner == name(ZONE);
        self.sets.retain(|(name, rtype), _| {
            *name != owner || is_apex && matches!(*rtype, Type::SOA | Type::NS)
        });
    }

    fn delete_rrset(&mut self, owner: NameBuf, rtype: Type) {
        if owner != name(ZONE) || !matches!(rtype, Type::SOA | Type::NS) {
            self.sets.remove(&(owner, rtype));
        }
    }

    fn delete_record(&mut self, owner: NameBuf, line: &Line) {
        let key = (owner, line.rtype);
        let Some((_, set)) = self.sets.get_mut(&key) else {
            return;
        };
        let is_apex = owner == name(ZONE);
        if is_apex && (line.rtype == Type::SOA || line.rtype == Type::NS && set.len() == 1) {
            return;
        }
        set.remove(&lower(line.rtype, &line.data));
        if set.is_empty() {
            self.sets.remove(&key);
        }
    }

    fn bump(&mut self) {
        let next = match self.serial().wrapping_add(1) {
            0 => 1,
            next => next,
        };
        let (_, set) = self.sets.get_mut(&(name(ZONE), Type::SOA)).unwrap();
        let mut data = std::mem::take(set).into_values().next().unwrap();
        let at = data.len() - 20;
        data[at..at + 4].copy_from_slice(&next.to_be_bytes());
        set.insert(lower(Type::SOA, &data), data);
    }
}
