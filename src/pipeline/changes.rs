//! The second stage: what is to be written, in the order of the index that it is written to.

use std::collections::BTreeMap;
use std::mem::take;

use super::detection::DetectedLink;
use super::run::Run;
use super::scanned::Scanned;
use super::summary::RebuildChange;
use crate::snapshot::{KeyId, PatternIndex, Snapshot, WorkflowIndex};

/// What is to be done to one link.
pub(super) enum LinkChange {
    /// A workflow has been given its `workflow_id`: its link moves from the old key to the new.
    Rekey { old: KeyId, workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force do not give this occurrence.
    Remove { workflow: WorkflowIndex, pattern: PatternIndex },
    /// The rules in force give this occurrence another [`Found`](crate::detect::Found) than the file has.
    Restate(DetectedLink),
    /// The file does not have this occurrence.
    Add(DetectedLink),
}

impl LinkChange {
    pub(super) fn link(&self) -> (WorkflowIndex, PatternIndex) {
        match *self {
            Self::Rekey { workflow, pattern, .. }
            | Self::Remove { workflow, pattern }
            | Self::Restate(DetectedLink { workflow, pattern, .. })
            | Self::Add(DetectedLink { workflow, pattern, .. }) => (workflow, pattern),
        }
    }

    pub(super) fn is_of_same_workflow(&self, other: &Self) -> bool {
        self.link().0 == other.link().0
    }

    /// When it comes among the changes of its workflow: the others find a link under the workflow's present key.
    fn turn(&self) -> u8 {
        match self {
            Self::Rekey { .. } => 0,
            Self::Remove { .. } => 1,
            Self::Restate(_) => 2,
            Self::Add(_) => 3,
        }
    }
}

impl Run<'_> {
    /// Compares what was detected with what is linked. Gives all that is to be written, sorted by the workflow's key,
    /// because the index on it is then written from left to right instead of all over.
    pub(super) fn sort(&mut self, scanned: &mut Scanned) -> Vec<LinkChange> {
        let removed = links_not_given(scanned);
        let (new, restated) = (take(&mut scanned.detected.new), take(&mut scanned.detected.restated));
        let (snapshot, stored) = (&scanned.snapshot, scanned.stored.as_ref());
        let mut changes = Vec::with_capacity(new.len() + restated.len() + removed.len());
        for (old, workflow) in snapshot.renamed_links() {
            let rekey = |pattern| LinkChange::Rekey { old, workflow, pattern };
            changes.extend(snapshot.links_of(old).map(rekey));
        }
        changes
            .extend(removed.into_iter().map(|(workflow, pattern)| LinkChange::Remove { workflow, pattern }));
        changes.extend(restated.into_iter().map(LinkChange::Restate));
        for link in new {
            let Some(former) = former_link(snapshot, &link) else {
                changes.push(LinkChange::Add(link));
                continue;
            };
            self.summary.known_occurrences += 1;
            if stored.is_some_and(|stored| !stored.says(former, link.pattern, link.found)) {
                changes.push(LinkChange::Restate(link));
            }
        }
        changes.sort_by_cached_key(|change| order_of(snapshot, change));
        if self.plan.rebuild {
            self.summary.changes = rebuild_changes(snapshot, &changes);
        }
        changes
    }
}

/// By key, turn and pattern. The key's first bytes as a number decide nearly every comparison.
fn order_of<'s>(snapshot: &'s Snapshot, change: &LinkChange) -> (u128, &'s [u8], u8, PatternIndex) {
    let (workflow, pattern) = change.link();
    let key = snapshot.workflow(workflow).key.map_or(&[][..], |key| snapshot.key(key));
    let mut prefix = [0; 16];
    let length = key.len().min(16);
    prefix[..length].copy_from_slice(&key[..length]);
    (u128::from_be_bytes(prefix), key, change.turn(), pattern)
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
fn rebuild_changes(snapshot: &Snapshot, changes: &[LinkChange]) -> Vec<RebuildChange> {
    let mut counts: BTreeMap<Pair, u64> = BTreeMap::new();
    for of_workflow in changes.chunk_by(LinkChange::is_of_same_workflow) {
        let (mut lost, mut gained) = (Vec::new(), Vec::new());
        for change in of_workflow {
            match change {
                LinkChange::Remove { pattern, .. } => lost.push(*pattern),
                LinkChange::Add(link) => gained.push(link.pattern),
                LinkChange::Rekey { .. } | LinkChange::Restate(_) => {}
            }
        }
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
