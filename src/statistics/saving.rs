//! From at least to at most: what automating would save, as a range.
//!
//! What a workflow cost is known; how much of that went into an operation is not, unless it was measured. At most, all
//! of it did. At least, what was measured, and whole workflows whose request asked for nothing else.

use super::{PatternStatistics, ToolShare, Window, a_month, finite};

/// At most: what `workflows` runs at a mean cost of `avg_cost` US dollars save a month, given the window they lie in.
pub fn potential_monthly_savings(
    avg_cost: f64,
    workflows: u64,
    window: &Window,
    tool_share: ToolShare,
) -> f64 {
    finite((avg_cost - tool_share.of_cost(avg_cost)) * workflows as f64 * window.monthly_factor())
}

/// What automating saves, in US dollars a month; `least` is never above `most`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Saving {
    /// What is measured, or was asked for alone.
    pub least: f64,
    /// The whole cost of every workflow where nothing is measured.
    pub most: f64,
}

impl Saving {
    /// The range of one pattern; `None` where no cost is known.
    pub fn of_pattern(
        statistics: &PatternStatistics,
        cost: &PatternCost,
        judgement: Judgement,
        window: &Window,
    ) -> Option<Self> {
        let most = statistics.potential_monthly_savings?;
        let least = match judgement {
            Judgement::Needed => 0.0,
            Judgement::NotNeeded => {
                finite(statistics.tool_share.saved() * finite(cost.secured) * window.monthly_factor())
            }
        };
        // The mean that `most` is computed by may have been rounded down.
        Some(Self { least: least.min(most), most })
    }

    /// The range of a total over workflows, each counted once.
    pub fn of_total(cost: CostRange, window: &Window, tool_share: ToolShare) -> Self {
        let saved = |cost: f64| tool_share.saved() * a_month(finite(cost), window);
        Self { least: saved(cost.least), most: saved(cost.most) }
    }
}

/// What the finished workflows of one pattern cost, as far as that is known, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PatternCost {
    /// What was measured, and the whole cost of the other workflows.
    pub known: f64,
    /// Of that, what was measured.
    pub measured: f64,
    /// What was measured, and the whole cost of workflows that asked for nothing else.
    pub secured: f64,
}

impl PatternCost {
    /// Adds a workflow that cost so much.
    pub fn add(&mut self, attribution: Attribution, workflow_cost: Option<f64>) {
        let (known, measured, secured) = match attribution {
            Attribution::Measured(cost) => (cost, cost, cost),
            Attribution::Whole => (workflow_cost, None, workflow_cost),
            Attribution::Part => (workflow_cost, None, None),
        };
        self.known += known.unwrap_or(0.0);
        self.measured += measured.unwrap_or(0.0);
        self.secured += secured.unwrap_or(0.0);
    }

    /// The share that was measured, 0 to 1; `None` where no cost is known.
    pub fn measured_share(&self) -> Option<f64> {
        (self.known > 0.0).then(|| self.measured / self.known)
    }
}

/// What of a cost went into recorded operations, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostRange {
    /// At least.
    pub least: f64,
    /// At most.
    pub most: f64,
    /// What of `most` was measured.
    pub measured: f64,
}

impl CostRange {
    /// Adds another workflow's.
    pub fn add(&mut self, other: Self) {
        self.least += other.least;
        self.most += other.most;
        self.measured += other.measured;
    }
}

/// What the patterns of one workflow say about its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OperationCost {
    /// What was measured of its operations, in US dollars.
    measured: f64,
    /// The same of those that need no judgement.
    measured_without_judgement: f64,
    /// Whether an operation was not measured, so that all of the workflow may have gone into it.
    any_unmeasured: bool,
    /// Whether such an operation needs no judgement and is all that was asked for.
    unmeasured_whole: bool,
}

/// How one pattern is known in one workflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attribution {
    /// Its commands were measured: their cost in US dollars, `None` where a price is missing.
    Measured(Option<f64>),
    /// Not measured, but the request asked for recorded operations and for nothing else.
    Whole,
    /// Not measured, and the request asked for more or did not ask for it.
    Part,
}

/// Whether an operation takes judgement rather than a script; what does is never part of a lower bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Judgement {
    /// It does, like a review.
    Needed,
    /// A script can do it.
    #[default]
    NotNeeded,
}

impl OperationCost {
    /// Adds a pattern of the workflow.
    pub fn add(&mut self, attribution: Attribution, judgement: Judgement) {
        let is_scriptable = judgement == Judgement::NotNeeded;
        match attribution {
            Attribution::Measured(cost) => {
                let cost = cost.unwrap_or(0.0);
                self.measured += cost;
                self.measured_without_judgement += if is_scriptable { cost } else { 0.0 };
            }
            Attribution::Whole | Attribution::Part => {
                self.any_unmeasured = true;
                self.unmeasured_whole |= is_scriptable && attribution == Attribution::Whole;
            }
        }
    }

    /// What of the workflow's `cost` (US dollars; `None` is unknown) went into operations. What was measured counts up to
    /// the cost, and in its place where that is unknown.
    pub fn range(self, cost: Option<f64>) -> CostRange {
        let at_most_cost = |sum: f64| cost.map_or(sum, |cost| sum.min(cost));
        let whole = cost.unwrap_or(self.measured);
        let scripted = at_most_cost(self.measured_without_judgement);
        let measured = at_most_cost(self.measured);
        CostRange {
            least: if self.unmeasured_whole { cost.unwrap_or(scripted) } else { scripted },
            most: if self.any_unmeasured { whole } else { measured },
            measured,
        }
    }
}
