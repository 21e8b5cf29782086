//! The statistics of a pattern, as they are stored.

use flowmine::persistence::{record_pattern_occurrence, update_pattern_statistics};
use flowmine::workflow::{Measures, Workflow};

use crate::common::{APPLICATION, HistoryFile, minimal_row, now, text, workflow};
use crate::{PYTEST, signature};

/// A minimal file with these workflows, all linked with the pytest pattern, and its statistics brought up to date.
fn file_with(measures: &[Measures]) -> HistoryFile {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    for (number, &measures) in measures.iter().enumerate() {
        let workflow = Workflow { measures, ..workflow(&format!("wf-{number}")) };
        file.add(&minimal_row(&workflow));
        record_pattern_occurrence(&db, &signature(PYTEST), &workflow, now()).unwrap();
    }
    update_pattern_statistics(&db, 1, now()).unwrap().unwrap();
    file
}

fn costs(costs: &[f64]) -> Vec<Measures> {
    costs.iter().map(|&cost| Measures { cost: Some(cost), ..Measures::default() }).collect()
}

#[track_caller]
fn assert_near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

#[test]
fn first_workflow_statistics() {
    let file = file_with(&[Measures {
        cost: Some(0.5),
        tokens: Some(1000),
        duration: Some(60.0),
        ..Measures::default()
    }]);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 1);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 1000);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), 0.5);
}

#[test]
fn running_average_calculation() {
    let tokens = [1000, 2000, 3001];
    let measures = tokens.map(|tokens| Measures {
        cost: Some(tokens as f64 / 1000.0),
        tokens: Some(tokens),
        ..Measures::default()
    });
    let file = file_with(&measures);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 2000);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), 2.000_333_333_333_333);
    // The running average that the mean replaces: new = (old · (n − 1) + x) / n.
    let running =
        [1.0, 2.0, 3.001].iter().enumerate().fold(0.0, |old, (n, x)| (old * n as f64 + x) / (n + 1) as f64);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), running);
}

#[test]
fn averages_are_over_the_known_values() {
    let unknown = Measures::default();
    let known = Measures { cost: Some(0.4), tokens: Some(10), ..unknown };
    let file = file_with(&[unknown, known, unknown]);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 10);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), 0.4);
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 0.4 * 0.95 * 3.0);
}

#[test]
fn mean_tokens_are_rounded_to_the_nearest_whole() {
    let tokens = |tokens: &[u64]| {
        let measures: Vec<_> =
            tokens.iter().map(|&tokens| Measures { tokens: Some(tokens), ..Measures::default() }).collect();
        file_with(&measures).pattern::<i64>(PYTEST, "avg_tokens_with_llm")
    };
    assert_eq!(tokens(&[1, 1, 2]), 1);
    assert_eq!(tokens(&[1, 2]), 2);
    assert_eq!(tokens(&[1, 2, 2]), 2);
    assert_eq!(tokens(&[1_000_000_000_000, 999_999_999_999]), 1_000_000_000_000);
}

#[test]
fn estimated_tool_cost_calculation() {
    let file = file_with(&[Measures { cost: Some(0.5), tokens: Some(1019), ..Measures::default() }]);
    assert_near(file.pattern(PYTEST, "avg_cost_with_tool"), 0.025);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_tool"), 50);
}

#[test]
fn monthly_savings_calculation() {
    let file = file_with(&costs(&[0.5; 5]));
    assert_near(file.pattern(PYTEST, "avg_cost_with_tool"), 0.025);
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 2.375);
}

#[test]
fn three_at_thirty_cents_save_eighty_five_and_a_half_cents() {
    let file = file_with(&costs(&[0.3; 3]));
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 0.855);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 65.0);
}

#[test]
fn one_at_thirty_cents_saves_twenty_eight_and_a_half_cents() {
    let file = file_with(&costs(&[0.3]));
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 0.285);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 55.0);
}

