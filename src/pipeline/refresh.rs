//! The fourth stage: bring every pattern's statistics to what the file's links and history say, and close the run.

use std::collections::HashSet;

use super::run::Run;
use super::scanned::Scanned;
use super::selection::Scope;
use crate::db::exclusions::Excludable;
use crate::db::runs::{self, Mark, MarkCounts, Outcome, Rowids, RunEnd};
use crate::db::{Database, Error, Result, Transaction, exclusions, occurrences, patterns, windows};
use crate::snapshot::{Exclusion, PatternLinks, Snapshot, StoredPattern};
use crate::statistics::PatternStatistics;

impl Run<'_> {
    /// Computes and stores the statistics and closes the run, or only closes it where it is interrupted meanwhile.
    pub(super) fn refresh(&mut self, db: &Database, scanned: &mut Scanned) -> Result<()> {
        match self.refresh_all(db, scanned) {
            Err(Error::Interrupted) => {
                self.summary.counts.removed_patterns = 0;
                self.summary.outcome = Outcome::Interrupted;
                db.write(|tx| self.close(tx, None))
            }
            refreshed => refreshed,
        }
    }

    /// Stores all statistics and closes the run in one transaction.
    ///
    /// Where nobody else has written since the scan and this run has only added links, the snapshot is what the file
    /// says. Otherwise the file is read again, outside the transaction, so that the application is not kept waiting; it
    /// is read once more under the lock only if another flowmine has written meanwhile.
    fn refresh_all(&mut self, db: &Database, scanned: &mut Scanned) -> Result<()> {
        let is_current = db.data_version()? == scanned.data_version && !scanned.lacks_own_writes;
        if !is_current && self.summary.outcome == Outcome::Interrupted {
            // There is no time to read the file again; the next run computes the statistics.
            return db.write(|tx| self.close(tx, None));
        }
        let mut read_again = None;
        if !is_current {
            read_again = Some(FileState::of(db)?);
            scanned.snapshot = db.snapshot(self.plan.now)?;
        }
        // Computed before the file is locked; it is asked for again below.
        scanned.snapshot.pattern_links();
        db.write(|tx| {
            let is_outdated = match &read_again {
                Some(state) => state.is_outdated(db)?,
                None => db.data_version()? != scanned.data_version,
            };
            if is_outdated {
                scanned.snapshot = db.snapshot(self.plan.now)?;
            }
            self.store_statistics(db, tx, &mut scanned.snapshot)?;
            self.close(tx, self.mark(db, scanned).as_ref())
        })
    }

    fn store_statistics(
        &mut self,
        db: &Database,
        tx: &Transaction<'_>,
        snapshot: &mut Snapshot,
    ) -> Result<()> {
        if self.plan.rebuild && self.summary.outcome == Outcome::Done {
            self.summary.counts.removed_patterns = remove_unused(db, tx, snapshot)?;
        }
        follow_renamed(tx, snapshot)?;
        let refreshed = refresh_statistics(tx, snapshot, None)?;
        self.summary.refused_patterns = refreshed.refused.len() as u64;
        Ok(())
    }

    fn close(&self, tx: &Transaction<'_>, mark: Option<&Mark>) -> Result<()> {
        let end = RunEnd {
            outcome: self.summary.outcome,
            counts: &self.summary.counts,
            rebuilt: self.plan.rebuild && self.is_complete() && self.plan.selection.scope == Scope::All,
            mark,
            finished_at: self.now(),
        };
        runs::finish(tx, self.id_in_file(tx)?, &end)
    }

    /// The mark from which the next `process` goes on; `None` where the run was not complete or the file does not tell
    /// changes.
    fn mark(&self, db: &Database, scanned: &mut Scanned) -> Option<Mark> {
        let links = scanned.snapshot.link_count();
        let revisit = scanned.unfinished.iter().chain(&self.failed).copied().collect();
        (self.is_complete() && db.layout.history.tells_changes()).then(|| Mark {
            rowid: scanned.highest_rowid,
            updated_at: Mark::first_uncertain(&scanned.newest_stamp, self.plan.now),
            revisit: Rowids::of(revisit),
            counts: Some(MarkCounts { links, rows: scanned.rows, repeated_rows: scanned.repeated_rows }),
        })
    }
}

/// Moves exclusions that were made before a workflow was given its `workflow_id` to its present key.
pub(super) fn follow_renamed(tx: &Transaction<'_>, snapshot: &Snapshot) -> Result<()> {
    for (former, workflow) in snapshot.renamed_exclusions() {
        if let Some(key) = snapshot.workflow(workflow).key {
            exclusions::rekey(tx, snapshot.key_text(former), snapshot.key_text(key))?;
        }
    }
    Ok(())
}

/// What tells whether the file has changed since.
struct FileState {
    data_version: i64,
    occurrences: (i64, Option<i64>),
    exclusions: Vec<(Excludable, Exclusion)>,
}

impl FileState {
    fn of(db: &Database) -> Result<Self> {
        Ok(Self {
            data_version: db.data_version()?,
            occurrences: db.occurrences_fingerprint()?,
            exclusions: db.exclusions()?,
        })
    }

