//! What occurrences are worth, by the characteristics stored with them.

use std::collections::HashMap;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use rusqlite::types::ValueRef;

use super::error::Result;
use super::occurrences::link_key;
use super::open::Database;
use crate::detect::{Covers, Found, FoundIn};
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

impl Database {
    /// Tells a snapshot which of its occurrences cover their workflow's whole request, unless it knows that.
    pub fn read_covers(&self, snapshot: &mut Snapshot) -> Result<()> {
        if snapshot.knows_covers() {
            return Ok(());
        }
        let (patterns, mut whole) = (snapshot.patterns_by_id(), Vec::new());
        self.each_characteristics(|id, key, characteristics| {
            let key = link_key(key).filter(|_| covers_whole(characteristics));
            let key = key.and_then(|key| snapshot.find_key(&key));
            whole.extend(key.zip(patterns.get(&id).copied()));
        })?;
        snapshot.set_whole_links(&whole);
        Ok(())
    }

    /// Reads the links in the table's own order, and what they cover.
    pub(super) fn read_links_by_row(&self, snapshot: &mut Snapshot) -> Result<()> {
        let patterns = snapshot.patterns_by_id();
        self.each_characteristics(|id, key, characteristics| {
            if let (Some(&pattern), Some(key)) = (patterns.get(&id), link_key(key)) {
                snapshot.add_link_of(&key, pattern, covers_whole(characteristics));
            }
        })
    }

    /// What the file says that a snapshot's links are worth.
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
        let Some(rowid) = columns.rowid() else { return Ok(()) };
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

/// Whether characteristics say that the request asked for recorded operations and for nothing else. That is looked for
/// where flowmine writes it, and at least the word, in far less time than JSON takes to be read.
fn covers_whole(characteristics: Value<'_>) -> bool {
    static WHOLE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(Covers::Whole.as_str()));
    static WRITTEN: LazyLock<String> = LazyLock::new(|| {
        let mut end = String::new();
        Found { found_in: FoundIn::REQUEST, covers: Covers::Whole }.write_json(&mut end);
        end + "}"
    });
    let Value::Text(json) = characteristics else { return false };
    if json.ends_with(WRITTEN.as_bytes()) {
        return true;
    }
    let json = WHOLE.find(json).and_then(|_| std::str::from_utf8(json).ok());
    let found = json.and_then(|json| Found::from_json(json).ok().flatten());
    found.is_some_and(|found| found.covers == Covers::Whole)
}
