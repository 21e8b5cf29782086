//! Random rows, layouts and rules.

use std::time::{Duration, Instant};

use flowmine::db::{Database, LockWait};
use flowmine::detect::{Evidence, RuleSet};
use flowmine::doctor::{diagnose, mend};
use flowmine::pipeline::{NoProgress, Plan, RunSummary, run};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::common::{HistoryFile, builtin, now, plan};
use crate::{assert_sound, figure, rows, rows_of, shared_machine, short_or_long};

/// Tries a property on so many cases, in the long form for a minute.
fn holds<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let _machine = shared_machine();
    let started = Instant::now();
    let mut tried = 0;
    loop {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            max_shrink_iters: 2_000,
            ..Config::default()
        });
        match runner.run(&strategy, &property) {
            Ok(()) => tried += cases,
            Err(TestError::Fail(reason, value)) => panic!("{name}: {reason}\nminimal case: {value:#?}"),
            Err(TestError::Abort(reason)) => panic!("{name}: {reason}"),
        }
        if started.elapsed() >= Duration::from_secs(short_or_long(0, 60)) {
            break figure(&format!("{name}: {tried} cases without a finding"));
        }
    }
}

/// The columns a history may have, and how they may be declared.
const COLUMNS: [(&str, &[&str]); 14] = [
    ("workflow_id", &["TEXT PRIMARY KEY", "TEXT", "TEXT UNIQUE", "", "BLOB"]),
    ("id", &["INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER PRIMARY KEY", "TEXT", "INTEGER"]),
    ("adw_id", &["TEXT", "TEXT UNIQUE"]),
    ("nl_input", &["TEXT", "", "BLOB"]),
    ("error_message", &["TEXT", ""]),
    ("workflow_template", &["TEXT"]),
    ("status", &["TEXT", "TEXT DEFAULT 'completed'"]),
    ("start_time", &["TEXT", "INTEGER", ""]),
    ("created_at", &["TEXT", "TEXT DEFAULT CURRENT_TIMESTAMP"]),
    ("updated_at", &["TEXT", ""]),
    ("duration_seconds", &["INTEGER", "REAL", "TEXT", ""]),
    ("retry_count", &["INTEGER", "TEXT"]),
    ("total_tokens", &["INTEGER", "REAL", "TEXT"]),
    ("actual_cost_total", &["REAL", "TEXT", "INTEGER"]),
];

#[derive(Clone, Debug)]
struct History {
    columns: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<Value>>,
}

impl History {
    fn sql(&self) -> String {
        let mut keys = 0;
        let column = |(name, kind): &(&str, &str)| {
            keys += usize::from(kind.contains("PRIMARY KEY"));
            let kind = if keys > 1 { kind.split(" PRIMARY").next().unwrap_or_default() } else { kind };
            format!("{name} {kind}")
        };
        format!(
            "CREATE TABLE workflow_history ({})",
            self.columns.iter().map(column).collect::<Vec<_>>().join(", ")
        )
    }

    /// The file; a row that its own constraints refuse is left out.
    fn file(&self) -> HistoryFile {
        let file = HistoryFile::with_sql(&self.sql());
        let mut conn = file.connection();
        let marks = vec!["?"; self.columns.len()].join(", ");
        let transaction = conn.transaction().unwrap();
        for row in &self.rows {
            let _ = transaction
                .execute(&format!("INSERT INTO workflow_history VALUES ({marks})"), params_from_iter(row));
        }
        transaction.commit().unwrap();
        file
    }
}

fn histories() -> impl Strategy<Value = History> {
    let kinds = COLUMNS.map(|(name, kinds)| (Just(name), proptest::sample::select(kinds), any::<bool>()));
    let columns = kinds.to_vec().prop_map(|columns| {
        let chosen = columns
            .into_iter()
            .filter(|(name, _, chosen)| *chosen || matches!(*name, "workflow_id" | "nl_input"));
        chosen.map(|(name, kind, _)| (name, kind)).collect::<Vec<_>>()
    });
    columns.prop_flat_map(|columns| {
        let row: Vec<_> = columns.iter().map(|(name, _)| values(name)).collect();
        proptest::collection::vec(row, 0..12).prop_map(move |rows| History { columns: columns.clone(), rows })
    })
}

