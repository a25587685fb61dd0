//! Cutting a stream into messages (RFC 1035 4.2.2, RFC 7766 8).

use core::fmt;

/// Why a stream cannot be cut into messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FrameError {
    /// A message is longer than the buffer can hold, or the length can say.
    TooLong {
        /// Octets of the message.
        len: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { len } => write!(
                f,
                "message of {len} octets is longer than there is room for"
            ),
        }
    }
}

impl core::error::Error for FrameError {}

/// Octets of the length that stands before each message of a stream.
pub const FRAME_HEAD_LEN: usize = 2;

/// Splits the first message, without its length, from octets of a stream, and gives what follows it;
/// `None` if the message has not come whole.
///
/// ```
/// use lib_dns_core::messages::split_frame;
/// assert_eq!(split_frame(b"\0\x02ab\0\x01"), Some((&b"ab"[..], &b"\0\x01"[..])));
/// assert_eq!(split_frame(b"\0\x01"), None);
/// ```
#[inline]
pub fn split_frame(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = octets.split_first_chunk::<FRAME_HEAD_LEN>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// What stands before a message in a stream. Send both in one piece: some servers do not like the length
/// alone (RFC 7766 8).
///
/// ```
/// use lib_dns_core::messages::frame_head;
/// assert_eq!(frame_head(b"abc")?, [0, 3]);
/// # Ok::<(), lib_dns_core::messages::FrameError>(())
/// ```
///
/// # Errors
/// If the message is over 65,535 octets.
#[inline]
pub fn frame_head(message: &[u8]) -> Result<[u8; FRAME_HEAD_LEN], FrameError> {
    let len = message.len();
    let len = u16::try_from(len).map_err(|_| FrameError::TooLong { len })?;
    Ok(len.to_be_bytes())
}

/// Collects octets of a stream in a buffer that the caller lends, and hands out whole messages.
///
/// The buffer bounds the memory; 65,537 octets take any message.
///
/// ```
/// use lib_dns_core::messages::Framing;
/// let mut framing = Framing::new([0u8; 64]);
/// let room = framing.room();
/// room[..4].copy_from_slice(&[0, 3, b'a', b'b']);
/// framing.filled(4);
/// assert_eq!(framing.next()?, None);
/// framing.room()[..1].copy_from_slice(b"c");
/// framing.filled(1);
/// assert_eq!(framing.next()?, Some(&b"abc"[..]));
/// # Ok::<(), lib_dns_core::messages::FrameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Framing<B> {
    buffer: B,
    /// Octets before this one were handed out.
    start: usize,
    /// Octets before this one came from the stream.
    end: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Framing<B> {
    /// Starts with an empty buffer.
    pub fn new(buffer: B) -> Self {
        Self {
            buffer,
            start: 0,
            end: 0,
        }
    }

    /// Where the next octets of the stream go; never empty unless a message waits or
    /// [`Framing::next`] fails.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            // Messages were handed out from the front: what is left moves there.
            self.buffer.as_mut().copy_within(self.start..self.end, 0);
            self.end = self.end.wrapping_sub(self.start);
            self.start = 0;
        }
        self.buffer.as_mut().get_mut(self.end..).unwrap_or_default()
    }

    /// Says how many octets of the room were filled.
    pub fn filled(&mut self, octets: usize) {
        self.end = self
            .end
            .saturating_add(octets)
            .min(self.buffer.as_ref().len());
    }

    /// Is part of a message there, of which the rest must follow?
    pub fn is_within_message(&self) -> bool {
        self.start != self.end
    }

    /// Is a whole message there?
    pub fn has_message(&self) -> bool {
        split_frame(self.unread()).is_some()
    }

    /// What came and was not handed out.
    fn unread(&self) -> &[u8] {
        let buffer = self.buffer.as_ref();
        buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The next whole message without its length, or `None` if more octets are needed.
    ///
    /// # Errors
    /// If the message can never fit the buffer; the stream is of no more use then.
    #[allow(
        clippy::should_implement_trait,
        reason = "fallible, and what it lends is overwritten by the next octets"
    )]
    pub fn next(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let buffer = self.buffer.as_ref();
        let filled = buffer.get(self.start..self.end).unwrap_or_default();
        if let Some((message, rest)) = split_frame(filled) {
            self.start = self.end.wrapping_sub(rest.len());
            return Ok(Some(message));
        }
        // What has not come whole must at least have room.
        if let Some(len) = filled.first_chunk::<FRAME_HEAD_LEN>() {
            let len = usize::from(u16::from_be_bytes(*len));
            if len.saturating_add(FRAME_HEAD_LEN) > buffer.len() {
                return Err(FrameError::TooLong { len });
            }
        }
        Ok(None)
    }
}
