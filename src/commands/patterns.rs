//! `patterns list` and `patterns show`.

use anyhow::{Result, bail};
use flowmine::output::{Document, patterns};
use flowmine::report::{PatternReport, Report};
use serde_json::json;

use super::{Exit, Session};
use crate::cli::{List, Show, SortChoice};

/// Runs `patterns list`.
pub fn list(session: &Session<'_>, args: &List) -> Result<Exit> {
    let db = session.open_for_reading()?;
    let report = Report::read(&db, session.now)?;
    let mut chosen: Vec<&PatternReport> =
        report.patterns.iter().filter(|pattern| is_wanted(pattern, args)).collect();
    chosen
        .sort_by(|a, b| compare(a, b, args.sort).then_with(|| a.pattern.signature.cmp(&b.pattern.signature)));
    chosen.truncate(args.limit.unwrap_or(usize::MAX));
    let overview = &report.overview;
    let mut facts = patterns::facts(overview);
    facts.insert(1, ("filters", filters(args)));
    let document = Document {
        kind: "patterns",
        generated_at: session.now,
        database: session.database(),
        facts,
        before: Vec::new(),
        rows: patterns::rows(
            &chosen,
            overview.sum_of_pattern_savings,
            &session.zone,
            session.terminal.style.ascii,
        ),
        further: Vec::new(),
        after: vec![closing_line(&chosen, &report)],
        warnings: Vec::new(),
    };
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}

fn closing_line(chosen: &[&PatternReport], report: &Report) -> String {
    match report.patterns.is_empty() {
        true => "No patterns are recorded yet; 'flowmine backfill' finds them.".to_owned(),
        false => patterns::closing_line(chosen, report.patterns.len(), &report.overview),
    }
}

fn is_wanted(report: &PatternReport, args: &List) -> bool {
    let statistics = &report.statistics;
    args.pattern_type.as_ref().is_none_or(|wanted| *wanted == report.pattern.pattern_type)
        && (args.status.is_empty() || args.status.contains(&report.pattern.status))
        && args.min_confidence.is_none_or(|least| statistics.confidence.score() >= least)
        && args.min_occurrences.is_none_or(|least| statistics.occurrence_count >= least)
        && args.min_savings.is_none_or(|least| report.savings() >= least)
}

fn compare(a: &PatternReport, b: &PatternReport, by: SortChoice) -> std::cmp::Ordering {
    let cost = |report: &PatternReport| report.statistics.avg_cost_with_llm.unwrap_or(-1.0);
    let confidence = |report: &PatternReport| report.statistics.confidence.score();
    match by {
        SortChoice::Savings => b.savings().total_cmp(&a.savings()),
        SortChoice::Occurrences => b.statistics.occurrence_count.cmp(&a.statistics.occurrence_count),
        SortChoice::Confidence => confidence(b).total_cmp(&confidence(a)),
        SortChoice::Recent => patterns::last_seen(b).cmp(&patterns::last_seen(a)),
        SortChoice::Cost => cost(b).total_cmp(&cost(a)),
        SortChoice::Name => std::cmp::Ordering::Equal,
    }
}

fn filters(args: &List) -> serde_json::Value {
    json!({
        "sort": format!("{:?}", args.sort).to_lowercase(),
        "type": args.pattern_type,
        "status": args.status,
        "min_confidence": args.min_confidence,
        "min_occurrences": args.min_occurrences,
        "min_savings": args.min_savings,
        "limit": args.limit,
    })
}

/// Runs `patterns show`.
pub fn show(session: &Session<'_>, args: &Show) -> Result<Exit> {
    let db = session.open_for_reading()?;
    let report = Report::read(&db, session.now)?;
    let id = args.pattern.parse().ok();
    let is_it = |report: &&PatternReport| {
        report.pattern.id == id && id.is_some() || report.pattern.signature == args.pattern
    };
    let Some(pattern) = report.patterns.iter().find(is_it) else {
        bail!(
            "no pattern '{}' in {}; 'flowmine patterns list' shows them all",
            args.pattern,
            session.database()
        );
    };
    let ascii = session.terminal.style.ascii;
    let document =
        patterns::show(pattern, &report.overview, session.database(), session.now, &session.zone, ascii);
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}
