//! Making one of flowmine's tables anew, with its rows: where something else made it (a data frame, a CSV import,
//! a `CREATE TABLE … AS`), it may lack its key or change the keys that are stored in it.

use rusqlite::{Connection, params};

use super::columns::{Columns, quoted, sql_of};
use super::definition::{Column, Definition};
use super::error::Result;
use super::integrity::ignoring_checks;
use super::open::Transaction;

/// The new table, until it takes the old one's name.
const NEW: &str = "flowmine_remade";

/// Makes a table anew as `schema.sql` has it, with its rows, its further columns, its indexes and its triggers; answers how
/// many rows it has. Rows that name no pattern, and occurrences that name no workflow, are left out: nothing can be said of
/// them.
///
/// # Errors
/// Where the rows cannot be stored in such a table.
pub fn remake(tx: &Transaction<'_>, table: &'static str) -> Result<u64> {
    let conn = tx.pass();
    let belongings = belongings(conn, table)?;
    let old = Columns::of(conn, table)?;
    conn.execute_batch("PRAGMA legacy_alter_table = ON")?;
    let made = replace(conn, table, &old);
    conn.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    let rows = made?;
    for sql in belongings {
        tx.pass().execute_batch(&sql)?;
    }
    Ok(rows)
}

fn replace(conn: &Connection, table: &'static str, old: &Columns) -> rusqlite::Result<u64> {
    let written = Definition::of(&sql_of(conn, table)?);
    // A condition with a function that this program lacks cannot be declared again.
    conn.execute_batch(&new_table(table, &written))
        .or_else(|_| conn.execute_batch(&new_table(table, &written.without_conditions())))?;
    number_rows(conn, table, old)?;
    if table == "operation_patterns" {
        point_to_the_first_of_each_signature(conn)?;
    }
    // Rows that break a CHECK are kept, too.
    let rows = ignoring_checks(conn, || copy_rows(conn, table, old));
    conn.execute_batch(&format!(
        "DROP TABLE temp.flowmine_numbers; DROP TABLE main.{table}; ALTER TABLE main.{NEW} RENAME TO {table}"
    ))?;
    rows
}

/// The statement that makes the new table: the keys are those of `schema.sql`, as are the types of the columns that it
/// knows; their conditions, all further columns and what is said of the whole table are the old one's.
fn new_table(table: &str, written: &Definition) -> String {
    let known = Definition::in_schema(table);
    let mut parts = Vec::new();
    for own in &known.columns {
        let is_key = own.is_key() || own.conditions.contains("UNIQUE");
        let conditions = written.column(&own.key()).filter(|column| !is_key && !column.is_key());
        let conditions = conditions.map(|column| column.conditions.clone()).filter(|said| !said.is_empty());
        let conditions = conditions.unwrap_or_else(|| without_checks(&own.conditions));
        parts.push(Column { conditions, ..own.clone() }.sql());
    }
    let further = written.columns.iter().filter(|column| known.column(&column.key()).is_none());
    parts.extend(further.map(|column| {
        if column.is_key() { format!("{} {}", column.name, column.kind) } else { column.sql() }
    }));
    let is_key = |condition: &&String| condition.to_ascii_uppercase().contains("PRIMARY KEY");
    parts.extend(written.conditions.iter().filter(|condition| !is_key(condition)).cloned());
    format!("CREATE TABLE main.{NEW} ({})", parts.join(", "))
}

/// Leaves out our own CHECK: statuses that another program has stored may break it.
fn without_checks(conditions: &str) -> String {
    conditions.split_once("CHECK (").map_or(conditions, |(before, _)| before).to_owned()
}

