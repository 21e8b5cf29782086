//! Leaving workflows and patterns out of the figures, and letting them count again.

use std::collections::HashSet;

use jiff::Timestamp;

use super::refresh::{follow_renamed, refresh_statistics};
use crate::db::exclusions::{self, Excludable};
use crate::db::{Database, Result, Transaction};
use crate::snapshot::{Exclusion, PatternIndex, Snapshot};

/// What became of something that was to be left out, or to count again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionChange {
    /// The workflow or pattern.
    pub what: Excludable,
    /// What was said of it before; `None`: it counted.
    pub before: Option<Exclusion>,
    /// What is said of it now; `None`: it counts.
    pub after: Option<Exclusion>,
}

impl ExclusionChange {
    /// Whether it counted before and no longer does, or the other way round.
    pub fn is_new(&self) -> bool {
        self.before.is_some() != self.after.is_some()
    }
}

/// Leaves workflows and patterns out, and brings the statistics of the patterns concerned up to date, all in one
/// transaction. What was left out before keeps its earlier exclusion.
pub fn exclude(
    db: &mut Database,
    what: &[Excludable],
    exclusion: &Exclusion,
    now: Timestamp,
) -> Result<Vec<ExclusionChange>> {
    db.prepare_for_writing()?;
    change(db, what, Some(exclusion), now)
}

/// Lets workflows and patterns count again, likewise. What was not left out stays as it is.
pub fn include(db: &mut Database, what: &[Excludable], now: Timestamp) -> Result<Vec<ExclusionChange>> {
    if db.layout.exclusions.is_none() {
        let counts = |what: &Excludable| ExclusionChange { what: what.clone(), before: None, after: None };
        return Ok(what.iter().map(counts).collect());
    }
    db.prepare_for_writing()?;
    change(db, what, None, now)
}

fn change(
    db: &Database,
    what: &[Excludable],
    exclusion: Option<&Exclusion>,
    now: Timestamp,
) -> Result<Vec<ExclusionChange>> {
    let data_version = db.data_version()?;
    let mut snapshot = db.snapshot(now)?;
    if !snapshot.renamed_exclusions().is_empty() {
        db.write(|tx| follow_renamed(tx, &snapshot))?;
    }
    change_snapshot(&mut snapshot, what, exclusion);
    db.write(|tx| {
        if db.data_version()? != data_version {
            snapshot = db.snapshot(now)?;
            change_snapshot(&mut snapshot, what, exclusion);
        }
        let changes = what.iter().map(|what| store(tx, what, exclusion)).collect::<Result<Vec<_>>>()?;
        let concerned = patterns_concerned(&snapshot, &changes);
        let mut refreshed = refresh_statistics(tx, &mut snapshot, Some(&concerned))?;
        refreshed.refused.pop().map_or(Ok(changes), Err)
    })
}

/// Applies the change to the snapshot. The statistics are computed here, before the file is locked.
fn change_snapshot(snapshot: &mut Snapshot, what: &[Excludable], exclusion: Option<&Exclusion>) {
    for what in what {
        match (what, exclusion) {
            (Excludable::Workflow(key), Some(_)) => snapshot.exclude_workflow(key.as_bytes()),
            (Excludable::Workflow(key), None) => snapshot.include_workflow(key.as_bytes()),
            (Excludable::Pattern(_), _) => (),
        }
    }
    snapshot.pattern_links();
}

fn store(tx: &Transaction<'_>, what: &Excludable, exclusion: Option<&Exclusion>) -> Result<ExclusionChange> {
    let (before, after) = match exclusion {
        Some(exclusion) => {
            let before = exclusions::exclude(tx, what, exclusion)?;
            (before.clone(), before.or_else(|| Some(exclusion.clone())))
        }
        None => (exclusions::include(tx, what)?, None),
    };
    Ok(ExclusionChange { what: what.clone(), before, after })
}

/// The ids of the patterns with a workflow that counts now and did not, or the other way round.
fn patterns_concerned(snapshot: &Snapshot, changes: &[ExclusionChange]) -> Vec<i64> {
    let changed = changes.iter().filter(|change| change.is_new());
    let keys = changed.filter_map(|change| match &change.what {
        Excludable::Workflow(key) => Some(key.as_bytes()),
        Excludable::Pattern(_) => None,
    });
    let patterns: HashSet<PatternIndex> = snapshot.patterns_linked_with(keys);
    patterns.into_iter().filter_map(|pattern| snapshot.pattern(pattern).id).collect()
}
