//! What this file looks like: found out by looking, never asked of the user.
//!
//! Only the tables' own schema entries are read, so that SQLite need not resolve the file's views.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::columns::{Columns, sql_of};
use super::definition::{Column, Definition};
use super::error::{Error, Result};
use super::faults::{TableFault, faults_of};
use super::import_tables::odd_tables;

/// What `workflow_history` looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLayout {
    /// Its columns.
    pub columns: Columns,
    /// The name under which the rowid can be asked for.
    pub rowid: &'static str,
    /// The `id` column is the rowid by another name.
    pub id_is_rowid: bool,
    /// Its `CREATE TABLE`.
    statement: String,
}

impl HistoryLayout {
    /// Whether rowid and `updated_at` together tell what is new or changed since a mark: where rowids are never given twice, a
    /// row above it is new. Only runs ask that, so the statement is not read when a file is opened.
    pub fn tells_changes(&self) -> bool {
        let is_autoincrement =
            || Definition::of(&self.statement).columns.iter().any(Column::is_autoincrement);
        self.columns.has("updated_at") && is_autoincrement()
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
    /// Whether something makes (`pattern_id`, `workflow_id`) unique.
    pub unique_occurrences: bool,
    /// `flowmine_runs`; `None` where it is missing.
    pub runs: Option<Columns>,
    /// `flowmine_exclusions`; `None` where it is missing.
    pub exclusions: Option<Columns>,
    /// What keeps flowmine from writing to tables that are there.
    pub faults: Vec<TableFault>,
    /// A message for each table of an import that lacks columns: nothing in it counts.
    pub odd_tables: Vec<String>,
    /// Changes with every change of a table, an index or a trigger.
    pub(super) schema_version: i64,
}

impl Layout {
    /// Looks at the file; an error where it has no `workflow_history` to read.
    pub(super) fn inspect(conn: &Connection, path: &Path) -> Result<Self> {
        let schema_version = schema_version(conn)?;
        check_roots(conn, path)?;
        let history = inspect_history(conn, path)?;
        let mut faults = Vec::new();
        let mut columns_of = |table| -> Result<Option<Columns>> {
            let columns = ordinary_table(conn, path, table)?;
            if let Some(columns) = &columns {
                faults.extend(faults_of(table, columns, is_rowid(conn, table, "id")?));
            }
            Ok(columns)
        };
        let [patterns, occurrences, runs, exclusions] = [
            columns_of("operation_patterns")?,
            columns_of("pattern_occurrences")?,
            columns_of("flowmine_runs")?,
            columns_of("flowmine_exclusions")?,
        ];
        Ok(Self {
            history,
            unique_occurrences: occurrences.is_some() && has_unique_occurrences(conn)?,
            patterns,
            occurrences,
            runs,
            exclusions,
            faults,
            odd_tables: odd_tables(conn)?,
            schema_version,
        })
    }

