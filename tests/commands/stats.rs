//! `stats`.

use serde_json::Value;

use crate::common::{Flowmine, HistoryFile, text};
use crate::recorded::{Run, add_pattern, add_run, team};

fn stats(file: &HistoryFile, args: &[&str]) -> Value {
    Flowmine::on(file).args(["stats", "--format", "json"]).args(args).run().succeeds().json()
}

#[test]
fn coverage_parts_add_up() {
    let file = team();
    add_run(&file, &Run { key: "blank", request: Some(" \n\t"), ..Run::default() });
    add_run(&file, &Run { key: "blank-but-matched", request: None, ..Run::default() });
    add_pattern(&file, "x:y:z", "detected", &["blank-but-matched"]);
    let totals = &stats(&file, &[])["totals"];
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(
        (number("workflows"), number("finished_workflows"), number("matched_workflows")),
        (63, 62, 35)
    );
    assert_eq!(number("unmatched_workflows"), 27);
    assert_eq!(number("unmatched_workflows_without_request"), 4);
    assert_eq!(number("workflows_without_cost"), 4);
}

#[test]
fn a_workflow_with_several_patterns_is_saved_once() {
    let file = HistoryFile::application();
    add_run(&file, &Run { cost: Some(10.0), ..Run::default() });
    add_pattern(&file, "a:b:c", "detected", &["wf-1"]);
    add_pattern(&file, "d:e:f", "detected", &["wf-1"]);
    let json = stats(&file, &[]);
    assert_eq!(json["totals"]["possible_saving_a_month"], 9.5);
    assert_eq!(json["totals"]["sum_of_pattern_savings"], 19.0);
    assert_eq!(json["totals"]["patterns_for_most_savings"], 2);
    let screen = Flowmine::on(&file).env("COLUMNS", "200").args(["stats"]).run().succeeds().stdout();
    assert!(
        screen.contains("Tools for the operations that recur would save at most $9.50 (95%) of it"),
        "{screen}"
    );
    assert!(
        screen.contains(
            "add up to $19.00 at most, $9.50 more: 1 workflow in several patterns, counted in each."
        ),
        "{screen}"
    );
}

#[test]
fn few_patterns_make_up_most_of_the_saving() {
    let file = HistoryFile::application();
    for (number, cost) in [80.0, 10.0, 5.0, 5.0].into_iter().enumerate() {
        let key = format!("wf-{number}");
        add_run(&file, &Run { key: &key, cost: Some(cost), ..Run::default() });
        add_pattern(&file, &format!("a:b:{number}"), "detected", &[&key]);
    }
    assert_eq!(stats(&file, &[])["totals"]["patterns_for_most_savings"], 1);
    file.execute("UPDATE workflow_history SET actual_cost_total = 79 WHERE workflow_id = 'wf-0'");
    assert_eq!(stats(&file, &[])["totals"]["patterns_for_most_savings"], 2);
}

#[test]
fn candidates_are_sure_worth_it_and_open() {
    let file = team();
    let candidates = |file: &HistoryFile| -> Vec<Value> {
        let rows = stats(file, &[])["candidates"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row["pattern_signature"].clone()).collect()
    };
    assert_eq!(candidates(&file), ["test:pytest:backend"]);
    file.execute("UPDATE operation_patterns SET automation_status = 'active' WHERE id = 1");
    assert_eq!(candidates(&file), Vec::<Value>::new());
}

#[test]
fn groups_hold_every_pattern() {
    let json = stats(&team(), &[]);
    for table in ["by_type", "by_status", "by_confidence"] {
        let patterns: u64 =
            json[table].as_array().unwrap().iter().map(|row| row["patterns"].as_u64().unwrap()).sum();
        assert_eq!(patterns, 7, "{table}");
    }
    assert!(json["by_confidence"].as_array().unwrap().iter().all(|step| step["patterns"] != 0));
    let periods: u64 =
        json["periods"].as_array().unwrap().iter().map(|period| period["workflows"].as_u64().unwrap()).sum();
    assert_eq!(periods, 60);
}

