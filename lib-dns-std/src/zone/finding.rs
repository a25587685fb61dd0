//! What can be wrong with a zone file, and where.

use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::{TextError, TextErrorKind, TokenText};
use lib_dns_core::zone::image::ImageError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Something wrong with a zone, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The file.
    pub file: Arc<Path>,
    /// Line, counted from 1; 0 if the finding concerns the file as a whole.
    pub line: u32,
    /// Column in octets, counted from 1; 0 if the finding concerns the record as a whole.
    pub column: u32,
    /// The start of the token at fault; empty where there is none.
    pub token: TokenText,
    /// What is wrong.
    pub problem: Problem,
}

impl Finding {
    /// May the zone be loaded all the same?
    pub fn is_warning(&self) -> bool {
        self.problem.is_warning()
    }

    pub(super) fn of_text(file: &Arc<Path>, error: &TextError) -> Self {
        Self {
            file: file.clone(),
            line: error.line,
            column: error.column,
            token: error.token,
            problem: Problem::Text(error.kind),
        }
    }
}

/// As other tools print it: `file:line:column: severity: reason: 'token'`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line != 0 {
            write!(f, "{}:", self.line)?;
        }
        if self.column != 0 {
            write!(f, "{}:", self.column)?;
        }
        let severity = if self.is_warning() {
            "warning"
        } else {
            "error"
        };
        write!(f, " {severity}: {}", self.problem)?;
        if !self.token.as_bytes().is_empty() {
            write!(f, ": '{}'", self.token)?;
        }
        Ok(())
    }
}

/// What can be wrong with a zone.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The text breaks a rule.
    Text(TextErrorKind),
    /// A name is relative, and nothing says to what.
    NoOrigin,
    /// A file cannot be read.
    Unreadable(String),
    /// A file is an image, but not a whole one.
    Image(ImageError),
    /// An included file is not in the zone's folder.
    IncludeOutside(String),
    /// A file includes itself, maybe through others.
    IncludeCycle(String),
    /// A folder has no zone files.
    NoZoneFiles,
    /// Another file has this zone too.
    SecondFile(Box<NameBuf>),
    /// The zone has changed while its file was read, and stays as it is; a reload reads the file again.
    ChangedMeanwhile(Box<NameBuf>),
    /// There is no SOA record.
    NoSoa,
    /// There is a second SOA record at the apex.
    SecondSoa,
    /// An SOA record stands below the apex.
    SoaBelowApex(Box<NameBuf>),
    /// The apex has no NS records.
    NoNs,
    /// The owner is not in the zone.
    OutOfZone(Box<NameBuf>),
    /// A CNAME record stands beside a record of another type (RFC 2181 10.1).
    CnameBesideData(Box<NameBuf>, Type),
    /// A name has several records of a type that may stand only once.
    Several(Box<NameBuf>, Type),
    /// The records at one name are too many to hold.
    TooManyRecords(Box<NameBuf>),
    /// A record stands there twice; it is kept once.
    Duplicate(Box<NameBuf>, Type),
    /// The TTL differs from the first in the RRset, which holds for all (RFC 2181 5.2).
    OtherTtl {
        /// The owner.
        owner: Box<NameBuf>,
        /// The type.
        rtype: Type,
        /// The TTL of the record.
        stated: u32,
        /// The TTL of the RRset.
        taken: u32,
    },
    /// The owner of an NSEC3 record is no hash below the apex (RFC 5155 3), so no proof can use it.
    NoHash(Box<NameBuf>),
    /// A name server below the cut has no address here, so nobody can find it (RFC 1034 4.2.1).
    MissingGlue(Box<NameBuf>, Box<NameBuf>),
    /// A record leads to a name of the zone that has no address.
    NoAddress {
        /// The owner.
        owner: Box<NameBuf>,
        /// The type.
        rtype: Type,
        /// Where the record leads.
        target: Box<NameBuf>,
    },
    /// A record leads to an alias, which RFC 2181 10.3 forbids.
    TargetIsAlias {
        /// The owner.
        owner: Box<NameBuf>,
        /// The type.
        rtype: Type,
        /// Where the record leads.
        target: Box<NameBuf>,
    },
    /// A DS or CDS record has a digest of another length than its digest type makes (RFC 4509 2.2), so
    /// that it matches no key.
    DigestLength {
        /// The owner.
        owner: Box<NameBuf>,
        /// The type.
        rtype: Type,
        /// Octets of the digest.
        found: usize,
        /// Octets that it should have.
        expected: usize,
    },
    /// A signature is no longer valid; the type is the one that it covers.
    SignatureExpired(Box<NameBuf>, Type),
    /// A signature is not valid yet; the type is the one that it covers.
    SignatureNotYetValid(Box<NameBuf>, Type),
}

