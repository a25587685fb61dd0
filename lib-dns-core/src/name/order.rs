//! Equality, hash and canonical order (RFC 4034 6.1).

use super::Name;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// The longest [`CanonicalKey`]: every octet of the longest name escaped.
pub const MAX_KEY_LEN: usize = 512;

/// How many labels two names share, counted from the root.
pub(super) fn common_labels(a: &Name<'_>, b: &Name<'_>) -> usize {
    let shorter = a.label_count().min(b.label_count());
    let mut common = 0usize;
    let both = a
        .ancestor(shorter)
        .labels()
        .zip(b.ancestor(shorter).labels());
    for (left, right) in both {
        common = if left.eq_ignore_ascii_case(right) {
            common.wrapping_add(1)
        } else {
            0
        };
    }
    common
}

fn compare_labels(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let a = a.iter().map(u8::to_ascii_lowercase);
    a.cmp(b.iter().map(u8::to_ascii_lowercase))
}

impl PartialEq<Name<'_>> for Name<'_> {
    #[inline]
    fn eq(&self, other: &Name<'_>) -> bool {
        self.shape.len() == other.shape.len()
            && self.shape.labels() == other.shape.labels()
            && have_same_labels(self, other)
    }
}

/// Are two names of one length the same? A function of its own, so that all that compare names share it.
fn have_same_labels(a: &Name<'_>, b: &Name<'_>) -> bool {
    match (a.as_flat(), b.as_flat()) {
        // Length octets are at most 63, below every letter, so folding leaves them alone.
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a
            .labels()
            .zip(b.labels())
            .all(|(a, b)| a.eq_ignore_ascii_case(b)),
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Canonical DNS name order: labels compared from the root, in lower case (RFC 4034 6.1).
impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        // What decides is the first label, from the root, that they do not share.
        let shared = common_labels(self, other);
        let labels = shared.saturating_add(1);
        match (self.label_count() > shared, other.label_count() > shared) {
            (true, true) => compare_labels(
                self.ancestor(labels).first_label(),
                other.ancestor(labels).first_label(),
            ),
            (left, right) => left.cmp(&right),
        }
    }
}

/// Equal names hash alike, however they are written or compressed; label lengths are hashed too.
impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for label in self.labels() {
            state.write_u8(label.len() as u8);
            for octet in label {
                state.write_u8(octet.to_ascii_lowercase());
            }
        }
        state.write_u8(0);
    }
}

/// A name as octets that sort bytewise in canonical order: labels from the root, lower case, each
/// closed by a zero; zeros and ones inside labels are escaped.
///
/// An index of names can so compare with `memcmp`. The key of an ancestor is a prefix of the key of
/// every name below it.
///
/// ```
/// use lib_dns_core::name::{CanonicalKey, NameBuf};
/// let key = |text: &str| CanonicalKey::new(&NameBuf::from_text(text).unwrap().as_name());
/// assert_eq!(key("www.Example.").as_bytes(), b"example\0www\0");
/// assert!(key("z.example.").as_bytes() < key("a.zz.example.").as_bytes());
/// assert!(key("www.example.").as_bytes().starts_with(key("example.").as_bytes()));
/// ```
#[derive(Clone, Copy)]
pub struct CanonicalKey {
    octets: [u8; MAX_KEY_LEN],
    len: u16,
}

impl CanonicalKey {
    /// The key of a name.
    pub fn new(name: &Name<'_>) -> Self {
        Self::below(name, 0)
    }

    /// The key of what stands before the last `apex_labels` labels: a zone need not store its own name
    /// in each key.
    pub fn below(name: &Name<'_>, apex_labels: usize) -> Self {
        let mut key = Self {
            octets: [0; MAX_KEY_LEN],
            len: 0,
        };
        // From the back, since names are read from the front.
        let mut at = MAX_KEY_LEN;
        let labels = name.label_count().saturating_sub(apex_labels);
        for label in name.labels().take(labels) {
            at = at.wrapping_sub(1);
            key.put(at, 0);
            for octet in label.iter().rev() {
                let octet = octet.to_ascii_lowercase();
                if octet <= 1 {
                    at = at.wrapping_sub(1);
                    key.put(at, octet.wrapping_add(1));
                    at = at.wrapping_sub(1);
                    key.put(at, 1);
                } else {
                    at = at.wrapping_sub(1);
                    key.put(at, octet);
                }
            }
        }
        key.octets.copy_within(at.min(MAX_KEY_LEN).., 0);
        key.len = MAX_KEY_LEN.saturating_sub(at) as u16;
        key
    }

    #[inline]
    fn put(&mut self, at: usize, octet: u8) {
        if let Some(slot) = self.octets.get_mut(at) {
            *slot = octet;
        }
    }

    /// The octets to compare.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}
