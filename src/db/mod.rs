//! All SQL lives here: opening a file that is not ours, reading its history, recording patterns.
//!
//! # Locking
//!
//! Every write is a short transaction that begins with `BEGIN IMMEDIATE`, because a transaction that reads first and
//! then writes fails at once under another writer. SQLite itself waits a tenth of a second for a lock; [`Database`]
//! asks again until the busy timeout is over or the run is interrupted, so that Ctrl-C is answered while waiting. No
//! cursor stays open while something is written: in rollback mode an open SELECT blocks COMMIT. The history is read by
//! key, up to the highest rowid there was at the start.
//!
//! # Compatibility
//!
//! The file belongs to another program. Foreign keys are not enforced (the application's own schema has one that
//! SQLite cannot enforce, and the bundled build would refuse every insert). Nothing persistent is changed but rows and
//! what is missing of `schema.sql`: no journal mode, no `user_version`, no ANALYZE, no checkpoint. A file is never
//! created, and it is written only after it has been recognised. Columns are looked up, and what is missing reads as
//! NULL; see [`layout`].
//!
//! # Performance
//!
//! Occurrences are inserted in the order of their index (see the crate's `pipeline`), 10,000 a transaction, with a
//! page cache that holds the index's right-hand edges. The history is read in pages of 4,096 rows by rowid.

pub mod history;
pub mod layout;
pub mod ledger;
pub mod patterns;
pub mod review;
pub mod sample;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use layout::{Duplicates, Layout};

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is there.
    #[error("no such file: {}; name the workflow_history.db with --db PATH or WORKFLOW_HISTORY_DB, or see 'flowmine demo'", .0.display())]
    Missing(PathBuf),
    /// Something else than a file is there.
    #[error("{} is not a file; name the workflow_history.db itself", .0.display())]
    NotAFile(PathBuf),
    /// The file has no bytes.
    #[error("{} is empty (0 bytes), so it has no workflow_history; is it the right file?", .0.display())]
    Empty(PathBuf),
    /// The file's bytes are not those of SQLite.
    #[error("{} is not a SQLite database, or it is encrypted", .0.display())]
    NotADatabase(PathBuf),
    /// The file cannot be opened.
    #[error("cannot open {}: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// It would have to be written, and cannot be.
    #[error("{} is read-only, and this command writes to it; make the file and its directory writable", .0.display())]
    ReadOnly(PathBuf),
    /// The file is SQLite's, but not the application's.
    #[error("{path} has no table workflow_history ({}); is it the right file?", listed(.tables))]
    NoHistory {
        /// The file.
        path: String,
        /// Some of the tables it has.
        tables: Vec<String>,
    },
    /// The file's tables are none that flowmine can work with.
    #[error("{0}")]
    Layout(String),
    /// Occurrences stand there more than once.
    #[error(
        "{} has {} duplicate occurrences (of {}): workflows count more than once, so its counts and savings are too high; \
         'flowmine doctor --fix' mends it, after a backup", .path.display(), .duplicates.rows, .duplicates.of
    )]
    Duplicates {
        /// The file.
        path: PathBuf,
        /// How many.
        duplicates: Duplicates,
    },
    /// The demo would overwrite something.
    #[error("{} is there already and was not made by 'flowmine demo'; name another path", .0.display())]
    InTheWay(PathBuf),
    /// Another program held the lock for too long.
    #[error("{} is locked by another program, still after {} s; try again later or wait longer with --busy-timeout", .path.display(), .waited.as_secs())]
    Locked {
        /// The file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// The file does not take a person's decision on a pattern.
    #[error("{}: {reason}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What it lacks or forbids.
        reason: String,
    },
    /// The run was interrupted while it waited for the lock.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that SQLite reports.
    #[error("{path}: {}", explained(.source))]
    Sqlite {
        /// The file.
        path: String,
        /// SQLite's report.
        source: rusqlite::Error,
    },
    /// As `Sqlite`, before the file's name is known where it happens.
    #[error("{}", explained(.0))]
    Statement(#[from] rusqlite::Error),
}

/// The result of asking a file something.
pub type Result<T> = std::result::Result<T, Error>;

fn listed(tables: &[String]) -> String {
    match tables {
        [] => "it has no tables".to_owned(),
        tables => format!(
            "it has {}",
            tables.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// SQLite's report in one line, with what to do where that is known.
fn explained(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "; make room on the disk and run again",
        Some(ErrorCode::DatabaseCorrupt) => {
            "; the file is damaged: restore a backup, or try sqlite3's .recover"
        }
        Some(ErrorCode::SystemIoFailure) => "; the disk or the file system reports an error",
        Some(ErrorCode::ReadOnly) => "; make the file and its directory writable",
        _ => "",
    };
    let mut text = error.to_string().replace(['\n', '\r'], " ");
    if let rusqlite::Error::SqlInputError { msg, .. } = error {
        text.clone_from(msg);
    }
    format!("{text}{advice}")
}

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
pub struct Patience {
    /// How long.
    pub timeout: Duration,
    /// Ends the wait.
    pub interrupt: Interrupt,
}

impl Default for Patience {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), interrupt: Interrupt::default() }
    }
}

