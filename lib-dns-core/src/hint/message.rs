//! What a hint says, octet for octet (ZDNS architecture 6.3 and 6.4; all numbers are big-endian).
//!
//! ```text
//! type (1) | node (4) | score (1) | data
//! ```
//!
//! | type | data |
//! |---|---|
//! | NODE_QUALITY, AVOID_PATH, PREFER_PATH, NODE_DOWN, NODE_UP | none, or a lifetime (1) in units of 10 s |
//! | CONGESTION | the node to which the path is congested (4) |
//! | CHANNEL_HINT | channel (1) |
//! | ZDNS_UPDATE | serial (4): of the apex zone |
//! | | serial (4), 0xFF, zone tag (4): of another zone |
//! | | serial (4), name in wire form: of another zone, where the frame stays within 20 octets |
//!
//! A frame with [`SEALED`] in its type ends in a [`Seal`].

use crate::crypto::{Digest, DigestAlgorithm};
use crate::name::{Name, NameBuf};
use crate::policy::{NodeId, identifier};
use crate::text::Base16;
use crate::zone::Serial;
use core::fmt;

/// Octets of the longest frame.
pub const MAX_FRAME_LEN: usize = 27;

/// Octets of the longest frame, or of what is before its seal.
pub const MAX_HINT_LEN: usize = 20;

/// Set in the type of a frame that ends in a seal.
pub const SEALED: u8 = 0x80;

/// Set besides [`SEALED`] where the seal names the sender, which is not the node that the hint is about.
pub const NAMES_SENDER: u8 = 0x40;

/// Octets of the tag of a seal.
pub const TAG_LEN: usize = 8;

/// Type, node and score.
const FIXED_LEN: usize = 6;

/// Octets of the longest name that a hint holds: what is left behind the serial.
const MAX_NAME_LEN: usize = MAX_HINT_LEN - FIXED_LEN - 4;

/// Stands where the length of a label would: a tag follows, not a name.
const TAG_FOLLOWS: u8 = 0xff;

identifier! {
    /// A node: the first four octets of its id. Several nodes may share them.
    pub struct NodePrefix([u8; 4]);
}

identifier! {
    /// A zone: the first four octets of the SHA-256 of its name in canonical wire form. Several zones may share them.
    pub struct ZoneTag([u8; 4]);
}

impl From<NodeId> for NodePrefix {
    fn from(node: NodeId) -> Self {
        Self(node.prefix())
    }
}

impl ZoneTag {
    /// The tag of a zone; `None` if SHA-256 is not to be had.
    pub fn of(zone: &Name<'_>, digest: &impl Digest) -> Option<Self> {
        // A valid name can be copied.
        let canonical = NameBuf::copy_of(zone).ok()?.to_lowercase();
        let digest = digest.digest(DigestAlgorithm::Sha256, &[canonical.as_bytes()])?;
        digest.as_bytes().first_chunk().copied().map(Self)
    }
}

