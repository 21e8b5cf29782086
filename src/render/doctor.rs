//! What `doctor` found, and what it mended.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::{Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, paint, patterns, text, words};
use crate::db::Obstacle;
use crate::db::integrity::{Gaps, is_damage};
use crate::doctor::{Check, Diagnosis, Difference, Duplicates, Finding, Mending, PatternValue, State};

/// The document of `doctor`: the diagnosis as it is now, and after a mend what was done.
pub fn document(
    diagnosis: &Diagnosis,
    mending: Option<&Mending>,
    asked_to_mend: bool,
    origin: &DocumentOrigin,
) -> Document {
    let backup = mending.and_then(|mending| mending.backup.as_deref());
    let facts = vec![
        ("healthy", json!(diagnosis.is_healthy())),
        ("mended", json!(mending.is_some())),
        ("backup", json!(backup.map(|path| path.display().to_string()))),
    ];
    let mut further =
        vec![("statistics", "Stored statistics that are not the file's", statistics(diagnosis))];
    if let Some(mending) = mending {
        further.insert(0, ("steps", "What was mended", steps(mending)));
        further.push(("changes", "Statistics before and after", changes(mending)));
    }
    Document {
        facts,
        before: before(origin, mending, backup),
        rows: findings(diagnosis),
        further,
        after: after(diagnosis, asked_to_mend),
        ..Document::new("doctor", origin)
    }
}

fn before(origin: &DocumentOrigin, mending: Option<&Mending>, backup: Option<&Path>) -> Vec<ScreenLine> {
    let backup = match (mending, backup) {
        (Some(_), Some(backup)) => Some(format!("backup made and checked: {}", text::shown_path(backup))),
        (Some(_), None) => Some("mended without a backup".to_owned()),
        (None, _) => None,
    };
    let path = ScreenLine::Text(text::safe(&origin.database));
    std::iter::once(path).chain(backup.map(ScreenLine::Text)).chain([ScreenLine::empty()]).collect()
}

fn after(diagnosis: &Diagnosis, asked_to_mend: bool) -> Vec<ScreenLine> {
    let mut lines = vec![ScreenLine::empty()];
    let wrong = diagnosis.findings.iter().filter(|finding| finding.state == State::Wrong);
    lines.extend(wrong.map(|finding| format!("{}: {}", name(&finding.check), advice(&finding.check)).into()));
    let verdict = if diagnosis.is_healthy() && diagnosis.is_complete() {
        "Nothing is wrong."
    } else if diagnosis.is_healthy() {
        "Nothing is wrong in what could be looked at."
    } else if asked_to_mend {
        "This needs a person; the rest is mended."
    } else if diagnosis.can_be_mended() {
        "'flowmine doctor --fix' mends what can be mended, after a backup."
    } else {
        "This needs a person; 'flowmine doctor --fix' does not mend it."
    };
    lines.push(verdict.into());
    lines
}

fn findings(diagnosis: &Diagnosis) -> Grid {
    let rows = diagnosis.findings.iter().map(|finding| {
        let advice = if finding.state == State::Wrong { json!(advice(&finding.check)) } else { Json::Null };
        vec![
            Cell::text(name(&finding.check)),
            Cell::new(state(finding.state), paint::state(state(finding.state))),
            Cell::count(finding.count),
            Cell::text(&meaning(finding)),
            Cell::raw(advice),
        ]
    });
    let columns = vec![
        Field::text("check", "check", u8::MAX),
        Field::text("state", "state", u8::MAX),
        Field::number("count", "count", u8::MAX),
        Field::sentences("meaning", "what it means", u8::MAX),
        Field::raw("advice"),
    ];
    Grid::new(columns, rows.collect())
}

fn state(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Wrong => "wrong",
        State::Info => "info",
    }
}

fn name(check: &Check) -> &'static str {
    match check {
        Check::Layout(_) => "layout",
        Check::Integrity(..) => "integrity",
        Check::Writing(_) => "writing",
        Check::MissingTables(_) => "tables",
        Check::UniqueIndex => "unique_index",
        Check::Duplicates(_) => "duplicate_occurrences",
        Check::LinksWithoutPattern => "occurrences_without_pattern",
        Check::LinksWithoutWorkflow => "occurrences_without_workflow",
        Check::Statistics => "statistics",
        Check::EmptyPatterns(_) => "patterns_without_occurrences",
        Check::Signatures(..) => "signatures",
        Check::PatternTypes => "pattern_types",
        Check::NegativeAverages => "negative_averages",
        Check::RepeatedSignatures => "repeated_signatures",
        Check::Json(..) => "json",
        Check::UnreadableRows(_) => "unreadable_rows",
        Check::ImpossibleNumbers(_) => "impossible_numbers",
        Check::UnreadableTimes => "unreadable_times",
        Check::UnknownStatuses(_) => "unknown_statuses",
        Check::Purged => "purged_workflows",
        Check::Renamed => "renamed_workflows",
        Check::LostWorkflows(_) => "lost_workflows",
        Check::UnreadableRuns => "unreadable_runs",
        Check::UnreadableExclusions => "unreadable_exclusions",
        Check::UnendedRuns => "unended_runs",
        Check::Missing(Gaps { column, .. }) => match *column {
            "nl_input" => "missing_request",
            "actual_cost_total" => "missing_cost",
            "total_tokens" => "missing_tokens",
            _ => "missing_duration",
        },
    }
}

