//! Sessions that runs' records name: what the record has is the run's, everything else is a person's.

use rusqlite::Connection;

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
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
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
