//! Columns hold values that they should not.

use rusqlite::types::Value;

use crate::common::{Flowmine, HistoryFile, text};
use crate::{assert_sound, rows};

const REQUEST: &str = "Run the backend tests with pytest";

/// The columns that hold numbers in the application's layout.
const NUMBERS: [&str; 4] = ["duration_seconds", "retry_count", "total_tokens", "actual_cost_total"];

/// What may stand in them, as SQL.
const VALUES: [&str; 16] = [
    "NULL",
    "'many'",
    "''",
    "'12'",
    "x'00ff'",
    "-1",
    "-0.0",
    "9e999",
    "-9e999",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "1.7976931348623157e308",
    "1e19",
    "0.5",
    "CAST(x'ff' AS TEXT)",
];

/// Records and looks at a file: no workflow fails for a number, nothing overflows, and a second run changes nothing.
#[track_caller]
fn survives(file: &HistoryFile, code: i32) -> String {
    let stderr = Flowmine::by_few_rules(file).args(["backfill"]).run().exits(code).stderr();
    let recorded = rows(file);
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(code);
    assert!(rows(file) == recorded, "a second run has changed the file");
    assert_sound(file, "absurd values");
    let finite = |column: &str| {
        let sql = format!(
            "SELECT count(*) FROM operation_patterns WHERE {column} IS NULL OR NOT abs({column}) <= 1.7976931348623157e308"
        );
        assert_eq!(file.value::<i64>(&sql), 0, "{column} is not finite");
    };
    [
        "occurrence_count",
        "avg_tokens_with_llm",
        "avg_cost_with_llm",
        "potential_monthly_savings",
        "confidence_score",
    ]
    .into_iter()
    .for_each(finite);
    let stats = Flowmine::by_few_rules(file).args(["stats", "--format", "json"]).run().exits(0).json();
    let is_all = |part, whole| find(&stats, part) == find(&stats, whole);
    let none_known = is_all("workflows_without_cost", "finished_workflows")
        || is_all("matched_workflows_without_cost", "matched_workflows");
    for total in ["spend_a_month", "possible_saving_a_month", "sum_of_pattern_savings"] {
        let found = find(&stats, total).filter(|value| !(none_known && value.is_null()));
        assert!(found.is_none_or(|value| value.as_f64().is_some_and(f64::is_finite)), "{total}: {found:?}");
    }
    assert!(
        !stats["by_type"].as_array().unwrap().iter().any(|row| row["potential_monthly_savings"].is_null())
    );
    Flowmine::by_few_rules(file).args(["patterns", "list"]).run().exits(0);
    Flowmine::by_few_rules(file).args(["doctor"]).run().exits(0);
    stderr
}

/// The value under a name, wherever it stands.
fn find<'a>(json: &'a serde_json::Value, name: &str) -> Option<&'a serde_json::Value> {
    match json {
        serde_json::Value::Object(fields) => {
            fields.get(name).or_else(|| fields.values().find_map(|value| find(value, name)))
        }
        serde_json::Value::Array(items) => items.iter().find_map(|value| find(value, name)),
        _ => None,
    }
}

#[test]
fn whatever_a_number_column_holds_the_totals_stay_numbers() {
    let file = HistoryFile::application();
    for (number, value) in VALUES.iter().enumerate() {
        for column in NUMBERS {
            file.execute(&format!(
                "INSERT INTO workflow_history (adw_id, nl_input, {column}) VALUES ('{column}-{number}', '{REQUEST}', {value})"
            ));
        }
    }
    survives(&file, 0);
}

#[test]
fn each_absurd_value_alone_is_survived_and_named() {
    for value in VALUES {
        let file = HistoryFile::application();
        let columns = NUMBERS.join(", ");
        let values = [value; 4].join(", ");
        file.execute(&format!(
            "INSERT INTO workflow_history (adw_id, workflow_id, nl_input, {columns}) VALUES ('a', 'wf-odd', '{REQUEST}', {values}), \
             ('b', 'wf-odd-too', '{REQUEST}', {values})"
        ));
        let stderr = survives(&file, 0);
        let is_absurd = [
            "'many'",
            "x'00ff'",
            "-1",
            "9e999",
            "-9e999",
            "9223372036854775807",
            "-9223372036854775808",
            "1e308",
            "1.7976931348623157e308",
            "1e19",
            "CAST(x'ff' AS TEXT)",
        ]
        .contains(&value);
        assert_eq!(stderr.contains("workflow wf-odd: actual_cost_total is"), is_absurd, "{value}: {stderr}");
        assert_eq!(stderr.contains("taken as unknown"), is_absurd, "{value}: {stderr}");
    }
}

