//! What `demo` says around the answers it shows.

use super::text;
use crate::analysis::Analysis;

/// What the sample's people decided.
pub struct Decisions {
    /// The signature of a pattern.
    pub pattern: &'static str,
    /// Its status.
    pub status: &'static str,
    /// Since when, `YYYY-MM-DD HH:MM:SS` UTC.
    pub at: &'static str,
    /// The key of a workflow that is left out.
    pub workflow: &'static str,
    /// Who decided.
    pub by: &'static str,
}

/// What stands before the backfill's answer.
pub fn beginning(path: &str, is_new: bool) -> String {
    if is_new {
        format!(
            "Made {path}: four months of a small team's workflows. This is 'flowmine --db {path} backfill':\n\n"
        )
    } else {
        format!(
            "{path} is there from an earlier demo. Running 'flowmine --db {path} backfill' again changes nothing:\n\n"
        )
    }
}

/// What stands before the statistics of a file that is there from an earlier demo.
pub const STATS: &str = "\nAnd this is 'flowmine stats':\n\n";

/// What stands before the statistics.
pub fn decided(decisions: &Decisions) -> String {
    let Decisions { pattern, status, at, workflow, by } = decisions;
    let day = at.get(..10).unwrap_or(at);
    format!(
        "\nAnd this is 'flowmine stats', now that {by} has decided two things:\n  \
         flowmine patterns set-status {pattern} {status}   on {day}\n  \
         flowmine patterns exclude {workflow}             nothing ran in it\n\n"
    )
}

/// What stands before the import's answer.
pub fn before_import(path: &str) -> String {
    format!(
        "\nWhoever has no such file has transcripts. This is 'flowmine import' on some of\n\
         Claude Code and Codex, invented as the rest, into {path}:\n\n"
    )
}

/// What stands there where something is in the import's way.
pub fn no_import(path: &str) -> String {
    format!(
        "\n{path} is there, perhaps from an earlier demo: the sample's transcripts are not imported again.\n"
    )
}

/// What to try next.
pub fn next_steps(path: &str, imported: &str, analysis: &Analysis) -> String {
    let best = analysis.most_saving(1).into_iter().map(|best| text::safe(&best.pattern.signature));
    format!(
        "\nTry next:\n  flowmine --db {path} patterns list --type test\n  flowmine --db {path} patterns show {}\n  \
         flowmine --db {imported} patterns show test:pytest:backend\n  \
         flowmine import                  your own transcripts\n  \
         flowmine --db YOUR/workflow_history.db backfill --dry-run\n",
        best.collect::<String>()
    )
}
