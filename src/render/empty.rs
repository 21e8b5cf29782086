//! What to do next where there is nothing to show.

use super::words;
use crate::analysis::{Analysis, Overview};

/// What to do next where there are no workflows, none that count, or no patterns; `None` where there are patterns.
/// `no_patterns` is what to say where workflows are there and patterns are not.
pub fn next_step(analysis: &Analysis, no_patterns: &str) -> Option<String> {
    let overview = &analysis.overview;
    let step = match overview.left_out {
        Some(left_out) if overview.finished == 0 => {
            format!(
                "No pattern was seen in this span. It has no finished workflow{}.",
                outside(overview, left_out)
            )
        }
        Some(_) if analysis.patterns.is_empty() => {
            "No pattern was seen in this span. Ask for a longer one.".to_owned()
        }
        Some(_) => return None,
        None if overview.workflows == 0 && !analysis.patterns.is_empty() => {
            "No workflow is left in this file; the patterns keep the figures that they had.".to_owned()
        }
        None if overview.workflows == 0 => {
            "There are no workflows in this file yet. Name another one with --db, or see 'flowmine demo'."
                .to_owned()
        }
        None if overview.finished == 0 && overview.excluded_workflows > 0 => {
            "Every finished workflow was left out; 'flowmine patterns include' takes one back.".to_owned()
        }
        None if overview.finished == 0 => format!(
            "None of the {} is finished: only completed and failed ones count. Run this again when some are.",
            words::count(overview.workflows, "workflow")
        ),
        None if analysis.patterns.is_empty() => no_patterns.to_owned(),
        None => return None,
    };
    Some(step)
}

/// Where the workflows are that a span leaves out.
fn outside(overview: &Overview, left_out: u64) -> String {
    let verb = |number, one: &str, many: &str| {
        format!("; {} {}", words::whole(number), if number == 1 { one } else { many })
    };
    let (untimed, timed) = (overview.untimed_left_out, left_out - overview.untimed_left_out);
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
