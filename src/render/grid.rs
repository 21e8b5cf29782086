//! Rows and columns, and how each format shows them.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::{Style, paint, words};

/// What becomes of a text that is longer than the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is shown whole all the same, or its column not at all: numbers, names.
    Whole,
    /// It is cut, with an ellipsis.
    Cut,
    /// It goes on in the next line.
    Wrap,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
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

impl Column {
    /// A column of text.
    pub const fn text(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { name, title: Some(title), right: false, weight, fit: Fit::Whole }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, title: &'static str, weight: u8) -> Self {
        Self { right: true, ..Self::text(name, title, weight) }
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
        Self { name, title: None, right: false, weight: 0, fit: Fit::Whole }
    }

    fn heading(&self) -> &'static str {
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
        Self::new(text, words::safe(text))
    }

    /// A value that people see only when they ask for its column.
    pub fn raw(value: impl Into<Value>) -> Self {
        let value = value.into();
        let text = if value.is_null() { words::UNKNOWN.to_owned() } else { plain(&value) };
        Self { value, text }
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

/// The space between two columns of a table, where there is room for it.
const GAP: usize = 2;
/// The space between them before a column is left out.
const LEAST_GAP: usize = 1;
/// The least room there is for a text that may be cut or go on in the next line.
const LEAST_ROOM: usize = 24;

/// Which columns are shown, and how wide.
struct Layout {
    /// (place, width)
    shown: Vec<(usize, usize)>,
    gap: usize,
}

impl Layout {
    fn total(&self) -> usize {
        (self.shown.iter().map(|(_, width)| width + self.gap).sum::<usize>()).saturating_sub(self.gap)
    }

    /// Columns that need not be whole take the room that the others leave.
    fn narrow(&mut self, columns: &[Column], room: usize) {
        for place in 0..self.shown.len() {
            let over = self.total().saturating_sub(room);
            let (column, width) = &mut self.shown[place];
            if columns[*column].fit != Fit::Whole {
                *width = width.saturating_sub(over).max(LEAST_ROOM.min(*width));
            }
        }
    }
}

impl Grid {
    /// The same for programs alone: a table shows nothing of it.
    pub fn for_programs(mut self) -> Self {
        self.columns.iter_mut().for_each(|column| column.title = None);
        self
    }

    /// Whether there is nothing to see for people.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.titled().next().is_none()
    }

    /// Only these columns, in this order, each of them always shown. `Err` is the first name that no column has.
    pub fn with_fields(self, fields: &[String]) -> Result<Self, String> {
        let place = |field: &String| {
            self.columns.iter().position(|column| column.name == *field).ok_or_else(|| field.clone())
        };
        let places = fields.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let column = |&place: &usize| {
            let column = self.columns[place];
            let title = column.title.filter(|title| !title.is_empty()).unwrap_or(column.name);
            let right = column.right || self.rows.iter().any(|row| row[place].value.is_number());
            Column { title: Some(title), weight: u8::MAX, right, ..column }
        };
        let row = |row: &Vec<Cell>| places.iter().map(|&place| row[place].clone()).collect();
        Ok(Self { columns: places.iter().map(column).collect(), rows: self.rows.iter().map(row).collect() })
    }

    /// The rows as JSON objects.
    pub fn objects(&self) -> impl Iterator<Item = Map<String, Value>> + '_ {
        self.rows.iter().map(|row| {
            let fields = self.columns.iter().zip(row);
            fields.map(|(column, cell)| (column.name.to_owned(), cell.value.clone())).collect()
        })
    }

    /// The places of the columns that people see.
    fn titled(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|&place| self.columns[place].title.is_some())
    }

    /// The columns that fit.
    fn layout(&self, texts: &[Vec<String>], room: usize) -> Layout {
        let widest = |place: usize| {
            let heading = self.columns[place].heading().split('\n').map(paint::width);
            texts.iter().map(|row| paint::width(&row[place])).chain(heading).max().unwrap_or(0)
        };
        let mut widths: Vec<_> = self.titled().map(|place| (place, widest(place))).collect();
        let least = |shown: &[(usize, usize)]| {
            let least = |&(place, width): &(usize, usize)| match self.columns[place].fit {
                Fit::Whole => width,
                Fit::Cut | Fit::Wrap => width.min(LEAST_ROOM),
            };
            let shown = shown.iter().map(|column| (column.0, least(column))).collect();
            Layout { shown, gap: LEAST_GAP }.total()
        };
        while least(&widths) > room {
            let weight = |(place, _): &(usize, usize)| self.columns[*place].weight;
            let lightest =
                widths.iter().filter(|column| weight(column) < u8::MAX).min_by_key(|column| weight(column));
            let Some(&lightest) = lightest else { break };
            widths.retain(|column| *column != lightest);
        }
        let fitted = |gap| {
            let mut layout = Layout { shown: widths.clone(), gap };
            layout.narrow(&self.columns, room);
            layout
        };
        Some(fitted(GAP)).filter(|layout| layout.total() <= room).unwrap_or_else(|| fitted(LEAST_GAP))
    }

    /// The table for people, with the columns that fit. No number and no signature in it is ever cut.
    pub fn table(&self, style: &Style) -> String {
        let texts: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|cell| style.shown(&cell.text)).collect()).collect();
        let layout = self.layout(&texts, style.width);
        let mut table = self.head(&layout, style);
        for row in &texts {
            let cells: Vec<Vec<String>> = layout
                .shown
                .iter()
                .map(|&(place, width)| self.lines_of(place, &row[place], width, style))
                .collect();
            for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let text = |shown: usize| cells[shown].get(line).cloned().unwrap_or_default();
                table.push_str(&self.line(&layout, text));
            }
        }
        table
    }

    /// The lines a cell takes.
    fn lines_of(&self, place: usize, text: &str, width: usize, style: &Style) -> Vec<String> {
        match self.columns[place].fit {
            Fit::Whole => vec![text.to_owned()],
            Fit::Cut => vec![words::cut(text, width, &style.shown("…"))],
            Fit::Wrap => words::wrapped(text, width).lines().map(str::to_owned).collect(),
        }
    }

    fn head(&self, layout: &Layout, style: &Style) -> String {
        let heading = |place: usize| self.columns[place].heading();
        let lines =
            layout.shown.iter().map(|(place, _)| heading(*place).split('\n').count()).max().unwrap_or(1);
        let mut head = String::new();
        for line in 0..lines {
            // Headings of fewer lines stand at the bottom.
            head.push_str(&self.line(layout, |shown| {
                let heading = heading(layout.shown[shown].0);
                let skipped = lines - heading.split('\n').count();
                let text = line.checked_sub(skipped).and_then(|line| heading.split('\n').nth(line));
                style.shown(&paint::bold(text.unwrap_or_default()))
            }));
        }
        let rule = |shown: usize| style.shown(&paint::dim(&"─".repeat(layout.shown[shown].1)));
        head + &self.line(layout, rule)
    }

    /// A line of the texts of the shown columns.
    fn line(&self, layout: &Layout, text: impl Fn(usize) -> String) -> String {
        let mut line = String::new();
        for (shown, (place, width)) in layout.shown.iter().enumerate() {
            let text = text(shown);
            let padding = " ".repeat(width.saturating_sub(paint::width(&text)));
            let (left, right) =
                if self.columns[*place].right { (padding, String::new()) } else { (String::new(), padding) };
            line.push_str(&format!("{left}{text}{right}{}", " ".repeat(layout.gap)));
        }
        format!("{}\n", line.trim_end())
    }

    /// A Markdown table of what people see.
    pub fn markdown(&self) -> String {
        let shown: Vec<usize> = self.titled().collect();
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let title = |&place: &usize| self.columns[place].heading().replace('\n', " ");
        let rule = |&place: &usize| if self.columns[place].right { "---:" } else { "---" }.to_owned();
        let mut text = row(shown.iter().map(title).collect());
        text.push_str(&row(shown.iter().map(rule).collect()));
        for cells in &self.rows {
            text.push_str(&row(shown.iter().map(|&place| markdown_text(&cells[place].text)).collect()));
        }
        text
    }

    /// Comma-separated values, with a header.
    pub fn write_csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(self.columns.iter().map(|column| column.name)).map_err(io_error)?;
        for row in &self.rows {
            csv.write_record(row.iter().map(|cell| csv_text(&cell.value))).map_err(io_error)?;
        }
        csv.flush()
    }
}

/// The writer's own error, so that a closed pipe is still known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A text in a Markdown table: nothing in it is taken for a cell's end, a link, an image, emphasis, code or HTML.
fn markdown_text(text: &str) -> String {
    let mut escaped = String::new();
    for character in paint::stripped(text).trim().chars() {
        if matches!(character, '|' | '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A value as a CSV cell that no spreadsheet takes for a formula, not even one that takes full-width signs for plain ones.
fn csv_text(value: &Value) -> String {
    let text = if value.is_null() { String::new() } else { plain(value) };
    match value {
        Value::String(raw) if raw.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) =>
        {
            format!("'{text}")
        }
        _ => text,
    }
}

/// A value as text that can be shown; the values of a list stand one after the other.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => words::safe(text),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => words::safe(&other.to_string()),
    }
}
