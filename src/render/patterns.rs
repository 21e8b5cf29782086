//! Patterns as rows, and the list of them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Cell, Column, Grid, number, paint, words};
use crate::analysis::list::Listing;
use crate::analysis::{Overview, PatternAnalysis, Span};
use crate::statistics::Window;
use crate::time::parse_time;

/// The width of the savings bar.
const BAR: usize = 6;

const COLUMNS: [Column; 23] = [
    Column::number("id", "id", u8::MAX),
    Column::text("pattern_signature", "pattern", u8::MAX),
    Column::raw("pattern_type"),
    Column::number("occurrence_count", "seen", u8::MAX),
    Column::number("occurrences_per_month", "per\nmonth", 95),
    Column::raw("avg_tokens_with_llm"),
    Column::number("avg_cost_with_llm", "mean\ncost", 90),
    Column::raw("avg_tokens_with_tool"),
    Column::raw("avg_cost_with_tool"),
    Column::number("error_share", "fails", 60),
    Column::raw("duration_lower_quartile"),
    Column::raw("duration_median"),
    Column::number("duration_upper_quartile", "duration", 20),
    Column::number("confidence_score", "conf", 92),
    Column::number("potential_monthly_savings", "saves\na month", u8::MAX),
    Column::text("share_of_highest", "", 91),
    Column::number("cumulative_share", "cum", 40),
    Column::text("weekly", "13 weeks", 30),
    Column::number("last_seen", "last\nseen", 70),
    Column::text("automation_status", "status", 50),
    Column::raw("created_at"),
    Column::raw("judged_workflows"),
    Column::raw("stored_statistics_are_current"),
];

/// The names of the columns, for `--fields`.
pub fn fields() -> impl Iterator<Item = &'static str> + Clone {
    COLUMNS.iter().map(|column| column.name)
}

/// The rows of some patterns of a file; cumulative shares are of what all its patterns' own savings add up to.
pub fn rows(patterns: &[&PatternAnalysis], overview: &Overview, zone: &TimeZone) -> Grid {
    let highest = patterns.iter().map(|pattern| pattern.savings()).fold(0.0, f64::max);
    let total = overview.sum_of_pattern_savings;
    let mut so_far = 0.0;
    let rows = patterns.iter().map(|pattern| {
        so_far += pattern.savings();
        let share = if highest > 0.0 { pattern.savings() / highest } else { 0.0 };
        row(pattern, share, (total > 0.0).then(|| (so_far / total).min(1.0)), overview, zone)
    });
    Grid { columns: COLUMNS.to_vec(), rows: rows.collect() }
}

fn row(
    analysis: &PatternAnalysis,
    share: f64,
    cumulative: Option<f64>,
    overview: &Overview,
    zone: &TimeZone,
) -> Vec<Cell> {
    let (pattern, statistics) = (&analysis.pattern, &analysis.statistics);
    let confidence = statistics.confidence.score();
    let year = overview.window.last.map(|last| last.to_zoned(zone.clone()).year());
    let duration = analysis.duration;
    let spread = duration.map(|quartiles| words::spread(quartiles.lower, quartiles.upper));
    let is_stored = overview.left_out.is_none().then_some(analysis.is_stored);
    vec![
        Cell::new(json!(pattern.id), pattern.id.map_or("new".to_owned(), |id| id.to_string())),
        Cell::text(&pattern.signature),
        Cell::raw(pattern.pattern_type.clone()),
        Cell::new(statistics.occurrence_count, words::whole(statistics.occurrence_count)),
        Cell::new(analysis.per_month(), words::tenths(analysis.per_month())),
        Cell::raw(json!(statistics.avg_tokens_with_llm)),
        Cell::new(number(statistics.avg_cost_with_llm), words::dollars(statistics.avg_cost_with_llm)),
        Cell::raw(json!(statistics.avg_tokens_with_tool())),
        Cell::raw(number(statistics.avg_cost_with_tool())),
        Cell::new(number(analysis.error_share), words::percent(analysis.error_share)),
        Cell::raw(number(duration.map(|quartiles| quartiles.lower))),
        Cell::raw(number(duration.map(|quartiles| quartiles.median))),
        Cell::new(
            number(duration.map(|quartiles| quartiles.upper)),
            spread.unwrap_or_else(|| words::UNKNOWN.to_owned()),
        ),
        Cell::new(confidence, format!("{confidence:.0}")),
        Cell::new(
            number(statistics.potential_monthly_savings),
            words::dollars(statistics.potential_monthly_savings),
        ),
        Cell::new(share, paint::bar(&words::bar(share, BAR))),
        Cell::new(number(cumulative), words::percent(cumulative)),
        Cell::new(json!(analysis.trend), paint::bar(&words::sparkline(&analysis.trend))),
        Cell::new(json!(analysis.last_seen()), words::short_day(analysis.last_seen(), zone, year)),
        Cell::new(pattern.status.clone(), paint::status(&words::safe(&pattern.status))),
        Cell::raw(json!(pattern.created_at.as_deref().and_then(parse_time))),
        Cell::raw(statistics.finished),
        Cell::raw(json!(is_stored)),
    ]
}

