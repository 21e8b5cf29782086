//! What a person left out of the figures, or lets count again.

use serde_json::json;

use super::{Cell, Document, DocumentOrigin, Field, Grid, text};
use crate::pipeline::ExclusionChange;
use crate::snapshot::Exclusion;
use crate::time::parse_time;

const COLUMNS: [Field; 7] = [
    Field::raw("kind"),
    Field::raw("name"),
    Field::raw("excluded"),
    Field::raw("changed"),
    Field::raw("excluded_by"),
    Field::raw("excluded_at"),
    Field::raw("note"),
];

/// The document of `patterns exclude` and `patterns include`.
pub fn document(changes: &[ExclusionChange], origin: &DocumentOrigin) -> Document {
    Document {
        before: changes.iter().map(|change| line(change).into()).collect(),
        rows: Grid { columns: COLUMNS.to_vec(), rows: changes.iter().map(row).collect() },
        ..Document::new("exclusions", origin)
    }
}

fn row(change: &ExclusionChange) -> Vec<Cell> {
    let said = change.after.clone().unwrap_or_default();
    vec![
        Cell::raw(change.what.kind()),
        Cell::raw(change.what.name()),
        Cell::raw(change.after.is_some()),
        Cell::raw(change.is_new()),
        Cell::raw(json!(said.by)),
        Cell::raw(json!(said.at.as_deref().and_then(parse_time))),
        Cell::raw(json!(said.note)),
    ]
}

fn line(change: &ExclusionChange) -> String {
    let outcome = match (&change.after, change.is_new()) {
        (Some(said), true) => format!("left out{}", said_by(said)),
        (Some(said), false) => format!("was left out before{}", said_by(said)),
        (None, true) => "counts again".to_owned(),
        (None, false) => "was not left out".to_owned(),
    };
    format!("{} {}: {outcome}", change.what.kind(), text::safe(change.what.name()))
}

fn said_by(exclusion: &Exclusion) -> String {
    exclusion.by.as_deref().map_or(String::new(), |by| format!(" (by {})", text::safe(by)))
}
