//! The second stage: put what was found into the file, in short transactions.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::survey::{Finding, Survey};
use super::{Progress, Run};
use crate::census::{Census, KeyId, Slot};
use crate::db::ledger::Counts;
use crate::db::patterns::{self, Recorder, Recording};
use crate::db::{Database, Error, Result};

/// How long a transaction may go on writing before it is committed, whatever the batch size.
const WRITE_SLICE: Duration = Duration::from_millis(250);

/// How long a run pauses after a slice of writing: a writer that waits for the lock asks again at least every 100 ms, so
/// in this time each of them gets its turn.
const PAUSE: Duration = Duration::from_millis(120);

/// One thing to write.
enum Task {
    /// A workflow has been given its workflow_id: its link moves from the old key to the new.
    Rekey { old: KeyId, place: u32, slot: Slot },
    /// The rules in force do not give this occurrence.
    Remove { place: u32, slot: Slot },
    /// A finding, by its place.
    Add(u32),
}

impl Task {
    fn place(&self, survey: &Survey) -> u32 {
        match *self {
            Self::Rekey { place, .. } | Self::Remove { place, .. } => place,
            Self::Add(finding) => survey.findings[finding as usize].place,
        }
    }

    fn slot(&self, survey: &Survey) -> Slot {
        match *self {
            Self::Rekey { slot, .. } | Self::Remove { slot, .. } => slot,
            Self::Add(finding) => survey.findings[finding as usize].slot,
        }
    }
}

/// What a transaction has done; it counts once it is committed.
#[derive(Default)]
struct Batch {
    counts: Counts,
    tasks: usize,
    workflows: u64,
    added: Vec<(Slot, KeyId)>,
    removed: HashSet<(u32, Slot)>,
    /// Rowids of workflows that could not be recorded.
    refused: Vec<i64>,
    /// The patterns' ids, by their place in the census.
    ids: Vec<Option<i64>>,
}