#[test]
fn the_last_runs_are_the_ledgers() {
    let file = team();
    Flowmine::on(&file).args(["process", "-q"]).run().exits(0);
    let json = stats(&file, &[]);
    let run = &json["runs"][0];
    assert_eq!((run["command"].as_str(), run["outcome"].as_str()), (Some("process"), Some("done")));
    assert_eq!(run["workflows"], 60);
}

#[test]
fn numbers_that_are_not_the_stored_ones_are_noted() {
    let file = team();
    assert!(
        stats(&file, &[])["warnings"][0]
            .as_str()
            .unwrap()
            .contains("those stored in the file differ for 7 patterns")
    );
    Flowmine::on(&file).args(["process", "-q"]).run().exits(0);
    assert_eq!(stats(&file, &[])["warnings"], serde_json::json!([]));
}

#[test]
fn a_file_without_times_is_one_month_and_says_so() {
    let file = HistoryFile::minimal();
    file.add(&[("workflow_id", text("wf-1")), ("actual_cost_total", rusqlite::types::Value::Real(2.0))]);
    let json = stats(&file, &[]);
    assert_eq!(json["totals"]["spend_a_month"], 2.0);
    assert_eq!(
        json["warnings"][0],
        "no workflow has a known time, so the whole history is taken for one month's"
    );
}

#[test]
fn an_id_that_becomes_another_workflows_key_does_not_mix_in_a_span() {
    let file = HistoryFile::application();
    add_run(&file, &Run { key: "2", time: Some("2025-01-01T00:00:00Z"), ..Run::default() });
    add_run(&file, &Run { key: "b", time: Some("2025-06-01T00:00:00Z"), ..Run::default() });
    // '2' is the first workflow's key and the second one's id: the link is the first one's, which is outside the span.
    add_pattern(&file, "x:y:z", "detected", &["2"]);
    let json = stats(&file, &["--since", "2025-05-01"]);
    assert_eq!(json["totals"]["matched_workflows"], 0);
    assert_eq!(json["totals"]["finished_workflows"], 1);
}

#[test]
fn where_there_is_nothing_to_show_the_next_step_is_said() {
    let empty = HistoryFile::application();
    let running = crate::file();
    running.execute("UPDATE workflow_history SET status = 'running'");
    let unmatched = crate::file();
    unmatched.execute("UPDATE workflow_history SET nl_input = 'Think about it'");
    for (file, args, next) in [
        (&empty, &["stats"][..], "There are no workflows in this file yet."),
        (&empty, &["patterns", "list"], "There are no workflows in this file yet."),
        (&empty, &["backfill", "--dry-run"], "There are no workflows in this file yet."),
        (&running, &["stats"], "None of the 4 workflows is finished"),
        (&unmatched, &["stats"], "'flowmine backfill' finds them."),
        (&unmatched, &["backfill"], "The rules find no pattern in these workflows. 'flowmine explain"),
        (
            &team(),
            &["patterns", "list", "--since", "2020-01-01", "--until", "2020-02-01"],
            "It has no finished workflow; 60 lie outside it",
        ),
        (&crate::recorded::single(), &["stats"], "There is no candidate for automation among"),
    ] {
        let ran = Flowmine::on(file).args(args).run().exits(0);
        assert!(ran.stdout().contains(next), "{args:?}: {next} is missing in {}", ran.stdout());
    }
}

#[test]
fn the_answer_comes_first() {
    let ran = Flowmine::on(&team()).env("COLUMNS", "200").args(["stats"]).run().succeeds();
    let first = ran.stdout().lines().take(2).collect::<Vec<_>>().join(" ");
    for part in
        ["Agents cost $12.84 a month.", "at most $6.42 (50%) of it", "test:pytest:backend (up to $3.21)"]
    {
        assert!(first.contains(part), "{part} is missing in {first}");
    }
    let ran = Flowmine::on(&team()).args(["patterns", "show", "1"]).run().succeeds();
    let verdict = "Worth a script: 15 times, at most $3.21 a month, confidence 70 of 100.";
    assert_eq!(ran.stdout().lines().nth(1), Some(verdict));
}

