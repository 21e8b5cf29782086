//! How single values are put for people: money, times, shares, text from a file.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paint;

/// What stands for a value nobody knows.
pub const UNKNOWN: &str = "?";

/// Whether a character could do more to a terminal than show itself: control characters, line and paragraph
/// separators, and the format characters, with which text can be reordered or hidden.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Text from a file as it may be shown: unsafe characters as `\u{…}`.
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match is_unsafe(character) {
            true => safe.extend(character.escape_unicode()),
            false => safe.push(character),
        }
    }
    safe
}

/// The beginning of a text, on one line: white space folded, at most `most` characters.
pub fn beginning(text: &str, most: usize) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match folded.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", safe(&folded[..end])),
        None => safe(&folded),
    }
}

/// US dollars: cents, and more digits where there are none to see otherwise.
pub fn dollars(amount: Option<f64>) -> String {
    // A sum of nothing is -0 in floating point.
    match amount.map(|amount| amount + 0.0) {
        None => UNKNOWN.to_owned(),
        Some(amount) if amount != 0.0 && amount < 0.1 => format!("${amount:.4}"),
        Some(amount) if amount < 1e15 => format!("${}", grouped(&format!("{amount:.2}"))),
        Some(amount) => format!("${amount:.3e}"),
    }
}

/// US dollars to the digit: what can be calculated with, nine digits that count.
pub fn precise_dollars(amount: f64) -> String {
    format!("${}", precise(amount))
}

/// A number with nine digits that count, none of them a zero at the end of a fraction.
pub fn precise(number: f64) -> String {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    if !(-9.0..15.0).contains(&magnitude) {
        return format!("{number:.8e}");
    }
    let digits = format!("{number:.*}", (8.0 - magnitude).clamp(0.0, 17.0) as usize);
    match digits.contains('.') {
        true => grouped(digits.trim_end_matches('0').trim_end_matches('.')),
        false => grouped(&digits),
    }
}

/// A number with one digit after the point.
pub fn tenths(number: f64) -> String {
    if number < 1e15 { grouped(&format!("{number:.1}")) } else { format!("{number:.3e}") }
}

/// A whole number with its thousands set apart.
pub fn whole(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    fraction.map_or(text.clone(), |fraction| format!("{text}.{fraction}"))
}

/// A share, 0 to 1, as whole percent; 1% and 99% stand for all that is not quite none or all.
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => UNKNOWN.to_owned(),
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

/// Seconds in one unit and few characters: `42s`, `3.5m`, `12m`, `1.1h`, `4.2d`.
pub fn short_duration(seconds: f64) -> String {
    let (value, unit) = in_unit(seconds);
    format!("{value}{unit}")
}

/// Two durations as `45s–3.5m`, `3.5–12m`, or one where both are shown alike.
pub fn spread(lower: f64, upper: f64) -> String {
    match (in_unit(lower), in_unit(upper)) {
        (lower, upper) if lower == upper => format!("{}{}", lower.0, lower.1),
        ((from, unit), (to, same)) if unit == same => format!("{from}–{to}{unit}"),
        ((from, unit), (to, other)) => format!("{from}{unit}–{to}{other}"),
    }
}

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
    let Some(day) = time.map(|time| time.to_zoned(zone.clone()).date()) else { return UNKNOWN.to_owned() };
    let format = if Some(day.year()) == year { "%-d %b" } else { "%b %Y" };
    day.strftime(format).to_string()
}

/// A moment in the given zone, to the minute.
pub fn moment(time: Option<Timestamp>, zone: &TimeZone) -> String {
    let shown = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    time.map_or(UNKNOWN.to_owned(), shown)
}

/// A day in the given zone.
pub fn day(time: Option<Timestamp>, zone: &TimeZone) -> String {
    time.map_or(UNKNOWN.to_owned(), |time| time.to_zoned(zone.clone()).date().to_string())
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

/// A bar for a share, 0 to 1, of at most `width` characters.
pub fn bar(share: f64, width: usize) -> String {
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{part}", "█".repeat(eighths / 8))
}

/// A bar of exactly `width` characters, so that what is not reached shows too.
pub fn gauge(share: f64, width: usize) -> String {
    let bar = bar(share, width);
    let rest = width.saturating_sub(bar.width());
    format!("{}{}", paint::bar(&bar), paint::dim(&"░".repeat(rest)))
}

/// A line of small columns, the highest for the highest value.
pub fn sparkline(values: &[u64]) -> String {
    const MARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = u128::from(values.iter().copied().max().unwrap_or(0).max(1));
    let mark = |&value: &u64| match value {
        0 => '·',
        value => MARKS[(u128::from(value) * 8).div_ceil(highest).clamp(1, 8) as usize - 1],
    };
    values.iter().map(mark).collect()
}

/// The text in ASCII alone: what flowmine draws with is replaced by something like it, the rest shown as `\u{…}`.
pub fn ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match DRAWN.iter().find(|(drawn, _)| *drawn == character) {
            Some((_, like)) => ascii.push_str(like),
            None if character.is_ascii() => ascii.push(character),
            None => ascii.extend(character.escape_unicode()),
        }
    }
    ascii
}

