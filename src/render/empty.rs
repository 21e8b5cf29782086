//! What to do next where there is nothing to show.

use super::words;
use crate::analysis::{Analysis, OutsideSpan};

/// What to do next where there are no workflows, none that count, or no patterns; `None` where there are patterns.
/// `no_patterns` is what to say where workflows are there and patterns are not.
pub fn next_step(analysis: &Analysis, no_patterns: &str) -> Option<String> {
    match analysis.overview.outside {
        None => in_whole_file(analysis, no_patterns),
        Some(outside) if analysis.overview.finished == 0 => Some(format!(
            "No pattern was seen in this span. It has no finished workflow{}.",
            where_else(&outside)
        )),
        Some(_) => (analysis.patterns.is_empty())
            .then(|| "No pattern was seen in this span. Ask for a longer one.".to_owned()),
    }
}

fn in_whole_file(analysis: &Analysis, no_patterns: &str) -> Option<String> {
    let (overview, has_patterns) = (&analysis.overview, !analysis.patterns.is_empty());
    if overview.workflows == 0 && has_patterns {
        Some(
            "No workflow is left in this file; the patterns keep their means, and a month is counted from when they \
             were detected."
                .to_owned(),
        )
    } else if overview.workflows == 0 {
        Some(
            "There are no workflows in this file yet. Name another one with --db, or see 'flowmine demo'."
                .to_owned(),
        )
    } else if overview.finished == 0 && overview.excluded_workflows > 0 {
        Some("Every finished workflow was left out; 'flowmine patterns include' takes one back.".to_owned())
    } else if overview.finished == 0 {
        Some(format!(
            "None of the {} is finished: only completed and failed ones count. Run this again when some are.",
            words::count(overview.workflows, "workflow")
        ))
    } else {
        (!has_patterns).then(|| no_patterns.to_owned())
    }
}

/// Where the workflows are that a span leaves out.
fn where_else(outside: &OutsideSpan) -> String {
    let verb = |number, one: &str, many: &str| {
        format!("; {} {}", words::whole(number), if number == 1 { one } else { many })
    };
    let (untimed, timed) = (outside.untimed, outside.workflows - outside.untimed);
    let parts = [
        (timed, verb(timed, "lies", "lie") + " outside it: ask for a longer one"),
        (untimed, verb(untimed, "has", "have") + " no known time"),
    ];
    parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| part).collect()
}

/// What to say where nothing was recorded so far.
pub const NOT_RECORDED: &str = "No patterns are recorded yet; 'flowmine backfill' finds them.";

/// What to say where a run has looked and found nothing.
pub const NOT_FOUND: &str = "The rules find no pattern in these workflows. 'flowmine explain --workflow ID' says why, \
    and 'flowmine rules init' starts rules of your own.";
