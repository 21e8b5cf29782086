//! What this file looks like: found out by looking, never asked of the user.

use std::collections::HashMap;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, OptionalExtension};

use super::{Error, Result, Transaction};

/// The statements that make the tables flowmine writes.
pub const SCHEMA: &str = include_str!("../../schema.sql");

/// The unique index that makes a workflow count once, under the name the application's own migration 015 gives it.
pub const UNIQUE_INDEX: &str = "idx_pattern_occurrence_unique";

/// A table's columns, by lower-case name.
#[derive(Clone, Debug, Default)]
pub struct Columns(HashMap<String, String>);

impl Columns {
    pub(super) fn of(conn: &Connection, table: &str) -> rusqlite::Result<Self> {
        let mut statement = conn.prepare("SELECT name FROM pragma_table_xinfo(?1)")?;
        let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
        let columns = names.map(|name| name.map(|name| (name.to_ascii_lowercase(), name)));
        columns.collect::<rusqlite::Result<_>>().map(Self)
    }

    /// Whether the table has the column; SQLite's column names ignore case.
    pub fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// The names, in lower case and in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The column as an SQL expression, `NULL` where the table has none of that name.
    pub fn or_null(&self, column: &str) -> String {
        self.0.get(column).map_or("NULL".to_owned(), |name| format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// What `workflow_history` looks like.
#[derive(Clone, Debug)]
pub struct HistoryLayout {
    /// Its columns.
    pub columns: Columns,
    /// The name under which the rowid can be asked for.
    pub rowid: &'static str,
    /// The `id` column is the rowid by another name.
    pub id_is_rowid: bool,
    /// Rowids are never given twice, so a row above a mark is new.
    pub autoincrement: bool,
}

impl HistoryLayout {
    /// Whether rowid and `updated_at` together tell what is new or changed since a mark.
    pub fn tells_changes(&self) -> bool {
        self.autoincrement && self.columns.has("updated_at")
    }
}

/// What the file looks like.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The table that is read.
    pub history: HistoryLayout,
    /// `operation_patterns`; `None` where it is missing.
    pub patterns: Option<Columns>,
    /// `pattern_occurrences`; `None` where it is missing.
    pub occurrences: Option<Columns>,
    /// Whether something makes (pattern_id, workflow_id) unique.
    pub unique_occurrences: bool,
    /// Whether `flowmine_runs` is there.
    pub runs: bool,
}

impl Layout {
    /// Looks at the file; an error where it has no `workflow_history` to read.
    pub(super) fn inspect(conn: &Connection, path: &str) -> Result<Self> {
        let history = inspect_history(conn, path)?;
        let patterns = ordinary_table(conn, path, "operation_patterns")?;
        let occurrences = ordinary_table(conn, path, "pattern_occurrences")?;
        let unique_occurrences = occurrences.is_some() && has_unique_occurrences(conn)?;
        let runs = ordinary_table(conn, path, "flowmine_runs")?.is_some();
        Ok(Self { history, patterns, occurrences, unique_occurrences, runs })
    }

    /// Whether every table and index that flowmine writes is there.
    pub fn is_complete(&self) -> bool {
        self.patterns.is_some() && self.unique_occurrences && self.runs
    }

    /// A word for what this file is, for people: who made it and what sets it apart.
    pub fn describe(&self) -> String {
        let columns = &self.history.columns;
        let kind = match (columns.has("adw_id"), columns.has("id")) {
            (true, true) => "the application's layout",
            (_, true) => "a layout with id",
            _ => "the minimal layout",
        };
        let status = if columns.has("status") { "" } else { ", every row finished" };
        let times = if columns.has("start_time") || columns.has("created_at") { "" } else { ", no times" };
        format!("{kind}{status}{times}")
    }
}

/// The kind and SQL of a table or view of that name, whatever its case.
fn schema_entry(conn: &Connection, name: &str) -> rusqlite::Result<Option<(String, String)>> {
    let sql = "SELECT type, coalesce(sql, '') FROM main.sqlite_schema \
               WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')";
    conn.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn inspect_history(conn: &Connection, path: &str) -> Result<HistoryLayout> {
    let unusable = |what: &str| Error::Layout(format!("workflow_history in {path} is {what}"));
    let Some((kind, sql)) = schema_entry(conn, "workflow_history")? else {
        return Err(Error::NoHistory { path: path.to_owned(), tables: tables(conn)? });
    };
    if kind == "view" {
        return Err(unusable("a view; flowmine reads the table itself: name the file that has it"));
    }
    if is_without_rowid(conn, "workflow_history")? {
        return Err(unusable(
            "a WITHOUT ROWID or virtual table, which flowmine does not read; copy it into an ordinary table",
        ));
    }
    let columns = Columns::of(conn, "workflow_history")?;
    if !columns.has("workflow_id") && !columns.has("id") {
        return Err(unusable("without a workflow_id and without an id column, so its workflows have no key"));
    }
    let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !columns.has(name));
    let rowid =
        rowid.ok_or_else(|| unusable("hiding its rowid behind columns named rowid, _rowid_ and oid"))?;
    let autoincrement = sql.to_ascii_uppercase().contains("AUTOINCREMENT");
    let id_is_rowid = is_rowid(conn, "id")?;
    Ok(HistoryLayout { columns, rowid, id_is_rowid, autoincrement })
}

fn tables(conn: &Connection) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name LIMIT 8")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

fn is_without_rowid(conn: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT wr OR type <> 'table' FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    conn.query_row(sql, [table], |row| row.get(0))
}

/// Whether a column of the history is its rowid: the only one of the primary key, and of the type INTEGER. One that is
/// declared `PRIMARY KEY DESC` has an index of its own instead.
fn is_rowid(conn: &Connection, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 1 AND max(lower(name) = ?1 AND upper(type) = 'INTEGER') \
               AND NOT EXISTS (SELECT 1 FROM pragma_index_list('workflow_history') WHERE origin = 'pk') \
               FROM pragma_table_xinfo('workflow_history') WHERE pk > 0";
    conn.query_row(sql, [column], |row| Ok(row.get::<_, Option<bool>>(0)?.unwrap_or(false)))
}

fn ordinary_table(conn: &Connection, path: &str, table: &str) -> Result<Option<Columns>> {
    match schema_entry(conn, table)? {
        None => Ok(None),
        Some((kind, _)) if kind == "view" => {
            Err(Error::Layout(format!("{table} in {path} is a view; flowmine needs a table it can write to")))
        }
        Some(_) if is_without_rowid(conn, table)? => Err(Error::Layout(format!(
            "{table} in {path} is a WITHOUT ROWID or virtual table; flowmine needs an ordinary one"
        ))),
        Some(_) => Ok(Some(Columns::of(conn, table)?)),
    }
}

/// Whether a unique constraint or index, on no part of the rows only, covers just (pattern_id, workflow_id).
fn has_unique_occurrences(conn: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (
        SELECT 1 FROM pragma_index_list('pattern_occurrences') AS list
        WHERE list.\"unique\" = 1 AND list.partial = 0 AND (
            SELECT group_concat(lower(name), ',')
            FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY lower(name))
        ) = 'pattern_id,workflow_id')";
    conn.query_row(sql, [], |row| row.get(0))
}

