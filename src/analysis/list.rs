//! Which patterns to list, in which order.

use std::cmp::Ordering;

use super::{Analysis, PatternAnalysis};
use crate::snapshot::StoredPattern;

/// What to order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// Savings a month, those with the highest lower bound first, then those with the highest upper bound.
    #[default]
    Least,
    /// Savings a month at most, the highest first.
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
    /// The open ones: all but implemented, active and deprecated, and those left out.
    #[default]
    Open,
    /// All, those left out too.
    All,
    /// These, without those left out.
    Only(Vec<String>),
}

impl Statuses {
    fn include(&self, pattern: &StoredPattern) -> bool {
        match self {
            Self::All => true,
            _ if pattern.is_excluded() => false,
            Self::Open => pattern.is_open(),
            Self::Only(statuses) => statuses.contains(&pattern.status),
        }
    }
}

/// Which patterns to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only of these types; of all where there are none.
    pub types: Vec<String>,
    /// Only of these statuses.
    pub statuses: Statuses,
    /// Only of at least this confidence, 0 to 100.
    pub min_confidence: Option<f64>,
    /// Only those seen in at least this many workflows.
    pub min_occurrences: Option<u64>,
    /// Only those whose savings at most are at least this, in US dollars a month.
    pub min_savings: Option<f64>,
    /// At most this many.
    pub limit: Option<usize>,
}

impl Filter {
    /// Whether it wants the pattern, its status aside.
    fn wants(&self, analysis: &PatternAnalysis) -> bool {
        let statistics = &analysis.statistics;
        (self.types.is_empty() || self.types.contains(&analysis.pattern.pattern_type))
            && self.min_confidence.is_none_or(|least| statistics.confidence.score() >= least)
            && self.min_occurrences.is_none_or(|least| statistics.occurrence_count >= least)
            && self.min_savings.is_none_or(|least| analysis.most_savings() >= least)
    }
}

/// The patterns to list.
pub struct Listing<'a> {
    /// In the order asked for.
    pub patterns: Vec<Ranked<'a>>,
    /// How many there are in all.
    pub of: u64,
    /// How many more match but are implemented, active or deprecated, and were not asked for.
    pub hidden: u64,
    /// How many more match but exceed the limit.
    pub beyond_limit: u64,
    /// How many the filters left out; those that a person left out are not among them.
    pub filtered: u64,
}

/// A pattern among others.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    /// The pattern.
    pub analysis: &'a PatternAnalysis,
    /// Its savings as a share of the highest savings among them, 0 to 1.
    pub share_of_highest: f64,
    /// The share of it and those before it in what all patterns' own savings add up to, 0 to 1, without those left out;
    /// `None`: nothing saves.
    pub cumulative_share: Option<f64>,
}

/// Patterns of a file with their shares, in the order given; `total` is what all its patterns' own savings add up to,
/// US dollars a month.
pub fn with_shares<'a>(patterns: &[&'a PatternAnalysis], total: f64) -> Vec<Ranked<'a>> {
    let highest = patterns.iter().map(|analysis| analysis.most_savings()).fold(0.0, f64::max);
    let mut so_far = 0.0;
    let rank = |analysis: &&'a PatternAnalysis| {
        so_far += if analysis.pattern.is_excluded() { 0.0 } else { analysis.most_savings() };
        Ranked {
            analysis,
            share_of_highest: if highest > 0.0 { analysis.most_savings() / highest } else { 0.0 },
            cumulative_share: (total > 0.0).then(|| share_of(so_far, total)),
        }
    };
    patterns.iter().map(rank).collect()
}

/// The share of a part in a sum, 0 to 1. Added up in another order the same values differ in the last bits, so that
/// what is nearly all counts as all.
fn share_of(part: f64, sum: f64) -> f64 {
    const ROUNDING: f64 = 1e-9;
    let share = part / sum;
    if share > 1.0 - ROUNDING { 1.0 } else { share }
}

impl Analysis {
    /// The patterns that a filter wants.
    pub fn list(&self, filter: &Filter, key: SortKey) -> Listing<'_> {
        let (mut patterns, others): (Vec<_>, Vec<_>) = self
            .patterns
            .iter()
            .filter(|analysis| filter.wants(analysis))
            .partition(|analysis| filter.statuses.include(&analysis.pattern));
        patterns.sort_by(|a, b| compare(a, b, key));
        let matching = patterns.len();
        patterns.truncate(filter.limit.unwrap_or(usize::MAX));
        let excluded = others.iter().filter(|analysis| analysis.pattern.is_excluded()).count();
        let hidden = if filter.statuses == Statuses::Open { others.len() - excluded } else { 0 };
        let patterns = with_shares(&patterns, self.overview.sum_of_pattern_savings);
        Listing {
            of: self.patterns.len() as u64,
            hidden: hidden as u64,
            beyond_limit: (matching - patterns.len()) as u64,
            filtered: (self.patterns.len() - matching - hidden - excluded) as u64,
            patterns,
        }
    }
}

fn compare(a: &PatternAnalysis, b: &PatternAnalysis, key: SortKey) -> Ordering {
    let cost = |analysis: &PatternAnalysis| analysis.statistics.avg_cost_with_llm.unwrap_or(-1.0);
    let confidence = |analysis: &PatternAnalysis| analysis.statistics.confidence.score();
    let order = match key {
        SortKey::Least => by_least(a, b),
        SortKey::Savings => Ordering::Equal,
        SortKey::Occurrences => b.statistics.occurrence_count.cmp(&a.statistics.occurrence_count),
        SortKey::Confidence => confidence(b).total_cmp(&confidence(a)),
        SortKey::Recent => b.last_seen().cmp(&a.last_seen()),
        SortKey::Cost => cost(b).total_cmp(&cost(a)),
        SortKey::Name => a.pattern.signature.cmp(&b.pattern.signature),
    };
    order.then_with(|| by_savings(a, b))
}

/// Those that save the most at least first, and of those that save the same, the ones that save the most at most.
pub(super) fn by_least(a: &PatternAnalysis, b: &PatternAnalysis) -> Ordering {
    let least = |analysis: &PatternAnalysis| analysis.saving_range().unwrap_or_default().least;
    least(b).total_cmp(&least(a)).then_with(|| by_savings(a, b))
}

/// Those that save the most at most first; those that save the same, by signature and id.
fn by_savings(a: &PatternAnalysis, b: &PatternAnalysis) -> Ordering {
    let saved = b.most_savings().total_cmp(&a.most_savings());
    let (a, b) = (&a.pattern, &b.pattern);
    saved.then_with(|| a.signature.cmp(&b.signature)).then_with(|| a.id.cmp(&b.id))
}
