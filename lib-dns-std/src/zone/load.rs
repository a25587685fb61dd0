//! Loading a zone from its file, text or image: whole, or not at all.

use super::arena::Incoming;
use super::build::{Built, ZoneBuilder};
use super::finding::{Finding, Findings, Problem};
use super::image::{ImageFault, OpenImage, is_image};
use super::memory::Zone;
use super::places::Places;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::text::{TextError, TextErrorKind, TokenText};
use lib_dns_core::zone::{MAX_SCRATCH_LEN, Scanner, Step};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Octets read at once.
const PIECE: usize = 256 * 1024;
/// Findings kept, unless told otherwise.
const DEFAULT_LIMIT: usize = 100;

/// Loads zones from files.
///
/// ```no_run
/// use lib_dns_std::zone::Loader;
/// match Loader::new().load("sovereign.zone") {
///     Ok(loaded) => println!("{} records", loaded.zone.record_count()),
///     Err(findings) => eprint!("{findings}"),
/// }
/// ```
pub struct Loader<'p> {
    origin: Option<NameBuf>,
    class: Class,
    limit: usize,
    includes_outside: bool,
    keep_places: bool,
    progress: Option<Box<dyn FnMut(Progress) + 'p>>,
}

/// How far a load has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Octets read, included files counted.
    pub read: u64,
    /// Octets that the files met so far have.
    pub total: u64,
}

/// A zone, and what it was loaded from.
#[derive(Debug)]
pub struct Loaded {
    /// The zone.
    pub zone: Zone,
    /// What is wrong with it, but does not keep it from being served.
    pub warnings: Findings,
    /// Its files, the zone file itself first.
    pub sources: Vec<SourceFile>,
    /// Where its records stand in them, if [`Loader::keep_places`] was asked to keep that.
    pub places: Option<Places>,
}

/// An image whose head and index have been read.
pub(super) struct OpenedImage {
    pub(super) image: Arc<OpenImage>,
    /// Its zone; the pages are read when they are asked for.
    pub(super) zone: Zone,
    pub(super) source: SourceFile,
}

/// A file that a zone was loaded from, as it was then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in octets.
    pub len: u64,
    /// When it was last changed, where the system knows.
    pub modified: Option<SystemTime>,
}

impl SourceFile {
    fn of(path: &Path, file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            path: path.to_owned(),
            len: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// Does the file differ from what it was, or is it gone?
    pub fn has_changed(&self) -> bool {
        let now = std::fs::metadata(&self.path);
        now.map_or(true, |now| {
            now.len() != self.len || now.modified().ok() != self.modified
        })
    }
}

impl Default for Loader<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'p> Loader<'p> {
    /// A loader of zones of class IN, which takes a zone's name from its SOA record, keeps the first 100
    /// findings and includes files of the zone's folder only.
    pub fn new() -> Self {
        Self {
            origin: None,
            class: Class::IN,
            limit: DEFAULT_LIMIT,
            includes_outside: false,
            keep_places: false,
            progress: None,
        }
    }

    /// The zone's name, in which relative names end until the file says otherwise.
    pub fn origin(mut self, origin: &Name<'_>) -> Self {
        self.origin = Some((*origin).into());
        self
    }

