//! The sample file of `flowmine demo`: the only file flowmine ever creates.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::connect::as_path;
use super::error::{Error, Result};
use super::open::Database;
use super::wait::LockWait;

/// A small team's history, written for this project.
const SAMPLE: &str = include_str!("../../fixtures/demo.sql");

/// What marks a file as made here: SQLite's application id, "flow".
const APPLICATION_ID: i64 = 0x666c_6f77;

/// Makes the sample file, unless it is there; answers whether it was made now.
///
/// # Errors
/// Where something that flowmine did not make is in the way, or the file cannot be written.
pub fn make(path: &Path) -> Result<bool> {
    if path.symlink_metadata().is_ok() {
        return if is_sample(path)? { Ok(false) } else { Err(Error::InTheWay(path.to_owned())) };
    }
    // It gets its name only when it is whole, so that a demo that was cut short leaves nothing half made.
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    let made = write(Path::new(&unfinished)).and_then(|()| {
        match std::fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Error::InTheWay(path.to_owned())),
            // Not every file system has links; a rename would have overwritten what came into the way meanwhile.
            Err(_) => std::fs::rename(&unfinished, path)
                .map_err(|error| Error::Open { path: path.to_owned(), reason: error.to_string() }),
            Ok(()) => Ok(()),
        }
    });
    let _ = std::fs::remove_file(&unfinished);
    made.map(|()| true)
}

fn write(path: &Path) -> Result<()> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(as_path(path), flags)
        .map_err(|error| Error::Open { path: path.to_owned(), reason: error.to_string() })?;
    conn.execute_batch(SAMPLE)?;
    Ok(conn.pragma_update(None, "application_id", APPLICATION_ID)?)
}

fn is_sample(path: &Path) -> Result<bool> {
    match Database::open_for_reading(path, LockWait::default()) {
        Ok(db) => db.read(|conn| {
            conn.query_row("PRAGMA application_id", [], |row| Ok(row.get::<_, i64>(0)? == APPLICATION_ID))
        }),
        Err(Error::Locked { path, waited }) => Err(Error::Locked { path, waited }),
        Err(_) => Ok(false),
    }
}
