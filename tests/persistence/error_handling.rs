//! What is missing, unreadable, refused or done at the same time.

use flowmine::persistence::{
    batch_process_workflows, process_and_persist_workflow, record_pattern_occurrence,
    update_pattern_statistics,
};
use flowmine::signature::Signature;
use flowmine::workflow::{Measures, Workflow};

use crate::common::{HistoryFile, minimal_row, now, workflow};
use crate::{PYTEST, rules, signature};

fn recorded(measures: Measures) -> HistoryFile {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let workflow = Workflow { measures, ..workflow("wf-1") };
    file.add(&minimal_row(&workflow));
    process_and_persist_workflow(&db, rules(), &workflow, now()).unwrap();
    file
}

#[test]
fn pattern_recording_with_null_tokens() {
    let file = recorded(Measures { cost: Some(0.5), tokens: None, ..Measures::default() });
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 0);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_tool"), 0);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 0.5);
}

#[test]
fn pattern_recording_with_null_cost() {
    let file = recorded(Measures { cost: None, tokens: Some(1000), ..Measures::default() });
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 0.0);
    assert_eq!(file.pattern::<f64>(PYTEST, "potential_monthly_savings"), 0.0);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 1000);
}

#[test]
fn concurrent_pattern_creation() {
    let file = HistoryFile::minimal();
    file.open_prepared();
    let created: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let db = file.open();
                scope.spawn(move || {
                    let recorded = (0..10).map(|number| {
                        let workflow = workflow(&format!("wf-{thread}-{number}"));
                        record_pattern_occurrence(&db, &signature(PYTEST), &workflow, now()).unwrap().unwrap()
                    });
                    recorded.filter(|(_, is_new)| *is_new).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(created, 1);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 1);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 80);
}

#[test]
fn edge_cases() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let requests = ["", " ", "test\0test", "🧪 test 🧪", &"test ".repeat(100_000)];
    for (number, request) in requests.iter().enumerate() {
        let workflow = Workflow {
            request: Some((*request).to_owned()),
            ..workflow(&format!("'; DROP TABLE--{number}"))
        };
        process_and_persist_workflow(&db, rules(), &workflow, now()).unwrap();
    }
    assert_eq!(file.pattern::<i64>("test:generic:all", "occurrence_count"), 3);
    assert_eq!(
        file.value::<i64>(
            "SELECT count(*) FROM pattern_occurrences WHERE workflow_id GLOB '''; DROP TABLE*'"
        ),
        3
    );
}

#[test]
fn a_refused_pattern_does_not_stop_the_workflows_others() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    file.execute(
        "CREATE TRIGGER no_tests BEFORE INSERT ON operation_patterns WHEN NEW.pattern_type = 'test'
         BEGIN SELECT RAISE(ABORT, 'no tests here'); END;",
    );
    let workflow = Workflow { template: Some("adw_sdlc_iso".to_owned()), ..workflow("wf-1") };
    let batch = batch_process_workflows(&db, rules(), &[workflow], now()).unwrap();
    assert_eq!((batch.processed, batch.errors, batch.new_patterns), (0, 1, 1));
    assert_eq!(file.links(), [("sdlc:full:all".to_owned(), "wf-1".to_owned())]);
}

#[test]
fn a_malformed_signature_is_no_signature() {
    for malformed in [
        "",
        "test",
        "test:pytest",
        "test::backend",
        ":a:b",
        "a:b:",
        "a:b:c:d",
        "Test:pytest:backend",
        "a:b c:d",
    ] {
        assert!(malformed.parse::<Signature>().is_err(), "{malformed}");
    }
}

#[test]
fn what_the_human_wrote_stays() {
    let file = HistoryFile::application();
    let db = file.open_prepared();
    record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-1"), now()).unwrap();
    file.execute("UPDATE operation_patterns SET automation_status = 'approved', reviewed_by = 'Ada', tool_name = 'run-tests'");
    record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-2"), now()).unwrap();
    update_pattern_statistics(&db, 1, now()).unwrap();
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 2);
    assert_eq!(file.pattern::<String>(PYTEST, "automation_status"), "approved");
    assert_eq!(file.pattern::<String>(PYTEST, "reviewed_by"), "Ada");
    assert_eq!(file.pattern::<String>(PYTEST, "tool_name"), "run-tests");
}