/// Defines the types, each with its number and its name.
macro_rules! hint_types {
    ($($(#[$meta:meta])+ $variant:ident = $number:literal $text:literal;)+) => {
        /// What kind of hint it is (6.3).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum HintType {
            $($(#[$meta])+ $variant = $number,)+
        }

        impl HintType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name that 6.3 gives it.
            pub const fn mnemonic(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

hint_types! {
    /// A node has a quality, which is the score.
    NodeQuality = 0x01 "NODE_QUALITY";
    /// Avoid paths through a node.
    AvoidPath = 0x02 "AVOID_PATH";
    /// Prefer paths through a node.
    PreferPath = 0x03 "PREFER_PATH";
    /// A node cannot be reached.
    NodeDown = 0x04 "NODE_DOWN";
    /// A node is back.
    NodeUp = 0x05 "NODE_UP";
    /// The path from a node to another is congested.
    Congestion = 0x06 "CONGESTION";
    /// Meet on a WiFi channel.
    ChannelHint = 0x07 "CHANNEL_HINT";
    /// A zone has a new serial.
    ZdnsUpdate = 0x08 "ZDNS_UPDATE";
}

impl HintType {
    /// Its number, 1 to 8.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.number() == number)
    }
}

/// One hint: advice to look, never data.
///
/// ```
/// use lib_dns_core::hint::{Advice, Hint, NodePrefix, ZoneOfUpdate};
/// use lib_dns_core::zone::Serial;
/// // The figure of 6.4: ten octets.
/// let hint = Hint {
///     node: NodePrefix([0x7f, 0x3a, 0x8b, 0x2c]),
///     score: 2,
///     advice: Advice::ZdnsUpdate { zone: ZoneOfUpdate::Apex, serial: Serial(2026011702) },
/// };
/// let frame = hint.to_frame();
/// assert_eq!(frame.as_bytes(), b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hint {
    /// The node that it is about; for an update, the node that tells it.
    pub node: NodePrefix,
    /// How good, or how urgent.
    pub score: u8,
    /// What it says.
    pub advice: Advice,
}

/// What a hint says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Advice {
    /// The node has the quality that the score tells.
    NodeQuality(Option<Lifetime>),
    /// Avoid paths through the node.
    AvoidPath(Option<Lifetime>),
    /// Prefer paths through the node.
    PreferPath(Option<Lifetime>),
    /// The node cannot be reached.
    NodeDown(Option<Lifetime>),
    /// The node is back.
    NodeUp(Option<Lifetime>),
    /// The path from the node to this one is congested.
    Congestion(NodePrefix),
    /// Meet on this WiFi channel.
    ChannelHint(u8),
    /// A zone has a new serial: ask for it.
    ZdnsUpdate {
        /// Which zone.
        zone: ZoneOfUpdate,
        /// Its serial.
        serial: Serial,
    },
}

/// For how long advice holds, in units of 10 seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Lifetime(pub u8);

impl Lifetime {
    /// In milliseconds.
    pub const fn as_millis(self) -> u32 {
        (self.0 as u32).saturating_mul(10_000)
    }
}

/// Which zone an update is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ZoneOfUpdate {
    /// The apex zone of the network.
    Apex,
    /// The zone with this tag.
    Tag(ZoneTag),
    /// The zone with this name.
    Name(ShortName),
}

/// A name of at most ten octets in wire form, inline.
///
/// ```
/// use lib_dns_core::hint::ShortName;
/// use lib_dns_core::name::NameBuf;
/// let short = NameBuf::from_text("lab.sov.")?;
/// assert!(ShortName::new(&short.as_name()).is_some());
/// let long = NameBuf::from_text("sovereign.")?;
/// assert!(ShortName::new(&long.as_name()).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortName {
    octets: [u8; MAX_NAME_LEN],
    len: u8,
}

impl ShortName {
    /// Holds a name; `None` if it is too long.
    pub fn new(name: &Name<'_>) -> Option<Self> {
        let mut octets = [0; MAX_NAME_LEN];
        let len = name.copy_flat(&mut octets)?.len() as u8;
        Some(Self { octets, len })
    }

    /// Holds what was found to be a name.
    fn copy(name: &[u8]) -> Option<Self> {
        let mut octets = [0; MAX_NAME_LEN];
        octets.get_mut(..name.len())?.copy_from_slice(name);
        let len = name.len() as u8;
        Some(Self { octets, len })
    }

    /// The name.
    pub fn as_name(&self) -> Name<'_> {
        // What is held was a name.
        Name::from_wire(self.as_bytes()).unwrap_or(Name::ROOT)
    }

    /// Is it the same name, in any case?
    pub(super) fn is_same(&self, other: &Self) -> bool {
        // A label has at most nine octets here: its length is no letter.
        self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }

    fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for ShortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_name())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for ShortName {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[u8]:02X}", self.as_bytes());
    }
}

/// What follows a hint that is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Seal {
    /// Who sends, if that is not the node that the hint is about.
    pub sender: Option<NodePrefix>,
    /// Rises with each frame of the sender.
    pub sequence: u32,
    /// Proves that the sender has the network's key.
    pub tag: [u8; TAG_LEN],
}

/// Octets to send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    octets: [u8; MAX_FRAME_LEN],
    len: u8,
}

