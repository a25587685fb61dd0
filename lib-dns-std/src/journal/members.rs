//! Which zones are served because of catalogs, so that a restart goes on where the program ended: what vanished
//! from a catalog meanwhile is recognised, and so is a zone that is to start afresh (RFC 9432 5.3, 5.4).

use super::error::JournalError;
use super::read::key_of;
use super::store::Journal;
use super::write::Tables;
use crate::catalog::Membership;
use lib_dns_core::name::{Name, NameBuf};
use redb::{ReadableTable, TableDefinition, TableError};

/// By zone.
pub(super) const MEMBERS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("members");

/// The catalog's name and the label, each after its length (1), and the group behind that.
fn to_bytes(membership: &Membership) -> Vec<u8> {
    let mut octets = Vec::with_capacity(128);
    for part in [membership.catalog.as_bytes(), &membership.label] {
        octets.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        octets.extend_from_slice(part);
    }
    octets.push(u8::from(membership.group.is_some()));
    octets.extend(membership.group.iter().flatten());
    octets
}

fn from_bytes(octets: &[u8]) -> Option<Membership> {
    let part = |octets: &mut &[u8]| {
        let (len, rest) = octets.split_first()?;
        let (part, rest) = rest.split_at_checked(usize::from(*len))?;
        *octets = rest;
        Some(part.to_vec())
    };
    let mut octets = octets;
    let catalog = part(&mut octets)?;
    let label = part(&mut octets)?;
    let (has_group, group) = octets.split_first()?;
    Some(Membership {
        catalog: Name::from_wire(&catalog).ok()?.into(),
        label,
        group: (*has_group == 1).then(|| group.to_vec()),
    })
}

impl Journal {
    /// Keeps why zones are served, or by `None` that a catalog is no longer the reason.
    /// [`Self::remove`] forgets it too.
    ///
    /// # Errors
    /// If it cannot be written. Then nothing has changed.
    pub fn keep_members(
        &self,
        members: &[(NameBuf, Option<Membership>)],
    ) -> Result<(), JournalError> {
        let rows = members.iter().map(|(zone, membership)| {
            let row = membership.as_ref().map(to_bytes);
            (key_of(&zone.as_name()), row)
        });
        let rows: Vec<(NameBuf, Option<Vec<u8>>)> = rows.collect();
        self.write(move |tables| {
            rows.iter()
                .try_for_each(|(zone, row)| tables.put_member(zone, row.as_deref()))
        })
    }

    /// The zones that are served because of catalogs, as it was last kept.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn members(&self) -> Result<Vec<(NameBuf, Membership)>, JournalError> {
        let read = self.read()?;
        let table = match read.open_table(MEMBERS) {
            Ok(table) => table,
            // The journal was made when there were none.
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(self.redb(error)),
        };
        let mut members = Vec::new();
        for entry in table.iter().map_err(|error| self.redb(error))? {
            let (key, value) = entry.map_err(|error| self.redb(error))?;
            let zone = Name::from_wire(key.value()).ok().map(NameBuf::from);
            match zone.zip(from_bytes(value.value())) {
                Some(member) => members.push(member),
                None => {
                    let why = "an entry of a catalog's member".to_owned();
                    return Err(JournalError::Damaged(self.path().into(), why));
                }
            }
        }
        Ok(members)
    }
}

impl Tables<'_> {
    fn put_member(&mut self, zone: &NameBuf, row: Option<&[u8]>) -> Result<(), JournalError> {
        let put = match row {
            Some(row) => self.members.insert(zone.as_bytes(), row).map(|_| ()),
            None => self.members.remove(zone.as_bytes()).map(|_| ()),
        };
        put.map_err(|error| JournalError::redb(self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_kept_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let name = |text| NameBuf::from_text(text).unwrap();
        let member = |label: &str, group: Option<&[u8]>| Membership {
            catalog: name("catalog.invalid."),
            label: label.as_bytes().to_vec(),
            group: group.map(<[u8]>::to_vec),
        };
        let (plain, grouped) = (member("m1", None), member("m2", Some(b"\0signed")));
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.members().unwrap(), []);
        let all = [
            (name("A.example."), Some(plain.clone())),
            (name("b.example."), Some(grouped.clone())),
            (name("c.example."), Some(member("", Some(b"")))),
        ];
        journal.keep_members(&all).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        let kept = journal.members().unwrap();
        let expected = all.map(|(zone, member)| (zone, member.unwrap()));
        assert_eq!(kept, expected);
        journal.keep_members(&[(name("c.example."), None)]).unwrap();
        // A zone that was never there is forgotten as well.
        journal.remove(&name("a.example.").as_name()).unwrap();
        assert_eq!(journal.members().unwrap(), [(name("b.example."), grouped)]);
    }
}
