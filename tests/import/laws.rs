//! What holds whatever was imported, in whatever order.

use std::fs;

use flowmine::import::find::FoundTranscripts;
use flowmine::import::prices::Prices;
use proptest::prelude::*;

use crate::transcripts::{Folder, Session, dump};

const DEARER: &str = r#"{"models": {"claude-sonnet-4-6": [{"from": null, "input": 5e-4, "output": 1e-3, "cache_read": 2.5e-4,
    "cache_write_5m": 1e-3, "cache_write_1h": 1e-3}]}}"#;

/// One thing that happens in a session.
#[derive(Clone, Debug)]
enum Step {
    Asks,
    GoesOn,
    Runs(u64),
    Says(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Asks),
        1 => Just(Step::GoesOn),
        3 => (1..5000u64).prop_map(Step::Runs),
        2 => (1..5000u64).prop_map(Step::Says),
    ];
    prop::collection::vec(step, 1..14)
}

fn take(session: &mut Session, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Asks => session.asks("run the tests"),
            Step::GoesOn => session.asks("go ahead"),
            Step::Runs(tokens) => session.runs("uv run pytest -q", *tokens),
            Step::Says(tokens) => session.says("done", *tokens),
        };
    }
}

/// Sessions, some of them forks of the one before that go on by themselves.
fn sessions() -> impl Strategy<Value = Vec<Session>> {
    prop::collection::vec((any::<bool>(), steps()), 1..5).prop_map(|plans| {
        let mut sessions: Vec<Session> = Vec::new();
        for (number, (forks, steps)) in plans.iter().enumerate() {
            let id = format!("s{number}");
            let mut session = match sessions.last().filter(|_| *forks) {
                Some(before) => before.fork(&id),
                None => Session::new(&id),
            };
            take(&mut session, steps);
            sessions.push(session);
        }
        sessions
    })
}

fn parts(found: &FoundTranscripts) -> (FoundTranscripts, FoundTranscripts) {
    let (even, odd): (Vec<_>, Vec<_>) =
        found.files.iter().cloned().enumerate().partition(|(at, _)| at % 2 == 0);
    let files = |list: Vec<(usize, _)>| FoundTranscripts {
        files: list.into_iter().map(|(_, file)| file).collect(),
        ..FoundTranscripts::default()
    };
    (files(even), files(odd))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_imports_does_not_matter(sessions in sessions()) {
        let folder = Folder::new();
        for session in &sessions {
            folder.write(&session.file_name(), session.text());
        }
        let all = folder.found();
        let (one, other) = parts(&all);
        folder.import("together.db", &all);
        for (name, order) in [("forth.db", [&one, &other]), ("back.db", [&other, &one]), ("twice.db", [&all, &all])] {
            for found in order {
                folder.import(name, found);
            }
            prop_assert_eq!(dump(&folder.path("together.db")), dump(&folder.path(name)), "{}", name);
        }
    }

    #[test]
    fn files_that_grow_end_in_what_the_whole_files_give(sessions in sessions(), cut in 0..4000usize) {
        let folder = Folder::new();
        for session in &sessions {
            let text = session.text();
            folder.write(&session.file_name(), &text[..cut.min(text.len())]);
        }
        folder.import("grown.db", &folder.found());
        for session in &sessions {
            folder.write(&session.file_name(), session.text());
        }
        folder.import("grown.db", &folder.found());
        folder.import("whole.db", &folder.found());
        prop_assert_eq!(dump(&folder.path("grown.db")), dump(&folder.path("whole.db")));
    }

    #[test]
    fn what_is_imported_since_some_time_is_a_part_of_what_all_gives(
        sessions in sessions(),
        cut in 0..20usize,
        second in 0..60u32,
    ) {
        let folder = Folder::new();
        for session in &sessions {
            // The end of a session has no prompt, so that its calls are nobody's before the whole is there.
            folder.write(&session.file_name(), session.without_first(cut).text());
        }
        folder.import("since.db", &folder.found());
        for session in &sessions {
            folder.write(&session.file_name(), session.text());
        }
        let since = format!("2026-02-03T10:00:{second:02}Z").parse().unwrap();
        let prices = Prices::builtin().with_text(DEARER, "").unwrap();
        folder.import_since("since.db", &folder.found(), (Some(since), &prices));
        folder.import_with("whole.db", &folder.found(), &prices);
        let (rows, all) = (dump(&folder.path("since.db")), dump(&folder.path("whole.db")));
        let other: Vec<_> = rows.iter().filter(|row| !all.contains(row)).collect();
        prop_assert!(other.is_empty(), "{:#?}", other);
        folder.import_with("since.db", &folder.found(), &prices);
        prop_assert_eq!(dump(&folder.path("since.db")), all);
    }

    #[test]
    fn commands_cost_no_more_than_their_workflow_and_sums_agree(sessions in sessions()) {
        let folder = Folder::new();
        for session in &sessions {
            folder.write(&session.file_name(), session.text());
        }
        folder.import("history.db", &folder.found());
        let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
        let number = |sql: &str| -> f64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
        let dearer = number(
            "SELECT CAST(count(*) AS REAL) FROM workflow_history AS w WHERE w.actual_cost_total + 1e-9 < \
             (SELECT total(cost) FROM flowmine_commands AS c WHERE c.workflow_id = w.workflow_id)",
        );
        prop_assert_eq!(dearer, 0.0);
        let workflows = number("SELECT total(actual_cost_total) FROM workflow_history");
        let calls = number("SELECT total(cost) FROM flowmine_calls");
        prop_assert!((workflows - calls).abs() < 1e-9, "{} and {}", workflows, calls);
    }

    #[test]
    fn a_fork_adds_its_own_turns_alone(first in steps(), own in steps()) {
        let folder = Folder::new();
        let mut session = Session::new("first");
        session.asks("begin");
        take(&mut session, &first);
        folder.write(&session.file_name(), session.text());
        let before = folder.import("history.db", &folder.found());
        let mut fork = session.fork("fork");
        folder.write(&fork.file_name(), fork.text());
        let copied = folder.import("history.db", &folder.found());
        prop_assert_eq!(copied.workflows.new + copied.calls.new + copied.commands.new, 0);
        fork.asks("another way");
        take(&mut fork, &own);
        folder.write(&fork.file_name(), fork.text());
        let after = folder.import("history.db", &folder.found());
        let asked = 1 + own.iter().filter(|step| matches!(step, Step::Asks)).count() as u64;
        prop_assert_eq!(after.totals.turns, before.totals.turns + asked);
    }
}

