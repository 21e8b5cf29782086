//! What a mend changes in a file, and what it leaves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use serde_json::Value as Json;

use crate::common::{Flowmine, HistoryFile, minimal_row, text, workflow};
use crate::doctor::{
    backup_value, backups, check, counted_again, counted_up_to, doctor, mend, recorded, wrong,
};
use crate::{assert_sound, bytes, figure, shared_machine};

/// The occurrences of a file in which tac-webbuilder's own detector had recorded 24 workflows again and again; the
/// workflows are gone.
const AUDITED: u32 = 78_167;

#[test]
fn the_audited_file_is_mended_in_seconds() {
    let _machine = shared_machine();
    let file = counted_up_to(AUDITED);
    let found = doctor(&file, 3);
    assert_eq!(wrong(&found), ["unique_index", "duplicate_occurrences", "statistics"]);
    assert_eq!(check(&found, "duplicate_occurrences"), ("wrong", 78_143));
    assert_eq!(check(&found, "purged_workflows"), ("info", 24));

    let started = Instant::now();
    let mended = mend(&file);
    let seconds = started.elapsed();
    figure(&format!("the audited file with 78,167 links mended in {:.2} s", seconds.as_secs_f64()));
    assert!(seconds < Duration::from_secs(10), "{seconds:?}");

    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), 24);
    assert_eq!(file.pattern::<i64>("sdlc:full:all", "occurrence_count"), 24);
    assert_eq!(file.pattern::<f64>("sdlc:full:all", "avg_cost_with_llm"), 2.48);
    assert_eq!(file.pattern::<i64>("sdlc:full:all", "avg_tokens_with_llm"), 3_500_000);
    let savings: f64 = file.pattern("sdlc:full:all", "potential_monthly_savings");
    assert_eq!(format!("{savings:.2}"), "56.54");
    assert_eq!(file.pattern::<f64>("sdlc:full:all", "confidence_score"), 10.0);
    assert_sound(&file, "mended");

    let backup = PathBuf::from(mended["backup"].as_str().unwrap());
    assert_eq!(backups(&file), [file.directory().join(&backup)]);
    assert_eq!(backup_value(&backups(&file)[0], "SELECT count(*) FROM pattern_occurrences"), 78_167);
    let step = &mended["steps"][0];
    assert_eq!((&step["before"], &step["after"]), (&Json::from(78_167), &Json::from(24)));
    let change =
        mended["changes"].as_array().unwrap().iter().find(|change| change["column"] == "occurrence_count");
    assert_eq!(
        change.map(|change| (&change["before"], &change["after"])),
        Some((&78_167.0.into(), &24.0.into()))
    );
    assert_eq!(wrong(&doctor(&file, 0)), Vec::<&str>::new());
}

#[test]
fn after_a_mend_the_doctor_finds_nothing_and_mends_nothing() {
    let file = counted_again();
    mend(&file);
    let before = bytes(file.path());
    let again = mend(&file);
    assert_eq!((&again["mended"], &again["backup"]), (&Json::Bool(false), &Json::Null));
    assert!(bytes(file.path()) == before);
    assert_eq!(backups(&file).len(), 1);
}

#[test]
fn a_mend_tells_of_every_table_that_it_made() {
    let file = recorded();
    file.execute(
        "DROP TABLE flowmine_runs; DROP TABLE flowmine_exclusions; DROP INDEX idx_pattern_occurrence_unique",
    );
    assert_eq!(check(&doctor(&file, 3), "tables"), ("info", 2));
    let mended = mend(&file);
    let step = mended["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["step"] == "missing tables made (tables)");
    assert_eq!(step.map(|step| (&step["before"], &step["after"])), Some((&Json::from(2), &Json::from(4))));
    assert_eq!(check(&doctor(&file, 0), "tables"), ("ok", 0));
}

#[test]
fn the_earliest_of_duplicates_stays() {
    let file = recorded();
    file.execute(
        "DROP INDEX idx_pattern_occurrence_unique;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, detected_at, matched_characteristics)
             SELECT pattern_id, workflow_id, '2020-02-02 02:02:02', matched_characteristics FROM pattern_occurrences;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, detected_at, matched_characteristics)
             SELECT DISTINCT pattern_id, workflow_id, NULL, matched_characteristics FROM pattern_occurrences;",
    );
    let links = file.value::<i64>("SELECT count(*) FROM pattern_occurrences") / 3;
    mend(&file);
    let earliest = "SELECT count(*) FROM pattern_occurrences WHERE detected_at = '2020-02-02 02:02:02'";
    assert_eq!(file.value::<i64>(earliest), links);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), links);
}

