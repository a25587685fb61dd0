//! The `key:` section of knot.conf, as `keymgr -t` prints it.
//!
//! This is not YAML but what Knot takes of it: sections at the margin, items that begin with `-`, one value
//! a line.

use super::secret_text::{self, SecretText};
use super::tsig_secret::{Draft, MAX_KEYS};
use super::{KeyError, TsigSecret};

const SECTION: &str = "key:";

/// Has the text the section?
pub(super) fn is_yaml(text: &str) -> bool {
    text.lines()
        .any(|line| without_comment(line).trim_end() == SECTION)
}

/// Reads all keys of the section; other sections are passed over.
pub(super) fn read(text: &str) -> Result<Vec<TsigSecret>, KeyError> {
    let mut keys = Vec::new();
    let mut in_section = false;
    // A key that is being read, and the line where it begins.
    let mut open: Option<(Draft, u32)> = None;
    for (line, number) in text.lines().zip(1u32..) {
        let line = without_comment(line);
        let entry = line.trim();
        if entry.is_empty() {
            continue;
        }
        let begins_item = entry.starts_with('-');
        let is_section = !line.starts_with([' ', '\t', '-']);
        if is_section || (in_section && begins_item) {
            finish(&mut keys, open.take())?;
        }
        if is_section {
            in_section = entry == SECTION;
        } else if in_section {
            if begins_item {
                open = Some((Draft::default(), number));
            }
            let entry = entry.trim_start_matches('-').trim_start();
            let draft = open.as_mut().map(|(draft, _)| draft);
            read_entry(entry, draft).map_err(|error| error.at_line(number))?;
        }
    }
    finish(&mut keys, open)?;
    Ok(keys)
}

fn read_entry(entry: &str, draft: Option<&mut Draft>) -> Result<(), KeyError> {
    let draft = draft.ok_or(KeyError::invalid("a key begins with '- id:'"))?;
    let (word, value) = entry
        .split_once(':')
        .ok_or(KeyError::invalid("an entry is 'word: value'"))?;
    let value = value.trim();
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    match word.trim_end() {
        "id" => draft.set_name(value),
        "algorithm" => draft.set_algorithm(value),
        "secret" => draft.set_secret(value),
        "comment" => Ok(()),
        _ => Err(KeyError::invalid(
            "a key has only 'id', 'algorithm', 'secret' and 'comment'",
        )),
    }
}

fn finish(keys: &mut Vec<TsigSecret>, open: Option<(Draft, u32)>) -> Result<(), KeyError> {
    let Some((draft, line)) = open else {
        return Ok(());
    };
    if keys.len() == MAX_KEYS {
        return Err(KeyError::invalid("more than 1024 keys in one text").at_line(line));
    }
    keys.push(draft.finish().map_err(|error| error.at_line(line))?);
    Ok(())
}

/// Base64 and names have no `#`.
fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

/// Writes a section with one key.
pub(super) fn write(key: &TsigSecret) -> SecretText {
    let (name, secret) = (key.name_text(), key.secret_text());
    let parts = [
        "key:\n  - id: ",
        &name,
        "\n    algorithm: ",
        key.algorithm().mnemonic(),
        "\n    secret: ",
        &secret,
        "\n",
    ];
    let mut text = secret_text::room(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_read_and_others_are_not() {
        let text = "# hmac-sha384:knotkey:AAAA\nserver:\n    listen: ::1@53\nkey: # ours\n  - id: Knot.Key.\n    \
                    algorithm: hmac-sha384\n    secret: \"MDEy\"\n\n  - id: second\n    secret: MDEy\n\
                    acl:\n  - id: x\n    key: second\n";
        let keys = read(text).unwrap();
        let texts: Vec<_> = keys.iter().map(|key| key.to_text().to_string()).collect();
        assert_eq!(
            texts,
            ["hmac-sha384:knot.key:MDEy", "hmac-sha256:second:MDEy"]
        );
        assert_eq!(*read(&write(&keys[0])).unwrap()[0].to_text(), texts[0]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            ("key:\n  id: a", "line 2: a key begins with '- id:'"),
            ("key:\n\n  - id: a\n", "line 3: the secret is missing"),
            ("key:\n - id: a\n   secret: *\n", "line 3: expected base64"),
            ("key:\n - id a\n", "line 2: an entry is 'word: value'"),
            ("key:\n - id: a..b\n", "line 2: "),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(told), "{text}: {error}");
        }
    }
}
