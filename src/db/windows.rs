//! Between which times the links of patterns were detected: what is known of patterns whose workflows are gone.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

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

/// Whether an index on all occurrences begins with the pattern, so that it finds those of one pattern.
fn is_indexed_by_pattern(conn: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (
        SELECT 1 FROM pragma_index_list('pattern_occurrences') AS l, pragma_index_info(l.name) AS x
        WHERE l.partial = 0 AND x.seqno = 0 AND lower(x.name) = 'pattern_id')";
    conn.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

fn windows(conn: &Connection, pattern_ids: &[i64]) -> rusqlite::Result<HashMap<i64, Window>> {
    if pattern_ids.is_empty() {
        return Ok(HashMap::new());
    }
    if is_indexed_by_pattern(conn)? {
        return pattern_ids.iter().map(|&id| Ok((id, window(conn, id)?))).collect();
    }
    all_windows(conn)
}

/// A link that stands there more than once was detected at the earliest of its times: a workflow counts once.
fn window(conn: &Connection, pattern_id: i64) -> rusqlite::Result<Window> {
    let sql = "SELECT min(e.earliest), max(e.earliest) FROM ( \
                   SELECT min(o.detected_at) AS earliest FROM pattern_occurrences AS o \
                   WHERE o.pattern_id = ?1 AND typeof(o.detected_at) = 'text' GROUP BY o.workflow_id COLLATE BINARY \
               ) AS e";
    conn.prepare_cached(sql)?.query_row([pattern_id], |row| decode_window(row, 0))
}

/// The same of all patterns, in one pass over the table.
fn all_windows(conn: &Connection) -> rusqlite::Result<HashMap<i64, Window>> {
    let sql = "SELECT e.pattern_id, min(e.earliest), max(e.earliest) FROM ( \
                   SELECT o.pattern_id, min(o.detected_at) AS earliest FROM pattern_occurrences AS o \
                   WHERE typeof(o.detected_at) = 'text' AND typeof(o.pattern_id) = 'integer' \
                   GROUP BY o.pattern_id, o.workflow_id COLLATE BINARY \
               ) AS e GROUP BY e.pattern_id";
    let mut statement = conn.prepare_cached(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, decode_window(row, 1)?)))?.collect()
}

fn decode_window(row: &Row<'_>, first: usize) -> rusqlite::Result<Window> {
    let mut window = Window::default();
    for column in first..first + 2 {
        let text = Value::from(row.get_ref(column)?).text().ok().flatten();
        if let Some(time) = text.as_deref().and_then(parse_time) {
            window.include(time);
        }
    }
    Ok(window)
}
