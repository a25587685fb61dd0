//! Names that own their octets, inline.

use super::{MAX_LABEL_LEN, MAX_NAME_LEN, Name, NameError, NameErrorKind, Shape};
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

/// An owned name of any length: 257 bytes, no allocation.
pub type NameBuf = InlineName<MAX_NAME_LEN>;

/// An owned name of at most `N` octets in wire form, for tables where 255 would be too many.
///
/// ```
/// use lib_dns_core::name::{InlineName, NameBuf};
/// let name = NameBuf::from_text("node7.sovereign.")?;
/// let small = InlineName::<32>::copy_of(&name.as_name())?;
/// assert_eq!(small, name);
/// assert!(InlineName::<8>::copy_of(&name.as_name()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct InlineName<const N: usize> {
    octets: [u8; N],
    len: u8,
    labels: u8,
}

impl<const N: usize> InlineName<N> {
    /// The root. `N` must be at least 1.
    pub const ROOT: Self = {
        assert!(N >= 1 && N <= MAX_NAME_LEN, "a name has 1 to 255 octets");
        Self {
            octets: [0; N],
            len: 1,
            labels: 0,
        }
    };

    /// Room for a name, to be assigned before it is looked at. All zeros, so that flash does not hold what RAM begins with.
    pub(crate) const UNSET: Self = Self {
        octets: [0; N],
        len: 0,
        labels: 0,
    };

    /// Copies a name, if it fits.
    ///
    /// # Errors
    /// [`NameErrorKind::NoRoom`] if it is longer than `N` octets.
    pub fn copy_of(name: &Name<'_>) -> Result<Self, NameError> {
        let mut owned = Self::ROOT;
        if name.copy_flat(&mut owned.octets).is_none() {
            return Err(NameError::at(NameErrorKind::NoRoom, N));
        }
        owned.len = name.shape.len();
        owned.labels = name.shape.labels();
        Ok(owned)
    }

    /// Becomes a copy of `name` if it fits, without touching the octets beyond it; says if it fits.
    ///
    /// ```
    /// use lib_dns_core::name::{InlineName, NameBuf};
    /// let mut small = InlineName::<8>::ROOT;
    /// assert!(small.assign(&NameBuf::from_text("node7.")?.as_name()));
    /// assert!(!small.assign(&NameBuf::from_text("node7.sovereign.")?.as_name()));
    /// assert_eq!(small, NameBuf::from_text("node7.")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn assign(&mut self, name: &Name<'_>) -> bool {
        let fits = name.copy_flat(&mut self.octets).is_some();
        if fits {
            self.len = name.shape.len();
            self.labels = name.shape.labels();
        }
        fits
    }

    /// The same, with ASCII letters in lower case (RFC 4034 6.2).
    #[inline]
    pub(crate) fn assign_lowercase(&mut self, name: &Name<'_>) -> bool {
        let fits = self.assign(name);
        if fits && let Some(octets) = self.octets.get_mut(..name.wire_len()) {
            // Length octets are below every letter.
            octets.make_ascii_lowercase();
        }
        fits
    }

    /// The name as a view.
    #[inline]
    pub fn as_name(&self) -> Name<'_> {
        Name {
            octets: &self.octets,
            shape: Shape::flat(self.len, self.labels),
        }
    }

    /// The name in wire form.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The name with its ASCII letters in lower case (RFC 4034 6.2).
    pub fn to_lowercase(mut self) -> Self {
        // Length octets are below every letter.
        self.octets.make_ascii_lowercase();
        self
    }
}

impl<const N: usize> Default for InlineName<N> {
    fn default() -> Self {
        Self::ROOT
    }
}

impl From<Name<'_>> for NameBuf {
    fn from(name: Name<'_>) -> Self {
        let mut owned = Self::ROOT;
        // A valid name fits: that is what 255 octets mean.
        let _ = name.copy_flat(&mut owned.octets);
        owned.len = name.shape.len();
        owned.labels = name.shape.labels();
        owned
    }
}

impl<const N: usize, const M: usize> PartialEq<InlineName<M>> for InlineName<N> {
    fn eq(&self, other: &InlineName<M>) -> bool {
        self.as_name() == other.as_name()
    }
}

impl<const N: usize> PartialEq<Name<'_>> for InlineName<N> {
    fn eq(&self, other: &Name<'_>) -> bool {
        self.as_name() == *other
    }
}

impl<const N: usize> Eq for InlineName<N> {}

impl<const N: usize> PartialOrd for InlineName<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for InlineName<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_name().cmp(&other.as_name())
    }
}

impl<const N: usize> Hash for InlineName<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_name().hash(state);
    }
}

impl<const N: usize> fmt::Display for InlineName<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_name(), f)
    }
}

impl<const N: usize> fmt::Debug for InlineName<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_name(), f)
    }
}

