//! `backfill`.

use rusqlite::types::Value;

use crate::common::{Flowmine, HistoryFile, text};
use crate::{file, linked};

#[test]
fn the_summary_counts_what_was_found() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["backfill", "--format", "json"]).run().succeeds();
    let run = &ran.json()["run"];
    let number = |name: &str| run[name].as_u64().unwrap();
    assert_eq!((number("workflows"), number("matched"), number("unmatched"), number("failed")), (3, 2, 1, 0));
    assert_eq!((number("new_occurrences"), number("new_patterns")), (2, 1));
    assert_eq!(ran.json()["totals"]["possible_saving_a_month"], 1.9);
    assert_eq!(linked(&file), ["wf-a", "wf-c"]);
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let file = file();
    let before = std::fs::read(file.path()).unwrap();
    let dry =
        Flowmine::by_few_rules(&file).args(["backfill", "--dry-run", "--format", "json"]).run().succeeds();
    assert_eq!(std::fs::read(file.path()).unwrap(), before);
    let real = Flowmine::by_few_rules(&file).args(["backfill", "--format", "json"]).run().succeeds();
    for part in ["totals", "window"] {
        assert_eq!(dry.json()[part], real.json()[part]);
    }
    for count in ["workflows", "matched", "new_occurrences", "new_patterns"] {
        assert_eq!(dry.json()["run"][count], real.json()["run"][count], "{count}");
    }
}

#[test]
fn a_limit_takes_the_lowest_rows() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill", "--limit", "1"]).run().succeeds();
    assert_eq!(linked(&file), ["wf-a"]);
}

#[test]
fn since_and_until_include_their_days() {
    for (flags, expected) in [
        (["--since", "2026-09-20"], &["wf-c"][..]),
        (["--since", "2026-09-21"], &[]),
        (["--until", "2026-09-01"], &["wf-a"]),
        (["--until", "2026-08-31"], &[]),
        (["--until", "2026-09-01T10:00:00Z"], &[]),
        (["--since", "2026-09-20T10:00:00Z"], &["wf-c"]),
    ] {
        let file = file();
        Flowmine::by_few_rules(&file).args(["backfill"]).args(flags).run().succeeds();
        assert_eq!(linked(&file), expected, "{flags:?}");
    }
}

#[test]
fn a_date_that_is_none_is_wrong_usage() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["backfill", "--since", "soon"]).run().exits(2);
    assert!(ran.stderr().contains("--since: 'soon' is no date"), "{}", ran.stderr());
    assert!(linked(&file).is_empty());
}

#[test]
fn the_status_widens_or_narrows() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill", "--status", "failed"]).run().succeeds();
    assert_eq!(linked(&file), ["wf-c"]);
    Flowmine::by_few_rules(&file).args(["backfill", "--status", "running,completed"]).run().succeeds();
    assert_eq!(linked(&file), ["wf-a", "wf-c", "wf-d"]);
}

#[test]
fn asked_to_be_quiet_it_says_nothing() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["-q", "backfill"]).run().succeeds();
    assert_eq!(ran.stdout(), "");
    assert_eq!(linked(&file).len(), 2);
}

#[test]
fn an_unreadable_workflow_gives_exit_code_three_and_its_name() {
    let file = file();
    file.execute("UPDATE workflow_history SET nl_input = x'ff' WHERE adw_id = 'a'");
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert!(
        ran.stderr().contains("[Pattern] workflow wf-a: nl_input is a BLOB, not a text"),
        "{}",
        ran.stderr()
    );
    assert_eq!(linked(&file), ["wf-c"]);
}

#[test]
fn a_value_that_cannot_be_is_named() {
    let file = file();
    file.execute("UPDATE workflow_history SET actual_cost_total = 'free' WHERE adw_id = 'a'");
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let expected = "[Pattern] workflow wf-a: actual_cost_total is 'free': not a number; taken as unknown";
    assert!(ran.stderr().contains(expected), "{}", ran.stderr());
}

#[test]
fn a_new_pattern_is_logged_at_info() {
    let ran = Flowmine::on(&file()).args(["-v", "backfill"]).run().exits(0);
    assert!(
        ran.stderr().contains("INFO [Pattern] New pattern detected: test:pytest:backend"),
        "{}",
        ran.stderr()
    );
}