/// Breaks a recorded file with some SQL: the doctor finds just this, mends it, and then finds nothing.
#[track_caller]
fn found_and_mended(sql: &str, expected: &[(&str, u64)]) -> HistoryFile {
    let file = recorded();
    file.execute(sql);
    let report = doctor(&file, 3);
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    assert_eq!(wrong(&report), names, "{sql}");
    for (name, count) in expected {
        assert_eq!(check(&report, name), ("wrong", *count), "{sql}");
    }
    mend(&file);
    assert_eq!(wrong(&doctor(&file, 0)), Vec::<&str>::new(), "{sql}");
    assert_sound(&file, sql);
    file
}

#[test]
fn a_missing_unique_index_is_made() {
    let file = found_and_mended("DROP INDEX idx_pattern_occurrence_unique", &[("unique_index", 1)]);
    assert_eq!(
        file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'idx_pattern_occurrence_unique'"),
        1
    );
}

#[test]
fn occurrences_whose_pattern_is_gone_are_removed() {
    let sql =
        "INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (4711, 'wf-a'), (4711, 'wf-b')";
    let file = found_and_mended(sql, &[("occurrences_without_pattern", 2)]);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences WHERE pattern_id = 4711"), 0);
}

#[test]
fn occurrences_that_name_no_workflow_are_removed() {
    let sql = "INSERT INTO pattern_occurrences (pattern_id, workflow_id) SELECT min(id), '' FROM operation_patterns";
    found_and_mended(sql, &[("occurrences_without_workflow", 1), ("statistics", 1)]);
}

#[test]
fn statistics_that_are_not_the_files_are_computed_anew() {
    let file = recorded();
    let right = file.content();
    file.execute(
        "UPDATE operation_patterns SET avg_cost_with_llm = 99, confidence_score = NULL, last_seen = 'never'",
    );
    let report = doctor(&file, 3);
    assert_eq!(wrong(&report), ["statistics"]);
    let differences = report["statistics"].as_array().unwrap();
    let cost = differences.iter().find(|difference| difference["column"] == "avg_cost_with_llm").unwrap();
    assert_eq!(cost["stored"], 99.0);
    assert!(cost["computed"].as_f64().unwrap() < 2.0);
    mend(&file);
    assert_eq!(file.content(), right);
}

#[test]
fn characteristics_that_are_no_json_become_null() {
    let sql = "UPDATE pattern_occurrences SET matched_characteristics = '{oops' WHERE id = (SELECT max(id) FROM pattern_occurrences);
               UPDATE operation_patterns SET typical_input_pattern = 'oops' WHERE id = 1";
    let file = found_and_mended(sql, &[("json", 2)]);
    assert_eq!(
        file.value::<i64>("SELECT count(*) FROM pattern_occurrences WHERE matched_characteristics IS NULL"),
        1
    );
}

#[test]
fn a_pattern_without_occurrences_goes_unless_a_person_has_touched_it() {
    let file = found_and_mended(
        "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count, confidence_score,
             automation_status, review_notes)
         VALUES ('gone:gone:all', 'gone', 0, 10.0, 'detected', NULL), ('kept:status:all', 'kept', 0, 10.0, 'approved', NULL),
                ('kept:notes:all', 'kept', 0, 10.0, 'detected', 'look again')",
        &[("patterns_without_occurrences", 3)],
    );
    let left = "SELECT group_concat(pattern_signature) FROM operation_patterns WHERE occurrence_count = 0";
    assert_eq!(file.value::<String>(left), "kept:status:all,kept:notes:all");
    assert_eq!(check(&doctor(&file, 0), "patterns_without_occurrences"), ("info", 2));
}

