//! `completions`: a script that asks flowmine itself, each time the tab key is pressed.

mod candidates;
mod file;
mod values;

use std::ffi::OsString;

use anyhow::{Context, Result};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use super::{Exit, output};
use crate::cli::{Completions, word};
use crate::terminal;

/// The variable in which a shell's script says that it asks for completions, and what shell it is.
const VARIABLE: &str = "FLOWMINE_COMPLETE";

/// What bash needs beside: it breaks words at colons, and signatures have some.
const BASH: &str = include_str!("colons.bash");

/// Runs `completions`.
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
    // The variable is looked at here, because an empty one or one that names no shell is as good as none.
    let shell = terminal::variable(VARIABLE)?;
    Shells::builtins().completer(&shell)?;
    let directory = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(values::command).var(VARIABLE).try_complete(args, directory.as_deref());
    answered.unwrap_or(true).then_some(Exit::Done)
}
<<<<<<< HEAD

/// The command line with what only the file and the rules know.
fn command() -> Command {
    // Not mut_arg: it would move the argument behind the others, and with it a positional one's place.
    let with = |command: Command, id: &'static str, candidates: fn(&OsStr) -> Vec<CompletionCandidate>| {
        let completer = ArgValueCompleter::new(candidates);
        command.mut_args(|arg| if arg.get_id() == id { arg.add(completer.clone()) } else { arg })
    };
    let patterns = |command: Command| {
        command
            .mut_subcommand("list", |list| {
                let list = with(list, "pattern_type", candidates::types);
                with(with(list, "status", candidates::statuses), "fields", candidates::fields)
            })
            .mut_subcommand("show", |show| with(show, "pattern", candidates::signatures))
            .mut_subcommand("set-status", |set_status| with(set_status, "pattern", candidates::signatures))
    };
    let rules = |command: Command| {
        command
            .mut_subcommand("show", |show| with(show, "rules", candidates::rules))
            .mut_subcommand("check", |check| with(check, "rules", candidates::rules))
    };
    let command = with(with(Cli::command(), "rules", candidates::rules), "timezone", candidates::time_zones);
    let command = command
        .mut_subcommand("backfill", |backfill| with(backfill, "status", candidates::workflow_statuses));
    command.mut_subcommand("patterns", patterns).mut_subcommand("rules", rules)
}

/// The decisions that `set-status` takes.
fn decisions() -> Vec<String> {
    crate::cli::DecisionChoice::value_variants().iter().map(word).collect()
}
=======
>>>>>>> 2095090 (Names that stand once; commands in files of their own size)
