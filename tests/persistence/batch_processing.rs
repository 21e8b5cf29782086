//! Whole workflows, one and many.

use flowmine::persistence::{ProcessedBatch, ProcessedWorkflow, process_and_persist_workflow};
use flowmine::workflow::Workflow;

use crate::common::{HistoryFile, minimal_row, now, workflow};
use crate::{PYTEST, rules};

fn with_request(key: &str, request: &str) -> Workflow {
    Workflow { request: Some(request.to_owned()), ..workflow(key) }
}

#[test]
fn process_single_workflow() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    file.add(&minimal_row(&workflow("wf-1")));
    process_and_persist_workflow(&db, rules(), &workflow("wf-1"), now()).unwrap();
    assert_eq!(file.links(), [(PYTEST.to_owned(), "wf-1".to_owned())]);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 0.5);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 55.0);
}

#[test]
fn process_workflow_returns_correct_structure() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let workflow = Workflow { template: Some("adw_sdlc_iso".to_owned()), ..workflow("wf-1") };
    let first = process_and_persist_workflow(&db, rules(), &workflow, now()).unwrap();
    assert_eq!(first, ProcessedWorkflow { patterns_detected: 2, new_patterns: 2, pattern_ids: vec![1, 2] });
    let again = process_and_persist_workflow(&db, rules(), &workflow, now()).unwrap();
    assert_eq!(again, ProcessedWorkflow { patterns_detected: 2, new_patterns: 0, pattern_ids: vec![1, 2] });
}

#[test]
fn a_workflow_without_pattern_leaves_nothing() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let processed =
        process_and_persist_workflow(&db, rules(), &with_request("wf-1", "Add a dark theme"), now()).unwrap();
    assert_eq!(processed, ProcessedWorkflow::default());
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 0);
}

#[test]
fn batch_process_workflows() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let workflows: Vec<_> = (0..5).map(|number| workflow(&format!("wf-{number}"))).collect();
    for workflow in &workflows {
        file.add(&minimal_row(workflow));
    }
    batch(&db, &workflows);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 5);
    assert!((file.pattern::<f64>(PYTEST, "potential_monthly_savings") - 2.375).abs() < 1e-9);
}

fn batch(db: &flowmine::db::Database, workflows: &[Workflow]) -> ProcessedBatch {
    flowmine::persistence::batch_process_workflows(db, rules(), workflows, now()).unwrap()
}

#[test]
fn batch_process_returns_correct_structure() {
    let file = HistoryFile::minimal();
    let workflows = [workflow("wf-1"), workflow("wf-2"), with_request("wf-3", "Run eslint")];
    let expected =
        ProcessedBatch { total_workflows: 3, processed: 3, total_patterns: 3, new_patterns: 2, errors: 0 };
    assert_eq!(batch(&file.open_prepared(), &workflows), expected);
}

#[test]
fn batch_process_with_mixed_workflows() {
    let file = HistoryFile::minimal();
    let workflows = [
        workflow("wf-1"),
        with_request("wf-2", "Add a dark theme"),
        with_request("wf-3", "Prettier, please"),
        Workflow { request: None, ..workflow("wf-4") },
    ];
    let expected =
        ProcessedBatch { total_workflows: 4, processed: 4, total_patterns: 2, new_patterns: 2, errors: 0 };
    assert_eq!(batch(&file.open_prepared(), &workflows), expected);
    let links = file.links();
    assert_eq!(links.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>(), ["wf-3", "wf-1"]);
}

#[test]
fn batch_process_error_handling() {
    let file = HistoryFile::minimal();
    let workflows = [workflow("wf-1"), Workflow { key: None, ..workflow("") }, workflow("wf-3")];
    let expected =
        ProcessedBatch { total_workflows: 3, processed: 2, total_patterns: 3, new_patterns: 1, errors: 1 };
    assert_eq!(batch(&file.open_prepared(), &workflows), expected);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 2);
}

#[test]
fn a_workflow_with_an_empty_key_is_an_error_even_where_nothing_is_found_in_it() {
    let file = HistoryFile::minimal();
    let expected = ProcessedBatch { total_workflows: 1, errors: 1, ..ProcessedBatch::default() };
    assert_eq!(batch(&file.open_prepared(), &[with_request("", "Add a dark theme")]), expected);
}