impl Run<'_> {
    /// What a dry run does instead: the census becomes what it would be.
    pub(super) fn pretend(&mut self, survey: &mut Survey) {
        let Survey { census, findings, obsolete, .. } = survey;
        let mut new = HashSet::new();
        for finding in findings.iter() {
            if let Some(key) = census.workflows[finding.place as usize].key {
                census.add_found(finding.slot, key);
                self.counts.new_occurrences += 1;
                new.insert(finding.slot);
            }
        }
        self.counts.new_patterns =
            new.into_iter().filter(|&slot| census.patterns[slot as usize].id.is_none()).count() as u64;
        self.counts.removed_occurrences = obsolete.len() as u64;
        census.remove_found(&obsolete.iter().copied().collect());
    }

    /// Writes everything that is to be written; answers how far it came, in workflows, if it was interrupted.
    pub(super) fn record(
        &mut self,
        db: &Database,
        survey: &mut Survey,
        progress: &mut dyn Progress,
    ) -> Result<Option<(u64, u64)>> {
        let tasks = tasks(survey);
        let to_write = workflows_in(&tasks, survey);
        let nothing_to_write = self.counts.workflows.saturating_sub(to_write);
        progress.recording(self.counts.workflows);
        let (mut done, mut workflows, mut written) = (0, 0, Duration::ZERO);
        let mut version = survey.data_version;
        while done < tasks.len() {
            let started = Instant::now();
            let Some(batch) = self.write_batch(db, survey, &tasks[done..], &mut version)? else {
                return Ok(Some((workflows, to_write)));
            };
            done += batch.tasks;
            workflows += batch.workflows;
            self.take_over(survey, batch);
            progress.committed(nothing_to_write + workflows);
            written += started.elapsed();
            if written >= WRITE_SLICE && done < tasks.len() {
                std::thread::sleep(PAUSE);
                self.paused += PAUSE;
                written = Duration::ZERO;
            }
        }
        Ok(None)
    }

    /// One transaction; `None` where the run has been interrupted instead.
    fn write_batch(
        &mut self,
        db: &Database,
        survey: &mut Survey,
        tasks: &[Task],
        version: &mut i64,
    ) -> Result<Option<Batch>> {
        if db.interrupted() {
            return Ok(None);
        }
        let written = db.write(|conn| {
            refresh_pattern_ids(db, &mut survey.census, version)?;
            let ledger_id = self.enter_in_ledger(conn)?;
            Ok((ledger_id, self.write_tasks(conn, survey, tasks)?))
        });
        match written {
            Err(Error::Interrupted) => Ok(None),
            other => other.map(|(ledger_id, batch)| {
                self.ledger_id = Some(ledger_id);
                Some(batch)
            }),
        }
    }

    fn write_tasks(&mut self, conn: &Connection, survey: &Survey, tasks: &[Task]) -> Result<Batch> {
        let started = Instant::now();
        let stamp = self.stamp.clone();
        let mut recorder = Recorder::new(conn, &stamp)?;
        let ids = survey.census.patterns.iter().map(|pattern| pattern.id).collect();
        let mut batch = Batch { ids, ..Batch::default() };
        let mut last = None;
        for task in tasks {
            let place = task.place(survey);
            if last != Some(place) {
                let full = batch.workflows >= self.plan.batch_size.get() as u64;
                if full || (batch.workflows % 64 == 63 && started.elapsed() >= WRITE_SLICE) {
                    break;
                }
                batch.workflows += 1;
                last = Some(place);
            }
            self.write_task(conn, &mut recorder, survey, task, &mut batch)?;
            batch.tasks += 1;
        }
        Ok(batch)
    }

    fn write_task(
        &mut self,
        conn: &Connection,
        recorder: &mut Recorder<'_>,
        survey: &Survey,
        task: &Task,
        batch: &mut Batch,
    ) -> Result<()> {
        let (census, slot, place) = (&survey.census, task.slot(survey), task.place(survey));
        let Some(key_id) = census.workflows[place as usize].key else { return Ok(()) };
        let key = text(census.key(key_id));
        let id = batch.ids[slot as usize];
        let outcome = match (task, id) {
            (Task::Add(finding), _) => {
                let finding = &survey.findings[*finding as usize];
                add(recorder, survey, finding, key, id).map(|recording| batch.note(slot, key_id, recording))
            }
            // Without an id the pattern is gone, and its links with it.
            (_, None) => Ok(()),
            (Task::Rekey { old, .. }, Some(id)) => {
                patterns::rekey_occurrence(conn, id, text(census.key(*old)), key)
            }
            (Task::Remove { .. }, Some(id)) => patterns::delete_occurrence(conn, id, key).map(|gone| {
                batch.counts.removed_occurrences += u64::from(gone);
                batch.removed.insert((place, slot));
            }),
        };
        match outcome {
            // What the file refuses of one occurrence stops neither the workflow's others nor the batch.
            Err(error) if patterns::concerns_one_row(&error, conn) => {
                let (signature, key) = (&census.patterns[slot as usize].signature, key.escape_debug());
                self.notices
                    .say(&format_args!("Failed to record pattern {signature} for workflow {key}: {error}"));
                batch.refused.push(census.workflows[place as usize].rowid);
                Ok(())
            }
            other => other.map_err(Error::from),
        }
    }

    /// What is committed becomes part of the census and of the counts.
    fn take_over(&mut self, survey: &mut Survey, mut batch: Batch) {
        for (pattern, id) in survey.census.patterns.iter_mut().zip(&batch.ids) {
            if pattern.id.is_none() && id.is_some() {
                tracing::info!("[Pattern] New pattern detected: {}", pattern.signature);
                pattern.created_at = Some(self.stamp.clone());
                pattern.last_seen = Some(self.stamp.clone());
            }
            pattern.id = *id;
        }
        for (slot, key) in batch.added {
            survey.census.add_found(slot, key);
        }
        if !batch.removed.is_empty() {
            survey.census.remove_found(&batch.removed);
        }
        batch.refused.dedup();
        self.counts.failed += batch.refused.len() as u64;
        survey.revisit.append(&mut batch.refused);
        self.counts.new_occurrences += batch.counts.new_occurrences;
        self.counts.removed_occurrences += batch.counts.removed_occurrences;
        self.counts.new_patterns += batch.counts.new_patterns;
    }
}

