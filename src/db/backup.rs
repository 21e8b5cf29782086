//! A copy of the file beside it, made by SQLite's backup API before anything is mended.
//!
//! It is the state of one moment, whatever the application writes meanwhile. It gets its final name only once it is
//! complete, checked and synced to the disk, and it never replaces another file.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::connect::Access;
use super::error::{Error, Result, explained};
use super::integrity::find_damage;
use super::open::Database;
use super::paths::{SIDECARS, as_path, with_suffix};
use super::whole_file::{name, take_free_name};

/// Pages copied between two checks for an interrupt.
const STEP: i32 = 1024;

/// How long pages are copied before other programs get to write, and how long they get: SQLite's busy handler retries
/// at least every 100 ms.
const SLICE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_millis(120);

/// A copy starts over when somebody writes meanwhile. After this many restarts, or steps that found the file locked, writers
/// are locked out instead.
const MOST_RESTARTS: u32 = 3;

impl Database {
    /// Makes a backup beside the file, `<file>.flowmine-<time>.bak`, and answers its path.
    ///
    /// # Errors
    /// Where the backup cannot be made or fails its check; then nothing is left of it.
    pub fn back_up(&self, now: Timestamp) -> Result<PathBuf> {
        let beside = real_path(self.path());
        let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
        let target = with_suffix(&beside, &format!(".flowmine-{time}"));
        let part = reserve(&beside, &target)?;
        let made = copy(&self.access, &part).and_then(|pages| check(&part, pages)).and_then(|()| {
            // Backups made within one second are numbered.
            let (named, done) = take_free_name(&target, ".bak", |named| name(&part, named));
            done.map_err(|error| failed(&named, error)).map(|()| named)
        });
        for suffix in SIDECARS.into_iter().chain([""]) {
            let _ = std::fs::remove_file(with_suffix(&part, suffix));
        }
        made
    }
}

fn failed(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Backup { path: path.to_owned(), reason: reason.to_string().replace(['\n', '\r'], " ") }
}

/// The file itself, where the path is a symbolic link to it.
fn real_path(path: &Path) -> PathBuf {
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let real = if is_link { path.canonicalize().ok() } else { None };
    real.unwrap_or_else(|| path.to_owned())
}

/// Creates an empty file under a free name. Nobody can read it who cannot read the original.
fn reserve(original: &Path, target: &Path) -> Result<PathBuf> {
    let (part, file) = take_free_name(target, ".bak.part", |part| File::create_new(part));
    let file = file.map_err(|error| failed(&part, error))?;
    let permitted = std::fs::metadata(original).and_then(|metadata| copy_permissions(&metadata, &file));
    permitted.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(&part, error)
    })?;
    Ok(part)
}

/// Gives a copy the owner, the group and the mode of the original, as far as the system allows. Where the group cannot
/// be set, the mode's group bits are cleared, so that our own group gets no access.
#[cfg(unix)]
fn copy_permissions(original: &Metadata, copy: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    // To give a file away takes root; to give it to another of our groups does not.
    let _ = fchown(copy, Some(original.uid()), Some(original.gid()));
    let _ = fchown(copy, None, Some(original.gid()));
    let has_group = copy.metadata()?.gid() == original.gid();
    let mode = if has_group { original.mode() } else { original.mode() & !0o070 };
    copy.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn copy_permissions(original: &Metadata, copy: &File) -> io::Result<()> {
    copy.set_permissions(original.permissions())
}

/// Copies the file through a connection of its own and answers how many pages it has.
fn copy(access: &Access, part: &Path) -> Result<i32> {
    let (source, _) = access.for_reading()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(as_path(part), flags).map_err(|error| failed(part, error))?;
    let mode: String = access.retry(|| source.query_row("PRAGMA main.journal_mode", [], |row| row.get(0)))?;
    if mode == "wal" {
        // In WAL mode a reader blocks no writer.
        begin_read(access, &source)?;
    }
    let backup = Backup::new(&source, &mut copy).map_err(|error| failed(part, error))?;
    let (mut last, mut restarts, mut began) = (i32::MAX, 0, Instant::now());
    while !copy_some(access, &backup, part)? {
        let remaining = backup.progress().remaining;
        if remaining >= last {
            restarts += 1;
            if restarts == MOST_RESTARTS {
                begin_read(access, &source)?;
            }
        }
        last = remaining;
        // Outside a read transaction others can write, but only between two steps.
        if source.is_autocommit() && began.elapsed() >= SLICE {
            sleep(PAUSE);
            began = Instant::now();
        }
    }
    Ok(backup.progress().pagecount)
}

/// Copies some pages. Answers whether they were the last.
fn copy_some(access: &Access, backup: &Backup<'_, '_>, part: &Path) -> Result<bool> {
    if access.wait.interrupt.is_set() {
        return Err(Error::Interrupted);
    }
    access.begin_pass();
    let stepped = backup.step(STEP).map_err(|error| failed(part, explained(&error)))?;
    if matches!(stepped, StepResult::Busy | StepResult::Locked) {
        sleep(Duration::from_millis(10));
    }
    Ok(stepped == StepResult::Done)
}

/// Opens a read transaction: the connection sees the state of one moment until it is closed.
fn begin_read(access: &Access, source: &Connection) -> Result<()> {
    access.retry(|| {
        if source.is_autocommit() {
            source.execute_batch("BEGIN")?;
        }
        source.query_row("SELECT count(*) FROM main.sqlite_schema AS s", [], |_| Ok(()))
    })
}

fn check(part: &Path, pages: i32) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let ask = || -> rusqlite::Result<(i32, Option<String>)> {
        let copy = Connection::open_with_flags(as_path(part), flags)?;
        Ok((copy.query_row("PRAGMA page_count", [], |row| row.get(0))?, find_damage(&copy)?))
    };
    match ask().map_err(|error| failed(part, error))? {
        (count, _) if count != pages => Err(failed(part, "it has not as many pages as the file")),
        (_, Some(damage)) => Err(failed(part, damage)),
        (_, None) => Ok(()),
    }
}
