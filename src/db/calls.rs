//! The rows of an import: calls, commands, and the workflows of flowmine's own file.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::Connection;

use super::{Database, Result, StoredField, Transaction, own_file};

/// A table that an import writes rows of, with so many columns beside the key.
pub(super) struct ImportTable<const WIDTH: usize> {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: [&'static str; WIDTH],
}

/// `workflow_history` of flowmine's own file, a turn each. Key: `workflow_id`.
pub(super) static WORKFLOWS: ImportTable<21> = ImportTable {
    name: "workflow_history",
    key: &["workflow_id"],
    columns: [
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
    ],
};

/// `flowmine_calls`. Key: `call_key`.
pub(super) static CALLS: ImportTable<10> = ImportTable {
    name: "flowmine_calls",
    key: &["call_key"],
    columns: [
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
    ],
};

/// `flowmine_commands`. Key: `workflow_id`, `position`, `part`.
pub(super) static COMMANDS: ImportTable<7> = ImportTable {
    name: "flowmine_commands",
    key: &["workflow_id", "position", "part"],
    columns: ["program", "command", "signature", "exit_status", "calls", "tokens", "cost"],
};

/// `flowmine_asked`. Key: `workflow_id`, `position`.
pub(super) static ASKED: ImportTable<2> = ImportTable {
    name: "flowmine_asked",
    key: &["workflow_id", "position"],
    columns: ["signature", "found"],
};

/// A row's key: a text and, where the table's key has them, two numbers.
pub type RowKey<'a> = (Cow<'a, str>, i64, i64);

/// One row: its key, and the values of the other columns in the table's order.
#[derive(Clone, Debug)]
pub struct ImportRow<'a, const WIDTH: usize> {
    /// The key.
    pub key: RowKey<'a>,
    /// The other columns' values.
    pub values: [StoredField<'a>; WIDTH],
}

/// A row of `workflow_history`.
pub type TurnRow<'a> = ImportRow<'a, 21>;

/// A row of `flowmine_calls`.
pub type CallRow<'a> = ImportRow<'a, 10>;

/// A row of `flowmine_commands`.
pub type CommandRow<'a> = ImportRow<'a, 7>;

/// A row of `flowmine_asked`.
pub type AskedRow<'a> = ImportRow<'a, 2>;

/// Rows of all tables.
#[derive(Clone, Debug, Default)]
pub struct ImportRows<'a> {
    /// Of `workflow_history`, where the file is flowmine's own.
    pub workflows: Vec<TurnRow<'a>>,
    /// Of `flowmine_calls`.
    pub calls: Vec<CallRow<'a>>,
    /// Of `flowmine_commands`.
    pub commands: Vec<CommandRow<'a>>,
    /// Of `flowmine_asked`.
    pub asked: Vec<AskedRow<'a>>,
}

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

/// What was written, by table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportChanges {
    /// Workflows.
    pub workflows: RowChanges,
    /// Calls.
    pub calls: RowChanges,
    /// Commands.
    pub commands: RowChanges,
    /// What requests ask for that are not kept.
    pub asked: RowChanges,
}

/// Whether the file has all tables of an import.
///
/// # Errors
/// Where the file cannot be read.
pub fn has_tables(db: &Database) -> Result<bool> {
    db.read(tables_are_there)
}

pub(super) fn tables_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(calls_are_there(conn)? && both_are_there(conn, ["flowmine_transcripts", "flowmine_import_state"])?)
}

/// Whether the file has calls and commands, which is all that figures need, whoever has written them.
///
/// # Errors
/// Where the file cannot be read.
pub fn has_calls(db: &Database) -> Result<bool> {
    db.read(calls_are_there)
}

fn calls_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    both_are_there(conn, [CALLS.name, COMMANDS.name])
}

pub(super) fn asked_is_there(conn: &Connection) -> rusqlite::Result<bool> {
    both_are_there(conn, [CALLS.name, ASKED.name])
}

fn both_are_there(conn: &Connection, tables: [&str; 2]) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 2 FROM main.sqlite_schema WHERE type = 'table' AND name IN (?1, ?2)";
    conn.query_row(sql, tables, |row| row.get(0))
}

/// The workflow of a run that another program's file has.
#[derive(Clone, Debug, Default)]
pub struct RunWorkflow {
    /// What its occurrences are linked by.
    pub key: String,
    /// Its `nl_input`.
    pub request: String,
}

/// The workflow of each run, by `adw_id`.
///
/// # Errors
/// Where the file cannot be read.
pub fn runs_by_adw_id(db: &Database) -> Result<HashMap<String, RunWorkflow>> {
    let columns = &db.layout.history.columns;
    if !columns.has("adw_id") {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT adw_id, key, CASE typeof(request) WHEN 'text' THEN request ELSE '' END FROM \
         (SELECT adw_id, {} AS number, coalesce(nullif({}, ''), CAST({} AS TEXT)) AS key, {} AS request \
         FROM workflow_history AS known) WHERE typeof(adw_id) = 'text' AND key IS NOT NULL ORDER BY number DESC",
        db.layout.history.rowid,
        columns.or_null("known", "workflow_id"),
        columns.or_null("known", "id"),
        columns.or_null("known", "nl_input"),
    );
    db.read(|conn| {
        let mut statement = conn.prepare(&sql)?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, RunWorkflow { key: row.get(1)?, request: row.get(2)? })))?;
        rows.collect()
    })
}

/// Makes the tables of an import where they are missing.
///
/// # Errors
/// Where the file cannot be written.
pub fn create_tables(tx: &Transaction<'_>) -> Result<()> {
    if !(tables_are_there(tx.pass())? && asked_is_there(tx.pass())?) {
        tx.pass().execute_batch(own_file::IMPORT_TABLES)?;
    }
    Ok(())
}

/// Inserts, or changes where a value differs.
pub(super) fn upsert(table: &str, key: &[&str], columns: &[&str]) -> String {
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
