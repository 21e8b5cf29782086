//! An open file: reading from it, and writing to it in transactions.

use std::path::Path;
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::types::FromSql;
use rusqlite::{Connection, ErrorCode, Params};

use super::connect::{Access, OpenMode, Stamp};
use super::error::{Error, Result, sentence};
use super::guard::INTERRUPT_GRACE;
use super::layout::Layout;
use super::paths::with_suffix;
use super::wait::LockWait;

/// The writer's page cache: it holds the right-hand edges of the indexes that a million occurrences are written to.
const CACHE_KIB: i64 = 64 * 1024;

/// An open `workflow_history.db`.
pub struct Database {
    conn: Connection,
    pub(super) access: Access,
    mode: OpenMode,
    /// What the file looks like.
    pub layout: Layout,
}

/// A transaction that holds the file's write lock. All of it happens or nothing.
pub struct Transaction<'a> {
    conn: &'a Connection,
    access: &'a Access,
    began: Instant,
}

impl<'a> Transaction<'a> {
    /// The connection, to write or look up one row of this table. It is stopped where that takes too long.
    pub(super) fn row(&self, table: &'static str) -> &'a Connection {
        self.access.guard.begin_row(table);
        self.conn
    }

    /// The connection, for a statement that goes through a whole table.
    pub(super) fn pass(&self) -> &'a Connection {
        self.access.begin_pass();
        self.conn
    }

