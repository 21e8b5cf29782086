//! The second stage, beside the first: while this thread, which has the connection, reads, another one detects.

use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, scope};

use crate::db::covers::StoredFound;
use crate::detect::{Characteristics, Detector, Evidence, Found, RanOperation, RuleSet, SignatureId};
use crate::snapshot::{KeyId, PatternIndex, WorkflowIndex};
use crate::workflow::Workflow;

/// Blocks of rows that may wait for detection.
const WAITING: usize = 8;
/// Workflows that a block holds at the most.
const WORKFLOWS: usize = 1024;
/// Bytes of text after which a block is full.
const BYTES: usize = 1 << 20;

/// Workflows that were read, their texts end to end.
#[derive(Default)]
pub(super) struct WorkflowBlock {
    workflows: Vec<BlockEntry>,
    text: String,
    ran: Vec<RanOperation>,
    linked: Vec<PatternIndex>,
}

/// A workflow of a block.
struct BlockEntry {
    workflow: WorkflowFacts,
    texts: [Option<Range<usize>>; 3],
    /// What its commands ran, where they are known.
    ran: Option<Range<usize>>,
    /// The patterns that it is linked with under its key.
    linked: Range<usize>,
}

/// What is passed on of a workflow beside its texts and links.
#[derive(Clone, Copy)]
pub(super) struct WorkflowFacts {
    pub index: WorkflowIndex,
    pub key: KeyId,
    /// In seconds.
    pub duration: Option<f64>,
    pub errors: u64,
}

impl WorkflowBlock {
    pub(super) fn is_full(&self) -> bool {
        self.workflows.len() >= WORKFLOWS || self.text.len() >= BYTES
    }

    /// Adds a workflow, with the patterns it is linked with under its key.
    pub(super) fn push(
        &mut self,
        workflow: WorkflowFacts,
        evidence: Evidence<'_>,
        linked: impl Iterator<Item = PatternIndex>,
    ) {
        let Evidence { request, error_message, template, ran } = evidence;
        let texts = [request, error_message, template].map(|text| Some(self.keep(text?)));
        let ran = ran.map(|ran| {
            self.ran.extend_from_slice(ran);
            self.ran.len() - ran.len()..self.ran.len()
        });
        let first = self.linked.len();
        self.linked.extend(linked);
        self.workflows.push(BlockEntry { workflow, texts, ran, linked: first..self.linked.len() });
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn evidence(&self, entry: &BlockEntry) -> Evidence<'_> {
        let [request, error_message, template] =
            entry.texts.each_ref().map(|range| Some(&self.text[range.clone()?]));
        let ran = entry.ran.clone().map(|range| &self.ran[range]);
        Evidence { request, error_message, template, ran }
    }
}

/// What was found in all blocks.
#[derive(Default)]
pub(super) struct Detected {
    /// Occurrences that are not linked under the workflow's key, in the order read.
    pub occurrences: Vec<DetectedOccurrence>,
    /// For a rebuild, those that are linked under it and stored as being worth something else.
    pub restated: Vec<DetectedOccurrence>,
    /// One for each workflow with such occurrences.
    pub characteristics: Vec<Characteristics>,
    /// For a rebuild, what each workflow has.
    pub all: Vec<(WorkflowIndex, Vec<SignatureId>)>,
    /// Occurrences that are linked already.
    pub known: u64,
    /// Workflows with a pattern.
    pub matched: u64,
    /// Workflows with a request, but without a pattern.
    pub unmatched: u64,
    /// Workflows without either.
    pub without_request: u64,
}

/// An occurrence that is to be written.
#[derive(Clone, Copy)]
pub(super) struct DetectedOccurrence {
    pub workflow: WorkflowIndex,
    pub key: KeyId,
    pub signature: SignatureId,
    /// What it is worth, where the rules can tell.
    pub found: Option<Found>,
    pub characteristics: CharacteristicsIndex,
}

/// A position in [`Detected::characteristics`].
#[derive(Clone, Copy)]
pub(super) struct CharacteristicsIndex(u32);

impl CharacteristicsIndex {
    pub(super) fn of(self, characteristics: &[Characteristics]) -> &Characteristics {
        &characteristics[self.0 as usize]
    }
}

