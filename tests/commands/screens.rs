//! Every screen as people see it, at 60, 80, 120 and 200 columns. After a change of a screen:
//! `INSTA_UPDATE=always cargo test --test commands screens`, and read what has changed.

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{huge, many, scripts, single, team};

/// The screen at every width.
fn screens(file: &HistoryFile, args: &[&str]) -> String {
    let screen = |width: &str| {
        let ran = Flowmine::on(file).env("COLUMNS", width).args(args).run().succeeds();
        format!("{:=<width$}\n{}", format!("= {width} "), ran.stdout(), width = width.parse().unwrap())
    };
    ["60", "80", "120", "200"].map(screen).join("\n")
}

/// A dry run's screen, without what differs from run to run. The rows are none of flowmine's making, which it says on
/// stderr.
fn dry_run(file: &HistoryFile) -> String {
    let ran = Flowmine::on(file).env("COLUMNS", "80").args(["backfill", "--dry-run"]).run().exits(0);
    let seconds = regex::Regex::new(r"(?-u)in \d+\.\d s").unwrap();
    seconds.replace_all(&ran.stdout(), "in 0.0 s").into_owned()
}

#[test]
fn the_list_looks_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["patterns", "list", "--status", "all"]));
}

#[test]
fn the_list_of_an_empty_file_looks_as_agreed() {
    insta::assert_snapshot!(screens(&HistoryFile::minimal(), &["patterns", "list"]));
}

#[test]
fn the_list_of_one_pattern_looks_as_agreed() {
    insta::assert_snapshot!(screens(&single(), &["patterns", "list"]));
}

#[test]
fn the_list_of_500_patterns_looks_as_agreed() {
    insta::assert_snapshot!(screens(&many(500), &["patterns", "list", "--limit", "8"]));
}

#[test]
fn the_list_of_huge_numbers_looks_as_agreed() {
    insta::assert_snapshot!(screens(&huge(), &["patterns", "list"]));
}

#[test]
fn the_list_of_wide_and_right_to_left_text_looks_as_agreed() {
    insta::assert_snapshot!(screens(&scripts(), &["patterns", "list"]));
}

#[test]
fn the_list_of_a_span_looks_as_agreed() {
    insta::assert_snapshot!(screens(
        &team(),
        &["patterns", "list", "--since", "2025-06-01", "--until", "2025-06-15"]
    ));
}

#[test]
fn the_list_in_ascii_looks_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["patterns", "list", "--ascii"]));
}

#[test]
fn the_list_in_colour_looks_as_agreed() {
    let ran = Flowmine::on(&team())
        .args(["patterns", "list", "--color", "always", "--status", "all"])
        .run()
        .succeeds();
    insta::assert_snapshot!(ran.stdout().replace('\u{1b}', "␛"));
}

#[test]
fn the_list_as_markdown_looks_as_agreed() {
    let ran = Flowmine::on(&team()).args(["patterns", "list", "--format", "markdown"]).run().succeeds();
    insta::assert_snapshot!(ran.stdout());
}

#[test]
fn the_list_as_csv_looks_as_agreed() {
    let ran = Flowmine::on(&team()).args(["patterns", "list", "--format", "csv"]).run().succeeds();
    insta::assert_snapshot!(ran.stdout());
}

#[test]
fn the_view_looks_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["patterns", "show", "test:pytest:backend"]));
}

#[test]
fn the_view_of_a_single_workflow_looks_as_agreed() {
    insta::assert_snapshot!(screens(&single(), &["patterns", "show", "1"]));
}

#[test]
fn the_view_of_purged_workflows_looks_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["patterns", "show", "review:code:all"]));
}

#[test]
fn the_view_of_huge_numbers_looks_as_agreed() {
    insta::assert_snapshot!(screens(&huge(), &["patterns", "show", "1"]));
}

#[test]
fn the_view_of_wide_and_right_to_left_text_looks_as_agreed() {
    insta::assert_snapshot!(screens(&scripts(), &["patterns", "show", "1"]));
}

