//! `patterns list`.

use serde_json::Value;

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{many, team};

/// The signatures that are listed.
fn listed(file: &HistoryFile, args: &[&str]) -> Vec<String> {
    let ran = Flowmine::on(file).args(["patterns", "list", "--format", "json"]).args(args).run().succeeds();
    let signature = |row: &Value| row["pattern_signature"].as_str().unwrap().to_owned();
    ran.json()["rows"].as_array().unwrap().iter().map(signature).collect()
}

/// What is wrong usage, in one line on stderr.
fn refused(args: &[&str]) -> String {
    let ran = Flowmine::on(&team()).args(["patterns", "list"]).args(args).run().exits(2);
    assert_eq!(ran.stdout(), "");
    ran.stderr()
}

#[test]
fn settled_patterns_are_left_out_unless_asked_for() {
    let file = team();
    let open = [
        "test:pytest:backend",
        "format:prettier:all",
        "deps:npm:update",
        "build:typecheck:frontend",
        "git:log:summary",
    ];
    assert_eq!(listed(&file, &[]), open);
    assert_eq!(listed(&file, &["--status", "all"]).len(), 7);
    assert_eq!(
        listed(&file, &["--status", "implemented,deprecated"]),
        ["docs:generate:all", "review:code:all"]
    );
    assert_eq!(listed(&file, &["--status", "candidate"]), ["format:prettier:all"]);
}

#[test]
fn the_last_line_says_what_is_not_shown() {
    let file = team();
    let last = |args: &[&str]| {
        let ran = Flowmine::on(&file).args(["patterns", "list", "--wide"]).args(args).run().succeeds();
        ran.stdout().lines().find(|line| line.contains(" shown, ")).unwrap().to_owned()
    };
    let hidden = "; 2 more implemented, active or deprecated (--status all). Possible saving, each workflow once: at most $6.42 a month.";
    assert_eq!(last(&[]), format!("5 of 7 patterns shown, 92% of what the patterns add up to{hidden}"));
    assert!(last(&["--limit", "2", "--status", "all"]).contains("; 5 more beyond --limit. "));
    assert!(last(&["--type", "test"]).starts_with(
        "1 of 7 patterns shown, 39% of what the patterns add up to; 6 more left out by the filters."
    ));
}

#[test]
fn filters_narrow_the_list() {
    let file = team();
    assert_eq!(listed(&file, &["--type", "deps"]), ["deps:npm:update"]);
    assert_eq!(listed(&file, &["--min-occurrences", "9"]), ["test:pytest:backend", "format:prettier:all"]);
    assert_eq!(listed(&file, &["--min-savings", "2.5"]), ["test:pytest:backend"]);
    assert_eq!(listed(&file, &["--min-confidence", "70"]), ["test:pytest:backend"]);
    assert_eq!(listed(&file, &["--limit", "1"]), ["test:pytest:backend"]);
}

#[test]
fn every_order_is_the_one_asked_for() {
    let file = team();
    let first = |key: &str| listed(&file, &["--status", "all", "--sort", key]).remove(0);
    assert_eq!(first("savings"), "test:pytest:backend");
    assert_eq!(first("occurrences"), "test:pytest:backend");
    assert_eq!(first("confidence"), "test:pytest:backend");
    assert_eq!(first("recent"), "review:code:all");
    assert_eq!(first("cost"), "format:prettier:all");
    assert_eq!(first("name"), "build:typecheck:frontend");
}

#[test]
fn savings_of_500_patterns_fall_from_the_first_to_the_last() {
    let ran = Flowmine::on(&many(500)).args(["patterns", "list", "--format", "json"]).run().succeeds();
    let json = ran.json();
    let savings: Vec<f64> = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["potential_monthly_savings"].as_f64().unwrap())
        .collect();
    assert_eq!(savings.len(), 500);
    assert!(savings.is_sorted_by(|a, b| a >= b));
    let last = &json["rows"][499]["cumulative_share"];
    assert!((last.as_f64().unwrap() - 1.0).abs() < 1e-9, "{last}");
}

#[test]
fn a_span_counts_its_workflows_alone() {
    let file = team();
    let args = ["patterns", "list", "--since", "2025-06-01", "--until", "2025-06-15", "--format", "json"];
    let json = Flowmine::on(&file).args(args).run().succeeds().json();
    let row = &json["rows"][0];
    assert_eq!(
        (row["pattern_signature"].as_str(), row["occurrence_count"].as_u64()),
        (Some("test:pytest:backend"), Some(3))
    );
    // Three workflows of $0.02, $1.26 and $0.95 within half a month: nothing is extrapolated.
    assert!((row["potential_monthly_savings"].as_f64().unwrap() - 0.95 * 2.23).abs() < 1e-9, "{row}");
    assert_eq!(row["stored_statistics_are_current"], Value::Null);
    assert_eq!(json["totals"]["finished_workflows"], 10);
    assert_eq!(json["totals"]["workflows_outside_the_span"], 50);
    assert_eq!(json["filters"]["since"], "2025-06-01T00:00:00Z");
    assert_eq!(json["filters"]["until"], "2025-06-16T00:00:00Z");
}

#[test]
fn a_span_longer_than_a_month_is_a_month_of_it() {
    let file = team();
    let args = ["patterns", "list", "--since", "2025-04-16", "--until", "2025-06-14", "--format", "json"];
    let json = Flowmine::on(&file).args(args).run().succeeds().json();
    assert_eq!(json["window"]["days"], 60.0);
    assert_eq!(json["window"]["monthly_factor"], 0.5);
}

