//! Parses the command line. Where it makes no sense, or help is asked for, clap prints what there is to say.

use std::ffi::OsString;
use std::io;

use clap::error::Error;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use flowmine::render::text::safe;

use crate::cli::Cli;
use crate::commands::{self, Exit};
use crate::terminal;

/// The command line, or how the process ends at once: with help, or with what is wrong.
pub fn parse() -> Result<Cli, Exit> {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(exit) = commands::answer_shell(&args) {
        return Err(exit);
    }
    matched(&args).map_err(|error| say(&quotable(error, &args)))
}

fn matched(args: &[OsString]) -> Result<Cli, Error> {
    let matches = command(args).try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.global.is_db_given = is_given(&matches, "db");
    Ok(cli)
}

/// Whether an option stands on the command line, before or after the command's name.
fn is_given(matches: &ArgMatches, option: &str) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
        || matches.subcommand().is_some_and(|(_, matches)| is_given(matches, option))
}

/// The command with what the environment says. An empty variable counts as not set.
fn command(args: &[OsString]) -> Command {
    let mut command = Cli::command().color(terminal::color_of_help(args));
    if std::env::var_os("WORKFLOW_HISTORY_DB").is_some_and(|value| value.is_empty()) {
        command = command.mut_arg("db", |arg| arg.env(None::<&str>));
    }
    command
}

/// The error with every control character of the command line escaped, so that it is safe for a terminal.
fn quotable(error: Error, args: &[OsString]) -> Error {
    let safe_args: Vec<OsString> = args.iter().map(|arg| safe(&arg.to_string_lossy()).into()).collect();
    match matched(&safe_args) {
        Err(quotable) if quotable.kind() == error.kind() => quotable,
        _ => error,
    }
}

fn say(error: &Error) -> Exit {
    match error.print() {
        Err(failure) if !error.use_stderr() && failure.kind() != io::ErrorKind::BrokenPipe => {
            terminal::say(&format!("cannot write the help to standard output: {failure}"));
            Exit::Failed
        }
        _ if error.use_stderr() => Exit::Usage,
        _ => Exit::Done,
    }
}
