//! What the tools that are in use have saved.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Cell, Grid, ScreenLine, paint, words};
use crate::analysis::{Analysis, PatternAnalysis};
use crate::statistics::realised::{DAYS_BEFORE, DAYS_NEEDED, Realised, SpanCost};

/// A row a pattern that a tool does.
pub fn grid(done: &[(&PatternAnalysis, Realised)], zone: &TimeZone) -> Grid {
    Grid::of(done)
        .text("pattern_signature", "pattern", u8::MAX, |(analysis, _)| {
            Cell::text(&analysis.pattern.signature)
        })
        .raw("automation_status", |(analysis, _)| analysis.pattern.status.clone())
        .raw("state", |(_, realised)| state(realised))
        .text("since", "since", 50, |(_, realised)| {
            Cell::new(json!(realised.since), words::day(realised.since, zone))
        })
        .number("before_a_month", "before\na month", 60, |(_, realised)| {
            Cell::dollars(realised.before.a_month)
        })
        .number("after_a_month", "since then\na month", 60, |(_, realised)| {
            Cell::dollars(realised.after.a_month)
        })
        .number("saved_a_month", "saved\na month", u8::MAX, |(_, realised)| match realised.saved() {
            saved if realised.is_too_early() => Cell::new(saved, "too early"),
            saved => Cell::dollars(saved),
        })
        .finish()
}

/// What the tools in use have saved.
pub fn sum(analysis: &Analysis) -> Option<ScreenLine> {
    let sum = analysis.overview.sum_of_realised_savings?;
    let amount = paint::bold(&words::dollars(Some(sum.abs())));
    let outcome = if sum < 0.0 {
        "more spent a month in spite of the tools in use"
    } else {
        "a month saved by the tools in use"
    };
    let several = analysis.realised().iter().filter(|(_, realised)| realised.saved().is_some()).count() > 1;
    let overlapping = if several { ": what the patterns' own figures add up to" } else { "" };
    Some(ScreenLine::fact("Realised", format!("{amount} {outcome}{overlapping}")))
}

/// What a pattern cost before and since, as JSON; `null` where no tool does it.
pub fn json(realised: Option<Realised>) -> Value {
    let Some(realised) = realised else { return Value::Null };
    let span = |span: &SpanCost| json!({ "days": span.days, "workflows": span.workflows, "cost_a_month": span.a_month });
    json!({
        "state": state(&realised),
        "since": realised.since,
        "before": span(&realised.before),
        "after": span(&realised.after),
        "saved_a_month": realised.saved(),
    })
}

/// What a pattern cost before and since, in words.
pub fn fact(realised: &Realised, zone: &TimeZone) -> ScreenLine {
    let since = words::day(realised.since, zone);
    let fact = match realised.saved() {
        Some(saved) => format!(
            "{} a month {}since {since}: {}; {} in the {} since ({})",
            paint::bold(&words::dollars(Some(saved.abs()))),
            if saved < 0.0 { "more " } else { "" },
            before(&realised.before),
            words::dollars(realised.after.a_month),
            words::days(realised.after.days),
            words::count(realised.after.workflows, "workflow"),
        ),
        None if realised.is_too_early() => format!(
            "too early to tell: {} of history since {since}, and it takes {DAYS_NEEDED:.0}; {}",
            words::days(realised.after.days),
            before(&realised.before)
        ),
        None => format!("unknown: {}", why_unknown(realised, zone)),
    };
    ScreenLine::fact("Realised", fact)
}

/// What a decision will be compared with.
pub fn outlook(realised: &Realised, zone: &TimeZone) -> String {
    match realised.before.a_month {
        Some(cost) => format!(
            "What it costs from {} on is compared with {} a month before; 'flowmine patterns show' tells what is saved, \
             {DAYS_NEEDED:.0} days from then.",
            words::day(realised.since, zone),
            words::dollars(Some(cost))
        ),
        None => format!("What it saves will stay unknown: {}.", why_unknown(realised, zone)),
    }
}

fn before(span: &SpanCost) -> String {
    format!(
        "{} a month in the {} before ({})",
        words::dollars(span.a_month),
        words::days(span.days),
        words::count(span.workflows, "workflow")
    )
}

fn state(realised: &Realised) -> &'static str {
    match realised.saved() {
        Some(_) => "compared",
        None if realised.is_too_early() => "too early",
        None => "unknown",
    }
}

fn why_unknown(realised: &Realised, zone: &TimeZone) -> String {
    let day = words::day(realised.since, zone);
    let Realised { since, before, .. } = realised;
    match (since, before.a_month) {
        (None, _) => "the file does not say since when (reviewed_at)".to_owned(),
        (_, Some(_)) => format!("none of its workflows since {day} has a known cost"),
        _ if before.days < DAYS_NEEDED => {
            format!("less than {DAYS_NEEDED:.0} days of history lie in the {DAYS_BEFORE:.0} before {day}")
        }
        _ if before.workflows == 0 => format!("it was not seen in the {DAYS_BEFORE:.0} days before {day}"),
        _ => format!("none of its workflows in the {DAYS_BEFORE:.0} days before {day} has a known cost"),
    }
}
