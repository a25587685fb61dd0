//! `zdns hint send`.

use super::airtime_log::AirtimeLog;
use super::encode::HintArguments;
use super::radio::{PortOptions, Radio, block_on, unavailable};
use super::{EX_DATAERR, EX_OSERR, Refusal, print, tell};
use crate::hint::{Link, too_narrow};
use crate::program::{EX_OK, USAGE};
use clap::Args;
use lib_dns_core::hint::serial::{FromRadio, Outcome, Sensed, ToRadio};
use lib_dns_core::hint::{Permit, Region};
use lib_dns_core::text::Base16;
use lib_dns_core::time::Timestamp;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{sleep, timeout};

/// How long a radio has to answer, beyond the time that it is on the air.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the channel is looked at before nothing is sent.
const MAX_SENSES: u32 = 8;

/// Send a hint through a radio, when that is allowed: prints what was sent, and when
///
/// The limits are those of a server: at least 30 seconds between frames, one in two minutes in the long run, half of what the
/// region allows in an hour, and nothing while somebody else is sending. The state folder (--state of the hint) remembers what
/// was sent, and the numbers of sealed frames. Ends with status 0 if it was sent, 2 if the command line is wrong, 65 if there is
/// no such hint, and 69 if it cannot be sent.
#[derive(Args, Debug)]
pub(super) struct SendArguments {
    #[command(flatten)]
    port: PortOptions,
    /// Give up if it must not be sent at once, instead of waiting
    #[arg(long)]
    no_wait: bool,
    #[command(subcommand)]
    hint: HintArguments,
}

impl SendArguments {
    pub(super) fn run(&self) -> Result<u8, Refusal> {
        let common = self.hint.common();
        let link = common.link.link();
        let usage = |reason: &str| Refusal {
            reason: reason.to_owned(),
            status: USAGE,
        };
        let region = link
            .region
            .ok_or_else(|| usage("nothing is sent without --region: say where the radio stands"))?;
        let state = common.state.as_ref();
        let state = state.ok_or_else(|| {
            usage("nothing is sent without --state, the folder that remembers what was sent")
        })?;
        block_on(self.send(link, region, &AirtimeLog::in_folder(state)))
    }

    async fn send(&self, link: Link, region: Region, log: &AirtimeLog) -> Result<u8, Refusal> {
        // From here on nobody else sends through it.
        let mut radio = Radio::open(&self.port).await?;
        meet(&mut radio, &link, region).await?;
        // Its length is what matters here; the number of a sealed frame is taken when it goes.
        let octets = self.hint.len()?;
        let airtime = link.modulation.airtime_micros(octets);
        self.wait_for_permit(log, region, airtime).await?;
        wait_for_silence(&mut radio, &link).await?;
        let frame = self.hint.frame()?;
        // It is noted before it goes: what is lost then was not sent.
        log.note(unix_now(), airtime).map_err(failed)?;
        radio
            .say(ToRadio::Transmit {
                number: 1,
                frame: frame.as_bytes(),
            })
            .await?;
        let patience = Duration::from_micros(airtime) + PATIENCE;
        let outcome = answer(&mut radio, patience, |message| match message {
            FromRadio::Transmitted { number: 1, outcome } => Some(outcome),
            _ => None,
        });
        match outcome.await? {
            Outcome::Done => {}
            Outcome::Failed => return Err(unavailable("the radio failed to send it".to_owned())),
            Outcome::Busy => {
                return Err(unavailable(
                    "the radio is sending something else".to_owned(),
                ));
            }
            Outcome::Refused => {
                return Err(unavailable(
                    "the radio does not send such frames".to_owned(),
                ));
            }
        }
        let time = jiff::Timestamp::now();
        let hex = Base16(frame.as_bytes());
        if self.hint.common().json {
            let line = json!({ "time": time.to_string(), "frame": hex.to_string(), "airtime_us": airtime });
            print(&format!("{line}\n"));
        } else {
            print(&format!(
                "{time:.0} {hex}: {}\n",
                link.describe(frame.as_bytes())
            ));
        }
        Ok(EX_OK)
    }

