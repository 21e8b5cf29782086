//! The arguments of `import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::FormatArgs;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  flowmine import                       all that is found at the usual places\n  \
    flowmine import codex ~/backup/codex  one source, another place\n  \
    flowmine import adw ../my-app --db db/workflow_history.db\n                                        \
    calls and commands for the workflows that are there\n  \
    flowmine import -q                    for cron: import, detection, statistics\n\n\
    What is imported: docs/import.md"
)]
pub struct Import {
    /// Whose transcripts (claude, codex, adw), and files or folders to look in [default: all that are found at the usual
    /// places]
    #[arg(value_name = "SOURCE|PATH", value_hint = ValueHint::AnyPath)]
    pub places: Vec<PathBuf>,
    /// Only turns from this day or time on: 2026-10-01, 30d, 12w
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Write nothing, say what would be new
    #[arg(long)]
    pub dry_run: bool,
    /// Prices of your own, for models that flowmine does not know or that cost you something else
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub prices: Option<PathBuf>,
    /// Keep no text of a request or command, only which operations they are
    #[arg(long)]
    pub no_text: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A source, where the first word names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SourceChoice {
    /// Claude Code
    Claude,
    /// Codex CLI
    Codex,
    /// Runs of AI developer workflows
    Adw,
}

impl Import {
    /// The source, and the places, as they were typed: a first word that is a source's name names it.
    pub fn source_and_paths(&self) -> (Option<SourceChoice>, &[PathBuf]) {
        let first = self.places.first().and_then(|first| first.to_str());
        match first.and_then(|first| SourceChoice::from_str(first, false).ok()) {
            Some(source) => (Some(source), &self.places[1..]),
            None => (None, &self.places),
        }
    }
}
