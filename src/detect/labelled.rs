//! How good a rule set is: its answers measured against workflows that people have labelled.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Evidence, RuleSet};
pub use crate::rules::LabelledWorkflow;
use crate::signature::Signature;

impl LabelledWorkflow {
    /// What detection looks at.
    #[must_use]
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            request: self.request.as_deref(),
            error_message: self.error.as_deref(),
            template: self.template.as_deref(),
        }
    }
}

/// Right and wrong answers, counted. Shares of nothing are 1: a rule set that says nothing says nothing wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Given and right.
    pub right: usize,
    /// Given, but not right.
    pub wrong: usize,
    /// Right, but not given.
    pub missed: usize,
}

impl Score {
    /// The share of the answers that is right, 0 to 1.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of what is right that was given, 0 to 1.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of precision and recall, 0 to 1.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }

    fn add<T: Ord>(&mut self, expected: &BTreeSet<T>, got: &BTreeSet<T>) {
        self.right += expected.intersection(got).count();
        self.wrong += got.difference(expected).count();
        self.missed += expected.difference(got).count();
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("Score", 6)?;
        object.serialize_field("precision", &self.precision())?;
        object.serialize_field("recall", &self.recall())?;
        object.serialize_field("f1", &self.f1())?;
        object.serialize_field("right", &self.right)?;
        object.serialize_field("wrong", &self.wrong)?;
        object.serialize_field("missed", &self.missed)?;
        object.end()
    }
}

/// A workflow on which the rules and the labels do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The workflow's place in the file, counted from 1.
    pub workflow: usize,
    /// Its request.
    pub request: Option<String>,
    /// Its labels.
    pub expected: Vec<Signature>,
    /// What the rules say.
    pub got: Vec<Signature>,
}

/// How a rule set does on labelled workflows. All scores are micro-averaged: counted over all workflows, not
/// averaged over them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The rule set's name.
    pub rules: String,
    /// How many workflows were judged.
    pub workflows: usize,
    /// Over (workflow, category) pairs.
    pub categories: Score,
    /// Over (workflow, category) pairs, one category at a time.
    pub by_category: BTreeMap<String, Score>,
    /// Over (workflow, signature) pairs.
    pub signatures: Score,
    /// Of the categories found rightly, the share whose signatures are exactly the labelled ones, 0 to 1.
    pub exact: f64,
    /// How many workflows ask for no operation, by their labels.
    pub without_operation: usize,
    /// The share of those on which the rules speak up nevertheless, 0 to 1 (0 where there are none).
    pub spoke_up: f64,
    /// Every workflow on which rules and labels differ.
    pub disagreements: Vec<Disagreement>,
}

/// Measures a rule set.
#[must_use]
pub fn evaluate(rules: &RuleSet, workflows: &[LabelledWorkflow]) -> Evaluation {
    let mut tally = Tally::default();
    let mut detector = rules.detector();
    for (index, workflow) in workflows.iter().enumerate() {
        let got: Vec<Signature> =
            detector.detect(&workflow.evidence()).iter().map(|&id| rules.signature(id).clone()).collect();
        tally.add(index + 1, workflow, got);
    }
    let spoke_up = if tally.silent == 0 { 0.0 } else { share(tally.spoke_up, tally.silent) };
    Evaluation {
        rules: rules.name().to_owned(),
        workflows: workflows.len(),
        exact: share(tally.exact, tally.categories.right),
        categories: tally.categories,
        by_category: tally.by_category,
        signatures: tally.signatures,
        without_operation: tally.silent,
        spoke_up,
        disagreements: tally.disagreements,
    }
}

#[derive(Default)]
struct Tally {
    categories: Score,
    by_category: BTreeMap<String, Score>,
    signatures: Score,
    exact: usize,
    silent: usize,
    spoke_up: usize,
    disagreements: Vec<Disagreement>,
}

impl Tally {
    fn add(&mut self, number: usize, workflow: &LabelledWorkflow, got: Vec<Signature>) {
        let (right, given) = (set(&workflow.signatures), set(&got));
        let (right_categories, given_categories) = (categories(&right), categories(&given));
        self.categories.add(&right_categories, &given_categories);
        self.signatures.add(&right, &given);
        for category in right_categories.union(&given_categories) {
            let score = self.by_category.entry((*category).to_owned()).or_default();
            let one = |all: &BTreeSet<&str>| BTreeSet::from_iter(all.contains(category).then_some(()));
            score.add(&one(&right_categories), &one(&given_categories));
        }
        for category in right_categories.intersection(&given_categories) {
            self.exact += usize::from(of(&right, category) == of(&given, category));
        }
        if right.is_empty() {
            self.silent += 1;
            self.spoke_up += usize::from(!given.is_empty());
        }
        if right != given {
            let (request, expected) = (workflow.request.clone(), workflow.signatures.clone());
            self.disagreements.push(Disagreement { workflow: number, request, expected, got });
        }
    }
}

fn set(signatures: &[Signature]) -> BTreeSet<&Signature> {
    signatures.iter().collect()
}

fn categories<'a>(signatures: &BTreeSet<&'a Signature>) -> BTreeSet<&'a str> {
    signatures.iter().map(|signature| signature.category()).collect()
}

fn of<'a>(signatures: &BTreeSet<&'a Signature>, category: &str) -> BTreeSet<&'a Signature> {
    signatures.iter().copied().filter(|signature| signature.category() == category).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!((found.exact - 0.5).abs() < 1e-12);
        assert_eq!(found.without_operation, 2);
        assert!((found.spoke_up - 0.5).abs() < 1e-12);
        let numbers: Vec<usize> = found.disagreements.iter().map(|d| d.workflow).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn precision_recall_and_f1_are_shares() {
        let score = Score { right: 3, wrong: 1, missed: 2 };
        assert!((score.precision() - 0.75).abs() < 1e-12);
        assert!((score.recall() - 0.6).abs() < 1e-12);
        assert!((score.f1() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_judge_is_nothing_wrong() {
        let found = evaluation("");
        assert!((found.categories.precision() - 1.0).abs() < 1e-12);
        assert!(found.spoke_up.abs() < 1e-12);
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
        let expected =
            Evidence { request: None, error_message: Some("tests failed"), template: Some("adw_test") };
        assert_eq!(workflow.evidence(), expected);
    }

    #[test]
    fn a_request_may_be_empty() {
        let text = "[[workflow]]\nrequest = ''\nsignatures = []";
        assert_eq!(LabelledWorkflow::parse(text, "").unwrap()[0].request.as_deref(), Some(""));
    }

    #[test]
    fn an_evaluation_serializes() {
        let json =
            serde_json::to_value(evaluation("[[workflow]]\nrequest = 'test'\nsignatures = []")).unwrap();
        assert_eq!(json["disagreements"][0]["got"][0], "test:generic:all");
        assert_eq!(json["categories"]["wrong"], 1);
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let wrong = error("[[workflow]]\nrequest = 'x'\nsignatures = [\n  'nope',\n]");
        assert!(wrong.starts_with("labelled.toml:4:3: workflow[1].signatures: 'nope'"), "{wrong}");
        assert!(error("[[workflow]]\nrequest = 'x'").contains("workflow[1].signatures: is missing"));
        assert!(error("[[workflow]]\nrequst = 'x'\nsignatures = []").contains("did you mean 'request'?"));
        assert!(error("[[workflows]]\n").contains("did you mean 'workflow'?"));
        assert!(error("[[").contains("not valid TOML"));
    }
}
