//! The tables that flowmine writes for others to read: `operation_patterns` and `pattern_occurrences`.

use std::borrow::Cow;
use std::sync::LazyLock;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Row, params};

use super::{Database, Error, Result};
use crate::snapshot::{Snapshot, StoredPattern, StoredStatistics};
use crate::statistics::{PatternStatistics, Window};
use crate::time::{parse_time, stored_time};
use crate::workflow;

const FIND_PATTERN: &str = "SELECT min(id) FROM operation_patterns WHERE pattern_signature = ?1";
const INSERT_PATTERN: &str = "INSERT INTO operation_patterns \
    (pattern_signature, pattern_type, occurrence_count, avg_tokens_with_llm, avg_cost_with_llm, avg_tokens_with_tool, \
     avg_cost_with_tool, typical_input_pattern, automation_status, confidence_score, potential_monthly_savings, \
     created_at, last_seen) \
    VALUES (?1, ?2, 0, 0, 0.0, 0, 0.0, ?3, 'detected', 10.0, 0.0, ?4, ?4)";
/// The similarity is 100: a workflow has a pattern's signature wholly or not at all.
const INSERT_OCCURRENCE: &str = "INSERT INTO pattern_occurrences \
    (detected_at, similarity_score, pattern_id, workflow_id, matched_characteristics) VALUES (?1, 100.0, ?2, ?3, ?4) \
    ON CONFLICT (pattern_id, workflow_id) DO NOTHING";
const FIND_OCCURRENCE: &str = "SELECT 1 FROM pattern_occurrences WHERE pattern_id = ?1 AND workflow_id = ?2";
const REKEY_OCCURRENCE: &str =
    "UPDATE pattern_occurrences SET workflow_id = ?3 WHERE pattern_id = ?1 AND workflow_id = ?2";
const DELETE_OCCURRENCE: &str = "DELETE FROM pattern_occurrences WHERE pattern_id = ?1 AND workflow_id = ?2";
const DELETE_PATTERN: &str = "DELETE FROM operation_patterns WHERE id = ?1 \
    AND NOT EXISTS (SELECT 1 FROM pattern_occurrences WHERE pattern_id = ?1)";
const COUNT_OCCURRENCES: &str = "UPDATE operation_patterns SET occurrence_count = \
    (SELECT count(DISTINCT workflow_id) FROM pattern_occurrences WHERE pattern_id = ?1) WHERE id = ?1";
const CHARACTERISTICS: &str =
    "SELECT matched_characteristics FROM pattern_occurrences WHERE pattern_id = ?1 AND workflow_id = ?2";
const UPDATE_STATISTICS: &str = "UPDATE operation_patterns SET occurrence_count = ?2, potential_monthly_savings = ?3, \
    confidence_score = ?4, avg_tokens_with_tool = ?5, avg_cost_with_tool = ?6, last_seen = ?7, \
    typical_input_pattern = ?8, avg_tokens_with_llm = ?9, avg_cost_with_llm = ?10 WHERE id = ?1";
const UPDATE_WITHOUT_HISTORY: &str = "UPDATE operation_patterns SET occurrence_count = ?2, \
    potential_monthly_savings = ?3, confidence_score = ?4, avg_tokens_with_tool = ?5, avg_cost_with_tool = ?6 \
    WHERE id = ?1";

/// Triggers may write elsewhere, which `OR FAIL` would leave half done.
const TRIGGERS: &str = "SELECT 1 FROM main.sqlite_schema \
    WHERE type = 'trigger' AND tbl_name = 'pattern_occurrences' COLLATE NOCASE";

/// Occurrences that one statement inserts. A statement opens the table and each of its indexes, and its next row goes
/// beside the one before: 32 rows a statement take about 0.65 times as long as 32 statements, and 64 no less.
const AT_ONCE: usize = 32;

/// [`INSERT_OCCURRENCE`] for [`AT_ONCE`] of them. With `OR FAIL` SQLite keeps no journal for the case that a later row is
/// refused (with which this is no faster): the rows before it stay.
static INSERT_OCCURRENCES: LazyLock<String> = LazyLock::new(|| {
    let row = |row: usize| format!("(?1, 100.0, ?{}, ?{}, ?{})", 3 * row + 2, 3 * row + 3, 3 * row + 4);
    let rows: Vec<_> = (0..AT_ONCE).map(row).collect();
    INSERT_OCCURRENCE.replace("INSERT INTO", "INSERT OR FAIL INTO").replace(&row(0), &rows.join(", "))
});

