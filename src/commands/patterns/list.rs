//! `patterns list`.

use anyhow::Result;
use flowmine::analysis::list::{Filter, SortKey, Statuses};
use flowmine::analysis::{Analysis, TimeSpan};
use flowmine::render::Style;
use flowmine::render::patterns::{self, PatternsDocument};
use serde_json::json;

use super::known::{check_status, check_type, unknown_field};
use crate::cli::{PatternsList, SortChoice, word};
use crate::commands::session::Session;
use crate::commands::{Exit, UsageError, output};

/// Runs `patterns list`.
pub fn run(session: &Session<'_>, args: &PatternsList) -> Result<Exit> {
    let basis = session.basis(&args.span, &args.assumption)?;
    let db = session.open_for_reading()?;
    let analysis = Analysis::on_basis(&db, &mut session.snapshot(&db)?, basis)?;
    let listing = analysis.list(&filter(args, &analysis)?, key(args.sort));
    let of = PatternsDocument {
        analysis: &analysis,
        span: &basis.span,
        listing: &listing,
        filters: filters(args, basis.span),
    };
    let mut document = patterns::document(&of, &session.origin());
    if !args.fields.is_empty() {
        document.rows = document.rows.with_fields(&args.fields).map_err(|field| unknown_field(&field))?;
    }
    let style = session.terminal.style;
    let width = if args.wide { usize::MAX } else { style.width };
    output::show(&document, args.format.format, &Style { width, ..style })?;
    Ok(Exit::Done)
}

/// The filter that the arguments mean.
fn filter(args: &PatternsList, analysis: &Analysis) -> Result<Filter, UsageError> {
    args.status.iter().try_for_each(|status| check_status(status, analysis))?;
    args.types.iter().try_for_each(|asked| check_type(asked, analysis))?;
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
