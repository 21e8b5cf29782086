//! The rules and prices in force: those given once stay so, others count for everything that was imported.

use std::fs;
use std::path::Path;

use crate::transcripts::{Folder, Session};

const RULES: &str = r#"
format = 1
extends = "default"
name = "ours"

[[command]]
signature = "infra:apply:all"
lines = ["groundwork apply"]

[[command]]
signature = "infra:plan:all"
lines = ["groundwork plan"]

[[command]]
signature = "test:ours:all"
lines = ["ourtest"]
"#;

/// A turn whose commands only rules of one's own know, and one with a model without a price.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut session = Session::new("ours");
    session.asks("bring it up").runs("groundwork plan", 100).runs("groundwork apply", 1000);
    session.runs("ourtest --all", 500).says("done", 10);
    session.asks("and again").runs("groundwork apply", 70).says("done", 10);
    let text = session.text();
    folder.write("ours.jsonl", &text);
    let unknown = text.replace("ours", "other").replace("claude-sonnet-4-6", "acme-coder-9");
    folder.write("other.jsonl", unknown);
    fs::write(folder.path("rules.toml"), RULES).unwrap();
    fs::write(folder.path("prices.json"), PRICES).unwrap();
    folder
}

const PRICES: &str = r#"{"models": {"acme-coder-9": [{"from": null, "input": 1e-6, "output": 1e-6, "cache_read": 0.0,
    "cache_write_5m": 0.0, "cache_write_1h": 0.0}]}}"#;

fn column(path: &Path, sql: &str) -> Vec<Option<String>> {
    crate::common::column(&rusqlite::Connection::open(path).unwrap(), sql)
}

fn named(folder: &Folder) -> Vec<Option<String>> {
    let sql =
        "SELECT DISTINCT signature FROM flowmine_commands WHERE signature IS NOT NULL ORDER BY signature";
    column(&folder.path("history.db"), sql)
}

fn patterns(folder: &Folder) -> Vec<Option<String>> {
    let sql = "SELECT pattern_signature FROM operation_patterns ORDER BY pattern_signature";
    column(&folder.path("history.db"), sql)
}

const OURS: [&str; 3] = ["infra:apply:all", "infra:plan:all", "test:ours:all"];

#[test]
fn rules_that_are_none_end_an_import_before_anything_is_written() {
    let folder = folder();
    fs::write(folder.path("none.toml"), "format = 1\nunheard = 2\n").unwrap();
    for (rules, problem) in [("none.toml", "unheard"), ("defualt", "no rule set 'defualt' is built in")] {
        folder.flowmine(["--rules", rules, "import", "transcripts"]).run().fails_with(&[problem]);
        assert!(!folder.path("history.db").exists(), "{rules}");
    }
}

#[test]
fn an_import_with_other_rules_names_the_commands_and_patterns_anew() {
    let folder = folder();
    folder.by_few_rules(["import", "transcripts"]).run().exits(0);
    assert_eq!(named(&folder), []);
    folder.flowmine(["--rules", "rules.toml", "import", "transcripts"]).run().exits(0);
    assert_eq!(named(&folder), OURS.map(|name| Some(name.to_owned())));
    assert_eq!(patterns(&folder), OURS.map(|name| Some(name.to_owned())));
    folder.flowmine(["--rules", "default", "import", "transcripts"]).run().succeeds();
    assert_eq!((named(&folder), patterns(&folder)), (Vec::new(), Vec::new()));
}

#[test]
fn a_rebuild_with_other_rules_names_the_commands_and_patterns_anew_without_the_transcripts() {
    let folder = folder();
    folder.by_few_rules(["import", "transcripts"]).run().exits(0);
    fs::remove_dir_all(folder.path("transcripts")).unwrap();
    folder.flowmine(["--rules", "rules.toml", "backfill", "--rebuild"]).run().succeeds();
    assert_eq!(named(&folder), OURS.map(|name| Some(name.to_owned())));
    assert_eq!(patterns(&folder), OURS.map(|name| Some(name.to_owned())));
}

