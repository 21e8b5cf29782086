//! What is new on disk, read and kept as it comes, and what all transcripts say together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::facts::{FORMAT, KeptFacts};
use super::find::FoundFile;
use super::plan::{ImportPlan, ImportProgress, ImportSummary};
use super::reading::{Forgetting, ReadFile, read_all};
use super::turn::Source;
use crate::db::transcripts::{self, ImportState, KnownTranscript};
use crate::db::{Database, Error, Result, calls};

/// A transcript to be kept: its row, and its facts where they are not those that are kept.
pub struct KeptTranscript {
    row: KnownTranscript,
    facts: Option<Arc<Vec<u8>>>,
    /// The new path for the facts of another session, which were kept under this path before.
    others: Option<String>,
}

/// Keeps the facts of transcripts as they are read, some at a time.
pub struct FactStore<'a> {
    db: &'a Database,
    waiting: Vec<KeptTranscript>,
    bytes: usize,
    /// How often it has written: each time makes a revision.
    transactions: i64,
}

/// How many bytes of facts wait for a transaction.
const BATCH_BYTES: usize = 8 << 20;

impl<'a> FactStore<'a> {
    /// Keeps facts in a file.
    pub fn new(db: &'a Database) -> Self {
        Self { db, waiting: Vec::new(), bytes: 0, transactions: 0 }
    }

    /// Keeps one transcript's facts.
    pub fn put(&mut self, transcript: KeptTranscript) -> Result<()> {
        if self.db.interrupted() {
            return Err(Error::Interrupted);
        }
        self.bytes += transcript.facts.as_ref().map_or(0, |facts| facts.len());
        self.waiting.push(transcript);
        if self.bytes < BATCH_BYTES { Ok(()) } else { self.write() }
    }

    /// Writes what waits; answers how many transactions there were in all.
    pub fn finish(mut self) -> Result<i64> {
        self.write()?;
        Ok(self.transactions)
    }

    fn write(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        self.transactions += 1;
        self.db.write(|tx| {
            calls::create_tables(tx)?;
            for KeptTranscript { row, facts, others } in &waiting {
                if let Some(others) = others {
                    transcripts::set_aside(tx, &row.path, others)?;
                }
                match facts {
                    Some(facts) => transcripts::put_transcript(tx, row, facts)?,
                    None => transcripts::put_size(tx, row)?,
                }
            }
            let state = transcripts::current_state(tx)?.unwrap_or_default();
            let revision = state.revision + 1;
            transcripts::put_state(tx, &ImportState { revision, is_complete: false, ..state })
        })
    }
}

/// What all transcripts say.
pub struct AllFacts {
    /// The facts that can be read.
    pub facts: Vec<KeptFacts>,
    /// By path: the transcripts whose facts cannot, and that are not there to be read again.
    pub lost: BTreeMap<String, KnownTranscript>,
}

/// What an import has read, and what it says of it.
pub struct Gathering<'a, 'p> {
    /// What is to be done.
    pub plan: &'a ImportPlan<'p>,
    db: Option<&'a Database>,
    /// What was done so far.
    pub summary: ImportSummary,
    /// The revision that the file has after this import's writes, unless another import writes, too.
    revision: i64,
    known: BTreeMap<String, KnownTranscript>,
    /// By the path of a file that has changed: whose session was read in it before.
    sessions: HashMap<String, String>,
    /// By the path of a file in which another session was read now: the path under which the former one's facts, which the file
    /// still has there, are to be kept.
    aside: HashMap<String, String>,
    read: Vec<KeptFacts>,
}

impl<'a, 'p> Gathering<'a, 'p> {
    /// Begins with what the file knows.
    pub fn begin(db: Option<&'a Database>, plan: &'a ImportPlan<'p>) -> Result<Self> {
        // In this order: what another import adds in between is noticed later by its revision.
        let state = db.map(transcripts::import_state).transpose()?.flatten().unwrap_or_default();
        let known = db.map(transcripts::known_transcripts).transpose()?.unwrap_or_default();
        let known = known.into_iter().map(|known| (known.path.clone(), known)).collect();
        let mut summary =
            ImportSummary { unreadable: plan.found.unreadable.clone(), ..ImportSummary::default() };
        for file in &plan.found.files {
            summary.files.entry(file.source).or_default().found += 1;
        }
        let revision = state.revision;
        let (sessions, aside) = (HashMap::new(), HashMap::new());
        Ok(Self { plan, db, summary, revision, known, sessions, aside, read: Vec::new() })
    }

