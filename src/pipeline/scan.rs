//! The first stage: read the file once and find out what is to be done.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};

use super::detect::{Examined, Examiner, New, Page, Texts};
use super::{Progress, Run, Which};
use crate::db::history::{HistoryRow, ReadTexts};
use crate::db::runs::Mark;
use crate::db::{Database, Result};
use crate::detect::{Characteristics, Evidence, RuleSet};
use crate::signature::Signature;
use crate::snapshot::{KeyId, Slot, Snapshot, Standing};
use crate::workflow::{Measures, RowError};

/// Pages that may wait to be looked at.
const WAITING: usize = 2;

/// An occurrence that is to be recorded.
#[derive(Clone, Copy)]
pub(super) struct Finding {
    pub key: KeyId,
    /// The workflow's place in the snapshot.
    pub place: u32,
    /// The pattern's place in the snapshot.
    pub slot: Slot,
    /// See [`Gathered`].
    characteristics: u32,
}

/// What is to be recorded.
#[derive(Default)]
pub(super) struct Findings {
    /// A workflow's stand together.
    pub list: Vec<Finding>,
    pub characteristics: Gathered,
}

/// Characteristics as each of the two examiners has gathered them.
#[derive(Default)]
pub(super) struct Gathered([Vec<Characteristics>; 2]);

impl Gathered {
    pub(super) fn of(&self, finding: &Finding) -> &Characteristics {
        let place = finding.characteristics as usize;
        &self.0[place % 2][place / 2]
    }
}

/// What the file holds and what is to be done with it.
pub(super) struct Survey {
    pub snapshot: Snapshot,
    pub findings: Findings,
    /// Occurrences that a rebuild takes away: (workflow's place, pattern's place).
    pub obsolete: Vec<(u32, Slot)>,
    /// The highest rowid and the latest `updated_at` that were read.
    pub highest: i64,
    pub newest_stamp: String,
    /// Rowids that the next pass is to look at again: unfinished, or failed.
    pub revisit: Vec<i64>,
    /// The file's data version before anything was read.
    pub data_version: i64,
}

/// What a scan needs beside the run and the survey.
struct Scan<'a> {
    since: Option<Mark>,
    /// The rowids that were named.
    named: BTreeSet<i64>,
    /// Workflows chosen by a scan that skips the texts: places in the snapshot.
    chosen: BTreeSet<u32>,
    page: Page,
    pages: SyncSender<Page>,
    /// Pages that have been looked at, to be filled again.
    spent: Receiver<Page>,
    /// What looks at pages on this thread, when the other has enough to do.
    examiner: Examiner<'a>,
}

