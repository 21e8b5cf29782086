//! The whole file in numbers.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    Cell, Document, DocumentOrigin, Field, Grid, ScreenLine, TitledTable, empty, paint, patterns, periods,
    realised, text, words,
};
use crate::analysis::overview::{ConfidenceStep, MOST_SAVINGS, PatternGroup};
use crate::analysis::periods::Period;
use crate::analysis::{
    Analysis, CANDIDATE_CONFIDENCE, CANDIDATE_SAVINGS, Overview, PatternAnalysis, TimeSpan,
};
use crate::db::runs::RecordedRun;
use crate::statistics::Saving;
use crate::time::parse_time;

/// How many patterns the answer names.
const MOST_SAVING: usize = 3;

/// The document of `stats`.
pub fn document(
    analysis: &Analysis,
    periods: &[Period],
    runs: &[RecordedRun],
    origin: &DocumentOrigin,
) -> Document {
    let (overview, zone) = (&analysis.overview, &origin.zone);
    let TimeSpan { since, until } = overview.basis.span;
    let mut json_facts = patterns::facts(overview);
    json_facts.insert(1, ("filters", json!({ "since": since, "until": until })));
    let mut before = Vec::from_iter(patterns::span_line(overview, zone).map(ScreenLine::Text));
    before.extend(lines(analysis, zone));
    Document {
        rows: figures(&json_facts),
        facts: json_facts,
        before,
        further: vec![
            TitledTable::new("periods", periods::title(periods), periods::grid(periods)),
            TitledTable::new("by_type", BY_TYPE, groups("pattern_type", "type", &analysis.by_type())),
            TitledTable::new(
                "candidates",
                candidates_title(),
                patterns::rows(&analysis.candidates(), overview, zone),
            ),
            TitledTable::new("realised", REALISED, realised::grid(&analysis.realised(), zone)),
            TitledTable::new(
                "by_status",
                BY_STATUS,
                groups("automation_status", "status", &analysis.by_status()),
            ),
            TitledTable::new("by_confidence", "By confidence", by_confidence(analysis)),
            TitledTable::new("coverage", "Coverage: finished workflows", coverage(overview)),
            TitledTable::new("runs", "Last runs", last_runs(runs, zone)),
        ],
        after: Vec::from_iter(next_step(analysis).map(ScreenLine::Text)),
        warnings: patterns::warnings(&analysis.patterns, overview),
        ..Document::new("stats", origin)
    }
}

const BY_TYPE: &str = "By type (the patterns' own figures, which overlap)";
const BY_STATUS: &str = "By status (the patterns' own figures, which overlap)";
const REALISED: &str =
    "Realised: what patterns cost before a tool did them and since (their figures overlap)";

fn candidates_title() -> String {
    format!(
        "Candidates for automation: confidence of at least {CANDIDATE_CONFIDENCE:.0}, possibly ${CANDIDATE_SAVINGS:.2} a month \
         or more, no judgement needed, not automated yet"
    )
}

/// What to do next where something is missing.
fn next_step(analysis: &Analysis) -> Option<String> {
    let open = analysis.counted().filter(|analysis| analysis.pattern.is_open()).count();
    let no_candidates = || {
        format!(
            "There is no candidate for automation among what is to be decided on ({}): that takes a confidence of at least \
             {CANDIDATE_CONFIDENCE:.0} and possibly ${CANDIDATE_SAVINGS:.2} a month. 'flowmine patterns list' shows how far each is.",
            words::count(open as u64, "pattern")
        )
    };
    empty::next_step(analysis, empty::NOT_RECORDED)
        .or_else(|| (open > 0 && analysis.candidates().is_empty()).then(no_candidates))
}

