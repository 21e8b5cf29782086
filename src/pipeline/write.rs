//! The second stage: put what was found into the file, in short transactions.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::time::{Duration, Instant};

use super::prepare::{self, Page, Row, text};
use super::scan::{Findings, Survey};
use super::{Progress, Run};
use crate::db::occurrences::{self, Occurrence, Recorder};
use crate::db::runs::Counts;
use crate::db::{Database, Error, Result, Transaction, patterns};
use crate::snapshot::{KeyId, Linkage, Slot, Snapshot};

/// How long a transaction may go on writing before it is committed, whatever the batch size.
const WRITE_SLICE: Duration = Duration::from_millis(250);

/// How long a run pauses after a slice of writing: a writer that waits for the lock asks again at least every 100 ms, so
/// in this time each of them gets its turn.
const PAUSE: Duration = Duration::from_millis(120);

/// Pages that may wait to be written.
const WAITING: usize = 256;

/// What becomes of a link that is there already.
enum Correction {
    /// A workflow has been given its workflow_id: its link moves from the old key to the new.
    Rekey { old: KeyId, place: u32, slot: Slot },
    /// The rules in force do not give this occurrence.
    Remove { place: u32, slot: Slot },
}

impl Correction {
    fn place(&self) -> u32 {
        match *self {
            Self::Rekey { place, .. } | Self::Remove { place, .. } => place,
        }
    }
}

/// What a transaction has done; it counts once it is committed.
#[derive(Default)]
struct Batch {
    counts: Counts,
    workflows: u64,
    added: Vec<(Slot, KeyId)>,
    removed: HashSet<(u32, Slot)>,
    /// Rowids of workflows that could not be recorded.
    refused: Vec<i64>,
    /// The patterns' ids, by their place in the snapshot.
    ids: Vec<Option<i64>>,
}

/// What all transactions have done so far. The survey takes it over at the end, because a thread reads in it meanwhile.
struct Recorded {
    /// How many workflows.
    workflows: u64,
    added: Vec<(Slot, KeyId)>,
    /// What all links will be when everything has been added; `None` where not everything was.
    expected: Option<Linkage>,
    removed: HashSet<(u32, Slot)>,
    refused: Vec<i64>,
    ids: Vec<Option<i64>>,
    /// The file's data version that the ids are from.
    data_version: i64,
    /// Time spent writing since the last pause.
    unpaused: Duration,
}

impl Recorded {
    fn nothing(survey: &Survey) -> Self {
        Self {
            workflows: 0,
            added: Vec::new(),
            expected: None,
            removed: HashSet::new(),
            refused: Vec::new(),
            ids: survey.snapshot.patterns.iter().map(|pattern| pattern.id).collect(),
            data_version: survey.data_version,
            unpaused: Duration::ZERO,
        }
    }

    fn is_pause_due(&self) -> bool {
        self.unpaused >= WRITE_SLICE
    }