#[test]
fn a_missing_table_is_made() {
    let file = recorded();
    file.execute("DROP TABLE pattern_occurrences");
    for args in [&["stats"][..], &["patterns", "list"], &["patterns", "show", "1"]] {
        Flowmine::by_few_rules(&file).args(args).run().succeeds();
    }
    let report = doctor(&file, 3);
    assert_eq!(check(&report, "tables"), ("wrong", 1));
    mend(&file);
    doctor(&file, 0);
    let file = recorded();
    let right = file.content();
    file.execute("DROP TABLE pattern_occurrences");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert_eq!(file.content(), right, "as the advice says, a backfill finds the occurrences again");
}

#[test]
fn what_a_person_entered_and_the_applications_rows_stay() {
    let file = counted_again();
    file.add(&[("adw_id", text("a")), ("nl_input", text("hello")), ("actual_cost_total", Value::Real(1.0))]);
    file.execute("UPDATE operation_patterns SET automation_status = 'approved', reviewed_by = 'Ann', review_notes = 'yes'");
    let kept =
        "SELECT automation_status || reviewed_by || review_notes || id || created_at FROM operation_patterns";
    let (before, history) =
        (file.value::<String>(kept), file.value::<String>("SELECT updated_at || id FROM workflow_history"));
    mend(&file);
    assert_eq!(file.value::<String>(kept), before);
    assert_eq!(file.value::<String>("SELECT updated_at || id FROM workflow_history"), history);
}

#[test]
fn whatever_a_person_entered_keeps_a_pattern_without_occurrences() {
    let entries = [
        "automation_status = 'candidate'",
        "reviewed_by = 'ana'",
        "reviewed_at = '2026-10-01 10:00:00'",
        "review_notes = 'later'",
        "tool_name = 'make test'",
        "tool_script_path = 'scripts/test.sh'",
    ];
    for entry in entries {
        let file = recorded();
        file.execute(&format!(
            "DELETE FROM pattern_occurrences; UPDATE operation_patterns SET {entry} WHERE id = 1"
        ));
        mend(&file);
        assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 1, "{entry}");
        Flowmine::by_few_rules(&file)
            .args(["backfill", "--rebuild", "--rules", "tac-webbuilder"])
            .run()
            .exits(0);
        assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns WHERE id = 1"), 1, "{entry}");
    }
}

#[test]
fn a_pattern_of_another_type_than_its_category_is_mended() {
    let file = recorded();
    file.execute("UPDATE operation_patterns SET pattern_type = 'tests' WHERE id = 1");
    assert_eq!(wrong(&doctor(&file, 3)), ["pattern_types"]);
    mend(&file);
    assert_eq!(file.value::<String>("SELECT pattern_type FROM operation_patterns WHERE id = 1"), "test");
    assert!(wrong(&doctor(&file, 0)).is_empty());
}

#[test]
fn a_mend_leaves_the_type_of_a_pattern_whose_signature_has_four_parts() {
    let file = recorded();
    file.execute(
        "UPDATE operation_patterns SET pattern_signature = 'a:b:c:d', pattern_type = 'workflow',
             automation_status = 'approved', occurrence_count = 99 WHERE id = 1",
    );
    assert_eq!(wrong(&doctor(&file, 3)), ["statistics"]);
    mend(&file);
    assert_eq!(file.value::<String>("SELECT pattern_type FROM operation_patterns WHERE id = 1"), "workflow");
}

#[test]
fn two_patterns_with_one_signature_become_one() {
    let file = HistoryFile::minimal();
    file.execute(
        "CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT, pattern_type TEXT,
             occurrence_count INTEGER, avg_tokens_with_llm INTEGER, avg_cost_with_llm REAL, avg_tokens_with_tool INTEGER,
             avg_cost_with_tool REAL, typical_input_pattern TEXT, automation_status TEXT, confidence_score REAL,
             potential_monthly_savings REAL, created_at TEXT, last_seen TEXT, review_notes TEXT)",
    );
    for key in ["wf-1", "wf-2"] {
        file.add(&minimal_row(&workflow(key)));
    }
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute(
        "INSERT INTO operation_patterns (pattern_signature, pattern_type, automation_status, review_notes)
             SELECT pattern_signature, pattern_type, 'approved', 'mine' FROM operation_patterns;
         UPDATE pattern_occurrences SET pattern_id = 2 WHERE workflow_id = 'wf-2'",
    );
    assert!(wrong(&doctor(&file, 3)).contains(&"repeated_signatures"));
    mend(&file);
    let left = "SELECT group_concat(id || automation_status || occurrence_count) FROM operation_patterns";
    assert_eq!(file.value::<String>(left), "2approved2", "the one that a person has touched stays");
    assert!(wrong(&doctor(&file, 0)).is_empty());
}