/// Creates what is missing. To be called inside a write transaction, after [`Layout::inspect`] has recognised the file.
pub fn create_missing(tx: &Transaction<'_>, layout: &Layout) -> Result<()> {
    if !layout.unique_occurrences && index_name_is_taken(tx.conn)? {
        return Err(Error::Layout(format!(
            "the index {UNIQUE_INDEX} is there, but does not make (pattern_id, workflow_id) unique; drop it, and \
             flowmine makes the one it needs"
        )));
    }
    let mut statements = Batch::new(tx.conn, SCHEMA);
    while let Some(mut statement) = statements.next()? {
        let makes_index = statement.expanded_sql().is_some_and(|sql| sql.contains(UNIQUE_INDEX));
        if !(makes_index && layout.unique_occurrences) {
            statement.execute([])?;
        }
    }
    Ok(())
}

fn index_name_is_taken(conn: &Connection) -> rusqlite::Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE)";
    conn.query_row(sql, [UNIQUE_INDEX], |row| row.get(0))
}

/// Occurrences beyond the first of a workflow and a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateRows {
    /// Rows too many.
    pub rows: u64,
    /// Rows in all.
    pub of: u64,
}

/// Counts the duplicates, of which a file with a unique index has none.
pub fn duplicates(tx: &Transaction<'_>, layout: &Layout) -> Result<Option<DuplicateRows>> {
    if layout.occurrences.is_none() || layout.unique_occurrences {
        return Ok(None);
    }
    let sql = "SELECT (SELECT count(*) FROM pattern_occurrences),
                      (SELECT count(*) FROM (SELECT DISTINCT pattern_id, workflow_id FROM pattern_occurrences))";
    let (of, distinct): (i64, i64) = tx.conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((of > distinct).then_some(DuplicateRows { rows: (of - distinct) as u64, of: of as u64 }))
}
