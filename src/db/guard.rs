//! What a file may make SQLite do on our behalf: nothing to `workflow_history`, and nothing without end.
//!
//! A file brings code of its own: triggers, CHECKs, generated columns and indexes on expressions run whenever one of our
//! statements touches their table. An authorizer refuses each statement that would write to the history, whether it is
//! ours or the file's, before it runs. A progress handler ends what runs longer than its share, and what a person has
//! interrupted. Lengths and depths are bounded, and the file cannot call functions with side effects.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode};

use super::error::code_of;
use super::wait::Interrupt;

/// The longest text, BLOB or row that is read or written, in bytes: no real request is as long.
pub(super) const MAX_LENGTH: i32 = 64 * 1024 * 1024;

/// Triggers that may set off one another.
const MAX_TRIGGER_DEPTH: i32 = 5;

/// How long writing one row may take.
const ROW_SHARE: Duration = Duration::from_secs(5);

/// How long a pass over the whole file may take, plus a second for every [`PASS_BYTES_A_SECOND`] bytes of it.
const PASS_SHARE: Duration = Duration::from_secs(5);

/// Even a slow disk reads more.
const PASS_BYTES_A_SECOND: u64 = 2_000_000;

/// How long a statement or a transaction may still take once the run has been interrupted.
pub(super) const INTERRUPT_GRACE: Duration = Duration::from_secs(1);

/// Steps of SQLite's virtual machine between two looks at the clock: a millisecond or less.
const STEPS: i32 = 10_000;

/// Why SQLite was stopped.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// A trigger (by name) writes to the history.
    WritesHistory(Option<String>),
    /// The work, in words, took longer than its share.
    TooLong(String, Duration),
    /// Somebody interrupted the run.
    Interrupted,
}

#[derive(Debug)]
struct GuardState {
    /// The table of which a row is written or looked up; `None` in a pass over the file.
    row_of: Option<&'static str>,
    began: Instant,
    /// How long it may take.
    share: Duration,
    stop: Option<Stop>,
    /// Whether the history is flowmine's own: then our statements may write to it, but not the file's code.
    owns_history: bool,
}

/// Watches over one connection.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    state: Arc<Mutex<GuardState>>,
    interrupt: Interrupt,
}

impl Guard {
    pub fn new(interrupt: Interrupt) -> Self {
        let state = GuardState {
            row_of: None,
            began: Instant::now(),
            share: PASS_SHARE,
            stop: None,
            owns_history: false,
        };
        Self { state: Arc::new(Mutex::new(state)), interrupt }
    }

    /// Sets a connection's limits and puts it under watch.
    pub fn watch(&self, conn: &mut Connection) -> rusqlite::Result<()> {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
        conn.set_limit(Limit::SQLITE_LIMIT_TRIGGER_DEPTH, MAX_TRIGGER_DEPTH)?;
        let guard = self.clone();
        conn.authorizer(Some(move |context: AuthContext<'_>| guard.authorize(&context)))?;
        let guard = self.clone();
        conn.progress_handler(STEPS, Some(move || guard.is_to_stop()))
    }

    /// One row is about to be written or looked up.
    pub fn begin_row(&self, table: &'static str) {
        self.begin(Some(table), ROW_SHARE);
    }

    /// The whole file, of this many bytes, is about to be read.
    pub fn begin_pass(&self, bytes: u64) {
        self.begin(None, PASS_SHARE + Duration::from_secs(bytes / PASS_BYTES_A_SECOND));
    }

    /// Whether the history is flowmine's own, to be written by its statements.
    pub fn set_owns_history(&self, owns: bool) {
        self.state().owns_history = owns;
    }

    /// Why the guard stopped SQLite; `None` where the error has another cause.
    pub fn stopped(&self, error: &rusqlite::Error) -> Option<Stop> {
        let code = code_of(error);
        let is_ours = matches!(
            code,
            Some(ErrorCode::OperationInterrupted | ErrorCode::AuthorizationForStatementDenied)
        );
        is_ours.then(|| self.state().stop.clone()).flatten()
    }

    fn begin(&self, row_of: Option<&'static str>, share: Duration) {
        let mut state = self.state();
        *state = GuardState { row_of, began: Instant::now(), share, stop: None, ..*state };
    }

    fn is_to_stop(&self) -> bool {
        let mut state = self.state();
        let elapsed = state.began.elapsed();
        if elapsed > INTERRUPT_GRACE && self.interrupt.is_set() {
            state.stop = Some(Stop::Interrupted);
        } else if elapsed > state.share {
            let row = state.row_of.map(|table| format!("writing one row of {table}"));
            let work = row.unwrap_or_else(|| "one pass over the file".to_owned());
            state.stop = Some(Stop::TooLong(work, state.share));
        } else {
            return false;
        }
        true
    }

    fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        let (AuthAction::Insert { table_name: table }
        | AuthAction::Delete { table_name: table }
        | AuthAction::Update { table_name: table, .. }) = context.action
        else {
            return Authorization::Allow;
        };
        if !table.eq_ignore_ascii_case("workflow_history") {
            return Authorization::Allow;
        }
        if context.accessor.is_none() && self.state().owns_history {
            return Authorization::Allow;
        }
        self.state().stop = Some(Stop::WritesHistory(context.accessor.map(str::to_owned)));
        Authorization::Deny
    }

    fn state(&self) -> MutexGuard<'_, GuardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
