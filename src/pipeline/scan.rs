//! The first stage: read the file once, and hand the workflows that are to be looked at to detection.

use std::collections::BTreeSet;

use super::block::WorkflowBlock;
use super::detection::{BlockDetector, Detected};
use super::history_reader::HistoryReader;
use super::run::Run;
use super::scanned::{Scanned, Wanted};
use super::selection::Scope;
use crate::db::history::{HistoryScan, RowParts};
use crate::db::runs::Mark;
use crate::db::{Database, HistoryAhead, Result};
use crate::detect::RuleSet;
use crate::parallel::feed_in_parallel;
use crate::signature::Signature;
use crate::snapshot::{PatternIndex, Snapshot};

/// Blocks of workflows that may wait for detection.
const WAITING: usize = 8;

impl Run<'_> {
    pub(super) fn scan(&mut self, db: &Database) -> Result<Scanned> {
        let scanned = Scanned {
            data_version: db.data_version()?,
            highest_rowid: db.highest_rowid()?.unwrap_or(0),
            wanted: self.wanted(db)?,
            ..Scanned::default()
        };
        if matches!(scanned.wanted, Wanted::All) {
            return self.scan_tables(db, scanned, None);
        }
        let scan = HistoryScan { last: scanned.highest_rowid, parts: RowParts::Stamp, now: self.plan.now };
        db.reading_ahead(scan, |ahead| self.scan_tables(db, scanned, Some(ahead)))
    }

    /// What the plan asks for. Names that no workflow has are noted.
    fn wanted(&mut self, db: &Database) -> Result<Wanted> {
        let names = match &self.plan.selection.scope {
            Scope::All => return Ok(Wanted::All),
            Scope::NewOrChanged => return Ok(db.mark()?.map_or(Wanted::All, Wanted::Changed)),
            Scope::Measured => return Ok(Wanted::Measured),
            Scope::Named(names) => names,
        };
        let mut rowids = BTreeSet::new();
        for name in names {
            match db.rowid_named(name)? {
                Some(rowid) => drop(rowids.insert(rowid)),
                None => self.summary.unknown_names.push(name.clone()),
            }
        }
        Ok(Wanted::Named(rowids))
    }

    fn scan_tables(
        &mut self,
        db: &Database,
        mut scanned: Scanned,
        ahead: Option<HistoryAhead<'_>>,
    ) -> Result<Scanned> {
        self.say_what_is_computed(db);
        scanned.snapshot = db.snapshot_of_links()?;
        if let Wanted::Changed(mark) = &scanned.wanted
            && has_lost_links(mark, &mut scanned.snapshot)
        {
            scanned.wanted = Wanted::All;
        }
        let rules = self.plan.rules;
        let patterns = patterns_of(rules, &mut scanned.snapshot);
        let stored = if self.plan.rebuild { Some(db.stored_found(&scanned.snapshot)?) } else { None };
        let new_worker = || {
            let (detector, stored) = (rules.detector(), stored.as_ref());
            let mut detector = BlockDetector { detector, patterns: &patterns, stored };
            move |block: WorkflowBlock| detector.detect(&block)
        };
        let (read, detected) = feed_in_parallel(WAITING, new_worker, |hand_out| {
            HistoryReader::new(self, db, &mut scanned, hand_out).read(ahead)
        });
        read?;
        let detected = Detected::of(detected);
        self.count_detected(&detected);
        Ok(Scanned { detected, stored, ..scanned })
    }

    fn say_what_is_computed(&mut self, db: &Database) {
        for column in db.layout.history.computed_columns() {
            self.messages.say(&format_args!(
                "the column {column} of workflow_history is generated and not stored, so it counts as missing"
            ));
        }
    }

    fn count_detected(&mut self, detected: &Detected) {
        self.summary.counts.matched = detected.matched;
        self.summary.unmatched = detected.unmatched;
        self.summary.without_request = detected.without_request;
        self.summary.known_occurrences = detected.known;
    }
}

/// The pattern of each signature of the rules. Those that the file lacks are added to the snapshot.
pub(super) fn patterns_of(rules: &RuleSet, snapshot: &mut Snapshot) -> Vec<PatternIndex> {
    let signatures = rules.signatures().iter();
    let pattern = |signature: &Signature| match snapshot.pattern_with_signature(signature.as_str()) {
        Some(known) => known,
        None => snapshot.add_pattern(signature.as_str(), signature.category()),
    };
    signatures.map(pattern).collect()
}

/// Whether there are fewer links than when the mark was made.
fn has_lost_links(mark: &Mark, snapshot: &mut Snapshot) -> bool {
    mark.counts.is_some_and(|then| snapshot.link_count() < then.links)
}
