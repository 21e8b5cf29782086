//! What has come of a run at the end.

use std::time::Duration;

use crate::db::runs::{Counts, Outcome};
use crate::snapshot::Snapshot;

/// What a run has done, or would do.
#[derive(Default)]
pub struct RunSummary {
    /// The numbers that `flowmine_runs` keeps too.
    pub counts: Counts,
    /// Looked at, without a pattern, though there was a request to look at.
    pub unmatched: u64,
    /// Looked at, without a pattern, and without a request text.
    pub without_request: u64,
    /// Occurrences found that were recorded before.
    pub known_occurrences: u64,
    /// Occurrences of which a rebuild stores anew where they were found and what they cover.
    pub restated_occurrences: u64,
    /// Patterns whose statistics the file refuses: a CHECK or a trigger of its own.
    pub refused_patterns: u64,
    /// Left out because `--since` or `--until` was asked for and their time is unknown.
    pub untimed: u64,
    /// Rows beyond the first of a `workflow_id`.
    pub repeated_rows: u64,
    /// Names that no workflow has.
    pub unknown_names: Vec<String>,
    /// What a rebuild changes, the most frequent first; empty for other runs.
    pub changes: Vec<RebuildChange>,
    /// How it ended: done or interrupted.
    pub outcome: Outcome,
    /// Where an interrupted run stopped: workflows whose occurrences are recorded, of how many to record.
    pub stopped_at: Option<(u64, u64)>,
    /// Time spent waiting so that other programs get to write.
    pub paused: Duration,
    /// The file as it is now, or as it would be after a dry run.
    pub snapshot: Snapshot,
}

/// Workflows whose patterns a rebuild has changed alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RebuildChange {
    /// The signature they had; `None`: they have gained one.
    pub from: Option<String>,
    /// The signature they have instead; `None`: they have lost one.
    pub to: Option<String>,
    /// How many workflows.
    pub workflows: u64,
}
