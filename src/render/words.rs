//! How single values are put for people: money, times, shares.

use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::text;
use crate::statistics::Saving;
use crate::time::parse_time;

/// What stands for an unknown value.
pub const UNKNOWN: &str = "?";

/// The same as a cell's text.
pub fn unknown() -> String {
    UNKNOWN.to_owned()
}

/// US dollars with two decimals, or four below $0.10.
pub fn dollars(amount: Option<f64>) -> String {
    // A sum of nothing is -0 in floating point.
    match amount.map(|amount| amount + 0.0) {
        None => unknown(),
        Some(amount) if amount < 0.0 => format!("−{}", dollars(Some(-amount))),
        Some(amount) if amount != 0.0 && amount < 0.1 => format!("${amount:.4}"),
        Some(amount) if amount < 1e15 => format!("${}", grouped(&format!("{amount:.2}"))),
        Some(amount) => format!("${amount:.3e}"),
    }
}

/// US dollars in a column: always two decimals, so that the points are aligned.
pub fn cents(amount: Option<f64>) -> String {
    match amount {
        Some(amount) if amount < 0.0 => format!("−{}", cents(Some(-amount))),
        Some(amount) if amount > 0.0 && amount < 0.01 => "<$0.01".to_owned(),
        Some(amount) if (0.01..0.1).contains(&amount) => format!("${amount:.2}"),
        other => dollars(other),
    }
}

/// Two values put together, or one where both are shown alike.
pub fn one_or_both(least: &str, most: &str, both: impl FnOnce(&str, &str) -> String) -> String {
    if least == most { most.to_owned() } else { both(least, most) }
}

/// From at least to at most, in US dollars: `$0.90 to $3.10`, `up to $3.10` where nothing of it is sure, one amount, or `?`.
pub fn range(saving: Option<Saving>) -> String {
    from_to(saving, "up to", |least, most| format!("{least} to {most}"))
}

/// The same in words: `at least $0.90, at most $3.10`, `at most $3.10` where nothing of it is sure, one amount, or `?`.
pub fn bounds(saving: Option<Saving>) -> String {
    from_to(saving, "at most", |least, most| format!("at least {least}, at most {most}"))
}

fn from_to(saving: Option<Saving>, unsure: &str, both: impl FnOnce(&str, &str) -> String) -> String {
    let Some(saving) = saving else { return unknown() };
    let (least, most) = (dollars(Some(saving.least)), dollars(Some(saving.most)));
    if saving.least == 0.0 && saving.most > 0.0 {
        return format!("{unsure} {most}");
    }
    one_or_both(&least, &most, both)
}

/// Two shares, 0 to 1, as `10%–22%`, or one.
pub fn percents(least: f64, most: f64) -> String {
    one_or_both(&percent(Some(least)), &percent(Some(most)), |least, most| format!("{least}–{most}"))
}

/// US dollars with nine significant digits, to calculate with.
pub fn precise_dollars(amount: f64) -> String {
    format!("${}", precise(amount))
}

/// A share, 0 to 1, as percent with nine significant digits, to calculate with.
pub fn precise_percent(share: f64) -> String {
    format!("{}%", precise(share * 100.0))
}

/// A number with nine significant digits, without zeros at the end of a fraction.
pub fn precise(number: f64) -> String {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    if !(-9.0..15.0).contains(&magnitude) {
        return format!("{number:.8e}");
    }
    let digits = format!("{number:.*}", (8.0 - magnitude).clamp(0.0, 17.0) as usize);
    let has_fraction = digits.contains('.');
    grouped(if has_fraction { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits })
}

/// A number with one digit after the point.
pub fn tenths(number: f64) -> String {
    if number < 1e15 { grouped(&format!("{number:.1}")) } else { format!("{number:.3e}") }
}

/// A whole number with its thousands set apart.
pub fn whole(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Digits with the thousands of the whole part set apart.
fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    whole.parse().map_or(digits.to_owned(), |number| format!("{}{fraction}", HumanCount(number)))
}

/// A share, 0 to 1, as whole percent; `<1%` and `>99%` where it is not quite none or all.
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => unknown(),
        Some(share) if share > 0.0 && share < 0.01 => "<1%".to_owned(),
        Some(share) if share < 1.0 && share > 0.99 => ">99%".to_owned(),
        Some(share) => format!("{:.0}%", share * 100.0),
    }
}

/// Seconds as `42s`, `3m 20s` or `1h 05m`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {:02}m", minutes % 60),
    }
}

/// Two durations as `45s–3.5m`, `3.5–12m`, or one where both are shown alike.
pub fn spread(lower: f64, upper: f64) -> String {
    let ((from, unit), (to, other)) = (in_unit(lower), in_unit(upper));
    one_or_both(&format!("{from}{unit}"), &format!("{to}{other}"), |lower, upper| {
        format!("{}–{upper}", if unit == other { &from } else { lower })
    })
}

/// Seconds in one unit and few characters: `42s`, `3.5m`, `12m`, `1.1h`, `4.2d`.
fn in_unit(seconds: f64) -> (String, &'static str) {
    let (value, unit) = match seconds {
        s if s < 59.5 => return (format!("{s:.0}"), "s"),
        s if s < 59.5 * 60.0 => (s / 60.0, "m"),
        s if s < 99.5 * 3600.0 => (s / 3600.0, "h"),
        s => (s / 86_400.0, "d"),
    };
    let text = match value {
        v if v < 9.95 => format!("{v:.1}"),
        v if v < 1e6 => format!("{v:.0}"),
        v => format!("{v:.0e}"),
    };
    (text, unit)
}

