//! What a person decided on a pattern.

use serde_json::json;

use super::{Cell, Document, DocumentOrigin, Field, Grid, paint, text, words};
use crate::db::review::Reviewed;
use crate::time::parse_time;

const COLUMNS: [Field; 7] = [
    Field::raw("id"),
    Field::raw("pattern_signature"),
    Field::raw("automation_status"),
    Field::raw("previous_status"),
    Field::raw("reviewed_by"),
    Field::raw("reviewed_at"),
    Field::raw("review_notes"),
];

/// A decision on a pattern.
pub struct Decision<'a> {
    /// The pattern's id.
    pub id: i64,
    /// Its signature.
    pub signature: &'a str,
    /// What stood in its review columns before.
    pub before: &'a Reviewed,
    /// What stands there now.
    pub after: &'a Reviewed,
}

/// The document of `patterns set-status`.
pub fn document(decision: &Decision<'_>, origin: &DocumentOrigin) -> Document {
    let Decision { id, signature, before, after } = decision;
    let cell = |text: &Option<String>| Cell::raw(json!(text));
    let row = vec![
        Cell::raw(*id),
        Cell::raw(*signature),
        cell(&after.automation_status),
        cell(&before.automation_status),
        cell(&after.reviewed_by),
        Cell::raw(json!(after.reviewed_at.as_deref().and_then(parse_time))),
        cell(&after.review_notes),
    ];
    Document {
        before: vec![line(decision).into()],
        rows: Grid { columns: COLUMNS.to_vec(), rows: vec![row] },
        ..Document::new("decision", origin)
    }
}

fn line(decision: &Decision<'_>) -> String {
    let word = |status: &Option<String>| status.as_deref().map_or(words::UNKNOWN.to_owned(), text::safe);
    let by = decision.after.reviewed_by.as_deref();
    format!(
        "{}: {} → {}{}",
        text::safe(decision.signature),
        word(&decision.before.automation_status),
        paint::status(&word(&decision.after.automation_status)),
        by.map_or(String::new(), |by| format!(" (reviewed by {})", text::safe(by)))
    )
}