impl NameBuf {
    /// `name`, with `to` at its end in place of `from`; `None` if it does not end with that, or gets too long.
    ///
    /// ```
    /// use lib_dns_core::name::NameBuf;
    /// let [name, from, to] = ["www.a.example.", "a.example.", "b.test."].map(|name| NameBuf::from_text(name).unwrap());
    /// let moved = NameBuf::moved(&name.as_name(), &from.as_name(), &to.as_name()).unwrap();
    /// assert_eq!(moved.as_name().to_string(), "www.b.test.");
    /// assert!(NameBuf::moved(&to.as_name(), &from.as_name(), &to.as_name()).is_none());
    /// ```
    pub fn moved(name: &Name<'_>, from: &Name<'_>, to: &Name<'_>) -> Option<Self> {
        if !name.is_at_or_below(from) {
            return None;
        }
        let kept = name.label_count().checked_sub(from.label_count())?;
        let mut moved = Self::ROOT;
        let mut len = 0usize;
        for label in name.labels().take(kept) {
            let (head, rest) = moved.octets.get_mut(len..)?.split_first_mut()?;
            *head = label.len() as u8;
            rest.get_mut(..label.len())?.copy_from_slice(label);
            len = len.wrapping_add(1).wrapping_add(label.len());
        }
        to.copy_flat(moved.octets.get_mut(len..)?)?;
        // Both fit: the name has no more octets than there is room.
        moved.len = len.wrapping_add(to.wire_len()) as u8;
        moved.labels = (kept as u8).wrapping_add(to.shape.labels());
        Some(moved)
    }
}

/// Puts a name together label by label, in place.
///
/// ```
/// use lib_dns_core::name::{NameBuf, NameBuilder};
/// let zone = NameBuf::from_text("sovereign.")?;
/// let mut builder = NameBuilder::new();
/// builder.push_label(b"_zhtp")?;
/// builder.push_label(b"_quic")?;
/// let name = builder.finish(&zone.as_name())?;
/// assert_eq!(name.to_string(), "_zhtp._quic.sovereign.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NameBuilder {
    octets: [u8; MAX_NAME_LEN],
    len: usize,
    labels: u8,
    /// Where the length octet of the open label stands.
    open: Option<usize>,
}

impl NameBuilder {
    /// Starts with no label.
    #[inline]
    pub fn new() -> Self {
        Self {
            octets: [0; MAX_NAME_LEN],
            len: 0,
            labels: 0,
            open: None,
        }
    }

    /// Appends one octet to the open label, opening one if there is none.
    ///
    /// # Errors
    /// If the label or the name becomes too long.
    #[inline]
    pub fn push_octet(&mut self, octet: u8) -> Result<(), NameError> {
        let open = match self.open {
            Some(open) => open,
            None => {
                let open = self.len;
                self.put(0)?;
                self.open = Some(open);
                self.labels = self.labels.wrapping_add(1);
                open
            }
        };
        let length = self.len.wrapping_sub(open);
        if length > MAX_LABEL_LEN {
            return Err(NameError::at(NameErrorKind::LabelTooLong, open));
        }
        self.put(octet)?;
        if let Some(slot) = self.octets.get_mut(open) {
            *slot = length as u8;
        }
        Ok(())
    }

    /// Closes the open label; says whether there was one.
    #[inline]
    pub fn close_label(&mut self) -> bool {
        self.open.take().is_some()
    }

    /// Appends a whole label.
    ///
    /// # Errors
    /// If the label is empty or too long, or the name becomes too long.
    pub fn push_label(&mut self, label: &[u8]) -> Result<(), NameError> {
        self.close_label();
        if label.is_empty() || label.len() > MAX_LABEL_LEN {
            return Err(NameError::at(NameErrorKind::LabelTooLong, self.len));
        }
        label.iter().try_for_each(|octet| self.push_octet(*octet))?;
        self.close_label();
        Ok(())
    }

    /// Ends the name with the labels of `suffix`; the root makes it end here.
    ///
    /// # Errors
    /// If the name becomes too long.
    #[inline]
    pub fn finish(mut self, suffix: &Name<'_>) -> Result<NameBuf, NameError> {
        self.close_label();
        let too_long = NameError::at(NameErrorKind::TooLong, self.len);
        let room = self.octets.get_mut(self.len..).ok_or(too_long)?;
        suffix.copy_flat(room).ok_or(too_long)?;
        let len = self.len.wrapping_add(suffix.wire_len());
        let labels = self.labels.wrapping_add(suffix.shape.labels());
        Ok(InlineName {
            octets: self.octets,
            len: len as u8,
            labels,
        })
    }

    /// One octet must stay free for the root label.
    #[inline]
    fn put(&mut self, octet: u8) -> Result<(), NameError> {
        match self.octets.get_mut(self.len) {
            Some(slot) if self.len < MAX_NAME_LEN - 1 => {
                *slot = octet;
                self.len = self.len.wrapping_add(1);
                Ok(())
            }
            _ => Err(NameError::at(NameErrorKind::TooLong, self.len)),
        }
    }
}

impl Default for NameBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> PartialEq<InlineName<N>> for Name<'_> {
    fn eq(&self, other: &InlineName<N>) -> bool {
        *self == other.as_name()
    }
}
