//! Times in transcripts: milliseconds since 1970, and the time that passes between lines.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// A longer gap is a person's absence, or a wait for a permission.
const LONGEST_GAP_MS: i64 = 300_000;

/// The milliseconds of a time as agents write it: RFC 3339, or without a zone in UTC.
pub fn milliseconds(text: &str) -> Option<i64> {
    let time: Option<Timestamp> = text.parse().ok();
    let time = time.or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    time.map(Timestamp::as_millisecond)
}

/// The time of these milliseconds.
pub fn timestamp(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The seconds of a gap between two lines that count as work.
pub fn active_seconds(from: i64, to: i64) -> f64 {
    to.saturating_sub(from).clamp(0, LONGEST_GAP_MS) as f64 / 1000.0
}
