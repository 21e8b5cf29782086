//! `patterns list`.

use std::collections::BTreeSet;

use anyhow::Result;
use flowmine::analysis::list::{Filter, SortKey, Statuses};
use flowmine::analysis::{Analysis, TimeSpan};
use flowmine::render::{Style, patterns};
use serde_json::json;

use crate::cli::{DecisionChoice, PatternsList, SortChoice, choices, word};
use crate::commands::session::Session;
use crate::commands::{Exit, UsageError, check_known};

pub fn run(session: &Session<'_>, args: &PatternsList) -> Result<Exit> {
    let fields: Vec<&str> = patterns::fields().collect();
    check_known("--fields: no field", &args.fields, &fields)?;
    let basis = session.basis(&args.span, &args.assumption)?;
    let db = session.open_for_reading()?;
    let analysis = Analysis::on_basis(&db, &mut session.snapshot(&db)?, basis)?;
    let listing = analysis.list(&filter(args, &analysis)?, key(args.sort));
    let filters = filters(args, basis.span);
    let mut document = patterns::document(&analysis, &listing, filters, &session.origin());
    if !args.fields.is_empty() {
        document.rows = document.rows.with_fields(&args.fields);
    }
    let style = session.terminal.style;
    let width = if args.wide { usize::MAX } else { style.width };
    session.show_in(document, args.format.format, &Style { width, ..style })?;
    Ok(Exit::Done)
}

fn filter(args: &PatternsList, analysis: &Analysis) -> Result<Filter, UsageError> {
    check_statuses(&args.status, analysis)?;
    check_types(&args.types, analysis)?;
    Ok(Filter {
        types: args.types.clone(),
        statuses: match args.status.as_slice() {
            [] => Statuses::Open,
            statuses if statuses.iter().any(|status| status == "all") => Statuses::All,
            statuses => Statuses::Only(statuses.to_vec()),
        },
        min_confidence: args.min_confidence,
        min_occurrences: args.min_occurrences,
        min_savings: args.min_savings,
        limit: args.limit,
    })
}

/// Refuses a status that neither a person can give nor a pattern has.
fn check_statuses(asked: &[String], analysis: &Analysis) -> Result<(), UsageError> {
    let decisions: Vec<String> = choices::<DecisionChoice>().collect();
    let met = analysis.patterns.iter().map(|analysis| analysis.pattern.status.as_str());
    let mut known: Vec<&str> = decisions.iter().map(String::as_str).chain(["all"]).collect();
    for status in met {
        if !known.contains(&status) {
            known.push(status);
        }
    }
    check_known("--status: no status", asked, &known)
}

/// Refuses a type that no pattern has, where there are patterns.
fn check_types(asked: &[String], analysis: &Analysis) -> Result<(), UsageError> {
    let types = analysis.patterns.iter().map(|analysis| analysis.pattern.pattern_type.as_str());
    let types: Vec<&str> = types.collect::<BTreeSet<_>>().into_iter().collect();
    if types.is_empty() {
        return Ok(());
    }
    check_known("--type: no pattern has the type", asked, &types)
}

fn key(choice: SortChoice) -> SortKey {
    match choice {
        SortChoice::Least => SortKey::Least,
        SortChoice::Savings => SortKey::Savings,
        SortChoice::Occurrences => SortKey::Occurrences,
        SortChoice::Confidence => SortKey::Confidence,
        SortChoice::Recent => SortKey::Recent,
        SortChoice::Cost => SortKey::Cost,
        SortChoice::Name => SortKey::Name,
    }
}

fn filters(args: &PatternsList, span: TimeSpan) -> serde_json::Value {
    json!({
        "since": span.since,
        "until": span.until,
        "sort": word(&args.sort),
        "type": args.types,
        "status": args.status,
        "min_confidence": args.min_confidence,
        "min_occurrences": args.min_occurrences,
        "min_savings": args.min_savings,
        "limit": args.limit,
    })
}
