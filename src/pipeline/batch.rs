//! What one transaction of the write stage does.

use super::changes::LinkChange;
use super::detection::DetectedLink;
use super::scanned::Scanned;
use crate::db::occurrences::{self, NewOccurrence, OccurrenceWriter};
use crate::db::{Error, Result, Transaction, patterns};
use crate::snapshot::{PatternIndex, SnapshotLink, WorkflowIndex};

/// A transaction of the write stage.
pub(super) struct Batch<'a> {
    tx: &'a Transaction<'a>,
    scanned: &'a Scanned,
    writer: OccurrenceWriter<'a>,
    pub done: BatchDone,
}

/// What a transaction has done; it counts once it is committed.
#[derive(Default)]
pub(super) struct BatchDone {
    /// How many workflows it has dealt with.
    pub workflows: u64,
    pub new_patterns: u64,
    pub new_occurrences: u64,
    pub removed_occurrences: u64,
    pub restated_occurrences: u64,
    pub added: Vec<SnapshotLink>,
    /// Rowids of workflows that could not be recorded, and why.
    pub refused: Vec<(i64, String)>,
    /// The patterns' ids, by their index.
    pub ids: Vec<Option<i64>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        tx: &'a Transaction<'a>,
        scanned: &'a Scanned,
        stamp: &'a str,
        ids: Vec<Option<i64>>,
    ) -> Result<Self> {
        let writer = OccurrenceWriter::new(tx, stamp, ids)?;
        Ok(Self { tx, scanned, writer, done: BatchDone::default() })
    }

    pub(super) fn done(self) -> BatchDone {
        let OccurrenceWriter { ids, new_patterns, new_occurrences, .. } = self.writer;
        BatchDone { new_patterns, new_occurrences, ids, ..self.done }
    }

    /// Adds links, each with the JSON of its characteristics.
    pub(super) fn add_links(&mut self, links: &[(&DetectedLink, String)]) -> Result<()> {
        let Self { scanned, writer, done, .. } = self;
        let snapshot = &scanned.snapshot;
        let occurrences = links.iter().map(|(link, json)| NewOccurrence {
            pattern: link.pattern,
            signature: &snapshot.pattern(link.pattern).signature,
            key: snapshot.key_text(link.key),
            characteristics: json,
        });
        let occurrences: Vec<_> = occurrences.collect();
        writer.write(&occurrences, |position, outcome| {
            let link = links[position].0;
            match outcome {
                Ok(()) => done.added.push(link.in_snapshot()),
                Err(error) => done.refuse(scanned, (link.workflow, link.pattern), &error),
            }
        })
    }

    /// Changes a link that is there already.
    pub(super) fn correct_link(&mut self, change: &LinkChange) -> Result<()> {
        match self.try_to_correct(change) {
            Err(error) if patterns::concerns_one_row(&error, self.tx) => {
                self.done.refuse(self.scanned, change.link(), &error);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn try_to_correct(&mut self, change: &LinkChange) -> Result<()> {
        let (workflow, pattern) = change.link();
        let snapshot = &self.scanned.snapshot;
        let Some(key) = snapshot.workflow(workflow).key else { return Ok(()) };
        // Without an id the pattern is gone, and its links with it.
        let Some(id) = self.writer.ids[pattern.index()] else { return Ok(()) };
        let key = snapshot.key_text(key);
        match change {
            LinkChange::Rekey { old, .. } => {
                occurrences::rekey_occurrence(self.tx, id, snapshot.key_text(*old), key)?;
            }
            LinkChange::Remove { .. } => {
                let is_removed = occurrences::delete_occurrence(self.tx, id, key)?;
                self.done.removed_occurrences += u64::from(is_removed);
            }
            LinkChange::Restate(link) => {
                let is_restated = occurrences::restate_occurrence(self.tx, (id, key), &link.json())?;
                self.done.restated_occurrences += u64::from(is_restated);
            }
            // Those are added many at once.
            LinkChange::Add(_) => {}
        }
        Ok(())
    }
}

impl BatchDone {
    /// Notes an occurrence that the file refuses; it stops neither the workflow's others nor the batch.
    fn refuse(
        &mut self,
        scanned: &Scanned,
        (workflow, pattern): (WorkflowIndex, PatternIndex),
        error: &Error,
    ) {
        let snapshot = &scanned.snapshot;
        let workflow = snapshot.workflow(workflow);
        let key = workflow.key.map(|key| snapshot.key_text(key).escape_debug().to_string());
        let (signature, key) = (&snapshot.pattern(pattern).signature, key.unwrap_or_default());
        let reason = format!("Failed to record pattern {signature} for workflow {key}: {error}");
        self.refused.push((workflow.rowid, reason));
    }
}
