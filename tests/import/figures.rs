//! The figures of an import, and of what other commands say of it.

use serde_json::{Value, json};

use crate::transcripts::{Folder, Session};

/// A folder with one session of two turns, each of which runs the tests.
fn folder(change: impl Fn(String) -> String) -> Folder {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("run the tests").runs("uv run pytest -q", 100).says("done", 40);
    session.asks("run them again").runs("uv run pytest -q", 70).says("done", 30);
    folder.write("first.jsonl", change(session.text()));
    folder
}

/// The answer of a command in JSON.
fn answer(folder: &Folder, args: &[&str]) -> Value {
    folder.by_few_rules(args).args(["--format", "json"]).run().exits(0).json()
}

/// The fact of this name that `stats` shows.
fn fact(folder: &Folder, name: &str) -> String {
    let shown = folder.by_few_rules(["stats"]).env("COLUMNS", "200").run().exits(0).stdout();
    shown.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

/// Another model, without a price, answers the last call of the first turn.
fn with_an_unknown_model(text: &str) -> String {
    let change = |line: &str| {
        let is_last = line.contains("\"input_tokens\":40,");
        if is_last { line.replace("claude-sonnet-4-6", "acme-coder-9") } else { line.to_owned() }
    };
    text.lines().fold(String::new(), |text, line| text + &change(line) + "\n")
}

#[test]
fn a_count_of_tokens_that_cannot_be_true_is_none_and_the_rest_is_imported() {
    for absurd in ["1e19", "9223372036854775807", "\"2000000000000\""] {
        let change =
            |text: String| text.replace("\"input_tokens\":40,", &format!("\"input_tokens\":{absurd},"));
        let imported = answer(&folder(change), &["import", "transcripts"]);
        assert_eq!(imported["totals"]["calls"], 4, "{absurd}");
        assert_eq!(imported["rows"][0]["input_tokens"], 200, "{absurd}");
    }
}

#[test]
fn what_a_request_asks_for_and_nothing_runs_is_measured_as_0_in_cost_and_tokens_alike() {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("run the tests").runs("pytest -q", 100).says("done", 40);
    session.asks("run all the tests with pytest").runs("ls", 70).says("done", 30);
    folder.write("first.jsonl", session.text());
    answer(&folder, &["import", "transcripts"]);
    let pattern = &answer(&folder, &["patterns", "list"])["rows"][0];
    assert_eq!(pattern["occurrence_count"], 2, "{pattern}");
    let file = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    for (mean, column) in [("avg_cost_with_llm", "cost"), ("avg_tokens_with_llm", "tokens")] {
        let sql =
            format!("SELECT total({column}) FROM flowmine_commands WHERE signature = 'test:pytest:all'");
        let used: f64 = file.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(pattern[mean].as_f64().unwrap(), used / 2.0, "{mean}: {pattern}");
    }
}

#[test]
fn no_sum_overflows_whatever_the_calls_and_commands_in_the_file_say() {
    let folder = folder(|text| text);
    folder.imported();
    for cost in ["1e300", "9e999", "-7.0"] {
        folder.execute(&format!(
            "UPDATE flowmine_calls SET input_tokens = 9223372036854775807, cost = {cost};
             UPDATE flowmine_commands SET tokens = 9223372036854775807, cost = {cost};"
        ));
        let imported = answer(&folder, &["import", "transcripts"]);
        assert_eq!(imported["totals"]["cost"], Value::Null, "{cost}");
        assert_eq!(answer(&folder, &["stats"])["measured_by_model"][0]["cost"], Value::Null, "{cost}");
        let saving = &answer(&folder, &["patterns", "list"])["totals"]["possible_saving_a_month"];
        assert!((0.0..1.0).contains(&saving.as_f64().unwrap()), "{cost}: {saving}");
    }
}

#[test]
fn what_is_measured_is_never_more_than_the_spend() {
    let folder = folder(|text| with_an_unknown_model(&text));
    folder.imported();
    assert!(fact(&folder, "Measured").contains("of the spend (100%)"), "{}", fact(&folder, "Measured"));
    let projects = answer(&folder, &["stats"])["measured_by_project"].clone();
    assert!(projects[0]["share"].as_f64().unwrap() < 1.0, "{projects}");
}

#[test]
fn a_call_without_a_price_takes_nothing_from_the_spend_but_its_own_cost() {
    let all_known = folder(|text| text);
    let last_unknown = folder(|text| with_an_unknown_model(&text));
    let spent = |folder: &Folder| {
        folder.imported();
        let stats = answer(folder, &["stats"]);
        let (totals, rows) = (&stats["totals"], stats["measured_by_model"].as_array().unwrap());
        let calls: f64 = rows.iter().filter_map(|row| row["cost"].as_f64()).sum();
        assert!((totals["spend_last_30_days"].as_f64().unwrap() - calls).abs() < 1e-9, "{totals}");
        let weeks: f64 =
            stats["periods"].as_array().unwrap().iter().filter_map(|row| row["spend"].as_f64()).sum();
        assert!((weeks - calls).abs() < 1e-9, "{stats}");
        assert!(totals["possible_saving_a_month"].as_f64() <= totals["spend_a_month"].as_f64(), "{totals}");
        calls
    };
    assert!(spent(&last_unknown) < spent(&all_known));
}

#[test]
fn stats_of_a_span_measure_the_workflows_in_it() {
    let folder = folder(|text| text);
    let mut later = Session::new("later");
    later.asks("commit").runs("git commit -m x", 10);
    folder.write("later.jsonl", later.text().replace("2026-02-03", "2026-03-03"));
    folder.imported();
    let calls = |args: &[&str]| {
        let stats = answer(&folder, &[&["stats"], args].concat());
        [stats["measured_by_model"][0]["calls"].clone(), stats["measured_by_project"][0]["workflows"].clone()]
    };
    assert_eq!(calls(&[]), [json!(5), json!(3)]);
    assert_eq!(calls(&["--since", "2026-03-01"]), [json!(1), json!(1)]);
    assert_eq!(calls(&["--until", "2026-03-01"]), [json!(4), json!(2)]);
    assert_eq!(calls(&["--since", "2026-05-01"]), [Value::Null, Value::Null]);
}

#[test]
fn programs_get_every_project_and_command_and_people_the_first_ones() {
    let folder = Folder::new();
    for number in 0..25 {
        let mut session = Session::new(&format!("session-{number}"));
        session.asks("run the tests").runs(&format!("uv run pytest -q tests/test_{number}.py"), 100);
        let project = session.text().replace("/home/ada/app", &format!("/home/ada/app-{number}"));
        folder.write(&session.file_name(), project);
    }
    folder.imported();
    let rows = |json: &Value, table: &str| json[table].as_array().map(Vec::len);
    assert_eq!(rows(&answer(&folder, &["stats"]), "measured_by_project"), Some(25));
    assert_eq!(rows(&answer(&folder, &["patterns", "show", "test:pytest:all"]), "commands"), Some(25));
    let screen = |args: &[&str]| folder.flowmine(args).run().exits(0).stdout();
    assert!(screen(&["stats"]).contains("Measured, by project: the first 20 of 25\n"));
    let shown = screen(&["patterns", "show", "test:pytest:all"]);
    assert!(shown.contains("Commands that ran: the first 10 of 25\n"), "{shown}");
    assert_eq!(shown.matches("uv run pytest").count(), 10);
}

#[test]
fn stats_know_no_cost_of_a_model_without_a_price() {
    let folder = folder(|text| with_an_unknown_model(&text));
    folder.imported();
    let row = answer(&folder, &["stats"])["measured_by_model"][0].clone();
    assert_eq!(
        (&row["model"], &row["cost"], &row["share"]),
        (&json!("acme-coder-9"), &Value::Null, &Value::Null)
    );
}

#[test]
fn calls_without_a_price_are_told_with_their_own_tokens_and_apart_from_those_without_any() {
    let usage = |tokens: u64| {
        let (output, cached) = (tokens / 2, tokens * 3);
        format!(r#"{{"input_tokens":{tokens},"output_tokens":{output},"cache_read_input_tokens":{cached}}}"#)
    };
    let fast = usage(40).replace('{', r#"{"speed":"fast","#);
    let change = |text: String| {
        text.replace(&usage(40), &fast).replace(&usage(30), r#"{"cache_read_input_tokens":90}"#)
    };
    let said = folder(change).imported().stdout();
    assert!(
        said.contains("No price for 1 call of claude-sonnet-4-6 (180 tokens): costs unknown; give it"),
        "{said}"
    );
    assert!(
        said.contains("No input or output is known of 1 call of claude-sonnet-4-6: costs unknown\n"),
        "{said}"
    );
}

#[test]
fn stats_say_where_a_person_gave_prices() {
    let folder = folder(|text| text);
    folder.imported();
    assert!(!fact(&folder, "Prices").contains("--prices"));
    let rates = "\"input\": 1e-6, \"output\": 1e-6, \"cache_read\": 0.0, \"cache_write_5m\": 0.0, \"cache_write_1h\": 0.0";
    std::fs::write(folder.path("prices.json"), format!("{{\"models\": {{\"m\": [{{{rates}}}]}}}}")).unwrap();
    folder.by_few_rules(["import", "transcripts", "--prices", "prices.json"]).run().exits(0);
    assert!(
        fact(&folder, "Prices").ends_with("and those given with --prices"),
        "{}",
        fact(&folder, "Prices")
    );
}

#[test]
fn an_import_says_its_days_in_the_zone_of_its_other_days() {
    let folder = folder(|text| text);
    let args = ["import", "transcripts", "--timezone", "Pacific/Kiritimati"];
    let said = folder.by_few_rules(args).run().exits(0).stdout();
    assert!(said.contains("2026-02-04 to 2026-02-04"), "{said}");
}

#[test]
fn a_saving_counts_what_is_known_of_a_workflow_with_a_call_without_a_price() {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("review the code").says("it looks", 100).says("good", 40);
    folder.write("first.jsonl", with_an_unknown_model(&session.text()));
    folder.flowmine(["import", "transcripts"]).run().exits(0);
    let stats = answer(&folder, &["stats"]);
    let (totals, week) = (&stats["totals"], &stats["periods"][0]);
    let spend = totals["spend_a_month"].as_f64().unwrap();
    let saving = totals["possible_saving_a_month"].as_f64().unwrap();
    assert!((saving - 0.95 * spend).abs() < 1e-9, "{totals}");
    assert_eq!(week["operations_spend"], week["spend"]);
}

#[test]
fn what_is_known_of_an_operation_stays_in_the_totals_beside_a_command_of_it_without_a_price() {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("run the tests twice").runs("uv run pytest -q", 100).says("once more", 50);
    session.runs("uv run pytest -q", 40);
    folder.write("first.jsonl", with_an_unknown_model(&session.text()));
    folder.imported();
    let stats = answer(&folder, &["stats"]);
    let (totals, week) = (&stats["totals"], &stats["periods"][0]);
    let spend = totals["spend_a_month"].as_f64().unwrap();
    for key in ["least_saving_a_month", "possible_saving_a_month"] {
        assert!((totals[key].as_f64().unwrap() - 0.95 * spend).abs() < 1e-9, "{key}: {totals}");
    }
    assert_eq!(week["operations_spend"], week["spend"]);
    assert_eq!(totals["matched_workflows_without_cost"], 0);
    assert_eq!(answer(&folder, &["patterns", "list"])["rows"][0]["avg_cost_with_llm"], Value::Null);
}

#[test]
fn a_turns_duration_has_the_gap_before_a_control_word() {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("run the tests").runs("uv run pytest -q", 100).asks("continue").says("done", 40);
    folder.write("first.jsonl", session.text());
    folder.imported();
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    let seconds: f64 =
        conn.query_row("SELECT duration_seconds FROM workflow_history", [], |row| row.get(0)).unwrap();
    assert_eq!(seconds, 4.0);
}

#[test]
fn a_side_conversations_copy_of_a_message_counts_nothing_whatever_its_file_is_called() {
    let mut session = Session::new("main");
    session.asks("run the tests").runs("uv run pytest -q", 100).says("done", 40);
    for name in ["a", "z"] {
        let mut beside = session.fork(name);
        beside.lines.retain(|line| line["type"] == "assistant");
        for (number, line) in beside.lines.iter_mut().enumerate() {
            line["isSidechain"] = true.into();
            line["uuid"] = format!("{name}-{number}").into();
            line["requestId"] = format!("req_{name}_{number}").into();
            line["message"]["usage"]["output_tokens"] = 5000.into();
        }
        let folder = Folder::new();
        folder.write(&session.file_name(), session.text());
        folder.write(&beside.file_name(), beside.text());
        let imported = answer(&folder, &["import", "transcripts"]);
        assert_eq!(imported["totals"]["calls"], 2, "{name}");
        assert_eq!(imported["rows"][0]["output_tokens"], 70, "{name}");
    }
}

#[test]
fn a_side_file_that_copies_the_conversation_takes_nothing_from_its_turns() {
    let mut session = Session::new("main");
    session
        .asks("explain the code")
        .says("so", 10)
        .asks("run the tests")
        .runs("uv run pytest -q", 100)
        .says("done", 40);
    let mut beside = session.clone();
    beside.asks("Your task is to sum this conversation up").says("they ran the tests", 1000);
    for line in &mut beside.lines {
        (line["isSidechain"], line["agentId"]) = (true.into(), "acompact-1".into());
    }
    let folder = Folder::new();
    folder.write(&session.file_name(), session.text());
    folder.write("projects/-home-ada-app/main/subagents/agent-acompact-1.jsonl", beside.text());
    folder.imported();
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    let turn = |request: &str| -> (i64, i64) {
        let sql = "SELECT count(*), sum(c.output_tokens) FROM workflow_history w JOIN flowmine_calls c \
                   ON c.workflow_id = w.workflow_id WHERE w.nl_input = ?1";
        conn.query_row(sql, [request], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!(turn("explain the code"), (1, 5));
    // The call that sums up is the side file's own: the turn in progress paid for it.
    assert_eq!(turn("run the tests"), (3, 50 + 20 + 500));
    assert_eq!(
        conn.query_row("SELECT count(*) FROM flowmine_commands", [], |row| row.get::<_, i64>(0)).unwrap(),
        1
    );
}