impl Frame {
    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) const fn new() -> Self {
        Self {
            octets: [0; MAX_FRAME_LEN],
            len: 0,
        }
    }

    /// Adds octets, all of them or none; says if there was room.
    // Once, and not in each of its many callers: on a device its size counts.
    #[inline(never)]
    pub(super) fn push(&mut self, octets: &[u8]) -> bool {
        let start = usize::from(self.len);
        let end = start.saturating_add(octets.len());
        let Some(room) = self.octets.get_mut(start..end) else {
            return false;
        };
        room.copy_from_slice(octets);
        self.len = end as u8;
        true
    }

    /// Is this the node that the hint in it is about?
    pub(super) fn is_about(&self, node: NodePrefix) -> bool {
        self.octets.get(1..5) == Some(&node.0)
    }

    /// Sets bits of the type.
    pub(super) fn mark(&mut self, bits: u8) {
        if let Some(kind) = self.octets.first_mut() {
            *kind |= bits;
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({})", Base16(self.as_bytes()))
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Frame {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Frame({=[u8]:02X})", self.as_bytes());
    }
}

impl Hint {
    /// Which kind it is.
    pub const fn kind(&self) -> HintType {
        match self.advice {
            Advice::NodeQuality(_) => HintType::NodeQuality,
            Advice::AvoidPath(_) => HintType::AvoidPath,
            Advice::PreferPath(_) => HintType::PreferPath,
            Advice::NodeDown(_) => HintType::NodeDown,
            Advice::NodeUp(_) => HintType::NodeUp,
            Advice::Congestion(_) => HintType::Congestion,
            Advice::ChannelHint(_) => HintType::ChannelHint,
            Advice::ZdnsUpdate { .. } => HintType::ZdnsUpdate,
        }
    }

    /// The frame without a seal: at most [`MAX_HINT_LEN`] octets.
    pub fn to_frame(&self) -> Frame {
        let mut frame = Frame::new();
        self.write(&mut frame);
        frame
    }

    /// Writes the frame without a seal into one that is empty.
    #[inline(never)]
    pub(super) fn write(&self, frame: &mut Frame) {
        frame.push(&[self.kind().number()]);
        frame.push(&self.node.0);
        frame.push(&[self.score]);
        match &self.advice {
            Advice::NodeQuality(lifetime)
            | Advice::AvoidPath(lifetime)
            | Advice::PreferPath(lifetime)
            | Advice::NodeDown(lifetime)
            | Advice::NodeUp(lifetime) => {
                if let Some(lifetime) = lifetime {
                    frame.push(&[lifetime.0]);
                }
            }
            Advice::Congestion(to) => {
                frame.push(&to.0);
            }
            Advice::ChannelHint(channel) => {
                frame.push(&[*channel]);
            }
            Advice::ZdnsUpdate { zone, serial } => {
                frame.push(&serial.0.to_be_bytes());
                match zone {
                    ZoneOfUpdate::Apex => {}
                    ZoneOfUpdate::Tag(tag) => {
                        frame.push(&[TAG_FOLLOWS]);
                        frame.push(&tag.0);
                    }
                    ZoneOfUpdate::Name(name) => {
                        frame.push(name.as_bytes());
                    }
                }
            }
        }
    }

    /// Reads what is before a seal; `kind` is the type without the bits of the seal.
    fn read(&mut self, kind: u8, octets: &[u8]) -> Result<(), HintError> {
        let (fixed, data) = octets
            .split_first_chunk::<FIXED_LEN>()
            .ok_or(HintError::TooShort)?;
        if octets.len() > MAX_HINT_LEN {
            return Err(HintError::TooLong);
        }
        let kind = HintType::from_number(kind).ok_or(HintError::UnknownType(kind))?;
        let [_, node @ .., score] = fixed;
        self.node = NodePrefix(*node);
        self.score = *score;
        self.advice.read(kind, data)
    }
}

impl Advice {
    fn read(&mut self, kind: HintType, data: &[u8]) -> Result<(), HintError> {
        let wrong_length = HintError::DataLength(kind);
        *self = match (kind, data) {
            (HintType::Congestion, data) => {
                let to = data.try_into().map_err(|_| wrong_length)?;
                Self::Congestion(NodePrefix(to))
            }
            (HintType::ChannelHint, [channel]) => Self::ChannelHint(*channel),
            (HintType::ZdnsUpdate, data) => {
                let (serial, zone) = data.split_first_chunk().ok_or(wrong_length)?;
                Self::ZdnsUpdate {
                    zone: ZoneOfUpdate::read(zone)?,
                    serial: Serial(u32::from_be_bytes(*serial)),
                }
            }
            (_, data) => {
                let lifetime = match data {
                    [] => None,
                    [lifetime] => Some(Lifetime(*lifetime)),
                    _ => return Err(wrong_length),
                };
                match kind {
                    HintType::NodeQuality => Self::NodeQuality(lifetime),
                    HintType::AvoidPath => Self::AvoidPath(lifetime),
                    HintType::PreferPath => Self::PreferPath(lifetime),
                    HintType::NodeDown => Self::NodeDown(lifetime),
                    HintType::NodeUp => Self::NodeUp(lifetime),
                    _ => return Err(wrong_length),
                }
            }
        };
        Ok(())
    }
}

impl ZoneOfUpdate {
    fn read(octets: &[u8]) -> Result<Self, HintError> {
        match octets {
            [] => Ok(Self::Apex),
            [TAG_FOLLOWS, tag @ ..] => match tag.try_into() {
                Ok(tag) => Ok(Self::Tag(ZoneTag(tag))),
                Err(_) => Err(HintError::DataLength(HintType::ZdnsUpdate)),
            },
            name => match Name::from_wire(name).ok().and(ShortName::copy(name)) {
                Some(name) => Ok(Self::Name(name)),
                None => Err(HintError::ZoneName),
            },
        }
    }
}

/// A frame that was received, taken apart.
///
/// ```
/// use lib_dns_core::hint::{Advice, HintError, ReceivedFrame};
/// let frame = ReceivedFrame::from_bytes(b"\x02\x7f\x3a\x8b\x2c\x02")?;
/// assert_eq!(frame.hint.advice, Advice::AvoidPath(None));
/// assert!(frame.seal.is_none());
/// assert_eq!(ReceivedFrame::from_bytes(b"\x09\x7f\x3a\x8b\x2c\x02"), Err(HintError::UnknownType(9)));
/// # Ok::<(), HintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceivedFrame<'f> {
    /// What it says.
    pub hint: Hint,
    /// What proves where it comes from, if anything; not checked yet.
    pub seal: Option<Seal>,
    /// What the tag of the seal covers.
    pub(super) covered: &'f [u8],
}

