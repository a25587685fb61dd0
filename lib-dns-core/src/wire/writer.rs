//! Writing octets into a buffer that the caller lends.

use super::compression::{Compression, Suffixes, stands_at};
use super::{DEFAULT_COMPRESSION_SLOTS, Part, WriteError};
use crate::name::{MAX_NAME_LEN, Name, POINTER};

/// What the octets are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A message: names are compressed where the type allows it.
    Message,
    /// Stored data: no compression, case kept.
    Plain,
    /// The form that is signed and hashed: no compression, names in lower case where RFC 4034 6.2 and
    /// RFC 6840 5.1 say so.
    Canonical,
}

/// A place to go back to. See [`Writer::rewind`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    len: usize,
}

impl Mark {
    /// Octets written when the mark was set.
    pub fn offset(&self) -> usize {
        self.len
    }
}

/// A 16-bit length that stands before what it counts. Until it is closed it holds 0xFFFF, so that an
/// interrupted write is refused by every reader.
#[derive(Debug)]
#[must_use = "a length field that is not closed says 0xFFFF"]
pub struct LengthField {
    at: usize,
}

/// Fills a buffer from front to back.
///
/// The first octet of the buffer is the first of the message: pointers count from there. `N` is the
/// number of names that can be remembered for compression, at most 255; 0 turns it off.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::wire::{Form, Writer};
/// let mut buffer = [0; 64];
/// let mut writer = Writer::<8>::new(&mut buffer, Form::Message);
/// writer.put(&[0; 12])?;
/// let name = NameBuf::from_text("www.example.")?;
/// writer.compressible_name(&name.as_name())?;
/// writer.compressible_name(&name.as_name())?;
/// assert_eq!(&writer.written()[12..], b"\x03www\x07example\x00\xc0\x0c");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer<'b, const N: usize = DEFAULT_COMPRESSION_SLOTS> {
    buffer: &'b mut [u8],
    len: usize,
    /// Octets that may be written: the limit less the reserve.
    usable: usize,
    limit: usize,
    form: Form,
    compression: Compression<N>,
    /// Where the last name stands that was compressed, or that it points to; 0 if there is none. The
    /// records of an RRset repeat their owner, which is found here at once.
    last_name: u16,
}

impl<'b, const N: usize> Writer<'b, N> {
    /// Starts at the front of `buffer`, with all of it as the limit and no reserve.
    #[inline]
    pub fn new(buffer: &'b mut [u8], form: Form) -> Self {
        let limit = buffer.len();
        Self {
            buffer,
            len: 0,
            usable: limit,
            limit,
            form,
            compression: Compression::new(),
            last_name: 0,
        }
    }

    /// What the octets are for.
    #[inline]
    pub fn form(&self) -> Form {
        self.form
    }