    /// The class of all records.
    pub fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// How many findings are kept; the others are counted.
    pub fn findings_kept(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// May files outside the zone's folder be included?
    pub fn includes_outside(mut self, allowed: bool) -> Self {
        self.includes_outside = allowed;
        self
    }

    /// Is it kept where each record stands, for [`Loaded::check`]? It is not unless asked for: that takes 8
    /// octets a record, which a server has no use for.
    pub fn keep_places(mut self, kept: bool) -> Self {
        self.keep_places = kept;
        self
    }

    /// Is told now and then how far a load has come.
    pub fn progress(mut self, progress: impl FnMut(Progress) + 'p) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Loads a zone from its file and the files that it includes. A file that is an image
    /// ([`lib_dns_core::zone::image`]) has no text: the zone's name and class stand in it, and its names, RRsets and
    /// digests are checked, but not again what the data of its records says.
    ///
    /// # Errors
    /// All that was found, with at least one error: the zone is then not loaded at all.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<Loaded, Findings> {
        let path = path.as_ref();
        let mut load = Load::new(self);
        match File::open(path).and_then(|file| Ok((SourceFile::of(path, &file)?, file))) {
            Ok((source, file)) if is_image(&file) => return load.image(file, source),
            Ok((source, file)) => {
                load.total = source.len;
                load.sources.push(source);
                // Where a link leads matters for what it may include, not for what it is called.
                let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                load.root = real.parent().map(Path::to_owned);
                load.begin(path, real, Box::new(file), None);
            }
            Err(error) => {
                let problem = Problem::Unreadable(error.to_string());
                load.builder.add_file(path.into());
                load.report(0, 0, TokenText::NONE, problem);
            }
        }
        load.run()
    }

    /// Opens an image without reading most of it; `None` if the file is none.
    ///
    /// # Errors
    /// As for [`Self::load`], as far as that has been read.
    pub(super) fn open_image(&self, path: &Path) -> Option<Result<OpenedImage, Findings>> {
        let file = File::open(path).ok().filter(is_image)?;
        let source = SourceFile::of(path, &file).ok()?;
        let open = || {
            let image = Arc::new(OpenImage::open(file, path, source.len)?);
            let zone = image.unread()?;
            Ok(OpenedImage {
                image,
                zone,
                source,
            })
        };
        Some(open().map_err(|fault| self.findings_of(path, fault)))
    }

    fn findings_of(&self, path: &Path, fault: ImageFault) -> Findings {
        let mut findings = Findings::up_to(self.limit);
        findings.add_file(path, fault.into());
        findings
    }

    /// Loads a zone from text that something else than a file holds; `name` is what findings call it.
    /// It includes nothing.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn load_text(&mut self, name: &Path, text: impl Read) -> Result<Loaded, Findings> {
        let mut load = Load::new(self);
        load.begin(name, PathBuf::new(), Box::new(text), None);
        load.run()
    }
}

/// A file that is being read.
struct Source<'t> {
    path: Arc<Path>,
    /// Its number in the builder.
    number: u16,
    /// Without links, so that a cycle is seen.
    real: PathBuf,
    text: Box<dyn Read + 't>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    scanner: Scanner<'static>,
}

impl Source<'_> {
    /// Reads on. What is left of the last piece comes to the front.
    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // An entry that does not fit; the scanner says when it is too long.
        if self.buffer.len() - self.end < PIECE / 2 {
            self.buffer.resize(self.buffer.len() + PIECE, 0);
        }
        let read = loop {
            match self.text.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.ended = read == 0;
        Ok(read)
    }
}

/// One load.
struct Load<'l, 'p, 't> {
    loader: &'l mut Loader<'p>,
    builder: ZoneBuilder,
    /// The folder whose files may be included.
    root: Option<PathBuf>,
    /// The files that are being read, each included by the one before.
    stack: Vec<Source<'t>>,
    sources: Vec<SourceFile>,
    read: u64,
    total: u64,
}

impl<'l, 'p, 't> Load<'l, 'p, 't> {
    fn new(loader: &'l mut Loader<'p>) -> Self {
        let findings = Findings::up_to(loader.limit);
        let mut builder = ZoneBuilder::new(loader.origin, loader.class, findings);
        if loader.keep_places {
            builder.keep_places();
        }
        Self {
            builder,
            loader,
            root: None,
            stack: Vec::new(),
            sources: Vec::new(),
            read: 0,
            total: 0,
        }
    }

    fn begin(
        &mut self,
        path: &Path,
        real: PathBuf,
        text: Box<dyn Read + 't>,
        scanner: Option<Scanner<'static>>,
    ) {
        let path = Arc::from(path);
        let number = self.builder.add_file(Arc::clone(&path));
        self.stack.push(Source {
            path,
            number,
            real,
            text,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
            scanner: scanner.unwrap_or_else(|| {
                let origin = self.loader.origin.as_ref().map(NameBuf::as_name);
                Scanner::new(self.loader.class, origin.as_ref())
            }),
        });
    }

