//! The whole file in numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::list::{Ranked, by_least, with_shares};
use super::{Analysis, Basis, PatternAnalysis, Verdict};
use crate::snapshot::{PatternLinks, Snapshot, StoredPattern, WorkflowIndex};
use crate::statistics::{self, CostRange, DAYS_A_MONTH, Saving, Window};
use crate::workflow::Measures;

/// The share of the savings whose patterns are counted in [`Overview::patterns_for_most_savings`].
pub const MOST_SAVINGS: f64 = 0.8;

/// The whole file in numbers.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// The time in which the finished workflows lie, or the part of it that was asked for.
    pub window: Window,
    /// What the figures are computed from.
    pub basis: Basis,
    /// What the span that was asked for leaves out; `None`: all was asked for.
    pub outside: Option<OutsideSpan>,
    /// Workflows in the history, of any status.
    pub workflows: u64,
    /// Of those, the ones that a person left out. Below, only `occurrences`, `purged_occurrences` and what is said of
    /// the file's rows count them.
    pub excluded_workflows: u64,
    /// Patterns that a person left out: their savings are in no sum.
    pub excluded_patterns: u64,
    /// Of the workflows, those that have finished and count.
    pub finished: u64,
    /// Of those, with at least one pattern that nobody left out.
    pub matched: u64,
    /// Of those, with more than one.
    pub in_several: u64,
    /// Of the matched, without any cost: their patterns' savings count them at the mean, the total cannot.
    pub matched_without_cost: u64,
    /// Finished workflows without a pattern and without a request text; `None` where nobody looked.
    pub without_request: Option<u64>,
    /// Finished workflows without a known cost: NULL, no number, or 0.
    pub without_cost: u64,
    /// Workflows whose status flowmine does not know, by its word; they are no history.
    pub unknown_statuses: Vec<(String, u64)>,
    /// Workflows of the file with something in a column of times that is no believable time.
    pub unreadable_times: u64,
    /// Finished workflows without a known time.
    pub without_time: u64,
    /// Rows beyond the first of a `workflow_id`.
    pub repeated_rows: u64,
    /// Distinct (pattern, workflow) links.
    pub occurrences: u64,
    /// Of those, links of workflows that are no longer in the history.
    pub purged_occurrences: u64,
    /// What the finished workflows cost, US dollars a month; `None` where none of them has a known cost.
    pub spend_a_month: Option<f64>,
    /// What the finished workflows of the history's last 30 days cost, US dollars; `None` where none of them has a
    /// known cost.
    pub spend_last_30_days: Option<f64>,
    /// The total: what automating every open pattern would save, US dollars a month, each workflow counted once; `None`
    /// where no workflow with a pattern has a known cost.
    pub saving: Option<Saving>,
    /// What share of that total's upper bound was measured, 0 to 1; `None` where it is 0.
    pub measured_share: Option<f64>,
    /// What the patterns' own savings add up to at most, US dollars a month: more than the total where workflows have several
    /// patterns.
    pub sum_of_pattern_savings: f64,
    /// What the tools in use have saved a month, added up over the patterns that can be compared, US dollars: their own
    /// figures overlap. `None` where none can be.
    pub sum_of_realised_savings: Option<f64>,
    /// Patterns none of whose workflows is left, but which keep their last mean cost and with it their savings.
    pub patterns_without_workflows: u64,
    /// Patterns that are implemented, active or deprecated and save something: in [`Overview::sum_of_pattern_savings`]
    /// and not in the total.
    pub settled_patterns: u64,
    /// How many patterns, the most saving ones first, make up [`MOST_SAVINGS`] of
    /// [`Overview::sum_of_pattern_savings`].
    pub patterns_for_most_savings: u64,
}

/// Finished workflows that a span of time leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutsideSpan {
    /// How many they are.
    pub workflows: u64,
    /// Of those, the ones without a known time.
    pub untimed: u64,
}

/// Patterns that have something in common.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternGroup<'a> {
    /// What they have in common: a type, a status.
    pub name: &'a str,
    /// How many they are.
    pub patterns: u64,
    /// Their occurrences.
    pub occurrences: u64,
    /// What their own savings add up to, US dollars a month.
    pub saving: Saving,
}

/// Patterns with a confidence in a certain range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfidenceStep {
    /// From this score on.
    pub from: u32,
    /// To this score.
    pub to: u32,
    /// How many they are.
    pub patterns: u64,
}

