//! Connecting to a file without creating it, changing it or leaving anything beside it.
//!
//! Where the standard library opens the database here, the process holds no lock on it yet, or its connection is of no
//! more use: on Unix, closing such a handle drops every lock that the process has on the file, SQLite's included.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{Error, Result, explained, sentence};
use super::guard::{Guard, Stop};
use super::paths::{SIDECARS, as_path, with_suffix};
use super::permissions::{self, obstacle};
use super::unreadable::what_it_is;
use super::wait::LockWait;

/// How long SQLite itself waits for a lock before [`Access::retry`] decides whether to go on waiting.
const WAIT_SLICE: Duration = Duration::from_millis(100);

/// A file, how long to wait for its lock, and the guard over the code that it brings.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub path: PathBuf,
    pub wait: LockWait,
    pub guard: Guard,
    /// Whether the file was in WAL mode before the first connection.
    in_wal_mode: OnceLock<bool>,
}

/// How a file is read.
#[derive(Debug)]
pub(super) enum OpenMode {
    /// With SQLite's locks. A -wal that was not there before (`had_log`) does not stay.
    Shared { had_log: bool },
    /// With an exclusive lock.
    Exclusive,
    /// Without locks, because taking them would leave files there that its owner could not write. What is read counts
    /// only where nobody has written meanwhile, which the file's size and time tell.
    Immutable(Stamp),
    /// For writing, too.
    Writing,
}

/// What changes when somebody writes to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64, Option<SystemTime>);

impl Stamp {
    pub fn of(path: &Path) -> Self {
        std::fs::metadata(path)
            .map_or(Self(0, None), |metadata| Self(metadata.len(), metadata.modified().ok()))
    }
}

impl Access {
    pub fn new(path: &Path, wait: LockWait) -> Self {
        let guard = Guard::new(wait.interrupt.clone());
        Self { path: path.to_owned(), wait, guard, in_wal_mode: OnceLock::new() }
    }

    /// For one more connection to the same file.
    pub fn for_another_connection(&self) -> Self {
        Self { guard: Guard::new(self.wait.interrupt.clone()), ..self.clone() }
    }

    /// Whether a file without a -wal is in WAL mode, by its header, which is read before the first connection alone.
    fn is_in_wal_mode(&self) -> bool {
        *self.in_wal_mode.get_or_init(|| {
            let mut head = [0; 20];
            let read = std::fs::File::open(&self.path).and_then(|mut file| file.read_exact(&mut head));
            read.is_ok_and(|()| head[18..] == [2, 2])
        })
    }

