//! Rows as comma-separated values, with a header.

use std::io::{self, Write};

use serde_json::Value;

use super::grid::{Grid, plain};

/// Writes the rows.
pub(super) fn write(grid: &Grid, to: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(grid.columns.iter().map(|column| column.name)).map_err(io_error)?;
    for row in &grid.rows {
        csv.write_record(row.iter().map(|cell| text(&cell.value))).map_err(io_error)?;
    }
    csv.flush()
}

/// The writer's own error, so that a closed pipe is still known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A value that no spreadsheet takes for a formula, not even one that takes full-width signs for plain ones.
fn text(value: &Value) -> String {
    let text = if value.is_null() { String::new() } else { plain(value) };
    match value {
        Value::String(raw) if raw.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) =>
        {
            format!("'{text}")
        }
        _ => text,
    }
}
