//! `explain`: which rule fired on which words, and why others did not.

use flowmine::detect::{Evidence, Explanation, Fired, RuleSet, Silent};

fn explain(request: &str) -> Explanation {
    let rules = RuleSet::builtin("default").unwrap();
    rules.explain(&Evidence { request: Some(request), ..Evidence::default() })
}

/// The words of the text that a rule fired on.
fn words(fired: &Fired) -> &str {
    &fired.rule.as_ref().unwrap().span.as_ref().unwrap().words
}

/// Category, words and reason of the first rule that did not fire.
fn silent(request: &str) -> (String, String, String) {
    let Silent { category, reason, rule } = explain(request).layers[0].silent[0].clone();
    (category, rule.span.unwrap().words, reason)
}

#[test]
fn a_rule_that_fires_is_shown_with_its_words_and_their_place() {
    let found = explain("Tomorrow. Führe jetzt die Tests aus!");
    let fired = &found.layers[0].fired[0];
    assert_eq!(fired.signature.as_ref().unwrap().as_str(), "test:generic:all");
    let rule = fired.rule.as_ref().unwrap();
    assert_eq!(rule.phrase.as_deref(), Some("{run} .. {tests}"));
    let span = rule.span.as_ref().unwrap();
    assert_eq!((span.start, span.end, span.words.as_str()), (10, 32, "Führe jetzt die Tests"));
    assert_eq!(rule.file, "default/test.toml");
    let line = include_str!("../../src/rules/default/test.toml").lines().nth(rule.line - 1).unwrap();
    assert!(line.contains("{run} .. {tests}"), "{line}");
}

#[test]
fn a_negation_is_named() {
    let expected = ("test", "run the tests", "negated by 'don't'");
    let found = silent("Please don't run the tests");
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), expected);
}

#[test]
fn what_spoils_a_phrase_is_named() {
    let found = silent("Run the test button through the new theme");
    assert_eq!(found.2, "'test' is followed by 'button'");
}

#[test]
fn what_stands_before_a_mention_is_named() {
    let found = silent("Refactor how we run the tests");
    assert_eq!(found.2, "only mentioned: its clause begins with 'Refactor'");
}

#[test]
fn a_very_long_word_before_a_mention_is_named_by_its_beginning() {
    let reason = silent(&format!("{} how we run the tests", "x".repeat(1000))).2;
    assert_eq!(reason, format!("only mentioned: its clause begins with '{}'", "x".repeat(60)));
}

#[test]
fn text_that_only_describes_is_named() {
    assert!(
        silent("Bug: it hangs\n\nSteps to reproduce:\n1. Run the tests")
            .2
            .starts_with("in a quotation, code, a heading")
    );
}

#[test]
fn a_signature_left_out_is_shown_with_the_reason() {
    let rules = RuleSet::builtin("default").unwrap();
    let evidence =
        Evidence { request: Some("run pytest"), template: Some("adw_test"), ..Evidence::default() };
    let found = rules.explain(&evidence);
    assert_eq!(found.signatures.len(), 1);
    let template = &found.layers[2].fired[0];
    assert_eq!(template.left_out.as_deref(), Some("an earlier layer gave its category"));
    assert_eq!(words(template), "test");
}

#[test]
fn a_phrase_that_gives_way_to_another_operations_is_shown_with_what_it_gives_way_to() {
    let ours = r#"
        format = 1
        name = "ours"
        extends = "default"
        [[operation]]
        category = "etl"
        instructions = ["run"]
        otherwise = "nightly"
        target = "all"
    "#;
    let rules = RuleSet::parse(ours, "ours.toml").unwrap();
    let found = rules.explain(&Evidence { request: Some("run the tests"), ..Evidence::default() });
    assert_eq!(found.signatures[0].as_str(), "test:generic:all");
    let silent = &found.layers[0].silent[0];
    assert_eq!(
        (silent.category.as_str(), silent.rule.file.as_str(), silent.rule.line),
        ("etl", "ours.toml", 7)
    );
    assert_eq!(silent.reason, "'{run} .. {tests}' reaches farther");
}

#[test]
fn keywords_found_anywhere_are_explained_too() {
    let rules = RuleSet::builtin("tac-webbuilder").unwrap();
    let found = rules.explain(&Evidence { request: Some("É: the laTest format"), ..Evidence::default() });
    let fired = &found.layers[0].fired;
    assert_eq!(words(&fired[0]), "Test");
    assert_eq!(fired[1].left_out.as_deref(), Some("the rules give at most 1 to a request"));
}

#[test]
fn an_explanation_serializes() {
    let json = serde_json::to_value(explain("run pytest")).unwrap();
    assert_eq!(json["layers"][0]["layer"], "request");
    assert_eq!(json["layers"][0]["fired"][0]["signature"], "test:pytest:all");
    assert_eq!(json["signatures"][0], "test:pytest:all");
}
