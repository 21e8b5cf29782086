//! What was spent in each month or week, and lately.

use super::{Cell, Field, Grid, ScreenLine, bars, words};
use crate::analysis::Overview;
use crate::analysis::periods::{Period, PeriodKind};
use crate::statistics::DAYS_A_MONTH;

/// The table's title.
pub fn title(periods: &[Period]) -> &'static str {
    match kind(periods) {
        PeriodKind::Month => "By month",
        PeriodKind::Week => "By week",
    }
}

/// A row a period.
pub fn grid(periods: &[Period]) -> Grid {
    let highest = periods.iter().filter_map(|period| period.spend).fold(0.0, f64::max);
    let first_column = match kind(periods) {
        PeriodKind::Month => "month",
        PeriodKind::Week => "week from",
    };
    let columns = vec![
        Field::raw("kind"),
        Field::text("begins", first_column, u8::MAX),
        Field::number("spend", "spend", u8::MAX),
        Field::raw("least_operations_spend"),
        Field::number("operations_spend", "of it in\noperations", 40),
        Field::number("workflows", "workflows", u8::MAX),
        bars::column(highest),
    ];
    Grid::new(columns, periods.iter().map(|period| row(period, highest)).collect())
}

/// What was really spent in the last days of the history.
pub fn recent_spend(overview: &Overview) -> Option<ScreenLine> {
    // Of a history that is no longer they are all of it.
    let spend = overview.spend_last_30_days.filter(|_| overview.window.monthly_factor() < 1.0)?;
    let spend = words::dollars(Some(spend));
    let days = words::days(DAYS_A_MONTH);
    Some(ScreenLine::fact("Spend", format!("{spend} in the last {days} of the history")))
}

fn kind(periods: &[Period]) -> PeriodKind {
    periods.first().map_or(PeriodKind::Month, |period| period.kind)
}

fn row(period: &Period, highest: f64) -> Vec<Cell> {
    let (kind, begins) = match period.kind {
        PeriodKind::Month => ("month", period.begins.strftime("%Y-%m").to_string()),
        PeriodKind::Week => ("week", period.begins.to_string()),
    };
    let (spend, operations) = if period.is_idle() {
        ("idle".to_owned(), String::new())
    } else {
        let share = period.operations_share().map(|(least, most)| words::percents(least, most));
        (words::cents(period.spend), share.unwrap_or_else(words::unknown))
    };
    vec![
        Cell::raw(kind),
        Cell::new(period.begins.to_string(), begins),
        Cell::new(serde_json::json!(period.spend), spend),
        Cell::raw(period.operations.least),
        Cell::new(period.operations.most, operations),
        Cell::count(period.workflows),
        bars::bar(period.spend.unwrap_or(0.0), highest),
    ]
}
