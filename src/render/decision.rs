//! What a person decided on a pattern.

use jiff::Timestamp;
use serde_json::json;

use super::{Cell, Column, Document, Grid, paint, words};
use crate::db::review::Reviewed;
use crate::time::parse_time;

/// The document of `patterns set-status`.
pub fn document(
    id: i64,
    signature: &str,
    (before, after): &(Reviewed, Reviewed),
    database: String,
    now: Timestamp,
) -> Document {
    let column = |name| Column::raw(name);
    let text = |text: &Option<String>| Cell::raw(json!(text));
    let word = |status: &Option<String>| status.as_deref().map_or(words::UNKNOWN.to_owned(), words::safe);
    let by = after
        .reviewed_by
        .as_deref()
        .map_or(String::new(), |by| format!(" (reviewed by {})", words::safe(by)));
    let row = vec![
        Cell::raw(id),
        Cell::raw(signature),
        text(&after.automation_status),
        text(&before.automation_status),
        text(&after.reviewed_by),
        Cell::raw(json!(after.reviewed_at.as_deref().and_then(parse_time))),
        text(&after.review_notes),
    ];
    let columns = [
        "id",
        "pattern_signature",
        "automation_status",
        "previous_status",
        "reviewed_by",
        "reviewed_at",
        "review_notes",
    ];
    Document {
        kind: "decision",
        generated_at: now,
        database,
        facts: Vec::new(),
        before: vec![format!(
            "{}: {} → {}{by}",
            words::safe(signature),
            word(&before.automation_status),
            paint::status(&word(&after.automation_status))
        )],
        rows: Grid { columns: columns.map(column).to_vec(), rows: vec![row] },
        further: Vec::new(),
        after: Vec::new(),
        warnings: Vec::new(),
    }
}
