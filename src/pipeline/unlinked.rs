//! Workflows that match the rules and have no link, though a run has gone past them: what `doctor` reports.

use jiff::Timestamp;

use super::block::WorkflowBlock;
use super::changes::links_under_former_key;
use super::history_reader::has_changed;
use super::scan::patterns_of;
use crate::db::history::{HistoryRow, HistoryScan, RowParts};
use crate::db::{Database, Result};
use crate::detect::RuleSet;
use crate::snapshot::{AddedRow, Snapshot};

/// How many workflows match the rules, lack the link that this gives them, and are not new or changed since the last
/// complete run, so that somebody must have taken the link away. 0 where the file does not tell what is new or changed:
/// then every run looks at everything.
pub fn lost_workflows(db: &Database, rules: &RuleSet, now: Timestamp) -> Result<u64> {
    let (Some(mark), Some(last)) = (db.mark()?, db.highest_rowid()?) else { return Ok(0) };
    let mut snapshot = db.snapshot_of_links()?;
    let patterns = patterns_of(rules, &mut snapshot);
    let mut detector = rules.detector();
    // What cannot be read is no match.
    let mut lacks_a_link = |snapshot: &Snapshot, workflow, row: &HistoryRow<'_>| {
        let mut block = WorkflowBlock::default();
        if block.push(snapshot, workflow, row, rules).is_err() {
            return false;
        }
        block.workflows().any(|read| {
            let former = links_under_former_key(snapshot, workflow);
            let linked: Vec<_> = former.chain(read.linked.iter().copied()).collect();
            let found = detector.detect(&read.evidence);
            found.iter().any(|signature| !linked.contains(&patterns[signature.index()]))
        })
    };
    let mut lost = 0;
    db.scan_history(HistoryScan { last, parts: RowParts::Texts, now }, |row| {
        let taken = row.in_snapshot();
        if let AddedRow::Workflow(workflow) = snapshot.add_row(&taken)
            && row.measures.status.is_finished()
            && !has_changed(&taken, &mark)
        {
            lost += u64::from(lacks_a_link(&snapshot, workflow, &row));
        }
    })?;
    Ok(lost)
}
