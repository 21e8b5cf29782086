//! The whole file in numbers.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, bars, chart, empty, paint, patterns, periods,
    realised, text, words,
};
use crate::analysis::overview::{ConfidenceStep, PatternGroup};
use crate::analysis::periods::Period;
use crate::analysis::{Analysis, Overview, PatternAnalysis, TimeSpan};
use crate::db::runs::RecordedRun;
use crate::statistics::Saving;
use crate::time::parse_time;

/// How many patterns the answer names.
const MOST_SAVING: usize = 3;

/// What a document of `stats` is made of.
pub struct StatsDocument<'a> {
    /// The file's numbers.
    pub analysis: &'a Analysis,
    /// Which part of the history they are of.
    pub span: TimeSpan,
    /// Its months or weeks.
    pub periods: &'a [Period],
    /// The last runs.
    pub runs: &'a [RecordedRun],
}

/// The document of `stats`.
pub fn document(of: &StatsDocument<'_>, origin: &DocumentOrigin) -> Document {
    let (analysis, zone) = (of.analysis, &origin.zone);
    let overview = &analysis.overview;
    let mut json_facts = patterns::facts(overview);
    json_facts.insert(1, ("filters", json!({ "since": of.span.since, "until": of.span.until })));
    let mut before = Vec::from_iter(patterns::span_line(&of.span, overview, zone).map(ScreenLine::Text));
    before.extend(lines(analysis, zone));
    Document {
        rows: figures(&json_facts).for_programs(),
        facts: json_facts,
        before,
        further: vec![
            ("periods", periods::title(of.periods), periods::grid(of.periods)),
            ("by_type", "By type", groups("pattern_type", "type", &analysis.by_type())),
            (
                "candidates",
                "Candidates for automation: confidence of at least 70, at least $0.50 a month, not automated yet",
                patterns::rows(&analysis.candidates(), overview, zone),
            ),
            (
                "realised",
                "Realised: what patterns cost before a tool did them and since (their figures overlap)",
                realised::grid(&analysis.realised(), zone),
            ),
            ("by_status", "By status", groups("automation_status", "status", &analysis.by_status())),
            ("by_confidence", "By confidence", by_confidence(analysis)),
            ("runs", "Last runs", last_runs(of.runs, zone)),
        ],
        after: Vec::from_iter(next_step(analysis).map(ScreenLine::Text)),
        warnings: patterns::warnings(&analysis.patterns, overview),
        ..Document::new("stats", origin)
    }
}

/// What to do next where something is missing.
fn next_step(analysis: &Analysis) -> Option<String> {
    let open = analysis.counted().filter(|analysis| analysis.is_open()).count();
    let no_candidates = || {
        format!(
            "None of the {} to decide on is a candidate for automation yet: that takes a confidence of at least 70 and \
             $0.50 a month. 'flowmine patterns list' shows how far each is.",
            words::count(open as u64, "pattern")
        )
    };
    empty::next_step(analysis, empty::NOT_RECORDED)
        .or_else(|| (open > 0 && analysis.candidates().is_empty()).then(no_candidates))
}

