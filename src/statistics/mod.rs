//! What a pattern costs and what automating it would save: pure functions of measured workflows.
//!
//! Each number has its one definition here; every command and every write calls it. The formulas are those of
//! docs/numbers.md.

pub mod realised;
mod saving;
mod tool_share;

use jiff::Timestamp;

pub use saving::{
    Attribution, CostRange, Judgement, MeasuredCost, Saving, Unmeasured, cost_range,
    potential_monthly_savings,
};
pub use tool_share::ToolShare;

use crate::workflow::{Measures, Status};

/// The days a month is taken to have.
pub const DAYS_A_MONTH: f64 = 30.0;
const SECONDS_A_DAY: f64 = 86_400.0;
/// Weeks that a trend shows.
pub const TREND_WEEKS: usize = 13;
/// The highest [`Confidence::consistency`]: that of durations that vary little.
pub const MOST_CONSISTENCY: f64 = 30.0;

/// The time between the first and the last of some moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The earliest.
    pub first: Option<Timestamp>,
    /// The latest.
    pub last: Option<Timestamp>,
}

impl Window {
    /// Widens the window to hold `time`.
    pub fn include(&mut self, time: Timestamp) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    /// Its length in days, with fractions; 0 where no time is known.
    pub fn days(&self) -> f64 {
        let length = self.first.zip(self.last).map(|(first, last)| last.duration_since(first));
        length.map_or(0.0, |length| length.as_secs_f64() / SECONDS_A_DAY)
    }

    /// Whether a time lies in the window's last `days` days. A moment exactly that long before its end does not.
    pub fn is_in_last_days(&self, time: Timestamp, days: f64) -> bool {
        self.last.is_some_and(|last| last.duration_since(time).as_secs_f64() < days * SECONDS_A_DAY)
    }

    /// What converts a sum over the window to a month: `min(1, 30 / days)`, 1 where no time is known. Less than a month
    /// is never extrapolated to one.
    pub fn monthly_factor(&self) -> f64 {
        match self.days() {
            days if days > DAYS_A_MONTH => DAYS_A_MONTH / days,
            _ => 1.0,
        }
    }
}

/// The statistics of one pattern, as docs/numbers.md defines them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PatternStatistics {
    /// Distinct workflows linked.
    pub occurrence_count: u64,
    /// Of those, finished, still in the history and not left out: the means are taken over these.
    pub finished: u64,
    /// Where none of them is left in the history: the number of workflows that the stored averages stand for; else
    /// `None`.
    pub remembered: Option<u64>,
    /// Mean of the known token counts, rounded; `None` where none is known.
    pub avg_tokens_with_llm: Option<u64>,
    /// Mean of the known costs in US dollars; `None` where none is known.
    pub avg_cost_with_llm: Option<f64>,
    /// US dollars a month; `None` where no cost is known.
    pub potential_monthly_savings: Option<f64>,
    /// 0 to 100.
    pub confidence: Confidence,
    /// The latest known time of the workflows; `None` where none is known.
    pub last_seen: Option<Timestamp>,
    /// What a tool is assumed to cost.
    pub tool_share: ToolShare,
}

impl PatternStatistics {
    /// The statistics of a pattern with `linked` distinct workflows of which none counts, because a person left them
    /// out.
    pub fn of_none(linked: u64) -> Self {
        let nothing_known = without_history((linked, 0), StoredAverages::default(), &Window::default());
        Self { remembered: None, ..nothing_known }
    }

    /// The tool's share of the mean tokens, rounded down.
    pub fn avg_tokens_with_tool(&self) -> Option<u64> {
        self.avg_tokens_with_llm.map(|tokens| self.tool_share.of_tokens(tokens))
    }

    /// The tool's share of the mean cost, in US dollars.
    pub fn avg_cost_with_tool(&self) -> Option<f64> {
        self.avg_cost_with_llm.map(|cost| self.tool_share.of_cost(cost))
    }

    /// How many workflows the savings are computed for: the finished ones, or, where none is left in the history, all
    /// that were ever linked and not left out.
    pub fn workflows_saved(&self) -> u64 {
        self.remembered.unwrap_or(self.finished)
    }

    /// The same under another tool share; `window` is the one that the savings are taken over.
    #[must_use]
    pub fn assuming(self, tool_share: ToolShare, window: &Window) -> Self {
        let workflows = self.workflows_saved();
        let savings = |cost| potential_monthly_savings(cost, workflows, window, tool_share);
        Self { tool_share, potential_monthly_savings: self.avg_cost_with_llm.map(savings), ..self }
    }
}

