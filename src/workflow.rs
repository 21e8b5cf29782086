//! One row of `workflow_history`, decoded once and fallibly.
//!
//! SQLite lets any value into any column, so decoding never trusts the declared type. A number that cannot be one
//! becomes unknown and leaves a [`ValueWarning`]; a text or a key that cannot be read makes the workflow a
//! [`RowError`]. Both name workflow, column and value, the value shortened and with control characters escaped.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// How a workflow stands, from the application's `status` column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// Waiting to start.
    Pending,
    /// At work now.
    Running,
    /// Ended well; also every row of a file without a `status` column.
    #[default]
    Completed,
    /// Ended with an error.
    Failed,
    /// A status that flowmine does not know, or NULL.
    Other,
}

impl Status {
    /// The status of a `status` column's value; see [`Status::of_word`].
    pub fn of(value: Value<'_>) -> Self {
        match value {
            // Nearly every row has this word: it needs no copy in lower case.
            Value::Text(b"completed") => Self::Completed,
            value => value.as_text().map_or(Self::Other, Self::of_word),
        }
    }

    /// The status that a word means: one of the application's, or one that other programs use for the same. Case and
    /// blanks around it do not matter.
    pub fn of_word(word: &str) -> Self {
        match word.trim().to_lowercase().as_str() {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "completed" | "complete" | "success" | "succeeded" | "done" => Self::Completed,
            "failed" | "failure" | "error" | "aborted" | "cancelled" | "canceled" | "abandoned"
            | "timeout" => Self::Failed,
            _ => Self::Other,
        }
    }

    /// Whether the workflow is history: it has ended, well or not.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    /// The word the file uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Other => "other",
        }
    }
}

/// The highest cost of one workflow that is believed, in US dollars.
pub const MOST_COST: f64 = 1_000_000.0;
/// The highest number of tokens of one workflow that is believed.
pub const MOST_TOKENS: u64 = 1_000_000_000_000;

/// The cost, in US dollars, where it is from 0 to [`MOST_COST`]; any other is unknown.
pub fn believed_cost(cost: Option<f64>) -> Option<f64> {
    cost.filter(|cost| (0.0..=MOST_COST).contains(cost))
}

/// Adds what is known to what is known of a sum.
pub fn add_known(sum: &mut Option<f64>, more: Option<f64>) {
    *sum = [*sum, more].into_iter().flatten().reduce(|sum, more| sum + more);
}

/// What was measured of a workflow: all that the statistics need. `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// `actual_cost_total` in US dollars, at most [`MOST_COST`]. A 0 in the file is the application's default for
    /// unknown; only what was measured of a pattern's own commands can be 0.
    pub cost: Option<f64>,
    /// `total_tokens`, at most [`MOST_TOKENS`]; a 0 is read as in `cost`.
    pub tokens: Option<u64>,
    /// `duration_seconds`, finite and not negative. A 0 is the application's default for unknown:
    /// [`Measures::known_duration`].
    pub duration: Option<f64>,
    /// `error_count`; 0 where unknown.
    pub errors: u64,
    /// `retry_count`; 0 where unknown.
    pub retries: u64,
    /// `start_time`, else `created_at`; unknown before 2020 and more than a day ahead.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub time: Option<Timestamp>,
    /// How the workflow stands.
    pub status: Status,
}

impl Measures {
    /// How long the workflow took, in seconds, above 0.
    #[must_use]
    pub fn known_duration(&self) -> Option<f64> {
        self.duration.filter(|&seconds| seconds > 0.0)
    }
}

/// A workflow as detection and recording see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    /// The row's rowid in `workflow_history`; `None` for a workflow that a library's caller made up.
    pub rowid: Option<i64>,
    /// What occurrences are linked by: `workflow_id`, else `id` as text; `None` where the row has neither.
    pub key: Option<String>,
    /// `nl_input`, what the person asked for.
    pub request: Option<String>,
    /// `error_message`.
    pub error_message: Option<String>,
    /// `workflow_template`.
    pub template: Option<String>,
    /// Cost, tokens, duration, errors, retries, time and status.
    pub measures: Measures,
}

/// A value that is treated as unknown because it cannot be what its column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueWarning {
    /// The workflow's key, or its rowid where it has none.
    pub workflow: String,
    /// The column's name.
    pub column: &'static str,
    /// The value, shortened and escaped.
    pub value: String,
    /// Why it is unknown.
    pub problem: &'static str,
}

impl ValueWarning {
    /// Whether the column is one of times.
    pub fn is_about_time(&self) -> bool {
        ["start_time", "created_at"].contains(&self.column)
    }
}

impl fmt::Display for ValueWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workflow, column, value, problem } = self;
        write!(f, "workflow {workflow}: {column} is {value}: {problem}; taken as unknown")
    }
}

/// Why a workflow cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("workflow {workflow}: {column} {problem}")]
pub struct RowError {
    /// The workflow's key, or its rowid where the key cannot be read.
    pub workflow: String,
    /// The column's name.
    pub column: &'static str,
    /// What is wrong with its value.
    pub problem: String,
}
