//! Rows of an import that cannot be read count nowhere, and stop nothing.

use crate::common::{Flowmine, HistoryFile};
use crate::transcripts::{Folder, Session};

const COMMANDS: [&[&str]; 5] = [
    &["stats"],
    &["patterns", "list"],
    &["process"],
    &["backfill"],
    &["patterns", "show", "test:pytest:all"],
];

fn imported() -> Folder {
    let folder = Folder::new();
    let mut session = Session::of_tests("odd");
    session.asks("again").runs("uv run pytest -q", 100).says("done", 10);
    folder.write(&session.file_name(), session.text());
    folder.imported();
    folder
}

#[test]
fn a_call_or_command_whose_workflow_is_no_text_counts_nowhere() {
    let folder = imported();
    for table in ["flowmine_calls", "flowmine_commands"] {
        folder.execute(&format!(
            "UPDATE {table} SET workflow_id = CAST(x'ff' AS TEXT) WHERE workflow_id = (SELECT min(workflow_id) FROM {table})"
        ));
    }
    for command in COMMANDS {
        let ran = folder.flowmine(command).run().exits(0);
        assert!(ran.stderr().contains("count nowhere"), "{command:?}: {}", ran.stderr());
    }
    for doctor in [&["doctor"][..], &["doctor", "--fix"], &["doctor"]] {
        let ran = folder.flowmine(doctor).run();
        assert!(!ran.stderr().contains("utf-8"), "{}", ran.stderr());
    }
}

#[test]
fn an_import_goes_past_rows_whose_key_is_no_text() {
    let folder = imported();
    folder.execute("UPDATE workflow_history SET workflow_id = CAST(x'ff' AS TEXT) WHERE id = 1");
    let mut session = Session::new("more");
    folder.write(&session.file_name(), session.asks("hello").says("hi", 10).text());
    // The workflow is one that cannot be read.
    folder.by_few_rules(["import", "transcripts", "--since", "2026-01-01"]).run().exits(3);
}

#[test]
fn tables_of_another_form_stop_no_command_and_doctor_names_them() {
    let file = HistoryFile::minimal();
    file.execute("CREATE TABLE flowmine_calls (x); CREATE TABLE flowmine_commands (y)");
    for command in &COMMANDS[..4] {
        Flowmine::on(&file).args(*command).run().exits(0);
    }
    let told = Flowmine::on(&file).args(["doctor"]).run();
    assert!(told.stdout().contains("flowmine_calls has no"), "{}", told.stdout());
}
