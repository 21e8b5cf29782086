//! Which workflows count: those that have finished and that no person left out.

use std::collections::HashSet;

use super::{KeyId, MeasuredAmount, PatternIndex, PatternLinks, Snapshot, StoredPattern, WorkflowIndex};
use crate::statistics::{FinishedSummary, PatternStatistics};
use crate::workflow::Measures;

impl Snapshot {
    /// Leaves out the workflow with this key. The file's own exclusions are added before the first row of the history,
    /// so that former keys are recognised.
    pub fn exclude_workflow(&mut self, key: &[u8]) {
        let key = self.keys.intern(key);
        self.excluded_keys.insert(key);
        self.pattern_links = None;
    }

    /// Lets the workflow with this key count again, under whichever key it was left out.
    pub fn include_workflow(&mut self, key: &[u8]) {
        let Some(key) = self.keys.find(key) else { return };
        let workflow = self.workflow_of(key);
        let stays =
            |other: &KeyId| *other != key && (workflow.is_none() || self.workflow_of(*other) != workflow);
        self.excluded_keys = self.excluded_keys.iter().copied().filter(stays).collect();
        self.pattern_links = None;
    }

    /// The patterns that are linked with the workflows of these keys, in the history or not.
    pub fn patterns_linked_with<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) -> HashSet<PatternIndex> {
        let keys: HashSet<KeyId> = keys.filter_map(|key| self.keys.find(key)).collect();
        let workflows: HashSet<WorkflowIndex> =
            keys.iter().filter_map(|&key| self.workflow_of(key)).collect();
        let is_meant = |key: &KeyId| {
            keys.contains(key) || self.workflow_of(*key).is_some_and(|workflow| workflows.contains(&workflow))
        };
        self.links.iter().filter(|link| is_meant(&link.key)).map(|link| link.pattern).collect()
    }

    /// The workflows of the history that a person left out. An exclusion follows its workflow when that is given its
    /// `workflow_id`, as links do. To be asked once the whole history has been added.
    pub fn excluded_workflows(&self) -> HashSet<WorkflowIndex> {
        self.excluded_keys.iter().filter_map(|&key| self.workflow_of(key)).collect()
    }

    /// Exclusions under the id that a workflow had as its key before it was given its `workflow_id`: (that key, the
    /// workflow).
    pub fn renamed_exclusions(&self) -> Vec<(KeyId, WorkflowIndex)> {
        self.renamed_of(self.excluded_keys.iter())
    }

    /// Links whose key was the id of a workflow that has its `workflow_id` now: (the link's key, the workflow).
    pub fn renamed_links(&self) -> Vec<(KeyId, WorkflowIndex)> {
        let is_linked = |key: &&KeyId| self.links_of(**key).next().is_some();
        self.renamed_of(self.renamed.keys().filter(is_linked))
    }

    /// Of these keys, each of which stands there once, those that a workflow had before it was given its `workflow_id`,
    /// with the workflow, in order.
    fn renamed_of<'k>(&self, keys: impl Iterator<Item = &'k KeyId>) -> Vec<(KeyId, WorkflowIndex)> {
        let is_renamed = |&key: &KeyId| {
            let workflow = self.workflow_of(key).filter(|&workflow| self.workflow(workflow).key != Some(key));
            Some((key, workflow?))
        };
        let mut renamed: Vec<_> = keys.filter_map(is_renamed).collect();
        renamed.sort_unstable();
        renamed
    }

    /// The workflows that count with what is measured of them, in rowid order.
    pub fn finished(&self) -> impl Iterator<Item = (WorkflowIndex, &Measures)> + '_ {
        let excluded = self.excluded_workflows();
        let all = (0..).map(WorkflowIndex).zip(self.workflows.iter().map(|workflow| &workflow.measures));
        all.filter(move |(index, measures)| measures.status.is_finished() && !excluded.contains(index))
    }

    /// What is known to have been spent on a workflow, in US dollars: its cost, or where that is unknown the cost of
    /// those of its calls that have a price.
    pub fn spent_on(&self, index: WorkflowIndex) -> Option<f64> {
        let workflow = self.workflow(index);
        workflow.measures.cost.or_else(|| self.measured.cost_of_calls(self.measured_key(index)?))
    }

    /// The key under which a workflow was measured: its own, or the one it had before it was given its `workflow_id`.
    pub fn measured_key(&self, index: WorkflowIndex) -> Option<KeyId> {
        let key = self.workflow(index).key?;
        if self.measured.knows(key) {
            return Some(key);
        }
        let is_its_own = |former: &KeyId| self.workflow_of(*former) == Some(index);
        Some(self.former_key_of(index).filter(is_its_own).unwrap_or(key))
    }

    /// The key of a pattern's first workflow: the one with the lowest rowid. In an import it is the one with the earliest
    /// time, because its rows stand in the order in which the transcripts were read.
    pub fn first_of(&self, links: &PatternLinks) -> Option<KeyId> {
        let mut workflows = links.workflows.iter().map(|&index| self.workflow(index));
        let first = if self.is_imported {
            workflows.min_by_key(|workflow| (workflow.measures.time, workflow.key.map(|key| self.key(key))))
        } else {
            workflows.next()
        };
        first?.key
    }

    /// The workflows of a pattern that count, in rowid order.
    pub fn finished_of<'a>(&'a self, links: &'a PatternLinks) -> Vec<&'a Measures> {
        self.counted_of(links, &self.excluded_workflows())
            .map(|index| &self.workflow(index).measures)
            .collect()
    }

    /// The workflows of a pattern that have finished and that are none of the excluded ones, in rowid order.
    pub(super) fn counted_of<'a>(
        &'a self,
        links: &'a PatternLinks,
        excluded: &'a HashSet<WorkflowIndex>,
    ) -> impl Iterator<Item = WorkflowIndex> + 'a {
        links.workflows.iter().copied().filter(|&workflow| self.counts(workflow, excluded))
    }

    /// Whether a workflow has finished and is none of the excluded ones.
    pub fn counts(&self, workflow: WorkflowIndex, excluded: &HashSet<WorkflowIndex>) -> bool {
        self.workflow(workflow).measures.status.is_finished() && !excluded.contains(&workflow)
    }

    /// The workflow with this key, where it counts.
    pub fn counted_with_key(&self, key: &str, excluded: &HashSet<WorkflowIndex>) -> Option<WorkflowIndex> {
        let workflow = self.workflow_of(self.find_key(key.as_bytes())?)?;
        self.counts(workflow, excluded).then_some(workflow)
    }

    /// What the workflows of a pattern say of it.
    pub(super) fn summary_of(
        &self,
        pattern: &StoredPattern,
        links: &PatternLinks,
        excluded: &HashSet<WorkflowIndex>,
    ) -> FinishedSummary {
        let counted = self.counted_of(links, excluded);
        let mut summary = if self.measured.is_empty() {
            let measures: Vec<_> = counted.map(|index| &self.workflow(index).measures).collect();
            FinishedSummary::of(links.count, &measures, &self.window)
        } else {
            let measures: Vec<_> = counted.map(|index| self.measured_in(&pattern.signature, index)).collect();
            FinishedSummary::of(links.count, &measures.iter().collect::<Vec<_>>(), &self.window)
        };
        let are_all = links.excluded > 0 && links.excluded == links.count;
        let would_count = |index: &WorkflowIndex| {
            excluded.contains(index) && self.workflow(*index).measures.status.is_finished()
        };
        if summary.statistics.is_none() && (are_all || links.workflows.iter().any(would_count)) {
            summary.statistics = Some(PatternStatistics::of_none(links.count));
        }
        summary
    }

    /// The measures of a pattern's workflows that count, in rowid order. Where its commands were measured, cost and
    /// tokens are theirs.
    pub fn measures_in(&self, signature: &str, links: &PatternLinks) -> Vec<Measures> {
        let excluded = self.excluded_workflows();
        self.counted_of(links, &excluded).map(|index| self.measured_in(signature, index)).collect()
    }

    /// The measures of a workflow. Where a pattern's commands were measured in it, cost and tokens are theirs: 0 where
    /// none ran, which is known and counts in every mean.
    fn measured_in(&self, signature: &str, index: WorkflowIndex) -> Measures {
        let workflow = self.workflow(index);
        match self.measured_key(index).and_then(|key| self.measured.of(key, signature)) {
            Some(MeasuredAmount { cost, tokens, .. }) => {
                Measures { cost, tokens: Some(tokens), ..workflow.measures }
            }
            None => workflow.measures,
        }
    }
}

/// How many of these workflows are excluded.
pub(super) fn count_among(workflows: &[WorkflowIndex], excluded: &HashSet<WorkflowIndex>) -> u64 {
    workflows.iter().filter(|index| excluded.contains(index)).count() as u64
}
