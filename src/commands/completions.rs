//! `completions`: a script that runs flowmine itself each time the tab key is pressed. Values are offered from the file
//! and the rules; a file that cannot be read at once offers none.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::Shells;
use flowmine::db::exclusions::Excludable;
use flowmine::db::{self, Database, LockWait};
use flowmine::detect::RuleSet;
use flowmine::render::patterns::fields as fields_of_the_list;
use flowmine::snapshot::{Exclusion, StoredPattern};

use super::backfill::STATUSES;
use super::{Exit, database_path, output};
use crate::cli::{Cli, Completions, DecisionChoice, SourceChoice, choices, word};
use crate::terminal;

/// The variable in which a shell's script says that it asks for completions, and what shell it is.
const VARIABLE: &str = "FLOWMINE_COMPLETE";

/// An addition for bash, which breaks words at colons, as signatures have.
const BASH: &str = include_str!("completions/colons.bash");

pub fn run(args: &Completions) -> Result<Exit> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(&word(&args.shell)).context("there are no completions for this shell")?;
    shell.write_registration(VARIABLE, "flowmine", "flowmine", "flowmine", &mut script)?;
    if args.shell == clap_complete::Shell::Bash {
        script.extend(BASH.as_bytes());
    }
    output::put("completion script", script)?;
    Ok(Exit::Done)
}

/// Answers a shell that asks for completions; `None` where none does.
pub fn answer(args: &[OsString]) -> Option<Exit> {
    // The variable is checked here, because an empty one or one that names no shell counts as not set.
    let shell = terminal::variable(VARIABLE)?;
    Shells::builtins().completer(&shell)?;
    let directory = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(command).var(VARIABLE).try_complete(args, directory.as_deref());
    answered.unwrap_or(true).then_some(Exit::Done)
}

/// The values that complete what was typed.
type Offered = fn(&OsStr) -> Vec<CompletionCandidate>;

/// By command and argument: values that clap does not know.
const VALUES: [(&[&str], &str, Offered); 13] = [
    (&[], "rules", rule_sets),
    (&[], "timezone", time_zones),
    (&["backfill"], "status", workflow_statuses),
    (&["import"], "places", sources),
    (&["patterns", "list"], "types", types),
    (&["patterns", "list"], "status", statuses),
    (&["patterns", "list"], "fields", fields),
    (&["patterns", "show"], "pattern", signatures),
    (&["patterns", "set-status"], "pattern", signatures),
    (&["patterns", "exclude"], "names", signatures),
    (&["patterns", "include"], "names", excluded),
    (&["rules", "show"], "rules", rule_sets),
    (&["rules", "check"], "rules", rule_sets),
];

fn command() -> Command {
    VALUES.into_iter().fold(Cli::command(), |command, (path, id, offered)| with(command, path, id, offered))
}

/// The command with values offered for the argument `id` of the subcommand at `path`.
fn with(command: Command, path: &[&str], id: &str, offered: Offered) -> Command {
    match path {
        [first, below @ ..] => command.mut_subcommand(first, |command| with(command, below, id, offered)),
        // Not mut_arg: it would move the argument behind the others, and with it a positional one's place.
        [] => command
            .mut_args(|arg| if arg.get_id() == id { arg.add(ArgValueCompleter::new(offered)) } else { arg }),
    }
}

/// The signatures of the file's patterns, with their statuses.
fn signatures(typed: &OsStr) -> Vec<CompletionCandidate> {
    let candidate = |pattern: StoredPattern| {
        CompletionCandidate::new(&pattern.signature).help(Some(pattern.status.into()))
    };
    beginning(typed, stored().into_iter().map(candidate))
}

/// What was left out, with why.
fn excluded(typed: &OsStr) -> Vec<CompletionCandidate> {
    let candidate = |(what, exclusion): (Excludable, Exclusion)| {
        CompletionCandidate::new(what.name()).help(exclusion.note.map(Into::into))
    };
    beginning(typed, left_out().into_iter().map(candidate))
}

fn types(typed: &OsStr) -> Vec<CompletionCandidate> {
    let types: BTreeSet<String> = stored().into_iter().map(|pattern| pattern.pattern_type).collect();
    beginning(typed, types)
}

/// The statuses that a person can give or the file's patterns have, and the word `all`.
fn statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    let met = stored().into_iter().map(|pattern| pattern.status);
    let statuses: BTreeSet<String> =
        choices::<DecisionChoice>().chain(met).chain(["all".to_owned()]).collect();
    beginning(typed, statuses)
}

fn workflow_statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, STATUSES)
}

fn fields(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, fields_of_the_list())
}

/// The rule sets that are built in, and files.
fn rule_sets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut rules = beginning(typed, RuleSet::BUILTIN);
    rules.extend(PathCompleter::file().complete(typed));
    rules
}

/// The sources of an import, and files.
fn sources(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut sources = beginning(typed, choices::<SourceChoice>());
    sources.extend(PathCompleter::any().complete(typed));
    sources
}

fn time_zones(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, jiff::tz::db().available().map(|zone| zone.as_str().to_owned()))
}

/// The candidates that begin with what was typed.
fn beginning(
    typed: &OsStr,
    candidates: impl IntoIterator<Item: Into<CompletionCandidate>>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let candidates = candidates.into_iter().map(Into::<CompletionCandidate>::into);
    candidates.filter(|candidate| candidate.get_value().to_string_lossy().starts_with(&*typed)).collect()
}

/// The patterns of the file that the command line names.
fn stored() -> Vec<StoredPattern> {
    open().and_then(|db| db.stored_patterns()).unwrap_or_default()
}

/// What a person left out of it.
fn left_out() -> Vec<(Excludable, Exclusion)> {
    open().and_then(|db| db.exclusions()).unwrap_or_default()
}

fn open() -> db::Result<Database> {
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
    database_path::database(named.as_deref().map(Path::new))
}
