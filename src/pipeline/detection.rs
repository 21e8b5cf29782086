//! What is found in the workflows of a block, on a thread beside the one that reads.

use std::sync::Arc;

use super::block::{ReadWorkflow, WorkflowBlock};
use crate::db::links::StoredFound;
use crate::detect::{Characteristics, Covers, Detector, Evidence, Found, SignatureId};
use crate::snapshot::{KeyId, PatternIndex, SnapshotLink, WorkflowIndex};

/// What was found, in the order read.
#[derive(Default)]
pub(super) struct Detected {
    /// Occurrences that are not linked under the workflow's key.
    pub new: Vec<DetectedLink>,
    /// For a rebuild, those that are linked under it with another [`Found`].
    pub restated: Vec<DetectedLink>,
    /// For a rebuild, the patterns that the rules give each workflow.
    pub given: Vec<(WorkflowIndex, Vec<PatternIndex>)>,
    /// Occurrences that are linked already.
    pub known: u64,
    /// Workflows with a pattern.
    pub matched: u64,
    /// Workflows with a request, but without a pattern.
    pub unmatched: u64,
    /// Workflows without either.
    pub without_request: u64,
}

impl Detected {
    /// Joins what was found in each block.
    pub(super) fn of(blocks: Vec<Self>) -> Self {
        let mut all = Self::default();
        for block in blocks {
            all.new.extend(block.new);
            all.restated.extend(block.restated);
            all.given.extend(block.given);
            all.known += block.known;
            all.matched += block.matched;
            all.unmatched += block.unmatched;
            all.without_request += block.without_request;
        }
        all
    }
}

/// An occurrence that is to be written.
pub(super) struct DetectedLink {
    pub workflow: WorkflowIndex,
    pub key: KeyId,
    pub pattern: PatternIndex,
    /// Where it was found and what it covers; `None` where the rules cannot tell.
    pub found: Option<Found>,
    /// The workflow's.
    characteristics: Arc<Characteristics>,
}

impl DetectedLink {
    /// The characteristics that are stored with it.
    pub(super) fn json(&self) -> String {
        self.characteristics.to_json_with(self.found)
    }

    /// What it covers; a part where the rules cannot tell.
    pub(super) fn covers(&self) -> Covers {
        self.found.map_or(Covers::Part, |found| found.covers)
    }

    /// What is added to the snapshot.
    pub(super) fn in_snapshot(&self) -> SnapshotLink {
        SnapshotLink { key: self.key, pattern: self.pattern, is_whole: self.covers() == Covers::Whole }
    }
}

/// Detects in one block after another.
pub(super) struct BlockDetector<'a> {
    pub detector: Detector<'a>,
    /// The pattern of each signature of the rules.
    pub patterns: &'a [PatternIndex],
    /// For a rebuild, the [`Found`] that the file has of each link.
    pub stored: Option<&'a StoredFound>,
}

impl BlockDetector<'_> {
    pub(super) fn detect(&mut self, block: &WorkflowBlock) -> Detected {
        let mut detected = Detected::default();
        for read in block.workflows() {
            self.detector.detect(&read.evidence);
            count(&mut detected, &read.evidence, self.detector.signatures());
            self.keep_links(&mut detected, &read);
        }
        detected
    }

    /// Keeps what was found in a workflow and differs from what is linked.
    fn keep_links(&self, detected: &mut Detected, read: &ReadWorkflow<'_>) {
        let Self { detector, patterns, stored } = self;
        let ReadWorkflow { index, key, linked, measures, evidence } = read;
        let mut characteristics = None;
        for &signature in detector.signatures() {
            let (pattern, found) = (patterns[signature.index()], detector.found(signature));
            let is_linked = linked.contains(&pattern);
            detected.known += u64::from(is_linked);
            if is_linked && stored.is_none_or(|stored| stored.says(*key, pattern, found)) {
                continue;
            }
            let of_workflow = || Characteristics::of(evidence.request, measures.duration, measures.errors);
            let characteristics = characteristics.get_or_insert_with(|| Arc::new(of_workflow())).clone();
            let link = DetectedLink { workflow: *index, key: *key, pattern, found, characteristics };
            if is_linked { &mut detected.restated } else { &mut detected.new }.push(link);
        }
        if stored.is_some() {
            let given = detector.signatures().iter().map(|signature| patterns[signature.index()]);
            detected.given.push((*index, given.collect()));
        }
    }
}

fn count(detected: &mut Detected, evidence: &Evidence<'_>, found: &[SignatureId]) {
    let has_request = evidence.request.is_some_and(|request| !request.trim().is_empty());
    if !found.is_empty() {
        detected.matched += 1;
    } else if has_request {
        detected.unmatched += 1;
    } else {
        detected.without_request += 1;
    }
}
