//! The third stage: put the changes into the file, in short transactions with pauses between them.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::batch::{Batch, BatchDone};
use super::changes::LinkChanges;
use super::refresh::is_unused;
use super::run::Run;
use super::scan::Scanned;
use crate::db::runs::Outcome;
use crate::db::{Database, Error, Result};
use crate::snapshot::{PatternIndex, Snapshot, SnapshotLink, StoredPattern, WorkflowIndex};

/// How long a transaction may go on writing before it is committed, whatever the batch size.
const WRITE_SLICE: Duration = Duration::from_millis(250);

/// How long a run pauses after a slice of writing: a writer that waits for the lock asks again at least every 100 ms, so
/// in this time each of them gets its turn.
const PAUSE: Duration = Duration::from_millis(120);

/// Workflows that are written between two looks at the clock: few enough that a transaction ends in time, however slowly
/// the file takes its rows.
const STEP: usize = 128;

impl Run<'_> {
    /// What a dry run does instead: the snapshot becomes what it would be.
    pub(super) fn foresee(
        &mut self,
        db: &Database,
        scanned: &mut Scanned,
        changes: &LinkChanges,
    ) -> Result<()> {
        let snapshot = &mut scanned.snapshot;
        db.read_covers(snapshot)?;
        let restated = changes.restated();
        snapshot.change_covers(&restated);
        let mut new_patterns = HashSet::new();
        for link in &changes.added {
            snapshot.add_link(link.in_snapshot());
            if snapshot.pattern(link.pattern).id.is_none() {
                new_patterns.insert(link.pattern);
            }
        }
        for &new in &new_patterns {
            self.stamp_new(&mut snapshot.patterns[new.index()]);
        }
        let removed = changes.removed();
        self.summary.restated_occurrences = restated.len() as u64;
        self.summary.counts.new_occurrences = changes.added.len() as u64;
        self.summary.counts.new_patterns = new_patterns.len() as u64;
        self.summary.counts.removed_occurrences = removed.len() as u64;
        snapshot.remove_links(&removed);
        if self.plan.rebuild {
            let pattern_links = snapshot.pattern_links();
            let referred = db.patterns_referred_to()?;
            for (pattern, links) in snapshot.patterns.iter_mut().zip(pattern_links.iter()) {
                let Some(id) = pattern.id.filter(|_| is_unused(pattern, links)) else { continue };
                if !referred.contains(&id) {
                    pattern.id = None;
                    self.summary.counts.removed_patterns += 1;
                }
            }
        }
        Ok(())
    }

    /// Writes everything that is to be written; answers how that ended, and how far it came, in workflows of how many.
    pub(super) fn write(
        &mut self,
        db: &Database,
        scanned: &mut Scanned,
        changes: &LinkChanges,
    ) -> Result<(Outcome, (u64, u64))> {
        let LinkChanges { corrections, added, .. } = changes;
        let has_corrections = !corrections.is_empty();
        let corrections = Changes {
            of: corrections,
            workflow: |correction| correction.link().0,
            write: |batch, some| batch.correct_links(some),
        };
        let added =
            Changes { of: added, workflow: |link| link.workflow, write: |batch, some| batch.add_links(some) };
        let to_write = corrections.count_workflows() + added.count_workflows();
        self.progress.writing(self.summary.counts.workflows);
        let mut writer = Writer::new(self, db, scanned, to_write);
        let mut flow = writer.write_all(corrections)?;
        if flow.is_continue() {
            flow = writer.write_all(added)?;
        }
        let Written { workflows, added, removed, ids, .. } = writer.written;
        self.take_over_ids(scanned, ids);
        let Scanned { snapshot, .. } = scanned;
        if has_corrections || self.summary.counts.new_occurrences < added.len() as u64 {
            snapshot.forget_covers();
        }
        for link in added {
            snapshot.add_link(link);
        }
        if !removed.is_empty() {
            snapshot.remove_links(&removed);
        }
        let outcome = if flow.is_break() { Outcome::Interrupted } else { Outcome::Done };
        Ok((outcome, (workflows, to_write)))
    }

    fn take_over_ids(&self, scanned: &mut Scanned, ids: Vec<Option<i64>>) {
        for (pattern, id) in scanned.snapshot.patterns.iter_mut().zip(ids) {
            if pattern.id.is_none() && id.is_some() {
                self.stamp_new(pattern);
            }
            pattern.id = id;
        }
    }

    fn stamp_new(&self, pattern: &mut StoredPattern) {
        pattern.created_at = Some(self.stamp.clone());
        pattern.last_seen = Some(self.stamp.clone());
    }
}

/// Changes to links, those of one workflow standing together.
struct Changes<'c, C> {
    of: &'c [C],
    workflow: fn(&C) -> WorkflowIndex,
    write: fn(&mut Batch<'_>, &[C]) -> Result<()>,
}

impl<'c, C> Changes<'c, C> {
    /// The changes of each workflow.
    fn of_each(&self) -> impl Iterator<Item = &'c [C]> {
        let workflow = self.workflow;
        self.of.chunk_by(move |a, b| workflow(a) == workflow(b))
    }

    fn count_workflows(&self) -> u64 {
        self.of_each().count() as u64
    }

    /// Takes the changes of the first so many workflows off.
    fn take_first(&mut self, workflows: usize) -> Self {
        let (first, rest) = self.of.split_at(self.of_each().take(workflows).map(<[C]>::len).sum());
        self.of = rest;
        Self { of: first, ..*self }
    }
}

