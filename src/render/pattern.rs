//! One pattern in all its detail.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, TitledTable, chart, exclusions, paint, patterns,
    realised, saving, text, words,
};
use crate::analysis::detail::{Detail, Example, StoredCharacteristics};
use crate::analysis::list::with_shares;
use crate::analysis::{CANDIDATE_CONFIDENCE, CANDIDATE_SAVINGS, Overview, PatternAnalysis, Verdict};
use crate::db::review::Reviewed;
use crate::statistics::{ConfidenceBasis, TREND_WEEKS};
use crate::time::parse_time;
use crate::workflow::{Measures, Status};

/// The width of the confidence bars.
const BAR: usize = 12;
/// The most files that are named.
const FILES: usize = 8;
/// How many characters of a request are kept; a table cuts them to the room there is.
const REQUEST: usize = 160;

/// A part of the confidence score.
struct ScorePart {
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
    origin: &DocumentOrigin,
) -> Document {
    let zone = &origin.zone;
    let file = |(file, workflows): &(String, u64)| json!({ "file": file, "workflows": workflows });
    let parts = parts(analysis, &detail.basis);
    let mut facts = patterns::facts(overview);
    facts.extend([
        ("realised", realised::json(analysis.realised)),
        ("exclusion", exclusions::json_of(&analysis.pattern)),
        ("review", review_json(&detail.reviewed)),
        ("savings_formula", saving::formula(analysis)),
        ("confidence_parts", parts.iter().map(part_json).collect()),
        ("typical_input_pattern", typical_json(analysis)),
        ("files_mentioned", detail.files.iter().map(file).collect()),
        (
            "found_in",
            detail.found_in.iter().cloned().map(|(place, workflows)| (place, json!(workflows))).collect(),
        ),
        ("covers_whole", json!(detail.whole)),
    ]);
    let mut before = heading(analysis, zone);
    before.extend(review(&detail.reviewed, zone));
    before.extend(found_by(detail));
    before.extend(saving::lines(analysis));
    before.extend(analysis.realised.map(|realised| realised::fact(&realised, zone)));
    before.extend(confidence_lines(analysis, &parts));
    before.extend(description(analysis, detail));
    Document {
        facts,
        before,
        rows: patterns::rows(&with_shares(&[analysis], overview.sum_of_pattern_savings), overview, zone)
            .for_programs(),
        further: vec![TitledTable::new("examples", "Newest workflows", examples(&detail.examples, zone))],
        warnings: patterns::warnings(std::slice::from_ref(analysis), overview),
        ..Document::new("pattern", origin)
    }
}

fn heading(analysis: &PatternAnalysis, zone: &TimeZone) -> Vec<ScreenLine> {
    let (pattern, statistics) = (&analysis.pattern, &analysis.statistics);
    let cost = match statistics.avg_cost_with_llm {
        None => "unknown: no workflow has a known cost".to_owned(),
        cost => format!(
            "{} and {} tokens a workflow with an LLM; {} and {} tokens with a tool (estimated at {}%)",
            words::dollars(cost),
            statistics.avg_tokens_with_llm.map_or_else(words::unknown, words::whole),
            words::dollars(statistics.avg_cost_with_tool()),
            statistics.avg_tokens_with_tool().map_or_else(words::unknown, words::whole),
            statistics.tool_share.percent(),
        ),
    };
    vec![
        format!(
            "{}  id {}, {}",
            paint::bold(&text::safe(&pattern.signature)),
            pattern.id.map_or("new".to_owned(), |id| id.to_string()),
            paint::status(&text::safe(&pattern.status)),
        )
        .into(),
        verdict(analysis, zone).into(),
        ScreenLine::empty(),
        ScreenLine::fact(
            "Seen",
            format!(
                "in {}, {} a month, last on {}{}",
                words::count(statistics.occurrence_count, "workflow"),
                words::tenths(analysis.per_month()),
                words::day(analysis.last_seen(), zone),
                not_counted(analysis),
            ),
        ),
        ScreenLine::fact("Fails", fails(analysis)),
        ScreenLine::fact("Duration", duration(analysis)),
        ScreenLine::fact("Mean cost", cost),
    ]
}

/// Who decided on it, when and why; none where nobody has.
fn review(reviewed: &Reviewed, zone: &TimeZone) -> Option<ScreenLine> {
    let Reviewed { reviewed_by, reviewed_at, review_notes, .. } = reviewed;
    let said = words::said(reviewed_by.as_deref(), reviewed_at.as_deref(), review_notes.as_deref(), zone);
    (!said.is_empty()).then(|| ScreenLine::fact("Reviewed", said.trim_start_matches([':', ' ']).to_owned()))
}