impl Problem {
    /// May the zone be loaded all the same?
    pub fn is_warning(&self) -> bool {
        match self {
            Self::Duplicate(..) | Self::OtherTtl { .. } | Self::NoHash(..) => true,
            // Without its name servers a zone is lost; other services are not its own business.
            Self::NoAddress { rtype, .. } | Self::TargetIsAlias { rtype, .. } => *rtype != Type::NS,
            _ => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(kind) => kind.fmt(f),
            Self::NoOrigin => f.write_str(
                "relative name, but no origin is known: \
                 start the file with $ORIGIN and the zone's name, or give the origin",
            ),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::Image(error) => error.fmt(f),
            Self::IncludeOutside(path) => {
                write!(f, "$INCLUDE of {path}, which is outside the zone's folder")
            }
            Self::IncludeCycle(path) => write!(f, "$INCLUDE of {path}, which includes this file"),
            Self::NoZoneFiles => f.write_str("no file here ends in .zone or .image"),
            Self::SecondFile(apex) => write!(f, "another file has this zone too: {apex}"),
            Self::ChangedMeanwhile(apex) => write!(
                f,
                "{apex} has changed while the file was read, and stays as it is; reload again"
            ),
            Self::NoSoa => f.write_str("no SOA record"),
            Self::SecondSoa => f.write_str("second SOA record"),
            Self::SoaBelowApex(owner) => write!(f, "SOA record below the apex, at {owner}"),
            Self::NoNs => f.write_str("no NS records at the apex"),
            Self::OutOfZone(owner) => write!(f, "out-of-zone data: {owner}"),
            Self::CnameBesideData(owner, rtype) => {
                write!(f, "CNAME beside other data: {owner} has {rtype} too")
            }
            Self::Several(owner, rtype) => write!(f, "more than one {rtype} record at {owner}"),
            Self::TooManyRecords(owner) => write!(f, "too many records at {owner}"),
            Self::Duplicate(owner, rtype) => {
                write!(f, "duplicate record, kept once: {owner} {rtype}")
            }
            Self::OtherTtl {
                owner,
                rtype,
                stated,
                taken,
            } => write!(
                f,
                "TTL {stated} differs from {taken}, which is taken for all: {owner} {rtype}"
            ),
            Self::NoHash(owner) => write!(f, "NSEC3 record whose owner is no hash: {owner}"),
            Self::MissingGlue(owner, target) => {
                write!(f, "missing glue: {owner} NS {target} has no address")
            }
            Self::NoAddress {
                owner,
                rtype,
                target,
            } => write!(f, "no address: {owner} {rtype} leads to {target}"),
            Self::TargetIsAlias {
                owner,
                rtype,
                target,
            } => write!(f, "{owner} {rtype} leads to {target}, which is a CNAME"),
            Self::DigestLength {
                owner,
                rtype,
                found,
                expected,
            } => write!(
                f,
                "digest of {found} octets, where its type makes {expected}: {owner} {rtype}"
            ),
            Self::SignatureExpired(owner, covered) => {
                write!(f, "signature has expired: {owner} RRSIG {covered}")
            }
            Self::SignatureNotYetValid(owner, covered) => {
                write!(f, "signature is not valid yet: {owner} RRSIG {covered}")
            }
        }
    }
}

impl std::error::Error for Finding {}

/// The findings of one zone: the first so many, and the count of all.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    limit: usize,
    errors: u64,
    warnings: u64,
}

impl Findings {
    pub(super) fn up_to(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if finding.is_warning() {
            self.warnings += 1;
            // Room is kept for errors.
            if self.warnings > self.limit as u64 / 2 {
                return;
            }
        } else {
            self.errors += 1;
        }
        if self.kept.len() < self.limit {
            self.kept.push(finding);
        }
    }

    pub(super) fn add_file(&mut self, file: &Path, problem: Problem) {
        self.add(Finding {
            file: file.into(),
            line: 0,
            column: 0,
            token: TokenText::NONE,
            problem,
        });
    }

    /// Adds the findings of another zone.
    pub(crate) fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        let room = self.limit.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
    }

    /// The findings that were kept, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.kept.iter()
    }

    /// How many errors there are, kept or not.
    pub fn error_count(&self) -> u64 {
        self.errors
    }

    /// How many warnings there are, kept or not.
    pub fn warning_count(&self) -> u64 {
        self.warnings
    }
}

/// One finding a line, then how many were left out.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.kept {
            writeln!(f, "{finding}")?;
        }
        match self.errors + self.warnings - self.kept.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

impl std::error::Error for Findings {}
