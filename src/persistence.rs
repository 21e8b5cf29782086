//! Recording single workflows, under the names the original gave these operations. A caller with workflows of its own
//! uses these; the commands use the [`pipeline`](crate::pipeline), which records whole histories in batches.

use jiff::Timestamp;

use crate::db::occurrences::{self, Recorder, Recording};
use crate::db::{Database, Result, Transaction, patterns};
use crate::detect::{Characteristics, Evidence, RuleSet};
use crate::pipeline::refresh_statistics;
use crate::signature::Signature;
use crate::statistics::PatternStatistics;
use crate::time::stored_time;
use crate::workflow::Workflow;

/// What [`process_and_persist_workflow`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProcessedWorkflow {
    /// Patterns found in the workflow.
    pub patterns_detected: u64,
    /// Of those, created now.
    pub new_patterns: u64,
    /// The ids of those recorded, in the order found.
    pub pattern_ids: Vec<i64>,
}

/// What [`batch_process_workflows`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProcessedBatch {
    /// Workflows given.
    pub total_workflows: u64,
    /// Of those, looked at and recorded.
    pub processed: u64,
    /// Patterns found in them, a pattern once for each workflow.
    pub total_patterns: u64,
    /// Patterns created.
    pub new_patterns: u64,
    /// Workflows without a key, or with a pattern that the file refuses.
    pub errors: u64,
}

/// Links a workflow with the pattern of a signature, which is created (status detected, confidence 10) or found.
/// Answers the pattern's id and whether it is new, or `None` for a workflow without any key.
///
/// Linking the same workflow again changes nothing. Of the statistics only occurrence_count is brought up to date;
/// [`update_pattern_statistics`] does the rest.
///
/// # Errors
/// Where the file cannot be written, or refuses the pattern or the link.
pub fn record_pattern_occurrence(
    db: &Database,
    signature: &Signature,
    workflow: &Workflow,
    now: Timestamp,
) -> Result<Option<(i64, bool)>> {
    db.write(|tx| {
        let recording = record(tx, signature, workflow, now)?;
        Ok(recording.map(|recording| (recording.pattern_id, recording.new_pattern)))
    })
}

fn record(
    tx: &Transaction<'_>,
    signature: &Signature,
    workflow: &Workflow,
    now: Timestamp,
) -> Result<Option<Recording>> {
    let Some(key) = workflow.key.as_deref().filter(|key| !key.is_empty()) else {
        tracing::warn!("[Pattern] Failed to record pattern {signature}: the workflow has no key");
        return Ok(None);
    };
    // Looked up first, because even an insert that is ignored uses up an AUTOINCREMENT id, which changes the file.
    if let Some(pattern_id) = patterns::find_pattern(tx, signature.as_str())?
        && occurrences::has_occurrence(tx, pattern_id, key)?
    {
        return Ok(Some(Recording { pattern_id, new_pattern: false, new_occurrence: false }));
    }
    let characteristics = Characteristics::of_workflow(workflow).to_json();
    let pattern = (signature.as_str(), signature.category());
    let recording = Recorder::new(tx, &stored_time(now))?.record(pattern, key, &characteristics)?;
    if recording.new_pattern {
        tracing::info!("[Pattern] New pattern detected: {signature}");
    }
    if recording.new_occurrence {
        patterns::count_occurrences(tx, recording.pattern_id)?;
    }
    Ok(Some(recording))
}

/// Detects a workflow's patterns, records them and brings their statistics up to date. A pattern that cannot be
/// recorded stops none of the others; it is missing from the answer's ids.
///
/// # Errors
/// Where the file cannot be read or written.
pub fn process_and_persist_workflow(
    db: &Database,
    rules: &RuleSet,
    workflow: &Workflow,
    now: Timestamp,
) -> Result<ProcessedWorkflow> {
    let processed = db.write(|tx| process(tx, rules, workflow, now))?;
    if !processed.pattern_ids.is_empty() {
        refresh(db, Some(&processed.pattern_ids), now)?;
    }
    Ok(processed)
}

fn process(
    tx: &Transaction<'_>,
    rules: &RuleSet,
    workflow: &Workflow,
    now: Timestamp,
) -> Result<ProcessedWorkflow> {
    let mut processed = ProcessedWorkflow::default();
    for signature in rules.detect(&Evidence::of(workflow)) {
        processed.patterns_detected += 1;
        match record(tx, signature, workflow, now) {
            Ok(Some(recording)) => {
                processed.new_patterns += u64::from(recording.new_pattern);
                processed.pattern_ids.push(recording.pattern_id);
            }
            Ok(None) => (),
            Err(error) if patterns::concerns_one_row(&error, tx) => {
                let key = workflow.key.as_deref().unwrap_or_default().escape_debug();
                tracing::warn!("[Pattern] Failed to record pattern {signature} for workflow {key}: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(processed)
}

/// Detects and records many workflows in one transaction, and brings all statistics up to date. A workflow that cannot
/// be recorded is counted and stops none of the others.
///
/// # Errors
/// Where the file cannot be read or written; then nothing of the batch is recorded.
pub fn batch_process_workflows(
    db: &Database,
    rules: &RuleSet,
    workflows: &[Workflow],
    now: Timestamp,
) -> Result<ProcessedBatch> {
    let batch = db.write(|tx| {
        let mut batch =
            ProcessedBatch { total_workflows: workflows.len() as u64, ..ProcessedBatch::default() };
        for workflow in workflows {
            let processed = process(tx, rules, workflow, now)?;
            let recorded = processed.pattern_ids.len() as u64 == processed.patterns_detected;
            if recorded && workflow.key.is_some() {
                batch.processed += 1;
            } else {
                batch.errors += 1;
            }
            batch.total_patterns += processed.patterns_detected;
            batch.new_patterns += processed.new_patterns;
        }
        Ok(batch)
    })?;
    refresh(db, None, now)?;
    Ok(batch)
}

/// Computes a pattern's statistics from the file's links and history and stores them where they differ. Answers them,
/// or `None` where there is no such pattern.
///
/// # Errors
/// Where the file cannot be read or written.
pub fn update_pattern_statistics(
    db: &Database,
    pattern_id: i64,
    now: Timestamp,
) -> Result<Option<PatternStatistics>> {
    refresh(db, Some(&[pattern_id]), now)
}

/// Brings the statistics of all patterns, or of those with these ids, up to date from one reading of the file. Answers the
/// last one's, or `None` where there is none of them.
fn refresh(db: &Database, only: Option<&[i64]>, now: Timestamp) -> Result<Option<PatternStatistics>> {
    let mut snapshot = db.snapshot(now)?;
    let linked = snapshot.linked();
    let is_meant = |id: i64| only.is_none_or(|only| only.contains(&id));
    if !snapshot.patterns.iter().filter_map(|pattern| pattern.id).any(is_meant) {
        return Ok(None);
    }
    db.write(|tx| refresh_statistics(tx, &snapshot, &linked, only))
}