#[test]
fn without_any_saving_there_are_no_empty_bars() {
    let file = team();
    file.execute("UPDATE workflow_history SET actual_cost_total = NULL");
    let ran = Flowmine::on(&file).args(["stats"]).run().exits(0);
    let by_type = ran
        .stdout()
        .split("By type (the patterns' own figures, which overlap)\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap()
        .to_owned();
    assert!(
        !by_type.contains('█') && by_type.lines().all(|line| !line.contains("─  ────────────────────")),
        "{by_type}"
    );
}

#[test]
fn a_type_that_saves_nothing_is_not_shown() {
    let file = HistoryFile::application();
    for (key, cost) in [("wf-1", Some(10.0)), ("wf-2", Some(1.0)), ("wf-3", None)] {
        add_run(&file, &Run { key, cost, ..Run::default() });
    }
    for (signature, key) in [("test:a:b", "wf-1"), ("build:a:b", "wf-2"), ("git:a:b", "wf-3")] {
        add_pattern(&file, signature, "detected", &[key]);
    }
    let json = stats(&file, &[]);
    let types: Vec<_> = json["by_type"].as_array().unwrap().iter().map(|row| &row["pattern_type"]).collect();
    assert_eq!(types, ["test", "build", "git"]);
    let screen = Flowmine::on(&file).args(["stats"]).run().succeeds().stdout();
    let by_type = screen
        .split("By type (the patterns' own figures, which overlap)\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    assert!(by_type.contains("build ") && !by_type.contains("git "), "{by_type}");
    assert!(!by_type.contains("at least"), "a column of nothing but $0.00: {by_type}");
}

#[test]
fn rows_of_another_program_among_the_patterns_are_listed_apart() {
    let file = crate::common::HistoryFile::minimal();
    file.open_prepared();
    file.execute("INSERT INTO operation_patterns (pattern_signature, pattern_type) VALUES ('add_dark_mode', 'workflow')");
    let ran = Flowmine::on(&file).args(["stats"]).run().exits(0);
    assert!(ran.stdout().contains("another program's ('add_dark_mode')"), "{}", ran.stdout());
}

#[test]
fn a_pattern_without_an_occurrence_in_a_span_is_no_other_programs() {
    let file = team();
    add_pattern(&file, "Custom:Thing:All", "detected", &["wf-001"]);
    let ran = Flowmine::on(&file).args(["stats", "--since", "2030-01-01"]).run().exits(0);
    assert!(!ran.stdout().contains("another program's"), "{}", ran.stdout());
}

#[test]
fn the_last_day_of_a_span_is_the_one_asked_for() {
    let ran = Flowmine::on(&team()).args(["stats", "--since", "2025-02-01", "--until", "2025-05-31"]).run();
    let line = ran.succeeds().stdout().lines().find(|line| line.starts_with("History")).unwrap().to_owned();
    assert!(line.contains(" to 2025-05-31 "), "{line}");
}

/// `format` in three workflows, `git` in two others, at $1 each.
fn two_patterns() -> HistoryFile {
    let file = HistoryFile::application();
    for key in ["wf-1", "wf-2", "wf-3", "wf-4", "wf-5"] {
        add_run(&file, &Run { key, cost: Some(1.0), ..Run::default() });
    }
    add_pattern(&file, "format:generic:all", "detected", &["wf-1", "wf-2", "wf-3"]);
    add_pattern(&file, "git:generic:summary", "detected", &["wf-4", "wf-5"]);
    file
}

fn screen(file: &HistoryFile) -> String {
    Flowmine::on(file).env("COLUMNS", "200").args(["stats"]).run().exits(0).stdout()
}

const NOTHING_TO_SAVE: &str = "None of it is known to go into operations that are still to be decided on.";

#[test]
fn the_answer_names_only_patterns_that_are_in_the_total() {
    let file = two_patterns();
    file.execute("UPDATE operation_patterns SET automation_status = 'active' WHERE id = 2");
    let shown = screen(&file);
    assert!(
        shown.contains("would save at most $2.85")
            && shown.contains("Most of it: format:generic:all (up to $2.85)."),
        "{shown}"
    );
    file.execute("UPDATE operation_patterns SET automation_status = 'implemented'");
    let shown = screen(&file);
    assert!(shown.contains(NOTHING_TO_SAVE) && !shown.contains("Most of it"), "{shown}");
}

#[test]
fn a_purged_pattern_is_not_named_as_part_of_the_total() {
    let file = two_patterns();
    file.execute(
        "UPDATE operation_patterns SET avg_cost_with_llm = 1.0; DELETE FROM workflow_history WHERE workflow_id < 'wf-4'",
    );
    let shown = screen(&file);
    assert!(shown.contains("Most of it: git:generic:summary (up to $1.90)."), "{shown}");
}

#[test]
fn what_was_decided_on_is_a_reason_why_the_patterns_add_up_to_more() {
    let file = two_patterns();
    file.execute("UPDATE operation_patterns SET automation_status = 'active' WHERE id = 2");
    let shown = screen(&file);
    assert!(shown.contains("$1.90 more: 1 pattern decided on, in no total."), "{shown}");
}

#[test]
fn an_excluded_pattern_makes_no_workflow_one_of_several_patterns() {
    let file = HistoryFile::application();
    add_run(&file, &Run::default());
    add_pattern(&file, "a:b:c", "detected", &["wf-1"]);
    add_pattern(&file, "d:e:f", "detected", &["wf-1"]);
    let counts = |file: &HistoryFile| {
        let totals = stats(file, &[])["totals"].clone();
        (totals["matched_workflows"].as_u64(), totals["workflows_with_several_patterns"].as_u64())
    };
    assert_eq!(counts(&file), (Some(1), Some(1)));
    Flowmine::on(&file).args(["patterns", "exclude", "d:e:f"]).run().succeeds();
    assert_eq!(counts(&file), (Some(1), Some(0)));
    Flowmine::on(&file).args(["patterns", "exclude", "a:b:c"]).run().succeeds();
    assert_eq!(counts(&file), (Some(0), Some(0)));
    assert!(screen(&file).contains(NOTHING_TO_SAVE));
}

#[test]
fn costs_that_are_unknown_give_unknown_totals() {
    let file = two_patterns();
    file.execute("UPDATE workflow_history SET actual_cost_total = 0");
    let totals = &stats(&file, &[])["totals"];
    for name in ["spend_a_month", "spend_last_30_days", "least_saving_a_month", "possible_saving_a_month"] {
        assert!(totals[name].is_null(), "{name}: {}", totals[name]);
    }
    let ran = Flowmine::on(&file).args(["backfill", "--dry-run"]).run().exits(0);
    assert!(ran.stdout().contains("spend ? a month; possible saving ? a month"), "{}", ran.stdout());
    file.execute("UPDATE workflow_history SET actual_cost_total = 2.0 WHERE workflow_id = 'wf-1'");
    assert_eq!(stats(&file, &[])["totals"]["spend_a_month"], 2.0, "what is known adds up");
}

#[test]
fn workflows_without_a_time_are_told_apart_from_those_outside_the_span() {
    let file = two_patterns();
    file.execute("UPDATE workflow_history SET start_time = NULL WHERE workflow_id > 'wf-3'");
    let shown = |since: &str| {
        let ran = Flowmine::on(&file).env("COLUMNS", "200").args(["stats", "--since", since]).run().exits(0);
        ran.stdout()
    };
    assert!(
        shown("2025-01-01").contains("2 left out, 2 of them without a known time)"),
        "{}",
        shown("2025-01-01")
    );
    let later = shown("2025-07-01");
    assert!(later.contains("3 lie outside it: ask for a longer one; 2 have no known time."), "{later}");
    assert!(later.contains("nothing of it lies in this span"), "{later}");
    file.execute("UPDATE workflow_history SET start_time = NULL");
    let untimed = shown("2025-01-01");
    assert!(untimed.contains("5 have no known time.") && !untimed.contains("longer"), "{untimed}");
}

#[test]
fn sums_do_not_depend_on_the_order_in_which_patterns_were_recorded() {
    let sum = |order: [usize; 3]| {
        let file = HistoryFile::application();
        for (key, cost) in [("wf-0", 0.1), ("wf-1", 0.2), ("wf-2", 0.7)] {
            add_run(&file, &Run { key, cost: Some(cost), ..Run::default() });
        }
        for number in order {
            add_pattern(&file, &format!("a:b:{number}"), "detected", &[&format!("wf-{number}")]);
        }
        stats(&file, &[])["totals"]["sum_of_pattern_savings"].as_f64().unwrap().to_bits()
    };
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    assert_eq!(orders.map(sum), [sum([0, 1, 2]); 6]);
}

/// The status as the application declares it.
const CHECKED_STATUS: &str = "status TEXT NOT NULL DEFAULT 'completed' CHECK (status IN ('pending', 'running', 'completed', 'failed'))";

#[test]
fn a_status_that_nobody_can_ask_for_is_not_offered() {
    let file = HistoryFile::with_sql(&crate::common::APPLICATION.replace(CHECKED_STATUS, "status TEXT"));
    add_run(&file, &Run::default());
    file.execute("UPDATE workflow_history SET status = NULL");
    let shown = screen(&file);
    assert!(shown.contains("are no history: 1 without one\n") && !shown.contains("--status"), "{shown}");
    let named = Flowmine::on(&file).args(["process", "wf-1"]).run().exits(0).stderr();
    assert!(named.contains("wf-1 is of a status that flowmine does not know"), "{named}");
    file.execute("UPDATE workflow_history SET status = 'archived'");
    assert!(screen(&file).contains("1 'archived' ('--status archived' takes them)"), "{}", screen(&file));
    let run =
        |status: &str| Flowmine::on(&file).args(["backfill", "--status", status]).run().exits(0).stdout();
    assert!(run("completed").contains("'--status archived' takes them"));
    assert!(!run("archived").contains("takes them"));
}

#[test]
fn a_single_pattern_that_counts_workflows_without_a_cost_is_told_beside_the_total() {
    let file = HistoryFile::application();
    for (key, cost) in [("wf-1", 10.0), ("wf-2", 0.0), ("wf-3", 0.0)] {
        add_run(&file, &Run { key, cost: Some(cost), ..Run::default() });
    }
    add_pattern(&file, "test:pytest:all", "detected", &["wf-1", "wf-2", "wf-3"]);
    let shown = screen(&file);
    assert!(shown.contains("Most of it: test:pytest:all (up to $9.50)"), "{shown}");
    assert!(
        shown.contains("add up to $28.50 at most, $19.00 more: 2 workflows without a known cost"),
        "{shown}"
    );
}

#[test]
fn a_time_that_another_stands_in_for_is_not_called_unknown() {
    let file = two_patterns();
    file.execute(
        "UPDATE workflow_history SET start_time = 'soon', created_at = '2025-06-01 10:00:00' WHERE id = 1",
    );
    let json = stats(&file, &[]);
    assert_eq!(json["totals"]["workflows_without_time"], 0);
    let warning = "a start_time or created_at cannot be read or believed in 1 workflow";
    assert!(json["warnings"].to_string().contains(warning), "{}", json["warnings"]);
}

#[test]
fn how_many_workflows_the_months_lack_is_said() {
    let file = two_patterns();
    file.execute("UPDATE workflow_history SET start_time = NULL, created_at = '' WHERE id = 1");
    let shown = Flowmine::on(&file).args(["stats"]).run().succeeds().stdout();
    assert!(shown.contains("1 workflow without a known time in no month and no week"), "{shown}");
}

#[test]
fn before_anything_is_recorded_the_answer_says_so() {
    let shown = Flowmine::on(&crate::file()).args(["stats"]).run().succeeds().stdout();
    assert!(shown.contains("No patterns are recorded yet."), "{shown}");
    assert!(!shown.contains(NOTHING_TO_SAVE), "{shown}");
}
