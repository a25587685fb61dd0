//! Domain names: borrowed, owned, compared, ordered and printed.
//!
//! [`Name`] is a view into octets that somebody else holds: a message, where it may be compressed, or a
//! flat buffer. It is validated once, when it is read, so that walking its labels cannot fail.
//! [`NameBuf`] owns its octets, inline. Case is kept; comparison, order and hash fold ASCII case.
//!
//! Almost anything is a valid DNS name (RFC 2181 11). What may be *registered* is a policy that stands
//! above this module.

mod compressed;
mod error;
mod inline;
mod labels;
mod order;
mod presentation;
mod shape;

pub use error::{NameError, NameErrorKind};
pub use inline::{InlineName, NameBuf, NameBuilder};
pub use labels::Labels;
pub use order::{CanonicalKey, MAX_KEY_LEN};
pub(crate) use presentation::LabelText;

pub(crate) use shape::Shape;

/// The longest name in wire form, the root label included (RFC 1035 3.1).
pub const MAX_NAME_LEN: usize = 255;
/// The longest label (RFC 1035 3.1).
pub const MAX_LABEL_LEN: usize = 63;
/// The most labels a name can have, the root label not counted.
pub const MAX_LABELS: usize = 127;

/// Above every length of a label.
pub(crate) const LABEL_END: u8 = MAX_LABEL_LEN as u8 + 1;

/// The first octet of a pointer has its two high bits set.
pub(crate) const POINTER_MARK: u8 = 0xc0;
/// The same of the pointer as a 16-bit number; the other 14 bits are the offset (RFC 1035 4.1.4).
pub(crate) const POINTER: u16 = 0xc000;

/// Where the two octets of a pointer lead.
#[inline]
pub(crate) fn pointer_target([high, low]: [u8; 2]) -> usize {
    usize::from(high & !POINTER_MARK) << 8 | usize::from(low)
}

/// A validated domain name that borrows its octets.
///
/// It is 24 bytes, `Copy`, and may be compressed if it comes from a message. Leading pointers are
/// already followed, so an owner that is only a pointer costs nothing later.
///
/// ```
/// use lib_dns_core::name::{Name, NameBuf};
/// let name = Name::from_wire(b"\x03www\x07Example\x00")?;
/// assert_eq!(name.to_string(), "www.Example.");
/// assert_eq!(name, NameBuf::from_text("WWW.example.")?.as_name());
/// assert_eq!(name.parent(), Some(NameBuf::from_text("example.")?.as_name()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Name<'a> {
    /// The whole message, or the flat name and what may follow it.
    octets: &'a [u8],
    shape: Shape,
}

impl Name<'static> {
    /// The root.
    pub const ROOT: Self = Self {
        octets: &[0],
        shape: Shape::flat(1, 0),
    };
}

impl<'a> Name<'a> {
    /// Reads a name that fills `octets` exactly and is not compressed.
    ///
    /// # Errors
    /// If a rule of RFC 1035 3.1 is broken, a pointer is met, or octets are left over.
    pub fn from_wire(octets: &'a [u8]) -> Result<Self, NameError> {
        let (name, end) = Self::split_flat(octets)?;
        if end == octets.len() {
            Ok(name)
        } else {
            Err(NameError::at(NameErrorKind::TrailingOctets, end))
        }
    }

    /// Reads an uncompressed name from the front of `octets`; also says where it ends.
    ///
    /// # Errors
    /// If a rule of RFC 1035 3.1 is broken or a pointer is met.
    pub fn split_flat(octets: &'a [u8]) -> Result<(Self, usize), NameError> {
        let mut at = 0usize;
        let mut labels = 0u8;
        loop {
            let Some(&len) = octets.get(at) else {
                return Err(NameError::at(NameErrorKind::Truncated, at));
            };
            if len == 0 {
                break;
            }
            if len > MAX_LABEL_LEN as u8 {
                return Err(NameError::at(NameErrorKind::of_label_octet(len), at));
            }
            at = at.wrapping_add(1).wrapping_add(usize::from(len));
            labels = labels.wrapping_add(1);
            if at >= MAX_NAME_LEN {
                return Err(NameError::at(NameErrorKind::TooLong, at));
            }
        }
        let end = at.wrapping_add(1);
        // `at` is at most 254 here, so neither conversion loses anything.
        let len = end as u8;
        Ok((
            Self {
                octets,
                shape: Shape::flat(len, labels),
            },
            end,
        ))
    }

    /// Reads a name that starts at offset `at` of a message and may be compressed; also says where it
    /// ends. Nothing after the end of `message` is read: cut it where the field ends.
    ///
    /// Each pointer must lead strictly before the run of labels that it ends, and no run may reach into
    /// the one that pointed to it: so no octet is read twice, and no loop can exist.
    ///
    /// # Errors
    /// If a rule of RFC 1035 3.1 or 4.1.4 is broken.
    #[inline]
    pub fn from_message(message: &'a [u8], at: usize) -> Result<(Self, usize), NameError> {
        let (shape, end) = compressed::find(message, at).shape()?;
        let name = Self {
            octets: message,
            shape,
        };
        Ok((name, end))
    }

