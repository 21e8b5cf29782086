//! What there is to say about a file: each pattern with its statistics, and the whole. Pure; computed from a
//! [`Census`], so that what is shown is what the file's links and history say now, whatever is stored.

use jiff::{SignedDuration, Timestamp};

use crate::census::{Census, Linked, StoredPattern};
use crate::db::{Database, Result, patterns};
use crate::statistics::{self, PatternStatistics, Window};
use crate::workflow::{Measures, Status};

/// Weeks that a pattern's trend shows.
pub const TREND_WEEKS: usize = 13;

/// A pattern as people look at it.
#[derive(Clone, Debug)]
pub struct PatternReport {
    /// The row of `operation_patterns`; its id is `None` where a dry run would create it.
    pub pattern: StoredPattern,
    /// Section 4's numbers, computed now.
    pub statistics: PatternStatistics,
    /// Whether they are the stored ones.
    pub is_stored: bool,
    /// Finished workflows a month.
    pub per_month: f64,
    /// The share of finished workflows that failed or had errors, 0 to 1; `None` without any.
    pub error_share: Option<f64>,
    /// The quartiles of the known, non-zero durations in seconds; `None` without any.
    pub duration: Option<Quartiles>,
    /// Finished workflows in each of the history's last weeks, the latest last.
    pub trend: [u64; TREND_WEEKS],
}

impl PatternReport {
    /// US dollars a month; 0 where no cost is known.
    pub fn savings(&self) -> f64 {
        self.statistics.potential_monthly_savings.unwrap_or(0.0)
    }

    /// Whether a person still has to decide whether to automate it.
    pub fn is_open(&self) -> bool {
        !matches!(self.pattern.status.as_str(), "implemented" | "active" | "deprecated")
    }

    /// Worth automating: confidence of at least 70, at least $0.50 a month, and not automated yet.
    pub fn is_candidate(&self) -> bool {
        self.is_open() && self.statistics.confidence.score() >= 70.0 && self.savings() >= 0.50
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
        values.sort_unstable_by(f64::total_cmp);
        let rank =
            |share: f64| values.get(((values.len() as f64 * share).ceil() as usize).max(1) - 1).copied();
        Some(Self { lower: rank(0.25)?, median: rank(0.5)?, upper: rank(0.75)? })
    }
}

/// The whole file in numbers.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Between which times the finished workflows lie.
    pub window: Window,
    /// Workflows in the history, of any status.
    pub workflows: u64,
    /// Of those, finished.
    pub finished: u64,
    /// Of those, with at least one pattern.
    pub matched: u64,
    /// Finished workflows without a known cost: NULL, no number, or 0.
    pub without_cost: u64,
    /// Finished workflows without a known time.
    pub without_time: u64,
    /// Rows beyond the first of a workflow_id.
    pub repeated_rows: u64,
    /// Distinct (pattern, workflow) links.
    pub occurrences: u64,
    /// Of those, links of workflows that are no longer in the history.
    pub purged_occurrences: u64,
    /// What the finished workflows cost, US dollars a month.
    pub spend_a_month: f64,
    /// The total: what automating every pattern could save, each workflow counted once, US dollars a month.
    pub possible_saving_a_month: f64,
    /// What the patterns' own savings add up to: more than the total where workflows have several patterns.
    pub sum_of_pattern_savings: f64,
    /// Finished workflows and their known cost (US dollars) in each of the history's last weeks, the latest last.
    pub weeks: Vec<Week>,
}

/// A week of the history.
#[derive(Clone, Copy, Debug, Default)]
pub struct Week {
    /// When it began; `None` where no time is known.
    pub begins: Option<Timestamp>,
    /// Finished workflows.
    pub workflows: u64,
    /// Their known cost in US dollars.
    pub cost: f64,
}

/// All there is to say about a file.
pub struct Report {
    /// In id order.
    pub patterns: Vec<PatternReport>,
    /// The whole.
    pub overview: Overview,
}

impl Report {
    /// Reads the file and reports.
    pub fn read(db: &Database, now: Timestamp) -> Result<Self> {
        let mut census = db.census(now)?;
        Self::of(db, &mut census)
    }

