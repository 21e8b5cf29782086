//! The second stage, beside the first: while this thread, which has the connection, reads, others detect.

use std::ops::{Add, Range};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, available_parallelism, scope};

use crate::db::covers::StoredFound;
use crate::detect::{
    AskedOperation, Characteristics, Detector, Evidence, Found, RanOperation, RuleSet, SignatureId,
};
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
    asked: Vec<AskedOperation>,
    linked: Vec<PatternIndex>,
}

/// A workflow of a block.
struct BlockEntry {
    workflow: WorkflowFacts,
    texts: [Option<Range<usize>>; 3],
    /// What its commands ran, where they are known.
    ran: Option<Range<usize>>,
    /// What its request asks for, where that is not kept.
    asked: Range<usize>,
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
        let Evidence { request, error_message, template, ran, asked } = evidence;
        let texts = [request, error_message, template].map(|text| Some(self.keep(text?)));
        let ran = ran.map(|ran| {
            self.ran.extend_from_slice(ran);
            self.ran.len() - ran.len()..self.ran.len()
        });
        self.asked.extend_from_slice(asked);
        let asked = self.asked.len() - asked.len()..self.asked.len();
        let first = self.linked.len();
        self.linked.extend(linked);
        self.workflows.push(BlockEntry { workflow, texts, ran, asked, linked: first..self.linked.len() });
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
        Evidence { request, error_message, template, ran, asked: &self.asked[entry.asked.clone()] }
    }
}

/// What was found, block by block in the order read.
#[derive(Default)]
pub(super) struct Detected {
    blocks: Vec<DetectedBlock>,
    pub counts: DetectionCounts,
}

/// What was found in one block.
#[derive(Default)]
struct DetectedBlock {
    /// Occurrences that are not linked under the workflow's key, in the order read.
    occurrences: Vec<DetectedOccurrence>,
    /// For a rebuild, those that are linked under it and stored as being worth something else.
    restated: Vec<DetectedOccurrence>,
    /// One for each workflow with such occurrences.
    characteristics: Vec<Characteristics>,
    /// For a rebuild, what each workflow has.
    all: Vec<(WorkflowIndex, Vec<SignatureId>)>,
    counts: DetectionCounts,
}

/// How many there are.
#[derive(Clone, Copy, Default)]
pub(super) struct DetectionCounts {
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
    /// Blocks with their numbers, in any order.
    fn of(mut blocks: Vec<(u32, DetectedBlock)>) -> Self {
        blocks.sort_unstable_by_key(|&(number, _)| number);
        let blocks: Vec<_> = blocks.into_iter().map(|(_, block)| block).collect();
        let counts = blocks.iter().fold(DetectionCounts::default(), |sum, block| sum + block.counts);
        Self { blocks, counts }
    }

    /// Hands out the occurrences that are not linked under the workflow's key.
    pub(super) fn take_occurrences(&mut self) -> Vec<DetectedOccurrence> {
        self.blocks.iter_mut().flat_map(|block| std::mem::take(&mut block.occurrences)).collect()
    }

    /// For a rebuild, the occurrences that are linked under it and stored as being worth something else.
    pub(super) fn restated(&self) -> impl Iterator<Item = &DetectedOccurrence> {
        self.blocks.iter().flat_map(|block| &block.restated)
    }

    /// For a rebuild, what each workflow has.
    pub(super) fn all(&self) -> impl Iterator<Item = &(WorkflowIndex, Vec<SignatureId>)> {
        self.blocks.iter().flat_map(|block| &block.all)
    }

    pub(super) fn characteristics(&self, index: CharacteristicsIndex) -> &Characteristics {
        &self.blocks[index.block as usize].characteristics[index.place as usize]
    }
}

impl Add for DetectionCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            known: self.known + other.known,
            matched: self.matched + other.matched,
            unmatched: self.unmatched + other.unmatched,
            without_request: self.without_request + other.without_request,
        }
    }
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

/// Where [`Detected`] has the characteristics of a workflow.
#[derive(Clone, Copy)]
pub(super) struct CharacteristicsIndex {
    block: u32,
    /// Within the block.
    place: u32,
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
pub(super) struct BlockSender<'a> {
    to: Destination<'a>,
    sent: u32,
}

enum Destination<'a> {
    /// Other threads.
    Channel(SyncSender<NumberedBlock>),
    /// Detection on this thread, where the system allows no other.
    Here(Box<BlockDetector<'a>>),
}

/// A block and which one it is, counted from 0.
type NumberedBlock = (u32, WorkflowBlock);

