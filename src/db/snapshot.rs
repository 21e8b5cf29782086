//! All that a file says. While one thread reads the occurrences, another reads a long history on a connection of its own.

use std::ops::Range;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, scope};

use jiff::Timestamp;

use super::error::{Error, Result};
use super::history_row::RowParts;
use super::open::Database;
use crate::snapshot::{Snapshot, SnapshotRow};
use crate::workflow::Measures;

/// The number of rows, about, from which a thread is worth its connection.
const LONG: i64 = 30_000;

/// Rows that are handed over at once.
const AT_ONCE: usize = 1024;

impl Database {
    /// All that the file says, as of now: patterns, occurrences and workflows. `now` is what future times are told by.
    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot> {
        let is_long = self.highest_rowid()?.is_some_and(|highest| highest >= LONG);
        let beside = if is_long { self.another_reader() } else { None };
        scope(|scope| {
            let (sender, copied) = channel();
            let read =
                |db: Self| Builder::new().spawn_scoped(scope, move || db.copy_history(now, &sender)).ok();
            let thread = beside.and_then(read);
            let mut snapshot = self.snapshot_of_links()?;
            if let Some(thread) = thread {
                for rows in copied {
                    rows.add_to(&mut snapshot);
                }
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            } else if let Some(highest) = self.highest_rowid()? {
                self.scan_history(highest, RowParts::Measures, now, |row| {
                    row.add_to(&mut snapshot);
                    Ok(())
                })?;
            }
            Ok(snapshot)
        })
    }

    /// Copies the whole history. None of it waits to be taken, because no row is being read for longer than need be.
    fn copy_history(&self, now: Timestamp, copies: &Sender<CopiedRows>) -> Result<()> {
        let mut copied = CopiedRows::default();
        self.scan_history(i64::MAX, RowParts::Measures, now, |row| {
            copied.push(&row.in_snapshot());
            if copied.rows.len() < AT_ONCE {
                return Ok(());
            }
            // Nobody takes them where the occurrences could not be read, which is what is told then.
            copies.send(std::mem::take(&mut copied)).map_err(|_| Error::Interrupted)
        })?;
        let _ = copies.send(copied);
        Ok(())
    }
}

/// Rows of the history, their keys end to end.
#[derive(Default)]
struct CopiedRows {
    rows: Vec<CopiedRow>,
    keys: Vec<u8>,
}

/// A [`SnapshotRow`] of its own.
struct CopiedRow {
    rowid: i64,
    key: Option<Range<usize>>,
    former_key: Option<Range<usize>>,
    measures: Measures,
    has_odd_time: bool,
    unknown_status: Option<Box<str>>,
}

impl CopiedRows {
    fn push(&mut self, row: &SnapshotRow<'_>) {
        let SnapshotRow { rowid, key, former_key, measures, has_odd_time, unknown_status } = *row;
        let [key, former_key] = [key, former_key].map(|key| Some(self.keep(key?)));
        let unknown_status = unknown_status.map(Box::from);
        self.rows.push(CopiedRow { rowid, key, former_key, measures, has_odd_time, unknown_status });
    }

    fn keep(&mut self, key: &[u8]) -> Range<usize> {
        let start = self.keys.len();
        self.keys.extend_from_slice(key);
        start..self.keys.len()
    }

    fn add_to(&self, snapshot: &mut Snapshot) {
        let kept = |range: &Option<Range<usize>>| range.as_ref().map(|range| &self.keys[range.clone()]);
        for row in &self.rows {
            let &CopiedRow { rowid, measures, has_odd_time, .. } = row;
            let (key, former_key) = (kept(&row.key), kept(&row.former_key));
            let unknown_status = row.unknown_status.as_deref();
            snapshot.add_row(&SnapshotRow { rowid, key, former_key, measures, has_odd_time, unknown_status });
        }
    }
}
