//! Brings the network's key from its file into the firmware, if one is named: as `KEY` in `key.rs`.
//!
//! The file is what `zdns key generate --tsig NAME` writes, the same that the network's computers have.

use std::env;
use std::fs;
use std::path::Path;
use std::process::exit;

use lib_dns_core::text::{Base64Decoder, TextErrorKind};

/// Names the file.
const FILE: &str = "HINT_KEY_FILE";

/// Which network it is: eight hexadecimal digits.
const NETWORK: &str = "HINT_NETWORK";

/// The how many-th key of the network it is.
const EPOCH: &str = "HINT_KEY_EPOCH";

fn main() {
    for variable in [FILE, NETWORK, EPOCH] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let written = match key() {
        Ok(text) => fs::write(
            Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("key.rs"),
            text,
        )
        .map_err(|error| format!("key.rs: {error}")),
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        // Not with a panic: what is said here is for people.
        println!("cargo:warning={error}");
        exit(1);
    }
}

/// The source of `KEY`.
fn key() -> Result<String, String> {
    let Ok(path) = env::var(FILE) else {
        return Ok("const KEY: Option<Key> = None;\n".to_string());
    };
    println!("cargo:rerun-if-changed={path}");
    let file = fs::read_to_string(&path).map_err(|error| format!("{FILE}={path}: {error}"))?;
    let secret = secret(&file).map_err(|error| format!("{FILE}={path}: {error}"))?;
    let network = env::var(NETWORK).unwrap_or_else(|_| "00000000".to_string());
    let network = (network.len() == 8)
        .then(|| u32::from_str_radix(&network, 16).ok())
        .flatten()
        .ok_or_else(|| format!("{NETWORK}={network}: a network is eight hexadecimal digits"))?;
    let epoch = env::var(EPOCH).unwrap_or_else(|_| "0".to_string());
    let epoch: u8 = epoch
        .parse()
        .map_err(|_| format!("{EPOCH}={epoch}: an epoch is a number up to 255"))?;
    Ok(format!(
        "const KEY: Option<Key> = Some(Key {{ secret: &{secret:?}, network: NetworkId({:?}), epoch: {epoch} }});\n",
        network.to_be_bytes()
    ))
}

/// The secret of a file with one `key` clause of named.conf.
fn secret(file: &str) -> Result<Vec<u8>, String> {
    let words: Vec<&str> = file
        .split(|c: char| c.is_whitespace() || "{};\"".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let after = |name: &str| {
        let mut values = words.windows(2).filter(|pair| pair[0] == name);
        match (values.next(), values.next()) {
            (Some(pair), None) => Ok(pair[1]),
            (Some(_), Some(_)) => Err("it has several keys; leave one in it".to_string()),
            (None, _) => Err(format!(
                "it has no {name}; take a file of `zdns key generate --tsig NAME`"
            )),
        }
    };
    let algorithm = after("algorithm")?;
    if !algorithm.eq_ignore_ascii_case("hmac-sha256") {
        return Err(format!("a device has hmac-sha256, not {algorithm}"));
    }
    base64(after("secret")?).map_err(|error| format!("its secret: {error}"))
}

/// What Base64 stands for.
fn base64(text: &str) -> Result<Vec<u8>, TextErrorKind> {
    let mut decoder = Base64Decoder::default();
    let mut octets = Vec::new();
    for character in text.bytes() {
        octets.extend(decoder.push(character)?);
    }
    decoder.finish()?;
    Ok(octets)
}