impl Analysis {
    /// The patterns that no person left out, in id order.
    pub fn counted(&self) -> impl Iterator<Item = &PatternAnalysis> + Clone {
        self.patterns.iter().filter(|analysis| !analysis.pattern.is_excluded())
    }

    /// The patterns by type, the most saving first.
    pub fn by_type(&self) -> Vec<PatternGroup<'_>> {
        self.grouped(|analysis| &analysis.pattern.pattern_type)
    }

    /// The patterns by automation status, the most saving first.
    pub fn by_status(&self) -> Vec<PatternGroup<'_>> {
        self.grouped(|analysis| &analysis.pattern.status)
    }

    fn grouped<'a>(&'a self, name: impl Fn(&'a PatternAnalysis) -> &'a str) -> Vec<PatternGroup<'a>> {
        let mut groups: BTreeMap<&str, PatternGroup<'a>> = BTreeMap::new();
        for analysis in self.counted() {
            let name = name(analysis);
            let empty = PatternGroup { name, patterns: 0, occurrences: 0, saving: Saving::default() };
            let group = groups.entry(name).or_insert(empty);
            group.patterns += 1;
            group.occurrences += analysis.statistics.occurrence_count;
            group.saving.add(analysis.saving_range().unwrap_or_default());
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by(|a, b| b.saving.most.total_cmp(&a.saving.most));
        groups
    }

    /// How many patterns have which confidence, in steps of 20 points; steps without patterns are left out.
    pub fn confidence_histogram(&self) -> Vec<ConfidenceStep> {
        let step = |number: u32| {
            let (from, to) = (number * 20, if number == 4 { 100 } else { number * 20 + 19 });
            let holds = |analysis: &&PatternAnalysis| {
                (analysis.statistics.confidence.score() as u32 / 20).min(4) == number
            };
            ConfidenceStep { from, to, patterns: self.counted().filter(holds).count() as u64 }
        };
        (0..5).map(step).filter(|step| step.patterns > 0).collect()
    }

    /// The patterns worth automating, the most saving first.
    pub fn candidates(&self) -> Vec<Ranked<'_>> {
        let mut candidates: Vec<_> =
            self.counted().filter(|analysis| analysis.verdict() == Verdict::Candidate).collect();
        candidates.sort_by(|a, b| by_least(a, b));
        with_shares(&candidates, self.overview.sum_of_pattern_savings)
    }

    /// The `number` patterns that save the most, of those that add to the total.
    pub fn most_saving(&self, number: usize) -> Vec<&PatternAnalysis> {
        let mut patterns: Vec<_> = self.counted().filter(|analysis| analysis.is_in_total()).collect();
        patterns.sort_by(|a, b| by_least(a, b));
        patterns.truncate(number);
        patterns
    }

    /// Counts the finished workflows without a pattern among these rowids, which are in ascending order; `snapshot` is
    /// the one that the analysis was made from.
    pub fn count_without_request(&mut self, snapshot: &Snapshot, rows_without_request: &[i64]) {
        let is_blank = |workflow: &WorkflowIndex| {
            rows_without_request.binary_search(&snapshot.workflow(*workflow).rowid).is_ok()
                && self.matched.binary_search(workflow).is_err()
        };
        let blank = snapshot.finished().filter(|(workflow, _)| is_blank(workflow));
        self.overview.without_request = Some(blank.count() as u64);
    }
}

/// The overview, and the finished workflows with at least one pattern, in rowid order.
pub(super) fn of(
    snapshot: &Snapshot,
    pattern_links: &[PatternLinks],
    patterns: &[PatternAnalysis],
    basis: Basis,
) -> (Overview, Vec<WorkflowIndex>) {
    let excluded = snapshot.excluded_workflows();
    let mut overview = Overview {
        basis,
        window: snapshot.window(),
        workflows: snapshot.workflows.len() as u64,
        excluded_workflows: excluded.len() as u64,
        unknown_statuses: snapshot.unknown_statuses.clone().into_iter().collect(),
        unreadable_times: snapshot.unreadable_times,
        repeated_rows: snapshot.repeated_rows,
        ..of_patterns(pattern_links, patterns)
    };
    let mut matched = Vec::new();
    let (mut spend, mut operations) = (0.0, CostRange::default());
    let operation_costs = snapshot.operation_costs(pattern_links, StoredPattern::is_in_totals);
    let patterns_each = snapshot.counted_patterns_each(pattern_links);
    // One pass: a million workflows are more than a processor's cache holds.
    for (workflow, patterns) in (0..).map(WorkflowIndex).zip(patterns_each) {
        if !snapshot.counts(workflow, &excluded) {
            continue;
        }
        let (measures, spent) = (&snapshot.workflow(workflow).measures, snapshot.spent_on(workflow));
        overview.add(measures, spent);
        spend += spent.unwrap_or(0.0);
        if patterns > 0 {
            overview.add_matched(spent, patterns);
            matched.push(workflow);
            operations.add(operation_costs.range(workflow, spent));
        }
    }
    overview.set_sums(spend, operations);
    (overview, matched)
}

