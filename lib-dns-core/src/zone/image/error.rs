//! Why octets are not a zone image, or not the right one.

use core::fmt;

/// A part of an image that has a digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ImagePart {
    /// The head, the zone's name and the index.
    Head,
    /// A page, by its number in the index.
    Page(u32),
    /// All octets, against a hash that came otherwise.
    Whole,
}

/// Why octets are not a zone image, or not the right one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ImageError {
    /// It does not start as an image does.
    NotAnImage,
    /// It has another version of the layout.
    Version(u16),
    /// It is shorter than it says, or than any image is; a file may be longer, too.
    Cut {
        /// Octets that it should have, as far as that is known.
        needed: u64,
        /// Octets that are there.
        found: u64,
    },
    /// What the head says does not hold together.
    Head,
    /// A page is not what the index says, or its names do not hold together.
    Page(u32),
    /// A part is not as it was written.
    Digest(ImagePart),
    /// SHA-256 is not to be had.
    NoSha256,
    /// The zone has DNAME records or is signed, and the view is for others: see
    /// [`PlainImage`](super::PlainImage).
    NotPlain,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not a zone image"),
            Self::Version(version) => write!(
                f,
                "a zone image of version {version}, and version {} can be read: compile the zone again",
                super::VERSION
            ),
            Self::Cut { needed, found } => write!(
                f,
                "the zone image has {found} octets and should have {needed}"
            ),
            Self::Head => f.write_str("the head of the zone image contradicts itself"),
            Self::Page(number) => {
                write!(
                    f,
                    "page {number} of the zone image contradicts itself or the index"
                )
            }
            Self::Digest(ImagePart::Head) => {
                f.write_str("the head of the zone image is not as it was written")
            }
            Self::Digest(ImagePart::Page(number)) => {
                write!(
                    f,
                    "page {number} of the zone image is not as it was written"
                )
            }
            Self::Digest(ImagePart::Whole) => {
                f.write_str("another zone image than the one expected")
            }
            Self::NoSha256 => f.write_str("SHA-256 is not to be had"),
            Self::NotPlain => f.write_str(
                "the zone has DNAME records or is signed, which this device leaves out: compile it without",
            ),
        }
    }
}

impl core::error::Error for ImageError {}
