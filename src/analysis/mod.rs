//! What is shown of a file: each pattern with its statistics, the whole file, and one pattern in detail. It is computed
//! from a [`Snapshot`], so that it is what the file's links and history say now, whatever is stored. `db` is asked only
//! for what a snapshot lacks.

pub mod detail;
pub mod list;
pub mod lookup;
pub mod overview;
pub mod periods;
pub mod realised;

use jiff::{SignedDuration, Timestamp};

use crate::db::{Database, Result, patterns};
use crate::detect::{JudgementRules, RuleSet};
use crate::snapshot::{PatternLinks, Snapshot, StoredPattern, StoredStatistics, WorkflowIndex};
use crate::statistics::realised::Realised;
use crate::statistics::{
    self, CostRange, MOST_CONSISTENCY, PatternStatistics, Quartiles, Saving, TREND_WEEKS, ToolShare, Window,
};
use crate::time::parse_time;

pub use overview::{OutsideSpan, Overview};

/// The confidence from which a pattern is worth automating.
pub const CANDIDATE_CONFIDENCE: f64 = 70.0;
/// The savings at most, in US dollars a month, from which it is.
pub const CANDIDATE_SAVINGS: f64 = 0.50;

/// Whether a pattern is worth automating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Candidate,
    /// It is implemented, active or deprecated.
    Settled,
    /// A person left it out of the figures.
    Excluded,
    /// It takes judgement, so that a script alone cannot do it.
    TakesJudgement,
    /// Its confidence is too low.
    Unsure,
    /// It would save too little.
    TooCheap,
}

/// A pattern with all that is shown of it in a list.
#[derive(Clone, Debug)]
pub struct PatternAnalysis {
    /// The row of `operation_patterns`; its id is `None` where a dry run would create it.
    pub pattern: StoredPattern,
    /// Its statistics, computed now.
    pub statistics: PatternStatistics,
    /// Of its workflows, in the history or not, those that a person left out.
    pub excluded_workflows: u64,
    /// What its finished workflows cost, and what of that is known to be its own.
    pub cost: CostRange,
    /// Whether the stored statistics are the ones computed now; meaningless where only a span of time was looked at.
    pub is_stored: bool,
    /// The time by which its sums are converted to a month: the history's, or, where none of its workflows is left, the
    /// one in which its occurrences were detected.
    pub window: Window,
    /// The share of finished workflows that failed or had errors, 0 to 1; `None` without any.
    pub error_share: Option<f64>,
    /// The quartiles of the known, non-zero durations in seconds; `None` without any.
    pub duration: Option<Quartiles>,
    /// Finished workflows in each of the history's last weeks, the latest last.
    pub trend: [u64; TREND_WEEKS],
    /// What automating it has saved; `None` where no tool does it.
    pub realised: Option<Realised>,
}

impl PatternAnalysis {
    /// `detected` is when its workflows were linked with it, where none of them is left.
    fn of(
        snapshot: &Snapshot,
        (stored, links): (&StoredPattern, &PatternLinks),
        detected: Option<Window>,
        basis: &Basis,
    ) -> Self {
        let mut pattern = stored.clone();
        if !basis.span.is_everything() {
            // What is stored is the whole file's, and says nothing of the span.
            (pattern.stored, pattern.last_seen) = (StoredStatistics::default(), None);
        }
        let statistics = pattern.statistics(links, &detected.unwrap_or_default());
        let window = detected.unwrap_or_else(|| snapshot.window());
        Self {
            is_stored: patterns::is_up_to_date(&pattern, &statistics),
            statistics: statistics.assuming(basis.tool_share, &window),
            window,
            excluded_workflows: links.excluded,
            cost: links.cost,
            error_share: links.summary.error_share,
            duration: links.summary.duration,
            trend: links.summary.trend,
            realised: realised::of(snapshot, &pattern, links),
            pattern,
        }
    }

    /// From at least to at most; `None` where no cost is known.
    pub fn saving_range(&self) -> Option<Saving> {
        Saving::of_pattern(&self.statistics, &self.cost, self.pattern.judgement, &self.window)
    }

    /// At most, in US dollars a month; 0 where no cost is known.
    pub fn most_savings(&self) -> f64 {
        self.saving_range().unwrap_or_default().most
    }

    /// How many workflows a month its savings are computed for.
    pub fn per_month(&self) -> f64 {
        statistics::a_month(self.statistics.workflows_saved() as f64, &self.window)
    }

    /// Whether none of its workflows is left, but it still has savings.
    fn is_remembered(&self) -> bool {
        self.statistics.remembered.is_some() && self.most_savings() > 0.0
    }

    /// Whether it adds to the total: it is open, saves something and has workflows that are left.
    fn is_in_total(&self) -> bool {
        self.pattern.is_in_totals() && self.most_savings() > 0.0 && !self.is_remembered()
    }

    /// Whether its workflows take nearly the same time.
    pub fn is_steady(&self) -> bool {
        self.statistics.confidence.consistency >= MOST_CONSISTENCY
    }

    /// Whether to automate it.
    pub fn verdict(&self) -> Verdict {
        let is_sure = self.statistics.confidence.score() >= CANDIDATE_CONFIDENCE;
        let is_worth_it = self.most_savings() >= CANDIDATE_SAVINGS;
        if self.pattern.is_excluded() {
            Verdict::Excluded
        } else if !self.pattern.is_open() {
            Verdict::Settled
        } else if self.pattern.takes_judgement() {
            Verdict::TakesJudgement
        } else if is_sure && is_worth_it {
            Verdict::Candidate
        } else if is_sure {
            Verdict::TooCheap
        } else {
            Verdict::Unsure
        }
    }