/// The same for programs.
fn review_json(reviewed: &Reviewed) -> Value {
    let Reviewed { reviewed_by, reviewed_at, review_notes, .. } = reviewed;
    let at = reviewed_at.as_deref().and_then(parse_time);
    json!({ "reviewed_by": reviewed_by, "reviewed_at": at, "review_notes": review_notes })
}

/// The first sentence: whether to automate the operation, and why.
fn verdict(analysis: &PatternAnalysis, zone: &TimeZone) -> String {
    let times = words::count(analysis.statistics.occurrence_count, "time");
    let seen = match analysis.saving_range() {
        saving @ Some(_) => format!("{times}, {} a month", words::bounds(saving)),
        None => format!("{times}, its cost unknown"),
    };
    let score = analysis.statistics.confidence.score();
    match analysis.verdict() {
        Verdict::Candidate if analysis.is_steady() => format!("Worth a script: {seen}, all alike."),
        Verdict::Candidate => format!("Worth a script: {seen}, confidence {score:.0} of 100."),
        Verdict::Settled => format!("Decided already: {seen}."),
        Verdict::Excluded => {
            let said = analysis.pattern.exclusion.as_ref().map(|exclusion| exclusions::said(exclusion, zone));
            format!("Left out{}. {seen}, in no total.", said.unwrap_or_default())
        }
        Verdict::Unsure => format!(
            "Not sure enough yet: {seen}, confidence {score:.0} of 100; a candidate has {CANDIDATE_CONFIDENCE:.0}."
        ),
        Verdict::TakesJudgement => format!("Takes judgement, so a script alone cannot do it: {seen}."),
        Verdict::TooCheap => {
            format!("Saves too little to be a candidate: {seen}; a candidate saves ${CANDIDATE_SAVINGS:.2}.")
        }
    }
}

/// How many of a pattern's workflows count in none of its means, and why.
fn not_counted(analysis: &PatternAnalysis) -> String {
    let (statistics, excluded) = (&analysis.statistics, analysis.excluded_workflows);
    let gone = statistics.occurrence_count - statistics.finished - excluded;
    let reasons =
        [(gone, "of them unfinished or no longer in the history"), (excluded, "left out (patterns exclude)")];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    let reasons = reasons.map(|(number, why)| format!("; {} {why}", words::whole(number)));
    reasons.collect::<Vec<_>>().concat()
}