#[test]
fn what_no_workflow_can_have_cost_is_unknown_and_named() {
    let file = HistoryFile::application();
    file.execute(&format!(
        "INSERT INTO workflow_history (adw_id, workflow_id, nl_input, actual_cost_total, total_tokens) VALUES
             ('a', 'wf-1', '{REQUEST}', 1000000, 1000000000000), ('b', 'wf-2', '{REQUEST}', 1000000.01, 1000000000001)"
    ));
    let stderr = survives(&file, 0);
    assert_eq!(file.value::<f64>("SELECT avg_cost_with_llm FROM operation_patterns"), 1_000_000.0);
    assert_eq!(file.value::<i64>("SELECT avg_tokens_with_llm FROM operation_patterns"), 1_000_000_000_000);
    for named in
        ["wf-2: actual_cost_total is 1000000.01: more than", "wf-2: total_tokens is 1000000000001: more than"]
    {
        assert!(stderr.contains(named), "{stderr}");
    }
    assert!(!stderr.contains("wf-1"), "{stderr}");
}

#[test]
fn an_empty_text_in_a_number_column_is_as_null_without_a_warning() {
    let file = HistoryFile::application();
    file.execute(&format!(
        "INSERT INTO workflow_history (adw_id, workflow_id, nl_input, actual_cost_total, total_tokens, duration_seconds)
         VALUES ('a', 'wf-1', '{REQUEST}', '', '', '')"
    ));
    assert_eq!(survives(&file, 0), "");
}

#[test]
fn a_cost_or_token_count_of_zero_is_unknown_in_the_means_and_in_stats() {
    let file = HistoryFile::application();
    file.execute(&format!(
        "INSERT INTO workflow_history (adw_id, workflow_id, nl_input, actual_cost_total, total_tokens) VALUES
             ('a', 'wf-1', '{REQUEST}', 0, 0), ('b', 'wf-2', '{REQUEST}', 0.5, 100)"
    ));
    survives(&file, 0);
    assert_eq!(file.value::<f64>("SELECT avg_cost_with_llm FROM operation_patterns"), 0.5);
    assert_eq!(file.value::<i64>("SELECT avg_tokens_with_llm FROM operation_patterns"), 100);
    let stats = Flowmine::by_few_rules(&file).args(["stats", "--format", "json"]).run().exits(0).json();
    assert_eq!(
        find(&stats, "workflows_without_cost").and_then(serde_json::Value::as_u64),
        Some(1),
        "{stats:#}"
    );
}

#[test]
fn a_text_that_cannot_be_read_fails_its_workflow_and_is_not_shown() {
    let file = HistoryFile::application();
    file.execute(&format!(
        "INSERT INTO workflow_history (adw_id, workflow_id, nl_input, error_message) VALUES
             ('a', 'wf-blob', x'736563726574', NULL), ('b', 'wf-bytes', CAST(x'736563726574ff' AS TEXT), NULL),
             ('c', 'wf-error', '{REQUEST}', x'00'), ('d', 'wf-good', '{REQUEST}', '')"
    ));
    let stderr = survives(&file, 3);
    for problem in [
        "workflow wf-blob: nl_input is a BLOB, not a text",
        "workflow wf-bytes: nl_input is not valid UTF-8",
        "workflow wf-error: error_message is a BLOB, not a text",
    ] {
        assert!(stderr.contains(problem), "{problem}: {stderr}");
    }
    assert!(!stderr.contains("secret"), "{stderr}");
    assert!(file.links().iter().all(|(_, key)| key == "wf-good"));
}

