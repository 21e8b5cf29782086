//! Which operations the commands of workflows ran, as an import named them.

use rusqlite::{Connection, ToSql};

use super::{Database, Result, calls};

/// Calls a function with every workflow whose commands are known, and with the signature of each of its operations in
/// their order; with none for what no rule knows, and for every call of a workflow.
///
/// # Errors
/// Where the file cannot be read.
pub fn visit_ran(db: &Database, mut visit: impl FnMut(&str, Option<&str>)) -> Result<()> {
    if !calls::has_calls(db)? {
        return Ok(());
    }
    db.read(|conn| {
        let sql = "SELECT workflow_id, NULL FROM flowmine_calls WHERE workflow_id IS NOT NULL";
        rows(conn, sql, &[], &mut visit)?;
        let sql = "SELECT workflow_id, signature FROM flowmine_commands ORDER BY workflow_id, position, part";
        rows(conn, sql, &[], &mut visit)
    })
}

/// The signatures of the operations that one workflow's commands ran, in their order; none where its commands are not
/// known.
///
/// # Errors
/// Where the file cannot be read.
pub fn ran_by(db: &Database, workflow: &str) -> Result<Option<Vec<String>>> {
    if !calls::has_calls(db)? {
        return Ok(None);
    }
    let mut ran: Option<Vec<String>> = None;
    let mut visit = |_: &str, signature: Option<&str>| {
        ran.get_or_insert_default().extend(signature.map(str::to_owned));
    };
    db.read(|conn| {
        let sql = "SELECT workflow_id, NULL FROM flowmine_calls WHERE workflow_id = ?1 LIMIT 1";
        rows(conn, sql, &[&workflow], &mut visit)?;
        let sql = "SELECT workflow_id, signature FROM flowmine_commands WHERE workflow_id = ?1 ORDER BY position, part";
        rows(conn, sql, &[&workflow], &mut visit)
    })?;
    Ok(ran)
}

/// Rows of a workflow's key and a signature. What is no text stands for nothing.
fn rows(
    conn: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    visit: &mut impl FnMut(&str, Option<&str>),
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        if let Ok(key) = row.get_ref(0)?.as_str() {
            visit(key, row.get_ref(1)?.as_str().ok());
        }
    }
    Ok(())
}
