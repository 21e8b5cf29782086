//! What `doctor` found, and what it mended.

use std::borrow::Cow;

use serde_json::json;

use super::{
    Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, TitledTable, paint, patterns, text, words,
};
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
    let stored = differences(&diagnosis.differences, [("stored", "stored"), ("computed", "right")]);
    let mut further =
        vec![TitledTable::new("statistics", "Stored statistics that are not the file's", stored)];
    if let Some(mending) = mending {
        let changes = differences(&mending.changes, [("before", "before"), ("after", "after")]);
        further.insert(0, TitledTable::new("steps", "What was mended", steps(mending)));
        further.push(TitledTable::new("changes", "Statistics before and after", changes));
    }
    Document {
        facts,
        before: before(origin, mending),
        rows: findings(diagnosis),
        further,
        after: after(diagnosis, asked_to_mend),
        ..Document::new("doctor", origin)
    }
}

fn before(origin: &DocumentOrigin, mending: Option<&Mending>) -> Vec<ScreenLine> {
    let backup = mending.map(|mending| match &mending.backup {
        Some(backup) => format!("backup made and checked: {}", text::shown_path(backup)),
        None => "mended without a backup".to_owned(),
    });
    let path = text::safe(&origin.database);
    [Some(path), backup, Some(String::new())].into_iter().flatten().map(ScreenLine::Text).collect()
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
    let state = |finding: &Finding| state(finding.state);
    Grid::of(&diagnosis.findings)
        .text("check", "check", u8::MAX, |finding| Cell::text(name(&finding.check)))
        .text("state", "state", u8::MAX, |finding| Cell::new(state(finding), paint::state(state(finding))))
        .number("count", "count", u8::MAX, |finding| Cell::count(finding.count))
        .column(Field::sentences("meaning", "what it means", u8::MAX), |finding| {
            Cell::text(&meaning(finding))
        })
        .raw("advice", |finding| (finding.state == State::Wrong).then(|| advice(&finding.check)))
        .finish()
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

/// What a finding means: that all is well, or what is counted.
fn meaning(finding: &Finding) -> Cow<'_, str> {
    match all_well(&finding.check) {
        Some(all_well) if finding.state == State::Ok => all_well.into(),
        _ => counted(finding),
    }
}

/// What it means that nothing is counted, where that is put in other words.
fn all_well(check: &Check) -> Option<&'static str> {
    match check {
        Check::MissingTables(_) => Some("all there"),
        Check::UniqueIndex => Some("a workflow cannot count twice"),
        Check::Duplicates(_) => Some("each workflow counts once"),
        Check::Statistics => Some("every stored number is what the file's history gives"),
        Check::Signatures(..) => Some("all of the form category:subcategory:target"),
        Check::Json(..) => Some("all characteristics can be read"),
        _ => None,
    }
}

fn counted(finding: &Finding) -> Cow<'_, str> {
    let is_not_made_yet = finding.state == State::Info;
    match &finding.check {
        Check::Layout(description) => description.into(),
        Check::Integrity(full, messages) => integrity(*full, messages).into(),
        Check::Writing(obstacles) => writing(obstacles).into(),
        Check::MissingTables(names) if is_not_made_yet => {
            format!("no {} yet: the first run makes it", names.join(", ")).into()
        }
        Check::MissingTables(names) => format!("{} missing", names.join(", ")).into(),
        Check::UniqueIndex if is_not_made_yet => "none yet: the first run makes it".into(),
        Check::UniqueIndex => "missing: a workflow can count more than once".into(),
        Check::Duplicates(duplicates) => duplicate_rows(duplicates).into(),
        Check::LinksWithoutPattern => "occurrences whose pattern is gone".into(),
        Check::LinksWithoutWorkflow => "occurrences that name no workflow".into(),
        Check::Statistics => "patterns whose stored numbers are not what the file's history gives".into(),
        Check::EmptyPatterns(kept) => empty_patterns(*kept).into(),
        Check::Signatures(names, _) => malformed(names).into(),
        Check::PatternTypes => "patterns whose type is not their signature's category".into(),
        Check::NegativeAverages => "patterns with an average below 0".into(),
        Check::RepeatedSignatures => "patterns with the signature of another".into(),
        Check::Json(patterns, links) => no_json(*patterns, *links).into(),
        Check::Purged => "occurrences of workflows no longer in the history; they count all the same".into(),
        Check::Renamed => "workflows linked under their id: the next run takes their workflow_id".into(),
        Check::UnreadableRuns => "rows of flowmine_runs that cannot be read".into(),
        Check::UnreadableExclusions => {
            "rows of flowmine_exclusions that cannot be read and leave nothing out".into()
        }
        Check::UnendedRuns => "runs of flowmine that were killed or are still at work".into(),
        Check::Missing(gaps) => missing(gaps).into(),
        Check::UnreadableRows(first) => {
            example("workflows that cannot be read: a run counts them as failed", first.as_ref())
        }
        Check::ImpossibleNumbers(first) => {
            example("workflows with a number that cannot be one", first.as_ref())
        }
        Check::UnreadableTimes => {
            "workflows with a start_time or created_at that cannot be read or believed".into()
        }
        Check::UnknownStatuses(statuses) => patterns::unknown_statuses(statuses)
            .map_or("workflows with a status that flowmine does not know".into(), Cow::from),
        Check::LostWorkflows(Some(reason)) => format!("not looked for: {reason}").into(),
        Check::LostWorkflows(None) => {
            "workflows that match the rules in force and have no link, though a run has recorded them".into()
        }
    }
}

/// What is counted, with the first one as an example.
fn example(what: &'static str, first: Option<&String>) -> Cow<'static, str> {
    first.map_or(what.into(), |first| format!("{what}, such as {first}").into())
}

fn empty_patterns(kept: u64) -> String {
    let what = "patterns without an occurrence";
    match kept {
        0 => what.to_owned(),
        kept => format!("{what}; {} kept for what a person entered", words::whole(kept)),
    }
}

fn no_json(patterns: u64, occurrences: u64) -> String {
    format!(
        "characteristics that are no JSON: of {} and {}",
        words::count(patterns, "pattern"),
        words::count(occurrences, "occurrence")
    )
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
    Grid::of(&mending.steps)
        .text("step", "step", u8::MAX, |step| Cell::text(step.work))
        .number("before", "before", u8::MAX, |step| Cell::count(step.before))
        .number("after", "after", u8::MAX, |step| Cell::count(step.after))
        .finish()
}

fn differences(differences: &[Difference], [first, second]: [(&'static str, &'static str); 2]) -> Grid {
    Grid::of(differences)
        .raw("id", |difference| difference.pattern_id)
        .text("pattern_signature", "pattern", u8::MAX, |difference| Cell::text(&difference.signature))
        .text("column", "column", u8::MAX, |difference| Cell::text(difference.column))
        .number(first.0, first.1, 50, |difference| value(difference.column, &difference.stored))
        .number(second.0, second.1, u8::MAX, |difference| value(difference.column, &difference.computed))
        .finish()
}

fn value(column: &str, value: &PatternValue) -> Cell {
    let number = match value {
        PatternValue::Text(text) => return Cell::text_or(text.as_deref(), words::UNKNOWN),
        PatternValue::Number(number) => *number,
    };
    let text = match (column, number) {
        (_, None) => words::unknown(),
        ("confidence_score", Some(number)) => format!("{number:.1}"),
        ("occurrence_count" | "avg_tokens_with_llm" | "avg_tokens_with_tool", Some(number)) => {
            words::whole(number as u64)
        }
        (_, amount) => words::dollars(amount),
    };
    Cell::new(number, text)
}
