//! What stays as it was, because what a transcript said of it can be read no longer.

use std::collections::HashSet;

use super::plan::message;
use super::turn::Turn;
use crate::db::totals::{ImportedRow, imported_rows};
use crate::db::transcripts::KnownTranscript;
use crate::db::{Database, Result};

/// The keys of the workflows of which something was said by one of these transcripts alone, as far as it can be told: by a
/// call that `turns`, which are all that the others say, do not have.
pub fn kept_workflows<'t>(
    db: &Database,
    lost: &[KnownTranscript],
    turns: impl Iterator<Item = &'t Turn<'t>>,
) -> Result<HashSet<String>> {
    if lost.is_empty() {
        return Ok(HashSet::new());
    }
    let sources: HashSet<&str> = lost.iter().map(|lost| lost.source.as_str()).collect();
    let (mut keys, mut messages) = (HashSet::new(), HashSet::new());
    for turn in turns {
        keys.insert(turn.key.as_str());
        messages.extend(turn.calls.iter().map(|call| message(call.key)));
    }
    let rows = imported_rows(db)?;
    let with_calls: HashSet<&str> =
        rows.iter().filter(|row| row.call.is_some()).map(|row| row.workflow.as_str()).collect();
    let is_kept = |row: &&ImportedRow| {
        sources.contains(row.source.as_str())
            && match &row.call {
                Some(call) => !messages.contains(message(call)),
                None => !keys.contains(row.workflow.as_str()) && !with_calls.contains(row.workflow.as_str()),
            }
    };
    Ok(rows.iter().filter(is_kept).map(|row| row.workflow.clone()).collect())
}
