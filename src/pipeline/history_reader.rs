//! Within the first stage: the history is read into the snapshot, and what is wanted of it goes to detection.

use std::collections::BTreeSet;

use super::block::WorkflowBlock;
use super::run::Run;
use super::scanned::{Scanned, Wanted};
use crate::db::history::{HistoryRow, HistoryScan, RowParts};
use crate::db::runs::{Mark, MarkCounts};
use crate::db::{Database, HistoryAhead, Result};
use crate::snapshot::{AddedRow, SnapshotRow, WorkflowIndex};
use crate::workflow::{Measures, Status};

/// Reads the history into the snapshot.
pub(super) struct HistoryReader<'r, 'p> {
    run: &'r mut Run<'p>,
    db: &'r Database,
    scanned: &'r mut Scanned,
    hand_out: &'r mut dyn FnMut(WorkflowBlock),
    block: WorkflowBlock,
    /// The rows up to the mark, counted as the run that made the mark counted them.
    seen_then: MarkCounts,
    /// Of the workflows whose rows were read without their texts, those to look at.
    chosen: BTreeSet<WorkflowIndex>,
}

impl<'r, 'p> HistoryReader<'r, 'p> {
    pub(super) fn new(
        run: &'r mut Run<'p>,
        db: &'r Database,
        scanned: &'r mut Scanned,
        hand_out: &'r mut dyn FnMut(WorkflowBlock),
    ) -> Self {
        Self {
            run,
            db,
            scanned,
            hand_out,
            block: WorkflowBlock::default(),
            seen_then: MarkCounts::default(),
            chosen: BTreeSet::new(),
        }
    }

    /// Reads the rows. Where not all workflows are wanted, they come without their texts, which are then read for the
    /// chosen ones alone.
    pub(super) fn read(&mut self, ahead: Option<HistoryAhead<'_>>) -> Result<()> {
        match ahead.filter(|_| !matches!(self.scanned.wanted, Wanted::All)) {
            Some(ahead) => ahead.read(|row| {
                let workflow = self.add(row);
                self.chosen.extend(workflow);
            })?,
            None => self.read_with_texts()?,
        }
        if matches!(&self.scanned.wanted, Wanted::Changed(mark) if has_restored_rows(mark, &self.seen_then)) {
            let all = self.scanned.snapshot.workflows.len() as u32;
            self.chosen = (0..all).map(WorkflowIndex).collect();
        }
        self.read_chosen()?;
        (self.hand_out)(std::mem::take(&mut self.block));
        Ok(())
    }

    fn read_with_texts(&mut self) -> Result<()> {
        let (last, now) = (self.scanned.highest_rowid, self.run.plan.now);
        self.db.scan_history(HistoryScan { last, parts: RowParts::Texts, now }, |row| {
            if let Some(workflow) = self.add(&row.in_snapshot())
                && (self.is_selected(&row.measures, row.unknown_status.as_deref())
                    || self.is_to_be_rebuilt(workflow))
            {
                self.hand_to_detection(workflow, &row);
            }
        })
    }

    /// Adds a row to the snapshot and answers the workflow to look at, if there is one.
    fn add(&mut self, row: &SnapshotRow<'_>) -> Option<WorkflowIndex> {
        let added = self.scanned.snapshot.add_row(row);
        self.count(row);
        let wanted = &self.scanned.wanted;
        let is_wanted = match wanted {
            Wanted::All => true,
            Wanted::Named(rowids) => rowids.contains(&row.rowid),
            Wanted::Changed(mark) => has_changed(row, mark),
            Wanted::Measured => match added {
                AddedRow::Workflow(workflow) => self.scanned.snapshot.measured_key(workflow).is_some(),
                AddedRow::Repeated(_) => false,
            },
        };
        match added {
            AddedRow::Workflow(workflow) => {
                if !row.measures.status.is_finished() {
                    self.scanned.unfinished.push(row.rowid);
                }
                is_wanted.then_some(workflow)
            }
            // A person may name a workflow by any of its rows; the lowest stands for it.
            AddedRow::Repeated(workflow) => {
                (is_wanted && matches!(wanted, Wanted::Named(_))).then_some(workflow)
            }
        }
    }

