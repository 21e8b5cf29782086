//! How much was spent on operations: by pattern, and by workflow over all its patterns.

use std::collections::{HashMap, HashSet};

use super::{MeasuredAmount, PatternLinks, Snapshot, StoredPattern, WorkflowIndex};
use crate::statistics::{Attribution, CostRange, MeasuredCost, Unmeasured, cost_range};

/// How much of each workflow's cost went into operations. What was measured is kept apart, because in most files
/// nothing was.
pub struct OperationCosts {
    /// By the workflow's position.
    unmeasured: Vec<Unmeasured>,
    measured: HashMap<WorkflowIndex, MeasuredCost>,
}

impl OperationCosts {
    /// How much of a workflow's `cost` (US dollars; `None` is unknown) went into operations.
    pub fn range(&self, workflow: WorkflowIndex, cost: Option<f64>) -> CostRange {
        let measured = self.measured.get(&workflow).copied().unwrap_or_default();
        cost_range(cost, measured, self.unmeasured[workflow.index()])
    }
}

impl Snapshot {
    /// What the workflows of a pattern that count cost, and what of that is known to be its own.
    pub(super) fn cost_of(
        &self,
        pattern: &StoredPattern,
        links: &PatternLinks,
        excluded: &HashSet<WorkflowIndex>,
    ) -> CostRange {
        let mut sum = CostRange::default();
        for (workflow, attribution) in self.attributions(pattern, links) {
            if self.counts(workflow, excluded) {
                sum.add(attribution.of_cost(self.workflow(workflow).measures.cost));
            }
        }
        sum
    }

    /// How much of each workflow's cost went into operations, over the patterns that count.
    pub fn operation_costs(
        &self,
        pattern_links: &[PatternLinks],
        counts: impl Fn(&StoredPattern) -> bool,
    ) -> OperationCosts {
        let mut costs = OperationCosts {
            unmeasured: vec![Unmeasured::Nothing; self.workflows.len()],
            measured: HashMap::new(),
        };
        for (links, pattern) in
            pattern_links.iter().zip(&self.patterns).filter(|(_, pattern)| counts(pattern))
        {
            for (workflow, attribution) in self.attributions(pattern, links) {
                match attribution {
                    Attribution::Measured { known_cost, .. } => {
                        costs.measured.entry(workflow).or_default().add(known_cost, pattern.judgement);
                    }
                    Attribution::Whole => costs.unmeasured[workflow.index()].add_whole(pattern.judgement),
                    Attribution::Part => costs.unmeasured[workflow.index()].add_part(),
                }
            }
        }
        costs
    }

    /// How much of the cost of each of its workflows belongs to a pattern.
    fn attributions<'a>(
        &'a self,
        pattern: &'a StoredPattern,
        links: &'a PatternLinks,
    ) -> impl Iterator<Item = (WorkflowIndex, Attribution)> + 'a {
        let is_measured = !self.measured.is_empty();
        let measured = move |workflow| {
            let key = is_measured.then(|| self.measured_key(workflow))??;
            self.measured.of(key, &pattern.signature)
        };
        let mut whole = links.whole.iter().peekable();
        links.workflows.iter().map(move |&workflow| {
            // Both lists are in the same order.
            while whole.next_if(|&&whole| whole < workflow).is_some() {}
            let attribution = match measured(workflow) {
                Some(MeasuredAmount { cost, known_cost, .. }) => Attribution::Measured { cost, known_cost },
                None if whole.peek() == Some(&&workflow) => Attribution::Whole,
                None => Attribution::Part,
            };
            (workflow, attribution)
        })
    }
}
