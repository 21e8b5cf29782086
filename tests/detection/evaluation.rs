//! How a rule set is measured against labelled workflows, and what is said of a labelled file that is wrong.

use std::collections::BTreeSet;

use flowmine::detect::{
    Covers, CoversAnswer, Evaluation, EvaluationOptions, Evidence, LabelledWorkflow, RuleSet, Score,
    evaluate, evaluate_by,
};

const RULES: &str = r#"
    format = 1
    name = "small"
    matching = "words"
    [[operation]]
    category = "test"
    mentions = ["test"]
    otherwise = "generic"
    target = "all"
    [[operation]]
    category = "build"
    mentions = ["build"]
    otherwise = "build"
    target = "all"
"#;

fn evaluation(labelled: &str) -> Evaluation {
    let rules = RuleSet::parse(RULES, "rules").unwrap();
    evaluate(&rules, &LabelledWorkflow::parse(labelled, "labelled").unwrap())
}

fn error(labelled: &str) -> String {
    LabelledWorkflow::parse(labelled, "labelled.toml").unwrap_err().to_string()
}

#[test]
fn scores_count_pairs_of_workflow_and_category() {
    let found = evaluation(
        r#"
        [[workflow]]
        request = "test and build"
        signatures = ["test:generic:all", "build:compile:all"]
        [[workflow]]
        request = "nothing"
        signatures = ["test:generic:all"]
        [[workflow]]
        request = "a test"
        signatures = []
        [[workflow]]
        request = "quiet"
        signatures = []
        "#,
    );
    assert_eq!(found.categories, Score { right: 2, wrong: 1, missed: 1 });
    assert_eq!(found.by_category["test"], Score { right: 1, wrong: 1, missed: 1 });
    assert_eq!(found.by_category["build"], Score { right: 1, wrong: 0, missed: 0 });
    assert_eq!(found.signatures, Score { right: 1, wrong: 2, missed: 2 });
    assert_eq!(found.exact, Some(0.5));
    assert_eq!(found.without_operation, 2);
    assert_eq!(found.spoke_up, Some(0.5));
    let numbers: Vec<usize> = found.disagreements.iter().map(|d| d.workflow).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn precision_recall_and_f1_are_shares() {
    let score = Score { right: 3, wrong: 1, missed: 2 };
    assert_eq!(score.precision(), Some(0.75));
    assert_eq!(score.recall(), Some(0.6));
    assert_eq!(score.f1(), Some(2.0 / 3.0));
}

#[test]
fn a_share_of_nothing_is_not_known() {
    let found = evaluation("[[workflow]]\nrequest = 'quiet'\ncategories = ['test']");
    assert_eq!((found.categories.precision(), found.categories.recall()), (None, Some(0.0)));
    assert_eq!((found.exact, found.spoke_up, found.covers.accuracy()), (None, None, None));
    assert_eq!(Score::default().f1(), None);
    assert!(serde_json::to_value(found.categories).unwrap()["precision"].is_null());
}

#[test]
fn labels_that_contradict_each_other_are_an_error() {
    let toml = "[[workflow]]\ncategories = ['build']\nsignatures = ['test:generic:all']";
    assert_eq!(
        error(toml),
        "labelled.toml:1:1: workflow[1].categories: lacks 'test', the category of 'test:generic:all'"
    );
    let json = r#"{"categories":[],"signature":"test:generic:all"}"#;
    assert!(error(json).starts_with("labelled.toml:1:1: categories: lacks 'test'"), "{}", error(json));
    let category_alone = "[[workflow]]\ncategories = ['test']\nsignatures = []";
    assert_eq!(evaluation(category_alone).categories.missed, 1);
}

#[test]
fn tomls_key_for_signatures_is_no_column_of_jsonl() {
    let wrong = error(r#"{"request":"test","signatures":["test:generic:all"]}"#);
    assert!(wrong.starts_with("labelled.toml:1:1: signatures: is called 'signature' in JSONL"), "{wrong}");
    assert_eq!(evaluation(r#"{"signatures":null,"categories":["test"]}"#).categories.missed, 1);
}

#[test]
fn a_file_that_is_called_jsonl_is_read_as_jsonl() {
    let wrong = LabelledWorkflow::parse("[1,2]\n", "labels.jsonl").unwrap_err().to_string();
    assert!(wrong.starts_with("labels.jsonl:1:") && wrong.contains("not a JSON object"), "{wrong}");
    assert!(!wrong.contains("TOML"), "{wrong}");
}

#[test]
fn the_same_signature_twice_counts_once() {
    let twice = "[[workflow]]\nrequest = 'test'\nsignatures = ['test:generic:all', 'test:generic:all']";
    let found = evaluation(twice);
    assert_eq!(found.categories.right, 1);
    assert!(found.disagreements.is_empty());
}

#[test]
fn error_and_template_are_read_too() {
    let text = "[[workflow]]\ntemplate = 'adw_test'\nerror = 'tests failed'\nsignatures = []";
    let workflow = &LabelledWorkflow::parse(text, "").unwrap()[0];
    let expected = Evidence {
        request: None,
        error_message: Some("tests failed"),
        template: Some("adw_test"),
        ..Evidence::default()
    };
    assert_eq!(workflow.evidence(), expected);
}

#[test]
fn a_request_may_be_empty() {
    let text = "[[workflow]]\nrequest = ''\nsignatures = []";
    assert_eq!(LabelledWorkflow::parse(text, "").unwrap()[0].request.as_deref(), Some(""));
}

const LINES: &str = r#"{"id":7,"request":"test it","lang":"de","categories":["test"],"signature":null,"covers":"part"}
    {"id":"b","request":"a build","lang":"en","categories":["test","deploy"],"signature":null,"unsure":false}
    {"request":"a test","lang":"en","categories":[],"unsure":true}
    {"request":"a test","lang":"en"}
    {"request":"a test","lang":"en","categories":[],"who":3}
    {"request":"a test","signature":"test:pytest:all"}"#;

#[test]
fn what_is_unsure_or_without_labels_is_left_out() {
    let found = evaluation(LINES);
    assert_eq!((found.workflows, found.left_out), (4, 2));
    assert_eq!(found.categories, Score { right: 2, wrong: 2, missed: 2 });
}

#[test]
fn figures_are_given_by_language_and_by_any_column() {
    let rules = RuleSet::parse(RULES, "rules").unwrap();
    let labelled = LabelledWorkflow::parse(LINES, "labelled.jsonl").unwrap();
    let measure = EvaluationOptions { by: vec!["who".into()], ..EvaluationOptions::default() };
    let found = evaluate_by(&rules, &labelled, &measure);
    assert_eq!(found.groups["lang"]["de"].categories, Score { right: 1, wrong: 0, missed: 0 });
    let english = found.groups["lang"]["en"];
    assert_eq!(english.categories, Score { right: 0, wrong: 2, missed: 2 });
    assert_eq!((english.without_operation, english.spoke_up), (1, 1));
    assert_eq!(found.groups["who"]["3"].workflows, 1);
}

#[test]
fn a_column_that_is_asked_for_twice_counts_once() {
    let rules = RuleSet::parse(RULES, "rules").unwrap();
    let labelled = LabelledWorkflow::parse(LINES, "labelled.jsonl").unwrap();
    let by = ["who", "lang", "who"].map(str::to_owned).to_vec();
    let found = evaluate_by(&rules, &labelled, &EvaluationOptions { by, ..EvaluationOptions::default() });
    assert_eq!(found.groups["who"]["3"].workflows, 1);
}

#[test]
fn only_the_categories_asked_for_count() {
    let rules = RuleSet::parse(RULES, "rules").unwrap();
    let labelled = LabelledWorkflow::parse(LINES, "labelled.jsonl").unwrap();
    let measure =
        EvaluationOptions { categories: BTreeSet::from(["test".into()]), ..EvaluationOptions::default() };
    let found = evaluate_by(&rules, &labelled, &measure);
    assert_eq!(found.categories, Score { right: 2, wrong: 1, missed: 1 });
}

#[test]
fn a_category_without_a_labelled_signature_is_not_compared_exactly() {
    let found = evaluation(LINES);
    assert_eq!(found.exact, Some(0.0), "only test:pytest:all is labelled, and test:generic:all is found");
    let shown: Vec<_> =
        found.disagreements.iter().map(|one| (one.workflow, one.expected.join(" "))).collect();
    assert_eq!(shown, [(2, "deploy test".into()), (5, String::new()), (6, "test:pytest:all".into())]);
    assert_eq!(found.disagreements[0].id.as_deref(), Some("b"));
}

#[test]
fn a_request_that_is_wrongly_taken_for_the_whole_is_a_disagreement() {
    let labelled = r#"{"request":"run the tests","categories":["test"],"covers":"whole"}
        {"request":"run the tests","categories":["test"],"covers":"part"}"#;
    let rules = RuleSet::builtin("default").unwrap();
    let found = evaluate(&rules, &LabelledWorkflow::parse(labelled, "labelled.jsonl").unwrap());
    let [one] = &found.disagreements[..] else { panic!("{:?}", found.disagreements) };
    assert_eq!(one.workflow, 2);
    assert_eq!(one.covers, Some(CoversAnswer { expected: Covers::Part, got: Covers::Whole }));
}

#[test]
fn errors_of_a_jsonl_file_name_line_and_key() {
    let wrong = |line: &str| error(&format!("{{\"request\":\"x\"}}\n{line}"));
    assert!(wrong("{\"request\":3}").starts_with("labelled.toml:2:1: request: takes a string"));
    assert!(wrong("{\"categories\":\"test\"}").contains("categories: takes a list of strings"));
    assert!(wrong("{\"covers\":\"all\"}").contains("covers: is 'whole' or 'part', not 'all'"));
    assert!(wrong("{\"signature\":\"a\"}").contains("signature: 'a' is not a signature"));
    assert!(wrong("{\"request\"").starts_with("labelled.toml:2:10: not a JSON object"));
}

#[test]
fn an_evaluation_serializes() {
    let json = serde_json::to_value(evaluation("[[workflow]]\nrequest = 'test'\nsignatures = []")).unwrap();
    assert_eq!(json["disagreements"][0]["got"][0], "test:generic:all");
    assert_eq!(json["categories"]["wrong"], 1);
}

#[test]
fn errors_name_file_line_and_key() {
    let wrong = error("[[workflow]]\nrequest = 'x'\nsignatures = [\n  'nope',\n]");
    assert!(wrong.starts_with("labelled.toml:4:3: workflow[1].signatures: 'nope'"), "{wrong}");
    assert!(
        error("[[workflow]]\nrequest = 'x'")
            .contains("workflow[1].signatures: is missing, and so is 'categories'")
    );
    assert!(error("[[workflow]]\nrequst = 'x'\nsignatures = []").contains("did you mean 'request'?"));
    assert!(error("[[workflows]]\n").contains("did you mean 'workflow'?"));
    assert!(error("[[").contains("not valid TOML"));
}
