//! A run: which workflows to look at, what is found in them, what of it is new, and how it gets into the file.
//! `backfill`, `process` and `import` each make a [`Plan`] and call [`run`].
//!
//! A run has four stages. *Scan*: one pass over the occurrences and one over the history give a
//! [`Snapshot`](crate::snapshot::Snapshot); beside it, on other threads, detection finds which patterns the workflows
//! have. *Sort*: what differs from the file, by workflow key, because the index on it is then written from left to right
//! instead of all over. *Write*: that, in short transactions. *Refresh*: every pattern's statistics are computed from
//! the file's links and history and stored where they differ, and the run is closed in `flowmine_runs`.
//!
//! # Promises
//!
//! - **A workflow counts once.** What is linked already is not written again, and a unique index makes sure of it.
//! - **Order and batching do not matter.** Statistics are computed from the whole file in rowid order at the end, never
//!   counted up on the way.
//! - **A crash loses nothing.** Each transaction leaves the file whole; the next run finds what is missing, and heals
//!   the statistics.
//! - **Other writers are let through.** After a quarter of a second of writing the run pauses for longer than SQLite's
//!   longest wait between two attempts.
//! - **Several copies at once end in the result of one.** A transaction looks up what others have recorded since, and
//!   whoever comes last computes the statistics for all.
//! - **An interrupt loses nothing.** The batch in hand is committed or rolled back, and the next run goes on.
//!
//! `tests/persistence` and `tests/laws` hold these; `tests/faults` holds them while things go wrong: `kill.rs` and
//! `disk.rs` (crashes), `neighbour.rs` (other writers), `copies.rs`, `signals.rs`, `layouts.rs` (the file changes
//! during a run), `properties.rs` (any rows, any layout, any batches).

mod batch;
mod block;
mod changes;
mod detection;
mod dry_run;
mod exclude;
mod history_reader;
mod refresh;
pub mod rules_in_force;
mod run;
mod scan;
mod scanned;
mod selection;
mod summary;
mod unlinked;
mod write;

pub use exclude::{ExclusionChange, exclude, include};
pub(crate) use refresh::{refresh_statistics, remove_unused};
pub use selection::{BATCH_SIZE, NoProgress, Plan, Progress, Scope, Selection};
pub use summary::{RebuildChange, RunSummary};
pub use unlinked::lost_workflows;

use run::Run;

use crate::db::runs::Outcome;
use crate::db::{Database, Result};

/// Runs a plan.
///
/// # Errors
/// [`crate::db::Error::Interrupted`] where it was interrupted before it had read everything: nothing was written then.
///
/// Where the file cannot be read or written. What was committed before stays, and the next run goes on from there; a
/// workflow that cannot be read or recorded is no error but counted in [`failed`](crate::db::runs::Counts::failed).
pub fn run(db: &mut Database, plan: &Plan<'_>, progress: &mut dyn Progress) -> Result<RunSummary> {
    let result = run_stages(db, Run::new(plan, progress));
    progress.ended();
    result
}

fn run_stages(db: &mut Database, mut run: Run<'_>) -> Result<RunSummary> {
    let is_dry = run.plan.dry_run;
    let mut scanned = if is_dry { run.scan(db)? } else { db.prepare_while_reading(|db| run.scan(db))? };
    let changes = run.sort(&mut scanned);
    if is_dry {
        run.apply_to_snapshot(db, &mut scanned.snapshot, &changes)?;
    } else {
        run.write(db, &mut scanned, &changes)?;
        if !run.names_none() {
            run.refresh(db, &mut scanned)?;
        }
    }
    run.log();
    let is_interrupted = run.summary.outcome == Outcome::Interrupted;
    Ok(RunSummary {
        repeated_rows: scanned.snapshot.repeated_rows,
        stopped_at: is_interrupted.then_some(run.written),
        snapshot: scanned.snapshot,
        ..run.summary
    })
}
