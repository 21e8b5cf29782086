//! What an import is to do, and what it did.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::BadLine;
use super::assemble::History;
use super::find::FoundTranscripts;
use super::prices::Prices;
use super::turn::{Source, Turn};
use crate::db::calls::RowChanges;
use crate::db::totals::ImportTotals;
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
    /// What is wanted of a history.
    pub fn wanted<'a>(&self, mut history: History<'a>) -> History<'a> {
        let is_wanted =
            |turn: &Turn<'_>| self.since.is_none_or(|since| turn.start.is_none_or(|start| start >= since));
        history.turns.retain(is_wanted);
        history
    }
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
    /// What there is now: of a dry run, else of the file for whoever shows it.
    pub totals: ImportTotals,
    /// The turns whose texts are not kept, by key, and the operations that they asked for.
    pub unkept: Vec<(String, Vec<String>)>,
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
        self.files.values().all(|(_, read)| *read == 0)
            && [self.workflows, self.calls, self.commands].into_iter().all(RowChanges::is_none)
    }

    /// Whether what was recorded of the history may no longer be so: a turn that has grown may be another operation than
    /// its beginning seemed to be, and other rules may name it otherwise.
    pub fn has_other_operations(&self) -> bool {
        self.is_renamed || self.workflows.changed + self.commands.changed + self.commands.removed > 0
    }

    /// Whether something that looked like a transcript could not be read.
    pub fn has_problems(&self) -> bool {
        !self.unreadable.is_empty() || self.unreadable_lines > 0
    }
}
