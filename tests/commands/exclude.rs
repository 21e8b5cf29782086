//! `patterns exclude` and `patterns include`: what a person said not to count.

use serde_json::{Value as Json, json};

use super::common::{Flowmine, HistoryFile, Ran};
use super::file;

pub const PYTEST: &str = "test:pytest:backend";

/// The file with its patterns: pytest in 'wf-a' ($1) and 'wf-c' ($3), nothing in 'wf-b' ($1).
pub fn backfilled() -> HistoryFile {
    let file = file();
    file.execute("UPDATE workflow_history SET actual_cost_total = 3.0 WHERE adw_id = 'c'");
    run(&file, &["backfill"]);
    file
}

pub fn run(file: &HistoryFile, args: &[&str]) -> Ran {
    Flowmine::by_few_rules(file).args(args).run().succeeds()
}

pub fn exclude(file: &HistoryFile, names: &[&str]) -> String {
    let args = [&["patterns", "exclude", "--by", "ana", "--note", "a trial"], names].concat();
    run(file, &args).stdout()
}

pub fn include(file: &HistoryFile, names: &[&str]) -> String {
    run(file, &[&["patterns", "include"], names].concat()).stdout()
}

fn answer(file: &HistoryFile, args: &[&str]) -> Json {
    let mut answer = run(file, &[args, &["--format", "json"]].concat()).json();
    answer.as_object_mut().unwrap().remove("generated_at");
    answer
}

pub fn list(file: &HistoryFile) -> Json {
    answer(file, &["patterns", "list", "--status", "all"])
}

/// What is shown, in one line.
fn shown(file: &HistoryFile, args: &[&str]) -> String {
    run(file, args).stdout().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What must not change: every row of every table but `flowmine_runs`.
fn content(file: &HistoryFile) -> String {
    let exclusions = "SELECT coalesce(group_concat(kind || name || excluded_by || excluded_at || note), '') FROM flowmine_exclusions";
    file.dump_without_runs() + &file.value::<String>(exclusions)
}

pub fn excluded(file: &HistoryFile) -> String {
    file.value(
        "SELECT coalesce(group_concat(kind || ' ' || name, ', '), '') FROM (SELECT * FROM flowmine_exclusions ORDER BY id)",
    )
}

#[test]
fn an_excluded_workflow_is_in_no_mean_no_saving_and_no_total() {
    let file = backfilled();
    assert_eq!(exclude(&file, &["wf-a"]), "workflow wf-a: left out (by ana)\n");
    let answer = list(&file);
    let row = &answer["rows"][0];
    assert_eq!(row["avg_cost_with_llm"], 3.0);
    assert_eq!(row["judged_workflows"], 1);
    assert!((row["potential_monthly_savings"].as_f64().unwrap() - 2.85).abs() < 1e-12);
    let totals = &answer["totals"];
    assert_eq!(totals["spend_a_month"], 4.0);
    assert!((totals["possible_saving_a_month"].as_f64().unwrap() - 2.85).abs() < 1e-12);
    assert_eq!((&totals["workflows"], &totals["finished_workflows"]), (&json!(4), &json!(2)));
    assert_eq!((&totals["excluded_workflows"], &totals["excluded_patterns"]), (&json!(1), &json!(0)));
}

#[test]
fn an_excluded_workflow_stays_linked_and_the_pattern_stays_seen_as_often() {
    let file = backfilled();
    let before = file.links();
    exclude(&file, &["wf-a"]);
    assert_eq!(file.links(), before);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 2);
}

#[test]
fn the_history_lasts_as_long_whatever_is_excluded() {
    let file = backfilled();
    let before = list(&file)["window"].clone();
    exclude(&file, &["wf-a", "wf-c"]);
    assert_eq!(list(&file)["window"], before);
}

#[test]
fn last_seen_is_that_of_the_workflows_that_count() {
    let file = backfilled();
    exclude(&file, &["wf-c"]);
    assert_eq!(file.pattern::<String>(PYTEST, "last_seen"), "2026-09-01 10:00:00");
}

#[test]
fn the_statistics_are_stored_at_once_so_that_nothing_is_left_to_do() {
    let file = backfilled();
    exclude(&file, &["wf-a"]);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 3.0);
    let before = content(&file);
    run(&file, &["doctor"]);
    run(&file, &["process"]);
    run(&file, &["backfill"]);
    run(&file, &["backfill", "--rebuild"]);
    assert_eq!(content(&file), before);
}

