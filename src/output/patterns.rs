//! Patterns as rows, and one pattern in all its detail.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Cell, Column, Document, Grid, number, words};
use crate::report::{Overview, PatternReport};
use crate::statistics::Window;

/// The width of the savings bar.
const BAR: usize = 8;

const COLUMNS: [Column; 21] = [
    Column::number("id", "id", u8::MAX),
    Column::text("pattern_signature", "pattern", u8::MAX),
    Column::raw("pattern_type"),
    Column::number("occurrence_count", "seen", u8::MAX),
    Column::number("occurrences_per_month", "a month", 90),
    Column::raw("avg_tokens_with_llm"),
    Column::number("avg_cost_with_llm", "mean cost", 90),
    Column::raw("avg_tokens_with_tool"),
    Column::raw("avg_cost_with_tool"),
    Column::number("error_share", "errors", 40),
    Column::text("duration_quartiles", "duration", 10),
    Column::number("confidence_score", "conf", 90),
    Column::number("potential_monthly_savings", "saves/mo", u8::MAX),
    Column::text("share", "", 90),
    Column::number("cumulative_share", "cum", 30),
    Column::text("weekly", "13 weeks", 20),
    Column::text("last_seen", "last seen", 50),
    Column::text("automation_status", "status", 45),
    Column::raw("created_at"),
    Column::raw("judged_workflows"),
    Column::raw("stored_statistics_are_current"),
];

/// The rows of a pattern list; shares are of `total`, the sum of all the patterns' own savings.
pub fn rows(patterns: &[&PatternReport], total: f64, zone: &TimeZone, ascii: bool) -> Grid {
    let highest = patterns.iter().map(|pattern| pattern.savings()).fold(0.0, f64::max);
    let mut so_far = 0.0;
    let rows = patterns.iter().map(|pattern| {
        so_far += pattern.savings();
        let cumulative = (total > 0.0).then(|| (so_far / total).min(1.0));
        row(pattern, highest, cumulative, zone, ascii)
    });
    Grid { columns: COLUMNS.to_vec(), rows: rows.collect() }
}

fn row(
    report: &PatternReport,
    highest: f64,
    cumulative: Option<f64>,
    zone: &TimeZone,
    ascii: bool,
) -> Vec<Cell> {
    let (pattern, statistics) = (&report.pattern, &report.statistics);
    let confidence = statistics.confidence.score();
    let share = if highest > 0.0 { report.savings() / highest } else { 0.0 };
    let quartiles = report.duration.map(|quartiles| [quartiles.lower, quartiles.median, quartiles.upper]);
    vec![
        Cell::new(json!(pattern.id), pattern.id.map_or("new".to_owned(), |id| id.to_string())),
        Cell::text(&pattern.signature),
        Cell::raw(pattern.pattern_type.clone()),
        Cell::new(statistics.occurrence_count, words::whole(statistics.occurrence_count)),
        Cell::new(report.per_month, format!("{:.1}", report.per_month)),
        Cell::raw(json!(statistics.avg_tokens_with_llm)),
        Cell::new(number(statistics.avg_cost_with_llm), words::dollars(statistics.avg_cost_with_llm)),
        Cell::raw(json!(statistics.avg_tokens_with_tool())),
        Cell::raw(number(statistics.avg_cost_with_tool())),
        Cell::new(number(report.error_share), words::percent(report.error_share)),
        Cell::new(json!(quartiles), quartiles.map_or(words::UNKNOWN.to_owned(), spread)),
        Cell::new(confidence, format!("{confidence:.0}")),
        Cell::new(
            number(statistics.potential_monthly_savings),
            words::dollars(statistics.potential_monthly_savings),
        ),
        Cell::new(share, words::bar(share, BAR, ascii)),
        Cell::new(number(cumulative), words::percent(cumulative)),
        Cell::new(json!(report.trend), words::sparkline(&report.trend, ascii)),
        Cell::new(
            json!(last_seen(report)),
            last_seen(report).map_or(words::UNKNOWN.to_owned(), |time| words::day(Some(time), zone)),
        ),
        Cell::text(&pattern.status),
        Cell::raw(json!(pattern.created_at.as_deref().and_then(crate::workflow::parse_time))),
        Cell::raw(statistics.judged),
        Cell::raw(report.is_stored),
    ]
}

fn spread([lower, _, upper]: [f64; 3]) -> String {
    match (words::duration(lower), words::duration(upper)) {
        (lower, upper) if lower == upper => lower,
        (lower, upper) => format!("{lower}–{upper}"),
    }
}

/// The latest known time of the pattern's workflows, else what is stored.
pub fn last_seen(report: &PatternReport) -> Option<Timestamp> {
    let stored = || report.pattern.last_seen.as_deref().and_then(crate::workflow::parse_time);
    report.statistics.last_seen.or_else(stored)
}

/// The facts that every document on a file has: its window and its totals.
pub fn facts(overview: &Overview) -> Vec<(&'static str, Value)> {
    vec![("window", window(&overview.window)), ("totals", totals(overview))]
}