    fn count(&mut self, row: &SnapshotRow<'_>) {
        let scanned = &mut *self.scanned;
        scanned.rows += 1;
        scanned.repeated_rows = scanned.snapshot.repeated_rows;
        if scanned.rows.is_multiple_of(4096) {
            self.run.progress.rows_read(scanned.rows);
        }
        if let Some(stamp) = row.updated_at.filter(|stamp| *stamp > scanned.newest_stamp.as_str()) {
            stamp.clone_into(&mut scanned.newest_stamp);
        }
        if matches!(&scanned.wanted, Wanted::Changed(mark) if row.rowid <= mark.rowid) {
            self.seen_then.rows = scanned.rows;
            self.seen_then.repeated_rows = scanned.repeated_rows;
        }
    }

    fn read_chosen(&mut self) -> Result<()> {
        for index in std::mem::take(&mut self.chosen) {
            let workflow = *self.scanned.snapshot.workflow(index);
            if self.is_selected(&workflow.measures, None) {
                // It may have been purged since the scan; then there is nothing to look at.
                let (db, now) = (self.db, self.run.plan.now);
                db.visit_workflow(workflow.rowid, now, |row| self.hand_to_detection(index, &row))?;
            } else {
                self.explain_if_named(index);
            }
        }
        Ok(())
    }

    /// Whether the selection takes a workflow with these measures. `unknown_status` is the word of a status that
    /// flowmine does not know.
    fn is_selected(&mut self, measures: &Measures, unknown_status: Option<&str>) -> bool {
        let selection = &self.run.plan.selection;
        let is_named = |word: &str| selection.unknown_statuses.contains(&word.to_lowercase());
        if !selection.statuses.contains(&measures.status) && !unknown_status.is_some_and(is_named) {
            return false;
        }
        if selection.since.is_some() || selection.until.is_some() {
            let Some(time) = measures.time else {
                self.run.summary.untimed += 1;
                return false;
            };
            let too_early = selection.since.is_some_and(|since| time < since);
            if too_early || selection.until.is_some_and(|until| time >= until) {
                return false;
            }
        }
        selection.limit.is_none_or(|limit| self.run.summary.counts.workflows < limit)
    }

    /// Whether a rebuild of the whole history looks at a workflow that has not finished: its links would stay other rules'.
    fn is_to_be_rebuilt(&self, workflow: WorkflowIndex) -> bool {
        let (plan, snapshot) = (self.run.plan, &self.scanned.snapshot);
        let mut links = snapshot.workflow(workflow).key.into_iter().flat_map(|key| snapshot.links_of(key));
        plan.rebuild && plan.selection.is_complete() && links.next().is_some()
    }

    /// A person who names a workflow that is passed over is told why.
    fn explain_if_named(&mut self, index: WorkflowIndex) {
        let snapshot = &self.scanned.snapshot;
        let workflow = snapshot.workflow(index);
        if let (Wanted::Named(_), Some(key)) = (&self.scanned.wanted, workflow.key) {
            let key = snapshot.key_text(key).escape_debug().to_string();
            let status = match workflow.measures.status {
                Status::Other => "of a status that flowmine does not know",
                known => known.name(),
            };
            self.run
                .messages
                .say(&format_args!("workflow {key} is {status}: only completed and failed ones are history"));
        }
    }

    /// Hands one workflow to detection, or counts it as failed where it cannot be read.
    fn hand_to_detection(&mut self, index: WorkflowIndex, row: &HistoryRow<'_>) {
        self.run.summary.counts.workflows += 1;
        for warning in &row.warnings {
            self.run.messages.say(warning);
        }
        let snapshot = &self.scanned.snapshot;
        if let Err(error) = self.block.push(snapshot, index, row, self.run.plan.rules) {
            self.run.fail(snapshot.workflow(index).rowid, &error);
        }
        if self.block.is_full() {
            (self.hand_out)(std::mem::take(&mut self.block));
        }
    }
}

/// Whether among the rows that the mark says were read there are some that were not there then: restored from a backup,
/// or no longer hidden behind a lower row of the same workflow.
fn has_restored_rows(mark: &Mark, seen: &MarkCounts) -> bool {
    mark.counts.is_some_and(|then| seen.rows > then.rows || seen.repeated_rows < then.repeated_rows)
}

/// Whether a row is new, may have changed since the mark, or is one that the mark says to look at again. A row without
/// `updated_at` may have changed.
pub(super) fn has_changed(row: &SnapshotRow<'_>, mark: &Mark) -> bool {
    let stamped_since = row.updated_at.is_none_or(|stamp| stamp >= mark.updated_at.as_str());
    row.rowid > mark.rowid || stamped_since || mark.revisit.contains(row.rowid)
}
