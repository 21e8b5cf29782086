//! The third stage: put the changes into the file, in short transactions with pauses between them.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::thread::scope;
use std::time::{Duration, Instant};

use super::batch::{Batch, BatchDone};
use super::changes::{LinkChanges, NewLink};
use super::refresh::is_unused;
use super::run::Run;
use super::scan::Scanned;
use crate::db::runs::Outcome;
use crate::db::{Database, Error, Result};
use crate::parallel::ahead;
use crate::snapshot::{PatternIndex, Snapshot, SnapshotLink, StoredPattern, WorkflowIndex};

/// How long a transaction may go on writing before it is committed, whatever the batch size.
const WRITE_SLICE: Duration = Duration::from_millis(250);

/// How long a run pauses after a slice of writing: a writer that waits for the lock asks again at least every 100 ms, so
/// in this time each of them gets its turn.
const PAUSE: Duration = Duration::from_millis(120);

/// Workflows that are written between two looks at the clock: few enough that a transaction ends in time, however slowly
/// the file takes its rows.
const STEP: usize = 128;

/// Steps whose characteristics may be ready before they are written.
const WAITING: usize = 16;

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
        let most = STEP.min(self.plan.batch_size.get());
        let detected = &scanned.detected;
        let corrections =
            || steps(corrections, most, |correction| correction.link().0).map(|step| (step, ()));
        let added = || steps(added, most, |link| link.workflow);
        let to_write =
            corrections().map(|(step, ())| step.workflows).chain(added().map(|step| step.workflows)).sum();
        self.progress.writing(self.summary.counts.workflows);
        let mut writer = Writer::new(self, db, scanned, to_write);
        let mut flow = writer.write_all(corrections(), |batch, step, ()| batch.correct_links(step))?;
        if flow.is_continue() {
            let json = |links: &[NewLink]| links.iter().map(|link| link.json(detected)).collect();
            let with_json = || added().map(|step| (step, json(step.changes)));
            flow = scope(|scope| {
                let steps = ahead(scope, WAITING, with_json);
                writer.write_all(steps, |batch, step, json: &Vec<String>| batch.add_links(step, json))
            })?;
        }
        let written = writer.written;
        let progress = (written.workflows, to_write);
        self.take_over(scanned, written, has_corrections);
        let outcome = if flow.is_break() { Outcome::Interrupted } else { Outcome::Done };
        Ok((outcome, progress))
    }

    /// Brings the snapshot up to what was written.
    fn take_over(&self, scanned: &mut Scanned, written: Written, has_corrections: bool) {
        let Written { added, removed, ids, .. } = written;
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

/// Changes to the links of some workflows, those of each standing together.
#[derive(Clone, Copy)]
struct WriteStep<'c, C> {
    changes: &'c [C],
    /// How many workflows.
    workflows: u64,
}

/// The changes of so many workflows after another.
fn steps<C>(
    all: &[C],
    most: usize,
    workflow: impl Fn(&C) -> WorkflowIndex,
) -> impl Iterator<Item = WriteStep<'_, C>> {
    let mut rest = all;
    let mut of_each = all.chunk_by(move |a, b| workflow(a) == workflow(b));
    std::iter::from_fn(move || {
        let (mut workflows, mut length) = (0, 0);
        for changes in of_each.by_ref().take(most) {
            workflows += 1;
            length += changes.len();
        }
        let (changes, behind) = rest.split_at(length);
        rest = behind;
        (workflows > 0).then_some(WriteStep { changes, workflows })
    })
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
    fn write_all<'c, C: 'c, T>(
        &mut self,
        steps: impl Iterator<Item = (WriteStep<'c, C>, T)>,
        write: impl Fn(&mut Batch<'_>, &[C], &T) -> Result<()>,
    ) -> Result<ControlFlow<()>> {
        let batch_size = self.run.plan.batch_size.get() as u64;
        let mut steps = steps.peekable();
        while steps.peek().is_some() {
            let flow = self.transaction(|batch| {
                let started = Instant::now();
                let has_room = |written: u64, step: &WriteStep<'_, C>| written + step.workflows <= batch_size;
                let mut written = 0;
                while started.elapsed() < WRITE_SLICE
                    && let Some((step, with)) = steps.next_if(|(step, _)| has_room(written, step))
                {
                    written += step.workflows;
                    write(batch, step.changes, &with)?;
                }
                batch.done.workflows += written;
                Ok(())
            })?;
            if flow.is_break() {
                return Ok(flow);
            }
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
