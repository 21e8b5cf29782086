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
    let answered =
        CompleteEnv::with_factory(values::command).var(VARIABLE).try_complete(args, directory.as_deref());
    answered.unwrap_or(true).then_some(Exit::Done)
}