    /// What was written so far.
    #[inline]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// What was written so far, for the length of the buffer's loan.
    pub fn into_written(self) -> &'b mut [u8] {
        let len = self.len;
        self.buffer.get_mut(..len).unwrap_or_default()
    }

    /// Octets written so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Was nothing written yet?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Octets that can still be written.
    #[inline]
    pub fn room(&self) -> usize {
        self.usable.saturating_sub(self.len)
    }

    /// Sets the largest size of all, reserve included; no more than the buffer holds.
    pub fn set_limit(&mut self, limit: usize) {
        let reserve = self.limit.saturating_sub(self.usable);
        self.limit = limit.min(self.buffer.len());
        self.usable = self.limit.saturating_sub(reserve);
    }

    /// Keeps `reserve` octets free before the limit, for what must be written last (OPT, TSIG). A later
    /// call replaces the reserve; 0 gives it back.
    pub fn set_reserve(&mut self, reserve: usize) {
        self.usable = self.limit.saturating_sub(reserve);
    }

    /// A place to come back to.
    #[inline]
    pub fn mark(&self) -> Mark {
        Mark { len: self.len }
    }

    /// Forgets what was written since the mark, names to point to included.
    #[cold]
    pub fn rewind(&mut self, mark: Mark) {
        self.len = self.len.min(mark.len);
        self.compression.truncate(mark.len);
        if usize::from(self.last_name) >= mark.len {
            self.last_name = 0;
        }
    }

    /// What can still be written, to be filled in place; [`Writer::advance`] then keeps its front.
    #[inline]
    pub(crate) fn room_mut(&mut self) -> &mut [u8] {
        self.buffer
            .get_mut(self.len..self.usable)
            .unwrap_or_default()
    }

    /// What was written so far, and what can still be written.
    pub(crate) fn written_and_room(&mut self) -> (&[u8], &mut [u8]) {
        let usable = self.buffer.get_mut(..self.usable).unwrap_or_default();
        usable
            .split_at_mut_checked(self.len)
            .map_or((&[], &mut []), |(written, room)| (&*written, room))
    }

    /// Keeps the next `len` octets of the room as written.
    #[inline]
    pub(crate) fn advance(&mut self, len: usize) {
        self.len = self.len.saturating_add(len.min(self.room()));
    }

    /// Writes octets.
    ///
    /// # Errors
    /// If there is no room; then nothing is written.
    #[inline]
    pub fn put(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        let end = self.len.wrapping_add(octets.len());
        if end > self.usable {
            return Err(WriteError::NoRoom);
        }
        match self.buffer.get_mut(self.len..end) {
            Some(room) => {
                room.copy_from_slice(octets);
                self.len = end;
                Ok(())
            }
            None => Err(WriteError::NoRoom),
        }
    }

    /// Writes `N` octets.
    #[inline]
    fn put_array<const M: usize>(&mut self, octets: [u8; M]) -> Result<(), WriteError> {
        let end = self.len.wrapping_add(M);
        let room = self
            .buffer
            .get_mut(self.len..)
            .and_then(|room| room.first_chunk_mut::<M>());
        match room {
            Some(room) if end <= self.usable => {
                *room = octets;
                self.len = end;
                Ok(())
            }
            _ => Err(WriteError::NoRoom),
        }
    }

    /// Writes one octet.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn u8(&mut self, value: u8) -> Result<(), WriteError> {
        self.put_array([value])
    }

    /// Writes a 16-bit number, high octet first, as all that follow.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn u16(&mut self, value: u16) -> Result<(), WriteError> {
        self.put_array(value.to_be_bytes())
    }

    /// Writes a 32-bit number.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn u32(&mut self, value: u32) -> Result<(), WriteError> {
        self.put_array(value.to_be_bytes())
    }

    /// Writes the low 48 bits of a number.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn u48(&mut self, value: u64) -> Result<(), WriteError> {
        let [_, _, octets @ ..] = value.to_be_bytes();
        self.put_array::<6>(octets)
    }

    /// Writes a 64-bit number.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn u64(&mut self, value: u64) -> Result<(), WriteError> {
        self.put_array(value.to_be_bytes())
    }

    /// Opens a 16-bit length field for what will be written next.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub fn open_length(&mut self) -> Result<LengthField, WriteError> {
        let at = self.len;
        self.u16(u16::MAX)?;
        Ok(LengthField { at })
    }

    /// Fills in a length field: the octets written since it was opened.
    ///
    /// # Errors
    /// If they are more than 65,535.
    #[inline]
    pub fn close_length(&mut self, field: LengthField, part: Part) -> Result<(), WriteError> {
        let start = field.at.wrapping_add(2);
        let Ok(len) = u16::try_from(self.len.wrapping_sub(start)) else {
            return Err(WriteError::TooLong(part));
        };
        self.overwrite_u16(field.at, len);
        Ok(())
    }

    /// Writes the fields of a record that stand between its owner and its data (RFC 1035 3.2.1), the last of which is
    /// the length of the data.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub(crate) fn open_record(
        &mut self,
        rtype: u16,
        class: u16,
        ttl: u32,
    ) -> Result<LengthField, WriteError> {
        let at = self.len.wrapping_add(8);
        let fixed = u64::from(rtype) << 48 | u64::from(class) << 32 | u64::from(ttl);
        let [a, b, c, d, e, f, g, h] = fixed.to_be_bytes();
        self.put_array([a, b, c, d, e, f, g, h, 0xff, 0xff])?;
        Ok(LengthField { at })
    }

    /// Replaces a 16-bit number that was written before; what is beyond the end stays as it is.
    #[inline]
    pub fn overwrite_u16(&mut self, at: usize, value: u16) {
        self.overwrite(at, value.to_be_bytes());
    }

    /// Replaces octets that were written before; what is beyond the end stays as it is.
    #[inline]
    pub(crate) fn overwrite<const M: usize>(&mut self, at: usize, octets: [u8; M]) {
        let written = self.buffer.get_mut(..self.len).unwrap_or_default();
        if let Some(slot) = written
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut::<M>())
        {
            *slot = octets;
        }
    }

    /// Writes a name of a field that may be compressed (the types of RFC 1035); lower case in canonical
    /// form.
    ///
    /// # Errors
    /// If there is no room; then nothing is written.
    #[inline]
    pub fn compressible_name(&mut self, name: &Name<'_>) -> Result<(), WriteError> {
        if self.form == Form::Message && N > 0 && !name.is_root() {
            self.compress(name)
        } else {
            self.uncompressed_name(name)
        }
    }

    /// Writes a name of a field that is never compressed; lower case in canonical form.
    ///
    /// # Errors
    /// If there is no room; then nothing is written.
    pub fn uncompressed_name(&mut self, name: &Name<'_>) -> Result<(), WriteError> {
        let start = self.len;
        self.case_kept_name(name)?;
        if self.form == Form::Canonical {
            let end = self.len;
            // Length octets are below every letter.
            self.buffer
                .get_mut(start..end)
                .unwrap_or_default()
                .make_ascii_lowercase();
        }
        Ok(())
    }

    /// Writes a name of a field that is never compressed and keeps its case in every form.
    ///
    /// # Errors
    /// If there is no room; then nothing is written.
    #[inline]
    pub fn case_kept_name(&mut self, name: &Name<'_>) -> Result<(), WriteError> {
        let end = self.len.wrapping_add(name.wire_len());
        if end > self.usable {
            return Err(WriteError::NoRoom);
        }
        let room = self
            .buffer
            .get_mut(self.len..end)
            .ok_or(WriteError::NoRoom)?;
        name.copy_flat(room).ok_or(WriteError::NoRoom)?;
        self.len = end;
        Ok(())
    }

    /// Writes a name, its longest suffix that the message already holds as a pointer.
    fn compress(&mut self, name: &Name<'_>) -> Result<(), WriteError> {
        match name.as_flat() {
            Some(name) => self.compress_flat(name),
            None => self.compress_parts(name),
        }
    }

    /// The same for a name that does not stand in one piece. Seldom needed, and so is its room.
    #[cold]
    #[inline(never)]
    fn compress_parts(&mut self, name: &Name<'_>) -> Result<(), WriteError> {
        let mut scratch = [0; MAX_NAME_LEN];
        let name = name.copy_flat(&mut scratch).ok_or(WriteError::NoRoom)?;
        self.compress_flat(name)
    }

    fn compress_flat(&mut self, name: &[u8]) -> Result<(), WriteError> {
        let start = self.len;
        let written = self.buffer.get(..start).unwrap_or_default();
        if self.last_name != 0 && stands_at(name, written, usize::from(self.last_name)) {
            return self.u16(POINTER | self.last_name);
        }
        let suffixes = Suffixes::of(name);
        let known = match self.compression.find(written, &suffixes) {
            Some((known, offset)) => {
                let room = self.room();
                let new = name.get(..known).unwrap_or_default();
                if new.len().wrapping_add(2) > room {
                    return Err(WriteError::NoRoom);
                }
                self.put(new)?;
                self.u16(POINTER | offset)?;
                self.last_name = offset;
                known
            }
            None => {
                self.put(name)?;
                name.len()
            }
        };
        if known > 0 {
            self.last_name = u16::try_from(start)
                .ok()
                .filter(|at| *at <= !POINTER)
                .unwrap_or(0);
            self.compression.insert(suffixes, known, start);
        }
        Ok(())
    }
}