#[test]
fn a_transcript_that_vanished_takes_nothing_away() {
    let folder = Folder::new();
    let session = Session::of_tests("gone");
    let path = folder.write(&session.file_name(), session.text());
    folder.import("history.db", &folder.found());
    let before = dump(&folder.path("history.db"));
    fs::remove_file(path).unwrap();
    let mut other = Session::new("other");
    other.asks("and now the linter").says("done", 10);
    folder.write(&other.file_name(), other.text());
    folder.import("history.db", &folder.found());
    let after = dump(&folder.path("history.db"));
    assert!(before.iter().all(|row| after.contains(row)), "{before:#?}\n{after:#?}");
}

#[test]
fn a_second_import_with_nothing_new_writes_no_byte() {
    let folder = Folder::new();
    let session = Session::of_tests("same");
    folder.write(&session.file_name(), session.text());
    folder.import("history.db", &folder.found());
    let before = fs::read(folder.path("history.db")).unwrap();
    let summary = folder.import("history.db", &folder.found());
    assert!(summary.is_unchanged());
    assert!(fs::read(folder.path("history.db")).unwrap() == before);
}

#[test]
fn other_prices_count_for_what_was_imported_without_its_transcripts() {
    let folder = Folder::new();
    let mut session = Session::new("dear");
    session.asks("hello").says("hi", 1000);
    let path = folder.write(&session.file_name(), session.text());
    folder.import("history.db", &folder.found());
    fs::remove_file(path).unwrap();
    let row = r#"{"from": null, "input": 1e-3, "output": 0.0, "cache_read": 0.0, "cache_write_5m": 0.0, "cache_write_1h": 0.0}"#;
    let own = folder.path("prices.json");
    fs::write(&own, format!(r#"{{"models": {{"claude-sonnet-4-6": [{row}]}}}}"#)).unwrap();
    let prices = Prices::builtin().with_file(&own).unwrap();
    let summary = folder.import_with("history.db", &FoundTranscripts::default(), &prices);
    assert!((summary.totals.models[0].cost.unwrap() - 1.0).abs() < 1e-9, "{:?}", summary.totals);
}

#[test]
fn a_session_and_the_run_that_names_it_leave_the_same_patterns_in_either_order() {
    let mut session = Session::new("named");
    session.asks("run the tests").says("done", 10);
    let patterns = |order: [&str; 2]| {
        let folder = Folder::new();
        folder.write(&session.file_name(), session.text());
        folder.write("agents/abc12345/planner/raw_output.jsonl", session.record(1));
        for source in order {
            folder.by_few_rules(["import", source, "transcripts"]).run().exits(0);
        }
        let list = folder.by_few_rules(["patterns", "list", "--format", "json"]).run().exits(0).json();
        list["rows"].clone()
    };
    assert_eq!(patterns(["claude", "adw"]), patterns(["adw", "claude"]));
}

#[test]
fn a_session_that_a_run_names_counts_as_the_runs_alone_whatever_time_is_given() {
    for since in ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"] {
        let folder = Folder::new();
        let session = Session::of_tests("named");
        folder.write(&session.file_name(), session.text());
        folder.import("history.db", &folder.found());
        folder.write("agents/abc12345/adw_state.json", r#"{"created_at": "2026-02-03T09:00:00Z"}"#);
        folder.write("agents/abc12345/tester/raw_output.jsonl", session.record(1));
        let since = Some(since.parse().unwrap());
        folder.import_since("history.db", &folder.found(), (since, &Prices::builtin()));
        let whole = folder.import("whole.db", &folder.found());
        assert_eq!((whole.totals.turns, whole.totals.commands), (1, 1));
        assert_eq!(dump(&folder.path("history.db")), dump(&folder.path("whole.db")));
    }
}

#[test]
fn patterns_are_the_same_to_the_last_bit_whichever_session_was_imported_first() {
    let sessions = [(1, 1101), (2, 2203), (3, 3307)].map(|(number, tokens)| {
        let mut session = Session::new(&format!("s{number}"));
        let request = format!("run {}the tests", "all of ".repeat(number));
        session.asks(&request).runs("uv run pytest -q", tokens).says("done", 10);
        session
    });
    let patterns = |order: [usize; 3]| {
        let folder = Folder::new();
        for session in order.map(|at| &sessions[at]) {
            folder.write(&session.file_name(), session.text());
            folder.imported();
        }
        let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
        let sql = "SELECT avg_cost_with_llm, typical_input_pattern FROM operation_patterns";
        conn.query_row(sql, [], |row| Ok((row.get::<_, f64>(0)?, row.get::<_, String>(1)?))).unwrap()
    };
    let first = patterns([0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(patterns(order), first, "{order:?}");
    }
}