/// The indexes and triggers that go with a table.
fn belongings(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT s.sql FROM main.sqlite_schema AS s WHERE s.type IN ('index', 'trigger') \
               AND s.tbl_name = ?1 COLLATE NOCASE AND s.sql IS NOT NULL ORDER BY s.type, s.name";
    conn.prepare(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// Gives each old row (by its rowid) its id: the one it has, where that is a whole number that no row before it has; else
/// its rowid, by which links were made; else none, and it gets one.
fn number_rows(conn: &Connection, table: &str, old: &Columns) -> rusqlite::Result<()> {
    let rowid = old.rowid().unwrap_or("rowid");
    let id = old.or_null("t", "id");
    let signature = old.or_null("t", "pattern_signature");
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE flowmine_numbers AS
         WITH given AS (
             SELECT t.{rowid} AS old, {signature} AS signature, CASE
                 WHEN typeof({id}) IN ('integer', 'real', 'text') AND CAST(CAST({id} AS INTEGER) AS TEXT) = CAST({id} AS TEXT)
                 THEN CAST({id} AS INTEGER) END AS id
             FROM main.{table} AS t
         ), wanted AS (
             SELECT g.old AS old, g.signature AS signature, coalesce(g.id, g.old) AS id, g.id IS NULL AS is_late FROM given AS g
         ), told AS (
             SELECT w.*, row_number() OVER (PARTITION BY w.id ORDER BY w.is_late, w.old) AS nth FROM wanted AS w
         )
         SELECT d.old AS old, d.signature AS signature, CASE WHEN d.nth = 1 THEN d.id END AS id FROM told AS d"
    ))
}

/// Where two patterns have one signature, the first stays, and the other's links become its own.
fn point_to_the_first_of_each_signature(conn: &Connection) -> rusqlite::Result<()> {
    let has_links = "SELECT EXISTS (SELECT 1 FROM pragma_table_xinfo('pattern_occurrences') AS x \
                     WHERE lower(x.name) = 'pattern_id')";
    if !conn.query_row(has_links, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    conn.execute_batch(
        "CREATE TEMP TABLE flowmine_moved AS SELECT m.id AS id, m.first AS first FROM (
             SELECT n.id AS id, first_value(n.id) OVER (
                 PARTITION BY n.signature ORDER BY n.id IS NULL, n.old
             ) AS first FROM temp.flowmine_numbers AS n WHERE n.signature IS NOT NULL
         ) AS m WHERE m.id <> m.first;
         UPDATE OR IGNORE main.pattern_occurrences AS o
             SET pattern_id = (SELECT m.first FROM temp.flowmine_moved AS m WHERE m.id = o.pattern_id)
             WHERE o.pattern_id IN (SELECT m.id FROM temp.flowmine_moved AS m);
         DROP TABLE temp.flowmine_moved;",
    )
}

fn copy_rows(conn: &Connection, table: &'static str, old: &Columns) -> rusqlite::Result<u64> {
    let sql = "SELECT x.name, x.\"notnull\", upper(x.type) = 'INTEGER' FROM pragma_table_xinfo(?1) AS x \
               WHERE x.hidden = 0";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([NEW])?;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let column = name.to_ascii_lowercase();
        if !old.has(&column) || column == "id" {
            continue;
        }
        let value = old.or_null("t", &column);
        let (is_needed, is_integer): (bool, bool) = (row.get(1)?, row.get(2)?);
        values.push(match (is_needed, is_integer) {
            (false, _) => format!("nullif({value}, '')"),
            (true, false) => format!("coalesce({value}, '')"),
            (true, true) => format!("coalesce(nullif({value}, ''), 0)"),
        });
        names.push(quoted(&name));
    }
    let needed = match table {
        "operation_patterns" => old.or_null("t", "pattern_signature"),
        "pattern_occurrences" => {
            format!("{} || {}", old.or_null("t", "pattern_id"), old.or_null("t", "workflow_id"))
        }
        _ => "1".to_owned(),
    };
    let rowid = old.rowid().unwrap_or("rowid");
    let sql = format!(
        "INSERT OR IGNORE INTO main.{NEW} (id, {}) SELECT n.id, {} FROM main.{table} AS t \
         JOIN temp.flowmine_numbers AS n ON n.old = t.{rowid} WHERE {needed} IS NOT NULL ORDER BY n.id IS NULL, n.old",
        names.join(", "),
        values.join(", ")
    );
    Ok(conn.execute(&sql, params![])? as u64)
}

#[cfg(test)]
mod tests {
    use super::{Definition, new_table};

    #[test]
    fn the_new_table_has_the_columns_of_the_schema_and_no_conditions_of_its_own() {
        for table in ["operation_patterns", "pattern_occurrences", "flowmine_runs", "flowmine_exclusions"] {
            let sql = new_table(table, &Definition::default());
            assert!(sql.contains("INTEGER PRIMARY KEY") && !sql.contains("CHECK"), "{sql}");
            rusqlite::Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
        }
    }
}
