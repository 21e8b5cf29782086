//! An import: what is new on disk is read in parallel, what all files say is put together, and what differs is written
//! in one transaction. A crash leaves the file as it was before or as it is after.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use jiff::Timestamp;

use super::facts::{FORMAT, Transcript};
use super::find::{Found, FoundFile};
use super::prices::Prices;
use super::rows::{NameCommand, Rows};
use super::turn::{Source, Turn};
use super::{BadLine, history, read_transcript};
use crate::db::calls::{self, KnownTranscript, RowChanges};
use crate::db::totals::{self, ImportTotals, ModelTotal};
use crate::db::{Database, Error, Result, own_file};

/// What an import is to do.
pub struct ImportPlan<'a> {
    /// What lies on disk.
    pub found: &'a Found,
    /// What tokens cost.
    pub prices: &'a Prices,
    /// Only turns from this time on.
    pub since: Option<Timestamp>,
    /// Write nothing, say what would be new.
    pub dry_run: bool,
    /// Whether the texts of requests and commands are kept.
    pub keep_text: bool,
    /// Names the operations of a shell line.
    pub name: &'a NameCommand<'a>,
}

/// Hears how far the reading is.
pub trait ImportProgress {
    /// So many bytes of all are read.
    fn read(&mut self, bytes: u64, of: u64);
}

/// Nobody listens.
impl ImportProgress for () {
    fn read(&mut self, _: u64, _: u64) {}
}

/// What an import did.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// Transcripts on disk, and of those, read now: by source.
    pub files: BTreeMap<Source, (u64, u64)>,
    /// Files that could not be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Lines of the files read now that could not be read.
    pub unreadable_lines: u64,
    /// The first of them, by file.
    pub bad_lines: Vec<(PathBuf, Vec<BadLine>)>,
    /// Lines of all files that repeat a call; `None` where nothing was new.
    pub duplicates: Option<u64>,
    /// Workflows written; in a dry run those that would be new.
    pub workflows: RowChanges,
    /// Calls written, likewise.
    pub calls: RowChanges,
    /// Commands written, likewise.
    pub commands: RowChanges,
    /// What there is now.
    pub totals: ImportTotals,
    /// Turns whose texts are not kept, as they were read now: what is to be detected in them must be detected at once.
    pub unkept: Vec<Turn>,
}

impl ImportSummary {
    /// Whether nothing was written.
    pub fn is_unchanged(&self) -> bool {
        self.files.values().all(|(_, read)| *read == 0)
            && [self.workflows, self.calls, self.commands].into_iter().all(RowChanges::is_none)
    }

    /// Whether something that looked like a transcript could not be read.
    pub fn has_problems(&self) -> bool {
        !self.unreadable.is_empty() || self.unreadable_lines > 0
    }
}

/// A file with what was read of it.
struct ReadFile {
    file: FoundFile,
    transcript: Transcript,
}

