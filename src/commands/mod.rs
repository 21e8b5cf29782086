//! One handler a subcommand: ask the database or the pipeline, hand the answer to the output.

mod backfill;
mod completions;
mod dates;
mod demo;
mod doctor;
mod exit;
mod explain;
mod import;
mod man;
mod output;
mod patterns;
mod place;
mod process;
mod rules;
mod run;
mod session;
mod stats;
mod time_zone;

use anyhow::Result;
use flowmine::db::Interrupt;

pub use completions::answer as answer_shell;
pub use exit::{Exit, UsageError};
use session::Session;

use crate::cli::{Cli, Command, PatternsCommand, RulesCommand};
use crate::terminal::Terminal;

/// Runs the command.
///
/// # Errors
/// Whatever kept it from its work; a [`UsageError`] where the command line makes no sense.
pub fn run(cli: &Cli, terminal: &Terminal, interrupt: Interrupt) -> Result<Exit> {
    let session = Session::new(&cli.global, terminal, interrupt)?;
    match &cli.command {
        Command::Backfill(args) => backfill::run(&session, args),
        Command::Import(args) => import::run(&session, args),
        Command::Process(args) => process::run(&session, args),
        Command::Patterns(PatternsCommand::List(args)) => patterns::list::run(&session, args),
        Command::Patterns(PatternsCommand::Show(args)) => patterns::show::run(&session, args),
        Command::Patterns(PatternsCommand::SetStatus(args)) => patterns::set_status::run(&session, args),
        Command::Stats(args) => stats::run(&session, args),
        Command::Demo(args) => demo::run(&session, args),
        Command::Doctor(args) => doctor::run(&session, args),
        Command::Explain(args) => explain::run(&session, args),
        Command::Rules(RulesCommand::Show(args)) => rules::show::run(&session, args),
        Command::Rules(RulesCommand::Check(args)) => rules::check::run(&session, args),
        Command::Rules(RulesCommand::Init(args)) => rules::init::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}
