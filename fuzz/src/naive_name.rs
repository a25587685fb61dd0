//! Names as RFC 1035 describes them, written to be obviously right: lists of labels.

use std::cmp::Ordering;

/// The labels of a name, from the first to the one before the root.
pub type Labels = Vec<Vec<u8>>;

/// More pointers that lead to pointers than a name can have labels are of no use.
const MAX_POINTERS: usize = 127;

/// The length in wire form.
pub fn wire_len(labels: &Labels) -> usize {
    labels.iter().map(|label| label.len() + 1).sum::<usize>() + 1
}

/// The wire form.
pub fn to_wire(labels: &Labels) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in labels {
        wire.push(label.len() as u8);
        wire.extend(label);
    }
    wire.push(0);
    wire
}

/// Reads a name at `at` of a message, and says where it ends; `None` if a rule is broken.
pub fn from_message(message: &[u8], at: usize) -> Option<(Labels, usize)> {
    let mut labels = Labels::new();
    let next = read_run(message, at, message.len(), 0, &mut labels)?;
    (wire_len(&labels) <= 255).then_some((labels, next))
}

/// Reads labels from `start`, none of them at or beyond `limit`; a pointer leads to a run that starts
/// before this one and stays before it.
fn read_run(
    message: &[u8],
    start: usize,
    limit: usize,
    pointers: usize,
    labels: &mut Labels,
) -> Option<usize> {
    let mut at = start;
    loop {
        let octet = *message[..limit].get(at)?;
        match octet {
            0 => return Some(at + 1),
            1..=63 => {
                let end = at + 1 + usize::from(octet);
                labels.push(message[..limit].get(at + 1..end)?.to_vec());
                at = end;
            }
            64..=191 => return None,
            192.. => {
                let low = *message[..limit].get(at + 1)?;
                let target = usize::from(octet - 192) * 256 + usize::from(low);
                if target < 12 || target >= start {
                    return None;
                }
                let pointers = pointers + usize::from(message[target] >= 192);
                if pointers > MAX_POINTERS {
                    return None;
                }
                read_run(message, target, start, pointers, labels)?;
                return Some(at + 2);
            }
        }
    }
}

/// Is the text one plain word, so that [`from_word`] may judge it?
pub fn is_word(text: &[u8]) -> bool {
    let mut escaped = false;
    for octet in text {
        if *octet == b'\n' || !escaped && b" \t\r;()\"".contains(octet) {
            return false;
        }
        escaped = *octet == b'\\' && !escaped;
    }
    !text.is_empty()
}

/// Reads a word in presentation format; without a final dot it is complete all the same.
pub fn from_word(text: &[u8]) -> Option<Labels> {
    if text == b"." || text == b"@" {
        return Some(Labels::new());
    }
    let mut labels = Labels::new();
    let mut label = Vec::new();
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, rest) {
            (b'\\', [a, b, c, tail @ ..]) if a.is_ascii_digit() => {
                let digits = std::str::from_utf8(&[*a, *b, *c]).ok()?.to_owned();
                if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
                    return None;
                }
                label.push(digits.parse().ok()?);
                rest = tail;
            }
            (b'\\', [other, tail @ ..]) if !other.is_ascii_digit() => {
                label.push(*other);
                rest = tail;
            }
            (b'\\', _) => return None,
            (b'.', _) if label.is_empty() => return None,
            (b'.', _) => labels.push(std::mem::take(&mut label)),
            (octet, _) => label.push(*octet),
        }
    }
    if !label.is_empty() {
        labels.push(label);
    }
    let fits = labels.iter().all(|label| label.len() <= 63) && wire_len(&labels) <= 255;
    fits.then_some(labels)
}

/// The canonical order, as RFC 4034 6.1 says it.
pub fn order(a: &Labels, b: &Labels) -> Ordering {
    folded_from_root(a).cmp(&folded_from_root(b))
}

/// How many labels both end in.
pub fn common_labels(a: &Labels, b: &Labels) -> usize {
    let (a, b) = (folded_from_root(a), folded_from_root(b));
    a.iter().zip(&b).take_while(|(a, b)| a == b).count()
}

fn folded_from_root(labels: &Labels) -> Labels {
    let from_root = labels.iter().rev();
    from_root.map(|label| label.to_ascii_lowercase()).collect()
}
