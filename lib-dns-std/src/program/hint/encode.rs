//! `zdns hint encode`.

use super::frame_view::{Context, FrameView};
use super::options::{KeyOptions, LinkOptions, NamedKey, node, tag};
use super::{Refusal, print};
use crate::hash::RustCryptoDigest;
use crate::hint::SequenceFile;
use crate::program::{EX_OK, EX_OSERR, USAGE};
use clap::{Args, Subcommand};
use lib_dns_core::hint::{
    Advice, Frame, Hint, Lifetime, NodePrefix, ShortName, ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::{Base16, Tokens};
use lib_dns_core::zone::{Serial, time_to_live};
use std::path::PathBuf;

/// Write a hint: prints its octets in hexadecimal
///
/// With --key it is sealed. Then it needs a number that the sender has never used before with this key: --sequence says it, or
/// --state hands it out. Ends with status 0, with 2 if the command line is wrong, and with 65 if there is no such hint.
#[derive(Args, Debug)]
pub(super) struct EncodeArguments {
    #[command(subcommand)]
    hint: HintArguments,
}

/// What a hint says, and how it is to be written.
#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
pub(super) enum HintArguments {
    /// A node has the quality that the score tells
    #[command(alias = "NODE_QUALITY")]
    NodeQuality(PathArguments),
    /// Avoid paths through a node
    #[command(alias = "AVOID_PATH")]
    AvoidPath(PathArguments),
    /// Prefer paths through a node
    #[command(alias = "PREFER_PATH")]
    PreferPath(PathArguments),
    /// A node cannot be reached
    #[command(alias = "NODE_DOWN")]
    NodeDown(PathArguments),
    /// A node is back
    #[command(alias = "NODE_UP")]
    NodeUp(PathArguments),
    /// The path from a node to another is congested
    #[command(alias = "CONGESTION")]
    Congestion(CongestionArguments),
    /// Meet on a WiFi channel
    #[command(alias = "CHANNEL_HINT")]
    ChannelHint(ChannelArguments),
    /// A zone has a new serial
    #[command(alias = "ZDNS_UPDATE")]
    ZdnsUpdate(UpdateArguments),
}

#[derive(Args, Debug)]
pub(super) struct PathArguments {
    /// For how long it holds, in steps of 10 seconds up to 42m30s
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    lifetime: Option<Lifetime>,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Args, Debug)]
pub(super) struct CongestionArguments {
    /// The node at the other end of the path
    #[arg(long, value_name = "HEX", value_parser = node)]
    to: NodePrefix,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Args, Debug)]
pub(super) struct ChannelArguments {
    /// The channel
    #[arg(long, value_name = "N")]
    channel: u8,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Args, Debug)]
pub(super) struct UpdateArguments {
    /// The zone's serial
    #[arg(long, value_name = "N")]
    serial: u32,
    /// The zone, told by its tag; without it, the apex zone of the network
    #[arg(long, value_name = "NAME", group = "which")]
    zone: Option<NameBuf>,
    /// The zone, told by its name, which has ten octets at most
    #[arg(long, value_name = "NAME", group = "which")]
    name: Option<NameBuf>,
    /// The zone's tag
    #[arg(long, value_name = "HEX", group = "which", value_parser = tag)]
    tag: Option<ZoneTag>,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Args, Debug)]
pub(super) struct CommonArguments {
    /// The node that it is about, for an update the one that tells it: four octets in hexadecimal, or a whole id
    #[arg(long, value_name = "HEX", value_parser = node)]
    node: NodePrefix,
    /// How good, or how urgent
    #[arg(long, value_name = "N", default_value_t = 0)]
    score: u8,
    /// The node that seals it, if that is another
    #[arg(long, value_name = "HEX", requires = "key", value_parser = node)]
    sender: Option<NodePrefix>,
    /// The number of the sealed frame: the boot epoch times 65536, and a count
    #[arg(long, value_name = "N", requires = "key", conflicts_with = "state")]
    sequence: Option<u32>,
    /// The folder that hands out the numbers of sealed frames, each once: the state folder of the node's server, if it has one
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    pub(super) link: LinkOptions,
    /// Print JSON, as 'zdns hint decode --json' does
    #[arg(long)]
    pub(super) json: bool,
}

impl EncodeArguments {
    pub(super) fn run(&self) -> Result<u8, Refusal> {
        let common = self.hint.common();
        let frame = self.hint.frame()?;
        if common.json {
            let context = Context {
                key: common.key.read()?,
                zones: self.hint.zones(),
                link: common.link.link(),
            };
            let view = FrameView::new(frame.as_bytes(), &context).map_err(Refusal::data)?;
            print(&format!("{}\n", view.to_json()));
        } else {
            print(&format!("{}\n", Base16(frame.as_bytes())));
        }
        Ok(EX_OK)
    }
}