impl Run<'_> {
    pub(super) fn survey(&mut self, db: &Database, progress: &mut dyn Progress) -> Result<Survey> {
        let data_version = db.data_version()?;
        let highest = db.highest_rowid()?;
        let mut survey = Survey {
            snapshot: db.snapshot_of_links()?,
            findings: Findings::default(),
            obsolete: Vec::new(),
            highest: highest.unwrap_or(0),
            newest_stamp: String::new(),
            revisit: Vec::new(),
            data_version,
        };
        let examined = self.read_and_examine(db, &mut survey, progress)?;
        self.merge(&mut survey, examined);
        Ok(survey)
    }

    /// Reads on this thread, which has the connection, and detects on another; when that one has enough to do, this one
    /// helps.
    fn read_and_examine(
        &mut self,
        db: &Database,
        survey: &mut Survey,
        progress: &mut dyn Progress,
    ) -> Result<[Examined; 2]> {
        let rules = self.plan.rules;
        let slots = slots(rules, &survey.snapshot);
        let mut examiner = Examiner::new(rules, slots.clone(), self.plan.rebuild);
        let own_examiner = Examiner::new(rules, slots, self.plan.rebuild);
        std::thread::scope(|scope| {
            let (pages, waiting) = sync_channel::<Page>(WAITING);
            let (done, spent) = channel();
            let detection = scope.spawn(move || {
                for mut page in waiting {
                    examiner.examine(&page);
                    page.clear();
                    // Where nobody wants it any more, the scan is over.
                    let _ = done.send(page);
                }
                examiner.finish()
            });
            let read = self
                .begin_scan(db, pages, spent, own_examiner)
                .and_then(|scan| self.scan(db, survey, scan, progress));
            let examined = detection.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok([examined, read?])
        })
    }

    fn begin_scan<'b>(
        &mut self,
        db: &Database,
        pages: SyncSender<Page>,
        spent: Receiver<Page>,
        examiner: Examiner<'b>,
    ) -> Result<Scan<'b>> {
        let mut scan = Scan {
            since: None,
            named: BTreeSet::new(),
            chosen: BTreeSet::new(),
            page: Page::default(),
            pages,
            spent,
            examiner,
        };
        match &self.plan.selection.which {
            Which::All => (),
            Which::NewOrChanged => scan.since = db.mark()?,
            Which::Named(names) => {
                for name in names {
                    match db.rowid_named(name)? {
                        Some(rowid) => drop(scan.named.insert(rowid)),
                        None => self.unknown_names.push(name.clone()),
                    }
                }
            }
        }
        Ok(scan)
    }

    /// Reads the history. Where all of it is looked at, the texts come with the rows; where a few are chosen, each of
    /// them is read by its rowid afterwards.
    fn scan(
        &mut self,
        db: &Database,
        survey: &mut Survey,
        mut scan: Scan<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Examined> {
        let all = match self.plan.selection.which {
            Which::All => true,
            Which::NewOrChanged => scan.since.is_none(),
            Which::Named(_) => false,
        };
        let texts = if all { ReadTexts::Yes } else { ReadTexts::No };
        let mut rows = 0;
        db.scan_history(survey.highest, texts, self.plan.now, |row| {
            rows += 1;
            if rows % 4096 == 0 {
                progress.surveyed(rows);
            }
            if row.updated_at.is_some_and(|stamp| stamp > survey.newest_stamp.as_str()) {
                survey.newest_stamp = row.updated_at.unwrap_or_default().to_owned();
            }
            match self.enter(survey, &scan, &row) {
                Some(place) if !all => drop(scan.chosen.insert(place)),
                Some(place) if self.takes(&row.measures) => self.look_at(survey, &mut scan, place, &row),
                _ => (),
            }
            Ok(())
        })?;
        self.look_at_chosen(db, survey, &mut scan)?;
        send(&mut scan);
        Ok(scan.examiner.finish())
    }

    /// Enters a row in the snapshot and answers the place of the workflow to look at, if there is one.
    fn enter(&self, survey: &mut Survey, scan: &Scan<'_>, row: &HistoryRow<'_>) -> Option<u32> {
        let former_key = row.former_key.map(str::as_bytes);
        let standing = survey.snapshot.add_row(row.rowid, row.row_key(), former_key, row.measures);
        if standing != Standing::Repeated && !row.measures.status.is_finished() {
            survey.revisit.push(row.rowid);
        }
        let is_asked_for = match (&self.plan.selection.which, &scan.since) {
            (Which::Named(_), _) => scan.named.contains(&row.rowid),
            (Which::NewOrChanged, Some(mark)) => has_changed(row, mark),
            _ => true,
        };
        match standing {
            _ if !is_asked_for => None,
            Standing::Workflow(place) => Some(place),
            // A person may name a workflow by any of its rows; the lowest stands for it.
            Standing::Repeated if !scan.named.is_empty() => {
                survey.snapshot.workflow_with_key(row.readable_key()?.as_bytes())
            }
            Standing::Repeated => None,
        }
    }

    fn look_at_chosen(&mut self, db: &Database, survey: &mut Survey, scan: &mut Scan<'_>) -> Result<()> {
        for place in std::mem::take(&mut scan.chosen) {
            let workflow = survey.snapshot.workflows[place as usize];
            if self.takes(&workflow.measures) {
                // It may have been purged since the scan; then there is nothing to visit.
                db.visit_workflow(workflow.rowid, self.plan.now, |row| {
                    self.look_at(survey, scan, place, &row)
                })?;
            } else {
                self.explain_if_named(&survey.snapshot, place);
            }
        }
        Ok(())
    }

    /// Whether the selection takes a workflow with these measures.
    fn takes(&mut self, measures: &Measures) -> bool {
        let selection = &self.plan.selection;
        if !selection.statuses.contains(&measures.status) {
            return false;
        }
        if selection.since.is_some() || selection.until.is_some() {
            let Some(time) = measures.time else {
                self.untimed += 1;
                return false;
            };
            let too_early = selection.since.is_some_and(|since| time < since);
            if too_early || selection.until.is_some_and(|until| time >= until) {
                return false;
            }
        }
        selection.limit.is_none_or(|limit| self.counts.workflows < limit)
    }

    /// A person who names a workflow that is passed over is told why.
    fn explain_if_named(&mut self, snapshot: &Snapshot, place: u32) {
        let workflow = &snapshot.workflows[place as usize];
        if let (Which::Named(_), Some(key)) = (&self.plan.selection.which, workflow.key) {
            let key = String::from_utf8_lossy(snapshot.key(key)).escape_debug().to_string();
            let status = workflow.measures.status.name();
            self.notices
                .say(&format_args!("workflow {key} is {status}: only completed and failed ones are history"));
        }
    }

    /// Sends one workflow to detection, or counts it as failed where it cannot be read.
    fn look_at(&mut self, survey: &mut Survey, scan: &mut Scan<'_>, place: u32, row: &HistoryRow<'_>) {
        self.counts.workflows += 1;
        for warning in &row.warnings {
            self.notices.say(warning);
        }
        let snapshot = &survey.snapshot;
        let key = snapshot.workflows[place as usize].key.filter(|_| row.readable_key().is_some());
        let read = row.texts().and_then(|texts| Ok((key.ok_or_else(|| without_key(row))?, texts)));
        match read {
            Ok((key, [request, error_message, template])) => {
                let evidence = Evidence {
                    request: request.as_deref(),
                    error_message: error_message.as_deref(),
                    template: template.as_deref(),
                };
                let Measures { duration, errors, .. } = row.measures;
                let doubtful = snapshot.former_key_of(place).is_some();
                let texts = Texts { evidence, duration, errors };
                scan.page.push((place, key), doubtful, &texts, snapshot.links_of(key));
                if scan.page.is_full() {
                    send(scan);
                }
            }
            Err(error) => {
                self.counts.failed += 1;
                self.notices.say(&error);
                survey.revisit.push(survey.snapshot.workflows[place as usize].rowid);
            }
        }
    }

    /// Puts together what was found.
    fn merge(&mut self, survey: &mut Survey, examined: [Examined; 2]) {
        let rules = self.plan.rules;
        let mut slots = slots(rules, &survey.snapshot);
        self.obsolete_under_former_keys(survey, &examined, &slots);
        add_patterns(rules, &mut survey.snapshot, &mut slots, &examined);
        for (mut part, number) in examined.into_iter().zip(0..) {
            self.counts.matched += part.matched;
            self.unmatched += part.unmatched;
            self.without_request += part.without_request;
            self.known_occurrences += part.known;
            survey.obsolete.append(&mut part.obsolete);
            survey.findings.characteristics.0[number as usize] = part.characteristics;
            let finding = |New { key, place, doubtful, signature, characteristics }| {
                let slot = slots[signature.index()]?;
                if doubtful && own_former_links(&survey.snapshot, place).any(|linked| linked == slot) {
                    self.known_occurrences += 1;
                    return None;
                }
                Some(Finding { key, place, slot, characteristics: 2 * characteristics + number })
            };
            // Collected where they lie: a finding takes as much room as what it is made of.
            let mut findings: Vec<Finding> = part.new.into_iter().filter_map(finding).collect();
            match survey.findings.list.is_empty() {
                true => survey.findings.list = findings,
                false => survey.findings.list.append(&mut findings),
            }
        }
        // Which examiner has looked at which page depends on the moment; what is done must not.
        survey.obsolete.sort_unstable();
    }

    /// What a rebuild takes away of the links that a workflow has under its former key.
    fn obsolete_under_former_keys(&self, survey: &mut Survey, examined: &[Examined], slots: &[Option<Slot>]) {
        for (place, found) in examined.iter().flat_map(|part| &part.doubtful) {
            let is_given =
                |linked: &Slot| found.iter().any(|signature| slots[signature.index()] == Some(*linked));
            let obsolete = own_former_links(&survey.snapshot, *place).filter(|linked| !is_given(linked));
            survey.obsolete.extend(obsolete.map(|slot| (*place, slot)));
        }
    }
}