/// What the finished workflows of a pattern say about it.
#[derive(Clone, Debug, Default)]
pub struct FinishedSummary {
    /// The pattern's statistics; `None` without any workflow to judge by.
    pub statistics: Option<PatternStatistics>,
    /// The share of them that failed or had errors, 0 to 1; `None` without any.
    pub error_share: Option<f64>,
    /// The quartiles of their known, non-zero durations in seconds; `None` without any.
    pub duration: Option<Quartiles>,
    /// How many there are in each of the history's last weeks, the latest last.
    pub trend: [u64; TREND_WEEKS],
}

impl FinishedSummary {
    /// What `finished`, in rowid order, say about a pattern with `linked` distinct workflows; `window` spans all
    /// finished workflows of the file.
    pub fn of(linked: u64, finished: &[&Measures], window: &Window) -> Self {
        let failed = finished
            .iter()
            .filter(|measures| measures.status == Status::Failed || measures.errors > 0)
            .count();
        Self {
            statistics: from_history(linked, finished, window),
            error_share: (!finished.is_empty()).then(|| failed as f64 / finished.len() as f64),
            duration: Quartiles::of(known_durations(finished)),
            trend: trend(finished, window),
        }
    }
}

/// The 25th, 50th and 75th percentile (nearest rank).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter of the values is not above it.
    pub lower: f64,
    /// Half of the values is not above it.
    pub median: f64,
    /// Three quarters of the values are not above it.
    pub upper: f64,
}

impl Quartiles {
    /// The quartiles; `None` of nothing.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        let mut rank = |share: f64| {
            let place = ((values.len() as f64 * share).ceil() as usize).max(1) - 1;
            let is_there = place < values.len();
            is_there.then(|| *values.select_nth_unstable_by(place, f64::total_cmp).1)
        };
        Some(Self { lower: rank(0.25)?, median: rank(0.5)?, upper: rank(0.75)? })
    }
}

/// The parts of a confidence score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence {
    /// 10 to 40: how often the pattern occurred.
    pub frequency: f64,
    /// 10 to 30: how little its durations vary.
    pub consistency: f64,
    /// 5 to 30: how seldom it came with errors and retries.
    pub success: f64,
}

impl Confidence {
    /// What is given where no workflow is left to judge by.
    pub const WITHOUT_HISTORY: Self = Self { frequency: 10.0, consistency: 0.0, success: 0.0 };

    /// The score, 0 to 100.
    pub fn score(&self) -> f64 {
        self.frequency + self.consistency + self.success
    }
}

/// The averages a pattern has stored; `None` where they are no numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StoredAverages {
    /// `avg_tokens_with_llm`.
    pub tokens: Option<f64>,
    /// `avg_cost_with_llm` in US dollars.
    pub cost: Option<f64>,
}

/// The statistics of a pattern with `linked` distinct workflows, of which `finished` are finished and in the history,
/// in rowid order; `window` spans all finished workflows of the file. `None` where there is none to judge by.
fn from_history(linked: u64, finished: &[&Measures], window: &Window) -> Option<PatternStatistics> {
    if finished.is_empty() {
        return None;
    }
    let statistics = PatternStatistics {
        occurrence_count: linked,
        finished: finished.len() as u64,
        remembered: None,
        avg_tokens_with_llm: mean_count(finished.iter().filter_map(|measures| measures.tokens)),
        avg_cost_with_llm: mean(finished.iter().filter_map(|measures| measures.cost)),
        potential_monthly_savings: None,
        confidence: calculate_confidence_score(linked, finished),
        last_seen: finished.iter().filter_map(|measures| measures.time).max(),
        tool_share: ToolShare::STORED,
    };
    Some(statistics.assuming(ToolShare::STORED, window))
}

/// The statistics of a pattern none of whose `linked` workflows is left to judge by: the stored averages stay, and the
/// savings follow from them, for the `counted` workflows that nobody left out, over the time in which the links were
/// detected.
pub fn without_history(
    (linked, counted): (u64, u64),
    stored: StoredAverages,
    detected: &Window,
) -> PatternStatistics {
    let known = |value: Option<f64>| value.filter(|value| value.is_finite() && *value > 0.0);
    let statistics = PatternStatistics {
        occurrence_count: linked,
        finished: 0,
        remembered: Some(counted),
        avg_tokens_with_llm: known(stored.tokens).map(|tokens| tokens.round() as u64),
        avg_cost_with_llm: known(stored.cost),
        potential_monthly_savings: None,
        confidence: Confidence::WITHOUT_HISTORY,
        last_seen: None,
        tool_share: ToolShare::STORED,
    };
    statistics.assuming(ToolShare::STORED, detected)
}