/// What mostly is in a column of this name, and now and then anything.
fn values(column: &str) -> BoxedStrategy<Value> {
    let number = prop_oneof![(0..5_000_i64).prop_map(Value::Integer), (0.0..50.0).prop_map(Value::Real)];
    let usual = match column {
        "workflow_id" | "id" | "adw_id" => prop_oneof![
            (1..9_i64).prop_map(Value::Integer),
            "[1-9]".prop_map(Value::Text),
            "wf-[0-9]".prop_map(Value::Text),
            Just(Value::Null)
        ]
        .boxed(),
        "nl_input" | "error_message" => {
            let word = "(run|all|tests|the|pytest|build|backend|docs|vitest failed|lint|é|İ|say) ?";
            proptest::string::string_regex(&format!("({word}){{0,9}}")).unwrap().prop_map(Value::Text).boxed()
        }
        "workflow_template" => "adw_(sdlc|test|plan|ship)_iso".prop_map(Value::Text).boxed(),
        "status" => "(completed|failed|running|pending|odd)".prop_map(Value::Text).boxed(),
        "start_time" | "created_at" | "updated_at" => {
            "2026-(09|10)-[012][1-9][T ]1[0-9]:00:0[0-9](Z|\\+02:00|)".prop_map(Value::Text).boxed()
        }
        _ => number.boxed(),
    };
    prop_oneof![9 => usual, 1 => anything()].boxed()
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Real),
        any::<String>().prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(Value::Blob),
    ]
}

fn open(file: &HistoryFile) -> Database {
    Database::open_for_writing(file.path(), LockWait::default()).unwrap()
}

/// A backfill by the rules `default`, in batches of this size.
fn backfill(file: &HistoryFile, batch: usize) -> flowmine::db::Result<RunSummary> {
    let batch_size = batch.try_into().unwrap();
    run(&mut open(file), &Plan { batch_size, ..plan(builtin("default")) }, &mut NoProgress)
}

#[test]
fn any_history_is_recorded_once_whatever_the_batches_and_the_doctor_finds_it_well() {
    holds("rows and layouts", 12, histories(), |history| {
        let file = history.file();
        let untouched = rows_of(&file, "workflow_history");
        let split = history.file();
        backfill(&file, 100).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let recorded = rows(&file);
        prop_assert_eq!(rows_of(&file, "workflow_history"), untouched, "the application's rows have changed");
        backfill(&file, 100).unwrap();
        prop_assert_eq!(&rows(&file), &recorded, "a second run has changed something");
        assert_sound(&file, "recorded");
        let diagnosis = diagnose(&open(&file), true, now()).unwrap();
        prop_assert!(diagnosis.is_healthy(), "{:#?}", diagnosis);
        backfill(&split, 1).unwrap();
        prop_assert_eq!(linked(&split), linked(&file), "other batches gave another result");
        Ok(())
    });
}

/// What is recorded, without ids and times.
fn linked(file: &HistoryFile) -> String {
    let sql = "SELECT coalesce(group_concat(line, char(10)), '') FROM (
        SELECT quote(pattern_signature) || quote(occurrence_count) || quote(avg_cost_with_llm) || quote(avg_tokens_with_llm)
            || quote(potential_monthly_savings) || quote(confidence_score) || quote(hex(typical_input_pattern)) AS line
        FROM operation_patterns ORDER BY pattern_signature)";
    file.value::<String>(sql) + &format!("{:?}", file.links())
}

