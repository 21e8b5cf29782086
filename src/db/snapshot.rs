//! All that a file says. While one thread reads the occurrences, another reads a long history on a connection of its own.

use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, scope};

use jiff::Timestamp;

use super::error::{Error, Result};
use super::history::HistoryPages;
use super::history_row::RowParts;
use super::open::Database;
use crate::snapshot::{Snapshot, SnapshotRow};

/// The number of rows, about, from which a thread is worth its connection.
const LONG: i64 = 30_000;

/// Bytes of rows, about, that are handed over at once: a page as most are.
const AT_ONCE: usize = 256 * 1024;

/// How many times that may wait for the occurrences to be read: 32 MB, half a million rows as most are.
const WAITING: usize = 128;

impl Database {
    /// All that the file says, as of now: patterns, occurrences and workflows. `now` is what future times are told by.
    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot> {
        let is_long = self.highest_rowid()?.is_some_and(|highest| highest >= LONG);
        let beside = if is_long { self.another_reader() } else { None };
        scope(|scope| {
            let (sender, copied) = sync_channel(WAITING);
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
                })?;
            }
            Ok(snapshot)
        })
    }

    /// Copies the whole history. Where enough of it waits to be taken, it goes on later: nothing is held open meanwhile.
    fn copy_history(&self, now: Timestamp, copies: &SyncSender<CopiedRows>) -> Result<()> {
        let mut pages = HistoryPages::new(self, i64::MAX, RowParts::Measures, now);
        let mut has_more = true;
        while has_more {
            let mut copied = CopiedRows::new();
            has_more = pages.read_next(|row| copied.push(&row.in_snapshot()))?;
            // Nobody takes them where the occurrences could not be read, which is what is told then.
            copies.send(copied).map_err(|_| Error::Interrupted)?;
        }
        Ok(())
    }
}

/// Rows of the history as bytes: a third of the room that they take in a snapshot.
struct CopiedRows(Vec<u8>);

impl CopiedRows {
    fn new() -> Self {
        Self(Vec::with_capacity(AT_ONCE))
    }

    /// Adds a row; breaks off where that is enough.
    fn push(&mut self, row: &SnapshotRow<'_>) -> ControlFlow<()> {
        postcard::to_io(row, &mut self.0).expect("a row can be written to memory");
        if self.0.len() < AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn add_to(&self, snapshot: &mut Snapshot) {
        let mut rest = self.0.as_slice();
        while !rest.is_empty() {
            let (row, behind) = postcard::take_from_bytes(rest).expect("a row reads as it was written");
            snapshot.add_row(&row);
            rest = behind;
        }
    }
}
