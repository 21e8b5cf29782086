//! Which operations the commands of one workflow ran, as an import named them.

use super::{Database, Result, calls};

/// The signatures of the operations that one workflow's commands ran, in their order; none where its commands are not
/// known.
///
/// # Errors
/// Where the file cannot be read.
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
