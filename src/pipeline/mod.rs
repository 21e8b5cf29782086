//! The one driver: which workflows to look at, what is found in them, what of it is new, and how it gets into the file.
//! `backfill` and `process` are two selections over it.
//!
//! A run has three stages. It *surveys*: one pass over the occurrences and one over the history give a [`Snapshot`] and
//! what is to be added. It *records*: in short transactions, sorted by workflow, because the index on the workflow's key
//! is then written from left to right instead of all over. It *settles*: every pattern's statistics are computed from
//! the file's links and history and stored where they differ, and the ledger is closed.
//!
//! One thread has the connection. While it reads, a second one detects; while it writes, a second one sorts the findings
//! and makes them ready (`prepare`); while it pauses, a third one works out what the statistics will be.
//!
//! # Promises
//!
//! - **A workflow counts once.** What is linked is looked up before it is detected, and a unique index stands behind it.
//! - **Order and batching do not matter.** Statistics are computed from the whole file in rowid order at the end, never
//!   counted up on the way.
//! - **A crash loses nothing.** Each transaction leaves the file whole; the next run finds what is missing, and heals
//!   the statistics.
//! - **Other writers are let through.** After a quarter of a second of writing the run pauses for longer than SQLite's
//!   longest wait between two attempts.
//!
//! - **Several copies at once end in the result of one.** A transaction looks up what others have recorded since, and
//!   whoever comes last settles for all.
//! - **An interrupt loses nothing.** The batch in hand is committed or rolled back, and the next run goes on.
//!
//! `tests/persistence` and `tests/laws` hold these; `tests/faults` holds them while things go wrong: `kill.rs` and
//! `disk.rs` (crashes), `neighbour.rs` (other writers), `copies.rs`, `signals.rs`, `layouts.rs` (the file changes during
//! a run), `properties.rs` (any rows, any layout, any batches).

mod changes;
mod detect;
mod prepare;
mod refresh;
pub mod rules;
mod scan;
mod write;

pub use changes::Change;
pub(crate) use refresh::refresh_statistics;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::db::runs::{self, Counts, Outcome, RulesUsed};
use crate::db::{Database, Result, Transaction};
use crate::detect::RuleSet;
use crate::snapshot::Snapshot;
use crate::workflow::Status;

/// Which workflows to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The whole history.
    All,
    /// Those that are new or have changed since the last complete pass.
    NewOrChanged,
    /// Those a person named, by workflow_id, adw_id or id.
    Named(Vec<String>),
}

/// What of it to take.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which workflows to look at.
    pub which: Which,
    /// Only these statuses.
    pub statuses: Vec<Status>,
    /// Only workflows at or after this time.
    pub since: Option<Timestamp>,
    /// Only workflows before this time.
    pub until: Option<Timestamp>,
    /// At most so many, the lowest rowids first.
    pub limit: Option<u64>,
}

impl Selection {
    /// Every finished workflow of `which`.
    pub fn finished(which: Which) -> Self {
        Self {
            which,
            statuses: vec![Status::Completed, Status::Failed],
            since: None,
            until: None,
            limit: None,
        }
    }

    /// Whether it leaves out nothing that a later pass would want to have been looked at.
    fn is_complete(&self) -> bool {
        let finished =
            [Status::Completed, Status::Failed].iter().all(|status| self.statuses.contains(status));
        let whole = self.since.is_none() && self.until.is_none() && self.limit.is_none();
        finished && whole && !matches!(self.which, Which::Named(_))
    }
}

/// What a run is to do.
pub struct Plan<'a> {
    /// The command's name, for the ledger.
    pub command: &'a str,
    /// Which workflows.
    pub selection: Selection,
    /// By which rules.
    pub rules: &'a RuleSet,
    /// Where the rules come from, for the ledger.
    pub rules_used: RulesUsed,
    /// Write nothing, say what would be new.
    pub dry_run: bool,
    /// Also take away the occurrences of the selected workflows that the rules do not give.
    pub rebuild: bool,
    /// Workflows a transaction.
    pub batch_size: NonZeroUsize,
    /// What counts as the present.
    pub now: Timestamp,
}

/// Workflows a transaction holds unless told otherwise: enough that the pages which every transaction changes are written
/// seldom (10,000 would take 1.2 to 1.35 times as long), few enough to be done in a fraction of a second.
pub const BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

/// Who is told how a run gets on. The default does nothing.
pub trait Progress {
    /// So many rows have been read so far.
    fn surveyed(&mut self, _rows: u64) {}
    /// Recording begins, for so many workflows.
    fn recording(&mut self, _workflows: u64) {}
    /// A transaction has been committed: so many workflows are done for good.
    fn committed(&mut self, _workflows: u64) {}
    /// The run is over, well or not.
    fn ended(&mut self) {}
}

/// Nobody wants to know.
pub struct Silent;

impl Progress for Silent {}

/// What a run has done, or would do.
pub struct RunSummary {
    /// The numbers the ledger keeps too.
    pub counts: Counts,
    /// Looked at, without a pattern, though there was a request to look at.
    pub unmatched: u64,
    /// Looked at, without a pattern, and without a request text.
    pub without_request: u64,
    /// Occurrences found that were recorded before.
    pub known_occurrences: u64,
    /// Left out because `--since` or `--until` was asked for and their time is unknown.
    pub untimed: u64,
    /// Rows beyond the first of a workflow_id.
    pub repeated_rows: u64,
    /// Names that no workflow has.
    pub unknown_names: Vec<String>,
    /// What a rebuild changes, the most frequent first; empty for other runs.
    pub changes: Vec<Change>,
    /// How it ended: done or interrupted.
    pub outcome: Outcome,
    /// Where an interrupted run stopped: workflows whose occurrences are recorded, of how many to record.
    pub stopped_at: Option<(u64, u64)>,
    /// Time spent waiting so that other programs get to write.
    pub paused: Duration,
    /// The file as it is now, or as it would be after a dry run.
    pub snapshot: Snapshot,
}

