//! `patterns show`.

use serde_json::Value;

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{Run, add_pattern, add_run, team};

fn shown(file: &HistoryFile, name: &str) -> Value {
    Flowmine::on(file).args(["patterns", "show", name, "--format", "json"]).run().succeeds().json()
}

#[test]
fn a_pattern_is_found_by_id_signature_or_the_beginning_of_it() {
    let file = team();
    for name in ["1", "test:pytest:backend", "test:py", "test", "TEST:PyTest"] {
        assert_eq!(shown(&file, name)["rows"][0]["pattern_signature"], "test:pytest:backend", "{name}");
    }
}

#[test]
fn a_beginning_of_several_names_them() {
    let file = team();
    add_pattern(&file, "test:pytest:frontend", "detected", &["wf-001"]);
    let ran = Flowmine::on(&file).args(["patterns", "show", "test:py"]).run();
    ran.fails_with(&["'test:py' can be any of test:pytest:backend, test:pytest:frontend"]);
    // A whole signature is meant even where another one begins with it.
    add_pattern(&file, "test:pytest:backend2", "detected", &["wf-001"]);
    assert_eq!(shown(&file, "test:pytest:backend")["rows"][0]["id"], 1);
}

#[test]
fn an_unknown_name_gets_the_close_ones() {
    for (name, close) in [
        ("test:pytst:backend", "test:pytest:backend"),
        ("prettier", "format:prettier:all"),
        ("typchek", "build:typecheck:frontend"),
    ] {
        let ran = Flowmine::on(&team()).args(["patterns", "show", name]).run();
        ran.fails_with(&[&format!("no pattern '{name}'; did you mean {close}")]);
    }
    let ran = Flowmine::on(&team()).args(["patterns", "show", "99"]).run();
    ran.fails_with(&["no pattern '99'; 'flowmine patterns list' shows them all"]);
}

#[test]
fn the_formula_gives_what_is_shown() {
    let json = shown(&team(), "1");
    let formula = &json["savings_formula"];
    let number = |name: &str| formula[name].as_f64().unwrap();
    let savings = (number("avg_cost_with_llm") - number("avg_cost_with_tool"))
        * number("workflows")
        * number("monthly_factor");
    assert_eq!(savings, number("potential_monthly_savings"));
    assert_eq!(json["rows"][0]["potential_monthly_savings"], formula["potential_monthly_savings"]);
    // The same from the digits on the screen.
    let screen = Flowmine::on(&team()).args(["patterns", "show", "1"]).run().succeeds().stdout();
    assert!(
        screen.contains(
            "at most      $3.21 = ($0.64 − $0.032) × 15 workflows × 0.35207824 (30 of 85.2083333 days)"
        ),
        "{screen}"
    );
    assert!(((0.64 - 0.032) * 15.0 * 0.352_078_24_f64 - 3.210_953_55).abs() < 1e-7);
}