impl HintArguments {
    /// What all hints have.
    pub(super) fn common(&self) -> &CommonArguments {
        match self {
            Self::NodeQuality(path)
            | Self::AvoidPath(path)
            | Self::PreferPath(path)
            | Self::NodeDown(path)
            | Self::NodeUp(path) => &path.common,
            Self::Congestion(path) => &path.common,
            Self::ChannelHint(meet) => &meet.common,
            Self::ZdnsUpdate(update) => &update.common,
        }
    }

    fn hint(&self) -> Result<Hint, Refusal> {
        let common = self.common();
        Ok(Hint {
            node: common.node,
            score: common.score,
            advice: self.advice()?,
        })
    }

    /// How many octets the frame has.
    pub(super) fn len(&self) -> Result<u8, Refusal> {
        let frame = match self.common().key.read()? {
            Some(named) => self.sealed(&named, 0)?,
            None => self.hint()?.to_frame(),
        };
        Ok(u8::try_from(frame.as_bytes().len()).unwrap_or(u8::MAX))
    }

    /// The frame. If it is sealed, its number is used up.
    pub(super) fn frame(&self) -> Result<Frame, Refusal> {
        let common = self.common();
        let Some(named) = common.key.read()? else {
            return Ok(self.hint()?.to_frame());
        };
        let sequence = match (common.sequence, &common.state) {
            (Some(sequence), _) => sequence,
            (None, Some(state)) => {
                let number = SequenceFile::in_folder(state).next_number();
                number.map_err(|error| Refusal {
                    reason: error.to_string(),
                    status: EX_OSERR,
                })?
            }
            (None, None) => {
                return Err(Refusal {
                    reason: "a sealed hint needs --sequence, a number that its sender has never used with this key, or \
                             --state, a folder that hands them out"
                        .to_owned(),
                    status: USAGE,
                });
            }
        };
        self.sealed(&named, sequence)
    }

    fn sealed(&self, named: &NamedKey, sequence: u32) -> Result<Frame, Refusal> {
        let hint = self.hint()?;
        let sender = self.common().sender.unwrap_or(hint.node);
        named
            .key
            .seal(&hint, sender, sequence)
            .map_err(Refusal::data)
    }

    fn advice(&self) -> Result<Advice, Refusal> {
        Ok(match self {
            Self::NodeQuality(path) => Advice::NodeQuality(path.lifetime),
            Self::AvoidPath(path) => Advice::AvoidPath(path.lifetime),
            Self::PreferPath(path) => Advice::PreferPath(path.lifetime),
            Self::NodeDown(path) => Advice::NodeDown(path.lifetime),
            Self::NodeUp(path) => Advice::NodeUp(path.lifetime),
            Self::Congestion(path) => Advice::Congestion(path.to),
            Self::ChannelHint(meet) => Advice::ChannelHint(meet.channel),
            Self::ZdnsUpdate(update) => update.advice()?,
        })
    }

    /// The zones that its tag may stand for.
    fn zones(&self) -> Vec<NameBuf> {
        match self {
            Self::ZdnsUpdate(update) => update.zone.into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl UpdateArguments {
    fn advice(&self) -> Result<Advice, Refusal> {
        let zone = if let Some(zone) = &self.zone {
            let tag = ZoneTag::of(&zone.as_name(), &RustCryptoDigest);
            let tag = tag.ok_or_else(|| Refusal {
                reason: "SHA-256 is not to be had".to_owned(),
                status: EX_OSERR,
            })?;
            ZoneOfUpdate::Tag(tag)
        } else if let Some(name) = &self.name {
            let short = ShortName::new(&name.as_name()).ok_or_else(|| {
                let octets = name.as_bytes().len();
                Refusal::data(format!(
                    "--name: {name} has {octets} octets in wire form, and there is room for 10; use --zone {name}"
                ))
            })?;
            ZoneOfUpdate::Name(short)
        } else {
            self.tag.map_or(ZoneOfUpdate::Apex, ZoneOfUpdate::Tag)
        };
        let serial = Serial(self.serial);
        Ok(Advice::ZdnsUpdate { zone, serial })
    }
}

/// Reads a time that a hint can tell.
fn lifetime(text: &str) -> Result<Lifetime, String> {
    let mut tokens = Tokens::new(text.as_bytes());
    let token = tokens.expect("a time");
    let seconds = token.and_then(|token| time_to_live(&token));
    let seconds = seconds.and_then(|seconds| tokens.finish().map(|()| seconds));
    let seconds = seconds.map_err(|_| "a time is like 90 or 10m".to_owned())?;
    let units = u8::try_from(seconds / 10).ok();
    let units = units.filter(|_| seconds.is_multiple_of(10));
    units.map(Lifetime).ok_or_else(|| {
        "a hint tells times in steps of 10 seconds, from 0 to 2550 (42m30s)".to_owned()
    })
}
