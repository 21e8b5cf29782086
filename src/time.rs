//! Times: as people give them to `--since` and `--until`, and as files hold them.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use crate::value::Value;

/// A time as programs write it: ISO 8601 with an offset, with a zone's name in brackets (RFC 9557) or with neither
/// (then it is UTC), `T` or a space between date and time; or the seconds or milliseconds since 1970. `None` where the
/// text is no time or its zone is not known; a time beyond the range of [`Timestamp`] becomes the first or last one of
/// it.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    parse_utc_seconds(text.as_bytes())
        .or_else(|| parse_since_1970(text))
        .or_else(|| parse_iso(text))
        .or_else(|| parse_iso(&as_iso(text)?))
}

fn parse_iso(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let pieces = PARSER.parse_pieces(text).ok()?;
    let local = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default());
    // An offset says which moment it is; a zone alone says which clock was read.
    let zone = match pieces.to_numeric_offset() {
        Some(offset) => TimeZone::fixed(offset),
        None => pieces.to_time_zone().ok()?.unwrap_or(TimeZone::UTC),
    };
    let beyond = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Some(zone.to_timestamp(local).unwrap_or(beyond))
}

/// The spellings of other programs that differ from ISO 8601 in blanks or in `UTC`: Go's `… +0000 UTC`, `… Z`, `… UTC`.
fn as_iso(text: &str) -> Option<String> {
    let without_utc = text.strip_suffix("UTC").unwrap_or(text).trim_end();
    let (local, offset) = without_utc.rsplit_once(' ').unwrap_or((without_utc, ""));
    if offset == "Z" || offset.starts_with(['+', '-']) {
        return Some(format!("{}{offset}", local.trim_end()));
    }
    (without_utc.len() < text.len()).then(|| format!("{without_utc}Z"))
}

/// Ten digits are seconds since 1970, thirteen are milliseconds.
fn parse_since_1970(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) || fraction.is_empty() {
        return None;
    }
    match whole.len() {
        10 => Timestamp::from_second(whole.parse().ok()?).ok(),
        13 => Timestamp::from_millisecond(whole.parse().ok()?).ok(),
        _ => None,
    }
}

/// Reads the two forms that nearly all rows and lines of transcripts have, `YYYY-MM-DD HH:MM:SS` and
/// `YYYY-MM-DDTHH:MM:SS.mmmZ`, without the general parser's cost.
fn parse_utc_seconds(text: &[u8]) -> Option<Timestamp> {
    let (text, milliseconds) = match text {
        [text @ .., b'.', m1, m2, m3, b'Z'] => (text, [*m1, *m2, *m3]),
        text => (text, *b"000"),
    };
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
    let nanosecond = i32::from(number(&milliseconds)?) * 1_000_000;
    let time = Time::new(pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?, nanosecond).ok()?;
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

/// The earliest time that is believed, 2020-01-01T00:00:00Z: AI developer workflows are younger than that.
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
            Value::Integer(number) => parse_since_1970(&number.to_string()),
            Value::Real(number) => parse_since_1970(&number.to_string()),
            Value::Blob(_) | Value::Long => None,
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
    /// The end of the day, which is the first moment of the next one.
    Until,
}

/// The moment a person means: a date (`2026-10-01`), `today`, `yesterday`, a number of days or weeks ago (`30d`,
/// `12w`), or a time (`2026-10-01T12:00`). Days are those of `zone`; a time without a zone is in `zone` too.
///
/// # Errors
/// One line that names the forms that are understood.
pub fn parse_bound(text: &str, bound: Bound, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let today = now.to_zoned(zone.clone()).date();
    let day = match text {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        _ => days_ago(text, today).or_else(|| text.parse::<Date>().ok().filter(|_| text.len() <= 10)),
    };
    let moment = match (day, bound) {
        (Some(day), Bound::Since) => Some(start_of(day, zone)),
        (Some(day), Bound::Until) => Some(day.tomorrow().map_or(Timestamp::MAX, |next| start_of(next, zone))),
        (None, _) => moment(text, zone),
    };
    moment.ok_or_else(|| {
        format!(
            "'{}' is no date: give 2026-10-01, 30d, 12w, today, yesterday or 2026-10-01T12:00",
            text.escape_debug()
        )
    })
}