fn meaning(finding: &Finding) -> String {
    let is_ok = finding.state == State::Ok;
    match &finding.check {
        Check::Layout(description) => description.clone(),
        Check::Integrity(full, messages) => integrity(*full, messages),
        Check::Writing(obstacles) => writing(obstacles),
        Check::MissingTables(_) if is_ok => "all there".to_owned(),
        Check::MissingTables(names) if finding.state == State::Info => {
            format!("no {} yet: the first run makes it", names.join(", "))
        }
        Check::MissingTables(names) => format!("{} missing", names.join(", ")),
        Check::UniqueIndex if is_ok => "a workflow cannot count twice".to_owned(),
        Check::UniqueIndex if finding.state == State::Info => "none yet: the first run makes it".to_owned(),
        Check::UniqueIndex => "missing: a workflow can count more than once".to_owned(),
        Check::Duplicates(_) if is_ok => "each workflow counts once".to_owned(),
        Check::Duplicates(duplicates) => duplicate_rows(duplicates),
        Check::LinksWithoutPattern => "occurrences whose pattern is gone".to_owned(),
        Check::LinksWithoutWorkflow => "occurrences that name no workflow".to_owned(),
        Check::Statistics if is_ok => "every stored number is what the file's history gives".to_owned(),
        Check::Statistics => "patterns whose stored numbers are not what the file's history gives".to_owned(),
        Check::EmptyPatterns(0) => "patterns without an occurrence".to_owned(),
        Check::EmptyPatterns(kept) => {
            format!("patterns without an occurrence; {} kept for what a person entered", words::whole(*kept))
        }
        Check::Signatures(..) if is_ok => "all of the form category:subcategory:target".to_owned(),
        Check::Signatures(names, _) => malformed(names),
        Check::PatternTypes => "patterns whose type is not their signature's category".to_owned(),
        Check::NegativeAverages => "patterns with an average below 0".to_owned(),
        Check::RepeatedSignatures => "patterns with the signature of another".to_owned(),
        Check::Json(..) if is_ok => "all characteristics can be read".to_owned(),
        Check::Json(patterns, links) => format!(
            "characteristics that are no JSON: of {} and {}",
            words::count(*patterns, "pattern"),
            words::count(*links, "occurrence")
        ),
        Check::Purged => {
            "occurrences of workflows no longer in the history; they count all the same".to_owned()
        }
        Check::Renamed => "workflows linked under their id: the next run takes their workflow_id".to_owned(),
        Check::UnreadableRuns => "rows of flowmine_runs that cannot be read".to_owned(),
        Check::UnreadableExclusions => {
            "rows of flowmine_exclusions that cannot be read and leave nothing out".to_owned()
        }
        Check::UnendedRuns => "runs of flowmine that were killed or are still at work".to_owned(),
        Check::Missing(gaps) => missing(gaps),
        of_history => history(of_history),
    }
}

/// What the checks of the application's own rows mean.
fn history(check: &Check) -> String {
    match check {
        Check::UnreadableRows(first) => {
            example("workflows that cannot be read: a run counts them as failed", first.as_ref())
        }
        Check::ImpossibleNumbers(first) => {
            example("workflows with a number that cannot be one", first.as_ref())
        }
        Check::UnreadableTimes => {
            "workflows with a start_time or created_at that cannot be read or believed".to_owned()
        }
        Check::UnknownStatuses(statuses) => patterns::unknown_statuses(statuses)
            .unwrap_or_else(|| "workflows with a status that flowmine does not know".to_owned()),
        Check::LostWorkflows(Some(reason)) => format!("not looked for: {reason}"),
        Check::LostWorkflows(None) => {
            "workflows that match the rules in force and have no link, though a run has recorded them"
                .to_owned()
        }
        _ => String::new(),
    }
}

/// What is counted, with the first one as an example.
fn example(what: &str, first: Option<&String>) -> String {
    first.map_or(what.to_owned(), |first| format!("{what}, such as {first}"))
}

fn writing(obstacles: &[Obstacle]) -> String {
    match obstacles {
        [] => "flowmine can write to its tables".to_owned(),
        all => all.iter().map(|obstacle| text::beginning(&obstacle.what, 400)).collect::<Vec<_>>().join("; "),
    }
}

fn integrity(full: bool, messages: &[String]) -> String {
    let check = if full { "integrity_check" } else { "quick_check" };
    match messages {
        [] => format!("{check} finds nothing"),
        [first, ..] => format!("{check}: {}", text::beginning(first, 120)),
    }
}

