//! PEM (RFC 7468) around PKCS#8, as `openssl` and Knot's key store have it.

use super::der::Pkcs8;
use super::key_pair::SecretOctets;
use super::secret_text::{self, SecretText};
use super::{KeyError, KeyProblem, der};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// Characters in a line (RFC 7468 2).
const LINE_LEN: usize = 64;

/// Reads the first private key of a text.
pub(super) fn read(text: &str) -> Result<Pkcs8, KeyError> {
    let (begin, line) = text
        .lines()
        .zip(1u32..)
        .find(|(line, _)| line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY"))
        .ok_or(KeyProblem::Missing("the line -----BEGIN PRIVATE KEY-----"))?;
    if begin.trim_end() != BEGIN {
        return Err(KeyError::invalid(
            "a private key that is encrypted, or older than PKCS#8; \
             'openssl pkcs8 -topk8 -nocrypt' makes the form that is read here",
        )
        .at_line(line));
    }
    let (_, rest) = text.split_once(BEGIN).unwrap_or_default();
    let (base64, _) = rest
        .split_once(END)
        .ok_or(KeyProblem::Missing("the line -----END PRIVATE KEY-----"))?;
    let document: SecretOctets =
        secret_text::decode(base64).map_err(|error| error.at_line(line.saturating_add(1)))?;
    der::read_pkcs8(&document).map_err(|error| error.at_line(line))
}

/// Writes a PKCS#8 document.
pub(super) fn write(document: &[u8]) -> SecretText {
    let base64 = secret_text::encode(document);
    let lines = base64.len().div_ceil(LINE_LEN);
    let mut text = secret_text::room(BEGIN.len() + END.len() + 2 + base64.len() + lines);
    text.push_str(BEGIN);
    for (at, character) in base64.char_indices() {
        if at % LINE_LEN == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}
