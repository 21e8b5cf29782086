//! How single values are put for people: money, times, shares, text from a file.

use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    match amount {
        None => UNKNOWN.to_owned(),
        Some(amount) if amount != 0.0 && amount.abs() < 0.1 => format!("${amount:.4}"),
        Some(amount) if amount < 1e15 => format!("${}", grouped(&format!("{amount:.2}"))),
        Some(amount) => format!("${amount:.3e}"),
    }
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

/// A day in the given zone.
pub fn day(time: Option<Timestamp>, zone: &TimeZone) -> String {
    time.map_or(UNKNOWN.to_owned(), |time| time.to_zoned(zone.clone()).date().to_string())
}

/// One or many of something: `1 workflow`, `2 workflows`.
pub fn count(number: u64, one: &str) -> String {
    let many = if number == 1 { one.to_owned() } else { format!("{one}s") };
    format!("{} {many}", whole(number))
}

/// A bar for a share, 0 to 1, of `width` characters.
pub fn bar(share: f64, width: usize, ascii: bool) -> String {
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    if ascii {
        let full = (share.clamp(0.0, 1.0) * width as f64).round() as usize;
        return format!("{}{}", "#".repeat(full), ".".repeat(width - full));
    }
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest];
    let shown = full + usize::from(rest > 0);
    format!("{}{part}{}", "█".repeat(full), " ".repeat(width - shown))
}

/// A line of small columns, the highest for the highest value.
pub fn sparkline(values: &[u64], ascii: bool) -> String {
    let marks: &[char] = match ascii {
        true => &['_', '.', ':', '-', '=', '+', '*', '#'],
        false => &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    };
    let highest = values.iter().copied().max().unwrap_or(0).max(1);
    let none = if ascii { ' ' } else { '·' };
    let mark = |&value: &u64| match value {
        0 => none,
        value => {
            marks[((value as u128 * marks.len() as u128).div_ceil(u128::from(highest)) as usize).clamp(1, 8)
                - 1]
        }
    };
    values.iter().map(mark).collect()
}

/// A path as it may be shown.
pub fn shown_path(path: &std::path::Path) -> String {
    safe(&path.display().to_string())
}
