//! What was spent in each month or week, and lately.

use super::{Cell, Grid, ScreenLine, words};
use crate::analysis::Overview;
use crate::analysis::periods::{Period, PeriodKind};
use crate::statistics::DAYS_A_MONTH;

/// The table's title.
pub fn title(periods: &[Period]) -> &'static str {
    if are_months(periods) { "By month" } else { "By week" }
}

fn are_months(periods: &[Period]) -> bool {
    periods.first().is_none_or(is_month)
}

/// A row a period.
pub fn grid(periods: &[Period]) -> Grid {
    let highest = periods.iter().filter_map(|period| period.spend).fold(0.0, f64::max);
    let first_column = if are_months(periods) { "month" } else { "week from" };
    Grid::of(periods)
        .raw("kind", |period| if is_month(period) { "month" } else { "week" })
        .text("begins", first_column, u8::MAX, begins)
        .number("spend", "spend", u8::MAX, |period| {
            let idle = period.is_idle().then(|| "idle".to_owned());
            Cell::new(period.spend, idle.unwrap_or_else(|| words::cents(period.spend)))
        })
        .raw("least_operations_spend", |period| period.operations.least)
        .number("operations_spend", "of it in\noperations", 40, operations)
        .number("workflows", "workflows", u8::MAX, |period| Cell::count(period.workflows))
        .bars(highest, |period: &Period| period.spend.unwrap_or(0.0))
        .finish()
}

/// What was really spent in the last days of the history.
pub fn recent_spend(overview: &Overview) -> Option<ScreenLine> {
    // In a history of at most 30 days this is the whole spend.
    let spend = overview.spend_last_30_days.filter(|_| overview.window.monthly_factor() < 1.0)?;
    let spend = words::dollars(Some(spend));
    let days = words::days(DAYS_A_MONTH);
    Some(ScreenLine::fact("Spend", format!("{spend} in the last {days} of the history")))
}

fn is_month(period: &Period) -> bool {
    period.kind == PeriodKind::Month
}

fn begins(period: &Period) -> Cell {
    let day = period.begins.to_string();
    Cell::new(day.clone(), if is_month(period) { period.begins.strftime("%Y-%m").to_string() } else { day })
}

/// The operations' share of what was spent.
fn operations(period: &Period) -> Cell {
    let share = match period.operations_share() {
        _ if period.is_idle() => String::new(),
        Some((least, most)) => words::percents(least, most),
        None => words::unknown(),
    };
    Cell::new(period.operations.most, share)
}