/// Where its occurrences were found, and how many requests asked for nothing else.
fn found_by(detail: &Detail) -> Option<ScreenLine> {
    let found =
        |(place, workflows): &(String, u64)| format!("{} {}", text::safe(place), words::whole(*workflows));
    let mut found: Vec<String> = detail.found_in.iter().map(found).collect();
    if detail.whole > 0 {
        found.push(format!("{} asked for nothing else", words::count(detail.whole, "request")));
    }
    (!found.is_empty()).then(|| ScreenLine::fact("Found by", found.join(", ")))
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

fn parts(analysis: &PatternAnalysis, basis: &ConfidenceBasis) -> Vec<ScorePart> {
    let confidence = analysis.statistics.confidence;
    if basis.finished == 0 {
        let reason = "none of its workflows is left to judge by, which gives 10".to_owned();
        return vec![ScorePart { name: "frequency", points: confidence.frequency, most: 40.0, reason }];
    }
    let part = |name, points, most, reason| ScorePart { name, points, most, reason };
    vec![
        part("frequency", confidence.frequency, 40.0, frequency(confidence.frequency, basis)),
        part("consistency", confidence.consistency, 30.0, consistency(confidence.consistency, basis)),
        part("success", confidence.success, 30.0, success(confidence.success, basis)),
    ]
}

fn gives(condition: &str, points: f64) -> String {
    format!("; {condition} gives {points:.0}")
}

fn frequency(points: f64, basis: &ConfidenceBasis) -> String {
    let condition = match points {
        40.0 => "≥ 10",
        30.0 => "5 to 9",
        20.0 => "3 or 4",
        _ => "1 or 2",
    };
    words::count(basis.linked, "workflow") + &gives(condition, points)
}

fn consistency(points: f64, basis: &ConfidenceBasis) -> String {
    let Some(variance) = basis.duration_variance else {
        return format!("fewer than two durations are known, which gives {points:.0}");
    };
    let condition = match points {
        30.0 => "under 100",
        20.0 => "100 to 1,000",
        _ => "≥ 1,000",
    };
    format!("the durations vary by {} s² (variance){}", words::tenths(variance), gives(condition, points))
}

fn success(points: f64, basis: &ConfidenceBasis) -> String {
    let condition = match points {
        30.0 => "none of either",
        20.0 => "under 1 and under 2",
        10.0 => "under 3 errors",
        _ => "≥ 3 errors",
    };
    let (errors, retries) = (basis.mean_errors, basis.mean_retries);
    format!("{errors:.2} errors and {retries:.2} retries a workflow{}", gives(condition, points))
}

fn part_json(part: &ScorePart) -> Value {
    json!({ "part": part.name, "points": part.points, "most": part.most, "reason": part.reason })
}

fn confidence_lines(analysis: &PatternAnalysis, parts: &[ScorePart]) -> Vec<ScreenLine> {
    let score = analysis.statistics.confidence.score();
    let mut lines =
        vec![ScreenLine::fact("Confidence", format!("{} of 100", paint::bold(&format!("{score:.0}"))))];
    lines.extend(parts.iter().map(|part| {
        let gauge = chart::gauge(part.points / part.most, BAR);
        let fact = format!("{gauge} {:>2.0} of {:.0}  {}", part.points, part.most, part.reason);
        ScreenLine::fact(&format!("  {}", part.name), fact)
    }));
    lines
}

fn description(analysis: &PatternAnalysis, detail: &Detail) -> Vec<ScreenLine> {
    let counts: Vec<String> = analysis.trend.iter().map(u64::to_string).collect();
    let weeks = paint::bar(&chart::sparkline(&analysis.trend));
    let mut lines = vec![ScreenLine::fact(
        "By week",
        format!("{weeks}  {} ({TREND_WEEKS} weeks, the latest last)", counts.join(" ")),
    )];
    let typical = match (&detail.typical, &analysis.pattern.typical_input) {
        (Some(typical), _) => typical_words(typical),
        (None, Some(unread)) => format!("not understood: {}", text::beginning(unread, REQUEST)),
        (None, None) => "not recorded".to_owned(),
    };
    lines.push(ScreenLine::fact("Typical", typical));
    if !detail.files.is_empty() {
        let file = |(file, workflows): &(String, u64)| {
            format!("{} ({})", text::safe(file), words::whole(*workflows))
        };
        let mut files: Vec<String> = detail.files.iter().take(FILES).map(file).collect();
        if detail.files.len() > FILES {
            files.push(format!("and {} more", detail.files.len() - FILES));
        }
        lines.push(ScreenLine::fact("Files", files.join(", ")));
    }
    lines
}

/// Characteristics in words: those of the pattern's first workflow.
fn typical_words(typical: &StoredCharacteristics) -> String {
    let mut parts = Vec::new();
    if let Some(complexity) = &typical.complexity {
        parts.push(text::safe(complexity));
    }
    parts.extend(typical.duration_range.as_deref().map(|range| match range {
        "short" => "short (under 3 minutes)".to_owned(),
        "medium" => "of medium length (3 to 10 minutes)".to_owned(),
        "long" => "long (10 minutes and more)".to_owned(),
        other => text::safe(other),
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
        parts.push(format!("keywords {}", text::safe(&typical.keywords.join(", "))));
    }
    if parts.is_empty() {
        return "nothing is recorded".to_owned();
    }
    format!("{} (its first workflow)", parts.join("; "))
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
    Grid::of(examples)
        .column(Field::key("workflow_id", "workflow"), |example| Cell::text(&example.name))
        .text("time", "time", 90, |example| {
            measured(example, |of| Cell::new(json!(of.time), words::moment(of.time, zone)))
        })
        .number("actual_cost_total", "cost", 90, |example| measured(example, |of| Cell::dollars(of.cost)))
        .number("duration_seconds", "duration", 60, |example| {
            let shown = |of: Option<f64>| of.map_or_else(words::unknown, words::duration);
            measured(example, |of| Cell::new(of.known_duration(), shown(of.known_duration())))
        })
        .text("outcome", "outcome", 70, |example| measured(example, |of| Cell::text(&outcome(of))))
        .column(Field::beginning("request", "request", 80), request)
        .finish()
}

/// What was measured of an example; unknown where it cannot be read.
fn measured(example: &Example, cell: impl Fn(&Measures) -> Cell) -> Cell {
    example.workflow.as_ref().map_or_else(|_| Cell::raw(Value::Null), |workflow| cell(&workflow.measures))
}

fn outcome(measures: &Measures) -> String {
    match (measures.status, measures.errors) {
        (Status::Failed, _) => "failed".to_owned(),
        (status, 0) => status.name().to_owned(),
        (status, errors) => format!("{}, {}", status.name(), words::count(errors, "error")),
    }
}

/// What was asked for, or why that cannot be said.
fn request(example: &Example) -> Cell {
    match &example.workflow {
        Err(error) => Cell::text(&format!("cannot be read: {} {}", error.column, error.problem)),
        Ok(workflow) => {
            let request = workflow.request.as_deref().map(|request| text::beginning(request, REQUEST));
            Cell::new(request.clone(), request.unwrap_or_else(|| "(none)".to_owned()))
        }
    }
}