    async fn wait_for_permit(
        &self,
        log: &AirtimeLog,
        region: Region,
        airtime: u64,
    ) -> Result<(), Refusal> {
        let mut budget = log.budget(unix_now(), &region.rules()).map_err(failed)?;
        loop {
            let now = unix_now();
            match budget.permits(now, airtime) {
                Permit::Now => return Ok(()),
                Permit::At(then) => {
                    let wait = then.millis_since(now);
                    let seconds = wait.div_ceil(1000);
                    let why = "frames have 30 s between them, two minutes in the long run, and a share of the hour";
                    if self.no_wait {
                        return Err(unavailable(format!("it may be sent in {seconds} s: {why}")));
                    }
                    tell(format_args!("waiting {seconds} s: {why}"));
                    sleep(Duration::from_millis(wait)).await;
                }
                Permit::Never => {
                    let name = region.rules().name;
                    let what = format!(
                        "a frame of {} ms is too long for {name}; use a lower spreading factor or more bandwidth",
                        airtime / 1000
                    );
                    return Err(Refusal {
                        reason: what,
                        status: EX_DATAERR,
                    });
                }
            }
        }
    }
}

/// Waits for the radio to say how it is set, and sees to it that that is as said and allowed.
async fn meet(radio: &mut Radio, link: &Link, region: Region) -> Result<(), Refusal> {
    let rules = region.rules();
    let check = answer(radio, PATIENCE, |message| {
        let FromRadio::Hello(hello) = message else {
            return None;
        };
        let found = Link {
            modulation: hello.modulation,
            region: None,
        };
        let settings = found
            .describe_settings(hello.frequency_hz, hello.power_dbm)
            .to_string();
        let bandwidth = hello.modulation.bandwidth;
        Some(if !link.is_set_as(&hello.modulation) {
            Err(format!(
                "the radio is set to {settings}; say so by --sf, --bandwidth and --coding-rate"
            ))
        } else if !rules.holds(hello.frequency_hz, bandwidth)
            || hello.power_dbm > rules.max_eirp_dbm
        {
            Err(format!(
                "the radio is set to {settings}, but {} is from {} to {} Hz with {} dBm",
                rules.name, rules.from_hz, rules.to_hz, rules.max_eirp_dbm
            ))
        } else if let Some(what) = too_narrow(&rules, bandwidth) {
            Err(format!("the channel is {what}"))
        } else {
            Ok(())
        })
    });
    check.await?.map_err(unavailable)
}

/// Waits until nobody sends.
async fn wait_for_silence(radio: &mut Radio, link: &Link) -> Result<(), Refusal> {
    let frame = Duration::from_micros(
        link.modulation
            .airtime_micros(lib_dns_core::hint::MAX_FRAME_LEN as u8),
    );
    for turn in 0..MAX_SENSES {
        let number = u16::try_from(turn).unwrap_or(0);
        radio.say(ToRadio::Sense { number }).await?;
        let found = answer(radio, PATIENCE, |message| match message {
            FromRadio::Sensed {
                number: asked,
                found,
            } if asked == number => Some(found),
            _ => None,
        });
        if found.await? == Sensed::Free {
            return Ok(());
        }
        // From one to two frames, and longer each time.
        let random = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
        let share = frame.mul_f64(random * f64::from(1 << turn.min(5)));
        sleep(frame + share).await;
    }
    Err(unavailable(format!(
        "somebody was sending {MAX_SENSES} times in a row; try again later"
    )))
}

/// Waits for the answer among the radio's messages.
async fn answer<T>(
    radio: &mut Radio,
    patience: Duration,
    mut read: impl FnMut(FromRadio<'_>) -> Option<T>,
) -> Result<T, Refusal> {
    let found = timeout(patience, async {
        loop {
            match radio.next().await? {
                Ok(message) => {
                    if let Some(found) = read(message) {
                        return Ok(found);
                    }
                }
                Err(error) => tell(format_args!("a message of the radio is {error}")),
            }
        }
    });
    found.await.unwrap_or_else(|_| {
        let what = "the radio does not answer; is it the right port, and is the firmware running?";
        Err(unavailable(what.to_owned()))
    })
}

fn failed(error: std::io::Error) -> Refusal {
    Refusal {
        reason: error.to_string(),
        status: EX_OSERR,
    }
}

fn unix_now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
