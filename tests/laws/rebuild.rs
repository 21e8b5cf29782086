//! A rebuild gives what a first run over the history gives, whatever the file said before, and the next one writes nothing.

use flowmine::pipeline::Progress;

use super::*;
use crate::common::builtin;

/// Characteristics as nobody should find them, or as they were before occurrences said what they are worth.
const DAMAGED: [&str; 7] = [
    "NULL",
    "'{\"input_length\":1}'",
    "'{\"input_length\":'",
    "x'7b7d'",
    "7",
    "'{\"found_in\":[\"request\"]}'",
    "'{\"found_in\":[\"elsewhere\"],\"covers\":\"part\"}'",
];

fn run_by(rules: &RuleSet, file: &HistoryFile, rebuild: bool) -> RunSummary {
    pipeline::run(&mut file.open(), &Plan { rebuild, ..plan(rules) }, &mut NoProgress).unwrap()
}

fn check(layout: &str, rows: &[HistoryRow], before: &str, damaged: &[Option<usize>]) {
    let file = file_of(layout, rows);
    run_by(builtin(before), &file, false);
    for (id, kind) in (1..).zip(damaged) {
        if let Some(kind) = kind {
            let (id, damaged) = (id, DAMAGED[*kind]);
            file.execute(&format!(
                "UPDATE pattern_occurrences SET matched_characteristics = {damaged} WHERE id = {id}"
            ));
        }
    }
    // An id that is another row's workflow_id stays that one's key, which a rebuild leaves alone where it has not finished.
    if layout == APPLICATION {
        file.execute(
            "UPDATE workflow_history SET workflow_id = 'late-' || id WHERE workflow_id IS NULL AND id % 2 \
             AND CAST(id AS TEXT) NOT IN (SELECT other.workflow_id FROM workflow_history AS other \
                                          WHERE other.workflow_id IS NOT NULL)",
        );
    }
    run_by(builtin("default"), &file, true);
    let fresh = HistoryFile::with_sql(layout);
    fresh.execute(&format!(
        "ATTACH '{}' AS rebuilt; INSERT INTO main.workflow_history SELECT * FROM rebuilt.workflow_history",
        file.path().display()
    ));
    run_by(builtin("default"), &fresh, false);
    assert_eq!(file.content(), fresh.content(), "a rebuild after {before}");
    let once = file.dump_without_runs();
    assert_eq!(run_by(builtin("default"), &file, true).restated_occurrences, 0);
    assert_eq!(file.dump_without_runs(), once, "a second rebuild");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases().div_ceil(2), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_rebuild_gives_what_a_first_run_gives_and_a_second_rebuild_writes_nothing(
        minimal in minimal_history(),
        application in application_history(),
        before in proptest::sample::select(&["default", "tac-webbuilder"][..]),
        damaged in proptest::collection::vec(proptest::option::of(0..DAMAGED.len()), 60),
    ) {
        check(MINIMAL, &minimal, before, &damaged);
        check(APPLICATION, &application, before, &damaged);
    }
}

/// How many workflows are done for good, as the run told it last.
#[derive(Default)]
struct LastCommitted(u64);

impl Progress for LastCommitted {
    fn committed(&mut self, workflows: u64) {
        self.0 = workflows;
    }
}

#[test]
fn a_workflow_that_loses_a_pattern_and_gains_another_counts_once_in_the_progress() {
    let rows = (0..3).map(|number| {
        vec![
            ("workflow_id", text(&format!("wf-{number}"))),
            ("nl_input", text("Run the backend tests with pytest")),
        ]
    });
    let file = file_of(MINIMAL, &rows.collect::<Vec<_>>());
    run_by(builtin("tac-webbuilder"), &file, false);
    file.execute("UPDATE workflow_history SET nl_input = 'Build the project'");
    let (plan, mut progress) =
        (Plan { rebuild: true, ..plan(builtin("tac-webbuilder")) }, LastCommitted::default());
    let summary = pipeline::run(&mut file.open(), &plan, &mut progress).unwrap();
    assert_eq!((summary.counts.removed_occurrences, summary.counts.new_occurrences), (3, 3));
    assert_eq!(progress.0, 3);
}