#[test]
fn a_pattern_none_of_whose_workflows_counts_has_no_known_cost() {
    let file = backfilled();
    exclude(&file, &["wf-a", "wf-c"]);
    let row = &list(&file)["rows"][0];
    assert_eq!((&row["avg_cost_with_llm"], &row["potential_monthly_savings"]), (&Json::Null, &Json::Null));
    assert_eq!((&row["occurrence_count"], &row["confidence_score"]), (&json!(2), &json!(10.0)));
    let recorded: String = file.pattern(PYTEST, "created_at");
    assert_eq!(file.pattern::<String>(PYTEST, "last_seen"), recorded);
    run(&file, &["doctor"]);
}

#[test]
fn what_is_included_again_has_exactly_the_figures_it_had() {
    let file = backfilled();
    let everything = |file: &HistoryFile| {
        [list(file), answer(file, &["stats"]), answer(file, &["patterns", "show", PYTEST])]
    };
    let (before, figures) = (file.content(), everything(&file));
    exclude(&file, &["wf-a", "wf-c", PYTEST]);
    assert_ne!(file.content(), before);
    assert_eq!(
        include(&file, &[PYTEST, "wf-c", "wf-a"]),
        "pattern test:pytest:backend: counts again\nworkflow wf-c: counts again\nworkflow wf-a: counts again\n"
    );
    assert_eq!((file.content(), everything(&file)), (before, figures));
}

#[test]
fn an_excluded_pattern_is_in_no_total_and_in_the_list_only_where_all_is_asked_for() {
    let file = backfilled();
    let stored = file.content();
    exclude(&file, &[PYTEST]);
    assert_eq!(file.content(), stored, "its own statistics stay");
    let totals = &list(&file)["totals"];
    assert_eq!(totals["spend_a_month"], 5.0);
    assert_eq!(totals["possible_saving_a_month"], 0.0);
    assert_eq!(totals["sum_of_pattern_savings"], 0.0);
    assert_eq!((&totals["excluded_workflows"], &totals["excluded_patterns"]), (&json!(0), &json!(1)));
    assert_eq!(answer(&file, &["patterns", "list"])["rows"], json!([]));
    assert_eq!(answer(&file, &["patterns", "list", "--status", "detected"])["rows"], json!([]));
    assert_eq!(list(&file)["rows"][0]["pattern_signature"], PYTEST);
}

#[test]
fn what_is_left_out_already_stays_as_it_was_said_and_nothing_is_written() {
    let file = backfilled();
    exclude(&file, &["wf-a"]);
    let before = std::fs::read(file.path()).unwrap();
    let again = run(&file, &["patterns", "exclude", "wf-a", "a", "--by", "bo"]).stdout();
    assert_eq!(again, "workflow wf-a: was left out before (by ana), and stays as it was said then\n");
    assert_eq!(include(&file, &["wf-c"]), "workflow wf-c: was not left out\n");
    assert!(std::fs::read(file.path()).unwrap() == before);
}

