//! The sample file of `flowmine demo`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use rusqlite::Connection;

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
    write(path, &sample()?).map(|()| true)
}

/// The bytes of the sample. They are made in memory, so that nothing but the file itself is ever on the disk.
fn sample() -> Result<Vec<u8>> {
    let mut conn = Connection::open_in_memory()?;
    conn.execute_batch(SAMPLE)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(conn.serialize("main")?.to_vec())
}

/// Writes a new file; one that somebody else has made meanwhile is left alone.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| Error::Open { path: path.to_owned(), reason: error.to_string() };
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Error::InTheWay(path.to_owned()));
        }
        file => file.map_err(failed)?,
    };
    file.write_all(bytes).map_err(|error| {
        let _ = std::fs::remove_file(path);
        failed(error)
    })
}

fn is_sample(path: &Path) -> Result<bool> {
    match Database::open_for_reading(path, LockWait::default()) {
        Ok(db) => Ok(db.value::<i64>("PRAGMA application_id", [])? == APPLICATION_ID),
        Err(Error::Locked { path, waited }) => Err(Error::Locked { path, waited }),
        Err(_) => Ok(false),
    }
}
