//! The arguments of `patterns` and its subcommands.

use clap::{Args, Subcommand, ValueEnum};

use super::number::{finite, whole};
use super::{AssumptionArgs, FormatArgs, SpanArgs};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  flowmine patterns list\n  flowmine patterns show test:pytest:backend\n  \
    flowmine patterns set-status test:pytest:backend approved\n  flowmine patterns exclude wf-123"
)]
pub enum PatternsCommand {
    /// List the patterns, by what they could save a month
    List(PatternsList),
    /// Show all there is to know of one pattern
    Show(PatternsShow),
    /// Record what you decided on a pattern
    SetStatus(SetStatus),
    /// Leave workflows or patterns out of all figures
    Exclude(Exclude),
    /// Count again what was left out
    Include(Include),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine patterns list --sort recent --limit 20\n  \
    flowmine patterns list --type test --min-savings 1\n  flowmine patterns list --since 30d --status all\n  \
    flowmine patterns list --fields pattern_signature,occurrence_count,avg_tokens_with_llm\n  \
    flowmine patterns list --format csv > patterns.csv\n\n\
    With --since or --until every number is of the workflows in that span alone, and 'a month' is 30 days of it.")]
pub struct PatternsList {
    /// What to order by
    #[arg(long, value_name = "KEY", default_value = "least")]
    pub sort: SortChoice,
    /// Only patterns of these types (the signature's first part), such as test
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Only patterns of these automation statuses, or 'all' [default: all but implemented, active, deprecated and excluded]
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub status: Vec<String>,
    /// Only patterns of at least this confidence, 0 to 100
    #[arg(long, value_name = "SCORE", value_parser = finite, allow_negative_numbers = true)]
    pub min_confidence: Option<f64>,
    /// Only patterns seen in at least so many workflows
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub min_occurrences: Option<u64>,
    /// Only patterns that may save so many US dollars a month (at most) or more
    #[arg(long, value_name = "USD", value_parser = finite, allow_negative_numbers = true)]
    pub min_savings: Option<f64>,
    /// Show no more than N
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub span: SpanArgs,
    #[command(flatten)]
    pub assumption: AssumptionArgs,
    /// Show these fields alone, in this order; the names are those of JSON and CSV
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// Show every column, however wide the terminal is
    #[arg(long)]
    pub wide: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortChoice {
    /// Savings a month: what is certain, then what is possible, the highest first
    Least,
    /// Possible savings a month, the highest first
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
#[command(
    after_help = "Examples:\n  flowmine patterns show 3\n  flowmine patterns show test:pytest:backend\n  \
    flowmine patterns show test:py        the beginning is enough where only one pattern has it\n  \
    flowmine patterns show 3 --format json"
)]
pub struct PatternsShow {
    /// The pattern's id, its signature, or the beginning of its signature
    #[arg(value_name = "ID|SIGNATURE")]
    pub pattern: String,
    #[command(flatten)]
    pub assumption: AssumptionArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
pub struct ReasonArgs {
    /// Why; kept in the file
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who decided; kept in the file [default: the USER of the environment]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine patterns set-status 3 approved\n  \
    flowmine patterns set-status test:pytest:backend implemented --note 'make test' --by ana")]
pub struct SetStatus {
    /// The pattern's id, its signature, or the beginning of its signature
    #[arg(value_name = "ID|SIGNATURE")]
    pub pattern: String,
    /// What you decided
    #[arg(value_name = "STATUS")]
    pub status: DecisionChoice,
    #[command(flatten)]
    pub reason: ReasonArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  flowmine patterns exclude wf-123 wf-124 --note 'a test of the pipeline' --by ana\n  \
    flowmine patterns exclude docs:readme:all\n  \
    flowmine patterns exclude workflow:3      where a pattern has the id 3 too\n\n\
    What is left out is in no mean, saving or total, and nothing of it is deleted: 'patterns include' takes it back."
)]
pub struct Exclude {
    /// Workflows (`workflow_id`, `adw_id` or id) and patterns (signature, its beginning, or id)
    #[arg(value_name = "WORKFLOW|SIGNATURE", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub reason: ReasonArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  flowmine patterns include                   what is left out, by whom, when and why\n  \
        flowmine patterns include wf-123\n  flowmine patterns include docs:readme:all"
)]
pub struct Include {
    /// Workflows (`workflow_id`, `adw_id` or id) and patterns (signature, its beginning, or id); without any, what is left
    /// out is shown
    #[arg(value_name = "WORKFLOW|SIGNATURE")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecisionChoice {
    /// Found, nothing decided
    Detected,
    /// Worth a closer look
    Candidate,
    /// To be automated
    Approved,
    /// A tool has been written
    Implemented,
    /// The tool is in use
    Active,
    /// No longer of interest
    Deprecated,
}
