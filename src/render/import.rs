//! What an import read, and what it comes to.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{Cell, Document, DocumentOrigin, Grid, ScreenLine, TitledTable, patterns, text, words};
use crate::analysis::Analysis;
use crate::analysis::list::{Filter, SortKey};
use crate::db::totals::ModelTotal;
use crate::import::prices::Prices;
use crate::import::run::ImportSummary;
use crate::time::parse_time;

/// How many patterns the summary shows.
const TOP: usize = 10;

/// What a person is told beside the summary's own numbers.
pub struct ImportFacts<'a> {
    /// What tokens cost.
    pub prices: &'a Prices,
    /// Nothing was written.
    pub dry_run: bool,
    /// The file that other commands work on, where it is another one.
    pub elsewhere: Option<String>,
}

/// The document of an import; `analysis` is of the history after it.
pub fn document(
    summary: &ImportSummary,
    facts: &ImportFacts<'_>,
    analysis: Option<&Analysis>,
    origin: &DocumentOrigin,
) -> Document {
    let mut further = Vec::new();
    let mut after = closing(summary, facts, &origin.database);
    if let Some(analysis) = analysis.filter(|analysis| !analysis.patterns.is_empty()) {
        let top = analysis.list(&Filter { limit: Some(TOP), ..Filter::default() }, SortKey::default());
        let rows = patterns::rows(&top.patterns, &analysis.overview, &origin.zone);
        further.push(TitledTable::new("patterns", "Patterns", rows));
        let closing = patterns::closing_line(&top, &analysis.overview, "more ('flowmine patterns list')");
        after.push(closing.into());
    }
    Document {
        facts: vec![("totals", totals(summary)), ("dry_run", json!(facts.dry_run))],
        before: before(summary, facts, origin),
        rows: rows(&summary.totals.models),
        further,
        after,
        ..Document::new("import", origin)
    }
}

/// The sum of the known costs; `None` where there are calls and none has one.
fn cost(summary: &ImportSummary) -> Option<f64> {
    let models = &summary.totals.models;
    let known = models.iter().filter_map(|row| row.cost).reduce(|sum, more| sum + more);
    known.or_else(|| models.is_empty().then_some(0.0))
}

fn count(summary: &ImportSummary, of: impl Fn(&ModelTotal) -> u64) -> u64 {
    summary.totals.models.iter().map(of).sum()
}

fn totals(summary: &ImportSummary) -> serde_json::Value {
    json!({
        "files": summary.files.values().map(|files| files.found).sum::<u64>(),
        "files_unreadable": summary.unreadable.len(),
        "lines_unreadable": summary.unreadable_lines,
        "turns": summary.totals.turns,
        "turns_new": summary.workflows.new,
        "turns_grown": summary.workflows.changed,
        "unattributed": summary.totals.unattributed,
        "calls": count(summary, |row| row.calls),
        "calls_duplicate": summary.duplicates,
        "calls_unpriced": count(summary, |row| row.unpriced),
        "commands": summary.totals.commands,
        "cost": cost(summary),
        "first": summary.totals.first,
        "last": summary.totals.last,
    })
}

fn before(summary: &ImportSummary, facts: &ImportFacts<'_>, origin: &DocumentOrigin) -> Vec<ScreenLine> {
    let totals = &summary.totals;
    let span = span((totals.first.as_deref(), totals.last.as_deref()), &origin.zone);
    let cost = format!("  {} at list price{span}", words::dollars(cost(summary)));
    let kept = (!facts.dry_run).then(|| format!("  kept in {}", text::safe(&origin.database)));
    let counts = [String::new(), turns(summary, facts.dry_run), calls(summary), cost];
    let lines = files_read(summary).chain(counts).chain(kept).chain([String::new()]);
    lines.map(Into::into).collect()
}

fn files_read(summary: &ImportSummary) -> impl Iterator<Item = String> {
    summary.files.iter().map(|(source, files)| {
        let read = format!("{}, {} read", words::count(files.found, "transcript"), words::whole(files.read));
        let known = Some(files.known()).filter(|known| *known > 0);
        let known = known.map_or(String::new(), |known| format!(", {} known before", words::whole(known)));
        format!("{}: {read}{known}", source.title())
    })
}

