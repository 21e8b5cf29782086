//! `patterns list`, `patterns show` and `patterns set-status`.

use anyhow::{Context, Result};
use clap::ValueEnum;
use flowmine::analysis::detail::Detail;
use flowmine::analysis::list::{Filter, Listing, Order, Statuses};
use flowmine::analysis::lookup::{self, suggestion};
use flowmine::analysis::{Analysis, Span};
use flowmine::db::review::Review;
use flowmine::render::{Document, Style, decision, pattern, patterns};
use serde_json::json;

use super::{Exit, Session, UsageError};
use crate::cli::{DecisionChoice, List, SetStatus, Show, SortChoice};

/// Runs `patterns list`.
pub fn list(session: &Session<'_>, args: &List) -> Result<Exit> {
    let span = session.span(&args.span)?;
    let db = session.open_for_reading()?;
    let mut snapshot = db.snapshot(session.now)?;
    let analysis = Analysis::of_span(&db, &mut snapshot, span)?;
    let filter = filter(args, &analysis)?;
    let listing = analysis.list(&filter, order(args.sort));
    let overview = &analysis.overview;
    let mut rows = patterns::rows(&listing.patterns, overview, &session.zone);
    if !args.fields.is_empty() {
        rows = rows.with_fields(&args.fields).map_err(|field| unknown_field(&field))?;
    }
    let mut facts = patterns::facts(overview);
    facts.insert(1, ("filters", filters(args, span)));
    let document = Document {
        kind: "patterns",
        generated_at: session.now,
        database: session.database(),
        facts,
        before: Vec::from_iter(patterns::span_line(&span, overview, &session.zone)),
        rows,
        further: Vec::new(),
        after: vec![closing_line(&listing, &analysis)],
        warnings: patterns::warnings(&analysis.patterns, overview),
    };
    let style = session.terminal.style;
    let width = if args.wide { usize::MAX } else { style.width };
    session.show_in(&document, args.format.format, &Style { width, ..style })?;
    Ok(Exit::Done)
}

fn closing_line(listing: &Listing<'_>, analysis: &Analysis) -> String {
    match (analysis.patterns.is_empty(), analysis.overview.left_out) {
        (true, None) => "No patterns are recorded yet; 'flowmine backfill' finds them.".to_owned(),
        (true, Some(_)) => "No pattern was seen in this span.".to_owned(),
        _ => patterns::closing_line(listing, &analysis.overview, "more beyond --limit"),
    }
}

fn unknown_field(field: &str) -> UsageError {
    let close = lookup::close(field, patterns::fields());
    let hint = match close.is_empty() {
        true => format!("; there are {}", patterns::fields().collect::<Vec<_>>().join(", ")),
        false => suggestion(&close),
    };
    UsageError(format!("--fields: no field '{}'{hint}", field.escape_debug()))
}

/// The filter that the arguments mean; a type or status that nothing has is more likely a slip than a wish.
fn filter(args: &List, analysis: &Analysis) -> Result<Filter, UsageError> {
    let decisions: Vec<String> =
        DecisionChoice::value_variants().iter().map(|choice| word(*choice)).collect();
    let met = analysis.patterns.iter().map(|analysis| analysis.pattern.status.as_str());
    let known = decisions.iter().map(String::as_str).chain(["all"]).chain(met);
    for status in &args.status {
        if !known.clone().any(|known| known == status) {
            let hint = match lookup::close(status, known.clone()) {
                close if close.is_empty() => format!("; there are {}, all", decisions.join(", ")),
                close => suggestion(&close),
            };
            return Err(UsageError(format!("--status: no status '{}'{hint}", status.escape_debug())));
        }
    }
    let types = analysis.patterns.iter().map(|analysis| analysis.pattern.pattern_type.as_str());
    if let Some(asked) =
        args.pattern_type.as_deref().filter(|asked| !types.clone().any(|known| known == *asked))
    {
        let close = lookup::close(asked, types);
        if !close.is_empty() {
            return Err(UsageError(format!(
                "--type: no pattern has the type '{}'{}",
                asked.escape_debug(),
                suggestion(&close)
            )));
        }
    }
    Ok(Filter {
        pattern_type: args.pattern_type.clone(),
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

fn order(choice: SortChoice) -> Order {
    match choice {
        SortChoice::Savings => Order::Savings,
        SortChoice::Occurrences => Order::Occurrences,
        SortChoice::Confidence => Order::Confidence,
        SortChoice::Recent => Order::Recent,
        SortChoice::Cost => Order::Cost,
        SortChoice::Name => Order::Name,
    }
}

/// A choice as it is written on the command line.
fn word(choice: impl ValueEnum) -> String {
    choice.to_possible_value().expect("no choice is hidden").get_name().to_owned()
}

fn filters(args: &List, span: Span) -> serde_json::Value {
    json!({
        "since": span.since,
        "until": span.until,
        "sort": word(args.sort),
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
    let mut snapshot = db.snapshot(session.now)?;
    let analysis = Analysis::of(&db, &mut snapshot)?;
    let names =
        analysis.patterns.iter().map(|analysis| (analysis.pattern.id, analysis.pattern.signature.as_str()));
    let place = lookup::find(names, &args.pattern).with_context(|| session.database())?;
    let pattern = &analysis.patterns[place];
    let detail = Detail::read(&db, &mut snapshot, pattern, session.now)?;
    let document = pattern::document(
        pattern,
        &analysis.overview,
        &detail,
        session.database(),
        session.now,
        &session.zone,
    );
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}

/// Runs `patterns set-status`.
pub fn set_status(session: &Session<'_>, args: &SetStatus) -> Result<Exit> {
    let db = session.open_for_writing(&session.global.db)?;
    let stored = db.stored_patterns()?;
    let names = stored.iter().map(|pattern| (pattern.id, pattern.signature.as_str()));
    let place = lookup::find(names, &args.pattern).with_context(|| session.database())?;
    let (id, signature) = (stored[place].id.context("a stored pattern has an id")?, &stored[place].signature);
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let status = word(args.status);
    let by = args.by.clone().or(user).filter(|by| !by.is_empty());
    let review = Review { status: &status, note: args.note.as_deref(), by: by.as_deref(), at: session.now };
    let decided = db.set_status(id, &review)?;
    if !session.global.quiet {
        let document = decision::document(id, signature, &decided, session.database(), session.now);
        session.show(&document, args.format.format)?;
    }
    Ok(Exit::Done)
}
