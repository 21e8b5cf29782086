//! Patterns as rows, and the list of them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::grid::GridOf;
use super::{Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, chart, empty, paint, text, words};
use crate::analysis::list::{Listing, Ranked};
use crate::analysis::{Analysis, Overview, PatternAnalysis};
use crate::snapshot::StoredPattern;
use crate::statistics::{Quartiles, ToolShare, Window};
use crate::time::parse_time;

/// The width of the savings bar.
const BAR: usize = 6;

/// What stands for the lower bound of an operation that takes judgement.
const JUDGEMENT_MARK: &str = "*";

/// The names of the columns, for `--fields`.
pub fn fields() -> impl Iterator<Item = &'static str> + Clone {
    rows(&[], &Overview::default(), &TimeZone::UTC).columns.into_iter().map(|column| column.name)
}

/// The rows of some patterns of a file.
pub fn rows(patterns: &[Ranked<'_>], overview: &Overview, zone: &TimeZone) -> Grid {
    let year = overview.last_moment().map(|last| last.to_zoned(zone.clone()).year());
    let is_everything = overview.outside.is_none();
    // A column of nothing but 0% tells people nothing.
    let is_any_measured = patterns.iter().any(|ranked| ranked.analysis.cost.measured != 0.0);
    let measured = Field::number("measured_share", "measured", 35).seen_if(is_any_measured);
    seen(Grid::of(patterns))
        .number("least_monthly_savings", "at least\na month", u8::MAX, |row| least(row.analysis))
        .number("potential_monthly_savings", "at most\na month", u8::MAX, |row| {
            Cell::dollars(row.analysis.statistics.potential_monthly_savings)
        })
        .column(measured, |row| Cell::share(row.analysis.cost.measured_share()))
        .raw("needs_judgement", takes_judgement)
        .text("share_of_highest", "", 91, |row| {
            Cell::new(row.share_of_highest, paint::bar(&chart::bar(row.share_of_highest, BAR)))
        })
        .number("cumulative_share", "share\nso far", 40, |row| Cell::share(row.cumulative_share))
        .text("weekly", "13 weeks", 30, |row| {
            Cell::new(json!(row.analysis.trend), paint::bar(&chart::sparkline(&row.analysis.trend)))
        })
        .number("last_seen", "last\nseen", 70, |row| {
            let last_seen = row.analysis.last_seen();
            Cell::new(json!(last_seen), words::short_day(last_seen, zone, year))
        })
        .text("automation_status", "status", 50, |row| {
            Cell::new(row.analysis.pattern.status.clone(), status(&row.analysis.pattern))
        })
        .raw("excluded", |row| row.analysis.pattern.is_excluded())
        .raw("created_at", |row| json!(row.analysis.pattern.created_at.as_deref().and_then(parse_time)))
        .raw("judged_workflows", |row| row.analysis.statistics.finished)
        .raw("stored_statistics_are_current", |row| is_everything.then_some(row.analysis.is_stored))
        .finish()
}

/// The columns of what was seen of each pattern.
fn seen<'t, 'r>(rows: GridOf<'t, Ranked<'r>>) -> GridOf<'t, Ranked<'r>> {
    rows.number("id", "id", u8::MAX, |row| id(&row.analysis.pattern))
        .text("pattern_signature", "pattern", u8::MAX, |row| Cell::text(&row.analysis.pattern.signature))
        .raw("pattern_type", |row| row.analysis.pattern.pattern_type.clone())
        .number("occurrence_count", "seen", u8::MAX, |row| {
            Cell::count(row.analysis.statistics.occurrence_count)
        })
        .number("occurrences_per_month", "per\nmonth", 95, |row| {
            Cell::new(row.analysis.per_month(), words::tenths(row.analysis.per_month()))
        })
        .raw("avg_tokens_with_llm", |row| row.analysis.statistics.avg_tokens_with_llm)
        .number("avg_cost_with_llm", "mean\ncost", 90, |row| {
            Cell::dollars(row.analysis.statistics.avg_cost_with_llm)
        })
        .raw("avg_tokens_with_tool", |row| row.analysis.statistics.avg_tokens_with_tool())
        .raw("avg_cost_with_tool", |row| row.analysis.statistics.avg_cost_with_tool())
        .number("error_share", "fails", 60, |row| Cell::share(row.analysis.error_share))
        .raw("duration_lower_quartile", |row| row.analysis.duration.map(|of| of.lower))
        .raw("duration_median", |row| row.analysis.duration.map(|of| of.median))
        .number("duration_upper_quartile", "duration", 20, |row| duration(row.analysis.duration))
        .number("confidence_score", "conf", 92, |row| {
            let confidence = row.analysis.statistics.confidence.score();
            Cell::new(confidence, format!("{confidence:.0}"))
        })
}

fn id(pattern: &StoredPattern) -> Cell {
    Cell::new(pattern.id, pattern.id.map_or("new".to_owned(), |id| id.to_string()))
}

fn duration(duration: Option<Quartiles>) -> Cell {
    let spread = duration.map(|quartiles| words::spread(quartiles.lower, quartiles.upper));
    Cell::new(duration.map(|quartiles| quartiles.upper), spread.unwrap_or_else(words::unknown))
}

fn takes_judgement(ranked: &Ranked<'_>) -> bool {
    ranked.analysis.pattern.takes_judgement()
}

/// The decision on a pattern, and whether it is left out.
fn status(pattern: &StoredPattern) -> String {
    let left_out = if pattern.is_excluded() { ", left out" } else { "" };
    paint::status(&text::safe(&pattern.status)) + left_out
}

/// What a pattern saves at least; a mark where it takes judgement.
fn least(analysis: &PatternAnalysis) -> Cell {
    let least = analysis.saving_range().map(|saving| saving.least);
    let is_marked = analysis.pattern.takes_judgement();
    Cell::new(json!(least), if is_marked { JUDGEMENT_MARK.to_owned() } else { words::cents(least) })
}

/// What [`JUDGEMENT_MARK`] means, where one of the patterns has it.
pub(super) fn legend(patterns: &[Ranked<'_>]) -> Option<String> {
    patterns.iter().any(takes_judgement).then(|| {
        format!("{JUDGEMENT_MARK} takes judgement, like a review: a script alone cannot do it, and nothing of it is sure.")
    })
}

/// The document of `patterns list`; `filters` is what was asked for, for programs.
pub fn document(
    analysis: &Analysis,
    listing: &Listing<'_>,
    filters: Value,
    origin: &DocumentOrigin,
) -> Document {
    let overview = &analysis.overview;
    let mut facts = facts(overview);
    facts.insert(1, ("filters", filters));
    let after = empty::next_step(analysis, empty::NOT_RECORDED)
        .unwrap_or_else(|| closing_line(listing, overview, "more beyond --limit"));
    Document {
        facts,
        before: Vec::from_iter(span_line(overview, &origin.zone).map(ScreenLine::Text)),
        rows: rows(&listing.patterns, overview, &origin.zone),
        after: legend(&listing.patterns).into_iter().chain([after]).map(ScreenLine::Text).collect(),
        warnings: warnings(&analysis.patterns, overview),
        ..Document::new("patterns", origin)
    }
}

/// The facts that every document on a file has: its window, what is assumed, and its totals.
pub fn facts(overview: &Overview) -> Vec<(&'static str, Value)> {
    let assumptions = json!({ "tool_share": overview.basis.tool_share.share() });
    vec![("window", window(&overview.window)), ("assumptions", assumptions), ("totals", totals(overview))]
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
        "excluded_workflows": overview.excluded_workflows,
        "excluded_patterns": overview.excluded_patterns,
        "matched_workflows": overview.matched,
        "workflows_with_several_patterns": overview.in_several,
        "matched_workflows_without_cost": overview.matched_without_cost,
        "unmatched_workflows": overview.finished - overview.matched,
        "unmatched_workflows_without_request": overview.without_request,
        "workflows_without_cost": overview.without_cost,
        "workflows_without_time": overview.without_time,
        "workflows_outside_the_span": overview.outside.map(|outside| outside.workflows),
        "repeated_rows": overview.repeated_rows,
        "occurrences": overview.occurrences,
        "occurrences_of_purged_workflows": overview.purged_occurrences,
        "spend_a_month": overview.spend_a_month,
        "spend_last_30_days": overview.spend_last_30_days,
        "least_saving_a_month": overview.saving.map(|saving| saving.least),
        "possible_saving_a_month": overview.saving.map(|saving| saving.most),
        "measured_share": overview.measured_share,
        "sum_of_pattern_savings": overview.sum_of_pattern_savings,
        "sum_of_realised_savings": overview.sum_of_realised_savings,
        "patterns_without_workflows": overview.patterns_without_workflows,
        "patterns_for_most_savings": overview.patterns_for_most_savings,
    })
}

