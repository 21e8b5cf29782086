//! flowmine's own file: made by an import, private to its owner.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::definition::SCHEMA;
use super::paths::as_path;
use super::whole_file::{name, take_free_name};
use super::{Database, Error, LockWait, Result};

/// What marks flowmine's own file: SQLite's application id, "flhi".
const OWN_FILE: i64 = 0x666c_6869;

/// Bytes of a page. The facts of a transcript take many pages, and fewer, larger ones are written faster.
const PAGE_SIZE: i64 = 16_384;

/// The tables of an import.
pub(super) const IMPORT_TABLES: &str = include_str!("import.sql");

/// `workflow_history` of flowmine's own file.
const OWN_TABLES: &str = include_str!("own_file.sql");

/// Opens flowmine's own file for writing, and makes it, readable by its owner only, where nothing is there.
pub fn open_or_make(path: &Path, wait: LockWait) -> Result<Database> {
    if path.symlink_metadata().is_err() {
        make(path)?;
    }
    Database::open_for_writing(path, wait)
}

fn make(path: &Path) -> Result<()> {
    let problem = |error: std::io::Error| Error::Open { path: path.to_owned(), reason: error.to_string() };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder).map_err(problem)?;
    }
    let (unfinished, made) = take_free_name(path, ".tmp", private_file);
    made.map_err(problem)?;
    let named = write_tables(&unfinished).and_then(|()| match name(&unfinished, path) {
        // Another import was faster: its file is as good.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        named => named.map_err(problem),
    });
    let _ = std::fs::remove_file(unfinished);
    named
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn write_tables(path: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(as_path(path), flags)
        .map_err(|error| Error::Open { path: path.to_owned(), reason: error.to_string() })?;
    conn.pragma_update(None, "page_size", PAGE_SIZE)?;
    let tx = conn.unchecked_transaction()?;
    for tables in [OWN_TABLES, IMPORT_TABLES, SCHEMA] {
        tx.execute_batch(tables)?;
    }
    tx.pragma_update(None, "application_id", OWN_FILE)?;
    Ok(tx.commit()?)
}

/// Whether flowmine made this file for its imports.
pub fn is_own(db: &Database) -> Result<bool> {
    db.read(is_own_file)
}

pub(super) fn is_own_file(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("PRAGMA application_id", [], |row| Ok(row.get::<_, i64>(0)? == OWN_FILE))
}

/// Whether flowmine's own file has the text of a request.
pub fn has_texts(db: &Database) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM workflow_history WHERE nl_input IS NOT NULL)";
    Ok(is_own(db)? && db.value(sql, [])?)
}
