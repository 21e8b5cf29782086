//! The command line: what there is to say, and its help. Imports nothing of the crate.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Finds the operations that keep recurring in the runs of AI developer workflows, and what automating them would save.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Start here:\n  \
        flowmine demo                            see what it does, on a sample it makes\n  \
        flowmine --db db/workflow_history.db backfill    find the patterns of all your history\n  \
        flowmine patterns list                   the patterns, by what they could save a month\n  \
        flowmine stats                           where the money goes\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 finished but some workflows failed, 130 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// The workflow_history.db to work on
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "WORKFLOW_HISTORY_DB",
        default_value = "db/workflow_history.db"
    )]
    pub db: PathBuf,
    /// The rules that detect patterns: default, tac-webbuilder, or a rules file of your own [default: those of the
    /// file's last run, else default]
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub rules: Option<String>,
    /// Say more: -v what is new, -vv every change
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// How many seconds to wait while another program has the file locked
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub busy_timeout: u64,
    /// The time zone that dates are given and shown in, such as Europe/Berlin [default: the system's]
    #[arg(long, global = true, value_name = "ZONE")]
    pub timezone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb
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
    /// One JSON object a line and row
    Jsonl,
    /// Comma-separated values, with a header
    Csv,
    /// A Markdown table
    Markdown,
}

#[derive(Args, Clone, Debug)]
pub struct FormatArgs {
    /// How to show the answer
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: FormatChoice,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the patterns in all of the history and record them; done once, repeating it changes nothing
    Backfill(Backfill),
    /// Record what is new or has changed since the last complete run; made for a nightly cron job
    Process(Process),
    /// Look at the recorded patterns
    #[command(subcommand)]
    Patterns(Patterns),
    /// Where the money goes: coverage, spend, possible savings, candidates
    Stats(Stats),
    /// Make a small sample file and show on it what flowmine does
    Demo(Demo),
    /// Find what is wrong with the file's pattern data, and mend it
    Doctor(Doctor),
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
    /// Look at so many workflows at the most, the oldest rows first
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Only workflows from this day or time on: 2026-10-01, 30d, 12w, today, yesterday, 2026-10-01T12:00
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Only workflows up to the end of this day, or before this time
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Only workflows of these statuses
    #[arg(long, value_name = "STATUS", value_delimiter = ',', default_values = ["completed", "failed"])]
    pub status: Vec<StatusChoice>,
    /// Workflows recorded in one transaction
    #[arg(long, value_name = "N", default_value = "10000")]
    pub batch_size: NonZeroUsize,
    /// Also remove what the rules in force do not give (patterns that a person has touched stay)
    #[arg(long)]
    pub rebuild: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusChoice {
    Pending,
    Running,
    Completed,
    Failed,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine process                 all that is new or changed\n  \
    flowmine process -q              the same from cron: silent unless something is wrong\n  \
    flowmine process wf-7f3a 812     two workflows, by workflow_id, adw_id or id")]
pub struct Process {
    /// The workflows to look at, by workflow_id, adw_id or id [default: all that are new or changed]
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub enum Patterns {
    /// List the patterns
    List(List),
    /// Show all there is to know of one pattern
    Show(Show),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine patterns list --sort recent --limit 20\n  \
    flowmine patterns list --type test --min-savings 1\n  flowmine patterns list --format csv > patterns.csv")]
pub struct List {
    /// What to order by
    #[arg(long, value_name = "KEY", default_value = "savings")]
    pub sort: SortChoice,
    /// Only patterns of this type (the signature's first part), such as test
    #[arg(long = "type", value_name = "TYPE")]
    pub pattern_type: Option<String>,
    /// Only patterns of these automation statuses
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub status: Vec<String>,
    /// Only patterns of at least this confidence, 0 to 100
    #[arg(long, value_name = "SCORE")]
    pub min_confidence: Option<f64>,
    /// Only patterns seen in at least so many workflows
    #[arg(long, value_name = "N")]
    pub min_occurrences: Option<u64>,
    /// Only patterns that save at least so many US dollars a month
    #[arg(long, value_name = "USD")]
    pub min_savings: Option<f64>,
    /// Show so many at the most
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortChoice {
    /// Savings a month, the highest first
    Savings,
    /// Workflows, the most first
    Occurrences,
    /// Confidence, the highest first
    Confidence,
    /// Last seen, the latest first
    Recent,
    /// Mean cost, the highest first
    Cost,
    /// Signature, from a to z
    Name,
}

#[derive(Args, Debug)]
pub struct Show {
    /// The pattern's id, or its signature
    #[arg(value_name = "ID|SIGNATURE")]
    pub pattern: String,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
pub struct Stats {
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Where to make the sample file
    #[arg(value_name = "PATH", default_value = "flowmine-demo.db")]
    pub path: PathBuf,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_parser_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
