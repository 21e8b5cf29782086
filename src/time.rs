//! Times: as people give them to `--since` and `--until`, and as files hold them.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use crate::value::Value;

/// A time as the application writes it: ISO 8601, with a zone or (then it is UTC) without one, `T` or a space between
/// date and time. `None` where the text is no time; a time beyond what a timestamp can be is the last or first there is.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    if let Some(time) = parse_utc_seconds(text.as_bytes()) {
        return Some(time);
    }
    let pieces = PARSER.parse_pieces(text.trim()).ok()?;
    let local = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default());
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    let beyond = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Some(TimeZone::fixed(offset).to_timestamp(local).unwrap_or(beyond))
}

/// The form that nearly every row has, `YYYY-MM-DD HH:MM:SS` or with a `T`, without the general parser's cost.
fn parse_utc_seconds(text: &[u8]) -> Option<Timestamp> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let pair = |tens, ones| number(&[tens, ones]).map(|number| number as i8);
    let date = Date::new(number(&[y1, y2, y3, y4])?, pair(m1, m2)?, pair(d1, d2)?).ok()?;
    let time = Time::new(pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?, 0).ok()?;
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

/// The earliest time that is believed: AI developer workflows are younger than 2020.
pub const EARLIEST: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// A workflow's time: its `start_time`, else (missing, unparsable) its `created_at`. A time before 2020 or more than a
/// day after `now` is unknown. Calls `warn` with the column, the value and the problem.
pub fn workflow_time<'a>(
    start_time: Value<'a>,
    created_at: Value<'a>,
    now: Timestamp,
    mut warn: impl FnMut(&'static str, Value<'a>, &'static str),
) -> Option<Timestamp> {
    for (column, value) in [("start_time", start_time), ("created_at", created_at)] {
        let parsed = match value {
            Value::Null | Value::Text(b"") => continue,
            Value::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(parse_time),
            _ => None,
        };
        let Some(time) = parsed else {
            warn(column, value, "not a time");
            continue;
        };
        if time < EARLIEST {
            warn(column, value, "a time before 2020");
            return None;
        }
        if time.duration_since(now) > SignedDuration::from_hours(24) {
            warn(column, value, "more than a day in the future");
            return None;
        }
        return Some(time);
    }
    None
}

/// A time as flowmine and the application store it: `YYYY-MM-DD HH:MM:SS` in UTC.
pub fn stored_time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

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
