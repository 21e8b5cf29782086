//! What other rules make of the same history: which patterns workflows have gained, lost, and moved between.

use std::collections::BTreeMap;

use super::scan::{Finding, Survey};
use crate::snapshot::{Slot, Snapshot};

/// Workflows whose patterns a rebuild has changed alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The signature they had; `None`: they have gained one.
    pub from: Option<String>,
    /// The signature they have instead; `None`: they have lost one.
    pub to: Option<String>,
    /// How many workflows.
    pub workflows: u64,
}

/// The changes of a rebuild, the most frequent first. A workflow that loses one pattern and gains another of the same
/// type has moved.
pub(super) fn changes(survey: &Survey) -> Vec<Change> {
    let mut of_workflow: BTreeMap<u32, (Vec<Slot>, Vec<Slot>)> = BTreeMap::new();
    for &(place, slot) in &survey.obsolete {
        of_workflow.entry(place).or_default().0.push(slot);
    }
    for &Finding { place, slot, .. } in &survey.findings.list {
        of_workflow.entry(place).or_default().1.push(slot);
    }
    let mut counts: BTreeMap<(Option<Slot>, Option<Slot>), u64> = BTreeMap::new();
    for (lost, gained) in of_workflow.into_values() {
        for pair in paired(&survey.snapshot, lost, gained) {
            *counts.entry(pair).or_default() += 1;
        }
    }
    let signature =
        |slot: Option<Slot>| slot.map(|slot| survey.snapshot.patterns[slot as usize].signature.clone());
    let change = |((from, to), workflows)| Change { from: signature(from), to: signature(to), workflows };
    let mut changes: Vec<Change> = counts.into_iter().map(change).collect();
    changes.sort_by(|a, b| b.workflows.cmp(&a.workflows).then_with(|| a.cmp(b)));
    changes
}

fn paired(snapshot: &Snapshot, lost: Vec<Slot>, mut gained: Vec<Slot>) -> Vec<(Option<Slot>, Option<Slot>)> {
    let category = |slot: Slot| snapshot.patterns[slot as usize].pattern_type.as_str();
    let mut pairs = Vec::new();
    for lost in lost {
        let moved_to = gained.iter().position(|&gained| category(gained) == category(lost));
        pairs.push((Some(lost), moved_to.map(|place| gained.remove(place))));
    }
    pairs.extend(gained.into_iter().map(|gained| (None, Some(gained))));
    pairs
}
