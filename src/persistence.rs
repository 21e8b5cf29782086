//! Recording single workflows, for callers of the library that have workflows of their own; the functions have the
//! names of those in tac-webbuilder, an application that keeps a `workflow_history.db`. The commands use the
//! [`pipeline`](crate::pipeline), which records whole histories in batches. Before the first of these calls,
//! [`Database::prepare_for_writing`] must make the tables and the index that the file lacks.

use jiff::Timestamp;

use crate::db::occurrences::{NewOccurrence, OccurrenceWriter};
use crate::db::{Database, Error, Result, Transaction, patterns};
use crate::detect::{Characteristics, Evidence, Found, RuleSet};
use crate::pipeline::refresh_statistics;
use crate::signature::Signature;
use crate::snapshot::PatternIndex;
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
/// Linking the same workflow again changes nothing. Of the statistics only `occurrence_count` is brought up to date;
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
    let Some(key) = key_of(workflow) else {
        tracing::warn!("[Pattern] Failed to record pattern {signature}: the workflow has no key");
        return Ok(None);
    };
    db.write(|tx| {
        let mut recorded = record(tx, &[(signature, None)], (workflow, key), now)?;
        if let Some((_, refusal)) = recorded.refused.pop() {
            return Err(refusal);
        }
        let Some(&id) = recorded.pattern_ids.first() else { return Ok(None) };
        if recorded.new_occurrences > 0 {
            patterns::count_occurrences(tx, id)?;
        }
        Ok(Some((id, recorded.new_patterns > 0)))
    })
}

/// What became of a workflow's signatures.
struct RecordedWorkflow<'s> {
    /// The ids of the patterns that the workflow is linked with now, in the order of the signatures.
    pattern_ids: Vec<i64>,
    new_patterns: u64,
    new_occurrences: u64,
    /// What the file refused, and why.
    refused: Vec<(&'s Signature, Error)>,
}

fn key_of(workflow: &Workflow) -> Option<&str> {
    workflow.key.as_deref().filter(|key| !key.is_empty())
}

/// Links a workflow, named by its key, with the patterns of these signatures.
fn record<'s>(
    tx: &Transaction<'_>,
    signatures: &[(&'s Signature, Option<Found>)],
    (workflow, key): (&Workflow, &str),
    now: Timestamp,
) -> Result<RecordedWorkflow<'s>> {
    let (stamp, characteristics) = (stored_time(now), Characteristics::of_workflow(workflow));
    let json: Vec<String> =
        signatures.iter().map(|&(_, found)| characteristics.to_json_with(found)).collect();
    let numbered = (0..).map(PatternIndex).zip(signatures);
    let occurrences = numbered.zip(&json).map(|((pattern, (signature, _)), json)| NewOccurrence {
        pattern,
        signature: signature.as_str(),
        key,
        characteristics: json,
    });
    let occurrences: Vec<_> = occurrences.collect();
    let mut writer = OccurrenceWriter::new(tx, &stamp, vec![None; signatures.len()])?;
    let (mut recorded, mut refused) = (Vec::new(), Vec::new());
    writer.write(&occurrences, |position, outcome| match outcome {
        Ok(()) => recorded.push(position),
        Err(error) => refused.push((signatures[position].0, error)),
    })?;
    let OccurrenceWriter { ids, new_patterns, new_occurrences, .. } = writer;
    let pattern_ids = recorded.into_iter().filter_map(|position| ids[position]).collect();
    Ok(RecordedWorkflow { pattern_ids, new_patterns, new_occurrences, refused })
}

/// Detects a workflow's patterns, records them and brings their statistics up to date. A pattern that cannot be
/// recorded stops none of the others; it is missing from the answer's ids.
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
    let mut detector = rules.detector();
    detector.detect(&Evidence::of(workflow));
    let found = detector.signatures().iter().map(|&id| (rules.signature(id), detector.found(id)));
    let signatures: Vec<_> = found.collect();
    let mut processed =
        ProcessedWorkflow { patterns_detected: signatures.len() as u64, ..ProcessedWorkflow::default() };
    let Some(key) = key_of(workflow) else {
        tracing::warn!("[Pattern] Failed to record {} patterns: the workflow has no key", signatures.len());
        return Ok(processed);
    };
    let recorded = record(tx, &signatures, (workflow, key), now)?;
    for (signature, refusal) in recorded.refused {
        let key = key.escape_debug();
        tracing::warn!("[Pattern] Failed to record pattern {signature} for workflow {key}: {refusal}");
    }
    processed.new_patterns = recorded.new_patterns;
    processed.pattern_ids = recorded.pattern_ids;
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
            if recorded && key_of(workflow).is_some() {
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
pub fn update_pattern_statistics(
    db: &Database,
    pattern_id: i64,
    now: Timestamp,
) -> Result<Option<PatternStatistics>> {
    refresh(db, Some(&[pattern_id]), now)
}

/// Brings the statistics of all patterns, or of those with these ids, up to date from one reading of the file. Answers
/// those of the last one, or `None` where there is no such pattern.
fn refresh(db: &Database, only: Option<&[i64]>, now: Timestamp) -> Result<Option<PatternStatistics>> {
    let mut snapshot = db.snapshot(now)?;
    // Computed before the file is locked; it is asked for again there.
    snapshot.pattern_links();
    let is_meant = |id: i64| only.is_none_or(|only| only.contains(&id));
    if !snapshot.patterns.iter().filter_map(|pattern| pattern.id).any(is_meant) {
        return Ok(None);
    }
    let mut refreshed = db.write(|tx| refresh_statistics(tx, &mut snapshot, only))?;
    refreshed.refused.pop().map_or(Ok(refreshed.last), Err)
}
