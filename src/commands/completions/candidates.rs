//! What can stand for a value: what the file and the rules know. A file that cannot be read at once gives nothing.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use flowmine::db::{Database, LockWait};
use flowmine::detect::RuleSet;
use flowmine::render::patterns;
use flowmine::snapshot::StoredPattern;

use crate::terminal;

/// The signatures of the file's patterns, with their statuses.
pub fn signatures(typed: &OsStr) -> Vec<CompletionCandidate> {
    let candidate = |pattern: StoredPattern| {
        CompletionCandidate::new(&pattern.signature).help(Some(pattern.status.into()))
    };
    beginning(typed, stored().into_iter().map(candidate))
}

/// The types of the file's patterns.
pub fn types(typed: &OsStr) -> Vec<CompletionCandidate> {
    let types: BTreeSet<String> = stored().into_iter().map(|pattern| pattern.pattern_type).collect();
    beginning(typed, types.iter().map(CompletionCandidate::new))
}

/// The statuses that a person can give or the file's patterns have, and all of them.
pub fn statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    let met = stored().into_iter().map(|pattern| pattern.status);
    let statuses: BTreeSet<String> =
        super::decisions().into_iter().chain(met).chain(["all".to_owned()]).collect();
    beginning(typed, statuses.iter().map(CompletionCandidate::new))
}

/// The statuses that a workflow can have.
pub fn workflow_statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    let known = ["pending", "running", "completed", "failed"];
    beginning(typed, known.iter().map(CompletionCandidate::new))
}

/// The fields of the list.
pub fn fields(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, patterns::fields().map(CompletionCandidate::new))
}

/// The rule sets that are built in, and files.
pub fn rules(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut rules = beginning(typed, RuleSet::BUILTIN.iter().map(CompletionCandidate::new));
    rules.extend(PathCompleter::file().complete(typed));
    rules
}

/// The names of time zones.
pub fn time_zones(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, jiff::tz::db().available().map(|zone| CompletionCandidate::new(zone.as_str())))
}

fn beginning(
    typed: &OsStr,
    candidates: impl Iterator<Item = CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    candidates.filter(|candidate| candidate.get_value().to_string_lossy().starts_with(&*typed)).collect()
}

/// The patterns of the file that the command line names.
fn stored() -> Vec<StoredPattern> {
    let at_once = LockWait { timeout: Duration::ZERO, ..LockWait::default() };
    let db = Database::open_for_reading(&database(std::env::args_os()), at_once);
    db.and_then(|db| db.stored_patterns()).unwrap_or_default()
}

/// The file that a command line names, else the environment, else the usual one. The line is not whole yet, so that it
/// cannot be parsed.
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
    named.map_or_else(|| PathBuf::from("db/workflow_history.db"), PathBuf::from)
}
