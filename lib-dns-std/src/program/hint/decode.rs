//! `zdns hint decode`.

use super::frame_view::{Context, FrameView};
use super::options::{KeyOptions, LinkOptions};
use super::{EX_DATAERR, Refusal, print, tell};
use crate::hexadecimal;
use crate::program::{EX_OK, EX_OSERR};
use clap::Args;
use lib_dns_core::name::NameBuf;
use std::io::{self, BufRead, Read};

/// A seal does not hold.
const BROKEN_SEAL: u8 = 1;
/// Characters of the longest line of standard input.
const MAX_LINE_LEN: u64 = 4096;

/// Take hints apart: what each octet means, and for how long they are on the air
///
/// With --key the seal is checked, too. Ends with status 0 if all are hints, 1 if one has no seal that holds although a key
/// was given, and 65 if one is no hint; standard error says at which octet, and why.
#[derive(Args, Debug)]
pub(super) struct DecodeArguments {
    /// Frames in hexadecimal; with '-' those of standard input, one a line (blank lines and lines with '#' are passed over)
    #[arg(required = true, value_name = "HEX|-")]
    frames: Vec<String>,
    /// A zone that a tag may stand for; may be given several times
    #[arg(long, value_name = "NAME")]
    zone: Vec<NameBuf>,
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    link: LinkOptions,
    /// Print JSON, an object a line
    #[arg(long)]
    json: bool,
}

impl DecodeArguments {
    pub(super) fn run(&self) -> Result<u8, Refusal> {
        let context = Context {
            key: self.key.read()?,
            zones: self.zone.clone(),
            link: self.link.link(),
        };
        let mut decoding = Decoding {
            context: &context,
            json: self.json,
            is_first: true,
            status: EX_OK,
        };
        for (number, frame) in (1..).zip(&self.frames) {
            if frame == "-" {
                decode_input(&mut decoding)?;
            } else {
                decoding.decode(frame, &format!("frame {number}"));
            }
        }
        Ok(decoding.status)
    }
}

fn decode_input(decoding: &mut Decoding<'_>) -> Result<(), Refusal> {
    let mut input = io::stdin().lock();
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        let read = (&mut input).take(MAX_LINE_LEN).read_line(&mut line);
        let read = read.map_err(|error| Refusal {
            reason: format!("line {number}: cannot read: {error}"),
            status: match error.kind() {
                io::ErrorKind::InvalidData => EX_DATAERR,
                _ => EX_OSERR,
            },
        })?;
        if read == 0 {
            return Ok(());
        }
        if !line.ends_with('\n') && u64::try_from(read).is_ok_and(|read| read == MAX_LINE_LEN) {
            let reason = format!(
                "line {number}: longer than {MAX_LINE_LEN} characters; a frame has 54 digits at most"
            );
            return Err(Refusal::data(reason));
        }
        let frame = line.trim();
        if !frame.is_empty() && !frame.starts_with('#') {
            decoding.decode(frame, &format!("line {number}"));
        }
    }
    Ok(())
}

struct Decoding<'c> {
    context: &'c Context,
    json: bool,
    is_first: bool,
    status: u8,
}

impl Decoding<'_> {
    /// Prints what a frame says, or tells why it is none.
    fn decode(&mut self, hex: &str, place: &str) {
        let octets = hexadecimal::octets(hex).map_err(|error| error.to_string());
        let octets =
            octets.map_err(|error| format!("{error}; write two for each octet, as 087F3A8B2C02"));
        let shown = octets.and_then(|octets| {
            let view = FrameView::new(&octets, self.context)?;
            Ok((self.show(&view), view.holds()))
        });
        match shown {
            Ok((text, holds)) => {
                print(&text);
                self.is_first = false;
                if holds == Some(false) {
                    self.status = self.status.max(BROKEN_SEAL);
                }
            }
            Err(what) => {
                tell(format_args!("{place}: {what}"));
                self.status = EX_DATAERR;
            }
        }
    }

    fn show(&self, view: &FrameView<'_>) -> String {
        if self.json {
            return format!("{}\n", view.to_json());
        }
        let mut text = String::new();
        if !self.is_first {
            text.push('\n');
        }
        view.write_text(&mut text);
        text
    }
}
