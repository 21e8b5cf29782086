//! One pattern in all its detail.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Cell, Column, Document, Grid, number, paint, patterns, words};
use crate::analysis::detail::{Characteristics, Detail, Example};
use crate::analysis::{Overview, PatternAnalysis};
use crate::statistics::{ConfidenceBasis, SAVED_SHARE};
use crate::workflow::Status;

/// The width of the confidence bars.
const BAR: usize = 12;
/// How many files are named.
const FILES: usize = 8;
/// How many characters of a request are kept; a table cuts them to the room there is.
const REQUEST: usize = 160;

/// A part of the confidence score.
struct Part {
    name: &'static str,
    points: f64,
    most: f64,
    reason: String,
}

/// The document of `patterns show`.
pub fn document(
    analysis: &PatternAnalysis,
    overview: &Overview,
    detail: &Detail,
    database: String,
    now: Timestamp,
    zone: &TimeZone,
) -> Document {
    let parts = parts(analysis, &detail.basis);
    let mut facts = patterns::facts(overview);
    facts.extend([
        ("savings_formula", formula_json(analysis)),
        ("confidence_parts", parts.iter().map(part_json).collect()),
        ("typical_input_pattern", typical_json(analysis)),
        (
            "files_mentioned",
            detail
                .files
                .iter()
                .map(|(file, workflows)| json!({ "file": file, "workflows": workflows }))
                .collect(),
        ),
    ]);
    let mut before = heading(analysis, zone);
    before.extend(formula(analysis));
    before.extend(confidence_lines(analysis, &parts));
    before.extend(description(analysis, detail));
    Document {
        kind: "pattern",
        generated_at: now,
        database,
        facts,
        before,
        rows: patterns::rows(&[analysis], overview, zone).for_programs(),
        further: vec![("examples", "Newest workflows", examples(&detail.examples, zone))],
        after: Vec::new(),
        warnings: patterns::warnings(std::slice::from_ref(analysis), overview),
    }
}

fn heading(analysis: &PatternAnalysis, zone: &TimeZone) -> Vec<String> {
    let (pattern, statistics) = (&analysis.pattern, &analysis.statistics);
    let cost = match statistics.avg_cost_with_llm {
        None => "unknown: no workflow has a known cost".to_owned(),
        cost => format!(
            "{} and {} tokens a workflow with an LLM; {} and {} tokens with a tool (estimated at 5%)",
            words::dollars(cost),
            statistics.avg_tokens_with_llm.map_or(words::UNKNOWN.to_owned(), words::whole),
            words::dollars(statistics.avg_cost_with_tool()),
            statistics.avg_tokens_with_tool().map_or(words::UNKNOWN.to_owned(), words::whole),
        ),
    };
    let gone = statistics.occurrence_count - statistics.finished;
    let gone = match gone {
        0 => String::new(),
        gone => format!("; {} of them unfinished or no longer in the history", words::whole(gone)),
    };
    vec![
        format!(
            "{}  id {}, {}",
            paint::bold(&words::safe(&pattern.signature)),
            pattern.id.map_or("new".to_owned(), |id| id.to_string()),
            paint::status(&words::safe(&pattern.status)),
        ),
        String::new(),
        format!(
            "Seen          \tin {}, {} a month, last on {}{gone}",
            words::count(statistics.occurrence_count, "workflow"),
            words::tenths(analysis.per_month()),
            words::day(analysis.last_seen(), zone),
        ),
        format!("Fails         \t{}", fails(analysis)),
        format!("Duration      \t{}", duration(analysis)),
        format!("Mean cost     \t{cost}"),
    ]
}

fn fails(analysis: &PatternAnalysis) -> String {
    match analysis.error_share {
        None => "unknown: no workflow is left to look at".to_owned(),
        share => format!(
            "{} of {}",
            words::percent(share),
            words::count(analysis.statistics.finished, "finished workflow")
        ),
    }
}

fn duration(analysis: &PatternAnalysis) -> String {
    match analysis.duration {
        None => "unknown".to_owned(),
        Some(quartiles) if quartiles.lower == quartiles.upper => words::duration(quartiles.median),
        Some(quartiles) => format!(
            "{} is the median; half of them take between {} and {}",
            words::duration(quartiles.median),
            words::duration(quartiles.lower),
            words::duration(quartiles.upper)
        ),
    }
}

