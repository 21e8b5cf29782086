//! A handler for each subcommand: it asks the database or the pipeline, and hands the answer to the output.

mod backfill;
mod basis;
mod completions;
mod database_path;
mod demo;
mod doctor;
mod exit;
mod explain;
mod import;
mod man;
mod output;
mod patterns;
mod process;
mod rules;
mod run;
mod session;
mod stats;
mod time_zone;

use anyhow::Result;
use flowmine::db::Interrupt;

pub use completions::answer as answer_shell;
use exit::check_known;
pub use exit::{Exit, UsageError};
pub use run::InterruptedRun;
use session::Session;

use crate::cli::{Cli, CliCommand, PatternsCommand, RulesCommand};
use crate::terminal::Terminal;

/// Runs the command; a [`UsageError`] where the command line makes no sense.
pub fn run(cli: &Cli, terminal: &Terminal, interrupt: Interrupt) -> Result<Exit> {
    let session = Session::new(&cli.global, terminal, interrupt)?;
    match &cli.command {
        CliCommand::Backfill(args) => backfill::run(&session, args),
        CliCommand::Import(args) => import::run(&session, args),
        CliCommand::Process(args) => process::run(&session, args),
        CliCommand::Patterns(PatternsCommand::List(args)) => patterns::list::run(&session, args),
        CliCommand::Patterns(PatternsCommand::Show(args)) => patterns::show::run(&session, args),
        CliCommand::Patterns(PatternsCommand::SetStatus(args)) => patterns::set_status::run(&session, args),
        CliCommand::Patterns(PatternsCommand::Exclude(args)) => {
            patterns::exclude::run_exclude(&session, args)
        }
        CliCommand::Patterns(PatternsCommand::Include(args)) => {
            patterns::exclude::run_include(&session, args)
        }
        CliCommand::Stats(args) => stats::run(&session, args),
        CliCommand::Demo(args) => demo::run(&session, args),
        CliCommand::Doctor(args) => doctor::run(&session, args),
        CliCommand::Explain(args) => explain::run(&session, args),
        CliCommand::Rules(RulesCommand::Show(args)) => rules::show(&session, args),
        CliCommand::Rules(RulesCommand::Check(args)) => rules::check::run(&session, args),
        CliCommand::Rules(RulesCommand::Init(args)) => rules::init::run(&session, args),
        CliCommand::Completions(args) => completions::run(args),
        CliCommand::Man(args) => man::run(args),
    }
}