    /// Reports on a census of `db`.
    pub fn of(db: &Database, census: &mut Census) -> Result<Self> {
        let linked = census.linked();
        let overview_window = census.window();
        let mut reports = Vec::new();
        for (slot, links) in linked.iter().enumerate() {
            let pattern = &census.patterns[slot];
            if pattern.id.is_none() && links.count == 0 {
                continue; // removed in this run
            }
            let judged = census.finished_of(links);
            let detected = match pattern.id.filter(|_| judged.is_empty()) {
                Some(id) => db.detection_window(id)?,
                None => Window::default(),
            };
            let statistics = census.statistics(slot, links, &overview_window, || detected);
            reports.push(pattern_report(pattern.clone(), statistics, &judged, &overview_window));
        }
        let overview = overview(census, &linked, overview_window, &reports);
        Ok(Self { patterns: reports, overview })
    }
}

fn pattern_report(
    pattern: StoredPattern,
    statistics: PatternStatistics,
    judged: &[&Measures],
    window: &Window,
) -> PatternReport {
    let failed =
        judged.iter().filter(|measures| measures.status == Status::Failed || measures.errors > 0).count();
    let durations = judged.iter().filter_map(|measures| measures.duration).filter(|&duration| duration > 0.0);
    let mut trend = [0; TREND_WEEKS];
    for week in judged.iter().filter_map(|measures| weeks_before_end(measures, window)) {
        if let Some(count) = trend.len().checked_sub(week + 1).and_then(|place| trend.get_mut(place)) {
            *count += 1;
        }
    }
    PatternReport {
        is_stored: patterns::is_up_to_date(&pattern, &statistics),
        statistics,
        per_month: statistics::a_month(judged.len() as f64, window),
        error_share: (!judged.is_empty()).then(|| failed as f64 / judged.len() as f64),
        duration: Quartiles::of(durations.collect()),
        trend,
        pattern,
    }
}

/// How many whole weeks before the end of the window a workflow lies.
fn weeks_before_end(measures: &Measures, window: &Window) -> Option<usize> {
    let age = window.last?.duration_since(measures.time?);
    usize::try_from(age.as_secs() / (7 * 86_400)).ok()
}

fn overview(census: &Census, linked: &[Linked], window: Window, reports: &[PatternReport]) -> Overview {
    let matched = census.finished_with_pattern(linked);
    let matched_measures = matched.iter().map(|&place| &census.workflows[place as usize].measures);
    let count =
        |has: fn(&Measures) -> bool| census.finished().filter(|measures| has(measures)).count() as u64;
    let present: u64 = linked.iter().map(|linked| linked.present.len() as u64).sum();
    let occurrences = linked.iter().map(|linked| linked.count).sum();
    Overview {
        window,
        workflows: census.workflows.len() as u64,
        finished: count(|_| true),
        matched: matched.len() as u64,
        without_cost: count(|measures| measures.cost.is_none_or(|cost| cost == 0.0)),
        without_time: count(|measures| measures.time.is_none()),
        repeated_rows: census.repeated_rows,
        occurrences,
        purged_occurrences: occurrences - present,
        spend_a_month: statistics::a_month(statistics::total_cost(census.finished()), &window),
        possible_saving_a_month: statistics::possible_saving_a_month(
            statistics::total_cost(matched_measures),
            &window,
        ),
        sum_of_pattern_savings: reports.iter().map(PatternReport::savings).sum::<f64>().min(f64::MAX),
        weeks: weeks(census, &window),
    }
}

fn weeks(census: &Census, window: &Window) -> Vec<Week> {
    let Some(last) = window.last else { return Vec::new() };
    let mut weeks = vec![Week::default(); TREND_WEEKS];
    for (place, week) in weeks.iter_mut().rev().enumerate() {
        week.begins = last.checked_sub(SignedDuration::from_hours(7 * 24 * (place as i64 + 1))).ok();
    }
    for measures in census.finished() {
        let place = weeks_before_end(measures, window).and_then(|week| TREND_WEEKS.checked_sub(week + 1));
        if let Some(place) = place {
            weeks[place].workflows += 1;
            weeks[place].cost += measures.cost.unwrap_or(0.0);
        }
    }
    weeks
}
