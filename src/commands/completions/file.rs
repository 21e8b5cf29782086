//! The file that an unfinished command line names.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flowmine::db::exclusions::Excludable;
use flowmine::db::{Database, LockWait, Result};
use flowmine::snapshot::{Exclusion, StoredPattern};

use crate::commands::place;
use crate::terminal;

/// The patterns of the file that the command line names.
pub fn stored() -> Vec<StoredPattern> {
    open().and_then(|db| db.stored_patterns()).unwrap_or_default()
}

/// What a person left out of it.
pub fn left_out() -> Vec<(Excludable, Exclusion)> {
    open().and_then(|db| db.exclusions()).unwrap_or_default()
}

fn open() -> Result<Database> {
    let at_once = LockWait { timeout: Duration::ZERO, ..LockWait::default() };
    Database::open_for_reading(&database(std::env::args_os()), at_once)
}

/// The file that a command line names, else the environment, else the one that every command finds. The line is not whole
/// yet, so that it cannot be parsed.
fn database(args: impl Iterator<Item = OsString>) -> PathBuf {
    let mut args = args.skip_while(|arg| arg != "--").skip(1);
    let mut given = None;
    while let Some(arg) = args.next() {
        if arg == "--db" {
            given = args.next();
        } else if let Some(path) = arg.to_str().and_then(|arg| arg.strip_prefix("--db=")) {
            given = Some(path.into());
        }
    }
    let named = given.or_else(|| terminal::variable("WORKFLOW_HISTORY_DB").map(OsString::from));
    place::database(named.as_deref().map(Path::new))
}
