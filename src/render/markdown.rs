//! Documents as Markdown.

use std::io::{self, Write};

use super::{Cell, Document, Grid, ScreenLine, Style, paint, table, text};

/// Writes a document. Lines for people become an indented block, in which Markdown sees nothing but text.
pub(super) fn write(document: &Document, to: &mut dyn Write, style: &Style) -> io::Result<()> {
    let style = &Style { ascii: style.ascii, ..Style::PLAIN };
    let mut parts = Vec::new();
    if !document.before.is_empty() {
        parts.push(block(&document.before, style).trim_end().to_owned() + "\n");
    }
    if !document.rows.is_empty() {
        parts.push(grid(&document.rows, style));
    }
    for table in document.further_to_see() {
        parts.push(format!("## {}\n", table.title));
        parts.push(grid(&table.grid, style));
    }
    if !document.after.is_empty() {
        parts.push(block(&document.after, style));
    }
    let note = |warning: &String| block(&[ScreenLine::Text(format!("Note: {}", text::safe(warning)))], style);
    parts.extend(document.warnings.iter().map(note));
    write!(to, "{}", parts.join("\n"))
}

fn block(lines: &[ScreenLine], style: &Style) -> String {
    let text = table::lines(lines, style);
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// A Markdown table of what people see.
fn grid(grid: &Grid, style: &Style) -> String {
    let grid = grid.for_people();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let titles = grid.columns.iter().map(|column| column.heading().replace('\n', " "));
    let rules = grid.columns.iter().map(|column| if column.right { "---:" } else { "---" }.to_owned());
    let cells = |cells: &Vec<Cell>| cells.iter().map(|cell| escaped(&style.drawn(&cell.text))).collect();
    let rows = grid.rows.iter().map(|row_cells| row(cells(row_cells)));
    [row(titles.collect()), row(rules.collect())].into_iter().chain(rows).collect()
}

/// A text in a Markdown table: nothing in it is taken for a cell's end, a link, an image, emphasis, code or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in paint::plain(text).trim().chars() {
        if matches!(character, '|' | '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
