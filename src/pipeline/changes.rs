//! Between detection and writing: what is to be written, in the order of the index that it is written to.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::detect::{CharacteristicsIndex, Detected, DetectedOccurrence};
use super::scan::Scanned;
use super::summary::RebuildChange;
use crate::detect::{Covers, Found, RuleSet, SignatureId};
use crate::snapshot::{KeyId, PatternIndex, Snapshot, SnapshotLink, WorkflowIndex};

/// A link that is to be added.
#[derive(Clone, Copy)]
pub(super) struct NewLink {
    /// The first bytes of the key as a number, which decide nearly every comparison without a look at the key.
    prefix: u128,
    pub key: KeyId,
    pub workflow: WorkflowIndex,
    pub pattern: PatternIndex,
    pub found: Option<Found>,
    pub characteristics: CharacteristicsIndex,
}

impl NewLink {
    /// The characteristics that are stored with it.
    pub(super) fn json(&self, detected: &Detected) -> String {
        detected.characteristics(self.characteristics).to_json_with(self.found)
    }

    /// What is added to the snapshot.
    pub(super) fn in_snapshot(&self) -> SnapshotLink {
        let Self { key, pattern, found, .. } = *self;
        SnapshotLink { key, pattern, is_whole: found.is_some_and(|found| found.covers == Covers::Whole) }
    }
}

