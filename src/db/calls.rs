//! The rows of an import: calls, commands, and the workflows of flowmine's own file.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;

use super::history::{HistoryScan, RowParts};
use super::import_tables::{calls_are_there, tables_are_there};
use super::values::{each_row, readable_text};
use super::{Database, Error, Result, StoredField, Transaction, own_file};

/// A row's key: a text and two numbers, each 0 where the table's key has fewer parts.
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

/// A row of `flowmine_run_models`.
pub type RunModelRow<'a> = ImportRow<'a, 9>;

/// A batch of rows for all tables of an import.
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
    /// Of `flowmine_run_models`.
    pub run_models: Vec<RunModelRow<'a>>,
}

/// How many rows were inserted, updated and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows that were not there.
    pub new: u64,
    /// Rows with another value.
    pub changed: u64,
    /// Rows that were deleted.
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
    /// Operations asked for by requests whose text is not kept.
    pub asked: RowChanges,
    /// What runs' result lines say by model.
    pub run_models: RowChanges,
}

/// Whether the file has all tables of an import.
pub fn has_tables(db: &Database) -> Result<bool> {
    db.read(tables_are_there)
}

/// Whether the file has the tables of calls and commands, which are all that figures need.
pub fn has_calls(db: &Database) -> Result<bool> {
    db.read(calls_are_there)
}

/// The workflow of a run that another program's file has.
#[derive(Clone, Debug, Default)]
pub struct RunWorkflow {
    /// What its occurrences are linked by.
    pub key: String,
    /// Its `nl_input`.
    pub request: String,
}

/// The workflow of each run, by `adw_id`; the first row where several share one. Rows with an unreadable key are left
/// out.
pub fn runs_by_adw_id(db: &Database) -> Result<HashMap<String, RunWorkflow>> {
    let mut runs = HashMap::new();
    let mut ids = adw_ids(db)?;
    if ids.is_empty() {
        return Ok(runs);
    }
    let scan = HistoryScan { last: i64::MAX, parts: RowParts::Texts, now: Timestamp::UNIX_EPOCH };
    db.scan_history(scan, |row| {
        let (Some(id), Some(key)) = (ids.remove(&row.rowid), row.readable_key()) else { return };
        let request = row.texts().ok().and_then(|[request, ..]| request).unwrap_or_default().into_owned();
        runs.entry(id).or_insert_with(|| RunWorkflow { key: key.to_owned(), request });
    })?;
    Ok(runs)
}

/// The readable `adw_id`s, by rowid.
fn adw_ids(db: &Database) -> Result<HashMap<i64, String>> {
    let layout = &db.layout.history;
    let id = layout.columns.or_null("h", "adw_id");
    let sql = format!(
        "SELECT h.{}, {id} FROM main.workflow_history AS h WHERE typeof({id}) = 'text'",
        layout.rowid
    );
    db.read(|conn| {
        let mut ids = HashMap::new();
        each_row(conn, &sql, [], |row| {
            if let Some(id) = readable_text(row, 1) {
                ids.insert(row.get(0)?, id.to_owned());
            }
            Ok(())
        })?;
        Ok(ids)
    })
}

/// Fails where a table of an import is there, but lacks columns.
pub fn check_tables(db: &Database) -> Result<()> {
    match db.layout.odd_tables.first() {
        None => Ok(()),
        Some(odd) => Err(Error::Layout(format!(
            "{}: {odd}; drop the table, and an import makes its own; nothing was written",
            db.path().display()
        ))),
    }
}

/// Makes the tables of an import where they are missing.
pub fn create_tables(tx: &Transaction<'_>) -> Result<()> {
    Ok(tx.pass().execute_batch(own_file::IMPORT_TABLES)?)
}
