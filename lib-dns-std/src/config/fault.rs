//! What can be wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Faults that are listed; the rest would only hide the first.
const KEPT: usize = 100;

/// Something wrong with a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Line, counted from 1; 0 if the fault concerns the file as a whole.
    pub line: u32,
    /// Column in characters, counted from 1; 0 as above.
    pub column: u32,
    /// What is wrong, and what to do about it.
    pub what: String,
}

/// As compilers print it: `file:line:column: error: what`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line != 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " error: {}", self.what)
    }
}

/// All that is wrong with a configuration, at least one fault and at most 100.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults, in the order of the file as far as they depend on one place only.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A fault of the file as a whole.
    pub(crate) fn of_file(file: &Path, what: String) -> Self {
        Self(vec![Fault {
            file: file.to_owned(),
            line: 0,
            column: 0,
            what,
        }])
    }

    /// Adds a fault at a place of the text, unless it is known or there are too many.
    pub(crate) fn add(&mut self, file: &Path, text: &str, place: &Range<usize>, what: String) {
        let (line, column) = line_and_column(text, place.start);
        let fault = Fault {
            file: file.to_owned(),
            line,
            column,
            what,
        };
        if self.0.len() < KEPT && !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }
}

/// One line for each.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| writeln!(f, "{fault}"))
    }
}

impl std::error::Error for Faults {}

fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let mut before = text.get(..at).unwrap_or(text);
    let lines = before.bytes().filter(|octet| *octet == b'\n').count();
    if let Some(newline) = before.rfind('\n') {
        before = &before[newline + 1..];
    }
    let count = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
    (count(lines), count(before.chars().count()))
}
