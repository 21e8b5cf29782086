//! What a person decided on a pattern.

use serde_json::json;

use super::{Document, DocumentOrigin, Grid, paint, realised, text, words};
use crate::db::review::Reviewed;
use crate::statistics::realised::Realised;
use crate::time::parse_time;

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
    /// What later costs will be compared with; `None` where the new status does not say that a tool does the operation.
    pub realised: Option<Realised>,
}

/// The document of `patterns set-status`.
pub fn document(decision: &Decision<'_>, origin: &DocumentOrigin) -> Document {
    let after = decision.after;
    let outlook = decision.realised.map(|realised| realised::outlook(&realised, &origin.zone).into());
    Document {
        facts: vec![("realised", realised::json(decision.realised))],
        before: std::iter::once(line(decision).into()).chain(outlook).collect(),
        rows: Grid::of(std::slice::from_ref(decision))
            .raw("id", |decision| decision.id)
            .raw("pattern_signature", |decision| decision.signature)
            .raw("automation_status", |_| after.automation_status.clone())
            .raw("previous_status", |decision| decision.before.automation_status.clone())
            .raw("reviewed_by", |_| after.reviewed_by.clone())
            .raw("reviewed_at", |_| json!(after.reviewed_at.as_deref().and_then(parse_time)))
            .raw("review_notes", |_| after.review_notes.clone())
            .finish(),
        ..Document::new("decision", origin)
    }
}

fn line(decision: &Decision<'_>) -> String {
    let word = |status: &Option<String>| status.as_deref().map_or_else(words::unknown, text::safe);
    let by = decision.after.reviewed_by.as_deref();
    format!(
        "{}: {} → {}{}",
        text::safe(decision.signature),
        word(&decision.before.automation_status),
        paint::status(&word(&decision.after.automation_status)),
        by.map_or(String::new(), |by| format!(" (reviewed by {})", text::safe(by)))
    )
}
