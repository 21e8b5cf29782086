//! Bars and lines of small columns, drawn with characters.

use unicode_width::UnicodeWidthStr;

use super::grid::GridOf;
use super::{Cell, Field, paint};

/// A bar for a share, 0 to 1, of at most `width` characters.
pub fn bar(share: f64, width: usize) -> String {
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{part}", "█".repeat(eighths / 8))
}

/// The width of the widest bar.
const BAR: usize = 20;

impl<T> GridOf<'_, T> {
    /// A column of bars, each for a value as a share of the highest; people do not see it where every bar would be
    /// empty.
    #[must_use]
    pub fn bars(self, highest: f64, value: impl Fn(&T) -> f64) -> Self {
        let field = Field::text("share_of_highest", "", 10).seen_if(highest > 0.0);
        self.column(field, |row| {
            let share = if highest > 0.0 { value(row) / highest } else { 0.0 };
            Cell::new(share, paint::bar(&bar(share, BAR)))
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(
            [0.0, 0.01, 0.5, 0.99, 1.0, 2.0].map(|share| bar(share, 4)),
            ["", "", "██", "████", "████", "████"]
        );
        assert_eq!(bar(0.3, 4), "█▎");
        assert_eq!(gauge(0.3, 4).width(), 4);
    }

    #[test]
    fn a_sparkline_tells_none_from_few() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), "·▁▄█");
        assert_eq!(sparkline(&[0, 0]), "··");
        assert_eq!(sparkline(&[u64::MAX, 1]), "█▁");
    }
}