    /// The latest known time of the pattern's workflows, else what is stored.
    pub fn last_seen(&self) -> Option<Timestamp> {
        let stored = || self.pattern.last_seen.as_deref().and_then(parse_time);
        self.statistics.last_seen.or_else(stored)
    }
}

/// What figures are computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Basis {
    /// The part of the history that is looked at.
    pub span: TimeSpan,
    /// What a tool is assumed to cost.
    pub tool_share: ToolShare,
}

/// Which part of the history to look at: workflows whose known time lies in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TimeSpan {
    /// At or after this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
}

impl TimeSpan {
    /// Whether it is the whole history, workflows without a known time included.
    pub fn is_everything(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// The last moment of the span in a window that was cut to it; `until` itself is not in the span.
    fn last_moment(&self, window: &Window) -> Option<Timestamp> {
        let last = window.last?;
        let is_cut = self.until.is_some_and(|until| until <= last);
        if is_cut { last.checked_sub(SignedDuration::from_nanos(1)).ok() } else { Some(last) }
    }

    fn holds(&self, time: Option<Timestamp>) -> bool {
        time.is_some_and(|time| {
            self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
        })
    }

    /// The part of a window that lies in the span.
    fn of(&self, window: Window) -> Window {
        let first = window.first.max(self.since);
        let last = self.until.map_or(window.last, |until| window.last.map(|last| last.min(until)));
        match (first, last) {
            (Some(first), Some(last)) if first <= last => Window { first: Some(first), last: Some(last) },
            _ => Window::default(),
        }
    }
}

/// All there is to say about a file.
pub struct Analysis {
    /// In id order.
    pub patterns: Vec<PatternAnalysis>,
    /// The whole.
    pub overview: Overview,
    /// Rows of `operation_patterns` that are another program's: in no list and in no total, and left as they are.
    pub foreign_patterns: Vec<StoredPattern>,
    /// The finished workflows with at least one pattern, in rowid order.
    matched: Vec<WorkflowIndex>,
}

impl Analysis {
    /// Analyses the file. The rules `default` say which operations take judgement.
    pub fn read(db: &Database, now: Timestamp) -> Result<Self> {
        let mut snapshot = db.snapshot(now)?;
        if let Some(rules) = JudgementRules::builtin(RuleSet::BUILTIN[0]) {
            snapshot.mark_judgement(|signature| rules.needs_judgement(signature));
        }
        Self::of(db, &mut snapshot)
    }

    /// Analyses a snapshot of `db`.
    pub fn of(db: &Database, snapshot: &mut Snapshot) -> Result<Self> {
        Self::on_basis(db, snapshot, Basis::default())
    }

    /// Analyses a span of time, as if the history held nothing else; the snapshot is restricted to it. Sums are
    /// converted to a month by the length of the part of the span that the history covers. Whether the stored
    /// statistics are up to date does not depend on the tool share.
    pub fn on_basis(db: &Database, snapshot: &mut Snapshot, basis: Basis) -> Result<Self> {
        // A pattern without a link in the span is flowmine's all the same.
        let all_links = snapshot.pattern_links();
        let rows = snapshot.patterns.iter().zip(all_links.iter());
        let foreign = rows.filter(|(pattern, links)| pattern.is_foreign(links));
        let foreign_patterns = foreign.map(|(pattern, _)| pattern.clone()).collect();
        let outside = (!basis.span.is_everything()).then(|| restrict(snapshot, &basis.span));
        let pattern_links = snapshot.pattern_links();
        let patterns = analysed(db, snapshot, &pattern_links, &basis)?;
        let (overview, matched) = overview::of(snapshot, &pattern_links, &patterns, basis);
        let overview = Overview { outside, ..overview };
        Ok(Self { patterns, overview, foreign_patterns, matched })
    }
}

/// Restricts a snapshot to a span; answers which finished workflows lie outside it.
fn restrict(snapshot: &mut Snapshot, span: &TimeSpan) -> OutsideSpan {
    let mut outside = OutsideSpan::default();
    for (_, measures) in snapshot.finished() {
        outside.workflows += u64::from(!span.holds(measures.time));
        outside.untimed += u64::from(measures.time.is_none());
    }
    snapshot.restrict(span.of(snapshot.window()), |measures| span.holds(measures.time));
    outside
}

/// Analyses the patterns that are shown: all but those that were removed in this run, or not seen in the span.
fn analysed(
    db: &Database,
    snapshot: &Snapshot,
    pattern_links: &[PatternLinks],
    basis: &Basis,
) -> Result<Vec<PatternAnalysis>> {
    let is_everything = basis.span.is_everything();
    let is_shown = |(pattern, links): &(&StoredPattern, &PatternLinks)| {
        (pattern.id.is_some() && is_everything && !pattern.is_foreign(links)) || links.count > 0
    };
    let shown: Vec<_> = snapshot.patterns.iter().zip(pattern_links).filter(is_shown).collect();
    let is_gone = |links: &PatternLinks| is_everything && links.summary.statistics.is_none();
    let gone = shown.iter().filter(|(_, links)| is_gone(links)).filter_map(|(pattern, _)| pattern.id);
    let windows = db.detection_windows(&gone.collect::<Vec<_>>())?;
    let window =
        |pattern: &StoredPattern| pattern.id.and_then(|id| windows.get(&id)).copied().unwrap_or_default();
    let of = |(pattern, links)| {
        let detected = is_gone(links).then(|| window(pattern));
        PatternAnalysis::of(snapshot, (pattern, links), detected, basis)
    };
    Ok(shown.into_iter().map(of).collect())
}
