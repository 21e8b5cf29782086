//! What one transaction writes: the one way in which occurrences get into the file.

use std::collections::HashSet;

use super::changes::{LinkCorrection, NewLink};
use super::scan::Scanned;
use crate::db::occurrences::{self, Occurrence, Recorder};
use crate::db::{Error, Result, Transaction, patterns};
use crate::snapshot::{PatternIndex, SnapshotLink, WorkflowIndex};

/// An occurrence that is to be written.
#[derive(Clone, Copy)]
pub(crate) struct NewOccurrence<'a> {
    /// A position in [`OccurrenceWriter::ids`].
    pub pattern: PatternIndex,
    pub signature: &'a str,
    /// The workflow's key.
    pub key: &'a str,
    /// JSON.
    pub characteristics: &'a str,
}

/// Writes occurrences in one transaction, and creates the patterns that they need.
pub(crate) struct OccurrenceWriter<'a> {
    recorder: Recorder<'a>,
    /// The patterns' ids; `None` where a pattern is to be found or created first.
    pub ids: Vec<Option<i64>>,
    /// How many patterns were created.
    pub new_patterns: u64,
    /// How many of the occurrences were not in the file before.
    pub new_occurrences: u64,
}

impl<'a> OccurrenceWriter<'a> {
    /// A writer for this transaction. `now` is stored as it is: `YYYY-MM-DD HH:MM:SS` UTC.
    pub(crate) fn new(tx: &'a Transaction<'a>, now: &'a str, ids: Vec<Option<i64>>) -> Result<Self> {
        Ok(Self { recorder: Recorder::new(tx, now)?, ids, new_patterns: 0, new_occurrences: 0 })
    }

    /// Writes occurrences. `told` hears of each, by its position, that it is in the file now or why the file refuses it:
    /// that stops none of the others.
    pub(crate) fn write(
        &mut self,
        new: &[NewOccurrence<'_>],
        mut told: impl FnMut(usize, Result<()>),
    ) -> Result<()> {
        let mut positions = Vec::with_capacity(new.len());
        let mut with_pattern = Vec::with_capacity(new.len());
        let mut created = Vec::new();
        for (position, occurrence) in new.iter().enumerate() {
            let NewOccurrence { pattern, key, characteristics, .. } = *occurrence;
            if self.ids[pattern.index()].is_none() {
                match self.find_or_create(occurrence) {
                    Ok(is_new) => created.extend(is_new.then_some(pattern)),
                    Err(error) if self.recorder.is_refusal(&error) => told(position, Err(error)),
                    Err(error) => return Err(error),
                }
            }
            if let Some(pattern_id) = self.ids[pattern.index()] {
                positions.push(position);
                with_pattern.push(Occurrence { pattern_id, key, characteristics });
            }
        }
        let told = |index: usize, outcome| told(positions[index], outcome);
        self.new_occurrences += self.recorder.record_all(&with_pattern, told)?;
        self.keep_used(&created)
    }

    /// Finds or creates the pattern of an occurrence; whether it is new.
    fn find_or_create(&mut self, occurrence: &NewOccurrence<'_>) -> Result<bool> {
        let NewOccurrence { pattern, signature, characteristics, .. } = *occurrence;
        let (id, is_new) = self.recorder.find_or_create_pattern(signature, characteristics)?;
        self.ids[pattern.index()] = Some(id);
        Ok(is_new)
    }

    /// Patterns that were created for occurrences which the file then refused go again.
    fn keep_used(&mut self, created: &[PatternIndex]) -> Result<()> {
        let ids: Vec<i64> = created.iter().filter_map(|pattern| self.ids[pattern.index()]).collect();
        let unused = self.recorder.remove_unused(&ids)?;
        self.new_patterns += (ids.len() - unused.len()) as u64;
        for pattern in created {
            let id = &mut self.ids[pattern.index()];
            *id = id.filter(|id| !unused.contains(id));
        }
        Ok(())
    }
}

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
    /// How many workflows.
    pub workflows: u64,
    pub new_patterns: u64,
    pub new_occurrences: u64,
    pub removed_occurrences: u64,
    pub restated_occurrences: u64,
    pub added: Vec<SnapshotLink>,
    pub removed: HashSet<(WorkflowIndex, PatternIndex)>,
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

    /// Adds links, whose characteristics are this JSON.
    pub(super) fn add_links(&mut self, links: &[NewLink], json: &[String]) -> Result<()> {
        let Self { scanned, writer, done, .. } = self;
        let snapshot = &scanned.snapshot;
        let occurrences = links.iter().zip(json).map(|(link, json)| NewOccurrence {
            pattern: link.pattern,
            signature: &snapshot.pattern(link.pattern).signature,
            key: text(snapshot.key(link.key)),
            characteristics: json,
        });
        let occurrences: Vec<_> = occurrences.collect();
        writer.write(&occurrences, |position, outcome| {
            let link = &links[position];
            match outcome {
                Ok(()) => done.added.push(link.in_snapshot()),
                Err(error) => done.refuse(scanned, (link.workflow, link.pattern), &error),
            }
        })
    }

    pub(super) fn correct_links(&mut self, corrections: &[LinkCorrection]) -> Result<()> {
        for correction in corrections {
            match self.correct_link(correction) {
                Err(error) if patterns::concerns_one_row(&error, self.tx) => {
                    self.done.refuse(self.scanned, correction.link(), &error);
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn correct_link(&mut self, correction: &LinkCorrection) -> Result<()> {
        let (workflow, pattern) = correction.link();
        let snapshot = &self.scanned.snapshot;
        let Some(key) = snapshot.workflow(workflow).key else { return Ok(()) };
        // Without an id the pattern is gone, and its links with it.
        let Some(id) = self.writer.ids[pattern.index()] else { return Ok(()) };
        let key = text(snapshot.key(key));
        match *correction {
            LinkCorrection::Rekey { old, .. } => {
                occurrences::rekey_occurrence(self.tx, id, text(snapshot.key(old)), key)?;
            }
            LinkCorrection::Remove { .. } => {
                if occurrences::delete_occurrence(self.tx, id, key)? {
                    self.done.removed_occurrences += 1;
                }
                self.done.removed.insert((workflow, pattern));
            }
            LinkCorrection::Restate { found, characteristics, .. } => {
                let json = self.scanned.detected.characteristics(characteristics).to_json_with(found);
                let restated = Occurrence { pattern_id: id, key, characteristics: &json };
                if occurrences::restate_occurrence(self.tx, restated)? {
                    self.done.restated_occurrences += 1;
                }
            }
        }
        Ok(())
    }
}

impl BatchDone {
    /// What the file refuses of one occurrence stops neither the workflow's others nor the batch.
    fn refuse(
        &mut self,
        scanned: &Scanned,
        (workflow, pattern): (WorkflowIndex, PatternIndex),
        error: &Error,
    ) {
        let snapshot = &scanned.snapshot;
        let workflow = snapshot.workflow(workflow);
        let key = workflow.key.map(|key| text(snapshot.key(key)).escape_debug().to_string());
        let (signature, key) = (&snapshot.pattern(pattern).signature, key.unwrap_or_default());
        let reason = format!("Failed to record pattern {signature} for workflow {key}: {error}");
        self.refused.push((workflow.rowid, reason));
    }
}

/// A key that was read as text.
pub(super) fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).unwrap_or_default()
}
