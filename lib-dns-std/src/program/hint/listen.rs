//! `zdns hint listen`.

use super::frame_view::{Context, FrameView};
use super::options::KeyOptions;
use super::radio::{PortOptions, Radio, block_on};
use super::{Refusal, print, tell};
use crate::hint::{Link, printable};
use crate::program::EX_OK;
use clap::Args;
use jiff::Timestamp;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::serial::FromRadio;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Base16;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Fewer frames than asked for were heard.
const TOO_FEW: u8 = 1;
/// How long a radio has to say who it is.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);

/// Print what a radio hears, a line each: when, how strong, and what it says
///
/// Nothing is sent. The port belongs to this command as long as it runs. Ends with status 0, also when nobody reads on, with 1 if the time is over before
/// --count frames were heard, and with 69 if the port cannot be opened or is lost.
#[derive(Args, Debug)]
pub(super) struct ListenArguments {
    #[command(flatten)]
    port: PortOptions,
    /// End after so many frames
    #[arg(long, short, value_name = "N")]
    count: Option<u64>,
    /// End after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    /// A zone that a tag may stand for; may be given several times
    #[arg(long, value_name = "NAME")]
    zone: Vec<NameBuf>,
    #[command(flatten)]
    key: KeyOptions,
    /// Print JSON, an object a line
    #[arg(long)]
    json: bool,
}

impl ListenArguments {
    pub(super) fn run(&self) -> Result<u8, Refusal> {
        let context = Context {
            key: self.key.read()?,
            zones: self.zone.clone(),
            link: Link {
                // Until the radio says how it is set.
                modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
                region: None,
            },
        };
        block_on(self.listen(context))
    }

    async fn listen(&self, mut context: Context) -> Result<u8, Refusal> {
        let mut radio = Radio::open(&self.port).await?;
        let begun = Instant::now();
        let end = self
            .timeout
            .map(|seconds| begun + Duration::from_secs(seconds.into()));
        let mut silent_at = Some(begun + HELLO_PATIENCE);
        let mut heard = 0;
        while self.count.is_none_or(|count| heard < count) {
            let deadline = [end, silent_at].into_iter().flatten().min();
            let next = match deadline {
                Some(deadline) => timeout_at(deadline, radio.next()).await.ok(),
                None => Some(radio.next().await),
            };
            let Some(next) = next else {
                if end.is_some_and(|end| end <= Instant::now()) {
                    break;
                }
                silent_at = None;
                tell(
                    "the radio does not answer; is it the right port, and is the firmware running?",
                );
                continue;
            };
            match next? {
                Ok(FromRadio::Hello(hello)) => {
                    silent_at = None;
                    context.link.modulation = hello.modulation;
                    let described = context
                        .link
                        .describe_settings(hello.frequency_hz, hello.power_dbm);
                    tell(format_args!(
                        "listening with '{}': {described}",
                        printable(hello.firmware)
                    ));
                }
                Ok(FromRadio::Heard {
                    rssi_dbm,
                    snr_quarter_db,
                    frame,
                }) => {
                    heard += 1;
                    let snr = f64::from(snr_quarter_db) / 4.0;
                    if !print(&self.line(rssi_dbm, snr, frame, &context)) {
                        return Ok(EX_OK);
                    }
                }
                Ok(FromRadio::Log { text, .. }) => {
                    tell(format_args!("the radio says: {}", printable(text)))
                }
                Ok(_) => {}
                Err(error) => tell(format_args!("a message of the radio is {error}")),
            }
        }
        let is_enough = self.count.is_none_or(|count| heard >= count);
        Ok(if is_enough { EX_OK } else { TOO_FEW })
    }

    fn line(&self, rssi_dbm: i16, snr: f64, frame: &[u8], context: &Context) -> String {
        let time = Timestamp::now();
        let view = FrameView::new(frame, context);
        if self.json {
            let (hint, error) = match &view {
                Ok(view) => (view.to_json(), None),
                Err(what) => (json!(null), Some(what)),
            };
            let line = json!({
                "time": time.to_string(),
                "rssi_dbm": rssi_dbm,
                "snr_db": snr,
                "frame": Base16(frame).to_string(),
                "hint": hint,
                "error": error,
            });
            return format!("{line}\n");
        }
        let what = match &view {
            Ok(view) => view.summary(),
            Err(what) => format!("no hint: {}: {what}", Base16(frame)),
        };
        format!("{time:.0} {rssi_dbm} dBm, SNR {snr} dB: {what}\n")
    }
}
