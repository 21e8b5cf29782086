//! The tables of an import: calls, commands, transcripts, and the workflows of flowmine's own file.
//!
//! A row is written where a value differs, so that writing the same again leaves the file's bytes as they are.

use std::collections::{HashMap, HashSet};

use rusqlite::types::ToSql;
use rusqlite::{Connection, Statement};

use super::{Database, Result, StoredField, Transaction};

/// The tables of an import.
pub(super) const IMPORT_TABLES: &str = include_str!("import.sql");

const CALLS: &str = "flowmine_calls";
const COMMANDS: &str = "flowmine_commands";
const TRANSCRIPTS: &str = "flowmine_transcripts";

/// What is known of a transcript without its facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownTranscript {
    /// The file.
    pub path: String,
    /// Who wrote it.
    pub source: String,
    /// Bytes on disk.
    pub size: i64,
    /// Nanoseconds since 1970.
    pub modified: i64,
    /// Bytes read, after decompression.
    pub read_to: i64,
    /// Lines that could not be read.
    pub unreadable: i64,
    /// Whether all its turns are in the history.
    pub is_complete: bool,
    /// The hash of the prices in force.
    pub priced_with: String,
    /// The version of the facts' format.
    pub format: i64,
}

/// One row of flowmine's own `workflow_history`.
#[derive(Clone, Debug, Default)]
pub struct WorkflowRow {
    /// The workflow's key.
    pub workflow_id: String,
    /// The values of the columns after it, in the order of [`WORKFLOW_COLUMNS`].
    pub values: Vec<StoredField>,
}

/// One row of `flowmine_calls`.
#[derive(Clone, Debug, Default)]
pub struct CallRow {
    /// The call's key.
    pub key: String,
    /// The values of the columns after it, in the order of [`CALL_COLUMNS`].
    pub values: Vec<StoredField>,
}

/// One row of `flowmine_commands`.
#[derive(Clone, Debug, Default)]
pub struct CommandRow {
    /// The workflow's key.
    pub workflow_id: String,
    /// The line's position in its workflow.
    pub position: i64,
    /// The operation's position in its line.
    pub part: i64,
    /// The values of the columns after these, in the order of [`COMMAND_COLUMNS`].
    pub values: Vec<StoredField>,
}

/// The columns of flowmine's own `workflow_history` after its key.
pub const WORKFLOW_COLUMNS: [&str; 21] = [
    "nl_input",
    "workflow_template",
    "status",
    "start_time",
    "end_time",
    "duration_seconds",
    "error_count",
    "retry_count",
    "total_tokens",
    "actual_cost_total",
    "model_used",
    "source",
    "project",
    "session_id",
    "branch",
    "machine_written",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
];

/// The columns of `flowmine_calls` after its key.
pub const CALL_COLUMNS: [&str; 10] = [
    "workflow_id",
    "source",
    "called_at",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "cost",
];

/// The columns of `flowmine_commands` after its key.
pub const COMMAND_COLUMNS: [&str; 7] =
    ["program", "command", "signature", "exit_status", "calls", "tokens", "cost"];

/// How many rows were new and how many differed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows that were not there.
    pub new: u64,
    /// Rows with another value.
    pub changed: u64,
    /// Rows that are no longer.
    pub removed: u64,
}

impl RowChanges {
    /// Whether nothing was written.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Whether the file has the tables of an import.
///
/// # Errors
/// Where the file cannot be read.
pub fn has_tables(db: &Database) -> Result<bool> {
    db.read(tables_are_there)
}

fn tables_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 3 FROM main.sqlite_schema WHERE type = 'table' AND \
               name IN ('flowmine_calls', 'flowmine_commands', 'flowmine_transcripts')";
    conn.query_row(sql, [], |row| row.get(0))
}

