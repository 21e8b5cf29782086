//! What holds for every history: however it is split into runs, the same rows come out, and a second run changes
//! nothing.

#[path = "../common/mod.rs"]
mod common;

mod columns;
mod dry_run;
mod excluded;
mod lost;
mod nightly;
mod rebuild;
mod truth;

use std::num::NonZeroUsize;

use flowmine::db::Database;
use flowmine::detect::RuleSet;
use flowmine::pipeline::{self, BATCH_SIZE, NoProgress, Plan, RunSummary, Scope, Selection};
use proptest::prelude::*;
use rusqlite::types::Value;

use common::{APPLICATION, HistoryFile, MINIMAL, builtin, column, plan, text};

/// One run over the file.
fn run(db: &mut Database, selection: Selection, batch_size: usize, rebuild: bool) -> RunSummary {
    let batch_size = NonZeroUsize::new(batch_size).unwrap();
    pipeline::run(
        db,
        &Plan { selection, rebuild, batch_size, ..plan(builtin("tac-webbuilder")) },
        &mut NoProgress,
    )
    .unwrap()
}

fn backfill(file: &HistoryFile) -> RunSummary {
    run(&mut file.open(), Selection::finished(Scope::All), BATCH_SIZE.get(), false)
}

fn process(file: &HistoryFile) -> RunSummary {
    run(&mut file.open(), Selection::finished(Scope::NewOrChanged), BATCH_SIZE.get(), false)
}

fn rebuild(file: &HistoryFile) -> RunSummary {
    run(&mut file.open(), Selection::finished(Scope::All), 3, true)
}

type HistoryRow = Vec<(&'static str, Value)>;

fn request() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(text("Run the backend tests with pytest")),
        Just(text("npm install, then run eslint on the client")),
        Just(text("Add a dark theme")),
        Just(text("Build the project")),
        "[a-z ]{0,30}".prop_map(Value::Text),
    ]
}

fn template() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(text("adw_sdlc_iso")),
        Just(text("adw_test_iso")),
        Just(text("adw_plan_iso"))
    ]
}

fn number(highest: i64) -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        6 => (0..highest).prop_map(Value::Integer),
        4 => (0..highest).prop_map(|cents| Value::Real(cents as f64 / 100.0)),
        1 => Just(Value::Integer(-1)),
        1 => Just(text("n/a")),
    ]
}

fn minimal_history() -> impl Strategy<Value = Vec<HistoryRow>> {
    let row = (request(), template(), number(1000), number(10_000), number(900), number(4));
    proptest::collection::vec(row, 1..40).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(place, (request, template, cost, tokens, duration, errors))| {
            vec![
                ("workflow_id", text(&format!("wf-{:03}", (place * 37) % 101))),
                ("nl_input", request),
                ("workflow_template", template),
                ("actual_cost_total", cost),
                ("total_tokens", tokens),
                ("duration_seconds", duration),
                ("error_count", errors),
            ]
        })
        .collect()
    })
}

fn application_history() -> impl Strategy<Value = Vec<HistoryRow>> {
    let status =
        prop_oneof![6 => Just("completed"), 2 => Just("failed"), 1 => Just("running"), 1 => Just("pending")];
    let workflow_id = prop_oneof![4 => Just(Value::Null), 1 => Just(text("")), 5 => (0..60_i64).prop_map(|n| text(&format!("wf-{n}"))),
        1 => (1..60_i64).prop_map(|n| text(&n.to_string()))];
    let start = prop_oneof![1 => Just(Value::Null), 8 => (0..200_i64).prop_map(|day| {
        let day = "2026-04-01".parse::<jiff::civil::Date>().unwrap().checked_add(jiff::Span::new().days(day)).unwrap();
        text(&format!("{day}T10:00:00+02:00"))
    }), 1 => Just(text("yesterday"))];
    let row = (request(), template(), number(1000), number(10_000), number(900), status, workflow_id, start);
    proptest::collection::vec(row, 1..40).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(place, (request, template, cost, tokens, duration, status, workflow_id, start))| {
            vec![
                ("adw_id", text(&format!("adw-{place}"))),
                ("workflow_id", workflow_id),
                ("nl_input", request),
                ("workflow_template", template),
                ("actual_cost_total", cost),
                ("total_tokens", tokens),
                ("duration_seconds", duration),
                ("status", text(status)),
                ("start_time", start),
            ]
        })
        .collect()
    })
}

fn file_of(layout: &str, rows: &[HistoryRow]) -> HistoryFile {
    let file = HistoryFile::with_sql(layout);
    file.add_all(rows);
    file
}

/// What one uninterrupted run over the history gives.
fn whole(layout: &str, rows: &[HistoryRow]) -> String {
    let file = file_of(layout, rows);
    backfill(&file);
    file.content()
}

/// The keys by which workflows can be named.
fn names(file: &HistoryFile, layout: &str) -> Vec<String> {
    let name = if layout == MINIMAL { "workflow_id" } else { "adw_id" };
    column(&file.connection(), &format!("SELECT {name} FROM workflow_history ORDER BY rowid"))
}

fn check_batches(layout: &str, rows: &[HistoryRow]) {
    let expected = whole(layout, rows);
    for batch_size in [1, 7, 100_000] {
        let file = file_of(layout, rows);
        run(&mut file.open(), Selection::finished(Scope::All), batch_size, false);
        assert_eq!(file.content(), expected, "batches of {batch_size}");
    }
}

fn check_runs(layout: &str, rows: &[HistoryRow], order: &[prop::sample::Index]) {
    let expected = whole(layout, rows);
    for run_size in [1, 7, 1000] {
        let file = file_of(layout, rows);
        let mut names = names(&file, layout);
        for (place, other) in order.iter().enumerate().take(names.len()) {
            let other = other.index(names.len());
            names.swap(place, other);
        }
        let mut db = file.open();
        for names in names.chunks(run_size) {
            run(&mut db, Selection::finished(Scope::Named(names.to_vec())), BATCH_SIZE.get(), false);
        }
        assert_eq!(file.content(), expected, "runs of {run_size}");
    }
}

fn check_growth(layout: &str, rows: &[HistoryRow]) {
    let file = HistoryFile::with_sql(layout);
    for rows in rows.chunks(7) {
        file.add_all(rows);
        process(&file);
    }
    assert_eq!(file.content(), whole(layout, rows), "a night after every seven workflows");
}

fn check_repetition(layout: &str, rows: &[HistoryRow]) {
    let file = file_of(layout, rows);
    backfill(&file);
    let before = file.dump_without_runs();
    backfill(&file);
    process(&file);
    rebuild(&file);
    assert_eq!(file.dump_without_runs(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_batch_size_gives_the_same_rows(minimal in minimal_history(), application in application_history()) {
        check_batches(MINIMAL, &minimal);
        check_batches(APPLICATION, &application);
    }

    #[test]
    fn any_order_of_runs_gives_the_same_rows(
        minimal in minimal_history(),
        application in application_history(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        check_runs(MINIMAL, &minimal, &order);
        check_runs(APPLICATION, &application, &order);
    }

    #[test]
    fn a_history_that_grows_gives_the_same_rows(minimal in minimal_history(), application in application_history()) {
        check_growth(MINIMAL, &minimal);
        check_growth(APPLICATION, &application);
    }

    #[test]
    fn a_second_run_of_any_kind_changes_nothing(minimal in minimal_history(), application in application_history()) {
        check_repetition(MINIMAL, &minimal);
        check_repetition(APPLICATION, &application);
    }
}

/// Few cases in the short form; `FLOWMINE_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("FLOWMINE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}
