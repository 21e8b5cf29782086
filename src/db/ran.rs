//! Which operations the commands of one workflow ran, and which its request asked for, as an import named them.

use super::import_tables::asked_is_there;
use super::measured::stored_found;
use super::values::{each_row, readable_text};
use super::{Database, Result, calls};
use crate::detect::Found;

/// The signatures of the operations that one workflow's commands ran, in their order; none where its commands are not
/// known.
pub fn ran_by(db: &Database, workflow: &str) -> Result<Option<Vec<String>>> {
    if !calls::has_calls(db)? {
        return Ok(None);
    }
    db.read(|conn| {
        let sql = "SELECT signature FROM flowmine_commands WHERE workflow_id = ?1 ORDER BY position, part";
        let mut statement = conn.prepare(sql)?;
        // What is no text stands for nothing.
        let ran =
            statement.query_map([workflow], |row| Ok(row.get_ref(0)?.as_str().ok().map(str::to_owned)))?;
        let ran: Vec<Option<String>> = ran.collect::<rusqlite::Result<_>>()?;
        let sql = "SELECT 1 FROM flowmine_calls WHERE workflow_id = ?1";
        let is_known = !ran.is_empty() || conn.prepare(sql)?.exists([workflow])?;
        Ok(is_known.then(|| ran.into_iter().flatten().collect()))
    })
}

/// The signatures that one workflow's request, which is not kept, asked for, and what each is worth, in their order.
pub fn asked_by(db: &Database, workflow: &str) -> Result<Vec<(String, Found)>> {
    db.read(|conn| {
        let mut asked = Vec::new();
        if asked_is_there(conn)? {
            let sql = "SELECT CAST(signature AS TEXT), CAST(found AS TEXT) FROM flowmine_asked \
                       WHERE workflow_id = ?1 ORDER BY position";
            each_row(conn, sql, [workflow], |row| {
                asked.push((row.get(0)?, stored_found(readable_text(row, 1).unwrap_or_default())));
                Ok(())
            })?;
        }
        Ok(asked)
    })
}