/// Prepares every statement that writes, so that a table without one of the columns is found out before the first.
pub fn check_statements(conn: &Connection) -> rusqlite::Result<()> {
    for sql in [
        FIND_PATTERN,
        INSERT_PATTERN,
        INSERT_OCCURRENCE,
        &INSERT_OCCURRENCES,
        REKEY_OCCURRENCE,
        DELETE_OCCURRENCE,
        DELETE_PATTERN,
        COUNT_OCCURRENCES,
        CHARACTERISTICS,
        UPDATE_STATISTICS,
        UPDATE_WITHOUT_HISTORY,
    ] {
        conn.prepare_cached(sql)?;
    }
    Ok(())
}

/// Whether an error is this one row's (a constraint or a trigger refused it) and not the file's.
pub fn concerns_one_row(error: &rusqlite::Error, conn: &Connection) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) && !conn.is_autocommit()
        || error.sqlite_error_code() == Some(ErrorCode::TooBig)
}

/// The id of the pattern with this signature.
pub fn find_pattern(conn: &Connection, signature: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached(FIND_PATTERN)?.query_row([signature], |row| row.get(0))
}

/// Creates a pattern without occurrences: status detected, confidence 10.
pub fn insert_pattern(
    conn: &Connection,
    signature: &str,
    pattern_type: &str,
    characteristics: &str,
    now: &str,
) -> rusqlite::Result<i64> {
    conn.prepare_cached(INSERT_PATTERN)?.insert(params![signature, pattern_type, characteristics, now])
}

/// What recording an occurrence did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The pattern's id.
    pub pattern_id: i64,
    /// The pattern was created.
    pub new_pattern: bool,
    /// The link was created.
    pub new_occurrence: bool,
}

/// An occurrence of a pattern that is in the file.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The pattern's id.
    pub pattern_id: i64,
    /// The workflow's key.
    pub key: &'a str,
    /// JSON.
    pub characteristics: &'a str,
}

/// Records occurrences within one transaction.
pub struct Recorder<'a> {
    conn: &'a Connection,
    insert: CachedStatement<'a>,
    /// The same for [`AT_ONCE`] occurrences; `None` where each must be inserted for itself.
    insert_many: Option<CachedStatement<'a>>,
    now: &'a str,
}

impl<'a> Recorder<'a> {
    /// A recorder for this transaction. `now` is stored as it is: `YYYY-MM-DD HH:MM:SS` UTC.
    pub fn new(conn: &'a Connection, now: &'a str) -> rusqlite::Result<Self> {
        let insert = conn.prepare_cached(INSERT_OCCURRENCE)?;
        let insert_many = match conn.prepare_cached(TRIGGERS)?.exists([])? {
            true => None,
            false => Some(conn.prepare_cached(&INSERT_OCCURRENCES)?),
        };
        Ok(Self { conn, insert, insert_many, now })
    }

    /// Links a workflow with the pattern of a (signature, type), which is found or created.
    pub fn record(
        &mut self,
        (signature, pattern_type): (&str, &str),
        key: &str,
        characteristics: &str,
    ) -> rusqlite::Result<Recording> {
        let conn = self.conn;
        let (pattern_id, new_pattern) = match find_pattern(conn, signature)? {
            Some(id) => (id, false),
            None => (insert_pattern(conn, signature, pattern_type, characteristics, self.now)?, true),
        };
        let inserted = self.insert(&Occurrence { pattern_id, key, characteristics });
        if inserted.is_err() && new_pattern && !conn.is_autocommit() {
            // The file refuses the link, and a pattern without occurrences is nothing.
            delete_pattern(conn, pattern_id)?;
        }
        Ok(Recording { pattern_id, new_pattern, new_occurrence: inserted? })
    }

