//! Which occurrences cover their workflow's whole request, by the characteristics stored with them.

use jiff::Timestamp;
use serde::Deserialize;

use super::error::Result;
use super::occurrences::link_key;
use super::open::Database;
use crate::detect::Covers;
use crate::snapshot::Snapshot;
use crate::value::Value;

/// The longest characteristics that are looked into, in bytes: flowmine writes no longer ones.
const MAX_CHARACTERISTICS: usize = 1024 * 1024;

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
        let Some(columns) = self.layout.occurrences.as_ref().filter(|_| self.layout.has_links()) else {
            return Ok(());
        };
        let Some(rowid) = columns.rowid().filter(|_| columns.has("matched_characteristics")) else {
            return Ok(());
        };
        let patterns = snapshot.patterns_by_id();
        let characteristics = columns.or_null("o", "matched_characteristics");
        let read = format!(
            "o.pattern_id, o.workflow_id, \
             CASE WHEN octet_length({characteristics}) <= {MAX_CHARACTERISTICS} THEN {characteristics} END"
        );
        self.each_occurrence(rowid, &read, |row| {
            let pattern = row.get_ref(1)?.as_i64().ok().and_then(|id| patterns.get(&id));
            if let Some(&pattern) = pattern
                && covers_whole(row.get_ref(3)?.into())
                && let Some(key) = link_key(row.get_ref(2)?.into())
            {
                snapshot.add_whole_link(pattern, &key);
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