#[test]
fn to_include_what_nobody_left_out_makes_no_table() {
    let file = backfilled();
    file.execute("DROP TABLE flowmine_exclusions");
    assert_eq!(include(&file, &["wf-c"]), "workflow wf-c: was not left out\n");
    assert_eq!(file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'flowmine_exclusions'"), 0);
}

#[test]
fn a_file_of_an_earlier_version_gets_the_table_with_the_first_exclusion() {
    let file = backfilled();
    file.execute("DROP TABLE flowmine_exclusions");
    assert_eq!(list(&file)["totals"]["excluded_workflows"], 0);
    exclude(&file, &["wf-a"]);
    assert_eq!(list(&file)["totals"]["excluded_workflows"], 1);
}

#[test]
fn a_workflow_can_be_left_out_before_the_first_run() {
    let file = file();
    exclude(&file, &["wf-a"]);
    run(&file, &["backfill"]);
    assert_eq!(list(&file)["rows"][0]["judged_workflows"], 1);
}

#[test]
fn a_name_that_nothing_has_is_an_error_and_nothing_is_left_out() {
    let file = backfilled();
    let before = content(&file);
    let ran = Flowmine::on(&file).args(["patterns", "exclude", "wf-a", "test:pytst:backend"]).run();
    ran.fails_with(&[
        "workflow_history.db: no workflow and no pattern 'test:pytst:backend'",
        "did you mean test:pytest:backend?",
    ]);
    assert_eq!(content(&file), before);
}

#[test]
fn workflows_have_three_names_and_are_kept_under_their_key() {
    let file = backfilled();
    file.execute("UPDATE workflow_history SET workflow_id = NULL WHERE adw_id = 'b'");
    exclude(&file, &["wf-a", "c", "2"]);
    assert_eq!(excluded(&file), "workflow wf-a, workflow wf-c, workflow 2");
}

#[test]
fn patterns_are_named_by_signature_beginning_or_id_and_kept_under_their_signature() {
    for name in [PYTEST, "test:py", "9"] {
        let file = backfilled();
        file.execute("UPDATE pattern_occurrences SET pattern_id = 9; UPDATE operation_patterns SET id = 9");
        exclude(&file, &[name]);
        assert_eq!(excluded(&file), "pattern test:pytest:backend", "{name}");
    }
}

#[test]
fn a_number_that_is_a_workflow_and_a_pattern_is_an_error_that_names_both_ways() {
    let file = backfilled();
    let ran = Flowmine::on(&file).args(["patterns", "exclude", "1"]).run();
    ran.fails_with(&["'1' is both a workflow and the pattern test:pytest:backend", "'workflow:1'"]);
    exclude(&file, &["workflow:1"]);
    assert_eq!(excluded(&file), "workflow wf-a");
}

#[test]
fn an_exclusion_follows_its_workflow_when_that_is_given_its_workflow_id() {
    let file = file();
    file.execute("UPDATE workflow_history SET workflow_id = NULL");
    run(&file, &["backfill"]);
    exclude(&file, &["a"]);
    assert_eq!(excluded(&file), "workflow 1");
    file.execute("UPDATE workflow_history SET workflow_id = 'wf-' || adw_id");
    assert_eq!(list(&file)["totals"]["excluded_workflows"], 1);
    run(&file, &["process"]);
    assert_eq!(excluded(&file), "workflow wf-a");
    assert_eq!(list(&file)["rows"][0]["judged_workflows"], 1);
}

#[test]
fn a_workflow_counts_again_under_its_new_key_before_a_run_has_moved_it() {
    let file = file();
    file.execute("UPDATE workflow_history SET workflow_id = NULL");
    run(&file, &["backfill"]);
    exclude(&file, &["a"]);
    file.execute("UPDATE workflow_history SET workflow_id = 'wf-' || adw_id");
    assert_eq!(include(&file, &["wf-a"]), "workflow wf-a: counts again\n");
    assert_eq!(excluded(&file), "");
    assert_eq!(list(&file)["rows"][0]["judged_workflows"], 2);
}

#[test]
fn a_rebuild_keeps_a_pattern_that_a_person_left_out() {
    let file = backfilled();
    exclude(&file, &[PYTEST]);
    file.execute("UPDATE workflow_history SET nl_input = 'Add a dark theme'");
    run(&file, &["backfill", "--rebuild"]);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 0);
    assert_eq!(excluded(&file), "pattern test:pytest:backend");
}

#[test]
fn asked_to_be_quiet_it_says_nothing() {
    assert_eq!(exclude(&backfilled(), &["wf-a", "-q"]), "");
}

#[test]
fn who_is_the_user_where_nobody_is_named() {
    let file = backfilled();
    let args = ["patterns", "exclude", "wf-a", "--format", "json"];
    let row = Flowmine::by_few_rules(&file).args(args).env("USER", "ana").run().succeeds().json()["rows"][0]
        .clone();
    assert_eq!(
        (&row["kind"], &row["name"], &row["excluded"]),
        (&json!("workflow"), &json!("wf-a"), &json!(true))
    );
    assert_eq!(
        (&row["changed"], &row["excluded_by"], &row["note"]),
        (&json!(true), &json!("ana"), &Json::Null)
    );
    let stored: String = file.value("SELECT excluded_at FROM flowmine_exclusions");
    assert_eq!(row["excluded_at"].as_str().unwrap(), format!("{}Z", stored.replace(' ', "T")));
}

#[test]
fn the_list_and_the_stats_say_how_much_is_left_out() {
    let file = backfilled();
    exclude(&file, &["wf-a", "wf-b", PYTEST]);
    let left_out = "2 workflows and 1 pattern left out (patterns exclude)";
    let list = shown(&file, &["patterns", "list"]);
    assert!(list.ends_with(&format!("{left_out}.")), "{list}");
    let stats = shown(&file, &["stats"]);
    assert!(stats.contains(left_out), "{stats}");
    assert!(!stats.contains("unfinished; 2"), "{stats}");
    include(&file, &["wf-b", PYTEST]);
    let list = shown(&file, &["patterns", "list"]);
    assert!(list.contains(" 1 workflow left out (patterns exclude)."), "{list}");
}