/// Writes changes in transactions.
struct Writer<'w, 'p> {
    run: &'w mut Run<'p>,
    db: &'w Database,
    scanned: &'w Scanned,
    /// Workflows looked at that have nothing to be written.
    unchanged: u64,
    written: Written,
}

/// What all transactions have done so far.
struct Written {
    /// How many workflows.
    workflows: u64,
    added: Vec<SnapshotLink>,
    removed: HashSet<(WorkflowIndex, PatternIndex)>,
    /// The patterns' ids, by their index.
    ids: Vec<Option<i64>>,
    /// The file's data version that the ids are from.
    data_version: i64,
    /// Time spent writing since the last pause.
    unpaused: Duration,
}

impl<'w, 'p> Writer<'w, 'p> {
    fn new(run: &'w mut Run<'p>, db: &'w Database, scanned: &'w Scanned, to_write: u64) -> Self {
        let unchanged = run.summary.counts.workflows.saturating_sub(to_write);
        let written = Written {
            workflows: 0,
            added: Vec::new(),
            removed: HashSet::new(),
            ids: scanned.snapshot.patterns.iter().map(|pattern| pattern.id).collect(),
            data_version: scanned.data_version,
            unpaused: Duration::ZERO,
        };
        Self { run, db, scanned, unchanged, written }
    }

    /// Writes changes, as many in a transaction as a batch may have and a slice of time allows.
    fn write_all<C>(&mut self, mut changes: Changes<'_, C>) -> Result<ControlFlow<()>> {
        while !changes.of.is_empty() {
            let before = changes.of;
            let mut batch_changes = changes.take_first(self.run.plan.batch_size.get());
            let flow = self.transaction(|batch| {
                let started = Instant::now();
                while !batch_changes.of.is_empty() && started.elapsed() < WRITE_SLICE {
                    let step = batch_changes.take_first(STEP);
                    batch.done.workflows += step.count_workflows();
                    (step.write)(batch, step.of)?;
                }
                Ok(())
            })?;
            if flow.is_break() {
                return Ok(flow);
            }
            changes.of = &before[before.len() - changes.of.len() - batch_changes.of.len()..];
        }
        Ok(ControlFlow::Continue(()))
    }

    /// One transaction, after a pause where it is time for one; a break where the run has been interrupted instead.
    fn transaction(&mut self, work: impl FnOnce(&mut Batch<'_>) -> Result<()>) -> Result<ControlFlow<()>> {
        self.pause_if_due();
        if self.db.interrupted() {
            return Ok(ControlFlow::Break(()));
        }
        let started = Instant::now();
        let Self { run, db, scanned, written, .. } = self;
        let done = db.write(|tx| {
            written.refresh_ids(db, &scanned.snapshot)?;
            let run_id = run.insert(tx)?;
            let mut batch = Batch::new(tx, scanned, &run.stamp, written.ids.clone())?;
            work(&mut batch)?;
            Ok((run_id, batch.done()))
        });
        match done {
            Err(Error::Interrupted) => return Ok(ControlFlow::Break(())),
            done => {
                let (run_id, done) = done?;
                self.run.id = Some(run_id);
                self.count(done);
            }
        }
        self.run.progress.committed(self.unchanged + self.written.workflows);
        self.written.unpaused += started.elapsed();
        Ok(ControlFlow::Continue(()))
    }

    fn pause_if_due(&mut self) {
        if self.written.unpaused >= WRITE_SLICE {
            std::thread::sleep(PAUSE);
            self.run.summary.paused += PAUSE;
            self.written.unpaused = Duration::ZERO;
        }
    }

    /// What is committed counts.
    fn count(&mut self, done: BatchDone) {
        let Self { run, scanned, written, .. } = self;
        for (pattern, (old, new)) in scanned.snapshot.patterns.iter().zip(written.ids.iter().zip(&done.ids)) {
            if old.is_none() && new.is_some() {
                tracing::info!("[Pattern] New pattern detected: {}", pattern.signature);
            }
        }
        for (rowid, reason) in &done.refused {
            run.fail(*rowid, reason);
        }
        run.summary.counts.new_occurrences += done.new_occurrences;
        run.summary.restated_occurrences += done.restated_occurrences;
        run.summary.counts.removed_occurrences += done.removed_occurrences;
        run.summary.counts.new_patterns += done.new_patterns;
        written.workflows += done.workflows;
        written.added.extend(done.added);
        written.removed.extend(done.removed);
        written.ids = done.ids;
    }
}

impl Written {
    /// Another process may have deleted or created patterns since they were read.
    fn refresh_ids(&mut self, db: &Database, snapshot: &Snapshot) -> Result<()> {
        let current = db.data_version()?;
        if current != self.data_version {
            let stored = db.stored_patterns()?;
            let mut ids = HashMap::new();
            for pattern in &stored {
                ids.entry(pattern.signature.as_str()).or_insert(pattern.id);
            }
            let id_of = |signature: &str| ids.get(signature).copied().flatten();
            self.ids = snapshot.patterns.iter().map(|pattern| id_of(&pattern.signature)).collect();
            self.data_version = current;
        }
        Ok(())
    }
}