impl<'f> ReceivedFrame<'f> {
    /// Reads a frame.
    ///
    /// # Errors
    /// If it is no hint, or not all of it is.
    pub fn from_bytes(octets: &'f [u8]) -> Result<Self, HintError> {
        let mut frame = Self::BLANK;
        frame.read(octets)?;
        Ok(frame)
    }

    /// What [`ReceivedFrame::read`] writes over.
    pub(super) const BLANK: Self = Self {
        hint: Hint {
            node: NodePrefix([0; 4]),
            score: 0,
            advice: Advice::ChannelHint(0),
        },
        seal: None,
        covered: &[],
    };

    /// Reads a frame where it is kept: one that is handed on by value is copied at each step, which on a small processor takes
    /// more flash than to read it.
    #[inline(never)]
    pub(super) fn read(&mut self, octets: &'f [u8]) -> Result<(), HintError> {
        if octets.len() > MAX_FRAME_LEN {
            return Err(HintError::TooLong);
        }
        let kind = *octets.first().ok_or(HintError::TooShort)?;
        self.covered = octets;
        if kind & SEALED == 0 {
            return self.hint.read(kind, octets);
        }
        let (covered, tag) = octets.split_last_chunk().ok_or(HintError::TooShort)?;
        let (mut hint, sequence) = covered.split_last_chunk().ok_or(HintError::TooShort)?;
        let mut sender = None;
        if kind & NAMES_SENDER != 0 {
            let (rest, named) = hint.split_last_chunk().ok_or(HintError::TooShort)?;
            (hint, sender) = (rest, Some(NodePrefix(*named)));
        }
        self.covered = covered;
        self.seal = Some(Seal {
            sender,
            sequence: u32::from_be_bytes(*sequence),
            tag: *tag,
        });
        self.hint.read(kind & !(SEALED | NAMES_SENDER), hint)
    }

    /// Who says that it sends: whom the seal names, else the node that the hint is about.
    pub fn sender(&self) -> NodePrefix {
        let named = self.seal.as_ref().and_then(|seal| seal.sender);
        named.unwrap_or(self.hint.node)
    }
}

/// Why octets are no hint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HintError {
    /// Type, node, score, or a part of the seal is missing.
    TooShort,
    /// It is longer than [`MAX_FRAME_LEN`], or than [`MAX_HINT_LEN`] before its seal.
    TooLong,
    /// There is no type of this number.
    UnknownType(u8),
    /// The data is not as long as this type's.
    DataLength(HintType),
    /// What stands where a zone's name would is none.
    ZoneName,
}

impl fmt::Display for HintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("a hint ends before its score, or before its seal does"),
            Self::TooLong => write!(
                f,
                "a hint has at most {MAX_HINT_LEN} octets, and {MAX_FRAME_LEN} with its seal"
            ),
            Self::UnknownType(kind) => write!(f, "{kind:#04x} is no type of a hint"),
            Self::DataLength(kind) => write!(f, "{} has no data of this length", kind.mnemonic()),
            Self::ZoneName => f.write_str("an update names no zone: neither a tag nor a name"),
        }
    }
}

impl core::error::Error for HintError {}

#[cfg(test)]
mod tests;
