//! Zones as packed images ([`lib_dns_core::zone::image`]): written, and loaded again.

mod read;
mod unread;
mod write;

pub(super) use read::{ImageFault, OpenImage, is_image};
pub(super) use unread::UnreadPage;
pub(crate) use unread::missed_page;
pub use write::ImageSummary;
