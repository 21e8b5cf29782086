//! Files on the disk: fresh copies, and what has changed in one.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{BufReader, Read};
use std::path::Path;

use rusqlite::Connection;

/// A fresh copy, wholly on the disk, in rollback or WAL mode.
pub fn copy(from: &Path, to: &Path, journal: &str) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", to.display()));
    }
    std::fs::copy(from, to).expect("room for a copy");
    let conn = Connection::open(to).expect("the copy opens");
    conn.pragma_update(None, "journal_mode", journal).expect("the journal mode is set");
    conn.close().expect("the copy closes");
    settle(to);
}

/// Waits until all of a file is on the disk, so that the first fsync of what is measured does not pay for the copy.
pub fn settle(path: &Path) {
    File::open(path).and_then(|file| file.sync_all()).expect("the file is synchronised");
}

/// A hash of each page of a file. No connection of this process may be open on it: closing the handle that reads it
/// would drop SQLite's locks.
pub fn pages(path: &Path) -> Vec<u64> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).expect("the file opens"));
    let mut page = [0; 4096];
    let mut hashes = Vec::new();
    while file.read_exact(&mut page).is_ok() {
        let mut hasher = DefaultHasher::new();
        page.hash(&mut hasher);
        hashes.push(hasher.finish());
    }
    hashes
}

/// The pages, counted from 1, that differ, but for those that a run may change: the first, where SQLite counts changes,
/// and the ledger's.
pub fn changed_pages(path: &Path, before: &[u64]) -> Vec<usize> {
    let after = pages(path);
    let conn = Connection::open(path).expect("the file opens");
    let ledger: i64 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'flowmine_runs'", [], |row| row.get(0))
        .expect("there is a ledger");
    let longer = before.len()..after.len().max(before.len());
    let differing = (0..before.len()).filter(|&page| after.get(page) != Some(&before[page]));
    differing.chain(longer).map(|page| page + 1).filter(|&page| page != 1 && page as i64 != ledger).collect()
}
