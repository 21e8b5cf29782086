//! What a person left out of the figures, or lets count again.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Document, DocumentOrigin, Grid, text, words};
use crate::db::exclusions::Excludable;
use crate::pipeline::ExclusionChange;
use crate::snapshot::{Exclusion, StoredPattern};
use crate::time::parse_time;

/// The document of `patterns exclude` and `patterns include`.
pub fn document(changes: &[ExclusionChange], origin: &DocumentOrigin) -> Document {
    let said = |change: &ExclusionChange| change.after.clone().unwrap_or_default();
    Document {
        before: changes.iter().map(|change| line(change).into()).collect(),
        rows: Grid::of(changes)
            .raw("kind", |change| change.what.kind())
            .raw("name", |change| json!(change.what.name()))
            .raw("excluded", |change| change.after.is_some())
            .raw("changed", ExclusionChange::is_new)
            .raw("excluded_by", |change| said(change).by)
            .raw("excluded_at", |change| json!(said(change).at.as_deref().and_then(parse_time)))
            .raw("note", |change| said(change).note)
            .finish(),
        ..Document::new("exclusions", origin)
    }
}

/// The document of all that is left out.
pub fn list(excluded: &[(Excludable, Exclusion)], origin: &DocumentOrigin) -> Document {
    let unchanged = |(what, said): &(Excludable, Exclusion)| {
        let said = Some(said.clone());
        ExclusionChange { what: what.clone(), before: said.clone(), after: said }
    };
    let changes: Vec<_> = excluded.iter().map(unchanged).collect();
    let line = |(what, exclusion): &(Excludable, Exclusion)| {
        let (kind, name) = (what.kind(), text::safe(what.name()));
        format!("{kind} {name}: left out{}", said(exclusion, &origin.zone)).into()
    };
    let mut before: Vec<_> = excluded.iter().map(line).collect();
    if before.is_empty() {
        before.push("Nothing is left out.".to_owned().into());
    }
    Document { before, ..document(&changes, origin) }
}

fn line(change: &ExclusionChange) -> String {
    let outcome = match (&change.after, change.is_new()) {
        (Some(said), true) => format!("left out{}", said_by(said)),
        (Some(said), false) => format!("was left out before{}, and stays as it was said then", said_by(said)),
        (None, true) => "counts again".to_owned(),
        (None, false) => "was not left out".to_owned(),
    };
    format!("{} {}: {outcome}", change.what.kind(), text::safe(change.what.name()))
}

fn said_by(exclusion: &Exclusion) -> String {
    exclusion.by.as_deref().map_or(String::new(), |by| format!(" (by {})", text::safe(by)))
}

/// Who left something out, when and why.
pub fn said(Exclusion { by, at, note }: &Exclusion, zone: &TimeZone) -> String {
    words::said(by.as_deref(), at.as_deref(), note.as_deref(), zone)
}

/// The same for programs; null where the pattern counts.
pub fn json_of(pattern: &StoredPattern) -> Value {
    let Some(Exclusion { by, at, note }) = &pattern.exclusion else { return Value::Null };
    let at = at.as_deref().and_then(parse_time);
    json!({ "excluded_by": by, "excluded_at": at, "note": note })
}
