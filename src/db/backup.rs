//! A copy of the file beside it, made by SQLite's backup API before anything is mended.
//!
//! It is one moment's state, whatever the application writes meanwhile; it never replaces a file; it is checked before
//! it is relied upon; SQLite has put it on the disk when it is done. Until then it is called `.bak.part`, so that a file
//! called `.bak` is whole.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::columns::quoted;
use super::connect::{Access, as_path, with_suffix};
use super::error::{Error, Result, explained};
use super::open::Database;

/// Pages copied before it is looked whether the run has been interrupted.
const STEP: i32 = 4096;

/// How many backups of one second are told apart by a number.
const MOST: u32 = 1000;

impl Database {
    /// Makes a backup beside the file, `<file>.flowmine-<time>.bak`, and answers its path.
    ///
    /// # Errors
    /// Where it cannot be made or is not what the file was; then nothing is left of it.
    pub fn back_up(&self, now: Timestamp) -> Result<PathBuf> {
        let target = reserve(self.path(), now)?;
        let part = part_of(&target);
        let copied = copy(&self.access, &part).and_then(|counts| check(&part, &counts));
        let made =
            copied.and_then(|()| std::fs::rename(&part, &target).map_err(|error| failed(&target, error)));
        if made.is_err() {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                let _ = std::fs::remove_file(with_suffix(&part, suffix));
            }
        }
        made.map(|()| target)
    }
}

fn failed(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Backup { path: path.to_owned(), reason: reason.to_string().replace(['\n', '\r'], " ") }
}

/// What a backup is called until it is whole.
fn part_of(target: &Path) -> PathBuf {
    with_suffix(target, ".part")
}

/// A name that nothing has, with an empty file beside it that holds the copy until it is whole and has the permissions
/// of the original.
fn reserve(path: &Path, now: Timestamp) -> Result<PathBuf> {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    for number in 1..=MOST {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let target = with_suffix(path, &format!(".flowmine-{time}{number}.bak"));
        if target.symlink_metadata().is_ok() {
            continue;
        }
        match OpenOptions::new().write(true).create_new(true).open(part_of(&target)) {
            Ok(file) => {
                return permit(path, &file).map(|()| target.clone()).map_err(|error| failed(&target, error));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(failed(&target, error)),
        }
    }
    Err(failed(path, "every name for it is taken"))
}

/// Who may read the file may read its copy, and nobody else.
fn permit(path: &Path, copy: &File) -> io::Result<()> {
    copy.set_permissions(std::fs::metadata(path)?.permissions())
}

/// Copies the file through a connection of its own and answers how many rows each table had then.
fn copy(access: &Access, target: &Path) -> Result<Vec<(String, i64)>> {
    let (source, _) = access.for_reading()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy =
        Connection::open_with_flags(as_path(target), flags).map_err(|error| failed(target, error))?;
    // The counts and the copy are of one moment: that of the read transaction.
    source.execute_batch("BEGIN")?;
    let counts = access.retry(|| row_counts(&source))?;
    let backup = Backup::new(&source, &mut copy).map_err(|error| failed(target, error))?;
    loop {
        if access.wait.interrupt.is_set() {
            return Err(Error::Interrupted);
        }
        match backup.step(STEP).map_err(|error| failed(target, explained(&error)))? {
            StepResult::Done => return Ok(counts),
            // Nobody else has the copy, and the source is being read already: this is a matter of moments.
            StepResult::Busy | StepResult::Locked => std::thread::sleep(std::time::Duration::from_millis(10)),
            _ => (),
        }
    }
}

fn check(target: &Path, counts: &[(String, i64)]) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(as_path(target), flags).map_err(|error| failed(target, error))?;
    let sound: String = copy
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| failed(target, error))?;
    if sound != "ok" && super::integrity::is_damage(&sound) {
        return Err(failed(target, sound));
    }
    if row_counts(&copy).map_err(|error| failed(target, error))? != counts {
        return Err(failed(target, "it has not as many rows as the file"));
    }
    Ok(())
}

/// Every ordinary table with its number of rows. A virtual table whose module this program lacks has none to count.
fn row_counts(conn: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let sql = "SELECT s.name FROM main.sqlite_schema AS s WHERE s.type = 'table' AND s.rootpage > 0 ORDER BY s.name";
    let mut statement = conn.prepare(sql)?;
    let names =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut counts = Vec::new();
    for name in names {
        let sql = format!("SELECT count(*) FROM main.{}", quoted(&name));
        match conn.query_row(&sql, [], |row| row.get(0)) {
            Ok(count) => counts.push((name, count)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => (),
            Err(error) => return Err(error),
        }
    }
    Ok(counts)
}
