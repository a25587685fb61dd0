//! `zdns key list`.

use super::{Directory, now, print, zone_key_as_json};
use crate::keyring::{KeyError, TsigSecret, ZoneKey, time_to_text};
use clap::Args;
use lib_dns_core::crypto::Signer;
use lib_dns_core::name::NameBuf;
use serde_json::{Value, json};

/// List keys, and what they are doing
///
/// A line for each key of a zone: zone, role, algorithm, key tag, state (hidden, published, active,
/// retired, removed, revoked, and 'public' where the private key is not here), and what happens next; then a
/// line for each TSIG key: name, 'TSIG', algorithm. No secret is shown.
#[derive(Args, Debug)]
pub(super) struct ListArguments {
    #[command(flatten)]
    directory: Directory,
    /// Only keys of this zone, or the TSIG key of this name
    #[arg(value_name = "NAME")]
    name: Option<NameBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ListArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        let keyring = self.directory.open()?;
        let now = now();
        let is_wanted = |name| self.name.as_ref().is_none_or(|wanted| *wanted == name);
        let zones = keyring.all_zone_keys().filter(|key| is_wanted(key.owner()));
        let tsig = keyring.tsig_keys().filter(|key| is_wanted(key.name()));
        if self.json {
            let zones = zones.map(|key| zone_key_as_json(key, now));
            let all: Value = zones.chain(tsig.map(tsig_as_json)).collect();
            print(&format!("{all:#}\n"));
        } else {
            let lines = zones.map(|key| line(key, now)).chain(tsig.map(tsig_line));
            print(&lines.collect::<String>());
        }
        Ok(())
    }
}

fn line(key: &ZoneKey, now: u64) -> String {
    let mut text = format!(
        "{} {} {} {} {}",
        key.owner(),
        key.role().as_str(),
        key.algorithm(),
        key.tag(),
        key.timing().state(now)
    );
    if !key.can_sign() {
        text.push_str(" public");
    }
    if let Some((event, time)) = key.timing().next_change(now) {
        text.push_str(&format!(" {} {}", event.tag(), time_to_text(time)));
    }
    text.push('\n');
    text
}

fn tsig_line(key: &TsigSecret) -> String {
    format!("{} TSIG {}\n", key.name(), key.algorithm())
}

fn tsig_as_json(key: &TsigSecret) -> Value {
    json!({
        "kind": "tsig",
        "name": key.name().to_string(),
        "algorithm": key.algorithm().mnemonic(),
    })
}