    /// Whether statistics computed from what was read then would be wrong: another process has recorded occurrences
    /// since, or a person has left something out. A workflow that the application has added or corrected meanwhile is
    /// left to the next run.
    fn is_outdated(&self, db: &Database) -> Result<bool> {
        Ok(db.data_version()? != self.data_version
            && (db.occurrences_fingerprint()? != self.occurrences || db.exclusions()? != self.exclusions))
    }
}

/// Deletes the patterns that have no occurrence left, except those that a person has touched or that another table
/// points to.
pub(crate) fn remove_unused(db: &Database, tx: &Transaction<'_>, snapshot: &mut Snapshot) -> Result<u64> {
    // Asked for once more under the lock: a person may have decided on one since the snapshot was taken.
    let touched = db.stored_patterns()?.into_iter().filter(|pattern| pattern.touched_by_human);
    let touched: HashSet<i64> = touched.filter_map(|pattern| pattern.id).collect();
    let mut unused = unused_patterns(db, snapshot)?;
    unused.retain(|id| !touched.contains(id));
    let removed = patterns::delete_unused(tx, &unused)?;
    snapshot.forget_patterns(&removed);
    Ok(removed.len() as u64)
}

/// The ids of the patterns that a rebuild takes away, by what the snapshot says.
pub(super) fn unused_patterns(db: &Database, snapshot: &mut Snapshot) -> Result<Vec<i64>> {
    let (referred_to, pattern_links) = (db.patterns_referred_to()?, snapshot.pattern_links());
    let unused = snapshot.patterns.iter().zip(&*pattern_links).filter(|(pattern, links)| {
        links.count == 0 && !pattern.touched_by_human && !pattern.is_foreign(links)
    });
    let ids = unused.filter_map(|(pattern, _)| pattern.id);
    Ok(ids.filter(|id| !referred_to.contains(id)).collect())
}

/// What came of bringing statistics up to date.
#[derive(Default)]
pub(crate) struct Refreshed {
    /// The last pattern's statistics; `None` where there was no pattern.
    pub last: Option<PatternStatistics>,
    /// Why the file refused the statistics of single patterns.
    pub refused: Vec<Error>,
}

/// Stores the statistics of every pattern in the file (or of those with these ids) where they differ, and nothing else.
/// What the file refuses of one pattern stops none of the others. Rows of other programs are left alone.
pub(crate) fn refresh_statistics(
    tx: &Transaction<'_>,
    snapshot: &mut Snapshot,
    only: Option<&[i64]>,
) -> Result<Refreshed> {
    let (pattern_links, snapshot) = (snapshot.pattern_links(), &*snapshot);
    let meant = || {
        let patterns = snapshot.patterns.iter().zip(&*pattern_links);
        let is_meant = |id: &i64| only.is_none_or(|only| only.contains(id));
        patterns.filter_map(move |(pattern, links)| {
            Some((pattern, pattern.id.filter(is_meant).filter(|_| !pattern.is_foreign(links))?, links))
        })
    };
    let gone = meant().filter(|(_, _, links)| links.summary.statistics.is_none()).map(|(_, id, _)| id);
    let detected = windows::detection_windows(tx, &gone.collect::<Vec<_>>())?;
    let mut refreshed = Refreshed::default();
    for (pattern, id, links) in meant() {
        tx.check_interrupt()?;
        let statistics = pattern.statistics(links, &detected.get(&id).copied().unwrap_or_default());
        match store(tx, snapshot, (pattern, id, links), &statistics) {
            Ok(()) => refreshed.last = Some(statistics),
            Err(error) if patterns::concerns_one_row(&error, tx) => {
                let signature = &pattern.signature;
                tracing::warn!("[Pattern] Failed to update the statistics of pattern {signature}: {error}");
                refreshed.refused.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refreshed)
}

/// Stores a pattern's statistics, and the characteristics of its first workflow, where they differ.
fn store(
    tx: &Transaction<'_>,
    snapshot: &Snapshot,
    (pattern, id, links): (&StoredPattern, i64, &PatternLinks),
    statistics: &PatternStatistics,
) -> Result<()> {
    // Of the first in the history, whatever the order of recording.
    let first = snapshot.first_of(links).map(|key| snapshot.key_text(key));
    let typical_input = first.map(|key| occurrences::characteristics(tx, id, key)).transpose()?.flatten();
    let keeps_typical_input = typical_input.is_none() || typical_input == pattern.typical_input;
    if !patterns::is_up_to_date(pattern, statistics) || !keeps_typical_input {
        patterns::update_statistics(tx, pattern, statistics, typical_input.as_deref())?;
        log_update(id, &pattern.signature, statistics);
    }
    Ok(())
}

fn log_update(id: i64, signature: &str, statistics: &PatternStatistics) {
    tracing::debug!("[Pattern] Updated pattern {signature} (count: {})", statistics.occurrence_count);
    tracing::debug!(
        "[Pattern] Updated statistics for pattern {id}: avg_cost=${:.4}, savings=${:.3}/mo, confidence={:.1}%",
        statistics.avg_cost_with_llm.unwrap_or(0.0),
        statistics.potential_monthly_savings.unwrap_or(0.0),
        statistics.confidence.score()
    );
}