    /// Reads the files that have changed, and calls `keep` with what is to be kept of each.
    pub fn read(
        &mut self,
        progress: &mut dyn ImportProgress,
        keep: &mut dyn FnMut(KeptTranscript) -> Result<()>,
    ) -> Result<()> {
        let plan = self.plan;
        let changed: Vec<_> = plan.found.files.iter().filter(|file| self.has_changed(file)).collect();
        let (total, mut done) = (changed.iter().map(|file| file.size).sum(), 0);
        let texts = self.read_known(&changed)?;
        read_all(&changed, self.forgetting(texts).as_ref(), &mut |file, read| {
            done += file.size;
            progress.read(done, total);
            self.take(file, read).map_or(Ok(()), &mut *keep)
        })?;
        self.read.sort_by(|a, b| a.path.cmp(&b.path));
        self.summary.bad_lines.sort_by(|a, b| a.0.cmp(&b.0));
        self.summary.unreadable.sort();
        self.summary.empty.sort();
        Ok(())
    }

    /// Notes whose sessions are known of these files; answers, where texts are to be forgotten, those that are known.
    fn read_known(&mut self, changed: &[&FoundFile]) -> Result<HashMap<String, HashSet<String>>> {
        let mut texts = HashMap::new();
        let Some(db) = self.db else { return Ok(texts) };
        let paths: HashSet<_> = changed.iter().map(|file| path_of(file)).collect();
        transcripts::visit_facts(db, &|path| paths.contains(path), &mut |known, kept| {
            let path = || known.path.clone();
            let kept = KeptFacts { path: path(), bytes: Arc::new(kept.to_vec()) };
            let Some(transcript) = (known.format == FORMAT).then(|| kept.read()).flatten() else { return };
            self.sessions.insert(path(), transcript.thread.to_owned());
            if !self.plan.keep_text {
                texts.insert(path(), transcript.texts().map(str::to_owned).collect());
            }
        })?;
        Ok(texts)
    }