/// The facts' values, one a row: what CSV can show of it all.
fn figures(facts: &[(&'static str, Value)]) -> Grid {
    let numbers: Vec<_> = facts.iter().filter_map(|(_, fact)| fact.as_object()).flatten().collect();
    Grid::of(&numbers)
        .raw("figure", |(name, _)| name.as_str())
        .raw("value", |(_, value)| (*value).clone())
        .finish()
}

fn lines(analysis: &Analysis, zone: &TimeZone) -> Vec<ScreenLine> {
    let overview = &analysis.overview;
    let answer = answer(analysis).into_iter().flat_map(|answer| [answer.into(), ScreenLine::empty()]);
    let unknown_statuses = patterns::unknown_statuses(&overview.unknown_statuses);
    let facts = [
        periods::recent_spend(overview),
        adding_up(analysis),
        realised::sum(analysis),
        Some(ScreenLine::fact("History", window_words(overview, zone))),
        Some(ScreenLine::fact("Workflows", workflows(overview))),
        in_no_month(overview).map(|line| ScreenLine::fact("", line)),
        unknown_statuses.map(|line| ScreenLine::fact("", line)),
        Some(ScreenLine::fact("Patterns", patterns_and_occurrences(analysis))),
        patterns::left_out(overview).map(|left_out| ScreenLine::fact("Excluded", left_out)),
        foreign(analysis),
    ];
    answer.chain(facts.into_iter().flatten()).collect()
}

fn patterns_and_occurrences(analysis: &Analysis) -> String {
    let number = words::count(analysis.patterns.len() as u64, "pattern");
    let occurrences = words::count(analysis.overview.occurrences, "occurrence");
    let purged = match analysis.overview.purged_occurrences {
        0 => String::new(),
        purged => format!(", {} of workflows no longer in the history", words::whole(purged)),
    };
    format!("{number}, {occurrences}{purged}")
}

/// How many workflows are in no month for lack of a time, where there are months.
fn in_no_month(overview: &Overview) -> Option<String> {
    let untimed = overview.without_time;
    let are_some = untimed > 0 && overview.window.last.is_some();
    are_some.then(|| {
        format!("{} without a known time in no month and no week", words::count(untimed, "workflow"))
    })
}

/// A line on rows of `operation_patterns` that are another program's.
fn foreign(analysis: &Analysis) -> Option<ScreenLine> {
    let [first, others @ ..] = analysis.foreign_patterns.as_slice() else { return None };
    let (others, are, stay) =
        if others.is_empty() { ("", "is", "stays") } else { (" and others", "are", "stay") };
    Some(ScreenLine::fact(
        "",
        format!(
            "{} of operation_patterns {are} another program's ('{}'{others}) and {stay} as found",
            words::count(analysis.foreign_patterns.len() as u64, "row"),
            text::safe(&first.signature),
        ),
    ))
}

/// The answer in words: what agents cost, what of it a tool could save, and which patterns make most of that.
fn answer(analysis: &Analysis) -> Option<String> {
    let overview = &analysis.overview;
    let Some(spend) = overview.spend_a_month else {
        return Some("What agents cost is unknown: no finished workflow has a known cost.".to_owned());
    };
    if overview.finished == 0 {
        return None;
    }
    let shown = paint::bold(&words::dollars(Some(spend)));
    let saved = if analysis.patterns.is_empty() && overview.outside.is_none() {
        "No patterns are recorded yet.".to_owned()
    } else {
        saved_of(overview, spend)
    };
    Some(format!("Agents cost {shown} a month. {saved}{}", most_of_it(analysis)))
}

/// Which patterns make most of what tools would save.
fn most_of_it(analysis: &Analysis) -> String {
    // Workflows without a known cost count in a pattern's own figure, and in no total.
    let total = analysis.overview.saving.unwrap_or_default().most;
    let in_total = |saving: Saving| Saving { least: saving.least.min(total), most: saving.most.min(total) };
    let named = |pattern: &PatternAnalysis| {
        let name = paint::bold(&text::safe(&pattern.pattern.signature));
        format!("{name} ({})", words::range(pattern.saving_range().map(in_total)))
    };
    let named: Vec<String> = analysis.most_saving(MOST_SAVING).into_iter().map(named).collect();
    match named.as_slice() {
        [] => String::new(),
        [one] => format!(" Most of it: {one}."),
        [first @ .., last] => format!(" Most of it: {} and {last}.", first.join(", ")),
    }
}

/// What tools would save of the spend, at least and at most, and how much of that is measured.
fn saved_of(overview: &Overview, spend: f64) -> String {
    let Saving { least, most } = overview.saving.unwrap_or_default();
    let amount = |amount: f64| {
        let share = words::percent(Some(amount / spend));
        format!("{} ({share})", paint::bold(&words::dollars(Some(amount))))
    };
    let saved = match least {
        _ if most <= 0.0 => {
            return "None of it is known to go into operations that are still to be decided on.".to_owned();
        }
        0.0 => format!("at most {}", amount(most)),
        _ => words::one_or_both(&amount(least), &amount(most), |least, most| {
            format!("at least {least} and at most {most}")
        }),
    };
    let measured = match overview.measured_share {
        Some(1.0) => "all".to_owned(),
        Some(measured) if measured > 0.0 => words::percent(Some(measured)),
        _ => "none".to_owned(),
    };
    format!("Tools for the operations that recur would save {saved} of it; {measured} of that is measured.")
}

fn window_words(overview: &Overview, zone: &TimeZone) -> String {
    let window = &overview.window;
    match window.first {
        None if overview.outside.is_some() => "nothing of it lies in this span".to_owned(),
        None => "no times known, so all of it is taken for one month's".to_owned(),
        Some(_) => format!(
            "{} to {} ({}); 'a month' is {}",
            words::day(window.first, zone),
            words::day(overview.last_moment(), zone),
            words::days(window.days()),
            if window.monthly_factor() < 1.0 { "30 days of it" } else { "all of it" }
        ),
    }
}

fn workflows(overview: &Overview) -> String {
    let unfinished = match overview.workflows - overview.finished - overview.excluded_workflows {
        0 => String::new(),
        unfinished => format!("; {} more unfinished", words::whole(unfinished)),
    };
    format!("{} finished{unfinished}", words::whole(overview.finished))
}

/// How many of the finished workflows have a pattern, a request and a cost; rows of 0 are left out.
fn coverage(overview: &Overview) -> Grid {
    let unmatched = overview.finished - overview.matched;
    let without_request = overview.without_request.unwrap_or(0);
    let parts = [
        (overview.matched, "with a pattern"),
        (unmatched - without_request, "without a pattern"),
        (without_request, "without a pattern and without request text"),
        (overview.without_cost, "without a known cost (NULL or 0)"),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(part, _)| *part > 0).collect();
    let all = overview.finished as f64;
    Grid::of(&parts)
        .number("workflows", "workflows", u8::MAX, |(part, _)| Cell::count(*part))
        .number("share", "share", u8::MAX, move |(part, _)| Cell::share(Some(*part as f64 / all)))
        .column(Field::sentences("what", "", u8::MAX), |(_, what)| Cell::text(what))
        .bars(all, |(part, _): &(u64, &str)| *part as f64)
        .finish()
}

/// How the patterns' own figures relate to the total; nothing where there is one pattern, and that is the total.
fn adding_up(analysis: &Analysis) -> Option<ScreenLine> {
    let overview = &analysis.overview;
    let sum = overview.sum_of_pattern_savings;
    let dollars = |amount| words::dollars(Some(amount));
    let beyond = match sum - overview.saving.unwrap_or_default().most {
        more if more > 0.005 => format!(
            "counts each workflow once; the patterns' own figures add up to {} at most, {} more{}. ",
            dollars(sum),
            dollars(more),
            why_more(overview)
        ),
        _ => String::new(),
    };
    let patterns = words::count(analysis.patterns.len() as u64, "pattern");
    let share = match analysis.patterns.len() {
        0 | 1 => String::new(),
        _ => format!(
            "{} of it comes from {} of {patterns}.",
            words::percent(Some(MOST_SAVINGS)),
            overview.patterns_for_most_savings
        ),
    };
    let fact = format!("{beyond}{share}");
    (sum > 0.0 && !fact.is_empty()).then(|| ScreenLine::fact("Saving", fact.trim_end().to_owned()))
}

/// Why the patterns' own figures add up to more than the total, where a reason is known.
fn why_more(overview: &Overview) -> String {
    let reasons = [
        (overview.in_several, "workflow", "in several patterns, counted in each"),
        (overview.matched_without_cost, "workflow", "without a known cost, counted at the pattern's mean"),
        (
            overview.patterns_without_workflows,
            "pattern",
            "whose workflows are gone, counted at the last mean",
        ),
        (overview.settled_patterns, "pattern", "decided on, in no total"),
    ];
    let reasons = reasons.into_iter().filter(|(number, ..)| *number > 0);
    let reasons: Vec<_> =
        reasons.map(|(number, of, why)| format!("{} {why}", words::count(number, of))).collect();
    if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
}

/// Patterns by what they have in common. People see those that save something, where any does.
fn groups(name: &'static str, title: &'static str, groups: &[PatternGroup<'_>]) -> Grid {
    let highest = groups.iter().map(|group| group.saving.most).fold(0.0, f64::max);
    // A column of nothing but $0.00 tells people nothing.
    let has_least = groups.iter().any(|group| group.saving.least > 0.0);
    let least = Field::number("least_monthly_savings", "at least\na month", u8::MAX).seen_if(has_least);
    let most = Field::number("potential_monthly_savings", "at most\na month", u8::MAX).seen_if(highest > 0.0);
    let saving = groups.iter().filter(|group| group.saving.most > 0.0).count();
    let most_rows = match (groups.len(), saving) {
        // What one group alone adds up to stands above.
        (1, _) => Some(0),
        (_, 0) => None,
        (_, saving) => Some(saving),
    };
    let grid = Grid::of(groups)
        .text(name, title, u8::MAX, |group| {
            let text = text::safe(group.name);
            Cell::new(group.name, if name == "automation_status" { paint::status(&text) } else { text })
        })
        .column(least, |group| Cell::dollars(Some(group.saving.least)))
        .column(most, |group| Cell::dollars(Some(group.saving.most)))
        .number("patterns", "patterns", u8::MAX, |group| Cell::count(group.patterns))
        .number("occurrence_count", "seen", u8::MAX, |group| Cell::count(group.occurrences))
        .bars(highest, |group: &PatternGroup<'_>| group.saving.most)
        .finish();
    Grid { most_rows, ..grid }
}

fn by_confidence(analysis: &Analysis) -> Grid {
    let steps = analysis.confidence_histogram();
    let highest = steps.iter().map(|step| step.patterns).max().unwrap_or(0);
    let most_rows = if steps.len() > 1 { None } else { Some(0) };
    let grid = Grid::of(&steps)
        .text("confidence_from", "confidence", u8::MAX, |step| {
            Cell::new(step.from, format!("{}–{}", step.from, step.to))
        })
        .raw("confidence_to", |step| step.to)
        .number("patterns", "patterns", u8::MAX, |step| Cell::count(step.patterns))
        .bars(highest as f64, |step: &ConfidenceStep| step.patterns as f64)
        .finish();
    Grid { most_rows, ..grid }
}

fn last_runs(runs: &[RecordedRun], zone: &TimeZone) -> Grid {
    Grid::of(runs)
        .number("id", "run", u8::MAX, |run| Cell::new(run.id, run.id.to_string()))
        .text("command", "command", u8::MAX, |run| Cell::text(&run.command))
        .text("started_at", "started", u8::MAX, |run| {
            let started = parse_time(&run.started_at);
            Cell::new(json!(started), words::moment(started, zone))
        })
        .text("outcome", "outcome", u8::MAX, |run| Cell::text(&run.outcome))
        .text("rules_name", "rules", 10, |run| Cell::text(&run.rules_name))
        .number("workflows", "looked at", 40, |run| Cell::count(run.counts.workflows))
        .number("new_occurrences", "new", 30, |run| Cell::count(run.counts.new_occurrences))
        .number("failed", "failed", 20, |run| Cell::count(run.counts.failed))
        .finish()
}
