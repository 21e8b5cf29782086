//! Codex threads whose tool uses or turns are numbered.

use serde_json::{Value, json};

use crate::transcripts::Folder;

fn line(kind: &str, payload: &Value) -> String {
    json!({"timestamp": "2026-02-03T10:00:00Z", "type": kind, "payload": payload}).to_string() + "\n"
}

/// A turn with this id in which something was asked for, and so many tokens were used since the thread began.
fn turn(id: &str, asked: &str, tokens: u64) -> String {
    let usage = json!({"input_tokens": tokens, "output_tokens": tokens / 10});
    line("event_msg", &json!({"type": "task_started", "turn_id": id}))
        + &line("event_msg", &json!({"type": "user_message", "message": asked}))
        + &line("event_msg", &json!({"type": "token_count", "info": {"total_token_usage": usage}}))
}

fn query<T: rusqlite::types::FromSql>(folder: &Folder, sql: &str) -> T {
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_command_has_the_result_of_the_last_use_with_its_id() {
    let mut text = line("session_meta", &json!({"id": "t"})) + &turn("1", "run the tests", 10);
    for (number, exit) in [(1, 0), (2, 3)] {
        let arguments = format!(r#"{{"command":["bash","-lc","pytest tests/{number}"]}}"#);
        let used = json!({"type": "function_call", "name": "shell", "call_id": "c0", "arguments": arguments});
        let usage = json!({"input_tokens": 100 * number, "output_tokens": 10 * number});
        let output = format!(r#"{{"output":"","metadata":{{"exit_code":{exit}}}}}"#);
        text += &line("response_item", &used);
        text += &line("event_msg", &json!({"type": "token_count", "info": {"total_token_usage": usage}}));
        text += &line(
            "response_item",
            &json!({"type": "function_call_output", "call_id": "c0", "output": output}),
        );
    }
    let folder = Folder::new();
    folder.write("rollout-t.jsonl", text);
    folder.imported();
    let status =
        |position: u32| format!("SELECT exit_status FROM flowmine_commands WHERE position = {position}");
    assert_eq!(query::<i64>(&folder, &status(0)), 0);
    assert_eq!(query::<i64>(&folder, &status(1)), 3);
}

#[test]
fn a_forks_own_turn_stays_where_its_parents_next_one_has_the_same_number() {
    let folder = Folder::new();
    let begins = |meta: Value| line("session_meta", &meta) + &turn("1", "run the tests", 100);
    let (parent, fork) = (json!({"id": "p"}), json!({"id": "q", "forked_from_id": "p"}));
    folder.write("rollout-q.jsonl", begins(fork) + &turn("2", "lint the code", 300));
    folder.write("rollout-p.jsonl", begins(parent.clone()));
    folder.imported();
    folder.write("rollout-p.jsonl", begins(parent) + &turn("2", "build the project", 150));
    folder.imported();
    let names = "SELECT group_concat(workflow_id, ' ' ORDER BY workflow_id) FROM workflow_history";
    assert_eq!(query::<String>(&folder, names), "codex:p:1 codex:p:2 codex:q:2");
}

#[test]
fn a_call_after_a_control_word_reads_the_results_before_it() {
    let arguments = r#"{"command":["bash","-lc","pytest"]}"#;
    let used = json!({"type": "function_call", "name": "shell", "call_id": "c0", "arguments": arguments});
    let output = json!({"type": "function_call_output", "call_id": "c0", "output": "ok"});
    let count = |tokens: u64| {
        let usage = json!({"input_tokens": tokens, "output_tokens": tokens / 10});
        line("event_msg", &json!({"type": "token_count", "info": {"total_token_usage": usage}}))
    };
    let begins = line("session_meta", &json!({"id": "t"})) + &turn("1", "run the tests", 10);
    let runs = line("response_item", &used) + &count(100) + &line("response_item", &output);
    let calls = |goes_on: &str| {
        let folder = Folder::new();
        folder.write("rollout-t.jsonl", begins.clone() + &runs + goes_on);
        folder.imported();
        query::<i64>(&folder, "SELECT calls FROM flowmine_commands")
    };
    let aborted = line("event_msg", &json!({"type": "turn_aborted", "turn_id": "1"}));
    assert_eq!(calls(""), 1);
    assert_eq!(calls(&(aborted.clone() + &turn("2", "continue", 300))), 2);
    assert_eq!(calls(&(aborted + &turn("2", "lint the code", 300))), 1);
}

#[test]
fn a_call_takes_no_share_of_a_result_whose_turn_was_aborted() {
    let use_of = |id: &str, command: &str| {
        let arguments = json!({"command": ["bash", "-lc", command]}).to_string();
        line(
            "response_item",
            &json!({"type": "function_call", "name": "shell", "call_id": id, "arguments": arguments}),
        )
    };
    let result = |id: &str| {
        line("response_item", &json!({"type": "function_call_output", "call_id": id, "output": "ok"}))
    };
    let count = |tokens: u64| {
        let usage = json!({"input_tokens": tokens, "output_tokens": 0});
        line("event_msg", &json!({"type": "token_count", "info": {"total_token_usage": usage}}))
    };
    let begins = |id: &str, asked: &str| {
        line("event_msg", &json!({"type": "task_started", "turn_id": id}))
            + &line("event_msg", &json!({"type": "user_message", "message": asked}))
    };
    let text = line("session_meta", &json!({"id": "t"}))
        + &begins("1", "run the tests")
        + &use_of("c1", "pytest")
        + &result("c1")
        + &line("event_msg", &json!({"type": "turn_aborted", "turn_id": "1"}))
        + &begins("2", "lint the code")
        + &use_of("c2", "ruff check .")
        + &count(100);
    let folder = Folder::new();
    folder.write("rollout-t.jsonl", text);
    folder.imported();
    let tokens = "SELECT tokens FROM flowmine_commands WHERE command = 'ruff check .'";
    assert_eq!(query::<i64>(&folder, tokens), 100);
}
