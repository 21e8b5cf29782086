//! Sessions that runs' records name: what the record has is the run's, everything else is a person's.

use rusqlite::Connection;

use crate::common::column;
use crate::transcripts::{Folder, Session};

const RECORD: &str = "agents/abc12345/tester/raw_output.jsonl";

/// A session in which a run asked for something, which took two answers.
fn session() -> Session {
    let mut session = Session::new("named");
    session.asks("/implement the plan").runs("uv run pytest -q", 100).says("done", 10);
    session
}

/// Workflows, and what they cost; of those that are not runs what their calls use.
fn workflows(folder: &Folder) -> Vec<String> {
    folder.imported();
    let conn = Connection::open(folder.path("history.db")).unwrap();
    let sql = "SELECT concat_ws(' ', workflow_id, iif(source = 'adw', actual_cost_total, input_tokens)) \
               FROM workflow_history ORDER BY 1";
    column(&conn, sql)
}

fn with_record(session: &Session, record: &str) -> Folder {
    let folder = Folder::new();
    folder.write(&session.file_name(), session.text());
    folder.write(RECORD, record);
    folder
}

#[test]
fn what_a_person_asked_for_in_a_runs_session_is_kept() {
    for request in ["run the backend tests", "go ahead"] {
        let mut resumed = session();
        resumed.asks(request).runs("uv run pytest -q", 1000).says("done", 500);
        let folder = with_record(&resumed, &session().record(2));
        assert_eq!(workflows(&folder), ["adw:abc12345:tester 0.5", "claude:named-4 1500"], "{request}");
    }
}

#[test]
fn a_fork_of_a_runs_session_adds_its_own_turns_alone() {
    let mut fork = session().fork("fork");
    fork.asks("run the backend tests").says("done", 500);
    let folder = with_record(&session(), &session().record(2));
    folder.write(&fork.file_name(), fork.text());
    assert_eq!(workflows(&folder), ["adw:abc12345:tester 0.5", "claude:fork-4 500"]);
}

#[test]
fn a_record_that_has_no_call_yet_takes_nothing_away() {
    let begun = session().record(0).lines().next().unwrap().to_owned() + "\n";
    let folder = with_record(&session(), &begun);
    assert!(workflows(&folder).contains(&"claude:named-0 110".to_owned()), "{:?}", workflows(&folder));
}

#[test]
fn a_record_that_says_what_a_session_cost_without_a_call_has_all_of_it() {
    let folder = with_record(&session(), &session().record(0));
    assert_eq!(workflows(&folder), ["adw:abc12345:tester 0.5"]);
}

#[test]
fn sub_agents_that_a_run_launched_are_the_runs() {
    let folder = with_record(&session(), &session().record(2));
    let agent = session().text().replace("\"named-", "\"agent-").replace("_named_", "_agent_");
    let agent = agent.replace("\"sessionId\"", "\"isSidechain\":true,\"agentId\":\"a1\",\"sessionId\"");
    folder.write("projects/-home-ada-app/named/subagents/agent-a1.jsonl", agent);
    assert_eq!(workflows(&folder), ["adw:abc12345:tester 0.5"]);
}

/// Calls, input and cost by model, as an import and `stats` show them.
fn by_model(folder: &Folder) -> (Vec<String>, Vec<String>) {
    let shown = |args: &[&str], name: &str| {
        let shown = folder.by_few_rules(args).args(["--format", "json"]).run().exits(0).json();
        let row = |row: &serde_json::Value| format!("{} {} {}", row["model"], row["calls"], row["cost"]);
        let mut rows: Vec<_> = shown[name].as_array().unwrap().iter().map(row).collect();
        rows.sort();
        rows
    };
    let dry = shown(&["import", "transcripts", "--dry-run"], "rows");
    let imported = shown(&["import", "transcripts"], "rows");
    assert_eq!(imported, dry);
    (imported, shown(&["stats"], "measured_by_model"))
}

#[test]
fn a_runs_models_are_those_of_its_result_line() {
    let models = r#""modelUsage":{"claude-sonnet-4-6":{"inputTokens":9,"costUSD":0.375},"claude-haiku-4-5":{"inputTokens":7,"costUSD":0.125}},"session_id""#;
    let text = session().record(2);
    let (before, result) = text.trim_end().rsplit_once('\n').unwrap();
    let folder = Folder::new();
    folder.write(RECORD, format!("{before}\n{}\n", result.replace("\"session_id\"", models)));
    let (imported, stats) = by_model(&folder);
    assert_eq!(imported, [r#""claude-haiku-4-5" 0 0.125"#, r#""claude-sonnet-4-6" 2 0.375"#]);
    assert_eq!(stats, imported);
}

#[test]
fn what_a_run_without_a_call_cost_is_in_every_sum() {
    let folder = Folder::new();
    folder.write(RECORD, session().record(0));
    let (imported, stats) = by_model(&folder);
    assert_eq!(imported, ["null 0 0.5"]);
    assert_eq!(stats, imported);
}

#[test]
fn a_prompt_that_comes_after_its_run_is_read() {
    let folder = Folder::new();
    folder.write(RECORD, session().record(2));
    folder.imported();
    folder.write("agents/abc12345/tester/prompts/implement.txt", "/implement the plan");
    folder.imported();
    let conn = Connection::open(folder.path("history.db")).unwrap();
    let request: String =
        conn.query_row("SELECT nl_input FROM workflow_history", [], |row| row.get(0)).unwrap();
    assert_eq!(request, "/implement the plan");
}

#[test]
fn a_run_whose_result_names_no_cost_costs_what_its_tokens_do() {
    let mut session = Session::new("run");
    session.asks("run the tests").runs("uv run pytest -q", 1000);
    let record = |result: &str| session.record(1).replace("\"total_cost_usd\":0.5", result);
    let usage = r#"{"input_tokens": 3000, "output_tokens": 300}"#;
    let of_model = r#"{"claude-sonnet-4-6": {"inputTokens": 3000, "outputTokens": 300}}"#;
    for (result, cost) in [
        (format!("\"usage\":{usage}"), 0.0135),
        (format!("\"usage\":{usage},\"modelUsage\":{of_model}"), 0.0135),
        (format!("\"usage\":{usage},\"total_cost_usd\":0.5"), 0.5),
    ] {
        let folder = Folder::new();
        folder.write(RECORD, record(&result));
        folder.imported();
        let conn = Connection::open(folder.path("history.db")).unwrap();
        let sql =
            "SELECT w.actual_cost_total, (SELECT sum(cost) FROM flowmine_calls) FROM workflow_history w";
        let (of_run, of_calls): (f64, f64) =
            conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert!(
            (of_run - cost).abs() < 1e-9 && (of_calls - cost).abs() < 1e-9,
            "{result}: {of_run} {of_calls}"
        );
    }
}
