//! Documents as JSON: one object, or an object a row.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Document, text};

/// The version of the JSON documents' layout; it changes when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 2;

/// Writes one object.
pub(super) fn write(document: &Document, to: &mut dyn Write) -> io::Result<()> {
    write_escaped(to, &serde_json::to_string_pretty(&object(document))?)
}

/// Writes a line a row. Where there is more than one table, each line names its own.
pub(super) fn write_lines(document: &Document, to: &mut dyn Write) -> io::Result<()> {
    for (name, grid) in document.tables() {
        for row in grid.objects() {
            let table = (!document.further.is_empty()).then(|| ("table".to_owned(), json!(name)));
            let object: Map<_, _> = table.into_iter().chain(row).collect();
            write_escaped(to, &serde_json::to_string(&object)?)?;
        }
    }
    Ok(())
}

fn object(document: &Document) -> Value {
    let database = (!document.database.is_empty()).then_some(&document.database);
    let head = [
        ("schema_version", json!(SCHEMA_VERSION)),
        ("kind", json!(document.kind)),
        ("generated_at", json!(document.generated_at)),
        ("database", json!(database)),
    ];
    let facts = document.facts.iter().map(|(name, fact)| (*name, fact.clone()));
    let tables = document.tables().map(|(name, grid)| (name, grid.objects().map(Value::Object).collect()));
    let warnings: Vec<_> = document.said.iter().chain(&document.warnings).collect();
    let fields = head.into_iter().chain(facts).chain(tables).chain([("warnings", json!(warnings))]);
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Writes JSON in which every control and format character is escaped.
fn write_escaped(to: &mut dyn Write, json: &str) -> io::Result<()> {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if text::is_unsafe(character) && character != '\n' {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            safe.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(character);
        }
    }
    writeln!(to, "{safe}")
}
