//! What `demo` says around the answers it shows.

use super::text;
use crate::analysis::Analysis;

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

/// What to try next.
pub fn next_steps(path: &str, analysis: &Analysis) -> String {
    let best = analysis.most_saving(1).into_iter().map(|best| text::safe(&best.pattern.signature));
    format!(
        "\nTry next:\n  flowmine --db {path} patterns list --type test\n  flowmine --db {path} patterns show {}\n  \
         flowmine --db {path} process\n  flowmine --db YOUR/workflow_history.db backfill --dry-run\n",
        best.collect::<String>()
    )
}
