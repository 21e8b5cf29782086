//! One pattern, one workflow: what a recording leaves in the file.

use flowmine::persistence::record_pattern_occurrence;

use crate::common::{HistoryFile, now, workflow};
use crate::{PYTEST, signature};

#[test]
fn create_new_pattern() {
    let file = HistoryFile::minimal();
    let recorded =
        record_pattern_occurrence(&file.open_prepared(), &signature(PYTEST), &workflow("wf-1"), now())
            .unwrap();
    assert_eq!(recorded, Some((1, true)));
    assert_eq!(file.pattern::<i64>(PYTEST, "id"), 1);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 1);
    assert_eq!(file.pattern::<String>(PYTEST, "automation_status"), "detected");
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 10.0);
    assert_eq!(file.pattern::<String>(PYTEST, "created_at"), "2026-11-01 12:00:00");
}

#[test]
fn create_new_pattern_stores_characteristics() {
    let file = HistoryFile::minimal();
    record_pattern_occurrence(&file.open_prepared(), &signature(PYTEST), &workflow("wf-1"), now()).unwrap();
    let expected = serde_json::json!({
        "input_length": 33,
        "keywords": ["test", "pytest", "run", "backend"],
        "files_mentioned": [],
        "duration_range": "short",
        "complexity": "simple",
        "error_count": 0,
    });
    let stored: String = file.pattern(PYTEST, "typical_input_pattern");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stored).unwrap(), expected);
    assert_eq!(stored, file.value::<String>("SELECT matched_characteristics FROM pattern_occurrences"));
}

#[test]
fn update_existing_pattern() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let first =
        record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-1"), now()).unwrap().unwrap();
    let second =
        record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-2"), now()).unwrap().unwrap();
    assert_eq!((first.0, false), second);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 1);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 2);
}

#[test]
fn missing_workflow_id() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    for key in [None, Some(String::new())] {
        let workflow = flowmine::workflow::Workflow { key, ..workflow("") };
        assert_eq!(record_pattern_occurrence(&db, &signature(PYTEST), &workflow, now()).unwrap(), None);
    }
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 0);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), 0);
}

#[test]
fn pattern_occurrence_link_created() {
    let file = HistoryFile::minimal();
    record_pattern_occurrence(&file.open_prepared(), &signature(PYTEST), &workflow("wf-1"), now()).unwrap();
    assert_eq!(file.links(), [(PYTEST.to_owned(), "wf-1".to_owned())]);
    assert_eq!(file.value::<f64>("SELECT similarity_score FROM pattern_occurrences"), 100.0);
    assert_eq!(file.value::<String>("SELECT detected_at FROM pattern_occurrences"), "2026-11-01 12:00:00");
}

#[test]
fn idempotent_occurrence_recording() {
    let file = HistoryFile::application();
    let db = file.open_prepared();
    record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-1"), now()).unwrap();
    let before = file.dump_without_runs();
    let later = now() + jiff::SignedDuration::from_hours(1);
    for _ in 0..3 {
        let again = record_pattern_occurrence(&db, &signature(PYTEST), &workflow("wf-1"), later).unwrap();
        assert_eq!(again, Some((1, false)));
    }
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn pattern_type_extraction() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    for (text, category) in [(PYTEST, "test"), ("sdlc:full:all", "sdlc"), ("our-own:thing:x", "our-own")] {
        record_pattern_occurrence(&db, &signature(text), &workflow("wf-1"), now()).unwrap();
        assert_eq!(file.pattern::<String>(text, "pattern_type"), category);
    }
}
