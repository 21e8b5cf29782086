//! The whole file in numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{Cell, Column, Document, Grid, patterns, words};
use crate::db::ledger::Run;
use crate::report::{PatternReport, Report};

/// The document of `stats`.
pub fn document(
    report: &Report,
    runs: &[Run],
    database: String,
    now: Timestamp,
    zone: &TimeZone,
    ascii: bool,
) -> Document {
    let open: Vec<&PatternReport> = report.patterns.iter().filter(|pattern| pattern.is_candidate()).collect();
    let mut candidates = open;
    candidates
        .sort_by(|a, b| b.savings().total_cmp(&a.savings()).then_with(|| a.pattern.id.cmp(&b.pattern.id)));
    Document {
        kind: "stats",
        generated_at: now,
        database,
        facts: patterns::facts(&report.overview),
        before: lines(report, zone),
        rows: grouped(report, "pattern_type", "by type", |pattern| &pattern.pattern.pattern_type, ascii),
        further: vec![
            (
                "by_status",
                "By status",
                grouped(report, "automation_status", "by status", |pattern| &pattern.pattern.status, ascii),
            ),
            (
                "candidates",
                "Candidates for automation (confidence of at least 70, at least $0.50 a month, not automated yet)",
                patterns::rows(&candidates, report.overview.sum_of_pattern_savings, zone, ascii),
            ),
            ("weeks", "The last weeks", weeks(report, zone, ascii)),
            ("runs", "The last runs", ledger(runs)),
        ],
        after: Vec::new(),
        warnings: Vec::new(),
    }
}

fn lines(report: &Report, zone: &TimeZone) -> Vec<String> {
    let overview = &report.overview;
    let window = &overview.window;
    let span = match window.first {
        Some(_) => format!(
            "{} to {} ({:.1} days)",
            words::day(window.first, zone),
            words::day(window.last, zone),
            window.days()
        ),
        None => "no times known, so all of it is taken as one month's".to_owned(),
    };
    let share = (overview.finished > 0).then(|| overview.matched as f64 / overview.finished as f64);
    let saved =
        (overview.spend_a_month > 0.0).then(|| overview.possible_saving_a_month / overview.spend_a_month);
    vec![
        format!("History          {span}"),
        format!(
            "Workflows        {} finished of {}; {} with a pattern ({}), {} without a known cost",
            words::whole(overview.finished),
            words::whole(overview.workflows),
            words::whole(overview.matched),
            words::percent(share.or(Some(0.0))),
            words::whole(overview.without_cost)
        ),
        format!(
            "Patterns         {}, {}",
            words::count(report.patterns.len() as u64, "pattern"),
            words::count(overview.occurrences, "occurrence")
        ),
        format!("Spend            {} a month", words::dollars(Some(overview.spend_a_month))),
        format!(
            "Possible saving  {} a month ({} of the spend), estimated: each workflow counts once",
            words::dollars(Some(overview.possible_saving_a_month)),
            words::percent(saved.or(Some(0.0)))
        ),
        format!(
            "                 the patterns' own figures add up to {}, because workflows with several patterns count in each",
            words::dollars(Some(overview.sum_of_pattern_savings))
        ),
        String::new(),
    ]
}

fn grouped<'a>(
    report: &'a Report,
    name: &'static str,
    title: &'static str,
    key: impl Fn(&'a PatternReport) -> &'a str,
    ascii: bool,
) -> Grid {
    let mut groups: BTreeMap<&str, (u64, u64, f64)> = BTreeMap::new();
    for pattern in &report.patterns {
        let group = groups.entry(key(pattern)).or_default();
        group.0 += 1;
        group.1 += pattern.statistics.occurrence_count;
        group.2 += pattern.savings();
    }
    let highest = groups.values().map(|group| group.2).fold(0.0, f64::max);
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| b.1.2.total_cmp(&a.1.2));
    let rows = groups.into_iter().map(|(name, (patterns, occurrences, savings))| {
        let share = if highest > 0.0 { savings / highest } else { 0.0 };
        vec![
            Cell::text(name),
            Cell::new(patterns, words::whole(patterns)),
            Cell::new(occurrences, words::whole(occurrences)),
            Cell::new(savings, words::dollars(Some(savings))),
            Cell::new(share, words::bar(share, 20, ascii)),
        ]
    });
    let columns = vec![
        Column::text(name, title, u8::MAX),
        Column::number("patterns", "patterns", u8::MAX),
        Column::number("occurrences", "occurrences", u8::MAX),
        Column::number("potential_monthly_savings", "saves/mo (overlapping)", u8::MAX),
        Column::text("share", "", 10),
    ];
    Grid { columns, rows: rows.collect() }
}

fn weeks(report: &Report, zone: &TimeZone, ascii: bool) -> Grid {
    let highest = report.overview.weeks.iter().map(|week| week.workflows).max().unwrap_or(0).max(1);
    let rows = report.overview.weeks.iter().map(|week| {
        let share = week.workflows as f64 / highest as f64;
        vec![
            Cell::new(json!(week.begins), words::day(week.begins, zone)),
            Cell::new(week.workflows, words::whole(week.workflows)),
            Cell::new(week.cost, words::dollars(Some(week.cost))),
            Cell::new(share, words::bar(share, 20, ascii)),
        ]
    });
    let columns = vec![
        Column::text("begins", "week from", u8::MAX),
        Column::number("workflows", "workflows", u8::MAX),
        Column::number("cost", "known cost", u8::MAX),
        Column::text("share", "", 10),
    ];
    Grid { columns, rows: rows.collect() }
}

fn ledger(runs: &[Run]) -> Grid {
    let rows = runs.iter().map(|run| {
        let started = crate::workflow::parse_time(&run.started_at);
        vec![
            Cell::new(run.id, run.id.to_string()),
            Cell::text(&run.command),
            Cell::new(json!(started), words::safe(&run.started_at)),
            Cell::text(&run.outcome),
            Cell::text(&run.rules_name),
            Cell::new(run.counts.workflows, words::whole(run.counts.workflows)),
            Cell::new(run.counts.new_occurrences, words::whole(run.counts.new_occurrences)),
            Cell::new(run.counts.failed, words::whole(run.counts.failed)),
        ]
    });
    let columns = vec![
        Column::number("id", "run", u8::MAX),
        Column::text("command", "command", u8::MAX),
        Column::text("started_at", "started (UTC)", u8::MAX),
        Column::text("outcome", "outcome", u8::MAX),
        Column::text("rules_name", "rules", 10),
        Column::number("workflows", "looked at", u8::MAX),
        Column::number("new_occurrences", "new", u8::MAX),
        Column::number("failed", "failed", 20),
    ];
    Grid { columns, rows: rows.collect() }
}
