//! A frame as people and programs read it.

use super::options::NamedKey;
use crate::hash::RustCryptoDigest;
use crate::hint::Link;
use lib_dns_core::hint::{
    Advice, HintError, HintType, Lifetime, MAX_FRAME_LEN, MAX_HINT_LEN, ReceivedFrame, Seal,
    ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Base16;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Octets of type, node and score.
const FIXED_LEN: usize = 6;

/// What is known besides the frame.
pub(super) struct Context {
    pub(super) key: Option<NamedKey>,
    /// Zones that tags may stand for.
    pub(super) zones: Vec<NameBuf>,
    pub(super) link: Link,
}

/// A frame, taken apart.
pub(super) struct FrameView<'f> {
    octets: &'f [u8],
    frame: ReceivedFrame<'f>,
    context: &'f Context,
}

/// A run of octets that means one thing.
struct Field {
    name: &'static str,
    octets: usize,
    meaning: String,
}

impl<'f> FrameView<'f> {
    /// Takes a frame apart.
    ///
    /// # Errors
    /// At which octet it is no hint, why, and what to do, for people.
    pub(super) fn new(octets: &'f [u8], context: &'f Context) -> Result<Self, String> {
        let frame = ReceivedFrame::from_bytes(octets).map_err(|error| {
            let (at, advice) = place_of(error, octets);
            format!("octet {at}: {error}; {advice}")
        })?;
        Ok(Self {
            octets,
            frame,
            context,
        })
    }

    /// Does its seal hold? `None` if there is no key to say so; a frame without a seal does not hold.
    pub(super) fn holds(&self) -> Option<bool> {
        let named = self.context.key.as_ref()?;
        Some(named.key.verifies(&self.frame))
    }

    /// A line a field: the offset of its first octet, its name, the octets, what they mean; and the airtime.
    pub(super) fn write_text(&self, text: &mut String) {
        let count = self.octets.len();
        let _ = writeln!(text, "{}: {count} octets", Base16(self.octets));
        let mut at = 0;
        for field in self.fields() {
            let end = at + field.octets;
            let octets = self.octets.get(at..end).unwrap_or_default();
            let octets = Base16(octets).to_string();
            let name = field.name;
            let line = format!("{at:>4}  {name:<8}  {octets:<16}  {}", field.meaning);
            let _ = writeln!(text, "{}", line.trim_end());
            at = end;
        }
        let airtime = self.context.link.describe(self.octets);
        let _ = writeln!(text, "   -  airtime   {airtime}");
    }

    /// All of it in a line.
    pub(super) fn summary(&self) -> String {
        let hint = &self.frame.hint;
        let mut text = format!(
            "{} node {} score {}",
            hint.kind().mnemonic(),
            hint.node,
            hint.score
        );
        // Type, node and score stand there already, and what follows the data is told below.
        let data = self.fields().into_iter().skip(3);
        for field in data.filter(|field| !["sender", "sequence", "tag"].contains(&field.name)) {
            let _ = write!(text, ", {} {}", field.name, field.meaning);
        }
        if let Advice::Congestion(to) = hint.advice {
            let _ = write!(text, ": {to}");
        }
        if let Some(seal) = &self.frame.seal {
            let sender = self.frame.sender();
            let _ = write!(text, ", sealed by {sender} as {:08X}", seal.sequence);
        }
        if self.context.key.is_some() {
            let verdict = match (self.frame.seal, self.holds()) {
                (None, _) => ", NOT sealed",
                (Some(_), Some(true)) => ", the seal holds",
                (Some(_), _) => ", the seal does NOT hold",
            };
            text.push_str(verdict);
        }
        text
    }

    fn fields(&self) -> Vec<Field> {
        let hint = &self.frame.hint;
        let field = |name, octets, meaning: String| Field {
            name,
            octets,
            meaning,
        };
        let sealed = match &self.frame.seal {
            None => "",
            Some(Seal { sender: None, .. }) => ", sealed",
            Some(_) => ", sealed by another node",
        };
        let kind = hint.kind().mnemonic();
        let mut fields = vec![
            field("type", 1, format!("{kind}{sealed}")),
            field("node", 4, String::new()),
            field("score", 1, hint.score.to_string()),
        ];
        match &hint.advice {
            Advice::NodeQuality(lifetime)
            | Advice::AvoidPath(lifetime)
            | Advice::PreferPath(lifetime)
            | Advice::NodeDown(lifetime)
            | Advice::NodeUp(lifetime) => {
                if let Some(lifetime) = lifetime {
                    let meaning = format!("for {} s", seconds(*lifetime));
                    fields.push(field("lifetime", 1, meaning));
                }
            }
            Advice::Congestion(_) => {
                fields.push(field("to", 4, "the path from node to here".to_owned()));
            }
            Advice::ChannelHint(channel) => {
                fields.push(field("channel", 1, channel.to_string()));
            }
            Advice::ZdnsUpdate { zone, serial } => {
                fields.push(field("serial", 4, serial.0.to_string()));
                let before = FIXED_LEN + 4;
                let len = hint.to_frame().as_bytes().len().saturating_sub(before);
                fields.push(field("zone", len, self.zone_as_text(zone)));
            }
        }
        if let Some(seal) = &self.frame.seal {
            if seal.sender.is_some() {
                fields.push(field("sender", 4, String::new()));
            }
            let (epoch, count) = (seal.sequence >> 16, seal.sequence & 0xffff);
            let meaning = format!("boot epoch {epoch}, frame {count}");
            fields.push(field("sequence", 4, meaning));
            fields.push(field("tag", 8, self.seal_as_text()));
        }
        fields
    }