#[test]
fn a_span_without_workflows_is_empty_and_says_so() {
    let ran = Flowmine::on(&team()).args(["patterns", "list", "--since", "2025-09-01"]).run().succeeds();
    assert!(ran.stdout().contains("0 finished workflows"), "{}", ran.stdout());
    assert!(ran.stdout().contains("No pattern was seen in this span."), "{}", ran.stdout());
}

#[test]
fn fields_are_shown_in_the_order_asked_for() {
    let args = ["patterns", "list", "--fields", "pattern_signature,avg_tokens_with_tool,id", "--limit", "1"];
    let file = team();
    let ran = Flowmine::on(&file).env("COLUMNS", "20").args(args).run().succeeds();
    let table: Vec<_> = ran.stdout().lines().take(3).map(str::to_owned).collect();
    let expected = [
        "pattern             avg_tokens_with_tool id",
        "─────────────────── ──────────────────── ──",
        "test:pytest:backend                 5900  1",
    ];
    assert_eq!(table, expected);
    let csv = Flowmine::on(&file).args(args).args(["--format", "csv"]).run().succeeds();
    assert_eq!(csv.stdout(), "pattern_signature,avg_tokens_with_tool,id\ntest:pytest:backend,5900,1\n");
}

#[test]
fn wide_shows_every_column_however_narrow_the_terminal_is() {
    let ran =
        Flowmine::on(&team()).env("COLUMNS", "40").args(["patterns", "list", "--wide"]).run().succeeds();
    for heading in ["pattern", "duration", "13 weeks", "status"] {
        assert!(ran.stdout().contains(heading), "{heading} is missing in {}", ran.stdout());
    }
}

#[test]
fn asked_for_ascii_it_draws_with_ascii_alone() {
    for args in [
        &["--ascii", "patterns", "list", "--wide"][..],
        &["--ascii", "stats"],
        &["--ascii", "patterns", "show", "1"],
        &["--ascii", "stats", "--format", "markdown"],
    ] {
        let ran = Flowmine::on(&team()).args(args).run().succeeds();
        assert!(ran.stdout().is_ascii(), "{}", ran.stdout());
    }
    let ran = Flowmine::on(&team()).env("LANG", "C").args(["patterns", "list"]).run().succeeds();
    assert!(ran.stdout().is_ascii(), "{}", ran.stdout());
}

#[test]
fn a_slip_gets_a_hint() {
    assert_eq!(
        refused(&["--fields", "id,patern_signature"]),
        "flowmine: --fields: no field 'patern_signature'; did you mean pattern_signature?\n"
    );
    assert_eq!(
        refused(&["--status", "aproved"]),
        "flowmine: --status: no status 'aproved'; did you mean approved?\n"
    );
    assert_eq!(
        refused(&["--type", "tset"]),
        "flowmine: --type: no pattern has the type 'tset'; did you mean test?\n"
    );
    assert!(refused(&["--fields", "xyz"]).contains("; there are id, pattern_signature, "));
    assert!(
        refused(&["--timezone", "Berlin"]).contains("'Berlin' is no time zone; did you mean Europe/Berlin?")
    );
    assert!(refused(&["--sort", "saving"]).contains("'savings'"));
    assert!(
        refused(&["--since", "2025-06-02", "--until", "2025-06-01"])
            .contains("--since is not before --until")
    );
}

#[test]
fn several_types_are_listed_together() {
    let listed = listed(&team(), &["--type", "deps,test", "--sort", "name"]);
    assert_eq!(listed, ["deps:npm:update", "test:pytest:backend"]);
}

#[test]
fn a_number_to_compare_with_is_a_number() {
    for option in ["--min-savings", "--min-confidence"] {
        for value in ["nan", "inf", "much"] {
            let ran = Flowmine::on(&team()).args(["patterns", "list", option, value]).run().exits(2);
            assert!(ran.stderr().contains("give a number such as 12.5"), "{}", ran.stderr());
        }
    }
}

#[test]
fn a_span_of_days_is_shown_as_it_was_given() {
    for (since, until, shown) in [
        ("2025-06-01", "2025-06-15", "Only workflows from 2025-06-01 to 2025-06-15 ("),
        (
            "2025-06-01T08:30",
            "2025-06-15T12:00",
            "Only workflows from 2025-06-01 08:30 before 2025-06-15 12:00 (",
        ),
    ] {
        let ran = Flowmine::on(&team())
            .args(["--timezone", "Europe/Berlin", "patterns", "list", "--since", since, "--until", until])
            .run()
            .succeeds();
        assert!(ran.stdout().contains(shown), "{shown} is missing in {}", ran.stdout());
    }
}

#[test]
fn a_type_that_no_pattern_has_says_which_there_are() {
    let ran = Flowmine::on(&team()).args(["patterns", "list", "--type", "test,zzz"]).run().exits(2);
    let types = "no pattern has the type 'zzz'; there are build, deps, docs, format, git, review, test";
    assert!(ran.stderr().contains(types), "{}", ran.stderr());
}

#[test]
fn an_unknown_type_or_status_says_which_there_are() {
    for (args, hint) in [
        (["--type", "tests"], "did you mean test?"),
        (
            ["--status", "nonsense"],
            "there are detected, candidate, approved, implemented, active, deprecated, all",
        ),
        (
            ["--sort", "nonsense"],
            "[possible values: least, savings, occurrences, confidence, recent, cost, name]",
        ),
        (["--fields", "nonsense"], "there are id, pattern_signature, pattern_type"),
    ] {
        let ran = Flowmine::on(&team()).args(["patterns", "list"]).args(args).run().exits(2);
        assert!(ran.stderr().contains(hint), "{args:?}: {}", ran.stderr());
    }
}
