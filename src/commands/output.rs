//! What goes to standard output: documents and plain texts. An error names what could not be written.

use std::io::{self, Write};

use anyhow::{Context, Result};
use flowmine::render::{Document, OutputFormat, Style};

use crate::cli::FormatChoice;

/// Puts a document on standard output.
pub fn show(document: &Document, format: FormatChoice, style: &Style) -> Result<()> {
    let format = match format {
        FormatChoice::Table => OutputFormat::Table,
        FormatChoice::Json => OutputFormat::Json,
        FormatChoice::Jsonl => OutputFormat::Jsonl,
        FormatChoice::Csv => OutputFormat::Csv,
        FormatChoice::Markdown => OutputFormat::Markdown,
    };
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let written = document.write(&mut stdout, format, style).and_then(|()| stdout.flush());
    written.with_context(|| cannot_write(document.kind))
}

/// Puts a text on standard output; `what` names it where that fails.
pub fn put(what: &str, text: impl AsRef<[u8]>) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_ref()).and_then(|()| stdout.flush());
    written.with_context(|| cannot_write(what))
}

fn cannot_write(what: &str) -> String {
    format!("cannot write the {what} to standard output")
}
