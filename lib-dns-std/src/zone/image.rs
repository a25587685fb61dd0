//! Zones as packed images ([`lib_dns_core::zone::image`]): written, and loaded again.

mod read;
mod write;

pub(super) use read::{ImageFault, is_image, load};
pub use write::ImageSummary;
