//! Getting a file ready to be written to: what is missing is made, and what cannot be written is found out first.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection};

use super::definition::SCHEMA;
use super::error::{DuplicateRows, Error, Result};
use super::faults::TableFault;
use super::layout::Layout;
use super::open::{Database, Transaction};
use super::{exclusions, indexes, occurrences, patterns, runs};
use crate::parallel::both;

/// The unique index that makes a workflow count once, under the name the application's own migration 015 gives it.
pub const UNIQUE_INDEX: &str = "idx_pattern_occurrence_unique";

/// Something that keeps flowmine from writing: a table, an index, or a statement that cannot be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is, in a sentence.
    pub what: String,
    /// Whether a mend removes it.
    pub can_be_mended: bool,
}

/// Every statement that writes one row or looks one up before it.
fn statements() -> impl Iterator<Item = &'static str> {
    let of_patterns = patterns::STATEMENTS.into_iter().chain(occurrences::statements());
    of_patterns.chain(runs::STATEMENTS).chain(exclusions::STATEMENTS)
}

impl Database {
    /// Creates what is missing of the tables flowmine writes. Stops where occurrences stand more than once, where a table
    /// cannot be written to, and where a trigger would write to the history.
    pub fn prepare_for_writing(&mut self) -> Result<()> {
        let path = self.path().to_owned();
        self.check_faults()?;
        self.check_soundness()?;
        if !self.layout.is_complete() {
            self.write(|tx| {
                let layout = tx.layout()?;
                if let Some(duplicates) = duplicates(tx.pass(), &layout)? {
                    return Err(Error::Duplicates { path: path.clone(), duplicates });
                }
                create_missing(tx, &layout)
            })?;
            self.refresh_layout()?;
            self.check_faults()?;
        }
        self.check_statements()
    }

    /// As [`Database::prepare_for_writing`], and reads something. Where nothing is missing and the history is long,
    /// another thread checks meanwhile whether the file contradicts itself.
    pub fn prepare_while_reading<T>(&mut self, read: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        if !(self.layout.is_complete() && self.has_long_history()?) {
            self.prepare_for_writing()?;
            return read(self);
        }
        self.check_faults()?;
        let access = self.access.for_another_connection();
        let check = || Self::reading(access.clone())?.check_soundness();
        let (checked, read) = both(check, || read(self));
        checked?;
        self.check_statements()?;
        read
    }

    /// What keeps flowmine from writing to the tables that are there.
    pub fn obstacles(&self) -> Result<Vec<Obstacle>> {
        let layout = &self.layout;
        let of_fault =
            |fault: &TableFault| Obstacle { what: fault.what.clone(), can_be_mended: fault.can_be_mended };
        let mut obstacles: Vec<_> = layout.faults.iter().map(of_fault).collect();
        if layout.occurrences.is_some() && !layout.unique_occurrences && self.read(index_name_is_taken)? {
            let what = format!("the index {UNIQUE_INDEX} does not make (pattern_id, workflow_id) unique");
            obstacles.push(Obstacle { what, can_be_mended: true });
        }
        for name in self.damaged_indexes()? {
            let name = name.escape_debug();
            let what = format!("the index {name} has other rows than its table (REINDEX cures it)");
            obstacles.push(Obstacle { what, can_be_mended: true });
        }
        if obstacles.is_empty() && layout.patterns.is_some() && layout.has_links() {
            obstacles = self.refused_statements()?;
        }
        Ok(obstacles)
    }

    /// Why a run that writes would end in an error, as far as that shows beforehand.
    pub fn refusal(&self) -> Result<Option<String>> {
        if let Some(duplicates) = self.read(|conn| duplicates(conn, &self.layout))? {
            let path = self.path().to_owned();
            return Ok(Some(Error::Duplicates { path, duplicates }.to_string()));
        }
        Ok(self.obstacles()?.into_iter().next().map(|obstacle| obstacle.what))
    }