/// Rows of our own two tables in the application's layout, of which nothing need fit.
fn recorded_rows() -> impl Strategy<Value = (Vec<Vec<Value>>, Vec<Vec<Value>>)> {
    let number = || prop_oneof![Just(Value::Null), (0..9_i64).prop_map(Value::Integer), anything()];
    let signature = prop_oneof![
        "(test|docs|x):(a|b):(all|c)".prop_map(Value::Text),
        "[A-Za-z:]{0,8}".prop_map(Value::Text)
    ];
    let json = || {
        prop_oneof![Just(Value::Null), Just(Value::Text("{}".to_owned())), Just(Value::Text("{".to_owned()))]
    };
    let pattern = (1..9_i64, signature, number(), number(), number(), number(), json()).prop_map(
        |(id, signature, count, tokens, cost, savings, json)| {
            vec![Value::Integer(id), signature, count, tokens, cost, savings, json]
        },
    );
    let key = prop_oneof!["wf-[0-4]".prop_map(Value::Text), "[1-4]?".prop_map(Value::Text)];
    let time = prop_oneof![Just(Value::Null), "2026-10-0[1-9] 10:00:00".prop_map(Value::Text), anything()];
    let link = (1..9_i64, key, json(), time)
        .prop_map(|(id, key, json, time)| vec![Value::Integer(id), key, json, time]);
    (proptest::collection::vec(pattern, 0..8), proptest::collection::vec(link, 0..40))
}

#[test]
fn whatever_the_pattern_tables_hold_the_doctor_mends_it_and_then_finds_nothing_to_mend() {
    holds("pattern tables", 10, recorded_rows(), |(patterns, links)| {
        let file = HistoryFile::application();
        file.execute(
            "INSERT INTO workflow_history (adw_id, workflow_id, actual_cost_total, start_time) VALUES
                ('a', 'wf-1', 0.5, '2026-10-01'), ('b', NULL, 1.5, '2026-10-09'), ('c', 'wf-3', NULL, NULL)",
        );
        let conn = file.connection();
        for row in &patterns {
            let sql = "INSERT OR IGNORE INTO operation_patterns (id, pattern_signature, pattern_type, occurrence_count, \
                       avg_tokens_with_llm, avg_cost_with_llm, potential_monthly_savings, typical_input_pattern) \
                       VALUES (?1, ?2, 'x', ?3, ?4, ?5, ?6, ?7)";
            let _ = conn.execute(sql, params_from_iter(row));
        }
        for row in &links {
            let sql = "INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics, detected_at) \
                       VALUES (?1, ?2, ?3, ?4)";
            let _ = conn.execute(sql, params_from_iter(row));
        }
        drop(conn);
        let mut db = open(&file);
        let before = diagnose(&db, true, now()).unwrap();
        if before.can_be_mended() {
            mend(&mut db, false, now()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        }
        let after = diagnose(&db, true, now()).unwrap();
        prop_assert!(!after.can_be_mended(), "{:#?}", after);
        drop(db);
        assert_sound(&file, "mended");
        backfill(&file, 100).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(
            !diagnose(&open(&file), true, now()).unwrap().can_be_mended(),
            "a run after the mend undoes it"
        );
        Ok(())
    });
}

#[test]
fn any_text_is_looked_at_and_any_rules_are_read_without_a_panic() {
    let texts = (any::<String>(), ".{0,40}(test|build|error|client).{0,40}", any::<String>());
    holds("texts and rules", 200, texts, |(request, error, template)| {
        for rules in RuleSet::BUILTIN.map(builtin) {
            let evidence = Evidence {
                request: Some(&request),
                error_message: Some(&error),
                template: Some(&template),
                ..Evidence::default()
            };
            let once: Vec<String> =
                rules.detect(&evidence).iter().map(std::string::ToString::to_string).collect();
            let again: Vec<String> =
                rules.detect(&evidence).iter().map(std::string::ToString::to_string).collect();
            prop_assert_eq!(once, again);
        }
        let _ = RuleSet::parse(&request, "rules.toml");
        let _ = RuleSet::parse(&error, "rules.toml");
        Ok(())
    });
}
