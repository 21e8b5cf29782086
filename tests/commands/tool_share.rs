//! `--tool-share`: the figures under another assumption about what a tool costs.

use serde_json::{Value, json};

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{single, team};

/// Every command that takes the option.
const COMMANDS: [&[&str]; 3] = [&["patterns", "list"], &["patterns", "show", "1"], &["stats"]];

fn json(file: &HistoryFile, args: &[&str], percent: &str) -> Value {
    let args = args.iter().copied().chain(["--tool-share", percent, "--format", "json"]);
    Flowmine::on(file).args(args).run().succeeds().json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn the_figures_are_those_of_the_share_that_is_asked_for() {
    // One workflow of $0.50 and 120,000 tokens.
    for (percent, saving, cost, tokens) in [
        ("0", 0.5, 0.0, 0),
        ("12.5", 0.4375, 0.0625, 15_000),
        ("50", 0.25, 0.25, 60_000),
        ("100", 0.0, 0.5, 120_000),
    ] {
        for args in &COMMANDS[..2] {
            let answer = json(&single(), args, percent);
            let row = &answer["rows"][0];
            assert_eq!(row["potential_monthly_savings"], saving, "{percent} {args:?}");
            assert_eq!(
                (number(&row["avg_cost_with_tool"]), &row["avg_tokens_with_tool"]),
                (cost, &json!(tokens))
            );
            assert_eq!(row["avg_cost_with_llm"], 0.5, "what the LLM costs is no assumption");
        }
    }
}

#[test]
fn the_totals_are_too() {
    for args in COMMANDS {
        let answer = json(&single(), args, "50");
        assert_eq!(answer["totals"]["possible_saving_a_month"], 0.25, "{args:?}");
        assert_eq!(answer["totals"]["sum_of_pattern_savings"], 0.25, "{args:?}");
        assert_eq!(answer["totals"]["spend_a_month"], 0.5, "{args:?}");
        assert_eq!(answer["assumptions"], json!({"tool_share": 0.5}), "{args:?}");
    }
}

#[test]
fn the_formula_has_the_numbers_of_the_share() {
    let formula = &json(&single(), &["patterns", "show", "1"], "20")["savings_formula"];
    assert_eq!((number(&formula["saved_share"]), number(&formula["avg_cost_with_tool"])), (0.8, 0.1));
}

#[test]
fn the_output_says_in_one_line_what_is_assumed() {
    let line = "figures assume that a tool costs 12.5% of what the LLM does; those stored assume 5%";
    let file = team();
    for args in COMMANDS {
        let run = |more: &[&str]| {
            let args = args.iter().chain(more).copied();
            Flowmine::on(&file).env("COLUMNS", "120").args(args).run().succeeds().stdout()
        };
        assert!(run(&["--tool-share", "12.5"]).contains(line), "{args:?}");
        assert!(!run(&[]).contains("figures assume"), "{args:?}");
        assert!(!run(&["--tool-share", "5"]).contains("figures assume"), "{args:?}");
    }
}

#[test]
fn nothing_is_written_and_what_is_stored_stays_right() {
    let file = team();
    Flowmine::on(&file).args(["process", "-q"]).run().exits(0);
    let before = file.dump_without_runs();
    for args in COMMANDS {
        let warnings = json(&file, args, "40")["warnings"].clone();
        let said = "figures assume that a tool costs 40% of what the LLM does; those stored assume 5%";
        assert_eq!(warnings, json!([said]), "{args:?}: what is stored is compared with 5%");
    }
    assert_eq!(json(&file, &["patterns", "list"], "40")["rows"][0]["stored_statistics_are_current"], true);
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn candidates_and_the_least_savings_are_those_that_are_shown() {
    let file = team();
    let signatures = |rows: &Value| -> Vec<Value> {
        rows.as_array().unwrap().iter().map(|row| row["pattern_signature"].clone()).collect()
    };
    // $3.21 a month at 5% are $0.68 at 80%, and $0.34 at 90%.
    for (percent, expected) in [("80", &["test:pytest:backend"][..]), ("90", &[])] {
        assert_eq!(signatures(&json(&file, &["stats"], percent)["candidates"]), expected, "{percent}");
        let list = json(&file, &["patterns", "list", "--min-savings", "0.5"], percent);
        assert_eq!(signatures(&list["rows"]), expected, "{percent}");
    }
}

#[test]
fn what_is_no_percentage_is_refused() {
    let file = single();
    for percent in ["-1", "100.1", "NaN", "inf", "ten", "5%"] {
        for args in COMMANDS {
            let option = format!("--tool-share={percent}");
            let ran = Flowmine::on(&file).args(args.iter().copied().chain([option.as_str()])).run().exits(2);
            assert_eq!(
                (ran.stdout().as_str(), ran.stderr().contains("--tool-share")),
                ("", true),
                "{percent}"
            );
        }
    }
}
