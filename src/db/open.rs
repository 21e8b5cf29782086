//! Opening a file that is not ours, waiting for its locks, reading from it and writing to it in transactions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{Error, Result, explained};
use super::layout::{self, Layout};
use super::{patterns, unreadable};
use crate::value::Value;

/// Whether somebody has asked the run to stop; copies share one answer.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What a signal handler sets.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// How long to wait for a lock, and who can end the wait.
#[derive(Clone, Debug)]
pub struct LockWait {
    /// How long.
    pub timeout: Duration,
    /// Ends the wait.
    pub interrupt: Interrupt,
}

impl Default for LockWait {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), interrupt: Interrupt::default() }
    }
}

/// The writer's page cache: it holds the right-hand edges of the indexes that a million occurrences are written to.
const CACHE_KIB: i64 = 64 * 1024;

/// How long SQLite itself waits for a lock before [`Database`] looks whether to go on waiting.
const WAIT_SLICE: Duration = Duration::from_millis(100);

/// An open `workflow_history.db`.
pub struct Database {
    conn: Connection,
    pub(super) path: PathBuf,
    pub(super) wait: LockWait,
    /// What the file looks like.
    pub layout: Layout,
}

/// A transaction that holds the file's write lock. All of it happens or nothing.
pub struct Transaction<'a> {
    pub(super) conn: &'a Connection,
    path: &'a Path,
}

impl Transaction<'_> {
    /// What the file looks like now that nobody else can change it.
    pub(crate) fn layout(&self) -> Result<Layout> {
        Layout::inspect(self.conn, &self.path.display().to_string())
    }
}

impl Database {
    /// Opens the file for reading only. Nothing in it changes, not even by a checkpoint.
    pub fn open_for_reading(path: &Path, wait: LockWait) -> Result<Self> {
        check_file(path)?;
        let conn = match connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, &wait) {
            Err(Error::Open { .. }) => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, &wait)?,
            other => other?,
        };
        conn.pragma_update(None, "query_only", true)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Self::recognise(conn, path, wait)
    }

    /// Opens the file for reading and writing. Nothing is written yet.
    pub fn open_for_writing(path: &Path, wait: LockWait) -> Result<Self> {
        check_file(path)?;
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, &wait)?;
        if conn.is_readonly("main")? {
            return Err(Error::ReadOnly(path.to_owned()));
        }
        conn.pragma_update(None, "cache_spill", false)?;
        conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Self::recognise(conn, path, wait)
    }

    fn recognise(conn: Connection, path: &Path, wait: LockWait) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(64);
        let layout = inspect(&conn, path, &wait)?;
        Ok(Self { conn, path: path.to_owned(), wait, layout })
    }

    /// The file's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the run has been asked to stop.
    pub fn interrupted(&self) -> bool {
        self.wait.interrupt.is_set()
    }

    /// Reads something, waiting for a lock as long as wait lasts. `read` may run more than once.
    pub(super) fn read<T>(&self, mut read: impl FnMut(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        retry_while_locked(&self.path, &self.wait, || read(&self.conn))
    }

    /// Does `work` in one transaction that holds the write lock from the start; all of it happens or nothing.
    ///
    /// # Errors
    /// Where the lock is not to be had, `work` fails, or the file cannot be written.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.read(|conn| conn.execute_batch("BEGIN IMMEDIATE"))?;
        let done = work(&Transaction { conn: &self.conn, path: &self.path }).and_then(|answer| {
            self.read(|conn| conn.execute_batch("COMMIT"))?;
            Ok(answer)
        });
        // A failed statement may have rolled back by itself (a full disk does); only what is still open is ended here.
        if done.is_err() && !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        done.map_err(|error| self.named(error))
    }

    /// Creates what is missing of the tables flowmine writes. Stops where occurrences stand more than once.
    pub fn prepare_for_writing(&mut self) -> Result<()> {
        let path = self.path.clone();
        if !self.layout.is_complete() {
            self.write(|tx| {
                let layout = tx.layout()?;
                if let Some(duplicates) = layout::duplicates(tx, &layout)? {
                    return Err(Error::Duplicates { path: path.clone(), duplicates });
                }
                layout::create_missing(tx, &layout)
            })?;
            self.look_again()?;
        }
        patterns::check_statements(&self.conn).map_err(|error| self.named(error.into()))
    }

    /// Looks at the file again: somebody else may have made or dropped a table.
    pub fn look_again(&mut self) -> Result<()> {
        self.layout = inspect(&self.conn, &self.path, &self.wait)?;
        Ok(())
    }

    /// A number that changes when, and only when, another connection has committed something.
    pub(crate) fn data_version(&self) -> Result<i64> {
        self.read(|conn| conn.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }

    fn named(&self, error: Error) -> Error {
        match error {
            Error::Statement(report) => Error::Sqlite { path: self.path.display().to_string(), report },
            other => other,
        }
    }
}

