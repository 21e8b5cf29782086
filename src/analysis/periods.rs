//! What was spent in each month of the history, or in each week of a short one.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Analysis, Overview, TimeSpan};
use crate::snapshot::Snapshot;
use crate::statistics::{self, CostRange, Window};
use crate::time::start_of;

/// A history of fewer days is shown by week.
const MONTHS_FROM_DAYS: f64 = 90.0;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    /// A calendar month.
    Month,
    /// A week, from Monday on.
    Week,
}

impl PeriodKind {
    fn of(window: &Window) -> Self {
        if window.days() < MONTHS_FROM_DAYS { Self::Week } else { Self::Month }
    }

    /// How many of them are shown: the last ones.
    fn most(self) -> usize {
        match self {
            Self::Month => 12,
            Self::Week => 13,
        }
    }

    /// The first day of the period in which this day lies.
    fn first_day(self, day: Date) -> Date {
        let before = match self {
            Self::Month => day.day() - 1,
            Self::Week => day.weekday().to_monday_zero_offset(),
        };
        day.checked_sub(i32::from(before).days()).unwrap_or(day)
    }

    /// The first day of the period before the one that begins on this day.
    fn before(self, begins: Date) -> Option<Date> {
        begins.yesterday().ok().map(|day| self.first_day(day))
    }
}

/// A month or a week of the history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// How long it is.
    pub kind: PeriodKind,
    /// Its first day.
    pub begins: Date,
    /// The known cost of its finished workflows in US dollars; `None` where none of them has a known cost.
    pub spend: Option<f64>,
    /// How much of that went into operations, automated ones included.
    pub operations: CostRange,
    /// Finished workflows.
    pub workflows: u64,
}

impl Period {
    /// Whether nothing ran in it.
    pub fn is_idle(&self) -> bool {
        self.workflows == 0
    }

    /// The operations' share of what was spent, at least and at most, 0 to 1; `None` where nothing is known to be
    /// spent.
    pub fn operations_share(&self) -> Option<(f64, f64)> {
        let spend = self.spend.filter(|spend| *spend > 0.0)?;
        Some((self.operations.least / spend, self.operations.most / spend))
    }

    fn idle(kind: PeriodKind, begins: Date) -> Self {
        Self { kind, begins, spend: None, operations: CostRange::default(), workflows: 0 }
    }
}

impl Analysis {
    /// The last 12 months of the span, or its last 13 weeks where the history in it covers fewer than 90 days; the
    /// latest last, none where no time is known. `snapshot` is the one that the analysis was made from; days are those
    /// of `zone`.
    pub fn periods(&self, snapshot: &mut Snapshot, zone: &TimeZone) -> Vec<Period> {
        let Overview { window, basis, .. } = &self.overview;
        let mut periods = empty_periods(window, &basis.span, zone);
        let starts: Vec<Timestamp> = periods.iter().map(|period| start_of(period.begins, zone)).collect();
        let position = |time: Option<Timestamp>| {
            let time = time?;
            starts.partition_point(|start| *start <= time).checked_sub(1)
        };
        for (workflow, measures) in snapshot.finished() {
            let Some(position) = position(measures.time) else { continue };
            let period = &mut periods[position];
            period.workflows += 1;
            if let Some(cost) = snapshot.spent_on(workflow) {
                period.spend = Some(statistics::finite(period.spend.unwrap_or(0.0) + cost));
            }
        }
        let links = snapshot.pattern_links();
        let operation_costs = snapshot.operation_costs(&links, |pattern| !pattern.is_excluded());
        for &workflow in &self.matched {
            let Some(position) = position(snapshot.workflow(workflow).measures.time) else { continue };
            periods[position].operations.add(operation_costs.range(workflow, snapshot.spent_on(workflow)));
        }
        periods
    }
}

fn empty_periods(window: &Window, span: &TimeSpan, zone: &TimeZone) -> Vec<Period> {
    let Some((first, last)) = window.first.zip(span.last_moment(window)) else { return Vec::new() };
    let kind = PeriodKind::of(window);
    let first_day_of = |time: Timestamp| kind.first_day(time.to_zoned(zone.clone()).date());
    let days = std::iter::successors(Some(first_day_of(last)), |begins| kind.before(*begins));
    // No periods from before the history began.
    let days = days.take_while(|begins| *begins >= first_day_of(first)).take(kind.most());
    let mut periods: Vec<_> = days.map(|begins| Period::idle(kind, begins)).collect();
    periods.reverse();
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_times_there_are_have_periods_in_every_zone() {
        let ends = [Timestamp::MIN, Timestamp::MAX];
        for (first, last) in [(0, 0), (1, 1), (0, 1)] {
            let window = Window { first: Some(ends[first]), last: Some(ends[last]) };
            for hours in [-12, 0, 14] {
                let zone = TimeZone::fixed(jiff::tz::offset(hours));
                let periods = empty_periods(&window, &TimeSpan::default(), &zone);
                assert!(!periods.is_empty(), "{window:?} {hours}");
            }
        }
    }
}