    /// Another process may have deleted or created patterns since they were read.
    fn refresh_ids(&mut self, db: &Database, snapshot: &Snapshot) -> Result<()> {
        let current = db.data_version()?;
        if current != self.data_version {
            let stored = db.stored_patterns()?;
            for (pattern, id) in snapshot.patterns.iter().zip(&mut self.ids) {
                *id = stored.iter().find(|other| other.signature == pattern.signature).and_then(|it| it.id);
            }
            self.data_version = current;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// What a dry run does instead: the snapshot becomes what it would be.
    pub(super) fn pretend(&mut self, survey: &mut Survey) {
        let Survey { snapshot, findings, obsolete, .. } = survey;
        let mut new = HashSet::new();
        for finding in &findings.list {
            snapshot.add_found(finding.slot, finding.key);
            self.counts.new_occurrences += 1;
            new.insert(finding.slot);
        }
        self.counts.new_patterns =
            new.into_iter().filter(|&slot| snapshot.patterns[slot as usize].id.is_none()).count() as u64;
        self.counts.removed_occurrences = obsolete.len() as u64;
        snapshot.remove_found(&obsolete.iter().copied().collect());
    }

    /// Writes everything that is to be written; answers how far it came, in workflows, if it was interrupted.
    pub(super) fn record(
        &mut self,
        db: &Database,
        survey: &mut Survey,
        progress: &mut dyn Progress,
    ) -> Result<Option<(u64, u64)>> {
        let corrections = corrections(survey);
        let to_write = distinct(corrections.iter().map(Correction::place))
            + distinct(survey.findings.list.iter().map(|finding| finding.place));
        progress.recording(self.counts.workflows);
        let mut recorded = Recorded::nothing(survey);
        let findings = std::mem::take(&mut survey.findings);
        let to_add = findings.list.len();
        let nothing_to_write = self.counts.workflows.saturating_sub(to_write);
        let mut committed = |workflows| progress.committed(nothing_to_write + workflows);
        let all = match self.correct_links(db, survey, &corrections, &mut recorded, &mut committed)? {
            true => self.add_links(db, survey, findings, &mut recorded, &mut committed)?,
            false => false,
        };
        let workflows = recorded.workflows;
        if recorded.added.len() < to_add {
            recorded.expected = None;
        }
        self.take_over(survey, recorded);
        Ok((!all).then_some((workflows, to_write)))
    }

    /// Moves links and takes some away; `false` where the run has been interrupted.
    fn correct_links(
        &mut self,
        db: &Database,
        survey: &Survey,
        mut corrections: &[Correction],
        recorded: &mut Recorded,
        committed: &mut impl FnMut(u64),
    ) -> Result<bool> {
        while !corrections.is_empty() {
            let mut done = 0;
            let went_on = self.transaction(db, survey, recorded, committed, |run, tx, batch| {
                let started = Instant::now();
                let mut last = None;
                for correction in corrections {
                    if last != Some(correction.place()) {
                        let full = batch.workflows >= run.plan.batch_size.get() as u64;
                        if full || (batch.workflows % 64 == 63 && started.elapsed() >= WRITE_SLICE) {
                            break;
                        }
                        batch.workflows += 1;
                        last = Some(correction.place());
                    }
                    run.correct_link(tx, survey, correction, batch)?;
                    done += 1;
                }
                Ok(())
            })?;
            if !went_on {
                return Ok(false);
            }
            corrections = &corrections[done..];
        }
        Ok(true)
    }

    fn correct_link(
        &mut self,
        tx: &Transaction<'_>,
        survey: &Survey,
        correction: &Correction,
        batch: &mut Batch,
    ) -> Result<()> {
        let (snapshot, place) = (&survey.snapshot, correction.place());
        let Some(key) = snapshot.workflows[place as usize].key else { return Ok(()) };
        let key = text(snapshot.key(key));
        let (Correction::Rekey { slot, .. } | Correction::Remove { slot, .. }) = *correction;
        // Without an id the pattern is gone, and its links with it.
        let Some(id) = batch.ids[slot as usize] else { return Ok(()) };
        let outcome = match *correction {
            Correction::Rekey { old, .. } => {
                occurrences::rekey_occurrence(tx, id, text(snapshot.key(old)), key)
            }
            Correction::Remove { .. } => occurrences::delete_occurrence(tx, id, key).map(|gone| {
                batch.counts.removed_occurrences += u64::from(gone);
                batch.removed.insert((place, slot));
            }),
        };
        outcome.or_else(|error| self.refuse(tx, survey, (place, slot), key, error, batch))
    }

    /// Adds the findings, which a thread of its own prepares; `false` where the run has been interrupted.
    fn add_links(
        &mut self,
        db: &Database,
        survey: &Survey,
        findings: Findings,
        recorded: &mut Recorded,
        committed: &mut impl FnMut(u64),
    ) -> Result<bool> {
        if findings.list.is_empty() {
            return Ok(true);
        }
        let Findings { list, characteristics } = findings;
        let (list, batch_size) = (&list[..], self.plan.batch_size);
        std::thread::scope(|scope| {
            let (pages, prepared) = sync_channel(WAITING);
            let (written, empty) = channel::<Page>();
            scope.spawn(move || {
                let empty = || empty.try_recv().unwrap_or_default();
                prepare::prepare(&survey.snapshot, (list, characteristics), batch_size, empty, |page| {
                    pages.send(page).is_ok()
                });
            });
            // What the statistics will be is worked out in the first pause, when nobody wants the processor.
            let (begin, may_begin) = channel();
            let expected = scope.spawn(move || {
                let found = list.iter().map(|finding| (finding.key, finding.slot));
                may_begin.recv().ok().map(|()| survey.snapshot.linkage_with(found))
            });
            while let Ok(page) = prepared.recv() {
                if recorded.is_pause_due() {
                    // Once is enough: nobody listens to the next.
                    let _ = begin.send(());
                }
                let went_on = self.transaction(db, survey, recorded, committed, |run, tx, batch| {
                    run.write_pages(tx, survey, page, (&prepared, &written), batch)
                })?;
                if !went_on {
                    return Ok(false);
                }
            }
            let _ = begin.send(());
            recorded.expected = expected.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok(true)
        })
    }

    /// Writes this page and those that belong to the same transaction.
    fn write_pages(
        &mut self,
        tx: &Transaction<'_>,
        survey: &Survey,
        first: Page,
        (prepared, written): (&Receiver<Page>, &Sender<Page>),
        batch: &mut Batch,
    ) -> Result<()> {
        let started = Instant::now();
        let stamp = self.stamp.clone();
        let mut recorder = Recorder::new(tx, &stamp)?;
        let mut next = Some(first);
        while let Some(mut page) = next {
            batch.workflows += page.workflows;
            self.write_page(tx, &mut recorder, survey, &page, batch)?;
            let is_last = page.ends_batch || started.elapsed() >= WRITE_SLICE;
            page.clear();
            // Where nobody fills it again, it was one of the last.
            let _ = written.send(page);
            next = if is_last { None } else { prepared.recv().ok() };
        }
        Ok(())
    }

    fn write_page(
        &mut self,
        tx: &Transaction<'_>,
        recorder: &mut Recorder<'_>,
        survey: &Survey,
        page: &Page,
        batch: &mut Batch,
    ) -> Result<()> {
        let mut rows = Vec::with_capacity(page.rows.len());
        let mut occurrences = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            match batch.ids[row.slot as usize] {
                Some(pattern_id) => {
                    rows.push(row);
                    let (key, characteristics) = (page.key(row), page.characteristics(row));
                    occurrences.push(Occurrence { pattern_id, key, characteristics });
                }
                None => self.write_with_pattern(tx, recorder, survey, page, row, batch)?,
            }
        }
        batch.added.reserve(rows.len());
        let mut refused = Vec::new();
        let written = recorder.record_all(&occurrences, |occurrence, outcome| match outcome {
            Ok(()) => batch.added.push((rows[occurrence].slot, rows[occurrence].key_id)),
            Err(error) => refused.push((rows[occurrence], error)),
        });
        batch.counts.new_occurrences += written?;
        for (row, error) in refused {
            self.note_refusal(survey, (row.place, row.slot), page.key(row), &error, batch);
        }
        Ok(())
    }

    /// Adds an occurrence whose pattern is to be found or created first.
    fn write_with_pattern(
        &mut self,
        tx: &Transaction<'_>,
        recorder: &mut Recorder<'_>,
        survey: &Survey,
        page: &Page,
        row: &Row,
        batch: &mut Batch,
    ) -> Result<()> {
        let pattern = &survey.snapshot.patterns[row.slot as usize];
        let signature = (pattern.signature.as_str(), pattern.pattern_type.as_str());
        match recorder.record(signature, page.key(row), page.characteristics(row)) {
            Ok(recording) => {
                batch.ids[row.slot as usize] = Some(recording.pattern_id);
                batch.counts.new_patterns += u64::from(recording.new_pattern);
                if recording.new_occurrence {
                    batch.counts.new_occurrences += 1;
                    batch.added.push((row.slot, row.key_id));
                }
                Ok(())
            }
            Err(error) => self.refuse(tx, survey, (row.place, row.slot), page.key(row), error, batch),
        }
    }

    /// What the file refuses of one occurrence stops neither the workflow's others nor the batch; any other error does.
    fn refuse(
        &mut self,
        tx: &Transaction<'_>,
        survey: &Survey,
        found: (u32, Slot),
        key: &str,
        error: Error,
        batch: &mut Batch,
    ) -> Result<()> {
        if !patterns::concerns_one_row(&error, tx) {
            return Err(error);
        }
        self.note_refusal(survey, found, key, &error, batch);
        Ok(())
    }

    fn note_refusal(
        &mut self,
        survey: &Survey,
        (place, slot): (u32, Slot),
        key: &str,
        error: &Error,
        batch: &mut Batch,
    ) {
        let (signature, key) = (&survey.snapshot.patterns[slot as usize].signature, key.escape_debug());
        self.notices.say(&format_args!("Failed to record pattern {signature} for workflow {key}: {error}"));
        batch.refused.push(survey.snapshot.workflows[place as usize].rowid);
    }

    /// One transaction, and a pause after it where it is time for one; `false` where the run has been interrupted
    /// instead.
    fn transaction(
        &mut self,
        db: &Database,
        survey: &Survey,
        recorded: &mut Recorded,
        committed: &mut impl FnMut(u64),
        work: impl FnOnce(&mut Self, &Transaction<'_>, &mut Batch) -> Result<()>,
    ) -> Result<bool> {
        if recorded.is_pause_due() {
            std::thread::sleep(PAUSE);
            self.paused += PAUSE;
            recorded.unpaused = Duration::ZERO;
        }
        if db.interrupted() {
            return Ok(false);
        }
        let started = Instant::now();
        let written = db.write(|tx| {
            recorded.refresh_ids(db, &survey.snapshot)?;
            let run_id = self.insert_run(tx)?;
            let mut batch = Batch { ids: recorded.ids.clone(), ..Batch::default() };
            work(self, tx, &mut batch)?;
            Ok((run_id, batch))
        });
        match written {
            Err(Error::Interrupted) => return Ok(false),
            other => {
                let (run_id, batch) = other?;
                self.run_id = Some(run_id);
                self.count(survey, batch, recorded);
            }
        }
        committed(recorded.workflows);
        recorded.unpaused += started.elapsed();
        Ok(true)
    }

    /// What is committed counts.
    fn count(&mut self, survey: &Survey, mut batch: Batch, recorded: &mut Recorded) {
        for (pattern, (old, new)) in survey.snapshot.patterns.iter().zip(recorded.ids.iter().zip(&batch.ids))
        {
            if old.is_none() && new.is_some() {
                tracing::info!("[Pattern] New pattern detected: {}", pattern.signature);
            }
        }
        recorded.ids = batch.ids;
        recorded.workflows += batch.workflows;
        recorded.added.append(&mut batch.added);
        recorded.removed.extend(batch.removed);
        batch.refused.dedup();
        self.counts.failed += batch.refused.len() as u64;
        recorded.refused.append(&mut batch.refused);
        self.counts.new_occurrences += batch.counts.new_occurrences;
        self.counts.removed_occurrences += batch.counts.removed_occurrences;
        self.counts.new_patterns += batch.counts.new_patterns;
    }

    /// What is recorded becomes part of the snapshot.
    fn take_over(&mut self, survey: &mut Survey, mut recorded: Recorded) {
        for (pattern, id) in survey.snapshot.patterns.iter_mut().zip(recorded.ids) {
            if pattern.id.is_none() && id.is_some() {
                pattern.created_at = Some(self.stamp.clone());
                pattern.last_seen = Some(self.stamp.clone());
            }
            pattern.id = id;
        }
        match recorded.expected {
            Some(expected) => survey.snapshot.adopt(expected),
            None => recorded.added.into_iter().for_each(|(slot, key)| survey.snapshot.add_found(slot, key)),
        }
        if !recorded.removed.is_empty() {
            survey.snapshot.remove_found(&recorded.removed);
        }
        survey.revisit.append(&mut recorded.refused);
    }
}

/// What becomes of the links that are there: first what is moved, then what is taken away.
fn corrections(survey: &Survey) -> Vec<Correction> {
    let snapshot = &survey.snapshot;
    let mut corrections = Vec::new();
    for (old, place) in snapshot.renamed_links() {
        corrections.extend(snapshot.links_of(old).map(|slot| Correction::Rekey { old, place, slot }));
    }
    corrections.extend(survey.obsolete.iter().map(|&(place, slot)| Correction::Remove { place, slot }));
    corrections
}

/// How many workflows these are, those of one workflow standing together.
fn distinct(places: impl Iterator<Item = u32>) -> u64 {
    let mut last = None;
    places.filter(|&place| last.replace(place) != Some(place)).count() as u64
}