/// What flowmine draws with that is not ASCII.
const DRAWN: [(char, &str); 25] = [
    ('█', "#"),
    ('▇', "*"),
    ('▆', "+"),
    ('▅', "="),
    ('▄', "-"),
    ('▃', ":"),
    ('▂', "."),
    ('▁', "_"),
    ('·', " "),
    ('▉', "#"),
    ('▊', "#"),
    ('▋', "#"),
    ('▌', "#"),
    ('▍', ""),
    ('▎', ""),
    ('▏', ""),
    ('░', "."),
    ('─', "-"),
    ('–', "-"),
    ('−', "-"),
    ('×', "x"),
    ('≥', ">="),
    ('→', "->"),
    ('²', "^2"),
    ('…', "..."),
];

/// At most `width` columns of a text, with an ellipsis where something is left out.
pub fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if kept.width() + character.width().unwrap_or(0) + ellipsis.width() > width {
            break;
        }
        kept.push(character);
    }
    format!("{}{ellipsis}", kept.trim_end())
}

/// A line, broken at spaces where it is too long. What follows a tab is the line's text: it goes on under its own
/// beginning. A word that does not fit is not split.
pub fn wrapped(line: &str, width: usize) -> String {
    let (label, text) = line.split_once('\t').unwrap_or(("", line));
    let indent = paint::width(label);
    let mut lines = label.to_owned();
    let mut used = indent;
    for word in text.split_inclusive(' ') {
        if used > indent && used + paint::width(word.trim_end()) > width {
            lines.truncate(lines.trim_end().len());
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        }
        lines.push_str(word);
        used += paint::width(word);
    }
    lines
}

/// A path as it may be shown.
pub fn shown_path(path: &std::path::Path) -> String {
    safe(&path.display().to_string())
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
    fn precise_numbers_have_nine_digits_that_count() {
        let shown = [0.0, 0.5, 0.164444828123, 0.00822224140615, 123.0372800925, 183_844.07, 1e-12, 1e18]
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
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(
            [0.0, 0.01, 0.5, 0.99, 1.0, 2.0].map(|share| bar(share, 4)),
            ["", "", "██", "████", "████", "████"]
        );
        assert_eq!(bar(0.3, 4), "█▎");
        assert_eq!(paint::width(&gauge(0.3, 4)), 4);
    }

    #[test]
    fn a_sparkline_tells_none_from_few() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), "·▁▄█");
        assert_eq!(sparkline(&[0, 0]), "··");
        assert_eq!(sparkline(&[u64::MAX, 1]), "█▁");
    }

    #[test]
    fn ascii_has_a_stand_in_for_all_that_is_drawn() {
        let drawn = format!(
            "{}{}{} ─ – − × ≥ → ² …",
            bar(0.3, 9),
            sparkline(&[0, 1, 2, 3, 4, 5, 6, 7, 8]),
            paint::stripped(&gauge(0.4, 3))
        );
        let ascii = ascii(&drawn);
        assert!(ascii.is_ascii() && !ascii.contains('\\'), "{ascii}");
        assert_eq!(super::ascii("Prüfung"), "Pr\\u{fc}fung");
    }

    #[test]
    fn a_cut_counts_what_a_terminal_shows() {
        assert_eq!(cut("日本語", 6, "…"), "日本語");
        assert_eq!(cut("日本語", 5, "…"), "日本…");
        assert_eq!(cut("one two three", 8, "…"), "one two…");
        assert_eq!(cut("abc", 2, "..."), "...");
    }

    #[test]
    fn a_long_line_goes_on_under_its_text() {
        assert_eq!(wrapped("Label  \tone two three", 15), "Label  one two\n       three");
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("unbreakable:signature:here x", 5), "unbreakable:signature:here\nx");
        assert_eq!(wrapped("short", 80), "short");
    }

    #[test]
    fn a_day_of_another_year_shows_the_year() {
        let time = "2025-11-09T23:30:00Z".parse().ok();
        assert_eq!(short_day(time, &TimeZone::UTC, Some(2025)), "9 Nov");
        assert_eq!(short_day(time, &TimeZone::UTC, Some(2026)), "Nov 2025");
        assert_eq!(short_day(None, &TimeZone::UTC, Some(2026)), "?");
    }

    #[test]
    fn unsafe_text_is_shown_and_not_done() {
        assert_eq!(safe("a\u{1b}[31m\u{202e}\r\n\u{85}b"), "a\\u{1b}[31m\\u{202e}\\u{d}\\u{a}\\u{85}b");
        assert_eq!(beginning("  two\n\nlines  of text ", 9), "two lines…");
    }
}