fn add(
    recorder: &mut Recorder<'_>,
    survey: &Survey,
    finding: &Finding,
    key: &str,
    id: Option<i64>,
) -> rusqlite::Result<Recording> {
    let pattern = &survey.census.patterns[finding.slot as usize];
    let characteristics = survey.characteristics[finding.characteristics as usize].to_json();
    recorder.record(id, (&pattern.signature, &pattern.pattern_type), key, &characteristics)
}

impl Batch {
    fn note(&mut self, slot: Slot, key: KeyId, recording: Recording) {
        self.ids[slot as usize] = Some(recording.pattern_id);
        self.counts.new_patterns += u64::from(recording.new_pattern);
        if recording.new_occurrence {
            self.counts.new_occurrences += 1;
            self.added.push((slot, key));
        }
    }
}

/// Another process may have deleted or created patterns since they were read.
fn refresh_pattern_ids(db: &Database, census: &mut Census, version: &mut i64) -> Result<()> {
    let current = db.data_version()?;
    if current != *version {
        let stored = db.stored_patterns()?;
        for pattern in &mut census.patterns {
            pattern.id =
                stored.iter().find(|other| other.signature == pattern.signature).and_then(|other| other.id);
        }
        *version = current;
    }
    Ok(())
}

/// All that is to be written, a workflow's tasks together: first what is moved or taken away, then what is added, sorted
/// by key.
fn tasks(survey: &Survey) -> Vec<Task> {
    let census = &survey.census;
    let mut tasks = Vec::with_capacity(survey.findings.len());
    for (old, place) in census.renamed_links() {
        tasks.extend(census.links_of(old).map(|slot| Task::Rekey { old, place, slot }));
    }
    tasks.extend(survey.obsolete.iter().map(|&(place, slot)| Task::Remove { place, slot }));
    tasks.extend(by_key(survey).into_iter().map(Task::Add));
    tasks
}

/// The findings, sorted by workflow key as SQLite's index is. Most keys differ in their first 16 bytes, which are
/// compared as one number.
fn by_key(survey: &Survey) -> Vec<u32> {
    let key = |finding: &Finding| {
        survey.census.workflows[finding.place as usize].key.map_or(&[][..], |key| survey.census.key(key))
    };
    let prefix = |finding: &Finding| {
        let mut bytes = [0; 16];
        let key = key(finding);
        let length = key.len().min(16);
        bytes[..length].copy_from_slice(&key[..length]);
        u128::from_be_bytes(bytes)
    };
    let findings = &survey.findings;
    let mut order: Vec<(u128, u32)> = findings.iter().map(prefix).zip(0..).collect();
    order.sort_unstable_by(|&(prefix, a), &(other, b)| {
        let (left, right) = (&findings[a as usize], &findings[b as usize]);
        prefix.cmp(&other).then_with(|| key(left).cmp(key(right))).then(left.slot.cmp(&right.slot))
    });
    order.into_iter().map(|(_, finding)| finding).collect()
}

/// How many workflows the tasks are about; a workflow's tasks stand together but for moves and removals.
fn workflows_in(tasks: &[Task], survey: &Survey) -> u64 {
    let mut places: Vec<u32> = tasks.iter().map(|task| task.place(survey)).collect();
    places.dedup();
    places.len() as u64
}

/// A key that was read as text.
fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).unwrap_or_default()
}
