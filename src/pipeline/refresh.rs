//! The third stage: bring every pattern's statistics to what the file's links and history say, and close the ledger.

use jiff::Timestamp;

use super::scan::Survey;
use super::{Run, Which};
use crate::db::runs::{self, Mark, Outcome, Rowids, RunEnd};
use crate::db::{Database, Result, Transaction, occurrences, patterns};
use crate::snapshot::{Linked, Snapshot, StoredPattern};
use crate::statistics::{PatternStatistics, Window};

/// A snapshot with what tells whether the file has changed since.
struct Reading {
    snapshot: Snapshot,
    version: i64,
    occurrences: (i64, Option<i64>),
}

impl Reading {
    fn take(db: &Database, now: Timestamp) -> Result<Self> {
        let version = db.data_version()?;
        let occurrences = db.occurrences_fingerprint()?;
        Ok(Self { snapshot: db.snapshot(now)?, version, occurrences })
    }

    /// Whether statistics taken from it would be wrong: another process has recorded occurrences since. A workflow that
    /// the application has added or corrected meanwhile is the next run's.
    fn is_outdated(&self, db: &Database) -> Result<bool> {
        Ok(db.data_version()? != self.version && db.occurrences_fingerprint()? != self.occurrences)
    }
}

impl Run<'_> {
    /// Computes and stores the statistics and closes the ledger, in one transaction.
    ///
    /// Where nobody else has written since the survey, its snapshot is the file. Otherwise the file is read again, outside
    /// the transaction, so that the application is not kept waiting meanwhile; only when another flowmine turns out to
    /// be at work it is read once more under the lock.
    pub(super) fn settle(&mut self, db: &Database, survey: &mut Survey, outcome: Outcome) -> Result<()> {
        let now = self.plan.now;
        let alone = db.data_version()? == survey.data_version;
        // After an interrupt there is no time to read the file again; the next run settles it.
        let skip = outcome == Outcome::Interrupted && !alone;
        let mut reading = if alone || skip { None } else { Some(Reading::take(db, now)?) };
        // Worked out before the file is locked; it is asked for again below.
        reading.as_mut().map_or(&mut survey.snapshot, |reading| &mut reading.snapshot).linked();
        db.write(|tx| {
            let outdated = match &reading {
                Some(reading) => reading.is_outdated(db)?,
                None => !skip && db.data_version()? != survey.data_version,
            };
            if outdated {
                reading = Some(Reading::take(db, now)?);
            }
            let snapshot = reading.as_mut().map_or(&mut survey.snapshot, |reading| &mut reading.snapshot);
            let linked = snapshot.linked();
            if self.plan.rebuild && outcome == Outcome::Done {
                self.counts.removed_patterns = remove_unused(db, tx, snapshot, &linked)?;
            }
            if !skip {
                refresh_statistics(tx, snapshot, &linked, None)?;
            }
            let mark = self.mark(db, survey, outcome);
            let id = self.insert_run(tx)?;
            let rebuilt =
                self.plan.rebuild && mark_worthy(self, outcome) && self.plan.selection.which == Which::All;
            let finished_at = Timestamp::now();
            let (counts, mark) = (&self.counts, mark.as_ref());
            runs::finish(tx, id, &RunEnd { outcome, counts, rebuilt, mark, finished_at })
        })?;
        if let Some(reading) = reading {
            survey.snapshot = reading.snapshot;
        }
        Ok(())
    }

    fn mark(&self, db: &Database, survey: &Survey, outcome: Outcome) -> Option<Mark> {
        (mark_worthy(self, outcome) && db.layout.history.tells_changes()).then(|| Mark {
            rowid: survey.highest,
            updated_at: Mark::settled(&survey.newest_stamp, self.plan.now),
            revisit: Rowids::of(survey.revisit.clone()),
        })
    }
}

/// Whether the run was a complete pass.
fn mark_worthy(run: &Run<'_>, outcome: Outcome) -> bool {
    outcome == Outcome::Done && run.plan.selection.is_complete()
}

/// Deletes the patterns that have no occurrence left, but for those that a person has touched or that another table
/// points to.
fn remove_unused(
    db: &Database,
    tx: &Transaction<'_>,
    snapshot: &mut Snapshot,
    linked: &[Linked],
) -> Result<u64> {
    let mut removed = 0;
    for (pattern, linked) in snapshot.patterns.iter_mut().zip(linked) {
        let Some(id) = pattern.id.filter(|_| linked.count == 0 && !pattern.touched_by_human) else {
            continue;
        };
        if !db.is_referred_to(id)? && patterns::delete_pattern(tx, id)? {
            pattern.id = None;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Stores section 4 of every pattern in the file (or of those with these ids) where it differs, and nothing else. Answers
/// the last one's.
pub(crate) fn refresh_statistics(
    tx: &Transaction<'_>,
    snapshot: &Snapshot,
    linked: &[Linked],
    only: Option<&[i64]>,
) -> Result<Option<PatternStatistics>> {
    let mut last = None;
    for (pattern, linked) in snapshot.patterns.iter().zip(linked) {
        if let Some(id) = pattern.id.filter(|id| only.is_none_or(|only| only.contains(id))) {
            last = Some(refresh_pattern(tx, snapshot, (pattern, id), linked)?);
        }
    }
    Ok(last)
}

fn refresh_pattern(
    tx: &Transaction<'_>,
    snapshot: &Snapshot,
    (pattern, id): (&StoredPattern, i64),
    linked: &Linked,
) -> Result<PatternStatistics> {
    let detected = match linked.judged.statistics {
        None => occurrences::detection_window(tx, id)?,
        Some(_) => Window::default(),
    };
    let statistics = pattern.statistics(linked, &detected);
    let typical_input = first_characteristics(tx, snapshot, id, linked)?;
    let keeps_typical_input = typical_input.is_none() || typical_input == pattern.typical_input;
    if !patterns::is_up_to_date(pattern, &statistics) || !keeps_typical_input {
        patterns::update_statistics(tx, pattern, &statistics, typical_input.as_deref())?;
        log_update(id, &pattern.signature, &statistics);
    }
    Ok(statistics)
}

/// The characteristics of the pattern's first workflow: the lowest rowid, whatever the order of recording.
fn first_characteristics(
    tx: &Transaction<'_>,
    snapshot: &Snapshot,
    id: i64,
    linked: &Linked,
) -> Result<Option<String>> {
    let first = linked.present.first().and_then(|&place| snapshot.workflows[place as usize].key);
    match first.and_then(|key| std::str::from_utf8(snapshot.key(key)).ok()) {
        Some(key) => occurrences::characteristics(tx, id, key),
        None => Ok(None),
    }
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
