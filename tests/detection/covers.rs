//! How much of a request its operations are. Sums are built on 'whole', so a part must not be taken for the whole.

use flowmine::detect::{Characteristics, Covers, CoversScore, Evidence, LabelledWorkflow, RuleSet, evaluate};

const LABELLED: &str = include_str!("../../fixtures/labelled_covers.toml");

fn score() -> CoversScore {
    let rules = RuleSet::builtin("default").unwrap();
    evaluate(&rules, &LabelledWorkflow::parse(LABELLED, "labelled_covers.toml").unwrap()).covers
}

/// Where the first signature of a workflow was found, and what it covers.
fn found(evidence: Evidence<'_>) -> (String, Covers) {
    let rules = RuleSet::builtin("default").unwrap();
    let mut detector = rules.detector();
    let first = detector.detect(&evidence)[0];
    let found = detector.found(first).unwrap();
    (found.found_in.names().collect::<Vec<_>>().join(" "), found.covers)
}

fn covers(request: &str) -> Covers {
    found(Evidence { request: Some(request), ..Evidence::default() }).1
}

#[test]
fn whole_and_part_are_told_apart_in_95_of_100_labelled_requests() {
    let score = score();
    assert!(score.right + score.wrong_part + score.wrong_whole >= 500, "{score:?}");
    assert!(score.accuracy() >= Some(0.95), "{score:?}");
}

#[test]
fn no_labelled_request_in_fifty_is_wrongly_taken_for_the_whole() {
    let score = score();
    assert!(score.wrong_whole * 50 <= score.whole, "{score:?}");
}

#[test]
fn several_operations_and_nothing_else_are_the_whole() {
    assert_eq!(covers("run the tests and lint"), Covers::Whole);
    assert_eq!(covers("run lint and tests in the backend"), Covers::Whole);
}

#[test]
fn a_second_thing_to_do_makes_a_part() {
    assert_eq!(covers("fix the login, then run the tests"), Covers::Part);
    assert_eq!(covers("run the tests and fix whatever fails"), Covers::Part);
}

#[test]
fn a_greeting_a_reason_a_politeness_and_a_constraint_leave_it_the_whole() {
    for request in [
        "Hi! Could you run the tests, please? Thanks!",
        "I changed the refund code, so run the tests",
        "run the tests with -x",
        "run the tests, only in api/",
        "run the tests and show me the failures",
        "Run the tests. Do not edit anything.",
        "run the tests. please I want to see what fails",
    ] {
        assert_eq!(covers(request), Covers::Whole, "{request}");
    }
}

#[test]
fn what_only_the_template_or_the_error_says_is_a_part() {
    let by_template = Evidence { template: Some("adw_test_iso"), ..Evidence::default() };
    assert_eq!(found(by_template), ("template".into(), Covers::Part));
    let by_error = Evidence { error_message: Some("vitest failed"), ..Evidence::default() };
    assert_eq!(found(by_error), ("error".into(), Covers::Part));
}

#[test]
fn a_signature_is_found_wherever_it_stands() {
    let request = Some("run the tests");
    let both = Evidence { request, template: Some("adw_test_iso"), ..Evidence::default() };
    assert_eq!(found(both), ("request template".into(), Covers::Whole));
}

#[test]
fn a_detector_forgets_what_the_workflow_before_covered() {
    let rules = RuleSet::builtin("default").unwrap();
    let mut detector = rules.detector();
    detector.detect(&Evidence { request: Some("fix it and run the tests"), ..Evidence::default() });
    let whole = Evidence { request: Some("run the tests"), ..Evidence::default() };
    let first = detector.detect(&whole)[0];
    assert_eq!(detector.found(first).unwrap().covers, Covers::Whole);
    let without_request = Evidence { template: Some("adw_test_iso"), ..Evidence::default() };
    let first = detector.detect(&without_request)[0];
    assert_eq!(detector.found(first).unwrap().covers, Covers::Part);
}

#[test]
fn what_ran_is_found_in_the_run_and_in_the_request_that_asked_for_its_category() {
    let rules = RuleSet::builtin("default").unwrap();
    let ran = rules.ran_by(["uv run pytest -q"]);
    let of = |request| {
        let mut detector = rules.detector();
        let first = detector.detect(&Evidence { request, ran: Some(&ran), ..Evidence::default() })[0];
        let found = detector.found(first).unwrap();
        (found.found_in.names().collect::<Vec<_>>().join(" "), found.covers)
    };
    assert_eq!(of(Some("run the tests")), ("request run".into(), Covers::Whole));
    assert_eq!(of(Some("make the button green")), ("run".into(), Covers::Part));
}

#[test]
fn what_was_asked_for_and_did_not_run_is_a_part() {
    let rules = RuleSet::builtin("default").unwrap();
    let ran = rules.ran_by(["cargo fmt"]);
    let mut detector = rules.detector();
    let evidence = Evidence { request: Some("run the tests"), ran: Some(&ran), ..Evidence::default() };
    let first = detector.detect(&evidence)[0];
    assert_eq!(rules.signature(first).as_str(), "test:generic:all");
    assert_eq!(detector.found(first).unwrap().covers, Covers::Part);
}

#[test]
fn an_explanation_says_where_it_was_found_what_it_covers_and_which_words_decide() {
    let rules = RuleSet::builtin("default").unwrap();
    let explain = |request| rules.explain(&Evidence { request: Some(request), ..Evidence::default() });
    let part = explain("Fix the login, then run the tests");
    assert_eq!((part.found[0].found_in.as_slice(), part.found[0].covers), (&["request"][..], "part"));
    assert_eq!(part.something_else.unwrap().words, "Fix the login");
    let whole = explain("run the tests");
    assert_eq!((whole.found[0].covers, whole.something_else), ("whole", None));
}

#[test]
fn rules_that_look_for_keywords_anywhere_cannot_tell() {
    let rules = RuleSet::builtin("tac-webbuilder").unwrap();
    let mut detector = rules.detector();
    let first = detector.detect(&Evidence { request: Some("run the tests"), ..Evidence::default() })[0];
    assert_eq!(detector.found(first), None);
}

#[test]
fn the_characteristics_of_an_occurrence_say_both() {
    let rules = RuleSet::builtin("default").unwrap();
    let mut detector = rules.detector();
    let first = detector.detect(&Evidence { request: Some("run the tests"), ..Evidence::default() })[0];
    let characteristics = Characteristics::of(Some("run the tests"), None, 0);
    let json: serde_json::Value =
        serde_json::from_str(&characteristics.to_json_with(detector.found(first))).unwrap();
    assert_eq!((&json["found_in"][0], &json["covers"]), (&"request".into(), &"whole".into()));
    assert_eq!(characteristics.to_json_with(None), characteristics.to_json());
}
