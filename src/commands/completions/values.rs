//! Which argument takes which candidates.

use std::ffi::OsStr;

use clap::{Command, CommandFactory};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::candidates;
use crate::cli::Cli;

/// The command line with what only the file and the rules know.
pub fn command() -> Command {
    // Not mut_arg: it would move the argument behind the others, and with it a positional one's place.
    let with = |command: Command, id: &'static str, candidates: fn(&OsStr) -> Vec<CompletionCandidate>| {
        let completer = ArgValueCompleter::new(candidates);
        command.mut_args(|arg| if arg.get_id() == id { arg.add(completer.clone()) } else { arg })
    };
    let patterns = |command: Command| {
        command
            .mut_subcommand("list", |list| {
                let list = with(list, "types", candidates::types);
                with(with(list, "status", candidates::statuses), "fields", candidates::fields)
            })
            .mut_subcommand("show", |show| with(show, "pattern", candidates::signatures))
            .mut_subcommand("set-status", |set_status| with(set_status, "pattern", candidates::signatures))
            .mut_subcommand("exclude", |exclude| with(exclude, "names", candidates::signatures))
            .mut_subcommand("include", |include| with(include, "names", candidates::excluded))
    };
    let rules = |command: Command| {
        command
            .mut_subcommand("show", |show| with(show, "rules", candidates::rules))
            .mut_subcommand("check", |check| with(check, "rules", candidates::rules))
    };
    let command = with(with(Cli::command(), "rules", candidates::rules), "timezone", candidates::time_zones);
    let command = command
        .mut_subcommand("backfill", |backfill| with(backfill, "status", candidates::workflow_statuses))
        .mut_subcommand("import", |import| with(import, "places", candidates::sources));
    command.mut_subcommand("patterns", patterns).mut_subcommand("rules", rules)
}