    /// Links workflows with patterns and answers how many of the links are new. `linked` hears of each occurrence, by
    /// its place, that it is in the file now or why the file refuses it.
    ///
    /// # Errors
    /// Where it is not one row that the file refuses.
    pub fn record_all(
        &mut self,
        occurrences: &[Occurrence<'_>],
        mut linked: impl FnMut(usize, rusqlite::Result<()>),
    ) -> rusqlite::Result<u64> {
        let mut new = 0;
        for (number, some) in occurrences.chunks(AT_ONCE).enumerate() {
            let first = number * AT_ONCE;
            if some.len() == AT_ONCE && self.insert_many(some, &mut new)? {
                (first..first + AT_ONCE).for_each(|place| linked(place, Ok(())));
                continue;
            }
            for (occurrence, place) in some.iter().zip(first..) {
                match self.insert(occurrence) {
                    Ok(inserted) => {
                        new += u64::from(inserted);
                        if inserted || has_occurrence(self.conn, occurrence.pattern_id, occurrence.key)? {
                            linked(place, Ok(()));
                        }
                    }
                    Err(error) if concerns_one_row(&error, self.conn) => linked(place, Err(error)),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(new)
    }

    fn insert(&mut self, occurrence: &Occurrence<'_>) -> rusqlite::Result<bool> {
        let Occurrence { pattern_id, key, characteristics } = *occurrence;
        Ok(self.insert.execute(params![self.now, pattern_id, key, characteristics])? > 0)
    }

    /// Inserts occurrences with one statement and adds to `new` how many were not there. `false`: it was not to be had,
    /// or the file refuses one of them, and none behind it has been inserted.
    fn insert_many(&mut self, occurrences: &[Occurrence<'_>], new: &mut u64) -> rusqlite::Result<bool> {
        let Some(statement) = &mut self.insert_many else { return Ok(false) };
        let refused = match bind(statement, self.now, occurrences) {
            Ok(()) => match statement.raw_execute() {
                Ok(inserted) => {
                    *new += inserted as u64;
                    return Ok(true);
                }
                Err(error) => {
                    *new += self.conn.changes();
                    error
                }
            },
            Err(too_big) => too_big,
        };
        if concerns_one_row(&refused, self.conn) { Ok(false) } else { Err(refused) }
    }
}

fn bind(
    statement: &mut CachedStatement<'_>,
    now: &str,
    occurrences: &[Occurrence<'_>],
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(1, now)?;
    for (occurrence, place) in occurrences.iter().zip(0..) {
        let Occurrence { pattern_id, key, characteristics } = *occurrence;
        statement.raw_bind_parameter(3 * place + 2, pattern_id)?;
        statement.raw_bind_parameter(3 * place + 3, key)?;
        statement.raw_bind_parameter(3 * place + 4, characteristics)?;
    }
    Ok(())
}

/// Whether the workflow is linked with the pattern.
pub fn has_occurrence(conn: &Connection, pattern_id: i64, key: &str) -> rusqlite::Result<bool> {
    conn.prepare_cached(FIND_OCCURRENCE)?.exists(params![pattern_id, key])
}

/// Brings a pattern's occurrence_count up to its links.
pub fn count_occurrences(conn: &Connection, pattern_id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(COUNT_OCCURRENCES)?.execute([pattern_id]).map(|_| ())
}

/// Puts a link under the workflow's new key; where it is linked under both, the old link goes.
pub fn rekey_occurrence(conn: &Connection, pattern_id: i64, old: &str, new: &str) -> rusqlite::Result<()> {
    if has_occurrence(conn, pattern_id, new)? {
        return delete_occurrence(conn, pattern_id, old).map(|_| ());
    }
    conn.prepare_cached(REKEY_OCCURRENCE)?.execute(params![pattern_id, old, new]).map(|_| ())
}

/// Takes a link away; `false` where there is none.
pub fn delete_occurrence(conn: &Connection, pattern_id: i64, key: &str) -> rusqlite::Result<bool> {
    Ok(conn.prepare_cached(DELETE_OCCURRENCE)?.execute(params![pattern_id, key])? > 0)
}

/// Deletes a pattern that has no occurrences; `false` where it has.
pub fn delete_pattern(conn: &Connection, pattern_id: i64) -> rusqlite::Result<bool> {
    Ok(conn.prepare_cached(DELETE_PATTERN)?.execute([pattern_id])? > 0)
}

/// The number of occurrences and the highest rowid among them: what differs once somebody has added or removed one.
pub fn occurrences_fingerprint(conn: &Connection) -> rusqlite::Result<(i64, Option<i64>)> {
    conn.query_row("SELECT count(*), max(rowid) FROM pattern_occurrences", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Tables, other than its occurrences, that point to a pattern by a declared foreign key: (table, column).
fn references_to_patterns(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT tables.name, keys.\"from\" FROM main.sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys \
               WHERE tables.type = 'table' AND lower(keys.\"table\") = 'operation_patterns' \
               AND lower(tables.name) <> 'pattern_occurrences'";
    let mut statement = conn.prepare(sql)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.collect()
}

/// Whether a table of the application's points to the pattern.
pub fn is_referred_to(conn: &Connection, pattern_id: i64) -> rusqlite::Result<bool> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    for (table, column) in references_to_patterns(conn)? {
        let sql = format!("SELECT 1 FROM {} WHERE {} = ?1", quoted(&table), quoted(&column));
        if conn.prepare(&sql)?.exists([pattern_id])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The characteristics stored with a link, if they are JSON.
pub fn characteristics(conn: &Connection, pattern_id: i64, key: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = conn.prepare_cached(CHARACTERISTICS)?;
    let stored = statement.query_row(params![pattern_id, key], |row| {
        Ok(workflow::text(row.get_ref(0)?).ok().flatten().map(Cow::into_owned))
    });
    let stored = stored.optional()?.flatten();
    Ok(stored.filter(|json| serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok()))
}

/// Whether the stored statistics are the computed ones.
pub fn is_up_to_date(pattern: &StoredPattern, computed: &PatternStatistics) -> bool {
    pattern.stored == wanted(pattern, computed)
        && computed
            .last_seen
            .is_none_or(|time| pattern.last_seen.as_deref() == Some(stored_time(time).as_str()))
}

/// What section 4 says should be stored.
pub fn wanted(pattern: &StoredPattern, computed: &PatternStatistics) -> StoredStatistics {
    let stored = &pattern.stored;
    let judged = computed.judged > 0;
    let tokens = computed.avg_tokens_with_llm.unwrap_or(0);
    let cost = computed.avg_cost_with_llm.unwrap_or(0.0);
    StoredStatistics {
        occurrence_count: Some(computed.occurrence_count as f64),
        avg_tokens_with_llm: if judged { Some(tokens as f64) } else { stored.avg_tokens_with_llm },
        avg_cost_with_llm: if judged { Some(cost) } else { stored.avg_cost_with_llm },
        avg_tokens_with_tool: Some(computed.avg_tokens_with_tool().unwrap_or(0) as f64),
        avg_cost_with_tool: Some(computed.avg_cost_with_tool().unwrap_or(0.0)),
        potential_monthly_savings: Some(computed.potential_monthly_savings.unwrap_or(0.0)),
        confidence_score: Some(computed.confidence.score()),
    }
}

/// Stores a pattern's statistics, and the characteristics of its first workflow where they are known.
pub fn update_statistics(
    conn: &Connection,
    pattern: &StoredPattern,
    computed: &PatternStatistics,
    typical_input: Option<&str>,
) -> rusqlite::Result<()> {
    let wanted = wanted(pattern, computed);
    let whole = |number: Option<f64>| number.map(|number| number as i64);
    if computed.judged == 0 {
        let mut statement = conn.prepare_cached(UPDATE_WITHOUT_HISTORY)?;
        statement.execute(params![
            pattern.id,
            whole(wanted.occurrence_count),
            wanted.potential_monthly_savings,
            wanted.confidence_score,
            whole(wanted.avg_tokens_with_tool),
            wanted.avg_cost_with_tool,
        ])?;
        return Ok(());
    }
    let last_seen = computed.last_seen.map(stored_time);
    conn.prepare_cached(UPDATE_STATISTICS)?.execute(params![
        pattern.id,
        whole(wanted.occurrence_count),
        wanted.potential_monthly_savings,
        wanted.confidence_score,
        whole(wanted.avg_tokens_with_tool),
        wanted.avg_cost_with_tool,
        last_seen.as_deref().or(pattern.last_seen.as_deref()),
        typical_input.or(pattern.typical_input.as_deref()),
        whole(wanted.avg_tokens_with_llm),
        wanted.avg_cost_with_llm,
    ])?;
    Ok(())
}

/// The statement that reads the patterns, with `NULL` for the columns this file lacks.
const COLUMNS: [&str; 18] = [
    "id",
    "pattern_signature",
    "pattern_type",
    "automation_status",
    "typical_input_pattern",
    "created_at",
    "last_seen",
    "occurrence_count",
    "avg_tokens_with_llm",
    "avg_cost_with_llm",
    "avg_tokens_with_tool",
    "avg_cost_with_tool",
    "potential_monthly_savings",
    "confidence_score",
    "reviewed_by",
    "review_notes",
    "tool_name",
    "tool_script_path",
];

fn decode_pattern(row: &Row<'_>) -> rusqlite::Result<StoredPattern> {
    let text = |column| -> rusqlite::Result<Option<String>> {
        Ok(match row.get_ref(column)? {
            ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            other => workflow::text(other).ok().flatten().map(Cow::into_owned),
        })
    };
    let number = |column| -> rusqlite::Result<Option<f64>> {
        Ok(workflow::number(row.get_ref(column)?).ok().flatten())
    };
    let status = text(3)?.unwrap_or_else(|| "detected".to_owned());
    let mut touched_by_human = status != "detected";
    for column in 14..COLUMNS.len() {
        touched_by_human |= text(column)?.is_some_and(|word| !word.is_empty());
    }
    Ok(StoredPattern {
        id: row.get(0)?,
        signature: text(1)?.unwrap_or_default(),
        pattern_type: text(2)?.unwrap_or_default(),
        status,
        touched_by_human,
        typical_input: text(4)?,
        created_at: text(5)?,
        last_seen: text(6)?,
        stored: StoredStatistics {
            occurrence_count: number(7)?,
            avg_tokens_with_llm: number(8)?,
            avg_cost_with_llm: number(9)?,
            avg_tokens_with_tool: number(10)?,
            avg_cost_with_tool: number(11)?,
            potential_monthly_savings: number(12)?,
            confidence_score: number(13)?,
        },
    })
}

impl Database {
    /// The patterns as they are stored, in id order.
    pub fn stored_patterns(&self) -> Result<Vec<StoredPattern>> {
        let Some(columns) = &self.layout.patterns else { return Ok(Vec::new()) };
        let list = COLUMNS.map(|column| columns.or_null(column)).join(", ");
        let sql = format!("SELECT {list} FROM operation_patterns ORDER BY id");
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            statement.query_map([], decode_pattern)?.collect()
        })
    }

    /// A snapshot of the patterns and the occurrences, with no workflow yet. It reads a pattern at a time, so that no
    /// statement keeps the file to itself for long.
    pub fn snapshot_of_links(&self) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.patterns = self.stored_patterns()?;
        if self.layout.occurrences.is_none() {
            return Ok(snapshot);
        }
        let ids: Vec<_> = snapshot.patterns.iter().map(|pattern| pattern.id).collect();
        for (slot, id) in ids.into_iter().enumerate() {
            if self.interrupted() {
                return Err(Error::Interrupted);
            }
            self.read(|conn| {
                let mut statement =
                    conn.prepare_cached("SELECT workflow_id FROM pattern_occurrences WHERE pattern_id = ?1")?;
                let mut rows = statement.query([id])?;
                while let Some(row) = rows.next()? {
                    match row.get_ref(0)? {
                        ValueRef::Text(key) | ValueRef::Blob(key) => snapshot.add_link(slot as u32, key),
                        ValueRef::Integer(key) => snapshot.add_link(slot as u32, key.to_string().as_bytes()),
                        ValueRef::Null | ValueRef::Real(_) => (),
                    }
                }
                Ok(())
            })?;
        }
        snapshot.sort_links();
        Ok(snapshot)
    }

    /// Whether any occurrence is recorded.
    pub fn has_occurrences(&self) -> Result<bool> {
        if self.layout.occurrences.is_none() {
            return Ok(false);
        }
        self.read(|conn| {
            conn.query_row("SELECT EXISTS (SELECT 1 FROM pattern_occurrences)", [], |row| row.get(0))
        })
    }

    /// Between which times a pattern's links were detected.
    pub fn detection_window(&self, pattern_id: i64) -> Result<Window> {
        match self.layout.occurrences {
            Some(_) => self.read(|conn| detection_window(conn, pattern_id)),
            None => Ok(Window::default()),
        }
    }
}

/// Between which times a pattern's links were detected, each at the earliest of its times: a workflow counts once.
pub fn detection_window(conn: &Connection, pattern_id: i64) -> rusqlite::Result<Window> {
    let sql = "SELECT min(earliest), max(earliest) FROM ( \
                   SELECT min(detected_at) AS earliest FROM pattern_occurrences \
                   WHERE pattern_id = ?1 AND typeof(detected_at) = 'text' GROUP BY workflow_id)";
    let mut window = Window::default();
    conn.prepare_cached(sql)?.query_row([pattern_id], |row| {
        for column in 0..2 {
            let text = workflow::text(row.get_ref(column)?).ok().flatten();
            if let Some(time) = text.as_deref().and_then(parse_time) {
                window.include(time);
            }
        }
        Ok(window)
    })
}
