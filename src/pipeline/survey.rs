//! The first stage: read the file once and find out what is to be done.

use std::collections::BTreeSet;

use super::{Progress, Run, Which};
use crate::census::{Census, KeyId, Slot, Standing};
use crate::db::history::{HistoryRow, ReadWorkflow, Texts};
use crate::db::ledger::Mark;
use crate::db::{Database, Result};
use crate::detect::{Characteristics, Detector, Evidence, RuleSet, Signature};
use crate::workflow::{Measures, RowError, Workflow};

/// An occurrence that is to be recorded.
pub(super) struct Finding {
    /// The workflow's place in the census.
    pub place: u32,
    /// The pattern's place in the census.
    pub slot: Slot,
    /// Its characteristics' place in the survey.
    pub characteristics: u32,
}

/// What the file holds and what is to be done with it.
pub(super) struct Survey {
    pub census: Census,
    pub findings: Vec<Finding>,
    pub characteristics: Vec<Characteristics>,
    /// Occurrences that a rebuild takes away: (workflow's place, pattern's place).
    pub obsolete: Vec<(u32, Slot)>,
    /// The highest rowid and the latest `updated_at` that were read.
    pub highest: i64,
    pub newest_stamp: String,
    /// Rowids that the next pass is to look at again: unfinished, or failed.
    pub revisit: Vec<i64>,
    /// The file's data version before anything was read.
    pub data_version: i64,
    doubts: Vec<Doubt>,
}

/// A workflow with a `workflow_id` whose id is the key of some links. They are its own, from before it was given its
/// workflow_id, unless another workflow has that very key; only the end of the scan tells.
struct Doubt {
    place: u32,
    former: KeyId,
    /// What is in it and not linked under its key.
    found: Vec<Slot>,
    characteristics: u32,
}

/// What a scan needs beside the run and the survey.
struct Scan<'a> {
    rules: &'a RuleSet,
    detector: Detector<'a>,
    /// The census's slot of each signature of the rule set, once it has one.
    slots: Vec<Option<Slot>>,
    since: Option<Mark>,
    /// The rowids that were named.
    named: BTreeSet<i64>,
    /// Workflows chosen by a scan that skips the texts: places in the census.
    chosen: BTreeSet<u32>,
    /// Reused between workflows.
    linked: Vec<Slot>,
}

impl<'a> Run<'a> {
    pub(super) fn survey(&mut self, db: &Database, progress: &mut dyn Progress) -> Result<Survey> {
        let data_version = db.data_version()?;
        let highest = db.highest_rowid()?;
        let mut survey = Survey {
            census: db.census_of_links()?,
            findings: Vec::new(),
            characteristics: Vec::new(),
            obsolete: Vec::new(),
            highest: highest.unwrap_or(0),
            newest_stamp: String::new(),
            revisit: Vec::new(),
            data_version,
            doubts: Vec::new(),
        };
        let mut scan = self.begin_scan(db, &survey.census)?;
        if let Some(highest) = highest {
            self.scan(db, &mut survey, &mut scan, highest, progress)?;
        }
        self.settle_doubts(&mut survey);
        Ok(survey)
    }

    fn begin_scan(&mut self, db: &Database, census: &Census) -> Result<Scan<'a>> {
        let rules = self.plan.rules;
        let slot = |signature: &Signature| census.slot_of(signature.as_str());
        let mut scan = Scan {
            rules,
            detector: rules.detector(),
            slots: rules.signatures().iter().map(slot).collect(),
            since: None,
            named: BTreeSet::new(),
            chosen: BTreeSet::new(),
            linked: Vec::new(),
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
        scan: &mut Scan<'_>,
        highest: i64,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let all = match self.plan.selection.which {
            Which::All => true,
            Which::NewOrChanged => scan.since.is_none(),
            Which::Named(_) => false,
        };
        let texts = if all { Texts::Read } else { Texts::Skip };
        let mut rows = 0;
        db.scan_history(highest, texts, self.plan.now, |row| {
            rows += 1;
            if rows % 4096 == 0 {
                progress.surveyed(rows);
            }
            if row.updated_at.is_some_and(|stamp| stamp > survey.newest_stamp.as_str()) {
                survey.newest_stamp = row.updated_at.unwrap_or_default().to_owned();
            }
            let Some(place) = self.enter(survey, scan, &row) else { return Ok(()) };
            if !all {
                scan.chosen.insert(place);
            } else if self.takes(&row.measures) {
                let warnings = row.warnings.iter().map(ToString::to_string).collect();
                self.examine(survey, scan, place, row.workflow(), warnings);
            }
            Ok(())
        })?;
        self.examine_chosen(db, survey, scan)
    }

