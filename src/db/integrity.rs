//! The SQL of `doctor`: what it asks of a file, and how it mends it. What the answers mean is said in the crate's
//! `doctor`.
//!
//! Each question is one statement that reads a whole table. In rollback mode the application's commits wait meanwhile:
//! a quarter of a second for a million rows, some seconds for the integrity check.

use std::collections::HashMap;

use rusqlite::{Connection, ErrorCode, params};

use super::columns::{Columns, quoted};
use super::error::{Result, code_of, sentence};
use super::layout::Layout;
use super::open::{Database, Transaction};
use super::values::stored_count;

/// How many of the integrity check's messages are asked for.
const MESSAGES: usize = 20;

/// The occurrences of one pattern, where some stand there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatedLinks {
    /// The pattern's id; `None` where the occurrences have none.
    pub pattern_id: Option<i64>,
    /// Rows.
    pub rows: u64,
    /// Distinct workflows among them.
    pub workflows: u64,
}

/// How much of a column of the history is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// The column.
    pub column: &'static str,
    /// Whether the file has it.
    pub exists: bool,
    /// Rows of the history.
    pub rows: u64,
    /// Rows where it is NULL or empty.
    pub missing: u64,
    /// Rows where it is 0.
    pub zero: u64,
}

/// The columns whose gaps matter: without them nothing is detected, or nothing is known to be saved.
const MEASURED: [&str; 4] = ["nl_input", "actual_cost_total", "total_tokens", "duration_seconds"];

/// The columns of a pattern that are averages.
const AVERAGES: [&str; 4] =
    ["avg_tokens_with_llm", "avg_cost_with_llm", "avg_tokens_with_tool", "avg_cost_with_tool"];

/// Rows of `pattern_occurrences` (o) that point to no pattern.
const WITHOUT_PATTERN: &str = "NOT EXISTS (SELECT 1 FROM operation_patterns AS p WHERE p.id = o.pattern_id)";
/// Rows of `pattern_occurrences` (o) that name no workflow: a key is never NULL or empty.
const WITHOUT_WORKFLOW: &str = "(o.workflow_id IS NULL OR o.workflow_id = '' COLLATE BINARY)";
/// Every occurrence but one of its pattern and workflow. Kept is the earliest of those that cover the whole request,
/// because one such is enough for it to count as whole; where none does, the earliest. One without a time comes last.
const REPEATED: &str = "SELECT r.id FROM (
    SELECT o.id AS id, row_number() OVER (
        PARTITION BY o.pattern_id, o.workflow_id COLLATE BINARY
        ORDER BY coalesce(instr(o.matched_characteristics, '\"covers\":\"whole\"'), 0) = 0,
            o.detected_at IS NULL, o.detected_at, o.id
    ) AS nth FROM pattern_occurrences AS o
) AS r WHERE r.nth > 1";

impl Database {
    /// What SQLite's own check finds: nothing where the file is sound. Unless `full`, indexes are left out. Where the
    /// file needs a function or a collation that this program lacks, each table is checked that can be.
    pub fn integrity(&self, full: bool) -> Result<Vec<String>> {
        let check = if full { "integrity_check" } else { "quick_check" };
        self.read(|conn| match messages_of(conn, &format!("PRAGMA main.{check}({MESSAGES})")) {
            Err(error) if cannot_be_checked(&error) => check_each_table(conn, check),
            messages => messages,
        })
    }

