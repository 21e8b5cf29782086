//! Workflows on their way to detection: this thread, which has the connection, reads; others detect.

use std::ops::Range;

use crate::db::history::HistoryRow;
use crate::detect::{AskedOperation, Evidence, RanOperation, RuleSet};
use crate::snapshot::{KeyId, PatternIndex, Snapshot, WorkflowIndex};
use crate::workflow::{Measures, RowError};

/// A block is full with this many workflows.
const WORKFLOWS: usize = 1024;
/// A block is full with this many bytes of text, too.
const BYTES: usize = 1 << 20;

/// A workflow that was read, and what else detection needs to know of it.
pub(super) struct ReadWorkflow<'b> {
    pub index: WorkflowIndex,
    pub key: KeyId,
    pub measures: Measures,
    /// What detection may read of it.
    pub evidence: Evidence<'b>,
    /// The patterns that it is linked with under its key.
    pub linked: &'b [PatternIndex],
}

fn without_key(row: &HistoryRow<'_>) -> RowError {
    let problem = "is NULL or empty and there is no id, so nothing can be linked with it".to_owned();
    RowError { workflow: row.name(), column: "workflow_id", problem }
}

/// Workflows that are handed to detection together. Their texts lie end to end: to allocate each on one thread and free
/// it on another takes longer than detection.
#[derive(Default)]
pub(super) struct WorkflowBlock {
    workflows: Vec<BlockWorkflow>,
    text: String,
    linked: Vec<PatternIndex>,
}

/// A workflow of a block.
struct BlockWorkflow {
    index: WorkflowIndex,
    key: KeyId,
    measures: Measures,
    /// Where its request, error message and template are in the block's text.
    texts: [Option<Range<usize>>; 3],
    /// What its commands ran, where they are known.
    ran: Option<Vec<RanOperation>>,
    /// What its request asks for, where that is not kept.
    asked: Vec<AskedOperation>,
    /// Where its links are among the block's.
    linked: Range<usize>,
}

impl WorkflowBlock {
    pub(super) fn is_full(&self) -> bool {
        self.workflows.len() >= WORKFLOWS || self.text.len() >= BYTES
    }

    /// Adds the workflow at a position, by its row; an error where its key or a text cannot be read.
    pub(super) fn push(
        &mut self,
        snapshot: &Snapshot,
        index: WorkflowIndex,
        row: &HistoryRow<'_>,
        rules: &RuleSet,
    ) -> Result<(), RowError> {
        let texts = row.texts()?;
        let key = snapshot.workflow(index).key.filter(|_| row.readable_key().is_some());
        let key = key.ok_or_else(|| without_key(row))?;
        let measured = snapshot.measured_key(index).unwrap_or(key);
        let ran = snapshot.measured.ran_in(measured).map(|ran| rules.ran_as(ran));
        let asked = rules.asked_as(snapshot.measured.asked_in(measured));
        let texts = texts.map(|text| Some(self.keep(&text?)));
        let first = self.linked.len();
        self.linked.extend(snapshot.links_of(key));
        let (measures, linked) = (row.measures, first..self.linked.len());
        self.workflows.push(BlockWorkflow { index, key, measures, texts, ran, asked, linked });
        Ok(())
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// The workflows, in the order read.
    pub(super) fn workflows(&self) -> impl Iterator<Item = ReadWorkflow<'_>> {
        self.workflows.iter().map(|workflow| {
            let BlockWorkflow { index, key, measures, texts, ran, asked, linked } = workflow;
            let [request, error_message, template] =
                texts.each_ref().map(|range| Some(&self.text[range.clone()?]));
            let evidence = Evidence { request, error_message, template, ran: ran.as_deref(), asked };
            let linked = &self.linked[linked.clone()];
            ReadWorkflow { index: *index, key: *key, measures: *measures, evidence, linked }
        })
    }
}