    /// Enters a row in the census and answers the place of the workflow to look at, if there is one.
    fn enter(&self, survey: &mut Survey, scan: &mut Scan<'_>, row: &HistoryRow<'_>) -> Option<u32> {
        let key = row.key.as_ref().ok().copied().flatten().map(str::as_bytes);
        let standing = survey.census.add_row(row.rowid, key, row.former_key.map(str::as_bytes), row.measures);
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
            Standing::Repeated if !scan.named.is_empty() => survey.census.workflow_with_key(key?),
            Standing::Repeated => None,
        }
    }

    fn examine_chosen(&mut self, db: &Database, survey: &mut Survey, scan: &mut Scan<'_>) -> Result<()> {
        for place in std::mem::take(&mut scan.chosen) {
            let workflow = survey.census.workflows[place as usize];
            if !self.takes(&workflow.measures) {
                self.explain_if_named(&survey.census, place);
                continue;
            }
            // It may have been purged since the scan.
            if let Some(ReadWorkflow { workflow, warnings }) =
                db.workflow_at(workflow.rowid, self.plan.now)?
            {
                let warnings = warnings.iter().map(ToString::to_string).collect();
                self.examine(survey, scan, place, workflow, warnings);
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
    fn explain_if_named(&mut self, census: &Census, place: u32) {
        let workflow = &census.workflows[place as usize];
        if let (Which::Named(_), Some(key)) = (&self.plan.selection.which, workflow.key) {
            let key = String::from_utf8_lossy(census.key(key)).escape_debug().to_string();
            let status = workflow.measures.status.name();
            self.notices
                .say(&format_args!("workflow {key} is {status}: only completed and failed ones are history"));
        }
    }

    /// Looks at one workflow: what is in it, and what of that is new.
    fn examine(
        &mut self,
        survey: &mut Survey,
        scan: &mut Scan<'_>,
        place: u32,
        workflow: std::result::Result<Workflow, RowError>,
        warnings: Vec<String>,
    ) {
        self.counts.workflows += 1;
        for warning in warnings {
            self.notices.say(&warning);
        }
        let workflow = match workflow.and_then(with_key) {
            Ok(workflow) => workflow,
            Err(error) => {
                self.counts.failed += 1;
                self.notices.say(&error);
                survey.revisit.push(survey.census.workflows[place as usize].rowid);
                return;
            }
        };
        let found = scan.detector.detect(&Evidence::of(&workflow));
        match (found.is_empty(), &workflow.request) {
            (false, _) => self.counts.matched += 1,
            (true, Some(request)) if !request.trim().is_empty() => self.unmatched += 1,
            (true, _) => self.without_request += 1,
        }
        let slots: Vec<Slot> = found
            .iter()
            .map(|signature| {
                let known = &mut scan.slots[signature.index()];
                *known.get_or_insert_with(|| {
                    let signature = &scan.rules.signatures()[signature.index()];
                    survey.census.add_pattern(signature.as_str(), signature.category())
                })
            })
            .collect();
        self.compare(survey, scan, place, &workflow, slots);
    }

    /// Tells what is new in a workflow, and with a rebuild what is obsolete, from what is linked.
    fn compare(
        &mut self,
        survey: &mut Survey,
        scan: &mut Scan<'_>,
        place: u32,
        workflow: &Workflow,
        mut slots: Vec<Slot>,
    ) {
        let census = &survey.census;
        scan.linked.clear();
        if let Some(key) = census.workflows[place as usize].key {
            scan.linked.extend(census.links_of(key));
        }
        if self.plan.rebuild {
            let obsolete = scan.linked.iter().filter(|linked| !slots.contains(linked));
            survey.obsolete.extend(obsolete.map(|&slot| (place, slot)));
        }
        let found = slots.len();
        slots.retain(|slot| !scan.linked.contains(slot));
        self.known_occurrences += (found - slots.len()) as u64;
        let former = census.former_key_of(place);
        if slots.is_empty() && (former.is_none() || !self.plan.rebuild) {
            return;
        }
        let characteristics = survey.characteristics.len() as u32;
        survey.characteristics.push(Characteristics::of_workflow(workflow));
        match former {
            Some(former) => survey.doubts.push(Doubt { place, former, found: slots, characteristics }),
            None => {
                survey.findings.extend(slots.into_iter().map(|slot| Finding { place, slot, characteristics }))
            }
        }
    }

    fn settle_doubts(&mut self, survey: &mut Survey) {
        for Doubt { place, former, found, characteristics } in std::mem::take(&mut survey.doubts) {
            let census = &survey.census;
            let own = census.workflow_of(former) == Some(place);
            let linked: Vec<Slot> = if own { census.links_of(former).collect() } else { Vec::new() };
            if self.plan.rebuild {
                let obsolete = linked.iter().filter(|linked| !found.contains(linked));
                survey.obsolete.extend(obsolete.map(|&slot| (place, slot)));
            }
            for slot in found {
                match linked.contains(&slot) {
                    true => self.known_occurrences += 1,
                    false => survey.findings.push(Finding { place, slot, characteristics }),
                }
            }
        }
    }
}

/// Whether a row is new or has changed since the mark, or was left open then. A row without a stamp says nothing, so it
/// is looked at.
fn has_changed(row: &HistoryRow<'_>, mark: &Mark) -> bool {
    let stamped_since = row.updated_at.is_none_or(|stamp| stamp > mark.updated_at.as_str());
    row.rowid > mark.rowid || stamped_since || mark.revisit.contains(row.rowid)
}

fn with_key(workflow: Workflow) -> std::result::Result<Workflow, RowError> {
    if workflow.key.is_some() {
        return Ok(workflow);
    }
    let row = workflow.rowid.map_or_else(String::new, |rowid| format!("in row {rowid}"));
    let problem = "is NULL or empty and there is no id, so nothing can be linked with it".to_owned();
    Err(RowError { workflow: row, column: "workflow_id", problem })
}

impl Evidence<'_> {
    /// The texts of a workflow.
    pub fn of(workflow: &Workflow) -> Evidence<'_> {
        Evidence {
            request: workflow.request.as_deref(),
            error_message: workflow.error_message.as_deref(),
            template: workflow.template.as_deref(),
        }
    }
}

impl Characteristics {
    /// The characteristics of a workflow at this moment.
    pub fn of_workflow(workflow: &Workflow) -> Self {
        Self::of(workflow.request.as_deref(), workflow.measures.duration, workflow.measures.errors)
    }
}