    /// The patterns with occurrences that stand there more than once.
    pub fn repeated_links(&self) -> Result<Vec<RepeatedLinks>> {
        if !self.layout.has_links() || self.layout.unique_occurrences {
            return Ok(Vec::new());
        }
        let sql = "SELECT g.pattern_id, sum(g.times), count(*) FROM (
                SELECT o.pattern_id AS pattern_id, count(*) AS times FROM pattern_occurrences AS o
                GROUP BY o.pattern_id, o.workflow_id COLLATE BINARY
            ) AS g GROUP BY g.pattern_id HAVING sum(g.times) > count(*) ORDER BY g.pattern_id";
        let decode = |row: &rusqlite::Row<'_>| {
            Ok(RepeatedLinks {
                pattern_id: row.get_ref(0)?.as_i64().ok(),
                rows: stored_count(row, 1)?,
                workflows: stored_count(row, 2)?,
            })
        };
        self.read(|conn| conn.prepare(sql)?.query_map([], decode)?.collect())
    }

    /// Distinct workflows with an occurrence that stands there more than once.
    pub fn workflows_with_repeated_links(&self) -> Result<u64> {
        if !self.layout.has_links() || self.layout.unique_occurrences {
            return Ok(0);
        }
        let sql = "SELECT count(DISTINCT g.workflow_id COLLATE BINARY) FROM (
            SELECT o.workflow_id AS workflow_id FROM pattern_occurrences AS o
            GROUP BY o.pattern_id, o.workflow_id COLLATE BINARY HAVING count(*) > 1) AS g";
        self.count(sql)
    }

    /// Occurrences whose pattern is gone.
    pub fn links_without_pattern(&self) -> Result<u64> {
        if !self.layout.has_links() {
            return Ok(0);
        }
        let condition = if self.layout.patterns.as_ref().is_some_and(|columns| columns.has("id")) {
            WITHOUT_PATTERN
        } else {
            "1"
        };
        self.count(&format!("SELECT count(*) FROM pattern_occurrences AS o WHERE {condition}"))
    }

    /// Occurrences that name no workflow.
    pub fn links_without_workflow(&self) -> Result<u64> {
        if !self.layout.has_links() {
            return Ok(0);
        }
        self.count(&format!("SELECT count(*) FROM pattern_occurrences AS o WHERE {WITHOUT_WORKFLOW}"))
    }

    /// How many patterns' and how many occurrences' characteristics are no JSON.
    pub fn broken_json(&self) -> Result<(u64, u64)> {
        let broken = |columns: &Option<Columns>, table, column: &str| match columns {
            Some(columns) if columns.has(column) => {
                self.count(&format!("SELECT count(*) FROM {table} AS t WHERE {}", is_broken_json(column)))
            }
            _ => Ok(0),
        };
        Ok((
            broken(&self.layout.patterns, "operation_patterns", "typical_input_pattern")?,
            broken(&self.layout.occurrences, "pattern_occurrences", "matched_characteristics")?,
        ))
    }

    /// Patterns beyond the first with the same signature.
    pub fn repeated_signatures(&self) -> Result<u64> {
        if !self.layout.patterns.as_ref().is_some_and(|columns| columns.has("pattern_signature")) {
            return Ok(0);
        }
        self.count("SELECT count(p.pattern_signature) - count(DISTINCT p.pattern_signature COLLATE BINARY) FROM operation_patterns AS p")
    }

    /// Patterns with a stored average below 0.
    pub fn negative_averages(&self) -> Result<u64> {
        match &self.layout.patterns {
            Some(columns) if AVERAGES.iter().all(|column| columns.has(column)) => {
                let is_negative = has_negative_average();
                self.count(&format!("SELECT count(*) FROM operation_patterns AS p WHERE {is_negative}"))
            }
            _ => Ok(0),
        }
    }

    /// How much of the history has no request, cost, tokens or duration.
    pub fn gaps(&self) -> Result<Vec<Gaps>> {
        let columns = &self.layout.history.columns;
        let sums = MEASURED.map(|name| {
            let column = columns.or_null("h", name);
            // So that long texts are not read, and no collation of the file is needed.
            format!(
                "sum(coalesce(octet_length({column}), 0) = 0), \
                 sum(CASE WHEN typeof({column}) IN ('integer', 'real') THEN {column} = 0 COLLATE BINARY END)"
            )
        });
        let sql = format!("SELECT count(*), {} FROM main.workflow_history AS h", sums.join(", "));
        self.read(|conn| {
            conn.query_row(&sql, [], |row| {
                let number = |column| stored_count(row, column);
                let gaps = MEASURED.iter().enumerate().map(|(index, &column)| {
                    Ok(Gaps {
                        column,
                        exists: columns.has(column),
                        rows: number(0)?,
                        missing: number(1 + 2 * index)?,
                        zero: number(2 + 2 * index)?,
                    })
                });
                gaps.collect()
            })
        })
    }

    fn count(&self, sql: &str) -> Result<u64> {
        self.read(|conn| count(conn, sql))
    }
}