/// Gives every signature that was found its slot: new patterns follow one another as their first workflows do.
fn add_patterns(rules: &RuleSet, snapshot: &mut Snapshot, slots: &mut [Option<Slot>], examined: &[Examined]) {
    let mut first: Vec<Option<(u32, usize)>> = vec![None; slots.len()];
    for part in examined {
        for (number, new) in part.new.iter().enumerate() {
            let first = &mut first[new.signature.index()];
            *first = Some(first.map_or((new.place, number), |first| first.min((new.place, number))));
        }
    }
    let mut new: Vec<_> =
        first.into_iter().zip(0..).filter_map(|(first, index)| Some((first?, index))).collect();
    new.sort_unstable();
    for (_, index) in new {
        let signature: &Signature = &rules.signatures()[index];
        slots[index].get_or_insert_with(|| snapshot.add_pattern(signature.as_str(), signature.category()));
    }
}

/// The snapshot's slot of each signature of the rules that the file has a pattern for.
fn slots(rules: &RuleSet, snapshot: &Snapshot) -> Vec<Option<Slot>> {
    rules.signatures().iter().map(|signature| snapshot.slot_of(signature.as_str())).collect()
}

/// The links of a workflow from before it was given its workflow_id. They are none of its own where another workflow
/// has that very key, which only the end of the scan tells.
fn own_former_links(snapshot: &Snapshot, place: u32) -> impl Iterator<Item = Slot> + '_ {
    let former = snapshot.former_key_of(place).filter(|&former| snapshot.workflow_of(former) == Some(place));
    former.into_iter().flat_map(|former| snapshot.links_of(former))
}

/// Hands the page over, or looks at it here where enough of them are waiting (or detection has panicked, which its join
/// tells).
fn send(scan: &mut Scan<'_>) {
    let next = scan.spent.try_recv().unwrap_or_default();
    let page = std::mem::replace(&mut scan.page, next);
    if let Err(TrySendError::Full(page) | TrySendError::Disconnected(page)) = scan.pages.try_send(page) {
        scan.examiner.examine(&page);
        scan.page = page;
        scan.page.clear();
    }
}

/// Whether a row is new or has changed since the mark, or was left open then. A row without a stamp says nothing, so it
/// is looked at.
fn has_changed(row: &HistoryRow<'_>, mark: &Mark) -> bool {
    let stamped_since = row.updated_at.is_none_or(|stamp| stamp > mark.updated_at.as_str());
    row.rowid > mark.rowid || stamped_since || mark.revisit.contains(row.rowid)
}

fn without_key(row: &HistoryRow<'_>) -> RowError {
    let problem = "is NULL or empty and there is no id, so nothing can be linked with it".to_owned();
    RowError { workflow: row.name(), column: "workflow_id", problem }
}