    /// [`Error::Interrupted`] once the run has been interrupted and the transaction is older than [`INTERRUPT_GRACE`].
    pub(crate) fn check_interrupt(&self) -> Result<()> {
        let is_over = self.began.elapsed() > INTERRUPT_GRACE && self.access.wait.interrupt.is_set();
        if is_over { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Lets `work` write to the history, which is flowmine's own.
    pub(super) fn with_own_history<T>(&self, work: impl FnOnce(&'a Connection) -> Result<T>) -> Result<T> {
        self.access.guard.set_owns_history(true);
        let done = work(self.row("workflow_history"));
        self.access.guard.set_owns_history(false);
        done
    }

    /// Whether SQLite has rolled the transaction back by itself.
    pub(super) fn was_rolled_back(&self) -> bool {
        self.conn.is_autocommit()
    }

    /// What the file looks like now that nobody else can change it.
    pub(crate) fn layout(&self) -> Result<Layout> {
        Layout::inspect(self.pass(), &self.access.path)
    }
}

impl Database {
    /// Opens the file for reading only. Nothing in it changes, not even by a checkpoint, and nothing is left beside it.
    ///
    /// # Errors
    /// Where it is no database, not the application's, or cannot be read; each in one line that says what to do.
    pub fn open_for_reading(path: &Path, wait: LockWait) -> Result<Self> {
        Self::reading(Access::new(path, wait))
    }

    /// Opens the file for reading and writing. Nothing is written yet.
    pub fn open_for_writing(path: &Path, wait: LockWait) -> Result<Self> {
        let access = Access::new(path, wait);
        let conn = access.for_writing()?;
        let cached = conn
            .pragma_update(None, "cache_spill", false)
            .and_then(|()| conn.pragma_update(None, "cache_size", -CACHE_KIB));
        cached.map_err(|report| access.error(report))?;
        Self::recognise(conn, access, OpenMode::Writing)
    }

    /// Another reader of the same file; `None` where it would not see what this one sees, or could not open it.
    pub(super) fn another_reader(&self) -> Option<Self> {
        let is_shared = matches!(self.mode, OpenMode::Shared { .. } | OpenMode::Writing);
        let is_shared = is_shared && self.conn.is_autocommit();
        is_shared.then(|| Self::reading(self.access.for_another_connection()).ok())?
    }

    pub(super) fn reading(access: Access) -> Result<Self> {
        let (conn, mode) = access.for_reading()?;
        Self::recognise(conn, access, mode)
    }

    fn recognise(conn: Connection, access: Access, mode: OpenMode) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(64);
        let layout = inspect(&conn, &access)?;
        Ok(Self { conn, access, mode, layout })
    }

    /// The file's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.access.path
    }

    /// Whether the run has been asked to stop. To be asked where no row is being read: outside transactions, the run may be
    /// suspended here.
    pub fn interrupted(&self) -> bool {
        if self.conn.is_autocommit() {
            self.access.wait.interrupt.pause();
        }
        self.access.wait.interrupt.is_set()
    }

    /// Reads something, waiting for a lock as [`LockWait`] says. `read` may run more than once.
    pub(super) fn read<T>(&self, mut read: impl FnMut(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let answer = self.access.retry(|| read(&self.conn)).map_err(|error| self.explain_error(error))?;
        match &self.mode {
            OpenMode::Immutable(stamp) if *stamp != Stamp::of(self.path()) => {
                Err(Error::ChangedWhileRead(self.path().to_owned()))
            }
            _ => Ok(answer),
        }
    }

    /// Reads one value.
    pub(super) fn value<T: FromSql>(&self, sql: &str, params: impl Params + Copy) -> Result<T> {
        self.read(|conn| conn.query_row(sql, params, |row| row.get(0)))
    }

    /// Does `work` in one transaction that holds the write lock from the start; all of it happens or nothing.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.read(|conn| conn.execute_batch("BEGIN IMMEDIATE"))?;
        self.access.begin_pass();
        let done = work(&Transaction { conn: &self.conn, access: &self.access, began: Instant::now() })
            .and_then(|answer| {
                self.read(|conn| conn.execute_batch("COMMIT"))?;
                Ok(answer)
            });
        // SQLite may have rolled back by itself (a full disk does that); only what is still open is ended here.
        let done = done.map_err(|error| self.explain_error(error));
        if done.is_err() && !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        done
    }

    /// Looks at the file again: somebody else may have made or dropped a table.
    pub fn refresh_layout(&mut self) -> Result<()> {
        self.layout = self.inspect_layout()?;
        Ok(())
    }

    /// What the file looks like now.
    pub(super) fn inspect_layout(&self) -> Result<Layout> {
        inspect(&self.conn, &self.access)
    }

    /// A number that changes when, and only when, another connection has committed something.
    pub(crate) fn data_version(&self) -> Result<i64> {
        self.value("PRAGMA data_version", [])
    }

    fn explain_error(&self, error: Error) -> Error {
        match error {
            Error::Statement(report) => self.explain_error(self.access.error(report)),
            Error::WritesHistory { path, trigger: Some(trigger), table: None } => {
                let sql =
                    "SELECT s.tbl_name FROM main.sqlite_schema AS s WHERE s.type = 'trigger' AND s.name = ?1";
                let table = self.conn.query_row(sql, [&trigger], |row| row.get(0)).ok();
                Error::WritesHistory { path, trigger: Some(trigger), table }
            }
            Error::Sqlite { path, report } => match self.explanation(&report) {
                Some(explanation) => Error::Layout(format!("{path}: {explanation}")),
                None => Error::Sqlite { path, report },
            },
            other => other,
        }
    }

    /// What SQLite's sentence leaves out: which part of the file asks for what is not there, and which ids are used up.
    fn explanation(&self, report: &rusqlite::Error) -> Option<String> {
        let sentence = sentence(report);
        let missing = ["no such function: ", "no such collation sequence: "];
        if let Some(name) = missing.iter().find_map(|prefix| sentence.strip_prefix(prefix)) {
            let sql = "SELECT s.type || ' ' || s.name FROM main.sqlite_schema AS s \
                       WHERE instr(lower(s.sql), lower(?1)) > 0 ORDER BY s.type = 'table' LIMIT 1";
            let asker: String = self.conn.query_row(sql, [name], |row| row.get(0)).ok()?;
            return Some(format!(
                "{sentence}, which the file's {} asks for; only the program that has it can change these tables",
                asker.escape_debug()
            ));
        }
        if report.sqlite_error_code() != Some(ErrorCode::DiskFull) {
            return None;
        }
        let sql = "SELECT s.name FROM main.sqlite_sequence AS s WHERE s.seq = 9223372036854775807 LIMIT 1";
        let table: String = self.conn.query_row(sql, [], |row| row.get(0)).ok()?;
        Some(format!(
            "{} has used up its ids: sqlite_sequence says that the highest there can be was given; set it to the highest \
             id that the table has",
            table.escape_debug()
        ))
    }
}

impl Drop for Database {
    /// On close SQLite removes the -wal that it made, but not under `NO_CKPT_ON_CLOSE`; an empty one needs no
    /// checkpoint.
    fn drop(&mut self) {
        let log = with_suffix(self.path(), "-wal");
        let is_empty = std::fs::metadata(log).is_ok_and(|metadata| metadata.len() == 0);
        if matches!(self.mode, OpenMode::Shared { had_log: false }) && is_empty {
            // Where it fails, the file stays there.
            let _ = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
    }
}

/// Finds out what the file looks like, waiting for a lock as [`LockWait`] says.
fn inspect(conn: &Connection, access: &Access) -> Result<Layout> {
    access.retry(|| match Layout::inspect(conn, &access.path) {
        Err(Error::Statement(error)) => Err(error),
        other => Ok(other),
    })?
}