/// The facts that every document on a file has: its window and its totals.
pub fn facts(overview: &Overview) -> Vec<(&'static str, Value)> {
    vec![("window", window(&overview.window)), ("totals", totals(overview))]
}

fn window(window: &Window) -> Value {
    json!({
        "first": window.first,
        "last": window.last,
        "days": window.days(),
        "monthly_factor": window.monthly_factor(),
    })
}

fn totals(overview: &Overview) -> Value {
    json!({
        "workflows": overview.workflows,
        "finished_workflows": overview.finished,
        "matched_workflows": overview.matched,
        "workflows_with_several_patterns": overview.in_several,
        "matched_workflows_without_cost": overview.matched_without_cost,
        "unmatched_workflows": overview.finished - overview.matched,
        "unmatched_workflows_without_request": overview.without_request,
        "workflows_without_cost": overview.without_cost,
        "workflows_without_time": overview.without_time,
        "workflows_outside_the_span": overview.left_out,
        "repeated_rows": overview.repeated_rows,
        "occurrences": overview.occurrences,
        "occurrences_of_purged_workflows": overview.purged_occurrences,
        "spend_a_month": overview.spend_a_month,
        "possible_saving_a_month": overview.possible_saving_a_month,
        "sum_of_pattern_savings": overview.sum_of_pattern_savings,
        "patterns_without_workflows": overview.patterns_without_workflows,
        "patterns_for_most_savings": overview.patterns_for_most_savings,
    })
}

/// What is to be known before the numbers are believed.
pub fn warnings(patterns: &[PatternAnalysis], overview: &Overview) -> Vec<String> {
    let mut warnings = Vec::new();
    if overview.finished > 0 && overview.window.first.is_none() && overview.left_out.is_none() {
        warnings
            .push("no workflow has a known time, so the whole history is taken for one month's".to_owned());
    }
    let stale = patterns.iter().filter(|analysis| !analysis.is_stored).count() as u64;
    if stale > 0 && overview.left_out.is_none() {
        warnings.push(format!(
            "these numbers were computed now; those stored in the file differ for {}, until 'flowmine process' runs",
            words::count(stale, "pattern")
        ));
    }
    warnings
}

/// What is said where only a span of time is looked at.
pub fn span_line(span: &Span, overview: &Overview, zone: &TimeZone) -> Option<String> {
    let left_out = overview.left_out?;
    let bound =
        |word: &str, time: Option<_>| time.map(|time| format!("{word} {}", words::moment(Some(time), zone)));
    let bounds = [bound("from", span.since), bound("before", span.until)].into_iter().flatten();
    Some(format!(
        "Only workflows {} ({}, {}; {} left out): every number is of these alone.",
        bounds.collect::<Vec<_>>().join(" and "),
        words::count(overview.finished, "finished workflow"),
        words::days(overview.window.days()),
        words::whole(left_out),
    ))
}

/// The list's last line: how many of how many, what share of the savings, and how to see more.
pub fn closing_line(listing: &Listing<'_>, overview: &Overview, how_to_see_more: &str) -> String {
    let share =
        (overview.sum_of_pattern_savings > 0.0).then(|| listing.savings / overview.sum_of_pattern_savings);
    let filtered = listing.of - listing.patterns.len() as u64 - listing.hidden - listing.beyond_limit;
    let more = [
        (listing.beyond_limit, how_to_see_more),
        (listing.hidden, "more implemented, active or deprecated (--status all)"),
        (filtered, "more left out by the filters"),
    ];
    let more = more.into_iter().filter(|(number, _)| *number > 0);
    let more: Vec<_> = more.map(|(number, why)| format!("{} {why}", words::whole(number))).collect();
    format!(
        "{} of {} shown, {} of what the patterns add up to{}{}. Possible saving, each workflow once: {} a month.",
        words::whole(listing.patterns.len() as u64),
        words::count(listing.of, "pattern"),
        words::percent(share.or(Some(0.0))),
        if more.is_empty() { "" } else { "; " },
        more.join(", "),
        words::dollars(Some(overview.possible_saving_a_month)),
    )
}