fn turns(summary: &ImportSummary, dry_run: bool) -> String {
    let would = if dry_run { "would be " } else { "" };
    let turns = words::count(summary.totals.turns, "turn");
    let (new, grown) = (words::whole(summary.workflows.new), words::whole(summary.workflows.changed));
    let unattributed = words::whole(summary.totals.unattributed);
    format!("  {turns} ({would}{new} new, {grown} grown), {unattributed} without a prompt")
}

fn calls(summary: &ImportSummary) -> String {
    let repeated = |lines| format!(" ({} repeated lines left out)", words::whole(lines));
    let repeated = summary.duplicates.map_or(String::new(), repeated);
    let calls = words::count(count(summary, |row| row.calls), "call");
    format!("  {calls}{repeated}, {}", words::count(summary.totals.commands, "command"))
}

fn span((first, last): (Option<&str>, Option<&str>), zone: &TimeZone) -> String {
    let day = |time: &str| words::day(parse_time(time), zone);
    first.zip(last).map_or(String::new(), |(first, last)| format!(", {} to {}", day(first), day(last)))
}

/// The calls of a model whose costs are unknown, and whether a price would help.
fn unpriced(row: &ModelTotal) -> Vec<String> {
    let model = row.model.as_deref().map_or("a model without a name".to_owned(), text::safe);
    let calls = |number| format!("{} of {model}", words::count(number, "call"));
    let mut lines = Vec::new();
    if row.unpriced > row.unused {
        let (calls, tokens) = (calls(row.unpriced - row.unused), words::count(row.unpriced_tokens, "token"));
        let give = row.model.as_ref().map_or("", |_| "; give it with --prices FILE");
        lines.push(format!("No price for {calls} ({tokens}): costs unknown{give}"));
    }
    if row.unused > 0 {
        lines.push(format!("No input or output is known of {}: costs unknown", calls(row.unused)));
    }
    lines
}

fn closing(summary: &ImportSummary, facts: &ImportFacts<'_>, database: &str) -> Vec<ScreenLine> {
    let mut lines = vec![ScreenLine::empty()];
    lines.extend(summary.totals.models.iter().flat_map(unpriced).map(ScreenLine::Text));
    if summary.unreadable_lines > 0 {
        let unreadable = words::count(summary.unreadable_lines, "line");
        lines.push(
            format!("{unreadable} could not be read, skipped; -v names them while they are read").into(),
        );
    }
    for (path, reason) in &summary.unreadable {
        lines.push(format!("Not read: {}: {}", text::shown_path(path), text::safe(reason)).into());
    }
    let prices = words::prices(facts.prices.as_of, facts.prices.own.is_some());
    lines.push(
        format!("Every dollar is the list price's equivalent, {prices}; on a subscription it is no bill.")
            .into(),
    );
    if let Some(elsewhere) = &facts.elsewhere {
        let (elsewhere, database) = (text::safe(elsewhere), text::safe(database));
        lines.push(format!("Other commands work on {elsewhere} here: give them --db {database}").into());
    }
    lines
}

fn rows(models: &[ModelTotal]) -> Grid {
    Grid::of(models)
        .text("source", "source", u8::MAX, |row| Cell::text(&row.source))
        .text("model", "model", u8::MAX, |row| Cell::text_or(row.model.as_deref(), "unknown"))
        .number("calls", "calls", u8::MAX, |row| Cell::count(row.calls))
        .number("input_tokens", "input\ntokens", 3, |row| Cell::count(row.tokens[0]))
        .number("output_tokens", "output\ntokens", 4, |row| Cell::count(row.tokens[1]))
        .number("cache_write_5m_tokens", "cached\n5 min", 1, |row| Cell::count(row.tokens[2]))
        .number("cache_write_1h_tokens", "cached\n1 h", 1, |row| Cell::count(row.tokens[3]))
        .number("cache_read_tokens", "read from\ncache", 2, |row| Cell::count(row.tokens[4]))
        .number("cost", "cost", u8::MAX, |row| Cell::new(row.cost, words::dollars(row.cost)))
        .finish()
}