/// A file in the application's layout with `count` pytest workflows at $1.00, spread evenly over `days` days.
fn spread_over(days: f64, count: u32) -> HistoryFile {
    let file = HistoryFile::with_sql(APPLICATION);
    let first: jiff::Timestamp = "2025-10-01T00:00:00Z".parse().unwrap();
    let rows: Vec<_> = (0..count)
        .map(|number| {
            let offset = days * 86_400.0 * f64::from(number) / f64::from(count - 1);
            let start = first + jiff::SignedDuration::from_millis((offset * 1000.0).round() as i64);
            vec![
                ("adw_id", text(&format!("adw-{number}"))),
                ("workflow_id", text(&format!("wf-{number}"))),
                ("nl_input", text("Run the backend tests with pytest")),
                ("start_time", text(&start.to_string())),
                ("actual_cost_total", rusqlite::types::Value::Real(1.0)),
            ]
        })
        .collect();
    file.add_all(&rows);
    let db = file.open_prepared();
    for number in 0..count {
        record_pattern_occurrence(&db, &signature(PYTEST), &workflow(&format!("wf-{number}")), now())
            .unwrap();
    }
    update_pattern_statistics(&db, 1, now()).unwrap();
    file
}

#[test]
fn a_year_is_not_called_a_month() {
    let file = spread_over(365.0, 120);
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 120.0 * 0.95 * 30.0 / 365.0);
}

#[test]
fn the_month_begins_to_matter_at_thirty_days() {
    assert_near(spread_over(29.9, 10).pattern(PYTEST, "potential_monthly_savings"), 9.5);
    assert_near(spread_over(30.0, 10).pattern(PYTEST, "potential_monthly_savings"), 9.5);
    assert_near(spread_over(30.1, 10).pattern(PYTEST, "potential_monthly_savings"), 9.5 * 30.0 / 30.1);
}

#[test]
fn confidence_score_updated() {
    let file = file_with(&[Measures { duration: Some(60.0), ..Measures::default() }; 10]);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 100.0);
}

#[test]
fn last_seen_is_the_latest_known_time() {
    let file = spread_over(365.0, 3);
    assert_eq!(file.pattern::<String>(PYTEST, "last_seen"), "2026-10-01 00:00:00");
}

#[test]
fn without_times_last_seen_is_when_it_was_recorded() {
    let file = file_with(&costs(&[0.3]));
    assert_eq!(file.pattern::<String>(PYTEST, "last_seen"), "2026-11-01 12:00:00");
}

#[test]
fn nonexistent_pattern_handling() {
    let file = HistoryFile::minimal();
    let db = file.open_prepared();
    let before = file.dump_without_runs();
    assert_eq!(update_pattern_statistics(&db, 4711, now()).unwrap(), None);
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn purged_workflows_leave_the_averages_and_no_confidence() {
    let file = file_with(&costs(&[2.0, 4.0]));
    file.execute("DELETE FROM workflow_history");
    update_pattern_statistics(&file.open_prepared(), 1, now()).unwrap();
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 2);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), 3.0);
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 3.0 * 0.95 * 2.0);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 10.0);
}

#[test]
fn the_savings_of_purged_workflows_are_spread_over_their_detection() {
    let file = file_with(&costs(&[2.0, 4.0]));
    file.execute(
        "DELETE FROM workflow_history;
         UPDATE pattern_occurrences SET detected_at = '2026-09-02 12:00:00' WHERE workflow_id = 'wf-0';",
    );
    update_pattern_statistics(&file.open_prepared(), 1, now()).unwrap();
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 3.0 * 0.95 * 2.0 * 30.0 / 60.0);
}

#[test]
fn partly_purged_statistics_are_those_of_the_rest() {
    let file = file_with(&costs(&[2.0, 4.0, 9.0]));
    file.execute("DELETE FROM workflow_history WHERE workflow_id = 'wf-2'");
    update_pattern_statistics(&file.open_prepared(), 1, now()).unwrap();
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 3);
    assert_near(file.pattern(PYTEST, "avg_cost_with_llm"), 3.0);
    assert_near(file.pattern(PYTEST, "potential_monthly_savings"), 3.0 * 0.95 * 2.0);
}