#[test]
fn changed_statistics_are_logged_at_debug() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).env("RUST_LOG", "debug").args(["backfill"]).run().exits(0);
    let expected =
        "DEBUG [Pattern] Updated statistics for pattern 1: avg_cost=$1.0000, savings=$1.900/mo, confidence=";
    assert!(ran.stderr().contains(expected), "{}", ran.stderr());
    assert!(
        ran.stderr().contains("[Pattern] Updated pattern test:pytest:backend (count: 2)"),
        "{}",
        ran.stderr()
    );
}

#[test]
fn without_rules_the_files_last_ones_are_used() {
    let file = file();
    Flowmine::on(&file).args(["backfill", "--rules", "tac-webbuilder"]).run().succeeds();
    Flowmine::on(&file).args(["backfill"]).run().succeeds();
    let names = "SELECT group_concat(rules_name) FROM flowmine_runs";
    assert_eq!(file.value::<String>(names), "tac-webbuilder,tac-webbuilder");
}

#[test]
fn other_rules_than_the_rows_were_made_with_are_warned_of_until_a_rebuild() {
    let file = file();
    Flowmine::on(&file).args(["backfill", "--rules", "tac-webbuilder"]).run().succeeds();
    for _ in 0..2 {
        let args = ["backfill", "--rules", "default", "--format", "json"];
        let ran = Flowmine::on(&file).args(args).run().exits(0);
        for told in [ran.stderr(), ran.json()["warnings"].to_string()] {
            assert!(told.contains("flowmine backfill --rebuild"), "{told}");
        }
    }
    Flowmine::on(&file).args(["backfill", "--rules", "default", "--rebuild"]).run().succeeds();
    Flowmine::on(&file).args(["process"]).run().succeeds();
}

/// A rules file that finds nothing but dark themes.
const DARK: &str = r#"
format = 1
name = "dark"
matching = "anywhere"

[[operation]]
category = "theme"
mentions = ["dark theme"]
otherwise = "dark"
target = "all"
"#;

#[test]
fn a_rebuild_leaves_exactly_what_the_rules_say() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    std::fs::write(file.directory().join("dark.toml"), DARK).unwrap();
    let ran = Flowmine::by_few_rules(&file)
        .args(["backfill", "--rules", "dark.toml", "--rebuild", "--format", "json"])
        .run()
        .succeeds();
    assert_eq!(file.links(), [("theme:dark:all".to_owned(), "wf-b".to_owned())]);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 1);
    assert_eq!(ran.json()["run"]["removed_occurrences"], 2);
    assert_eq!(ran.json()["run"]["removed_patterns"], 1);
}

#[test]
fn a_rebuild_makes_the_links_of_workflows_anew_that_were_taken_up_again() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    file.execute("UPDATE workflow_history SET status = 'running' WHERE adw_id IN ('a', 'b')");
    std::fs::write(file.directory().join("dark.toml"), DARK).unwrap();
    Flowmine::by_few_rules(&file).args(["backfill", "--rules", "dark.toml", "--rebuild"]).run().succeeds();
    assert_eq!(file.links(), []);
}

#[test]
fn a_rebuild_keeps_what_a_human_touched_and_what_was_purged_and_what_was_not_selected() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    file.execute(
        "UPDATE operation_patterns SET automation_status = 'approved';
         INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (1, 'purged');",
    );
    std::fs::write(file.directory().join("dark.toml"), DARK).unwrap();
    let rebuild = ["backfill", "--rules", "dark.toml", "--rebuild", "--since", "2026-09-05"];
    Flowmine::by_few_rules(&file).args(rebuild).run().exits(0);
    assert_eq!(linked(&file), ["purged", "wf-a", "wf-b"]);
    file.execute("DELETE FROM pattern_occurrences WHERE pattern_id = 1");
    Flowmine::by_few_rules(&file).args(["backfill", "--rules", "dark.toml", "--rebuild"]).run().exits(0);
    assert_eq!(file.pattern::<i64>("test:pytest:backend", "id"), 1);
    assert_eq!(file.pattern::<i64>("test:pytest:backend", "occurrence_count"), 0);
}

/// How many occurrences say what they are worth.
const WITH_WORTH: &str = "SELECT count(*) FROM pattern_occurrences
    WHERE matched_characteristics ->> 'found_in' IS NOT NULL AND matched_characteristics ->> 'covers' IS NOT NULL";

