//! What an import is to do, and what it did.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;

use super::BadLine;
use super::assemble::History;
use super::facts::message;
use super::find::FoundTranscripts;
use super::prices::Prices;
use super::turn::{Source, Turn};
use crate::db::calls::RowChanges;
use crate::db::totals::{ImportTotals, ImportedRow, imported_rows};
use crate::db::transcripts::KnownTranscript;
use crate::db::{Database, Result};
use crate::detect::RuleSet;

/// What an import is to do.
pub struct ImportPlan<'a> {
    /// What lies on disk.
    pub found: &'a FoundTranscripts,
    /// What tokens cost.
    pub prices: &'a Prices,
    /// Only turns from this time on.
    pub since: Option<Timestamp>,
    /// Whether the texts of requests and commands are kept.
    pub keep_text: bool,
    /// Waits for the rules that name the operations of shell lines: they may be made while transcripts are read.
    pub rules: &'a (dyn Fn() -> &'a RuleSet + Sync),
}

impl ImportPlan<'_> {
    /// The turns to write: those since `since`, and all that the file has a part of already, so that no row stays as
    /// other transcripts, prices or rules have made it.
    pub fn wanted<'a>(&self, mut history: History<'a>, known: &KnownRows) -> History<'a> {
        let is_recent =
            |turn: &Turn<'_>| self.since.is_none_or(|since| turn.start.is_none_or(|start| start >= since));
        history.turns.retain(|turn| is_recent(turn) || known.has_part_of(turn));
        history
    }
}

/// What a file has of an import already.
#[derive(Debug, Default)]
pub struct KnownRows {
    /// The keys of its workflows.
    pub workflows: HashSet<String>,
    /// The keys of its calls.
    pub calls: HashSet<String>,
    messages: HashSet<String>,
}

impl KnownRows {
    /// What a file has.
    pub fn of(db: &Database) -> Result<Self> {
        let mut known = Self::default();
        for row in imported_rows(db)? {
            match row.call {
                None => drop(known.workflows.insert(row.workflow)),
                Some(call) => {
                    known.messages.insert(message(&call).to_owned());
                    known.calls.insert(call);
                }
            }
        }
        Ok(known)
    }

    /// Whether the file has a turn, or some call of it as another turn's.
    fn has_part_of(&self, turn: &Turn<'_>) -> bool {
        self.workflows.contains(&turn.key)
            || turn.calls.iter().any(|call| self.messages.contains(message(call.key)))
    }
}

/// The keys of the workflows that may come from these lost transcripts alone: those with a call that is in none of
/// `turns`, which are made from all other transcripts.
pub fn kept_workflows<'t>(
    db: &Database,
    lost: &BTreeMap<String, KnownTranscript>,
    turns: impl Iterator<Item = &'t Turn<'t>>,
) -> Result<HashSet<String>> {
    if lost.is_empty() {
        return Ok(HashSet::new());
    }
    let sources: HashSet<&str> = lost.values().map(|lost| lost.source.as_str()).collect();
    let (mut keys, mut messages) = (HashSet::new(), HashSet::new());
    for turn in turns {
        keys.insert(turn.key.as_str());
        messages.extend(turn.calls.iter().map(|call| message(call.key)));
    }
    let rows = imported_rows(db)?;
    let with_calls: HashSet<&str> =
        rows.iter().filter(|row| row.call.is_some()).map(|row| row.workflow.as_str()).collect();
    let is_kept = |row: &&ImportedRow| {
        sources.contains(row.source.as_str())
            && match &row.call {
                Some(call) => !messages.contains(message(call)),
                None => !keys.contains(row.workflow.as_str()) && !with_calls.contains(row.workflow.as_str()),
            }
    };
    Ok(rows.iter().filter(is_kept).map(|row| row.workflow.clone()).collect())
}

/// Is told how far reading has come.
pub trait ImportProgress {
    /// `bytes` of `of` bytes have been read.
    fn read(&mut self, bytes: u64, of: u64);
}

/// Nobody listens.
impl ImportProgress for () {
    fn read(&mut self, _: u64, _: u64) {}
}

/// How many transcripts of a source lie on disk, and what became of them; the others were known before.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileCounts {
    /// All of them.
    pub found: u64,
    /// Those read now.
    pub read: u64,
    /// Those that could not be read.
    pub unreadable: u64,
}

impl FileCounts {
    /// Those that were read before and have not changed.
    pub fn known(&self) -> u64 {
        self.found.saturating_sub(self.read + self.unreadable)
    }
}

/// What an import did.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// Transcripts on disk, by source.
    pub files: BTreeMap<Source, FileCounts>,
    /// Files that could not be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Of the files read now, those that are no transcripts of their source.
    pub empty: Vec<(PathBuf, Source)>,
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
    /// How many transcripts are gone with facts that can no longer be read, and how many workflows stay as they were
    /// for that.
    pub kept: (u64, u64),
    /// The sums afterwards. Only a dry run fills them in; else whoever shows the summary reads them from the file.
    pub totals: ImportTotals,
    /// The revision of the transcripts that the rows are of.
    pub revision: i64,
    /// Whether the patterns of all rows are recorded already.
    pub is_detected: bool,
    /// Whether other rules had named the commands before.
    pub is_renamed: bool,
}

impl ImportSummary {
    /// Whether nothing was written.
    pub fn is_unchanged(&self) -> bool {
        self.files.values().all(|files| files.read == 0)
            && [self.workflows, self.calls, self.commands].into_iter().all(RowChanges::is_none)
    }

    /// Whether recorded patterns may no longer hold: a turn that has grown may be another operation than its beginning
    /// seemed to be, a session may turn out to be a run's, and other rules may name commands otherwise.
    pub fn needs_rebuild(&self) -> bool {
        let RowChanges { changed, removed, .. } = self.workflows;
        self.is_renamed || changed + removed + self.commands.changed + self.commands.removed > 0
    }

    /// Whether something that looked like a transcript could not be read.
    pub fn has_problems(&self) -> bool {
        !self.unreadable.is_empty() || self.unreadable_lines > 0
    }
}
