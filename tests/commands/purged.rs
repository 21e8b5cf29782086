//! What a person left out, once its workflow is no longer in the history.

use super::common::{Flowmine, HistoryFile};
use super::exclude::{PYTEST, backfilled, exclude, excluded, include, list, run};

/// Takes the workflows of the pattern out of the history.
fn purge(file: &HistoryFile) {
    file.execute("DELETE FROM workflow_history WHERE adw_id <> 'b'");
}

#[test]
fn an_exclusion_outlives_its_workflow_and_can_still_be_taken_back() {
    let file = backfilled();
    exclude(&file, &["wf-a"]);
    file.execute("DELETE FROM workflow_history WHERE adw_id = 'a'");
    assert_eq!(list(&file)["totals"]["excluded_workflows"], 0);
    assert_eq!(include(&file, &["wf-a"]), "workflow wf-a: counts again\n");
}

#[test]
fn where_no_workflow_is_left_those_left_out_are_not_remembered() {
    let file = backfilled();
    file.execute("DELETE FROM workflow_history WHERE adw_id <> 'b'");
    run(&file, &["process"]);
    let savings = |file: &HistoryFile| list(file)["rows"][0]["potential_monthly_savings"].as_f64().unwrap();
    assert!((savings(&file) - 3.8).abs() < 1e-12);
    run(&file, &["process"]);
    file.execute("INSERT INTO flowmine_exclusions (kind, name) VALUES ('workflow', 'wf-a')");
    assert!((savings(&file) - 1.9).abs() < 1e-12);
}

#[test]
fn where_all_run_again_and_one_is_left_out_the_others_keep_the_mean_of_before() {
    let file = backfilled();
    file.execute("UPDATE workflow_history SET status = 'running'");
    run(&file, &["process"]);
    let row = |file: &HistoryFile| {
        let row = list(file)["rows"][0].clone();
        (row["avg_cost_with_llm"].clone(), row["potential_monthly_savings"].clone())
    };
    let before = row(&file);
    exclude(&file, &["wf-a"]);
    assert_eq!(row(&file), (2.0.into(), 1.9.into()));
    include(&file, &["wf-a"]);
    assert_eq!(row(&file), before);
}

#[test]
fn what_was_left_out_wholly_and_then_purged_has_its_mean_again_once_it_counts() {
    let file = backfilled();
    exclude(&file, &["wf-a", "wf-c"]);
    purge(&file);
    run(&file, &["process"]);
    assert!(list(&file)["rows"][0]["avg_cost_with_llm"].is_null());
    include(&file, &["wf-a", "wf-c"]);
    assert_eq!(list(&file)["rows"][0]["avg_cost_with_llm"], 2.0);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_tool"), 0.1);
}

#[test]
fn a_workflow_that_was_purged_can_be_left_out_by_the_key_of_its_occurrences() {
    let file = backfilled();
    purge(&file);
    run(&file, &["process"]);
    exclude(&file, &["wf-a"]);
    assert_eq!(excluded(&file), "workflow wf-a");
    assert_eq!(list(&file)["rows"][0]["potential_monthly_savings"], 1.9);
    Flowmine::by_few_rules(&file)
        .args(["patterns", "exclude", "wf-b2"])
        .run()
        .fails_with(&["no workflow and no pattern 'wf-b2'"]);
}
