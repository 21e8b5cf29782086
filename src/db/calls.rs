//! The rows of an import: calls, commands, and the workflows of flowmine's own file.
//!
//! A row is written where a value differs, so that writing the same again leaves the file's bytes as they are.

use std::borrow::Cow;
use std::collections::HashMap;

use hashbrown::HashSet;
use rusqlite::types::ToSql;
use rusqlite::{Connection, Params, Statement};

use super::{Database, Result, StoredField, Transaction, own_file};

/// A table that an import writes rows of, with so many columns beside the key.
struct ImportTable<const WIDTH: usize> {
    name: &'static str,
    key: &'static [&'static str],
    columns: [&'static str; WIDTH],
}

/// Rows that one statement writes: as many as are worth while for occurrences.
const ROWS_AT_ONCE: usize = 32;

/// Rows that wait to be put in the order of their keys. Keys come in no order: without it each row's place would have to be
/// found anew, somewhere in a large table.
const ROWS_SORTED: usize = 32_768;

impl<const WIDTH: usize> ImportTable<WIDTH> {
    /// What is bound to a statement that writes these rows.
    fn parameters(&self, rows: &[&ImportRow<'_, WIDTH>]) -> impl Params {
        let parts = self.key.len();
        rusqlite::params_from_iter(rows.iter().flat_map(move |ImportRow { key, values }| {
            let key: [&dyn ToSql; 3] = [&key.0, &key.1, &key.2];
            key.into_iter().take(parts).chain(values.iter().map(|value| value as &dyn ToSql))
        }))
    }
}

/// `workflow_history` of flowmine's own file, a turn each. Key: `workflow_id`.
static WORKFLOWS: ImportTable<21> = ImportTable {
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
static CALLS: ImportTable<10> = ImportTable {
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
static COMMANDS: ImportTable<7> = ImportTable {
    name: "flowmine_commands",
    key: &["workflow_id", "position", "part"],
    columns: ["program", "command", "signature", "exit_status", "calls", "tokens", "cost"],
};

/// `flowmine_asked`. Key: `workflow_id`, `position`.
static ASKED: ImportTable<2> = ImportTable {
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

/// Writes the rows of an import, batch by batch. All others go, with a workflow its occurrences.
///
/// # Errors
/// Where the file cannot be read or written.
pub fn write_rows<'a>(
    tx: &Transaction<'_>,
    batches: impl Iterator<Item = ImportRows<'a>>,
) -> Result<ImportChanges> {
    tx.with_own_history(|conn| {
        let is_own = own_file::is_own_file(conn)?;
        let mut workflows = is_own.then(|| RowWriter::new(tx, &WORKFLOWS)).transpose()?;
        let (mut calls, mut commands) = (RowWriter::new(tx, &CALLS)?, RowWriter::new(tx, &COMMANDS)?);
        let mut asked = RowWriter::new(tx, &ASKED)?;
        for batch in batches {
            if let Some(workflows) = &mut workflows {
                workflows.put(&batch.workflows.iter().collect::<Vec<_>>())?;
            }
            calls.put_sorted(batch.calls)?;
            commands.put_sorted(batch.commands)?;
            asked.put_sorted(batch.asked)?;
        }
        let workflows = workflows.map(RowWriter::finish).transpose()?;
        Ok(ImportChanges {
            workflows: workflows.unwrap_or_default(),
            calls: calls.finish()?,
            commands: commands.finish()?,
            asked: asked.finish()?,
        })
    })
}

/// Writes one table's rows within a transaction.
struct RowWriter<'a, 'r, const WIDTH: usize> {
    tx: &'a Transaction<'a>,
    table: &'static ImportTable<WIDTH>,
    one: Statement<'a>,
    /// For [`ROWS_AT_ONCE`] rows.
    many: Statement<'a>,
    /// The keys of the rows that are there and were not written.
    others: HashSet<RowKey<'r>>,
    /// Rows that are to be sorted.
    waiting: Vec<ImportRow<'r, WIDTH>>,
    changes: RowChanges,
}

impl<'a, 'r, const WIDTH: usize> RowWriter<'a, 'r, WIDTH> {
    fn new(tx: &'a Transaction<'_>, table: &'static ImportTable<WIDTH>) -> Result<Self> {
        let conn = tx.pass();
        let one = conn.prepare(&upsert(table.name, table.key, &table.columns))?;
        let many = conn.prepare(&insert_many(table))?;
        let (others, changes) = (keys(conn, table)?, RowChanges::default());
        Ok(Self { tx, table, one, many, others, waiting: Vec::new(), changes })
    }

    /// Writes rows in the order of their keys once many wait.
    fn put_sorted(&mut self, rows: Vec<ImportRow<'r, WIDTH>>) -> Result<()> {
        self.waiting.extend(rows);
        if self.waiting.len() < ROWS_SORTED { Ok(()) } else { self.put_waiting() }
    }

    /// Writes what waits.
    fn put_waiting(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut sorted: Vec<_> = waiting.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        self.put(&sorted)
    }

    /// Writes rows, many new ones with one statement.
    fn put(&mut self, rows: &[&ImportRow<'r, WIDTH>]) -> Result<()> {
        for some in rows.chunks(ROWS_AT_ONCE) {
            let are_new = some.iter().all(|row| !self.others.contains(&row.key));
            if are_new && some.len() == ROWS_AT_ONCE {
                self.tx.row(self.table.name);
                self.changes.new += self.many.execute(self.table.parameters(some))? as u64;
            } else {
                some.iter().try_for_each(|row| self.put_one(row))?;
            }
        }
        Ok(())
    }

    fn put_one(&mut self, row: &ImportRow<'r, WIDTH>) -> Result<()> {
        let is_new = !self.others.remove(&row.key);
        self.tx.row(self.table.name);
        let written = self.one.execute(self.table.parameters(&[row]))? as u64;
        *(if is_new { &mut self.changes.new } else { &mut self.changes.changed }) += written;
        Ok(())
    }

    /// Writes what waits, and deletes the other rows; answers what was written in all.
    fn finish(mut self) -> Result<RowChanges> {
        self.put_waiting()?;
        let is_key: Vec<_> = self.table.key.iter().map(|part| format!("{part} = ?")).collect();
        let delete = format!("DELETE FROM {} WHERE {}", self.table.name, is_key.join(" AND "));
        for (text, position, part) in &self.others {
            if self.table.name == WORKFLOWS.name {
                let sql = "DELETE FROM pattern_occurrences WHERE workflow_id = ?1";
                self.tx.row("pattern_occurrences").prepare_cached(sql)?.execute([text])?;
            }
            let parts: [&dyn ToSql; 3] = [text, position, part];
            let mut delete = self.tx.row(self.table.name).prepare_cached(&delete)?;
            self.changes.removed += delete.execute(&parts[..self.table.key.len()])? as u64;
        }
        Ok(self.changes)
    }
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

/// Inserts [`ROWS_AT_ONCE`] rows that are new. What went before a refused row goes with the whole transaction: with `OR FAIL`,
/// and without an update, SQLite keeps no journal of its own for that.
fn insert_many<const WIDTH: usize>(table: &ImportTable<WIDTH>) -> String {
    let columns: Vec<_> = table.key.iter().chain(&table.columns).copied().collect();
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let rows = vec![row; ROWS_AT_ONCE].join(", ");
    format!(
        "INSERT OR FAIL INTO {} ({}) VALUES {rows} ON CONFLICT DO NOTHING",
        table.name,
        columns.join(", ")
    )
}

fn keys<'a, const WIDTH: usize>(
    conn: &Connection,
    table: &ImportTable<WIDTH>,
) -> Result<HashSet<RowKey<'a>>> {
    let columns = table.key.iter().copied().chain(["0", "0"]).take(3).collect::<Vec<_>>().join(", ");
    let mut statement = conn.prepare(&format!("SELECT {columns} FROM {}", table.name))?;
    let keys = statement.query_map([], |row| Ok((Cow::Owned(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}