    fn run(mut self) -> Result<Loaded, Findings> {
        let mut scratch = vec![0; 2 * MAX_SCRATCH_LEN];
        while let Some(source) = self.stack.last_mut() {
            let mut text = &source.buffer[source.start..source.end];
            let step = source.scanner.next(&mut text, source.ended, &mut scratch);
            source.start = source.end - text.len();
            match step {
                Ok(Step::Record(record)) => self.builder.push(&Incoming {
                    owner: record.owner,
                    rtype: record.rtype,
                    ttl: record.ttl,
                    data: record.data,
                    file: source.number,
                    line: record.line,
                }),
                Ok(Step::Include(include)) => {
                    let scanner = source.scanner.included(include.origin.as_ref());
                    let path = String::from_utf8_lossy(include.path).into_owned();
                    self.include(&path, include.line, include.column, scanner);
                }
                Ok(Step::More) => self.fill(),
                Ok(Step::End) => self.end_source(),
                Err(error) => {
                    let finding = finding_of(&source.path, &error);
                    self.builder.findings().add(finding);
                }
            }
        }
        drop(scratch);
        let Built {
            zone,
            warnings,
            places,
        } = self.builder.finish()?;
        Ok(Loaded {
            zone,
            warnings,
            sources: self.sources,
            places,
        })
    }

    /// Loads a zone from its image.
    fn image(self, file: File, source: SourceFile) -> Result<Loaded, Findings> {
        let (read, total) = (source.len, source.len);
        let image = OpenImage::open(file, &source.path, source.len);
        let zone = image.and_then(|image| image.load());
        let zone = zone.map_err(|fault| self.loader.findings_of(&source.path, fault))?;
        if let Some(progress) = &mut self.loader.progress {
            progress(Progress { read, total });
        }
        Ok(Loaded {
            zone,
            warnings: Findings::up_to(self.loader.limit),
            sources: vec![source],
            places: None,
        })
    }

    fn fill(&mut self) {
        let Some(source) = self.stack.last_mut() else {
            return;
        };
        match source.fill() {
            Ok(read) => {
                self.read += read as u64;
                let (read, total) = (self.read, self.total.max(self.read));
                if let Some(progress) = &mut self.loader.progress {
                    progress(Progress { read, total });
                }
            }
            Err(error) => {
                let line = source.scanner.line();
                let problem = Problem::Unreadable(error.to_string());
                self.report(line, 0, TokenText::NONE, problem);
                self.stack.clear();
            }
        }
    }

    fn end_source(&mut self) {
        if let (Some(ended), Some(source)) = (self.stack.pop(), self.stack.last_mut()) {
            source.scanner.resume(&ended.scanner);
        }
    }

    fn include(&mut self, path: &str, line: u32, column: u32, scanner: Scanner<'static>) {
        if let Err(problem) = self.begin_include(path, scanner) {
            self.report(line, column, TokenText::new(path.as_bytes()), problem);
        }
    }

    fn begin_include(&mut self, path: &str, scanner: Scanner<'static>) -> Result<(), Problem> {
        let unreadable = |error: io::Error| Problem::Unreadable(error.to_string());
        let from = self.stack.last().and_then(|source| source.path.parent());
        let full = from.map_or_else(|| PathBuf::from(path), |folder| folder.join(path));
        let Some(root) = &self.root else {
            return Err(Problem::IncludeOutside(path.to_owned()));
        };
        let real = full.canonicalize().map_err(unreadable)?;
        if !self.loader.includes_outside && !real.starts_with(root) {
            return Err(Problem::IncludeOutside(path.to_owned()));
        }
        if self.stack.iter().any(|source| source.real == real) {
            return Err(Problem::IncludeCycle(path.to_owned()));
        }
        let file = File::open(&real).map_err(unreadable)?;
        let source = SourceFile::of(&full, &file).map_err(unreadable)?;
        self.total += source.len;
        self.sources.push(source);
        self.begin(&full, real, Box::new(file), Some(scanner));
        Ok(())
    }

    /// Reports a problem of the file that is being read.
    fn report(&mut self, line: u32, column: u32, token: TokenText, problem: Problem) {
        let file = self.stack.last().map(|source| source.number).unwrap_or(0);
        self.builder.report_at(file, line, column, token, problem);
    }
}

/// An error of the scanner as a finding, with what to do where that is not plain.
fn finding_of(file: &Arc<Path>, error: &TextError) -> Finding {
    let mut finding = Finding::of_text(file, error);
    if error.kind == TextErrorKind::NoOrigin {
        finding.problem = Problem::NoOrigin;
    }
    finding
}
