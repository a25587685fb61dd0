//! A page of an image that is read when it is first asked for.

use super::read::OpenImage;
use crate::zone::Problem;
use crate::zone::page::Page;
use bytes::Bytes;
use lib_dns_core::zone::image::SLOT_LEN;
use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use tracing::error;

thread_local! {
    /// Has this thread asked for a page that cannot be had?
    static MISSED: Cell<bool> = const { Cell::new(false) };
}

/// Has this thread asked for a page that cannot be had, since it was last asked this? Looking up a name cannot fail, so
/// whoever answers from a zone whose pages are unread asks this about each answer that it makes.
pub(crate) fn missed_page() -> bool {
    MISSED.take()
}

/// Stands where a page should be: one name without records. Nobody is to be told of it ([`missed_page`]).
static NO_PAGE: Page = Page::new(1, Bytes::from_static(&[0; SLOT_LEN]));

/// A page of an image that is read when it is first asked for.
#[derive(Debug)]
pub(in crate::zone) struct UnreadPage {
    image: Arc<OpenImage>,
    number: u32,
    /// What came of reading it; `None` if it is not as it was written.
    read: OnceLock<Option<Page>>,
}

impl UnreadPage {
    pub(super) fn new(image: Arc<OpenImage>, number: u32) -> Self {
        Self {
            image,
            number,
            read: OnceLock::new(),
        }
    }

    /// The page. Those who ask for it at the same time wait for the one that reads it.
    pub(in crate::zone) fn page(&self) -> &Page {
        let read = self.read.get_or_init(|| {
            let read = self.image.read_page(self.number);
            let told = read.map_err(|fault| {
                let (file, number) = (self.image.path().display(), self.number);
                let why = Problem::from(fault);
                error!("{file}: {why}; what needs page {number} is answered with SERVFAIL");
            });
            told.ok()
        });
        read.as_ref().unwrap_or_else(|| {
            MISSED.set(true);
            &NO_PAGE
        })
    }
}
