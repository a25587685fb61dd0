//! A zone image for a small device: no more than plain records.

use super::{ImageError, ImageNode, ZoneImage};
use crate::code_points::Class;
use crate::name::Name;
use crate::zone::{Found, Marks, ZoneLookup, ZoneSet};

/// An image of a zone that has neither DNAME records nor anything of DNSSEC: answers from it take half the code.
///
/// The image is the same, and so is what answers from it; what such zones never need is not compiled.
///
/// ```
/// use lib_dns_core::zone::image::{ImageError, PlainImage};
/// # let sovereign = include_bytes!("../../../../examples/firmware/zones/sovereign.image");
/// # let signed = include_bytes!("../../../../fuzz/seeds/zone_image/signed-nsec");
/// let image = PlainImage::from_octets(sovereign)?;
/// assert_eq!(image.whole().serial().0, 2_026_011_701);
/// assert_eq!(PlainImage::from_octets(signed).err(), Some(ImageError::NotPlain));
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PlainImage<'i>(ZoneImage<'i>);

impl<'i> PlainImage<'i> {
    /// Views an image, as [`ZoneImage::from_octets`] does, and looks once at the place of each name.
    ///
    /// # Errors
    /// As that, and [`ImageError::NotPlain`] if the zone has DNAME records, or is signed.
    pub fn from_octets(octets: &'i [u8]) -> Result<Self, ImageError> {
        let image = ZoneImage::from_octets(octets)?;
        if image.head().marks.any(Marks::DNAME | Marks::NSEC) || image.is_signed() {
            return Err(ImageError::NotPlain);
        }
        Ok(Self(image))
    }

    /// The image as any other: its head, its digests and its names.
    pub fn whole(&self) -> &ZoneImage<'i> {
        &self.0
    }
}

impl ZoneLookup for PlainImage<'_> {
    type Node<'z>
        = ImageNode<'z>
    where
        Self: 'z;

    const MAY_HAVE_DNAME: bool = false;
    const MAY_BE_SIGNED: bool = false;

    fn apex(&self) -> Name<'_> {
        self.0.apex()
    }

    fn class(&self) -> Class {
        self.0.class()
    }

    fn get(&self, name: &Name<'_>) -> Option<ImageNode<'_>> {
        self.0.get(name)
    }

    fn nsec_at_or_before(&self, _: &Name<'_>) -> Option<ImageNode<'_>> {
        None
    }

    fn nsec3_at_or_before(&self, _: &[u8; 20]) -> Option<ImageNode<'_>> {
        None
    }

    fn find(&self, name: &Name<'_>) -> Option<Found<ImageNode<'_>>> {
        self.0.find(name)
    }
}

impl ZoneSet for PlainImage<'_> {
    type Zone = Self;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Self> {
        self.0.deepest(name, class).map(|_| self)
    }
}
