//! A dry run says what the run then does, whatever the file, the selection and the rules.

use flowmine::analysis::Analysis;
use flowmine::db::Database;
use flowmine::pipeline::{self, NoProgress, Plan, Scope, Selection};
use flowmine::render::run::{RunFacts, document};
use flowmine::render::{DocumentOrigin, OutputFormat, Style};
use proptest::prelude::*;

use crate::common::{APPLICATION, HistoryFile, MINIMAL, builtin, now};
use crate::{HistoryRow, application_history, cases, file_of, minimal_history, plan};

/// What a run answers as JSON, without what cannot be foreseen: how long it took and the ids of new patterns.
fn answer(db: &mut Database, plan: &Plan<'_>) -> serde_json::Value {
    let mut summary = pipeline::run(db, plan, &mut NoProgress).unwrap();
    let mut analysis = Analysis::of(db, &mut summary.snapshot).unwrap();
    analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored = true);
    let facts = RunFacts {
        command: "backfill",
        rules: plan.rules.name().to_owned(),
        dry_run: false,
        asked_statuses: vec![],
        seconds: 0.0,
    };
    let origin = DocumentOrigin { database: String::new(), now: now(), zone: jiff::tz::TimeZone::UTC };
    let mut json = Vec::new();
    document(&summary, &analysis, &facts, &origin)
        .write(&mut json, OutputFormat::Json, &Style { width: 120, color: false, ascii: false })
        .unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    json["run"]["paused_seconds"] = 0.into();
    for row in json["rows"].as_array_mut().unwrap() {
        row["id"] = serde_json::Value::Null;
    }
    json
}

/// Half a history recorded by one rule set, some of it decided on by a person, and the rest to be run by another.
fn check(layout: &str, rows: &[HistoryRow], selection: &Selection, rebuild: bool) {
    let file = file_of(layout, rows);
    let half = Selection { limit: Some(rows.len() as u64 / 2), ..Selection::finished(Scope::All) };
    pipeline::run(
        &mut file.open(),
        &Plan { selection: half, ..plan(builtin("tac-webbuilder")) },
        &mut NoProgress,
    )
    .unwrap();
    file.execute(
        "UPDATE operation_patterns SET automation_status = 'approved' WHERE id % 3 = 0;
         UPDATE pattern_occurrences SET matched_characteristics = '{\"found_in\":[\"error\"],\"covers\":\"whole\"}'
             WHERE id % 2 = 0",
    );
    if layout == APPLICATION {
        // The application gives some workflows their workflow_id: their links move.
        file.execute("UPDATE workflow_history SET workflow_id = 'new-' || id WHERE coalesce(workflow_id, '') = '' AND id % 2 = 0");
    }
    let run = Plan { selection: selection.clone(), rebuild, ..plan(builtin("default")) };
    let before = file.dump_without_runs();
    let foreseen = answer(
        &mut file.open(),
        &Plan { dry_run: true, selection: selection.clone(), rebuild, ..plan(builtin("default")) },
    );
    assert_eq!(file.dump_without_runs(), before, "a dry run writes nothing");
    let done = answer(&mut file.open(), &run);
    let (foreseen, done) = (lines(&foreseen), lines(&done));
    let differing: Vec<_> = foreseen.iter().zip(&done).filter(|(foreseen, done)| foreseen != done).collect();
    assert!(differing.is_empty() && foreseen.len() == done.len(), "{differing:#?}");
}

fn lines(json: &serde_json::Value) -> Vec<String> {
    serde_json::to_string_pretty(json).unwrap().lines().map(str::to_owned).collect()
}

fn selection() -> impl Strategy<Value = Selection> {
    let day =
        proptest::option::of((0..200_i64).prop_map(|day| now() - jiff::SignedDuration::from_hours(24 * day)));
    (day.clone(), day, proptest::option::of(0..30_u64)).prop_map(|(since, until, limit)| Selection {
        since,
        until,
        limit,
        ..Selection::finished(Scope::All)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_dry_run_answers_what_the_run_then_answers(
        minimal in minimal_history(),
        application in application_history(),
        selection in selection(),
        rebuild in any::<bool>(),
    ) {
        check(MINIMAL, &minimal, &selection, rebuild);
        check(APPLICATION, &application, &selection, rebuild);
    }
}

#[test]
fn a_dry_rebuild_counts_the_patterns_that_the_rebuild_takes_away() {
    let file = HistoryFile::minimal();
    file.add(&[
        ("workflow_id", crate::common::text("wf-1")),
        ("nl_input", crate::common::text("Build the project")),
        ("workflow_template", crate::common::text("adw_sdlc_iso")),
    ]);
    pipeline::run(&mut file.open(), &plan(builtin("tac-webbuilder")), &mut NoProgress).unwrap();
    let rebuild = |dry_run| {
        let plan = Plan { dry_run, rebuild: true, ..plan(builtin("default")) };
        pipeline::run(&mut file.open(), &plan, &mut NoProgress).unwrap().counts
    };
    let foreseen = rebuild(true);
    assert!(foreseen.removed_patterns > 0);
    assert_eq!(foreseen, rebuild(false));
}
