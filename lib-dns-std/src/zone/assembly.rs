//! A zone from records that do not come from a file.

use super::arena::Incoming;
use super::build::ZoneBuilder;
use super::finding::Findings;
use super::memory::Zone;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::Name;
use lib_dns_core::zone::StoredRecord;
use std::path::Path;

/// How many findings are kept of a zone that did not come from a file; the others are counted.
const FINDINGS: usize = 20;

/// Makes a zone of records in any order, by the same rules by which files are loaded.
///
/// ```
/// use lib_dns_core::zone::ZoneLookup;
/// use lib_dns_std::zone::{Loader, ZoneAssembly};
/// use std::path::Path;
/// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
/// let zone = Loader::new().load_text(Path::new("example"), text.as_bytes())?.zone;
/// let mut assembly = ZoneAssembly::new(&zone.apex(), zone.class(), "a copy");
/// for record in zone.records() {
///     assembly.push(&record);
/// }
/// let (copy, _warnings) = assembly.finish()?;
/// assert_eq!(copy.record_count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ZoneAssembly {
    builder: ZoneBuilder,
    /// The number of `source` in the builder.
    source: u16,
    records: u32,
}

impl ZoneAssembly {
    /// Starts with no record. `source` is what findings call the place where the records come from; their line
    /// is the number of the record.
    pub fn new(apex: &Name<'_>, class: Class, source: &str) -> Self {
        let findings = Findings::up_to(FINDINGS);
        let mut builder = ZoneBuilder::new(Some((*apex).into()), class, findings);
        let source = builder.add_file(Path::new(source).into());
        Self {
            builder,
            source,
            records: 0,
        }
    }

    /// Takes a record.
    pub fn push(&mut self, record: &StoredRecord<'_>) {
        self.records = self.records.saturating_add(1);
        self.builder.push(&Incoming {
            owner: record.owner,
            rtype: record.rtype,
            ttl: record.ttl,
            data: record.data,
            file: self.source,
            line: self.records,
        });
    }

    /// The zone, and what is worth telling.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish(self) -> Result<(Zone, Findings), Findings> {
        let built = self.builder.finish()?;
        Ok((built.zone, built.warnings))
    }
}

impl std::fmt::Debug for ZoneAssembly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ZoneAssembly({} records)", self.records)
    }
}
