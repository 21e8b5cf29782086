//! Rows of `operation_patterns` that are another program's.

use flowmine::analysis::Analysis;

use crate::common::{HistoryFile, now, text};
use crate::{PYTEST, backfill, backfill_with};

/// A history of one test run, in a file where the application keeps a cache of its workflows among the patterns.
fn file_with_a_cache() -> HistoryFile {
    let file = HistoryFile::minimal();
    file.open_prepared();
    file.execute(
        "DROP TABLE operation_patterns;
         CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT UNIQUE, pattern_type TEXT,
             occurrence_count INTEGER, avg_tokens_with_llm INTEGER, avg_cost_with_llm REAL, avg_tokens_with_tool INTEGER,
             avg_cost_with_tool REAL, typical_input_pattern TEXT, automation_status TEXT, confidence_score REAL,
             potential_monthly_savings REAL, created_at TEXT, last_seen TEXT);
         INSERT INTO operation_patterns
             (pattern_signature, pattern_type, automation_status, occurrence_count, confidence_score, avg_cost_with_llm)
         VALUES ('add_dark_mode_5_phases', 'workflow', 'template', 4, 85, 2.5), ('test:x', 'test', 'detected', 7, 9, 1)",
    );
    file.add(&[("workflow_id", text("wf-1")), ("nl_input", text("Run the backend tests with pytest"))]);
    file
}

fn cache(file: &HistoryFile) -> String {
    file.value("SELECT group_concat(quote(pattern_signature) || occurrence_count || quote(last_seen) || confidence_score)
        FROM operation_patterns WHERE pattern_signature IN ('add_dark_mode_5_phases', 'test:x')")
}

#[test]
fn a_row_that_flowmine_neither_made_nor_linked_stays_as_it_is() {
    let file = file_with_a_cache();
    let before = cache(&file);
    backfill(&file);
    assert_eq!(cache(&file), before);
    backfill_with("default", &file, true);
    assert_eq!(cache(&file), before);
}

#[test]
fn a_row_of_another_program_is_in_no_list_and_no_total_but_named_apart() {
    let file = file_with_a_cache();
    backfill(&file);
    let analysis = Analysis::read(&file.open(), now()).unwrap();
    let listed: Vec<_> = analysis.patterns.iter().map(|one| one.pattern.signature.as_str()).collect();
    let apart: Vec<_> = analysis.foreign_patterns.iter().map(|one| one.signature.as_str()).collect();
    assert_eq!((listed, apart), (vec![PYTEST], vec!["add_dark_mode_5_phases", "test:x"]));
    assert_eq!(analysis.overview.sum_of_pattern_savings, 0.0);
}