/// What the patterns and their occurrences alone tell.
fn of_patterns(pattern_links: &[PatternLinks], patterns: &[PatternAnalysis]) -> Overview {
    let occurrences = pattern_links.iter().map(|links| links.count).sum();
    let present: u64 = pattern_links.iter().map(|links| links.workflows.len() as u64).sum();
    let counted = || patterns.iter().filter(|analysis| !analysis.pattern.is_excluded());
    let mut savings: Vec<f64> = counted().map(PatternAnalysis::most_savings).collect();
    // In an order that does not depend on when the patterns were recorded.
    savings.sort_unstable_by(|a, b| b.total_cmp(a));
    let realised: Vec<f64> = counted().filter_map(|analysis| analysis.realised?.saved()).collect();
    Overview {
        excluded_patterns: (patterns.len() - counted().count()) as u64,
        occurrences,
        purged_occurrences: occurrences - present,
        sum_of_pattern_savings: statistics::finite(savings.iter().sum()),
        sum_of_realised_savings: (!realised.is_empty()).then(|| realised.iter().sum()),
        patterns_without_workflows: counted().filter(|analysis| analysis.is_remembered()).count() as u64,
        settled_patterns: counted()
            .filter(|analysis| !analysis.pattern.is_open() && analysis.most_savings() > 0.0)
            .count() as u64,
        patterns_for_most_savings: patterns_for(&savings, MOST_SAVINGS),
        ..Overview::default()
    }
}

impl Overview {
    /// The last moment that is looked at; the end of a span itself is not in it.
    pub fn last_moment(&self) -> Option<Timestamp> {
        self.basis.span.last_moment(&self.window)
    }

    /// Counts a finished workflow that has at least one pattern, with what is known to be spent on it in US dollars.
    fn add_matched(&mut self, spent: Option<f64>, patterns: u8) {
        self.matched += 1;
        self.matched_without_cost += u64::from(spent.is_none());
        self.in_several += u64::from(patterns > 1);
    }

    /// Sets what the workflows cost that were counted, and what of that went into operations, in US dollars.
    fn set_sums(&mut self, spend: f64, operations: CostRange) {
        let (window, tool_share) = (&self.window, self.basis.tool_share);
        // No cost is below 0.
        let is_known = self.finished == 0 || spend > 0.0;
        let is_any_known = self.matched == 0 || self.matched_without_cost < self.matched;
        self.spend_a_month = is_known.then(|| statistics::a_month(statistics::finite(spend), window));
        self.saving =
            (is_any_known || operations.most > 0.0).then(|| Saving::of_total(operations, window, tool_share));
        self.measured_share = operations.measured_share();
    }

    /// Counts a finished workflow, with what is known to be spent on it in US dollars.
    fn add(&mut self, measures: &Measures, spent: Option<f64>) {
        self.finished += 1;
        self.without_cost += u64::from(measures.cost.is_none());
        self.without_time += u64::from(measures.time.is_none());
        let is_recent = measures.time.is_some_and(|time| self.window.is_in_last_days(time, DAYS_A_MONTH));
        if let Some(cost) = spent.filter(|_| is_recent) {
            let before = self.spend_last_30_days.unwrap_or(0.0);
            self.spend_last_30_days = Some(statistics::finite(before + cost));
        }
    }
}

/// How many of the values, the highest first, make up this share of their sum.
fn patterns_for(savings: &[f64], share: f64) -> u64 {
    let wanted = share * savings.iter().sum::<f64>();
    if wanted <= 0.0 {
        return 0;
    }
    let mut sum = 0.0;
    let enough = savings.iter().position(|saving| {
        sum += saving;
        sum >= wanted
    });
    enough.map_or(savings.len(), |last| last + 1) as u64
}
