//! `stats` by month and by week.

use serde_json::{Value, json};

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{Run, add_pattern, add_run, single, team};

fn stats(file: &HistoryFile, args: &[&str]) -> Value {
    Flowmine::on(file).args(["stats", "--format", "json"]).args(args).run().succeeds().json()
}

/// A column of the periods.
fn column(stats: &Value, name: &str) -> Vec<Value> {
    stats["periods"].as_array().unwrap().iter().map(|period| period[name].clone()).collect()
}

/// Workflows at these times that cost a dollar each; the first is a pattern's.
fn at(times: &[&str]) -> HistoryFile {
    let file = HistoryFile::application();
    for (number, time) in times.iter().enumerate() {
        let key = format!("wf-{number}");
        add_run(&file, &Run { key: &key, time: Some(time), cost: Some(1.0), ..Run::default() });
    }
    add_pattern(&file, "test:pytest:backend", "detected", &["wf-0"]);
    file
}

#[test]
fn a_history_of_90_days_is_shown_by_calendar_month() {
    let stats = stats(&at(&["2025-03-31T10:00:00Z", "2025-04-01T10:00:00Z", "2025-06-29T10:00:00Z"]), &[]);
    assert_eq!(column(&stats, "kind"), ["month"; 4]);
    assert_eq!(column(&stats, "begins"), ["2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"]);
    assert_eq!(column(&stats, "workflows"), [1, 1, 0, 1]);
}

#[test]
fn a_shorter_history_is_shown_in_weeks_that_begin_on_monday() {
    // A Sunday and the Monday after it.
    let stats = stats(&at(&["2025-06-01T23:59:59Z", "2025-06-02T00:00:00Z"]), &[]);
    assert_eq!(column(&stats, "kind"), ["week"; 2]);
    assert_eq!(column(&stats, "begins"), ["2025-05-26", "2025-06-02"]);
    assert_eq!(column(&stats, "workflows"), [1, 1]);
}

#[test]
fn no_more_than_twelve_months_or_thirteen_weeks_are_shown() {
    let months = column(&stats(&at(&["2023-01-10T10:00:00Z", "2025-06-29T10:00:00Z"]), &[]), "begins");
    assert_eq!((months.len(), &months[0], &months[11]), (12, &json!("2024-07-01"), &json!("2025-06-01")));
    let weeks = stats(&at(&["2025-04-06T10:00:00Z", "2025-07-05T09:00:00Z"]), &[]);
    assert_eq!(column(&weeks, "begins").len(), 13);
    assert_eq!(column(&weeks, "begins")[12], "2025-06-30");
}

#[test]
fn a_period_in_which_nothing_ran_says_idle() {
    let file = at(&["2025-06-02T10:00:00Z", "2025-06-16T10:00:00Z"]);
    let screen = Flowmine::on(&file).args(["stats"]).run().succeeds().stdout();
    let row = screen.lines().find(|line| line.starts_with("2025-06-09")).unwrap().to_owned();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["2025-06-09", "idle", "0"]);
}

#[test]
fn days_are_those_of_the_time_zone() {
    let file = at(&["2025-03-31T23:00:00Z", "2025-07-31T23:00:00Z"]);
    let begins = |zone| column(&stats(&file, &["--timezone", zone]), "begins");
    assert_eq!(begins("UTC")[0], "2025-03-01");
    assert_eq!(
        begins("Europe/Berlin"),
        ["2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01", "2025-08-01"]
    );
}

#[test]
fn a_period_says_how_much_of_its_spend_went_into_operations_at_least_and_at_most() {
    let file =
        at(&["2025-06-02T10:00:00Z", "2025-06-03T10:00:00Z", "2025-06-04T10:00:00Z", "2025-06-05T10:00:00Z"]);
    let period = &stats(&file, &[])["periods"][0];
    assert_eq!((&period["spend"], &period["operations_spend"]), (&json!(4.0), &json!(1.0)));
    assert_eq!(period["least_operations_spend"], 0.0);
    let screen = Flowmine::on(&file).args(["stats"]).run().succeeds().stdout();
    assert!(screen.contains("2025-06-02  $4.00      0%–25%          4"), "{screen}");
}

#[test]
fn a_period_whose_costs_nobody_knows_has_no_spend() {
    let file = single();
    file.execute("UPDATE workflow_history SET actual_cost_total = NULL");
    let stats = Flowmine::on(&file).args(["stats", "--format", "json"]).run().exits(0).json();
    assert_eq!((column(&stats, "spend"), column(&stats, "workflows")), (vec![Value::Null], vec![json!(1)]));
}

#[test]
fn a_span_that_ends_with_a_month_shows_no_month_after_it() {
    let file = at(&["2025-01-10T10:00:00Z", "2025-05-10T10:00:00Z", "2025-07-10T10:00:00Z"]);
    let begins = column(&stats(&file, &["--since", "2025-02-01", "--until", "2025-06-30"]), "begins");
    assert_eq!((begins.len(), &begins[0], &begins[4]), (5, &json!("2025-02-01"), &json!("2025-06-01")));
}

#[test]
fn every_dollar_with_a_time_lies_in_a_period() {
    let stats = stats(&team(), &[]);
    let spend: f64 = column(&stats, "spend").iter().filter_map(Value::as_f64).sum();
    let month = stats["totals"]["spend_a_month"].as_f64().unwrap()
        / stats["window"]["monthly_factor"].as_f64().unwrap();
    assert!((spend - month).abs() < 1e-9, "{spend} {month}");
}

#[test]
fn an_absurd_time_is_in_no_period() {
    let file = at(&["2025-06-02T10:00:00Z"]);
    for (key, time) in [("a", "9999-12-31T23:59:59Z"), ("b", "-009999-01-01T00:00:00Z"), ("c", "0000-00-00")]
    {
        add_run(&file, &Run { key, time: Some(time), ..Run::default() });
    }
    let stats = Flowmine::on(&file).args(["stats", "--format", "json"]).run().exits(0).json();
    assert_eq!(column(&stats, "begins"), ["2025-06-02"]);
    assert_eq!(column(&stats, "workflows"), [1]);
}

#[test]
fn what_was_really_spent_is_told_of_the_historys_last_30_days() {
    let file =
        at(&["2025-05-02T09:59:59Z", "2025-05-02T10:00:00Z", "2025-05-02T10:00:01Z", "2025-06-01T10:00:00Z"]);
    assert_eq!(stats(&file, &[])["totals"]["spend_last_30_days"], 2.0);
    let screen = Flowmine::on(&file).args(["stats"]).run().succeeds().stdout();
    assert!(screen.contains("$2.00 in the last 30 days of the history"), "{screen}");
}

#[test]
fn without_times_there_are_no_periods_and_no_last_days() {
    let file = HistoryFile::minimal();
    file.execute("INSERT INTO workflow_history (workflow_id, actual_cost_total) VALUES ('wf-1', 2.0)");
    let stats = Flowmine::on(&file).args(["stats", "--format", "json"]).run().exits(0).json();
    assert_eq!((&stats["periods"], &stats["totals"]["spend_last_30_days"]), (&json!([]), &Value::Null));
}
