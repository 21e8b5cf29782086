//! A file with very many patterns and no index that finds the links of one: each command goes through the links once, and
//! not once a pattern.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Flowmine, HistoryFile};
use crate::history;

const NO_INDEX: &str = "";
const BY_WORKFLOW: &str = "CREATE UNIQUE INDEX by_workflow ON pattern_occurrences (workflow_id, pattern_id);";

/// So many patterns, each linked with a workflow that is gone, in a file whose only index on the links is this one.
fn many_patterns(number: u32, index_sql: &str) -> HistoryFile {
    let file = history(5, "delete");
    file.open_prepared();
    file.execute(&format!(
        "DROP INDEX idx_pattern_occurrence_unique;
         DROP INDEX idx_pattern_occurrences_pattern;
         DROP INDEX idx_pattern_occurrences_workflow;
         DROP INDEX idx_pattern_occurrences_detected;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
         INSERT INTO operation_patterns (id, pattern_signature, pattern_type) SELECT i, 'test:s' || i || ':all', 'test' FROM n;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, detected_at)
             SELECT id, 'gone', '2026-10-01 10:00:00' FROM operation_patterns;
         {index_sql}"
    ));
    file
}

#[track_caller]
fn ends_in_time(file: &HistoryFile, args: &[&str], code: i32) {
    let started = Instant::now();
    Flowmine::by_few_rules(file).args(args).run().exits(code);
    assert!(started.elapsed() < Duration::from_secs(15), "{args:?} took {:?}", started.elapsed());
}

#[test]
fn without_an_index_they_are_listed_in_one_pass() {
    ends_in_time(&many_patterns(20_000, NO_INDEX), &["patterns", "list", "--limit", "1"], 0);
}

#[test]
fn with_an_index_by_workflow_each_command_takes_one_pass() {
    let file = many_patterns(30_000, BY_WORKFLOW);
    for (args, code) in [
        (&["patterns", "list", "--limit", "1"][..], 0),
        (&["patterns", "show", "test:s7:all"], 0),
        (&["patterns", "set-status", "test:s7:all", "approved"], 0),
        (&["backfill"], 0),
        (&["process"], 0),
        (&["doctor"], 0),
    ] {
        ends_in_time(&file, args, code);
    }
    assert_eq!(file.pattern::<i64>("test:s30000:all", "occurrence_count"), 1);
}

#[test]
fn with_an_index_by_workflow_patterns_without_a_link_are_removed_in_one_pass() {
    let file = many_patterns(30_000, BY_WORKFLOW);
    let unlink = "DELETE FROM pattern_occurrences WHERE pattern_id % 2 = 0";
    let patterns = || file.value::<i64>("SELECT count(*) FROM operation_patterns WHERE id <= 30000");
    file.execute(unlink);
    ends_in_time(&file, &["doctor", "--fix", "--no-backup"], 0);
    assert_eq!(patterns(), 15_000);
    file.execute(&unlink.replace('2', "3"));
    ends_in_time(&file, &["backfill", "--rebuild"], 0);
    assert_eq!(patterns(), 10_000);
}

fn terminate(child: &Child) {
    let kill = format!("kill -TERM {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
}

#[test]
fn a_run_that_is_terminated_while_it_computes_statistics_ends_soon_and_is_recorded_as_interrupted() {
    let file = many_patterns(400_000, BY_WORKFLOW);
    let mut command = Flowmine::by_few_rules(&file).args(["backfill"]).into_command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let conn = file.connection();
    conn.busy_timeout(Duration::from_secs(10)).unwrap();
    let runs = || conn.query_row("SELECT count(*) FROM flowmine_runs", [], |row| row.get::<_, i64>(0));
    while !runs().is_ok_and(|runs| runs > 0) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything was seen");
    }
    terminate(&child);
    let asked = Instant::now();
    let ended = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "it went on for {:?}", asked.elapsed());
    assert_eq!(ended.status.code(), Some(143));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("workflows with something new recorded; run again to go on"), "{said}");
    assert_eq!(file.value::<String>("SELECT outcome FROM flowmine_runs"), "interrupted");
}