/// The transcripts that were read before.
///
/// # Errors
/// Where the file cannot be read.
pub fn known_transcripts(db: &Database) -> Result<Vec<KnownTranscript>> {
    if !has_tables(db)? {
        return Ok(Vec::new());
    }
    db.read(|conn| {
        let sql = "SELECT path, source, size, modified, read_to, unreadable, complete, priced_with, format \
                   FROM flowmine_transcripts ORDER BY path";
        let mut statement = conn.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(KnownTranscript {
                path: row.get(0)?,
                source: row.get(1)?,
                size: row.get(2)?,
                modified: row.get(3)?,
                read_to: row.get(4)?,
                unreadable: row.get(5)?,
                is_complete: row.get(6)?,
                priced_with: row.get(7)?,
                format: row.get(8)?,
            })
        })?;
        rows.collect()
    })
}

/// The facts of every transcript: path and JSON.
///
/// # Errors
/// Where the file cannot be read.
pub fn transcript_facts(db: &Database) -> Result<Vec<(String, Vec<u8>)>> {
    if !has_tables(db)? {
        return Ok(Vec::new());
    }
    db.read(|conn| {
        let mut statement = conn.prepare("SELECT path, facts FROM flowmine_transcripts ORDER BY path")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    })
}

/// The keys of the workflows of each run: `adw_id` and the key that its occurrences are linked by.
///
/// # Errors
/// Where the file cannot be read.
pub fn runs_by_adw_id(db: &Database) -> Result<HashMap<String, String>> {
    let columns = &db.layout.history.columns;
    if !columns.has("adw_id") {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT adw_id, coalesce(nullif({}, ''), CAST({} AS TEXT)) FROM workflow_history AS known \
         WHERE typeof(adw_id) = 'text' ORDER BY {} DESC",
        columns.or_null("known", "workflow_id"),
        columns.or_null("known", "id"),
        db.layout.history.rowid,
    );
    db.read(|conn| {
        let mut statement = conn.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?)))?;
        rows.filter_map(|row| row.map(|(run, key)| key.map(|key| (run, key))).transpose()).collect()
    })
}

/// Makes the tables of an import where they are missing.
///
/// # Errors
/// Where the file cannot be written.
pub fn create_tables(tx: &Transaction<'_>) -> Result<()> {
    if !tables_are_there(tx.pass())? {
        tx.pass().execute_batch(IMPORT_TABLES)?;
    }
    Ok(())
}

/// Writes what a transcript says.
///
/// # Errors
/// Where the file cannot be written.
pub fn put_transcript(tx: &Transaction<'_>, row: &KnownTranscript, facts: &[u8]) -> Result<()> {
    const COLUMNS: [&str; 9] =
        ["source", "size", "modified", "read_to", "unreadable", "complete", "priced_with", "format", "facts"];
    let mut statement = tx.row(TRANSCRIPTS).prepare_cached(&upsert(TRANSCRIPTS, &["path"], &COLUMNS))?;
    statement.execute(rusqlite::params![
        row.path,
        row.source,
        row.size,
        row.modified,
        row.read_to,
        row.unreadable,
        row.is_complete,
        row.priced_with,
        row.format,
        facts
    ])?;
    Ok(())
}

/// Notes the prices in force, and whether all turns of all transcripts are in the history.
///
/// # Errors
/// Where the file cannot be written.
pub fn note_state(tx: &Transaction<'_>, priced_with: &str, is_complete: bool) -> Result<()> {
    let sql = "UPDATE flowmine_transcripts SET priced_with = ?1, complete = ?2 \
               WHERE priced_with IS NOT ?1 OR complete IS NOT ?2";
    tx.pass().execute(sql, rusqlite::params![priced_with, is_complete])?;
    Ok(())
}

/// Writes the workflows of flowmine's own file; where they are `all`, the others go, with their occurrences.
///
/// # Errors
/// Where the file cannot be written.
pub fn put_workflows(tx: &Transaction<'_>, rows: &[WorkflowRow], all: bool) -> Result<RowChanges> {
    let mut absent = keys(tx.pass(), "SELECT workflow_id FROM workflow_history")?;
    let mut changes = RowChanges::default();
    tx.with_own_history(|conn| {
        let mut statement = conn.prepare(&upsert("workflow_history", &["workflow_id"], &WORKFLOW_COLUMNS))?;
        for row in rows {
            let is_new = !absent.remove(&row.workflow_id);
            tx.row("workflow_history");
            count(&mut changes, is_new, execute(&mut statement, &[&row.workflow_id], &row.values)?);
        }
        for key in absent.iter().filter(|_| all) {
            tx.row("pattern_occurrences")
                .execute("DELETE FROM pattern_occurrences WHERE workflow_id = ?1", [key])?;
            let conn = tx.row("workflow_history");
            changes.removed +=
                conn.execute("DELETE FROM workflow_history WHERE workflow_id = ?1", [key])? as u64;
        }
        Ok(changes)
    })
}