/// Finds out what the file looks like, waiting for a lock as long as wait lasts.
fn inspect(conn: &Connection, path: &Path, wait: &LockWait) -> Result<Layout> {
    retry_while_locked(path, wait, || match Layout::inspect(conn, &path.display().to_string()) {
        Err(Error::Statement(error)) => Err(error),
        other => Ok(other),
    })?
}

/// Tells apart what SQLite would report alike.
fn check_file(path: &Path) -> Result<()> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(path.to_owned()));
        }
        Err(error) => return Err(Error::Open { path: path.to_owned(), reason: error.to_string() }),
    };
    match metadata {
        metadata if !metadata.is_file() => Err(Error::NotAFile(path.to_owned())),
        metadata if metadata.len() == 0 => Err(Error::Empty(path.to_owned())),
        _ => Ok(()),
    }
}

/// Opens without creating, and reads the first page, so that what is no database is found out here.
pub(super) fn connect(path: &Path, flags: OpenFlags, wait: &LockWait) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| open_error(path, error))?;
    conn.busy_timeout(wait.timeout.min(WAIT_SLICE))?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let first_page = |conn: &Connection| conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match retry_while_locked(path, wait, || first_page(&conn)) {
        Err(Error::Sqlite { report, .. }) => {
            drop(conn);
            Err(open_error(path, report))
        }
        other => other.map(|()| conn),
    }
}

fn open_error(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            Error::NotADatabase { what: unreadable::what_it_is(&path), path }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Error::Open { reason: format!("the system refuses it{}", permissions(&path)), path }
        }
        Some(ErrorCode::ReadOnly) => Error::Open { path, reason: explained(&error) },
        _ => Error::Sqlite { path: path.display().to_string(), report: error },
    }
}

/// Who may do what with a file, as far as the system has such a thing.
fn permissions(path: &Path) -> String {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::MetadataExt;
        let mode = metadata.mode() & 0o7777;
        return format!(
            "; may you read and write it? Its mode is {mode:04o}, its owner's id {}",
            metadata.uid()
        );
    }
    let _ = path;
    String::new()
}

/// Tries until it is not the lock that fails it, wait is over, or the run is interrupted.
pub(super) fn retry_while_locked<T>(
    path: &Path,
    wait: &LockWait,
    mut attempt: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                if wait.interrupt.is_set() {
                    return Err(Error::Interrupted);
                }
                if started.elapsed() >= wait.timeout {
                    return Err(Error::Locked { path: path.to_owned(), waited: wait.timeout });
                }
                // SQLite has mostly waited already; where it refuses at once, this keeps the wait from spinning.
                std::thread::sleep(Duration::from_millis(1));
            }
            other => {
                return other.map_err(|report| Error::Sqlite { path: path.display().to_string(), report });
            }
        }
    }
}

impl<'a> From<ValueRef<'a>> for Value<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(whole) => Self::Integer(whole),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(bytes) => Self::Text(bytes),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}
