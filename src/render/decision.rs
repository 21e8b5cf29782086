//! What a person decided on a pattern.

use serde_json::json;

use super::{Document, DocumentOrigin, Grid, paint, realised, text, words};
use crate::db::review::Reviewed;
use crate::statistics::realised::Realised;
use crate::time::parse_time;

const COLUMNS: [&str; 7] = [
    "id",
    "pattern_signature",
    "automation_status",
    "previous_status",
    "reviewed_by",
    "reviewed_at",
    "review_notes",
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
    let row = [
        json!(id),
        json!(signature),
        json!(after.automation_status),
        json!(before.automation_status),
        json!(after.reviewed_by),
        json!(after.reviewed_at.as_deref().and_then(parse_time)),
        json!(after.review_notes),
    ];
    let outlook = realised.map(|realised| realised::outlook(&realised, &origin.zone).into());
    Document {
        facts: vec![("realised", realised::json(*realised))],
        before: std::iter::once(line(decision).into()).chain(outlook).collect(),
        rows: Grid::raw(COLUMNS, [row].into_iter()),
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