#[test]
fn the_parts_of_the_confidence_add_up_and_have_reasons() {
    let json = shown(&team(), "1");
    let parts = json["confidence_parts"].as_array().unwrap();
    let points: f64 = parts.iter().map(|part| part["points"].as_f64().unwrap()).sum();
    assert_eq!(json["rows"][0]["confidence_score"], points);
    let reasons: Vec<_> = parts.iter().map(|part| part["reason"].as_str().unwrap()).collect();
    let expected = [
        "15 workflows; ≥ 10 gives 40",
        "the durations vary by 79,594.7 s² (variance); ≥ 1,000 gives 10",
        "0.13 errors and 0.13 retries a workflow; under 1 and under 2 gives 20",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn the_examples_are_the_newest_finished_ones() {
    let file = team();
    add_run(
        &file,
        &Run {
            key: "old",
            time: Some("2025-04-02T00:00:00Z"),
            request: None,
            error: Some("no"),
            ..Run::default()
        },
    );
    add_run(
        &file,
        &Run {
            key: "new",
            time: Some("2025-06-24T00:00:00Z"),
            status: "failed",
            cost: None,
            ..Run::default()
        },
    );
    let id = add_pattern(&file, "x:y:z", "detected", &["old", "new", "wf-060", "purged"]);
    let json = shown(&file, &id.to_string());
    let examples = json["examples"].as_array().unwrap();
    let column = |name: &str| examples.iter().map(|example| example[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("workflow_id"), ["new", "old"]);
    assert_eq!(column("outcome"), ["failed", "completed, 1 error"]);
    assert_eq!(column("request"), [Value::from("Run the backend tests with pytest"), Value::Null]);
    assert_eq!(column("actual_cost_total"), [Value::Null, Value::from(0.5)]);
}

#[test]
fn an_example_that_cannot_be_read_says_why() {
    let file = team();
    file.execute("UPDATE workflow_history SET nl_input = x'ff' WHERE workflow_id = 'wf-056'");
    let json = shown(&file, "1");
    assert_eq!(json["examples"][0]["request"], "cannot be read: nl_input is a BLOB, not a text");
    assert_eq!(json["examples"][1]["workflow_id"], "wf-052");
}

#[test]
fn files_are_counted_over_all_occurrences() {
    let json = shown(&team(), "1");
    assert_eq!(
        json["files_mentioned"],
        serde_json::json!([{"file": "src/api/booking.py", "workflows": 15}, {"file": "tests/", "workflows": 8}])
    );
}

#[test]
fn characteristics_that_are_no_json_are_shown_as_not_understood() {
    let file = team();
    file.execute("UPDATE operation_patterns SET typical_input_pattern = '{oops\u{1b}[31m' WHERE id = 1; UPDATE pattern_occurrences SET matched_characteristics = '{'");
    let ran = Flowmine::on(&file).args(["patterns", "show", "1"]).run().succeeds();
    assert!(ran.stdout().contains("not understood: {oops\\u{1b}[31m"), "{}", ran.stdout());
    assert_eq!(shown(&file, "1")["typical_input_pattern"], Value::Null);
}

#[test]
fn a_lower_bound_of_nothing_does_not_deny_requests_that_asked_for_it_alone() {
    let file = crate::file();
    file.execute("UPDATE workflow_history SET actual_cost_total = 0 WHERE status = 'completed'; UPDATE workflow_history SET nl_input = 'Fix the login, then run the backend tests with pytest' WHERE status = 'failed'");
    Flowmine::on(&file).args(["backfill", "-q"]).run().exits(0);
    let shown =
        Flowmine::on(&file).env("COLUMNS", "200").args(["patterns", "show", "1"]).run().exits(0).stdout();
    assert!(shown.contains("1 request asked for nothing else"), "{shown}");
    assert!(shown.contains("no request with a known cost asked for it alone"), "{shown}");
}

#[test]
fn a_long_key_gives_way_in_its_middle_before_a_column_of_its_workflow_does() {
    let file = HistoryFile::application();
    let key = "codex:0199d2e0-8d4f-7c11-b2f0-3a5c6e7d8f90:0199d2e1-1b3c-7a10-9e55-0f1a2b3c4d5e";
    add_run(&file, &Run { key, ..Run::default() });
    add_pattern(&file, "test:pytest:backend", "detected", &[key]);
    let screen = |width: &str| {
        let shown =
            Flowmine::on(&file).env("COLUMNS", width).args(["patterns", "show", "1"]).run().succeeds();
        shown.stdout().split("Newest workflows").nth(1).unwrap().to_owned()
    };
    let narrow = screen("80");
    for column in ["codex:", "…", "2025-06-01", "$0.50", "completed", "Run the"] {
        assert!(narrow.contains(column), "{column}: {narrow}");
    }
    assert!(screen("200").contains(key));
    assert_eq!(shown(&file, "1")["examples"][0]["workflow_id"], key);
}

#[test]
fn who_decided_when_and_why_is_shown() {
    let file = team();
    let unsaid = &shown(&file, "1")["review"];
    assert_eq!((&unsaid["reviewed_by"], &unsaid["review_notes"]), (&Value::Null, &Value::Null));
    let decision = ["patterns", "set-status", "1", "approved", "--by", "ana", "--note", "make test will do"];
    Flowmine::on(&file).args(decision).run().succeeds();
    let review = &shown(&file, "1")["review"];
    assert_eq!(
        (&review["reviewed_by"], &review["review_notes"]),
        (&"ana".into(), &"make test will do".into())
    );
    assert!(review["reviewed_at"].as_str().unwrap().ends_with('Z'), "{review}");
    let screen = Flowmine::on(&file).args(["patterns", "show", "1"]).run().succeeds().stdout();
    let line = screen.lines().find(|line| line.starts_with("Reviewed")).unwrap();
    assert!(line.contains("by ana on 20") && line.ends_with(": make test will do"), "{line}");
}

#[test]
fn a_signature_with_capitals_that_another_program_stored_is_found() {
    let file = team();
    add_pattern(&file, "Custom:Thing:All", "detected", &["wf-001"]);
    for name in ["Custom:Thing:All", "Custom:Th"] {
        assert_eq!(shown(&file, name)["rows"][0]["pattern_signature"], "Custom:Thing:All", "{name}");
    }
}
