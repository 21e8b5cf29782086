//! Documents for people. comfy-table measures, wraps, aligns and draws; [`super::fit`] decides which columns fit.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, Row, Table, TableStyle, Width};

use super::fit::Fitted;
use super::grid::{Field, Fit, Grid};
use super::{Document, ScreenLine, Style, TitledTable, paint, text};

/// What stands before a warning.
const NOTE: &str = "Note: ";

/// Writes a document for people.
pub(super) fn write(document: &Document, to: &mut dyn Write, style: &Style) -> io::Result<()> {
    write!(to, "{}", lines(&document.before, style))?;
    if !document.rows.is_empty() {
        write!(to, "{}", table(&document.rows, style))?;
    }
    for TitledTable { title, grid, .. } in document.further_to_see() {
        write!(to, "\n{}{}", sentence(&paint::bold(title), style, 0), table(grid, style))?;
    }
    write!(to, "{}", lines(&document.after, style))?;
    for warning in &document.warnings {
        let note = paint::dim(&format!("{NOTE}{}", text::safe(warning)));
        write!(to, "{}", sentence(&note, style, NOTE.len()))?;
    }
    Ok(())
}

/// Lines for people; facts that follow each other stand in two columns.
pub(super) fn lines(lines: &[ScreenLine], style: &Style) -> String {
    let mut text = String::new();
    for group in lines.chunk_by(|a, b| a.is_fact() && b.is_fact()) {
        match &group[0] {
            ScreenLine::Text(line) => text.push_str(&sentence(line, style, 0)),
            ScreenLine::Unbroken(line) => text.push_str(&(style.painted(&style.drawn(line)) + "\n")),
            ScreenLine::Fact(..) => text.push_str(&facts(group, style)),
        }
    }
    text
}

/// A line, broken where it is too long.
fn sentence(line: &str, style: &Style, indent: usize) -> String {
    style.painted(&text::wrapped(&style.drawn(line), style.width, indent)) + "\n"
}

/// Names to the left, and what is to be said of each to the right.
fn facts(lines: &[ScreenLine], style: &Style) -> String {
    let columns = [Field::text("", "", u8::MAX), Field::sentences("", "", u8::MAX)];
    let texts = lines.iter().filter_map(|line| match line {
        ScreenLine::Text(_) | ScreenLine::Unbroken(_) => None,
        ScreenLine::Fact(name, fact) => Some(vec![style.drawn(name), style.drawn(fact)]),
    });
    let texts: Vec<_> = texts.collect();
    let table = with_rows(Table::new(), &texts);
    let fitted = fitted(&columns, &table, style);
    let lines = drawn(table, &columns, &fitted);
    lines.iter().map(|line| style.painted(line) + "\n").collect()
}

/// The table for people, with the columns that fit.
pub(super) fn table(grid: &Grid, style: &Style) -> String {
    let grid = grid.for_people();
    let texts = grid.rows.iter().map(|row| row.iter().map(|cell| style.drawn(&cell.text)).collect());
    let mut texts: Vec<Vec<String>> = texts.collect();
    let (headings, height) = headings(&grid.columns);
    let mut table = Table::new();
    table.set_header(headings);
    let fitted = fitted(&grid.columns, &with_rows(table.clone(), &texts), style);
    cut(&mut texts, &grid.columns, &fitted, &style.drawn("…"));
    let mut lines = drawn(with_rows(table, &texts), &grid.columns, &fitted);
    lines.insert(height, rule(&fitted, style));
    lines.iter().map(|line| style.painted(line).trim_end().to_owned() + "\n").collect()
}

/// The headings, and how many lines they take; those of fewer lines stand at the bottom.
fn headings(columns: &[Field]) -> (Row, usize) {
    let height = |column: &Field| column.heading().lines().count().max(1);
    let highest = columns.iter().map(height).max().unwrap_or(1);
    let heading = |column: &Field| {
        let lines: Vec<String> = column.heading().lines().map(paint::bold).collect();
        "\n".repeat(highest - height(column)) + &lines.join("\n")
    };
    (Row::from(columns.iter().map(heading)), highest)
}

fn with_rows(mut table: Table, texts: &[Vec<String>]) -> Table {
    table.load_style(TableStyle::new());
    table.add_rows(texts.iter().map(Row::from));
    table
}

fn fitted(columns: &[Field], table: &Table, style: &Style) -> Fitted {
    let widest: Vec<usize> = table.column_max_content_widths().into_iter().map(usize::from).collect();
    Fitted::new(columns, &widest, style.width)
}

/// Cuts requests and keys to the room there is.
fn cut(texts: &mut [Vec<String>], columns: &[Field], fitted: &Fitted, ellipsis: &str) {
    for row in texts {
        for ((cell, column), width) in row.iter_mut().zip(columns).zip(&fitted.widths) {
            match (column.fit, *width) {
                (Fit::Cut, Some(width)) => *cell = text::cut(cell, width, ellipsis),
                (Fit::Middle, Some(width)) => *cell = text::without_middle(cell, width, ellipsis),
                _ => (),
            }
        }
    }
}

/// The line under the headings.
fn rule(fitted: &Fitted, style: &Style) -> String {
    let gap = " ".repeat(usize::from(fitted.gap));
    let rules = fitted.widths.iter().flatten().map(|width| paint::dim(&style.drawn("─").repeat(*width)));
    rules.collect::<Vec<_>>().join(&gap)
}

/// The lines of a table with the columns that fit.
fn drawn(mut table: Table, columns: &[Field], fitted: &Fitted) -> Vec<String> {
    let mut gap = 0;
    for ((column, field), width) in table.column_iter_mut().zip(columns).zip(&fitted.widths) {
        if field.right {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let Some(width) = *width else {
            column.set_constraint(ColumnConstraint::Hidden);
            continue;
        };
        let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(gap);
        column.set_padding((gap, 0));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        gap = fitted.gap;
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