/// What detection is to do.
#[derive(Clone, Copy)]
pub(super) struct DetectionTask<'a> {
    pub rules: &'a RuleSet,
    /// The pattern of each signature of the rules, where the file has one.
    pub patterns: &'a [Option<PatternIndex>],
    /// For a rebuild, what the file says that the links are worth.
    pub rebuild: Option<&'a StoredFound>,
}

/// Where blocks are handed over.
pub(super) enum BlockSender<'a> {
    /// To another thread.
    Channel(SyncSender<WorkflowBlock>),
    /// To detection on this thread, where the system allows no other.
    Here(Box<BlockDetector<'a>>),
}

impl BlockSender<'_> {
    pub(super) fn send(&mut self, block: WorkflowBlock) {
        match self {
            // It is refused only where detection has panicked, which joining its thread tells.
            Self::Channel(blocks) => drop(blocks.send(block)),
            Self::Here(detector) => detector.detect(&block),
        }
    }
}

/// Runs `read`, which hands over blocks of workflows, and detects in them at the same time.
pub(super) fn detect_while<'a, T>(
    task: DetectionTask<'a>,
    read: impl FnOnce(&mut BlockSender<'a>) -> T,
) -> (T, Detected) {
    scope(|scope| {
        let (sender, blocks) = sync_channel::<WorkflowBlock>(WAITING);
        let detection = Builder::new().spawn_scoped(scope, move || {
            let mut detector = BlockDetector::new(task);
            for block in blocks {
                detector.detect(&block);
            }
            detector.detected
        });
        if let Ok(thread) = detection {
            let mut sender = BlockSender::Channel(sender);
            let read = read(&mut sender);
            drop(sender);
            (read, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        } else {
            let mut sender = BlockSender::Here(Box::new(BlockDetector::new(task)));
            let read = read(&mut sender);
            let BlockSender::Here(detector) = sender else { return (read, Detected::default()) };
            (read, detector.detected)
        }
    })
}

/// Detects in blocks.
pub(super) struct BlockDetector<'a> {
    task: DetectionTask<'a>,
    detector: Detector<'a>,
    detected: Detected,
}

impl<'a> BlockDetector<'a> {
    fn new(task: DetectionTask<'a>) -> Self {
        Self { task, detector: task.rules.detector(), detected: Detected::default() }
    }

    fn detect(&mut self, block: &WorkflowBlock) {
        for entry in &block.workflows {
            let linked = &block.linked[entry.linked.clone()];
            self.detect_workflow(&entry.workflow, &block.evidence(entry), linked);
        }
    }

    fn detect_workflow(
        &mut self,
        workflow: &WorkflowFacts,
        evidence: &Evidence<'_>,
        linked: &[PatternIndex],
    ) {
        let Self { task, detector, detected } = self;
        detector.detect(evidence);
        let found = detector.signatures();
        count(detected, evidence, found);
        if task.rebuild.is_some() {
            detected.all.push((workflow.index, found.to_vec()));
        }
        let WorkflowFacts { index, key, duration, errors } = *workflow;
        let characteristics = CharacteristicsIndex(detected.characteristics.len() as u32);
        let before = detected.occurrences.len() + detected.restated.len();
        for &signature in found {
            let occurrence = || DetectedOccurrence {
                workflow: index,
                key,
                signature,
                found: detector.found(signature),
                characteristics,
            };
            match task.patterns[signature.index()].filter(|pattern| linked.contains(pattern)) {
                None => detected.occurrences.push(occurrence()),
                Some(pattern) => {
                    detected.known += 1;
                    let differs =
                        |stored: &StoredFound| !stored.says(key, pattern, detector.found(signature));
                    if task.rebuild.is_some_and(differs) {
                        detected.restated.push(occurrence());
                    }
                }
            }
        }
        if detected.occurrences.len() + detected.restated.len() > before {
            detected.characteristics.push(Characteristics::of(evidence.request, duration, errors));
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
            ran: None,
        }
    }
}

impl Characteristics {
    /// The characteristics of a workflow at this moment.
    pub fn of_workflow(workflow: &Workflow) -> Self {
        Self::of(workflow.request.as_deref(), workflow.measures.duration, workflow.measures.errors)
    }
}
