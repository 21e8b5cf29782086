//! A table's column of bars.

use super::{Cell, Field, chart, paint};

/// The width of the widest bar.
pub const BAR: usize = 20;

/// A bar for a value beside the highest of its column.
pub fn bar(value: f64, highest: f64) -> Cell {
    let share = if highest > 0.0 { value / highest } else { 0.0 };
    Cell::new(share, paint::bar(&chart::bar(share, BAR)))
}

/// The column of the bars; there is nothing to see where all of them would be empty.
pub fn column(highest: f64) -> Field {
    let field = Field::text("share_of_highest", "", 10);
    if highest > 0.0 { field } else { Field::raw(field.name) }
}
