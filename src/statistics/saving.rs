//! From at least to at most: what automating would save, as a range.
//!
//! What a workflow cost is known; how much of that went into an operation is not, unless it was measured. At most, all
//! of it did. At least, what was measured did, and all of a workflow whose request asked for nothing else.

use super::{PatternStatistics, ToolShare, Window, a_month, finite};

/// At most: what automating `workflows` workflows with a mean cost of `avg_cost` US dollars saves, in US dollars a
/// month; `window` is the time they lie in.
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
    /// From what was measured or was asked for alone.
    pub least: f64,
    /// From the whole cost of every workflow where nothing was measured.
    pub most: f64,
}

impl Saving {
    /// The range of one pattern; `None` where no cost is known.
    pub fn of_pattern(
        statistics: &PatternStatistics,
        cost: &CostRange,
        judgement: Judgement,
        window: &Window,
    ) -> Option<Self> {
        let most = statistics.potential_monthly_savings?;
        let least = match judgement {
            Judgement::Needed => 0.0,
            Judgement::NotNeeded => {
                finite(statistics.tool_share.saved_share() * finite(cost.least) * window.monthly_factor())
            }
        };
        // The mean that `most` is computed from may have been rounded down.
        Some(Self { least: least.min(most), most })
    }

    /// Adds another pattern's: they overlap.
    pub fn add(&mut self, other: Self) {
        self.least = finite(self.least + other.least);
        self.most = finite(self.most + other.most);
    }

    /// The range of a total over workflows, each counted once.
    pub fn of_total(cost: CostRange, window: &Window, tool_share: ToolShare) -> Self {
        let saved = |cost: f64| tool_share.saved_share() * a_month(finite(cost), window);
        Self { least: saved(cost.least), most: saved(cost.most) }
    }
}

/// How much of a cost went into recorded operations, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostRange {
    /// At least: what was measured, and the whole cost of workflows that asked for nothing else.
    pub least: f64,
    /// At most: what was measured, and the whole cost of the other workflows.
    pub most: f64,
    /// How much of `most` was measured.
    pub measured: f64,
}

impl CostRange {
    /// Adds another workflow's.
    pub fn add(&mut self, other: Self) {
        self.least += other.least;
        self.most += other.most;
        self.measured += other.measured;
    }

    /// The share of `most` that was measured, 0 to 1; `None` where it is 0.
    pub fn measured_share(&self) -> Option<f64> {
        (self.most > 0.0).then(|| self.measured / self.most)
    }
}

/// How much of one workflow's cost belongs to one pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attribution {
    /// Its commands were measured.
    Measured {
        /// What they cost, in US dollars; `None` where a price is missing: as all means, the pattern's leaves the workflow
        /// out then.
        cost: Option<f64>,
        /// What those of them cost that have a price: totals add up what is known.
        known_cost: f64,
    },
    /// Not measured, but the request asked for recorded operations and for nothing else.
    Whole,
    /// Not measured, and the request asked for more or did not ask for it.
    Part,
}

impl Attribution {
    /// The part of the workflow's cost in US dollars (`None` is unknown) that belongs to the pattern.
    pub fn of_cost(self, workflow_cost: Option<f64>) -> CostRange {
        let whole = workflow_cost.unwrap_or(0.0);
        match self {
            Self::Measured { cost, .. } => {
                let cost = cost.unwrap_or(0.0);
                CostRange { least: cost, most: cost, measured: cost }
            }
            Self::Whole => CostRange { least: whole, most: whole, measured: 0.0 },
            Self::Part => CostRange { least: 0.0, most: whole, measured: 0.0 },
        }
    }
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

/// What was measured of the operations of one workflow, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeasuredCost {
    all: f64,
    /// Of those that need no judgement.
    without_judgement: f64,
}

impl MeasuredCost {
    /// Adds what is known of a measured operation's cost, in US dollars.
    pub fn add(&mut self, known_cost: f64, judgement: Judgement) {
        self.all += known_cost;
        if judgement == Judgement::NotNeeded {
            self.without_judgement += known_cost;
        }
    }
}

/// What the operations of one workflow that were not measured say about its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmeasured {
    /// There is no such operation.
    #[default]
    Nothing,
    /// The whole cost may have gone into one of them.
    Part,
    /// The whole cost has gone into one of them: it is all that was asked for, and needs no judgement.
    Whole,
}

impl Unmeasured {
    /// Adds an operation whose request asked for more or did not ask for it.
    pub fn add_part(&mut self) {
        *self = (*self).max(Self::Part);
    }

    /// Adds an operation that is all that was asked for.
    pub fn add_whole(&mut self, judgement: Judgement) {
        *self = (*self).max(if judgement == Judgement::NotNeeded { Self::Whole } else { Self::Part });
    }
}

/// How much of a workflow's `cost` (US dollars; `None` is unknown) went into its operations. What was measured counts
/// up to that cost, and stands in for it where it is unknown.
pub fn cost_range(cost: Option<f64>, measured: MeasuredCost, unmeasured: Unmeasured) -> CostRange {
    let at_most_cost = |sum: f64| cost.map_or(sum, |cost| sum.min(cost));
    let scripted = at_most_cost(measured.without_judgement);
    let (least, most) = match unmeasured {
        Unmeasured::Nothing => (scripted, at_most_cost(measured.all)),
        Unmeasured::Part => (scripted, cost.unwrap_or(measured.all)),
        Unmeasured::Whole => (cost.unwrap_or(scripted), cost.unwrap_or(measured.all)),
    };
    CostRange { least, most, measured: at_most_cost(measured.all) }
}
