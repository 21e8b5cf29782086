//! What the first stage finds out.

use std::collections::BTreeSet;

use super::detection::Detected;
use crate::db::links::StoredFound;
use crate::db::runs::Mark;
use crate::snapshot::Snapshot;

/// What the file holds, and what was detected in it.
#[derive(Default)]
pub(super) struct Scanned {
    pub snapshot: Snapshot,
    pub detected: Detected,
    /// For a rebuild, the [`Found`](crate::detect::Found) that the file has of each link.
    pub stored: Option<StoredFound>,
    /// Rows of the history.
    pub rows: u64,
    /// Of those, beyond the first of a `workflow_id`.
    pub repeated_rows: u64,
    /// The highest rowid when the scan began; later rows are left to the next run.
    pub highest_rowid: i64,
    /// The latest `updated_at` that was read.
    pub newest_stamp: String,
    /// Rowids of the workflows that were not finished, which the next run is to look at again.
    pub unfinished: Vec<i64>,
    /// The file's data version before anything was read.
    pub data_version: i64,
    /// Whether this run has written, or caused, something that the snapshot does not show.
    pub lacks_own_writes: bool,
    pub wanted: Wanted,
}

/// Which rows are to be looked at.
#[derive(Default)]
pub(super) enum Wanted {
    #[default]
    All,
    /// Those of which calls or commands are known.
    Measured,
    /// Those with these rowids.
    Named(BTreeSet<i64>),
    /// Those that are new or have changed since the last complete run, which read as far as this.
    Changed(Mark),
}
