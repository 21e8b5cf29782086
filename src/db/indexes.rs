//! Whether what is read through an index agrees with the table: a damaged index hides rows, or shows some that are gone.

use rusqlite::Connection;

use super::columns::quoted;
use super::error::{Error, Result};
use super::integrity::{cannot_be_checked, find_damage, is_index_damage, messages_of};
use super::open::{Database, Transaction};

/// The tables that a run reads through indexes.
const TABLES: [&str; 3] = ["operation_patterns", "pattern_occurrences", "workflow_history"];

/// An index that is not partial.
struct Index {
    name: String,
    /// Its CREATE INDEX; `None` where a constraint of the table made it.
    sql: Option<String>,
}

impl Database {
    /// The indexes that have another number of rows than their table.
    pub fn damaged_indexes(&self) -> Result<Vec<String>> {
        self.read(damaged)
    }

    /// Stops a run before it writes to a file that contradicts itself. A file with free pages is checked whole, as far as
    /// that goes without running the file's own code: a page in use that counts as free would be written over.
    pub(super) fn check_soundness(&self) -> Result<()> {
        let path = self.path().to_owned();
        if let Some(index) = self.damaged_indexes()?.into_iter().next() {
            return Err(Error::DamagedIndex { path, index });
        }
        let free: i64 = self.value("PRAGMA main.freelist_count", [])?;
        let damage = if free > 0 { self.read(find_damage)? } else { None };
        match damage {
            Some(damage) => Err(Error::Damaged { path, what: damage.escape_debug().to_string() }),
            None => Ok(()),
        }
    }
}

/// Rebuilds damaged indexes. Those that a CREATE INDEX made on flowmine's own tables are only dropped, since rows may
/// have to be removed first; their names and statements are the answer, for [`make_again`].
pub fn drop_damaged(tx: &Transaction<'_>) -> Result<Vec<(String, String)>> {
    let mut names = named_by_the_full_check(tx.pass())?;
    names.extend(damaged(tx.pass())?);
    let mut dropped = Vec::new();
    for table in TABLES {
        let indexes = indexes_of(tx.pass(), table)?;
        for Index { name, sql } in indexes.into_iter().filter(|index| names.contains(&index.name)) {
            let quoted = quoted(&name);
            if let Some(sql) = sql.filter(|_| table != "workflow_history") {
                tx.pass().execute_batch(&format!("DROP INDEX main.{quoted}"))?;
                dropped.push((name, sql));
            } else {
                tx.pass().execute_batch(&format!("REINDEX main.{quoted}"))?;
            }
        }
    }
    Ok(dropped)
}

/// Makes the indexes that were dropped, by their names and statements, where nothing else has made them meanwhile.
pub fn make_again(tx: &Transaction<'_>, dropped: &[(String, String)]) -> Result<()> {
    let conn = tx.pass();
    for (name, sql) in dropped {
        if !is_there(conn, name)? {
            conn.execute_batch(sql)?;
        }
    }
    Ok(())
}

/// Whether the file has an index of this name.
pub(super) fn is_there(conn: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema AS s \
               WHERE s.type = 'index' AND s.name = ?1 COLLATE NOCASE)";
    conn.query_row(sql, [name], |row| row.get(0))
}

fn damaged(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for table in TABLES {
        let indexes = indexes_of(conn, table)?;
        if indexes.is_empty() {
            continue;
        }
        // Both numbers are of one moment: the application may commit between two statements.
        let moment = conn.is_autocommit().then(|| conn.unchecked_transaction()).transpose()?;
        let rows = count(conn, &format!("SELECT total(1) FROM main.{table} NOT INDEXED"))?;
        for index in indexes {
            let sql = format!("SELECT total(1) FROM main.{table} INDEXED BY {}", quoted(&index.name));
            // An index that SQLite will not use here cannot be compared, and no statement of ours uses it either.
            if count(conn, &sql).is_ok_and(|entries| entries != rows) {
                found.push(index.name);
            }
        }
        moment.map_or(Ok(()), rusqlite::Transaction::finish)?;
    }
    Ok(found)
}

/// The indexes that SQLite's full check of these tables finds to differ from them.
fn named_by_the_full_check(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = Vec::new();
    for table in TABLES {
        if indexes_of(conn, table)?.is_empty() {
            continue;
        }
        let messages = match messages_of(conn, &format!("PRAGMA main.integrity_check({table})")) {
            Err(error) if cannot_be_checked(&error) => continue,
            messages => messages?,
        };
        let indexes = messages.iter().filter(|message| is_index_damage(message));
        names.extend(
            indexes.filter_map(|message| message.rsplit_once(" index ")).map(|(_, name)| name.to_owned()),
        );
    }
    Ok(names)
}

fn indexes_of(conn: &Connection, table: &str) -> rusqlite::Result<Vec<Index>> {
    let sql = "SELECT l.name, s.sql FROM pragma_index_list(?1) AS l \
               JOIN main.sqlite_schema AS s ON s.type = 'index' AND s.name = l.name WHERE l.partial = 0";
    let mut statement = conn.prepare(sql)?;
    let decode = |row: &rusqlite::Row<'_>| Ok(Index { name: row.get(0)?, sql: row.get(1)? });
    statement.query_map([table], decode)?.collect()
}

fn count(conn: &Connection, sql: &str) -> rusqlite::Result<f64> {
    conn.query_row(sql, [], |row| row.get(0))
}
