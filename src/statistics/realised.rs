//! What a tool has saved: what its operation cost a month before the tool did it, and what it costs since.

use jiff::{SignedDuration, Timestamp};

use super::{DAYS_A_MONTH, SECONDS_A_DAY, Window, finite};
use crate::workflow::Measures;

/// How many days before the tool are compared with.
pub const DAYS_BEFORE: f64 = 90.0;
/// How many days of history it takes to tell what an operation costs a month.
pub const DAYS_NEEDED: f64 = 7.0;

/// What an operation cost in a part of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpanCost {
    /// How many days of the history lie in it, with fractions; 0 without any.
    pub days: f64,
    /// In how many workflows the operation was seen.
    pub workflows: u64,
    /// US dollars a month of 30 days; `None` where fewer than 7 days of the history lie in it, or where none of its
    /// workflows has a known cost.
    pub a_month: Option<f64>,
}

impl SpanCost {
    fn of<'a>(finished: impl Iterator<Item = &'a Measures>, from: Timestamp, to: Timestamp) -> Self {
        let days = (to.duration_since(from).as_secs_f64() / SECONDS_A_DAY).max(0.0);
        let (mut workflows, mut known, mut sum) = (0, 0, 0.0);
        for measures in finished {
            workflows += 1;
            known += u64::from(measures.cost.is_some());
            sum += measures.cost.unwrap_or(0.0);
        }
        let is_known = days >= DAYS_NEEDED && (known > 0 || workflows == 0);
        Self { days, workflows, a_month: is_known.then(|| finite(sum / days * DAYS_A_MONTH)) }
    }
}

/// What an operation cost before a tool did it, and what it costs since.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Realised {
    /// Since when a tool does it; `None` where that is unknown.
    pub since: Option<Timestamp>,
    /// Its cost in the 90 days before. Where it was not seen in them there is nothing to compare with.
    pub before: SpanCost,
    /// Its cost from then on, to the end of the history.
    pub after: SpanCost,
}

impl Realised {
    /// Compares the costs of an operation's finished workflows, in rowid order, before and since; `window` spans all
    /// finished workflows of the history.
    pub fn of(finished: &[Measures], since: Option<Timestamp>, window: &Window) -> Self {
        let (Some(since), Some(first), Some(last)) = (since, window.first, window.last) else {
            return Self { since, ..Self::default() };
        };
        let within = |from: Timestamp, to: Option<Timestamp>| {
            finished.iter().filter(move |measures| {
                measures.time.is_some_and(|time| time >= from && to.is_none_or(|to| time < to))
            })
        };
        let days = SignedDuration::from_secs_f64(DAYS_BEFORE * SECONDS_A_DAY);
        let from = since.checked_sub(days).map_or(first, |from| from.max(first));
        let mut before = SpanCost::of(within(from, Some(since)), from, since.min(last));
        before.a_month = before.a_month.filter(|_| before.workflows > 0);
        let after = SpanCost::of(within(since, None), since.max(first), last);
        Self { since: Some(since), before, after }
    }

    /// What is saved, in US dollars a month; below 0 where the operation costs more than before. `None` where it is
    /// unknown, or too early to tell.
    pub fn saved(&self) -> Option<f64> {
        self.before.a_month.zip(self.after.a_month).map(|(before, after)| before - after)
    }

    /// Whether all that is missing is more days of history since.
    pub fn is_too_early(&self) -> bool {
        self.before.a_month.is_some() && self.after.days < DAYS_NEEDED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: &str, cost: Option<f64>) -> Measures {
        Measures { cost, time: Some(time(day)), ..Measures::default() }
    }

    fn time(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn window(first: &str, last: &str) -> Window {
        Window { first: Some(time(first)), last: Some(time(last)) }
    }

    fn realised(finished: &[Measures], window: &Window) -> Realised {
        Realised::of(finished, Some(time("2026-05-01")), window)
    }

    #[test]
    fn a_month_before_is_told_from_the_90_days_before() {
        let finished = [
            on("2026-01-30", Some(100.0)),
            on("2026-01-31", Some(2.0)),
            on("2026-04-30", Some(7.0)),
            on("2026-05-01", Some(4.0)),
        ];
        let realised = realised(&finished, &window("2025-01-01", "2026-05-31"));
        assert_eq!((realised.before.days, realised.before.a_month), (90.0, Some(3.0)));
        assert_eq!((realised.after.days, realised.after.a_month), (30.0, Some(4.0)));
        assert_eq!(realised.saved(), Some(-1.0), "it costs more than before");
    }

    #[test]
    fn a_month_before_is_told_from_the_beginning_of_a_younger_history() {
        let finished = [on("2026-04-01", Some(3.0))];
        let realised = realised(&finished, &window("2026-04-01", "2026-05-11"));
        assert_eq!((realised.before.a_month, realised.after.a_month), (Some(3.0), Some(0.0)));
        assert_eq!(realised.saved(), Some(3.0));
    }

    #[test]
    fn it_is_too_early_before_seven_days_of_history_since() {
        let finished = [on("2026-04-01", Some(3.0))];
        for (last, is_too_early) in [("2026-04-20", true), ("2026-05-07", true), ("2026-05-08", false)] {
            let realised = realised(&finished, &window("2026-04-01", last));
            assert_eq!((realised.is_too_early(), realised.saved().is_none()), (is_too_early, is_too_early));
        }
    }

    #[test]
    fn without_anything_before_it_is_unknown() {
        let finished = [on("2026-05-02", Some(3.0))];
        for first in ["2026-01-01", "2026-04-29", "2026-05-02"] {
            let realised = realised(&finished, &window(first, "2026-06-30"));
            assert_eq!((realised.before.a_month, realised.is_too_early()), (None, false), "{first}");
        }
        let without_date = Realised::of(&finished, None, &window("2026-01-01", "2026-06-30"));
        assert_eq!((without_date.saved(), without_date.is_too_early()), (None, false));
    }

    #[test]
    fn a_history_that_begins_long_after_has_so_many_days_as_it_lasts() {
        let finished = [on("2026-06-10", Some(3.0))];
        let realised = realised(&finished, &window("2026-06-01", "2026-07-01"));
        assert_eq!((realised.after.days, realised.after.a_month), (30.0, Some(3.0)));
    }

    #[test]
    fn a_history_that_ended_long_before_has_nothing_to_compare_with() {
        let finished = [on("2025-12-01", Some(3.0))];
        let realised = realised(&finished, &window("2025-01-01", "2026-01-01"));
        assert_eq!((realised.before.days, realised.before.a_month), (0.0, None));
    }

    #[test]
    fn costs_that_nobody_knows_are_no_saving() {
        let finished = [on("2026-04-01", Some(3.0)), on("2026-05-02", None)];
        let realised = realised(&finished, &window("2026-01-01", "2026-06-30"));
        assert_eq!((realised.after.workflows, realised.after.a_month, realised.saved()), (1, None, None));
    }

    #[test]
    fn the_first_and_the_last_moment_there_are_can_be_compared_at() {
        let finished = [on("2026-05-02", Some(f64::MAX)), on("2026-05-03", Some(f64::MAX))];
        let ends = Window { first: Some(Timestamp::MIN), last: Some(Timestamp::MAX) };
        for since in [Timestamp::MIN, time("2026-05-10"), Timestamp::MAX] {
            let realised = Realised::of(&finished, Some(since), &ends);
            assert!(realised.saved().is_none_or(f64::is_finite), "{realised:?}");
        }
    }
}