    /// The tables that flowmine writes, and which of them are there.
    pub fn tables(&self) -> [(&'static str, bool); 4] {
        [
            ("operation_patterns", self.patterns.is_some()),
            ("pattern_occurrences", self.occurrences.is_some()),
            ("flowmine_runs", self.runs.is_some()),
            ("flowmine_exclusions", self.exclusions.is_some()),
        ]
    }

    /// Whether `flowmine_runs` has the column `mark_counts`, which older files lack.
    pub fn runs_have_counts(&self) -> bool {
        self.runs.as_ref().is_some_and(|columns| columns.has("mark_counts"))
    }

    /// Whether every table and index that flowmine writes is there.
    pub fn is_complete(&self) -> bool {
        self.patterns.is_some()
            && self.unique_occurrences
            && self.runs_have_counts()
            && self.exclusions.is_some()
    }

    /// Whether there is a table of occurrences that says which pattern and which workflow.
    pub fn has_links(&self) -> bool {
        self.occurrences
            .as_ref()
            .is_some_and(|columns| columns.has("pattern_id") && columns.has("workflow_id"))
    }

    /// What kind of file this is, in words for people.
    pub fn describe(&self) -> String {
        let columns = &self.history.columns;
        let kind = match (columns.has("adw_id"), columns.has("id")) {
            (true, true) => "the application's layout",
            (_, true) => "a layout with id",
            _ => "the minimal layout",
        };
        let status = if columns.has("status") { "" } else { ", every row finished" };
        let times = if columns.has("start_time") || columns.has("created_at") { "" } else { ", no times" };
        let odd = self.odd_tables.iter().map(|odd| format!("; {odd}: nothing of the table counts"));
        format!("{kind}{status}{times}{}", odd.collect::<String>())
    }
}

/// A number that changes with every change of the schema.
pub(super) fn schema_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA main.schema_version", [], |row| row.get(0))
}

/// Two tables or indexes that begin on one page are one and the same to SQLite: what is written to the one is written to
/// the other.
fn check_roots(conn: &Connection, path: &Path) -> Result<()> {
    let sql = "SELECT s.name FROM main.sqlite_schema AS s WHERE s.rootpage > 0 \
               GROUP BY s.rootpage HAVING count(*) > 1 LIMIT 1";
    match conn.query_row(sql, [], |row| row.get::<_, String>(0)).optional()? {
        None => Ok(()),
        Some(name) => Err(Error::Damaged {
            path: path.to_owned(),
            what: format!("'{}' begins where another table or index does", name.escape_debug()),
        }),
    }
}

/// What stands under a table's name.
enum Entry {
    View,
    /// A virtual table, or one without rowids.
    WithoutRowid,
    Table(Columns),
}

fn schema_entry(conn: &Connection, name: &str) -> rusqlite::Result<Option<Entry>> {
    let sql = "SELECT s.type = 'view', coalesce(s.rootpage, 0) > 0 FROM main.sqlite_schema AS s \
               WHERE s.name = ?1 COLLATE NOCASE AND s.type IN ('table', 'view')";
    let found: Option<(bool, bool)> =
        conn.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((is_view, has_pages)) = found else { return Ok(None) };
    if is_view {
        return Ok(Some(Entry::View));
    }
    if !has_pages {
        return Ok(Some(Entry::WithoutRowid));
    }
    let columns = Columns::of(conn, name)?;
    let is_without_rowid = columns.rowid().is_some_and(|rowid| {
        conn.prepare(&format!("SELECT t.{rowid} FROM main.{name} AS t LIMIT 0")).is_err()
    });
    Ok(Some(if is_without_rowid { Entry::WithoutRowid } else { Entry::Table(columns) }))
}

/// The columns that only a history of workflows has. A table with none of them is another program's.
const TELLING: [&str; 8] = [
    "nl_input",
    "error_message",
    "workflow_template",
    "actual_cost_total",
    "total_tokens",
    "duration_seconds",
    "error_count",
    "retry_count",
];

/// What n8n, which has a table of this name too, keeps in it.
const N8N: [&str; 4] = ["versionid", "workflowid", "nodes", "connections"];

fn inspect_history(conn: &Connection, path: &Path) -> Result<HistoryLayout> {
    let shown = path.display();
    let unusable = |what: &str| Error::Layout(format!("workflow_history in {shown} is {what}"));
    let columns = match schema_entry(conn, "workflow_history")? {
        None => return Err(Error::NoHistory { path: shown.to_string(), tables: tables(conn)? }),
        Some(Entry::View) => {
            return Err(unusable("a view; flowmine reads the table itself: name the file that has it"));
        }
        Some(Entry::Table(columns)) => columns,
        Some(Entry::WithoutRowid) => {
            return Err(unusable(
                "a WITHOUT ROWID or virtual table, which flowmine does not read; copy it into an ordinary table",
            ));
        }
    };
    if N8N.iter().all(|column| columns.has(column)) {
        return Err(unusable("n8n's, whose workflows are no runs of agents; is it the right file?"));
    }
    if !columns.has("workflow_id") && !columns.has("id") {
        return Err(unusable("without a workflow_id and without an id column, so its workflows have no key"));
    }
    let rowid = columns
        .rowid()
        .ok_or_else(|| unusable("hiding its rowid behind columns named rowid, _rowid_ and oid"))?;
    if !TELLING.iter().any(|column| columns.has(column)) {
        let names = columns.names().collect::<Vec<_>>().join(", ").escape_debug().to_string();
        return Err(unusable(&format!(
            "another program's: it has no request, cost, tokens or duration (its columns are {names}); is it the right \
             file?"
        )));
    }
    let statement = sql_of(conn, "workflow_history")?;
    let id_is_rowid = columns.has("id") && is_rowid(conn, "workflow_history", "id")?;
    Ok(HistoryLayout { columns, rowid, id_is_rowid, statement })
}

fn tables(conn: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT s.name FROM main.sqlite_schema AS s WHERE s.type = 'table' ORDER BY s.name LIMIT 8";
    let mut statement = conn.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// Whether a column is the table's rowid: the only one of the primary key, and of the type INTEGER. One that is declared
/// `PRIMARY KEY DESC` has an index of its own instead.
fn is_rowid(conn: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 1 AND max(lower(x.name) = ?2 AND upper(x.type) = 'INTEGER') \
               AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.origin = 'pk') \
               FROM pragma_table_xinfo(?1) AS x WHERE x.pk > 0";
    conn.query_row(sql, [table, column], |row| Ok(row.get::<_, Option<bool>>(0)?.unwrap_or(false)))
}

fn ordinary_table(conn: &Connection, path: &Path, table: &str) -> Result<Option<Columns>> {
    let unusable = match schema_entry(conn, table)? {
        None => return Ok(None),
        Some(Entry::Table(columns)) if columns.rowid().is_some() => return Ok(Some(columns)),
        Some(Entry::Table(_)) => {
            "hides its rowid behind columns named rowid, _rowid_ and oid; rename one of them"
        }
        Some(Entry::View) => "is a view; flowmine needs a table it can write to",
        Some(Entry::WithoutRowid) => "is a WITHOUT ROWID or virtual table; flowmine needs an ordinary one",
    };
    Err(Error::Layout(format!("{table} in {} {unusable}", path.display())))
}

/// Whether a unique constraint or index, neither partial nor with another collation than BINARY, covers just
/// (`pattern_id`, `workflow_id`).
fn has_unique_occurrences(conn: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (
        SELECT 1 FROM pragma_index_list('pattern_occurrences') AS l
        WHERE l.\"unique\" = 1 AND l.partial = 0 AND (
            SELECT group_concat(k.name, ',') FROM (
                SELECT lower(x.name) || ' ' || x.coll AS name FROM pragma_index_xinfo(l.name) AS x
                WHERE x.key = 1 ORDER BY lower(x.name)
            ) AS k
        ) = 'pattern_id BINARY,workflow_id BINARY')";
    conn.query_row(sql, [], |row| row.get(0))
}