#[test]
fn a_rebuild_that_the_file_refuses_names_no_command_anew() {
    let folder = folder();
    folder.by_few_rules(["import", "transcripts"]).run().exits(0);
    folder.execute("DROP TABLE flowmine_runs; CREATE TABLE flowmine_runs (id INTEGER PRIMARY KEY)");
    folder.flowmine(["--rules", "rules.toml", "backfill", "--rebuild"]).run().fails_with(&["flowmine_runs"]);
    assert_eq!(named(&folder), []);
}

#[test]
fn a_rebuild_of_some_workflows_leaves_the_names_of_all_commands_and_what_the_others_cost() {
    let folder = folder();
    folder.flowmine(["--rules", "rules.toml", "import", "transcripts"]).run().exits(0);
    let costs = || {
        let sql = "SELECT pattern_signature || ' ' || avg_cost_with_llm FROM operation_patterns ORDER BY 1";
        column(&folder.path("history.db"), sql)
    };
    let before = costs();
    folder.flowmine(["--rules", "tac-webbuilder", "backfill", "--rebuild", "--limit", "1"]).run().succeeds();
    assert_eq!(named(&folder), OURS.map(|name| Some(name.to_owned())));
    assert_eq!(costs(), before);
}

#[test]
fn rules_reach_all_that_was_imported_also_where_the_last_import_was_of_newer_turns_alone() {
    let folder = folder();
    folder.by_few_rules(["import", "transcripts"]).run().exits(0);
    let mut newer = Session::new("newer");
    newer.asks("hello").says("hi", 10);
    folder.write("newer.jsonl", newer.text().replace("2026-02-03", "2026-04-03"));
    folder.by_few_rules(["import", "transcripts", "--since", "2026-03-01"]).run().exits(0);
    folder.flowmine(["--rules", "rules.toml", "backfill", "--rebuild"]).run().succeeds();
    assert_eq!(named(&folder), OURS.map(|name| Some(name.to_owned())));
}

#[test]
fn prices_given_once_stay_in_force_until_others_are_given() {
    let folder = folder();
    let unpriced = |args: &[&str]| {
        let all = [&["import", "transcripts", "--format", "json"], args].concat();
        folder.by_few_rules(all).run().exits(0).json()["totals"]["calls_unpriced"].as_u64().unwrap()
    };
    let given = ["--prices", "prices.json"];
    assert!(unpriced(&[]) > 0);
    assert_eq!(unpriced(&given), 0);
    fs::remove_file(folder.path("prices.json")).unwrap();
    assert_eq!(unpriced(&[]), 0);
    fs::write(folder.path("prices.json"), r#"{"models": {}}"#).unwrap();
    assert!(unpriced(&given) > 0);
}

#[test]
fn commands_that_are_deleted_change_no_other_patterns_figures() {
    let folder = folder();
    folder.flowmine(["--rules", "rules.toml", "import", "transcripts"]).run().exits(0);
    let figures = |but: &str| {
        let list = folder.by_few_rules(["patterns", "list", "--format", "json"]).run().exits(0).json();
        let rows = list["rows"].as_array().unwrap().iter().filter(|row| row["pattern_signature"] != but);
        let figure = |row: &serde_json::Value| {
            ["pattern_signature", "occurrence_count", "avg_cost_with_llm"].map(|key| row[key].to_string())
        };
        rows.map(figure).collect::<Vec<_>>()
    };
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    for signature in OURS {
        let before = figures(signature);
        assert_eq!(before.len(), OURS.len() - 1, "{before:?}");
        conn.execute("DELETE FROM flowmine_commands WHERE signature = ?1", [signature]).unwrap();
        assert_eq!(figures(signature), before, "without the commands of {signature}");
    }
}

#[test]
fn other_rules_are_the_files_own_from_then_on_even_where_they_find_nothing_new() {
    let folder = folder();
    folder.by_few_rules(["import", "transcripts"]).run().exits(0);
    fs::write(folder.path("same.toml"), RULES.replace("groundwork", "nobody's").replace("ourtest", "none"))
        .unwrap();
    let ran = folder.flowmine(["--rules", "same.toml", "import", "transcripts"]).run().exits(0);
    assert!(!ran.stderr().contains("mix"), "{}", ran.stderr());
    let last =
        column(&folder.path("history.db"), "SELECT rules_name FROM flowmine_runs ORDER BY id DESC LIMIT 1");
    assert_eq!(last, [Some("ours".to_owned())]);
}