#[test]
fn long_texts_and_texts_with_nuls_are_texts() {
    let file = HistoryFile::application();
    let long = format!("{} and then run the backend tests with pytest", "lorem ipsum ".repeat(900_000));
    file.add(&[("adw_id", text("a")), ("workflow_id", text("wf-long")), ("nl_input", text(&long))]);
    file.add(&[
        ("adw_id", text("b")),
        ("workflow_id", text("wf-nul")),
        ("nl_input", text(&format!("\0\0 {REQUEST}"))),
    ]);
    file.add(&[
        ("adw_id", text("c")),
        ("workflow_id", text("wf-error")),
        ("nl_input", Value::Null),
        ("error_message", text(&long)),
    ]);
    survives(&file, 0);
    for key in ["wf-long", "wf-nul"] {
        assert!(file.links().iter().any(|(_, found)| found == key), "{key}");
    }
}

#[test]
fn times_that_make_no_sense_are_unknown_and_ruin_no_figure() {
    let file = HistoryFile::application();
    let times = [
        "soon",
        "",
        "0000-01-01T00:00:00",
        "0000-00-00",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59",
        "-4713-11-24",
        "2026-13-45T99:99:99",
        "99999999999999",
        "2026-10-01T10:00:00+25:00",
    ];
    for (number, time) in times.iter().enumerate() {
        let adw = format!("odd-{number}");
        file.add(&[
            ("adw_id", text(&adw)),
            ("nl_input", text(REQUEST)),
            ("start_time", text(time)),
            ("created_at", text(time)),
        ]);
    }
    for (number, time) in
        ["2026-10-01T10:00:00+02:00", "2026-10-11 08:00:00", "2026-10-01T08:00:00.123456Z"].iter().enumerate()
    {
        let adw = format!("good-{number}");
        let cost = Value::Real(1.0);
        file.add(&[
            ("adw_id", text(&adw)),
            ("nl_input", text(REQUEST)),
            ("start_time", text(time)),
            ("actual_cost_total", cost),
        ]);
    }
    let stderr = survives(&file, 0);
    assert!(stderr.contains("start_time is '9999-12-31T23:59:59Z'"), "{stderr}");
    assert_eq!(file.value::<String>("SELECT max(last_seen) FROM operation_patterns"), "2026-10-11 08:00:00");
}

#[test]
fn columns_of_the_wrong_kind_in_our_own_tables_are_mended() {
    let file = HistoryFile::application();
    file.add(&[("adw_id", text("a")), ("nl_input", text(REQUEST)), ("actual_cost_total", Value::Real(1.0))]);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let right = file.content();
    for value in VALUES {
        file.execute(&format!(
            "UPDATE operation_patterns SET occurrence_count = {value}, avg_cost_with_llm = {value}, avg_tokens_with_llm = {value}, \
             avg_tokens_with_tool = {value}, potential_monthly_savings = {value}, confidence_score = {value}, last_seen = {value}"
        ));
        for args in [&["stats"][..], &["patterns", "list"], &["patterns", "show", "1", "--format", "json"]] {
            Flowmine::by_few_rules(&file).args(args).run().exits(0);
        }
        Flowmine::by_few_rules(&file).args(["doctor", "--fix", "--no-backup"]).run().exits(0);
        assert!(file.content() == right, "{value}: {}", file.content());
    }
}

#[test]
fn a_workflow_that_fails_is_named_however_many_values_cannot_be_read() {
    let file = HistoryFile::minimal();
    let row = |key: String, request| {
        vec![("workflow_id", text(&key)), ("nl_input", request), ("total_tokens", text("n/a"))]
    };
    let rows: Vec<_> = (0..60).map(|number| row(format!("w{number}"), text(REQUEST))).collect();
    file.add_all(&rows);
    file.add(&row("zz-broken".to_owned(), Value::Blob(vec![0xff])));
    let stderr = Flowmine::by_few_rules(&file).args(["backfill", "-q"]).run().exits(3).stderr();
    assert!(stderr.contains("zz-broken"), "{stderr}");
    assert!(stderr.contains("more messages like these"), "{stderr}");
}
