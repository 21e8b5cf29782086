//! The rows of `operation_patterns`: an operation that keeps recurring, a signature each.

use std::collections::HashSet;

use rusqlite::{Connection, ErrorCode, Row, params};

use super::columns::{Columns, json_list, quoted};
use super::error::{Error, Result};
use super::open::{Database, Transaction};
use super::values::stored_text;
use crate::signature::category;
use crate::snapshot::{StoredPattern, StoredStatistics};
use crate::statistics::{Judgement, PatternStatistics};
use crate::time::stored_time;
use crate::value::Value;

const TABLE: &str = "operation_patterns";

const FIND_PATTERN: &str =
    "SELECT min(p.id) FROM operation_patterns AS p WHERE p.pattern_signature = ?1 COLLATE BINARY";
const INSERT_PATTERN: &str = "INSERT INTO operation_patterns \
    (pattern_signature, pattern_type, occurrence_count, avg_tokens_with_llm, avg_cost_with_llm, avg_tokens_with_tool, \
     avg_cost_with_tool, typical_input_pattern, automation_status, confidence_score, potential_monthly_savings, \
     created_at, last_seen) \
    VALUES (?1, ?2, 0, 0, 0.0, 0, 0.0, ?3, 'detected', 10.0, 0.0, ?4, ?4)";
/// The occurrences are gone through once for all, since there may be no index that finds those of a pattern.
const DELETE_UNUSED: &str = "DELETE FROM operation_patterns AS p WHERE p.id IN (SELECT j.value FROM json_each(?1) AS j) \
    AND p.id NOT IN (SELECT o.pattern_id FROM pattern_occurrences AS o \
        WHERE o.pattern_id IN (SELECT k.value FROM json_each(?1) AS k)) RETURNING id";
const COUNT_OCCURRENCES: &str = "UPDATE operation_patterns AS p SET occurrence_count = \
    (SELECT count(DISTINCT o.workflow_id COLLATE BINARY) FROM pattern_occurrences AS o WHERE o.pattern_id = ?1) \
    WHERE p.id = ?1";
/// What is NULL here stays as it is in the file.
const UPDATE_STATISTICS: &str = "UPDATE operation_patterns AS p SET occurrence_count = ?2, \
    potential_monthly_savings = ?3, confidence_score = ?4, avg_tokens_with_tool = ?5, avg_cost_with_tool = ?6, \
    last_seen = coalesce(?7, p.last_seen), typical_input_pattern = coalesce(?8, p.typical_input_pattern), \
    avg_tokens_with_llm = coalesce(?9, p.avg_tokens_with_llm), avg_cost_with_llm = coalesce(?10, p.avg_cost_with_llm) \
    WHERE p.id = ?1";

/// The statements that `prepare.rs` checks before the first write.
pub(super) const STATEMENTS: [&str; 5] =
    [FIND_PATTERN, INSERT_PATTERN, DELETE_UNUSED, COUNT_OCCURRENCES, UPDATE_STATISTICS];

/// Whether an error is this one row's (a constraint or a trigger refused it) and not the file's.
pub fn concerns_one_row(error: &Error, tx: &Transaction<'_>) -> bool {
    match error.sqlite_code() {
        Some(ErrorCode::ConstraintViolation) => !tx.was_rolled_back(),
        Some(code) => code == ErrorCode::TooBig,
        None => matches!(error, Error::NotKept { .. }),
    }
}

/// The id of the pattern with this signature.
pub fn find_pattern(tx: &Transaction<'_>, signature: &str) -> Result<Option<i64>> {
    Ok(tx.row(TABLE).prepare_cached(FIND_PATTERN)?.query_row([signature], |row| row.get(0))?)
}

/// Creates a pattern without occurrences: status detected, confidence 10. `now` is `YYYY-MM-DD HH:MM:SS` UTC.
pub(super) fn insert_pattern(
    tx: &Transaction<'_>,
    signature: &str,
    characteristics: &str,
    now: &str,
) -> Result<i64> {
    let mut statement = tx.row(TABLE).prepare_cached(INSERT_PATTERN)?;
    statement.execute(params![signature, category(signature), characteristics, now])?;
    // Asked for, because a trigger may have ignored the row or taken it away again.
    find_pattern(tx, signature)?.ok_or(Error::NotKept { table: TABLE })
}