#[test]
fn the_view_as_markdown_looks_as_agreed() {
    let ran = Flowmine::on(&team()).args(["patterns", "show", "1", "--format", "markdown"]).run().succeeds();
    insta::assert_snapshot!(ran.stdout());
}

#[test]
fn the_stats_look_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["stats"]));
}

#[test]
fn the_stats_of_an_empty_file_look_as_agreed() {
    insta::assert_snapshot!(screens(&HistoryFile::minimal(), &["stats"]));
}

#[test]
fn the_stats_of_one_pattern_look_as_agreed() {
    insta::assert_snapshot!(screens(&single(), &["stats"]));
}

#[test]
fn the_stats_of_500_patterns_look_as_agreed() {
    insta::assert_snapshot!(screens(&many(500), &["stats"]));
}

#[test]
fn the_stats_of_huge_numbers_look_as_agreed() {
    insta::assert_snapshot!(screens(&huge(), &["stats"]));
}

#[test]
fn the_stats_of_wide_and_right_to_left_text_look_as_agreed() {
    insta::assert_snapshot!(screens(&scripts(), &["stats"]));
}

#[test]
fn the_stats_of_a_span_look_as_agreed() {
    insta::assert_snapshot!(screens(&team(), &["stats", "--since", "2025-06-01"]));
}

#[test]
fn the_stats_as_markdown_look_as_agreed() {
    let ran = Flowmine::on(&team()).args(["stats", "--format", "markdown"]).run().succeeds();
    insta::assert_snapshot!(ran.stdout());
}

/// No workflow of it has a request, so that no rules find anything more in it.
fn found_before() -> HistoryFile {
    let file = team();
    file.execute("UPDATE workflow_history SET nl_input = NULL, error_message = NULL");
    file
}

#[test]
fn the_backfill_looks_as_agreed() {
    insta::assert_snapshot!(dry_run(&found_before()));
}

#[test]
fn the_backfill_of_an_empty_file_looks_as_agreed() {
    insta::assert_snapshot!(dry_run(&HistoryFile::minimal()));
}

#[test]
fn the_doctor_looks_as_agreed() {
    let screen = |width: &str| {
        let ran = Flowmine::on(&huge()).env("COLUMNS", width).args(["doctor"]).run().exits(3);
        format!("{:=<width$}\n{}", format!("= {width} "), ran.stdout(), width = width.parse().unwrap())
    };
    insta::assert_snapshot!(["60", "80", "120"].map(screen).join("\n"));
}

#[test]
fn nothing_is_wider_than_the_terminal_from_40_columns_on() {
    let args = [
        &["patterns", "list", "--status", "all"][..],
        &["patterns", "show", "test:pytest:backend"],
        &["stats"],
        &["doctor"],
        &["backfill", "--dry-run"],
        &["explain", "Run the backend tests with pytest, but don't run the linter in src/components/pages"],
        &["rules", "check", "default"],
        &["rules", "check", "default", "--against", "labels.toml"],
        &["--help"],
    ];
    let file = team();
    let labels =
        "[[workflow]]\nrequest = \"Run pytest\"\nsignatures = [\"docs:generate:everything_there_is\"]\n";
    std::fs::write(file.directory().join("labels.toml"), labels).unwrap();
    for width in [40, 41, 50, 60, 79, 80, 100, 120] {
        for args in args {
            let columns = width.to_string();
            let ran = Flowmine::by_few_rules(&file).env("COLUMNS", &columns).args(args).run();
            for line in ran.stdout().lines() {
                let is_usage = line.trim_start().starts_with("flowmine ") || line.contains("Usage:");
                let is_to_be_copied = line.starts_with('{');
                let fits = is_usage || is_to_be_copied || line.chars().count() <= width;
                assert!(fits, "{args:?} at {width}: {line:?}");
            }
        }
    }
}