/// The savings' formula with its numbers, to enough digits that it can be calculated after.
fn formula(analysis: &PatternAnalysis) -> Vec<String> {
    let statistics = &analysis.statistics;
    let (Some(cost), Some(tool)) = (statistics.avg_cost_with_llm, statistics.avg_cost_with_tool()) else {
        return vec!["Saves         \tunknown: no workflow has a known cost".to_owned()];
    };
    let window = &analysis.window;
    let month = match window.monthly_factor() {
        factor if factor < 1.0 => {
            format!(" × {} (30 of {} days)", words::precise(factor), words::precise(window.days()))
        }
        _ if window.first.is_none() => " × 1 (no times known: all of it is one month's)".to_owned(),
        _ => format!(" × 1 (no more than a month: {})", words::days(window.days())),
    };
    let savings = statistics.potential_monthly_savings;
    vec![
        format!("Saves         \t{} a month, estimated", paint::bold(&words::dollars(savings))),
        format!(
            "              \t= ({} − {}) × {}{month} = {}",
            words::precise_dollars(cost),
            words::precise_dollars(tool),
            words::count(analysis.workflows_saved(), "workflow"),
            words::precise_dollars(savings.unwrap_or(0.0)),
        ),
    ]
}

fn formula_json(analysis: &PatternAnalysis) -> Value {
    let statistics = &analysis.statistics;
    json!({
        "avg_cost_with_llm": number(statistics.avg_cost_with_llm),
        "avg_cost_with_tool": number(statistics.avg_cost_with_tool()),
        "saved_share": SAVED_SHARE,
        "workflows": analysis.workflows_saved(),
        "days": analysis.window.days(),
        "monthly_factor": analysis.window.monthly_factor(),
        "potential_monthly_savings": number(statistics.potential_monthly_savings),
    })
}

fn parts(analysis: &PatternAnalysis, basis: &ConfidenceBasis) -> Vec<Part> {
    let confidence = analysis.statistics.confidence;
    if basis.finished == 0 {
        let reason = "none of its workflows is left to judge by, which gives 10".to_owned();
        return vec![Part { name: "frequency", points: confidence.frequency, most: 40.0, reason }];
    }
    let gives = |condition: &str, points: f64| format!("; {condition} gives {points:.0}");
    let frequency = match confidence.frequency {
        40.0 => "≥ 10",
        30.0 => "5 to 9",
        20.0 => "3 or 4",
        _ => "1 or 2",
    };
    let consistency = match (basis.duration_variance, confidence.consistency) {
        (None, points) => format!("fewer than two durations are known, which gives {points:.0}"),
        (Some(variance), points) => {
            let condition = match points {
                30.0 => "under 100",
                20.0 => "100 to 1,000",
                _ => "≥ 1,000",
            };
            format!(
                "the durations vary by {} s² (variance){}",
                words::tenths(variance),
                gives(condition, points)
            )
        }
    };
    let success = match confidence.success {
        30.0 => "none of either",
        20.0 => "under 1 and under 2",
        10.0 => "under 3 errors",
        _ => "≥ 3 errors",
    };
    vec![
        Part {
            name: "frequency",
            points: confidence.frequency,
            most: 40.0,
            reason: words::count(basis.linked, "workflow") + &gives(frequency, confidence.frequency),
        },
        Part { name: "consistency", points: confidence.consistency, most: 30.0, reason: consistency },
        Part {
            name: "success",
            points: confidence.success,
            most: 30.0,
            reason: format!(
                "{:.2} errors and {:.2} retries a workflow{}",
                basis.mean_errors,
                basis.mean_retries,
                gives(success, confidence.success)
            ),
        },
    ]
}

fn part_json(part: &Part) -> Value {
    json!({ "part": part.name, "points": part.points, "most": part.most, "reason": part.reason })
}

fn confidence_lines(analysis: &PatternAnalysis, parts: &[Part]) -> Vec<String> {
    let score = analysis.statistics.confidence.score();
    let mut lines = vec![format!("Confidence    \t{} of 100", paint::bold(&format!("{score:.0}")))];
    lines.extend(parts.iter().map(|part| {
        format!(
            "  {:<11} {} {:>2.0} of {:.0}  \t{}",
            part.name,
            words::gauge(part.points / part.most, BAR),
            part.points,
            part.most,
            part.reason
        )
    }));
    lines
}

