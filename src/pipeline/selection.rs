//! What a run is to do.

use std::num::NonZeroUsize;

use jiff::Timestamp;

use crate::db::runs::RulesUsed;
use crate::detect::RuleSet;
use crate::workflow::Status;

/// Workflows per transaction unless told otherwise: enough that the pages which every transaction changes are seldom
/// written (10,000 would take 1.2 to 1.35 times as long), few enough to be done in a fraction of a second.
pub const BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

/// Which workflows to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole history.
    All,
    /// Those that are new or have changed since the last complete run.
    NewOrChanged,
    /// Those of which calls or commands are known.
    Measured,
    /// Those a person named, by `workflow_id`, `adw_id` or id.
    Named(Vec<String>),
}

/// Which workflows a run takes.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which workflows to look at.
    pub scope: Scope,
    /// Only these statuses.
    pub statuses: Vec<Status>,
    /// Also those with one of these words as their status, in lower case, which flowmine does not know.
    pub unknown_statuses: Vec<String>,
    /// Only workflows at or after this time.
    pub since: Option<Timestamp>,
    /// Only workflows before this time.
    pub until: Option<Timestamp>,
    /// At most this many, the lowest rowids first.
    pub limit: Option<u64>,
}

impl Selection {
    /// Every finished workflow of `scope`.
    pub fn finished(scope: Scope) -> Self {
        Self {
            scope,
            statuses: vec![Status::Completed, Status::Failed],
            unknown_statuses: Vec::new(),
            since: None,
            until: None,
            limit: None,
        }
    }

    /// Whether it leaves out nothing that a later run would want to have been looked at.
    pub fn is_complete(&self) -> bool {
        let finished =
            [Status::Completed, Status::Failed].iter().all(|status| self.statuses.contains(status));
        let whole = self.since.is_none() && self.until.is_none() && self.limit.is_none();
        finished && whole && matches!(self.scope, Scope::All | Scope::NewOrChanged)
    }
}

/// What a run is to do.
pub struct Plan<'a> {
    /// The command's name, for `flowmine_runs`.
    pub command: &'a str,
    /// Which workflows.
    pub selection: Selection,
    /// By which rules.
    pub rules: &'a RuleSet,
    /// Where the rules come from, for `flowmine_runs`.
    pub rules_used: RulesUsed,
    /// Write nothing, say what would be new.
    pub dry_run: bool,
    /// Also remove the occurrences of the selected workflows that the rules do not give, and store anew where the
    /// others were found and what they cover.
    pub rebuild: bool,
    /// Workflows per transaction.
    pub batch_size: NonZeroUsize,
    /// The time that counts as the present.
    pub now: Timestamp,
}

impl Plan<'_> {
    /// What was asked for, as JSON for `flowmine_runs`.
    pub(super) fn asked(&self) -> String {
        let Selection { scope, statuses, unknown_statuses, since, until, limit } = &self.selection;
        let scope = match scope {
            Scope::All => serde_json::json!("all"),
            Scope::NewOrChanged => serde_json::json!("new or changed"),
            Scope::Measured => serde_json::json!("measured"),
            Scope::Named(names) => serde_json::json!(names),
        };
        let known = statuses.iter().map(|status| status.name());
        let statuses: Vec<_> = known.chain(unknown_statuses.iter().map(String::as_str)).collect();
        serde_json::json!({
            "workflows": scope, "statuses": statuses, "since": since, "until": until, "limit": limit,
            "rebuild": self.rebuild, "batch_size": self.batch_size,
        })
        .to_string()
    }
}

/// Is told how a run gets on. By default nothing is done.
pub trait Progress {
    /// This many rows have been read so far.
    fn rows_read(&mut self, _rows: u64) {}
    /// Writing begins; this many workflows were looked at.
    fn writing(&mut self, _workflows: u64) {}
    /// A transaction has been committed: so far, this many workflows are done for good.
    fn committed(&mut self, _workflows: u64) {}
    /// The run is over, well or not.
    fn ended(&mut self) {}
}

/// For a run that nobody follows.
pub struct NoProgress;

impl Progress for NoProgress {}