/// A window for programs.
pub fn window(window: &Window) -> Value {
    json!({ "first": window.first, "last": window.last, "days": window.days(), "monthly_factor": window.monthly_factor() })
}

fn totals(overview: &Overview) -> Value {
    json!({
        "workflows": overview.workflows,
        "finished_workflows": overview.finished,
        "matched_workflows": overview.matched,
        "workflows_without_cost": overview.without_cost,
        "workflows_without_time": overview.without_time,
        "occurrences": overview.occurrences,
        "occurrences_of_purged_workflows": overview.purged_occurrences,
        "spend_a_month": overview.spend_a_month,
        "possible_saving_a_month": overview.possible_saving_a_month,
        "sum_of_pattern_savings": overview.sum_of_pattern_savings,
    })
}

/// The list's last line: how many of how many, and what share of the savings.
pub fn closing_line(shown: &[&PatternReport], all: usize, overview: &Overview) -> String {
    let savings: f64 = shown.iter().map(|pattern| pattern.savings()).sum();
    let share = (overview.sum_of_pattern_savings > 0.0).then(|| savings / overview.sum_of_pattern_savings);
    let more = if shown.len() < all { "; widen the filters or --limit to see more" } else { "" };
    format!(
        "{} of {} shown, {} of what the patterns add up to{more}. Possible saving, each workflow once: {} a month.",
        shown.len(),
        words::count(all as u64, "pattern"),
        words::percent(share.or(Some(0.0))),
        words::dollars(Some(overview.possible_saving_a_month)),
    )
}

/// One pattern in detail.
pub fn show(
    report: &PatternReport,
    overview: &Overview,
    database: String,
    now: Timestamp,
    zone: &TimeZone,
    ascii: bool,
) -> Document {
    let (pattern, statistics) = (&report.pattern, &report.statistics);
    let confidence = statistics.confidence;
    let dollars = |amount| words::dollars(amount);
    let mut before = vec![
        format!(
            "{}  (id {}, {})",
            words::safe(&pattern.signature),
            pattern.id.unwrap_or(0),
            words::safe(&pattern.status)
        ),
        String::new(),
        format!(
            "Seen in        {}, {:.1} a month, last on {}",
            words::count(statistics.occurrence_count, "workflow"),
            report.per_month,
            last_seen(report).map_or(words::UNKNOWN.to_owned(), |time| words::day(Some(time), zone))
        ),
        format!(
            "Mean cost      {} with an LLM ({} tokens), {} with a tool",
            dollars(statistics.avg_cost_with_llm),
            statistics.avg_tokens_with_llm.map_or(words::UNKNOWN.to_owned(), words::whole),
            dollars(statistics.avg_cost_with_tool())
        ),
        savings_line(report, overview),
        format!("Confidence     {:.0} of 100", confidence.score()),
    ];
    let parts = [
        ("how often", confidence.frequency, 40.0),
        ("how alike its durations", confidence.consistency, 30.0),
        ("how free of errors and retries", confidence.success, 30.0),
    ];
    before.extend(parts.map(|(what, points, most)| {
        format!("               {} {points:>2.0} of {most:.0}  {what}", words::bar(points / most, 10, ascii))
    }));
    before.push(format!("Last 13 weeks  {}", words::sparkline(&report.trend, ascii)));
    if let Some(typical) = &pattern.typical_input {
        before.push(format!("Typical        {}", words::safe(typical)));
    }
    let mut rows = rows(&[report], overview.sum_of_pattern_savings, zone, ascii);
    let mut facts = facts(overview);
    let typical: Option<Value> =
        pattern.typical_input.as_deref().and_then(|json| serde_json::from_str(json).ok());
    facts.push(("typical_input_pattern", json!(typical)));
    facts.push((
        "confidence_parts",
        json!({ "frequency": confidence.frequency, "consistency": confidence.consistency, "success": confidence.success }),
    ));
    for column in &mut rows.columns {
        column.weight = column.weight.min(95);
    }
    Document {
        kind: "pattern",
        generated_at: now,
        database,
        facts,
        before,
        rows,
        further: Vec::new(),
        after: Vec::new(),
        warnings: Vec::new(),
    }
}

fn savings_line(report: &PatternReport, overview: &Overview) -> String {
    let statistics = &report.statistics;
    let (Some(cost), Some(tool)) = (statistics.avg_cost_with_llm, statistics.avg_cost_with_tool()) else {
        return "Saves a month  unknown: no workflow has a known cost".to_owned();
    };
    let (runs, factor) = match statistics.judged {
        0 => (statistics.occurrence_count, String::new()),
        judged => (
            judged,
            format!(" × {:.3} (30 of {:.1} days)", overview.window.monthly_factor(), overview.window.days()),
        ),
    };
    let factor = if overview.window.monthly_factor() < 1.0 { factor } else { String::new() };
    format!(
        "Saves a month  {} = ({} − {}) × {runs} workflows{factor}",
        words::dollars(statistics.potential_monthly_savings),
        words::dollars(Some(cost)),
        words::dollars(Some(tool)),
    )
}