/// A day in few characters: `20 Nov` in the given year, else `Nov 2025`.
pub fn short_day(time: Option<Timestamp>, zone: &TimeZone, year: Option<i16>) -> String {
    let Some(day) = time.map(|time| time.to_zoned(zone.clone()).date()) else { return unknown() };
    let format = if Some(day.year()) == year { "%-d %b" } else { "%b %Y" };
    day.strftime(format).to_string()
}

/// A moment in the given zone, to the minute.
pub fn moment(time: Option<Timestamp>, zone: &TimeZone) -> String {
    let shown = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    time.map_or_else(unknown, shown)
}

/// Which prices dollars are computed with.
pub fn prices(as_of: Date, own: bool) -> String {
    let own = if own { " and those given with --prices" } else { "" };
    format!("prices as of {as_of}{own}")
}

/// A day in the given zone.
pub fn day(time: Option<Timestamp>, zone: &TimeZone) -> String {
    time.map_or_else(unknown, |time| time.to_zoned(zone.clone()).date().to_string())
}

/// Who did something, when and why, as far as that was said: ` by ana on 2026-11-26: a trial`.
pub fn said(by: Option<&str>, at: Option<&str>, note: Option<&str>, zone: &TimeZone) -> String {
    let by = by.map(|by| format!(" by {}", text::safe(by)));
    let at = at.and_then(parse_time).map(|at| format!(" on {}", day(Some(at), zone)));
    let note = note.filter(|note| !note.is_empty()).map(|note| format!(": {}", text::safe(note)));
    [by, at, note].into_iter().flatten().collect()
}

/// Days with one digit after the point: `1 day`, `122.9 days`.
pub fn days(days: f64) -> String {
    let text = tenths(days);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    format!("{text} {}", if text == "1" { "day" } else { "days" })
}

/// One or many of something: `1 workflow`, `2 workflows`.
pub fn count(number: u64, one: &str) -> String {
    let many = if number == 1 { one.to_owned() } else { format!("{one}s") };
    format!("{} {many}", whole(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_cents_and_more_where_they_would_be_nothing() {
        let shown =
            [0.0, -0.0, 0.0074, 0.0999, 0.1, 1.005, 1234.5, 1e14, 1e300].map(|amount| dollars(Some(amount)));
        let expected = [
            "$0.00",
            "$0.00",
            "$0.0074",
            "$0.0999",
            "$0.10",
            "$1.00",
            "$1,234.50",
            "$100,000,000,000,000.00",
            "$1.000e300",
        ];
        assert_eq!(shown, expected);
        assert_eq!(dollars(None), "?");
    }

    #[test]
    fn money_that_was_lost_has_its_sign_before_it() {
        assert_eq!([-0.0074, -1234.5].map(|amount| dollars(Some(amount))), ["−$0.0074", "−$1,234.50"]);
        assert_eq!([-0.0074, -1234.5].map(|amount| cents(Some(amount))), ["−<$0.01", "−$1,234.50"]);
    }

    #[test]
    fn money_in_a_column_has_two_decimals() {
        let shown = [0.0, 1e-9, 0.0099, 0.01, 0.032, 0.1, 1234.5].map(|amount| cents(Some(amount)));
        assert_eq!(shown, ["$0.00", "<$0.01", "<$0.01", "$0.01", "$0.03", "$0.10", "$1,234.50"]);
        assert_eq!(cents(None), "?");
    }

    #[test]
    fn precise_numbers_have_nine_digits_that_count() {
        let shown =
            [0.0, 0.5, 0.164_444_828_123, 0.008_222_241_406_15, 123.037_280_092_5, 183_844.07, 1e-12, 1e18]
                .map(precise);
        assert_eq!(
            shown,
            [
                "0",
                "0.5",
                "0.164444828",
                "0.00822224141",
                "123.03728",
                "183,844.07",
                "1.00000000e-12",
                "1.00000000e18"
            ]
        );
    }

    #[test]
    fn a_share_is_nothing_or_everything_only_where_it_is() {
        let shown = [0.0, 0.004, 0.01, 0.5, 0.99, 0.996, 1.0].map(|share| percent(Some(share)));
        assert_eq!(shown, ["0%", "<1%", "1%", "50%", "99%", ">99%", "100%"]);
    }

    #[test]
    fn durations_are_short_in_a_column() {
        assert_eq!(spread(45.0, 45.2), "45s");
        assert_eq!(spread(45.0, 210.0), "45s–3.5m");
        assert_eq!(spread(210.0, 700.0), "3.5–12m");
        assert_eq!(spread(59.6, 3599.0), "1.0m–1.0h");
        assert_eq!(spread(4e5, 1e300), "4.6–1e295d");
    }

    #[test]
    fn a_day_of_another_year_shows_the_year() {
        let time = "2025-11-09T23:30:00Z".parse().ok();
        assert_eq!(short_day(time, &TimeZone::UTC, Some(2025)), "9 Nov");
        assert_eq!(short_day(time, &TimeZone::UTC, Some(2026)), "Nov 2025");
        assert_eq!(short_day(None, &TimeZone::UTC, Some(2026)), "?");
    }
}
