//! What went into operations: by pattern, and by workflow over all its patterns.

use std::collections::HashSet;

use super::{PatternLinks, Snapshot, StoredPattern, WorkflowIndex};
use crate::statistics::{Attribution, OperationCost, PatternCost};

impl Snapshot {
    /// What the workflows of a pattern that count cost, and what of that is known to be its own.
    pub(super) fn cost_of(
        &self,
        pattern: &StoredPattern,
        links: &PatternLinks,
        excluded: &HashSet<WorkflowIndex>,
    ) -> PatternCost {
        let mut sum = PatternCost::default();
        for workflow in self.counted_of(links, excluded) {
            sum.add(self.attribution(pattern, links, workflow), self.workflow(workflow).measures.cost);
        }
        sum
    }

    /// What went into the operations of each workflow, by its position, over the patterns that count.
    pub fn operation_costs(
        &self,
        pattern_links: &[PatternLinks],
        counts: impl Fn(&StoredPattern) -> bool,
    ) -> Vec<OperationCost> {
        let mut costs = vec![OperationCost::default(); self.workflows.len()];
        for (links, pattern) in
            pattern_links.iter().zip(&self.patterns).filter(|(_, pattern)| counts(pattern))
        {
            for &workflow in &links.workflows {
                let attribution = self.attribution(pattern, links, workflow);
                costs[workflow.index()].add(attribution, pattern.judgement);
            }
        }
        costs
    }

    /// How a pattern is known in a workflow that it is linked with.
    fn attribution(
        &self,
        pattern: &StoredPattern,
        links: &PatternLinks,
        workflow: WorkflowIndex,
    ) -> Attribution {
        let measured = |key| self.measured.of(key, &pattern.signature);
        match self.workflow(workflow).key.and_then(measured) {
            Some(amount) => Attribution::Measured(amount.cost),
            None if links.whole.binary_search(&workflow).is_ok() => Attribution::Whole,
            None => Attribution::Part,
        }
    }
}
