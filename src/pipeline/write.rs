//! The third stage: put the changes into the file, in short transactions with pauses between them.

use std::collections::HashMap;
use std::thread::scope;
use std::time::{Duration, Instant};

use super::batch::{Batch, BatchDone};
use super::changes::LinkChange;
use super::detection::DetectedLink;
use super::run::Run;
use super::scanned::Scanned;
use crate::db::runs::Outcome;
use crate::db::{Database, Error, Result};
use crate::parallel::ahead;
use crate::snapshot::SnapshotLink;

/// How long a transaction may go on writing before it is committed, whatever the batch size.
const WRITE_SLICE: Duration = Duration::from_millis(250);

/// How long a run pauses after a slice of writing. SQLite lets a writer that waits for the lock try again at least
/// every 100 ms, so in this time each of them gets its turn.
const PAUSE: Duration = Duration::from_millis(120);

/// Workflows that are written between two looks at the clock: few enough that a transaction ends in time, however
/// slowly the file takes its rows.
const STEP: usize = 128;

/// Steps that may be made ready, with their JSON, before they are written.
const WAITING: usize = 16;

impl Run<'_> {
    /// Writes all changes, unless it is interrupted.
    pub(super) fn write(
        &mut self,
        db: &Database,
        scanned: &mut Scanned,
        changes: &[LinkChange],
    ) -> Result<()> {
        let to_write = changes.chunk_by(LinkChange::is_of_same_workflow).count() as u64;
        let most = STEP.min(self.plan.batch_size.get());
        self.progress.writing(self.summary.counts.workflows);
        self.written = (0, to_write);
        let mut writer = Writer::new(self, db, scanned);
        let written = scope(|scope| writer.write_all(ahead(scope, WAITING, || steps(changes, most))));
        let Writer { added, ids, .. } = writer;
        match written {
            Err(Error::Interrupted) => self.summary.outcome = Outcome::Interrupted,
            written => written?,
        }
        // The snapshot does not show what triggers or another flowmine have written, nor what has become of links that
        // were there: then the statistics are computed from the file, read again.
        scanned.lacks_own_writes = changes.iter().any(|change| !matches!(change, LinkChange::Add(_)))
            || self.summary.counts.new_occurrences < added.len() as u64
            || !added.is_empty() && db.has_code_for_occurrences()?;
        for link in added {
            scanned.snapshot.add_link(link);
        }
        self.adopt_ids(scanned, ids);
        Ok(())
    }

    fn adopt_ids(&self, scanned: &mut Scanned, ids: Vec<Option<i64>>) {
        for (pattern, id) in scanned.snapshot.patterns.iter_mut().zip(ids) {
            if pattern.id.is_none() && id.is_some() {
                self.set_created_at(pattern);
            }
            pattern.id = id;
        }
    }
}

/// All changes of some workflows.
struct WriteStep<'c> {
    corrections: Vec<&'c LinkChange>,
    /// The links that are added, each with the JSON that is stored with it.
    added: Vec<(&'c DetectedLink, String)>,
    workflows: u64,
}

/// All changes, those of at most `most` workflows a step.
fn steps(changes: &[LinkChange], most: usize) -> impl Iterator<Item = WriteStep<'_>> {
    let mut rest = changes;
    std::iter::from_fn(move || {
        let (mut workflows, mut length) = (0, 0);
        for of_workflow in rest.chunk_by(LinkChange::is_of_same_workflow).take(most) {
            workflows += 1;
            length += of_workflow.len();
        }
        let (mut corrections, mut added) = (Vec::new(), Vec::new());
        for change in rest.split_off(..length)? {
            match change {
                LinkChange::Add(link) => added.push((link, link.json())),
                correction => corrections.push(correction),
            }
        }
        (workflows > 0).then_some(WriteStep { corrections, added, workflows })
    })
}

/// Writes changes in transactions.
struct Writer<'w, 'p> {
    run: &'w mut Run<'p>,
    db: &'w Database,
    scanned: &'w Scanned,
    /// Workflows looked at that have nothing to be written.
    unchanged: u64,
    added: Vec<SnapshotLink>,
    /// The patterns' ids, by their index.
    ids: Vec<Option<i64>>,
    /// The file's data version when the ids were read.
    data_version: i64,
    /// Time spent writing since the last pause.
    unpaused: Duration,
}

