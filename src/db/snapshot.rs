//! All that a file says. While one thread reads the occurrences, another reads a long history on a connection of its own.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, ScopedJoinHandle, scope};

use jiff::Timestamp;

use super::error::{Error, Result};
use super::history::{HistoryPages, HistoryScan};
use super::history_row::RowParts;
use super::open::Database;
use crate::snapshot::{Snapshot, SnapshotRow};

/// From about this many rows on, a second thread is worth the connection that it needs.
const LONG: i64 = 30_000;

/// Pages that may be read ahead of the occurrences: half a million rows, 32 MB for rows of usual length.
const WAITING: usize = 128;

/// The history, which another thread may be reading meanwhile.
pub struct HistoryAhead<'s> {
    db: &'s Database,
    scan: HistoryScan,
    /// What that thread has read, and the thread.
    copied: Option<(Receiver<CopiedRows>, ScopedJoinHandle<'s, Result<()>>)>,
}

impl HistoryAhead<'_> {
    /// Calls `visit` with every row, in rowid order.
    pub fn read(self, mut visit: impl FnMut(&SnapshotRow<'_>)) -> Result<()> {
        let Some((copied, thread)) = self.copied else {
            return self.db.scan_history(self.scan, |row| visit(&row.in_snapshot()));
        };
        for rows in copied {
            rows.each(&mut visit);
        }
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Database {
    /// All that the file says: patterns, occurrences and workflows. Times more than a day after `now` count as unknown.
    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot> {
        self.reading_ahead(HistoryScan { last: i64::MAX, parts: RowParts::Measures, now }, |history| {
            let mut snapshot = self.snapshot_of_links()?;
            history.read(|row| {
                snapshot.add_row(row);
            })?;
            Ok(snapshot)
        })
    }

    /// Does `work` while another thread reads a long history ahead, on a connection of its own.
    pub fn reading_ahead<T>(
        &self,
        scan: HistoryScan,
        work: impl FnOnce(HistoryAhead<'_>) -> Result<T>,
    ) -> Result<T> {
        let beside = if self.has_long_history()? { self.another_reader() } else { None };
        scope(|scope| {
            let copied = beside.and_then(|db| {
                let (sender, copied) = sync_channel(WAITING);
                let copy = move || db.copy_history(scan, &sender);
                Some((copied, Builder::new().spawn_scoped(scope, copy).ok()?))
            });
            work(HistoryAhead { db: self, scan, copied })
        })
    }

    /// Whether the history is so long that a second thread is worth the connection that it needs.
    pub(super) fn has_long_history(&self) -> Result<bool> {
        Ok(self.highest_rowid()?.is_some_and(|highest| highest >= LONG))
    }

    /// Copies the history. Where enough of it waits to be taken, it goes on later: nothing is held open meanwhile.
    fn copy_history(&self, scan: HistoryScan, copies: &SyncSender<CopiedRows>) -> Result<()> {
        let mut pages = HistoryPages::new(self, scan);
        let mut has_more = true;
        while has_more {
            let mut copied = CopiedRows::default();
            has_more = pages.read_next(|row| copied.push(&row.in_snapshot()))?;
            // The channel is closed only where the reader has given up: nobody sees this error.
            copies.send(copied).map_err(|_| Error::Interrupted)?;
        }
        Ok(())
    }
}

/// Rows of the history as bytes: a third of the room that they take in a snapshot.
#[derive(Default)]
struct CopiedRows(Vec<u8>);

impl CopiedRows {
    fn push(&mut self, row: &SnapshotRow<'_>) {
        postcard::to_io(row, &mut self.0).expect("a row can be written to memory");
    }

    /// Shows `visit` each row.
    fn each(&self, mut visit: impl FnMut(&SnapshotRow<'_>)) {
        let mut rest = self.0.as_slice();
        while !rest.is_empty() {
            let (row, behind) = postcard::take_from_bytes(rest).expect("a row reads as it was written");
            visit(&row);
            rest = behind;
        }
    }
}
