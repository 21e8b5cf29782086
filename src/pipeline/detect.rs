//! The second stage, beside the first: this thread, which has the connection, reads; others detect.

use std::ops::Range;
use std::sync::Arc;

use crate::db::history::HistoryRow;
use crate::db::links::StoredFound;
use crate::detect::{
    AskedOperation, Characteristics, Covers, Detector, Evidence, Found, RanOperation, RuleSet, SignatureId,
};
use crate::snapshot::{KeyId, PatternIndex, Snapshot, SnapshotLink, WorkflowIndex};
use crate::workflow::{Measures, RowError, Workflow};

/// A block is full with this many workflows.
const WORKFLOWS: usize = 1024;
/// A block is full with this many bytes of text, too.
const BYTES: usize = 1 << 20;

/// A workflow that was read, and what else detection needs to know of it.
pub(super) struct ReadWorkflow<'b> {
    pub index: WorkflowIndex,
    pub key: KeyId,
    pub measures: Measures,
    /// What detection may read of it.
    pub evidence: Evidence<'b>,
    /// The patterns that it is linked with under its key.
    pub linked: &'b [PatternIndex],
}

fn without_key(row: &HistoryRow<'_>) -> RowError {
    let problem = "is NULL or empty and there is no id, so nothing can be linked with it".to_owned();
    RowError { workflow: row.name(), column: "workflow_id", problem }
}

/// Workflows that are handed to detection together. Their texts lie end to end: to allocate each on one thread and free
/// it on another takes longer than detection.
#[derive(Default)]
pub(super) struct WorkflowBlock {
    workflows: Vec<BlockWorkflow>,
    text: String,
    linked: Vec<PatternIndex>,
}

/// A workflow of a block.
struct BlockWorkflow {
    index: WorkflowIndex,
    key: KeyId,
    measures: Measures,
    /// Where its request, error message and template are in the block's text.
    texts: [Option<Range<usize>>; 3],
    /// What its commands ran, where they are known.
    ran: Option<Vec<RanOperation>>,
    /// What its request asks for, where that is not kept.
    asked: Vec<AskedOperation>,
    /// Where its links are among the block's.
    linked: Range<usize>,
}

impl WorkflowBlock {
    pub(super) fn is_full(&self) -> bool {
        self.workflows.len() >= WORKFLOWS || self.text.len() >= BYTES
    }

    /// Adds the workflow at a position, by its row; an error where its key or a text cannot be read.
    pub(super) fn push(
        &mut self,
        snapshot: &Snapshot,
        index: WorkflowIndex,
        row: &HistoryRow<'_>,
        rules: &RuleSet,
    ) -> Result<(), RowError> {
        let texts = row.texts()?;
        let key = snapshot.workflow(index).key.filter(|_| row.readable_key().is_some());
        let key = key.ok_or_else(|| without_key(row))?;
        let measured = snapshot.measured_key(index).unwrap_or(key);
        let ran = snapshot.measured.ran_in(measured).map(|ran| rules.ran_as(ran));
        let asked = rules.asked_as(snapshot.measured.asked_in(measured));
        let texts = texts.map(|text| Some(self.keep(&text?)));
        let first = self.linked.len();
        self.linked.extend(snapshot.links_of(key));
        let (measures, linked) = (row.measures, first..self.linked.len());
        self.workflows.push(BlockWorkflow { index, key, measures, texts, ran, asked, linked });
        Ok(())
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// The workflows, in the order read.
    pub(super) fn workflows(&self) -> impl Iterator<Item = ReadWorkflow<'_>> {
        self.workflows.iter().map(|workflow| {
            let BlockWorkflow { index, key, measures, texts, ran, asked, linked } = workflow;
            let [request, error_message, template] =
                texts.each_ref().map(|range| Some(&self.text[range.clone()?]));
            let evidence = Evidence { request, error_message, template, ran: ran.as_deref(), asked };
            let linked = &self.linked[linked.clone()];
            ReadWorkflow { index: *index, key: *key, measures: *measures, evidence, linked }
        })
    }
}

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

/// What detection is to do.
#[derive(Clone, Copy)]
pub(super) struct DetectionTask<'a> {
    pub rules: &'a RuleSet,
    /// The pattern of each signature of the rules.
    pub patterns: &'a [PatternIndex],
    /// For a rebuild, the [`Found`] that the file has of each link.
    pub rebuild: Option<&'a StoredFound>,
}

/// Detects in one block after another.
pub(super) struct BlockDetector<'a> {
    task: DetectionTask<'a>,
    detector: Detector<'a>,
}

impl<'a> BlockDetector<'a> {
    pub(super) fn new(task: DetectionTask<'a>) -> Self {
        Self { task, detector: task.rules.detector() }
    }

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
        let Self { task, detector } = self;
        let ReadWorkflow { index, key, linked, measures, evidence } = read;
        let mut characteristics = None;
        for &signature in detector.signatures() {
            let (pattern, found) = (task.patterns[signature.index()], detector.found(signature));
            let is_linked = linked.contains(&pattern);
            detected.known += u64::from(is_linked);
            if is_linked && task.rebuild.is_none_or(|stored| stored.says(*key, pattern, found)) {
                continue;
            }
            let of_workflow = || Characteristics::of(evidence.request, measures.duration, measures.errors);
            let characteristics = characteristics.get_or_insert_with(|| Arc::new(of_workflow())).clone();
            let link = DetectedLink { workflow: *index, key: *key, pattern, found, characteristics };
            if is_linked { &mut detected.restated } else { &mut detected.new }.push(link);
        }
        if task.rebuild.is_some() {
            let given = detector.signatures().iter().map(|signature| task.patterns[signature.index()]);
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

impl Evidence<'_> {
    /// The texts of a workflow.
    pub fn of(workflow: &Workflow) -> Evidence<'_> {
        Evidence {
            request: workflow.request.as_deref(),
            error_message: workflow.error_message.as_deref(),
            template: workflow.template.as_deref(),
            ..Evidence::default()
        }
    }
}

impl Characteristics {
    /// The characteristics of a workflow at this moment.
    pub fn of_workflow(workflow: &Workflow) -> Self {
        Self::of(workflow.request.as_deref(), workflow.measures.duration, workflow.measures.errors)
    }
}
