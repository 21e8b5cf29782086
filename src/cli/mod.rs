//! The command line: what may be typed, and its help. Imports nothing of the crate.

mod import;
mod number;
mod patterns;
mod rules;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use clap_complete::Shell;
pub use import::{Import, SourceChoice};
pub use patterns::{
    DecisionChoice, Exclude, Include, PatternsCommand, PatternsList, PatternsShow, SetStatus, SortChoice,
};
pub use rules::{Explain, RulesCheck, RulesCommand, RulesInit, RulesShow};

/// Finds the operations that keep recurring in the runs of AI developer workflows, and what automating them would save.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
        flowmine demo                 see what it does, on a sample it makes\n  \
        flowmine backfill --dry-run   what it would find in db/workflow_history.db; writes nothing\n  \
        flowmine backfill             find the patterns of all your history\n  \
        flowmine patterns list        the patterns, by what they could save a month\n  \
        flowmine stats                where the money goes\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 finished but some workflows failed, 130 or 143 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: CliCommand,
}

/// A choice as it is written on the command line.
pub fn word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
}

/// All choices of a kind, likewise.
pub fn choices<T: ValueEnum + 'static>() -> impl Iterator<Item = String> {
    T::value_variants().iter().map(word)
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// The `workflow_history.db` to work on [default: `db/workflow_history.db` here or in a folder above, else the file that
    /// 'flowmine import' makes]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "WORKFLOW_HISTORY_DB",
        value_hint = ValueHint::FilePath
    )]
    pub db: Option<PathBuf>,
    /// Whether --db stands on the command line.
    #[arg(skip)]
    pub is_db_given: bool,
    /// The rules that detect patterns: default, tac-webbuilder, or a rules file of your own [default: those of the
    /// file's last run, else default]
    #[arg(long, global = true, value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<String>,
    /// Say more: -v what is new, -vv every change
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// No progress and no report of what was done; errors and what a command is asked to show still appear
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// How many seconds to wait while another program has the file locked
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = number::whole::<u64>)]
    #[arg(allow_negative_numbers = true)]
    pub busy_timeout: u64,
    /// Draw bars and lines with ASCII alone [default: where the locale is C, POSIX or not set]
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The time zone that dates are given and shown in, such as Europe/Berlin [default: the system's]
    #[arg(long, global = true, value_name = "ZONE")]
    pub timezone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or TERM is dumb
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatChoice {
    /// For people
    #[default]
    Table,
    /// One JSON object
    Json,
    /// One JSON object a row, each on a line of its own
    Jsonl,
    /// Comma-separated values, with a header
    Csv,
    /// Markdown tables
    Markdown,
}

#[derive(Args, Clone, Debug)]
pub struct SpanArgs {
    /// Only workflows from this day or time on: 2026-10-01, 30d, 12w, today, yesterday, 2026-10-01T12:00
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Only workflows up to the end of this day, or before this time
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
}

#[derive(Args, Clone, Debug)]
pub struct AssumptionArgs {
    /// Show the figures as if a tool cost this percentage of what the LLM costs, 0 to 100; writes nothing [default: 5, an
    /// assumption that the stored figures rest on]
    #[arg(long, value_name = "PERCENT", value_parser = number::finite, allow_negative_numbers = true)]
    pub tool_share: Option<f64>,
}

#[derive(Args, Clone, Debug)]
pub struct FormatArgs {
    /// How to show the answer
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: FormatChoice,
}

#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Find the patterns in all of the history and record them; done once, repeating it changes nothing
    Backfill(Backfill),
    /// Record what is new or has changed since the last complete run; made for a nightly cron job
    Process(Process),
    /// Turn the transcripts that coding agents leave on disk into a history, and find its patterns
    Import(Import),
    /// Look at the recorded patterns
    #[command(subcommand)]
    Patterns(PatternsCommand),
    /// Where the money goes: coverage, spend, possible savings, candidates
    Stats(Stats),
    /// Make a small sample file and show on it what flowmine does
    Demo(Demo),
    /// Find what is wrong with the file's pattern data, and mend it
    Doctor(Doctor),
    /// Say why the rules give a text its signatures, and why not others
    Explain(Explain),
    /// Look at rule sets, check them, start one of your own
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the man page, or write one for every command
    Man(Man),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  flowmine backfill --dry-run\n  flowmine backfill --since 2026-09-01\n  \
    flowmine backfill --rules my-rules.toml --rebuild"
)]
pub struct Backfill {
    /// Write nothing; show what would be new
    #[arg(long)]
    pub dry_run: bool,
    /// Look at no more than N workflows, the oldest rows first
    #[arg(long, value_name = "N", value_parser = number::whole::<u64>, allow_negative_numbers = true)]
    pub limit: Option<u64>,
    #[command(flatten)]
    pub span: SpanArgs,
    /// Only workflows of these statuses: pending, running, completed, failed, or any other status in the file
    #[arg(long, value_name = "STATUS", value_delimiter = ',', default_values = ["completed", "failed"])]
    pub status: Vec<String>,
    /// Workflows recorded in one transaction
    #[arg(long, value_name = "N", default_value = "50000", value_parser = number::positive::<NonZeroUsize>)]
    #[arg(allow_negative_numbers = true)]
    pub batch_size: NonZeroUsize,
    /// Also remove what the rules in force do not give (patterns that a person has touched stay), and update what the other
    /// occurrences cover
    #[arg(long)]
    pub rebuild: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine process                 all that is new or changed\n  \
    flowmine process -q              the same from cron: silent unless something is wrong\n  \
    flowmine process wf-7f3a 812     two workflows, by workflow_id, adw_id or id")]
pub struct Process {
    /// The workflows to look at, by `workflow_id`, `adw_id` or id [default: all that are new or changed]
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine stats\n  flowmine stats --since 30d\n  \
    flowmine stats --format json | jq .totals.least_saving_a_month\n\n\
    With --since or --until every number is of the workflows in that span alone, and 'a month' is 30 days of it.")]
pub struct Stats {
    #[command(flatten)]
    pub span: SpanArgs,
    #[command(flatten)]
    pub assumption: AssumptionArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine demo\n  flowmine demo /tmp/sample.db")]
pub struct Demo {
    /// Where to make the sample file [default: --db where it is given, else flowmine-demo.db]
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub path: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Without --fix nothing is written. Exit codes: 0 nothing is wrong, 3 something is.\n\n\
    Examples:\n  flowmine doctor\n  flowmine doctor --full --format json\n  flowmine doctor --fix"
)]
pub struct Doctor {
    /// Check the indexes against their tables too; slow on a big file
    #[arg(long)]
    pub full: bool,
    /// Mend what can be mended, after a backup beside the file
    #[arg(long)]
    pub fix: bool,
    /// Make no backup
    #[arg(long, requires = "fix")]
    pub no_backup: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    flowmine completions bash > ~/.local/share/bash-completion/completions/flowmine\n  \
    flowmine completions zsh > ~/.zfunc/_flowmine       with fpath+=~/.zfunc before compinit in .zshrc\n  \
    flowmine completions fish > ~/.config/fish/completions/flowmine.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine man | man -l -\n  flowmine man --dir ~/.local/share/man/man1")]
pub struct Man {
    /// Write a page for every command into this directory, which is made where it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    #[test]
    fn the_parser_is_consistent() {
        super::Cli::command().debug_assert();
    }

    /// Every command and subcommand with its path: `flowmine`, `flowmine patterns`, `flowmine patterns list` …
    fn commands() -> Vec<(String, Command)> {
        let mut found = vec![("flowmine".to_owned(), super::Cli::command())];
        let mut next = 0;
        while let Some((path, command)) = found.get(next).cloned() {
            next += 1;
            found.extend(
                command.get_subcommands().map(|sub| (format!("{path} {}", sub.get_name()), sub.clone())),
            );
        }
        found
    }

    #[test]
    fn every_command_says_what_it_does_and_gives_an_example() {
        for (path, command) in commands() {
            assert!(command.get_about().is_some(), "{path} does not say what it does");
            let after = command.get_after_help().map(std::string::ToString::to_string).unwrap_or_default();
            let (_, examples) = after.split_once("Examples:\n").unwrap_or_default();
            assert!(examples.contains(&path), "{path} has no example");
        }
    }

    #[test]
    fn every_option_says_what_it_does() {
        for (path, command) in commands() {
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{path} does not say what {} does", argument.get_id());
            }
        }
    }
}
