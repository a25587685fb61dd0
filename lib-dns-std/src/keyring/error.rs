//! What can be wrong with a key, and where.

use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::text::{TextError, TextErrorKind};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Something wrong with a key, and where.
///
/// It never repeats what stands in the file, since that may be a secret.
#[derive(Debug)]
pub struct KeyError {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Line, counted from 1; 0 if it concerns the key as a whole.
    pub line: u32,
    /// What is wrong.
    pub problem: KeyProblem,
}

/// What can be wrong with a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The file cannot be read or written.
    Io(io::Error),
    /// The file is longer than any key file: so many octets are allowed.
    TooLong(u64),
    /// The text breaks a rule of names, numbers or encodings.
    Text(TextErrorKind),
    /// A part is missing.
    Missing(&'static str),
    /// A part is there twice.
    Repeated(&'static str),
    /// The key, or its text, breaks this rule.
    Invalid(&'static str),
    /// Keys of the algorithm cannot be used here.
    UnsupportedAlgorithm(SecurityAlgorithm),
    /// The private and the public part do not belong together.
    NotAPair,
    /// There is such a key already.
    Exists,
    /// The system gives no random octets, or the library refuses to make the key.
    Failed(&'static str),
}

impl KeyError {
    pub(crate) fn new(problem: KeyProblem) -> Self {
        Self {
            file: None,
            line: 0,
            problem,
        }
    }

    pub(crate) fn invalid(rule: &'static str) -> Self {
        Self::new(KeyProblem::Invalid(rule))
    }

    /// Says in which line it is, unless that is known.
    pub(crate) fn at_line(mut self, line: u32) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }

    /// Says in which file it is, unless that is known.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.file.get_or_insert_with(|| file.to_path_buf());
        self
    }
}

impl From<KeyProblem> for KeyError {
    fn from(problem: KeyProblem) -> Self {
        Self::new(problem)
    }
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        Self::new(KeyProblem::Io(error))
    }
}

/// The token is left out: it may be a secret.
impl From<TextError> for KeyError {
    fn from(error: TextError) -> Self {
        Self::new(KeyProblem::Text(error.kind)).at_line(error.line)
    }
}

impl From<TextErrorKind> for KeyError {
    fn from(kind: TextErrorKind) -> Self {
        Self::new(KeyProblem::Text(kind))
    }
}

/// `file:line: reason`.
impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if self.line != 0 {
                write!(f, "{}:", self.line)?;
            }
            f.write_str(" ")?;
        } else if self.line != 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}", self.problem)
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::TooLong(limit) => write!(f, "longer than {limit} octets, so it is no key file"),
            Self::Text(kind) => write!(f, "{kind}"),
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Repeated(what) => write!(f, "{what} is there twice"),
            Self::Invalid(rule) => f.write_str(rule),
            Self::UnsupportedAlgorithm(algorithm) => {
                write!(f, "keys of algorithm {algorithm} cannot be used here")
            }
            Self::NotAPair => f.write_str("the private key is not that of the public key"),
            Self::Exists => f.write_str("there is such a key already; it is left as it is"),
            Self::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            KeyProblem::Io(error) => Some(error),
            _ => None,
        }
    }
}
