//! All printing of results: a [`Document`] in one of the formats, to any writer. Nothing is computed here.
//!
//! # Promises
//!
//! - What is read from a file never reaches a terminal raw: control and format characters (escape sequences, newlines,
//!   bidi controls) are shown as `\u{…}`, in JSON as `\uXXXX`.
//! - A CSV cell of text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
//!   carriage return) is preceded by an apostrophe.
//! - JSON has raw numbers, `null` for what is unknown, and the tables' own column names.
//! - A table is fitted to its width by leaving out whole columns, the lightest first. Nothing is cut but a request to its
//!   beginning and a workflow's key in its middle, with an ellipsis; names are broken where nothing else helps, numbers never.
//!
//! `tests/faults/hostile.rs` puts harm into every text of a file and holds the first two for every command and format.

pub mod chart;
mod csv;
pub mod decision;
pub mod doctor;
mod empty;
pub mod exclusions;
pub mod explain;
mod fit;
pub mod grid;
pub mod import;
mod json;
mod markdown;
pub mod measured;
pub mod paint;
pub mod pattern;
pub mod patterns;
pub mod periods;
pub mod realised;
pub mod rules;
pub mod run;
mod saving;
pub mod stats;
mod table;
pub mod text;
pub mod words;

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

pub use grid::{Cell, Field, Grid};
pub use json::SCHEMA_VERSION;

/// How to show an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// For people, fitted to a terminal.
    Table,
    /// One JSON object.
    Json,
    /// One JSON object a row and line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// A Markdown table.
    Markdown,
}

/// What a table may look like.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The width in characters; a table's lightest columns are left out until it fits.
    pub width: usize,
    /// Whether escape sequences for colour may be used.
    pub color: bool,
    /// Whether only ASCII may be used.
    pub ascii: bool,
}

impl Style {
    /// As wide as it has to be, without colour.
    const PLAIN: Self = Self { width: usize::MAX, color: false, ascii: false };

    /// A text in the characters that this style allows; measured after this.
    fn drawn(&self, text: &str) -> String {
        if self.ascii { text::ascii(text) } else { text.to_owned() }
    }

    /// A text with the colour that this style allows; written after this.
    fn painted(&self, text: &str) -> String {
        if self.color { paint::colored(text) } else { paint::plain(text) }
    }
}

/// A line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenLine {
    /// A sentence, or an empty line.
    Text(String),
    /// A text that is to be copied: it stays on one line, however narrow the terminal is.
    Unbroken(String),
    /// A name, and what is to be said of it. Facts that follow each other stand in two columns.
    Fact(String, String),
}

impl ScreenLine {
    /// A name, and what is to be said of it.
    pub fn fact(name: &str, fact: impl Into<String>) -> Self {
        Self::Fact(name.to_owned(), fact.into())
    }

    /// An empty line.
    pub const fn empty() -> Self {
        Self::Text(String::new())
    }

    fn is_fact(&self) -> bool {
        matches!(self, Self::Fact(..))
    }
}

impl From<String> for ScreenLine {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for ScreenLine {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What a document is about, and when and where it is shown.
#[derive(Clone, Debug)]
pub struct DocumentOrigin {
    /// The database's path.
    pub database: String,
    /// When the document is made.
    pub now: Timestamp,
    /// Where its days begin.
    pub zone: TimeZone,
}

/// A table beside the first one.
#[derive(Clone, Debug)]
pub struct TitledTable {
    /// Its name for programs.
    pub name: &'static str,
    /// Its title for people.
    pub title: String,
    /// What it shows.
    pub grid: Grid,
}

impl TitledTable {
    /// A table with its name and its title.
    pub fn new(name: &'static str, title: impl Into<String>, grid: Grid) -> Self {
        Self { name, title: title.into(), grid }
    }
}

/// An answer, ready to be shown.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it is about: `patterns`, `stats` …
    pub kind: &'static str,
    /// When it was made.
    pub generated_at: Timestamp,
    /// The database's path; empty where the answer is about none.
    pub database: String,
    /// Further facts for the JSON object, in order: window, filters, totals.
    pub facts: Vec<(&'static str, Value)>,
    /// Lines before the rows, for people.
    pub before: Vec<ScreenLine>,
    /// The rows.
    pub rows: Grid,
    /// Further tables.
    pub further: Vec<TitledTable>,
    /// Lines after the rows, for people.
    pub after: Vec<ScreenLine>,
    /// What people should know before they believe the numbers.
    pub warnings: Vec<String>,
    /// The same, where people have seen it on stderr.
    pub said: Vec<String>,
}

impl Document {
    /// An empty document about a file.
    pub fn new(kind: &'static str, origin: &DocumentOrigin) -> Self {
        Self { database: origin.database.clone(), ..Self::without_database(kind, origin.now) }
    }

    /// An empty document about no file.
    pub fn without_database(kind: &'static str, generated_at: Timestamp) -> Self {
        Self { kind, generated_at, ..Self::default() }
    }

    /// Writes the document.
    pub fn write(&self, to: &mut dyn Write, format: OutputFormat, style: &Style) -> io::Result<()> {
        match format {
            OutputFormat::Table => table::write(self, to, style),
            OutputFormat::Json => json::write(self, to),
            OutputFormat::Jsonl => json::write_lines(self, to),
            OutputFormat::Csv => csv::write(&self.rows, to),
            OutputFormat::Markdown => markdown::write(self, to, style),
        }
    }

    /// All tables with their names.
    fn tables(&self) -> impl Iterator<Item = (&'static str, &Grid)> {
        let further = self.further.iter().map(|table| (table.name, &table.grid));
        std::iter::once(("rows", &self.rows)).chain(further)
    }

    /// The further tables in which people see something.
    fn further_to_see(&self) -> impl Iterator<Item = &TitledTable> {
        self.further.iter().filter(|table| !table.grid.is_empty())
    }
}