/// Runs a plan.
///
/// # Errors
/// [`crate::db::Error::Interrupted`] where it was interrupted before it had read everything: nothing was written then.
///
/// Where the file cannot be read or written. What was committed before stays, and the next run goes on from there; a
/// workflow that cannot be read or recorded is no error but counted in [`Counts::failed`].
pub fn run(db: &mut Database, plan: &Plan<'_>, progress: &mut dyn Progress) -> Result<RunSummary> {
    let result = Run::new(plan).execute(db, progress);
    progress.ended();
    result
}

/// Messages about single workflows: each is a warning, but the many that one broken column can give are cut short.
#[derive(Default)]
struct Notices {
    said: u64,
}

/// How many messages about single workflows a run says before it only counts them.
const NOTICES: u64 = 50;

impl Notices {
    fn say(&mut self, message: &dyn std::fmt::Display) {
        self.said += 1;
        match self.said <= NOTICES {
            true => tracing::warn!("[Pattern] {message}"),
            false => tracing::debug!("[Pattern] {message}"),
        }
    }

    fn close(&self) {
        if self.said > NOTICES {
            tracing::warn!("[Pattern] and {} more messages like these (-vv shows all)", self.said - NOTICES);
        }
    }
}

/// A run under way.
struct Run<'a> {
    plan: &'a Plan<'a>,
    counts: Counts,
    unmatched: u64,
    without_request: u64,
    known_occurrences: u64,
    untimed: u64,
    unknown_names: Vec<String>,
    notices: Notices,
    paused: Duration,
    /// The run's row in the ledger, once it has one.
    run_id: Option<i64>,
    /// `now` as it is stored.
    stamp: String,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            plan,
            counts: Counts::default(),
            unmatched: 0,
            without_request: 0,
            known_occurrences: 0,
            untimed: 0,
            unknown_names: Vec::new(),
            notices: Notices::default(),
            paused: Duration::ZERO,
            run_id: None,
            stamp: crate::time::stored_time(plan.now),
        }
    }

    fn execute(mut self, db: &mut Database, progress: &mut dyn Progress) -> Result<RunSummary> {
        if !self.plan.dry_run {
            db.prepare_for_writing()?;
        }
        let started = Instant::now();
        let mut survey = self.survey(db, progress)?;
        let surveyed = started.elapsed();
        let changes = if self.plan.rebuild { changes::changes(&survey) } else { Vec::new() };
        let mut stopped_at = None;
        if self.plan.dry_run {
            self.pretend(&mut survey);
        } else {
            stopped_at = self.record(db, &mut survey, progress)?;
        }
        let recorded = started.elapsed();
        let outcome = if stopped_at.is_some() { Outcome::Interrupted } else { Outcome::Done };
        if !self.plan.dry_run {
            self.settle(db, &mut survey, outcome)?;
        }
        self.log_stages(surveyed, recorded, started.elapsed());
        self.notices.close();
        self.report_to_log();
        Ok(RunSummary {
            counts: self.counts,
            unmatched: self.unmatched,
            without_request: self.without_request,
            known_occurrences: self.known_occurrences,
            untimed: self.untimed,
            repeated_rows: survey.snapshot.repeated_rows,
            unknown_names: self.unknown_names,
            changes,
            outcome,
            stopped_at,
            paused: self.paused,
            snapshot: survey.snapshot,
        })
    }

    /// Where the time went: what was passed when the survey, the recording and the settling were over.
    fn log_stages(&self, surveyed: Duration, recorded: Duration, settled: Duration) {
        tracing::debug!(
            "[Pattern] survey {:.3} s, recording {:.3} s and {:.3} s of pauses, settling {:.3} s",
            surveyed.as_secs_f64(),
            (recorded - surveyed).saturating_sub(self.paused).as_secs_f64(),
            self.paused.as_secs_f64(),
            (settled - recorded).as_secs_f64()
        );
    }

    fn report_to_log(&self) {
        let Counts { workflows, matched, failed, new_occurrences, new_patterns, .. } = self.counts;
        tracing::info!(
            "[Pattern] {}: {workflows} workflows looked at, {matched} matched, {failed} failed, \
             {new_occurrences} new occurrences, {new_patterns} new patterns, paused {:.3} s",
            self.plan.command,
            self.paused.as_secs_f64()
        );
    }

    /// Enters the run in the ledger, in the first transaction that writes anything.
    fn insert_run(&mut self, tx: &Transaction<'_>) -> Result<i64> {
        if let Some(id) = self.run_id {
            return Ok(id);
        }
        let asked = self.asked();
        let start = runs::RunStart {
            command: self.plan.command,
            asked: &asked,
            rules: &self.plan.rules_used,
            started_at: self.plan.now,
        };
        runs::start(tx, &start)
    }

    fn asked(&self) -> String {
        let Selection { which, statuses, since, until, limit } = &self.plan.selection;
        let which = match which {
            Which::All => serde_json::json!("all"),
            Which::NewOrChanged => serde_json::json!("new or changed"),
            Which::Named(names) => serde_json::json!(names),
        };
        let statuses: Vec<_> = statuses.iter().map(|status| status.name()).collect();
        serde_json::json!({
            "workflows": which, "statuses": statuses, "since": since, "until": until, "limit": limit,
            "rebuild": self.plan.rebuild, "batch_size": self.plan.batch_size,
        })
        .to_string()
    }
}