    fn forgetting(&self, known: HashMap<String, HashSet<String>>) -> Option<Forgetting<'a>> {
        (!self.plan.keep_text).then(|| Forgetting { rules: (self.plan.rules)(), known })
    }

    fn has_changed(&self, file: &FoundFile) -> bool {
        self.known.get(&path_of(file)).is_none_or(|known| {
            let is_same = known.size as u64 == file.size && known.modified == file.modified;
            !is_same || known.format != FORMAT || known.source != file.source.name()
        })
    }

    fn take(&mut self, file: &FoundFile, read: io::Result<ReadFile>) -> Option<KeptTranscript> {
        let counts = self.summary.files.entry(file.source).or_default();
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                counts.unreadable += 1;
                self.summary.unreadable.push((file.path.clone(), error.to_string()));
                return None;
            }
        };
        counts.read += 1;
        self.summary.unreadable_lines += read.unreadable;
        let (path, row) = (path_of(file), row_of(file, &read));
        if !read.bad_lines.is_empty() {
            self.summary.bad_lines.push((file.path.clone(), read.bad_lines));
        }
        if read.thread.is_empty() {
            self.summary.empty.push((file.path.clone(), file.source));
            // Reading a file as the wrong source does not replace what is known of it.
            let is_anothers = |known: &KnownTranscript| known.format == FORMAT && known.source != row.source;
            if self.known.get(&path).is_some_and(is_anothers) {
                return None;
            }
        }
        let others = match self.fate(&row, &read.thread) {
            KeptFactsFate::Keep => return Some(KeptTranscript { row, facts: None, others: None }),
            KeptFactsFate::Drop => None,
            KeptFactsFate::KeepUnder(others) => Some(others),
        };
        self.aside.extend(others.clone().map(|others| (path.clone(), others)));
        let bytes = Arc::new(read.facts);
        self.read.push(KeptFacts { path, bytes: Arc::clone(&bytes) });
        Some(KeptTranscript { row, facts: Some(bytes), others })
    }

    /// What becomes of what is known of a file in which this session was read now. A file that has become shorter takes
    /// nothing away, nor does another session; a run's stream is then that of another run.
    fn fate(&self, row: &KnownTranscript, thread: &str) -> KeptFactsFate {
        let (Some(known), Some(before)) = (self.known.get(&row.path), self.sessions.get(&row.path)) else {
            return KeptFactsFate::Drop;
        };
        let is_anothers = known.source != row.source || row.source == Source::Adw.name();
        if is_anothers || before.is_empty() {
            KeptFactsFate::Drop
        } else if before == thread {
            if known.read_to > row.read_to { KeptFactsFate::Keep } else { KeptFactsFate::Drop }
        } else if thread.is_empty() {
            KeptFactsFate::Keep
        } else {
            KeptFactsFate::KeepUnder(format!("{}#{before}", row.path))
        }
    }

    /// Counts the revisions that this import has made: what it has read is kept.
    pub fn count_revisions(&mut self, made: i64) {
        self.revision += made;
        self.aside.clear();
    }

    /// What all transcripts say: those read now, and those that the file has in this revision, whether they are still there
    /// or not.
    pub fn facts(&mut self, db: Option<&Database>, revision: i64) -> Result<AllFacts> {
        let mut facts = std::mem::take(&mut self.read);
        if revision != self.revision {
            // Another import has changed the transcripts meanwhile: the file knows best.
            facts.clear();
        }
        let mut all = AllFacts { facts, lost: BTreeMap::new() };
        if let Some(db) = db {
            self.add_stored(db, &mut all)?;
            self.read_again(&mut all)?;
        }
        Ok(all)
    }

    /// Adds the facts that the file has, but for those of transcripts that were read now.
    fn add_stored(&self, db: &Database, all: &mut AllFacts) -> Result<()> {
        let paths = all.facts.iter().map(|facts| facts.path.clone());
        let replaced: HashSet<_> = paths.filter(|path| !self.aside.contains_key(path)).collect();
        transcripts::visit_facts(db, &|path| !replaced.contains(path), &mut |known, kept| {
            let path = self.aside.get(&known.path).unwrap_or(&known.path).clone();
            let kept = KeptFacts { path, bytes: Arc::new(kept.to_vec()) };
            if known.format == FORMAT && kept.read().is_some() {
                all.facts.push(kept);
            } else {
                all.lost.insert(kept.path, known.clone());
            }
        })
    }

    /// Reads the files again whose stored facts cannot be read: as they were not read now, these are damaged.
    fn read_again(&self, all: &mut AllFacts) -> Result<()> {
        let files = self.plan.found.files.iter();
        let damaged: Vec<_> = files.filter(|file| all.lost.contains_key(&path_of(file))).collect();
        read_all(&damaged, self.forgetting(HashMap::new()).as_ref(), &mut |file, read| {
            if let Ok(ReadFile { facts: bytes, .. }) = read {
                let path = path_of(file);
                all.lost.remove(&path);
                all.facts.push(KeptFacts { path, bytes: Arc::new(bytes) });
            }
            Ok(())
        })
    }
}

/// What becomes of what is known of a file that has changed.
enum KeptFactsFate {
    Keep,
    Drop,
    /// Under this path.
    KeepUnder(String),
}

fn path_of(file: &FoundFile) -> String {
    file.path.to_string_lossy().into_owned()
}

fn row_of(file: &FoundFile, read: &ReadFile) -> KnownTranscript {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    KnownTranscript {
        path: path_of(file),
        source: file.source.name().to_owned(),
        size: whole(file.size),
        modified: file.modified,
        // Of what is no transcript nothing is read.
        read_to: if read.thread.is_empty() { 0 } else { whole(read.length) },
        unreadable: whole(read.unreadable),
        format: FORMAT,
    }
}