/// How long SQLite itself waits for a lock before [`Database`] looks whether to go on waiting.
const WAIT_SLICE: Duration = Duration::from_millis(100);

/// An open `workflow_history.db`.
pub struct Database {
    conn: Connection,
    path: PathBuf,
    patience: Patience,
    /// What the file looks like.
    pub layout: Layout,
}

impl Database {
    /// Opens the file for reading only. Nothing in it changes, not even by a checkpoint.
    pub fn open_for_reading(path: &Path, patience: Patience) -> Result<Self> {
        check_file(path)?;
        let conn = match connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, &patience) {
            Err(Error::Open { .. }) => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, &patience)?,
            other => other?,
        };
        conn.pragma_update(None, "query_only", true)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Self::recognise(conn, path, patience)
    }

    /// Opens the file for reading and writing. Nothing is written yet.
    pub fn open_for_writing(path: &Path, patience: Patience) -> Result<Self> {
        check_file(path)?;
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, &patience)?;
        if conn.is_readonly("main")? {
            return Err(Error::ReadOnly(path.to_owned()));
        }
        conn.pragma_update(None, "cache_spill", false)?;
        Self::recognise(conn, path, patience)
    }

    fn recognise(conn: Connection, path: &Path, patience: Patience) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(64);
        let layout =
            patiently(path, &patience, || match Layout::inspect(&conn, &path.display().to_string()) {
                Err(Error::Statement(error)) => Err(error),
                other => Ok(other),
            })??;
        Ok(Self { conn, path: path.to_owned(), patience, layout })
    }

    /// The file's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the run has been asked to stop.
    pub fn interrupted(&self) -> bool {
        self.patience.interrupt.is_set()
    }

    /// Reads something, waiting for a lock as long as patience lasts. `read` may run more than once.
    pub(crate) fn read<T>(&self, mut read: impl FnMut(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        patiently(&self.path, &self.patience, || read(&self.conn))
    }

    /// Does `work` in one transaction that holds the write lock from the start; all of it happens or nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read(|conn| conn.execute_batch("BEGIN IMMEDIATE"))?;
        let done = work(&self.conn).and_then(|answer| {
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
            self.write(|conn| {
                let layout = Layout::inspect(conn, &path.display().to_string())?;
                if let Some(duplicates) = layout::duplicates(conn, &layout)? {
                    return Err(Error::Duplicates { path: path.clone(), duplicates });
                }
                layout::create_missing(conn, &layout)
            })?;
            self.layout = Layout::inspect(&self.conn, &path.display().to_string())?;
        }
        patterns::check_statements(&self.conn).map_err(|error| self.named(error.into()))
    }

    /// A number that changes when, and only when, another connection has committed something.
    pub(crate) fn data_version(&self) -> Result<i64> {
        self.read(|conn| conn.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }

    fn named(&self, error: Error) -> Error {
        match error {
            Error::Statement(source) => Error::Sqlite { path: self.path.display().to_string(), source },
            other => other,
        }
    }
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
fn connect(path: &Path, flags: OpenFlags, patience: &Patience) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| open_error(path, error))?;
    conn.busy_timeout(patience.timeout.min(WAIT_SLICE))?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let first_page = |conn: &Connection| conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match patiently(path, patience, || first_page(&conn)) {
        Err(Error::Sqlite { source, .. }) => Err(open_error(path, source)),
        other => other.map(|()| conn),
    }
}

fn open_error(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Error::NotADatabase(path),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Error::Open { path, reason: explained(&error) }
        }
        _ => Error::Sqlite { path: path.display().to_string(), source: error },
    }
}

/// Tries until it is not the lock that fails it, patience is over, or the run is interrupted.
fn patiently<T>(
    path: &Path,
    patience: &Patience,
    mut attempt: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                if patience.interrupt.is_set() {
                    return Err(Error::Interrupted);
                }
                if started.elapsed() >= patience.timeout {
                    return Err(Error::Locked { path: path.to_owned(), waited: patience.timeout });
                }
                // SQLite has mostly waited already; where it refuses at once, this keeps the wait from spinning.
                std::thread::sleep(Duration::from_millis(1));
            }
            other => {
                return other.map_err(|source| Error::Sqlite { path: path.display().to_string(), source });
            }
        }
    }
}