/// The warning where another tool share is assumed than for the stored statistics.
fn assumption(tool_share: ToolShare) -> Option<String> {
    (tool_share != ToolShare::STORED).then(|| {
        format!(
            "figures assume that a tool costs {}% of what the LLM does; those stored assume {}%",
            tool_share.percent(),
            ToolShare::STORED.percent()
        )
    })
}

/// What people should know before they believe the numbers.
pub fn warnings(patterns: &[PatternAnalysis], overview: &Overview) -> Vec<String> {
    let mut warnings = Vec::from_iter(assumption(overview.basis.tool_share));
    if overview.finished > 0 && overview.window.first.is_none() && overview.outside.is_none() {
        warnings
            .push("no workflow has a known time, so the whole history is taken for one month's".to_owned());
    }
    if overview.unreadable_times > 0 {
        warnings.push(format!(
            "a start_time or created_at cannot be read or believed in {} ('flowmine backfill' names them); where neither \
             can be, it is unknown when they ran",
            words::count(overview.unreadable_times, "workflow")
        ));
    }
    let stale = patterns.iter().filter(|analysis| !analysis.is_stored).count() as u64;
    if stale > 0 && overview.outside.is_none() {
        warnings.push(format!(
            "these numbers were computed now; those stored in the file differ for {}, until 'flowmine process' runs",
            words::count(stale, "pattern")
        ));
    }
    warnings
}

