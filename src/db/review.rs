//! Stores what a person decides on a pattern, and reads what its occurrences have stored.

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use super::columns::Columns;
use super::error::{Error, Result};
use super::faults::{REVIEW_COLUMNS, needed_columns};
use super::open::Database;
use super::values::{stored_count, stored_text};
use crate::snapshot::is_done_by_tool;
use crate::time::stored_time;

/// A decision on a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// The new `automation_status`.
    pub status: &'a str,
    /// `review_notes`; `None` leaves them as they are.
    pub note: Option<&'a str>,
    /// `reviewed_by`; `None` leaves it as it is.
    pub by: Option<&'a str>,
    /// `reviewed_at`, which stays as it is where a tool does the pattern already: it says since when.
    pub at: Timestamp,
}

/// A pattern's decision columns as they are stored; `None` is NULL, or a column the file lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the column of its name")]
pub struct Reviewed {
    pub automation_status: Option<String>,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<String>,
    pub review_notes: Option<String>,
}

impl Database {
    /// Stores a decision in one short transaction, and answers what was stored before and after. The review columns are
    /// filled where the file has them.
    ///
    /// # Errors
    /// Where the file does not accept the status, or has no column for the note.
    pub fn set_status(&self, pattern_id: i64, review: &Review<'_>) -> Result<(Reviewed, Reviewed)> {
        let refused = |reason: String| Error::Refused { path: self.path().to_owned(), reason };
        let mut columns = self.layout.patterns.clone().unwrap_or_default();
        if !columns.has("automation_status") {
            return Err(refused("operation_patterns has no column automation_status".to_owned()));
        }
        let lacks_notes = review.note.is_some() && !columns.has("review_notes");
        if lacks_notes && !is_own_table(&columns) {
            return Err(refused(
                "operation_patterns has no column review_notes, so --note has no place".to_owned(),
            ));
        }
        self.write(|tx| {
            let conn = tx.row("operation_patterns");
            if lacks_notes {
                columns = add_review_columns(conn, &columns)?;
            }
            let before = reviewed(conn, &columns, pattern_id)?;
            let changed =
                update(conn, &columns, (pattern_id, &before), review).map_err(|error| {
                    match error.sqlite_error_code() {
                        Some(ErrorCode::ConstraintViolation) => refused(format!(
                            "the file does not accept the status '{}' ({error})",
                            review.status
                        )),
                        _ => error.into(),
                    }
                })?;
            match changed {
                0 => Err(refused(format!("pattern {pattern_id} has been deleted meanwhile"))),
                _ => Ok((before, reviewed(conn, &columns, pattern_id)?)),
            }
        })
    }

    /// What was decided on a pattern; all unknown where the file has no patterns yet.
    pub fn reviewed(&self, pattern_id: i64) -> Result<Reviewed> {
        match &self.layout.patterns {
            Some(columns) => self.read(|conn| reviewed(conn, columns, pattern_id)),
            None => Ok(Reviewed::default()),
        }
    }

    /// What the occurrences of a pattern have stored of their workflows, each text once with how many have it.
    pub fn characteristics_of(&self, pattern_id: i64) -> Result<Vec<(String, u64)>> {
        let sql = "SELECT o.matched_characteristics, count(DISTINCT o.workflow_id COLLATE BINARY) \
                   FROM pattern_occurrences AS o WHERE o.pattern_id = ?1 \
                   AND typeof(o.matched_characteristics) = 'text' GROUP BY 1 ORDER BY 1";
        let columns = self.layout.occurrences.as_ref().filter(|_| self.layout.has_links());
        if columns.is_none_or(|columns| !columns.has("matched_characteristics")) {
            return Ok(Vec::new());
        }
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let rows = statement.query_map([pattern_id], |row| {
                Ok((stored_text(row, 0)?.unwrap_or_default(), stored_count(row, 1)?))
            })?;
            rows.collect()
        })
    }
}

/// Whether flowmine made the table: it has flowmine's columns and no other.
fn is_own_table(columns: &Columns) -> bool {
    let first = needed_columns("operation_patterns");
    first.iter().all(|column| columns.has(column))
        && columns.names().all(|name| first.contains(&name) || REVIEW_COLUMNS.contains(&name))
}

/// Gives a table that an earlier version of flowmine made the columns of a decision.
fn add_review_columns(conn: &Connection, columns: &Columns) -> rusqlite::Result<Columns> {
    for column in REVIEW_COLUMNS.into_iter().filter(|column| !columns.has(column)) {
        conn.execute(&format!("ALTER TABLE main.operation_patterns ADD COLUMN {column} TEXT"), [])?;
    }
    Columns::of(conn, "operation_patterns")
}

fn update(
    conn: &Connection,
    columns: &Columns,
    (pattern_id, before): (i64, &Reviewed),
    review: &Review<'_>,
) -> rusqlite::Result<usize> {
    let at = stored_time(review.at);
    let was_done = before.automation_status.as_deref().is_some_and(is_done_by_tool);
    let keeps_since = was_done && is_done_by_tool(review.status) && before.reviewed_at.is_some();
    let wanted = [
        ("automation_status", Some(review.status)),
        ("reviewed_by", review.by),
        ("reviewed_at", (!keeps_since).then_some(at.as_str())),
        ("updated_at", Some(at.as_str())),
        ("review_notes", review.note),
    ];
    let mut values: Vec<&dyn ToSql> = vec![&pattern_id];
    let mut set = Vec::new();
    for (column, value) in &wanted {
        if let (Some(_), Some(name)) = (value, columns.assigned(column)) {
            values.push(value);
            set.push(format!("{name} = ?{}", values.len()));
        }
    }
    let sql = format!("UPDATE operation_patterns AS p SET {} WHERE p.id = ?1", set.join(", "));
    conn.execute(&sql, params_from_iter(values))
}

fn reviewed(conn: &Connection, columns: &Columns, pattern_id: i64) -> rusqlite::Result<Reviewed> {
    let list = ["automation_status", "reviewed_by", "reviewed_at", "review_notes"]
        .map(|column| columns.or_null("p", column))
        .join(", ");
    let sql = format!("SELECT {list} FROM operation_patterns AS p WHERE p.id = ?1");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([pattern_id])?;
    let Some(row) = rows.next()? else { return Ok(Reviewed::default()) };
    Ok(Reviewed {
        automation_status: stored_text(row, 0)?,
        reviewed_by: stored_text(row, 1)?,
        reviewed_at: stored_text(row, 2)?,
        review_notes: stored_text(row, 3)?,
    })
}
