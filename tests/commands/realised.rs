//! What a tool has saved: `patterns show`, `stats` and `patterns set-status`.

use serde_json::{Value, json};

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{Run, add_pattern, add_run};

/// Tables of imported calls and commands.
const IMPORT: &str = include_str!("../../src/db/import.sql");

/// A pattern that is seen at these times at $1 each, in a history from January to the end of June 2025.
fn seen(times: &[&str]) -> HistoryFile {
    let file = HistoryFile::application();
    for (key, time) in [("first", "2025-01-01T00:00:00Z"), ("last", "2025-06-30T00:00:00Z")] {
        add_run(&file, &Run { key, time: Some(time), request: Some("Think about it"), ..Run::default() });
    }
    let keys: Vec<String> = (0..times.len()).map(|number| format!("wf-{number}")).collect();
    for (key, time) in keys.iter().zip(times) {
        add_run(&file, &Run { key, time: Some(time), cost: Some(1.0), ..Run::default() });
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    add_pattern(&file, "test:pytest:backend", "detected", &keys);
    file
}

/// Six times in the 90 days before the first of May, once in the 60 days from then on.
fn seen_less() -> HistoryFile {
    seen(&[
        "2025-02-10T10:00:00Z",
        "2025-02-20T10:00:00Z",
        "2025-03-10T10:00:00Z",
        "2025-03-20T10:00:00Z",
        "2025-04-10T10:00:00Z",
        "2025-04-20T10:00:00Z",
        "2025-05-10T10:00:00Z",
    ])
}

/// A person's word, as it stands in the file.
fn decide(file: &HistoryFile, status: &str, at: &str) {
    file.execute(&format!(
        "UPDATE operation_patterns SET automation_status = '{status}', reviewed_at = '{at}'"
    ));
}

fn json(file: &HistoryFile, args: &[&str]) -> Value {
    Flowmine::on(file).args(args).args(["--format", "json"]).run().succeeds().json()
}

fn realised(file: &HistoryFile) -> Value {
    json(file, &["patterns", "show", "1"])["realised"].clone()
}

fn screen(file: &HistoryFile, args: &[&str]) -> String {
    Flowmine::on(file).env("COLUMNS", "200").args(args).run().succeeds().stdout()
}

#[test]
fn a_pattern_that_a_tool_does_shows_what_it_cost_a_month_before_and_since() {
    let file = seen_less();
    for status in ["implemented", "active"] {
        decide(&file, status, "2025-05-01 00:00:00");
        let expected = json!({
            "state": "compared",
            "since": "2025-05-01T00:00:00Z",
            "before": {"days": 90.0, "workflows": 6, "cost_a_month": 2.0},
            "after": {"days": 60.0, "workflows": 1, "cost_a_month": 0.5},
            "saved_a_month": 1.5,
        });
        assert_eq!(realised(&file), expected);
    }
    let expected = "$1.50 a month since 2025-05-01: $2.00 a month in the 90 days before (6 workflows); $0.50 in the 60 days since (1 workflow)";
    let shown = screen(&file, &["patterns", "show", "1"]);
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn a_pattern_that_no_tool_does_has_nothing_realised() {
    let file = seen_less();
    for status in ["detected", "candidate", "approved", "deprecated"] {
        decide(&file, status, "2025-05-01 00:00:00");
        assert_eq!(realised(&file), Value::Null, "{status}");
    }
}

#[test]
fn before_seven_days_of_history_since_it_is_too_early() {
    let file = seen_less();
    for (at, state) in
        [("2025-06-23 00:00:00", "compared"), ("2025-06-23 00:00:01", "too early"), ("2026-01-01", "unknown")]
    {
        decide(&file, "implemented", at);
        assert_eq!(realised(&file)["state"], state, "{at}");
    }
    decide(&file, "implemented", "2025-06-25 00:00:00");
    let shown = screen(&file, &["patterns", "show", "1"]);
    assert!(
        shown.contains("too early to tell: 5 days of history since 2025-06-25, and it takes 7"),
        "{shown}"
    );
    let shown = screen(&file, &["stats"]);
    let row = shown.lines().find(|line| line.contains("too early")).unwrap();
    assert!(row.starts_with("test:pytest:backend  2025-06-25"), "{row}");
}

#[test]
fn what_cannot_be_compared_is_unknown_and_says_why() {
    let unknown_costs = seen_less();
    unknown_costs.execute("UPDATE workflow_history SET actual_cost_total = NULL");
    for (file, at, why) in [
        (&seen_less(), "", "the file does not say since when (reviewed_at)"),
        (&seen_less(), "some day", "the file does not say since when (reviewed_at)"),
        (&seen_less(), "2025-01-01 00:00:00", "less than 7 days of history lie in the 90 before 2025-01-01"),
        (&seen_less(), "2025-02-01 00:00:00", "it was not seen in the 90 days before 2025-02-01"),
        (
            &unknown_costs,
            "2025-05-01 00:00:00",
            "none of its workflows in the 90 days before 2025-05-01 has a known cost",
        ),
    ] {
        decide(file, "implemented", at);
        let shown = screen(file, &["patterns", "show", "1"]);
        assert!(shown.contains(&format!("unknown: {why}")), "{why} is missing in {shown}");
        assert_eq!(realised(file)["state"], "unknown");
    }
}

#[test]
fn what_was_measured_is_compared_where_it_was_measured() {
    let file = seen_less();
    decide(&file, "implemented", "2025-05-01 00:00:00");
    file.execute(IMPORT);
    file.execute(
        "INSERT INTO flowmine_import_state VALUES (1, 1, 1, NULL, 1, NULL, '', '', '[\"test\"]');
         INSERT INTO flowmine_calls VALUES ('c', 'wf-0', 'claude', NULL, 'm', 1, 1, 0, 0, 0, 0.4);
         INSERT INTO flowmine_commands VALUES ('wf-0', 0, 0, 'pytest', 'pytest', 'test:pytest:backend', 0, 1, 2, 0.4);",
    );
    // Five whole workflows at $1 and $0.40 in 90 days.
    assert_eq!(realised(&file)["before"]["cost_a_month"], (5.0 + 0.4) / 90.0 * 30.0);
}

#[test]
fn stats_lists_what_tools_have_saved_and_adds_it_up() {
    let file = seen_less();
    add_pattern(&file, "build:compile:all", "detected", &["wf-0", "wf-6"]);
    add_pattern(&file, "docs:generate:all", "detected", &["wf-6"]);
    decide(&file, "active", "2025-05-01 00:00:00");
    let stats = json(&file, &["stats"]);
    let rows = stats["realised"].as_array().unwrap();
    let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(
        column("pattern_signature"),
        ["test:pytest:backend", "build:compile:all", "docs:generate:all"]
    );
    assert_eq!(column("state"), ["compared", "compared", "unknown"]);
    let saved = [1.5, 1.0 / 90.0 * 30.0 - 0.5];
    assert_eq!(column("saved_a_month"), [json!(saved[0]), json!(saved[1]), Value::Null]);
    assert_eq!(stats["totals"]["sum_of_realised_savings"], saved[0] + saved[1]);
    let shown = screen(&file, &["stats"]);
    assert!(shown.contains("Realised   $1.33 a month saved by the tools in use"), "{shown}");
    assert!(shown.contains("−$0.17"), "what costs more than before has its sign: {shown}");
}

#[test]
fn a_decision_says_what_it_will_be_compared_with() {
    let file = seen_less();
    // The last day of the history is today's.
    file.execute("UPDATE workflow_history SET start_time = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', (julianday(start_time) - julianday('2025-06-30')) || ' days')");
    let set = |status: &str| screen(&file, &["patterns", "set-status", "1", status, "--by", "ana"]);
    assert_eq!(set("approved").lines().count(), 1);
    let said = set("implemented");
    let day: String = file.value("SELECT substr(reviewed_at, 1, 10) FROM operation_patterns");
    let expected = format!(
        "What it costs from {day} on is compared with $1.00 a month before; 'flowmine patterns show' tells what is saved, 7 \
         days from then."
    );
    assert_eq!(said.lines().nth(1), Some(expected.as_str()));
    let decided = json(&file, &["patterns", "set-status", "1", "active"]);
    assert_eq!(decided["realised"]["before"]["workflows"], 3);
}

#[test]
fn a_decision_without_anything_before_it_says_so() {
    let said = screen(&seen_less(), &["patterns", "set-status", "1", "implemented"]);
    let why = "What it saves will stay unknown: less than 7 days of history lie in the 90 before ";
    assert!(said.lines().nth(1).unwrap().starts_with(why), "{said}");
}

#[test]
fn what_costs_more_than_before_is_not_called_saved() {
    let file = seen(&[
        "2025-04-10T10:00:00Z",
        "2025-05-10T10:00:00Z",
        "2025-05-20T10:00:00Z",
        "2025-06-10T10:00:00Z",
    ]);
    decide(&file, "active", "2025-05-01 00:00:00");
    let shown = screen(&file, &["stats"]);
    assert!(shown.contains("$1.17 more spent a month in spite of the tools in use"), "{shown}");
    let shown = screen(&file, &["patterns", "show", "1"]);
    assert!(shown.contains("$1.17 a month more since 2025-05-01: "), "{shown}");
}