#[test]
fn a_pattern_that_is_left_out_is_marked_where_it_is_asked_for() {
    let file = backfilled();
    exclude(&file, &[PYTEST]);
    let list = shown(&file, &["patterns", "list", "--status", "all", "--wide"]);
    assert!(list.contains("detected, left out"), "{list}");
    assert_eq!(answer(&file, &["patterns", "list", "--status", "all"])["rows"][0]["excluded"], true);
}

#[test]
fn show_says_who_left_a_pattern_out_when_and_why() {
    let file = backfilled();
    exclude(&file, &[PYTEST]);
    file.execute("UPDATE flowmine_exclusions SET excluded_at = '2026-11-03 10:00:00'");
    let show = shown(&file, &["patterns", "show", PYTEST]);
    assert!(show.contains("Left out by ana on 2026-11-03: a trial. 2 times, $3.80 a month"), "{show}");
    assert_eq!(
        answer(&file, &["patterns", "show", PYTEST])["exclusion"],
        json!({ "excluded_by": "ana", "excluded_at": "2026-11-03T10:00:00Z", "note": "a trial" })
    );
}

#[test]
fn show_says_how_many_workflows_are_left_out_and_shows_none_of_them() {
    let file = backfilled();
    exclude(&file, &["wf-a"]);
    let show = shown(&file, &["patterns", "show", PYTEST]);
    assert!(
        show.contains("in 2 workflows, 1.0 a month, last on 2026-09-20; 1 left out (patterns exclude)"),
        "{show}"
    );
    assert!(!show.contains("wf-a"), "{show}");
}

#[test]
fn where_every_finished_workflow_is_left_out_that_is_said() {
    let file = backfilled();
    exclude(&file, &["wf-a", "wf-b", "wf-c"]);
    let list = shown(&file, &["patterns", "list"]);
    assert!(
        list.contains("Every finished workflow was left out; 'flowmine patterns include' takes one back."),
        "{list}"
    );
}

#[test]
fn what_was_measured_in_an_excluded_or_unfinished_workflow_is_in_no_sum_either() {
    let file = backfilled();
    file.execute(include_str!("../../src/db/import.sql"));
    file.execute(
        "INSERT INTO flowmine_calls SELECT 'call-' || id, workflow_id, 'adw', NULL, 'm', 1, 1, 0, 0, 0, 0.5 FROM workflow_history;
         INSERT INTO flowmine_commands SELECT workflow_id, 0, 0, 'pytest', 'pytest -q', 'test:pytest:backend', 0, 1, 2, 0.25
             FROM workflow_history WHERE nl_input LIKE '%pytest';",
    );
    let measured = |file: &HistoryFile| {
        let by_model = answer(file, &["stats"])["measured_by_model"][0].clone();
        let commands = answer(file, &["patterns", "show", PYTEST])["commands"][0].clone();
        [
            by_model["calls"].clone(),
            by_model["cost"].clone(),
            commands["times"].clone(),
            commands["cost"].clone(),
        ]
    };
    assert_eq!(measured(&file), [json!(3), json!(1.5), json!(2), json!(0.5)]);
    exclude(&file, &["wf-a"]);
    assert_eq!(measured(&file), [json!(2), json!(1.0), json!(1), json!(0.25)]);
}

#[test]
fn without_names_all_that_is_left_out_is_shown_with_who_when_and_why() {
    let file = backfilled();
    assert_eq!(include(&file, &[]), "Nothing is left out.\n");
    exclude(&file, &["wf-a", PYTEST]);
    let before = content(&file);
    let day = file.value::<String>("SELECT substr(min(excluded_at), 1, 10) FROM flowmine_exclusions");
    let expected = format!(
        "workflow wf-a: left out by ana on {day}: a trial\npattern {PYTEST}: left out by ana on {day}: a trial\n"
    );
    assert_eq!(include(&file, &[]), expected);
    let rows = &answer(&file, &["patterns", "include"])["rows"];
    assert_eq!((&rows[0]["name"], &rows[0]["changed"]), (&json!("wf-a"), &json!(false)));
    assert_eq!(content(&file), before);
}
