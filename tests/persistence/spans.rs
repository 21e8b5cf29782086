//! Figures of a part of the history.

use flowmine::analysis::{Analysis, Basis, TimeSpan};
use rusqlite::types::Value;

use crate::backfill;
use crate::common::{HistoryFile, now, text};

#[test]
fn a_pattern_without_a_finished_workflow_in_the_span_has_unknown_figures_there() {
    let file = HistoryFile::application();
    for (adw, time) in [("a", "2026-09-01T10:00:00Z"), ("b", "2026-10-20T10:00:00Z")] {
        file.add(&[
            ("adw_id", text(adw)),
            ("nl_input", text("Run the backend tests with pytest")),
            ("actual_cost_total", Value::Real(2.0)),
            ("total_tokens", Value::Integer(1000)),
            ("start_time", text(time)),
            ("status", text("completed")),
        ]);
    }
    backfill(&file);
    file.execute("UPDATE workflow_history SET status = 'running' WHERE adw_id = 'b'");
    let (db, since) = (file.open(), Some("2026-10-01T00:00:00Z".parse().unwrap()));
    let mut snapshot = db.snapshot(now()).unwrap();
    let basis = Basis { span: TimeSpan { since, until: None }, ..Basis::default() };
    let analysis = Analysis::on_basis(&db, &mut snapshot, basis).unwrap();
    let [pattern] = analysis.patterns.as_slice() else { panic!("one pattern was seen in the span") };
    assert_eq!(pattern.statistics.avg_cost_with_llm, None);
    assert_eq!(pattern.statistics.avg_tokens_with_llm, None);
    assert_eq!(pattern.statistics.potential_monthly_savings, None);
    assert_eq!(pattern.last_seen(), None);
}