#[test]
fn a_negative_average_becomes_unknown() {
    let file = recorded();
    file.execute(
        "DELETE FROM workflow_history; UPDATE operation_patterns SET avg_cost_with_llm = -1 WHERE id = 1",
    );
    assert!(wrong(&doctor(&file, 3)).contains(&"negative_averages"));
    mend(&file);
    assert_eq!(file.value::<f64>("SELECT avg_cost_with_llm FROM operation_patterns WHERE id = 1"), 0.0);
}

#[test]
fn a_row_of_flowmine_runs_that_cannot_be_read_is_named_and_removed() {
    for odd in [
        "rules_hash = x'00'",
        "started_at = x'07'",
        "new_occurrences = 'many'",
        "mark_rowid = 'far'",
        "outcome = x'ff'",
    ] {
        let file = recorded();
        file.execute(&format!("UPDATE flowmine_runs SET {odd}"));
        let ran = Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
        assert!(ran.stderr().contains("flowmine_runs cannot be read"), "{odd}: {}", ran.stderr());
        Flowmine::by_few_rules(&file).args(["stats"]).run().exits(0);
        assert_eq!(wrong(&doctor(&file, 3)), ["unreadable_runs"], "{odd}");
        mend(&file);
        let ran = Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
        assert!(!ran.stderr().contains("cannot be read"), "{odd}: {}", ran.stderr());
        assert!(wrong(&doctor(&file, 0)).is_empty(), "{odd}");
    }
}

#[test]
fn a_row_of_flowmine_exclusions_that_cannot_be_read_leaves_nothing_out_and_is_removed() {
    for odd in ["kind = 'project'", "kind = x'00'", "name = x'00'"] {
        let file = recorded();
        Flowmine::by_few_rules(&file).args(["patterns", "exclude", "test:pytest:backend"]).run().exits(0);
        file.execute(&format!("UPDATE flowmine_exclusions SET {odd}"));
        let totals = Flowmine::by_few_rules(&file).args(["stats", "--format", "json"]).run().exits(0).json();
        assert_eq!(totals["totals"]["excluded_patterns"], 0, "{odd}");
        assert_eq!(wrong(&doctor(&file, 3)), ["unreadable_exclusions"], "{odd}");
        mend(&file);
        assert_eq!(file.value::<i64>("SELECT count(*) FROM flowmine_exclusions"), 0, "{odd}");
        assert!(wrong(&doctor(&file, 0)).is_empty(), "{odd}");
    }
}

#[test]
fn a_table_of_exclusions_without_a_column_is_refused_and_made_anew_with_its_rows() {
    let file = recorded();
    Flowmine::by_few_rules(&file)
        .args(["patterns", "exclude", "test:pytest:backend", "--by", "ana"])
        .run()
        .exits(0);
    file.execute("ALTER TABLE flowmine_exclusions DROP COLUMN note");
    Flowmine::by_few_rules(&file).args(["stats"]).run().succeeds();
    Flowmine::by_few_rules(&file)
        .args(["process"])
        .run()
        .fails_with(&["flowmine_exclusions has no column named note"]);
    mend(&file);
    assert_eq!(file.value::<String>("SELECT excluded_by FROM flowmine_exclusions"), "ana");
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
}

#[test]
fn of_duplicates_one_that_covers_the_whole_request_stays_so_that_no_saving_changes() {
    let file = recorded();
    let least = || {
        let ran = Flowmine::by_few_rules(&file).args(["patterns", "list", "--format", "json"]).run().exits(0);
        ran.json()["totals"]["least_saving_a_month"].as_f64().unwrap()
    };
    file.execute(
        "DROP INDEX idx_pattern_occurrence_unique;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, detected_at, matched_characteristics)
             SELECT pattern_id, workflow_id, '2020-02-02 02:02:02', '{\"covers\":\"part\"}' FROM pattern_occurrences;",
    );
    let before = least();
    mend(&file);
    assert!(before > 0.0);
    assert_eq!(least(), before);
}
