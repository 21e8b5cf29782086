//! Detection on a thread of its own: while the one thread that may use the connection reads, another looks at what has
//! been read. Rows travel in pages, so that the threads seldom meet.

use std::ops::Range;

use crate::detect::{Characteristics, Detector, Evidence, RuleSet, SignatureId};
use crate::snapshot::{KeyId, Slot};
use crate::workflow::Workflow;

/// Workflows a page holds at the most.
const WORKFLOWS: usize = 1024;
/// Bytes of text after which a page is full.
const BYTES: usize = 1 << 20;

/// Workflows to look at, their texts end to end.
#[derive(Default)]
pub(super) struct Page {
    workflows: Vec<PageEntry>,
    text: String,
    /// The patterns the workflows are linked with.
    linked: Vec<Slot>,
}

struct PageEntry {
    key: KeyId,
    /// The workflow's place in the snapshot.
    place: u32,
    /// It may be linked under a former key too.
    doubtful: bool,
    texts: [Option<Range<usize>>; 3],
    linked: Range<usize>,
    duration: Option<f64>,
    errors: u64,
}

impl Page {
    pub(super) fn is_full(&self) -> bool {
        self.workflows.len() >= WORKFLOWS || self.text.len() >= BYTES
    }

    /// Empties the page and keeps its room for the next workflows.
    pub(super) fn clear(&mut self) {
        self.workflows.clear();
        self.text.clear();
        self.linked.clear();
    }

    /// Adds a workflow, with the patterns it is linked with under its key.
    pub(super) fn push(
        &mut self,
        (place, key): (u32, KeyId),
        doubtful: bool,
        workflow: &Texts<'_>,
        linked: impl Iterator<Item = Slot>,
    ) {
        let first = self.linked.len();
        self.linked.extend(linked);
        let mut keep = |text: Option<&str>| {
            text.map(|text| {
                let start = self.text.len();
                self.text.push_str(text);
                start..self.text.len()
            })
        };
        let Evidence { request, error_message, template } = workflow.evidence;
        let texts = [keep(request), keep(error_message), keep(template)];
        let linked = first..self.linked.len();
        let Texts { duration, errors, .. } = *workflow;
        self.workflows.push(PageEntry { key, place, doubtful, texts, linked, duration, errors });
    }
}

/// What detection needs of a workflow.
pub(super) struct Texts<'a> {
    pub evidence: Evidence<'a>,
    pub duration: Option<f64>,
    pub errors: u64,
}

/// What was found in the pages that one examiner has looked at.
#[derive(Default)]
pub(super) struct Examined {
    /// Occurrences that are not linked under the workflow's key.
    pub new: Vec<New>,
    /// One for each workflow with something new.
    pub characteristics: Vec<Characteristics>,
    /// Links that the rules do not give: (workflow's place, pattern's place).
    pub obsolete: Vec<(u32, Slot)>,
    /// For a rebuild, all that is in the workflows that may be linked under a former key too.
    pub doubtful: Vec<(u32, Vec<SignatureId>)>,
    pub known: u64,
    pub matched: u64,
    pub unmatched: u64,
    pub without_request: u64,
}

/// An occurrence that is not linked under the workflow's key.
pub(super) struct New {
    pub key: KeyId,
    pub place: u32,
    pub doubtful: bool,
    pub signature: SignatureId,
    /// Its place in [`Examined::characteristics`].
    pub characteristics: u32,
}

/// Looks at pages.
pub(super) struct Examiner<'a> {
    detector: Detector<'a>,
    /// The snapshot's slot of each signature that the file has a pattern for.
    slots: Vec<Option<Slot>>,
    /// Analysis links that the rules do not give.
    rebuild: bool,
    examined: Examined,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(rules: &'a RuleSet, slots: Vec<Option<Slot>>, rebuild: bool) -> Self {
        Self { detector: rules.detector(), slots, rebuild, examined: Examined::default() }
    }

    pub(super) fn examine(&mut self, page: &Page) {
        for entry in &page.workflows {
            let text = |place: usize| entry.texts[place].clone().map(|range| &page.text[range]);
            let evidence = Evidence { request: text(0), error_message: text(1), template: text(2) };
            self.examine_workflow(entry, &evidence, &page.linked[entry.linked.clone()]);
        }
    }

    /// What has been found.
    pub(super) fn finish(self) -> Examined {
        self.examined
    }

    fn examine_workflow(&mut self, entry: &PageEntry, evidence: &Evidence<'_>, linked: &[Slot]) {
        let examined = &mut self.examined;
        let found = self.detector.detect(evidence);
        match (found.is_empty(), evidence.request) {
            (false, _) => examined.matched += 1,
            (true, Some(request)) if !request.trim().is_empty() => examined.unmatched += 1,
            (true, _) => examined.without_request += 1,
        }
        let slot = |signature: &SignatureId| self.slots[signature.index()];
        if self.rebuild {
            if entry.doubtful {
                examined.doubtful.push((entry.place, found.to_vec()));
            }
            let is_given = |linked: &Slot| found.iter().any(|signature| slot(signature) == Some(*linked));
            examined
                .obsolete
                .extend(linked.iter().filter(|linked| !is_given(linked)).map(|&slot| (entry.place, slot)));
        }
        let mut characteristics = None;
        for signature in found {
            if slot(signature).is_some_and(|slot| linked.contains(&slot)) {
                examined.known += 1;
                continue;
            }
            let characteristics = *characteristics.get_or_insert_with(|| {
                let request = evidence.request;
                examined.characteristics.push(Characteristics::of(request, entry.duration, entry.errors));
                examined.characteristics.len() as u32 - 1
            });
            let PageEntry { key, place, doubtful, .. } = *entry;
            examined.new.push(New { key, place, doubtful, signature: *signature, characteristics });
        }
    }
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
