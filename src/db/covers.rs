//! What occurrences are worth, by the characteristics stored with them.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use serde::Deserialize;

use super::error::Result;
use super::occurrences::link_key;
use super::open::Database;
use crate::detect::{Covers, Found};
use crate::snapshot::{KeyId, PatternIndex, Snapshot};
use crate::value::Value;

/// The longest characteristics that are looked into, in bytes: flowmine writes no longer ones.
const MAX_CHARACTERISTICS: usize = 1024 * 1024;

/// What the file says that its occurrences are worth: `None` of those whose characteristics do not speak of it, and nothing
/// of those whose characteristics cannot be read.
#[derive(Default)]
pub struct StoredFound(HashMap<(KeyId, PatternIndex), Option<Found>>);

impl StoredFound {
    /// Whether the file says of an occurrence that it is worth this; `None`: that rules cannot tell.
    pub fn says(&self, key: KeyId, pattern: PatternIndex, found: Option<Found>) -> bool {
        self.0.get(&(key, pattern)) == Some(&found)
    }
}

/// What the characteristics say of what the request asked for.
#[derive(Deserialize)]
struct StoredCovers<'a> {
    covers: &'a str,
}

impl Database {
    /// All that the file says, and what each occurrence is worth.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn snapshot_with_covers(&self, now: Timestamp) -> Result<Snapshot> {
        let mut snapshot = self.snapshot(now)?;
        self.read_covers(&mut snapshot)?;
        Ok(snapshot)
    }

    /// Tells a snapshot which of its occurrences cover their workflow's whole request.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read_covers(&self, snapshot: &mut Snapshot) -> Result<()> {
        let patterns = snapshot.patterns_by_id();
        self.each_characteristics(|id, key, characteristics| {
            if let Some(&pattern) = patterns.get(&id)
                && covers_whole(characteristics)
                && let Some(key) = link_key(key)
            {
                snapshot.add_whole_link(pattern, &key);
            }
        })
    }

    /// What the file says that a snapshot's links are worth.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn stored_found(&self, snapshot: &Snapshot) -> Result<StoredFound> {
        let patterns = snapshot.patterns_by_id();
        let mut stored = StoredFound::default();
        self.each_characteristics(|id, key, characteristics| {
            let key = link_key(key).and_then(|key| snapshot.find_key(&key));
            if let (Some(&pattern), Some(key)) = (patterns.get(&id), key)
                && let Some(Ok(found)) = characteristics.as_text().map(Found::from_json)
            {
                stored.0.insert((key, pattern), found);
            }
        })?;
        Ok(stored)
    }

    /// Calls a function with the pattern's id, the workflow's key and the characteristics of every occurrence.
    fn each_characteristics(&self, mut visit: impl FnMut(i64, Value<'_>, Value<'_>)) -> Result<()> {
        let Some(columns) = self.layout.occurrences.as_ref().filter(|_| self.layout.has_links()) else {
            return Ok(());
        };
        let Some(rowid) = columns.rowid().filter(|_| columns.has("matched_characteristics")) else {
            return Ok(());
        };
        let characteristics = columns.or_null("o", "matched_characteristics");
        let read = format!(
            "o.pattern_id, o.workflow_id, \
             CASE WHEN octet_length({characteristics}) <= {MAX_CHARACTERISTICS} THEN {characteristics} END"
        );
        self.each_occurrence(rowid, &read, |row| {
            if let ValueRef::Integer(id) = row.get_ref(1)? {
                visit(id, row.get_ref(2)?.into(), row.get_ref(3)?.into());
            }
            Ok(())
        })
    }
}

/// Whether characteristics say that the request asked for recorded operations and for nothing else. Most do not hold the
/// word, which is found in far less time than JSON takes to be read.
fn covers_whole(characteristics: Value<'_>) -> bool {
    let whole = Covers::Whole.as_str();
    characteristics.as_text().filter(|json| json.contains(whole)).is_some_and(|json| {
        serde_json::from_str::<StoredCovers<'_>>(json).is_ok_and(|stored| stored.covers == whole)
    })
}
