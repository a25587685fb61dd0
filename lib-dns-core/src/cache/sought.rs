//! Names as the caches look for them: in one piece, in lower case, with a keyed hash.

use super::hash::Hasher;
use crate::code_points::Class;
use crate::name::{Name, NameBuf};

/// Octets that are lowered and compared at once.
const CHUNK: usize = 16;
/// Names up to this length are lowered in less room.
const SHORT: usize = 64;

/// Where a name is put in lower case.
pub(super) enum Room {
    Short([u8; SHORT]),
    Long(NameBuf),
}

impl Room {
    #[inline]
    pub(super) fn new() -> Self {
        Self::Short([0; SHORT])
    }
}

/// A name that is looked for, in lower case, with its class and the hash of both.
#[derive(Clone, Copy)]
pub(super) struct Sought<'n> {
    octets: &'n [u8],
    /// Labels, the root label not counted.
    pub(super) labels: u8,
    pub(super) class: Class,
    pub(super) hash: u64,
}

impl<'n> Sought<'n> {
    /// For what is done seldom: see [`Self::at_once`].
    #[inline(never)]
    pub(super) fn new(hasher: &Hasher, name: &Name<'_>, class: Class, room: &'n mut Room) -> Self {
        Self::at_once(hasher, name, class, room)
    }

    /// For lookups: copied into them, so that nothing is handed on through memory. Where words are narrow, the hash is as long
    /// as the rest of a lookup, and stands in one place.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn at_once(
        hasher: &Hasher,
        name: &Name<'_>,
        class: Class,
        room: &'n mut Room,
    ) -> Self {
        let octets = match name.as_flat() {
            Some(flat) if flat.len() <= SHORT => match room {
                Room::Short(short) => lower(flat, short),
                Room::Long(_) => &[],
            },
            _ => lower_long(name, room),
        };
        Self::lowered(hasher, octets, name.label_count() as u8, class)
    }

    #[inline]
    fn lowered(hasher: &Hasher, octets: &'n [u8], labels: u8, class: Class) -> Self {
        Self {
            octets,
            labels,
            class,
            hash: hasher.hash(octets, class),
        }
    }

    /// The wire form.
    #[inline]
    pub(super) fn as_bytes(&self) -> &'n [u8] {
        self.octets
    }

    #[inline]
    pub(super) fn as_name(&self) -> Name<'n> {
        Name::flat(self.octets, self.labels).unwrap_or(Name::ROOT)
    }

    /// The name without its first label; the root has no parent.
    pub(super) fn parent(&self, hasher: &Hasher) -> Option<Self> {
        let parent = self.as_name().parent()?;
        let labels = parent.label_count() as u8;
        Some(Self::lowered(hasher, parent.as_flat()?, labels, self.class))
    }

    /// Is it what is stored, in lower case too?
    ///
    /// Whoever asks has seen that the hashes agree, so there is hardly ever a difference to find early.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn is(&self, stored: &[u8]) -> bool {
        let sought = self.octets;
        if stored.len() != sought.len() {
            return false;
        }
        // What does not fill a chunk stands in front, where the first chunk covers it.
        match (sought.first_chunk::<CHUNK>(), stored.first_chunk::<CHUNK>()) {
            (Some(sought_start), Some(stored_start)) => {
                let mut chunks = sought
                    .as_rchunks::<CHUNK>()
                    .1
                    .iter()
                    .zip(stored.as_rchunks().1);
                sought_start == stored_start && chunks.all(|(sought, stored)| sought == stored)
            }
            _ => sought == stored,
        }
    }
}

/// A short name in lower case. Length octets are below every letter.
#[inline]
fn lower<'o>(name: &[u8], out: &'o mut [u8; SHORT]) -> &'o [u8] {
    let out = out.get_mut(..name.len()).unwrap_or_default();
    // Where the last chunk begins in the middle of another, octets are lowered twice.
    if let (Some(end), Some(out_end)) = (name.last_chunk::<CHUNK>(), out.last_chunk_mut()) {
        lower_chunk(end, out_end);
        for (octets, out) in name
            .as_chunks::<CHUNK>()
            .0
            .iter()
            .zip(out.as_chunks_mut().0)
        {
            lower_chunk(octets, out);
        }
    } else {
        lower_few(name, out);
    }
    out
}

