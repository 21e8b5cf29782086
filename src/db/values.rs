//! The rows of a query, and their values as what they are wanted for.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};

use crate::value::Value;

/// Calls `visit` with every row of a query.
pub(super) fn each_row(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        visit(row)?;
    }
    Ok(())
}

/// Calls `visit` with the workflow that a row names in its first column, and the row. Answers how many rows name none that
/// can be read.
pub(super) fn each_row_of_workflow(
    conn: &Connection,
    sql: &str,
    mut visit: impl FnMut(&str, &Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<u64> {
    let mut unreadable = 0;
    each_row(conn, sql, [], |row| {
        if let Some(workflow) = readable_text(row, 0) {
            return visit(workflow, row);
        }
        unreadable += 1;
        Ok(())
    })?;
    Ok(unreadable)
}

/// A column's text; `None` where it holds something else, or invalid UTF-8.
pub(super) fn readable_text<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a str> {
    row.get_ref(column).ok()?.as_str().ok()
}

/// A column's text, with invalid UTF-8 replaced, or its number as text; `None` where it is neither.
pub(super) fn stored_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match Value::from(row.get_ref(column)?) {
        Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        other => other.text().ok().flatten().map(Cow::into_owned),
    })
}

/// A column's count; NULL and a negative number count as 0.
pub(super) fn stored_count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, Option<i64>>(column).map(|count| count.unwrap_or(0).max(0) as u64)
}

impl<'a> From<ValueRef<'a>> for Value<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(whole) => Self::Integer(whole),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(bytes) => Self::Text(bytes),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}
