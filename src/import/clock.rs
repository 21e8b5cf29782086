//! Times in transcripts: milliseconds since 1970, and the time that passes between lines.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A longer gap is a person's absence, or a wait for a permission.
const LONGEST_GAP_MS: i64 = 300_000;

/// The milliseconds of a time as agents write it: RFC 3339, or without a zone in UTC.
pub fn milliseconds(text: &str) -> Option<i64> {
    let in_utc = |time: DateTime| Offset::UTC.to_timestamp(time).ok();
    let time = usual(text).and_then(in_utc).or_else(|| text.parse().ok());
    time.or_else(|| in_utc(text.parse().ok()?)).map(Timestamp::as_millisecond)
}

/// A time as nearly all are written, `2026-02-03T00:00:01.000Z`: every line has one, and to read any form takes ten times
/// as long.
fn usual(text: &str) -> Option<DateTime> {
    let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    let number = |place: Range<usize>| {
        let digits = text[place].iter().map(|digit| digit.is_ascii_digit().then(|| i32::from(digit - b'0')));
        digits.reduce(|number, digit| Some(number? * 10 + digit?))?
    };
    let [month, day, hour, minute, second] = [5, 8, 11, 14, 17].map(|at| number(at..at + 2));
    let has_marks = marks.iter().all(|(at, mark)| text[*at] == *mark);
    let (year, fraction) = (number(0..4).filter(|_| has_marks)?, number(20..23)?);
    DateTime::new(
        year as i16,
        month? as i8,
        day? as i8,
        hour? as i8,
        minute? as i8,
        second? as i8,
        fraction * 1_000_000,
    )
    .ok()
}

/// The time of these milliseconds.
pub fn timestamp(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The seconds of a gap between two lines that count as work.
pub fn active_seconds(from: i64, to: i64) -> f64 {
    to.saturating_sub(from).clamp(0, LONGEST_GAP_MS) as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_is_read_as_any_form_is() {
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
            let any_form: Option<Timestamp> = text.parse().ok();
            assert_eq!(milliseconds(text), any_form.map(Timestamp::as_millisecond), "{text}");
        }
        assert_eq!(usual("2026-02-03T04:05:06.789Z").map(DateTime::minute), Some(5));
        assert_eq!(milliseconds("2026-02-03T04:05:06.789"), milliseconds("2026-02-03T04:05:06.789Z"));
    }
}