    /// A name that was validated before, in the octets that it was read from.
    #[inline]
    pub(crate) fn within(octets: &'a [u8], shape: Shape) -> Self {
        Self { octets, shape }
    }

    /// Where it stands in the octets that it was read from.
    #[inline]
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Octets in wire form without compression, the root label included (1 to 255).
    #[inline]
    pub fn wire_len(&self) -> usize {
        usize::from(self.shape.len())
    }

    /// Labels, the root label not counted (0 to 127).
    #[inline]
    pub fn label_count(&self) -> usize {
        usize::from(self.shape.labels())
    }

    /// Is it the root?
    #[inline]
    pub fn is_root(&self) -> bool {
        self.shape.labels() == 0
    }

    /// Is its first label a lone `*` (RFC 4592 2.1.1)?
    pub fn is_wildcard(&self) -> bool {
        self.first_label() == Some(b"*")
    }

    /// The wildcard directly below it (RFC 4592 2.1.1), unless that is too long for a name.
    pub fn wildcard_below(&self) -> Option<NameBuf> {
        let mut wildcard = NameBuilder::new();
        wildcard.push_label(b"*").ok()?;
        wildcard.finish(self).ok()
    }

    /// The first label, unless it is the root.
    pub fn first_label(&self) -> Option<&'a [u8]> {
        self.labels().next()
    }

    /// The labels, from the first to the one before the root.
    #[inline]
    pub fn labels(&self) -> Labels<'a> {
        Labels::new(self.octets, self.shape)
    }

    /// The wire form, if it stands in one piece.
    #[inline]
    pub fn as_flat(&self) -> Option<&'a [u8]> {
        if self.shape.run() != self.shape.len() {
            return None;
        }
        let start = usize::from(self.shape.start());
        self.octets.get(start..start.wrapping_add(self.wire_len()))
    }

    /// Copies the wire form without compression to the front of `out`; `None` if there is no room.
    #[inline]
    pub fn copy_flat<'o>(&self, out: &'o mut [u8]) -> Option<&'o mut [u8]> {
        let out = out.get_mut(..self.wire_len())?;
        if let Some(flat) = self.as_flat() {
            out.copy_from_slice(flat);
            return Some(out);
        }
        let mut rest = &mut *out;
        for label in self.labels() {
            let (len, tail) = rest.split_first_mut()?;
            *len = label.len() as u8;
            let (head, tail) = tail.split_at_mut_checked(label.len())?;
            head.copy_from_slice(label);
            rest = tail;
        }
        *rest.first_mut()? = 0;
        Some(out)
    }

    /// Copies the wire form without compression to the front of `out`, and views it there; `None` if
    /// there is no room.
    #[inline]
    pub(crate) fn copied_to<'o>(&self, out: &'o mut [u8]) -> Option<Name<'o>> {
        let octets = self.copy_flat(out)?;
        Name::flat(octets, self.shape.labels())
    }

    /// Views octets that are known to be a name in wire form, with so many labels; `None` if it is too
    /// long for one.
    #[inline]
    pub(crate) fn flat(octets: &'a [u8], labels: u8) -> Option<Self> {
        let len = u8::try_from(octets.len()).ok()?;
        Some(Self {
            octets,
            shape: Shape::flat(len, labels),
        })
    }

    /// Do two views of names look at the same octets of one message?
    #[inline]
    pub(crate) fn is_same_view(&self, other: &Name<'_>) -> bool {
        self.shape.start() == other.shape.start()
            && self.shape.len() == other.shape.len()
            && core::ptr::eq(self.octets.as_ptr(), other.octets.as_ptr())
    }

    /// The name without its first label; the root has no parent.
    #[inline]
    pub fn parent(&self) -> Option<Self> {
        self.shape
            .labels()
            .checked_sub(1)
            .map(|labels| self.ancestor(usize::from(labels)))
    }

    /// The name's last `labels` labels: itself if it has no more than those, the root for 0.
    pub fn ancestor(&self, labels: usize) -> Self {
        let mut walk = self.labels();
        let mut len = self.shape.len();
        while walk.remaining() > labels {
            match walk.next() {
                Some(label) => len = len.wrapping_sub(label.len() as u8).wrapping_sub(1),
                None => break,
            }
        }
        let (start, run) = walk.run();
        Self {
            octets: self.octets,
            shape: Shape::new(start, run, len, walk.remaining() as u8),
        }
    }

    /// Is it `other`, or a subdomain of it (RFC 9499 7)?
    #[inline]
    pub fn is_at_or_below(&self, other: &Name<'_>) -> bool {
        self.label_count() >= other.label_count() && self.ancestor(other.label_count()) == *other
    }

    /// Is it a subdomain of `other` and not `other` itself?
    pub fn is_below(&self, other: &Name<'_>) -> bool {
        self.label_count() > other.label_count() && self.is_at_or_below(other)
    }

    /// The deepest name that both are at or below; at worst the root.
    pub fn common_ancestor(&self, other: &Name<'_>) -> Self {
        self.ancestor(order::common_labels(self, other))
    }
}

#[cfg(test)]
mod tests;
