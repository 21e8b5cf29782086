//! Where transcripts are, and which files are transcripts.
//!
//! Symbolic links within a folder, pipes, sockets and devices are not followed or read.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::adw::folder as adw;
use super::turn::Source;

/// What the environment says of where to look.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The user's home.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`, which may name several, separated by commas.
    pub claude: Option<String>,
    /// `CODEX_HOME`, likewise.
    pub codex: Option<String>,
    /// The working directory.
    pub here: PathBuf,
}

impl Environment {
    fn in_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }
}

/// A place to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPlace {
    /// Whose transcripts are wanted there; `None` leaves it to the files' content.
    pub source: Option<Source>,
    /// A file or folder.
    pub path: PathBuf,
}

/// A transcript on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Who wrote it.
    pub source: Source,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: i64,
}

/// What a search gave.
#[derive(Clone, Debug, Default)]
pub struct FoundTranscripts {
    /// The transcripts, by path.
    pub files: Vec<FoundFile>,
    /// What could not be looked into, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// The usual places of a source.
pub fn usual_places(source: Source, environment: &Environment) -> Vec<SearchPlace> {
    let paths = match source {
        Source::Claude => claude_places(environment),
        Source::Codex => codex_places(environment),
        Source::Adw => vec![agents_place(&environment.here)],
    };
    paths.into_iter().map(|path| SearchPlace { source: Some(source), path }).collect()
}

fn claude_places(environment: &Environment) -> Vec<PathBuf> {
    if let Some(list) = &environment.claude {
        return listed(list).map(|path| projects(&path)).collect();
    }
    let config = environment.config_home.clone().or_else(|| environment.in_home(".config"));
    let roots = [config.map(|config| config.join("claude")), environment.in_home(".claude")];
    roots.into_iter().flatten().map(|root| root.join("projects")).collect()
}

fn codex_places(environment: &Environment) -> Vec<PathBuf> {
    let roots: Vec<_> = match &environment.codex {
        Some(list) => listed(list).collect(),
        None => environment.in_home(".codex").into_iter().collect(),
    };
    roots.iter().flat_map(|root| ["sessions", "archived_sessions"].map(|name| root.join(name))).collect()
}

/// The folder `agents` here or in the nearest folder above.
fn agents_place(here: &Path) -> PathBuf {
    let mut above = here.ancestors().map(|folder| folder.join("agents"));
    above.find(|folder| folder.is_dir()).unwrap_or_else(|| here.join("agents"))
}

fn listed(list: &str) -> impl Iterator<Item = PathBuf> {
    list.split(',').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn projects(root: &Path) -> PathBuf {
    if root.ends_with("projects") { root.to_owned() } else { root.join("projects") }
}

/// Transcripts that were read before, by path: whose they are is known without opening them again.
pub type KnownFiles = HashMap<PathBuf, FoundFile>;

/// Looks for transcripts. A file counts once, however many places have it.
pub fn find(places: &[SearchPlace], known: &KnownFiles) -> FoundTranscripts {
    let mut found = FoundTranscripts::default();
    let unknown = KnownFiles::default();
    for SearchPlace { source, path } in places {
        // What a person names may be a link.
        match fs::canonicalize(path) {
            Ok(path) => {
                // A file that a person names may have been read as another source's.
                let known = if path.is_file() { &unknown } else { known };
                TranscriptSearch { source: *source, known, found: &mut found }.look(&path);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => found.unreadable.push((path.clone(), error.to_string())),
        }
    }
    found.files.sort_by(|a, b| a.path.cmp(&b.path));
    found.files.dedup_by(|a, b| a.path == b.path);
    found
}

/// A search in one place.
struct TranscriptSearch<'a> {
    /// Whose transcripts are wanted; `None` leaves it to the files' content.
    source: Option<Source>,
    known: &'a KnownFiles,
    found: &'a mut FoundTranscripts,
}

impl TranscriptSearch<'_> {
    fn look(&mut self, path: &Path) {
        if let Err(reason) = self.try_look(path) {
            self.found.unreadable.push((path.to_owned(), reason.to_string()));
        }
    }

    fn try_look(&mut self, path: &Path) -> io::Result<()> {
        let facts = path.symlink_metadata()?;
        if facts.is_dir() {
            fs::read_dir(path)?.flatten().for_each(|entry| self.look(&entry.path()));
        } else if facts.is_file() && has_transcript_name(path) {
            self.add(path, &facts)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, facts: &Metadata) -> io::Result<()> {
        if path.to_str().is_none() {
            let reason = "its path is no valid UTF-8, under which it could be remembered: rename it";
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, reason));
        }
        let modified = if adw::name(path).is_some() { adw::modified(path) } else { facts.modified().ok() };
        let (size, modified) = (facts.len(), modified.map_or(0, nanoseconds));
        let known = self.known.get(path).filter(|known| known.size == size && known.modified == modified);
        let source = match (self.source, known) {
            (Some(source), _) => accepted(path, source),
            (None, Some(known)) => Some(known.source),
            (None, None) => recognise(path)?,
        };
        let found = source.map(|source| FoundFile { source, path: path.to_owned(), size, modified });
        self.found.files.extend(found);
        Ok(())
    }
}

fn has_transcript_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    (name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")) && name != "journal.jsonl"
}

/// A run's stream is one only below a folder `agents`.
fn accepted(path: &Path, source: Source) -> Option<Source> {
    (source != Source::Adw || adw::name(path).is_some()).then_some(source)
}

fn nanoseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map(|since| since.as_nanos());
    since.ok().and_then(|nanoseconds| i64::try_from(nanoseconds).ok()).unwrap_or(0)
}

/// The most bytes of a file that are looked at: a line of snapshots before the first message may be long.
const ENOUGH: u64 = 4 << 20;

/// Whose transcript a file is, by its first lines; `None` where it is no transcript.
fn recognise(path: &Path) -> io::Result<Option<Source>> {
    if path.extension().is_some_and(|extension| extension == "zst") {
        return Ok(Some(Source::Codex));
    }
    let (mut file, mut head) = (fs::File::open(path)?, Vec::new());
    // The first part is nearly always enough.
    let mut part = 64 << 10;
    loop {
        let is_whole = (&mut file).take(part).read_to_end(&mut head)? < part as usize;
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is UTF-16: save it as UTF-8"));
        }
        let source = source_of(path, &head);
        if source.is_some() || is_whole || part >= ENOUGH {
            return Ok(source);
        }
        part *= 4;
    }
}

fn source_of(path: &Path, head: &[u8]) -> Option<Source> {
    let has = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    let is_named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rollout-"));
    if has("\"payload\"") && (is_named || has("session_meta")) {
        Some(Source::Codex)
    } else if has("\"session_id\"") && accepted(path, Source::Adw).is_some() {
        Some(Source::Adw)
    } else if has("\"sessionId\"") {
        Some(Source::Claude)
    } else {
        None
    }
}
