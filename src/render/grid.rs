//! Rows and columns: what a column is, and what stands in a cell.

use serde_json::{Map, Value};

use super::{text, words};

/// What becomes of a text that is longer than the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is shown whole, or its column not at all: numbers.
    Whole,
    /// Its middle is left out, with an ellipsis: keys of workflows.
    Middle,
    /// It is broken only where leaving out other columns does not help: names.
    Name,
    /// It goes on in the next line: sentences.
    Wrap,
    /// It is cut, with an ellipsis: requests.
    Cut,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON and CSV: that of the database column, where there is one.
    pub name: &'static str,
    /// Its heading for people, in one line or two; `None`: it is for programs only.
    pub title: Option<&'static str>,
    /// Numbers stand to the right.
    pub right: bool,
    /// Where there is no room, columns with a lower weight are left out first; `u8::MAX` never is.
    pub weight: u8,
    /// What becomes of a text that is too long.
    pub fit: Fit,
}

impl Field {
    /// A column of names.
    pub const fn text(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { name, title: Some(title), right: false, weight, fit: Fit::Name }
    }

    /// A column of keys, of which the beginning and the end are enough to know them by.
    pub const fn key(name: &'static str, title: &'static str) -> Self {
        Self { fit: Fit::Middle, ..Self::text(name, title, u8::MAX) }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { right: true, fit: Fit::Whole, ..Self::text(name, title, weight) }
    }

    /// A column of text that is cut to the room there is.
    pub const fn beginning(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { fit: Fit::Cut, ..Self::text(name, title, weight) }
    }

    /// A column of sentences, which go on in the next line where there is no room.
    pub const fn sentences(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { fit: Fit::Wrap, ..Self::text(name, title, weight) }
    }

    /// A column that only programs see.
    pub const fn raw(name: &'static str) -> Self {
        Self::text(name, "", 0).seen_if(false)
    }

    /// The same column; where people are not to see it, only programs do.
    #[must_use]
    pub const fn seen_if(self, is_seen: bool) -> Self {
        Self { title: if is_seen { self.title } else { None }, ..self }
    }

    /// Its heading; empty where people see none.
    pub fn heading(&self) -> &'static str {
        self.title.unwrap_or_default()
    }
}

/// A value, for programs and for people.
#[derive(Clone, Debug)]
pub struct Cell {
    /// For JSON and CSV.
    pub value: Value,
    /// For tables; it may be painted.
    pub text: String,
}

impl Cell {
    /// A value and what people see of it.
    pub fn new(value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into() }
    }

    /// A text from a file.
    pub fn text(text: &str) -> Self {
        Self::new(text, text::safe(text))
    }

    /// How many of something.
    pub fn count(number: u64) -> Self {
        Self::new(number, words::whole(number))
    }

    /// US dollars.
    pub fn dollars(amount: Option<f64>) -> Self {
        Self::new(amount, words::cents(amount))
    }

    /// A share, 0 to 1.
    pub fn share(share: Option<f64>) -> Self {
        Self::new(share, words::percent(share))
    }

    /// A text from a file, or what people see where there is none.
    pub fn text_or(text: Option<&str>, none: &str) -> Self {
        Self::new(text, text.map_or(none.to_owned(), text::safe))
    }

    /// A value that people see only when they ask for its column.
    pub fn raw(value: impl Into<Value>) -> Self {
        let value = value.into();
        let text = if value.is_null() { words::unknown() } else { plain(&value) };
        Self { value, text }
    }
}

/// A value as text that can be shown; the values of a list stand one after the other.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text::safe(text),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => text::safe(&other.to_string()),
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The columns.
    pub columns: Vec<Field>,
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// The most rows that people see, where it is not all of them; programs get all.
    pub most_rows: Option<usize>,
}

impl Grid {
    /// A row for each of these; what stands in it is said column by column.
    pub fn of<T>(of: &[T]) -> GridOf<'_, T> {
        GridOf { of, grid: Self { rows: vec![Vec::new(); of.len()], ..Self::default() } }
    }

    /// The same for programs alone: a table shows nothing of it.
    #[must_use]
    pub fn for_programs(mut self) -> Self {
        self.columns.iter_mut().for_each(|column| column.title = None);
        self
    }

    /// Whether there is nothing to see for people.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
            || self.most_rows == Some(0)
            || self.columns.iter().all(|column| column.title.is_none())
    }

    /// What people see: the columns with a heading, of the first rows.
    #[must_use]
    pub fn for_people(&self) -> Self {
        let seen: Vec<usize> =
            (0..self.columns.len()).filter(|&column| self.columns[column].title.is_some()).collect();
        let mut grid = self.with_columns(&seen);
        grid.rows.truncate(self.most_rows.unwrap_or(usize::MAX));
        grid
    }

    fn with_columns(&self, columns: &[usize]) -> Self {
        let row = |row: &Vec<Cell>| columns.iter().map(|&column| row[column].clone()).collect();
        Self {
            columns: columns.iter().map(|&column| self.columns[column]).collect(),
            rows: self.rows.iter().map(row).collect(),
            ..*self
        }
    }

    /// Only these columns, in this order, each of them always shown.
    #[must_use]
    pub fn with_fields(&self, fields: &[String]) -> Self {
        let find = |field: &String| self.columns.iter().position(|column| column.name == *field);
        let columns: Vec<usize> = fields.iter().filter_map(find).collect();
        let mut grid = self.with_columns(&columns);
        for (number, column) in grid.columns.iter_mut().enumerate() {
            column.title = column.title.filter(|title| !title.is_empty()).or(Some(column.name));
            column.weight = u8::MAX;
            column.right |= grid.rows.iter().any(|row| row[number].value.is_number());
        }
        grid
    }

    /// The rows as JSON objects.
    pub fn objects(&self) -> impl Iterator<Item = Map<String, Value>> + '_ {
        self.rows.iter().map(|row| {
            let fields = self.columns.iter().zip(row);
            fields.map(|(column, cell)| (column.name.to_owned(), cell.value.clone())).collect()
        })
    }
}

/// A grid that is being filled, with a row for each `T`.
pub struct GridOf<'t, T> {
    of: &'t [T],
    grid: Grid,
}

impl<T> GridOf<'_, T> {
    /// A column more, and what stands in it.
    #[must_use]
    pub fn column(mut self, field: Field, cell: impl Fn(&T) -> Cell) -> Self {
        self.grid.columns.push(field);
        self.grid.rows.iter_mut().zip(self.of).for_each(|(row, of)| row.push(cell(of)));
        self
    }

    /// A column of names.
    #[must_use]
    pub fn text(
        self,
        name: &'static str,
        title: &'static str,
        weight: u8,
        cell: impl Fn(&T) -> Cell,
    ) -> Self {
        self.column(Field::text(name, title, weight), cell)
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(
        self,
        name: &'static str,
        title: &'static str,
        weight: u8,
        cell: impl Fn(&T) -> Cell,
    ) -> Self {
        self.column(Field::number(name, title, weight), cell)
    }

    /// A column that only programs see.
    #[must_use]
    pub fn raw<V: Into<Value>>(self, name: &'static str, value: impl Fn(&T) -> V) -> Self {
        self.column(Field::raw(name), |of| Cell::raw(value(of)))
    }

    /// All of them.
    pub fn finish(self) -> Grid {
        self.grid
    }
}