/// Trend, characteristics, files.
fn description(analysis: &PatternAnalysis, detail: &Detail) -> Vec<String> {
    let counts: Vec<String> = analysis.trend.iter().map(u64::to_string).collect();
    let mut lines = vec![format!(
        "By week       \t{}  {} (13 weeks, the latest last)",
        paint::bar(&words::sparkline(&analysis.trend)),
        counts.join(" ")
    )];
    let typical = match (&detail.typical, &analysis.pattern.typical_input) {
        (Some(typical), _) => typical_words(typical),
        (None, Some(unread)) => format!("not understood: {}", words::beginning(unread, REQUEST)),
        (None, None) => "not recorded".to_owned(),
    };
    lines.push(format!("Typical       \t{typical}"));
    if !detail.files.is_empty() {
        let file = |(file, workflows): &(String, u64)| {
            format!("{} ({})", words::safe(file), words::whole(*workflows))
        };
        let mut files: Vec<String> = detail.files.iter().take(FILES).map(file).collect();
        if detail.files.len() > FILES {
            files.push(format!("and {} more", detail.files.len() - FILES));
        }
        lines.push(format!("Files         \t{}", files.join(", ")));
    }
    lines
}

/// Characteristics in words: those of the pattern's first workflow.
fn typical_words(typical: &Characteristics) -> String {
    let mut parts = Vec::new();
    if let Some(complexity) = &typical.complexity {
        parts.push(words::safe(complexity));
    }
    parts.extend(typical.duration_range.as_deref().map(|range| match range {
        "short" => "short (under 3 minutes)".to_owned(),
        "medium" => "of medium length (3 to 10 minutes)".to_owned(),
        "long" => "long (10 minutes and more)".to_owned(),
        other => words::safe(other),
    }));
    parts.extend(typical.input_length.map(|length| match length {
        0 => "no request text".to_owned(),
        length => format!("a request of {}", words::count(length, "character")),
    }));
    parts.extend(typical.error_count.map(|errors| match errors {
        0 => "no errors".to_owned(),
        errors => words::count(errors, "error"),
    }));
    if !typical.keywords.is_empty() {
        parts.push(format!("keywords {}", words::safe(&typical.keywords.join(", "))));
    }
    match parts.is_empty() {
        true => "nothing is recorded".to_owned(),
        false => format!("{} (its first workflow)", parts.join("; ")),
    }
}

fn typical_json(analysis: &PatternAnalysis) -> Value {
    analysis
        .pattern
        .typical_input
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

fn examples(examples: &[Example], zone: &TimeZone) -> Grid {
    let columns = vec![
        Column::text("workflow_id", "workflow", u8::MAX),
        Column::text("time", "time", 90),
        Column::number("actual_cost_total", "cost", 90),
        Column::number("duration_seconds", "duration", 60),
        Column::text("outcome", "outcome", 70),
        Column::beginning("request", "request", 80),
    ];
    Grid { columns, rows: examples.iter().map(|example| example_row(example, zone)).collect() }
}

fn example_row(example: &Example, zone: &TimeZone) -> Vec<Cell> {
    let workflow = match &example.workflow {
        Ok(workflow) => workflow,
        Err(error) => {
            let unknown = || Cell::raw(Value::Null);
            let reason = Cell::text(&format!("cannot be read: {} {}", error.column, error.problem));
            return vec![Cell::text(&example.name), unknown(), unknown(), unknown(), unknown(), reason];
        }
    };
    let measures = &workflow.measures;
    let request = workflow.request.as_deref().map(|request| words::beginning(request, REQUEST));
    let outcome = match (measures.status, measures.errors) {
        (Status::Failed, _) => "failed".to_owned(),
        (status, 0) => status.name().to_owned(),
        (status, errors) => format!("{}, {}", status.name(), words::count(errors, "error")),
    };
    vec![
        Cell::text(&example.name),
        Cell::new(json!(measures.time), words::moment(measures.time, zone)),
        Cell::new(number(measures.cost), words::dollars(measures.cost)),
        Cell::new(
            number(measures.duration),
            measures.duration.map_or(words::UNKNOWN.to_owned(), words::duration),
        ),
        Cell::text(&outcome),
        Cell::new(json!(request), request.unwrap_or_else(|| "(none)".to_owned())),
    ]
}
