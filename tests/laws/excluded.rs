//! What a person left out: no total rises by it, no run changes it, and what counts again has the figures it had.

use flowmine::analysis::Analysis;
use flowmine::db::exclusions::Excludable;
use flowmine::pipeline::{exclude, include};
use flowmine::snapshot::Exclusion;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::common::{APPLICATION, HistoryFile, MINIMAL, now};
use crate::{application_history, backfill, cases, file_of, minimal_history, process};

/// A call of every third workflow, and commands of some of them.
const MEASURED: &str = "
    INSERT INTO flowmine_calls
        SELECT 'call-' || workflow_id, workflow_id, 'adw', '2026-05-01T10:00:00Z', NULL, 1, 1, 0, 0, 0, 0.5 FROM workflow_history WHERE rowid % 3 = 0;
    INSERT INTO flowmine_commands
        SELECT workflow_id, 0, 0, 'pytest', 'pytest', 'test:pytest:backend', 0, 1, 5, rowid / 10.0 FROM workflow_history WHERE rowid % 6 = 0;
    INSERT INTO flowmine_commands
        SELECT workflow_id, 1, 0, 'eslint', 'eslint', 'format:eslint:all', 0, 1, 5, rowid / 7.0 FROM workflow_history WHERE rowid % 9 = 0;";

/// Gives some workflows calls and commands.
fn measure(file: &HistoryFile) {
    file.execute(&(include_str!("../../src/db/import.sql").to_owned() + MEASURED));
}

/// Spend and possible saving.
fn totals(file: &HistoryFile) -> [f64; 3] {
    let analysis = Analysis::read(&file.open(), now()).unwrap();
    assert!(analysis.patterns.iter().all(|pattern| pattern.is_stored), "stored statistics are section 4's");
    let (spend, saving) = (analysis.overview.spend_a_month, analysis.overview.saving.unwrap_or_default());
    [spend.unwrap_or_default(), saving.least, saving.most]
}

/// Some workflows and patterns of the file.
fn chosen(file: &HistoryFile, choice: &[Index]) -> Vec<Excludable> {
    let analysis = Analysis::read(&file.open(), now()).unwrap();
    let patterns = analysis.patterns.iter().map(|pattern| pattern.pattern.signature.clone());
    let mut all: Vec<_> = patterns.map(Excludable::Pattern).collect();
    let keys: Vec<_> = file.links().into_iter().map(|(_, key)| key).collect();
    all.extend(keys.into_iter().map(Excludable::Workflow));
    let mut chosen: Vec<_> = if all.is_empty() {
        Vec::new()
    } else {
        choice.iter().map(|index| index.get(&all).clone()).collect()
    };
    chosen.sort();
    chosen.dedup();
    chosen
}

/// Every row but those of `flowmine_runs`.
fn content(file: &HistoryFile) -> String {
    let exclusions =
        "SELECT coalesce(group_concat(id || kind || name || excluded_by), '') FROM flowmine_exclusions";
    file.dump_without_runs() + &file.value::<String>(exclusions)
}

fn check(file: &HistoryFile, choice: &[Index]) {
    backfill(file);
    let (stored, first) = (file.content(), totals(file));
    let chosen = chosen(file, choice);
    let said = Exclusion { by: Some("ana".to_owned()), ..Exclusion::default() };
    let mut before = first;
    for what in &chosen {
        exclude(&mut file.open(), std::slice::from_ref(what), &said, now()).unwrap();
        let after = totals(file);
        assert!(
            after.iter().zip(before).all(|(after, before)| *after <= before),
            "{what:?}: {before:?} {after:?}"
        );
        before = after;
    }
    let left_out = content(file);
    let again = exclude(&mut file.open(), &chosen, &Exclusion::default(), now()).unwrap();
    assert!(again.iter().all(|change| !change.is_new()));
    process(file);
    backfill(file);
    crate::rebuild(file);
    assert_eq!(content(file), left_out, "no run changes what is left out");
    include(&mut file.open(), &chosen, now()).unwrap();
    assert_eq!((file.content(), totals(file)), (stored, first), "what counts again");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn leaving_something_out_raises_no_total_and_taking_it_back_gives_the_figures_before(
        minimal in minimal_history(),
        application in application_history(),
        choice in proptest::collection::vec(any::<Index>(), 1..6),
    ) {
        check(&file_of(MINIMAL, &minimal), &choice);
        check(&file_of(APPLICATION, &application), &choice);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().div_ceil(8), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_so_where_commands_were_measured(
        rows in minimal_history(),
        choice in proptest::collection::vec(any::<Index>(), 1..4),
    ) {
        let file = file_of(MINIMAL, &rows);
        measure(&file);
        check(&file, &choice);
    }
}
