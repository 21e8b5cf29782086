//! Between detection and writing: what is to be written, in the order of the index that it is written to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::take;

use super::detect::DetectedLink;
use super::scan::Scanned;
use super::summary::RebuildChange;
use crate::detect::Covers;
use crate::snapshot::{KeyId, PatternIndex, Snapshot, WorkflowIndex};

/// What becomes of a link that is there already.
pub(super) enum LinkCorrection {
    /// A workflow has been given its `workflow_id`: its link moves from the old key to the new.
    Rekey { old: KeyId, workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force do not give this occurrence.
    Remove { workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force give this occurrence another [`Found`](crate::detect::Found) than the file has.
    Restate(DetectedLink),
}

impl LinkCorrection {
    pub(super) fn link(&self) -> (WorkflowIndex, PatternIndex) {
        match *self {
            Self::Rekey { workflow, pattern, .. }
            | Self::Remove { workflow, pattern }
            | Self::Restate(DetectedLink { workflow, pattern, .. }) => (workflow, pattern),
        }
    }
}

/// All that is to be written, the corrections first.
pub(super) struct LinkChanges {
    pub corrections: Vec<LinkCorrection>,
    /// Sorted by key, because the index on it is then written from left to right instead of all over.
    pub added: Vec<DetectedLink>,
    /// Occurrences that turned out to be linked, under a former key of their workflow.
    pub known: u64,
}

impl LinkChanges {
    /// Compares what was detected with what is linked.
    pub(super) fn of(scanned: &mut Scanned) -> Self {
        let removed = links_not_given(scanned);
        let (new, mut restated) = (take(&mut scanned.detected.new), take(&mut scanned.detected.restated));
        let snapshot = &scanned.snapshot;
        let (linked, mut added): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|link| former_link(snapshot, link).is_some());
        added.sort_by_cached_key(|link| order_of(snapshot, link));
        let known = linked.len() as u64;
        let differs = |link: &DetectedLink| {
            let former = former_link(snapshot, link).zip(scanned.stored.as_ref());
            former.is_some_and(|(former, stored)| !stored.says(former, link.pattern, link.found))
        };
        restated.extend(linked.into_iter().filter(differs));
        restated.sort_by_cached_key(|link| order_of(snapshot, link));
        let rekeyed = snapshot.renamed_links().into_iter().flat_map(|(old, workflow)| {
            let rekey = move |pattern| LinkCorrection::Rekey { old, workflow, pattern };
            snapshot.links_of(old).map(rekey)
        });
        let removed =
            removed.into_iter().map(|(workflow, pattern)| LinkCorrection::Remove { workflow, pattern });
        let restated = restated.into_iter().map(LinkCorrection::Restate);
        Self { corrections: rekeyed.chain(removed).chain(restated).collect(), added, known }
    }

    /// The links that are to be taken away.
    pub(super) fn removed(&self) -> HashSet<(WorkflowIndex, PatternIndex)> {
        let is_removed = |correction: &&LinkCorrection| matches!(correction, LinkCorrection::Remove { .. });
        self.corrections.iter().filter(is_removed).map(LinkCorrection::link).collect()
    }

    /// What the links that are restated cover from now on.
    pub(super) fn restated(&self) -> HashMap<(WorkflowIndex, PatternIndex), Covers> {
        let restated = |correction: &LinkCorrection| match correction {
            LinkCorrection::Restate(link) => {
                Some((correction.link(), link.found.map_or(Covers::Part, |found| found.covers)))
            }
            LinkCorrection::Rekey { .. } | LinkCorrection::Remove { .. } => None,
        };
        self.corrections.iter().filter_map(restated).collect()
    }
}

/// By key and pattern. The key's first bytes as a number decide nearly every comparison.
fn order_of<'s>(snapshot: &'s Snapshot, link: &DetectedLink) -> (u128, &'s [u8], PatternIndex) {
    let key = snapshot.key(link.key);
    let mut prefix = [0; 16];
    let length = key.len().min(16);
    prefix[..length].copy_from_slice(&key[..length]);
    (u128::from_be_bytes(prefix), key, link.pattern)
}

/// The key under which an occurrence is linked from before its workflow was given its `workflow_id`.
fn former_link(snapshot: &Snapshot, link: &DetectedLink) -> Option<KeyId> {
    let former = former_key(snapshot, link.workflow)?;
    snapshot.links_of(former).any(|linked| linked == link.pattern).then_some(former)
}

/// For a rebuild, the links of the workflows looked at that the rules do not give.
fn links_not_given(scanned: &Scanned) -> Vec<(WorkflowIndex, PatternIndex)> {
    let Scanned { snapshot, detected, .. } = scanned;
    let mut not_given = Vec::new();
    for (workflow, given) in &detected.given {
        let own = snapshot.workflow(*workflow).key;
        let own = own.into_iter().flat_map(|key| snapshot.links_of(key));
        let mut linked: Vec<_> = own.chain(links_under_former_key(snapshot, *workflow)).collect();
        linked.sort_unstable();
        linked.dedup();
        linked.retain(|pattern| !given.contains(pattern));
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

/// The key under which a workflow was linked before it was given its `workflow_id`. Where another workflow has that
/// very key the links are that one's, which only the end of the scan tells.
fn former_key(snapshot: &Snapshot, workflow: WorkflowIndex) -> Option<KeyId> {
    let former = snapshot.former_key_of(workflow);
    former.filter(|&former| snapshot.workflow_of(former) == Some(workflow))
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
