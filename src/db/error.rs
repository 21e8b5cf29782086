//! What can go wrong with a file, each in one line that says what to do.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::ErrorCode;

use super::faults::TableFault;

/// Occurrences beyond the first of a workflow and a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateRows {
    /// Rows too many.
    pub rows: u64,
    /// Rows in all.
    pub of: u64,
}

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is there.
    #[error("no such file: {}; name the workflow_history.db with --db PATH or WORKFLOW_HISTORY_DB, make one with 'flowmine import', or see 'flowmine demo'", .0.display())]
    Missing(PathBuf),
    /// Something other than a file is there.
    #[error("{} is not a file; name the workflow_history.db itself", .0.display())]
    NotAFile(PathBuf),
    /// The file has no bytes.
    #[error("{} is empty (0 bytes), so it has no workflow_history; is it the right file?", .0.display())]
    Empty(PathBuf),
    /// SQLite cannot read the file's bytes.
    #[error("{} {what}", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
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
    /// flowmine cannot work with the file's tables.
    #[error("{0}")]
    Layout(String),
    /// One of flowmine's tables cannot be written to.
    #[error("{}: {}{}; nothing was written", .path.display(), .fault.what, if .fault.can_be_mended { "; 'flowmine doctor --fix' makes it anew with its rows, after a backup" } else { "" })]
    TableFault {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: TableFault,
    },
    /// The file contradicts itself.
    #[error("{} is damaged: {what}; nothing was written; restore a backup, or try sqlite3's .recover", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        what: String,
    },
    /// An index has other rows than its table.
    #[error("{}: the index {} has other rows than its table, so what is read through it is wrong; nothing was written; 'flowmine doctor --fix' makes it anew, after a backup (sqlite3's REINDEX does, too)", .path.display(), .index.escape_debug())]
    DamagedIndex {
        /// The file.
        path: PathBuf,
        /// The index.
        index: String,
    },
    /// One of the file's triggers would write to the history, which flowmine never changes.
    #[error("{}: {} would write to workflow_history, which flowmine never changes; nothing was written; drop it, and run again", .path.display(), trigger_named(.trigger.as_deref(), .table.as_deref()))]
    WritesHistory {
        /// The file.
        path: PathBuf,
        /// The trigger's name.
        trigger: Option<String>,
        /// The table that it belongs to.
        table: Option<String>,
    },
    /// SQLite was stopped at something that took too long.
    #[error(
        "{}: {what} took more than {} s and was stopped; nothing of it was written; a trigger, CHECK, index or generated \
         column of the file may compute without end", .path.display(), .share.as_secs()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// What took so long.
        what: String,
        /// How long it was allowed to take.
        share: Duration,
    },
    /// Somebody wrote to a file that had to be read without a lock.
    #[error("{} was written by another program while it was read without a lock; run the command again", .0.display())]
    ChangedWhileRead(PathBuf),
    /// Occurrences stand there more than once.
    #[error(
        "{} has {} duplicate occurrences (of {}): workflows count more than once, so its counts and savings are too high; \
         'flowmine doctor --fix' mends it, after a backup", .path.display(), .duplicates.rows, .duplicates.of
    )]
    Duplicates {
        /// The file.
        path: PathBuf,
        /// How many.
        duplicates: DuplicateRows,
    },
    /// The backup that a mend begins with cannot be made.
    #[error("cannot make the backup {}: {reason}; nothing was changed (--no-backup does without one)", .path.display())]
    Backup {
        /// Where it was to be.
        path: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// A mend was made and could not be committed.
    #[error("{error}; the mend was not committed, and the backup {} stays", .backup.display())]
    Uncommitted {
        /// Why.
        error: Box<Error>,
        /// What the file was before.
        backup: PathBuf,
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
    /// A row was written, and is not there.
    #[error("a trigger or a constraint of {table} keeps it out")]
    NotKept {
        /// The table.
        table: &'static str,
    },
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that SQLite reports.
    #[error("{path}: {}", explained(.report))]
    Sqlite {
        /// The file.
        path: String,
        /// SQLite's report. It is not the error's `source`, because the message has all of it.
        report: rusqlite::Error,
    },
    /// As `Sqlite`, where the file's name is not at hand; `Database` adds it.
    #[error("{}", explained(.0))]
    Statement(rusqlite::Error),
}

impl Error {
    /// Whether a value is longer than SQLite may read.
    pub(super) fn is_too_long(&self) -> bool {
        self.sqlite_code() == Some(ErrorCode::TooBig)
    }

    /// SQLite's code, where it is SQLite that reports the error.
    pub(super) fn sqlite_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite { report, .. } | Self::Statement(report) => code_of(report),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(report: rusqlite::Error) -> Self {
        Self::Statement(report)
    }
}

/// The result of asking a file something.
pub type Result<T> = std::result::Result<T, Error>;

fn trigger_named(trigger: Option<&str>, table: Option<&str>) -> String {
    let table = table.map_or(String::new(), |table| format!(" on {}", table.escape_debug()));
    trigger.map_or("a statement".to_owned(), |name| format!("the trigger '{}'{table}", name.escape_debug()))
}

fn listed(tables: &[String]) -> String {
    match tables {
        [] => "it has no tables".to_owned(),
        tables => format!(
            "it has {}",
            tables.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// `SQLITE_IOERR_GETTEMPPATH`: the machine has no directory for temporary files.
const GET_TEMP_PATH: i32 = 6410;

/// SQLite's report in one line, with what to do where that is known.
pub(super) fn explained(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "; make room on the disk and run again",
        Some(ErrorCode::DatabaseCorrupt) => {
            "; the file is damaged: restore a backup, or try sqlite3's .recover"
        }
        _ if error.sqlite_extended_error_code() == Some(GET_TEMP_PATH) => {
            "; the system has no directory for temporary files: name one with SQLITE_TMPDIR"
        }
        Some(ErrorCode::SystemIoFailure) => "; the disk or the file system reports an error",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            "; make the file and its directory writable: SQLite keeps a journal beside the file"
        }
        _ => "",
    };
    format!("{}{advice}", sentence(error))
}

/// SQLite's code, whether a statement fails when it is prepared or when it runs.
pub(super) fn code_of(error: &rusqlite::Error) -> Option<ErrorCode> {
    match error {
        rusqlite::Error::SqlInputError { error, .. } => Some(error.code),
        other => other.sqlite_error_code(),
    }
}

/// SQLite's message, without the SQL that it quotes.
pub(super) fn sentence(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string().replace(['\n', '\r'], " "),
    }
}