/// What becomes of a link that is there already.
#[derive(Clone, Copy)]
pub(super) enum LinkCorrection {
    /// A workflow has been given its `workflow_id`: its link moves from the old key to the new.
    Rekey { old: KeyId, workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force do not give this occurrence.
    Remove { workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force say something else of what this occurrence is worth.
    Restate {
        workflow: WorkflowIndex,
        pattern: PatternIndex,
        found: Option<Found>,
        characteristics: CharacteristicsIndex,
    },
}

impl LinkCorrection {
    pub(super) fn link(&self) -> (WorkflowIndex, PatternIndex) {
        match *self {
            Self::Rekey { workflow, pattern, .. }
            | Self::Remove { workflow, pattern }
            | Self::Restate { workflow, pattern, .. } => (workflow, pattern),
        }
    }
}

/// All that is to be written, the corrections first.
pub(super) struct LinkChanges {
    pub corrections: Vec<LinkCorrection>,
    /// Sorted by key, because the index on it is then written from left to right instead of all over.
    pub added: Vec<NewLink>,
    /// Occurrences that turned out to be linked, under a former key of their workflow.
    pub known: u64,
}

impl LinkChanges {
    /// What was detected against what is linked. Patterns that the file lacks are added to the snapshot.
    pub(super) fn of(scanned: &mut Scanned, rules: &RuleSet) -> Self {
        let removed = links_not_given(scanned);
        let occurrences = scanned.detected.take_occurrences();
        add_patterns(scanned, rules, &occurrences);
        let snapshot = &scanned.snapshot;
        let detected = occurrences.len();
        let (linked, new): (Vec<_>, Vec<_>) =
            occurrences.into_iter().partition(|detected| former_link(scanned, detected).is_some());
        let new_link = |detected: DetectedOccurrence| {
            let DetectedOccurrence { workflow, key, signature, found, characteristics } = detected;
            let pattern = scanned.patterns[signature.index()]?;
            let prefix = prefix_of(snapshot.key(key));
            Some(NewLink { prefix, key, workflow, pattern, found, characteristics })
        };
        let mut added: Vec<NewLink> = new.into_iter().filter_map(new_link).collect();
        added.sort_unstable_by(|a, b| {
            let by_key = || {
                if a.key == b.key {
                    std::cmp::Ordering::Equal
                } else {
                    snapshot.key(a.key).cmp(snapshot.key(b.key))
                }
            };
            a.prefix.cmp(&b.prefix).then_with(by_key).then(a.pattern.cmp(&b.pattern))
        });
        let known = (detected - added.len()) as u64;
        let rekeyed = snapshot.renamed_links().into_iter().flat_map(|(old, workflow)| {
            let rekey = move |pattern| LinkCorrection::Rekey { old, workflow, pattern };
            snapshot.links_of(old).map(rekey)
        });
        let removed =
            removed.into_iter().map(|(workflow, pattern)| LinkCorrection::Remove { workflow, pattern });
        let corrections = rekeyed.chain(removed).chain(restated(scanned, &linked)).collect();
        Self { corrections, added, known }
    }

    /// The links that are to be taken away.
    pub(super) fn removed(&self) -> HashSet<(WorkflowIndex, PatternIndex)> {
        let is_removed = |correction: &&LinkCorrection| matches!(correction, LinkCorrection::Remove { .. });
        self.corrections.iter().filter(is_removed).map(LinkCorrection::link).collect()
    }

    /// What the links that are written anew cover then.
    pub(super) fn restated(&self) -> HashMap<(WorkflowIndex, PatternIndex), Covers> {
        let restated = |correction: &LinkCorrection| match *correction {
            LinkCorrection::Restate { workflow, pattern, found, .. } => {
                Some(((workflow, pattern), found.map_or(Covers::Part, |found| found.covers)))
            }
            LinkCorrection::Rekey { .. } | LinkCorrection::Remove { .. } => None,
        };
        self.corrections.iter().filter_map(restated).collect()
    }
}

fn prefix_of(key: &[u8]) -> u128 {
    let mut prefix = [0; 16];
    let length = key.len().min(16);
    prefix[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(prefix)
}

/// For a rebuild, the links that stay and are to be worth something else, sorted by key as most files have their rows.
/// `linked` are the occurrences that are linked under a former key of their workflow.
fn restated(scanned: &Scanned, linked: &[DetectedOccurrence]) -> Vec<LinkCorrection> {
    let Scanned { snapshot, patterns, detected, stored, .. } = scanned;
    let differs = |occurrence: &&DetectedOccurrence| {
        let link = former_link(scanned, occurrence).zip(stored.as_ref());
        link.is_some_and(|((key, pattern), stored)| !stored.says(key, pattern, occurrence.found))
    };
    let mut restated: Vec<_> = detected.restated().chain(linked.iter().filter(differs)).collect();
    restated.sort_unstable_by_key(|occurrence| (snapshot.key(occurrence.key), occurrence.signature));
    let correction = |occurrence: &DetectedOccurrence| {
        let DetectedOccurrence { workflow, signature, found, characteristics, .. } = *occurrence;
        let pattern = patterns[signature.index()]?;
        Some(LinkCorrection::Restate { workflow, pattern, found, characteristics })
    };
    restated.into_iter().filter_map(correction).collect()
}

/// The link that an occurrence has from before its workflow was given its `workflow_id`.
fn former_link(scanned: &Scanned, occurrence: &DetectedOccurrence) -> Option<(KeyId, PatternIndex)> {
    let pattern = scanned.patterns[occurrence.signature.index()]?;
    let former = former_key(&scanned.snapshot, occurrence.workflow)?;
    scanned.snapshot.links_of(former).any(|linked| linked == pattern).then_some((former, pattern))
}

/// For a rebuild, the links of the workflows looked at that the rules do not give.
fn links_not_given(scanned: &Scanned) -> Vec<(WorkflowIndex, PatternIndex)> {
    let Scanned { snapshot, patterns, detected, .. } = scanned;
    let mut not_given = Vec::new();
    for (workflow, given) in detected.all() {
        let is_given = |linked: &PatternIndex| {
            given.iter().any(|signature| patterns[signature.index()] == Some(*linked))
        };
        let own = snapshot.workflow(*workflow).key;
        let own = own.into_iter().flat_map(|key| snapshot.links_of(key));
        let mut linked: Vec<_> = own.chain(links_under_former_key(snapshot, *workflow)).collect();
        linked.sort_unstable();
        linked.dedup();
        linked.retain(|pattern| !is_given(pattern));
        not_given.extend(linked.into_iter().map(|pattern| (*workflow, pattern)));
    }
    not_given
}

/// The links of a workflow from before it was given its `workflow_id`.
pub(super) fn links_under_former_key(
    snapshot: &Snapshot,
    workflow: WorkflowIndex,
) -> impl Iterator<Item = PatternIndex> + '_ {
    former_key(snapshot, workflow).into_iter().flat_map(|former| snapshot.links_of(former))
}

/// The key under which a workflow is linked from before it was given its `workflow_id`. It is none of its own where another
/// workflow has that very key, which only the end of the scan tells.
fn former_key(snapshot: &Snapshot, workflow: WorkflowIndex) -> Option<KeyId> {
    let former = snapshot.former_key_of(workflow);
    former.filter(|&former| snapshot.workflow_of(former) == Some(workflow))
}

/// Adds the patterns that were found and that the file does not have: they follow one another as their first workflows do.
fn add_patterns(scanned: &mut Scanned, rules: &RuleSet, occurrences: &[DetectedOccurrence]) {
    let mut first: BTreeMap<SignatureId, (WorkflowIndex, usize)> = BTreeMap::new();
    for (position, found) in occurrences.iter().enumerate() {
        let here = (found.workflow, position);
        let first = first.entry(found.signature).or_insert(here);
        *first = here.min(*first);
    }
    let mut new: Vec<_> = first.into_iter().map(|(signature, first)| (first, signature.index())).collect();
    new.sort_unstable();
    for (_, index) in new {
        let signature = &rules.signatures()[index];
        scanned.patterns[index]
            .get_or_insert_with(|| scanned.snapshot.add_pattern(signature.as_str(), signature.category()));
    }
}

/// The changes of a rebuild, the most frequent first. A workflow that loses one pattern and gains another of the same
/// type has moved.
pub(super) fn rebuild_changes(snapshot: &Snapshot, changes: &LinkChanges) -> Vec<RebuildChange> {
    let mut of_workflow: BTreeMap<WorkflowIndex, (Vec<PatternIndex>, Vec<PatternIndex>)> = BTreeMap::new();
    for (workflow, pattern) in changes.removed() {
        of_workflow.entry(workflow).or_default().0.push(pattern);
    }
    for link in &changes.added {
        of_workflow.entry(link.workflow).or_default().1.push(link.pattern);
    }
    let mut counts: BTreeMap<Pair, u64> = BTreeMap::new();
    for (mut lost, mut gained) in of_workflow.into_values() {
        lost.sort_unstable();
        gained.sort_unstable();
        for pair in paired(snapshot, lost, gained) {
            *counts.entry(pair).or_default() += 1;
        }
    }
    let signature =
        |pattern: Option<PatternIndex>| pattern.map(|pattern| snapshot.pattern(pattern).signature.clone());
    let change =
        |((from, to), workflows)| RebuildChange { from: signature(from), to: signature(to), workflows };
    let mut changes: Vec<RebuildChange> = counts.into_iter().map(change).collect();
    changes.sort_by(|a, b| b.workflows.cmp(&a.workflows).then_with(|| a.cmp(b)));
    changes
}

/// The pattern a workflow had, and the one that it has instead.
type Pair = (Option<PatternIndex>, Option<PatternIndex>);

fn paired(snapshot: &Snapshot, lost: Vec<PatternIndex>, mut gained: Vec<PatternIndex>) -> Vec<Pair> {
    let category = |pattern: PatternIndex| snapshot.pattern(pattern).pattern_type.as_str();
    let mut pairs = Vec::new();
    for lost in lost {
        let moved_to = gained.iter().position(|&gained| category(gained) == category(lost));
        pairs.push((Some(lost), moved_to.map(|position| gained.remove(position))));
    }
    pairs.extend(gained.into_iter().map(|gained| (None, Some(gained))));
    pairs
}