/// What a sum over the window comes to in a month: see [`Window::monthly_factor`].
pub fn a_month(sum: f64, window: &Window) -> f64 {
    sum * window.monthly_factor()
}

/// What a confidence score is computed from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceBasis {
    /// Distinct workflows linked.
    pub linked: u64,
    /// Of those, finished and still in the history.
    pub finished: u64,
    /// The population variance of the known, non-zero durations, in s²; `None` of fewer than two.
    pub duration_variance: Option<f64>,
    /// The mean number of errors.
    pub mean_errors: f64,
    /// The mean number of retries.
    pub mean_retries: f64,
}

impl ConfidenceBasis {
    /// The basis of a pattern with `linked` distinct workflows, from those that are `finished`.
    pub fn of(linked: u64, finished: &[&Measures]) -> Self {
        Self {
            linked,
            finished: finished.len() as u64,
            duration_variance: population_variance(&known_durations(finished)),
            mean_errors: mean(finished.iter().map(|measures| measures.errors as f64)).unwrap_or(0.0),
            mean_retries: mean(finished.iter().map(|measures| measures.retries as f64)).unwrap_or(0.0),
        }
    }

    /// The score it gives.
    pub fn confidence(&self) -> Confidence {
        if self.finished == 0 {
            return Confidence::WITHOUT_HISTORY;
        }
        Confidence { frequency: self.frequency(), consistency: self.consistency(), success: self.success() }
    }

    fn frequency(&self) -> f64 {
        match self.linked {
            10.. => 40.0,
            5.. => 30.0,
            3.. => 20.0,
            _ => 10.0,
        }
    }

    fn consistency(&self) -> f64 {
        match self.duration_variance {
            None => 15.0,
            Some(variance) if variance < 100.0 => MOST_CONSISTENCY,
            Some(variance) if variance < 1000.0 => 20.0,
            Some(_) => 10.0,
        }
    }

    fn success(&self) -> f64 {
        match (self.mean_errors, self.mean_retries) {
            (0.0, 0.0) => 30.0,
            (errors, retries) if errors < 1.0 && retries < 2.0 => 20.0,
            (errors, _) if errors < 3.0 => 10.0,
            _ => 5.0,
        }
    }
}

/// How much a pattern with `linked` distinct workflows can be relied on, from those that are `finished`.
pub fn calculate_confidence_score(linked: u64, finished: &[&Measures]) -> Confidence {
    ConfidenceBasis::of(linked, finished).confidence()
}

/// The known durations, in seconds.
fn known_durations(finished: &[&Measures]) -> Vec<f64> {
    finished.iter().filter_map(|measures| measures.known_duration()).collect()
}

/// The population variance; `None` of fewer than two values.
pub fn population_variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values.iter().copied())?;
    self::mean(values.iter().map(|value| (value - mean).powi(2)))
}

/// The mean; `None` of nothing. They are added up by size, so that the last bit is the same in whatever order they come.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    (!values.is_empty()).then(|| finite(values.iter().sum()) / values.len() as f64)
}

/// The mean of whole numbers, rounded to the nearest (a half up), exact at any size; `None` of nothing.
fn mean_count(values: impl Iterator<Item = u64>) -> Option<u64> {
    let (sum, count) =
        values.fold((0_u128, 0_u128), |(sum, count), value| (sum + u128::from(value), count + 1));
    (count > 0).then(|| ((2 * sum + count) / (2 * count)) as u64)
}

/// Sums of absurd values stop at the largest number there is instead of becoming infinite, and a sum of nothing is 0,
/// not the -0 that it is in floating point.
pub fn finite(sum: f64) -> f64 {
    sum.min(f64::MAX) + 0.0
}

fn trend(finished: &[&Measures], window: &Window) -> [u64; TREND_WEEKS] {
    let mut trend = [0; TREND_WEEKS];
    for week in finished.iter().filter_map(|measures| week_of(measures, window)) {
        trend[week] += 1;
    }
    trend
}

/// The position of a workflow's week among the trend's weeks; `None` where it lies before them or its time is unknown.
fn week_of(measures: &Measures, window: &Window) -> Option<usize> {
    let age = window.last?.duration_since(measures.time?);
    let before_end = usize::try_from(age.as_hours() / (7 * 24)).ok()?;
    TREND_WEEKS.checked_sub(before_end + 1)
}