#[inline(never)]
fn lower_few(name: &[u8], out: &mut [u8]) {
    for (octet, out) in name.iter().zip(out) {
        *out = octet.to_ascii_lowercase();
    }
}

/// Octet by octet, which the compiler does in one wide register.
#[inline]
fn lower_chunk<const N: usize>(octets: &[u8; N], out: &mut [u8; N]) {
    for (octet, out) in octets.iter().zip(out) {
        *out = octet.to_ascii_lowercase();
    }
}

#[cold]
#[inline(never)]
fn lower_long<'r>(name: &Name<'_>, room: &'r mut Room) -> &'r [u8] {
    *room = Room::Long(NameBuf::ROOT);
    let Room::Long(long) = room else { return &[] };
    // A valid name fits.
    let _ = long.assign_lowercase(name);
    long.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::HashKey;
    use proptest::prelude::*;

    fn name(text: &str) -> NameBuf {
        NameBuf::from_text(text).unwrap()
    }

    fn hash(key: HashKey, name: &Name<'_>, class: Class) -> u64 {
        Sought::new(&Hasher::new(key), name, class, &mut Room::new()).hash
    }

    #[test]
    fn case_and_compression_do_not_count_and_all_else_does() {
        let key = HashKey([1, 2]);
        let message = [&[0; 12][..], b"\x07EXAMPLE\x00\x03www\xc0\x0c"].concat();
        let (compressed, _) = Name::from_message(&message, 21).unwrap();
        let (flat, parent) = (name("WWW.example."), name("example."));
        let expected = hash(key, &flat.as_name(), Class::IN);
        assert_eq!(hash(key, &compressed, Class::IN), expected);
        let others = [
            hash(HashKey([1, 3]), &flat.as_name(), Class::IN),
            hash(key, &flat.as_name(), Class::CH),
            hash(key, &name("wwx.example.").as_name(), Class::IN),
            hash(key, &parent.as_name(), Class::IN),
            hash(key, &Name::ROOT, Class::IN),
        ];
        assert!(!others.contains(&expected));

        let hasher = Hasher::new(key);
        let mut room = Room::new();
        let sought = Sought::new(&hasher, &compressed, Class::IN, &mut room);
        assert_eq!(sought.as_bytes(), b"\x03www\x07example\x00");
        let above = sought.parent(&hasher).unwrap();
        assert_eq!(above.as_name(), parent.as_name());
        assert_eq!(above.hash, hash(key, &parent.as_name(), Class::IN));
    }

    #[test]
    fn names_of_every_length_are_lowered() {
        let hasher = Hasher::new(HashKey([1, 2]));
        let mut text = std::string::String::new();
        for len in 1..=126 {
            text.push_str(if len % 3 == 0 { "Z." } else { "a." });
            let name = name(&text);
            let mut room = Room::new();
            let sought = Sought::new(&hasher, &name.as_name(), Class::IN, &mut room);
            assert_eq!(sought.as_bytes(), name.as_bytes().to_ascii_lowercase());
            assert_eq!(sought.labels, len);
        }
    }

    proptest! {
        /// Of every length, and with one octet changed or none.
        #[test]
        fn what_is_sought_is_what_is_stored(
            asked in proptest::collection::vec(any::<u8>(), 1..256),
            at: prop::sample::Index,
            flipped: u8,
        ) {
            let sought = Sought { octets: &asked, labels: 0, class: Class::IN, hash: 0 };
            let mut stored = asked.clone();
            prop_assert!(sought.is(&stored));
            prop_assert!(!sought.is(&stored[1..]));
            stored[at.index(asked.len())] ^= flipped;
            prop_assert_eq!(sought.is(&stored), flipped == 0);
        }

        #[test]
        fn octets_are_lowered_as_ascii(octets in proptest::collection::vec(any::<u8>(), 1..=SHORT)) {
            let mut lowered = [0; SHORT];
            let expected = octets.to_ascii_lowercase();
            prop_assert_eq!(lower(&octets, &mut lowered), expected);
        }
    }
}