#[test]
fn a_rebuild_says_what_occurrences_are_worth_that_were_written_before_they_said_it() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    let before = file.content();
    file.execute("UPDATE pattern_occurrences SET matched_characteristics = '{\"input_length\":1}'");
    let dry = Flowmine::by_few_rules(&file).args(["backfill", "--rebuild", "--dry-run"]).run().succeeds();
    assert!(dry.stdout().contains("2 occurrences would be written anew"), "{}", dry.stdout());
    assert_eq!(file.value::<i64>(WITH_WORTH), 0);
    let real =
        Flowmine::by_few_rules(&file).args(["backfill", "--rebuild", "--format", "json"]).run().succeeds();
    assert_eq!(real.json()["run"]["restated_occurrences"], 2);
    assert_eq!(file.content(), before);
}

#[test]
fn a_rebuild_by_rules_that_cannot_tell_what_occurrences_are_worth_takes_it_away() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    Flowmine::by_few_rules(&file)
        .args(["backfill", "--rebuild", "--rules", "tac-webbuilder"])
        .run()
        .succeeds();
    assert_eq!((file.links().len(), file.value::<i64>(WITH_WORTH)), (2, 0));
}

#[test]
fn a_run_says_of_savings_what_the_file_says_even_where_a_trigger_alters_what_is_written() {
    for (from, to) in [("-", "-"), ("whole", "part"), ("part", "whole")] {
        let file = file();
        file.execute(include_str!("../../schema.sql"));
        file.execute(&format!(
            "CREATE TRIGGER alters AFTER INSERT ON pattern_occurrences BEGIN UPDATE Pattern_Occurrences
             SET matched_characteristics = replace(matched_characteristics, '{from}', '{to}') WHERE id = NEW.id; END"
        ));
        let totals = |args: &[&str]| {
            let args = args.iter().copied().chain(["--format", "json"]);
            let ran = Flowmine::by_few_rules(&file).args(args).run().succeeds();
            ran.json()["totals"].clone()
        };
        let runs = [totals(&["backfill"]), totals(&["backfill"])];
        let stored = totals(&["patterns", "list"]);
        for name in ["least_saving_a_month", "possible_saving_a_month"] {
            assert_eq!(runs.each_ref().map(|run| &run[name]), [&stored[name]; 2], "{name}: {from} for {to}");
        }
        let is_least = stored["least_saving_a_month"] == stored["possible_saving_a_month"];
        assert_eq!(is_least, to != "part", "{stored}");
    }
}

#[test]
fn a_dry_rebuild_shows_what_would_go() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    std::fs::write(file.directory().join("dark.toml"), DARK).unwrap();
    let before = file.dump_without_runs();
    let dry = ["backfill", "--rules", "dark.toml", "--rebuild", "--dry-run", "--format", "json"];
    let ran = Flowmine::by_few_rules(&file).args(dry).run().exits(0);
    assert_eq!(ran.json()["run"]["removed_occurrences"], 2);
    assert_eq!(ran.json()["run"]["new_occurrences"], 1);
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn a_file_that_does_not_exist_is_not_made() {
    let file = file();
    let ran = Flowmine::in_directory(file.directory()).args(["--db", "nowhere.db", "backfill"]).run();
    ran.fails_with(&["no such file: nowhere.db", "--db", "WORKFLOW_HISTORY_DB"]);
    assert!(!file.directory().join("nowhere.db").exists());
}

#[test]
fn the_environment_names_the_file() {
    let file = file();
    Flowmine::in_directory(file.directory())
        .env("WORKFLOW_HISTORY_DB", "workflow_history.db")
        .args(["backfill"])
        .run()
        .succeeds();
    assert_eq!(linked(&file).len(), 2);
}

#[test]
fn programs_get_every_pattern_and_people_the_first_ten() {
    let file = crate::recorded::many(30);
    let rows = |format: &str| {
        let ran =
            Flowmine::by_few_rules(&file).args(["backfill", "--dry-run", "--format", format]).run().exits(0);
        ran.stdout().lines().filter(|line| line.contains(":operation") && line.contains(":all")).count()
    };
    assert_eq!([rows("csv"), rows("jsonl"), rows("json")], [30, 30, 30]);
    assert_eq!([rows("table"), rows("markdown")], [10, 10]);
}

