//! A row of the history, as a snapshot takes it.

use serde::{Deserialize, Serialize};

use super::WorkflowIndex;
use crate::workflow::Measures;

/// What is taken of a row of the history.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SnapshotRow<'a> {
    /// Its rowid.
    pub rowid: i64,
    /// Its key; `None` where it has none that can be read.
    pub key: Option<&'a str>,
    /// Its id as text, where that is not the key: links made while it had no `workflow_id` are recognised by it.
    pub former_key: Option<&'a str>,
    /// Its cost, tokens, duration, errors, retries, time and status.
    pub measures: Measures,
    /// When the application last changed it, where that was asked for and it says so.
    pub updated_at: Option<&'a str>,
    /// Whether something in its columns of times is no believable time.
    pub has_odd_time: bool,
    /// The word of its status, where flowmine does not know it.
    pub unknown_status: Option<&'a str>,
}

/// What an added row of the history turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedRow {
    /// A workflow of its own.
    Workflow(WorkflowIndex),
    /// A further row of this workflow.
    Repeated(WorkflowIndex),
}
