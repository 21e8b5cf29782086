//! How good `default` is on what people really typed: `../shared/labels`, which is no part of this project. A clone
//! without that folder passes without these tests.

use std::collections::BTreeSet;
use std::path::Path;

use flowmine::detect::{Evaluation, EvaluationOptions, Group, LabelledWorkflow, RuleSet, evaluate_by};

/// The categories that the labels are complete for.
const CATEGORIES: [&str; 6] = ["test", "build", "format", "git", "deps", "docs"];

/// A language with fewer labelled pairs says nothing about itself.
const FEWEST_PAIRS: usize = 15;

/// The labelled requests, where their folder stands.
fn requests() -> Option<Vec<LabelledWorkflow>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/labels");
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    let path = folder.join("real-requests.jsonl");
    let text = std::fs::read_to_string(&path).expect("the labels stand in their folder");
    Some(LabelledWorkflow::parse(&text, "real-requests.jsonl").unwrap())
}

fn evaluation() -> Option<Evaluation> {
    let rules = RuleSet::builtin("default").unwrap();
    let categories: BTreeSet<String> = CATEGORIES.map(str::to_owned).into();
    let measure = EvaluationOptions { by: vec!["sampling".into()], categories };
    Some(evaluate_by(&rules, &requests()?, &measure))
}

fn assert_at_least(what: &str, reached: Option<f64>, floor: f64) {
    assert!(reached >= Some(floor), "{what}: {reached:.4?} is less than {floor}");
}

#[test]
fn precision_and_recall_hold_their_floor_on_real_requests() {
    let Some(found) = evaluation() else { return };
    assert_at_least("precision", found.categories.precision(), 0.95);
    assert_at_least("recall", found.categories.recall(), 0.88);
}

#[test]
fn precision_and_recall_hold_their_floor_on_requests_drawn_at_random() {
    let Some(found) = evaluation() else { return };
    let natural = found.groups["sampling"]["natural"].categories;
    assert_at_least("precision", natural.precision(), 0.85);
    assert_at_least("recall", natural.recall(), 0.75);
}

#[test]
fn the_rules_are_silent_where_a_real_request_asks_for_nothing() {
    let Some(found) = evaluation() else { return };
    assert_at_least("silent", found.spoke_up.map(|share| 1.0 - share), 0.99);
}

#[test]
fn recall_holds_its_floor_in_every_language_with_enough_real_requests() {
    let Some(found) = evaluation() else { return };
    let pairs = |group: &Group| group.categories.right + group.categories.missed;
    for (language, group) in found.groups["lang"].iter().filter(|(_, group)| pairs(group) >= FEWEST_PAIRS) {
        assert_at_least(language, group.categories.recall(), 0.75);
    }
}

#[test]
fn whole_and_part_are_told_apart_on_real_requests() {
    let Some(found) = evaluation() else { return };
    assert_at_least("whole or part", found.covers.accuracy(), 0.93);
}

#[test]
fn no_real_request_in_fifty_is_wrongly_taken_for_the_whole() {
    let Some(found) = evaluation() else { return };
    let covers = found.covers;
    assert!(covers.wrong_whole * 50 <= covers.whole, "{covers:?}");
}