/// Imports what lies on disk into a file.
///
/// # Errors
/// Where the database cannot be read or written; nothing is written then.
pub fn import(
    db: &mut Database,
    plan: &ImportPlan<'_>,
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary> {
    let mut prepared = prepare(Some(db), plan, progress)?;
    if db.interrupted() {
        return Err(Error::Interrupted);
    }
    if prepared.is_needed {
        write(db, plan, &mut prepared)?;
    }
    prepared.summary.totals = totals::totals(db)?;
    Ok(prepared.summary)
}

/// Says what an import would find; `db` is the file where it is there. Nothing is written.
///
/// # Errors
/// Where the database cannot be read.
pub fn preview(
    db: Option<&Database>,
    plan: &ImportPlan<'_>,
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary> {
    let Prepared { mut summary, turns, .. } = prepare(db, plan, progress)?;
    let (workflows, calls) = db.map(totals::known_keys).transpose()?.unwrap_or_default();
    let is_new = |turn: &&Turn| !workflows.contains(&turn.key);
    summary.workflows.new = turns.iter().filter(is_new).count() as u64;
    let new_calls = turns.iter().flat_map(|turn| &turn.calls).filter(|call| !calls.contains(&call.key));
    summary.calls.new = new_calls.count() as u64;
    summary.commands.new = turns.iter().filter(is_new).map(|turn| turn.commands.len() as u64).sum();
    summary.totals = sums(&turns);
    Ok(summary)
}

/// What is to be written.
struct Prepared {
    summary: ImportSummary,
    turns: Vec<Turn>,
    stored: Vec<(KnownTranscript, Vec<u8>)>,
    is_needed: bool,
}

fn prepare(
    db: Option<&Database>,
    plan: &ImportPlan<'_>,
    progress: &mut dyn ImportProgress,
) -> Result<Prepared> {
    let known = db.map(calls::known_transcripts).transpose()?.unwrap_or_default();
    let known: BTreeMap<_, _> = known.into_iter().map(|known| (known.path.clone(), known)).collect();
    let mut summary = ImportSummary { unreadable: plan.found.unreadable.clone(), ..ImportSummary::default() };
    for file in &plan.found.files {
        summary.files.entry(file.source).or_default().0 += 1;
    }
    let changed: Vec<_> = plan.found.files.iter().filter(|file| has_changed(file, &known)).collect();
    let mut read = read_all(&changed, &mut summary, progress);
    let is_settled = known
        .values()
        .all(|known| (known.is_complete || plan.since.is_some()) && known.priced_with == plan.prices.hash);
    let is_needed = !(read.is_empty() && is_settled);
    let (mut turns, mut stored) = (Vec::new(), Vec::new());
    if is_needed || db.is_none() || plan.dry_run {
        let facts = db.map(stored_facts).transpose()?.unwrap_or_default();
        keep_longer(&mut read, &facts);
        summary.unkept = forget_texts(&mut read, plan);
        stored = read.iter().map(|read| stored_transcript(read, plan)).collect();
        let history = history(&joined(facts, read), plan.prices);
        summary.duplicates = Some(history.duplicates);
        turns = history.turns;
    }
    let is_wanted =
        |turn: &Turn| plan.since.is_none_or(|since| turn.start.is_none_or(|start| start >= since));
    turns.retain(is_wanted);
    summary.unkept.retain(is_wanted);
    Ok(Prepared { summary, turns, stored, is_needed })
}

/// The facts of all files: what was read now replaces what was known.
fn joined(mut facts: Vec<(String, Transcript)>, read: Vec<ReadFile>) -> Vec<(String, Transcript)> {
    let new: HashSet<_> = read.iter().map(|read| path_of(&read.file)).collect();
    facts.retain(|(path, _)| !new.contains(path));
    facts.extend(read.into_iter().map(|read| (path_of(&read.file), read.transcript)));
    facts
}

fn path_of(file: &FoundFile) -> String {
    file.path.to_string_lossy().into_owned()
}

fn has_changed(file: &FoundFile, known: &BTreeMap<String, KnownTranscript>) -> bool {
    known.get(&path_of(file)).is_none_or(|known| {
        known.size as u64 != file.size || known.modified != file.modified || known.format != FORMAT
    })
}

/// Reads files on as many threads as there are processors, the largest first.
fn read_all(
    files: &[&FoundFile],
    summary: &mut ImportSummary,
    progress: &mut dyn ImportProgress,
) -> Vec<ReadFile> {
    let mut order: Vec<_> = files.to_vec();
    order.sort_by_key(|file| std::cmp::Reverse(file.size));
    let (total, mut done) = (order.iter().map(|file| file.size).sum(), 0);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(order.len().max(1));
    let mut read = Vec::with_capacity(files.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, order, next) = (sender.clone(), &order, &next);
            scope.spawn(move || {
                while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send((*file, read_transcript(&file.path, file.source))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (file, outcome) in receiver {
            done += file.size;
            progress.read(done, total);
            match outcome {
                Ok((transcript, bad)) => {
                    summary.files.entry(file.source).or_default().1 += 1;
                    summary.unreadable_lines += transcript.unreadable;
                    if !bad.is_empty() {
                        summary.bad_lines.push((file.path.clone(), bad));
                    }
                    read.push(ReadFile { file: file.clone(), transcript });
                }
                Err(error) => summary.unreadable.push((file.path.clone(), error.to_string())),
            }
        }
    });
    read.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    summary.bad_lines.sort_by(|a, b| a.0.cmp(&b.0));
    summary.unreadable.sort();
    read
}

/// The facts of the transcripts that were read before, whether they are still there or not.
fn stored_facts(db: &Database) -> Result<Vec<(String, Transcript)>> {
    let stored = calls::transcript_facts(db)?.into_iter();
    // Facts that cannot be read are those of another version: their files are read again where they are there.
    Ok(stored.map(|(path, json)| (path, serde_json::from_slice(&json).unwrap_or_default())).collect())
}

/// A file that has become shorter takes nothing away.
fn keep_longer(read: &mut [ReadFile], facts: &[(String, Transcript)]) {
    for read in read {
        let path = path_of(&read.file);
        let known = facts.iter().find(|(known, _)| *known == path);
        if let Some((_, known)) = known.filter(|(_, known)| known.length > read.transcript.length) {
            read.transcript = known.clone();
        }
    }
}

/// Leaves out the texts where they are not to be kept; answers the turns as they were.
fn forget_texts(read: &mut [ReadFile], plan: &ImportPlan<'_>) -> Vec<Turn> {
    if plan.keep_text {
        return Vec::new();
    }
    let with_texts: Vec<_> = read.iter().map(|read| (path_of(&read.file), read.transcript.clone())).collect();
    for read in read.iter_mut() {
        read.transcript.forget_texts(plan.name);
    }
    history(&with_texts, plan.prices).turns
}

fn stored_transcript(read: &ReadFile, plan: &ImportPlan<'_>) -> (KnownTranscript, Vec<u8>) {
    let ReadFile { file, transcript } = read;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let row = KnownTranscript {
        path: path_of(file),
        source: file.source.name().to_owned(),
        size: whole(file.size),
        modified: file.modified,
        read_to: whole(transcript.length),
        unreadable: whole(transcript.unreadable),
        is_complete: true,
        priced_with: plan.prices.hash.clone(),
        format: FORMAT,
    };
    (row, serde_json::to_vec(transcript).unwrap_or_default())
}

/// Writes what differs.
fn write(db: &mut Database, plan: &ImportPlan<'_>, prepared: &mut Prepared) -> Result<()> {
    let is_own = own_file::is_own(db)?;
    let rows = if is_own {
        Rows::own(&prepared.turns, plan.name)
    } else {
        Rows::for_runs(&prepared.turns, &calls::runs_by_adw_id(db)?, plan.name)
    };
    let Prepared { summary, stored, .. } = prepared;
    db.write(|tx| {
        calls::create_tables(tx)?;
        for (row, facts) in stored.iter() {
            calls::put_transcript(tx, row, facts)?;
        }
        if is_own {
            // A time given with --since holds back what is older; what was imported before stays.
            summary.workflows = calls::put_workflows(tx, &rows.workflows, plan.since.is_none())?;
        }
        summary.calls = calls::put_calls(tx, &rows.calls, plan.since.is_none())?;
        summary.commands = calls::put_commands(tx, &rows.commands, plan.since.is_none())?;
        calls::note_state(tx, &plan.prices.hash, plan.since.is_none())
    })
}

/// What turns add up to, for a dry run.
fn sums(turns: &[Turn]) -> ImportTotals {
    let mut totals = ImportTotals { turns: turns.len() as u64, ..ImportTotals::default() };
    let mut rows: BTreeMap<(Source, Option<&str>), ModelTotal> = BTreeMap::new();
    for turn in turns {
        totals.unattributed += u64::from(turn.unattributed);
        totals.commands += turn.commands.len() as u64;
        let start = turn.start.map(|start| start.to_string());
        totals.first = [totals.first.take(), start.clone()].into_iter().flatten().min();
        totals.last = totals.last.take().max(start);
        for call in &turn.calls {
            let row = rows.entry((turn.source, call.model.as_deref())).or_default();
            turn.source.name().clone_into(&mut row.source);
            row.model.clone_from(&call.model);
            row.calls += 1;
            row.unpriced += u64::from(call.cost.is_none());
            row.cost += call.cost.unwrap_or(0.0);
            let used = call.tokens;
            let kinds = [used.input, used.output, used.cache_write_5m, used.cache_write_1h, used.cache_read];
            row.tokens.iter_mut().zip(kinds).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        }
    }
    totals.models = rows.into_values().collect();
    totals
}