fn duplicate_rows(duplicates: &Duplicates) -> String {
    format!(
        "{} rows for {}: they claim {} ({}/mo), {} ({}/mo) is right",
        words::whole(duplicates.rows),
        words::count(duplicates.workflows, "workflow"),
        words::whole(duplicates.claimed_count as u64),
        words::dollars(Some(duplicates.claimed_savings)),
        words::whole(duplicates.count),
        words::dollars(Some(duplicates.savings))
    )
}

fn malformed(names: &[String]) -> String {
    let shown: Vec<String> =
        names.iter().take(3).map(|name| format!("'{}'", text::beginning(name, 40))).collect();
    let more = if names.len() > shown.len() { " …" } else { "" };
    format!("not category:subcategory:target: {}{more}", shown.join(", "))
}

fn missing(gaps: &Gaps) -> String {
    let share =
        |part: u64| words::percent(Some(if gaps.rows == 0 { 0.0 } else { part as f64 / gaps.rows as f64 }));
    let rows = words::count(gaps.rows, "workflow row");
    match (gaps.exists, gaps.column) {
        (false, column) => format!("there is no column {column}"),
        (true, "nl_input") => format!("{} of {rows} have no request", share(gaps.missing)),
        (true, _) => format!("of {rows} {} unknown, {} zero", share(gaps.missing), share(gaps.zero)),
    }
}

fn advice(check: &Check) -> &'static str {
    match check {
        Check::Integrity(_, messages) if !messages.iter().any(|message| is_damage(message)) => {
            "--fix makes the index anew (sqlite3's REINDEX does, too)"
        }
        Check::Integrity(..) => "the file is damaged: restore a backup, or try sqlite3's .recover",
        Check::MissingTables(_) => "'flowmine backfill' makes them and finds the occurrences again",
        Check::Writing(obstacles) if obstacles.iter().all(|obstacle| obstacle.can_be_mended) => {
            "--fix makes the table or the index anew, with its rows"
        }
        Check::Writing(_) => "take it away, as the line above says; --fix does nothing before",
        Check::UniqueIndex => "--fix makes it",
        Check::Duplicates(_) => "--fix keeps one of each",
        Check::LinksWithoutPattern | Check::LinksWithoutWorkflow | Check::UnreadableExclusions => {
            "--fix removes them"
        }
        Check::Statistics => "the next backfill or process, or --fix, computes them anew",
        Check::EmptyPatterns(_) => "--fix removes those that no person has touched",
        Check::Signatures(..) => {
            "rename or delete the pattern, or give it a status: no rules can give such a signature"
        }
        Check::LostWorkflows(_) => {
            "the next process, or after --fix the next one at the latest, links them again"
        }
        Check::UnreadableRuns => "--fix removes them; until then every run looks at all workflows",
        Check::NegativeAverages => "--fix makes them unknown, which is stored as 0",
        Check::PatternTypes => "--fix gives them their signature's category",
        Check::RepeatedSignatures => {
            "--fix gives their occurrences to one of them; those that a person has touched stay"
        }
        Check::Json(..) => "--fix sets them to NULL",
        _ => "nothing to do",
    }
}

fn steps(mending: &Mending) -> Grid {
    let rows = mending
        .steps
        .iter()
        .map(|step| vec![Cell::text(step.work), Cell::count(step.before), Cell::count(step.after)]);
    let columns = vec![
        Field::text("step", "step", u8::MAX),
        Field::number("before", "before", u8::MAX),
        Field::number("after", "after", u8::MAX),
    ];
    Grid::new(columns, rows.collect())
}

fn statistics(diagnosis: &Diagnosis) -> Grid {
    differences(&diagnosis.differences, [("stored", "stored"), ("computed", "right")])
}

fn changes(mending: &Mending) -> Grid {
    differences(&mending.changes, [("before", "before"), ("after", "after")])
}

fn differences(differences: &[Difference], [first, second]: [(&'static str, &'static str); 2]) -> Grid {
    let rows = differences.iter().map(|difference| {
        vec![
            Cell::raw(difference.pattern_id),
            Cell::text(&difference.signature),
            Cell::text(difference.column),
            value(difference.column, &difference.stored),
            value(difference.column, &difference.computed),
        ]
    });
    let columns = vec![
        Field::raw("id"),
        Field::text("pattern_signature", "pattern", u8::MAX),
        Field::text("column", "column", u8::MAX),
        Field::number(first.0, first.1, 50),
        Field::number(second.0, second.1, u8::MAX),
    ];
    Grid::new(columns, rows.collect())
}

fn value(column: &str, value: &PatternValue) -> Cell {
    let number = match value {
        PatternValue::Text(text) => {
            return text.as_deref().map_or(Cell::new(Json::Null, words::UNKNOWN), Cell::text);
        }
        PatternValue::Number(number) => *number,
    };
    let text = match (column, number) {
        (_, None) => words::UNKNOWN.to_owned(),
        ("confidence_score", Some(number)) => format!("{number:.1}"),
        ("occurrence_count" | "avg_tokens_with_llm" | "avg_tokens_with_tool", Some(number)) => {
            words::whole(number as u64)
        }
        (_, amount) => words::dollars(amount),
    };
    Cell::new(json!(number), text)
}
