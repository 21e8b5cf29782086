//! Writing the rows of an import.
//!
//! A row is written where a value differs, so that writing the same again leaves the file's bytes as they are.

use hashbrown::HashSet;
use rusqlite::types::ToSql;
use rusqlite::{Connection, Params, Statement};

use super::calls::{ImportChanges, ImportRow, ImportRows, RowChanges, RowKey};
use super::import_tables::{ASKED, CALLS, COMMANDS, ImportTable, RUN_MODELS, WORKFLOWS};
use super::values::{each_row, readable_text};
use super::{Result, Transaction, own_file};

/// Rows that one statement writes; `AT_ONCE` in `occurrences.rs` says why.
const ROWS_AT_ONCE: usize = 32;

/// Rows that wait to be put in the order of their keys. Keys come in no order: without it each row's place would have to be
/// found anew, somewhere in a large table.
const ROWS_SORTED: usize = 32_768;

impl<const WIDTH: usize> ImportTable<WIDTH> {
    /// What is bound to a statement that writes these rows.
    fn parameters(&self, rows: &[&ImportRow<'_, WIDTH>]) -> impl Params {
        let parts = self.key.len();
        rusqlite::params_from_iter(rows.iter().flat_map(move |ImportRow { key, values }| {
            let key: [&dyn ToSql; 3] = [&key.0, &key.1, &key.2];
            key.into_iter().take(parts).chain(values.iter().map(|value| value as &dyn ToSql))
        }))
    }
}

/// The keys of workflows whose rows stay as they are.
pub type KeptWorkflows = std::collections::HashSet<String>;

/// Writes the rows of an import, batch by batch. All other rows are deleted except those of kept workflows, and with a
/// workflow its occurrences.
pub fn write_rows<'a>(
    tx: &Transaction<'_>,
    kept: &KeptWorkflows,
    batches: impl Iterator<Item = ImportRows<'a>>,
) -> Result<ImportChanges> {
    tx.with_own_history(|conn| {
        let is_own = own_file::is_own_file(conn)?;
        let mut workflows = is_own.then(|| RowWriter::new(tx, &WORKFLOWS, kept)).transpose()?;
        let (mut calls, mut commands) =
            (RowWriter::new(tx, &CALLS, kept)?, RowWriter::new(tx, &COMMANDS, kept)?);
        let mut asked = RowWriter::new(tx, &ASKED, kept)?;
        let mut run_models = RowWriter::new(tx, &RUN_MODELS, kept)?;
        for batch in batches {
            if let Some(workflows) = &mut workflows {
                workflows.put(&batch.workflows.iter().collect::<Vec<_>>())?;
            }
            calls.put_sorted(batch.calls)?;
            commands.put_sorted(batch.commands)?;
            asked.put_sorted(batch.asked)?;
            run_models.put_sorted(batch.run_models)?;
        }
        let workflows = workflows.map(RowWriter::finish).transpose()?;
        Ok(ImportChanges {
            workflows: workflows.unwrap_or_default(),
            calls: calls.finish()?,
            commands: commands.finish()?,
            asked: asked.finish()?,
            run_models: run_models.finish()?,
        })
    })
}

/// Writes one table's rows within a transaction.
struct RowWriter<'a, 'r, const WIDTH: usize> {
    tx: &'a Transaction<'a>,
    table: &'static ImportTable<WIDTH>,
    one: Statement<'a>,
    /// For [`ROWS_AT_ONCE`] rows.
    many: Statement<'a>,
    /// The keys of the rows that are there and were not written.
    others: HashSet<RowKey<'r>>,
    /// Rows that are to be sorted.
    waiting: Vec<ImportRow<'r, WIDTH>>,
    /// The workflows whose rows stay.
    kept: &'a KeptWorkflows,
    changes: RowChanges,
}

impl<'a, 'r, const WIDTH: usize> RowWriter<'a, 'r, WIDTH> {
    fn new(
        tx: &'a Transaction<'_>,
        table: &'static ImportTable<WIDTH>,
        kept: &'a KeptWorkflows,
    ) -> Result<Self> {
        let conn = tx.pass();
        let one = conn.prepare(&table.upsert())?;
        let many = conn.prepare(&insert_many(table))?;
        let (others, changes) = (keys(conn, table, |_| true)?, RowChanges::default());
        Ok(Self { tx, table, one, many, others, waiting: Vec::new(), kept, changes })
    }