/// Writes the calls; where they are `all`, the others go.
///
/// # Errors
/// Where the file cannot be written.
pub fn put_calls(tx: &Transaction<'_>, rows: &[CallRow], all: bool) -> Result<RowChanges> {
    let mut statement = tx.pass().prepare(&upsert(CALLS, &["call_key"], &CALL_COLUMNS))?;
    let mut absent = keys(tx.pass(), "SELECT call_key FROM flowmine_calls")?;
    let mut changes = RowChanges::default();
    for row in rows {
        let is_new = !absent.remove(&row.key);
        tx.row(CALLS);
        count(&mut changes, is_new, execute(&mut statement, &[&row.key], &row.values)?);
    }
    for key in absent.iter().filter(|_| all) {
        let conn = tx.row(CALLS);
        changes.removed += conn.execute("DELETE FROM flowmine_calls WHERE call_key = ?1", [key])? as u64;
    }
    Ok(changes)
}

/// Writes the commands; where they are `all`, the others go.
///
/// # Errors
/// Where the file cannot be written.
pub fn put_commands(tx: &Transaction<'_>, rows: &[CommandRow], all: bool) -> Result<RowChanges> {
    let sql = upsert(COMMANDS, &["workflow_id", "position", "part"], &COMMAND_COLUMNS);
    let mut statement = tx.pass().prepare(&sql)?;
    let mut absent = command_keys(tx.pass())?;
    let mut changes = RowChanges::default();
    for row in rows {
        let is_new = !absent.remove(&(row.workflow_id.clone(), row.position, row.part));
        let key: [&dyn ToSql; 3] = [&row.workflow_id, &row.position, &row.part];
        tx.row(COMMANDS);
        count(&mut changes, is_new, execute(&mut statement, &key, &row.values)?);
    }
    let sql = "DELETE FROM flowmine_commands WHERE workflow_id = ?1 AND position = ?2 AND part = ?3";
    for (workflow, position, part) in absent.iter().filter(|_| all) {
        let conn = tx.row(COMMANDS);
        changes.removed += conn.execute(sql, rusqlite::params![workflow, position, part])? as u64;
    }
    Ok(changes)
}

/// Inserts, or changes where a value differs.
fn upsert(table: &str, key: &[&str], columns: &[&str]) -> String {
    let all: Vec<_> = key.iter().chain(columns).copied().collect();
    let places: Vec<_> = (1..=all.len()).map(|position| format!("?{position}")).collect();
    let list = |render: fn(&str) -> String, separator| {
        columns.iter().map(|column| render(column)).collect::<Vec<_>>().join(separator)
    };
    format!(
        "INSERT INTO {table} AS known ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
        all.join(", "),
        places.join(", "),
        key.join(", "),
        list(|column| format!("{column} = excluded.{column}"), ", "),
        list(|column| format!("known.{column} IS NOT excluded.{column}"), " OR "),
    )
}

fn execute(statement: &mut Statement<'_>, key: &[&dyn ToSql], values: &[StoredField]) -> Result<usize> {
    let parameters = key.iter().copied().chain(values.iter().map(|value| value as &dyn ToSql));
    Ok(statement.execute(rusqlite::params_from_iter(parameters))?)
}

fn count(changes: &mut RowChanges, is_new: bool, written: usize) {
    if is_new {
        changes.new += 1;
    } else {
        changes.changed += written as u64;
    }
}

fn keys(conn: &Connection, sql: &str) -> Result<HashSet<String>> {
    let mut statement = conn.prepare(sql)?;
    let keys = statement.query_map([], |row| row.get(0))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

fn command_keys(conn: &Connection) -> Result<HashSet<(String, i64, i64)>> {
    let mut statement = conn.prepare("SELECT workflow_id, position, part FROM flowmine_commands")?;
    let keys = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}