    /// The statements that cannot be prepared, of those for which nothing has to be made first.
    fn refused_statements(&self) -> Result<Vec<Obstacle>> {
        let needed = [
            ("flowmine_runs", self.layout.runs_have_counts()),
            ("flowmine_exclusions", self.layout.exclusions.is_some()),
            ("ON CONFLICT", self.layout.unique_occurrences),
        ];
        let is_ready = |sql: &&str| needed.iter().all(|(part, is_there)| *is_there || !sql.contains(part));
        let mut refused = Vec::new();
        for sql in statements().filter(is_ready) {
            match self.read(|conn| conn.prepare_cached(sql).map(drop)) {
                Err(error @ (Error::WritesHistory { .. } | Error::Sqlite { .. } | Error::Layout(_))) => {
                    refused.push(Obstacle { what: error.to_string(), can_be_mended: false });
                }
                other => other?,
            }
        }
        refused.dedup();
        Ok(refused)
    }

    /// Prepares every statement that writes, so that a table without one of the columns and a trigger that writes to the
    /// history are found out before the first.
    fn check_statements(&self) -> Result<()> {
        self.read(|conn| statements().try_for_each(|sql| conn.prepare_cached(sql).map(drop)))
    }

    fn check_faults(&self) -> Result<()> {
        match self.layout.faults.first() {
            None => Ok(()),
            Some(fault) => Err(Error::TableFault { path: self.path().to_owned(), fault: fault.clone() }),
        }
    }
}

/// Creates what is missing. To be called inside a write transaction, after the file has been recognised.
///
/// # Errors
/// Where another index has the unique index's name.
pub fn create_missing(tx: &Transaction<'_>, layout: &Layout) -> Result<()> {
    let conn = tx.pass();
    if !layout.unique_occurrences && index_name_is_taken(conn)? {
        return Err(Error::Layout(format!(
            "the index {UNIQUE_INDEX} is there, but does not make (pattern_id, workflow_id) unique; drop it, and \
             flowmine makes the one it needs ('flowmine doctor --fix' does both)"
        )));
    }
    if layout.runs.is_some() && !layout.runs_have_counts() {
        conn.execute_batch("ALTER TABLE flowmine_runs ADD COLUMN mark_counts TEXT")?;
    }
    let mut statements = Batch::new(conn, SCHEMA);
    while let Some(mut statement) = statements.next()? {
        let makes_index = statement.expanded_sql().is_some_and(|sql| sql.contains(UNIQUE_INDEX));
        if !(makes_index && layout.unique_occurrences) {
            statement.execute([])?;
        }
    }
    Ok(())
}

/// Drops an index that has the unique index's name and does not do its work.
pub fn drop_index_in_the_way(tx: &Transaction<'_>, layout: &Layout) -> Result<bool> {
    let conn = tx.pass();
    let is_in_the_way = !layout.unique_occurrences && index_name_is_taken(conn)?;
    if is_in_the_way {
        conn.execute_batch(&format!("DROP INDEX main.{UNIQUE_INDEX}"))?;
    }
    Ok(is_in_the_way)
}

fn index_name_is_taken(conn: &Connection) -> rusqlite::Result<bool> {
    indexes::is_there(conn, UNIQUE_INDEX)
}

/// Counts the duplicates, of which a file with a unique index has none.
fn duplicates(conn: &Connection, layout: &Layout) -> rusqlite::Result<Option<DuplicateRows>> {
    if layout.occurrences.is_none() || layout.unique_occurrences {
        return Ok(None);
    }
    let sql = "SELECT (SELECT count(*) FROM pattern_occurrences AS o), (SELECT count(*) FROM ( \
                   SELECT DISTINCT o.pattern_id, o.workflow_id COLLATE BINARY FROM pattern_occurrences AS o))";
    let (of, distinct): (i64, i64) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((of > distinct).then_some(DuplicateRows { rows: (of - distinct) as u64, of: of as u64 }))
}