impl<'w, 'p> Writer<'w, 'p> {
    fn new(run: &'w mut Run<'p>, db: &'w Database, scanned: &'w Scanned) -> Self {
        let (_, to_write) = run.written;
        Self {
            unchanged: run.summary.counts.workflows.saturating_sub(to_write),
            run,
            db,
            scanned,
            added: Vec::new(),
            ids: scanned.snapshot.patterns.iter().map(|pattern| pattern.id).collect(),
            data_version: scanned.data_version,
            unpaused: Duration::ZERO,
        }
    }

    /// Writes changes, as many in a transaction as a batch may have and a slice of time allows.
    fn write_all<'c>(&mut self, steps: impl Iterator<Item = WriteStep<'c>>) -> Result<()> {
        let batch_size = self.run.plan.batch_size.get() as u64;
        let mut steps = steps.peekable();
        while steps.peek().is_some() {
            self.transaction(|batch| {
                let started = Instant::now();
                while started.elapsed() < WRITE_SLICE
                    && let Some(step) =
                        steps.next_if(|step| batch.done.workflows + step.workflows <= batch_size)
                {
                    batch.done.workflows += step.workflows;
                    step.corrections.iter().try_for_each(|change| batch.correct_link(change))?;
                    batch.add_links(&step.added)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// One transaction, after a pause where it is time for one.
    fn transaction(&mut self, work: impl FnOnce(&mut Batch<'_>) -> Result<()>) -> Result<()> {
        self.pause_if_due();
        if self.db.interrupted() {
            return Err(Error::Interrupted);
        }
        let (started, db) = (Instant::now(), self.db);
        let (run_id, done) = db.write(|tx| {
            self.refresh_ids()?;
            let run_id = self.run.id_in_file(tx)?;
            let mut batch = Batch::new(tx, self.scanned, &self.run.stamp, self.ids.clone())?;
            work(&mut batch)?;
            Ok((run_id, batch.done()))
        })?;
        self.run.id = Some(run_id);
        self.count(done);
        self.run.progress.committed(self.unchanged + self.run.written.0);
        self.unpaused += started.elapsed();
        Ok(())
    }

    fn pause_if_due(&mut self) {
        if self.unpaused >= WRITE_SLICE {
            std::thread::sleep(PAUSE);
            self.run.summary.paused += PAUSE;
            self.unpaused = Duration::ZERO;
        }
    }

    /// Counts what has been committed.
    fn count(&mut self, done: BatchDone) {
        let ids = self.ids.iter().zip(&done.ids);
        for (pattern, (old, new)) in self.scanned.snapshot.patterns.iter().zip(ids) {
            if old.is_none() && new.is_some() {
                tracing::info!("[Pattern] New pattern detected: {}", pattern.signature);
            }
        }
        for (rowid, reason) in &done.refused {
            self.run.fail(*rowid, reason);
        }
        self.run.written.0 += done.workflows;
        let summary = &mut self.run.summary;
        summary.counts.new_occurrences += done.new_occurrences;
        summary.restated_occurrences += done.restated_occurrences;
        summary.counts.removed_occurrences += done.removed_occurrences;
        summary.counts.new_patterns += done.new_patterns;
        self.added.extend(done.added);
        self.ids = done.ids;
    }

    /// Another process may have deleted or created patterns since they were read.
    fn refresh_ids(&mut self) -> Result<()> {
        let current = self.db.data_version()?;
        if current != self.data_version {
            let stored = self.db.stored_patterns()?;
            let mut ids = HashMap::new();
            for pattern in &stored {
                ids.entry(pattern.signature.as_str()).or_insert(pattern.id);
            }
            let id_of = |signature: &str| ids.get(signature).copied().flatten();
            let patterns = self.scanned.snapshot.patterns.iter();
            self.ids = patterns.map(|pattern| id_of(&pattern.signature)).collect();
            self.data_version = current;
        }
        Ok(())
    }
}
