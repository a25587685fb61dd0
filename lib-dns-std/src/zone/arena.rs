//! Records as they come, before they are sorted.
//!
//! Records are appended to large chunks, those of one owner in a row together, so that a record costs
//! no allocation and an owner is kept once. What is sorted is 16 octets for each such run.

use lib_dns_core::name::{CanonicalKey, MAX_KEY_LEN, MAX_NAME_LEN, Name};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::key_prefix;

/// Octets of a chunk; the greatest run of a single record fits many times.
const CHUNK: usize = 1 << 20;
/// Before the key and the owner of a run: lengths of the key (2) and of the owner (1), the file (2) and
/// the octets of the records (4).
const RUN_HEADER: usize = 9;
/// Before the data of a record: type (2), TTL (4), line (4), length (2).
const RECORD_HEADER: usize = 12;
/// The most octets that one record needs.
const MAX_RECORD: usize =
    RUN_HEADER + MAX_KEY_LEN + MAX_NAME_LEN + RECORD_HEADER + u16::MAX as usize;

/// A record on its way into a zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming<'a> {
    pub(super) owner: Name<'a>,
    pub(super) rtype: Type,
    pub(super) ttl: u32,
    /// Plain form.
    pub(super) data: &'a [u8],
    /// The number of the file.
    pub(super) file: u16,
    pub(super) line: u32,
}

/// Where a run starts, and the first octets of its key below the apex.
#[derive(Clone, Copy)]
pub(super) struct Place {
    prefix: u64,
    chunk: u32,
    at: u32,
}

/// Records of one owner, from one file.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// The whole name's key.
    pub(super) key: &'a [u8],
    /// Wire form.
    pub(super) owner: &'a [u8],
    pub(super) file: u16,
    records: &'a [u8],
    len: usize,
}

impl<'a> Run<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let (&[k0, k1, owner_len, f0, f1, r0, r1, r2, r3], rest) =
            octets.split_first_chunk::<RUN_HEADER>()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([k0, k1])))?;
        let (owner, rest) = rest.split_at_checked(usize::from(owner_len))?;
        let records = rest.get(..u32::from_le_bytes([r0, r1, r2, r3]) as usize)?;
        Some(Self {
            key,
            owner,
            file: u16::from_le_bytes([f0, f1]),
            records,
            len: RUN_HEADER + key.len() + owner.len() + records.len(),
        })
    }

    /// Its records in the order in which they came.
    pub(super) fn records(&self) -> impl Iterator<Item = Stored<'a>> + use<'a> {
        let mut rest = self.records;
        std::iter::from_fn(move || {
            let (&[y0, y1, t0, t1, t2, t3, n0, n1, n2, n3, l0, l1], tail) =
                rest.split_first_chunk::<RECORD_HEADER>()?;
            let (data, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))?;
            rest = tail;
            Some(Stored {
                rtype: Type(u16::from_le_bytes([y0, y1])),
                ttl: u32::from_le_bytes([t0, t1, t2, t3]),
                line: u32::from_le_bytes([n0, n1, n2, n3]),
                data,
            })
        })
    }
}

/// A record of a run.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) rtype: Type,
    pub(super) ttl: u32,
    pub(super) line: u32,
    pub(super) data: &'a [u8],
}

/// Records as they came.
#[derive(Default)]
pub(super) struct Arena {
    chunks: Vec<Vec<u8>>,
    /// Where the last run starts in the last chunk, and where its owner stands.
    run: usize,
    owner: (usize, usize),
    file: u16,
    runs: usize,
}

impl Arena {
    /// Keeps a record.
    pub(super) fn push(&mut self, record: &Incoming<'_>) {
        let mut flat = [0; MAX_NAME_LEN];
        let owner = match record.owner.as_flat() {
            Some(owner) => owner,
            None => record
                .owner
                .copy_flat(&mut flat)
                .map_or(&[][..], |owner| owner),
        };
        let has_room = |chunk: &Vec<u8>| chunk.capacity() - chunk.len() >= MAX_RECORD;
        let same = self
            .chunks
            .last()
            .is_some_and(|chunk| chunk[self.owner.0..self.owner.1] == *owner && has_room(chunk));
        if !same || self.file != record.file {
            self.begin_run(record, owner, has_room);
        }
        let Some(chunk) = self.chunks.last_mut() else {
            return;
        };
        let before = chunk.len();
        let mut header = [0; RECORD_HEADER];
        header[..2].copy_from_slice(&record.rtype.0.to_le_bytes());
        header[2..6].copy_from_slice(&record.ttl.to_le_bytes());
        header[6..10].copy_from_slice(&record.line.to_le_bytes());
        header[10..].copy_from_slice(&(record.data.len() as u16).to_le_bytes());
        chunk.extend_from_slice(&header);
        chunk.extend_from_slice(record.data);
        let grown = (chunk.len() - before) as u32;
        if let Some(len) = chunk[self.run + 5..].first_chunk_mut() {
            *len = (u32::from_le_bytes(*len) + grown).to_le_bytes();
        }
    }

    fn begin_run(
        &mut self,
        record: &Incoming<'_>,
        owner: &[u8],
        has_room: impl Fn(&Vec<u8>) -> bool,
    ) {
        if !self.chunks.last().is_some_and(has_room) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let Some(chunk) = self.chunks.last_mut() else {
            return;
        };
        let key = CanonicalKey::new(&record.owner);
        let key = key.as_bytes();
        self.run = chunk.len();
        chunk.extend_from_slice(&(key.len() as u16).to_le_bytes());
        chunk.push(owner.len() as u8);
        chunk.extend_from_slice(&record.file.to_le_bytes());
        chunk.extend_from_slice(&[0; 4]);
        chunk.extend_from_slice(key);
        self.owner.0 = chunk.len();
        chunk.extend_from_slice(owner);
        self.owner.1 = chunk.len();
        self.file = record.file;
        self.runs += 1;
    }

    /// The run at a place.
    pub(super) fn run(&self, place: Place) -> Option<Run<'_>> {
        let chunk = self.chunks.get(place.chunk as usize)?;
        Run::read(chunk.get(place.at as usize..)?)
    }

    /// The runs at or below the apex in the order of their keys, those of one name in the order in
    /// which they came; `outside` is told the others.
    pub(super) fn sorted(&self, apex_key: &[u8], mut outside: impl FnMut(Run<'_>)) -> Vec<Place> {
        let mut places = Vec::with_capacity(self.runs);
        for (index, chunk) in self.chunks.iter().enumerate() {
            let mut at = 0;
            while let Some(run) = Run::read(&chunk[at..]) {
                match run.key.strip_prefix(apex_key) {
                    Some(below) => places.push(Place {
                        prefix: key_prefix(below),
                        chunk: index as u32,
                        at: at as u32,
                    }),
                    None => outside(run),
                }
                at += run.len;
            }
        }
        places.sort_unstable_by_key(|place| (place.prefix, place.chunk, place.at));
        // Where the prefixes are equal, the whole keys decide. These runs are few and near in memory
        // after the first look, which one sort with both would not make use of.
        let mut rest = &mut places[..];
        while let Some(first) = rest.first() {
            let prefix = first.prefix;
            let equal = rest
                .iter()
                .take_while(|place| place.prefix == prefix)
                .count();
            let (group, others) = rest.split_at_mut(equal);
            if group.len() > 1 {
                group.sort_by_key(|place| self.run(*place).map(|run| run.key));
            }
            rest = others;
        }
        places
    }
}
