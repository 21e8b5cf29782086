//! Which patterns to list, in which order.

use std::cmp::Ordering;

use super::{Analysis, PatternAnalysis, SETTLED_STATUSES};
use crate::statistics::finite;

/// What to order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Savings a month, the highest first.
    #[default]
    Savings,
    /// Workflows, the most first.
    Occurrences,
    /// Confidence, the highest first.
    Confidence,
    /// Last seen, the latest first.
    Recent,
    /// Mean cost, the highest first, unknown last.
    Cost,
    /// Signature, from a to z.
    Name,
}

/// Which automation statuses to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Statuses {
    /// Those a person still has to decide on: all but implemented, active and deprecated.
    #[default]
    Open,
    /// All.
    All,
    /// These.
    Only(Vec<String>),
}

impl Statuses {
    fn hold(&self, status: &str) -> bool {
        match self {
            Self::Open => !SETTLED_STATUSES.contains(&status),
            Self::All => true,
            Self::Only(statuses) => statuses.iter().any(|wanted| wanted == status),
        }
    }
}

/// Which patterns to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only of this type.
    pub pattern_type: Option<String>,
    /// Only of these statuses.
    pub statuses: Statuses,
    /// Only of at least this confidence.
    pub min_confidence: Option<f64>,
    /// Only seen in at least so many workflows.
    pub min_occurrences: Option<u64>,
    /// Only saving at least so many US dollars a month.
    pub min_savings: Option<f64>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Filter {
    /// Whether it wants the pattern, its status aside.
    fn wants(&self, analysis: &PatternAnalysis) -> bool {
        let statistics = &analysis.statistics;
        self.pattern_type.as_ref().is_none_or(|wanted| *wanted == analysis.pattern.pattern_type)
            && self.min_confidence.is_none_or(|least| statistics.confidence.score() >= least)
            && self.min_occurrences.is_none_or(|least| statistics.occurrence_count >= least)
            && self.min_savings.is_none_or(|least| analysis.savings() >= least)
    }
}

/// The patterns to list.
pub struct Listing<'a> {
    /// In the order asked for.
    pub patterns: Vec<&'a PatternAnalysis>,
    /// How many there are in all.
    pub of: u64,
    /// How many more match but are implemented, active or deprecated, and were not asked for.
    pub hidden: u64,
    /// How many more match but exceed the limit.
    pub beyond_limit: u64,
    /// What the listed ones' savings add up to, US dollars a month.
    pub savings: f64,
}

impl Analysis {
    /// The patterns that a filter wants.
    pub fn list(&self, filter: &Filter, order: Order) -> Listing<'_> {
        let (mut patterns, others): (Vec<_>, Vec<_>) = self
            .patterns
            .iter()
            .filter(|analysis| filter.wants(analysis))
            .partition(|analysis| filter.statuses.hold(&analysis.pattern.status));
        patterns.sort_by(|a, b| compare(a, b, order));
        let matching = patterns.len();
        patterns.truncate(filter.limit.unwrap_or(usize::MAX));
        Listing {
            of: self.patterns.len() as u64,
            hidden: if filter.statuses == Statuses::Open { others.len() as u64 } else { 0 },
            beyond_limit: (matching - patterns.len()) as u64,
            savings: finite(patterns.iter().map(|analysis| analysis.savings()).sum()),
            patterns,
        }
    }
}

fn compare(a: &PatternAnalysis, b: &PatternAnalysis, by: Order) -> Ordering {
    let cost = |analysis: &PatternAnalysis| analysis.statistics.avg_cost_with_llm.unwrap_or(-1.0);
    let confidence = |analysis: &PatternAnalysis| analysis.statistics.confidence.score();
    let order = match by {
        Order::Savings => Ordering::Equal,
        Order::Occurrences => b.statistics.occurrence_count.cmp(&a.statistics.occurrence_count),
        Order::Confidence => confidence(b).total_cmp(&confidence(a)),
        Order::Recent => b.last_seen().cmp(&a.last_seen()),
        Order::Cost => cost(b).total_cmp(&cost(a)),
        Order::Name => a.pattern.signature.cmp(&b.pattern.signature),
    };
    order.then_with(|| by_savings(a, b))
}

/// The most saving first; those that save the same, by signature and id.
pub(super) fn by_savings(a: &PatternAnalysis, b: &PatternAnalysis) -> Ordering {
    let saved = b.savings().total_cmp(&a.savings());
    let (a, b) = (&a.pattern, &b.pattern);
    saved.then_with(|| a.signature.cmp(&b.signature)).then_with(|| a.id.cmp(&b.id))
}
