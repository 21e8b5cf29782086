//! The formats, against `fixtures/output.schema.json`.

use serde_json::Value;

use crate::common::{Flowmine, HistoryFile, OutputSchema};
use crate::recorded::{huge, many, scripts, single, team};

/// Every command that shows something, with the definition of its document.
const COMMANDS: [(&str, &[&str]); 20] = [
    ("doctor", &["doctor"]),
    ("rules", &["rules", "check", "tac-webbuilder"]),
    ("explanation", &["explain", "Run the tests, but not the linter", "--template", "adw_build_iso"]),
    ("run", &["backfill", "--dry-run", "--rebuild"]),
    ("patterns", &["patterns", "list"]),
    ("patterns", &["patterns", "list", "--since", "2025-06-01", "--status", "all", "--sort", "name"]),
    (
        "patterns",
        &[
            "patterns",
            "list",
            "--fields",
            "id,weekly",
            "--min-savings",
            "0.1",
            "--type",
            "test",
            "--limit",
            "3",
        ],
    ),
    ("stats", &["stats"]),
    ("stats", &["stats", "--until", "2025-06-01"]),
    ("pattern", &["patterns", "show", "1"]),
    ("pattern", &["patterns", "show", "2"]),
    ("run", &["backfill", "--dry-run"]),
    ("run", &["backfill"]),
    ("run", &["process"]),
    ("run", &["process", "wf-1"]),
    ("decision", &["patterns", "set-status", "1", "approved"]),
    ("exclusions", &["patterns", "exclude", "workflow:1", "--note", "a trial"]),
    ("patterns", &["patterns", "list", "--status", "all"]),
    ("exclusions", &["patterns", "include", "workflow:1"]),
    ("doctor", &["doctor", "--fix", "--no-backup"]),
];

fn files() -> [(&'static str, HistoryFile); 4] {
    [("team", team()), ("single", single()), ("huge", huge()), ("scripts", scripts())]
}

/// What these files do not have: the command fails and shows nothing.
const ABSENT: [(&str, &[&str]); 2] = [("team", &["process", "wf-1"]), ("single", &["patterns", "show", "2"])];

/// The document of a command, or nothing where the file lacks what is asked for.
#[track_caller]
fn document(name: &str, file: &HistoryFile, args: &[&str]) -> Option<Value> {
    let ran = run(file, args, "json");
    if ABSENT.contains(&(name, args)) {
        assert_eq!(ran.exits(1).stdout(), "", "{name} {args:?}");
        return None;
    }
    Some(ran.json())
}

fn run(file: &HistoryFile, args: &[&str], format: &str) -> crate::common::Ran {
    Flowmine::by_few_rules(file).args(args).args(["--format", format]).run()
}

#[test]
fn json_is_what_the_schema_says() {
    let schema = OutputSchema::read();
    for (file_name, file) in files() {
        for (name, args) in COMMANDS {
            if let Some(json) = document(file_name, &file, args) {
                schema.assert_valid(name, &json, &format!("{file_name} {args:?}"));
            }
        }
    }
}

#[test]
fn an_empty_file_gives_the_same_documents() {
    let (schema, file) = (OutputSchema::read(), HistoryFile::minimal());
    for args in [&["patterns", "list"][..], &["stats"], &["backfill", "--dry-run"], &["process"]] {
        let kind = if args[0] == "patterns" {
            "patterns"
        } else if args[0] == "stats" {
            "stats"
        } else {
            "run"
        };
        schema.assert_valid(kind, &run(&file, args, "json").json(), &format!("{args:?}"));
    }
}

#[test]
fn every_document_is_of_exactly_one_kind() {
    let schema = OutputSchema::read();
    let file = team();
    for (_, args) in COMMANDS {
        if let Some(json) = document("team", &file, args) {
            schema.assert_of_one_kind(&json, &format!("{args:?}"));
        }
    }
}

#[test]
fn a_pattern_has_every_field_of_the_schema_and_no_other() {
    let json = run(&team(), &["patterns", "list"], "json").json();
    let fields: Vec<&String> = json["rows"][0].as_object().unwrap().keys().collect();
    let OutputSchema(schema) = OutputSchema::read();
    let described: Vec<&String> =
        schema["$defs"]["pattern_row"]["properties"].as_object().unwrap().keys().collect();
    assert_eq!(fields, described);
}

#[test]
fn every_field_of_the_schema_has_a_description() {
    fn check(schema: &Value, path: &str) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{path}.{name} has no description");
            check(property, &format!("{path}.{name}"));
            check(&property["items"], &format!("{path}.{name}[]"));
        }
    }
    for (name, definition) in OutputSchema::read().0["$defs"].as_object().unwrap() {
        assert!(definition["description"].is_string(), "{name} has no description");
        check(definition, name);
    }
}