/// The file, with a status of its own for one of its workflows.
fn with_a_status_of_its_own() -> crate::common::HistoryFile {
    let file = crate::common::HistoryFile::with_sql(
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, nl_input, status)",
    );
    file.execute(
        "INSERT INTO workflow_history (nl_input, status) VALUES
        ('Run the backend tests with pytest', 'done'), ('Run the backend tests with pytest', ' Archived ')",
    );
    file
}

#[test]
fn a_status_that_flowmine_does_not_know_is_named_with_its_number_and_can_be_asked_for() {
    let file = with_a_status_of_its_own();
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert!(ran.stdout().contains("1 'Archived'"), "{}", ran.stdout());
    assert_eq!(file.links().len(), 1);
    Flowmine::by_few_rules(&file).args(["backfill", "--status", "ARCHIVED"]).run().exits(0);
    assert_eq!(file.links().len(), 2);
}

#[test]
fn a_status_that_is_a_number_can_be_asked_for() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT, status)",
    );
    file.execute("INSERT INTO workflow_history VALUES ('wf-1', 'Run the backend tests with pytest', 7)");
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert!(ran.stdout().contains("('--status 7' takes them)"), "{}", ran.stdout());
    let taken = Flowmine::by_few_rules(&file).args(["backfill", "--status", "7"]).run().exits(0);
    assert_eq!(file.links().len(), 1);
    assert!(!taken.stdout().contains("no history"), "{}", taken.stdout());
}

#[test]
fn a_status_that_no_workflow_has_is_a_usage_error_that_says_which_there_are() {
    let ran =
        Flowmine::on(&with_a_status_of_its_own()).args(["backfill", "--status", "archivd"]).run().exits(2);
    for part in ["'archivd'", "pending, running, completed, failed, archived"] {
        assert!(ran.stderr().contains(part), "{}", ran.stderr());
    }
}

#[test]
fn a_generated_column_that_counts_as_missing_is_named() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT, error_message TEXT, cents INTEGER,
            actual_cost_total REAL AS (cents / 100.0), month TEXT AS (upper(nl_input)));
         INSERT INTO workflow_history VALUES ('wf-1', 'Run the backend tests with pytest', NULL, 50)",
    );
    let said = Flowmine::by_few_rules(&file).args(["backfill", "-q"]).run().exits(0).stderr();
    assert!(said.contains("the column actual_cost_total of workflow_history is generated"), "{said}");
    assert!(!said.contains("month"), "nothing is read of it: {said}");
}

#[test]
fn the_mark_of_what_takes_judgement_is_explained_in_every_summary() {
    let file = HistoryFile::application();
    file.add(&[
        ("adw_id", text("a")),
        ("nl_input", text("Review the code")),
        ("status", text("completed")),
        ("actual_cost_total", Value::Real(1.0)),
    ]);
    for args in [&["--dry-run"][..], &[], &["--rebuild"]] {
        let ran = Flowmine::on(&file).args(["backfill"]).args(args).run();
        let shown = ran.succeeds().stdout();
        assert!(shown.contains("review:code") && shown.contains("* takes judgement"), "{args:?}: {shown}");
    }
}

#[test]
fn a_dry_run_says_that_the_run_would_end_in_an_error() {
    for broken in [
        "INSERT INTO pattern_occurrences (pattern_id, workflow_id) SELECT pattern_id, workflow_id FROM pattern_occurrences",
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (id)",
    ] {
        let file = file();
        Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
        let nothing = Flowmine::by_few_rules(&file).args(["backfill", "--dry-run"]).run().succeeds();
        assert!(!nothing.stderr().contains("ends in an error"), "{}", nothing.stderr());
        file.execute(&format!("DROP INDEX idx_pattern_occurrence_unique; {broken}"));
        let dry = Flowmine::by_few_rules(&file).args(["backfill", "--dry-run"]).run().exits(0);
        let real = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(1);
        let said = "without --dry-run this ends in an error: ";
        assert!(dry.stderr().contains(said), "{}", dry.stderr());
        let reason = if broken.starts_with("INSERT") {
            "2 duplicate occurrences"
        } else {
            "idx_pattern_occurrence_unique"
        };
        assert!(
            dry.stderr().contains(reason) && real.stderr().contains(reason),
            "{} {}",
            dry.stderr(),
            real.stderr()
        );
    }
}
