//! The arguments of `explain`, and of `rules` and its subcommands.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueHint};

use super::FormatArgs;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["text", "workflow", "error", "template", "ran"]))]
#[command(after_help = "Examples:\n  flowmine explain 'Run the backend tests, but not the linter'\n  \
    flowmine explain --workflow wf-7f3a\n  flowmine explain --ran 'cd backend && uv run pytest -q'\n  \
    flowmine explain --rules my-rules.toml 'ship it'")]
pub struct Explain {
    /// The request to explain
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Explain a workflow of the file: its `workflow_id`, `adw_id` or id
    #[arg(long, value_name = "WORKFLOW", conflicts_with_all = ["text", "error", "template", "ran"])]
    pub workflow: Option<String>,
    /// An error message to explain
    #[arg(long, value_name = "TEXT")]
    pub error: Option<String>,
    /// A template's name to explain
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// A command line that was run, to explain; may be given several times
    #[arg(long, value_name = "COMMAND", allow_hyphen_values = true)]
    pub ran: Vec<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  flowmine rules init my-rules.toml\n  flowmine rules check my-rules.toml\n  \
    flowmine rules check my-rules.toml --against labelled.toml\n  flowmine rules show tac-webbuilder"
)]
pub enum RulesCommand {
    /// Print the text of a rule set
    Show(RulesShow),
    /// Check a rules file, and measure it against labelled requests
    Check(RulesCheck),
    /// Write a short file that extends the default rules, to start from
    Init(RulesInit),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine rules show\n  flowmine rules show tac-webbuilder")]
pub struct RulesShow {
    /// A built-in rule set's name, or a rules file [default: the rules in force]
    #[arg(value_name = "NAME|FILE")]
    pub rules: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine rules check my-rules.toml\n  \
    flowmine rules check default --against fixtures/labelled_requests.measure.toml\n  \
    flowmine rules check default --against labelled.jsonl --by sampling --category test --category git")]
pub struct RulesCheck {
    /// The rules file, or a built-in rule set's name
    #[arg(value_name = "FILE|NAME")]
    pub rules: String,
    /// A TOML or JSONL file of labelled requests: precision, recall, F1 and every disagreement are shown
    #[arg(long, value_name = "LABELLED", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,
    /// Show the figures by this column of the labelled file, too; may be given again
    #[arg(long, value_name = "COLUMN", requires = "against")]
    pub by: Vec<String>,
    /// Measure this category only; may be given again [default: all]
    #[arg(long, value_name = "CATEGORY", requires = "against")]
    pub category: Vec<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flowmine rules init\n  flowmine rules init our-rules.toml")]
pub struct RulesInit {
    /// The file to write; one that is there is left alone, and `-` is standard output
    #[arg(value_name = "PATH", default_value = "flowmine-rules.toml", value_hint = ValueHint::FilePath)]
    pub path: PathBuf,
}
