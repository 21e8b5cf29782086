//! One row of `workflow_history`, decoded once and fallibly.
//!
//! SQLite lets any value into any column, so decoding never trusts the declared type. A number that cannot be one
//! becomes unknown and leaves a [`ValueWarning`]; a text or a key that cannot be read makes the workflow a
//! [`RowError`]. Both name workflow, column and value, the value shortened and with control characters escaped.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use rusqlite::types::ValueRef;

/// How a workflow stands, from the application's `status` column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The status of a `status` column's value.
    pub fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(b"pending") => Self::Pending,
            ValueRef::Text(b"running") => Self::Running,
            ValueRef::Text(b"completed") => Self::Completed,
            ValueRef::Text(b"failed") => Self::Failed,
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

/// What was measured of a workflow: all that the statistics need. `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// `actual_cost_total` in US dollars, finite and not negative.
    pub cost: Option<f64>,
    /// `total_tokens`.
    pub tokens: Option<u64>,
    /// `duration_seconds`, finite and not negative.
    pub duration: Option<f64>,
    /// `error_count`; 0 where unknown.
    pub errors: u64,
    /// `retry_count`; 0 where unknown.
    pub retries: u64,
    /// `start_time`, else `created_at`; unknown before 2020 and more than a day ahead.
    pub time: Option<Timestamp>,
    /// How the workflow stands.
    pub status: Status,
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

/// A finite number that is not negative; `Err` says why a value is none. NULL is `Ok(None)`.
///
/// A text that is wholly a number is one, as SQLite's own column affinity has it.
pub fn number(value: ValueRef<'_>) -> Result<Option<f64>, &'static str> {
    let number = match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(whole) => whole as f64,
        ValueRef::Real(real) => real,
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes).map(|text| text.trim().parse()) {
            Ok(Ok(parsed)) => parsed,
            _ => return Err("not a number"),
        },
        ValueRef::Blob(_) => return Err("not a number"),
    };
    match number {
        n if !n.is_finite() => Err("not a finite number"),
        n if n < 0.0 => Err("negative"),
        n => Ok(Some(n)),
    }
}

/// As [`number`], for counts: a fraction is rounded to the nearest whole, and what no column of whole numbers can hold is
/// the largest that one can, so that what is computed from it is what can be stored.
pub fn count(value: ValueRef<'_>) -> Result<Option<u64>, &'static str> {
    match value {
        ValueRef::Integer(whole) => u64::try_from(whole).map(Some).map_err(|_| "negative"),
        other => Ok(number(other)?.map(|number| (number.round() as u64).min(i64::MAX as u64))),
    }
}

/// A text; `Err` says why a value is none. NULL is `Ok(None)`, and a number is the text SQLite would show.
pub fn text(value: ValueRef<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    Ok(match value {
        ValueRef::Null => None,
        ValueRef::Integer(whole) => Some(whole.to_string().into()),
        ValueRef::Real(real) => Some(format!("{real:?}").into()),
        ValueRef::Text(bytes) => Some(std::str::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?.into()),
        ValueRef::Blob(_) => return Err("is a BLOB, not a text"),
    })
}

/// A value as it may be shown in a message: quoted, control characters escaped, 40 characters at most.
pub fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(whole) => whole.to_string(),
        ValueRef::Real(real) => real.to_string(),
        ValueRef::Text(bytes) => shown_text(&String::from_utf8_lossy(&bytes[..bytes.len().min(200)])),
        ValueRef::Blob(bytes) => format!("a BLOB of {} bytes", bytes.len()),
    }
}

/// A text as it may be shown in a message: quoted, control and format characters escaped, 40 characters at most.
pub fn shown_text(text: &str) -> String {
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    format!("'{short}'")
}