/// The first damage that SQLite's quick check finds. Rows that break their own CHECKs are none; where the file needs a
/// function or a collation that this program lacks, nothing is found.
pub(super) fn find_damage(conn: &Connection) -> rusqlite::Result<Option<String>> {
    match ignoring_checks(conn, || messages_of(conn, "PRAGMA main.quick_check(1)")) {
        Err(error) if cannot_be_checked(&error) => Ok(None),
        messages => Ok(messages?.into_iter().find(|message| is_damage(message))),
    }
}

/// Does something without regard to the CHECKs of the file's tables.
pub(super) fn ignoring_checks<T>(
    conn: &Connection,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    conn.pragma_update(None, "ignore_check_constraints", true)?;
    let done = work();
    conn.pragma_update(None, "ignore_check_constraints", false)?;
    done
}

/// What one of SQLite's checks says; nothing where all is well.
pub(super) fn messages_of(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let messages = statement.query_map([], |row| row.get::<_, String>(0))?;
    messages.filter(|message| message.as_ref().map_or(true, |message| message != "ok")).collect()
}

/// Whether it is not the file's content that fails a check: a missing function or collation, a value that is too long.
pub(super) fn cannot_be_checked(error: &rusqlite::Error) -> bool {
    matches!(code_of(error), Some(ErrorCode::Unknown | ErrorCode::TooBig))
}

fn check_each_table(conn: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT s.name FROM main.sqlite_schema AS s WHERE s.type = 'table' AND s.rootpage > 0 ORDER BY s.name";
    let tables: Vec<String> =
        conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for table in tables {
        match messages_of(conn, &format!("PRAGMA main.{check}({})", quoted(&table))) {
            Err(error) if cannot_be_checked(&error) => {
                found.push(format!("{UNCHECKED} {table}: {}", sentence(&error)));
            }
            messages => found.extend(messages?),
        }
    }
    Ok(found)
}

/// How the message begins that a table cannot be checked.
const UNCHECKED: &str = "could not be checked:";

/// Whether a message of the integrity check tells of damage that only a backup cures. The others tell of rows that break
/// their own table's constraints, which is their program's affair, or of an index, which can be made anew.
pub fn is_damage(message: &str) -> bool {
    let harmless =
        ["CHECK constraint failed in", "NULL value in", "NUMERIC value in", "TEXT value in", UNCHECKED];
    !harmless.iter().any(|prefix| message.starts_with(prefix)) && !is_index_damage(message)
}

/// Whether a message of the integrity check tells of an index that differs from its table.
pub fn is_index_damage(message: &str) -> bool {
    message.starts_with("wrong # of entries in index ")
        || message.starts_with("non-unique entry in index ")
        || message.contains(" missing from index ")
        || message.contains(" values differ from index ")
}

fn count(conn: &Connection, sql: &str) -> rusqlite::Result<u64> {
    conn.query_row(sql, [], |row| stored_count(row, 0))
}

/// Whether a column holds something that is no JSON; NULL is nothing, and fine.
fn is_broken_json(column: &str) -> String {
    format!("(t.{column} IS NOT NULL AND NOT json_valid(t.{column}))")
}

/// All occurrences there are.
pub fn count_occurrences(tx: &Transaction<'_>) -> Result<u64> {
    Ok(count(tx.pass(), "SELECT count(*) FROM pattern_occurrences")?)
}