    /// A connection that changes nothing, not even by a checkpoint.
    pub fn for_reading(&self) -> Result<(Connection, OpenMode)> {
        check_file(&self.path)?;
        let (had_log, is_in_wal_mode) = (with_suffix(&self.path, "-wal").exists(), self.is_in_wal_mode());
        let conn = match self.open(OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Err(Error::Open { .. }) => self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)?,
            other => other?,
        };
        let may_lock = !self.is_readonly(&conn)?
            && permissions::is_owner_or_root(&self.path)
            && permissions::may_create_beside(&self.path);
        if !had_log && !may_lock && is_in_wal_mode {
            drop(conn);
            let stamp = Stamp::of(&self.path);
            let conn = self.check_first_page(self.open_unlocked()?)?;
            return Ok((conn, OpenMode::Immutable(stamp)));
        }
        let was_writer_killed = had_log && !with_suffix(&self.path, "-shm").exists();
        if was_writer_killed && !may_lock {
            return Err(Error::Open { path: self.path.clone(), reason: self.needs_its_owner() });
        }
        let mode = if was_writer_killed {
            // Reading makes a -shm, which would stay; an exclusive lock needs none.
            self.set(&conn, "locking_mode", "EXCLUSIVE")?;
            OpenMode::Exclusive
        } else {
            OpenMode::Shared { had_log }
        };
        let conn = self.check_first_page(conn)?;
        self.set(&conn, "query_only", true)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(|report| self.error(report))?;
        Ok((conn, mode))
    }

    /// A connection that may write. Nothing is written yet, and a refused one leaves nothing behind.
    pub fn for_writing(&self) -> Result<Connection> {
        check_file(&self.path)?;
        let is_in_wal_mode = self.is_in_wal_mode();
        let conn = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if self.is_readonly(&conn)? {
            return Err(Error::ReadOnly(self.path.clone()));
        }
        let is_alone = !with_suffix(&self.path, "-wal").exists();
        if is_alone && permissions::would_shut_out_the_owner(&self.path) && is_in_wal_mode {
            let reason = "it is in WAL mode, and its owner could not write the -wal file that you would put beside it; \
                          run this as its owner";
            return Err(Error::Open { path: self.path.clone(), reason: reason.to_owned() });
        }
        let conn = self.check_first_page(conn)?;
        // The header's write version can make a file read-only; SQLite knows it once the first page is read.
        if self.is_readonly(&conn)? {
            drop(conn);
            let what = what_it_is(&self.path, "it may only be read");
            return Err(Error::NotADatabase { path: self.path.clone(), what });
        }
        Ok(conn)
    }

    /// Repeats `attempt` while a lock makes it fail, until the wait is over or the run is interrupted.
    pub fn retry<T>(&self, mut attempt: impl FnMut() -> rusqlite::Result<T>) -> Result<T> {
        let started = Instant::now();
        loop {
            self.begin_pass();
            match attempt() {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    if self.wait.interrupt.is_set() {
                        return Err(Error::Interrupted);
                    }
                    if started.elapsed() >= self.wait.timeout {
                        return Err(Error::Locked { path: self.path.clone(), waited: self.wait.timeout });
                    }
                    // SQLite has mostly waited already; where it refuses at once, this keeps the wait from spinning.
                    std::thread::sleep(Duration::from_millis(1));
                }
                other => return other.map_err(|report| self.error(report)),
            }
        }
    }

    fn is_readonly(&self, conn: &Connection) -> Result<bool> {
        conn.is_readonly("main").map_err(|report| self.error(report))
    }

    fn needs_its_owner(&self) -> String {
        let log = with_suffix(&self.path, "-wal");
        format!(
            "{} holds what a program that was killed wrote last; its owner is to open the file once, and then it can be read",
            log.display()
        )
    }

    /// What is done next may take as long as a pass over the whole file.
    pub fn begin_pass(&self) {
        self.guard.begin_pass(std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len()));
    }

    /// SQLite's report with the file's name, and with why it was stopped where it was.
    pub fn error(&self, report: rusqlite::Error) -> Error {
        let path = self.path.clone();
        match self.guard.stopped(&report) {
            Some(Stop::Interrupted) => Error::Interrupted,
            Some(Stop::TooLong(what, share)) => Error::TooLong { path, what, share },
            Some(Stop::WritesHistory(trigger)) => Error::WritesHistory { path, trigger, table: None },
            None => Error::Sqlite { path: path.display().to_string(), report },
        }
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection> {
        self.prepared(Connection::open_with_flags(
            as_path(&self.path),
            flags | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        ))
    }

    fn open_unlocked(&self) -> Result<Connection> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        self.prepared(Connection::open_with_flags(immutable_uri(&self.path), flags))
    }

    fn prepared(&self, conn: rusqlite::Result<Connection>) -> Result<Connection> {
        let mut conn = conn.map_err(|report| self.open_error(report))?;
        self.guard
            .watch(&mut conn)
            .and_then(|()| conn.busy_timeout(self.wait.timeout.min(WAIT_SLICE)))
            .map_err(|report| self.error(report))?;
        self.set(&conn, "foreign_keys", false)?;
        // Sorting then needs no directory for temporary files.
        self.set(&conn, "temp_store", "MEMORY")?;
        self.set(&conn, "cell_size_check", true)?;
        Ok(conn)
    }

    fn set(&self, conn: &Connection, pragma: &str, value: impl rusqlite::ToSql) -> Result<()> {
        conn.pragma_update(None, pragma, value).map_err(|report| self.error(report))
    }

    /// Reads the first page, so that what is no database is found out here.
    fn check_first_page(&self, conn: Connection) -> Result<Connection> {
        let count = |conn: &Connection| conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        match self.retry(|| count(&conn)) {
            Err(Error::Sqlite { report, .. }) => {
                drop(conn);
                Err(self.open_error(report))
            }
            other => other.map(|()| conn),
        }
    }

    fn open_error(&self, report: rusqlite::Error) -> Error {
        let path = self.path.clone();
        match report.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Error::NotADatabase { what: what_it_is(&path, &sentence(&report)), path }
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Error::Open { reason: format!("the system refuses it; {}", obstacle(&path)), path }
            }
            Some(ErrorCode::ReadOnly) => {
                Error::Open { reason: format!("{}; {}", explained(&report), obstacle(&path)), path }
            }
            _ => Error::Sqlite { path: path.display().to_string(), report },
        }
    }
}

/// Tells apart what SQLite would report alike, or would wait for without end.
fn check_file(path: &Path) -> Result<()> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(path.to_owned()));
        }
        Err(error) => return Err(Error::Open { path: path.to_owned(), reason: error.to_string() }),
    };
    if !metadata.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    if metadata.len() == 0 {
        return Err(Error::Empty(path.to_owned()));
    }
    for sidecar in SIDECARS.map(|suffix| with_suffix(path, suffix)) {
        if std::fs::metadata(&sidecar).is_ok_and(|metadata| !metadata.is_file()) {
            let reason = format!("{} is in the way: it is not a file; remove it", sidecar.display());
            return Err(Error::Open { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

/// Names the file for SQLite so that it is read without locks and without files beside it.
fn immutable_uri(path: &Path) -> String {
    let path = as_path(path);
    let escaped = path.as_os_str().as_encoded_bytes().iter().map(|byte| match byte {
        b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    });
    format!("file:{}?immutable=1", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading it would drop the locks of the connections that are there.
    #[test]
    fn the_header_is_read_before_the_first_connection_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (a)").unwrap();
        let first = Access::new(&path, LockWait::default());
        first.for_reading().unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        drop(conn);
        assert!(!first.for_another_connection().is_in_wal_mode());
        assert!(Access::new(&path, LockWait::default()).is_in_wal_mode());
    }
}
