//! A table's column of bars.

use super::grid::GridOf;
use super::{Cell, Field, chart, paint};

/// The width of the widest bar.
pub const BAR: usize = 20;

impl<T> GridOf<'_, T> {
    /// A column of bars, each for a value beside the highest; there is nothing to see where all of them would be empty.
    #[must_use]
    pub fn bars(self, highest: f64, value: impl Fn(&T) -> f64) -> Self {
        let field = Field::text("share_of_highest", "", 10);
        let field = if highest > 0.0 { field } else { Field::raw(field.name) };
        self.column(field, |row| {
            let share = if highest > 0.0 { value(row) / highest } else { 0.0 };
            Cell::new(share, paint::bar(&chart::bar(share, BAR)))
        })
    }
}