#[test]
fn jsonl_is_a_row_a_line() {
    let schema = OutputSchema::read();
    let ran = run(&team(), &["patterns", "list", "--status", "all"], "jsonl").succeeds();
    let lines: Vec<Value> = ran.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    for line in &lines {
        schema.assert_valid("pattern_row", line, "a line");
    }
}

#[test]
fn jsonl_of_several_tables_names_each_lines_table() {
    let rows = [
        ("rows", "figure"),
        ("by_type", "type_row"),
        ("by_status", "status_row"),
        ("by_confidence", "confidence_row"),
        ("coverage", "coverage_row"),
        ("periods", "period_row"),
        ("candidates", "pattern_row"),
        ("realised", "realised_row"),
        ("runs", "run_row"),
    ];
    let (schema, file) = (OutputSchema::read(), team());
    run(&file, &["process"], "json");
    let ran = run(&file, &["stats"], "jsonl").succeeds();
    let json = run(&file, &["stats"], "json").json();
    let mut lines: Vec<Value> =
        ran.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (table, name) in rows {
        let of_table: Vec<_> = lines.extract_if(.., |line| line["table"] == table).collect();
        assert_eq!(of_table.len(), json[table].as_array().unwrap().len(), "{table}");
        for mut line in of_table {
            line.as_object_mut().unwrap().remove("table");
            schema.assert_valid(name, &line, table);
        }
    }
    assert_eq!(lines, Vec::<Value>::new());
}

/// The records of a CSV, by column.
fn records(csv: &str) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(csv.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn csv_has_the_rows_of_the_json_to_the_last_digit() {
    let file = many(40);
    file.execute("UPDATE workflow_history SET total_tokens = NULL");
    let json = run(&file, &["patterns", "list"], "json").json();
    let records = records(&run(&file, &["patterns", "list"], "csv").succeeds().stdout());
    assert_eq!(records.len(), 40);
    for (record, row) in records.iter().zip(json["rows"].as_array().unwrap()) {
        for name in ["potential_monthly_savings", "avg_cost_with_llm", "cumulative_share"] {
            assert_eq!(record[name].parse::<f64>().unwrap(), row[name].as_f64().unwrap(), "{name}");
        }
        assert_eq!(record["avg_tokens_with_llm"], "", "unknown is empty");
        assert_eq!(record["pattern_signature"], row["pattern_signature"].as_str().unwrap());
    }
}

#[test]
fn csv_of_stats_is_its_figures() {
    let records = records(&run(&team(), &["stats"], "csv").succeeds().stdout());
    let figure =
        |name: &str| records.iter().find(|record| record["figure"] == name).unwrap()["value"].clone();
    assert_eq!(figure("finished_workflows"), "60");
    assert_eq!(figure("first"), "2025-04-01T08:30:00Z");
    assert_eq!(figure("since"), "");
}

#[test]
fn markdown_rows_have_as_many_cells_as_the_head() {
    let mut tables = 0;
    for (_, args) in COMMANDS {
        let file = scripts();
        file.execute("UPDATE workflow_history SET nl_input = 'a | b `c` [d](e) <img src=x> \\| *f*'");
        let text = run(&file, args, "markdown").stdout();
        for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
            let cells = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            let counts: Vec<_> = table.lines().map(cells).collect();
            assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{args:?}: {table}");
            tables += 1;
        }
        assert!(!text.contains(" <img"), "{text}");
    }
    assert!(tables >= COMMANDS.len(), "{tables} tables in the answers of {} commands", COMMANDS.len());
}
