//! The occurrences read into a snapshot, and what each is worth ([`Found`]) by the characteristics stored with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use rusqlite::types::ValueRef;

use super::error::{Error, Result};
use super::open::Database;
use super::own_file::is_own;
use crate::detect::{Covers, Found, FoundIn};
use crate::snapshot::{KeyId, PatternIndex, Snapshot};
use crate::value::Value;

/// Rows that one statement reads before it lets go of the file.
const ROWS_AT_ONCE: usize = 50_000;

/// The longest characteristics that are looked into, in bytes: flowmine writes no longer ones.
const MAX_CHARACTERISTICS: usize = 1024 * 1024;

/// What the file says each occurrence is worth: `None` where its characteristics do not say; no entry where they cannot
/// be read.
#[derive(Default)]
pub struct StoredFound(HashMap<(KeyId, PatternIndex), Option<Found>>);

impl StoredFound {
    /// Whether this is what the file says an occurrence is worth; `None` stands for rules that cannot tell.
    pub fn says(&self, key: KeyId, pattern: PatternIndex, found: Option<Found>) -> bool {
        self.0.get(&(key, pattern)) == Some(&found)
    }
}

impl Database {
    /// A snapshot of the patterns and the occurrences, with no workflow yet.
    pub fn snapshot_of_links(&self) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.patterns = self.stored_patterns()?;
        snapshot.is_imported = is_own(self)?;
        self.read_measured(&mut snapshot)?;
        self.read_excluded_workflows(&mut snapshot)?;
        let patterns = snapshot.patterns_by_id();
        self.each_occurrence(|id, key, characteristics| {
            if let (Some(&pattern), Some(key)) = (patterns.get(&id), link_key(key)) {
                snapshot.add_link_of(&key, pattern, covers_whole(characteristics));
            }
        })?;
        snapshot.sort_links();
        Ok(snapshot)
    }

    /// What the file says each link of a snapshot is worth.
    pub fn stored_found(&self, snapshot: &Snapshot) -> Result<StoredFound> {
        let patterns = snapshot.patterns_by_id();
        let mut stored = StoredFound::default();
        self.each_occurrence(|id, key, characteristics| {
            let key = link_key(key).and_then(|key| snapshot.find_key(&key));
            if let (Some(&pattern), Some(key)) = (patterns.get(&id), key)
                && let Some(Ok(found)) = characteristics.as_text().map(Found::from_json)
            {
                stored.0.insert((key, pattern), found);
            }
        })?;
        Ok(stored)
    }

    /// Calls `visit` with the pattern's id, the workflow's key and the characteristics of every occurrence, in rowid
    /// order and a part at a time, so that no statement keeps writers waiting for long.
    fn each_occurrence(&self, mut visit: impl FnMut(i64, Value<'_>, Value<'_>)) -> Result<()> {
        let Some(columns) = self.layout.occurrences.as_ref().filter(|_| self.layout.has_links()) else {
            return Ok(());
        };
        let Some(rowid) = columns.rowid() else { return Ok(()) };
        let characteristics = columns.or_null("o", "matched_characteristics");
        let sql = format!(
            "SELECT o.{rowid}, o.pattern_id, o.workflow_id, \
             CASE WHEN octet_length({characteristics}) <= {MAX_CHARACTERISTICS} THEN {characteristics} END \
             FROM pattern_occurrences AS o WHERE o.{rowid} > ?1 ORDER BY o.{rowid} LIMIT {ROWS_AT_ONCE}"
        );
        let mut last = Some(i64::MIN);
        while let Some(after) = last.take() {
            if self.interrupted() {
                return Err(Error::Interrupted);
            }
            self.read(|conn| {
                let mut statement = conn.prepare_cached(&sql)?;
                let mut rows = statement.query([after])?;
                while let Some(row) = rows.next()? {
                    last = Some(row.get(0)?);
                    if let ValueRef::Integer(id) = row.get_ref(1)? {
                        visit(id, row.get_ref(2)?.into(), row.get_ref(3)?.into());
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A link's `workflow_id` as a key; a number in the same text form as in the history.
fn link_key(key: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match key {
        Value::Null => None,
        Value::Text(key) | Value::Blob(key) => Some(key.into()),
        number => Some(number.text().ok().flatten().unwrap_or_default().into_owned().into_bytes().into()),
    }
}

/// Whether characteristics say that the request asked for recorded operations and for nothing else. The JSON is parsed
/// only where it does not end as flowmine writes it and has the word somewhere: that is much faster.
fn covers_whole(characteristics: Value<'_>) -> bool {
    static WHOLE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(Covers::Whole.as_str()));
    static WRITTEN: LazyLock<String> = LazyLock::new(|| {
        let found = Found { found_in: FoundIn::REQUEST, covers: Covers::Whole };
        found.json().replacen('{', ",", 1)
    });
    let Value::Text(json) = characteristics else { return false };
    if json.ends_with(WRITTEN.as_bytes()) {
        return true;
    }
    let json = WHOLE.find(json).and_then(|_| std::str::from_utf8(json).ok());
    let found = json.and_then(|json| Found::from_json(json).ok().flatten());
    found.is_some_and(|found| found.covers == Covers::Whole)
}
