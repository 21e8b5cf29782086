//! What holds for every rule set and every text.

use flowmine::detect::{Characteristics, Evidence, LabelledWorkflow, RuleSet};
use proptest::prelude::*;

thread_local!(static RULES: Vec<RuleSet> =
    RuleSet::BUILTIN.iter().map(|name| RuleSet::builtin(name).unwrap()).collect());

/// Pieces of requests, so that random texts come near the grammar.
const PIECES: &str = "(run|run the|tests?|don't|please|and|or|then|, |\\. |: |\n|\n- |\n# |\n> |\n\n|```|`|\"|build|the \
    frontend|lint|fix|errors|make sure|pass|instead of|/test|test_api\\.py|npm-style|--fix|&&|  |バックエンド|テスト|\
    を実行|führe|the|button|Feature: |Steps to reproduce:|é|\u{301}|İ|_|/|\\.|-)";

fn near_request() -> impl Strategy<Value = String> {
    proptest::collection::vec((PIECES, "[ ]?"), 0..24)
        .prop_map(|parts| parts.into_iter().map(|(piece, space)| piece + &space).collect())
}

fn check(request: Option<&str>, error: Option<&str>, template: Option<&str>) -> Result<(), TestCaseError> {
    let evidence = Evidence { request, error_message: error, template, ..Evidence::default() };
    RULES.with(|sets| {
        for rules in sets {
            let found: Vec<_> = rules.detect(&evidence).into_iter().cloned().collect();
            let explanation = rules.explain(&evidence);
            prop_assert_eq!(&explanation.signatures, &found);
            let counted: Vec<_> = explanation
                .layers
                .iter()
                .flat_map(|layer| &layer.fired)
                .filter(|fired| fired.left_out.is_none())
                .filter_map(|fired| fired.signature.clone())
                .collect();
            prop_assert_eq!(&counted, &found);
            let texts = [request, error, template];
            for (layer, text) in explanation.layers.iter().zip(texts) {
                let text = text.unwrap_or_default();
                let fired = layer.fired.iter().filter_map(|fired| fired.rule.as_ref());
                let matched = fired.chain(layer.silent.iter().map(|silent| &silent.rule));
                for span in matched.filter_map(|rule| rule.span.as_ref()) {
                    prop_assert_eq!(text.get(span.start..span.end), Some(span.words.as_str()));
                    prop_assert!(!span.words.is_empty());
                }
            }
            let mut seen = std::collections::BTreeSet::new();
            prop_assert!(found.iter().all(|signature| seen.insert(signature)), "a signature twice");
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_detection_panic_and_explain_agrees(
        request in proptest::option::of(any::<String>()),
        error in proptest::option::of(any::<String>()),
        template in proptest::option::of(any::<String>()),
    ) {
        check(request.as_deref(), error.as_deref(), template.as_deref())?;
    }

    #[test]
    fn nothing_like_a_request_does_either(request in near_request(), error in near_request()) {
        check(Some(&request), Some(&error), Some("adw_test_server"))?;
    }

    #[test]
    fn a_long_text_takes_no_more_than_its_length(piece in "[a-z]{0,3}", parts in near_request()) {
        let text = (piece + &parts + " ").repeat(100_000 / (parts.len() + 4));
        within_seconds(&text)?;
    }

    #[test]
    fn a_detector_forgets_the_workflow_before(first in near_request(), second in near_request()) {
        RULES.with(|sets| {
            for rules in sets {
                let evidence = |request| Evidence { request: Some(request), ..Evidence::default() };
                let mut detector = rules.detector();
                detector.detect(&evidence(first.as_str()));
                let again: Vec<_> =
                    detector.detect(&evidence(second.as_str())).iter().map(|&id| rules.signature(id)).collect();
                prop_assert_eq!(again, rules.detect(&evidence(second.as_str())));
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_text_makes_characteristics_panic(
        request in proptest::option::of(any::<String>()),
        duration in proptest::option::of(any::<f64>()),
        errors in any::<u64>(),
    ) {
        let found = Characteristics::of(request.as_deref(), duration, errors);
        let json: serde_json::Value = serde_json::from_str(&found.to_json()).unwrap();
        let length = request.unwrap_or_default().chars().count() as u64;
        prop_assert_eq!(json["input_length"].as_u64(), Some(length));
    }
}

proptest! {
    // Each case compiles a rule set.
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_rules_is_an_error_of_one_line_or_a_rule_set(text in any::<String>()) {
        one_line(&text)?;
    }

    #[test]
    fn a_damaged_rules_file_is_an_error_of_one_line_or_a_rule_set(
        builtin in 0..2_usize,
        at in 0.0..1.0_f64,
        remove in 0..40_usize,
        insert in "[ -~\n]{0,12}",
    ) {
        let text = RuleSet::builtin_text(RuleSet::BUILTIN[builtin]).unwrap();
        let start = text.floor_char_boundary((text.len() as f64 * at) as usize);
        let end = text.floor_char_boundary((start + remove).min(text.len())).max(start);
        one_line(&format!("{}{insert}{}", &text[..start], &text[end..]))?;
    }
}

fn within_seconds(text: &str) -> Result<(), TestCaseError> {
    let evidence =
        Evidence { request: Some(text), error_message: Some(text), template: None, ..Evidence::default() };
    is_done_within_seconds(|rules| drop(rules.detect(&evidence)))
}

/// Far more than it takes, even without optimisation on a busy machine; the square of the length would take longer.
fn is_done_within_seconds(done: impl Fn(&RuleSet)) -> Result<(), TestCaseError> {
    let started = std::time::Instant::now();
    RULES.with(|sets| sets.iter().for_each(done));
    prop_assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn long_lists_take_no_more_than_their_length() {
    for (list, last) in [
        ("a, ", ""),
        ("tests, ", ""),
        ("run tests, ", ""),
        ("test then ", ""),
        ("run:\n- tests\n", ""),
        ("```\nrun tests\n", ""),
        ("update, ", "react to the latest version"),
        ("update, ", "packages to the versions latest"),
        ("ok. ", "tests"),
        ("ok. ", &"tests. ".repeat(70_000)),
        ("check the tests, and pass, ", ""),
        ("build and ", ""),
        ("test/lint ", ""),
        ("test/lint/", ""),
        ("tests run them. ", ""),
        ("a/b/c/d run them ", ""),
    ] {
        within_seconds(&(list.repeat(500_000 / list.len()) + last)).unwrap();
    }
}

#[test]
fn a_mark_whose_end_is_missing_is_not_looked_for_again_and_again() {
    for (piece, last) in [("run $x, ", ""), ("run ```x, ", ""), ("run ```x, ", "\n"), ("[image #", "")] {
        within_seconds(&(piece.repeat(3_000_000 / piece.len()) + last)).unwrap();
    }
}

#[test]
fn a_long_name_of_a_template_is_not_read_again_for_each_instruction() {
    let text = "build, ".repeat(120_000);
    let evidence = Evidence { request: Some(&text), template: Some(&text), ..Evidence::default() };
    is_done_within_seconds(|rules| drop(rules.detect(&evidence))).unwrap();
}

#[test]
fn a_long_text_is_explained_in_no_more_than_its_length() {
    let run_or_not = "run the tests, don't run the tests. ".repeat(100_000);
    let after_paths = ".run ".repeat(200_000) + &"test ".repeat(200_000);
    for text in [run_or_not, "what tests ".repeat(200_000), after_paths] {
        let evidence = Evidence { request: Some(&text), ..Evidence::default() };
        is_done_within_seconds(|rules| drop(rules.explain(&evidence))).unwrap();
    }
}

fn one_line(text: &str) -> Result<(), TestCaseError> {
    for error in [RuleSet::parse(text, "rules.toml").err(), LabelledWorkflow::parse(text, "rules.toml").err()]
        .into_iter()
        .flatten()
    {
        let message = error.to_string();
        prop_assert!(message.starts_with("rules.toml:"), "{}", message);
        prop_assert_eq!(message.lines().count(), 1, "{}", message);
    }
    Ok(())
}