/// The first moment of a day; of a day beyond the range of [`Timestamp`] the first or last one of it.
pub fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    let beyond = if day.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    day.to_zoned(zone.clone()).map_or(beyond, |start| start.timestamp())
}

fn days_ago(text: &str, today: Date) -> Option<Date> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i32 = number.parse().ok().filter(|&number| (0..=40_000).contains(&number))?;
    let days = match unit {
        "d" => number,
        "w" => number * 7,
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
    // A time in a zone that nobody knows is refused here: the parser below overlooks the zone's name.
    parse_time(text)?;
    let local: jiff::civil::DateTime = text.parse().ok()?;
    local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<String> {
        parse_time(text).map(|time| time.to_string())
    }

    #[test]
    fn a_time_is_read_in_every_spelling_that_programs_use() {
        let spellings = [
            "2026-11-20 10:11:12",
            "2026-11-20T10:11:12Z",
            "2026-11-20T10:11:12+00:00",
            "2026-11-20T12:11:12+0200",
            "2026-11-20T12:11:12+02",
            "2026-11-20 12:11:12 +0200",
            "2026-11-20 10:11:12 UTC",
            "2026-11-20 10:11:12 Z",
            "2026-11-20 10:11:12 +0000 UTC",
            "2026-11-20T11:11:12[Europe/Berlin]",
            "2026-11-20T11:11:12+01:00[Europe/Berlin]",
            "  2026-11-20 10:11:12  ",
            "1795169472",
            "1795169472000",
        ];
        for spelling in spellings {
            assert_eq!(time(spelling).as_deref(), Some("2026-11-20T10:11:12Z"), "{spelling}");
        }
    }

    #[test]
    fn a_fraction_follows_a_point_or_a_comma() {
        for spelling in
            ["2026-11-20T10:11:12.5Z", "2026-11-20T10:11:12,5Z", "2026-11-20 10:11:12.5 +0000 UTC"]
        {
            assert_eq!(time(spelling).as_deref(), Some("2026-11-20T10:11:12.5Z"), "{spelling}");
        }
    }

    #[test]
    fn the_usual_forms_are_read_as_any_form_is() {
        for text in [
            "2026-02-03T04:05:06.789Z",
            "2024-02-29T23:59:59.999Z",
            "1969-12-31T23:59:59.001Z",
            "2026-02-03T23:59:60.000Z",
            "2026-02-30T00:00:00.000Z",
            "2026-02-03T24:00:00.000Z",
            "2026-02-03 04:05:06.789Z",
            "2026-02-03T04:05:06,789Z",
            "2026-02-03T04:05:0x.789Z",
        ] {
            assert_eq!(parse_time(text), text.parse().ok(), "{text}");
        }
        assert_eq!(time("2026-02-03T04:05:06.789"), time("2026-02-03T04:05:06.789Z"));
    }

    #[test]
    fn what_is_no_time_is_unknown_and_never_wrong() {
        let spellings = [
            "",
            "soon",
            "2026-11-20T10:11:12[Middle/Earth]",
            "2026-13-01",
            "12345",
            "UTC",
            "1795169472.",
            "-",
        ];
        for spelling in spellings {
            assert_eq!(time(spelling), None, "{spelling}");
        }
    }

    #[test]
    fn the_last_days_there_are_can_be_bounds() {
        let now = "2026-11-01T12:00:00Z".parse().unwrap();
        for day in ["9999-12-30", "9999-12-31"] {
            for bound in [Bound::Since, Bound::Until] {
                let moment = parse_bound(day, bound, now, &TimeZone::UTC).unwrap();
                assert!(moment.to_string().starts_with("9999-12-30"), "{day}: {moment}");
            }
        }
    }
}
