//! The zone that a node is an authority for: an image, which is trusted by its hash.

use core::fmt;

use lib_dns_core::code_points::{Class, InfoCode};
use lib_dns_core::crypto::Digest;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::{RefreshBounds, SoaTimers};
use lib_dns_core::zone::image::{DIGEST_LEN, ImageError, ZoneImage};
use lib_dns_core::zone::{Found, Serial, ZoneLookup, ZoneNode, ZoneSet};

/// Why an image is not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ImageRefused {
    /// It is none, or not the one with that hash.
    Image(ImageError),
    /// It is of another zone than this node serves, or not of class IN.
    OtherZone,
    /// It is older than the one that is served.
    Older,
    /// Its zone is signed with NSEC3, which takes SHA-1 for every name that does not exist: sign it with NSEC.
    Nsec3,
    /// Its zone has no SOA record.
    NoSoa,
}

impl From<ImageError> for ImageRefused {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl fmt::Display for ImageRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => write!(f, "{error}"),
            Self::OtherZone => f.write_str("the zone image is of another zone"),
            Self::Older => f.write_str("the zone image is older than the one that is served"),
            Self::Nsec3 => {
                f.write_str("the zone is signed with NSEC3: for a device sign it with NSEC")
            }
            Self::NoSoa => f.write_str("the zone image has no SOA record"),
        }
    }
}

impl core::error::Error for ImageRefused {}

/// The one zone, as soon as its image is there.
#[derive(Clone, Debug)]
pub(super) struct Zones<'z> {
    pub(super) apex: Name<'z>,
    pub(super) image: Option<ZoneImage<'z>>,
}

/// Who answers for a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Authority {
    /// The image: it has the name, or knows that there is none.
    Image,
    /// Somebody else: the zone ends above the name.
    Others,
}

impl<'z> Zones<'z> {
    /// Takes an image, if all is well with it.
    pub(super) fn take(
        &mut self,
        octets: &'z [u8],
        hash: &[u8; DIGEST_LEN],
        digest: &impl Digest,
    ) -> Result<ZoneImage<'z>, ImageRefused> {
        let image = ZoneImage::from_octets(octets)?;
        image.verify_file(hash, digest)?;
        if image.apex() != self.apex || image.class() != Class::IN {
            return Err(ImageRefused::OtherZone);
        }
        if image.head().hash_pages != 0 {
            return Err(ImageRefused::Nsec3);
        }
        if soa_refresh(&image).is_none() {
            return Err(ImageRefused::NoSoa);
        }
        let is_older = |held: &ZoneImage<'_>| held.serial().is_newer_than(image.serial());
        if self.image.as_ref().is_some_and(is_older) {
            return Err(ImageRefused::Older);
        }
        self.image = Some(image);
        Ok(image)
    }

    pub(super) fn serial(&self) -> Option<Serial> {
        self.image.as_ref().map(ZoneImage::serial)
    }

    /// Who answers for a name and type. Without an image that is the image all the same, which is not ready.
    pub(super) fn authority(&self, name: &Name<'_>, rtype: Type) -> Authority {
        if !name.is_at_or_below(&self.apex) {
            return Authority::Others;
        }
        let found = self.image.as_ref().and_then(|image| image.find(name));
        match found {
            // What the parent says of a cut stands above it.
            Some(Found::Delegation { node }) if rtype != Type::DS || node.owner() != *name => {
                Authority::Others
            }
            _ => Authority::Image,
        }
    }
}

/// Seconds between two looks for a newer version of an image's zone.
pub(super) fn soa_refresh(image: &ZoneImage<'_>) -> Option<u32> {
    let apex = image.get(&image.apex())?;
    let timers = SoaTimers::from_data(apex.rrset(Type::SOA)?.first()?)?;
    let bounds = RefreshBounds::default();
    Some(
        timers
            .refresh
            .max(bounds.min_refresh)
            .min(bounds.max_refresh),
    )
}

impl<'z> ZoneSet for Zones<'z> {
    type Zone = ZoneImage<'z>;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&ZoneImage<'z>> {
        self.image.as_ref()?.deepest(name, class)
    }

    fn unavailable(&self, name: &Name<'_>, class: Class) -> Option<InfoCode> {
        (class == Class::IN && name.is_at_or_below(&self.apex)).then_some(InfoCode::NOT_READY)
    }

    /// An image is a copy that nobody has told when it expires.
    fn expires_in(&self, _: &ZoneImage<'z>) -> Option<u32> {
        None
    }
}