    /// Writes rows in the order of their keys once many wait.
    fn put_sorted(&mut self, rows: Vec<ImportRow<'r, WIDTH>>) -> Result<()> {
        self.waiting.extend(rows);
        if self.waiting.len() < ROWS_SORTED { Ok(()) } else { self.put_waiting() }
    }

    /// Writes what waits.
    fn put_waiting(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut sorted: Vec<_> = waiting.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        self.put(&sorted)
    }

    /// Writes rows, many new ones with one statement. An interrupt ends a long import here.
    fn put(&mut self, rows: &[&ImportRow<'r, WIDTH>]) -> Result<()> {
        for some in rows.chunks(ROWS_AT_ONCE) {
            self.tx.check_interrupt()?;
            let are_new = some.iter().all(|row| !self.others.contains(&row.key));
            if are_new && some.len() == ROWS_AT_ONCE {
                self.tx.row(self.table.name);
                self.changes.new += self.many.execute(self.table.parameters(some))? as u64;
            } else {
                some.iter().try_for_each(|row| self.put_one(row))?;
            }
        }
        Ok(())
    }

    fn put_one(&mut self, row: &ImportRow<'r, WIDTH>) -> Result<()> {
        let is_new = !self.others.remove(&row.key);
        self.tx.row(self.table.name);
        let written = self.one.execute(self.table.parameters(&[row]))? as u64;
        *(if is_new { &mut self.changes.new } else { &mut self.changes.changed }) += written;
        Ok(())
    }

    /// Writes what waits, and deletes the other rows; answers what was written in all.
    fn finish(mut self) -> Result<RowChanges> {
        self.put_waiting()?;
        if !self.kept.is_empty() {
            let kept = keys(self.tx.pass(), self.table, |workflow| self.kept.contains(workflow))?;
            self.others.retain(|key| !kept.contains(key));
        }
        let is_key: Vec<_> = self.table.key.iter().map(|part| format!("{part} = ?")).collect();
        let delete = format!("DELETE FROM {} WHERE {}", self.table.name, is_key.join(" AND "));
        for (text, position, part) in &self.others {
            if self.table.name == WORKFLOWS.name {
                let sql = "DELETE FROM pattern_occurrences WHERE workflow_id = ?1";
                self.tx.row("pattern_occurrences").prepare_cached(sql)?.execute([text])?;
            }
            let parts: [&dyn ToSql; 3] = [text, position, part];
            let mut delete = self.tx.row(self.table.name).prepare_cached(&delete)?;
            self.changes.removed += delete.execute(&parts[..self.table.key.len()])? as u64;
        }
        Ok(self.changes)
    }
}

/// Inserts [`ROWS_AT_ONCE`] rows that are new. With `OR FAIL`, and without an update, SQLite keeps no statement
/// journal; a refused row rolls back the whole transaction anyway.
fn insert_many<const WIDTH: usize>(table: &ImportTable<WIDTH>) -> String {
    let columns: Vec<_> = table.key.iter().chain(&table.columns).copied().collect();
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let rows = vec![row; ROWS_AT_ONCE].join(", ");
    format!(
        "INSERT OR FAIL INTO {} ({}) VALUES {rows} ON CONFLICT DO NOTHING",
        table.name,
        columns.join(", ")
    )
}

/// The keys of a table's rows, of those workflows that are wanted.
fn keys<'a, const WIDTH: usize>(
    conn: &Connection,
    table: &ImportTable<WIDTH>,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<HashSet<RowKey<'a>>> {
    let columns = table.key.iter().copied().chain(["0", "0"]).take(3).collect::<Vec<_>>().join(", ");
    let mut keys = HashSet::new();
    each_row(conn, &format!("SELECT {columns}, workflow_id FROM {}", table.name), [], |row| {
        let number = |column| row.get_ref(column).ok()?.as_i64().ok();
        // What cannot be read is no row of an import's.
        if let (Some(text), Some(position), Some(part)) = (readable_text(row, 0), number(1), number(2))
            && is_wanted(readable_text(row, 3).unwrap_or_default())
        {
            keys.insert((text.to_owned().into(), position, part));
        }
        Ok(())
    })?;
    Ok(keys)
}
