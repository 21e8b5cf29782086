//! The figures as Markdown tables.

use std::fmt;

/// A Markdown table with its columns in line: words on the left, numbers on the right.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|&title| title.to_owned()).collect()] }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    }

    fn is_numeric(&self, column: usize) -> bool {
        self.rows[1..].iter().all(|row| row[column].starts_with(|first: char| first.is_ascii_digit()))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, row) in self.rows.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                if self.is_numeric(column) {
                    write!(f, "| {cell:>width$} ")?;
                } else {
                    write!(f, "| {cell:<width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if place == 0 {
                for column in 0..row.len() {
                    let line = "-".repeat(self.width(column) + 1);
                    write!(f, "|{line}{}", if self.is_numeric(column) { ':' } else { '-' })?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// A figure with a mark whether it is as wanted.
pub fn judged(figure: &str, is_met: bool) -> String {
    format!("{figure} {}", if is_met { "✓" } else { "✗" })
}

/// 1000000 as 1,000,000.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub fn mebibytes(bytes: u64) -> String {
    format!("{} MB", grouped(bytes >> 20))
}