/// Sets a pattern's `occurrence_count` to the number of workflows linked with it.
pub fn count_occurrences(tx: &Transaction<'_>, pattern_id: i64) -> Result<()> {
    tx.row(TABLE).prepare_cached(COUNT_OCCURRENCES)?.execute([pattern_id])?;
    Ok(())
}

/// Deletes those of the patterns that have no occurrences, and answers which.
pub fn delete_unused(tx: &Transaction<'_>, ids: &[i64]) -> Result<HashSet<i64>> {
    let mut statement = tx.pass().prepare_cached(DELETE_UNUSED)?;
    Ok(statement.query_map([json_list(ids)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Tables, other than its occurrences, that point to a pattern by a declared foreign key: (table, column).
fn references_to_patterns(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT s.name, k.\"from\" FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k \
               WHERE s.type = 'table' AND s.rootpage > 0 AND lower(k.\"table\") = 'operation_patterns' \
               AND lower(s.name) <> 'pattern_occurrences'";
    let mut statement = conn.prepare(sql)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.collect()
}

fn referred_to(conn: &Connection) -> rusqlite::Result<HashSet<i64>> {
    let mut referred = HashSet::new();
    for (table, column) in references_to_patterns(conn)? {
        let (table, column) = (quoted(&table), quoted(&column));
        let sql =
            format!("SELECT DISTINCT t.{column} FROM main.{table} AS t WHERE typeof(t.{column}) = 'integer'");
        for id in conn.prepare(&sql)?.query_map([], |row| row.get(0))? {
            referred.insert(id?);
        }
    }
    Ok(referred)
}

/// Whether the stored statistics are the computed ones.
pub fn is_up_to_date(pattern: &StoredPattern, computed: &PatternStatistics) -> bool {
    pattern.stored == wanted(pattern, computed)
        && computed
            .last_seen
            .is_none_or(|time| pattern.last_seen.as_deref() == Some(stored_time(time).as_str()))
}

/// The statistics that should be stored.
pub fn wanted(pattern: &StoredPattern, computed: &PatternStatistics) -> StoredStatistics {
    let stored = &pattern.stored;
    let keeps_averages = computed.finished == 0;
    let tokens = computed.avg_tokens_with_llm.unwrap_or(0);
    let cost = computed.avg_cost_with_llm.unwrap_or(0.0);
    StoredStatistics {
        occurrence_count: Some(computed.occurrence_count as f64),
        avg_tokens_with_llm: if keeps_averages { stored.avg_tokens_with_llm } else { Some(tokens as f64) },
        avg_cost_with_llm: if keeps_averages { stored.avg_cost_with_llm } else { Some(cost) },
        avg_tokens_with_tool: Some(computed.avg_tokens_with_tool().unwrap_or(0) as f64),
        avg_cost_with_tool: Some(computed.avg_cost_with_tool().unwrap_or(0.0)),
        potential_monthly_savings: Some(computed.potential_monthly_savings.unwrap_or(0.0)),
        confidence_score: Some(computed.confidence.score()),
    }
}

/// Stores a pattern's statistics, and the characteristics of its first workflow where they are known.
pub fn update_statistics(
    tx: &Transaction<'_>,
    pattern: &StoredPattern,
    computed: &PatternStatistics,
    typical_input: Option<&str>,
) -> Result<()> {
    let wanted = wanted(pattern, computed);
    let whole = |number: Option<f64>| number.map(|number| number as i64);
    let is_computed = |_: &f64| computed.finished > 0;
    tx.row(TABLE).prepare_cached(UPDATE_STATISTICS)?.execute(params![
        pattern.id,
        whole(wanted.occurrence_count),
        wanted.potential_monthly_savings,
        wanted.confidence_score,
        whole(wanted.avg_tokens_with_tool),
        wanted.avg_cost_with_tool,
        computed.last_seen.map(stored_time),
        typical_input,
        whole(wanted.avg_tokens_with_llm.filter(is_computed)),
        wanted.avg_cost_with_llm.filter(is_computed),
    ])?;
    Ok(())
}

/// The columns that are read, in the order in which [`decode_pattern`] expects them.
const COLUMNS: [&str; 15] = [
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
    "reviewed_at",
];

/// Whether a person has touched a pattern: decided on its status, reviewed it, noted something or named a tool, in
/// whichever of these columns the file has. An SQL condition on `operation_patterns` (p).
pub(super) fn touched(columns: &Columns) -> String {
    let is_review =
        |name: &&str| name.starts_with("reviewed_") || name.starts_with("tool_") || *name == "review_notes";
    let status = columns.or_null("p", "automation_status");
    let mut conditions = vec![format!("{status} <> 'detected' COLLATE BINARY")];
    let names = columns.names().filter(is_review);
    conditions.extend(names.map(|name| format!("{} <> '' COLLATE BINARY", columns.or_null("p", name))));
    format!("coalesce({}, FALSE)", conditions.join(" OR "))
}

fn decode_pattern(row: &Row<'_>) -> rusqlite::Result<StoredPattern> {
    let text = |column| stored_text(row, column);
    let number = |column| -> rusqlite::Result<Option<f64>> {
        Ok(Value::from(row.get_ref(column)?).number().ok().flatten())
    };
    let status = text(3)?.unwrap_or_else(|| "detected".to_owned());
    Ok(StoredPattern {
        id: row.get_ref(0)?.as_i64().ok(),
        signature: text(1)?.unwrap_or_default(),
        pattern_type: text(2)?.unwrap_or_default(),
        status,
        touched_by_human: row.get(COLUMNS.len())?,
        exclusion: None,
        typical_input: text(4)?,
        created_at: text(5)?,
        last_seen: text(6)?,
        reviewed_at: text(14)?,
        stored: StoredStatistics {
            occurrence_count: number(7)?,
            avg_tokens_with_llm: number(8)?,
            avg_cost_with_llm: number(9)?,
            avg_tokens_with_tool: number(10)?,
            avg_cost_with_tool: number(11)?,
            potential_monthly_savings: number(12)?,
            confidence_score: number(13)?,
        },
        judgement: Judgement::NotNeeded,
    })
}

impl Database {
    /// The patterns as they are stored, in id order.
    pub fn stored_patterns(&self) -> Result<Vec<StoredPattern>> {
        let Some(columns) = &self.layout.patterns else { return Ok(Vec::new()) };
        let list = COLUMNS.map(|column| columns.or_null("p", column)).join(", ");
        let sql = format!("SELECT {list}, {} FROM operation_patterns AS p ORDER BY 1", touched(columns));
        let mut patterns: Vec<StoredPattern> = self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            statement.query_map([], decode_pattern)?.collect()
        })?;
        self.mark_excluded(&mut patterns)?;
        Ok(patterns)
    }

    /// The patterns as they are stored, in id order, without the rows that another program keeps among them.
    pub fn own_patterns(&self) -> Result<Vec<StoredPattern>> {
        let mut patterns = self.stored_patterns()?;
        if patterns.iter().all(StoredPattern::has_type_of_signature) {
            return Ok(patterns);
        }
        let linked = self.linked_patterns()?;
        let is_linked = |pattern: &StoredPattern| pattern.id.is_some_and(|id| linked.contains(&id));
        patterns.retain(|pattern| pattern.has_type_of_signature() || is_linked(pattern));
        Ok(patterns)
    }

    /// The ids of the patterns that an occurrence names.
    fn linked_patterns(&self) -> Result<HashSet<i64>> {
        if !self.layout.has_links() {
            return Ok(HashSet::new());
        }
        self.read(|conn| {
            let sql = "SELECT p.id FROM operation_patterns AS p \
                       WHERE EXISTS (SELECT 1 FROM pattern_occurrences AS o WHERE o.pattern_id = p.id)";
            conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The ids of the patterns that one of the application's tables points to.
    pub fn patterns_referred_to(&self) -> Result<HashSet<i64>> {
        self.read(referred_to)
    }
}
