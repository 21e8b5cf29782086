//! All printing of results: a [`Document`] in one of the formats, to any writer. Nothing is computed here.
//!
//! # Promises
//!
//! - What is read from a file never reaches a terminal raw: control and format characters (escape sequences, newlines,
//!   bidi controls) are shown as `\u{…}`, in JSON as `\uXXXX`.
//! - A CSV cell of text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
//!   carriage return) is preceded by an apostrophe.
//! - JSON has raw numbers, `null` for what is unknown, and the tables' own column names.
//! - A table is fitted to its width by leaving out whole columns, the lightest first. Nothing is cut but the beginning
//!   of a request, and that with an ellipsis.
//!
//! `tests/faults/hostile.rs` puts harm into every text of a file and holds the first two for every command and format.

pub mod decision;
pub mod doctor;
pub mod explain;
pub mod grid;
pub mod paint;
pub mod pattern;
pub mod patterns;
pub mod rules;
pub mod run;
pub mod stats;
pub mod words;

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use grid::{Cell, Column, Grid};

/// The version of the JSON documents' layout; it changes when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// How to show an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
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
    /// Columns there are; columns of less weight are left out until a table fits.
    pub width: usize,
    /// Whether escape sequences for colour may be used.
    pub color: bool,
    /// Whether only ASCII may be used.
    pub ascii: bool,
}

impl Style {
    /// A text as this style allows it to be shown.
    pub fn shown(&self, text: &str) -> String {
        let text = if self.color { text.to_owned() } else { paint::stripped(text) };
        if self.ascii { words::ascii(&text) } else { text }
    }

    /// A line as this style allows it to be shown, broken where it is too long.
    fn line(&self, text: &str) -> String {
        words::wrapped(&self.shown(text), self.width)
    }
}

/// An answer, ready to be shown.
pub struct Document {
    /// What it is about: `patterns`, `stats` …
    pub kind: &'static str,
    /// When it was made.
    pub generated_at: Timestamp,
    /// The database's path; empty where the answer is about none.
    pub database: String,
    /// Further facts for the JSON object, in order: window, filters, totals.
    pub facts: Vec<(&'static str, Value)>,
    /// Lines before the rows, for people; where they are too long, they go on under what follows a tab.
    pub before: Vec<String>,
    /// The rows.
    pub rows: Grid,
    /// Further tables with their names.
    pub further: Vec<(&'static str, &'static str, Grid)>,
    /// Lines after the rows, for people.
    pub after: Vec<String>,
    /// What is to be known before the numbers are believed.
    pub warnings: Vec<String>,
}

impl Document {
    /// Writes the document.
    ///
    /// # Errors
    /// Where the writer fails.
    pub fn write(&self, to: &mut dyn Write, format: Format, style: &Style) -> io::Result<()> {
        match format {
            Format::Table => self.write_table(to, style),
            Format::Json => write_json(to, &self.json(), true),
            Format::Jsonl => self.write_jsonl(to),
            Format::Csv => self.rows.write_csv(to),
            Format::Markdown => self.write_markdown(to),
        }
    }

    fn write_table(&self, to: &mut dyn Write, style: &Style) -> io::Result<()> {
        for line in &self.before {
            writeln!(to, "{}", style.line(line))?;
        }
        if !self.rows.is_empty() {
            write!(to, "{}", self.rows.table(style))?;
        }
        for (_, title, grid) in self.further_to_see() {
            write!(to, "\n{}\n{}", style.line(&paint::bold(title)), grid.table(style))?;
        }
        for line in &self.after {
            writeln!(to, "{}", style.line(line))?;
        }
        for warning in &self.warnings {
            writeln!(to, "{}", style.line(&paint::dim(&format!("Note: \t{}", words::safe(warning)))))?;
        }
        Ok(())
    }

    fn further_to_see(&self) -> impl Iterator<Item = &(&'static str, &'static str, Grid)> {
        self.further.iter().filter(|(_, _, grid)| !grid.is_empty())
    }

    /// A line a row. Where there is more than one table, each line says which one it is of.
    fn write_jsonl(&self, to: &mut dyn Write) -> io::Result<()> {
        let tables = std::iter::once(("rows", &self.rows))
            .chain(self.further.iter().map(|(name, _, grid)| (*name, grid)));
        for (name, grid) in tables {
            for row in grid.objects() {
                let table = (!self.further.is_empty()).then(|| ("table".to_owned(), json!(name)));
                write_json(to, &Value::Object(table.into_iter().chain(row).collect()), false)?;
            }
        }
        Ok(())
    }

    /// Lines for people become an indented block, in which Markdown sees nothing but text.
    fn write_markdown(&self, to: &mut dyn Write) -> io::Result<()> {
        let block = |line: &String| {
            format!("    {}", paint::stripped(line).replace('\t', "")).trim_end().to_owned() + "\n"
        };
        let mut parts = Vec::new();
        if !self.before.is_empty() {
            parts.push(self.before.iter().map(block).collect::<String>().trim_end().to_owned() + "\n");
        }
        if !self.rows.is_empty() {
            parts.push(self.rows.markdown());
        }
        for (_, title, grid) in self.further_to_see() {
            parts.push(format!("## {title}\n"));
            parts.push(grid.markdown());
        }
        if !self.after.is_empty() {
            parts.push(self.after.iter().map(block).collect());
        }
        parts.extend(self.warnings.iter().map(|warning| block(&format!("Note: {}", words::safe(warning)))));
        write!(to, "{}", parts.join("\n"))
    }

    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("schema_version".to_owned(), json!(SCHEMA_VERSION));
        object.insert("kind".to_owned(), json!(self.kind));
        object.insert("generated_at".to_owned(), json!(self.generated_at));
        let database = (!self.database.is_empty()).then_some(&self.database);
        object.insert("database".to_owned(), json!(database));
        for (name, fact) in &self.facts {
            object.insert((*name).to_owned(), fact.clone());
        }
        object.insert("rows".to_owned(), self.rows.objects().map(Value::Object).collect());
        for (name, _, grid) in &self.further {
            object.insert((*name).to_owned(), grid.objects().map(Value::Object).collect());
        }
        object.insert("warnings".to_owned(), json!(self.warnings));
        Value::Object(object)
    }
}

/// Writes JSON in which every control and format character is escaped.
fn write_json(to: &mut dyn Write, value: &Value, pretty: bool) -> io::Result<()> {
    let text = if pretty { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if words::is_unsafe(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    writeln!(to, "{safe}")
}

/// A number in JSON; `null` where it is unknown.
pub fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| json!(value))
}
