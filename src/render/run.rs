//! What a run did.

use serde_json::json;

use super::{Cell, Document, DocumentOrigin, Grid, ScreenLine, TitledTable, empty, patterns, text, words};
use crate::analysis::Analysis;
use crate::analysis::list::{Filter, SortKey};
use crate::db::runs::Outcome;
use crate::pipeline::RunSummary;

/// How many patterns a summary shows.
const TOP: usize = 10;

/// What a person is told beside the summary's own numbers.
pub struct RunFacts<'a> {
    /// The command's name.
    pub command: &'a str,
    /// The rule set's name.
    pub rules: String,
    /// Nothing was written.
    pub dry_run: bool,
    /// The statuses unknown to flowmine that `--status` named, so that their workflows were looked at.
    pub asked_statuses: Vec<String>,
    /// Seconds it took.
    pub seconds: f64,
}

/// The document of a whole run: summary and top patterns.
pub fn document(
    summary: &RunSummary,
    analysis: &Analysis,
    facts: &RunFacts<'_>,
    origin: &DocumentOrigin,
) -> Document {
    let all = analysis.list(&Filter::default(), SortKey::default());
    let top = analysis.list(&Filter { limit: Some(TOP), ..Filter::default() }, SortKey::default());
    let mut json_facts = vec![("run", run_json(summary, facts))];
    json_facts.extend(patterns::facts(&analysis.overview));
    let closing = || patterns::closing_line(&top, &analysis.overview, "more ('flowmine patterns list')");
    let after = empty::next_step(analysis, empty::NOT_FOUND).unwrap_or_else(closing);
    Document {
        facts: json_facts,
        before: lines(summary, analysis, facts),
        rows: Grid {
            most_rows: Some(TOP),
            ..patterns::rows(&all.patterns, &analysis.overview, &origin.zone)
        },
        further: vec![TitledTable::new("changes", "What other rules make of it", changes(summary))],
        after: patterns::legend(&top.patterns).into_iter().chain([after]).map(ScreenLine::Text).collect(),
        ..Document::new("run", origin)
    }
}

fn lines(summary: &RunSummary, analysis: &Analysis, facts: &RunFacts<'_>) -> Vec<ScreenLine> {
    let counts = &summary.counts;
    let (new, dry_run) =
        if facts.dry_run { ("would be new", " (dry run: nothing was written)") } else { ("new", "") };
    let mut lines = vec![
        format!(
            "{} with the rules '{}' in {:.1} s{dry_run}",
            words::count(counts.workflows, "workflow"),
            text::safe(&facts.rules),
            facts.seconds,
        ),
        format!(
            "  {} matched, {} unmatched, {} without request text, {} failed",
            words::whole(counts.matched),
            words::whole(summary.unmatched),
            words::whole(summary.without_request),
            words::whole(counts.failed)
        ),
        format!(
            "  {} {new}, {} known before; {} {new}, {} in all",
            words::count(counts.new_occurrences, "occurrence"),
            words::whole(summary.known_occurrences),
            words::count(counts.new_patterns, "pattern"),
            words::whole(analysis.patterns.len() as u64)
        ),
    ];
    lines.extend(further_lines(summary, facts));
    lines.push(format!(
        "  spend {} a month; possible saving {} a month (each workflow once)",
        words::dollars(analysis.overview.spend_a_month),
        words::range(analysis.overview.saving)
    ));
    lines.push(String::new());
    lines.into_iter().map(ScreenLine::Text).collect()
}

/// Lines that only some runs have.
fn further_lines(summary: &RunSummary, facts: &RunFacts<'_>) -> Vec<String> {
    let counts = &summary.counts;
    let mut lines = Vec::new();
    if counts.removed_occurrences + counts.removed_patterns > 0 {
        let removed = if facts.dry_run { "would be removed" } else { "removed" };
        lines.push(format!(
            "  {} and {} {removed}: the rules do not give them",
            words::count(counts.removed_occurrences, "occurrence"),
            words::count(counts.removed_patterns, "pattern")
        ));
    }
    if summary.restated_occurrences > 0 {
        let occurrences = words::count(summary.restated_occurrences, "occurrence");
        let written = if facts.dry_run { "would be written" } else { "written" };
        lines.push(format!(
            "  {occurrences} {written} anew: the rules say something else of where they are found and what they cover"
        ));
    }
    if summary.repeated_rows > 0 {
        let rows = words::count(summary.repeated_rows, "row");
        lines.push(format!(
            "  {rows} left out: a row before has the same workflow_id, or it as its id, and the two are one workflow"
        ));
    }
    let is_left = |status: &str| !facts.asked_statuses.contains(&status.to_lowercase());
    let statuses = summary.snapshot.unknown_statuses.iter().filter(|(status, _)| is_left(status));
    let statuses: Vec<_> = statuses.map(|(status, workflows)| (status.clone(), *workflows)).collect();
    lines.extend(patterns::unknown_statuses(&statuses).map(|statuses| format!("  {statuses}")));
    if summary.untimed > 0 {
        let untimed = words::count(summary.untimed, "workflow");
        lines.push(format!(
            "  {untimed} left out: their time is unknown, so --since and --until cannot place them"
        ));
    }
    lines
}

/// The one line of `process`.
pub fn line(summary: &RunSummary, analysis: &Analysis, facts: &RunFacts<'_>) -> String {
    let counts = &summary.counts;
    let failed = match counts.failed {
        0 => String::new(),
        failed => format!(", {} failed", words::whole(failed)),
    };
    format!(
        "{}: {} looked at, {} new, {} new{failed}; possible saving {} a month",
        facts.command,
        words::count(counts.workflows, "workflow"),
        words::count(counts.new_occurrences, "occurrence"),
        words::count(counts.new_patterns, "pattern"),
        words::range(analysis.overview.saving)
    )
}

fn run_json(summary: &RunSummary, facts: &RunFacts<'_>) -> serde_json::Value {
    let counts = &summary.counts;
    json!({
        "command": facts.command,
        "rules": facts.rules,
        "dry_run": facts.dry_run,
        "outcome": if summary.outcome == Outcome::Done { "done" } else { "interrupted" },
        "seconds": facts.seconds,
        "paused_seconds": summary.paused.as_secs_f64(),
        "workflows": counts.workflows,
        "matched": counts.matched,
        "unmatched": summary.unmatched,
        "without_request": summary.without_request,
        "failed": counts.failed,
        "new_occurrences": counts.new_occurrences,
        "known_occurrences": summary.known_occurrences,
        "removed_occurrences": counts.removed_occurrences,
        "restated_occurrences": summary.restated_occurrences,
        "new_patterns": counts.new_patterns,
        "removed_patterns": counts.removed_patterns,
        "repeated_rows": summary.repeated_rows,
        "without_time": summary.untimed,
    })
}

/// What a rebuild has changed.
fn changes(summary: &RunSummary) -> Grid {
    let signature = |signature: &Option<String>, none: &str| Cell::text_or(signature.as_deref(), none);
    Grid::of(&summary.changes)
        .text("from", "from", u8::MAX, move |change| signature(&change.from, "(gained)"))
        .text("to", "to", u8::MAX, move |change| signature(&change.to, "(lost)"))
        .number("workflows", "workflows", u8::MAX, |change| Cell::count(change.workflows))
        .finish()
}
