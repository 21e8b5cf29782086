//! Workflows that match the rules and have no link, though a run has gone past them: what `doctor` reports.

use jiff::Timestamp;

use super::changes::links_under_former_key;
use super::ran::RanOperations;
use super::scan::{has_changed, patterns_of};
use crate::db::history::{HistoryRow, HistoryScan, RowParts};
use crate::db::{Database, Result};
use crate::detect::{Detector, RuleSet};
use crate::snapshot::{AddedRow, PatternIndex, Snapshot, WorkflowIndex};

/// How many workflows match the rules, lack the link that this gives them, and are not new or changed since the last
/// complete run, so that somebody must have taken the link away. None where nothing tells what is new or changed: then
/// every run looks at everything.
pub fn lost_workflows(db: &Database, rules: &RuleSet, now: Timestamp) -> Result<u64> {
    let (Some(mark), Some(last)) = (db.mark()?, db.highest_rowid()?) else { return Ok(0) };
    let mut snapshot = db.snapshot_of_links()?;
    let mut search = UnlinkedSearch {
        patterns: patterns_of(rules, &snapshot),
        ran: RanOperations::new(rules),
        detector: rules.detector(),
    };
    let mut lost = 0;
    db.scan_history(HistoryScan { last, parts: RowParts::Texts, now }, |row| {
        let taken = row.in_snapshot();
        if let AddedRow::Workflow(workflow) = snapshot.add_row(&taken)
            && row.measures.status.is_finished()
            && !has_changed(&taken, &mark)
        {
            lost += u64::from(search.lacks_a_link(&snapshot, workflow, &row));
        }
    })?;
    Ok(lost)
}

struct UnlinkedSearch<'r> {
    /// The pattern of each signature of the rules, where the file has one.
    patterns: Vec<Option<PatternIndex>>,
    ran: RanOperations<'r>,
    detector: Detector<'r>,
}

impl UnlinkedSearch<'_> {
    /// Whether the rules find an operation in a workflow that it is not linked with. What cannot be read is no match.
    fn lacks_a_link(&mut self, snapshot: &Snapshot, workflow: WorkflowIndex, row: &HistoryRow<'_>) -> bool {
        let Some(key) = snapshot.workflow(workflow).key else { return false };
        let Ok(texts) = row.texts() else { return false };
        let found = self.detector.detect(&self.ran.evidence(&snapshot.measured, key, &texts));
        let is_linked = |pattern: PatternIndex| {
            snapshot
                .links_of(key)
                .chain(links_under_former_key(snapshot, workflow))
                .any(|linked| linked == pattern)
        };
        found.iter().any(|signature| !self.patterns[signature.index()].is_some_and(is_linked))
    }
}
