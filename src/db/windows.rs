//! Between which times the links of patterns were detected: what is known of patterns whose workflows are gone.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::columns::json_list;
use super::error::Result;
use super::open::{Database, Transaction};
use crate::statistics::Window;
use crate::time::parse_time;
use crate::value::Value;

impl Database {
    /// Between which times the links of these patterns were detected.
    pub fn detection_windows(&self, pattern_ids: &[i64]) -> Result<HashMap<i64, Window>> {
        let has_times = self.layout.occurrences.as_ref().is_some_and(|columns| columns.has("detected_at"));
        if !self.layout.has_links() || !has_times {
            return Ok(HashMap::new());
        }
        self.read(|conn| windows(conn, pattern_ids))
    }
}

/// The same inside a transaction.
pub fn detection_windows(tx: &Transaction<'_>, pattern_ids: &[i64]) -> Result<HashMap<i64, Window>> {
    Ok(windows(tx.pass(), pattern_ids)?)
}

/// A link that stands there more than once was detected at the earliest of its times: a workflow counts once. An index that
/// finds the links of a pattern is used where there is one, else the table is gone through once for all of them.
fn windows(conn: &Connection, pattern_ids: &[i64]) -> rusqlite::Result<HashMap<i64, Window>> {
    if pattern_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT e.pattern_id, min(e.earliest), max(e.earliest) FROM ( \
                   SELECT o.pattern_id, min(o.detected_at) AS earliest FROM pattern_occurrences AS o \
                   WHERE o.pattern_id IN (SELECT j.value FROM json_each(?1) AS j) AND typeof(o.detected_at) = 'text' \
                   GROUP BY o.pattern_id, o.workflow_id COLLATE BINARY \
               ) AS e GROUP BY e.pattern_id";
    let mut statement = conn.prepare_cached(sql)?;
    statement.query_map([json_list(pattern_ids)], |row| Ok((row.get(0)?, decode_window(row)?)))?.collect()
}

fn decode_window(row: &Row<'_>) -> rusqlite::Result<Window> {
    let mut window = Window::default();
    for column in [1, 2] {
        let text = Value::from(row.get_ref(column)?).text().ok().flatten();
        if let Some(time) = text.as_deref().and_then(parse_time) {
            window.include(time);
        }
    }
    Ok(window)
}