/// A sentence on the file's statuses that flowmine does not know, with the number of their workflows.
pub fn unknown_statuses(statuses: &[(String, u64)]) -> Option<String> {
    statuses.first()?;
    let said = |(word, number): &(String, u64)| match word.as_str() {
        "" => format!("{} without one", words::whole(*number)),
        word => format!("{} '{}'", words::whole(*number), text::safe(word)),
    };
    let can_be_typed =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    let typed = statuses.iter().find(|(word, _)| can_be_typed(word));
    let taken =
        |word: &str| if statuses.len() == 1 { "them".to_owned() } else { format!("those with '{word}'") };
    Some(format!(
        "workflows with a status that flowmine does not know are no history: {}{}",
        statuses.iter().map(said).collect::<Vec<_>>().join(", "),
        typed.map_or(String::new(), |(word, _)| format!(" ('--status {word}' takes {})", taken(word)))
    ))
}

/// The line above figures of a span of time. Whole days are shown as days, the last one included.
pub fn span_line(overview: &Overview, zone: &TimeZone) -> Option<String> {
    let (span, outside) = (overview.basis.span, overview.outside?);
    let untimed = match outside.untimed {
        0 => String::new(),
        untimed => format!(", {} of them without a known time", words::whole(untimed)),
    };
    let moment = |time| words::moment(Some(time), zone);
    let since = span.since.map(|since| match day_that_begins(since, zone) {
        Some(day) => format!("from {day}"),
        None => format!("from {}", moment(since)),
    });
    let day_before = |time| day_that_begins(time, zone)?.yesterday().ok();
    let until = span.until.map(|until| match day_before(until) {
        Some(day) => format!("to {day}"),
        None => format!("before {}", moment(until)),
    });
    Some(format!(
        "Only workflows {} ({}, {}; {} left out{untimed}): every number is of these alone.",
        since.into_iter().chain(until).collect::<Vec<_>>().join(" "),
        words::count(overview.finished, "finished workflow"),
        words::days(overview.window.days()),
        words::whole(outside.workflows),
    ))
}

/// The day that begins at this moment; `None` where none does.
fn day_that_begins(time: Timestamp, zone: &TimeZone) -> Option<Date> {
    let day = time.to_zoned(zone.clone()).date();
    (day.to_zoned(zone.clone()).ok()?.timestamp() == time).then_some(day)
}

/// The list's last line: how many of how many, what share of the savings, and how to see more.
pub fn closing_line(listing: &Listing<'_>, overview: &Overview, how_to_see_more: &str) -> String {
    let more = [
        (listing.beyond_limit, how_to_see_more),
        (listing.hidden, "more implemented, active or deprecated (--status all)"),
        (listing.filtered, "more left out by the filters"),
    ];
    let more = more.into_iter().filter(|(number, _)| *number > 0);
    let more: Vec<_> = more.map(|(number, why)| format!("{} {why}", words::whole(number))).collect();
    let share = listing.patterns.last().and_then(|last| last.cumulative_share);
    let share =
        share.map(|share| format!(", {} of what the patterns add up to", words::percent(Some(share))));
    format!(
        "{} of {} shown{}{}{}. Possible saving, each workflow once: {} a month.{}",
        words::whole(listing.patterns.len() as u64),
        words::count(listing.of, "pattern"),
        share.unwrap_or_default(),
        if more.is_empty() { "" } else { "; " },
        more.join(", "),
        words::bounds(overview.saving),
        left_out(overview).map_or(String::new(), |left_out| format!(" {left_out}.")),
    )
}

/// How much a person left out; `None` where everything counts.
pub fn left_out(overview: &Overview) -> Option<String> {
    let parts = [(overview.excluded_workflows, "workflow"), (overview.excluded_patterns, "pattern")];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts.map(|(number, one)| words::count(number, one)).collect();
    (!parts.is_empty()).then(|| format!("{} left out (patterns exclude)", parts.join(" and ")))
}
