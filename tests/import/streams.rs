//! Streams of runs, whose lines have no times: their order alone tells what came first.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::column;
use crate::transcripts::Folder;

const USAGE: fn() -> Value = || json!({"input_tokens": 10, "output_tokens": 10});

/// A session in which these answers ran a shell line each, and what it cost in the end.
fn session(id: &str, answers: &[(&str, &str, bool)]) -> String {
    let mut lines =
        vec![json!({"type": "system", "subtype": "init", "cwd": "/home/ada/app", "session_id": id})];
    for (answer, line, failed) in answers {
        let tool = format!("tool-{answer}");
        let used = json!([{"type": "tool_use", "id": tool, "name": "Bash", "input": {"command": line}}]);
        let message = json!({"id": answer, "role": "assistant", "model": "claude-sonnet-4-6", "content": used, "usage": USAGE()});
        let text = if *failed { "Exit code 2" } else { "ok" };
        let result =
            json!([{"type": "tool_result", "tool_use_id": tool, "content": text, "is_error": failed}]);
        lines.push(json!({"type": "assistant", "session_id": id, "message": message}));
        lines.push(json!({"type": "user", "session_id": id, "message": {"role": "user", "content": result}}));
    }
    lines.push(json!({"type": "result", "subtype": "success", "session_id": id, "total_cost_usd": 1.0, "usage": USAGE()}));
    lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

/// What an import of a run's stream has in its file.
fn imported(stream: &str, sql: &str) -> Vec<String> {
    let folder = Folder::new();
    folder.write("agents/abc12345/tester/raw_output.jsonl", stream);
    folder.imported();
    let conn = Connection::open(folder.path("history.db")).unwrap();
    column(&conn, sql)
}

#[test]
fn a_command_that_failed_and_ran_again_is_a_retry_and_one_that_failed_at_last_is_none() {
    let retries = |answers: [(&str, bool); 2]| {
        let answers = answers.map(|(id, failed)| (id, "pytest -q", failed));
        imported(&session("s", &answers), "SELECT CAST(retry_count AS TEXT) FROM workflow_history")
    };
    assert_eq!(retries([("msg_b", true), ("msg_a", false)]), ["1"]);
    assert_eq!(retries([("msg_b", false), ("msg_a", true)]), ["0"]);
}

#[test]
fn a_session_reads_no_result_of_the_session_before() {
    let stream =
        session("s1", &[("m1", "pytest -q", false)]) + &session("s2", &[("m2", "npm run lint", false)]);
    let commands = "SELECT concat_ws(' ', command, calls, cost) FROM flowmine_commands ORDER BY position";
    assert_eq!(imported(&stream, commands), ["pytest -q 1 1.0", "npm run lint 1 1.0"]);
}
