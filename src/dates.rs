//! Dates as people give them to `--since` and `--until`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::workflow::parse_time;

/// Which end of a span of time a date is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The beginning of the day.
    Since,
    /// The end of the day.
    Until,
}

/// The moment a person means: a date (`2026-10-01`), `today`, `yesterday`, so many days or weeks ago (`30d`, `12w`), or
/// a time (`2026-10-01T12:00`). Days are those of `zone`; a time without a zone is in `zone` too.
///
/// # Errors
/// A line that says what would be understood.
pub fn parse_bound(text: &str, bound: Bound, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let today = now.to_zoned(zone.clone()).date();
    let day = match text {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        _ => days_ago(text, today).or_else(|| text.parse::<Date>().ok().filter(|_| text.len() <= 10)),
    };
    let moment = match (day, bound) {
        (Some(day), Bound::Since) => start_of(day, zone),
        (Some(day), Bound::Until) => day.tomorrow().ok().and_then(|next| start_of(next, zone)),
        (None, _) => moment(text, zone),
    };
    moment.ok_or_else(|| {
        format!(
            "'{}' is no date: give 2026-10-01, 30d, 12w, today, yesterday or 2026-10-01T12:00",
            text.escape_debug()
        )
    })
}

fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|start| start.timestamp())
}

fn days_ago(text: &str, today: Date) -> Option<Date> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i32 = number.parse().ok().filter(|&number| (0..=40_000).contains(&number))?;
    let days = match unit {
        "d" => number,
        "w" => number.checked_mul(7)?,
        _ => return None,
    };
    today.checked_sub(days.days()).ok()
}

fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(zoned.timestamp());
    }
    parse_time(text)?;
    let local: jiff::civil::DateTime = text.parse().ok()?;
    local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}
