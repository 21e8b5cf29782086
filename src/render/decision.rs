//! What a person decided on a pattern.

use serde_json::json;

use super::{Cell, Document, DocumentOrigin, Field, Grid, paint, realised, text, words};
use crate::db::review::Reviewed;
use crate::statistics::realised::Realised;
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
    /// What it will be compared with; `None` where it does not say that a tool does the operation.
    pub realised: Option<Realised>,
}

/// The document of `patterns set-status`.
pub fn document(decision: &Decision<'_>, origin: &DocumentOrigin) -> Document {
    let Decision { id, signature, before, after, realised } = decision;
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
    let outlook = realised.map(|realised| realised::outlook(&realised, &origin.zone).into());
    Document {
        facts: vec![("realised", realised::json(*realised))],
        before: std::iter::once(line(decision).into()).chain(outlook).collect(),
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