impl BlockSender<'_> {
    pub(super) fn send(&mut self, block: WorkflowBlock) {
        let block = (self.sent, block);
        self.sent += 1;
        match &mut self.to {
            // It is refused only where detection has panicked, which joining its thread tells.
            Destination::Channel(blocks) => drop(blocks.send(block)),
            Destination::Here(detector) => detector.detect(&block),
        }
    }
}

/// Runs `read`, which hands over blocks of workflows, and detects in them at the same time, on as many threads as there are
/// processors.
pub(super) fn detect_while<'a, T>(
    task: DetectionTask<'a>,
    read: impl FnOnce(&mut BlockSender<'a>) -> T,
) -> (T, Detected) {
    scope(|scope| {
        let (sender, blocks) = sync_channel::<NumberedBlock>(WAITING);
        let blocks = Arc::new(Mutex::new(blocks));
        let processors = available_parallelism().map_or(1, usize::from);
        let threads = (0..processors).map_while(|_| {
            let blocks = Arc::clone(&blocks);
            Builder::new().spawn_scoped(scope, move || detect_waiting(task, &blocks)).ok()
        });
        let threads: Vec<_> = threads.collect();
        // Where all have panicked nobody holds the other end, so that sending ends.
        drop(blocks);
        let to = if threads.is_empty() {
            Destination::Here(Box::new(BlockDetector::new(task)))
        } else {
            Destination::Channel(sender)
        };
        let mut sender = BlockSender { to, sent: 0 };
        let read = read(&mut sender);
        let mut found = match sender.to {
            Destination::Channel(end) => {
                // Those who wait for blocks learn that no more will come.
                drop(end);
                Vec::new()
            }
            Destination::Here(detector) => detector.done,
        };
        for thread in threads {
            found.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (read, Detected::of(found))
    })
}

/// Detects in the blocks that come, until no more will.
fn detect_waiting(
    task: DetectionTask<'_>,
    blocks: &Mutex<Receiver<NumberedBlock>>,
) -> Vec<(u32, DetectedBlock)> {
    let mut detector = BlockDetector::new(task);
    let next = || blocks.lock().ok()?.recv().ok();
    while let Some(block) = next() {
        detector.detect(&block);
    }
    detector.done
}

/// Detects in blocks.
struct BlockDetector<'a> {
    task: DetectionTask<'a>,
    detector: Detector<'a>,
    done: Vec<(u32, DetectedBlock)>,
}

impl<'a> BlockDetector<'a> {
    fn new(task: DetectionTask<'a>) -> Self {
        Self { task, detector: task.rules.detector(), done: Vec::new() }
    }

    fn detect(&mut self, (number, block): &NumberedBlock) {
        let mut detected = DetectedBlock::default();
        for entry in &block.workflows {
            let (evidence, linked) = (block.evidence(entry), &block.linked[entry.linked.clone()]);
            self.detector.detect(&evidence);
            count(&mut detected.counts, &evidence, self.detector.signatures());
            let place = detected.characteristics.len() as u32;
            let index = CharacteristicsIndex { block: *number, place };
            if self.keep_occurrences(&mut detected, entry.workflow, linked, index) {
                let WorkflowFacts { duration, errors, .. } = entry.workflow;
                detected.characteristics.push(Characteristics::of(evidence.request, duration, errors));
            }
        }
        self.done.push((*number, detected));
    }

    /// Keeps what was found in a workflow; answers whether any of it is to be written, with those characteristics.
    fn keep_occurrences(
        &self,
        detected: &mut DetectedBlock,
        workflow: WorkflowFacts,
        linked: &[PatternIndex],
        characteristics: CharacteristicsIndex,
    ) -> bool {
        let Self { task, detector, .. } = self;
        let found = detector.signatures();
        let WorkflowFacts { index, key, .. } = workflow;
        if task.rebuild.is_some() {
            detected.all.push((index, found.to_vec()));
        }
        let before = detected.occurrences.len() + detected.restated.len();
        for &signature in found {
            let found = detector.found(signature);
            let occurrence = DetectedOccurrence { workflow: index, key, signature, found, characteristics };
            match task.patterns[signature.index()].filter(|pattern| linked.contains(pattern)) {
                None => detected.occurrences.push(occurrence),
                Some(pattern) => {
                    detected.counts.known += 1;
                    if task.rebuild.is_some_and(|stored| !stored.says(key, pattern, found)) {
                        detected.restated.push(occurrence);
                    }
                }
            }
        }
        detected.occurrences.len() + detected.restated.len() > before
    }
}

fn count(counts: &mut DetectionCounts, evidence: &Evidence<'_>, found: &[SignatureId]) {
    let has_request = evidence.request.is_some_and(|request| !request.trim().is_empty());
    if !found.is_empty() {
        counts.matched += 1;
    } else if has_request {
        counts.unmatched += 1;
    } else {
        counts.without_request += 1;
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
