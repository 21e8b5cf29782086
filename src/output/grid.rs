//! Rows and columns, and how each format shows them.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::{Style, words};

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in JSON and CSV: that of the database column, where there is one.
    pub name: &'static str,
    /// Its heading for people; `None`: it is for programs only.
    pub title: Option<&'static str>,
    /// Numbers stand to the right.
    pub right: bool,
    /// Where there is no room, columns with a lower weight are left out first; `u8::MAX` never is.
    pub weight: u8,
}

impl Column {
    /// A column of text.
    pub const fn text(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { name, title: Some(title), right: false, weight }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { name, title: Some(title), right: true, weight }
    }

    /// A column that only programs see.
    pub const fn raw(name: &'static str) -> Self {
        Self { name, title: None, right: false, weight: 0 }
    }
}

/// A value, for programs and for people.
#[derive(Clone, Debug)]
pub struct Cell {
    /// For JSON and CSV.
    pub value: Value,
    /// For tables.
    pub text: String,
}

impl Cell {
    /// A value and what people see of it.
    pub fn new(value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into() }
    }

    /// A text from a file.
    pub fn text(text: &str) -> Self {
        Self::new(text, words::safe(text))
    }

    /// A value that people do not see.
    pub fn raw(value: impl Into<Value>) -> Self {
        Self::new(value, "")
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// The space between two columns of a table.
const GAP: usize = 2;

impl Grid {
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as JSON objects.
    pub fn objects(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows.iter().map(|row| {
            let fields = self.columns.iter().zip(row);
            Value::Object(
                fields
                    .map(|(column, cell)| (column.name.to_owned(), cell.value.clone()))
                    .collect::<Map<_, _>>(),
            )
        })
    }

    /// The columns that people see and that fit, by their place.
    fn fitting(&self, width: usize) -> Vec<usize> {
        let widths: Vec<usize> = (0..self.columns.len()).map(|place| self.width_of(place)).collect();
        let mut shown: Vec<usize> =
            (0..self.columns.len()).filter(|&place| self.columns[place].title.is_some()).collect();
        let total = |shown: &[usize]| {
            shown.iter().map(|&place| widths[place] + GAP).sum::<usize>().saturating_sub(GAP)
        };
        while total(&shown) > width {
            let lightest = shown.iter().copied().filter(|&place| self.columns[place].weight < u8::MAX);
            let Some(lightest) = lightest.min_by_key(|&place| self.columns[place].weight) else { break };
            shown.retain(|&place| place != lightest);
        }
        shown
    }

    fn width_of(&self, place: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[place].text.width());
        cells.max().unwrap_or(0).max(self.columns[place].title.unwrap_or_default().width())
    }

    /// The table for people, with the columns that fit; nothing in it is ever cut.
    pub fn table(&self, style: &Style) -> String {
        let shown = self.fitting(style.width);
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let title = |place: &usize| comfy_table::Cell::new(self.columns[*place].title.unwrap_or_default());
        table.set_header(shown.iter().map(title));
        let rule = if style.ascii { "-" } else { "─" };
        table.add_row(shown.iter().map(|&place| rule.repeat(self.width_of(place))));
        for row in &self.rows {
            table.add_row(shown.iter().map(|&place| &row[place].text));
        }
        for (column, &place) in table.column_iter_mut().zip(&shown) {
            column.set_padding((0, GAP as u16));
            if self.columns[place].right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// A Markdown table of what people see.
    pub fn markdown(&self) -> String {
        let shown: Vec<usize> =
            (0..self.columns.len()).filter(|&place| self.columns[place].title.is_some()).collect();
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let title = |&place: &usize| self.columns[place].title.unwrap_or_default().to_owned();
        let rule = |&place: &usize| if self.columns[place].right { "---:" } else { "---" }.to_owned();
        let mut text = row(shown.iter().map(title).collect());
        text.push_str(&row(shown.iter().map(rule).collect()));
        for cells in &self.rows {
            text.push_str(&row(shown
                .iter()
                .map(|&place| cells[place].text.trim().replace('|', "\\|"))
                .collect()));
        }
        text
    }

    /// Comma-separated values, with a header.
    pub fn write_csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(self.columns.iter().map(|column| column.name))?;
        for row in &self.rows {
            csv.write_record(row.iter().map(|cell| csv_text(&cell.value)))?;
        }
        csv.flush()
    }
}

/// A value as a CSV cell that no spreadsheet takes for a formula.
fn csv_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{}", words::safe(text))
        }
        Value::String(text) => words::safe(text),
        other => other.to_string(),
    }
}
