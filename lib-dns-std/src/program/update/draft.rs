//! An update while it is put together.

use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN, Opcode};
use lib_dns_core::messages::{Flags, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::WriteError;

/// Octets of a record between its owner and its data.
const RECORD_HEAD_LEN: usize = 10;

/// A record of an update, with the class and TTL that say what it means (RFC 2136 2.4, 2.5).
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    pub(super) owner: NameBuf,
    pub(super) class: Class,
    pub(super) ttl: u32,
    pub(super) rtype: Type,
    /// In plain form.
    pub(super) data: Vec<u8>,
}

/// What must be so, and what changes then.
#[derive(Default)]
pub(super) struct Draft {
    prerequisites: Vec<Entry>,
    updates: Vec<Entry>,
    /// Octets of them all, uncompressed.
    octets: usize,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.prerequisites.is_empty() && self.updates.is_empty()
    }

    /// The first name in it, which tells the zone.
    pub(super) fn first_name(&self) -> Option<&NameBuf> {
        let all = self.prerequisites.iter().chain(&self.updates);
        all.map(|entry| &entry.owner).next()
    }

    pub(super) fn require(&mut self, entry: Entry) -> Result<(), String> {
        self.count(&entry)?;
        self.prerequisites.push(entry);
        Ok(())
    }

    pub(super) fn change(&mut self, entry: Entry) -> Result<(), String> {
        self.count(&entry)?;
        self.updates.push(entry);
        Ok(())
    }

    /// More than twice a message does not fit into one, however well its names compress; a script without end
    /// must not fill the memory.
    fn count(&mut self, entry: &Entry) -> Result<(), String> {
        self.octets += entry.owner.as_bytes().len() + RECORD_HEAD_LEN + entry.data.len();
        if self.octets > 8 * MAX_MESSAGE_LEN {
            return Err("the update is too long for a message: send it in parts".to_owned());
        }
        Ok(())
    }

    /// Writes it as a message; without a zone for people only.
    pub(super) fn message(
        &self,
        id: u16,
        zone: Option<&NameBuf>,
        class: Class,
    ) -> Result<Vec<u8>, String> {
        let mut buffer = vec![0; MAX_MESSAGE_LEN];
        let written = self.write(&mut buffer, id, zone, class);
        match written {
            Ok(len) => {
                buffer.truncate(len);
                Ok(buffer)
            }
            Err(WriteError::NoRoom) => {
                Err("the update is too long for a message: send it in parts".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn write(
        &self,
        buffer: &mut [u8],
        id: u16,
        zone: Option<&NameBuf>,
        class: Class,
    ) -> Result<usize, WriteError> {
        let flags = Flags::default().with_opcode(Opcode::UPDATE);
        let mut builder = MessageBuilder::<255>::new(buffer, id, flags)?;
        if let Some(zone) = zone {
            builder.question(&zone.as_name(), Type::SOA, class)?;
        }
        for (section, entries) in [
            (Section::Answer, &self.prerequisites),
            (Section::Authority, &self.updates),
        ] {
            for entry in entries {
                let (owner, rtype, data) = (entry.owner.as_name(), entry.rtype, &entry.data);
                builder.stored_record(section, &owner, rtype, entry.class, entry.ttl, data)?;
            }
        }
        Ok(builder.finish().len())
    }
}
