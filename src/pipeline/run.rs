//! A run under way.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;

use super::selection::{Plan, Progress, Scope};
use super::summary::RunSummary;
use crate::db::runs::{self, Counts, Outcome, RunStart};
use crate::db::{Result, Transaction};
use crate::snapshot::StoredPattern;

pub(super) struct Run<'a> {
    pub plan: &'a Plan<'a>,
    pub progress: &'a mut dyn Progress,
    /// What it has done so far.
    pub summary: RunSummary,
    /// Rowids of the workflows that could not be read or recorded.
    pub failed: BTreeSet<i64>,
    /// What is said of values that cannot be read.
    pub messages: Messages,
    /// What is said of workflows that failed: however many values cannot be read, these are named.
    pub failures: Messages,
    /// Workflows whose changes are written, of how many.
    pub written: (u64, u64),
    /// The run's row in `flowmine_runs`, once it has one.
    pub id: Option<i64>,
    /// `now` as it is stored.
    pub stamp: String,
    started: Instant,
}

impl<'a> Run<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, progress: &'a mut dyn Progress) -> Self {
        Self {
            plan,
            progress,
            summary: RunSummary::default(),
            failed: BTreeSet::new(),
            messages: Messages::default(),
            failures: Messages::default(),
            written: (0, 0),
            id: None,
            stamp: crate::time::stored_time(plan.now),
            started: Instant::now(),
        }
    }

    /// Counts a workflow as failed, once whatever the number of its reasons.
    pub(super) fn fail(&mut self, rowid: i64, reason: &dyn std::fmt::Display) {
        self.failures.say(reason);
        self.failed.insert(rowid);
        self.summary.counts.failed = self.failed.len() as u64;
    }

    /// The id of the run's row in `flowmine_runs`, which the first transaction that writes anything inserts.
    pub(super) fn id_in_file(&self, tx: &Transaction<'_>) -> Result<i64> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let start = RunStart {
            command: self.plan.command,
            asked: &self.plan.asked(),
            rules: &self.plan.rules_used,
            started_at: self.plan.now,
        };
        runs::start(tx, &start)
    }

    /// The plan's `now` plus the time that has passed since the run began.
    pub(super) fn now(&self) -> Timestamp {
        let elapsed = jiff::SignedDuration::try_from(self.started.elapsed()).unwrap_or_default();
        self.plan.now.checked_add(elapsed).unwrap_or(self.plan.now)
    }

    /// Whether it was a complete pass, from which the next `process` can go on.
    pub(super) fn is_complete(&self) -> bool {
        self.summary.outcome == Outcome::Done && self.plan.selection.is_complete()
    }

    /// Whether workflows were named and the file has none of them.
    pub(super) fn names_none(&self) -> bool {
        let unknown = self.summary.unknown_names.len();
        matches!(&self.plan.selection.scope, Scope::Named(names) if names.len() == unknown)
    }

    /// Notes in the snapshot that the run has recorded a pattern for the first time.
    pub(super) fn set_created_at(&self, pattern: &mut StoredPattern) {
        pattern.created_at = Some(self.stamp.clone());
        pattern.last_seen = Some(self.stamp.clone());
    }

    pub(super) fn log(&self) {
        self.messages.close();
        self.failures.close();
        let Counts { workflows, matched, failed, new_occurrences, new_patterns, .. } = self.summary.counts;
        tracing::info!(
            "[Pattern] {}: {workflows} workflows looked at, {matched} matched, {failed} failed, \
             {new_occurrences} new occurrences, {new_patterns} new patterns, paused {:.3} s",
            self.plan.command,
            self.summary.paused.as_secs_f64()
        );
    }
}

/// Messages about single workflows: each is a warning, but the many that one broken column can give are cut short.
#[derive(Default)]
pub(super) struct Messages {
    said: u64,
}

/// How many messages about single workflows a run says before it only counts them.
const MOST_MESSAGES: u64 = 50;

impl Messages {
    pub(super) fn say(&mut self, message: &dyn std::fmt::Display) {
        self.said += 1;
        if self.said <= MOST_MESSAGES {
            tracing::warn!("[Pattern] {message}");
        } else {
            tracing::debug!("[Pattern] {message}");
        }
    }

    fn close(&self) {
        if self.said > MOST_MESSAGES {
            let more = self.said - MOST_MESSAGES;
            tracing::warn!("[Pattern] and {more} more messages like these (-vv shows all)");
        }
    }
}