/// All patterns there are.
pub fn count_patterns(tx: &Transaction<'_>) -> Result<u64> {
    Ok(count(tx.pass(), "SELECT count(*) FROM operation_patterns")?)
}

/// Removes every occurrence but one of a pattern and workflow.
pub fn remove_repeated_links(tx: &Transaction<'_>, layout: &Layout) -> Result<u64> {
    if !layout.has_links() || layout.unique_occurrences {
        return Ok(0);
    }
    remove(tx, &format!("o.id IN ({REPEATED})"))
}

/// Removes the occurrences whose pattern is gone.
pub fn remove_links_without_pattern(tx: &Transaction<'_>) -> Result<u64> {
    remove(tx, WITHOUT_PATTERN)
}

/// Removes the occurrences that name no workflow.
pub fn remove_links_without_workflow(tx: &Transaction<'_>) -> Result<u64> {
    remove(tx, WITHOUT_WORKFLOW)
}

fn remove(tx: &Transaction<'_>, condition: &str) -> Result<u64> {
    let removed =
        tx.pass().execute(&format!("DELETE FROM pattern_occurrences AS o WHERE {condition}"), [])?;
    Ok(removed as u64)
}

/// Sets what is no JSON to NULL: a reader that parses it would fail. A column that must not be NULL keeps it.
pub fn clear_broken_json(tx: &Transaction<'_>) -> Result<u64> {
    let columns =
        [("operation_patterns", "typical_input_pattern"), ("pattern_occurrences", "matched_characteristics")];
    let mut cleared = 0;
    for (table, column) in columns {
        let broken = is_broken_json(column);
        cleared += tx
            .pass()
            .execute(&format!("UPDATE OR IGNORE {table} AS t SET {column} = NULL WHERE {broken}"), [])?;
    }
    Ok(cleared as u64)
}

/// Whether a pattern (p) has an average below 0.
fn has_negative_average() -> String {
    AVERAGES.map(|column| format!("p.{column} < 0")).join(" OR ")
}

/// Sets averages below 0 to 0, which is unknown. Answers how many patterns had one.
pub fn clear_negative_averages(tx: &Transaction<'_>) -> Result<u64> {
    let changes = AVERAGES.map(|column| format!("{column} = max(coalesce(p.{column}, 0), 0)")).join(", ");
    let conditions = has_negative_average();
    Ok(tx.pass().execute(&format!("UPDATE operation_patterns AS p SET {changes} WHERE {conditions}"), [])?
        as u64)
}

/// Sets a pattern's type to its signature's category.
pub fn correct_type(tx: &Transaction<'_>, id: i64, category: &str) -> Result<()> {
    tx.row("operation_patterns")
        .prepare_cached("UPDATE operation_patterns AS p SET pattern_type = ?2 WHERE p.id = ?1")?
        .execute(params![id, category])?;
    Ok(())
}

/// Moves the occurrences of patterns with the same signature to one of them: one that a person has touched, else the
/// first. Answers how many patterns lost theirs. The unique index must be there.
pub fn merge_signatures(db: &Database, tx: &Transaction<'_>) -> Result<u64> {
    let mut merged = 0;
    let mut kept: HashMap<String, i64> = HashMap::new();
    let mut patterns = db.stored_patterns()?;
    patterns.sort_by_key(|pattern| !pattern.touched_by_human);
    for pattern in patterns {
        let Some(id) = pattern.id else { continue };
        let keep = *kept.entry(pattern.signature).or_insert(id);
        if keep != id {
            let moved =
                "UPDATE OR IGNORE pattern_occurrences AS o SET pattern_id = ?1 WHERE o.pattern_id = ?2";
            tx.pass().execute(moved, [keep, id])?;
            tx.pass().execute("DELETE FROM pattern_occurrences AS o WHERE o.pattern_id = ?1", [id])?;
            merged += 1;
        }
    }
    Ok(merged)
}