    fn zone_as_text(&self, zone: &ZoneOfUpdate) -> String {
        match zone {
            ZoneOfUpdate::Apex => "the apex zone of the network".to_owned(),
            ZoneOfUpdate::Name(name) => name.as_name().to_string(),
            ZoneOfUpdate::Tag(tag) => match self.zone_of(*tag) {
                Some(name) => format!("tag {tag}: {name}"),
                None => format!("tag {tag}"),
            },
        }
    }

    fn zone_of(&self, tag: ZoneTag) -> Option<&NameBuf> {
        let has_tag =
            |zone: &&NameBuf| ZoneTag::of(&zone.as_name(), &RustCryptoDigest) == Some(tag);
        self.context.zones.iter().find(has_tag)
    }

    fn seal_as_text(&self) -> String {
        match (&self.context.key, self.holds()) {
            (Some(named), Some(true)) => format!("holds ({})", named.description),
            (Some(named), _) => format!("does NOT hold ({})", named.description),
            (None, _) => "not checked: no --key".to_owned(),
        }
    }

    /// One object, in a line.
    pub(super) fn to_json(&self) -> Value {
        let hint = &self.frame.hint;
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        put("frame", json!(Base16(self.octets).to_string()));
        put("type", json!(hint.kind().mnemonic()));
        put("number", json!(hint.kind().number()));
        put("node", json!(hint.node.to_string()));
        put("score", json!(hint.score));
        match &hint.advice {
            Advice::NodeQuality(lifetime)
            | Advice::AvoidPath(lifetime)
            | Advice::PreferPath(lifetime)
            | Advice::NodeDown(lifetime)
            | Advice::NodeUp(lifetime) => {
                put("lifetime_s", json!(lifetime.map(seconds)));
            }
            Advice::Congestion(to) => {
                put("to", json!(to.to_string()));
            }
            Advice::ChannelHint(channel) => {
                put("channel", json!(channel));
            }
            Advice::ZdnsUpdate { zone, serial } => {
                put("serial", json!(serial.0));
                put("zone", self.zone_as_json(zone));
            }
        }
        put("sealed", json!(self.frame.seal.is_some()));
        if let Some(seal) = &self.frame.seal {
            put("sender", json!(self.frame.sender().to_string()));
            put("sequence", json!(seal.sequence));
            put("boot_epoch", json!(seal.sequence >> 16));
            put("tag", json!(Base16(&seal.tag).to_string()));
        }
        // What was not checked is null, not false.
        put("seal_holds", json!(self.holds()));
        let airtime = self.context.link.airtime_micros(self.octets);
        put("airtime_us", json!(airtime));
        if let Some(region) = self.context.link.region {
            put("region", json!(region.rules().name));
            put("allowed", json!(self.context.link.allows(airtime)));
        }
        Value::Object(fields)
    }

    fn zone_as_json(&self, zone: &ZoneOfUpdate) -> Value {
        match zone {
            ZoneOfUpdate::Apex => json!({ "apex": true }),
            ZoneOfUpdate::Name(name) => json!({ "name": name.as_name().to_string() }),
            ZoneOfUpdate::Tag(tag) => json!({
                "tag": tag.to_string(),
                "name": self.zone_of(*tag).map(ToString::to_string),
            }),
        }
    }
}

fn seconds(lifetime: Lifetime) -> u32 {
    lifetime.as_millis() / 1000
}

/// Where octets stop being a hint, and what to do about it.
fn place_of(error: HintError, octets: &[u8]) -> (usize, String) {
    match error {
        HintError::TooShort => (
            octets.len(),
            "was it cut off? It has 6 octets at least, and 12 more with a seal, or 16".to_owned(),
        ),
        HintError::TooLong => (
            if octets.len() > MAX_FRAME_LEN {
                MAX_FRAME_LEN
            } else {
                MAX_HINT_LEN
            },
            "take away what is not the hint's: a header of the radio, or a second frame".to_owned(),
        ),
        HintError::UnknownType(_) => (
            0,
            "types are 01 to 08, with 80 added (sealed) or C0 (sealed by another node)".to_owned(),
        ),
        HintError::DataLength(kind) => (FIXED_LEN, format!("it has {}", data_of(kind))),
        HintError::ZoneName => (
            FIXED_LEN + 4,
            "behind the serial stands nothing, FF and the zone's tag, or its name in wire form"
                .to_owned(),
        ),
    }
}

/// What the data of a type is.
fn data_of(kind: HintType) -> &'static str {
    match kind {
        HintType::NodeQuality
        | HintType::AvoidPath
        | HintType::PreferPath
        | HintType::NodeDown
        | HintType::NodeUp => "none, or one octet: its lifetime in units of 10 s",
        HintType::Congestion => "4 octets: the node at the other end",
        HintType::ChannelHint => "one octet: the channel",
        HintType::ZdnsUpdate => {
            "4 octets of serial, and then the zone: nothing, FF and 4 octets, or a name"
        }
    }
}
