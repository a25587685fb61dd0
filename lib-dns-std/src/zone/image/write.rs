//! A zone as an image.

use crate::hash::RustCryptoDigest;
use crate::zone::Zone;
use crate::zone::file::replace;
use crate::zone::page::{Page, PageBuilder};
use crate::zone::tree::Tree;
use lib_dns_core::crypto::{Digest, DigestAlgorithm, RunningDigest};
use lib_dns_core::zone::image::{DIGEST_LEN, ImageHead, PageEntry};
use lib_dns_core::zone::{Marks, key_prefix};
use std::io::{self, Write};
use std::path::Path;

/// Names after which a page of an image is closed, however the zone in memory is divided: a zone that is
/// compiled twice gives the same octets.
const NAMES_A_PAGE: usize = 100;

/// What an image is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageSummary {
    /// Its head.
    pub head: ImageHead,
    /// SHA-256 of the whole image, as `sha256sum` prints it: what a device is shipped with that trusts a zone by
    /// its hash.
    pub sha256: [u8; DIGEST_LEN],
}

impl Zone {
    /// Writes the zone as an image, from which [`ZoneImage`](lib_dns_core::zone::image::ZoneImage) answers.
    ///
    /// ```
    /// use lib_dns_core::zone::image::ZoneImage;
    /// use lib_dns_core::zone::{ZoneLookup, ZoneNode};
    /// use lib_dns_core::name::NameBuf;
    /// use lib_dns_core::rr_data::Type;
    /// use lib_dns_std::zone::Loader;
    /// use std::path::Path;
    /// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
    /// let zone = Loader::new().load_text(Path::new("example"), text.as_bytes())?.zone;
    /// let mut octets = Vec::new();
    /// zone.write_image(&mut octets)?;
    ///
    /// let image = ZoneImage::from_octets(&octets)?;
    /// let name = NameBuf::from_text("ns1.sovereign.")?;
    /// let node = image.get(&name.as_name()).ok_or("the name is there")?;
    /// assert_eq!(node.rrset(Type::A).and_then(|set| set.first()), Some(&[10, 42, 0, 1][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn write_image(&self, out: &mut impl Write) -> io::Result<ImageSummary> {
        let digest = RustCryptoDigest;
        let mut index = Vec::new();
        let mut marks = Marks::NONE;
        let apex = self.apex.as_bytes();
        // The index stands before the pages, so they are made twice and not kept.
        let mut name_pages = 0;
        for tree in [&self.names, &self.hashes] {
            name_pages = index.len();
            for_each_page(tree, |page| {
                let octets = page.octets();
                marks |= page.marks();
                index.push(PageEntry {
                    prefix: key_prefix(page.first_key()),
                    at: 0,
                    len: narrow(octets.len())?,
                    names: u16::try_from(page.len()).map_err(too_large)?,
                    marks: page.marks(),
                    digest: PageEntry::digest_of(&[octets], &digest).map_err(io::Error::other)?,
                });
                Ok(())
            })?;
        }
        let mut head = ImageHead {
            class: self.class,
            serial: self.serial(),
            len: 0,
            records: self.records,
            name_pages: narrow(name_pages)?,
            hash_pages: narrow(index.len() - name_pages)?,
            marks,
            apex_len: u8::try_from(apex.len()).map_err(too_large)?,
            digest: [0; DIGEST_LEN],
        };
        head.len = head.pages_at();
        let mut behind_head = apex.to_vec();
        for entry in &mut index {
            entry.at = head.len;
            head.len += u64::from(entry.len);
            behind_head.extend(entry.to_octets());
        }
        head.digest = head
            .digest_with(&behind_head, &digest)
            .map_err(io::Error::other)?;
        let mut whole = Hashing::new(out)?;
        whole.write_all(&head.to_octets())?;
        whole.write_all(&behind_head)?;
        for tree in [&self.names, &self.hashes] {
            for_each_page(tree, |page| whole.write_all(page.octets()))?;
        }
        let sha256 = whole.finish()?;
        Ok(ImageSummary { head, sha256 })
    }

    /// Writes the zone as an image to a file, in the place of the one that is there, as
    /// [`Self::write_file`] does with text.
    ///
    /// # Errors
    /// If that cannot be done. What was there is still there then.
    pub fn write_image_file(&self, path: &Path) -> io::Result<ImageSummary> {
        replace(path, |mut file| self.write_image(&mut file))
    }
}

fn too_large<E>(_: E) -> io::Error {
    io::Error::other("the zone is too large for an image")
}

fn narrow(number: usize) -> io::Result<u32> {
    u32::try_from(number).map_err(too_large)
}

/// Divides names anew.
fn for_each_page(tree: &Tree, mut work: impl FnMut(&Page) -> io::Result<()>) -> io::Result<()> {
    let mut builder = PageBuilder::default();
    for node in tree.nodes() {
        builder.copy(node);
        if builder.is_full(NAMES_A_PAGE)
            && let Some(page) = builder.close()
        {
            work(&page)?;
        }
    }
    builder.close().map_or(Ok(()), |page| work(&page))
}

/// Hashes what passes through.
struct Hashing<W> {
    out: W,
    hash: <RustCryptoDigest as Digest>::Running,
}

impl<W: Write> Hashing<W> {
    fn new(out: W) -> io::Result<Self> {
        let hash = RustCryptoDigest.start(DigestAlgorithm::Sha256);
        let hash = hash.ok_or_else(|| io::Error::other("SHA-256 is not to be had"))?;
        Ok(Self { out, hash })
    }

    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        self.hash.update(octets);
        self.out.write_all(octets)
    }

    fn finish(mut self) -> io::Result<[u8; DIGEST_LEN]> {
        self.out.flush()?;
        let digest = self.hash.finish();
        let digest = digest.as_bytes().first_chunk();
        digest
            .copied()
            .ok_or_else(|| io::Error::other("SHA-256 is not to be had"))
    }
}
