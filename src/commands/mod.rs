//! One handler a subcommand: ask the database or the pipeline, hand the answer to the output.

mod backfill;
mod dates;
mod demo;
mod doctor;
mod exit;
mod explain;
mod output;
mod patterns;
mod process;
mod rules;
mod run;
mod session;
mod shell;
mod stats;

use anyhow::Result;
use flowmine::db::Interrupt;

pub use exit::{Exit, UsageError};
use session::Session;

use crate::cli::{Cli, Command, Patterns, Rules};
use crate::terminal::Terminal;

/// Runs the command.
///
/// # Errors
/// Whatever kept it from its work; a [`UsageError`] where the command line makes no sense.
pub fn run(cli: &Cli, terminal: &Terminal, interrupt: Interrupt) -> Result<Exit> {
    let session = Session::new(&cli.global, terminal, interrupt)?;
    match &cli.command {
        Command::Backfill(args) => backfill::run(&session, args),
        Command::Process(args) => process::run(&session, args),
        Command::Patterns(Patterns::List(args)) => patterns::list::run(&session, args),
        Command::Patterns(Patterns::Show(args)) => patterns::show::run(&session, args),
        Command::Patterns(Patterns::SetStatus(args)) => patterns::set_status::run(&session, args),
        Command::Stats(args) => stats::run(&session, args),
        Command::Demo(args) => demo::run(&session, args),
        Command::Doctor(args) => doctor::run(&session, args),
        Command::Explain(args) => explain::run(&session, args),
        Command::Rules(Rules::Show(args)) => rules::show(&session, args),
        Command::Rules(Rules::Check(args)) => rules::check(&session, args),
        Command::Rules(Rules::Init(args)) => rules::init(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}