/// The window's and the totals' numbers, one a row: what CSV can show of it all.
fn figures(facts: &[(&'static str, Value)]) -> Grid {
    let numbers = facts.iter().filter_map(|(_, fact)| fact.as_object()).flatten();
    let row = |(name, value): (&String, &Value)| vec![Cell::raw(name.clone()), Cell::raw(value.clone())];
    Grid { columns: vec![Field::raw("figure"), Field::raw("value")], rows: numbers.map(row).collect() }
}

fn lines(analysis: &Analysis, zone: &TimeZone) -> Vec<ScreenLine> {
    let overview = &analysis.overview;
    let mut lines: Vec<ScreenLine> =
        answer(analysis).into_iter().flat_map(|line| [line.into(), ScreenLine::empty()]).collect();
    lines.extend(money(overview));
    lines.extend(realised::sum(overview));
    lines.push(ScreenLine::fact("History", window_words(overview, zone)));
    lines.extend(coverage(overview));
    let purged = match overview.purged_occurrences {
        0 => String::new(),
        purged => format!(", {} of workflows no longer in the history", words::whole(purged)),
    };
    let number = words::count(analysis.patterns.len() as u64, "pattern");
    let occurrences = words::count(overview.occurrences, "occurrence");
    lines.push(ScreenLine::fact("Patterns", format!("{number}, {occurrences}{purged}")));
    lines.extend(patterns::left_out(overview).map(|left_out| ScreenLine::fact("Excluded", left_out)));
    if let [first, others @ ..] = analysis.foreign_patterns.as_slice() {
        let name = crate::render::text::safe(&first.signature);
        let others = if others.is_empty() { "" } else { " and others" };
        let rows = words::count(analysis.foreign_patterns.len() as u64, "row");
        let line = format!(
            "{rows} of operation_patterns are another program's ('{name}'{others}) and stay as they are"
        );
        lines.push(ScreenLine::fact("", line));
    }
    lines
}

/// The answer in words: what agents cost, what of it a tool could save, and which patterns make most of that.
fn answer(analysis: &Analysis) -> Option<String> {
    let overview = &analysis.overview;
    if overview.spend_a_month <= 0.0 {
        return None;
    }
    let most = analysis.most_saving(MOST_SAVING).into_iter();
    let named = |pattern: &PatternAnalysis| {
        let name = paint::bold(&text::safe(&pattern.pattern.signature));
        format!("{name} ({})", words::range(pattern.saving().unwrap_or_default()))
    };
    let named: Vec<String> = most.map(named).collect();
    let most = match named.as_slice() {
        [] => String::new(),
        [one] => format!(" Most of it: {one}."),
        [first @ .., last] => format!(" Most of it: {} and {last}.", first.join(", ")),
    };
    Some(format!(
        "Agents cost {} a month. Tools for the operations that recur would save {}; {} of that is measured.{most}",
        paint::bold(&words::dollars(Some(overview.spend_a_month))),
        saved_of(overview.saving, overview.spend_a_month),
        match overview.measured_share {
            Some(measured) if measured > 0.0 => words::percent(Some(measured)),
            _ => "nothing".to_owned(),
        },
    ))
}

/// What tools would save of a spend, at least and at most.
fn saved_of(saving: Saving, spend: f64) -> String {
    let amount = |amount: f64| {
        let share = words::percent(Some(amount / spend));
        format!("{} ({share})", paint::bold(&words::dollars(Some(amount))))
    };
    words::one_or_both(amount(saving.least), amount(saving.most), |least, most| {
        format!("at least {least} and at most {most}")
    }) + " of it"
}

fn window_words(overview: &Overview, zone: &TimeZone) -> String {
    let window = &overview.window;
    match window.first {
        None => "no times known, so all of it is taken for one month's".to_owned(),
        Some(_) => format!(
            "{} to {} ({}); 'a month' is {}",
            words::day(window.first, zone),
            words::day(window.last, zone),
            words::days(window.days()),
            if window.monthly_factor() < 1.0 { "30 days of it" } else { "all of it" }
        ),
    }
}

fn coverage(overview: &Overview) -> Vec<ScreenLine> {
    let unmatched = overview.finished - overview.matched;
    let without_request = overview.without_request.unwrap_or(0);
    let unfinished = match overview.workflows - overview.finished - overview.excluded_workflows {
        0 => String::new(),
        unfinished => format!("; {} more unfinished", words::whole(unfinished)),
    };
    let mut parts =
        vec![(overview.matched, "with a pattern"), (unmatched - without_request, "without a pattern")];
    if overview.without_request.is_some() {
        parts.push((without_request, "without a pattern and without request text"));
    }
    parts.push((overview.without_cost, "without a known cost (NULL or 0)"));
    let digits = words::whole(overview.finished).len();
    let line = |(part, what): (u64, &str)| {
        let share = if overview.finished > 0 { part as f64 / overview.finished as f64 } else { 0.0 };
        let (number, percent) = (words::whole(part), words::percent(Some(share)));
        ScreenLine::fact(
            &format!("{number:>digits$} {percent:>4}"),
            format!("{}  {what}", chart::gauge(share, bars::BAR)),
        )
    };
    let mut lines = vec![ScreenLine::fact(
        "Workflows",
        format!("{} finished{unfinished}", words::whole(overview.finished)),
    )];
    lines.extend(parts.into_iter().map(line));
    lines.extend(
        patterns::unknown_statuses(&overview.unknown_statuses).map(|line| ScreenLine::fact("", line)),
    );
    lines
}

fn money(overview: &Overview) -> Vec<ScreenLine> {
    let dollars = |amount| words::dollars(Some(amount));
    let (saving, sum) = (overview.saving, overview.sum_of_pattern_savings);
    let share_of_spend = match overview.spend_a_month {
        spend if spend > 0.0 => words::percents(saving.least / spend, saving.most / spend),
        _ => words::percent(Some(0.0)),
    };
    let beyond = match sum - saving.most {
        more if more > 0.005 => format!(", {} more: {}", dollars(more), why_more(overview)),
        _ => String::new(),
    };
    let spend = format!("{} a month", paint::bold(&dollars(overview.spend_a_month)));
    let mut lines = vec![ScreenLine::fact("Spend", spend)];
    lines.extend(periods::recent_spend(overview));
    lines.extend([
        ScreenLine::fact(
            "Saving",
            format!(
                "{} a month possible ({share_of_spend} of the spend), each workflow counted once",
                paint::bold(&words::range(saving)),
            ),
        ),
        ScreenLine::fact(
            "",
            format!("The patterns' own figures add up to {} at most{beyond}.", dollars(sum)),
        ),
        ScreenLine::fact(
            "",
            format!(
                "80% of that comes from {}.",
                words::count(overview.patterns_for_most_savings, "pattern")
            ),
        ),
    ]);
    lines
}

/// Why the patterns' own figures add up to more than the total.
fn why_more(overview: &Overview) -> String {
    let reasons = [
        (overview.in_several, "workflow", "in several patterns count in each"),
        (overview.matched_without_cost, "workflow", "without a known cost count at their pattern's mean"),
        (overview.patterns_without_workflows, "pattern", "whose workflows are gone keep their last mean"),
    ];
    let reasons = reasons.into_iter().filter(|(number, ..)| *number > 0);
    let reasons: Vec<_> =
        reasons.map(|(number, of, why)| format!("{} {why}", words::count(number, of))).collect();
    reasons.join("; ")
}

fn groups(name: &'static str, title: &'static str, groups: &[PatternGroup<'_>]) -> Grid {
    let highest = groups.iter().map(|group| group.savings).fold(0.0, f64::max);
    let row = |group: &PatternGroup<'_>| {
        let text = text::safe(group.name);
        let text = if name == "automation_status" { paint::status(&text) } else { text };
        vec![
            Cell::new(group.name, text),
            Cell::new(group.savings, words::cents(Some(group.savings))),
            Cell::new(group.patterns, words::whole(group.patterns)),
            Cell::new(group.occurrences, words::whole(group.occurrences)),
            bars::bar(group.savings, highest),
        ]
    };
    let columns = vec![
        Field::text(name, title, u8::MAX),
        Field::number("potential_monthly_savings", "saves a month\n(overlapping)", u8::MAX),
        Field::number("patterns", "patterns", u8::MAX),
        Field::number("occurrence_count", "seen", u8::MAX),
        bars::column(highest),
    ];
    Grid { columns, rows: groups.iter().map(row).collect() }
}

fn by_confidence(analysis: &Analysis) -> Grid {
    let steps = analysis.confidence_histogram();
    let highest = steps.iter().map(|step| step.patterns).max().unwrap_or(0);
    let row = |step: &ConfidenceStep| {
        vec![
            Cell::new(step.from, format!("{}–{}", step.from, step.to)),
            Cell::raw(step.to),
            Cell::new(step.patterns, words::whole(step.patterns)),
            bars::bar(step.patterns as f64, highest as f64),
        ]
    };
    let columns = vec![
        Field::text("confidence_from", "confidence", u8::MAX),
        Field::raw("confidence_to"),
        Field::number("patterns", "patterns", u8::MAX),
        bars::column(highest as f64),
    ];
    Grid { columns, rows: steps.iter().map(row).collect() }
}

fn last_runs(runs: &[RecordedRun], zone: &TimeZone) -> Grid {
    let rows = runs.iter().map(|run| {
        let started = parse_time(&run.started_at);
        vec![
            Cell::new(run.id, run.id.to_string()),
            Cell::text(&run.command),
            Cell::new(json!(started), words::moment(started, zone)),
            Cell::text(&run.outcome),
            Cell::text(&run.rules_name),
            Cell::new(run.counts.workflows, words::whole(run.counts.workflows)),
            Cell::new(run.counts.new_occurrences, words::whole(run.counts.new_occurrences)),
            Cell::new(run.counts.failed, words::whole(run.counts.failed)),
        ]
    });
    let columns = vec![
        Field::number("id", "run", u8::MAX),
        Field::text("command", "command", u8::MAX),
        Field::text("started_at", "started", u8::MAX),
        Field::text("outcome", "outcome", u8::MAX),
        Field::text("rules_name", "rules", 10),
        Field::number("workflows", "looked at", 40),
        Field::number("new_occurrences", "new", 30),
        Field::number("failed", "failed", 20),
    ];
    Grid { columns, rows: rows.collect() }
}
