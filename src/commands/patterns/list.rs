//! `patterns list`.

use anyhow::Result;
use flowmine::analysis::list::SortKey;
use flowmine::analysis::{Analysis, Basis, TimeSpan};
use flowmine::render::Style;
use flowmine::render::patterns::{self, PatternsDocument};
use serde_json::json;

use super::filter::filter;
use super::known::{unknown_field, unknown_type};
use crate::cli::{PatternsList, SortChoice, word};
use crate::commands::assumption::tool_share;
use crate::commands::session::Session;
use crate::commands::{Exit, output};

/// Runs `patterns list`.
pub fn run(session: &Session<'_>, args: &PatternsList) -> Result<Exit> {
    let (span, tool_share) = (session.span(&args.span)?, tool_share(&args.assumption)?);
    let db = session.open_for_reading()?;
    let basis = Basis { span, tool_share };
    let analysis = Analysis::on_basis(&db, &mut session.snapshot(&db)?, basis)?;
    let listing = analysis.list(&filter(args, &analysis)?, key(args.sort));
    let of = PatternsDocument {
        analysis: &analysis,
        span: &span,
        listing: &listing,
        filters: filters(args, span),
    };
    let mut document = patterns::document(&of, &session.origin());
    document.warnings.extend(unknown_type(args, &analysis));
    if !args.fields.is_empty() {
        document.rows = document.rows.with_fields(&args.fields).map_err(|field| unknown_field(&field))?;
    }
    let style = session.terminal.style;
    let width = if args.wide { usize::MAX } else { style.width };
    output::show(&document, args.format.format, &Style { width, ..style })?;
    Ok(Exit::Done)
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
        "type": args.pattern_type,
        "status": args.status,
        "min_confidence": args.min_confidence,
        "min_occurrences": args.min_occurrences,
        "min_savings": args.min_savings,
        "limit": args.limit,
    })
}
